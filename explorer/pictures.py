"""The fields a map can show, by key: 'input', 'estimate', 'truth', 'error', 'guide:sst', 'truth:speed', ..."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from engine import degrade, derived
from engine.lexicon import VARIABLES
from engine.scene import Scene
from explorer.running import Result

WHAT = {"input": "Input", "estimate": "Prediction", "truth": "Truth"}
QUANTITIES = {"gradient": "gradient", "speed": "geostrophic speed", "vorticity": "relative vorticity"}


@dataclass(frozen=True)
class Picture:
    """A field (y, x) with units, its title, and the role that picks colours and shared limits."""

    field: xr.DataArray
    title: str
    role: str
    limits_key: str


def choices(scene: Scene) -> dict[str, str]:
    """Label -> key of what the two lower panes can show for a scene."""
    out = {f"Guide: {g.attrs.get('long_name', name)}": f"guide:{name}" for name, g in scene.problem.guides.items()}
    quantities = [name for name in derived.names(scene.variable) if name != "field"]
    for who in ("estimate", "truth", "input") if scene.truth is not None else ("estimate", "input"):
        out |= {f"{WHAT[who]}: {QUANTITIES.get(name, name)}": f"{who}:{name}" for name in quantities}
    return out | {"Consistency: degrade(prediction) - input": "consistency"}


def defaults(scene: Scene, keys: list[str]) -> tuple[str, str]:
    """What the two lower maps show at first: the guide (or the truth's first derived quantity), and ours beside it."""
    quantities = [name for name in derived.names(scene.variable) if name != "field"]
    best = "vorticity" if "vorticity" in quantities else quantities[0]
    guides = [key for key in keys if key.startswith("guide:")]
    beside = f"truth:{best}" if f"truth:{best}" in keys else f"input:{best}"
    return (guides[0] if guides else beside), f"estimate:{best}"


def named(key: str) -> bool:
    """Whether some scene could show this key; whether the present one can is known once it is open."""
    who, _, what = key.partition(":")
    return key == "consistency" or (what in VARIABLES if who == "guide" else who in WHAT and what in {"", *QUANTITIES})


def needs_result(key: str) -> bool:
    """Whether a picture shows something that a method made."""
    return key in ("error", "consistency") or key.startswith("estimate")


def truth_of(role: str) -> str:
    """The key of the truth that a role's limits are fitted to; empty for errors and guides, which have none."""
    if role == "field":
        return "truth"
    return f"truth:{role}" if role in QUANTITIES else ""


def picture(key: str, scene: Scene, result: Result | None) -> Picture | None:
    """The picture for a key, or None where the scene has no such field (no truth, no result yet)."""
    who, _, what = key.partition(":")
    if who == "guide":
        guide = scene.problem.guides.data_vars.get(what)
        if guide is None:
            return None
        return Picture(guide, f"Guide: {guide.attrs.get('long_name', what)}", what, key)
    if key == "error":
        return _error(scene, result)
    if key == "consistency":
        return _consistency(scene, result)
    field = _source(who, scene, result)
    if field is None or what not in ("", *derived.names(scene.variable)):
        return None
    if not what:
        title = f"{WHAT[who]}: {result.title}" if who == "estimate" and result else WHAT[who]
        return Picture(field, title, scene.variable, "field")
    return Picture(derived.derive(field, what), f"{WHAT[who]}: {QUANTITIES.get(what, what)}", what, what)


def _source(who: str, scene: Scene, result: Result | None) -> xr.DataArray | None:
    if who == "input":
        return scene.problem.low[scene.variable]
    if who == "truth":
        return None if scene.truth is None else scene.truth[scene.variable]
    return result.values if who == "estimate" and result is not None else None


def _error(scene: Scene, result: Result | None) -> Picture | None:
    if result is None or scene.truth is None:
        return None
    truth = scene.truth[scene.variable]
    field = truth.copy(data=result.values.values - truth.values)
    return Picture(field, "Error: prediction - truth", "error", "error")


def _consistency(scene: Scene, result: Result | None) -> Picture | None:
    if result is None or scene.problem.degradation is None:
        return None
    low = scene.problem.low[scene.variable]
    field = low.copy(data=degrade.residual(result.values, low, scene.problem.degradation).astype(np.float32))
    return Picture(field, "Consistency: degrade(prediction) - input", "error", "consistency")
