"""Where an estimate invents and misses detail, on built fields whose places and scales are known."""

import numpy as np
import pytest
import toy

from engine import methods, scenes, scores
from engine.scores.boxes import _span
from engine.scores.invention import worst_detail

SHAPE = (96, 128)  # cells of 4 km; the input resolves 16 km, so that detail is what is shorter than 32 km
Y, X = np.meshgrid(*(4.0 * (np.arange(n) + 0.5) for n in SHAPE), indexing="ij")


def patch(wavelength_km: float, x: float, y: float, amplitude: float) -> np.ndarray:
    """A packet of waves around a place (km)."""
    return amplitude * np.sin(2 * np.pi * X / wavelength_km) * np.exp(-((X - x) ** 2 + (Y - y) ** 2) / (2 * 25**2))


def swell() -> np.ndarray:
    """What the input resolves."""
    return np.sin(2 * np.pi * X / 256) * np.cos(2 * np.pi * Y / 192)


def judged(true: np.ndarray, made: np.ndarray):
    """What is said of an estimate that adds `made` to the smooth input, where `true` is there beside the swell."""
    scene = toy.scene(toy.field(swell() + true))
    return worst_detail((scores.bicubic(scene.problem) + made).to_dataset(name="ssh"), scene)


def within(box, x: float, y: float) -> bool:
    return box.x[0] < x < box.x[1] and box.y[0] < y < box.y[1]


def test_waves_of_its_own_are_invented_where_they_are_and_true_ones_missed_where_they_were():
    true, own = patch(16, 400, 100, 0.2), patch(26, 100, 300, 0.2)
    found = judged(true, own)
    assert found.invented.band.name == "medium"
    assert found.missed.band.name == "fine"
    assert within(found.invented.box, 100, 300)
    assert within(found.missed.box, 400, 100)
    assert found.invented.real == pytest.approx(0, abs=0.02)
    assert found.missed.real == pytest.approx(0, abs=0.02)
    low, high = (f"{found.invented.box.x[side]:.0f}" for side in (0, 1))
    assert found.sentence.startswith(
        "Of the detail of 20 to 32 km that it adds here 0% is real; it invents most around"
    )
    assert f"x {low} to {high}, y " in found.sentence
    assert "Of what is there of 13 to 20 km it finds 0%, and misses most around x " in found.sentence


def test_half_of_the_true_waves_are_all_real_and_a_quarter_of_what_was_there():
    scene = toy.scene(toy.field(swell() + patch(16, 400, 100, 0.2)))
    there = scene.truth["ssh"] - scores.bicubic(scene.problem)
    found = worst_detail((scores.bicubic(scene.problem) + there / 2).to_dataset(name="ssh"), scene)
    assert found.invented is None
    assert found.missed.real == pytest.approx(0.25, abs=1e-6)
    assert found.sentence.startswith("It invents no detail. Of what is there of 13 to 20 km it finds 25%")


def test_bicubic_interpolation_invents_nothing_and_misses_all():
    scene = scenes.open("ocean_run", time="2005-01-21", factor=27)
    found = scores.diagnose(methods.create("bicubic").predict(scene.problem, seed=0), scene).detail
    assert found.invented is None
    assert found.missed.real == 0
    assert len(found.sentence) < 300


def test_places_are_told_as_finely_as_they_are_wide():
    assert _span((800.4, 950.4), None) == "800 to 950"
    assert _span((0.12, 0.18), None) == "0.120 to 0.180"
    assert _span((-3.04, 1.21), ("E", "W")) == "3.0°W to 1.2°E"


def test_where_the_input_resolves_all_there_is_no_detail_to_be_told():
    scene = toy.scene(toy.field(swell()), factor=1)
    assert worst_detail(scene.truth, scene) is None
