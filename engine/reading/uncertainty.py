"""Which variable of a file says how wrong another one is: its standard error by CF, or by the names that are usual."""

from collections.abc import Mapping

from engine.reading import quantities
from engine.reading.content import Stored
from engine.reading.quantities import Quantity

MODIFIER = " standard_error"  # of a standard name: CF-1.11, appendix C
NAMES = ("{}_standard_error", "{}_error", "err_{}", "{}_err", "error_{}", "{}_uncertainty")
ALSO = {"analysed_sst": "analysis_error"}  # GHRSST's name for it
SUFFIX = "_standard_error"  # of the field's name: what the engine calls it


def error_of(one: Stored, field: Quantity, variables: Mapping[str, Stored]) -> Quantity | None:
    """The variable that holds the standard deviation of a field's error, at every place.

    Args:
        one: the field as it is stored.
        field: the same as the engine takes it.
        variables: all of the file.

    Returns:
        The error in the field's unit; None where the file has none of the same shape, or one without a unit.
    """
    for other in _named(one, variables):
        found = quantities.conversion(quantities.unit_of(other), field.attrs["units"])
        if (other.dims, other.shape) == (one.dims, one.shape) and found is not None:
            attrs = {"units": field.attrs["units"], "long_name": quantities.long_name(other)}
            return Quantity(other.name, field.name + SUFFIX, attrs, found[0])  # of a difference: no offset
    return None


def _named(one: Stored, variables: Mapping[str, Stored]) -> list[Stored]:
    """What a file may mean by the error of a variable, CF's first."""
    linked = [variables[name] for name in one.attrs.get("ancillary_variables", "").split() if name in variables]
    told = [other for other in linked if other.attrs.get("standard_name", "").endswith(MODIFIER)]
    group, slash, name = one.name.rpartition("/")
    usual = [group + slash + pattern.format(name) for pattern in NAMES]
    usual += [group + slash + ALSO[name]] if name in ALSO else []
    return told + [variables[name] for name in usual if name in variables]
