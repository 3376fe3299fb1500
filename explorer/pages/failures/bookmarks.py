"""Bookmarks of cases with notes: what a browser or a file brings is checked here before anything of it is shown.

They are kept by the browser (its local storage), not by the server: on a served page each person has their own without
a name or a password, nobody reads another's notes, and they outlive the server. The price is that they stay in that
one browser; export and import carry them to another.
"""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode

from engine.errors import InputError

MOST = 200  # bookmarks
LARGEST = 5_000_000  # bytes of a file: MOST of the longest, in any script, are fewer
LENGTHS = {"title": 200, "note": 2000, "query": 4000, "made": 40}  # characters
KIND = "finescale bookmarks 1"

Bookmark = dict[str, str]  # title, note, query (the page's address), made (when)


def bookmark(title: str, note: str, query: dict[str, str], made: str) -> Bookmark:
    """A bookmark that `checked` takes; raises InputError where the link is too long to be kept."""
    link = urlencode(query, safe=",:;")
    if len(link) > LENGTHS["query"]:
        raise InputError("This choice is too long to be remembered: take fewer methods or regions.")
    return {"title": title[: LENGTHS["title"]], "note": note[: LENGTHS["note"]], "query": link, "made": made}


def write(bookmarks: Sequence[Bookmark]) -> str:
    """The text of a file that `read` understands."""
    return json.dumps({"kind": KIND, "bookmarks": list(bookmarks)}, indent=1, ensure_ascii=False) + "\n"


def read(data: bytes, names: Collection[str]) -> list[Bookmark]:
    """The bookmarks of a file; raises InputError with one sentence for a file that holds anything else."""
    if len(data) > LARGEST:
        raise InputError(f"The file has {len(data) / 1e6:.1f} MB; bookmarks are at most {LARGEST / 1e6:.0f} MB.")
    try:
        content = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise InputError("The file is no JSON: take one that this page has exported.") from None
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise InputError("The file holds no bookmarks of this page: take one that it has exported.")
    return checked(content.get("bookmarks"), names)


def checked(items: Any, names: Collection[str]) -> list[Bookmark]:
    """Bookmarks made of strings of bounded length, their links of settings that the page has; raises InputError."""
    if not isinstance(items, list) or len(items) > MOST:
        raise InputError(f"Bookmarks are a list of at most {MOST}.")
    return [_checked(number, item, names) for number, item in enumerate(items, 1)]


def usable(items: Any, names: Collection[str]) -> list[Bookmark]:
    """Those of what a browser has kept that `checked` takes, MOST of them at most; the others are left out."""
    good: list[Bookmark] = []
    for item in items if isinstance(items, list) else []:
        with suppress(InputError):
            good += checked([item], names)
    return good[:MOST]


def merged(old: Sequence[Bookmark], new: Sequence[Bookmark]) -> list[Bookmark]:
    """Both, each link once, the newer note; raises InputError where they are too many."""
    together = {item["query"]: item for item in (*old, *new)}
    if len(together) > MOST:
        raise InputError(f"There would be {len(together)} bookmarks; at most {MOST} are kept: delete some first.")
    return list(together.values())


def _checked(number: int, item: Any, names: Collection[str]) -> Bookmark:
    if not isinstance(item, dict) or set(item) != set(LENGTHS):
        raise InputError(f"Bookmark {number} needs {', '.join(LENGTHS)}, and nothing else.")
    for name, length in LENGTHS.items():
        if not isinstance(item[name], str) or len(item[name]) > length:
            raise InputError(f"The {name} of bookmark {number} has to be text of at most {length} characters.")
    settings = dict(parse_qsl(item["query"]))
    if not settings or not set(settings) <= set(names):
        raise InputError(f"The link of bookmark {number} is not one of this page.")
    return {**item, "query": urlencode(settings, safe=",:;")}
