"""What lies over the maps: geography, contours of a field, arrows of a flow. A part of the state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import xarray as xr

from engine.scene import Scene
from explorer.base import held
from explorer.base.geography import Geography
from explorer.base.held import Turn
from explorer.drawing import threefold
from explorer.drawing.arrows import velocity
from explorer.drawing.palette import limits
from explorer.drawing.pictures import Picture

OWN, GUIDE = "own", "guide"
OF = {"Prediction": "estimate", "Truth": "truth", "Input": "input", "Guide": GUIDE}


class Overlays(Geography):
    """Contours and arrows are off at first."""

    contours = held.Selector(
        default="", objects={"None": "", "Each map's own": OWN} | OF, label="Contours", turn=Turn.LOOK, optional=True,
        doc="Lines of equal value, at round numbers, of one field over all maps or of each map's own.",
    )  # fmt: skip
    arrows = held.Selector(
        default="", objects={"None": ""} | OF, label="Flow arrows", turn=Turn.LOOK, optional=True,
        doc="The geostrophic velocity of a sea surface height, or the velocity that a scene has.",
    )  # fmt: skip


@dataclass(frozen=True)
class Contoured:
    """A field whose contours are drawn, and the limits between which they lie."""

    field: xr.DataArray
    limits: tuple[float, float]


def contoured(
    which: str, scene: Scene, picture: Callable[[str], Picture | None], limits_of: Callable[[Picture], tuple]
) -> Contoured | None:
    """The field that one of the overlay's choices means.

    Args:
        which: Of `Overlays.contours`, or the key of a map for its own.
        scene: The scene.
        picture: Gives a map's picture by its key.
        limits_of: Gives the colour limits of a picture.

    Returns:
        The field; None where there is none.
    """
    if which == GUIDE:
        guide = next(iter(scene.problem.guides.data_vars.values()), None)
        return None if guide is None else Contoured(guide, limits(guide.values, str(guide.name)))
    shown = picture(which)
    return None if shown is None or shown.role == threefold.ROLE else Contoured(shown.field, limits_of(shown))


def flow(which: str, scene: Scene, picture: Callable[[str], Picture | None]) -> xr.Dataset | None:
    """The velocity that one of the overlay's choices means.

    Args:
        which: Of `Overlays.arrows`.
        scene: The scene.
        picture: Gives a map's picture by its key.

    Returns:
        `u` and `v` (y, x), m s-1; None where there is none.
    """
    if which == "estimate":
        shown = picture(which)
        return None if shown is None else velocity({scene.variable: shown.field})
    return velocity(_fields(which, scene))


def offered(scene: Scene) -> tuple[set[str], set[str]]:
    """What a scene has for contours and for arrows.

    Args:
        scene: The scene.

    Returns:
        Choices of each; arrows of the prediction where its variable has a flow.
    """
    known = {key for key in OF.values() if key == "estimate" or _fields(key, scene)}
    flowing = {key for key in known - {"estimate"} if velocity(_fields(key, scene)) is not None}
    return known, flowing | ({"estimate"} if scene.variable == "ssh" else set())


def _fields(which: str, scene: Scene) -> Mapping[str, xr.DataArray]:
    """The fields of the truth, of the input or of the guides, by name."""
    data = {"truth": scene.truth, "input": scene.problem.low, GUIDE: scene.problem.guides}[which]
    return {} if data is None else {str(name): field for name, field in data.data_vars.items()}
