"""Why an estimate failed, on made errors whose place, scale and values are known."""

import numpy as np
import pytest
import toy
import xarray as xr

from engine import scores
from engine.grid import Grid
from engine.scores.failure import TENTHS, worst_box, worst_quantile

SHAPE = (96, 128)


def made(error: np.ndarray, truth: np.ndarray | None = None, mask: np.ndarray | None = None):
    """An estimate with this error, and its scene on cells of 4 km."""
    values = (toy.power_law(SHAPE, -2.0) if truth is None else truth).astype(float)
    if mask is not None:
        values = np.where(mask, values, np.nan)
    scene = toy.scene(toy.field(values))
    return (scene.truth["ssh"] + error).to_dataset(), scene


def wave(wavelength_km: float, amplitude: float = 0.3) -> np.ndarray:
    x = 4.0 * (np.arange(SHAPE[1]) + 0.5)
    return np.broadcast_to(amplitude * np.sin(2 * np.pi * x / wavelength_km), SHAPE)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (37, 60), (80, 112)])
def test_an_error_in_a_box_is_found_there(row, column):
    error = np.zeros(SHAPE)
    error[row : row + 16, column : column + 16] = 0.2
    box = scores.diagnose(*made(error)).box
    assert box.x == pytest.approx((4.0 * column, 4.0 * (column + 16)))
    assert box.y == pytest.approx((4.0 * row, 4.0 * (row + 16)))
    assert box.rmse == pytest.approx(0.2)
    assert box.share == pytest.approx(1)
    assert box.area == pytest.approx(16 * 16 / (96 * 128))
    assert box.whole == pytest.approx(0.2 * np.sqrt(box.area))
    assert f"x = {4 * column + 32:.0f}, y = {4 * row + 32:.0f} km" in box.sentence
    assert "RMSE of 0.2 m" in box.sentence
    assert "100% of the squared error" in box.sentence


def test_a_box_that_is_mostly_land_does_not_count():
    error, mask = np.zeros(SHAPE), np.ones(SHAPE, bool)
    mask[:, :20] = False
    mask[50, 3] = True  # a single cell of water in the land, with a huge error
    error[50, 3], error[10:26, 80:96] = 9.0, 0.1
    box = scores.diagnose(*made(error, mask=mask)).box
    assert box.x == pytest.approx((320, 384))
    assert box.y == pytest.approx((40, 104))


def test_a_box_on_the_globe_is_as_wide_as_high_in_km_and_told_in_degrees():
    y, x = 60.0 - 0.25 * np.arange(80), -10.0 + 0.25 * np.arange(120)  # latitudes descend
    square = np.zeros((80, 120))
    square[20, 100] = 1.0
    box = worst_box(square, Grid(y, x, "degrees"), "m")
    assert box.x[0] < x[100] < box.x[1]
    assert box.y[0] < y[20] < box.y[1]
    wide, high = box.x[1] - box.x[0], box.y[1] - box.y[0]
    assert wide * np.cos(np.deg2rad(50)) == pytest.approx(high, rel=0.15)
    assert "°N" in box.sentence
    assert "°E" in box.sentence
    west = worst_box(square[:, ::-1], Grid(y, x, "degrees"), "m")
    assert "°W" in west.sentence


@pytest.mark.parametrize("name", ["large", "medium", "fine", "finest"])
def test_an_error_in_a_band_is_found_there(name):
    estimate, scene = made(np.zeros(SHAPE))
    band = next(band for band in scores.bands(scene) if band.name == name)
    top = band.wavelength_max_km if np.isfinite(band.wavelength_max_km) else 4 * band.wavelength_min_km
    estimate, scene = made(wave(np.sqrt(top * band.wavelength_min_km)))
    found = scores.diagnose(estimate, scene).band
    assert found.worst.name == name
    assert found.shares[name] > 0.9
    assert all(found.skills[other] > found.skills[name] for other in found.skills if other != name)
    assert f"The {name} band" in found.sentence
    assert "where 1 is perfect" in found.sentence


def test_a_band_that_is_always_bad_is_not_why():
    estimate, scene = made(wave(10.0, 0.5) + wave(26.0, 0.15))
    skills = scores.diagnose(estimate, scene).band.skills
    usual = {**skills, "medium": 1.0, "large": 1.0}  # the finest one is never any better
    assert skills["finest"] < skills["medium"]
    found = scores.diagnose(estimate, scene, usual).band
    assert found.worst.name == "medium"
    assert f"its skill is {skills['medium']:.2f}, usually 1.00" in found.sentence
    same = scores.diagnose(estimate, scene, skills).band
    assert same.loss == 0
    assert same.worst.name == max(same.shares, key=same.shares.get)
    assert "No band does clearly worse than usual" in same.sentence


@pytest.mark.parametrize(("tail", "position", "sign"), [("highest", TENTHS - 1, -1), ("lowest", 0, 1)])
def test_an_error_in_a_tail_is_found_there(tail, position, sign):
    truth = toy.power_law(SHAPE, -2.0)
    edge = np.quantile(truth, 0.9 if sign < 0 else 0.1)
    where = truth > edge if sign < 0 else truth < edge
    found = scores.diagnose(*made(np.where(where, sign * 0.3, 0.0), truth)).quantile
    assert found.worst == position
    assert found.rmse[position] == pytest.approx(0.3, rel=0.02)
    assert found.bias[position] == pytest.approx(sign * 0.3, rel=0.02)
    assert found.sentence.startswith(f"The {tail} 10% of the truth")
    assert f"{edge:.3g} m" in found.sentence
    assert ("too low" if sign < 0 else "too high") in found.sentence


def test_values_that_most_cells_share_are_one_part():
    truth = np.concatenate([np.zeros(600), np.linspace(0.1, 4, 400)])  # it does not rain
    error = np.where(truth > 2, -1.0, 0.01)
    found = worst_quantile(error, truth, "mm h-1")
    assert found.edges[0] == 0
    assert (np.diff(found.edges) > 0).all()
    assert found.levels[0] == 0
    assert found.levels[-1] == 1
    assert len(found.rmse) < TENTHS
    assert found.rmse[found.worst] == pytest.approx(1)
    assert worst_quantile(np.ones(9), np.zeros(9), "m") is None


def test_the_middle_of_the_values_has_its_words():
    truth = np.linspace(0, 1, 1000)
    found = worst_quantile(np.where((truth > 0.4) & (truth < 0.5), 0.1, 0.0), truth, "m")
    assert found.sentence.startswith("The 40 to 50% quantiles of the truth (0.4 to 0.5 m)")


def test_where_nothing_is_wrong_or_known_nothing_is_said():
    exact = scores.diagnose(*made(np.zeros(SHAPE)))
    assert (exact.box, exact.band, exact.quantile) == (None, None, None)
    estimate, scene = made(np.zeros(SHAPE))
    estimate["ssh"][3, 4] = np.nan
    assert scores.diagnose(estimate, scene) is None
    object.__setattr__(scene, "truth", None)
    assert scores.diagnose(estimate, scene) is None


def test_members_are_judged_by_their_mean():
    error = np.zeros(SHAPE)
    error[16:32, 16:32] = 0.2
    estimate, scene = made(error)
    members = xr.concat([estimate + 0.05, estimate - 0.05], "member")
    assert scores.diagnose(members, scene).box == scores.diagnose(estimate, scene).box
