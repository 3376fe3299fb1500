"""The contract of every registered method on every registered data set: a newcomer's file is tested before its author
writes a test. Small regions, cheapest settings. And the contract itself: it finds each fault."""

import re
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
import toy
import xarray as xr

import engine.methods
import engine.scenes
from engine import contract
from engine.errors import InputError
from engine.methods import Method
from engine.scene import Scene, Step
from engine.scenes import DataSet

SCENES = sorted(engine.scenes.SCENES)
METHODS = sorted(engine.methods.METHODS)
TASKS = {key: engine.scenes.get(key).task for key in SCENES} | {
    key: engine.methods.METHODS[key].task for key in METHODS
}
PAIRS = [(scene, method) for scene in SCENES for method in METHODS if TASKS[scene] == TASKS[method]]


def a_scene(key: str) -> Scene:
    if not engine.scenes.get(key).available:
        pytest.skip(f"the files of {key} are not here")
    return contract.small_scene(key)


@cache
def outcome(scene: str, method: str) -> list[str] | str:
    return contract.outcome(method, contract.small_scene(scene))


# -- methods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", METHODS)
def test_a_method_says_what_it_is(key):
    kind = engine.methods.METHODS[key]
    assert kind.key == key
    assert not list(contract.description_faults(kind))


@pytest.mark.parametrize("key", METHODS)
def test_a_method_hides_nothing_that_every_method_has(key):
    assert not list(contract.hidden(engine.methods.METHODS[key], Method))


@pytest.mark.parametrize("key", METHODS)
def test_every_default_is_in_bounds(key):
    method = engine.methods.create(key)
    assert engine.methods.create(key, **{name: getattr(method, name) for name in engine.methods.settings(method)})


@pytest.mark.parametrize("key", METHODS)
def test_an_unknown_parameter_is_one_sentence(key):
    with pytest.raises(InputError, match="has no parameter flux_capacitor"):
        engine.methods.create(key, flux_capacitor=1)


@pytest.mark.parametrize("key", METHODS)
def test_every_method_works_on_some_scene_and_declines_in_one_sentence(key):
    here = [scene for scene in SCENES if engine.scenes.get(scene).available and TASKS[scene] == TASKS[key]]
    answers = {scene: outcome(scene, key) for scene in here}
    if all(map(_declined, answers.values())):  # one that takes nothing but a whole domain
        answers |= {scene: contract.outcome(key, engine.scenes.get(scene).open()) for scene in here}
    for answer in filter(_declined, answers.values()):
        assert contract.plain(answer), answer
    if len(here) < len(SCENES) and all(map(_declined, answers.values())):
        pytest.skip("the data set it is for may be one that is not here")
    assert [] in answers.values(), answers


def _declined(answer) -> bool:
    return isinstance(answer, str)


@pytest.mark.parametrize(("scene", "method"), PAIRS)
def test_a_method_keeps_its_promises_on_a_scene(scene, method):
    """And what lists of methods grey out, before anything is run, is what cannot be run, no more and no less."""
    a_scene(scene)
    told, outline = outcome(scene, method), engine.scenes.get(scene).outline(region=contract.small_box(scene))
    obstacle = engine.methods.obstacle(method, outline)
    assert bool(obstacle) == _declined(told), (obstacle, told)
    assert not obstacle or contract.plain(obstacle)
    if _declined(told):
        pytest.skip(told)
    assert told == []


# -- scenes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", SCENES)
def test_a_scene_says_what_it_is_and_does_not_hold_its_truth(key):
    scene = a_scene(key)
    assert scene.key == key
    assert not {"truth"} & {field.name for field in fields(scene.problem)}
    assert not hasattr(scene.problem, "truth")
    assert not list(contract.scene_faults(scene))


@pytest.mark.parametrize("key", SCENES)
def test_a_data_set_hides_nothing_that_every_data_set_has(key):
    assert not list(contract.hidden(type(engine.scenes.get(key)), DataSet))


# -- the contract itself ----------------------------------------------------------------------------------------------


class Sound(Method):
    """Every cell as its mean."""

    title, source, equations = "Sound", "none", ("x = y",)

    def estimate(self, problem, seed):
        return np.kron(problem.low[problem.variable].values, np.ones((4, 4)))


def scene() -> Scene:
    values = toy.power_law((16, 16), -3, seed=1)
    values[:4, :4] = np.nan
    return toy.scene(toy.field(values))


def spoilt(**changes) -> type[Method]:
    """The sound method with its steps changed."""

    def steps(self, problem, *, seed=0):
        (step,) = Sound.steps(self, problem, seed=seed)
        for name, change in changes.items():
            step = replace(step, **{name: change(getattr(step, name))})
        yield step

    return type("Spoilt", (Sound,), {"steps": steps, "__doc__": "Spoilt."})


def told(monkeypatch, kind: type[Method]) -> list[str] | str:
    monkeypatch.setitem(engine.methods.METHODS._items, "tried", kind)
    return contract.outcome("tried", scene())


def test_a_sound_method_has_no_fault(monkeypatch):
    assert not list(contract.description_faults(Sound))
    assert told(monkeypatch, Sound) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"estimate": lambda e: e.ssh.values}, "is no Step with a Dataset"),
        ({"index": lambda i: 2}, "counts step 2 of 1"),
        ({"total": lambda t: 0, "index": lambda i: 0}, "counts step 0 of 0"),
        ({"total": lambda t: 3}, "counts its steps 1 of 3"),
        ({"estimate": lambda e: e.rename(ssh="sst")}, "no variable 'ssh'"),
        ({"estimate": lambda e: e.transpose("x", "y")}, "dimensions \\(x, y\\)"),
        ({"estimate": lambda e: e.isel(x=slice(10))}, "16 x 10 cells where 16 x 16"),
        ({"estimate": lambda e: e.assign_coords(x=e.x + 1)}, "other coordinates"),
        ({"estimate": lambda e: e.drop_vars("y")}, "other coordinates"),
        ({"estimate": lambda e: e.assign_coords(x=e.x.drop_attrs())}, "other coordinates"),
        ({"estimate": lambda e: e.assign(ssh=e.ssh.assign_attrs(units="cm"))}, "in 'cm' where the input is in 'm'"),
        ({"estimate": lambda e: e.assign(ssh=e.ssh.drop_attrs(deep=False))}, "in None where the input is in 'm'"),
        ({"estimate": lambda e: xr.full_like(e, np.nan)}, "no finite value"),
        ({"estimate": lambda e: e.fillna(0)}, "outside the mask"),
        ({"trace": lambda t: {"cost": np.inf}}, "not finite"),
    ],
)
def test_each_fault_of_a_step_is_found(monkeypatch, changes, words):
    (fault,) = told(monkeypatch, spoilt(**changes))
    assert re.search(words, fault), fault


def test_faults_of_a_whole_run_are_found(monkeypatch):
    class Silent(Sound):
        def steps(self, problem, *, seed=0):
            yield from ()

    class Dice(Sound):
        def estimate(self, problem, seed):
            return super().estimate(problem, seed) + np.random.default_rng().standard_normal((16, 16))

    class Stubborn(Sound):
        def finish(self, problem, values):
            return values + 1

    class Broken(Sound):
        def estimate(self, problem, seed):
            raise RuntimeError("it broke")

    assert told(monkeypatch, Silent) == ["yields no step"]
    assert "another field with the same seed" in told(monkeypatch, Dice)[0]
    assert "does not agree with its input" in told(monkeypatch, Stubborn)[0]
    assert told(monkeypatch, Broken) == ["raises RuntimeError: it broke"]


def test_a_method_that_says_nothing_of_itself_is_told_what():
    import param

    class Mute(Method):
        loud = param.Boolean(default=False)

    wanted = [
        "has no title",
        "has no source",
        "has no docstring",
        "has no equations",
        "has no doc for its setting loud",
    ]
    assert list(contract.description_faults(Mute)) == wanted


def test_what_hides_something_of_the_base_is_found():
    """A setting `trained_at` once hid the class method of that name, and no page could show its method."""
    import param

    class Setting(Sound):
        steps = param.Integer(default=4, doc="How many.")

    class Attribute(Sound):
        predict = 3

    class Own(Sound):
        def __init__(self, **parameters):
            super().__init__(**parameters)
            self.finish = True

    class Fine(Sound):
        cheap = True
        published = property(lambda self: ())

        def schedule(self):
            return None

    names = {"steps": Setting, "predict": Attribute, "finish": Own}
    for name, kind in names.items():
        assert list(contract.hidden(kind, Method)) == [
            f"hides what every Method has as {name!r}: call it something else"
        ]
    assert not list(contract.hidden(Fine, Method))

    class Odd(DataSet):
        open = True
        title = param.String(default="Odd")

    assert len(list(contract.hidden(Odd, DataSet))) == 2


def test_the_page_refuses_a_step_in_one_sentence():
    problem = scene().problem
    step = Step(1, 1, problem.estimate(np.zeros((16, 16))).isel(y=slice(3)))
    with pytest.raises(InputError) as refusal:
        contract.require(Sound(), step, problem)
    assert str(refusal.value) == "The method Sound gives a field of 3 x 16 cells where 16 x 16 were asked for."


def test_a_scene_that_holds_its_truth_is_found():
    good = scene()
    leak = replace(good.problem, guides=good.truth.rename(ssh="sst"))
    named = replace(good, key="ocean_run", licence="CC0", source="us", title="t", time="2005", region="r")
    assert not list(contract.scene_faults(named))
    (fault,) = contract.scene_faults(replace(named, problem=leak))
    assert fault == "has the truth in its problem, as 'sst'"
