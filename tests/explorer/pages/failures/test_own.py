"""A file of one's own on the page "Failure cases": scored like any other, and only where it may be opened."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from cases import run
from stage import one_sentence

from engine.errors import InputError
from explorer.base.widgets.own_file import OwnFileButton
from explorer.pages.failures import evaluation as evaluating
from explorer.pages.failures.controls import FailureControls
from explorer.pages.failures.views.heat import HeatMap

LAT, LON = np.arange(30.0, 46.0, 0.5), np.arange(-10.0, 6.0, 0.5)


def write(path, dates: int = 3, height: float = 1.0) -> None:
    """Waves of so many metres, daily."""
    waves = height * np.sin(np.add.outer(LAT, LON) * np.arange(1, dates + 1)[:, None, None] / 3)
    coords = {
        "time": ("time", np.arange(float(dates)), {"units": "days since 2010-05-01"}),
        "lat": ("lat", LAT, {"units": "degrees_north"}), "lon": ("lon", LON, {"units": "degrees_east"}),
    }  # fmt: skip
    attrs = {"long_name": "a wave", "units": "m"}
    xr.Dataset({"a": (("time", "lat", "lon"), waves, attrs)}, coords).to_netcdf(path)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder that visitors may open; the server runs in another one, with a file of the same name."""
    for name, height in (("root", 1.0), ("elsewhere", 100.0)):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "waves.nc", height=height)
    monkeypatch.setenv("FINESCALE_FILES", str(tmp_path / "root"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "root"


@pytest.fixture
def opened(opened):
    """As `opened`, waiting for the file too."""

    def start(**chosen):
        page = opened(**chosen)
        page.until(lambda: not page.session.own_file.busy)
        page.settle()
        return page

    return start


def test_a_file_is_opened_scored_and_looked_at(root, opened):
    page = opened()
    opening = page.session.own_file
    controls = FailureControls(page.session, beside_source=(OwnFileButton(opening),))
    opening.look("waves.nc")
    page.until(lambda: opening.ready)
    opening.open()
    page.until(lambda: page.session.selection.source == "own:waves.nc")
    page.settle()
    session = run(page)
    assert session.run.message == ""
    assert controls.regions.value == session.request.regions == ["whole"]
    assert session.request.methods == ["bicubic", "bilinear", "nearest"]
    assert (len(session.scored.frame), session.scored.total) == (9, 9)
    assert session.scored.frame["rmse"].max() < 1.5, "metres of the file in the folder"
    assert len(HeatMap(session).cells.data["value"]) == 3
    assert session.current.failure.box.whole == session.scored.row(session.case.place)["rmse"]
    again = opened(**session.query()).session
    pd.testing.assert_frame_equal(again.scored.frame, session.scored.frame)
    assert again.query() == session.query()


@pytest.mark.parametrize("key", ["own:../elsewhere/waves.nc", "own:{elsewhere}/waves.nc", "own:/etc/passwd"])
def test_what_may_not_be_opened_is_not_scored_either(root, opened, key):
    key = key.format(elsewhere=root.with_name("elsewhere"))
    session = opened(source=key).session
    one_sentence(session.run.message)
    assert session.selection.source == "ocean_run"
    asked = {**session.request.asked, "dataset_key": key, "methods": ["bicubic"]}
    for work in (evaluating.collect, evaluating.score):
        with pytest.raises(InputError, match="folders that may be read here"):
            next(work(asked))


def test_a_file_is_scored_here_where_all_else_goes_to_a_cluster(root, opened, monkeypatch):
    monkeypatch.setenv("FINESCALE_SCHEDULER", "tcp://127.0.0.1:1")
    session = run(opened(source="own:waves.nc", methods="bicubic"))
    assert session.run.message == ""
    assert len(session.scored.frame) == 3


def test_a_file_that_has_changed_is_scored_anew(root, opened):
    page = opened(source="own:waves.nc", methods="bicubic")
    before = run(page).scored.frame["rmse"]
    write(root / "waves.nc", height=2.0)
    after = run(opened(source="own:waves.nc", methods="bicubic")).scored.frame["rmse"]
    np.testing.assert_allclose(after, 2 * before, rtol=1e-3)


def test_of_many_dates_the_first_month_is_offered(root, opened):
    write(root / "long.nc", dates=40)
    session = opened(source="own:long.nc", methods="bicubic").session
    assert session.request.dates == "2010-05-01/2010-05-31"
    assert session.scored.total == 31
