"""What the page "Failure cases" shows before anybody has scored anything: rows that came with the project, marked."""

import numpy as np
import pytest
from cases import Page, run

from engine.evaluation import shipped
from explorer.pages.failures.views.evaluator import Evaluator
from explorer.pages.failures.views.heat import HeatMap
from explorer.pages.failures.views.table import Table
from explorer.pages.failures.views.why import Why

pytestmark = [
    pytest.mark.filterwarnings("ignore:Both 'variant' and 'button_style':PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning"),  # Panel's table, pandas 3.1
]


@pytest.fixture
def come(no_data):
    """Opens pages on the ocean run as a visitor does, with an empty cache; closes them."""
    pages = []

    def start(**chosen) -> Page:
        pages.append(Page())
        assert pages[-1].session.select(chosen) == []
        pages[-1].settle()
        return pages[-1]

    yield start
    for page in pages:
        page.session.close()


def test_a_page_never_opens_empty(come):
    page = come()
    session, about = page.session, shipped.read("ocean_run")
    scored = session.scored
    assert len(scored.frame) == scored.total == scored.shipped == 4 * 4 * 31
    assert scored.scenes_left == 4 * 31, "Run scores them all here"
    heat, table, why = HeatMap(session), Table(session), Why(session)
    assert list(heat.view) == [heat.full]
    assert np.isfinite(heat.cells.data["value"]).all()
    assert len(heat.cells.data["value"]) == 4 * 31
    assert len(table.table.value) == 496
    rows = scored.frame[scored.frame["method"] == scored.shown]
    worst = rows.loc[rows["rmse"].idxmax()]
    assert session.case.place == ("spectral_liif", worst["region"], worst["time"])
    assert table.rows.iloc[table.table.selection[0]]["rmse"] == worst["rmse"]
    assert session.current.failure.box.whole == pytest.approx(worst["rmse"], rel=2e-3)
    assert all(why.words[part].object for part in ("box", "band", "detail", "quantile"))
    assert list(why.above) == [why.error]
    assert ">SHIPPED<" in heat.origin.object
    assert all(words in heat.origin.object for words in (f"scored on {about.made} by", f"<code>{about.command}</code>"))
    assert heat.origin.visible
    assert all(f"(came with the project, {about.made})" in tip for tip in heat.cells.data["shown"])
    assert "496 of 496 rows came with the project; Run scores 124 scenes." in Evaluator(session).text.object


def test_an_evaluation_of_ones_own_takes_their_place(come):
    page = come(methods="bicubic", regions="jet", dates="2005-01-01/2005-01-03", score="mae")
    session, heat, evaluator = page.session, HeatMap(page.session), Evaluator(page.session)
    assert session.scored.shipped == len(session.scored.frame) == 2
    assert not evaluator.run.disabled
    before = session.scored.row(("bicubic", "jet", "2005-01-03"))
    run(page)
    after = session.scored.row(("bicubic", "jet", "2005-01-03"))
    assert "shipped" in before
    assert "shipped" not in after
    assert after["mae"] == pytest.approx(before["mae"], rel=2e-3)
    assert session.scored.shipped == 0
    assert session.scored.origin == ""
    assert not heat.origin.visible
    assert not any("came with" in tip for tip in heat.cells.data["shown"])
    assert "Complete: 2 rows." in evaluator.text.object


def test_what_does_not_ship_says_so_and_waits_for_run(come):
    page = come(methods="bicubic;nearest", regions="jet", dates="2005-01-01", score="mae")
    session, heat = page.session, HeatMap(page.session)
    assert (session.scored.shipped, len(session.scored.frame), session.scored.total) == (1, 1, 2)
    session.request.methods = ["nearest"]
    page.settle()
    assert session.scored.frame.empty
    assert list(heat.view) == [heat.empty]
    assert "Run scores 1 scene" in heat.sentence.object
    session.input.noise = 0.01
    session.request.methods = ["bicubic"]
    page.settle()
    assert session.scored.frame.empty, "they were made without noise"
