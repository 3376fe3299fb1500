"""The diffusion methods for sea ice with weights that know nothing: what they promise whatever they have learned."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr

from engine import device, weights
from engine.errors import InputError
from engine.grid import Grid
from engine.lexicon import variable
from engine.methods.ice_climatology import IceClimatology
from engine.methods.ice_diffusion import IceDiffusion, IceDiffusionFull
from engine.methods.ice_generator import IceGenerator
from engine.methods.shared.sea_ice import FIELDS, context, drawn
from engine.nets.diffusion import AngleNet
from engine.nets.memory import Memory
from engine.observation import create
from engine.scene import Problem

KINDS = (IceDiffusion, IceDiffusionFull, IceGenerator)
SCALES = {"anomaly_std": 0.4, "full_std": 0.5} | {
    f"{name}_{what}": value for name in FIELDS for what, value in (("mean", 1.0), ("std", 0.5))
}


@pytest.fixture(scope="module", autouse=True)
def weights_that_know_nothing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "assets", lambda: folder)
        for known in (weights.card, weights._load):
            known.cache_clear()
        for number, kind in enumerate(KINDS):
            torch.manual_seed(number)
            arguments = {"inputs": 5, "widths": [8, 16], "blocks": 1, "fold": 2}
            net = kind.net(**arguments)
            for parameter in net.parameters():
                if parameter.abs().max() == 0:
                    torch.nn.init.normal_(parameter, std=0.05)
            weights.save(kind.weights[0], net, {"arguments": arguments, "normalisation": SCALES, "data": "none"})
        memory = Memory(count=3, size=24)
        torch.nn.init.normal_(memory.anomalies, std=0.2)
        weights.save("ice_climatology", memory, {"arguments": {"count": 3, "size": 24}, "data": "none"})
        yield
    for known in (weights.card, weights._load):
        known.cache_clear()


@pytest.fixture(scope="module")
def problem() -> Problem:
    return seen_through(120)


def seen_through(width_km: float) -> Problem:
    """Ice of 46 x 60 cells of 4 km."""
    draw = np.random.default_rng(3)
    km = {name: xr.DataArray((np.arange(n) + 0.5) * 4.0, dims=name, attrs={"units": "km"}) for name, n in
          (("y", 46), ("x", 60))}  # fmt: skip
    fine = xr.Dataset(
        {name: (("y", "x"), draw.normal(1, 0.3, (46, 60)).astype("f4"), variable(name).attrs) for name in FIELDS}, km
    )
    operator = create("box", Grid.of(fine), 1, width_km=width_km)
    mask = xr.ones_like(fine["thickness"], dtype=bool).rename("mask")
    return Problem(operator(fine), xr.Dataset(), xr.Dataset({"mask": mask}), operator)


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_is_a_visible_step_and_is_counted(kind, problem, monkeypatch):
    made = []
    forward = kind.net.forward
    monkeypatch.setattr(kind.net, "forward", lambda *given: made.append(len(given[1])) or forward(*given))
    steps = list(kind(members=5, n_steps=3, at_once=2).steps(problem))
    assert [step.index for step in steps] == list(range(1, 10))
    assert {step.total for step in steps} == {9}
    assert steps[-1].trace["network_calls"] == len(made) == 9
    assert [step.estimate.sizes["member"] for step in steps] == [2, 2, 2, 4, 4, 4, 5, 5, 5]
    assert steps[-1].estimate["thickness"].dims == ("member", "y", "x")
    assert steps[-1].estimate["thickness"].shape == (5, 46, 60)
    for name in range(4):  # what is finished stays
        np.testing.assert_array_equal(steps[-1].estimate["thickness"][name], steps[5].estimate["thickness"][name])


def test_the_film_shows_what_the_first_member_was_at_every_call(problem):
    steps = list(IceGenerator(members=3, n_steps=4, at_once=2).steps(problem))
    assert [step.film.sizes["call"] for step in steps] == [1, 2, 3, 4, 4, 4, 4, 4]
    film = steps[-1].film
    np.testing.assert_allclose(film["noisy"].std(("y", "x")), 1, rtol=1e-3)
    assert film["clean"].attrs["units"] == "m"
    for step in steps[:4]:
        np.testing.assert_array_equal(step.film["clean"][-1].clip(min=0), step.estimate["thickness"][0])
    start = drawn((48, 60), 0, range(1))[0, 0, :46]  # continued to a multiple of 4 cells
    np.testing.assert_allclose(film["noisy"][0], start / start.std(), rtol=1e-4, atol=1e-5)


def short_of_memory_for(more_than: int, monkeypatch):
    forward = IceGenerator.net.forward

    def limited(net, noisy, context, level):
        if len(noisy) > more_than:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(net, noisy, context, level)

    monkeypatch.setattr(IceGenerator.net, "forward", limited)


def test_where_memory_is_short_fewer_members_are_made_at_once(problem, monkeypatch):
    expected = IceGenerator(members=6, n_steps=3).predict(problem)["thickness"]
    short_of_memory_for(1, monkeypatch)
    steps = list(IceGenerator(members=6, n_steps=3, at_once=5).steps(problem))
    np.testing.assert_array_equal(steps[-1].estimate["thickness"], expected)
    assert steps[-1].trace["halved"] == 2  # 5, 2, 1
    assert steps[-1].index == steps[-1].total == steps[-1].trace["network_calls"] == 18


def test_not_even_one_member_is_one_sentence(problem, monkeypatch):
    short_of_memory_for(0, monkeypatch)
    with pytest.raises(InputError, match="smaller region"):
        list(IceGenerator(members=2, n_steps=3).steps(problem))


def test_where_not_even_one_member_fits_into_an_accelerator_the_cpu_makes_all(problem, monkeypatch, accelerated):
    expected = IceGenerator(members=3, n_steps=3).predict(problem)["thickness"]
    accelerated()
    forward = IceGenerator.net.forward

    def limited(*given):
        if device.chosen() != device.CPU:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(*given)

    monkeypatch.setattr(IceGenerator.net, "forward", limited)
    *_, last = IceGenerator(members=3, n_steps=3).run(problem)
    np.testing.assert_array_equal(last.estimate["thickness"], expected)
    assert last.trace["repeated"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_members_however_they_are_batched(kind, problem):
    one = kind(members=4, n_steps=4, at_once=1).predict(problem, seed=7)["thickness"]
    four = kind(members=4, n_steps=4, at_once=4).predict(problem, seed=7)["thickness"]
    np.testing.assert_allclose(one, four, atol=0.02 * float(one.std("member").mean()))
    churned = [kind(members=4, n_steps=4, at_once=n, churn=0.5).predict(problem, seed=7)["thickness"] for n in (1, 4)]
    np.testing.assert_allclose(*churned, atol=2e-2)
    assert float(abs(churned[0] - one).mean()) > 1e-3
    fewer = kind(members=2, n_steps=4).predict(problem, seed=7)["thickness"]
    np.testing.assert_allclose(fewer, four[:2], atol=0.02 * float(one.std("member").mean()))
    assert float(abs(kind(members=1, n_steps=4).predict(problem, seed=8)["thickness"] - one[0]).mean()) > 1e-3
    assert float(one.std("member").mean()) > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_members_agree_with_the_input_where_asked(kind, problem):
    """But for the few waves that the box hardly lets through; these members are white noise and hold many of them."""

    def distance(**settings):
        made = kind(members=2, n_steps=3, **settings).predict(problem)["thickness"]
        back = problem.observation.apply(torch.as_tensor(made.values.astype("f8"))).numpy()
        return np.abs(back - problem.low["thickness"].values).max()

    assert distance(consistent=True) < 0.1 * distance()


@pytest.mark.parametrize("kind", KINDS)
def test_members_that_are_to_agree_do_so_at_every_call(kind, problem):
    """The sampler goes on from the field that agrees, not from the one that the network gave."""

    def distances(**settings) -> np.ndarray:
        last = list(kind(members=1, n_steps=4, **settings).steps(problem))[-1]
        back = problem.observation.apply(torch.as_tensor(last.film["clean"].values.astype("f8"))).numpy()
        return np.abs(back - problem.low["thickness"].values).max(axis=(1, 2))

    assert (distances(consistent=True) < 0.1 * distances()).all()


@pytest.mark.parametrize("kind", KINDS)
def test_no_member_has_less_than_no_ice(kind, problem):
    thin = problem.low.copy()
    thin["thickness"] = 0.01 * thin["thickness"].assign_attrs(problem.low["thickness"].attrs)
    made = kind(members=2, n_steps=3).predict(replace(problem, low=thin))["thickness"]
    assert float(made.min()) == 0


@pytest.mark.parametrize("kind", [*KINDS, IceClimatology])
def test_what_the_input_resolves_is_not_invented(kind):
    """A mean of every 24 km says what lies between 24 and 120 km; the networks see as much as they were trained on."""
    fine = seen_through(4).low.isel(y=slice(0, 42))
    operator = create("block_mean", Grid.of(fine), 6)
    mask = xr.ones_like(fine["thickness"], dtype=bool).rename("mask")
    problem = Problem(operator(fine), xr.Dataset(), xr.Dataset({"mask": mask}), operator)

    def away(made) -> float:
        return float(np.std(operator.apply(torch.as_tensor(made.values)).numpy() - problem.low["thickness"].values))

    made = kind(members=2, n_steps=3) if hasattr(kind, "n_steps") else kind(members=2)
    free = Problem(problem.low, problem.guides, problem.target)  # nobody knows how the input was made
    assert away(made.predict(problem)["thickness"]) < 0.4 * away(made.predict(free)["thickness"])
    assert context(problem, SCALES)[0, 0].std() < 0.5 * context(free, SCALES)[0, 0].std()


def test_the_full_field_does_not_stand_on_the_input(problem):
    """Its background is the mean of all ice; the anomaly's is the input itself."""
    low = context(problem, SCALES)[0, 0] * 0.5 + 1.0
    np.testing.assert_allclose(low, problem.low["thickness"], atol=1e-6)
    assert IceDiffusion().background(low, SCALES) is low
    assert IceDiffusionFull().background(low, SCALES) == 1.0


def test_what_is_not_given_is_taken_as_average(problem):
    bare = Problem(problem.low[["thickness"]], problem.guides, problem.target, problem.observation)
    seen = context(bare, SCALES)
    assert seen.shape == (1, 4, 46, 60)
    assert seen[0, 1:].abs().max() == 0
    assert IceGenerator(members=1, n_steps=2).predict(bare)["thickness"].shape == (1, 46, 60)


def test_another_field_is_refused(problem):
    other = Problem(problem.low[["shear"]], problem.guides, problem.target, problem.observation)
    with pytest.raises(InputError, match="sea-ice thickness, not for shear"):
        IceDiffusion().predict(other)


@pytest.mark.parametrize("kind", KINDS)
def test_the_schedule_is_what_the_network_is_told(kind, problem, monkeypatch):
    told = []
    forward = kind.net.forward
    monkeypatch.setattr(kind.net, "forward", lambda *given: told.append(float(given[3][0])) or forward(*given))
    method = kind(members=1, n_steps=6)
    steps = list(method.steps(problem))
    schedule = method.schedule()
    assert schedule.sizes["step"] == 7
    np.testing.assert_allclose(schedule["signal rate"] ** 2 + schedule["noise rate"] ** 2, 1)
    np.testing.assert_allclose(np.cos(schedule["angle"]), schedule["signal rate"])
    level = schedule["noise rate"] if kind.net is AngleNet else schedule["noise rate"] / schedule["signal rate"]
    np.testing.assert_allclose(told, level[:6], rtol=1e-5)
    assert [step.trace["step"] for step in steps] == [1, 2, 3, 4, 5, 6]


def test_climatology_puts_remembered_anomalies_anywhere(problem):
    made = IceClimatology(members=6).predict(problem, seed=2)["thickness"]
    assert made.dims == ("member", "y", "x")
    anomalies = made - problem.low["thickness"]
    assert float(anomalies.std()) == pytest.approx(0.2, rel=0.1)
    known = weights.load("ice_climatology", Memory).anomalies
    for one in anomalies.values:  # a window of 24 x 24 is one of them, rolled and turned
        np.testing.assert_allclose(one[:22, :36], one[24:46, 24:60], atol=1e-5)
        assert (
            min(abs(np.sort(one[:24, :24].ravel()) - known[k].flatten().sort().values.numpy()).max() for k in range(3))
            < 1e-5
        )
    again = IceClimatology(members=2).predict(problem, seed=2)["thickness"]
    np.testing.assert_array_equal(again, made[:2])
    assert float(abs(IceClimatology(members=1).predict(problem, seed=3)["thickness"] - made[0]).mean()) > 0.05
