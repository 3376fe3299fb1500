"""The fields a map can show, by key: 'input', 'estimate', 'truth', 'error', 'guide:sst', 'truth:speed', ...

What method B made has 'b:' before it; 'difference' is prediction A - B.
"""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from engine import derived, observation, scores
from engine.lexicon import VARIABLES, Conversion
from engine.scene import Scene
from engine.scores.bands import NAMES, Band
from explorer.drawing import noisy, threefold
from explorer.jobs.events import event
from explorer.jobs.resolution_run import Result

WHAT = {"input": "Input", "estimate": "Prediction", "truth": "Truth"}
OF_MEMBERS = ("spread", "probability")
OF_B = "b:"
ALWAYS = ("input", "estimate", "truth", "error")  # in files and code, whatever quantity is on the screen
DETAIL = threefold.ROLE
UNSEEN = ("spread", "consistency")  # instead of truth and error
QUANTITIES = {"gradient": "gradient", "speed": "geostrophic speed", "vorticity": "relative vorticity / f"}


@dataclass(frozen=True)
class Picture:
    """A field (y, x) with units, its title, and the role that picks colours and shared limits.

    colours: name of a colour map instead of the role's; log: whether its scale is logarithmic; change: from the unit of
    the data to that of the field, where it is another.
    """

    field: xr.DataArray
    title: str
    role: str
    limits_key: str
    colours: str = ""
    log: bool = False
    change: Conversion | None = None


def choices(scene: Scene, ensemble: bool = False, compared: bool = False) -> dict[str, str]:
    """What the two lower panes can show for a scene and a method.

    Args:
        scene: The scene.
        ensemble: Whether the method gives members.
        compared: Whether there is a method B.

    Returns:
        Label -> key.
    """
    out = {f"Guide: {g.attrs.get('long_name', name)}": f"guide:{name}" for name, g in scene.problem.guides.items()}
    quantities = [name for name in derived.names(scene.variable) if name != "field"]
    for who in ("estimate", "truth", "input") if scene.truth is not None else ("estimate", "input"):
        out |= {f"{WHAT[who]}: {QUANTITIES.get(name, name)}": f"{who}:{name}" for name in quantities}
    out |= {f"Input: {g.attrs.get('long_name', name)}": f"low:{name}" for name, g in _others(scene).items()}
    out |= {"Spread of the members": "spread", "Probability among the members": "probability"} if ensemble else {}
    out |= {"Consistency: degrade(prediction) - input": "consistency"} | _details(scene)
    return out | (_beside(scene, quantities) if compared else {})


def _beside(scene: Scene, quantities: list[str]) -> dict[str, str]:
    """What can be shown of method B and of the difference."""
    out = {"Method B: prediction": "b:estimate"}
    out |= {"Method B: error": "b:error"} if scene.truth is not None else {}
    out |= {f"Method B: {QUANTITIES.get(name, name)}": f"b:estimate:{name}" for name in quantities}
    out |= {"Method B: consistency": "b:consistency"}
    out |= {f"Method B: {title[:1].lower()}{title[1:]}": f"{OF_B}{key}" for title, key in _details(scene).items()}
    return out | {"Difference: prediction A - B": "difference"}


def _details(scene: Scene) -> dict[str, str]:
    """What can be shown of detail: of all bands below what the input resolves, then of each."""
    keys = (DETAIL, *(f"{DETAIL}:{name}" for name in NAMES)) if scene.truth is not None else ()
    return {_of_detail(bands): key for key in keys if (bands := bands_of(key, scene))}


def bands_of(key: str, scene: Scene) -> list[Band]:
    """The bands whose detail a picture shows.

    Args:
        key: 'detail', or with a band as 'detail:fine'; may begin with 'b:'.
        scene: The scene.

    Returns:
        Those that are not empty; none for other keys.
    """
    who, _, what = key.removeprefix(OF_B).partition(":")
    known = [band for band in scores.bands(scene) if band.wavelength_max_km > band.wavelength_min_km]
    return [band for band in known if who == DETAIL and (band.name == what or (not what and band.name != NAMES[0]))]


def _of_detail(bands: list[Band]) -> str:
    return f"Detail {threefold.span(bands)}: recovered, invented, missed"


def defaults(scene: Scene, keys: list[str]) -> tuple[str, str]:
    """What the two lower maps show at first: the guide (or the truth's first derived quantity), and ours beside it.

    Args:
        scene: The scene.
        keys: What they can show.

    Returns:
        A key for each.
    """
    quantities = [name for name in derived.names(scene.variable) if name != "field"]
    best = "vorticity" if "vorticity" in quantities else quantities[0]
    guides = [key for key in keys if key.startswith("guide:")]
    beside = f"truth:{best}" if f"truth:{best}" in keys else f"input:{best}"
    spread = "spread" if scene.truth is not None else "probability"  # without a truth its map shows the spread
    return (guides[0] if guides else beside), spread if spread in keys else f"estimate:{best}"


def named(key: str) -> bool:
    """Whether some scene could show this key; whether the present one can is known once it is open.

    Args:
        key: Of a picture.

    Returns:
        True where it means something.
    """
    if key.startswith(OF_B):
        return needs_a(key.removeprefix(OF_B)) and named(key.removeprefix(OF_B))
    who, _, what = key.partition(":")
    if who in ("guide", "low"):
        return what in VARIABLES
    if who == "error" or who in WHAT:
        return what in {"", *QUANTITIES}
    if who == DETAIL:
        return what in {"", *NAMES}
    return key in ("consistency", "difference", *OF_MEMBERS)


def needs_a(key: str) -> bool:
    """Whether a picture shows something that the method, or method A, made.

    Args:
        key: Of the picture.

    Returns:
        True where it has to be made first.
    """
    return key in ("consistency", "difference", *OF_MEMBERS) or key.partition(":")[0] in ("estimate", "error", DETAIL)


def needs_b(key: str) -> bool:
    """Whether a picture shows something that method B made.

    Args:
        key: Of the picture.

    Returns:
        True where it has to be made first.
    """
    return key == "difference" or key.startswith(OF_B)


def slow(key: str) -> bool:
    """Whether a picture takes so long that the page would wait for it.

    Args:
        key: Of the picture.

    Returns:
        True where a worker has to make it.
    """
    return key.removeprefix(OF_B).partition(":")[0] == DETAIL


def fitted_to(role: str, scene: Scene) -> xr.DataArray | None:
    """What a role's limits are fitted to, whoever is looked at: the truth, and of errors the reference's.

    So a better method looks better. (The reference is bicubic interpolation.)

    Args:
        role: Key of shared limits, see Picture.
        scene: The scene.

    Returns:
        The field; None where nobody knows the truth, and for roles that have none, as guides.
    """
    if scene.truth is None:
        return None
    truth = scene.truth[scene.variable]
    if role.startswith("error"):
        return _off(scores.bicubic(scene.problem), truth, role.partition(":")[2])
    if role == "field":
        return truth
    return derived.derive(truth, role) if role in derived.names(scene.variable) else None


def picture(
    key: str,
    scene: Scene,
    result: Result | None,
    other: Result | None = None,
    member: int | None = None,
    threshold: float | None = None,
) -> Picture | None:
    """The picture for a key.

    Args:
        key: Of the picture.
        scene: The scene.
        result: Of the method, or method A; None: there is none yet.
        other: Of method B; None: there is none yet.
        member: Which one the prediction and its error show, counted from 1; None is the mean.
        threshold: Of the event whose probability is shown, in the field's unit; None takes the usual one.

    Returns:
        The picture, or None where the scene has no such field (no truth, no result yet).
    """
    if key.startswith(OF_B):
        drawn = picture(key.removeprefix(OF_B), scene, other, None, member, threshold)
        return drawn and replace(drawn, title=f"B: {drawn.title}")
    if key == "difference":
        return _difference(result, other, member)
    who, _, what = key.partition(":")
    if who == "guide":
        guide = scene.problem.guides.data_vars.get(what)
        if guide is None:
            return None
        return Picture(guide, f"Guide: {guide.attrs.get('long_name', what)}", what, key)
    if who == "low":
        low = _others(scene).get(what)
        return None if low is None else Picture(low, f"Input: {low.attrs.get('long_name', what)}", what, key)
    if key in OF_MEMBERS:
        return _spread(result) if key == "spread" else _probability(result, threshold)
    if who == "error":
        return _error(scene, result, member, what)
    if key == "consistency":
        return _consistency(scene, result, member)
    if who == DETAIL:
        return _detail(bands_of(key, scene), scene, result, member)
    field = _source(who, scene, result, member)
    if field is None or what not in ("", *derived.names(scene.variable)):
        return None
    if not what:
        title = WHAT[who]
        if who == "estimate" and result:
            title = f"{title}: {result.title}{_which(result, member)}{_outside(result)}"
        if who == "input" and (seen := scene.problem.observation) is not None and seen.noise:
            title = f"{title}, {noisy.words(scene)}"
        return Picture(field, title, scene.variable, "field")
    title = f"{WHAT[who]}: {QUANTITIES.get(what, what)}" + (
        _which(result, member) if who == "estimate" and result else ""
    )
    return Picture(derived.derive(field, what), title, what, what)


def _others(scene: Scene) -> dict[str, xr.DataArray]:
    """What the input holds beside the field in question."""
    return {str(name): field for name, field in scene.problem.low.data_vars.items() if name != scene.variable}


def _outside(result: Result) -> str:
    """How a title says that a method was not trained for what is shown."""
    return f" (outside its training: {', '.join(result.outside)})" if result.outside else ""


def _which(result: Result, member: int | None) -> str:
    """How a title says which of the members is shown."""
    if result.members is None:
        return ""
    count = result.members.sizes["member"]
    return f", member {member}" if member is not None and member <= count else f", mean of {count}"


def _spread(result: Result | None) -> Picture | None:
    told = None if result is None else result.estimate.get(f"{result.scene.variable}_standard_error")
    if result is None or result.members is None or result.members.sizes["member"] < 2:
        return None if told is None else Picture(told, "Standard error of the estimate", "spread", "spread")
    field = result.members.std("member", ddof=1, keep_attrs=True)
    return Picture(field, "Spread of the members", "spread", "spread")


def _probability(result: Result | None, threshold: float | None) -> Picture | None:
    if result is None or result.members is None:
        return None
    limit, below, name = event(result.scene, threshold)
    field = scores.probability(result.members, limit, below)
    return Picture(field, f"Probability among the members: {name[0].lower()}{name[1:]}", "probability", "probability")


def _source(who: str, scene: Scene, result: Result | None, member: int | None) -> xr.DataArray | None:
    if who == "input":
        return scene.problem.low[scene.variable]
    if who == "truth":
        return None if scene.truth is None else scene.truth[scene.variable]
    return result.shown(member) if who == "estimate" and result is not None else None


def _error(scene: Scene, result: Result | None, member: int | None, what: str) -> Picture | None:
    if result is None or scene.truth is None or what not in ("", *derived.names(scene.variable)):
        return None
    field = _off(result.shown(member), scene.truth[scene.variable], what)
    title = "Error" + (f": {QUANTITIES.get(what, what)}" if what else "")
    return Picture(field, title, "error", f"error:{what}" if what else "error")


def _off(field: xr.DataArray, truth: xr.DataArray, what: str) -> xr.DataArray:
    """A field minus the truth, or so of a quantity of them."""
    one, other = (derived.derive(of, what) if what else of for of in (field, truth))
    return other.copy(data=one.values - other.values)


def _detail(bands: list[Band], scene: Scene, result: Result | None, member: int | None) -> Picture | None:
    if result is None or scene.truth is None or not bands:
        return None
    energies = scores.detail(result.shown(member), scene, bands)
    field = threefold.coded(threefold.together(energies)).assign_attrs(units="1", long_name="detail")
    return Picture(field, _of_detail(bands), threefold.ROLE, DETAIL)


def _difference(result: Result | None, other: Result | None, member: int | None) -> Picture | None:
    if result is None or other is None:
        return None
    first, second = result.shown(member), other.shown(member)
    field = first.copy(data=first.values - second.values)
    return Picture(field, f"Difference: {result.title} - {other.title}", "error", "difference")


def _consistency(scene: Scene, result: Result | None, member: int | None) -> Picture | None:
    if result is None or scene.problem.observation is None:
        return None
    low = scene.problem.low[scene.variable]
    left = observation.residual(result.shown(member), low, scene.problem.observation)
    field = low.copy(data=left.astype(np.float32))
    noise = scene.problem.observation.noise
    size = f", {observation.in_noise(left, noise):.2g} of the noise" if noise else ""
    return Picture(field, f"Consistency: degrade(prediction) - input{size}", "error", "consistency")
