"""The session without a server: what every change keeps, drops, reruns and says."""

import random
import threading
from threading import Event

import numpy as np
import pytest
import stage
from stage import one_sentence

import explorer.base.run
from engine import methods
from engine.errors import DataMissing
from engine.methods import METHODS, settings
from explorer.drawing import palette, pictures
from explorer.pages.resolution.session import ResolutionSession


def rmse(session: ResolutionSession) -> float:
    return float(session.outcome.result.table["rmse"])


def same_field(one, other) -> bool:
    return np.array_equal(one.values.values, other.values.values, equal_nan=True)


# ---- the first picture ---------------------------------------------------------------------------------------------


def test_the_default_picture_is_there_after_a_wait():
    page = stage.Page()
    assert page.session.outcome.scene is None
    page.session.select({})
    assert page.session.run.busy
    page.settle()
    session = page.session
    assert (session.run.message, session.run.missing, session.outcome.stale) == ("", [], False)
    assert session.outcome.scene.key == "ocean_run"
    assert session.outcome.result.final
    assert session.outcome.result.method == "spectral_liif"
    assert session.outcome.result.scene is session.outcome.scene
    assert session.outcome.result.curves is not None
    assert session.run.progress == 1.0
    assert 0 < rmse(session) < 0.2
    for key in ("input", "estimate", "truth", "error", session.display.lower_a, session.display.lower_b):
        assert session.display.picture(key) is not None, key


def test_nothing_is_said_in_the_workers_thread(open_page):
    """With a dispatcher, parameters change only where the dispatcher makes the calls."""
    threads = set()
    page = open_page()
    for part in (*page.session.parts, page.session.run):
        part.param.watch(lambda *_: threads.add(threading.current_thread()), [*part.param])
    page.session.select({"seed": 3})
    page.settle()
    assert threads == {threading.current_thread()}


# ---- what a change keeps -------------------------------------------------------------------------------------------


def test_another_date_keeps_everything_else(page):
    session = page.session
    session.chosen.method = "bilinear"
    page.settle()
    session.chosen.configured.consistent = True
    session.display.point(20.0, 30.0)
    session.look.view, session.chosen.seed = (10, 50, 10, 50), 5
    page.settle()
    for key in ("input", "error"):
        session.display.limits_of(session.display.picture(key))
    configured, before = session.chosen.configured, session.outcome.result
    kept = {name: stage.get(session, name) for name in (
        "source", "field", "region", "factor", "degradation", "method", "seed", "probe", "view", "limits", "lower_a",
        "lower_b",
    )}  # fmt: skip
    session.selection.time = "2010-01-05"
    page.settle()
    assert {name: stage.get(session, name) for name in kept} == kept
    assert session.chosen.configured is configured
    assert session.chosen.configured.consistent is True
    assert session.outcome.scene.time == "2010-01-05"
    assert session.outcome.result.scene is session.outcome.scene
    assert not same_field(session.outcome.result, before)


def test_another_source_brings_its_own_fields_dates_region_and_factor(page):
    session = page.session
    session.display.point(20.0, 30.0)
    session.display.point(25.0, 35.0)
    session.look.view = (10, 50, 10, 50)
    session.display.limits = {"field": (-1.0, 1.0)}
    session.selection.source = "toy_coast"
    page.settle()
    assert list(session.input.param.field.objects) == ["ssh"]
    assert list(session.selection.param.time.objects) == ["2012-05-01", "2012-05-02", "2012-05-03"]
    assert (session.input.field, session.selection.time, session.selection.region, session.input.factor) == (
        "ssh",
        "2012-05-02",
        "basin",
        2,
    )
    assert (session.look.view, session.display.probe, session.display.probe_end, session.display.limits) == (
        None,
        None,
        None,
        {},
    )
    assert session.outcome.scene.key == session.outcome.result.scene.key == "toy_coast"
    assert session.run.message == ""


def test_another_source_keeps_a_field_and_a_date_that_it_has_too(page):
    session = page.session
    session.selection.time, session.input.field = "2010-01-04", "sst"
    session.selection.source = "toy_reef"
    page.settle()
    assert (
        (session.selection.time, session.input.field)
        == (session.outcome.scene.time, session.outcome.scene.variable)
        == ("2010-01-04", "sst")
    )


def test_locked_limits_stay_with_another_source(page):
    session = page.session
    session.display.lock = True
    session.display.limits = {"field": (-1.0, 1.0), "error": (-0.5, 0.5)}
    session.selection.source = "toy_coast"
    page.settle()
    assert session.display.limits == {"field": (-1.0, 1.0), "error": (-0.5, 0.5)}
    session.input.factor = 4
    page.settle()
    assert session.display.limits["error"] == (-0.5, 0.5)


def test_a_lower_map_that_is_left_open_shows_something_though_no_scene_opens(page):
    session = page.session
    first = session.display.lower_a
    session.select({"source": "toy_absent", "lower_a": ""})
    page.settle()
    assert session.run.missing
    assert session.display.lower_a == first


def test_limits_fitted_during_a_run_are_fitted_again_at_its_end(open_page, keeping_up):
    """The toy's noise fades with every step; where nobody knows the truth, its gradient is fitted to itself."""
    page = open_page(source="toy_unseen", method="toy_dice").settle()
    session, seen = page.session, []
    shown = "estimate:gradient"
    session.watch(lambda *_: seen.append(session.display.limits_of(session.display.picture(shown))), "result")
    session.start()
    page.settle()
    field = session.display.picture(shown).field
    assert session.display.limits["gradient"] == palette.limits(field.values, "gradient")
    assert seen[0] != session.display.limits["gradient"]


@pytest.mark.parametrize("method", ["nearest", "bilinear", "toy_dice"])
def test_limits_of_errors_are_those_of_the_reference_whoever_was_looked_at_first(open_page, method):
    page = open_page(method=method).settle()
    session = page.session
    session.start()
    page.settle()
    scene = session.outcome.scene
    reference = methods.create("bicubic").predict(scene.problem)["ssh"] - scene.truth["ssh"]
    low, high = session.display.limits_of(session.display.picture("error"))
    assert (low, high) == palette.limits(reference.values, "error")


def test_another_region_is_cut_out_and_forgets_zoom_and_probe(page):
    session = page.session
    session.display.point(20.0, 30.0)
    session.look.view, session.display.limits = (10, 50, 10, 50), {"field": (-1.0, 1.0)}
    whole = session.outcome.scene.truth["ssh"]
    session.selection.region = "west"
    page.settle()
    assert session.outcome.scene.truth["ssh"].shape == (48, 32)
    assert (session.look.view, session.display.probe, session.display.limits) == (None, None, {})
    session.selection.region = "32,96,16,64"
    page.settle()
    part = whole.isel(y=slice(8, 32), x=slice(16, 48)).values
    np.testing.assert_array_equal(session.outcome.scene.truth["ssh"].values, part)


def test_another_field_is_shown_and_is_no_guide_of_itself(page):
    session = page.session
    assert session.display.lower_a == "guide:sst"
    session.input.field = "sst"
    page.settle()
    assert session.outcome.scene.variable == session.display.picture("truth").field.name == "sst"
    assert session.units == "degC"
    assert "guide:sst" not in session.display.lower_choices.values()
    assert session.display.lower_a in session.display.lower_choices.values()
    assert session.display.lower_b in session.display.lower_choices.values()


def test_another_factor_makes_another_input(page):
    session = page.session
    session.display.limits = {"field": (-1.0, 1.0), "error": (-0.5, 0.5), "vorticity": (-2.0, 2.0)}
    coarse = rmse(session)
    session.input.factor = 2
    page.settle()
    assert session.outcome.scene.problem.low["ssh"].shape == (24, 32)
    assert session.display.limits == {"field": (-1.0, 1.0), "vorticity": (-2.0, 2.0)}
    assert rmse(session) < coarse


def test_a_low_pass_gets_a_width_that_then_is_the_persons(page):
    session = page.session
    assert not session.input.low_pass
    session.input.degradation = "gaussian"
    page.settle()
    assert session.input.low_pass
    assert session.input.width_km == 8.0  # a factor of 4 on 2 km
    assert session.outcome.scene.problem.observation.scale_km == 8.0
    assert session.outcome.scene.problem.low["ssh"].shape == (48, 64)
    session.input.width_km = 20.0
    page.settle()
    session.input.degradation = "box"
    page.settle()
    assert session.input.width_km == session.outcome.scene.problem.observation.scale_km == 20.0


def test_a_link_to_a_low_pass_without_a_width_means_the_factors(open_page):
    page = open_page(degradation="gaussian").settle()
    assert page.session.outcome.scene.problem.observation.scale_km == pytest.approx(8.0)


def test_noise_is_in_the_input_and_always_the_same(page):
    session = page.session
    clean = session.display.picture("input").field.values
    session.input.noise = 0.1
    page.settle()
    noisy = session.display.picture("input").field.values
    assert 0.05 < np.std(noisy - clean) < 0.2
    session.input.noise = 0.0
    page.settle()
    np.testing.assert_array_equal(session.display.picture("input").field.values, clean)


def test_settings_of_a_cheap_method_rerun_at_once(page):
    session = page.session
    before = float(session.outcome.result.table["consistency_max"])
    session.chosen.configured.consistent = True
    page.settle()
    assert before > 1e-2
    assert float(session.outcome.result.table["consistency_max"]) < 1e-5
    assert not session.outcome.stale


def test_dates_step_as_far_as_there_are_any(page):
    session = page.session
    session.step_date(2)
    assert session.selection.time == "2010-01-03"
    session.step_date(99)
    assert session.selection.time == "2010-01-06"
    session.step_date(-99)
    assert session.selection.time == "2010-01-01"


# ---- what cannot be done -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"source": "atlantis"}, "The source cannot be 'atlantis'"),
        ({"field": "salinity"}, "The field cannot be 'salinity'"),
        ({"region": "atlantis"}, "The region 'atlantis' is not known"),
        ({"region": "9,1,0,5"}, "The box '9,1,0,5' is empty"),
        ({"time": "1999-01-01"}, "The time cannot be '1999-01-01'"),
        ({"factor": "0"}, "The factor cannot be 0"),
        ({"factor": "many"}, "The factor cannot be 'many'"),
        ({"degradation": "smear"}, "The degradation cannot be 'smear'"),
        ({"noise": "-1"}, "The noise cannot be -1"),
        ({"method": "magic"}, "The method cannot be 'magic'"),
        ({"m.flux": "1"}, "This page has no setting 'm.flux'"),
        ({"m.consistent": "perhaps"}, "The agree with the input cannot be 'perhaps'"),
    ],
)
def test_a_wrong_choice_keeps_the_present_one_and_says_one_sentence(page, wrong, says):
    session = page.session
    scene, estimate, query = session.outcome.scene, session.outcome.result.values.values, session.query()
    complaints = session.select(wrong)
    assert len(complaints) == 1
    assert one_sentence(complaints[0]).startswith(says)
    page.settle()
    assert session.run.message == complaints[0]
    assert session.query() == query
    assert session.outcome.scene is scene
    np.testing.assert_array_equal(session.outcome.result.values.values, estimate)
    assert not session.outcome.stale
    session.select({"time": "2010-01-02"})
    page.settle()
    assert (session.run.message, session.outcome.scene.time) == ("", "2010-01-02")


@pytest.mark.parametrize("method", ["bicubic", "toy_dice"])
@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("region", "1000,2000,1000,2000", "holds 0 cells along y"),
        ("width_km", 2000.0, "A width of 2000 km does not fit"),
    ],
)
def test_a_selection_that_opens_no_scene_leaves_the_old_one_and_says_one_sentence(open_page, method, name, value, says):
    page = open_page(method=method, degradation="gaussian").settle()
    session = page.session
    session.start()
    page.settle()
    scene, result = session.outcome.scene, session.outcome.result
    stage.put(session, name, value)
    page.settle()
    assert says in one_sentence(session.run.message)
    assert session.outcome.scene is scene
    assert session.outcome.result is result
    assert session.outcome.stale
    session.select({"region": "west", "width_km": 10.0})
    page.settle()
    session.start()
    page.settle()
    assert (session.run.message, session.outcome.stale, session.run.busy) == ("", False, False)
    assert session.outcome.result.scene is session.outcome.scene is not scene


def test_the_right_part_of_a_partly_wrong_choice_is_used(page):
    complaints = page.session.select({"factor": "1000", "time": "2010-01-03", "seed": "abc", "method": "bilinear"})
    page.settle()
    assert len(complaints) == 2
    assert page.session.run.message == " ".join(complaints)
    assert (page.session.selection.time, page.session.chosen.method, page.session.input.factor) == (
        "2010-01-03",
        "bilinear",
        4,
    )


def test_a_method_that_raises_says_one_sentence_and_leaves_the_rest(page, caplog):
    session = page.session
    scene = session.outcome.scene
    session.chosen.method = "toy_broken"
    page.settle()
    session.start()
    page.settle()
    assert one_sentence(session.run.message) == "The run stopped with RuntimeError; the log has the details."
    assert "it broke" in caplog.text
    assert session.outcome.stale
    assert session.outcome.scene is scene
    session.chosen.method = "bicubic"
    page.settle()
    assert (session.run.message, session.outcome.stale, session.outcome.result.method) == ("", False, "bicubic")


# ---- slow methods --------------------------------------------------------------------------------------------------


def test_a_slow_method_waits_for_run(page):
    session = page.session
    before = session.outcome.result
    session.chosen.method = "toy_dice"
    page.settle()
    assert session.outcome.result is before
    assert session.outcome.stale
    session.start()
    assert session.run.busy
    page.settle()
    assert (session.outcome.result.method, session.outcome.result.index, session.outcome.result.total) == (
        "toy_dice",
        4,
        4,
    )
    assert (session.outcome.stale, session.run.progress) == (False, 1.0)


def test_changes_beside_a_slow_method_show_the_new_scene_and_mark_the_old_result(open_page):
    page = open_page(method="toy_dice").settle()
    session = page.session
    assert session.outcome.result is None
    assert not session.outcome.stale
    session.start()
    page.settle()
    result = session.outcome.result
    session.selection.time = "2010-01-02"
    assert session.outcome.stale
    page.settle()
    assert session.outcome.scene.time == "2010-01-02"
    assert session.outcome.result is result
    assert session.outcome.stale
    session.chosen.configured.strength = 1.0
    page.settle()
    assert session.outcome.stale
    session.start()
    page.settle()
    assert session.outcome.result.scene is session.outcome.scene
    assert not session.outcome.stale


def test_quick_changes_beside_a_slow_method_end_at_the_last_one(open_page):
    page = open_page(method="toy_dice").settle()
    for time in ("2010-01-02", "2010-01-03", "2010-01-04"):
        page.session.selection.time = time
    page.settle()
    assert page.session.outcome.scene.time == "2010-01-04"
    page.session.selection.time = "2010-01-05"
    page.settle()
    assert page.session.outcome.scene.time == "2010-01-05"


def test_every_step_of_a_run_is_shown_with_its_progress(page, keeping_up):
    session, seen = page.session, []
    session.chosen.method = "toy_dice"
    page.settle()
    session.watch(lambda event: seen.append((event.new.index, session.run.progress)), "result")
    session.start()
    page.settle()
    assert seen == [(1, 0.25), (2, 0.5), (3, 0.75), (4, 1.0), (4, 1.0)]
    assert session.run.time_left == 0


def test_a_first_guess_before_any_step_is_shown_too(page, keeping_up):
    session, seen = page.session, []
    session.chosen.method = "toy_beginning"
    page.settle()
    session.watch(lambda event: seen.append((event.new.index, session.run.progress)), "result")
    session.start()
    page.settle()
    assert seen == [(0, 0.0), (1, 0.25), (2, 0.5), (3, 0.75), (4, 1.0), (4, 1.0)]
    assert session.run.message == ""


def test_cancel_stops_before_the_next_step_and_the_page_works_on(page, toys):
    session = page.session
    session.chosen.method = "toy_gated"
    page.settle()
    session.start()
    page.until(lambda: session.outcome.result.index == 1 and session.outcome.result.method == "toy_gated")
    assert session.run.busy
    session.cancel()
    assert (session.run.busy, session.outcome.stale) == (False, False), "it is of these settings, and unfinished"
    assert not session.ran
    toys.Gated.gate.set()
    session.chosen.method = "bilinear"
    page.settle()
    assert session.outcome.result.method == "bilinear"
    assert not session.outcome.stale


def test_nothing_of_a_cancelled_run_arrives(page, toys):
    session = page.session
    session.chosen.method = "toy_gated"
    page.settle()
    session.start()
    page.until(lambda: session.outcome.result.index == 1 and session.outcome.result.method == "toy_gated")
    first, ticket = session.outcome.result, session.run._errand._ticket
    session.cancel()
    toys.Gated.gate.set()
    stage.wait_for(lambda: ticket.work.gi_frame is None)
    while not page.calls.empty():
        page.calls.get()()
    assert session.outcome.result is first
    assert (session.run.busy, session.outcome.stale) == (False, False)


def test_cancel_before_the_first_step_leaves_the_picture_of_before(page, toys):
    session = page.session
    session.chosen.method = "toy_gated"
    page.settle()
    toys.Gated.gate.set()
    session.start()
    page.settle()
    session.chosen.seed = 5
    page.settle()
    session.cancel()
    assert session.outcome.stale


def test_cancel_without_a_run_changes_nothing(page):
    page.session.cancel()
    assert (page.session.run.busy, page.session.outcome.stale) == (False, False)


def test_a_result_that_waits_in_the_queue_never_overwrites_a_newer_run(page, toys):
    """The old run's steps were handed over before the new run began, and are made after it."""
    session = page.session
    session.chosen.method = "toy_dice"
    page.settle()
    session.start()
    page.waiting(3)  # the scene, the last step, the end; what is passing is not kept waiting
    session.chosen.seed = 7  # a newer ticket
    session.start()
    shown = []
    session.watch(lambda event: shown.append(event.new), "result")
    page.settle()
    seen = [result.index for result in shown]
    assert seen == sorted(seen), "some that pass may be passed over"
    assert seen[-2:] == [4, 4]
    newer = session.outcome.result
    session.chosen.seed = 0
    session.start()
    page.settle()
    assert not same_field(newer, session.outcome.result)


def test_the_last_of_many_hasty_runs_wins(page):
    session, choose = page.session, random.Random(3)
    wanted = None
    for _ in range(40):
        wanted = choose.choice(["bicubic", "toy_dice", "bilinear", "toy_members"]), choose.randrange(5)
        session.chosen.method, session.chosen.seed = wanted
        session.start()
        for _ in range(choose.randrange(4)):
            if not page.calls.empty():
                page.calls.get()()
    page.settle()
    fresh = methods_result(session.outcome.scene, *wanted)
    assert session.outcome.result.method == wanted[0]
    np.testing.assert_array_equal(session.outcome.result.estimate["ssh"].values, fresh)
    assert (session.run.busy, session.outcome.stale, session.run.message) == (False, False, "")


def methods_result(scene, method: str, seed: int) -> np.ndarray:
    return METHODS[method]().predict(scene.problem, seed=seed)["ssh"].values


def test_the_settings_of_a_run_are_those_at_its_start(page, toys):
    session = page.session
    session.chosen.method = "toy_gated"
    page.settle()
    session.start()
    page.until(lambda: session.outcome.result.index == 1 and session.outcome.result.method == "toy_gated")
    session._quiet = True  # else the change would begin a new run
    session.chosen.configured.consistent = True
    session._quiet = False
    toys.Gated.gate.set()
    page.settle()
    assert float(session.outcome.result.table["consistency_max"]) > 1e-3


def test_the_same_seed_gives_the_same_estimate_and_another_does_not(open_page, monkeypatch):
    import explorer.jobs.resolution_run
    from explorer.jobs.cache import Cache

    found = []
    for seed in (11, 11, 12):
        monkeypatch.setattr(explorer.jobs.resolution_run, "CACHE", Cache())
        page = open_page(method="toy_dice", seed=seed).settle()
        page.session.start()
        page.settle()
        assert not page.session.outcome.result.cached
        found.append(page.session.outcome.result)
    assert same_field(found[0], found[1])
    assert not same_field(found[0], found[2])


def test_a_run_made_before_comes_from_the_cache(open_page):
    first = open_page(method="toy_dice").settle()
    first.session.start()
    first.settle()
    second = open_page(method="toy_dice").settle()
    second.session.start()
    second.settle()
    assert (first.session.outcome.result.cached, second.session.outcome.result.cached) == (False, True)
    assert same_field(first.session.outcome.result, second.session.outcome.result)


# ---- more than one page --------------------------------------------------------------------------------------------


def test_two_pages_do_not_touch_each_other(open_page):
    one, other = open_page().settle(), open_page().settle()
    before = other.session.query()
    one.session.select({"source": "toy_coast", "method": "bilinear", "m.consistent": "true", "limits": "field:0,1"})
    one.settle()
    assert other.calls.empty()
    assert other.session.query() == before
    assert (other.session.selection.source, other.session.chosen.configured.consistent) == ("toy_sea", False)
    assert next(iter(other.session.selection.param.time.objects)) == "2010-01-01"
    assert list(other.session.input.param.field.objects) == ["ssh", "sst"]


def test_a_page_that_is_closed_stops_its_run_alone(open_page, toys):
    one, other = open_page(method="toy_gated").settle(), open_page().settle()
    one.session.start()
    assert toys.Gated.entered.wait(stage.PATIENCE)
    one.session.close()
    toys.Gated.gate.set()
    other.session.chosen.method = "bilinear"
    other.settle()
    stage.wait_for(lambda: one.session.run._errand._ticket.work.gi_frame is None)
    while not one.calls.empty():
        one.calls.get()()
    assert one.session.outcome.result is None
    assert other.session.outcome.result.method == "bilinear"


def test_a_page_that_never_started_can_be_closed():
    ResolutionSession().close()


# ---- missing data --------------------------------------------------------------------------------------------------


@pytest.fixture
def absent(page, no_data, monkeypatch, toys):
    """A page with a picture that then asked for a data set whose files are not here."""
    monkeypatch.setattr(toys.Absent, "fetched", False)
    page.session.selection.source = "toy_absent"
    return page.settle()


def test_missing_files_are_named_in_one_sentence(absent):
    session = absent.session
    assert "toy/first.nc" in one_sentence(session.run.message)
    assert [file.path for file in session.run.missing] == ["toy/first.nc"]
    assert session.outcome.scene.key == session.outcome.result.scene.key == "toy_sea"
    assert session.outcome.stale
    session.selection.source = "toy_sea"
    absent.settle()
    assert (session.run.missing, session.run.message, session.outcome.stale) == ([], "", False)


def two_files(session: ResolutionSession, toys) -> None:
    session.run.missing = list(toys.Absent.files)


def test_a_download_shows_its_progress_and_opens_the_scene(absent, monkeypatch, toys):
    session, seen, asked = absent.session, [], []

    def fetch(file, progress):
        asked.append(file.path)
        for part in (0, file.bytes // 2, file.bytes):
            progress(part, file.bytes)
        toys.Absent.fetched = len(asked) == 2

    monkeypatch.setattr(explorer.base.run, "fetch", fetch)
    two_files(session, toys)
    session.watch(lambda event: seen.append(event.new), "download")
    session.run.fetch()
    assert (session.run.download, session.run.message) == (0.0, "")
    session.run.fetch()  # a second click starts no second download
    absent.settle()
    assert asked == ["toy/first.nc", "toy/second.nc"]
    assert seen == [0.0, 0.375, 0.75, 0.875, 1.0, None]
    assert (session.run.missing, session.run.message, session.outcome.stale) == ([], "", False)
    assert session.outcome.scene.key == session.outcome.result.scene.key == "toy_absent"


@pytest.mark.parametrize(
    ("error", "says"),
    [(DataMissing("The file toy/first.nc could not be downloaded."), "could not be downloaded"),
     (OSError("disk full"), "The download stopped with OSError")],
)  # fmt: skip
def test_a_failed_download_says_so_loses_nothing_and_can_be_tried_again(
    absent, monkeypatch, toys, error, says, quiet_log
):
    session, seen = absent.session, []

    def fails(file, progress):
        progress(int(0.9 * file.bytes), file.bytes)
        raise error

    def works(file, progress):
        progress(file.bytes // 2, file.bytes)
        toys.Absent.fetched = True

    scene, result = session.outcome.scene, session.outcome.result
    monkeypatch.setattr(explorer.base.run, "fetch", fails)
    session.run.fetch()
    absent.settle()
    assert says in one_sentence(session.run.message)
    assert session.run.download is None
    assert [file.path for file in session.run.missing] == ["toy/first.nc"]
    assert (session.outcome.scene, session.outcome.result) == (scene, result)
    monkeypatch.setattr(explorer.base.run, "fetch", works)
    session.watch(lambda event: seen.append(event.new), "download")
    session.run.fetch()
    absent.settle()
    assert seen == [0.0, 0.5, None]
    assert session.outcome.scene.key == "toy_absent"


def test_fetch_without_anything_missing_does_nothing(page, monkeypatch):
    called = Event()
    monkeypatch.setattr(explorer.base.run, "fetch", lambda *_: called.set())
    page.session.run.fetch()
    assert page.session.run.download is None
    assert not called.is_set()


def test_the_selection_may_change_during_a_download(absent, monkeypatch, toys):
    session, inside, go_on = absent.session, Event(), Event()

    def fetch(file, progress):
        inside.set()
        assert go_on.wait(stage.PATIENCE)
        toys.Absent.fetched = True

    monkeypatch.setattr(explorer.base.run, "fetch", fetch)
    session.run.fetch()
    assert inside.wait(stage.PATIENCE)
    session.selection.source = "toy_coast"
    absent.until(lambda: not session.run.busy)
    go_on.set()
    absent.settle()
    assert session.outcome.scene.key == session.outcome.result.scene.key == "toy_coast"
    assert (session.run.download, session.run.message) == (None, "")


# ---- looking -------------------------------------------------------------------------------------------------------


def test_the_lower_maps_offer_what_the_scene_has(page):
    session = page.session
    offered = set(session.display.lower_choices.values())
    assert {"guide:sst", "estimate:vorticity", "truth:speed", "input:gradient", "consistency"} <= offered
    session.display.lower_a, session.display.lower_b = "truth:speed", "consistency"
    session.selection.time = "2010-01-03"
    page.settle()
    assert (session.display.lower_a, session.display.lower_b) == ("truth:speed", "consistency")
    session.input.field = "sst"
    page.settle()
    assert "truth:speed" not in session.display.lower_choices.values()
    assert session.display.lower_a in session.display.lower_choices.values()
    assert session.display.lower_b == "consistency"
    session.selection.source = "toy_unseen"
    page.settle()
    assert not [key for key in session.display.lower_choices.values() if key.startswith("truth")]


def test_what_is_on_the_screen_can_be_fitted_after_a_selection_that_opens_nothing(page):
    session = page.session
    session.selection.source = "toy_absent"
    page.settle()
    assert session.run.missing
    for fit in (lambda: None, session.display.fit):
        fit()
        assert session.display.can_fit(session.display.picture("truth:speed"))
        assert session.display.limits_of(session.display.picture("truth:speed"))[1] > 0


def test_limits_are_fitted_once_and_stay_over_dates(page):
    session = page.session
    fitted = {
        key: session.display.limits_of(session.display.picture(key)) for key in ("input", "estimate", "truth", "error")
    }
    assert fitted["input"] == fitted["estimate"] == fitted["truth"]
    assert fitted["error"][0] == -fitted["error"][1]
    session.selection.time = "2010-01-06"  # six times as high
    page.settle()
    assert {key: session.display.limits_of(session.display.picture(key)) for key in fitted} == fitted
    session.display.fit()
    assert session.display.limits == {}
    truth = session.outcome.scene.truth["ssh"].values
    low, high = session.display.limits_of(session.display.picture("input"))
    assert low <= np.percentile(truth, 0.5) < np.percentile(truth, 99.5) <= high
    assert high > 3 * fitted["input"][1]


def test_limits_that_were_set_are_used(page):
    page.session.display.limits = {"field": (-7.0, 8.0)}
    assert page.session.display.limits_of(page.session.display.picture("truth")) == (-7.0, 8.0)
    assert page.session.display.limits_of(page.session.display.picture("estimate")) == (-7.0, 8.0)


def test_limits_without_a_truth_are_fitted_to_what_is_shown(open_page):
    session = open_page(source="toy_unseen").settle().session
    low, high = session.display.limits_of(session.display.picture("input"))
    shown = session.display.picture("input").field.values
    assert low <= np.percentile(shown, 0.5) < np.percentile(shown, 99.5) <= high


def test_clicks_set_a_probe_then_a_transect_then_begin_again(page):
    session = page.session
    session.display.point(1.0, 2.0)
    assert (session.display.probe, session.display.probe_end) == ((1.0, 2.0), None)
    session.display.point(3.0, 4.0)
    assert (session.display.probe, session.display.probe_end) == ((1.0, 2.0), (3.0, 4.0))
    session.display.point(5.0, 6.0)
    assert (session.display.probe, session.display.probe_end) == ((5.0, 6.0), None)


def test_a_picture_is_made_once_per_scene_and_result(page, monkeypatch):
    made = []
    real = pictures.picture
    monkeypatch.setattr(pictures, "picture", lambda key, *rest: (made.append(key), real(key, *rest))[1])
    session = page.session
    session.display._made.clear()
    assert session.display.picture("error") is session.display.picture("error")
    assert session.display.picture("truth:speed") is session.display.picture("truth:speed")
    assert made == ["error", "truth:speed"]
    session.chosen.configured.consistent = True
    page.settle()
    session.display.picture("truth:speed")
    assert made == ["error", "truth:speed"]
    session.display.picture("error")
    assert made == ["error", "truth:speed", "error"]


def test_an_old_result_is_never_mixed_with_a_new_scene(open_page):
    """Beside a slow method the scene changes first: no error of one date against the truth of another."""
    page = open_page(method="toy_dice").settle()
    session = page.session
    session.start()
    page.settle()
    assert session.display.picture("error") is not None
    for change in ({"time": "2010-01-02"}, {"region": "west"}, {"factor": "2"}):
        session.select(change)
        page.settle()
        for key in ("estimate", "error", "consistency", "estimate:vorticity"):
            assert session.display.picture(key) is None, (change, key)
        assert session.display.picture("truth").field.equals(session.outcome.scene.truth["ssh"])
    session.start()
    page.settle()
    error = session.outcome.result.values.values - session.outcome.scene.truth["ssh"].values
    np.testing.assert_array_equal(session.display.picture("error").field.values, error)


# ---- links ---------------------------------------------------------------------------------------------------------


def random_state(choose: random.Random) -> dict:
    """A valid state of a page on the toys, in text."""
    source = choose.choice(["toy_sea", "toy_coast", "toy_reef", "toy_unseen"])
    data = stage.DATA_SETS[source]()
    box = {"toy_coast": "-7.5,7.25,40.5,51.5"}.get(source, "10,120.5,3,90")
    method = choose.choice(["bicubic", "nearest", "toy_dice", "toy_members"])
    degradation = choose.choice(["block_mean", "gaussian", "box", "bicubic_resize"])
    state = {
        "source": source, "field": choose.choice(data.fields), "region": choose.choice([*data.regions, box]),
        "time": f"{choose.choice(list(data.times)):%Y-%m-%d}", "factor": str(choose.choice([2, 3, 4])),
        "degradation": degradation, "noise": repr(choose.choice([0.0, 0.1, 0.123456789, 1 / 3])), "method": method,
        "seed": str(choose.randrange(2**31)), "m.consistent": choose.choice(["true", "false"]),
        "lock": choose.choice(["true", "false"]),
    }  # fmt: skip
    if degradation in ("gaussian", "box"):
        fits = choose.uniform(200, 700) if source == "toy_coast" else choose.uniform(4, 40)
        state["width_km"] = repr(fits)
    if method == "toy_dice":
        state |= {
            "m.strength": repr(choose.uniform(0, 2)), "m.rounds": str(choose.randrange(1, 10)), "m.floor": "1e-7",
            "m.mode": choose.choice(["soft", "hard"]), "m.quick": choose.choice(["true", "false"]),
        }  # fmt: skip
    if choose.random() < 0.5:
        low = choose.uniform(-1e3, 1e3)
        state["limits"] = f"field:{low!r},{low + choose.uniform(1e-3, 10)!r};error:-0.25,0.25;guide:sst:270,280"
    if choose.random() < 0.5:
        state |= {"probe": "11.5,41.25", "view": "10,60,41,60"}
        state |= {"probe_end": "-1e-05,42"} if choose.random() < 0.5 else {}
    return state


def test_a_link_opens_the_same_picture_on_a_fresh_page(open_page):
    choose = random.Random(2024)
    for _ in range(25):
        wanted = random_state(choose)
        one = open_page()
        assert one.session.select(wanted) == []
        one.settle()
        one.session.start()
        one.settle()
        assert one.session.run.message == "", wanted
        link = one.session.query()
        other = open_page()
        assert other.session.select(link) == []
        other.settle()
        other.session.start()
        other.settle()
        assert other.session.query() == link
        assert other.session.request == one.session.request, wanted
        assert settings_of(other.session) == settings_of(one.session)
        assert same_field(one.session.outcome.result, other.session.outcome.result), wanted


def settings_of(session: ResolutionSession) -> dict:
    return {name: getattr(session.chosen.configured, name) for name in settings(session.chosen.configured)}


def test_back_undoes_what_a_link_may_leave_out(page):
    """As the page does it: the optional things blank, then what the address says."""
    session = page.session
    link = session.query()
    session.display.point(1.0, 2.0)
    session.look.view, session.display.limits = (1, 2, 3, 4), {"field": (0.0, 1.0)}
    blank = {name: "" for name, (_, held) in session.held.items() if held.optional}
    assert session.select({**blank, **link}) == []
    page.settle()
    assert (session.display.probe, session.look.view, session.display.limits, session.run.message) == (
        None,
        None,
        {},
        "",
    )
    assert session.query() == link


def test_what_is_in_view_is_judged_and_all_again(open_page):
    page = open_page(method="bilinear").settle()
    session = page.session
    whole = session.outcome.result
    session.look.view = (16.0, 96.0, 16.0, 80.0)
    page.settle()
    assert session.outcome.result is whole  # nobody asked for a part
    session.display.in_view = "yes"
    page.settle()
    part = session.outcome.result
    assert part.judged_in == session.look.view
    x, y = part.scene.truth["x"].values, part.scene.truth["y"].values
    inside = np.ix_((y >= 16) & (y <= 80), (x >= 16) & (x <= 96))
    off = part.values.values[inside] - part.scene.truth["ssh"].values[inside]
    assert float(part.table["rmse"]) == pytest.approx(float(np.sqrt((off.astype(float) ** 2).mean())), rel=1e-4)
    session.step_date(1)
    page.settle()
    assert session.outcome.result.judged_in == session.look.view
    session.look.view = None
    page.settle()
    assert session.outcome.result.judged_in is None
