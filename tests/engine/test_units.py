"""Units that values can be read in instead, by the constants of another library."""

import numpy as np
import pytest
from scipy import constants

from engine.lexicon import CONVERSIONS, VARIABLES, conversion, others

DAY, HOUR = constants.day, constants.hour


@pytest.mark.parametrize(
    ("value", "units", "to", "known"),
    [
        (0.0, "degC", "K", constants.zero_Celsius),
        (constants.zero_Celsius, "K", "degC", 0.0),
        (25.0, "degC", "K", 298.15),
        (0.123, "m", "cm", 0.123 / constants.centi),
        (0.123, "m", "mm", 0.123 / constants.milli),
        (0.7, "m s-1", "cm s-1", 0.7 / constants.centi),
        (0.7, "m s-1", "km h-1", 0.7 / constants.kmh),
        (0.7, "m s-1", "km d-1", 0.7 * DAY / constants.kilo),
        (1e-5, "s-1", "d-1", 1e-5 * DAY),
        (2.5, "mm h-1", "mm d-1", 2.5 * DAY / HOUR),
        (150.0, "0.01 mm", "mm", 1.5),
        (150.0, "0.01 mm", "mm h-1", 1.5 * HOUR / (5 * constants.minute)),
    ],
)
def test_a_conversion_is_right_to_the_digit(value, units, to, known):
    change = conversion(units, to)
    assert change(value) == pytest.approx(known, rel=1e-14, abs=1e-13)
    assert change.back(change(value)) == pytest.approx(value, rel=1e-14, abs=1e-13)
    assert change(np.array([value, value]))[1] == change(value)


def test_a_difference_of_temperatures_is_the_same_in_both_scales():
    change = conversion("degC", "K")
    assert change(3.0) - change(1.0) == pytest.approx(change.of_differences(2.0)) == 2.0


def test_what_cannot_be_converted_stays():
    assert conversion("m", "K") is conversion("m", "m") is conversion("m km-1", "cm") is None
    assert others("1") == []
    assert others("m") == ["cm", "mm"]


def test_every_unit_of_the_table_is_one_that_variables_have():
    assert set(CONVERSIONS) <= {variable.units for variable in VARIABLES.values()}
    for units, several in CONVERSIONS.items():
        names = [known.units for known in several]
        assert len(set(names)) == len(names)
        assert units not in names
