"""Scenes of land surface temperature: which pixels are good, grids that differ, what is held out, names for dates."""

import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from scipy import ndimage

from engine import scenes
from engine.datafiles import local
from engine.errors import DataMissing, InputError
from engine.grid import Region
from engine.scenes import lst_mrunet
from engine.scenes.shared import clouds, raster

OBSERVED = ("lst_ecostress", "lst_tvdi", "lst_mrunet")
OVERPASSES = [f"{when:%Y-%m-%d %H:%M:%S}" for when in scenes.get("lst_ecostress").times]
need_ecostress = pytest.mark.needs_data("lst_ecostress")
need_tvdi = pytest.mark.needs_data("lst_tvdi")
need_mrunet = pytest.mark.needs_data("lst_mrunet")


def stored(key: str, *words: str) -> tuple[np.ndarray, rasterio.Affine]:
    """Band and transform of the file whose name holds the words."""
    (file,) = (file for file in scenes.get(key).files if all(word in file.path for word in words))
    with rasterio.open(local(file)) as opened:
        return opened.read(1), opened.transform


def of_overpass(time: str) -> list[tuple[np.ndarray, rasterio.Affine]]:
    return [stored("lst_ecostress", what, f"{pd.Timestamp(time):%Y%j%H%M%S}") for what in ("_LST_", "_QC_")]


def loaded(key: str, time: str | None = None) -> xr.Dataset:
    data = scenes.get(key)
    return data.load(data.find_time(time), (*data.fields, *data.guides))


@pytest.mark.parametrize("key", OBSERVED)
def test_without_its_files_a_scene_says_so_and_keeps_its_names(key, no_data):
    data = scenes.get(key)
    assert not data.available
    assert len({data.written(when) for when in data.times}) == len(data.times)
    with pytest.raises(DataMissing, match="is not downloaded yet"):
        data.open()


@pytest.mark.parametrize("key", ["lst_run", *(pytest.param(k, marks=pytest.mark.needs_data(k)) for k in OBSERVED)])
def test_the_input_is_a_temperature_by_radiance(key):
    scene = scenes.open(key)
    assert scene.problem.observation.key == "radiance_mean"
    truth, low = scene.truth["lst"], scene.problem.low["lst"]
    assert truth.attrs["units"] == low.attrs["units"] == "K"
    assert 270 < float(truth.min()) < float(truth.max()) < 340
    block = truth.values[40:44, 32:36].astype(float)
    assert float(low[10, 8]) == pytest.approx(np.nanmean(block**4) ** 0.25, abs=1e-3)


# -- Los Angeles ------------------------------------------------------------------------------------------------------


@need_ecostress
@pytest.mark.parametrize("time", OVERPASSES)
def test_only_clear_pixels_of_best_quality_have_a_temperature(time):
    """Each is that of the stored pixel that the cell's centre lies in; what the producer filled or left out is not."""
    lst = loaded("lst_ecostress", time)["lst"]
    (raw, of_raw), (flags, of_flags) = of_overpass(time)
    assert of_raw == of_flags
    rows = np.floor((lst["y"].values - of_raw.f) / of_raw.e).astype(int)
    columns = np.floor((lst["x"].values - of_raw.c) / of_raw.a).astype(int)
    for at, cells in ((rows, raw.shape[0]), (columns, raw.shape[1])):
        assert at.min() >= 0
        assert at.max() < cells
    raw, flags = (values[np.ix_(rows, columns)] for values in (raw, flags))
    good = (raw != 0) & (flags != -99999) & (flags % 4 == 0)
    assert 0 < (~good).sum() < 0.06 * good.size
    clear = np.isfinite(lst.values)
    assert not (clear & ~good).any()
    assert (good & ~clear).sum() < 0.05 * good.size  # clouds
    np.testing.assert_allclose(lst.values[clear], 0.02 * raw[clear], rtol=1e-6)


@need_ecostress
def test_the_worst_overpass_has_every_kind_of_bad_pixel():
    """Not produced (value 0), without a flag (-99999), and filled stripes, whose values look as good as any."""
    (raw, _), (flags, _) = of_overpass("2023-07-13 04:06:14")
    filled = (flags != -99999) & (flags % 4 == 1)
    assert min((raw == 0).sum(), (flags == -99999).sum(), filled.sum()) > 5000
    assert (raw[filled] > 0).all()
    assert float(loaded("lst_ecostress", "2023-07-13 04:06:14")["lst"].min()) > 270


def test_a_cloud_is_much_colder_than_the_place_on_other_days():
    """A cold patch goes with its margin; a cold speck, a cooler day and one cloudy other day do not."""
    land = 310 + 5 * np.random.default_rng(0).standard_normal((80, 100)).astype(np.float32)
    land[60:, :20] -= 20
    others = np.stack([land + level for level in (-3, 0, 1, 4)])
    others[1, 40:60, 70:90] -= 30
    today = land - 6
    today[20:24, 30:33] -= 12
    today[40:42, 60:62] -= 12
    today[5, :], others[:, :, 7] = np.nan, np.nan
    found = clouds.cloudy(today, others)
    cloud = np.zeros_like(found)
    cloud[20:24, 30:33] = True
    assert found[cloud].all()
    assert not found[ndimage.distance_transform_edt(~cloud) > clouds.MARGIN].any()
    assert found.sum() > 100
    assert not clouds.cloudy(land, others).any()


@need_ecostress
def test_cumulus_and_stratus_have_no_temperature():
    """What the producer's flags call best: 275.7 K in the mountains, the sea's 290 K on the coast of Santa Monica."""
    for time, (y, x) in {
        "2023-08-14 22:35:48": ((34.12, 34.32), (-117.95, -117.55)),  # cumulus
        "2023-07-13 04:06:14": ((33.85, 34.02), (-117.64, -117.54)),  # a street of clouds, by night
        "2023-07-28 21:40:58": ((34.19, 34.22), (-118.06, -118.03)),
    }.items():
        lst = loaded("lst_ecostress", time)["lst"].sel(y=slice(*y), x=slice(*x))
        assert float(lst.min()) > 289, time
    coast = {"y": slice(33.92, 33.96), "x": slice(-118.42, -118.38)}
    hidden, clear = (
        float(loaded("lst_ecostress", time)["lst"].sel(coast).isnull().mean())
        for time in ("2023-08-14 22:35:48", "2023-08-05 18:27:15")
    )
    assert clear < 0.1 < 0.95 < hidden


@need_ecostress
def test_the_morning_under_stratus_is_in_no_split():
    """Land and sea have one temperature there, and no training or test takes it."""
    data = scenes.get("lst_ecostress")
    stratus = data.find_time("2023-07-03 15:25:51")
    assert data.split_of(stratus) == data.split_of(stratus, data.find_region("orange")) == "unused"
    coast = [
        loaded("lst_ecostress", time)["lst"].sel(y=slice(33.8, 34.0), x=slice(-118.55, -118.25)) for time in OVERPASSES
    ]
    assert float(coast[0].std()) < 1 < min(float(other.std()) for other in coast[1:])


@need_ecostress
def test_the_overpasses_come_on_one_grid_although_their_files_differ():
    shapes, corners = set(), set()
    fields = [loaded("lst_ecostress", time)["lst"] for time in OVERPASSES]
    for time in OVERPASSES:
        values, at = of_overpass(time)[0]
        shapes.add(values.shape)
        corners.add((at.c, at.f))
    assert len(OVERPASSES) == len(corners) == 8
    assert len(shapes) == 4
    for field in fields:
        assert field.shape == (1048, 1864)
        for axis in ("y", "x"):
            np.testing.assert_array_equal(field[axis], fields[0][axis])
            assert (np.diff(field[axis]) > 0).all()


@need_ecostress
def test_the_sea_is_cool_by_day_and_warm_by_night():
    """Where land and sea, day and night are: coordinates and hours are those of Los Angeles."""
    for time, sign in (("2023-08-05 18:27:15", 1), ("2023-07-26 06:37:32", 0), ("2023-08-14 22:35:48", 1)):
        lst = loaded("lst_ecostress", time)["lst"]
        sea = lst.sel(y=slice(33.85, 33.95), x=slice(-118.6, -118.5))
        inland = lst.sel(y=slice(33.95, 34.1), x=slice(-117.9, -117.6))
        assert float(sea.std()) < float(inland.std())
        assert (float(inland.mean() - sea.mean()) > 15) == bool(sign)


@pytest.mark.parametrize(
    ("time", "region", "split"),
    [
        ("2023-08-05 18:27:15", "pomona", "test"),
        ("2023-08-14 22:35:48", "-117.9,-117.8,34,34.1", "test"),
        ("2023-08-05 18:27:15", "bay", "train"),
        ("2023-07-03 15:25:51", "bay", "train"),
        ("2023-07-28 21:40:58", "centre", "train"),
        ("2023-07-13 04:06:14", "orange", "validation"),
        ("2023-07-28 21:40:58", "gabriel", "validation"),
        ("2023-08-05 18:27:15", "image", "train"),
        ("2023-08-05 18:27:15", "-118.05,-117.8,34,34.1", "train"),
        ("2023-08-05 18:27:15", "-118,-117.8,34,34.1", "test"),
    ],
)
def test_a_trained_place_is_trained_at_any_date(time, region, split):
    data = scenes.get("lst_ecostress")
    assert data.split_of(data.find_time(time), data.find_region(region)) == split


@need_ecostress
def test_a_scene_says_whether_it_is_held_out():
    assert scenes.open("lst_ecostress").split == "test"
    assert scenes.open("lst_ecostress", region="image").split == "train"
    assert scenes.open("lst_ecostress", time="2023-07-13 04:06:14").split == "validation"
    assert scenes.open("lst_ecostress").time == "2023-08-05 18:27:15"


def test_without_a_trained_place_dates_alone_separate():
    data = scenes.get("altimetry_med")
    assert data.trained_on is None
    for day in ("2005-04-03", "2005-06-25"):
        when = pd.Timestamp(day)
        assert data.split_of(when, data.find_region()) == data.split_of(when)
    assert Region("", (0, 1), (0, 1)).touches(Region("", (0.9, 2), (0, 1)))
    assert not Region("", (0, 1), (0, 1)).touches(Region("", (1, 2), (0, 1)))
    assert not Region("", (0, 1), (0, 1)).touches(Region("", (0, 1), (2, 3)))


# -- the oasis --------------------------------------------------------------------------------------------------------


@need_tvdi
def test_temperature_at_120_m_is_the_radiance_of_sixteen_pixels():
    raw, at = stored("lst_tvdi", "lst.tif")
    fields = loaded("lst_tvdi")
    blocks = (raw.astype(float) ** 4).reshape(250, 4, 250, 4).mean((1, 3)) ** 0.25
    np.testing.assert_allclose(fields["lst"], blocks[::-1], atol=1e-3)  # in the file the north is first
    assert fields["lst"].sizes == {"y": 250, "x": 250}
    np.testing.assert_allclose(fields["x"], (at.c + 60 + 120 * np.arange(250)) / 1000, atol=1e-6)
    np.testing.assert_allclose(fields["y"][::-1], (at.f - 60 - 120 * np.arange(250)) / 1000, atol=1e-6)
    assert (blocks > raw.reshape(250, 4, 250, 4).mean((1, 3), dtype=float) - 1e-9).all()


@need_tvdi
def test_the_index_keeps_its_mean_from_30_03_m_to_120_m():
    raw, at = stored("lst_tvdi", "ndvi.tif")
    index = loaded("lst_tvdi")["ndvi"]
    assert at.a == 30.03
    assert index.attrs["units"] == "1"
    assert np.isfinite(index).all()
    inside = raw[:999, :999].astype(float)  # 29 999.97 m of the domain's 30 000
    assert float(index.mean()) == pytest.approx(inside[inside != 0].mean(), abs=1e-4)
    corner = raw[-5:-1, -5:-1]  # 30 m off would be another pixel here
    assert float(index[0, -1]) == pytest.approx(corner.mean(), abs=0.5 * float(corner.std()))


@need_tvdi
def test_temperature_and_index_lie_over_each_other():
    """Details of the two agree best where they are: one cell off in any direction they do not."""
    fields = loaded("lst_tvdi")
    assert np.corrcoef(fields["lst"].values.ravel(), fields["ndvi"].values.ravel())[0, 1] < -0.85
    lst, index = (field - field.rolling(y=5, x=5, center=True).mean() for field in (fields["lst"], fields["ndvi"]))

    def agreement(**off):
        return float(xr.corr(lst[8:-8, 8:-8], index.shift(off)[8:-8, 8:-8]))

    assert agreement(y=0) < -0.65
    assert all(agreement(**{axis: step}) > -0.55 for axis in ("y", "x") for step in (-1, 1))


@need_tvdi
def test_the_north_is_trained_and_the_south_is_held_out_behind_a_gap():
    opened = {region: scenes.open("lst_tvdi", region=region) for region in ("north", "south", "scene")}
    assert {region: scene.split for region, scene in opened.items()} == {
        "north": "train", "south": "test", "scene": "train",
    }  # fmt: skip
    cells = {region: scene.truth["y"].values for region, scene in opened.items()}
    assert cells["north"].min() - cells["south"].max() - 0.12 > 1.15  # km between the cells' edges
    assert scenes.open("lst_tvdi").region == opened["south"].region
    assert scenes.open("lst_tvdi", region="610,620,4300,4305").split == "train"
    assert scenes.open("lst_tvdi", region="610,620,4290,4303.5").split == "test"


# -- GeoTIFF ----------------------------------------------------------------------------------------------------------

CORNER = (606988.245, 4317904.614)


def squares(spacing: float) -> rasterio.Affine:
    return rasterio.Affine(spacing, 0, CORNER[0], 0, -spacing, CORNER[1])


def written(path, values: np.ndarray, spacing: float, **profile):
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype="float32",
        crs="EPSG:32647", transform=squares(spacing), **profile,
    ) as file:  # fmt: skip
        file.write(values.astype(np.float32), 1)
    return path


def test_a_slope_stays_a_slope_on_a_grid_of_another_spacing(tmp_path):
    """From 30.03 m to 120 m it is exact at the new centres; taken for 30 m it would be 30 m off at the end."""
    down, across = ((np.arange(1000) + 0.5) * 30.03 for _ in range(2))
    path = written(tmp_path / "slope.tif", 2e-5 * down[:, None] - 1e-5 * across, 30.03)
    means = raster.averaged(raster.band(path), squares(120), (250, 250))
    centres = (np.arange(250) + 0.5) * 120
    np.testing.assert_allclose(means, 2e-5 * centres[:, None] - 1e-5 * centres, atol=1e-5)  # half a metre
    assert means.dtype == np.float32


def test_what_is_missing_has_no_part_in_a_mean_over_another_grid(tmp_path):
    values = np.full((80, 80), 0.4)
    values[:40, :40], values[60:, 60:] = 0.2, np.nan
    stored = raster.band(written(tmp_path / "gaps.tif", values, 30.0))
    means = raster.averaged(stored, squares(120), (22, 20))
    np.testing.assert_allclose(means[:10, :10], 0.2)
    np.testing.assert_allclose(means[10:15, 10:15], 0.4)
    assert np.isnan(means[15:, 15:]).all()
    assert np.isnan(means[20:]).all()  # the file ends there


def test_a_band_has_its_centres_and_says_what_is_missing(tmp_path):
    band = raster.band(written(tmp_path / "band.tif", np.arange(12.0).reshape(3, 4), 30.0, nodata=-1))
    np.testing.assert_array_equal(band, np.arange(12).reshape(3, 4))
    np.testing.assert_allclose(band["x"], CORNER[0] + 15 + 30 * np.arange(4))
    np.testing.assert_allclose(band["y"], CORNER[1] - 15 - 30 * np.arange(3))
    assert band.attrs["_FillValue"] == -1


def test_a_file_that_has_changed_is_read_again(tmp_path):
    path = tmp_path / "twice.tif"
    assert float(raster.band(written(path, np.zeros((4, 4)), 30.0)).max()) == 0
    assert float(raster.band(written(path, np.ones((6, 6)), 30.0)).max()) == 1


@pytest.mark.parametrize("content", [b"", b"II*\0", b"no raster at all", b"\x89HDF\r\n\x1a\n" + bytes(99)])
def test_a_file_that_is_no_raster_is_one_sentence(content, tmp_path):
    path = tmp_path / "broken.tif"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^The file broken\.tif cannot be read as GeoTIFF; fetch it anew\.$"):
        raster.band(path)


# -- pairs of MODIS ---------------------------------------------------------------------------------------------------


@need_mrunet
def test_the_ten_pairs_are_those_of_the_file():
    data = scenes.get("lst_mrunet")
    pairs = np.load(local(data.files[0]))
    assert data.labels == tuple(f"pair {number}" for number in range(1, 11))
    for number, label in enumerate(data.labels):
        scene = scenes.open("lst_mrunet", time=label)
        assert (scene.time, scene.split) == (label, "test")
        np.testing.assert_allclose(scene.truth["lst"][::-1], pairs[number, 1], rtol=1e-6)
        np.testing.assert_allclose(scene.problem.guides["ndvi"][::-1], pairs[number, 0], rtol=1e-6)
        assert np.corrcoef(pairs[number, 1].ravel(), pairs[number, 0].ravel())[0, 1] < 0.1  # no pair is shuffled
    np.testing.assert_allclose(np.diff(scene.truth["x"]), 1)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[:5000],
        lambda whole: b"PK\3\4" + whole,
        lambda whole: whole.replace(b"(10, 2, 64, 64)", b"(20, 1, 64, 64)"),
        lambda whole: whole.replace(b"(10, 2, 64, 64)", b"(99999999999,9)"),
    ],
    ids=["empty", "cut", "archive", "shape", "huge"],
)
def test_a_corrupt_file_of_pairs_is_one_sentence(spoil, tmp_path):
    path = tmp_path / "pairs.npy"
    np.save(path, np.zeros((10, 2, 64, 64)))
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(InputError, match=r"^The file pairs\.npy (cannot be read|holds .*)[^\n]*\.$"):
        lst_mrunet._pairs(path)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was unpacked",)


def test_a_pickle_is_not_unpacked(tmp_path):
    path = tmp_path / "pairs.npy"
    np.save(path, np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"^The file pairs\.npy cannot be read; fetch it anew\.$"):
        lst_mrunet._pairs(path)


# -- names in place of dates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["lst_run", "lst_mrunet", "lst_tvdi"])
def test_a_name_is_taken_back_as_it_is_written(key):
    data = scenes.get(key)
    assert data.find_time() == data.times[0]
    for when, label in zip(data.times, data.labels, strict=True):
        assert data.written(when) == label
        assert data.find_time(label) == data.find_time(when) == when
        assert data.split_of(when) == "test"


def test_a_scene_has_its_name():
    assert scenes.open("lst_run", time="country 3").time == "country 3"
    assert scenes.open("lst_run").time == "country 1"


@pytest.mark.parametrize("time", ["pair 3", "country 11", "1970-01-01", 3, "x" * 500, pd.Timestamp("1999-01-01")])
def test_a_name_that_is_not_there_is_one_sentence(time):
    with pytest.raises(InputError, match=r"^Land run, 100 m has no scene '.{1,40}'; it has country 1, .*10\.$"):
        scenes.open("lst_run", time=time)


# -- the made-up country ----------------------------------------------------------------------------------------------


def test_the_same_country_is_the_same_land_and_apart():
    first, second = (scenes.open("lst_run", time="country 2") for _ in range(2))
    xr.testing.assert_identical(first.truth, second.truth)
    first.truth["lst"].values[:] = 0
    first.problem.guides["ndvi"].values[:] = 0
    xr.testing.assert_identical(scenes.open("lst_run", time="country 2").truth, second.truth)
    assert not scenes.open("lst_run", time="country 3").truth.equals(second.truth)


def test_a_country_is_said_to_be_simulated_and_held_out():
    scene = scenes.open("lst_run")
    assert (scene.kind, scene.split) == ("simulated", "test")
    assert scene.truth["lst"].shape == (256, 256)
    assert float(np.diff(scene.truth["x"]).mean()) == pytest.approx(0.1)
    assert scene.problem.observation.scale_km == pytest.approx(0.4)
    land = scene.problem.guides["ndvi"].values > 0
    assert np.corrcoef(scene.truth["lst"].values[land], scene.problem.guides["ndvi"].values[land])[0, 1] < -0.4
