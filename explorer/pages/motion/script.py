"""'Code' of the page of motion: the lines for its flow, its forecasts and every map."""

from collections.abc import Mapping
from typing import Any

from engine.methods.base import Method
from explorer.base.script import call, written
from explorer.pages.motion.fields import Moving
from explorer.pages.motion.session import MotionSession


def motion_code(session: MotionSession) -> str:
    """The lines for what the page of motion shows."""
    moving, chosen = session.moving if session.outcome.scene is not None else None, session.chosen
    return motion_script(session.selection.source, session.request, chosen.configured, chosen.seed, moving)


def motion_script(source: str, request: Mapping[str, Any], method: Method, seed: int, moving: Moving | None) -> str:
    """The same for images in a row."""
    chosen = {name: value for name, value in request.items() if value != 0.0}
    early = []
    if moving is not None and moving.found is not None and moving.iterate is not None:
        number = moving.iterate - 1
        early = ["", f"flow = next(islice(method.steps(scene.problem, seed={seed!r}), {number}, None)).estimate"]
    scene = f"scene = scenes.open({call(source, chosen)})"
    return written(scene, method, seed, _motion(moving) if moving is not None else {}, early)


def _motion(moving: Moving) -> dict[str, str]:
    """The maps of images in a row."""
    variable, image, lead = repr(moving.scene.variable), moving.image - 1, moving.lead - 1
    maps = {
        "given": f"scene.problem.low[{variable}].isel(time={image})",
        "happened": f"scene.truth[{variable}].isel(lead={lead})",
    }
    if moving.true:
        maps["flow"] = f"scene.truth[['u', 'v']].isel(time={image})"
    if moving.found is None:
        return maps
    flow = "estimate" if moving.iterate is None else "flow"
    known = moving.known is not None
    wrong = f"scores.endpoint_error({flow}, scene.truth)" if known else f"np.hypot({flow}['u'], {flow}['v'])"
    maps = {"flow": f"{flow}[['u', 'v']].isel(time={image})"} | maps | {"error": f"{wrong}.isel(time={image})"}
    if moving.forecast().picture is not None:
        forecast = f"estimate['forecast'].isel(lead={lead})"
        maps |= {"forecast": forecast, "difference": f"{forecast} - {maps['happened']}"}
    return maps
