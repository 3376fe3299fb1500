"""A file that a visitor sends: in pieces, bounded, kept for its link."""

import types

import xarray as xr
from stage import one_sentence
from waves import rest

from explorer.base.widgets.own_file import OwnFileDialog
from explorer.jobs import uploads
from explorer.jobs.limits import LIMITS


def upload(opening, raw: bytes, size: int = 5000) -> None:
    parts = [raw[at : at + size] for at in range(0, len(raw), size)]
    for number, part in enumerate(parts, 1):
        opening.receive("mine.nc", number, len(parts), part)


def test_an_upload_comes_in_pieces_and_stays_for_its_link(root, open_page):
    page = open_page()
    upload(page.session.own_file, (root / "plain.nc").read_bytes())
    rest(page)
    page.session.own_file.open()
    rest(page)
    assert page.session.data.title == "mine.nc: a wave"
    assert len(page.session.selection.source) == len("own:") + 64
    other = rest(open_page(**page.session.query()))
    assert other.session.run.message == ""
    xr.testing.assert_identical(other.session.outcome.scene.truth, page.session.outcome.scene.truth)


def test_an_upload_that_is_too_large_or_torn_is_refused(root, open_page, monkeypatch):
    page = open_page()
    opening = page.session.own_file
    monkeypatch.setattr(LIMITS, "upload", 8000)
    upload(opening, bytes(20_000))
    assert "larger than" in one_sentence(opening.message)
    assert opening.progress is None
    opening.receive("a.nc", 1, 3, b"x")
    opening.receive("a.nc", 3, 3, b"x")
    assert "got lost" in one_sentence(opening.message)
    assert opening.examined is None


def test_uploads_on_their_way_are_bounded_together(root, open_page, monkeypatch):
    monkeypatch.setattr(uploads, "UNFINISHED", 10_000)
    first, second, third = (open_page().session.own_file for _ in range(3))
    for opening in (first, second):
        opening.receive("a.nc", 1, 3, bytes(4000))
    third.receive("b.nc", 1, 3, bytes(4000))
    assert "on its way" in one_sentence(third.message)
    assert third.progress is None
    second.close()
    third.receive("b.nc", 1, 3, bytes(4000))
    assert third.message == "", "there is room again"
    assert first.message == "", "what comes is not dropped for others"


def test_an_upload_that_stands_still_gives_way(root, open_page, monkeypatch):
    monkeypatch.setattr(uploads, "UNFINISHED", 10_000)
    monkeypatch.setattr(uploads, "IDLE", -1.0)
    still, coming = (open_page().session.own_file for _ in range(2))
    still.receive("a.nc", 1, 3, bytes(8000))
    coming.receive("b.nc", 1, 3, bytes(8000))
    assert coming.message == ""
    still.receive("a.nc", 2, 3, bytes(10))
    assert "stood still" in one_sentence(still.message)
    assert coming.message == ""


def test_an_upload_that_is_no_data_is_one_sentence(root, open_page):
    page = open_page()
    upload(page.session.own_file, b"MZ" + bytes(5000))
    rest(page)
    assert "neither NetCDF" in one_sentence(page.session.own_file.message)
    assert not page.session.own_file.ready


def test_an_upload_goes_on_while_a_link_is_left(root, open_page, gate):
    page = open_page().settle()
    raw = (root / "plain.nc").read_bytes()
    half = len(raw) // 2
    page.session.own_file.receive("mine.nc", 1, 2, raw[:half])
    page.session.select({"source": "own:plain.nc"})
    page.session.select({"source": "toy_coast"})
    gate.set()
    page.session.own_file.receive("mine.nc", 2, 2, raw[half:])
    rest(page)
    assert page.session.own_file.ready


def test_pieces_of_the_widget_reach_the_page(root, open_page):
    page = open_page()
    view = OwnFileDialog(page.session.own_file)
    raw = (root / "plain.nc").read_bytes()
    widget = view.dialog.objects[0]
    widget._send_msg = types.MethodType(lambda self, message: None, widget)
    half = len(raw) // 2
    for number, part in ((1, raw[:half]), (2, raw[half:])):
        message = {"name": "x.nc", "chunk": number, "total_chunks": 2, "mime_type": "", "data": part}
        widget._handle_msg({"status": "upload_event", **message})
    widget._handle_msg({"status": "finished"})
    rest(page)
    assert page.session.own_file.ready
