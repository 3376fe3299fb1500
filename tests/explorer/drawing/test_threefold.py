"""Detail in three colours: pure cells have their pure colours, paler where there is less; no colour says too much."""

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb

from engine.scores import Band
from explorer.drawing import threefold
from explorer.drawing.palette import LAND
from explorer.drawing.threefold import COLOURS, LIMITS, coded, colours, legend, span, together, told

NAMES = ("recovered", "invented", "missed")
USUAL = np.tile([[1.0], [0.0], [0.0]], 500)  # cells that make 1 the usual most
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)  # of linear sRGB; Machado, Oliveira and Fernandes 2009, severity 1


def energies(*cells: tuple[float, float, float], **dims) -> xr.Dataset:
    """Energies (y, x) of one row: these cells, then the usual ones."""
    values = np.concatenate([np.array(cells, dtype=float).reshape(-1, 3).T, USUAL], axis=1)
    return xr.Dataset({name: (("y", "x"), row[None]) for name, row in zip(NAMES, values, strict=True)})


def painted(*cells: tuple[float, float, float]) -> list[str]:
    """The colours of these cells."""
    codes = coded(energies(*cells)).values[0, : len(cells)]
    return [colours()[int(code)] for code in codes]


def linear(colour: str) -> np.ndarray:
    values = np.array(to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_recovered_invented_or_missed_alone_has_its_own_colour(name):
    """The more there is the darker, up to the whole colour; where there is nothing the paper is white."""
    amounts = [0.0, 1e-6, 0.03, 0.1, 0.3, 1.0, 50.0]
    drawn = painted(*(tuple(amount * (name == other) for other in NAMES) for amount in amounts))
    assert drawn[:2] == ["#ffffff"] * 2
    assert drawn[-2:] == [COLOURS[name]] * 2
    light = [luminance(colour) for colour in drawn[1:-1]]
    assert light == sorted(light, reverse=True)
    assert len(set(drawn)) == 5


def test_the_three_are_told_apart_without_red_and_green_and_from_land():
    ends = [*COLOURS.values(), colours()[0], LAND]
    for sight in (np.eye(3), DEUTERANOPIA):
        seen = [np.clip(sight @ linear(colour), 0, 1) ** (1 / 2.2) for colour in ends]
        apart = [np.abs(one - other).max() for n, one in enumerate(seen) for other in seen[:n]]
        assert min(apart) > 0.06  # 15 of 255; land and what is missed differ least, and a coast lies between
        assert min(np.abs(one - other).max() for n, one in enumerate(seen[:3]) for other in seen[:n]) > 0.2


def test_half_real_and_half_invented_is_not_grey():
    """Grey is what is missed; of mixed light the two are purple."""
    red, green, blue = to_rgb(painted((0.5, 0.5, 0))[0])
    assert red - green > 0.15
    assert blue - green > 0.08


def test_what_is_told_of_a_cell_is_right_to_a_step():
    shares = np.random.default_rng(0).dirichlet((1, 1, 1), 400)
    codes = coded(energies(*shares)).values[0, : len(shares)]
    for code, wanted in zip(codes, shares, strict=True):
        assert LIMITS[0] < code < LIMITS[1]
        said = dict(part.rsplit(" ", 1) for part in told(code).split(", "))
        assert list(said) == list(NAMES)
        assert sum(int(text[:-1]) for text in said.values()) == 100
        assert [int(text[:-1]) / 100 for text in said.values()] == pytest.approx([*wanted], abs=0.1)
    assert told(0.0) == "next to no detail"
    assert told(float("nan")) == "land or missing"


def test_land_stays_land_and_nothing_at_all_is_paper():
    maps = energies((np.nan,) * 3, (0, 0, 1))
    assert np.isnan(coded(maps).values[0, 0])
    assert np.isfinite(coded(maps).values[0, 1:]).all()
    assert (coded(0 * energies()) == 0).all()
    assert np.isnan(coded(np.nan * maps)).all()


def test_every_band_counts_alike():
    """A band with a millionth of the other's power, all missed, beside one that is all recovered: half of each."""
    strong, faint = energies((1, 0, 0)), 1e-6 * energies((1, 0, 0))
    faint = faint.assign(recovered=faint["missed"], missed=faint["recovered"])
    both = together(xr.concat([strong, faint], "band"))
    np.testing.assert_allclose(both["recovered"], both["missed"])
    empty = together(xr.concat([strong, 0 * strong], "band"))
    np.testing.assert_allclose(empty["recovered"], together(strong.expand_dims("band"))["recovered"])


def test_a_title_is_its_own_legend():
    shown = legend("<div>Detail of 16–59 km: recovered, invented, missed</div>")
    for name, colour in COLOURS.items():
        assert f"<span style='color:{colour}' aria-hidden='true'>■</span>&nbsp;{name}" in shown


@pytest.mark.parametrize(
    ("edges", "words"),
    [((216.0, 58.8, 16.0), "of 16–216 km"), ((58.8, 16.0), "of 16–59 km"), ((float("inf"), 216.0), "above 216 km"),
     ((0.51, 0.332), "of 0.33–0.51 km")],
)  # fmt: skip
def test_wavelengths_are_said_from_short_to_long(edges, words):
    bands = [Band("", *pair) for pair in pairwise(edges)]
    assert span(bands) == words
    assert len(threefold.texts()) == 67
