"""Which pages one HTML answers where a server makes it once for all."""

from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest

from explorer.app import kind_of_page
from explorer.jobs.limits import LIMITS


def kind(query: str) -> tuple:
    arguments = {name: [value.encode("latin-1") for value in values] for name, values in parse_qs(query).items()}
    return kind_of_page(SimpleNamespace(path="/explorer", arguments=arguments))


@pytest.mark.parametrize("other", ["page=failures", "page=motion", "theme=dark", "page=failures&theme=dark"])
def test_pages_that_need_other_scripts_or_colours_have_their_own(other):
    assert kind(other) != kind("")
    assert kind(other) == kind(f"{other}&time=2005-01-02&source=ocean_run")


def test_a_link_makes_no_kinds_of_its_own():
    assert len({kind(f"page={name}&theme={name}") for name in ("", "explorer", "x", "ÿ", "<b>")}) == 1


def test_what_a_full_server_answers_is_not_kept_for_later(monkeypatch):
    before = kind("")
    monkeypatch.setattr(LIMITS, "sessions", 0)
    assert kind("") != before
