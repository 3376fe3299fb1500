"""The contract of every registered method on every registered data set: a newcomer's file is tested before its author
writes a test. Small regions, cheapest settings."""

import dataclasses
from functools import cache

import numpy as np
import pytest

import engine.methods
import engine.scenes
from engine.degrade import residual
from engine.errors import InputError
from engine.scene import Scene, Step

CELLS = 8  # coarse cells a side, about
COSTLY = ("members", "n_steps", "steps", "iterations", "samples")  # parameters set to their lower bound
SCENES = sorted(engine.scenes.SCENES)
METHODS = sorted(engine.methods.METHODS)
PAIRS = [(scene, method) for scene in SCENES for method in METHODS]


@cache
def a_scene(key: str) -> Scene | str:
    """The default scene of a data set on a box of about CELLS x CELLS coarse cells, or why there is none."""
    data = engine.scenes.get(key)
    if not data.available:
        return f"the files of {key} are not here"
    scene = data.open()
    box = _best_box(scene, CELLS * data.factors[0])
    try:
        return data.open(region=box)
    except (InputError, TypeError):
        return scene


def _best_box(scene: Scene, size: int) -> str:
    """The box of `size` cells, among some, that holds the most valid cells without being wholly valid if possible."""
    mask = scene.problem.mask
    valid = mask.values if mask.ndim == 2 else mask.values.all(axis=0)
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


def cheap(key: str, **parameters) -> engine.methods.Method:
    """The method with its costly parameters at their lower bounds."""
    kind = engine.methods.METHODS[key]
    for name in set(COSTLY) & set(engine.methods.settings(kind)):
        bounds = getattr(kind.param[name], "bounds", None)
        if bounds and bounds[0] is not None:
            parameters.setdefault(name, max(bounds[0], 2) if (bounds[1] or 2) >= 2 else bounds[0])
    return engine.methods.create(key, **parameters)


@cache
def run(scene: str, method: str, seed: int = 0, consistent: bool = False) -> tuple[Step, ...] | str:
    """All steps of a method on a scene, or the sentence with which it declines."""
    found = a_scene(scene)
    if isinstance(found, str):
        return found
    try:
        return tuple(cheap(method, consistent=consistent).steps(found.problem, seed=seed))
    except InputError as error:
        return str(error)


def steps_of(scene: str, method: str, **more) -> tuple[Step, ...]:
    steps = run(scene, method, **more)
    if isinstance(steps, str):
        pytest.skip(steps)
    return steps


def field_of(steps: tuple[Step, ...], scene: Scene):
    return steps[-1].estimate[scene.variable]


# -- methods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", METHODS)
def test_a_method_says_what_it_is(key):
    kind = engine.methods.METHODS[key]
    assert kind.key == key
    assert kind.title.strip()
    assert kind.source.strip()
    assert kind.__doc__
    assert kind.__doc__.strip()
    assert kind.equations
    assert all(isinstance(equation, str) and equation.strip() for equation in kind.equations)
    assert all(p.protocol.strip() for p in kind.published), "a published score needs its difference of protocol"


@pytest.mark.parametrize("key", METHODS)
def test_every_parameter_is_documented_and_has_a_default_in_bounds(key):
    method = engine.methods.create(key)
    for name in engine.methods.settings(method):
        assert method.param[name].doc, f"{key}.{name} has no doc"
    assert engine.methods.create(key, **{name: getattr(method, name) for name in engine.methods.settings(method)})


@pytest.mark.parametrize("key", METHODS)
def test_an_unknown_parameter_is_one_sentence(key):
    with pytest.raises(InputError, match="has no parameter flux_capacitor"):
        engine.methods.create(key, flux_capacitor=1)


@pytest.mark.parametrize("key", METHODS)
def test_every_method_works_on_some_scene_and_declines_in_one_sentence(key):
    here = [scene for scene in SCENES if engine.scenes.get(scene).available]
    answers = {scene: run(scene, key) for scene in here}
    if all(map(_declined, answers.values())):  # one that takes nothing but a whole domain
        answers |= {f"{scene}, whole": whole(scene, key) for scene in here}
    for answer in filter(_declined, answers.values()):
        assert answer.endswith(".")
        assert "\n" not in answer
    if len(here) < len(SCENES) and all(map(_declined, answers.values())):
        pytest.skip("the data set it is for may be one that is not here")
    assert not all(map(_declined, answers.values())), answers


def whole(scene: str, method: str) -> tuple[Step, ...] | str:
    """All steps of a method on a data set's default scene, or the sentence with which it declines."""
    try:
        return tuple(cheap(method).steps(engine.scenes.get(scene).open().problem))
    except InputError as error:
        return str(error)


def _declined(answer) -> bool:
    return isinstance(answer, str)


# -- methods on scenes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scene", "method"), PAIRS)
def test_the_estimate_lies_on_the_target(scene, method):
    steps, found = steps_of(scene, method), a_scene(scene)
    for step in steps:
        estimate = step.estimate[found.variable]
        assert estimate.dims[-2:] == ("y", "x")
        assert list(estimate.dims[:-2]) == [name for name in ("member", "time") if name in estimate.dims]
        for axis in ("y", "x"):
            np.testing.assert_array_equal(estimate[axis], found.problem.target[axis])
            assert estimate[axis].attrs.get("units") == found.problem.target[axis].attrs.get("units")
        assert estimate.attrs["units"] == found.problem.low[found.variable].attrs["units"]


@pytest.mark.parametrize(("scene", "method"), PAIRS)
def test_values_are_finite_inside_the_mask_and_missing_outside(scene, method):
    estimate, mask = field_of(steps_of(scene, method), a_scene(scene)), a_scene(scene).problem.mask
    finite, wanted = np.isfinite(estimate.values), np.broadcast_to(mask.values, estimate.shape)
    np.testing.assert_array_equal(finite, wanted)


@pytest.mark.parametrize(("scene", "method"), PAIRS)
def test_steps_count_up_and_the_last_is_the_prediction(scene, method):
    steps, found = steps_of(scene, method), a_scene(scene)
    assert all(0 <= step.index <= step.total for step in steps)
    assert [step.index for step in steps] == sorted(step.index for step in steps)
    assert all(np.isfinite(value) for step in steps for value in step.trace.values())
    again = cheap(method).predict(found.problem, seed=0)[found.variable]
    np.testing.assert_array_equal(again, field_of(steps, found), err_msg="the same seed gave another field")


@pytest.mark.parametrize(("scene", "method"), PAIRS)
def test_the_consistent_result_agrees_with_the_input(scene, method):
    steps, found = steps_of(scene, method, consistent=True), a_scene(scene)
    operator = found.problem.degradation
    if operator is None or operator.key != "block_mean":
        pytest.skip("the scene's default degradation is no block mean")
    low = found.problem.low[found.variable]
    difference = residual(field_of(steps, found), low, operator)
    rounding = 4 * np.finfo(np.float32).eps * float(abs(low).max())
    assert np.isfinite(difference).any()
    assert np.nanmax(np.abs(difference)) < 1e-4 + rounding


# -- scenes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", SCENES)
def test_the_truth_is_not_in_the_problem(key):
    scene = a_scene(key)
    if isinstance(scene, str):
        pytest.skip(scene)
    problem = scene.problem
    assert "truth" not in {field.name for field in dataclasses.fields(problem)}
    assert not hasattr(problem, "truth")
    if scene.truth is None:
        return
    assert next(iter(scene.truth.data_vars)) == scene.variable
    truth = scene.truth[scene.variable].values
    for part in (problem.low, problem.guides, problem.target):
        assert scene.variable not in part or part is problem.low
        for values in part.data_vars.values():
            same = values.shape == truth.shape and np.array_equal(values.values, truth, equal_nan=True)
            assert not same, f"{values.name} is the truth"


@pytest.mark.parametrize("key", SCENES)
def test_a_scene_states_kind_source_licence_and_split(key):
    scene = a_scene(key)
    if isinstance(scene, str):
        pytest.skip(scene)
    data = engine.scenes.get(key)
    assert scene.key == key
    assert scene.kind == data.kind
    assert all([scene.source, scene.licence, scene.title, scene.time, scene.region])
    assert scene.split in {*data.splits, "unused"}
    for part in (scene.problem.low, scene.problem.guides):
        assert all("units" in values.attrs for values in part.data_vars.values())
