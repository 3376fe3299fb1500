"""A projection of somebody's file in the few words of PROJ that say where it lies, and nothing that names a file."""

import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyproj import CRS

TERMS = (
    "proj", "lat_0", "lat_1", "lat_2", "lat_ts", "lon_0", "lon_1", "lon_2", "lonc", "alpha", "gamma", "k", "k_0", "x_0",
    "y_0", "zone", "south", "h", "sweep", "datum", "ellps", "a", "b", "rf", "f", "es", "R", "pm", "axis",
)  # fmt: skip
SPARE = ("units", "to_meter", "no_defs", "type", "wktext", "towgs84", "nadgrids")  # 100 m do not matter
WORD = re.compile(r"-?[\w.+-]{1,30}")


def in_km(crs: "CRS") -> str:
    """A projection as PROJ text whose axes are in km.

    Args:
        crs: The projection.

    Returns:
        Its terms, each a number or a word; empty where it has others than those that are known here.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the text says less than the projection
        terms = {name: value for name, value in crs.to_dict().items() if name not in SPARE}
    texts = {name: "" if value is None or value is True else str(value) for name, value in terms.items()}
    if "proj" not in terms or not all(name in TERMS and WORD.fullmatch(text or "0") for name, text in texts.items()):
        return ""
    return " ".join([*(f"+{name}={text}" if text else f"+{name}" for name, text in texts.items()), "+units=km"])
