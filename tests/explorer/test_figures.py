"""What leaves the page can be opened again, holds what was on screen, and says where it comes from."""

import tempfile
import warnings
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import stage
import xarray as xr
from matplotlib.figure import Figure

from explorer import figures


def image(session, **options) -> np.ndarray:
    """RGB of the PNG in [0, 1]."""
    return matplotlib.image.imread(figures.png(session, **options), format="png")[..., :3]


def reopened(session) -> xr.Dataset:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shown.nc"
        path.write_bytes(figures.netcdf(session).getvalue())
        with xr.open_dataset(path, engine="netcdf4") as data:
            return data.load()


def panels(picture: np.ndarray) -> list[list[float]]:
    """Share of inked pixels in the middle of each of the 3 x 3 panels, whose rows are 1, 1 and 0.85 high."""
    inked = picture.min(axis=-1) < 0.95
    middles = [((top + 0.25 * high) / 2.85, (top + 0.7 * high) / 2.85) for top, high in ((0, 1), (1, 1), (2, 0.85))]
    rows = [inked[int(start * len(inked)) : int(stop * len(inked))] for start, stop in middles]
    width = inked.shape[1] // 3
    return [[row[:, int((c + 0.25) * width) : int((c + 0.7) * width)].mean() for c in range(3)] for row in rows]


# ---- PNG -----------------------------------------------------------------------------------------------------------


def test_the_png_has_its_size_and_every_panel_is_drawn(page):
    picture = image(page.session)
    assert picture.shape == (int(8.4 * 160), 13 * 160, 3)
    inked = panels(picture)
    assert min(inked[0] + inked[1]) > 0.3
    assert inked[2][0] > 0.02
    assert inked[2][1] > 0.02
    assert len(np.unique((picture[::4, ::4] * 255).astype(int).reshape(-1, 3), axis=0)) > 300


def test_the_png_shows_what_is_on_the_screen(page):
    session = page.session
    first = image(session, dpi=40)
    np.testing.assert_array_equal(image(session, dpi=40), first)
    session.time = "2010-01-04"
    page.settle()
    another_date = image(session, dpi=40)
    session.view = (20, 60, 20, 60)
    zoomed = image(session, dpi=40)
    session.limits = {**session.limits, "field": (-5.0, 5.0)}
    other_limits = image(session, dpi=40)
    shown = [first, another_date, zoomed, other_limits]
    assert all(np.abs(one - other).mean() > 1e-3 for n, one in enumerate(shown) for other in shown[:n])


@pytest.mark.parametrize("source", ["toy_coast", "toy_reef", "toy_unseen"])
def test_the_png_leaves_out_what_the_scene_does_not_have(open_page, source):
    inked = panels(image(open_page(source=source).settle().session, dpi=60))
    assert min(inked[0][:2]) > 0.2
    assert (inked[0][2] > 0.2) == (inked[1][0] > 0.2) == (source != "toy_unseen")
    assert (inked[2][0] > 0.003) == (source != "toy_reef")
    assert source == "toy_unseen" or inked[2][1] > 0.01  # two scores alone stay above the middle


def test_before_a_run_the_png_shows_input_and_truth_alone(open_page):
    inked = panels(image(open_page(method="toy_dice").settle().session, dpi=60))
    assert inked[0][0] > 0.2
    assert inked[0][2] > 0.2
    assert max(inked[0][1], inked[1][0], inked[2][0]) < 0.003


def test_a_stale_result_is_never_exported_as_if_it_belonged_here(open_page):
    page = open_page(method="toy_dice").settle()
    session = page.session
    session.run()
    page.settle()
    assert "method: " in figures.provenance(session)
    session.seed = 5
    page.settle()
    assert "of earlier settings" in figures.provenance(session)
    assert "seed 5" not in figures.provenance(session)
    session.region = "west"  # another shape
    page.settle()
    assert "method: " not in figures.provenance(session)
    assert {"prediction", "error"}.isdisjoint(figures.dataset(session))
    assert max(panels(image(session, dpi=60))[2]) < 0.003


def test_units_of_the_scores_are_whole(page):
    axes = Figure().subplots()
    figures._scores(axes, page.session)
    text = axes.texts[0].get_text()
    lines = {line[:34].strip(): line.split()[-1] for line in text.splitlines()}
    assert lines["RMSE of the gradient"] == "km-1"
    assert "m km-1" in text
    assert lines["effective resolution"] == "km"
    assert lines["correlation"] == f"{float(page.session.result.table['correlation']):.4g}"


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", r"$5 and \nope{$", "日本 é", "a\nb", "%d {0}"])
def test_odd_titles_are_drawn_as_they_are(page, monkeypatch, title):
    monkeypatch.setattr(stage.Members, "title", title)
    page.session.method = "toy_members"
    page.settle()
    page.session.run()
    page.settle()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        assert image(page.session, dpi=40).shape == (336, 520, 3)
    assert reopened(page.session).attrs["history"] == figures.provenance(page.session)


# ---- NetCDF --------------------------------------------------------------------------------------------------------


def test_the_netcdf_holds_what_is_on_the_screen(page):
    session, data = page.session, reopened(page.session)
    assert set(data.data_vars) == {"input", "guide_sst", "prediction", "truth", "error"}
    np.testing.assert_array_equal(data["input"], session.scene.problem.low["ssh"])
    np.testing.assert_array_equal(data["guide_sst"], session.scene.problem.guides["sst"])
    np.testing.assert_array_equal(data["prediction"], session.result.values)
    np.testing.assert_array_equal(data["truth"], session.scene.truth["ssh"])
    np.testing.assert_array_equal(data["error"], data["prediction"] - data["truth"])
    for name in ("y", "x"):
        np.testing.assert_array_equal(data[name], session.scene.problem.target[name])
        np.testing.assert_array_equal(data[f"{name}_input"], session.scene.problem.low[name])


@pytest.mark.parametrize("source", ["toy_sea", "toy_coast", "toy_reef", "toy_unseen"])
def test_the_netcdf_says_what_it_is(open_page, source):
    session = open_page(source=source).settle().session
    data = reopened(session)
    assert data.attrs["Conventions"].startswith("CF-1.")
    assert data.attrs["kind"] == session.scene.kind
    assert data.attrs["split"] == session.scene.split
    assert data.attrs["source"] == session.scene.source
    assert data.attrs["license"] == "CC0"
    assert data.attrs["time_shown"] == session.scene.time
    assert session.scene.kind.upper() in data.attrs["history"]
    assert "Bicubic" in data.attrs["history"]
    for name in data.variables:
        assert data[name].attrs["units"], name
    assert data["prediction"].attrs["standard_name"] == "sea_surface_height_above_geoid"
    assert ("truth" in data) == (source != "toy_unseen")


def test_land_stays_missing_in_the_netcdf(open_page):
    session = open_page(source="toy_coast").settle().session
    data = reopened(session)
    for name in ("prediction", "truth", "error"):
        np.testing.assert_array_equal(np.isfinite(data[name].values), session.scene.problem.mask.values)


def test_members_leave_as_the_mean_that_is_shown(open_page):
    page = open_page(method="toy_members").settle()
    page.session.run()
    page.settle()
    data = reopened(page.session)
    assert data["prediction"].dims == ("y", "x")
    np.testing.assert_array_equal(data["prediction"], page.session.result.estimate["ssh"].values.mean(axis=0))


def test_a_low_pass_input_keeps_its_own_axes(open_page):
    data = reopened(open_page(degradation="gaussian").settle().session)
    assert data["input"].dims == ("y_input", "x_input")
    assert data["input"].shape == data["truth"].shape


def test_the_provenance_is_one_line_with_everything(page):
    page.session.noise = 0.1
    page.settle()
    line = figures.provenance(page.session)
    assert "\n" not in line
    for part in ("SIMULATED", "Toy sea", "Everything", "2010-01-01", "train split", "noise 0.1", "Bicubic", "seed 0"):
        assert part in line
