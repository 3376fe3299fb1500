"""The tab "Scales" without a server: measured while it is open, once per scene, and told in words."""

import numpy as np
import pytest
import xarray as xr
from bokeh.models import LinearScale, LogScale

from engine import hypothesis, scores
from engine.errors import InputError
from explorer.pages.resolution import scaling as module
from explorer.pages.resolution.scaling import Scaling
from explorer.pages.resolution.views.scales import Scales, conclusion

CITY = {"source": "lst_ecostress", "region": "-117.9,-117.7,33.95,34.08", "factor": "4"}


@pytest.fixture
def measuring(open_page):
    """Opens a page with its tab open."""
    found, pages = [], []

    def start(**chosen):
        page = open_page(**chosen)
        pages.append(page)
        page.session.look.param.tab.objects = ["", "scales"]
        found.append(Scaling(page.session))
        page.session.look.tab = "scales"
        page.until(lambda: found[-1].found and not found[-1].busy and not page.session.run.busy)
        return page, found[-1]

    yield start
    for page in pages:
        page.session.close()


def test_statistics_are_those_of_the_engine(measuring):
    page, scaling = measuring(source="lst_run", method="tsharp")
    scene, guide = page.session.outcome.scene, page.session.outcome.scene.problem.guides["ndvi"]
    truth = scores.across_scales(scene.truth["lst"], guide)
    for name in scores.STATISTICS:
        np.testing.assert_array_equal(scaling.found["truth"][name], truth[name])
    estimate = scores.across_scales(page.session.outcome.current.values, guide)
    np.testing.assert_array_equal(scaling.found["estimate"]["std"], estimate["std"])
    assert scaling.found["input"]["scale"].values[0] == pytest.approx(0.4)
    assert scaling.found["b:estimate"] is None


def test_nothing_is_measured_while_the_tab_is_closed(open_page):
    page = open_page(source="lst_run").settle()
    scaling = Scaling(page.session)
    page.session.chosen.seed = 1
    page.settle()
    assert scaling.found == {}
    assert not scaling.busy


@pytest.mark.needs_data("lst_ecostress")
def test_the_hypothesis_is_measured_once_per_scene_and_said(measuring, monkeypatch):
    asked = []
    monkeypatch.setattr(hypothesis, "measured", lambda scene, of=hypothesis.measured: asked.append(scene) or of(scene))
    page, scaling = measuring(**CITY, method="bicubic")
    view = Scales(scaling)
    view._tell()
    assert "MRUNet, trained one scale up" in view.table.object
    assert "The hypothesis costs" in view.table.object
    assert float(scaling.cost["loss"]) == pytest.approx(float(scaling.cost["above"] - scaling.cost["here"]))
    page.session.chosen.method = "bilinear"
    page.settle().until(lambda: not scaling.busy)
    assert len(asked) == 1
    page.session.selection.time = "2023-08-14 22:35:48"
    page.settle().until(lambda: not scaling.busy)
    assert len(asked) == 2


@pytest.mark.parametrize(("loss", "removed", "words"), [
    (0.010, 0.004, "costs 0.010 K (2%): 50% of it is the scale's, the rest that of fewer pixels; the correction "
     "removes 40%"),
    (0.010, 0.090, "the correction removes 100%"),
    (0.010, -0.002, "the correction does not help here"),
    (0.0004, 0.004, "costs nothing that could be told"),
    (-0.010, 0.004, "costs nothing that could be told"),
])  # fmt: skip
def test_no_share_is_said_of_a_loss_that_is_not_clear_nor_more_than_all_of_it(loss, removed, words):
    above, here = 0.6, 0.6 - loss
    errors = {"above": above, "corrected": above - removed, "few": above - loss / 2, "here": here}
    cost = xr.Dataset({"here": xr.DataArray(here, attrs={"units": "K"}), **hypothesis.losses(**errors)})
    assert words in conclusion(cost, busy=False, failed="")


def test_where_the_networks_were_not_trained_no_cost_is_told_but_why(measuring):
    _, scaling = measuring(source="lst_run", method="bicubic")
    assert scaling.cost is None
    view = Scales(scaling)
    view._tell()
    assert "trained at both scales, at x4 on cells of 0.064 km; here it is x4 on cells of 0.1 km" in view.table.object


@pytest.mark.needs_data("lst_ecostress")
def test_a_measurement_that_fails_says_why_and_waits_no_longer(measuring, monkeypatch):
    def refused(scene):
        yield xr.Dataset({"bicubic": xr.DataArray(0.6, attrs={"units": "K", "long_name": "Bicubic"})})
        raise InputError("The weights are damaged.")

    monkeypatch.setattr(hypothesis, "measured", refused)
    page, scaling = measuring(**CITY, method="bicubic")
    view = Scales(scaling)
    view._tell()
    assert "Measuring" not in view.table.object
    assert "The weights are damaged." in view.table.object
    assert page.session.run.message == "The weights are damaged."


@pytest.mark.needs_data("lst_ecostress")
def test_a_measurement_that_was_overtaken_is_made_again(measuring, monkeypatch):
    """Another method while the networks are still compared: what is known in part is no reason to stop."""
    page, scaling = measuring(**CITY, method="bicubic")
    scaling.cost = scaling.cost[["bicubic"]]
    page.session.chosen.method = "bilinear"
    page.settle().until(lambda: not scaling.busy)
    assert "loss" in scaling.cost


def test_statistics_that_need_a_guide_say_so_where_there_is_none(measuring):
    page, scaling = measuring(source="toy_coast", method="bicubic")
    view = Scales(scaling)
    assert not view.note.visible
    page.session.display.statistic = "guide_slope"
    assert "no second image" in view.note.object
    assert view.note.visible
    assert not any(plot.view.visible for plot in view.plots.values())
    page.session.display.statistic = "std"
    assert not view.note.visible
    assert view.plots["x"].view.visible


def test_the_input_is_related_to_the_guide_as_its_cells_see_it(measuring):
    """A fine field averaged to the input's cells has their statistics: those of the coarse scale."""
    _, scaling = measuring(source="lst_run", method="bicubic")
    found = scaling.found["input"]["guide_slope"].values[0], scaling.found["truth"]["guide_slope"].sel(scale=0.4)
    assert float(found[0]) == pytest.approx(float(found[1]), rel=1e-3)


def test_the_statistic_on_the_page_is_the_one_that_is_chosen_and_linked(measuring):
    """The structure function on two logarithmic axes, on which a power of the distance is a line."""
    page, scaling = measuring(source="lst_run", method="tsharp")
    view = Scales(scaling)
    for name, axis, kind in (("guide_slope", "scale", LinearScale), ("structure_function", "lag", LogScale)):
        page.session.display.statistic = name
        np.testing.assert_array_equal(view.shown.sources["truth"].data["x"], scaling.found["truth"][axis])
        np.testing.assert_array_equal(view.shown.sources["truth"].data["y"], scaling.found["truth"][name])
        assert page.session.query()["statistic"] == name
        assert isinstance(view.shown.figure.x_scale, LogScale)
        assert isinstance(view.shown.figure.y_scale, kind)
        assert [plot.view.visible for plot in view.plots.values()] == [kind is LinearScale, kind is LogScale]
    assert view.shown.figure.y_range.start > 0
    assert "km" in view.shown.figure.xaxis.axis_label
    assert "K" in view.shown.figure.yaxis.axis_label


def test_other_fields_have_statistics_too_but_no_hypothesis(measuring):
    _, scaling = measuring(source="toy_sea", method="bicubic")
    assert scaling.obstacle
    assert scaling.cost is None
    assert scaling.found["truth"] is not None
    assert Scales(scaling).table.object == ""


def test_a_region_that_is_too_small_is_said(measuring):
    _, scaling = measuring(source="toy_sea", method="bicubic", region="0,12,0,12", factor="1", degradation="gaussian")
    view = Scales(scaling)
    view._tell()
    assert "too small" in view.table.object


def test_a_failure_is_one_sentence(measuring, monkeypatch, quiet_log):
    page, scaling = measuring(source="toy_sea", method="bicubic")
    monkeypatch.setattr(module, "statistics", lambda *of: 1 / 0)
    page.session.selection.time = page.session.selection.param.time.objects[1]
    page.settle().until(lambda: not scaling.busy)
    assert "measurement across scales stopped with ZeroDivisionError" in page.session.run.message
