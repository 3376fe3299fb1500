"""Bookmarks from files and browsers: whole ones come back as they went, others are refused in one sentence."""

import json

import pytest
import stage

from engine.errors import InputError
from explorer.pages.failures import bookmarks
from explorer.pages.failures.session import FailureSession

NAMES = FailureSession().held
ONE = bookmarks.bookmark("Bicubic · Jet", "an <b>eddy</b>", {"source": "ocean_run", "regions": "box;jet"}, "2026-01-01")


def test_what_is_written_is_read_again():
    other = {**ONE, "query": "source=ice_run", "note": "é \u2028 '\""}
    assert bookmarks.read(bookmarks.write([ONE, other]).encode(), NAMES) == [ONE, other]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"note": "x" * 2001}, "at most 2000"),
        ({"note": 3}, "has to be text"),
        ({"query": "wings=2"}, "link of bookmark 1"),
        ({"query": "javascript:alert(1)"}, "link of bookmark 1"),
        ({"query": ""}, "link of bookmark 1"),
        ({"more": "x"}, "nothing else"),
    ],
)
def test_a_bookmark_that_is_none_is_refused(change, says):
    with pytest.raises(InputError, match=says) as caught:
        bookmarks.checked([{**ONE, **change}], NAMES)
    stage.one_sentence(str(caught.value))


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"[]", b"{}", b"null", b"[" * 100_000, b'{"kind": "other", "bookmarks": []}', b"x" * 5_000_001,
     json.dumps({"kind": bookmarks.KIND, "bookmarks": {}}).encode(),
     json.dumps({"kind": bookmarks.KIND, "bookmarks": [[]]}).encode(),
     json.dumps({"kind": bookmarks.KIND, "bookmarks": [ONE] * 201}).encode()],
    ids=range(11),
)  # fmt: skip
def test_a_file_that_holds_none_is_refused(data):
    with pytest.raises(InputError) as caught:
        bookmarks.read(data, NAMES)
    stage.one_sentence(str(caught.value))


def test_a_link_is_kept_once_with_the_newer_note():
    newer = {**ONE, "note": "seen again"}
    assert bookmarks.merged([ONE], [newer]) == [newer]
    many = [{**ONE, "query": f"seed={number}"} for number in range(bookmarks.MOST)]
    with pytest.raises(InputError, match="201 bookmarks"):
        bookmarks.merged(many, [ONE])


def test_of_what_a_browser_has_kept_one_that_is_none_takes_no_other_away():
    other = {**ONE, "query": "source=ice_run"}
    assert bookmarks.usable([ONE, {**ONE, "query": "wings=2"}, 3, {}, other], NAMES) == [ONE, other]
    assert bookmarks.usable({"kind": 1}, NAMES) == []
    assert len(bookmarks.usable([{**ONE, "query": f"seed={n}"} for n in range(300)], NAMES)) == bookmarks.MOST


def test_what_is_made_here_can_be_read_here():
    made = bookmarks.bookmark("t" * 300, "n" * 3000, {"methods": "m" * 3900}, "now")
    assert bookmarks.checked([made], NAMES) == [made]
    with pytest.raises(InputError, match="fewer methods or regions") as caught:
        bookmarks.bookmark("title", "", {"methods": "m" * 3000, "regions": "r" * 1000}, "now")
    stage.one_sentence(str(caught.value))


def test_a_full_list_of_the_longest_is_read_again():
    longest = [{**ONE, "title": "語" * 200, "note": "語" * 2000, "query": f"seed={n}&methods={'m' * 3980}"[:4000]}
               for n in range(bookmarks.MOST)]  # fmt: skip
    assert bookmarks.read(bookmarks.write(longest).encode(), NAMES) == longest
