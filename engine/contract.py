"""What methods and data sets promise. The page looks at each step; `finescale check` and the tests at all of it."""

import inspect
from collections.abc import Iterator
from functools import cache

import numpy as np
import param
import xarray as xr

from engine import methods, scenes
from engine.errors import InputError
from engine.methods import Method
from engine.methods.base import FAMILIES
from engine.observation import residual
from engine.scene import Problem, Scene, Step
from engine.scenes import DataSet

CELLS = 8  # coarse cells a side of a small scene, about
COSTLY = ("members", "n_steps", "steps", "iterations", "samples")  # parameters set to their lower bound


# ---- one step --------------------------------------------------------------------------------------------------------


def require(method: Method, step: Step, problem: Problem) -> None:
    """Raise where a step is none that can be shown.

    Args:
        method: what yielded it, for the message.
        step: the step.
        problem: what the method was given.

    Raises:
        InputError: the first fault of the step.
    """
    for fault in faults(step, problem):
        raise InputError(f"The method {method.title or method.key} {fault}.")


def faults(step: Step, problem: Problem) -> Iterator[str]:
    """What is wrong with a step, as predicates of the method; after the first ones the others may follow from them.

    Args:
        step: the step.
        problem: what the method was given.

    Yields:
        Faults, each fit to follow 'The method x'; none of a sound step.
    """
    name = problem.variable
    if not isinstance(step, Step) or not isinstance(step.estimate, xr.Dataset):
        yield f"yields a {type(step).__name__} that is no Step with a Dataset as its estimate"
    elif not 0 <= step.index <= step.total or step.total < 1:
        yield f"counts step {step.index} of {step.total}"
    elif name not in step.estimate:
        yield f"gives no variable {name!r}"
    else:
        yield from _field_faults(step.estimate[name], problem)


def _field_faults(field: xr.DataArray, problem: Problem) -> Iterator[str]:
    name, shape = problem.variable, problem.mask.shape[-2:]
    leading = list(field.dims[:-2])
    units, wanted = field.attrs.get("units"), problem.low[name].attrs["units"]
    if field.dims[-2:] != ("y", "x") or leading != [dim for dim in ("member", "time") if dim in leading]:
        yield f"gives {name!r} with the dimensions ({', '.join(map(str, field.dims))}), not (member?, time?, y, x)"
    elif field.shape[-2:] != shape:
        yield f"gives a field of {_size(field.shape[-2:])} cells where {_size(shape)} were asked for"
    elif not all(_same_axis(field, problem.target, axis) for axis in ("y", "x")):
        yield "gives a field on other coordinates than the target's"
    elif units != wanted:
        yield f"gives {name!r} in {units!r} where the input is in {wanted!r}"
    elif not (np.isfinite(field.values) & problem.mask.values).any():
        yield "gives no finite value"


def _same_axis(field: xr.DataArray, target: xr.Dataset, axis: str) -> bool:
    mine, theirs = field.coords.get(axis), target[axis]
    return mine is not None and np.array_equal(mine, theirs) and mine.attrs.get("units") == theirs.attrs.get("units")


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


# ---- a method --------------------------------------------------------------------------------------------------------


def check_method(key: str) -> list[str]:
    """Every fault of a registered method: what it says of itself, and on scenes of its task.

    Args:
        key: of `engine.methods.METHODS`.

    Returns:
        One sentence each; empty for a sound method.

    Raises:
        InputError: no such method.
    """
    kind = methods.METHODS[key]
    found = [f"The method {key} {fault}." for fault in description_faults(kind)]
    names = [name for name, data in scenes.catalogue().items() if data.task == kind.task and data.available]
    outcomes = {name: outcome(key, small_scene(name)) for name in names}
    if all(isinstance(told, str) for told in outcomes.values()):  # one that takes nothing but a whole domain
        outcomes |= {f"all of {name}": outcome(key, scenes.get(name).open()) for name in names}
    for name, told in outcomes.items():
        wrong = [] if isinstance(told, str) else told
        if isinstance(told, str) and not plain(told):
            wrong = [f"declines with {told!r}, which is not one sentence"]
        found += [f"On {name}, the method {key} {fault}." for fault in wrong]
    if all(isinstance(told, str) for told in outcomes.values()):
        found.append(f"The method {key} declines every data set that is here, the last one so: {told}")
    return found


def outcome(key: str, scene: Scene) -> list[str] | str:
    """What comes of a method's run on a scene; nothing is raised.

    Args:
        key: of `engine.methods.METHODS`.
        scene: the scene.

    Returns:
        The faults of the run, or the sentence with which the method declines.
    """
    try:
        return list(run_faults(key, scene))
    except InputError as error:
        return str(error)
    except Exception as error:
        return [f"raises {type(error).__name__}: {error}"]


def plain(text: str) -> bool:
    """Whether a text is one line that ends as a sentence.

    Args:
        text: the text.

    Returns:
        True for one line with a full stop at its end.
    """
    return text.endswith(".") and "\n" not in text


def description_faults(kind: type[Method]) -> Iterator[str]:
    """What a method does not say of itself.

    Args:
        kind: the method's class.

    Yields:
        Faults, each fit to follow 'The method x'.
    """
    for what in ("title", "source"):
        if not str(getattr(kind, what)).strip():
            yield f"has no {what}"
    if not (kind.__doc__ or "").strip() or kind.__doc__ == Method.__doc__:
        yield "has no docstring"
    if not kind.equations or not all(isinstance(text, str) and text.strip() for text in kind.equations):
        yield "has no equations"
    for name in methods.settings(kind):
        if not kind.param[name].doc:
            yield f"has no doc for its setting {name}"
    if kind.family not in FAMILIES:
        yield f"is of no family that there is, {', '.join(filter(None, FAMILIES))}"
    yield from hidden(kind, Method)
    if not all(numbers.protocol.strip() for numbers in kind.published):
        yield "has published numbers without their difference of protocol"


def hidden(kind: type, base: type) -> Iterator[str]:
    """Names of a method or data set that hide something else of its base: a parameter `steps`, and nothing runs.

    Args:
        kind: the class, made without arguments.
        base: what it inherits.

    Yields:
        Faults, each fit to follow 'The method x'.
    """
    own = vars(kind())
    for name in sorted(set(dir(base)) - set(dir(object))):
        theirs, ours = (inspect.getattr_static(one, name, None) for one in (base, kind))
        if not name.startswith(("__", "_param")) and (
            _sort(ours) != _sort(theirs) or (name in own and _sort(theirs) == "method")
        ):
            yield f"hides what every {base.__name__} has as {name!r}: call it something else"


def _sort(attribute: object) -> str:
    """What an attribute is to those who use it."""
    if isinstance(attribute, param.Parameter):
        return "parameter"
    called = isinstance(attribute, classmethod | staticmethod) or inspect.isroutine(attribute)
    return "method" if called else "value"


def run_faults(key: str, scene: Scene) -> Iterator[str]:
    """What is wrong with a method's run on a scene; raises what the method raises.

    Args:
        key: of `engine.methods.METHODS`.
        scene: the scene.

    Yields:
        Faults, each fit to follow 'The method x'.

    Raises:
        InputError: the method declines the scene.
    """
    problem = scene.problem
    steps = list(cheapest(key).steps(problem, seed=0))
    if not steps:
        yield "yields no step"
        return
    wrong = [fault for step in steps for fault in faults(step, problem)]
    if wrong:
        yield from dict.fromkeys(wrong)
        return
    last = steps[-1].estimate[scene.variable]
    if [step.index for step in steps] != sorted(step.index for step in steps) or steps[-1].index != steps[-1].total:
        yield f"counts its steps {', '.join(f'{step.index} of {step.total}' for step in steps[:9])}"
    if not all(np.isfinite(float(value)) for step in steps for value in step.trace.values()):
        yield "gives a trace that is not finite"
    if not np.array_equal(np.isfinite(last.values), np.broadcast_to(problem.mask.values, last.shape)):
        yield "gives values outside the mask, or none inside it"
    if not np.array_equal(cheapest(key).predict(problem, seed=0)[scene.variable], last, equal_nan=True):
        yield "gives another field with the same seed"
    yield from _inconsistency(key, scene)


def _inconsistency(key: str, scene: Scene) -> Iterator[str]:
    """Whether what is asked to agree with the input does, where that is exact."""
    operator, low = scene.problem.observation, scene.problem.low[scene.variable]
    if operator is None or operator.key != "block_mean":
        return
    estimate = cheapest(key, consistent=True).predict(scene.problem, seed=0)[scene.variable]
    difference, rounding = residual(estimate, low, operator), 4 * np.finfo(np.float32).eps * float(abs(low).max())
    if not np.nanmax(np.abs(difference)) < 1e-4 + rounding:
        yield "does not agree with its input when asked to (use `finish`)"


def cheapest(key: str, **parameters) -> Method:
    """The method with its costly parameters at their lower bounds (2 where the bound is lower and 2 is allowed).

    Args:
        key: of `engine.methods.METHODS`.
        **parameters: settings that are kept as given.

    Returns:
        The method.

    Raises:
        InputError: no such method or setting, or a value out of range.
    """
    kind = methods.METHODS[key]
    for name in set(COSTLY) & set(methods.settings(kind)):
        bounds = getattr(kind.param[name], "bounds", None)
        if bounds and bounds[0] is not None:
            parameters.setdefault(name, max(bounds[0], 2) if (bounds[1] or 2) >= 2 else bounds[0])
    return methods.create(key, **parameters)


# ---- a data set ------------------------------------------------------------------------------------------------------


@cache
def small_scene(key: str) -> Scene:
    """The default scene of a data set on a box of about CELLS x CELLS coarse cells (of images 48 x 48 fine ones), or
    all of it where that fails.

    Args:
        key: of `engine.scenes.SCENES`.

    Returns:
        The scene, one per process.

    Raises:
        InputError: no such data set, or its default scene does not open.
    """
    data = scenes.get(key)
    try:
        return data.open(region=small_box(key))
    except (InputError, TypeError):
        return data.open()


@cache
def small_box(key: str) -> str:
    """A region of about CELLS x CELLS coarse cells of a data set's default scene.

    Args:
        key: of a registered data set.

    Returns:
        Its bounds as `open` takes them, "x0,x1,y0,y1" in the unit of the grid.
    """
    data = scenes.get(key)
    return _best_box(data.open(), 48 if data.task == "motion" else CELLS * data.factors[0])


def _best_box(scene: Scene, size: int) -> str:
    """The box of `size` cells, among some, that holds the most valid cells without being wholly valid if possible."""
    mask = scene.problem.mask
    valid = np.asarray(mask.values if mask.ndim == 2 else mask.values.all(axis=0))
    corners = [(j, i) for j in range(0, max(1, valid.shape[0] - size + 1), 4) for i in range(0, valid.shape[1], 4)]
    shares = {(j, i): valid[j : j + size, i : i + size].mean() for j, i in corners if i + size <= valid.shape[1]}
    j, i = max(shares, key=lambda at: (shares[at] < 1, shares[at]), default=(0, 0))
    edges = []
    for name, start in (("x", i), ("y", j)):
        centres = scene.problem.target[name].values
        half = abs(centres[1] - centres[0]) / 2
        inside = centres[start : start + size]
        edges += [inside.min() - half, inside.max() + half]
    return ",".join(f"{edge:.6f}" for edge in edges)


def check_scene(key: str) -> list[str]:
    """Every fault of a registered data set.

    Args:
        key: of `engine.scenes.SCENES`.

    Returns:
        One sentence each; empty for a sound data set.

    Raises:
        InputError: no such data set.
    """
    data = scenes.get(key)
    if not data.available:
        return [f"The files of the data set {key} are not here."]
    try:
        scene = small_scene(key)
    except Exception as error:
        return [f"The data set {key} does not open ({type(error).__name__}: {error})."]
    wrong = [*hidden(type(data), DataSet), *scene_faults(scene)]
    return [f"The data set {key} {fault}." for fault in wrong]


def scene_faults(scene: Scene) -> Iterator[str]:
    """What is wrong with a scene as its data set opens it.

    Args:
        scene: the scene.

    Yields:
        Faults, each fit to follow 'The data set x'.
    """
    data, problem = scenes.get(scene.key), scene.problem
    for what in ("source", "licence", "title", "time", "region"):
        if not getattr(scene, what):
            yield f"opens a scene without {what}"
    if scene.kind != data.kind:
        yield f"opens a scene of the kind {scene.kind}, and says {data.kind}"
    if scene.split not in {*data.splits, "unused"}:
        yield f"opens a scene of the split {scene.split!r}, which it does not name"
    for part in (problem.low, problem.guides):
        yield from (f"gives {name!r} without units" for name, values in part.items() if "units" not in values.attrs)
    if scene.truth is not None:
        yield from _leaks(scene)


def _leaks(scene: Scene) -> Iterator[str]:
    """Where the truth is in the problem."""
    assert scene.truth is not None
    truth, problem = scene.truth[scene.variable].values, scene.problem
    if next(iter(scene.truth.data_vars)) != scene.variable:
        yield "names another field first in its truth than in its input"
    for part in (problem.low, problem.guides, problem.target):
        for name, values in part.data_vars.items():
            same = values.shape == truth.shape and np.array_equal(values.values, truth, equal_nan=True)
            if same or (name == scene.variable and part is not problem.low):
                yield f"has the truth in its problem, as {name!r}"
