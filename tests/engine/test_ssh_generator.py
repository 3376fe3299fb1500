"""Members of heights: a flow from the linear posterior's draws, calibrated, for any observation."""

from functools import cache

import numpy as np
import pytest
import torch

from engine import methods, scenes, scores, weights
from engine.evaluate import dates_of
from engine.methods import ssh_generator
from engine.methods.shared.correction import FIELDS, NUMBERS, corrected
from engine.nets.correction import Correction
from engine.nets.power import Power
from engine.nets.velocity import BESIDE, Velocity
from engine.physics.bands import BANDS, by_band, filtered
from engine.training import any_observation
from engine.training import ssh_generator as training
from engine.training import ssh_members as members
from engine.training.covariance import SPACING
from engine.training.ssh_members import Answered

DATES = dates_of("ocean_run")[2::14]
CELLS = ((10, 10), (100, 300), (216, 216), (301, 77), (431, 431))
FROZEN = (-0.00891, 0.11841, -0.3262, -0.1029, 0.00323)  # m, the first member of the first date, x27
CASES = ({"factor": 27}, {"factor": 9, "noise": 0.02})


@cache
def opened(date, **case):
    return scenes.open("ocean_run", time=date, **case)


@cache
def ensembles(key, case, **settings):
    """Members and truths of some dates."""
    made = [opened(date, **CASES[case]) for date in DATES]
    found = [methods.create(key, members=8, **settings).predict(one.problem)["ssh"] for one in made]
    return [(members, one.truth["ssh"]) for members, one in zip(found, made, strict=True)]


@pytest.fixture
def still(monkeypatch):
    """A velocity that is nowhere any, and powers that are as they should be."""
    nets = {"ssh_generator": Velocity(len(FIELDS), NUMBERS + 1), "ssh_members": Power(NUMBERS)}
    monkeypatch.setattr(ssh_generator, "load", lambda key, kind: nets[key].eval())


@pytest.mark.usefixtures("still")
def test_without_a_velocity_members_are_those_of_the_linear_posterior_around_the_best_estimate():
    problem = opened(DATES[0], factor=27).problem
    members = methods.create("ssh_generator", members=3).predict(problem, seed=5)["ssh"]
    best = methods.create("any_observation", members=3).predict(problem, seed=5)["ssh"]
    np.testing.assert_allclose(members, best, atol=1e-5)


@pytest.mark.usefixtures("still")
def test_a_constant_velocity_is_followed_exactly(monkeypatch):
    monkeypatch.setattr(ssh_generator, "velocity", lambda best, z, time: torch.full_like(z, 2 / np.pi))
    problem = opened(DATES[0], factor=27).problem
    best = corrected(problem, True)
    members = methods.create("ssh_generator", members=2, n_steps=2).predict(problem)["ssh"]
    drawn = best.seen.linear.draws(range(2), 0) - best.seen.estimate
    expected = best.field + best.spread * (drawn / best.seen.spread + 1.0)  # a quarter turn at that velocity
    np.testing.assert_allclose(members, expected, atol=1e-5)


def test_members_are_asked_for_with_what_belongs_to_each(monkeypatch):
    """All at once, as on an accelerator, is what one after the other gives."""
    net = Velocity(len(FIELDS), NUMBERS + 1).eval()
    torch.nn.init.normal_(net.net.tail[-1].weight, std=0.1)
    monkeypatch.setattr(ssh_generator, "load", lambda key, kind: net)
    best = corrected(opened(DATES[0], factor=3, region="jet").problem, True)
    z = torch.randn(3, *best.field.shape, dtype=torch.float64)
    single = ssh_generator.velocity(best, z, 0.5)
    monkeypatch.setattr(ssh_generator, "CPU", None)
    torch.testing.assert_close(ssh_generator.velocity(best, z, 0.5), single, atol=1e-4, rtol=1e-3)
    assert float((single[0] - single[1]).abs().max()) > 1e-3


def test_the_training_starts_from_what_the_estimate_knows():
    known, net = weights.load("any_observation", Correction), training.started(fields=13, numbers=NUMBERS + 1)
    fields, member, beside = (torch.randn(1, n, 32, 32) for n in (13, 1, BESIDE - 1))
    assert float(net(fields, member, beside, torch.randn(1, NUMBERS + 1)).detach().abs().max()) == 0
    fresh = net.net.head.weight.detach()[:, 13 * 16 :]
    assert float(fresh.abs().amax(dim=(0, 2, 3)).min()) > 0  # it sees the member, or it would never learn of it
    first = net.net.head(
        torch.nn.functional.pixel_unshuffle(torch.cat([fields, torch.zeros(1, BESIDE, 32, 32)], dim=1), 4)
    )
    same = known.net.head(torch.nn.functional.pixel_unshuffle(fields, 4))
    torch.testing.assert_close(first, same, atol=1e-4, rtol=1e-4)


def test_a_filter_changes_the_waves_of_its_band():
    gains = torch.tensor([1.0, 1.0, 1.0, 1.0, 3.0, 1.0, 1.0])  # of waves of 25 to 50 km
    y = (torch.arange(64, dtype=torch.float64) + 0.5) * 4.0  # km
    for length, gain in ((34.0, 3.0), (512.0, 1.0), (10.0, 1.0), (50.0, 2.0)):  # its middle, others, its end
        wave = torch.cos(2 * torch.pi * y / (512 / round(512 / length)))[:, None].expand(64, 64)
        ratio = (filtered(wave, gains, SPACING) / wave).median()
        assert float(ratio) == pytest.approx(gain, rel=0.05)


def test_bands_hold_all_of_the_power_and_each_wave_in_its_own():
    field = torch.randn(40, 64, dtype=torch.float64)
    assert float(by_band(field, field, SPACING).sum()) == pytest.approx(float(field.square().sum()))  # Parseval
    x = (torch.arange(64, dtype=torch.float64) + 0.5) * 4.0
    wave = torch.cos(2 * torch.pi * x / 64.0)[None].expand(40, 64)  # km, in the band of 50 to 100
    held = by_band(wave, wave, SPACING)
    assert float(held[3]) == pytest.approx(float(held.sum()))


def test_what_an_input_resolves_is_never_lost():
    net, numbers = Power(NUMBERS), torch.full((NUMBERS,), -4.0)  # a ten thousandth of the power is open
    torch.nn.init.constant_(net.net[-1].bias, 1.0)
    gains, lost = net(numbers)
    np.testing.assert_allclose(gains.detach(), 1.0, atol=1e-5)
    np.testing.assert_allclose(lost.detach(), 1e-4, atol=1e-7)


def test_draws_become_as_strong_as_errors_and_an_estimate_loses_what_is_noise_in_it():
    torch.manual_seed(0)
    truth, noise = torch.randn(2, 96, 96, dtype=torch.float64)
    both = Answered(torch.zeros(NUMBERS), truth + noise, -noise, torch.ones(()), 3 * noise, (slice(None), slice(None)))
    sums, found = members.powers(iter([both])), torch.zeros(2, 1, BANDS, requires_grad=True)
    descent = torch.optim.Adam([found], lr=0.03)
    for _ in range(500):
        descent.zero_grad()
        members.loss(lambda numbers: tuple(found), sums).backward()
        descent.step()
    gains, lost = found.detach()[:, 0]
    np.testing.assert_allclose(lost[3:], 0.5, atol=0.1)  # Wiener's answer; of the longest waves there are few
    left = filtered(truth + noise, 1 - lost, SPACING) - truth
    assert float(left.square().mean()) == pytest.approx(0.5, abs=0.05)
    drawn = filtered(3 * noise, gains.exp(), SPACING)
    assert float(drawn.square().mean() / left.square().mean()) == pytest.approx(1, abs=0.05)


def problems():
    """Two as a network sees them; the second ends before the first."""
    spread = torch.ones(2, 1, 64, 64)
    spread[1, :, 60:], spread[1, :, :, :2] = 0, 0
    fields, drawn = torch.randn(2, 13, 64, 64), torch.randn(2, 1, 64, 64) * (spread > 0)
    wrong, numbers = torch.randn(2, 1, 64, 64) * (spread > 0), torch.randn(2, NUMBERS) - 1
    share = torch.tensor([1.0, 0.5]).view(2, 1, 1, 1)
    return members.Batch(fields, numbers, wrong, spread, drawn, share)


def test_the_way_from_draw_to_truth_has_no_loss(monkeypatch):
    monkeypatch.setattr(training, "FARTHEST", 1e6)
    known = weights.load("any_observation", Correction)
    monkeypatch.setattr(training.weights, "load", lambda key, kind: Power(NUMBERS) if key == "ssh_members" else known)
    batch = problems()
    way = training.Way.of(batch)
    found = known(batch.fields, batch.numbers)
    lacking = way.target * torch.exp(way.level) + batch.share * found[:, :1]
    torch.testing.assert_close(lacking * (batch.spread > 0), batch.wrong, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(way.drawn, batch.drawn, atol=1e-5, rtol=1e-5)

    def turning(fields, moving, beside, numbers):
        angle = torch.pi / 4 * (1 + numbers[:, -1, None, None, None])
        return torch.cos(angle) * way.target - torch.sin(angle) * batch.drawn

    assert float(way.errors(turning, torch.rand(2, 1)).mean()) == pytest.approx(0, abs=1e-8)
    still = Velocity(13, NUMBERS + 1)
    assert float(way.errors(still, torch.rand(2, 1)).detach().mean()) == pytest.approx(1)
    assert any_observation.RECIPES[0].valid == training.RECIPES[0].valid == members.RECIPES[0].valid


@pytest.mark.long
def test_its_members_are_frozen():
    first = methods.create("ssh_generator", members=1).predict(
        scenes.open("ocean_run", time=dates_of("ocean_run")[0]).problem
    )
    assert [float(first["ssh"][0][cell]) for cell in CELLS] == pytest.approx(FROZEN, abs=5e-4)


@pytest.mark.long
@pytest.mark.parametrize("case", [0, 1])
def test_its_members_spread_as_they_err_and_have_the_power_of_the_truth(case):
    """Better than draws around the same estimate, which have too much power in the finest waves."""
    pairs = [scores.spread_and_skill(members, truth) for members, truth in ensembles("ssh_generator", case)]
    assert 0.9 < np.mean([spread / skill for spread, skill in pairs]) < 1.1
    crps, power = {}, {}
    for key in ("ssh_generator", "any_observation"):
        found = ensembles(key, case)
        crps[key] = np.mean([float(scores.crps(members, truth)) for members, truth in found])
        power[key] = np.mean([bands(members) / bands(truth) for members, truth in found], axis=0)
    assert crps["ssh_generator"] < 1.005 * crps["any_observation"]
    assert power["ssh_generator"].min() > 0.78
    assert power["ssh_generator"].max() < 1.1 < power["any_observation"].max()


def bands(field):
    """Power by band, mean over members."""
    fields = np.atleast_3d(field.values.T).T.reshape(-1, *field.shape[-2:])
    return np.mean([by_band(one, one, SPACING).numpy() for one in torch.as_tensor(fields - fields.mean())], axis=0)[:-1]
