"""Toy data sets and methods in the registries for one test, an empty cache, and pages that are closed after it."""

import logging
import warnings
from threading import Event

import pytest

from engine import methods, scenes

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Passing 'N' to ListedColormap", DeprecationWarning)  # cmocean, matplotlib 3.11
    import stage
    from cases import SEA
    from cases import Page as Cases

from waves import write

from engine.reading.content import Content
from explorer.base.session import Session
from explorer.jobs import resolution_run
from explorer.jobs.cache import Cache


@pytest.fixture(autouse=True)
def loud(monkeypatch):
    """What fails in a view fails its test; on the page it is told in a sentence."""

    def fail(self, error: Exception) -> None:
        raise error

    monkeypatch.setattr(Session, "tell", fail)


@pytest.fixture
def toys(monkeypatch):
    """The toys beside the real data sets and methods, and an empty cache; nothing of it is left behind."""
    for registry, items in ((scenes.SCENES, stage.DATA_SETS), (methods.METHODS, stage.METHODS)):
        assert len(registry)  # loaded, so that the toys come last
        for key, item in items.items():
            monkeypatch.setitem(registry._items, key, item)
            monkeypatch.setattr(item, "key", key)
    monkeypatch.setattr(resolution_run, "CACHE", Cache())
    stage.Gated.gate.clear()
    stage.Gated.entered.clear()
    yield stage
    stage.Gated.gate.set()
    scenes.forget()


@pytest.fixture
def open_page(toys):
    """Opens pages on the toy sea, or on what is asked for, with six maps of the field; closes them after the test."""
    pages = []

    def start(**chosen) -> stage.Page:
        pages.append(stage.Page(**{"source": "toy_sea", "stage": "6", "quantity": "field", **chosen}))
        return pages[-1]

    yield start
    for page in pages:
        page.session.close()


@pytest.fixture
def page(open_page):
    """A page with its first picture."""
    return open_page().settle()


@pytest.fixture
def opened(toys, no_data, monkeypatch):
    """Opens pages "Failure cases" on the toy sea, whose data say their version, with an empty cache of rows."""
    monkeypatch.setattr(stage.Sea, "version", lambda self, time: "analytic", raising=False)
    pages = []

    def start(**chosen) -> Cases:
        pages.append(Cases())
        complaints = pages[-1].session.select({**SEA, **chosen})
        assert complaints == [], complaints
        pages[-1].settle()
        return pages[-1]

    yield start
    for page in pages:
        page.session.close()


@pytest.fixture
def quiet_log():
    """The log of runs that are meant to fail stays out of the report."""
    logger = logging.getLogger("finescale")
    before, logger.disabled = logger.disabled, True
    yield
    logger.disabled = before


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder that visitors may open, with a file in it and one that says no unit."""
    folder = tmp_path / "root"
    folder.mkdir()
    monkeypatch.setenv("FINESCALE_FILES", str(folder))
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    write(folder / "plain.nc")
    write(folder / "bare.nc", units="")
    return folder


@pytest.fixture
def gate(monkeypatch):
    """Reading files waits for it."""
    gate, read = Event(), Content.values

    def values(self, name, key):
        assert gate.wait(stage.PATIENCE)
        return read(self, name, key)

    monkeypatch.setattr(Content, "values", values)
    yield gate
    gate.set()


@pytest.fixture
def keeping_up(monkeypatch) -> None:
    """The page is quick enough to show every step."""
    monkeypatch.setattr("explorer.pages.resolution.session._passing", lambda item: False)
