"""Colours, scale, unit and limits that a person wants: decades, percentiles, and what has to stay as it is."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from bokeh.models import LinearColorMapper, LogColorMapper
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from scipy import stats

from explorer.drawing import palette
from explorer.drawing.mapping import mapped
from explorer.drawing.palette import colours
from explorer.drawing.pictures import Picture
from explorer.drawing.style import Style, as_shown, in_data
from explorer.figures.sheet import Map


def picture(values, role: str = "thickness", key: str = "field", units: str = "m") -> Picture:
    values = np.atleast_2d(np.asarray(values, np.float32))
    axes = {name: (name, np.arange(n) + 0.5, {"units": "km"}) for name, n in zip("yx", values.shape, strict=True)}
    return Picture(xr.DataArray(values, dims=("y", "x"), coords=axes, attrs={"units": units}), "A map", role, key)


def lightness(colour: str) -> float:
    """CIE L* of an sRGB colour."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    y = float(np.dot([0.2126, 0.7152, 0.0722], linear))
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize("name", palette.SEQUENTIAL)
def test_maps_that_go_up_get_lighter_or_darker_evenly(name):
    light = np.diff([lightness(colour) for colour in colours("ssh", 33, name)])
    assert len(set(np.sign(light))) == 1
    assert abs(light).max() < 4 * abs(light).mean()


@pytest.mark.parametrize("name", palette.DIVERGING)
def test_maps_around_zero_have_their_extreme_lightness_there(name):
    light = np.array([lightness(colour) for colour in colours("error", 33, name)])
    middle = light[16]
    assert abs(light[[0, -1]] - middle).min() > 25
    assert np.sign(light[0] - middle) == np.sign(light[-1] - middle)


# ---- limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("percent", "limits"), [(10.0, (10, 90)), (25.0, (25, 75)), (0.0, (0, 100))])
def test_limits_are_percentiles(percent, limits):
    """Of numbers from 0 to 100, evenly, the q-th percentile is q."""
    even = picture(np.linspace(0, 100, 10_001))
    assert Style(percent=percent).fitted(even, None) == limits


@pytest.mark.parametrize("percent", [0.5, 2.5, 5.0])
def test_limits_around_zero_are_those_of_the_normal_distribution(percent):
    values = stats.norm.ppf((np.arange(40_000) + 0.5) / 40_000)
    low, high = Style(percent=percent).fitted(picture(values, "error", "error"), None)
    assert low == -high
    assert high == pytest.approx(-stats.norm.ppf(percent / 100), abs=0.1)  # rounded up to two figures


def test_limits_of_decades_are_percentiles_of_what_is_above_zero():
    """Zeros, as of rain, have no logarithm; the others are spread evenly over four decades."""
    values = np.concatenate([np.zeros(5000), 10 ** np.linspace(-2, 2, 10_001)])
    style = Style(log=True, percent=25.0)
    shown = style.dressed(picture(values, "rain_rate", units="mm h-1"), None)
    low, high = style.fitted(shown, None)
    assert (low, high) == pytest.approx((0.1, 10.0), rel=0.02)


# ---- scale ---------------------------------------------------------------------------------------------------------


def test_decades_are_equal_steps_of_colour():
    """In print; in the browser tests/browser/test_colours.py looks at the pixels."""
    values = [0.01, 0.1, 1.0, 10.0, 100.0, -3.0]
    shown = Style(log=True).dressed(picture(np.abs(values)), None)
    square = replace(shown, field=picture([values] * 2).field)
    drawn = Map(Figure().add_subplot(), square, (0.01, 100.0)).image
    assert np.asarray(drawn.norm(values[:5])) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert not np.ma.getmaskarray(drawn.get_array()).any()  # no land where a value has no logarithm
    assert drawn.get_array().min() == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("values", "role", "is_log"),
    [
        ([0.0, 1.0], "thickness", True),
        ([-0.1, 1.0], "ssh", False),
        ([0.0, 0.0], "thickness", False),
        ([0.5, 1.0], "error", False),
        ([0.5, 1.0], "probability", False),
        ([np.nan, 2.0], "speed", True),
    ],
)
def test_a_logarithm_is_for_what_has_no_sign(values, role, is_log):
    assert Style(log=True).dressed(picture(values, role), None).log is is_log


def test_a_lower_limit_of_zero_leaves_three_decades():
    shown = Style(log=True).dressed(picture([0.0, 5.0]), None)
    assert as_shown(shown, (0.0, 5.0)) == (0.005, 5.0)


def test_the_browser_gets_another_mapper_for_decades_and_its_own_back():
    usual = LinearColorMapper(palette=["#000000", "#ffffff"], low=0, high=1)
    log = mapped(usual, usual, (0.1, 10.0), True)
    assert isinstance(log, LogColorMapper)
    assert (log.low, log.high, log.palette, log.nan_color) == (0.1, 10.0, usual.palette, usual.nan_color)
    assert mapped(usual, log, (0.1, 10.0), True) is log
    assert mapped(usual, log, (0.1, 20.0), True) is not log
    assert mapped(usual, log, (0.0, 2.0), False) is usual
    assert (usual.low, usual.high) == (0.0, 2.0)


# ---- unit and colours ----------------------------------------------------------------------------------------------


def test_the_usual_style_leaves_a_picture_as_it_is():
    shown = picture([1.0, 2.0])
    assert Style().dressed(shown, None) is shown
    assert as_shown(shown, (1.0, 2.0)) == (1.0, 2.0)


def test_values_are_read_in_another_unit_and_limits_stay_those_of_the_data():
    style = Style(units="cm")
    shown = style.dressed(picture([0.5, 1.25]), None)
    assert shown.field.values.ravel().tolist() == [50.0, 125.0]
    assert shown.field.attrs["units"] == "cm"
    kept = style.fitted(shown, None)
    assert kept == pytest.approx((0.5, 1.25))
    assert as_shown(shown, kept) == pytest.approx((50, 125))
    assert in_data(shown, as_shown(shown, kept)) == kept
    assert style.dressed(picture([1.0], "gradient", "gradient", "m km-1"), None).field.attrs["units"] == "m km-1"


def test_an_error_of_a_temperature_is_not_shifted_by_273():
    style = Style(units="K")
    assert style.dressed(picture([20.0], "sst", "field", "degC"), None).field.item() == pytest.approx(293.15)
    assert style.dressed(picture([-2.0], "error", "error", "degC"), None).field.item() == -2.0


def test_colours_of_the_field_and_of_what_has_a_sign_are_chosen_apart():
    style = Style(colours="viridis", signed="curl")
    assert style.dressed(picture([1.0]), None).colours == "viridis"
    assert style.dressed(picture([1.0], "error", "error"), None).colours == "curl"
    assert style.dressed(picture([1.0], "u"), None).colours == "curl"
    guide = picture([1.0], "sst", "guide:sst", "degC")
    assert style.dressed(guide, None) is guide
    assert colours("ssh", chosen="viridis")[0] == "#440154"  # as matplotlib publishes it
    assert colours("ssh", chosen="") == colours("ssh")
