"""Files are made in the worker of what was on the screen when they were asked for; they can be stopped and may fail."""

import queue
import time

import numpy as np
import pytest
import stage
import xarray as xr
from motions import moved

from engine.errors import InputError
from explorer.base.exporting import Exporter
from explorer.base.widgets.export import Export
from explorer.pages.motion.figure import MotionScreen
from explorer.pages.motion.films import films as motion_films
from explorer.pages.resolution.figure import ResolutionScreen
from explorer.pages.resolution.films import films

pytestmark = pytest.mark.filterwarnings("ignore:Both 'variant' and 'button_style':PendingDeprecationWarning")


@pytest.fixture
def exporter(page):
    made = Exporter(page.session, ResolutionScreen.of, films)
    page.session.outcome.param.trigger("result")
    yield made
    made.cancel()


def wait(page, exporter):
    page.until(lambda: not exporter.busy)
    return exporter.file


def test_what_is_made_is_what_was_on_the_screen_then(page, exporter, tmp_path):
    exporter.numbers()
    assert exporter.busy
    page.session.selection.time = "2010-01-04"  # while it is being made
    file = wait(page, exporter)
    assert file.name == "finescale-toy-sea-ssh-everything-2010-01-01-bicubic.nc"
    (tmp_path / file.name).write_bytes(file.content)
    with xr.open_dataset(tmp_path / file.name, engine="netcdf4") as data:
        assert data["time"] == np.datetime64("2010-01-01")


def test_a_png_says_inside_what_it_is(page, exporter):
    exporter.picture()
    content = wait(page, exporter).content
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert ResolutionScreen.of(page.session).provenance.split(" · ")[1].encode() in content


def test_one_thing_is_made_at_a_time(page, exporter):
    exporter.numbers()
    exporter.picture()
    assert wait(page, exporter).kind == "nc"


def test_a_film_tells_how_far_it_is_and_can_be_stopped(page, exporter):
    exporter.param.update(first="2010-01-01", last="2010-01-03", kind="gif")
    seen = []
    exporter.param.watch(lambda event: seen.append(event.new), "progress")
    exporter.film()
    assert wait(page, exporter).kind == "gif"
    assert [round(share, 2) for share in seen if share is not None] == [0.33, 0.67, 1]
    exporter.film()
    page.until(lambda: exporter.progress is not None)
    exporter.cancel()
    assert (exporter.busy, exporter.file, exporter.progress) == (False, None, None)
    time.sleep(0.3)
    while not page.calls.empty():
        page.calls.get()()
    assert exporter.file is None
    exporter.numbers()
    assert wait(page, exporter).kind == "nc"


def test_what_goes_wrong_is_one_sentence(page, exporter, monkeypatch):
    def refuse(*_):
        raise InputError("There is no room for it.")

    monkeypatch.setattr(ResolutionScreen, "dataset", refuse)
    exporter.numbers()
    page.until(lambda: not exporter.busy)
    assert page.session.run.message == "There is no room for it."
    assert exporter.file is None


def test_a_breakdown_is_one_sentence_too(page, exporter, monkeypatch, quiet_log):
    monkeypatch.setattr(ResolutionScreen, "figure", lambda self: 1 / 0)
    exporter.picture()
    page.until(lambda: not exporter.busy)
    assert stage.one_sentence(page.session.run.message).startswith("The export stopped with ZeroDivisionError")


def test_what_can_be_filmed_follows_the_screen(page, exporter):
    assert exporter.offered == {"Dates": "dates"}
    page.session.chosen.method = "toy_members"
    page.settle()
    page.session.start()
    page.settle()
    assert list(exporter.offered.values()) == ["dates", "members", "calls"]
    exporter.filmed = "members"
    page.session.chosen.method = "bicubic"
    page.settle()
    assert exporter.filmed == "dates"
    page.session.selection.source = "toy_coast"
    page.settle()
    assert (exporter.first, exporter.dates) == (page.session.selection.time, ["2012-05-02", "2012-05-03"])


def test_motion_offers_its_images_and_iterates():
    session = moved(**{"m.iterations": "2"})
    exporter = Exporter(session, MotionScreen.of, motion_films)
    session.outcome.param.trigger("result")
    assert list(exporter.offered.values()) == ["times", "iterates"]
    session.chosen.method = "persistence"
    end = time.monotonic() + 30
    while "iterates" in exporter.offered.values() and time.monotonic() < end:
        time.sleep(0.02)
    assert exporter.filmed == "times"


def test_the_buttons_rest_while_something_is_made(page, exporter):
    view, sent = Export(exporter), queue.Queue()
    view.courier._send_msg = sent.put
    page.session.outcome.param.trigger("scene")
    assert [button.disabled for button in view.makers] == [False] * 2
    view.makers[1].param.trigger("clicks")
    assert exporter.busy
    assert [button.disabled for button in view.makers] == [True] * 2
    assert view.state.visible
    file = wait(page, exporter)
    assert sent.get_nowait() == {"name": file.name, "type": "application/x-netcdf", "content": file.content}
    assert not view.state.visible
