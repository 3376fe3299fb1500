"""'Code' of every page: the few lines of Python that reproduce what it shows with the engine alone."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from engine.methods import METHODS, settings
from engine.methods.base import Method
from explorer.jobs.resolution_run import SceneRequest

OTHERS = {"islice(": "from itertools import islice", "np.": "import numpy as np"}


def opened(request: SceneRequest) -> str:
    """The line that opens a scene."""
    usual = {part.name: part.default for part in fields(request) if part.name != "source"}
    chosen = {name: getattr(request, name) for name in usual if getattr(request, name) != usual[name]}
    return f"scene = scenes.open({call(request.source, chosen)})"


def written(scene: str, method: Method, seed: int, maps: Mapping[str, str], more: Sequence[str] = ()) -> str:
    """The whole script; scene: the line that opens it; more: lines between the prediction and the maps."""
    shown = ["", "maps = {", *(f"    {k!r}: {e}," for k, e in maps.items()), "}"] if maps else []
    body = "\n".join((scene, *judged(method, seed), *more, *shown, ""))
    parts = [name for name in ("derived", "methods", "observation", "scenes", "scores") if f"{name}." in body]
    others = [line for word, line in OTHERS.items() if word in body]
    return "\n".join((*others, *([""] if others else []), f"from engine import {', '.join(parts)}", "", body))


def made(method: Method, seed: int, side: str = "") -> tuple[str, str]:
    """A method and its estimate; side: what the names of method B end with."""
    defaults = METHODS[method.key]()
    changed = {name: getattr(method, name) for name in settings(method)}
    changed = {name: value for name, value in changed.items() if value != getattr(defaults, name)}
    return (
        f"method{side} = methods.create({call(method.key, changed)})",
        f"estimate{side} = method{side}.predict(scene.problem, seed={seed!r})",
    )


def judged(method: Method, seed: int, side: str = "") -> tuple[str, ...]:
    """The same with its scores."""
    return (
        *made(method, seed, side),
        f"for name, score in scores.table(estimate{side}, scene).items():",
        "    print(f\"{name:24s} {float(score):.5g} {score.attrs['units']}\")",
    )


def call(key: str, arguments: Mapping[str, Any]) -> str:
    return ", ".join((repr(key), *(f"{name}={value!r}" for name, value in arguments.items())))
