"""The figures for print show what is on the screen, whole, and say where it comes from."""

import io
import warnings

import matplotlib.image
import numpy as np
import pytest
import stage
from motions import moved

from explorer.drawing import pictures
from explorer.figures import sheet
from explorer.pages.motion.figure import MotionScreen
from explorer.pages.resolution.figure import ResolutionScreen


def figure(session):
    """The figure with everything in its place."""
    fig = ResolutionScreen.of(session).figure()
    sheet.settle(fig)
    return fig


def image(fig, dpi: int = 60) -> np.ndarray:
    """RGB of the PNG in [0, 1]."""
    return matplotlib.image.imread(io.BytesIO(sheet.png(fig, {}, dpi)), format="png")[..., :3]


def fields(fig) -> dict[str, np.ndarray]:
    """What is drawn under every title, land as NaN."""
    drawn = {" ".join(ax.get_title().split()): ax.get_images() for ax in fig.axes}
    return {title: np.ma.filled(images[0].get_array(), np.nan) for title, images in drawn.items() if images}


def words(fig) -> str:
    return "\n".join(text.get_text() for ax in fig.axes for text in ax.texts)


def test_every_map_is_the_one_on_the_screen_with_its_limits_and_unit(page):
    session = page.session
    shown = {key: session.display.picture(key) for key in ("input", "estimate", "truth", "error")}
    limits = {key: session.display.limits_of(picture) for key, picture in shown.items()}
    fig = figure(session)
    drawn = fields(fig)
    assert len(drawn) == 6
    for key, picture in shown.items():
        np.testing.assert_array_equal(drawn[picture.title], picture.field.values)
        ax = next(ax for ax in fig.axes if ax.get_title() == picture.title)
        assert ax.get_images()[0].get_clim() == limits[key]
    bars = [ax for ax in fig.axes if ax.get_label() == "<colorbar>"]
    assert len(bars) == 6
    assert {bar.get_title(loc="left") for bar in bars} == {"m", "°C", ""}


def test_it_can_be_read_at_the_width_of_a_page(page):
    fig = figure(page.session)
    assert fig.get_size_inches()[0] == 7.2
    fig.canvas.draw()
    texts = [text for ax in fig.axes for text in (*ax.texts, ax.title, ax.xaxis.label) if text.get_text()]
    assert min(text.get_fontsize() for text in texts) >= 5
    assert min(label.get_fontsize() for ax in fig.axes for label in ax.get_xticklabels()) >= 5
    frame = fig.bbox.expanded(1.005, 1.005)
    for text in [*texts, *fig.texts]:
        box = text.get_window_extent()
        assert frame.x0 <= box.x0, text
        assert box.x1 <= frame.x1, text
    maps = [ax.get_window_extent() for ax in fig.axes if ax.get_images()]
    assert not any(one.overlaps(other) for n, one in enumerate(maps) for other in maps[:n])
    picture = image(fig, 300)
    assert picture.shape[1] == 2160
    assert (picture[:3] > 0.99).all()  # a light ground
    assert len(np.unique((picture[::8, ::8] * 255).astype(int).reshape(-1, 3), axis=0)) > 300


def test_zoom_and_probe_are_in_it(page):
    session = page.session
    session.look.view, session.display.probe, session.display.probe_end = (20, 60, 20, 60), (30, 30), (40, 50)
    fig = figure(session)
    ax = next(ax for ax in fig.axes if ax.get_title() == "Truth")
    assert (*ax.get_xlim(), *ax.get_ylim()) == (20, 60, 20, 60)
    np.testing.assert_array_equal(ax.lines[-1].get_xydata(), [(30, 30), (40, 50)])
    assert [ax.get_xlabel() for ax in fig.axes].count("distance (km)") == 1


def test_members_are_in_a_row_behind_their_spread(open_page):
    page = open_page(method="toy_members", **{"m.members": "9"}).settle()
    page.session.start()
    page.settle()
    page.session.display.lower_a, page.session.display.lower_b = "guide:sst", "estimate:vorticity"
    drawn, members = fields(figure(page.session)), page.session.outcome.result.members
    for number in range(7):
        np.testing.assert_array_equal(drawn[str(number + 1)], members[number])
    np.testing.assert_allclose(drawn["Spread of the members"], members.std("member", ddof=1), rtol=1e-6)
    assert "8" not in drawn


@pytest.mark.parametrize("source", ["toy_coast", "toy_reef", "toy_unseen"])
def test_what_the_scene_does_not_have_is_left_out(open_page, source):
    fig = figure(open_page(source=source).settle().session)
    titles = set(fields(fig))
    assert ("Truth" in titles) == ("Error" in titles) == (source != "toy_unseen")
    assert ("Consistency: degrade(prediction) - input" in titles) == (source == "toy_unseen")
    assert any("wavenumber" in ax.get_xlabel() for ax in fig.axes) == (source != "toy_reef")
    assert "distance to the input" in words(fig)


def test_before_a_run_it_shows_input_and_truth_alone(open_page):
    assert set(fields(figure(open_page(method="toy_dice").settle().session))) == {
        "Input", "Truth", "Guide: sea surface temperature"
    }  # fmt: skip


def test_a_stale_result_is_never_shown_as_if_it_belonged_here(open_page):
    page = open_page(method="toy_dice").settle()
    session = page.session
    session.start()
    page.settle()
    assert "method: " in ResolutionScreen.of(session).provenance
    session.chosen.seed = 5
    page.settle()
    assert "of earlier settings" in ResolutionScreen.of(session).provenance
    assert "seed 5" not in ResolutionScreen.of(session).provenance
    assert ResolutionScreen.of(session).seed == 0
    session.selection.region = "west"  # another shape
    page.settle()
    assert "method: " not in ResolutionScreen.of(session).provenance
    assert "Prediction" not in " ".join(fields(figure(session)))


def test_the_scores_have_their_units_and_those_of_bicubic(page):
    text = words(figure(page.session))
    assert "RMSE of the gradient (m km⁻¹)" in text
    assert "effective resolution (km)" in text
    assert text.count(f"{float(page.session.outcome.result.table['correlation']):.4g}") == 2


def test_detail_is_drawn_in_three_colours_and_bars(open_page):
    session = open_page(lower_a="detail:fine", method="nearest").settle().session
    fig = figure(session)
    table = session.outcome.result.table
    assert f"{float(table['precision_fine']):.0%} real, {float(table['recall_fine']):.0%} found" in words(fig)
    shown = pictures.picture("detail:fine", session.outcome.scene, session.outcome.result)
    np.testing.assert_array_equal(fields(fig)[shown.title], shown.field)
    ax = next(ax for ax in fig.axes if ax.get_title().startswith("Detail"))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["recovered", "invented", "missed"]
    assert len([ax for ax in fig.axes if ax.get_label() == "<colorbar>"]) == 5


@pytest.mark.parametrize("title", [r"<script>$5 and \nope{$", "日本 é\n%d {0}"])
def test_odd_titles_are_drawn_as_they_are(page, monkeypatch, title):
    monkeypatch.setattr(stage.Members, "title", title)
    page.session.chosen.method = "toy_members"
    page.settle()
    page.session.start()
    page.settle()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        fig = figure(page.session)
        assert image(fig, 40).shape[1] == 288
    assert f"Prediction: {' '.join(title.split())}, mean of 3" in fields(fig)


def test_the_provenance_is_one_line_with_everything(page):
    page.session.input.noise = 0.1
    page.settle()
    line = ResolutionScreen.of(page.session).provenance
    assert "\n" not in line
    parts = ("SIMULATED", "Toy sea", "Everything", "2010-01-01", "train split", "noise 0.1", "Bicubic", "seed 0", "CC0")
    for part in parts:
        assert part in line


def test_motion_has_images_arrows_a_wheel_forecasts_cost_and_errors():
    session = moved(**{"m.iterations": "3"}, image="2", lead="3")
    fig = MotionScreen.of(session).figure()
    sheet.settle(fig)
    drawn, found, scene = fields(fig), session.outcome.result, session.outcome.scene
    np.testing.assert_array_equal(drawn["Image 2021-06-01 00:05"], scene.problem.low["rain_rate"][1])
    np.testing.assert_array_equal(drawn["What happened after 15 min"], scene.truth["rain_rate"][2])
    np.testing.assert_array_equal(drawn["Forecast after 15 min"], found.estimate["forecast"][2])
    flow = next(ax for ax in fig.axes if ax.get_title().startswith("Flow by colour"))
    assert flow.get_images()[0].get_array().shape == (128, 128, 4)
    assert len(flow.child_axes) == 1  # the wheel
    (arrows,) = (item for ax in fig.axes for item in ax.collections if hasattr(item, "U"))
    u, v = session.moving.flow["u"].mean(), session.moving.flow["v"].mean()
    assert np.sign(arrows.U.mean()) == np.sign(u)
    assert np.sign(arrows.V.mean()) == np.sign(v)
    labels = {ax.get_xlabel(): ax for ax in fig.axes}
    np.testing.assert_allclose(labels["iterate"].lines[0].get_ydata(), found.curve("cost")[1])
    assert [text.get_text() for text in labels["iterate"].texts] == list(found.stages.values())
    assert labels["lead time (min)"].get_ylabel() == "RMSE of the forecast (mm h⁻¹)"
    assert f"{found.errors['estimate'][0]:.3f}" in words(fig)
    assert image(fig, 50).shape[1] == 360
