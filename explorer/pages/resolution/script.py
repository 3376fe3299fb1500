"""'Code': the few lines of Python that reproduce the picture with the engine alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine import scores
from engine.methods.base import Method
from engine.scene import Scene
from engine.scores import Band
from explorer.base.script import judged, opened, written
from explorer.drawing.pictures import ALWAYS, DETAIL, OF_B, bands_of
from explorer.jobs.events import event
from explorer.jobs.resolution_run import Result, SceneRequest
from explorer.pages.resolution.session import ResolutionSession


def code(session: ResolutionSession) -> str:
    """The lines for what the explorer shows."""
    scene, display, chosen, maps = session.outcome.scene, session.display, session.chosen, {}
    if scene is not None:
        keys = *ALWAYS, *display.six
        results = session.outcome.current, session.comparison.current
        maps = expressions(scene, results, keys, display.member, display.threshold)
    return script(
        session.request, chosen.configured, chosen.seed, maps, session.comparison.configured_b, series(session)
    )


def series(session: ResolutionSession) -> list[str]:
    """The lines for what the tab Time follows at the probe; none where it follows nothing."""
    scene, result, dates = session.outcome.scene, session.outcome.current, session.over_time.followed
    place, request = session.display.probe, session.request
    if scene is None or result is None or place is None or not dates:
        return []
    keys = ("input", "estimate", "truth") if scene.truth is not None else ("input", "estimate")
    shown = expressions(scene, (result, None), keys, session.display.member)
    opening = opened(replace(request, time="{date}")).replace("'{date}'", "date")
    return [
        "",
        "series = {}",
        f"for date in {dates!r}:",
        f"    {opening}",
        f"    estimate = method.predict(scene.problem, seed={session.chosen.seed!r})",
        "    series[date] = {",
        *(f"        {key!r}: {_at(text, place)}," for key, text in shown.items()),
        "    }",
    ]


def _at(field: str, place: tuple[float, float]) -> str:
    """The value of the cell that holds a place."""
    return f"float(({field}).sel(x={place[0]!r}, y={place[1]!r}, method='nearest'))"


def script(
    request: SceneRequest, method: Method, seed: int, maps: Mapping[str, str] | None = None,
    other: Method | None = None, last: Sequence[str] = (),
) -> str:  # fmt: skip
    """Runnable Python for a request, a method with its settings, and a seed; with the `expressions` of its maps.

    other: method B, where there is one; last: lines that come after all of it.
    """
    beside = ["", *judged(other, seed, "_b")] if other is not None else []
    return "\n".join((written(opened(request), method, seed, maps or {}, beside), *last))


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
    if who == DETAIL:
        return _detail(field, bands_of(f"{who}:{what}", scene), scene)
    if who == "error":
        pair = (field, f"scene.truth[{scene.variable!r}]")
        one, other = (f"derived.derive({of}, {what!r})" if what else of for of in pair)
        return f"{one} - {other}" if scene.truth is not None else ""
    if who == "consistency":
        return f"observation.residual({field}, scene.problem.low[{scene.variable!r}], scene.problem.observation)"
    if who != "estimate":
        return ""
    return f"derived.derive({field}, {what!r})" if what else field


def _detail(field: str, bands: list[Band], scene: Scene) -> str:
    """Its energies, of neighbouring bands; nothing where nobody knows the truth."""
    if scene.truth is None or not bands:
        return ""
    first = scores.bands(scene).index(bands[0])
    return f"scores.detail({field}, scene, scores.bands(scene)[{first}:{first + len(bands)}])"


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
