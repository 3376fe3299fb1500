"""The tab "Time" without a server: the method over the dates, at the probe, along a line, and between two dates."""

from dataclasses import replace

import numpy as np
import pytest
import stage

from engine import methods, scenes
from engine.grid import Grid
from explorer.jobs import resolution_run
from explorer.pages.resolution.evolution import Evolution, window

PLACE = (41.0, 33.0)


def opened(page, date: str):
    """A date of the page, as the engine opens it by itself."""
    asked = page.session.request
    return scenes.open(
        asked.source, time=date, region=asked.region, field=asked.field, factor=asked.factor,
        degradation=asked.degradation, noise=asked.noise,
    )  # fmt: skip


def cell(field, place=PLACE) -> float:
    return float(field.sel(x=place[0], y=place[1], method="nearest"))


@pytest.fixture
def following(open_page):
    """Opens a page with a probe and its tab open, and waits until what can be known at once is there."""

    def start(probe=PLACE, **chosen):
        page = open_page(**chosen).settle()
        page.session.look.param.tab.objects = ["", "time"]
        page.session.display.probe = probe
        evolution = Evolution(page.session)
        page.session.look.tab = "time"
        page.until(lambda: not evolution.run.busy)
        return page, evolution

    return start


def test_the_series_is_what_the_engine_has_in_that_cell_on_every_date(following):
    page, evolution = following(method="bicubic")
    dates = [f"2010-01-0{day}" for day in range(1, 7)]
    assert list(evolution.axis[0]) == dates
    for date in dates:
        scene = opened(page, date)
        estimate = methods.create("bicubic").predict(scene.problem, seed=0)
        point = evolution.found[date].point
        assert point["truth"] == cell(scene.truth["ssh"])
        assert point["input"] == cell(scene.problem.low["ssh"])
        assert point["estimate"] == pytest.approx(cell(estimate["ssh"]), abs=1e-6)
