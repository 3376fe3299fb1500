"""Colours ordered by lightness, never a rainbow; limits robust, round, and symmetric where a sign matters."""

import cmocean
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

from engine.lexicon import VARIABLES
from explorer.drawing import palette
from explorer.drawing.palette import colours, limits, nice

ROLES = [*palette._MAPS, *VARIABLES, "anything else"]
SEQUENTIAL = ("deep_r", "thermal", "ice", "amp", "rain", "speed", "haline", "dense", "matter", "tempo")
DIVERGING = ("balance", "curl", "delta", "diff")


def lightness(colour: str) -> float:
    """CIE L* of an sRGB colour."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    y = float(np.dot([0.2126, 0.7152, 0.0722], linear))
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_one_of_the_allowed_colour_maps(role):
    allowed = DIVERGING if role in palette.SIGNED else SEQUENTIAL
    drawn = colours(role)
    assert len(drawn) == 256
    maps = {name: [to_hex(c) for c in getattr(cmocean.cm, name)(np.linspace(0, 1, 256))] for name in allowed}
    assert drawn in maps.values()


@pytest.mark.parametrize("role", ROLES)
def test_no_colour_map_is_a_rainbow(role):
    """Lightness goes one way, or away from the middle for signed roles; a rainbow goes up and down."""
    light = np.array([lightness(colour) for colour in colours(role, 64)])
    if role in palette.SIGNED:
        steps = np.concatenate([np.diff(light[:30]), -np.diff(light[34:])])
        assert light[[0, -1]].max() < light[30:34].min() - 30
    else:
        steps = np.diff(light) * np.sign(light[-1] - light[0])
        assert abs(light[-1] - light[0]) > 50
    assert steps.min() > -0.7


def test_the_number_of_colours_is_what_was_asked_for():
    assert len(colours("ssh", 7)) == 7
    assert all(colour.startswith("#") and len(colour) == 7 for colour in colours("error", 5))


def test_every_signed_variable_of_the_lexicon_is_signed_here():
    assert {name for name, entry in VARIABLES.items() if entry.signed} <= palette.SIGNED


@pytest.mark.parametrize("role", sorted(palette.SIGNED))
@pytest.mark.parametrize("shift", [-3.0, 0.0, 0.7, 12.0])
def test_signed_limits_are_symmetric_and_hold_the_values(role, shift):
    values = np.random.default_rng(0).standard_normal(10_000) + shift
    low, high = limits(values, role)
    assert low == -high
    inside = (values >= low) & (values <= high)
    assert inside.mean() > 0.985


@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (1e-6, 0), (1e5, 3e5), (1e-3, 290.0), (20, -1000)])
def test_limits_hold_nearly_all_values_and_little_more(scale, shift):
    values = shift + scale * np.random.default_rng(1).standard_normal((200, 200))
    low, high = limits(values, "ssh")
    inside = (values >= low) & (values <= high)
    assert inside.mean() > 0.985
    assert high - low < 1.25 * np.subtract(*np.percentile(values, [99.5, 0.5]))


def test_one_wild_value_does_not_set_the_limits():
    values = np.random.default_rng(2).uniform(0, 1, 10_000)
    values[17] = 1e6
    assert limits(values, "ssh")[1] < 1.1


def test_limits_are_round():
    values = np.random.default_rng(3).uniform(-0.6321, 0.8765, 10_000)
    assert limits(values, "ssh") == pytest.approx((-0.65, 0.9))
    assert limits(values, "error") == pytest.approx((-0.87, 0.87))


@pytest.mark.parametrize("constant", [0.0, -2.5, 1e-12, 290.0, 1e8])
@pytest.mark.parametrize("role", ["ssh", "error"])
def test_a_constant_field_has_limits_around_it(constant, role):
    low, high = limits(np.full((5, 5), constant, dtype=np.float32), role)
    assert low < high
    assert low <= np.float32(constant) <= high
    assert role != "error" or low == -high


@pytest.mark.parametrize("values", [np.full((4, 4), np.nan), np.array([]), np.array([np.inf, -np.inf, np.nan])])
@pytest.mark.parametrize("role", ["ssh", "error", ""])
def test_nothing_at_all_has_limits_too(values, role):
    low, high = limits(values, role)
    assert low < high


def test_missing_cells_do_not_count():
    values = np.random.default_rng(4).uniform(0, 1, 10_000)
    holes = np.where(np.arange(10_000) % 3 == 0, np.nan, values)
    assert limits(holes, "sst") == limits(values[np.isfinite(holes)], "sst")


@pytest.mark.parametrize(("value", "wanted"), [(0.123, 0.13), (0.12, 0.12), (99.1, 100), (1.0, 1.0), (7.31e-9, 7.4e-9)])
def test_nice_rounds_up_to_two_figures(value, wanted):
    assert nice(value) == pytest.approx(wanted, rel=1e-9)
