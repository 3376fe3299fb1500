"""The session without a server: what every change keeps, drops, reruns and says."""

import random
import threading
from threading import Event

import numpy as np
import pytest
import stage
from stage import one_sentence

import explorer.base.session
from engine.errors import DataMissing
from engine.methods import METHODS, settings
from explorer.drawing import palette, pictures
from explorer.pages.resolution.session import Session


def rmse(session: Session) -> float:
    return float(session.result.table["rmse"])


def same_field(one, other) -> bool:
    return np.array_equal(one.values.values, other.values.values, equal_nan=True)


# ---- the first picture ---------------------------------------------------------------------------------------------


def test_the_default_picture_is_there_after_a_wait():
    page = stage.Page()
    assert page.session.scene is None
    page.session.select({})
    assert page.session.busy
    page.settle()
    session = page.session
    assert (session.message, session.missing, session.stale) == ("", [], False)
    assert session.scene.key == "ocean_run"
    assert session.result.final
    assert session.result.method == "bicubic"
    assert session.result.scene is session.scene
    assert session.result.curves is not None
    assert session.progress == 1.0
    assert 0 < rmse(session) < 0.2
    for key in ("input", "estimate", "truth", "error", session.lower_a, session.lower_b):
        assert session.picture(key) is not None, key


def test_nothing_is_said_in_the_workers_thread(open_page):
    """With a dispatcher, parameters change only where the dispatcher makes the calls."""
    threads = set()
    page = open_page()
    page.session.param.watch(lambda *_: threads.add(threading.current_thread()), [*page.session.param])
    page.session.select({"seed": 3})
    page.settle()
    assert threads == {threading.current_thread()}


# ---- what a change keeps -------------------------------------------------------------------------------------------


def test_another_date_keeps_everything_else(page):
    session = page.session
    session.method = "bilinear"
    page.settle()
    session.configured.consistent = True
    session.point(20.0, 30.0)
    session.view, session.seed = (10, 50, 10, 50), 5
    page.settle()
    for key in ("input", "error"):
        session.limits_of(session.picture(key))
    configured, before = session.configured, session.result
    kept = {name: getattr(session, name) for name in (
        "source", "field", "region", "factor", "degradation", "method", "seed", "probe", "view", "limits", "lower_a",
        "lower_b",
    )}  # fmt: skip
    session.time = "2010-01-05"
    page.settle()
    assert {name: getattr(session, name) for name in kept} == kept
    assert session.configured is configured
    assert session.configured.consistent is True
    assert session.scene.time == "2010-01-05"
    assert session.result.scene is session.scene
    assert not same_field(session.result, before)


def test_another_source_brings_its_own_fields_dates_region_and_factor(page):
    session = page.session
    session.point(20.0, 30.0)
    session.point(25.0, 35.0)
    session.view = (10, 50, 10, 50)
    session.limits = {"field": (-1.0, 1.0)}
    session.source = "toy_coast"
    page.settle()
    assert list(session.param.field.objects) == ["ssh"]
    assert list(session.param.time.objects) == ["2012-05-01", "2012-05-02", "2012-05-03"]
    assert (session.field, session.time, session.region, session.factor) == ("ssh", "2012-05-02", "basin", 2)
    assert (session.view, session.probe, session.probe_end, session.limits) == (None, None, None, {})
    assert session.scene.key == session.result.scene.key == "toy_coast"
    assert session.message == ""


def test_another_source_keeps_a_field_and_a_date_that_it_has_too(page):
    session = page.session
    session.time, session.field = "2010-01-04", "sst"
    session.source = "toy_reef"
    page.settle()
    assert (session.time, session.field) == (session.scene.time, session.scene.variable) == ("2010-01-04", "sst")


def test_locked_limits_stay_with_another_source(page):
    session = page.session
    session.lock = True
    session.limits = {"field": (-1.0, 1.0), "error": (-0.5, 0.5)}
    session.source = "toy_coast"
    page.settle()
    assert session.limits == {"field": (-1.0, 1.0), "error": (-0.5, 0.5)}
    session.factor = 4
    page.settle()
    assert session.limits["error"] == (-0.5, 0.5)


def test_limits_fitted_during_a_run_are_fitted_again_at_its_end(page):
    """The toy's noise fades with every step; the truth's limits stay."""
    session = page.session
    session.method = "toy_dice"
    seen = []
    session.param.watch(lambda *_: seen.append(session.limits_of(session.picture("error"))), "result")
    session.run()
    page.settle()
    error = session.picture("error")
    assert session.limits["error"] == palette.limits(error.field.values, "error")
    assert seen[0] != session.limits["error"]


def test_another_region_is_cut_out_and_forgets_zoom_and_probe(page):
    session = page.session
    session.point(20.0, 30.0)
    session.view, session.limits = (10, 50, 10, 50), {"field": (-1.0, 1.0)}
    whole = session.scene.truth["ssh"]
    session.region = "west"
    page.settle()
    assert session.scene.truth["ssh"].shape == (48, 32)
    assert (session.view, session.probe, session.limits) == (None, None, {})
    session.region = "32,96,16,64"
    page.settle()
    part = whole.isel(y=slice(8, 32), x=slice(16, 48)).values
    np.testing.assert_array_equal(session.scene.truth["ssh"].values, part)


def test_another_field_is_shown_and_is_no_guide_of_itself(page):
    session = page.session
    assert session.lower_a == "guide:sst"
    session.field = "sst"
    page.settle()
    assert session.scene.variable == session.picture("truth").field.name == "sst"
    assert session.units == "degC"
    assert "guide:sst" not in session.lower_choices.values()
    assert session.lower_a in session.lower_choices.values()
    assert session.lower_b in session.lower_choices.values()


def test_another_factor_makes_another_input(page):
    session = page.session
    session.limits = {"field": (-1.0, 1.0), "error": (-0.5, 0.5), "vorticity": (-2.0, 2.0)}
    coarse = rmse(session)
    session.factor = 2
    page.settle()
    assert session.scene.problem.low["ssh"].shape == (24, 32)
    assert session.limits == {"field": (-1.0, 1.0), "vorticity": (-2.0, 2.0)}
    assert rmse(session) < coarse


def test_a_low_pass_gets_a_width_that_then_is_the_persons(page):
    session = page.session
    assert not session.low_pass
    session.degradation = "gaussian"
    page.settle()
    assert session.low_pass
    assert session.width_km == 8.0  # a factor of 4 on 2 km
    assert session.scene.problem.degradation.scale_km == 8.0
    assert session.scene.problem.low["ssh"].shape == (48, 64)
    session.width_km = 20.0
    page.settle()
    session.degradation = "box"
    page.settle()
    assert session.width_km == session.scene.problem.degradation.scale_km == 20.0


def test_a_link_to_a_low_pass_without_a_width_means_the_factors(open_page):
    page = open_page(degradation="gaussian").settle()
    assert page.session.scene.problem.degradation.scale_km == pytest.approx(8.0)


def test_noise_is_in_the_input_and_always_the_same(page):
    session = page.session
    clean = session.picture("input").field.values
    session.noise = 0.1
    page.settle()
    noisy = session.picture("input").field.values
    assert 0.05 < np.std(noisy - clean) < 0.2
    session.noise = 0.0
    page.settle()
    np.testing.assert_array_equal(session.picture("input").field.values, clean)


def test_settings_of_a_cheap_method_rerun_at_once(page):
    session = page.session
    before = float(session.result.table["consistency_max"])
    session.configured.consistent = True
    page.settle()
    assert before > 1e-2
    assert float(session.result.table["consistency_max"]) < 1e-5
    assert not session.stale


def test_dates_step_as_far_as_there_are_any(page):
    session = page.session
    session.step_date(2)
    assert session.time == "2010-01-03"
    session.step_date(99)
    assert session.time == "2010-01-06"
    session.step_date(-99)
    assert session.time == "2010-01-01"


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
    scene, estimate, query = session.scene, session.result.values.values, session.query()
    complaints = session.select(wrong)
    assert len(complaints) == 1
    assert one_sentence(complaints[0]).startswith(says)
    page.settle()
    assert session.message == complaints[0]
    assert session.query() == query
    assert session.scene is scene
    np.testing.assert_array_equal(session.result.values.values, estimate)
    assert not session.stale
    session.select({"time": "2010-01-02"})
    page.settle()
    assert (session.message, session.scene.time) == ("", "2010-01-02")


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
    session.run()
    page.settle()
    scene, result = session.scene, session.result
    setattr(session, name, value)
    page.settle()
    assert says in one_sentence(session.message)
    assert session.scene is scene
    assert session.result is result
    assert session.stale
    session.param.update(region="west", width_km=10.0)
    page.settle()
    session.run()
    page.settle()
    assert (session.message, session.stale, session.busy) == ("", False, False)
    assert session.result.scene is session.scene is not scene


def test_the_right_part_of_a_partly_wrong_choice_is_used(page):
    complaints = page.session.select({"factor": "1000", "time": "2010-01-03", "seed": "abc", "method": "bilinear"})
    page.settle()
    assert len(complaints) == 2
    assert page.session.message == " ".join(complaints)
    assert (page.session.time, page.session.method, page.session.factor) == ("2010-01-03", "bilinear", 4)


def test_a_method_that_raises_says_one_sentence_and_leaves_the_rest(page, caplog):
    session = page.session
    scene = session.scene
    session.method = "toy_broken"
    page.settle()
    session.run()
    page.settle()
    assert one_sentence(session.message) == "The run stopped with RuntimeError; the log has the details."
    assert "it broke" in caplog.text
    assert session.stale
    assert session.scene is scene
    session.method = "bicubic"
    page.settle()
    assert (session.message, session.stale, session.result.method) == ("", False, "bicubic")


# ---- slow methods --------------------------------------------------------------------------------------------------


def test_a_slow_method_waits_for_run(page):
    session = page.session
    before = session.result
    session.method = "toy_dice"
    page.settle()
    assert session.result is before
    assert session.stale
    session.run()
    assert session.busy
    page.settle()
    assert (session.result.method, session.result.index, session.result.total) == ("toy_dice", 4, 4)
    assert (session.stale, session.progress) == (False, 1.0)


def test_changes_beside_a_slow_method_show_the_new_scene_and_mark_the_old_result(open_page):
    page = open_page(method="toy_dice").settle()
    session = page.session
    assert session.result is None
    assert not session.stale
    session.run()
    page.settle()
    result = session.result
    session.time = "2010-01-02"
    assert session.stale
    page.settle()
    assert session.scene.time == "2010-01-02"
    assert session.result is result
    assert session.stale
    session.configured.strength = 1.0
    page.settle()
    assert session.stale
    session.run()
    page.settle()
    assert session.result.scene is session.scene
    assert not session.stale


def test_quick_changes_beside_a_slow_method_end_at_the_last_one(open_page):
    page = open_page(method="toy_dice").settle()
    for time in ("2010-01-02", "2010-01-03", "2010-01-04"):
        page.session.time = time
    page.settle()
    assert page.session.scene.time == "2010-01-04"
    page.session.time = "2010-01-05"
    page.settle()
    assert page.session.scene.time == "2010-01-05"


def test_every_step_of_a_run_is_shown_with_its_progress(page):
    session, seen = page.session, []
    session.method = "toy_dice"
    page.settle()
    session.param.watch(lambda event: seen.append((event.new.index, session.progress)), "result")
    session.run()
    page.settle()
    assert seen == [(1, 0.25), (2, 0.5), (3, 0.75), (4, 1.0), (4, 1.0)]
    assert session.time_left == 0


def test_a_first_guess_before_any_step_is_shown_too(page):
    session, seen = page.session, []
    session.method = "toy_beginning"
    page.settle()
    session.param.watch(lambda event: seen.append((event.new.index, session.progress)), "result")
    session.run()
    page.settle()
    assert seen == [(0, 0.0), (1, 0.25), (2, 0.5), (3, 0.75), (4, 1.0), (4, 1.0)]
    assert session.message == ""


def test_cancel_stops_before_the_next_step_and_the_page_works_on(page, toys):
    session = page.session
    session.method = "toy_gated"
    page.settle()
    session.run()
    page.until(lambda: session.result.index == 1 and session.result.method == "toy_gated")
    assert session.busy
    session.cancel()
    assert (session.busy, session.stale) == (False, True)
    toys.Gated.gate.set()
    session.method = "bilinear"
    page.settle()
    assert session.result.method == "bilinear"
    assert not session.stale


def test_nothing_of_a_cancelled_run_arrives(page, toys):
    session = page.session
    session.method = "toy_gated"
    page.settle()
    session.run()
    page.until(lambda: session.result.index == 1 and session.result.method == "toy_gated")
    first, ticket = session.result, session._ticket
    session.cancel()
    toys.Gated.gate.set()
    stage.wait_for(lambda: ticket.work.gi_frame is None)
    while not page.calls.empty():
        page.calls.get()()
    assert session.result is first
    assert (session.busy, session.stale) == (False, True)


def test_cancel_without_a_run_changes_nothing(page):
    page.session.cancel()
    assert (page.session.busy, page.session.stale) == (False, False)


def test_a_result_that_waits_in_the_queue_never_overwrites_a_newer_run(page, toys):
    """The old run's steps were handed over before the new run began, and are made after it."""
    session = page.session
    session.method = "toy_dice"
    page.settle()
    session.run()
    page.waiting(6)  # the scene, four steps, the end
    session.seed = 7  # a newer ticket
    session.run()
    shown = []
    session.param.watch(lambda event: shown.append(event.new), "result")
    page.settle()
    assert [result.index for result in shown] == [1, 2, 3, 4, 4]
    newer = session.result
    session.seed = 0
    session.run()
    page.settle()
    assert not same_field(newer, session.result)


def test_the_last_of_many_hasty_runs_wins(page):
    session, choose = page.session, random.Random(3)
    wanted = None
    for _ in range(40):
        wanted = choose.choice(["bicubic", "toy_dice", "bilinear", "toy_members"]), choose.randrange(5)
        session.method, session.seed = wanted
        session.run()
        for _ in range(choose.randrange(4)):
            if not page.calls.empty():
                page.calls.get()()
    page.settle()
    fresh = methods_result(session.scene, *wanted)
    assert session.result.method == wanted[0]
    np.testing.assert_array_equal(session.result.estimate["ssh"].values, fresh)
    assert (session.busy, session.stale, session.message) == (False, False, "")


def methods_result(scene, method: str, seed: int) -> np.ndarray:
    return METHODS[method]().predict(scene.problem, seed=seed)["ssh"].values


def test_the_settings_of_a_run_are_those_at_its_start(page, toys):
    session = page.session
    session.method = "toy_gated"
    page.settle()
    session.run()
    page.until(lambda: session.result.index == 1 and session.result.method == "toy_gated")
    session._quiet = True  # else the change would begin a new run
    session.configured.consistent = True
    session._quiet = False
    toys.Gated.gate.set()
    page.settle()
    assert float(session.result.table["consistency_max"]) > 1e-3


def test_the_same_seed_gives_the_same_estimate_and_another_does_not(open_page, monkeypatch):
    import explorer.jobs.resolution_run
    from explorer.jobs.worker import Cache

    found = []
    for seed in (11, 11, 12):
        monkeypatch.setattr(explorer.running, "CACHE", Cache())
        page = open_page(method="toy_dice", seed=seed).settle()
        page.session.run()
        page.settle()
        assert not page.session.result.cached
        found.append(page.session.result)
    assert same_field(found[0], found[1])
    assert not same_field(found[0], found[2])


def test_a_run_made_before_comes_from_the_cache(open_page):
    first = open_page(method="toy_dice").settle()
    first.session.run()
    first.settle()
    second = open_page(method="toy_dice").settle()
    second.session.run()
    second.settle()
    assert (first.session.result.cached, second.session.result.cached) == (False, True)
    assert same_field(first.session.result, second.session.result)


# ---- more than one page --------------------------------------------------------------------------------------------


def test_two_pages_do_not_touch_each_other(open_page):
    one, other = open_page().settle(), open_page().settle()
    before = other.session.query()
    one.session.select({"source": "toy_coast", "method": "bilinear", "m.consistent": "true", "limits": "field:0,1"})
    one.settle()
    assert other.calls.empty()
    assert other.session.query() == before
    assert (other.session.source, other.session.configured.consistent) == ("toy_sea", False)
    assert next(iter(other.session.param.time.objects)) == "2010-01-01"
    assert list(other.session.param.field.objects) == ["ssh", "sst"]


def test_a_page_that_is_closed_stops_its_run_alone(open_page, toys):
    one, other = open_page(method="toy_gated").settle(), open_page().settle()
    one.session.run()
    assert toys.Gated.entered.wait(stage.PATIENCE)
    one.session.close()
    toys.Gated.gate.set()
    other.session.method = "bilinear"
    other.settle()
    stage.wait_for(lambda: one.session._ticket.work.gi_frame is None)
    while not one.calls.empty():
        one.calls.get()()
    assert one.session.result is None
    assert other.session.result.method == "bilinear"


def test_a_page_that_never_started_can_be_closed():
    Session().close()


# ---- missing data --------------------------------------------------------------------------------------------------


@pytest.fixture
def absent(page, no_data, monkeypatch, toys):
    """A page with a picture that then asked for a data set whose files are not here."""
    monkeypatch.setattr(toys.Absent, "fetched", False)
    page.session.source = "toy_absent"
    return page.settle()


def test_missing_files_are_named_in_one_sentence(absent):
    session = absent.session
    assert "toy/first.nc" in one_sentence(session.message)
    assert [file.path for file in session.missing] == ["toy/first.nc"]
    assert session.scene.key == session.result.scene.key == "toy_sea"
    assert session.stale
    session.source = "toy_sea"
    absent.settle()
    assert (session.missing, session.message, session.stale) == ([], "", False)


def two_files(session: Session, toys) -> None:
    session.missing = list(toys.Absent.files)


def test_a_download_shows_its_progress_and_opens_the_scene(absent, monkeypatch, toys):
    session, seen, asked = absent.session, [], []

    def fetch(file, progress):
        asked.append(file.path)
        for part in (0, file.bytes // 2, file.bytes):
            progress(part, file.bytes)
        toys.Absent.fetched = len(asked) == 2

    monkeypatch.setattr(explorer.working, "fetch", fetch)
    two_files(session, toys)
    session.param.watch(lambda event: seen.append(event.new), "download")
    session.fetch()
    assert (session.download, session.message) == (0.0, "")
    session.fetch()  # a second click starts no second download
    absent.settle()
    assert asked == ["toy/first.nc", "toy/second.nc"]
    assert seen == [0.0, 0.375, 0.75, 0.875, 1.0, None]
    assert (session.missing, session.message, session.stale) == ([], "", False)
    assert session.scene.key == session.result.scene.key == "toy_absent"


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

    scene, result = session.scene, session.result
    monkeypatch.setattr(explorer.working, "fetch", fails)
    session.fetch()
    absent.settle()
    assert says in one_sentence(session.message)
    assert session.download is None
    assert [file.path for file in session.missing] == ["toy/first.nc"]
    assert (session.scene, session.result) == (scene, result)
    monkeypatch.setattr(explorer.working, "fetch", works)
    session.param.watch(lambda event: seen.append(event.new), "download")
    session.fetch()
    absent.settle()
    assert seen == [0.0, 0.5, None]
    assert session.scene.key == "toy_absent"


def test_fetch_without_anything_missing_does_nothing(page, monkeypatch):
    called = Event()
    monkeypatch.setattr(explorer.working, "fetch", lambda *_: called.set())
    page.session.fetch()
    assert page.session.download is None
    assert not called.is_set()


def test_the_selection_may_change_during_a_download(absent, monkeypatch, toys):
    session, inside, go_on = absent.session, Event(), Event()

    def fetch(file, progress):
        inside.set()
        assert go_on.wait(stage.PATIENCE)
        toys.Absent.fetched = True

    monkeypatch.setattr(explorer.working, "fetch", fetch)
    session.fetch()
    assert inside.wait(stage.PATIENCE)
    session.source = "toy_coast"
    absent.until(lambda: not session.busy)
    go_on.set()
    absent.settle()
    assert session.scene.key == session.result.scene.key == "toy_coast"
    assert (session.download, session.message) == (None, "")


# ---- looking -------------------------------------------------------------------------------------------------------


def test_the_lower_maps_offer_what_the_scene_has(page):
    session = page.session
    offered = set(session.lower_choices.values())
    assert {"guide:sst", "estimate:vorticity", "truth:speed", "input:gradient", "consistency"} <= offered
    session.lower_a, session.lower_b = "truth:speed", "consistency"
    session.time = "2010-01-03"
    page.settle()
    assert (session.lower_a, session.lower_b) == ("truth:speed", "consistency")
    session.field = "sst"
    page.settle()
    assert "truth:speed" not in session.lower_choices.values()
    assert session.lower_a in session.lower_choices.values()
    assert session.lower_b == "consistency"
    session.source = "toy_unseen"
    page.settle()
    assert not [key for key in session.lower_choices.values() if key.startswith("truth")]


def test_what_is_on_the_screen_can_be_fitted_after_a_selection_that_opens_nothing(page):
    session = page.session
    session.source = "toy_absent"
    page.settle()
    assert session.missing
    for fit in (lambda: None, session.fit):
        fit()
        assert session.can_fit(session.picture("truth:speed"))
        assert session.limits_of(session.picture("truth:speed"))[1] > 0


def test_limits_are_fitted_once_and_stay_over_dates(page):
    session = page.session
    fitted = {key: session.limits_of(session.picture(key)) for key in ("input", "estimate", "truth", "error")}
    assert fitted["input"] == fitted["estimate"] == fitted["truth"]
    assert fitted["error"][0] == -fitted["error"][1]
    session.time = "2010-01-06"  # six times as high
    page.settle()
    assert {key: session.limits_of(session.picture(key)) for key in fitted} == fitted
    session.fit()
    assert session.limits == {}
    truth = session.scene.truth["ssh"].values
    low, high = session.limits_of(session.picture("input"))
    assert low <= np.percentile(truth, 0.5) < np.percentile(truth, 99.5) <= high
    assert high > 3 * fitted["input"][1]


def test_limits_that_were_set_are_used(page):
    page.session.limits = {"field": (-7.0, 8.0)}
    assert page.session.limits_of(page.session.picture("truth")) == (-7.0, 8.0)
    assert page.session.limits_of(page.session.picture("estimate")) == (-7.0, 8.0)


def test_limits_without_a_truth_are_fitted_to_what_is_shown(open_page):
    session = open_page(source="toy_unseen").settle().session
    low, high = session.limits_of(session.picture("input"))
    shown = session.picture("input").field.values
    assert low <= np.percentile(shown, 0.5) < np.percentile(shown, 99.5) <= high


def test_clicks_set_a_probe_then_a_transect_then_begin_again(page):
    session = page.session
    session.point(1.0, 2.0)
    assert (session.probe, session.probe_end) == ((1.0, 2.0), None)
    session.point(3.0, 4.0)
    assert (session.probe, session.probe_end) == ((1.0, 2.0), (3.0, 4.0))
    session.point(5.0, 6.0)
    assert (session.probe, session.probe_end) == ((5.0, 6.0), None)


def test_a_picture_is_made_once_per_scene_and_result(page, monkeypatch):
    made = []
    real = pictures.picture
    monkeypatch.setattr(pictures, "picture", lambda key, *rest: (made.append(key), real(key, *rest))[1])
    session = page.session
    session._pictures.clear()
    assert session.picture("error") is session.picture("error")
    assert session.picture("truth:speed") is session.picture("truth:speed")
    assert made == ["error", "truth:speed"]
    session.configured.consistent = True
    page.settle()
    session.picture("truth:speed")
    assert made == ["error", "truth:speed"]
    session.picture("error")
    assert made == ["error", "truth:speed", "error"]


def test_an_old_result_is_never_mixed_with_a_new_scene(open_page):
    """Beside a slow method the scene changes first: no error of one date against the truth of another."""
    page = open_page(method="toy_dice").settle()
    session = page.session
    session.run()
    page.settle()
    assert session.picture("error") is not None
    for change in ({"time": "2010-01-02"}, {"region": "west"}, {"factor": "2"}):
        session.select(change)
        page.settle()
        for key in ("estimate", "error", "consistency", "estimate:vorticity"):
            assert session.picture(key) is None, (change, key)
        assert session.picture("truth").field.equals(session.scene.truth["ssh"])
    session.run()
    page.settle()
    error = session.result.values.values - session.scene.truth["ssh"].values
    np.testing.assert_array_equal(session.picture("error").field.values, error)


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
        one.session.run()
        one.settle()
        assert one.session.message == "", wanted
        link = one.session.query()
        other = open_page()
        assert other.session.select(link) == []
        other.settle()
        other.session.run()
        other.settle()
        assert other.session.query() == link
        assert other.session.selection == one.session.selection, wanted
        assert settings_of(other.session) == settings_of(one.session)
        assert same_field(one.session.result, other.session.result), wanted


def settings_of(session: Session) -> dict:
    return {name: getattr(session.configured, name) for name in settings(session.configured)}


def test_back_undoes_what_a_link_may_leave_out(page):
    """As the page does it: the optional things blank, then what the address says."""
    session = page.session
    link = session.query()
    session.point(1.0, 2.0)
    session.view, session.limits = (1, 2, 3, 4), {"field": (0.0, 1.0)}
    blank = dict.fromkeys(Session.OPTIONAL, "")
    assert session.select({**blank, **link}) == []
    page.settle()
    assert (session.probe, session.view, session.limits, session.message) == (None, None, {}, "")
    assert session.query() == link
