"""A run: the scene opened once, results with scores and spectra, the cache, and what a method may never see."""

from dataclasses import fields, is_dataclass

import numpy as np
import pytest
import stage
import torch
import xarray as xr

from engine import methods, scenes, scores
from engine.errors import InputError
from engine.methods.base import Method
from engine.scene import Scene
from explorer.jobs import resolution_run
from explorer.jobs.cache import Cache
from explorer.jobs.resolution_run import Result, SceneRequest, judge, look, run


def select(source: str = "toy_sea", **more) -> SceneRequest:
    data = stage.DATA_SETS[source]
    chosen = {
        "field": "ssh", "region": next(iter(data.regions)), "time": f"{data().times[0]:%Y-%m-%d}", "factor": 4,
        "degradation": "block_mean",
    }  # fmt: skip
    return SceneRequest(source, **(chosen | more))


def last(selection: SceneRequest, method: str = "bicubic", seed: int = 0, **settings) -> Result:
    result = list(run(selection, methods.create(method, **settings), seed))[-1]
    return result if result.judged else list(judge(result))[-1]


@pytest.fixture
def opened(toys, monkeypatch):
    """Every selection that a data set was asked to open."""
    calls, real = [], scenes.open
    monkeypatch.setattr(scenes, "open", lambda key, **more: (calls.append((key, more)), real(key, **more))[1])
    return calls


def test_a_scene_is_opened_once_however_often_it_is_asked_for(opened):
    first = select().open()
    assert select().open() is first
    assert next(look(select())) is first
    assert last(select()).scene is first
    assert last(select(), "toy_dice").scene is first
    assert len(opened) == 1


@pytest.mark.parametrize(
    "other",
    [{"time": "2010-01-02"}, {"region": "west"}, {"factor": 2}, {"field": "sst"}, {"noise": 0.1}, {"width_km": 9.0},
     {"degradation": "box"}],
)  # fmt: skip
def test_every_part_of_a_selection_makes_another_scene(opened, other):
    select().open()
    select(**other).open()
    assert len(opened) == 2
    data, asked = opened[-1]
    assert data.key == "toy_sea"
    assert {name: asked[name] for name in other} == other


def test_the_cache_knows_how_large_a_scene_is(toys):
    scene = select().open()
    parts = (scene.problem.low, scene.problem.guides, scene.problem.target, scene.truth)
    assert resolution_run.CACHE._size == sum(part.nbytes for part in parts)


def test_a_cheap_method_yields_its_result_alone_a_slow_one_the_scene_first(toys):
    cheap = list(run(select(), methods.create("bicubic"), 0))
    assert [type(item) for item in cheap] == [Result]
    slow = list(run(select(), methods.create("toy_dice"), 0))
    assert [type(item) for item in slow] == [Scene, Result, Result, Result, Result]
    assert [item.index for item in slow[1:]] == [1, 2, 3, 4]
    assert [item.final for item in slow[1:]] == [False, False, False, True]


def test_the_last_state_is_seen_first_and_judged_then(toys):
    before = list(run(select(), methods.create("toy_dice"), 0))[1:]
    *pauses, end = judge(before[-1])
    assert not any(step.judged for step in before)
    assert set(pauses) == {None}
    assert all(step.table is step.curves is step.reference is step.densities is None for step in before)
    assert end.judged
    assert end.estimate is before[-1].estimate
    scene = select().open()
    xr.testing.assert_identical(end.densities, scores.densities(end.values, scene))
    xr.testing.assert_identical(end.table, scores.table(end.estimate, scene))
    xr.testing.assert_identical(end.curves, scores.spectra(end.values, scene))
    xr.testing.assert_identical(end.reference, scores.table(scores.bicubic(scene.problem), scene))
    assert end.trace.pop("seconds") > 0
    assert end.trace == {"network_calls": 4.0}
    assert (end.method, end.title) == ("toy_dice", stage.Dice.title)


def test_finished_members_are_judged_while_others_are_made(toys, monkeypatch):
    monkeypatch.setattr(resolution_run.Glimpse, "PACE", 0)
    seen = [item for item in run(select(), methods.create("toy_growing"), 0) if isinstance(item, Result)]
    assert [(item.index, item.scored) for item in seen] == [
        (1, 0), (2, 0), (2, 2), (3, 2), (4, 2), (4, 4), (5, 4), (6, 4)
    ]  # fmt: skip
    scene, of_two = select().open(), seen[2]
    assert not any(item.judged for item in seen)
    xr.testing.assert_identical(of_two.table, scores.table(of_two.estimate, scene))
    xr.testing.assert_identical(of_two.curves["members"], scores.spectra(of_two.estimate, scene)["members"])
    assert of_two.ranks.size == 3
    assert seen[3].table is of_two.table, "what is known is shown while the next ones are on their way"
    end = list(judge(seen[-1]))[-1]
    assert end.judged
    assert end.ranks.size == 7
    bare = seen[-1].without_glimpse()
    assert (bare.table, bare.curves, bare.ranks) == (None, None, None)
    assert list(run(select(), methods.create("toy_growing"), 0))[-1].judged


def test_looks_at_finished_members_take_a_fifth_of_the_time_at_most(toys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(resolution_run.time, "perf_counter", lambda: now[0])

    def numbers(result):
        now[0] += 1.0
        yield None
        return {"table": "table"}

    monkeypatch.setattr(resolution_run, "_numbers", numbers)
    glimpse = resolution_run.Glimpse()

    def due(finished: int, index: int = 1) -> bool:
        return glimpse.due(Result((), None, "", "", None, index, 9, {"finished": finished}))

    assert not due(1)
    assert due(2)
    assert not due(2, index=9), "the end is judged by itself"
    assert list(glimpse.look(Result((), None, "", "", None, 1, 9, {"finished": 2}))) == [None]
    assert glimpse.known == {"table": "table", "scored": 2}
    assert not due(4)
    now[0] += 4.0
    assert due(4)
    assert not due(2)


@pytest.mark.parametrize("first", ["bicubic", "bicubic, consistent", "nearest"])
def test_the_reference_is_plain_bicubic_whatever_ran_first(toys, first):
    last(select(), first.split(",")[0], consistent="consistent" in first)
    reference = last(select(), "toy_dice").reference
    xr.testing.assert_identical(reference, last(select(), "bicubic").table)
    assert float(reference["relative_improvement"]) == 0


def test_a_region_without_a_gap_free_rectangle_still_has_scores(toys):
    result = last(select("toy_reef"))
    assert result.curves is None
    assert np.isnan(result.table["effective_resolution"])
    assert all(np.isfinite(result.table[name]) for name in ("rmse", "bias", "correlation", "consistency"))
    assert "rmse" in result.reference


def test_without_a_truth_only_the_consistency_is_scored(toys):
    result = last(select("toy_unseen"))
    assert set(result.table) == set(result.reference) == {"consistency", "consistency_max"}
    assert set(result.curves) == {"estimate", "input"}


def test_the_second_time_a_result_comes_from_the_cache(toys):
    first, second = last(select(), "toy_dice", seed=3), last(select(), "toy_dice", seed=3)
    assert (first.cached, second.cached) == (False, True)
    assert second.estimate is first.estimate
    assert second.table is first.table
    assert list(run(select(), methods.create("toy_dice"), 3))[1:] == [second]


def test_a_run_that_was_not_judged_is_not_run_again(toys):
    seen = list(run(select(), methods.create("toy_dice"), 5))[-1]
    again = list(run(select(), methods.create("toy_dice"), 5))[-1]
    assert again.cached
    assert not again.judged
    assert again.estimate is seen.estimate


@pytest.mark.parametrize(
    "other", [{"seed": 4}, {"consistent": True}, {"strength": 0.6}, {"mode": "hard"}, {"quick": True}, {"rounds": 4}]
)
def test_another_setting_or_seed_is_another_run(toys, other):
    last(select(), "toy_dice", seed=3)
    again = last(select(), "toy_dice", **({"seed": 3} | other))
    assert not again.cached


def test_a_run_left_in_the_middle_is_not_taken_for_a_result(toys):
    steps = run(select(), methods.create("toy_dice"), 0)
    for _ in range(3):
        next(steps)
    steps.close()
    assert not last(select(), "toy_dice").cached


def test_a_small_cache_changes_no_result(toys, monkeypatch):
    wanted = last(select(), "toy_dice", consistent=True)
    monkeypatch.setattr(resolution_run, "CACHE", Cache(limit=1))
    again = last(select(), "toy_dice", consistent=True)
    assert not again.cached
    xr.testing.assert_identical(again.estimate, wanted.estimate)
    xr.testing.assert_identical(again.table, wanted.table)
    xr.testing.assert_identical(again.reference, wanted.reference)


def test_the_shown_field_is_the_mean_of_the_members_and_the_last_time(toys):
    result = last(select(), "toy_members")
    members = result.estimate["ssh"]
    assert members.dims == ("member", "y", "x")
    np.testing.assert_array_equal(result.values.values, members.values.mean(axis=0))
    assert result.values.attrs["units"] == "m"
    times = members.rename(member="time").to_dataset(name="ssh")
    later = Result(result.asked, result.scene, "m", "M", times, 1, 1)
    np.testing.assert_array_equal(later.values.values, members.values[-1])


def test_a_scene_that_cannot_be_opened_is_one_sentence(toys):
    with pytest.raises(InputError) as error:
        next(run(select(region="900,901,900,901"), methods.create("bicubic"), 0))
    stage.one_sentence(str(error.value))


# ---- the truth -----------------------------------------------------------------------------------------------------


def arrays(thing, seen: set | None = None) -> list[np.ndarray]:
    """Every array that can be reached from an object through attributes, items and closures of the engine's types."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return []
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return [thing] + ([thing.base] if isinstance(thing.base, np.ndarray) else [])
    if isinstance(thing, torch.Tensor):
        return [thing.numpy()]
    if isinstance(thing, xr.Dataset):
        parts = [*thing.variables.values(), thing.attrs, thing.encoding]
    elif isinstance(thing, xr.Variable | xr.DataArray):
        base = thing.values.base
        parts = [thing.values, thing.attrs, thing.encoding] + ([base] if isinstance(base, np.ndarray) else [])
    elif isinstance(thing, dict):
        parts = list(thing.values())
    elif isinstance(thing, list | tuple | set):
        parts = list(thing)
    elif is_dataclass(thing):
        parts = [getattr(thing, field.name) for field in fields(thing)]
    else:
        parts = list(getattr(thing, "__dict__", {}).values())
    return [array for part in parts for array in arrays(part, seen)]


class Spy(Method):
    """Keeps the problems it is given."""

    title, key = "Spy", "spy"

    def estimate(self, problem, seed):
        self.problems = [*getattr(self, "problems", []), problem]
        return np.zeros(problem.mask.shape, dtype=np.float32)


def holds(problem, truth: np.ndarray) -> bool:
    """Whether the truth, or most of its values, can be reached from a problem."""
    for array in arrays(problem):
        if array.dtype.kind == "f" and array.size >= truth.size / 2:
            wanted = truth[np.isfinite(truth)]
            if np.isin(wanted, array.astype(np.float32)).mean() > 0.5:
                return True
    return False


@pytest.mark.parametrize("degradation", ["block_mean", "gaussian", "box", "bicubic_resize"])
@pytest.mark.parametrize("source", ["toy_sea", "toy_coast", "toy_reef"])
def test_no_method_can_reach_the_truth(toys, source, degradation):
    spy = Spy()
    result = list(run(select(source, factor=2, degradation=degradation), spy, 0))[-1]
    truth = result.scene.truth["ssh"].values
    assert len(spy.problems) == 1
    assert not holds(spy.problems[0], truth)
    assert holds(result.scene, truth)  # the search would find it
