"""The tab "Scales" without a server: measured while it is open, once per scene, and told in words."""

import numpy as np
import pytest

from engine import hypothesis, scores
from explorer import scaling as module
from explorer.scaling import Scaling
from explorer.views.scales import Scales


@pytest.fixture
def measuring(open_page):
    """Opens a page with its tab open."""
    found = []

    def start(**chosen):
        page = open_page(**chosen)
        page.session.param.tab.objects = ["", "scales"]
        found.append(Scaling(page.session, page.calls.put))
        page.session.tab = "scales"
        page.until(lambda: found[-1].found and not found[-1].busy and not page.session.busy)
        return page, found[-1]

    yield start
    for one in found:
        one.close()


def test_statistics_are_those_of_the_engine(measuring):
    page, scaling = measuring(source="lst_run", method="tsharp")
    scene, guide = page.session.scene, page.session.scene.problem.guides["ndvi"]
    truth = scores.across_scales(scene.truth["lst"], guide)
    for name in scores.STATISTICS:
        np.testing.assert_array_equal(scaling.found["truth"][name], truth[name])
    estimate = scores.across_scales(page.session.current.values, guide)
    np.testing.assert_array_equal(scaling.found["estimate"]["std"], estimate["std"])
    assert scaling.found["input"]["scale"].values[0] == pytest.approx(0.4)
    assert scaling.found["b:estimate"] is None


def test_nothing_is_measured_while_the_tab_is_closed(open_page):
    page = open_page(source="lst_run").settle()
    scaling = Scaling(page.session, page.calls.put)
    page.session.seed = 1
    page.settle()
    assert scaling.found == {}
    assert not scaling.busy


def test_the_hypothesis_is_measured_once_per_scene_and_said(measuring, monkeypatch):
    asked = []
    monkeypatch.setattr(hypothesis, "measured", lambda scene, of=hypothesis.measured: asked.append(scene) or of(scene))
    page, scaling = measuring(source="lst_run", method="bicubic")
    view = Scales(scaling)
    view._tell()
    assert "MRUNet, trained one scale up" in view.table.object
    assert "hypothesis costs" in view.table.object
    assert float(scaling.cost["loss"]) == pytest.approx(float(scaling.cost["above"] - scaling.cost["here"]))
    page.session.method = "tsharp"
    page.settle().until(lambda: not scaling.busy)
    assert len(asked) == 1
    page.session.time = "country 2"
    page.settle().until(lambda: not scaling.busy)
    assert len(asked) == 2


def test_the_statistic_on_the_page_is_the_one_that_is_chosen_and_linked(measuring):
    page, scaling = measuring(source="lst_run", method="tsharp")
    view = Scales(scaling)
    for name, axis in (("guide_slope", "scale"), ("structure_function", "lag")):
        page.session.statistic = name
        np.testing.assert_array_equal(view.sources["truth"].data["x"], scaling.found["truth"][axis])
        np.testing.assert_array_equal(view.sources["truth"].data["y"], scaling.found["truth"][name])
        assert page.session.query()["statistic"] == name
    assert "km" in view.figure.xaxis.axis_label
    assert "K" in view.figure.yaxis.axis_label


def test_other_fields_have_statistics_too_but_no_hypothesis(measuring):
    _, scaling = measuring(source="toy_sea", method="bicubic")
    assert not scaling.measurable
    assert scaling.cost is None
    assert scaling.found["truth"] is not None
    assert Scales(scaling).table.object == ""


def test_a_region_that_is_too_small_is_said(measuring):
    _, scaling = measuring(source="toy_sea", method="bicubic", region="0,30,0,30", factor="2")
    view = Scales(scaling)
    view._tell()
    assert "too small" in view.table.object


def test_a_failure_is_one_sentence(measuring, monkeypatch, quiet_log):
    page, scaling = measuring(source="toy_sea", method="bicubic")
    monkeypatch.setattr(module, "statistics", lambda *of: 1 / 0)
    page.session.time = page.session.param.time.objects[1]
    page.settle().until(lambda: not scaling.busy)
    assert "measurement across scales stopped with ZeroDivisionError" in page.session.message
