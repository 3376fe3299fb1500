"""The training loop on a toy run: from an interruption on, to weights with a card that says how they were made."""

import dataclasses
import json
from collections.abc import Mapping

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn
from torch.nn import functional as F

from engine import paths, scenes, weights
from engine.errors import InputError
from engine.methods.shared.correction import FIELDS, NUMBERS
from engine.physics.bands import BANDS
from engine.resample import replicate
from engine.training import any_observation, data, land_data, loop, ssh_members
from engine.training.__main__ import recipes
from engine.training.ice_data import IceCuts, IceSample
from engine.training.land_data import Cuts, Land

pytestmark = pytest.mark.filterwarnings("ignore")  # Lightning's own


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A cache with two toy runs, and a folder for weights."""
    monkeypatch.setattr(paths, "cache", lambda: tmp_path)
    monkeypatch.setattr(loop, "cache", lambda: tmp_path)
    monkeypatch.setattr(weights, "assets", lambda: tmp_path)
    data.run.cache_clear()
    (tmp_path / "runs").mkdir()
    draw = np.random.default_rng(0)
    for split in ("train", "validation"):
        fields = {name: (("time", "y", "x"), draw.normal(size=(12, 24, 24))) for name in ("ssh", "sst")}
        xr.Dataset(fields).to_netcdf(tmp_path / "runs" / f"ocean_run_{split}.nc")
    yield tmp_path
    data.run.cache_clear()
    for known in (weights.card, weights._load):
        known.cache_clear()


class Toy(nn.Module):
    """Twice the temperature is what it has to find."""

    def __init__(self, start: float = 0.0):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor([start]))

    def forward(self, x):
        return self.factor * x


def loss(net: nn.Module, sample: data.Sample) -> torch.Tensor:
    return F.mse_loss(net(sample.sst), 2 * sample.sst)


def judge(net: nn.Module, sample: data.Sample) -> Mapping[str, torch.Tensor]:
    return {"error": loss(net, sample)}


def recipe(loss=loss, steps=300):
    return loop.Recipe("toy", Toy, {"start": 0.5}, loss, judge, rate=0.03, batch=2, steps=steps, size=16)


def test_what_is_loaded_is_what_was_saved_last(place):
    for factor in (0.25, 0.5):
        net = Toy(factor)
        weights.save("toy", net, {"arguments": {"start": 0.0}})
        assert float(weights.load("toy", Toy).factor) == factor
        assert weights.card("toy")["sha256"] == weights.sha256(weights.folder("toy") / weights.TENSORS)


def test_training_finds_what_is_to_be_found_and_writes_it_down(place):
    folder = loop.train(recipe(), seed=3)
    card = json.loads((folder / "card.json").read_text())
    assert card["command"] == "python -m engine.training toy --seed 3 --steps 300"
    assert card["steps"] == 300
    assert card["validation_scores"] == {"error": pytest.approx(0, abs=1e-3)}
    assert float(weights.load("toy", Toy).factor) == pytest.approx(2, abs=0.01)
    assert (place / "training" / "toy" / "log" / "metrics.csv").is_file()


def test_the_weights_that_validate_best_are_kept_and_not_the_last(place):
    """On its way from 0.5 to 2 the factor passes 1.2, which validation wants."""

    def wanted(net: nn.Module, sample: data.Sample) -> Mapping[str, torch.Tensor]:
        return {"distance": (net.factor - 1.2).abs().sum()}

    folder = loop.train(dataclasses.replace(recipe(), judge=wanted))
    card = json.loads((folder / "card.json").read_text())
    assert 0 < card["best_step"] < card["steps"]
    kept = float(weights.load("toy", Toy).factor)
    assert kept == pytest.approx(1.2, abs=0.25)
    assert card["validation_scores"]["distance"] == pytest.approx(abs(kept - 1.2), abs=1e-3)


def test_an_interrupted_training_goes_on(place):
    calls = []

    def counted(net, sample):
        calls.append(1)
        if len(calls) == 250:
            raise RuntimeError("the power went")
        return loss(net, sample)

    with pytest.raises(RuntimeError, match="power"):
        loop.train(recipe(counted))
    assert not weights.folder("toy").exists()
    loop.train(recipe(counted))
    assert len(calls) == 250 + 100  # from the checkpoint at step 200 on
    assert float(weights.load("toy", Toy).factor) == pytest.approx(2, abs=0.01)
    loop.train(recipe(counted), resume=False)
    assert len(calls) == 350 + 300


def test_a_training_goes_further_from_the_weights_that_are_there(place):
    first = json.loads((loop.train(recipe(steps=60)) / "card.json").read_text())
    reached = float(weights.load("toy", Toy).factor)
    assert 0.55 < reached < 1.9
    weights.card.cache_clear()
    loop.train(recipe(steps=20), further=True)
    for known in (weights.card, weights._load):
        known.cache_clear()
    card = weights.card("toy")
    assert card["command"].endswith("--steps 20 --further")
    assert card["before"]["sha256"] == first["sha256"]
    assert card["before"]["command"] == first["command"]
    assert card["rate"] == 0.015
    assert card["data"] == "ocean_run: ocean_run_train, ocean_run_validation; `finescale simulate` makes them"
    assert reached < float(weights.load("toy", Toy).factor) < 2.05


def test_a_training_names_the_runs_that_it_learns_from(place):
    first = place / "runs" / "ocean_run_train.nc"
    (place / "runs" / "ocean_run_train_4.unfinished.nc").write_bytes(b"being written")
    (place / "runs" / "ocean_run_train_3.nc").write_bytes(first.read_bytes())
    assert len(data.OceanCuts("train", 16)) == 2 * len(data.OceanCuts("train", 16, ("ocean_run_train",)))
    assert len(data.OceanCuts("validation", 16, ("ocean_run_train",))) > 0
    about = json.loads((loop.train(recipe(steps=20), runs=("ocean_run_train",)) / "card.json").read_text())
    assert about["command"] == "python -m engine.training toy --seed 0 --steps 20 --runs ocean_run_train"
    assert about["data"].startswith("ocean_run: ocean_run_train, ocean_run_validation;")
    with pytest.raises(InputError, match="run ocean_run_train_7 is not here"):
        loop.train(recipe(steps=20), runs=("ocean_run_train_7",))


def test_the_start_of_a_training_is_forgotten_at_once():
    average = torch.zeros(1)
    for count in range(40):
        average = loop._averaged(average, torch.ones(1), torch.tensor(count))
    assert float(average) > 0.99
    assert float(loop._averaged(torch.zeros(1), torch.ones(1), torch.tensor(10**6))) == pytest.approx(0.002, rel=1e-3)


def test_cuts_keep_the_symmetries_of_the_run(place):
    """Rolled along x, or turned upside down with both signs changed: the fields go together."""
    cuts = data.OceanCuts("train", size=24)
    ssh, sst = data.run("train")
    for index in range(12):
        sample = cuts[index]
        height, warmth = sample.ssh[0] * data.SSH_SCALE, sample.sst[0] * data.SST_SCALE
        for sign in (1, -1):
            for shift in range(24):
                first, second = (np.roll(field[index], shift, axis=-1)[::sign] * sign for field in (ssh, sst))
                if np.allclose(height, first - first.mean(), atol=1e-5):
                    np.testing.assert_allclose(warmth, second - second.mean(), atol=1e-5)
                    break
            else:
                continue
            break
        else:
            pytest.fail("no roll or reflection of the date gives this cut")


def test_a_validation_date_is_whole_and_unchanged(place):
    sample, (ssh, _) = data.OceanCuts("validation", size=24)[5], data.run("validation")
    np.testing.assert_allclose(sample.ssh[0] * data.SSH_SCALE, ssh[5] - ssh[5].mean(), atol=1e-5)


def test_without_a_run_it_says_how_to_make_one(place):
    (place / "runs" / "ocean_run_train.nc").unlink()
    with pytest.raises(InputError, match="finescale simulate ocean --split train"):
        loop.train(recipe())


@pytest.mark.parametrize("key", sorted(recipes()))
def test_every_recipe_takes_a_step(key):
    """On noise of the size that it is trained at."""
    chosen = recipes()[key]
    torch.manual_seed(0)
    shape = (chosen.size, chosen.size)
    if chosen.data is IceCuts:
        sample = IceSample(torch.randn(2, 4, *shape), *torch.randn(2, 2, 1, *shape))
    elif issubclass(chosen.data, Cuts):
        sample = Land(300 + 5 * torch.randn(2, 1, *shape), torch.ones(2, 1, *shape), torch.rand(2, 1, *shape))
    elif chosen.data is ssh_members.Known:
        sample = ssh_members.Powers(torch.randn(2, NUMBERS), *torch.rand(4, 2, BANDS))
    elif issubclass(chosen.data, any_observation.Observed):
        seen = torch.randn(2, len(FIELDS), 64, 64), torch.randn(2, NUMBERS)
        sample = any_observation.Batch(*seen, torch.randn(2, 1, 64, 64), torch.ones(2, 1, 64, 64))
        if chosen.data is ssh_members.Drawn:
            sample = ssh_members.Batch(**vars(sample), drawn=torch.randn(2, 1, 64, 64), share=torch.ones(2, 1, 1, 1))
    else:
        sample = data.Sample(*torch.randn(2, 1, 1, *shape))
    net = chosen.build(**chosen.arguments)
    chosen.loss(net, sample).backward()
    assert any(float(p.grad.abs().max()) > 0 for p in net.parameters() if p.grad is not None)


@pytest.mark.parametrize("key", ["ice_diffusion", "ice_diffusion_full", "ice_generator"])
def test_ice_recipes_are_judged_at_fixed_levels_with_the_same_noise(key):
    net = recipes()[key].build(inputs=5, widths=(8, 16), blocks=1, fold=2)
    sample = IceSample(torch.randn(1, 4, 16, 16), *torch.randn(2, 1, 1, 16, 16))
    first, second = (recipes()[key].judge(net, sample)["denoising_loss"].detach() for _ in range(2))
    assert torch.isfinite(first)
    assert float(first) == float(second)


@pytest.mark.parametrize("key", sorted(recipes()))
def test_a_card_tells_how_its_data_come(key):
    """Simulated ones are made, observed ones are fetched, of the scene that is named."""
    cuts = recipes()[key].data
    verb = "simulate" if scenes.get(cuts.scene).kind == "simulated" else f"data fetch {cuts.scene}"
    assert f"`finescale {verb}`" in cuts.origin


def test_a_training_without_fine_truth_is_judged_without_it():
    """Two fine fields with the same coarse means and index are one to it: its own loss decides."""
    chosen = recipes()["disr_free"]
    torch.manual_seed(0)
    net = chosen.build(**chosen.arguments)
    coarse = 300 + 5 * torch.randn(1, 1, 8, 8)
    index = torch.rand(1, 1, 32, 32)
    flat = Land(replicate(coarse, 4), torch.ones(1, 1, 32, 32), index)
    rough = Land(flat.lst + torch.tensor([[-1.0, 1.0], [1.0, -1.0]]).repeat(16, 16), flat.known, index)
    found = [next(iter(chosen.judge(net, cut).values())) for cut in (flat, rough)]
    assert float(found[0]) == pytest.approx(float(found[1]), rel=0.02)  # mean radiance knows a little of the roughness
    assert next(iter(chosen.judge(net, flat))) == "free_loss"


def test_a_control_sees_a_sixteenth_of_the_pixels():
    whole = torch.arange(64.0).reshape(1, 8, 8)
    tile = land_data._tile(whole, 4)
    assert tile.shape == (1, 2, 2)
    assert float(tile[0, 0, 1] - tile[0, 0, 0]) == 1
    assert {float(land_data._tile(whole, 4)[0, 0, 0]) % 2 for _ in range(20)} == {0.0}
    assert recipes()["mrunet_few"].data.tiles == recipes()["mrunet_above"].data.scale
    assert recipes()["mrunet_few"].steps == recipes()["mrunet_above"].steps
