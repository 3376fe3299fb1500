"""Units as people write them."""

import pytest

from explorer.drawing.lines import pretty


@pytest.mark.parametrize(
    ("units", "shown"),
    [
        ("1", ""), ("m", "m"), ("degC", "°C"), ("m km-1", "m km⁻¹"), ("m2 km", "m² km"), ("degC km-1", "°C km⁻¹"),
        ("(m s-1)2 km", "(m s⁻¹)² km"), ("W m-2 sr-1 um-1", "W m⁻² sr⁻¹ um⁻¹"), ("m10", "m¹⁰"), ("1e-3", "1e-3"),
        ("mm h-1", "mm h⁻¹"), ("m/s", "m/s"), ("%", "%"), ("", ""),
    ],
)  # fmt: skip
def test_powers_are_raised(units, shown):
    assert pretty(units) == shown
