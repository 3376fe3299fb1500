"""'Code': the few lines of Python that reproduce the picture with the engine alone."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.methods import METHODS, settings
from engine.methods.base import Method
from engine.scene import Scene
from explorer.pages.motion.fields import Moving
from explorer.drawing.pictures import OF_B, keys_of
from explorer.jobs.resolution_run import Result, Selection, event

if TYPE_CHECKING:
    from explorer.pages.motion.session import MotionSession
    from explorer.pages.resolution.session import Session

OTHERS = {"islice(": "from itertools import islice", "np.": "import numpy as np"}


def code(session: "Session") -> str:
    """The lines for what the explorer shows."""
    maps = {}
    if session.scene is not None:
        keys = keys_of(session.scene, session.lower_a, session.lower_b)
        results = session.current, session.current_b
        maps = expressions(session.scene, results, keys, session.member, session.threshold)
    return script(session.selection, session.configured, session.seed, maps, session.configured_b)


def script(
    selection: Selection, method: Method, seed: int, maps: Mapping[str, str] | None = None, other: Method | None = None
) -> str:
    """Runnable Python for a selection, a method with its settings, and a seed; with the `expressions` of its maps.

    other: method B, where there is one.
    """
    beside = ["", *_judged(other, seed, "_b")] if other is not None else []
    return _written(opened(selection), method, seed, maps or {}, beside)


def opened(selection: Selection) -> str:
    """The line that opens a scene."""
    chosen = {name: getattr(selection, name) for name in selection.__dataclass_fields__ if name != "source"}
    chosen = {name: value for name, value in chosen.items() if value not in (None, 0.0)}
    return f"scene = scenes.open({_call(selection.source, chosen)})"


def motion_code(session: "MotionSession") -> str:
    """The lines for what the page of motion shows."""
    moving = session.moving if session.scene is not None else None
    return motion_script(session.source, session.selection, session.configured, session.seed, moving)


def motion_script(source: str, selection: Mapping[str, Any], method: Method, seed: int, moving: Moving | None) -> str:
    """The same for images in a row."""
    chosen = {name: value for name, value in selection.items() if value != 0.0}
    early = []
    if moving is not None and moving.found is not None and moving.iterate is not None:
        number = moving.iterate - 1
        early = ["", f"flow = next(islice(method.steps(scene.problem, seed={seed!r}), {number}, None)).estimate"]
    scene = f"scene = scenes.open({_call(source, chosen)})"
    return _written(scene, method, seed, _motion(moving) if moving is not None else {}, early)


def _written(scene: str, method: Method, seed: int, maps: Mapping[str, str], more: Sequence[str] = ()) -> str:
    """The whole script; scene: the line that opens it; more: lines between the prediction and the maps."""
    shown = ["", "maps = {", *(f"    {k!r}: {e}," for k, e in maps.items()), "}"] if maps else []
    body = "\n".join((scene, *_judged(method, seed), *more, *shown, ""))
    parts = [name for name in ("degrade", "derived", "methods", "scenes", "scores") if f"{name}." in body]
    others = [line for word, line in OTHERS.items() if word in body]
    return "\n".join((*others, *([""] if others else []), f"from engine import {', '.join(parts)}", "", body))


def made(method: Method, seed: int, side: str = "") -> tuple[str, str]:
    """A method and its estimate; side: what the names of method B end with."""
    defaults = METHODS[method.key]()
    changed = {name: getattr(method, name) for name in settings(method)}
    changed = {name: value for name, value in changed.items() if value != getattr(defaults, name)}
    return (
        f"method{side} = methods.create({_call(method.key, changed)})",
        f"estimate{side} = method{side}.predict(scene.problem, seed={seed!r})",
    )


def _judged(method: Method, seed: int, side: str = "") -> tuple[str, ...]:
    """The same with its scores."""
    return (
        *made(method, seed, side),
        f"for name, score in scores.table(estimate{side}, scene).items():",
        "    print(f\"{name:24s} {float(score):.5g} {score.attrs['units']}\")",
    )


def expressions(
    scene: Scene,
    results: tuple[Result | None, Result | None],
    keys: Sequence[str],
    member: int | None = None,
    threshold: float | None = None,
) -> dict[str, str]:
    """Key -> what the map of that key shows, in the names of a script; what the scene does not have is left out.

    results: of the method, or method A, and of method B.
    """
    known = {key: _of_sides(key, scene, results, member, threshold) for key in dict.fromkeys(keys)}
    return {key: text for key, text in known.items() if text}


def _of_sides(key: str, scene: Scene, results: tuple, member: int | None, threshold: float | None) -> str:
    first, second = results
    if key == "difference":
        return f"{_shown(scene, first, member)} - {_in_b(_shown(scene, second, member))}" if first and second else ""
    if key.startswith(OF_B):
        return _in_b(_expression(key.removeprefix(OF_B), scene, second, member, threshold))
    return _expression(key, scene, first, member, threshold)


def _in_b(text: str) -> str:
    """An expression in the names of method B."""
    return text.replace("estimate[", "estimate_b[")


def _expression(key: str, scene: Scene, result: Result | None, member: int | None, threshold: float | None) -> str:
    who, _, what = key.partition(":")
    low, truth = f"scene.problem.low[{scene.variable!r}]", f"scene.truth[{scene.variable!r}]"
    if who == "guide":
        return f"scene.problem.guides[{what!r}]" if what in scene.problem.guides else ""
    if who == "low":
        return f"scene.problem.low[{what!r}]" if what in scene.problem.low else ""
    if who == "input" or (who == "truth" and scene.truth is not None):
        field = low if who == "input" else truth
        return f"derived.derive({field}, {what!r})" if what else field
    if result is None or who == "truth":
        return ""
    return _of_method(who, what, scene, result, member, threshold)


def _of_method(who: str, what: str, scene: Scene, result: Result, member: int | None, threshold: float | None) -> str:
    made, field = _estimate(scene, result), _shown(scene, result, member)
    if who == "spread":
        return f"{made}.std('member', ddof=1)" if result.members is not None else ""
    if who == "probability" and result.members is not None:
        limit, below, _ = event(scene, threshold)
        return f"scores.probability({made}, {limit!r}, below={below!r})"
    if who == "error":
        return f"{field} - scene.truth[{scene.variable!r}]" if scene.truth is not None else ""
    if who == "consistency":
        return f"degrade.residual({field}, scene.problem.low[{scene.variable!r}], scene.problem.degradation)"
    if who != "estimate":
        return ""
    return f"derived.derive({field}, {what!r})" if what else field


def _estimate(scene: Scene, result: Result) -> str:
    text = f"estimate[{scene.variable!r}]"
    return f"{text}.isel(time=-1)" if "time" in result.estimate[scene.variable].dims else text


def _shown(scene: Scene, result: Result, member: int | None) -> str:
    """The member that is shown, or their mean."""
    text = _estimate(scene, result)
    if result.members is None:
        return text
    if member is not None and member <= result.members.sizes["member"]:
        return f"{text}.isel(member={member - 1})"
    return f"{text}.mean('member', keep_attrs=True)"


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


def _call(key: str, arguments: Mapping[str, Any]) -> str:
    return ", ".join((repr(key), *(f"{name}={value!r}" for name, value in arguments.items())))
