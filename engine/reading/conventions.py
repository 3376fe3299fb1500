"""What a coordinate is, by its attributes and by the usual names: the rules of cf-xarray, for one coordinate at a time.

cf-xarray itself looks at all coordinates of a data set again for each of them: two hundred take it minutes.
"""

from cf_xarray.accessor import ATTRS
from cf_xarray.criteria import coordinate_criteria, regex

AXES = ("X", "Y", "Z", "T")
COORDINATES = ("longitude", "latitude", "vertical", "time")


def kinds_of(attrs: dict[str, str]) -> set[str]:
    """Which of `AXES` and `COORDINATES` attributes say that a coordinate is.

    Args:
        attrs: of the coordinate.

    Returns:
        The kinds, e.g. X and longitude; empty where they do not say.
    """
    return {
        kind
        for kind, criteria in coordinate_criteria.items()
        if any(attrs.get(name) in expected for name, expected in criteria.items())
    }


def guessed(name: str, attrs: dict[str, str]) -> dict[str, str]:
    """Attributes with those that follow from the coordinate's name, where they do not say what it is.

    Args:
        name: of the coordinate.
        attrs: its attributes.

    Returns:
        The attributes, completed; those given are kept.
    """
    for kind, pattern in regex.items():
        family = AXES if kind in AXES else COORDINATES
        if kinds_of(attrs).isdisjoint(family) and pattern.match(name.lower()):
            attrs = ATTRS[kind] | attrs
    return attrs
