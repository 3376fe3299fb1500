"""A file of one's own on the page: looked at, asked about, shown in this session alone, and again by its link."""

import json
import re
from contextlib import contextmanager
from urllib.parse import quote

import numpy as np
import pytest
import xarray as xr
from bokeh.models import HoverTool
from stage import PATIENCE, one_sentence, wait_for
from waves import LAT, LON, rest, wave, write

from explorer.base.widgets.own_file import OwnFileDialog, Provenance
from explorer.base.widgets.status import Headline
from explorer.drawing.panes import Frame, MapPane
from explorer.figures import cf, sheet
from explorer.jobs import worker as jobs
from explorer.pages.resolution.figure import ResolutionScreen
from explorer.pages.resolution.script import code

BAD = "<img src=x onerror=alert(1)>"


def test_a_file_is_looked_at_asked_about_and_shown(root, open_page):
    page, other = open_page(), open_page()
    opening = page.session.own_file
    opening.look("bare.nc")
    rest(page)
    assert opening.examined.facts["Dates"] == "3, 2010-05-01 to 2010-05-03"
    assert not opening.ready
    (asked,) = opening.examined.asking.open
    opening.answer(asked.name, "K")
    rest(page)
    assert opening.ready
    opening.open()
    rest(page)
    session = page.session
    assert session.selection.source == "own:bare.nc;unit=K"
    assert session.data.title in session.selection.param.source.get_range()
    np.testing.assert_allclose(
        session.outcome.scene.truth["a"], wave()[0, :, :30], atol=1e-5
    )  # a multiple of the factor
    assert session.outcome.scene.kind == "unknown", "a file that does not say where it comes from"
    assert session.units == "K"
    assert session.outcome.current is not None
    session.step_date(1)
    rest(page)
    assert session.outcome.scene.time == "2010-05-02"
    assert session.selection.source not in other.session.selection.param.source.get_range().values(), (
        "another person's page"
    )


def test_a_link_restores_the_same_picture(root, open_page):
    page = rest(open_page(source="own:bare.nc;unit=K;mode=input", time="2010-05-03", factor="3"))
    session = page.session
    assert session.run.message == ""
    assert session.outcome.scene.truth is None
    other = rest(open_page(**session.query())).session
    assert other.query() == session.query()
    xr.testing.assert_identical(other.outcome.current.estimate, session.outcome.current.estimate)


def test_where_a_file_comes_from_is_asked_and_kept_in_the_link(root, open_page):
    page = rest(open_page(source="own:bare.nc;unit=K", time="2010-05-02"))
    session, asked = page.session, Provenance(page.session)
    before = len(session.selection.param.source.get_range())
    assert asked.row.visible
    assert "UNKNOWN" in Headline(session).view.object
    asked.choice.value = "simulated"
    rest(page)
    assert session.query()["source"] == "own:bare.nc;unit=K;kind=simulated"
    assert session.outcome.scene.time == "2010-05-02"
    assert "SIMULATED" in Headline(session).view.object
    assert not asked.row.visible
    assert len(session.selection.param.source.get_range()) == before, "one file, not two"
    other = rest(open_page(**session.query())).session
    assert other.outcome.scene.kind == "simulated"


def test_an_origin_that_is_none_is_refused(root, open_page):
    page = rest(open_page(source=f"own:bare.nc;unit=K;kind={quote(BAD)}"))
    assert "no answer" in one_sentence(page.session.run.message)


def test_what_a_link_leaves_open_is_asked(root, open_page):
    page = rest(open_page(source="own:bare.nc"))
    assert "unit" in one_sentence(page.session.run.message)
    assert page.session.own_file.shown
    page.session.own_file.answer("unit", "m")
    rest(page)
    page.session.own_file.open()
    rest(page)
    assert page.session.selection.source == "own:bare.nc;unit=m"
    assert not page.session.own_file.shown


def test_a_slow_file_keeps_nobody_but_its_owner_waiting(root, open_page, gate):
    gate.set()
    page, neighbour = rest(open_page(source="own:plain.nc")), open_page().settle()
    gate.clear()
    page.session.step_date(1)
    wait_for(lambda: jobs.WORKER._parked)
    neighbour.session.step_date(1)
    assert neighbour.settle().session.outcome.scene.time == "2010-01-02"
    gate.set()
    assert page.settle().session.outcome.scene.time == "2010-05-02"


@pytest.mark.parametrize("later", ["select", "hand"])
def test_a_later_choice_overrides_a_link_that_is_still_being_followed(root, open_page, gate, later):
    page = open_page().settle()
    page.session.select({"source": "own:plain.nc"})
    opening = page.session.own_file
    assert opening.busy
    if later == "select":
        page.session.select({"source": "toy_coast"})
    else:
        page.session.selection.source = "toy_coast"
    assert not opening.busy
    gate.set()
    opening._under_way.exception(PATIENCE)
    wait_for(lambda: page.calls.qsize() > 0)
    page.settle()
    while not page.calls.empty():
        page.calls.get()()
    assert page.session.selection.source == "toy_coast"
    assert page.session.outcome.scene.key == "toy_coast"


def test_a_file_that_a_person_opens_is_opened_as_their_choice(root, open_page):
    """A link's file belongs to the entry of the history that it was in; one of the dialog is a new one."""
    page, chosen = open_page(), []

    @contextmanager
    def as_chosen():
        chosen.append(page.session.selection.source)
        yield
        chosen.append(page.session.selection.source)

    page.session.own_file.as_chosen = as_chosen
    page.session.select({"source": "own:plain.nc"})
    rest(page)
    assert chosen == []
    page.session.own_file.look("bare.nc", {"unit": "m"})
    rest(page)
    page.session.own_file.open()
    rest(page)
    assert chosen == ["own:plain.nc", "own:bare.nc;unit=m"]


@pytest.mark.parametrize(
    "source", ["own:none.nc", "own:../secret.nc", "own:/etc/passwd", "own:http://127.0.0.1/a.zarr", f"own:{'0' * 64}",
               "own:plain.nc;mode=both", "own:", "own:plain.nc;unit"],
)  # fmt: skip
def test_a_link_to_what_cannot_be_opened_is_one_sentence_and_the_page_lives(root, open_page, source):
    write(root.parent / "secret.nc")
    page = rest(open_page(source=source))
    one_sentence(page.session.run.message)
    assert page.session.outcome.scene is not None, "the first source is on the screen"
    assert not page.session.selection.source.startswith("own:")


def test_without_named_folders_only_uploads_are_opened(root, open_page, monkeypatch):
    monkeypatch.delenv("FINESCALE_FILES")
    page = rest(open_page(source="own:plain.nc"))
    assert "folders" in one_sentence(page.session.run.message)
    view = OwnFileDialog(page.session.own_file)
    assert not view.dialog.objects[1].visible, "there is no path to type"


def test_what_is_left_behind_does_not_come_back(root, open_page):
    page = open_page()
    opening = page.session.own_file
    opening.shown = True
    opening.look("plain.nc")
    opening.close()
    wait_for(lambda: page.calls.qsize() > 0)
    page.calls.get()()
    assert opening.examined is None
    assert not opening.busy


def test_a_file_that_has_changed_is_shown_anew(root, open_page):
    page = rest(open_page(source="own:plain.nc"))
    before = float(page.session.outcome.scene.truth["a"].mean())
    write(root / "plain.nc", extra=5.0)
    page.session.own_file.look("plain.nc")
    rest(page)
    page.session.own_file.open()
    rest(page)
    assert float(page.session.outcome.scene.truth["a"].mean()) == pytest.approx(before + 5, abs=1e-4)
    again = rest(open_page(source="own:plain.nc"))
    assert float(again.session.outcome.current.estimate["a"].mean()) == pytest.approx(before + 5, abs=0.1)


def test_the_code_of_an_own_file_runs_where_the_file_is(root, open_page, monkeypatch):
    page = rest(open_page(source="own:bare.nc;unit=K", time="2010-05-02", factor="2"))
    monkeypatch.chdir(root)
    names: dict = {}
    exec(compile(code(page.session), "code", "exec"), names)
    np.testing.assert_array_equal(names["estimate"]["a"], page.session.outcome.current.estimate["a"])


@pytest.mark.parametrize(("units", "calendar", "kept"), [("days since 2010-05-01", "standard", True), ("", "", False)])
def test_the_file_that_leaves_the_page_has_a_date_where_there_is_one(root, open_page, units, calendar, kept):
    coords = {"lat": ("lat", LAT, {"units": "degrees_north"}), "lon": ("lon", LON, {"units": "degrees_east"}),
              "time": ("time", np.arange(3.0), {"units": units, "calendar": calendar})}  # fmt: skip
    xr.Dataset({"a": (("time", "lat", "lon"), wave(), {"units": "m"})}, coords).to_netcdf(root / "dated.nc")
    page = rest(open_page(source="own:dated.nc"))
    (root / "left.nc").write_bytes(cf.written(ResolutionScreen.of(page.session).dataset()))
    with xr.open_dataset(root / "left.nc") as data:
        assert ("time" in data.coords) is kept
        assert data.attrs["time_shown"] == page.session.outcome.scene.time
        assert "own:dated.nc" in data.attrs["link"]
        assert ("not understood" in data.attrs.get("comment", "")) is not kept


# ---- what a file says is shown as text ------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Glyph")
def test_words_of_a_file_are_text_wherever_they_show(root, open_page):
    write(root / "bad.nc", units=f"{BAD}@x{{safe}}$$", title=f"{BAD}\\[x\\]")
    page = open_page()
    view = OwnFileDialog(page.session.own_file)
    page.session.own_file.look("bad.nc")
    rest(page)
    assert BAD not in view.facts.object
    assert "&lt;img" in view.facts.object
    assert all(BAD not in part.object for part in view.answers if hasattr(part, "object"))
    page.session.own_file.open()
    rest(page)
    pane = MapPane(Frame(), "estimate")
    picture = page.session.display.picture("estimate")
    pane.show(picture, (0.0, 1.0))
    assert BAD not in pane.title.object
    (hover,) = (tool for tool in pane.figure.tools if isinstance(tool, HoverTool))
    value = hover.tooltips[0][1]
    assert BAD not in value
    assert value.count("@") == 1, "the one field of the picture"
    assert "$" not in json.dumps(picture.field.attrs) + page.session.data.title
    assert "\\" not in page.session.data.title
    screen = ResolutionScreen.of(page.session)
    fig = screen.figure()
    sheet.settle(fig)
    assert sheet.png(fig, {"Title": screen.heading, "Description": screen.provenance}).startswith(b"\x89PNG")
    assert re.fullmatch("[a-z0-9-]+", screen.stem)


def test_the_dialog_asks_for_what_is_open_first(root, open_page):
    page = open_page()
    view = OwnFileDialog(page.session.own_file)
    assert view.show.disabled
    page.session.own_file.look("bare.nc")
    rest(page)
    names = [name for name, widget in view.widgets.items() if widget in list(view.answers)]
    assert set(names) == {"unit", "mode", "kind"}, "of one variable there is nothing to choose"
    assert view.answers[1] is view.widgets["unit"], "the open question stands first"
    view.widgets["unit"].value = "degC"
    rest(page)
    assert not view.show.disabled
    assert view.widgets["quantity"].value == "own"
    assert "sst" in view.widgets["quantity"].options.values()
    view.show.param.trigger("clicks")
    rest(page)
    assert page.session.selection.source == "own:bare.nc;unit=degC"
    assert not view.dialog.open
