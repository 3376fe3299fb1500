"""Views without a server or a browser: what they send for a session's state, and that no text of others is markup."""

import html
import random
import re
from dataclasses import replace

import numpy as np
import panel_material_ui as pmui
import pytest
import stage
import xarray as xr
from bokeh.events import Reset, SelectionGeometry, Tap

from engine.grid import EARTH_RADIUS, Grid
from engine.methods import METHODS
from engine.methods.base import Published
from explorer.base.widgets import explanation, status
from explorer.base.widgets.code import Code
from explorer.base.widgets.later import Seldom
from explorer.base.widgets.text import number
from explorer.drawing import panes
from explorer.drawing.pictures import Picture
from explorer.drawing.sampling import UNKNOWN
from explorer.pages.resolution import controls
from explorer.pages.resolution.script import code
from explorer.pages.resolution.transect import path, sample
from explorer.pages.resolution.views import histogram, maps, probe, scores, spectrum, transect
from explorer.pages.resolution.views import status as line

SCRIPT = "<script>alert('x')</script>"
KM_PER_DEGREE = np.deg2rad(EARTH_RADIUS) / 1000


pytestmark = pytest.mark.filterwarnings("ignore:Both 'variant' and 'button_style':PendingDeprecationWarning")
VIEWS = {
    "maps": maps.Maps, "spectrum": spectrum.Spectrum, "scores": scores.Scores, "histogram": histogram.Histogram,
    "transect": transect.Transect, "probe": probe.Probe, "explanation": explanation.Explanation,
    "code": lambda session: Code(session, code), "controls": controls.Controls, "headline": status.Headline,
    "message": status.Message, "runner": status.Runner, "status": line.Status,
}  # fmt: skip


class Watched(stage.Page):
    """A page with some views attached, and its first picture."""

    def __init__(self, *views: str, **chosen):
        super().__init__()
        self.views = {name: VIEWS[name](session=self.session) for name in views}
        self.shown = {name: view.__panel__() for name, view in self.views.items()}
        for view in self.shown.values():
            stage.unfold(view)
        self.session.select({"source": "toy_sea", "stage": "6", "quantity": "field", **chosen})
        self.settle()

    def __getattr__(self, name: str):
        if name in VIEWS:
            return self.views[name]
        raise AttributeError(name)

    def pane(self, name: str) -> panes.MapPane:
        return self.maps.panes[name]

    def image(self, name: str) -> dict:
        return self.pane(name).image.data_source.data


@pytest.fixture
def watch(toys):
    """Opens a page with the named views; closes it after the test."""
    pages = []

    def start(*views: str, **chosen) -> Watched:
        pages.append(Watched(*views, **chosen))
        return pages[-1]

    yield start
    for page in pages:
        page.session.close()


def box(data: dict) -> tuple:
    return data["x"][0], data["y"][0], data["dw"][0], data["dh"][0]


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", markup))


# ---- maps ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "extent"), [("toy_sea", (0, 0, 128, 96)), ("toy_coast", (-8, 40, 16, 12)), ("toy_reef", (0, 0, 128, 96))]
)
def test_every_map_sends_its_field_on_its_true_extent(watch, source, extent):
    page = watch("maps", source=source)
    session = page.session
    for name in page.maps.panes:
        shown = session.display.picture(page.maps.key(name))
        data = page.image(name)
        assert box(data) == pytest.approx(extent)
        np.testing.assert_array_equal(data["image"][0], shown.field.values.astype(np.float32))
        assert data["image"][0].dtype == np.float32
        assert data["image"][0].flags.c_contiguous
        assert page.pane(name).image.visible
    assert page.image("input")["image"][0].shape == session.outcome.scene.problem.low["ssh"].shape


def test_a_part_of_the_domain_lies_where_it_is(watch):
    page = watch("maps", region="32,96,16,64")
    assert box(page.image("truth")) == pytest.approx((32, 16, 64, 48))
    assert box(page.image("input")) == pytest.approx((32, 16, 64, 48))
    assert page.maps.zoom.box.data["box"][:5] == [32, 96, 16, 64, 1]


def layer(page, name: str, pane: str = "truth"):
    """A layer's source on one of the maps."""
    (found,) = (item for item in page.pane(pane).figure.renderers if item.name == name)
    return found.data_source.data


def test_contours_and_arrows_lie_over_all_maps_and_a_link_holds_them(watch):
    page = watch("maps")
    assert not {"contours", "arrows"} & {item.name for item in page.pane("truth").figure.renderers}
    page.session.overlays.param.update(contours="truth", arrows="truth")
    for name in ("contours", "arrows", "halo"):
        assert np.isfinite(layer(page, name)["xs"][0]).any()
        assert layer(page, name) is layer(page, name, "error")  # sent once
    assert any(text.endswith("m/s") for text in layer(page, "words")["text"])
    link = page.session.query()
    assert (link["contours"], link["arrows"]) == ("truth", "truth")
    page.session.select({"contours": "", "arrows": "", "geography": "none"})
    assert not layer(page, "contours")["xs"]
    assert not layer(page, "arrows")["xs"]
    assert page.session.query()["geography"] == "none"
    assert not {"contours", "arrows"} & {*page.session.query()}
    page.session.select(link)
    assert page.session.overlays.contours == "truth"


def test_each_map_may_have_its_own_contours(watch):
    page = watch("maps", contours="own")
    assert not np.array_equal(layer(page, "contours")["xs"][0], layer(page, "contours", "error")["xs"][0], True)


def test_land_is_missing_and_has_a_coastline(watch):
    page = watch("maps", source="toy_coast")
    mask = page.session.outcome.scene.problem.mask
    for name in ("estimate", "truth", "error"):
        np.testing.assert_array_equal(np.isfinite(page.image(name)["image"][0]), mask.values)
    coast = page.maps.frame.coast.data
    x, y = np.concatenate(coast["xs"]), np.concatenate(coast["ys"])
    assert len(coast["xs"]) == 2  # the corner and the island
    near = mask.astype(float).interp(x=xr.DataArray(x), y=xr.DataArray(y))
    np.testing.assert_allclose(near, 0.5, atol=1e-6)
    page.session.selection.source = "toy_sea"
    page.settle()
    assert page.maps.frame.coast.data == {"xs": [], "ys": []}


@pytest.mark.parametrize("turned", [("y",), ("x",), ("y", "x")])
def test_a_descending_axis_is_drawn_the_right_way_up(watch, turned):
    seen = watch("maps")
    shown = seen.session.display.picture("truth")
    reversed_field = shown.field.isel({name: slice(None, None, -1) for name in turned})
    pane = panes.MapPane(panes.Frame(), "turned")
    pane.show(Picture(reversed_field, "Turned", "ssh", "field"), (-1.0, 1.0))
    assert box(pane.image.data_source.data) == pytest.approx(box(seen.image("truth")))
    np.testing.assert_array_equal(pane.image.data_source.data["image"][0], seen.image("truth")["image"][0])


def test_input_prediction_and_truth_share_one_scale_that_the_session_sets(watch):
    seen = watch("maps")
    session = seen.session
    scales = {name: (pane.mapper.low, pane.mapper.high) for name, pane in seen.maps.panes.items()}
    assert scales["input"] == scales["estimate"] == scales["truth"] == session.display.limits["field"]
    assert scales["error"] == session.display.limits["error"] != session.display.limits["field"]
    before = {name: seen.image(name)["image"][0] for name in scales}
    session.display.limits = {**session.display.limits, "field": (-7.0, 9.0)}
    for name in ("input", "estimate", "truth"):
        mapper = seen.pane(name).mapper
        assert (mapper.low, mapper.high) == (-7.0, 9.0)
        assert seen.pane(name).image.glyph.color_mapper is mapper
    assert all(seen.image(name)["image"][0] is before[name] for name in before)  # only the colours were sent


def test_another_date_sends_new_data_to_the_same_figures(watch):
    seen = watch("maps")
    figures = [pane.figure for pane in seen.maps.panes.values()]
    ranges = seen.maps.frame.x_range
    before = seen.image("truth")["image"][0]
    seen.session.selection.time = "2010-01-03"
    seen.settle()
    assert [pane.figure for pane in seen.maps.panes.values()] == figures
    assert all(f.x_range is ranges for f in figures)
    assert not np.array_equal(seen.image("truth")["image"][0], before)


def test_titles_and_hover_name_field_and_unit_and_escape_them(watch, monkeypatch):
    seen = watch("maps")
    assert text_of(seen.pane("truth").title.object).split()[:2] == ["Truth", "(m)"]
    assert text_of(seen.pane("lower_a").title.object).strip().startswith("Guide: sea surface temperature (°C)")
    tips = dict(seen.pane("truth").hover.tooltips)
    assert all(tips[who].endswith(" m") for who in ("input", "prediction", "truth", "error"))
    assert "x (km)" in tips
    monkeypatch.setattr(METHODS["toy_members"], "title", SCRIPT)
    seen.session.chosen.method = "toy_members"
    seen.settle()
    seen.session.start()
    seen.settle()
    assert SCRIPT not in seen.pane("estimate").title.object
    assert SCRIPT in text_of(seen.pane("estimate").title.object)


def test_degrees_are_named_on_the_axes(watch):
    page = watch("maps", source="toy_coast")
    pane = page.pane("truth")
    assert {"longitude", "latitude"} <= dict(pane.hover.tooltips).keys()
    assert "'W'" in pane.figure.xaxis[0].formatter.code
    assert "'N'" in pane.figure.yaxis[0].formatter.code
    assert page.maps.zoom.box.data["box"][4] == pytest.approx(np.cos(np.deg2rad(46)))


def test_where_nobody_knows_the_truth_its_map_is_empty_and_the_error_is_the_distance_to_the_input(watch):
    page = watch("maps", source="toy_unseen")
    assert not page.pane("truth").image.visible
    assert text_of(page.pane("truth").title.object).strip() == "Truth: nobody knows it"
    np.testing.assert_array_equal(page.image("error")["image"][0], page.session.display.picture("consistency").field)
    assert text_of(page.pane("error").title.object).strip().startswith("Consistency")
    page.session.selection.source = "toy_sea"
    page.settle()
    assert page.pane("truth").image.visible
    np.testing.assert_array_equal(page.image("truth")["image"][0], page.session.outcome.scene.truth["ssh"])
    assert text_of(page.pane("error").title.object).strip().startswith("Error")


def test_where_nobody_knows_the_truth_its_map_shows_the_spread_of_members(watch):
    page = watch("maps", source="toy_unseen", method="toy_members")
    page.session.start()
    page.settle()
    spread = page.session.outcome.result.members.std("member", ddof=1)
    np.testing.assert_allclose(page.image("truth")["image"][0], spread, rtol=1e-5)


def test_a_large_field_is_drawn_by_its_pixels(watch):
    page = watch("maps", source="toy_large")
    truth = page.session.outcome.scene.truth["ssh"]
    assert truth.size > panes.RASTER_ABOVE
    for name in ("estimate", "truth", "error"):
        image = page.image(name)["image"][0]
        assert image.shape == (UNKNOWN, UNKNOWN), "the browser has not said yet how many pixels there are"
        assert image.nbytes < 500_000  # of 4 MB
        assert box(page.image(name)) == pytest.approx((0, 0, 2000, 2080))
    image = page.image("truth")["image"][0]
    assert np.nanmean(image) == pytest.approx(float(truth.mean()), abs=0.01 * float(truth.std()))
    rows, columns = (np.linspace(0, n - 1, 9).astype(int) for n in image.shape)
    scale = np.array(truth.shape) / image.shape
    for row in rows[1:-1]:
        for column in columns[1:-1]:
            j, i = int((row + 0.5) * scale[0]), int((column + 0.5) * scale[1])
            around = truth.values[max(j - 4, 0) : j + 5, max(i - 4, 0) : i + 5]
            assert around.min() - 1e-6 <= image[row, column] <= around.max() + 1e-6
    assert page.image("input")["image"][0].size == 26 * 25  # a small one keeps its cells


def test_zooming_into_a_large_field_sends_its_finer_pixels(watch):
    page = watch("maps", source="toy_large")
    page.session.look.view = (500.0, 700.0, 1000.0, 1200.0)
    assert box(page.image("truth")) == pytest.approx((480, 960, 256, 256)), "and some around it, by 16 cells of 2 km"
    image, truth = page.image("truth")["image"][0], page.session.outcome.scene.truth["ssh"]
    inside = truth.sel(x=slice(480, 736), y=slice(960, 1216))
    assert image.shape[0] >= 100
    assert float(np.nanstd(image)) == pytest.approx(float(inside.std()), rel=0.02)
    page.session.look.view = (9000.0, 9100.0, 0.0, 10.0)  # beside the field
    x, y, width, height = box(page.image("truth"))
    assert 0 <= x < x + width <= 2000
    assert 0 <= y < y + height <= 2080


def test_clicks_zoom_and_reset_reach_the_session(watch):
    seen = watch("maps")
    figure = seen.pane("error").figure
    figure._trigger_event(Tap(figure, x=31.5, y=20.25))
    assert seen.session.display.probe == (31.5, 20.25)
    figure._trigger_event(Tap(figure, x=60.0, y=40.0))
    assert seen.session.display.probe_end == (60.0, 40.0)
    assert seen.maps.frame.probe.data == {"x": [31.5, 60.0], "y": [20.25, 40.0]}
    assert seen.maps.frame.transect.data == {"xs": [[31.5, 60.0]], "ys": [[20.25, 40.0]]}
    zoom = seen.maps.zoom
    zoom.box.data = {"box": [1.0, 9.0, 2.0, 8.0, *zoom.box.data["box"][4:]]}  # what a browser sends
    assert seen.session.look.view == (1.0, 9.0, 2.0, 8.0)
    figure._trigger_event(Reset(figure))
    assert seen.session.look.view is None
    seen.session.look.view = (10.0, 20.0, 10.0, 20.0)
    assert zoom.box.data["box"][:5] == [10, 20, 10, 20, 1]


def dimmed_maps(page: Watched) -> set[str]:
    return {name for name, pane in page.maps.panes.items() if float(pane.view.styles.get("opacity", 1)) < 1}


def test_what_is_stale_is_dimmed_and_nothing_else(watch):
    page = watch("maps", method="toy_dice", lower_a="guide:sst", lower_b="estimate:vorticity")
    page.session.start()
    page.settle()
    dimmed = dimmed_maps(page)
    assert dimmed == set()
    old = page.image("estimate")["image"][0]
    page.session.selection.time = "2010-01-03"
    page.settle()
    dimmed = dimmed_maps(page)
    assert dimmed == {"estimate", "error", "lower_b"}
    assert page.image("estimate")["image"][0] is old
    np.testing.assert_array_equal(page.image("truth")["image"][0], page.session.outcome.scene.truth["ssh"])
    page.session.start()
    page.settle()
    assert dimmed_maps(page) == set()
    assert page.image("estimate")["image"][0] is not old


# ---- spectrum ------------------------------------------------------------------------------------------------------


def test_the_spectrum_draws_the_curves_of_the_result(watch):
    seen = watch("spectrum")
    curves = seen.session.outcome.result.curves
    assert set(seen.spectrum.sources) - set(curves) == {
        "members",
        "b:estimate",
        "b:error",
        "b:members",
    }  # this method makes none
    for name, source in seen.spectrum.sources.items():
        if name not in curves:
            assert len(source.data["x"]) == 0
            continue
        axis = "wavenumber_input" if name == "input" else "wavenumber"
        np.testing.assert_array_equal(source.data["x"], curves[axis])
        np.testing.assert_array_equal(source.data["y"], curves[name])
    x = seen.spectrum.figure.x_range
    assert x.start < float(curves["wavenumber"][0]) < float(curves["wavenumber"][-1]) < x.end
    effective = float(seen.session.outcome.result.table["effective_resolution"])
    assert seen.spectrum.effective.visible
    assert seen.spectrum.effective.location == pytest.approx(1 / effective)


def test_a_region_without_a_rectangle_says_why_there_is_no_spectrum(watch):
    seen = watch("spectrum")
    seen.session.selection.source = "toy_reef"
    seen.settle()
    assert "no gap-free rectangle" in seen.spectrum.title.object
    assert all(len(source.data["x"]) == 0 for source in seen.spectrum.sources.values())


def test_without_a_truth_there_are_two_spectra(watch):
    page = watch("spectrum", source="toy_unseen")
    drawn = {name for name, source in page.spectrum.sources.items() if len(source.data["x"])}
    assert drawn == {"input", "estimate"}
    assert not page.spectrum.effective.visible


# ---- details -------------------------------------------------------------------------------------------------------


def test_the_table_shows_every_score_beside_bicubics(watch):
    seen = watch("scores")
    seen.session.chosen.method = "nearest"
    seen.settle()
    table, reference = seen.session.outcome.result.table, seen.session.outcome.result.reference
    rows = re.findall(r"<tr title.*?</tr>", seen.scores.view.object)
    usual = {name: score for name, score in table.items() if not name.startswith(("precision", "recall"))}
    assert len(rows) == len(usual)
    for row, (name, score) in zip(rows, usual.items(), strict=True):
        assert score.attrs["long_name"] in text_of(row)
        ours, bicubic = number(float(score)), number(float(reference[name]))
        assert re.sub("</?b>", "", row).count(f"<td>{ours}</td><td>{bicubic}</td>") == 1


@pytest.mark.parametrize(("a", "b", "bold"), [("nearest", "spectral_liif", "b"), ("spectral_liif", "nearest", "a")])
def test_bold_is_the_better_score_whoever_has_it(watch, a, b, bold):
    """Ours has a smaller error than bicubic interpolation, which has a smaller one than the nearest cell."""
    seen = watch("scores", source="ocean_run", time="2005-01-21", method=a, method_b=b)
    seen.session.start()
    seen.settle()
    row = re.search(r"<tr title[^>]*><td>root mean square error .*?</tr>", seen.scores.view.object)[0]
    cells = re.findall(r"<td>(.*?)</td>", row)[1:4]
    assert ["<b>" in cell for cell in cells] == [bold == "a", bold == "b", False]


@pytest.mark.parametrize(
    ("texts", "better", "bold"),
    [
        (["0.2", "0.1", "0.3"], "lower", [1]), (["0.2", "0.1", "0.3"], "higher", [2]),
        (["-0.2", "0.1", "0.3"], "zero", [1]), (["0.2", "1.1", "2"], "one", [1]),
        (["0.1", "0.1", "0.3"], "lower", [0, 1]), (["–", "", "0.3"], "lower", [2]), (["–", "", ""], "lower", []),
    ],
)  # fmt: skip
def test_what_reads_the_same_is_as_good(texts, better, bold):
    assert [n for n, text in enumerate(scores.marked(texts, better)) if "<b>" in text] == bold


def test_the_table_escapes_titles_names_and_protocols(watch, monkeypatch):
    seen = watch("scores")
    session = seen.session
    monkeypatch.setattr(METHODS["toy_members"], "title", SCRIPT)
    published = Published("toy_sea", 4, {"rmse": 0.1234}, f"Not the same {SCRIPT}")
    monkeypatch.setattr(METHODS["toy_members"], "published", (published,))
    session.chosen.method = "toy_members"
    seen.settle()
    session.start()
    seen.settle()
    table = session.outcome.result.table.copy(deep=True)
    table["rmse"].attrs |= {"long_name": f"error {SCRIPT}", "units": "<b>m</b>"}
    object.__setattr__(session.outcome.result, "table", table)
    session.outcome.param.trigger("result")
    shown = seen.scores.view.object
    assert "<script" not in shown
    assert "<b>m</b>" not in shown
    assert text_of(shown).count(SCRIPT) == 3
    assert "<td>0.1234</td>" in shown


def test_the_published_number_is_shown_where_it_fits_alone(watch):
    page = watch("scores", source="ocean_run", method="bicubic")
    assert "0.0672" in page.scores.view.object
    assert "Le Goff" in page.scores.view.object
    page.session.input.factor = 9
    page.settle()
    assert "0.0672" not in page.scores.view.object


@pytest.mark.parametrize(("value", "text"), [(float("nan"), "–"), (0.123456, "0.1235"), (1e-9, "1e-09"), (0.0, "0")])
def test_numbers_have_four_figures(value, text):
    assert number(value) == text


def test_the_histogram_is_a_density(watch):
    seen = watch("histogram")
    sources = dict(seen.histogram.sources)
    assert len(sources.pop("b:estimate").data["x"]) == 0  # there is no method B
    for name, source in sources.items():
        x, density = np.asarray(source.data["x"]), np.asarray(source.data["y"])
        assert np.sum(density) * (x[1] - x[0]) == pytest.approx(1.0, rel=1e-4)
        values = seen.session.display.picture(name).field.values
        assert np.sum(x * density) * (x[1] - x[0]) == pytest.approx(np.nanmean(values), abs=x[1] - x[0])


def haversine(x0, y0, x1, y1) -> float:
    p0, p1, half = np.deg2rad(y0), np.deg2rad(y1), np.deg2rad(x1 - x0) / 2
    a = np.sin((p1 - p0) / 2) ** 2 + np.cos(p0) * np.cos(p1) * np.sin(half) ** 2
    return 2 * EARTH_RADIUS / 1000 * np.arcsin(np.sqrt(a))


@pytest.mark.parametrize(
    ("start", "end", "within"),
    [((-2.0, 41.0), (-2.0, 44.0), 1e-6), ((-3.0, 45.0), (1.0, 45.0), 1e-3), ((-2.0, 41.0), (3.0, 45.0), 2e-3),
     ((3.0, 45.0), (-2.0, 41.0), 2e-3)],
)  # fmt: skip
def test_distances_in_degrees_are_those_on_the_sphere(watch, start, end, within):
    target = watch(source="toy_coast").session.outcome.scene.problem.target
    x, y, distance = path(target, start, end)
    assert (x[0], y[0], x[-1], y[-1]) == pytest.approx((*start, *end))
    assert distance[0] == 0
    assert (np.diff(distance) > 0).all()
    assert distance[-1] == pytest.approx(haversine(*start, *end), rel=within)


def test_a_row_in_degrees_shrinks_with_latitude(watch):
    target = watch(source="toy_coast").session.outcome.scene.problem.target
    x, y, distance = path(target, (0.0, 51.0), None)
    assert (x[0], x[-1]) == pytest.approx((-8.0, 8.0))
    assert (y == 51.0).all()
    assert distance[-1] == pytest.approx(16 * KM_PER_DEGREE * np.cos(np.deg2rad(51.0)))


@pytest.mark.parametrize(("units", "scale"), [("km", 1.0), ("m", 1e-3)])
def test_distances_on_a_plane_are_those_of_pythagoras(watch, units, scale):
    seen = watch()
    target = seen.session.outcome.scene.problem.target.copy(deep=True)
    for name in "yx":
        target[name].attrs["units"] = units
    distance = path(target, (10.0, 10.0), (40.0, 50.0))[2]
    assert distance[-1] == pytest.approx(50.0 * scale)
    assert path(target, (10.0, 10.0), None)[2][-1] == pytest.approx(128.0 * scale)


@pytest.mark.parametrize("turned", [(), ("y",), ("y", "x")])
def test_a_sample_is_the_value_of_the_cell_it_lies_in(watch, turned):
    seen = watch()
    field = seen.session.outcome.scene.truth["ssh"]
    field = field.isel({name: slice(None, None, -1) for name in turned})
    choose = random.Random(1)
    for _ in range(200):
        x, y = choose.uniform(0.01, 127.99), choose.uniform(0.01, 95.99)
        wanted = field.sel(x=x, y=y, method="nearest").item()
        assert sample(field, np.array([x]), np.array([y]))[0] == pytest.approx(wanted, abs=0)


@pytest.mark.parametrize("where", [(-1.1, 5), (129.1, 5), (5, -1.1), (5, 97.1), (1e300, 5), (5, -1e300), (-1e19, 1e19)])
def test_outside_the_grid_there_is_no_sample(watch, where):
    seen = watch()
    field = seen.session.outcome.scene.truth["ssh"]
    assert np.isnan(sample(field, np.array([where[0]], float), np.array([where[1]], float))).all()


def test_the_transect_draws_what_lies_under_its_line(watch):
    seen = watch("transect")
    transect, session = seen.transect, seen.session
    assert transect.HINT in transect.title.object
    session.display.point(1.0, 21.0)
    row = session.outcome.scene.truth["ssh"].sel(y=21.0, method="nearest").values
    data = transect.sources["truth"].data
    assert set(np.asarray(data["y"])[:-1]) == set(row.astype(float))
    assert "Row through (1, 21)" in transect.title.object
    session.display.point(1.0, 81.0)
    column = session.outcome.scene.truth["ssh"].sel(x=1.0, method="nearest").sel(y=slice(20, 82)).values
    assert set(transect.sources["truth"].data["y"]) == set(column.astype(float))
    assert transect.figure.x_range.end == pytest.approx(60.0)
    assert len(transect.sources["input"].data["x"]) == 300


def test_the_probe_shows_what_every_map_shows_there(watch):
    seen = watch("probe")
    session, probe = seen.session, seen.probe
    session.display.point(31.0, 21.0)
    text = text_of(probe.view.object)
    assert "x = 31.0 km, y = 21.0 km" in text
    for key in ("input", "estimate", "truth", "error", session.display.lower_a, session.display.lower_b):
        shown = session.display.picture(key)
        value = shown.field.sel(x=31.0, y=21.0, method="nearest").item()
        line = re.search(re.escape(shown.title) + r"\s+(\S+)", text)
        assert line.group(1) == number(value)
    session.selection.time = "2010-01-04"
    seen.settle()
    assert number(session.display.picture("truth").field.sel(x=31.0, y=21.0).item()) in text_of(probe.view.object)


def test_the_probe_escapes_titles(watch, monkeypatch):
    monkeypatch.setattr(METHODS["toy_members"], "title", SCRIPT)
    page = watch("probe", method="toy_members")
    page.session.display.point(31.0, 21.0)
    page.session.start()
    page.settle()
    assert "<script" not in page.probe.view.object
    assert f"Prediction: {SCRIPT}" in text_of(page.probe.view.object)


def test_the_probe_names_land_and_the_hemispheres(watch):
    page = watch("probe", source="toy_coast")
    page.session.display.point(-7.9, 40.1)
    text = text_of(page.probe.view.object)
    assert "7.900°W, 40.100°N" in text
    assert text.count("land or missing") == 6  # the input's cell is all land too


def test_beside_a_slow_method_details_show_the_new_scene_without_the_old_result(watch):
    page = watch("transect", "probe", method="toy_dice")
    session = page.session
    session.start()
    page.settle()
    session.display.point(31.0, 21.0)
    session.selection.time = "2010-01-05"
    page.settle()
    text = text_of(page.probe.view.object)
    assert number(session.display.picture("truth").field.sel(x=31.0, y=21.0).item()) in text
    assert "Prediction" not in text
    assert "Error" not in text
    assert len(page.transect.sources["estimate"].data["x"]) == 0
    row = session.outcome.scene.truth["ssh"].sel(y=21.0).values.astype(float)
    assert set(np.asarray(page.transect.sources["truth"].data["y"])[:-1]) == set(row)


def test_explanation_and_code_are_text(watch, monkeypatch):
    seen = watch("explanation", "code")
    monkeypatch.setattr(stage.Members, "source", f"A paper {SCRIPT}")
    monkeypatch.setattr(stage.Sea, "caution", f"Beware {SCRIPT}")
    monkeypatch.setattr(stage.Sea, "source", f"From {SCRIPT}")
    seen.session.chosen.method = "toy_members"
    seen.settle()
    shown = seen.explanation.text.object
    assert "<script" not in shown
    assert text_of(shown).count(SCRIPT) == 3
    assert r"\hat{x} = y" in seen.explanation.equations.text.object
    seen.session.selection.region = "10,100,10,<script>"
    seen.session.chosen.configured.consistent = True
    seen.session.chosen.param.trigger("configured")
    shown = seen.code.view.object
    assert "<script" not in shown
    assert html.unescape(shown.removeprefix("<pre tabindex='0'>").removesuffix("</pre>")) == code(seen.session)


# ---- overview and controls -----------------------------------------------------------------------------------------


def test_the_overview_shows_the_domain_and_the_region(watch):
    seen = watch("controls")
    overview = seen.controls.overview
    assert box(overview.image.data) == pytest.approx((0, 0, 128, 96))
    assert {name: list(values) for name, values in overview.box.data.items()} == {
        "left": [0.0], "right": [128.0], "bottom": [0.0], "top": [96.0],
    }  # fmt: skip
    seen.session.selection.region = "west"
    seen.settle()
    assert list(overview.box.data["right"]) == [64.0]
    seen.session.selection.source = "toy_coast"
    seen.settle()
    assert box(overview.image.data) == pytest.approx((-8, 40, 16, 12))
    assert np.isnan(overview.image.data["image"][0]).any()
    assert list(overview.fit.data["box"]) == pytest.approx([-8, 8, 40, 52, np.cos(np.deg2rad(46))], abs=1e-3)


def test_a_box_drawn_on_the_overview_becomes_the_region(watch):
    seen = watch("controls")
    overview = seen.controls.overview
    drawn = {"type": "rect", "x0": 20.123456, "x1": 100.0, "y0": 8.0, "y1": 80.0}
    overview.figure._trigger_event(SelectionGeometry(overview.figure, geometry=drawn, final=False))
    assert seen.session.selection.region == "all"
    overview.figure._trigger_event(SelectionGeometry(overview.figure, geometry=drawn, final=True))
    assert seen.session.selection.region == "20.123,100,8,80"
    seen.settle()
    assert Grid.of(seen.session.outcome.scene.truth).extent == pytest.approx((20, 100, 8, 80), abs=8)
    assert seen.controls.region.value == "20.123,100,8,80"
    assert seen.controls.region.options["Box 20.123,100,8,80"] == "20.123,100,8,80"
    assert list(overview.box.data["left"]) == [20.123]


def test_the_overview_of_absent_data_stays_as_it_was(watch, no_data, toys, monkeypatch):
    seen = watch("controls", "message")
    monkeypatch.setattr(toys.Absent, "fetched", False)
    seen.session.selection.source = "toy_absent"
    seen.settle()
    assert box(seen.controls.overview.image.data) == pytest.approx((0, 0, 128, 96))
    assert seen.message.row.visible
    assert seen.message.button.visible
    assert seen.message.button.label == "Download (3.0 MB)"


def test_the_controls_follow_the_session_and_it_follows_them(watch):
    seen = watch("controls")
    session, own = seen.session, seen.controls
    assert own.region.options == {"Everything": "all", "West": "west"}
    assert own.factors == session.factors
    assert {2, 4} <= set(own.factors)
    assert own.dates.options == list(session.selection.param.time.objects)
    session.select({"source": "toy_coast", "factor": "3"})
    seen.settle()
    assert (own.region.options, own.region.value) == ({"Basin": "basin"}, "basin")
    assert {2, 3, 4} <= set(own.factors)
    assert (own.factors[own.factor.value], own.factor.label, own.dates.value) == (3, "Factor ×3", "2012-05-02")
    own.dates.value = "2012-05-03"
    own.factor.value = own.factors.index(2)
    seen.settle()
    assert (session.selection.time, session.input.factor, session.outcome.scene.time) == ("2012-05-03", 2, "2012-05-03")


def test_a_method_gets_a_widget_for_every_setting(watch):
    seen = watch("controls")
    seen.session.chosen.method = "toy_dice"
    seen.settle()
    widgets = seen.controls.settings.widgets
    assert set(widgets) == {"consistent", "strength", "floor", "rounds", "mode", "quick"}
    assert isinstance(widgets["quick"], pmui.Switch)
    assert isinstance(widgets["consistent"], pmui.Switch)
    assert (widgets["strength"].start, widgets["strength"].end, widgets["strength"].value) == (0, 2, 0.5)
    assert (widgets["rounds"].start, widgets["rounds"].end, widgets["rounds"].value) == (1, 9, 3)
    assert widgets["floor"].value == 0.0
    assert list(widgets["mode"].options) == ["soft", "hard"]
    for name, value in {"strength": 1.5, "rounds": 7, "mode": "hard", "quick": True, "floor": 2.0}.items():
        widgets[name].value = value
        assert getattr(seen.session.chosen.configured, name) == value
    seen.settle()
    assert seen.session.query()["m.mode"] == "hard"
    seen.session.chosen.method = "bicubic"
    seen.settle()
    assert set(seen.controls.settings.widgets) == {"consistent"}


def test_methods_with_the_same_settings_share_their_widgets(watch):
    seen = watch("controls")
    switch = seen.controls.settings.widgets["consistent"]
    switch.value = True
    assert seen.session.chosen.configured.consistent
    first = seen.session.chosen.configured
    seen.session.chosen.method = "nearest"
    assert seen.controls.settings.widgets["consistent"] is switch
    assert not switch.value  # the other method's own default
    switch.value = True
    assert seen.session.chosen.configured.consistent
    assert seen.session.chosen.configured is not first
    seen.session.select({"m.consistent": "false"})
    assert not switch.value


def test_a_setting_out_of_its_bounds_is_put_back(watch):
    seen = watch("controls", method="toy_dice")
    floor = seen.controls.settings.widgets["floor"]
    floor.value = -3.0
    assert floor.value == seen.session.chosen.configured.floor == 0.0


def find(root, kind, label: str):
    return next(widget for widget in root.select(kind) if widget.label == label)


def test_limits_are_typed_fitted_and_kept_in_order(watch):
    seen = watch("maps", "controls")
    session, sidebar = seen.session, seen.shown["controls"]
    low, high = (find(sidebar, pmui.FloatInput, f"Fields {end}") for end in ("min", "max"))
    assert (low.value, high.value) == session.display.limits["field"]
    high.value = 42.0
    assert session.display.limits["field"] == (low.value, 42.0)
    before = dict(session.display.limits)
    low.value = 50.0  # above the other end: not taken
    assert session.display.limits == before
    find(sidebar, pmui.Button, "Fit").param.trigger("clicks")
    assert session.display.limits["field"][1] < 42.0
    assert (low.value, high.value) == session.display.limits["field"]


def test_the_lower_maps_are_chosen_by_their_titles(watch):
    seen = watch("maps", "controls")
    widget = find(seen.shown["controls"], pmui.Select, "Lower middle map")
    assert widget.options == seen.session.display.lower_choices
    widget.value = "truth:speed"
    assert seen.session.display.lower_a == "truth:speed"
    assert "Truth: geostrophic speed" in text_of(seen.pane("lower_a").title.object)


def test_the_width_is_asked_for_where_there_is_one(watch):
    seen = watch("controls")
    sidebar = seen.shown["controls"]
    width = find(sidebar, pmui.FloatInput, "Width (km)")
    place = next(place for place in sidebar.select(Seldom) if width in place)
    assert not place.visible
    seen.session.input.degradation = "gaussian"
    seen.settle()
    assert place.visible
    assert width.visible
    assert width.value == 8.0
    seen.session.input.degradation = "block_mean"
    seen.settle()
    assert not place.visible


# ---- words ---------------------------------------------------------------------------------------------------------


def test_where_nobody_knows_the_truth_no_date_is_called_a_test(watch):
    page = watch("headline")
    scene = replace(page.session.outcome.scene, split="test")
    for truth in (scene.truth, None):
        page.session.outcome.scene = replace(scene, truth=truth)
        assert ("test date" in text_of(page.headline.view.object)) == (truth is not None)


def test_the_headline_says_what_when_and_of_what_kind(watch):
    page = watch("headline", source="toy_coast")
    text = text_of(page.headline.view.object)
    for part in ("sea surface height", "Basin", "2012-05-02", "OBSERVED", "test date", "CPU, 1 thread"):
        assert part in text
    page.session.selection.source = "toy_sea"
    page.settle()
    assert "SIMULATED" in page.headline.view.object
    assert "TRAINING date" in page.headline.view.object


def test_a_message_is_text_and_goes_away(watch):
    seen = watch("message")
    assert not seen.message.row.visible
    seen.session.select({"time": SCRIPT})
    seen.settle()
    assert seen.message.row.visible
    assert seen.message.alert.title == seen.session.run.message  # text to the browser, whatever is in it
    assert seen.message.alert.object == ""
    assert not seen.message.button.visible
    seen.session.select({})
    seen.settle()
    assert not seen.message.row.visible


def test_the_status_tells_calls_seed_cache_and_staleness(watch):
    page = watch("status", method="toy_dice", seed="3")
    page.session.start()
    page.settle()
    words = page.status.words()
    assert "network calls: 4" in words
    assert "seed 3" in words
    assert "cached" not in words
    assert "12 × 16 to 48 × 64 cells" in words
    page.session.start()
    page.settle()
    assert "cached" in page.status.words()
    page.session.selection.time = "2010-01-02"
    page.settle()
    assert "settings changed" in page.status.text.object


def test_the_status_tells_of_short_memory(watch):
    page = watch("status", method="toy_dice")
    page.session.start()
    page.settle()
    assert not any("memory" in word for word in page.status.words())
    result = page.session.outcome.result
    page.session.outcome.result = replace(result, trace={**result.trace, "halved": 1.0})
    assert "memory was short: fewer members at once" in page.status.words()


def test_the_status_tells_how_the_input_was_made_where_somebody_knows(watch):
    page = watch("status", method="toy_dice")
    assert any(word.startswith("input: ") for word in page.status.words())
    scene = page.session.outcome.scene
    page.session.outcome.scene = replace(scene, problem=replace(scene.problem, observation=None))
    assert "12 × 16 to 48 × 64 cells" in page.status.words()
    assert not any(word.startswith("input: ") for word in page.status.words())


def test_run_and_cancel_follow_the_run(watch, toys):
    page = watch("runner", method="toy_gated")
    assert page.runner.cancel.disabled
    page.session.start()
    page.until(lambda: page.session.outcome.result is not None)
    assert not page.runner.cancel.disabled
    assert page.runner.bar.visible
    assert page.runner.bar[0].value == 25
    page.session.cancel()
    toys.Gated.gate.set()
    assert page.runner.cancel.disabled
    assert not page.runner.bar.visible


def test_spectrum_and_scores_are_dimmed_until_they_belong_to_the_prediction(watch, toys):
    toys.Gated.gate.clear()
    page = watch("spectrum", "scores", "histogram")
    seen = [page.spectrum.view, page.scores.view, page.histogram.view]

    def pale() -> set[bool]:
        return {float(view.styles.get("opacity", 1)) < 1 for view in seen}

    assert pale() == {False}
    page.session.chosen.method = "toy_gated"
    page.settle()
    assert pale() == {True}
    page.session.start()
    page.until(lambda: page.session.outcome.result.method == "toy_gated")
    assert not page.session.outcome.stale
    assert pale() == {True}  # the first step of four has no scores yet
    toys.Gated.gate.set()
    page.settle()
    assert pale() == {False}


# ---- everything together -------------------------------------------------------------------------------------------


def test_a_page_with_all_views_bears_any_link(watch, caplog):
    page, choose = watch(*VIEWS), random.Random(11)
    values = ["guide:nothing", "truth:speed", "estimate:beauty", SCRIPT, "1e300,-1e300", "nan", "5,1,5,1", "toy_coast",
              "toy_unseen", "toy_reef", "field:0,1;guide:sst:1,2", "gaussian", "toy_members", "west", "1e9", "2",
              ""]  # fmt: skip
    names = ["source", "lower_a", "lower_b", "probe", "probe_end", "view", "limits", "region", "method", "degradation",
             "factor", "width_km", "noise", "field", "time"]  # fmt: skip
    for _ in range(70):
        page.session.select({choose.choice(names): choose.choice(values) for _ in range(choose.randrange(1, 4))})
        if choose.random() < 0.5:
            page.session.start()
        page.settle()
        if choose.random() < 0.5:
            page.session.display.point(choose.uniform(-10, 140), choose.uniform(-10, 100))
    assert page.session.select({**dict.fromkeys(("view", "limits", "probe", "probe_end", "width_km"), ""),
                                "source": "toy_sea", "field": "ssh", "region": "all", "degradation": "block_mean",
                                "factor": "4", "method": "bicubic", "noise": "0"}) == []  # fmt: skip
    page.settle()
    assert page.session.run.message == ""
    assert caplog.records == []  # nothing but sentences
    np.testing.assert_array_equal(page.image("truth")["image"][0], page.session.outcome.scene.truth["ssh"])


@pytest.mark.parametrize(
    ("method", "factor", "words"),
    [
        ("disr", "4", ["outside its training: cells of 0.1 km", "trained on lst_tvdi, observed"]),
        ("disr", "2", ["outside its training: ×2, cells of 0.1 km", "trained on lst_tvdi, observed"]),
        ("mrunet", "8", ["outside its training: ×8", "trained on lst_ecostress, observed"]),
        ("tsharp", "2", []),
    ],
)
def test_a_network_on_other_data_or_at_another_factor_says_so(open_page, method, factor, words):
    page = open_page(source="lst_run", method=method, factor=factor).settle()
    told = line.Status(session=page.session).words()
    assert [part for part in told if part.startswith(("trained", "outside its training"))] == words


def test_of_two_methods_the_one_that_is_outside_its_training_is_named(open_page):
    """LIIF was trained at x27 without noise; optimal interpolation was trained for nothing."""
    page = open_page(
        source="ocean_run", time="2005-01-05", factor="9", noise="0.02", method="optimal_interpolation",
        method_b="liif", **{"b.through": "never"}
    ).settle()  # fmt: skip
    told = [part for part in line.Status(session=page.session).words() if "outside its training" in part]
    assert len(told) == 1
    assert told[0].startswith("B outside its training: ")
    assert page.session.outside == {"B": told[0].partition(": ")[2]}
    assert ">B outside its training<" in status.Headline(session=page.session).view.object
    page.session.select({"method": "liif", "m.through": "never"})
    told = [part for part in line.Status(session=page.settle().session).words() if "outside its training" in part]
    assert len(told) == 1, "what is true of both is said once"
    assert told[0].startswith("outside its training: ")
