"""A person's own file is opened as what it is: values, axes, units and dates are those that were written."""

import netCDF4
import numpy as np
import psutil
import pyproj
import pytest
import xarray as xr
from own_files import CASES, Case, degrees, on_grid, wave, write

from engine import methods, scenes
from engine.errors import InputError
from engine.grid import EARTH_RADIUS
from engine.reading.content import content_of
from engine.reading.curved import unit_vectors
from engine.reading.examine import Examined
from engine.reading.places import ANYWHERE
from engine.scenes.own import LARGEST_SCENE, OwnData, opened


def key(path, answers=None) -> str:
    return ";".join((f"own:{path}", *(f"{name}={said}" for name, said in (answers or {}).items())))


def examine(path, answers=None) -> Examined:
    return Examined(content_of(ANYWHERE.find(str(path))), answers or {})


def expected(one: Case, data: OwnData) -> np.ndarray:
    """What the case says or, on a curved grid, the analytic field at the plane's own cells."""
    if one.values.size:
        return one.values
    x, y = np.meshgrid(data._plane.x, data._plane.y)
    if one.axes == "km":
        lon, lat = (data.content.coordinate(name) for name in ("nav_lon", "nav_lat"))
        middle = np.nanmean(unit_vectors(lon, lat), axis=(0, 1))
        at = np.rad2deg([np.arctan2(middle[1], middle[0]), np.arcsin(middle[2] / np.linalg.norm(middle))])
        plane = f"+proj=laea +lon_0={at[0]} +lat_0={at[1]} +R={EARTH_RADIUS}"
        x, y = pyproj.Transformer.from_crs(plane, "EPSG:4326", always_xy=True).transform(1000 * x, 1000 * y)
    return wave(y, x)


@pytest.mark.parametrize("name", [name for name in CASES if name != "huge"])
def test_a_file_is_opened_as_it_was_written(name, tmp_path):
    one = CASES[name](tmp_path)
    check_questions(one)
    data = opened(key(one.path, one.answers))
    check_values(one, data)
    again = opened(data.key)
    assert again.key == data.key
    xr.testing.assert_identical(again.load(again.find_time(one.date), again.fields[:1]),
                                data.load(data.find_time(one.date), data.fields[:1]))  # fmt: skip
    check_scenes(one)


def check_questions(one: Case) -> None:
    """What has no default is asked, and nothing else; until then it is not opened."""
    answers: dict[str, str] = {}
    while waiting := examine(one.path, answers).asking.open:
        with pytest.raises(InputError, match="leaves something open"):
            opened(key(one.path, answers))
        answers[waiting[0].name] = one.answers[waiting[0].name]
    assert tuple(answers) == one.asked
    assert answers == one.answers


def check_values(one: Case, data: OwnData) -> None:
    """Values, axes, units and dates are those that were written."""
    assert tuple(data.written(time) for time in data.times) == one.dates
    field = data.load(data.find_time(one.date), (one.name,))[one.name]
    wanted = expected(one, data)
    inside = np.isfinite(field.values)
    if one.values.size:
        np.testing.assert_array_equal(inside, np.isfinite(wanted))
        np.testing.assert_allclose(field.y, one.y, atol=1e-6)
        np.testing.assert_allclose(field.x, one.x, atol=1e-6)
    else:
        assert inside.mean() > 0.4, "most of the box around the grid is the grid"
    np.testing.assert_allclose(field.values[inside], wanted[inside], atol=one.tolerance, rtol=1e-6)
    assert field.attrs["units"] == one.units
    assert field.x.attrs["units"].startswith(one.axes)
    assert one.note in data.caution


def check_scenes(one: Case) -> None:
    """As a truth it is degraded, as an input refined; a method that takes any field runs on both."""
    truth = scenes.open(key(one.path, one.answers), time=one.date, factor=2)
    assert truth.truth is not None
    assert (truth.kind, truth.time) == ("unknown", one.date or one.dates[0])
    seen = scenes.open(key(one.path, one.answers | {"mode": "input", "kind": "reanalysis"}), time=one.date, factor=2)
    assert (seen.truth, seen.kind) == (None, "reanalysis")
    for scene, times in ((truth, 1), (seen, 2)):
        estimate = methods.create("bicubic", consistent=True).predict(scene.problem)[one.name]
        assert np.isfinite(estimate.values[scene.problem.mask.values]).all()
        shape = truth.truth[one.name].shape
        assert all(abs(n - times * whole) <= 2 * times for n, whole in zip(estimate.shape, shape, strict=True))


# ---- a box of a large file ------------------------------------------------------------------------------------------


def test_of_a_huge_file_only_the_box_is_read(tmp_path):
    one = CASES["huge"](tmp_path)
    assert one.path.stat().st_size < 5e6
    before = psutil.Process().memory_info().rss
    data = opened(key(one.path))
    inside = f"{one.x[0] - 1e-4},{one.x[-1] + 1e-4},{one.y[0] - 1e-4},{one.y[-1] + 1e-4}"
    scene = data.open(region=inside, factor=2)
    np.testing.assert_allclose(scene.truth["a"], one.values, rtol=1e-6)
    child = psutil.Process(data.content.asked._process.pid).memory_info().rss
    assert child < 3e8
    assert psutil.Process().memory_info().rss - before < 2e8
    with pytest.raises(InputError, match=f"at most {LARGEST_SCENE // 10**6} million"):
        data.open(region="whole")


def test_a_part_of_a_region_across_the_seam_is_the_part_of_the_whole(tmp_path):
    """Longitudes from 0 to 360 are stored with Greenwich at both ends."""
    data = opened(key(CASES["packed_global_descending"](tmp_path).path))
    whole, part = data.load(data.times[0], ("a",)), data.cut(data.times[0], ("a",), data.find_region("-30,41,-50,20"))
    xr.testing.assert_identical(part, whole.sel(y=slice(-50, 20), x=slice(-30, 41)))


def test_the_overview_is_a_thinned_field(tmp_path):
    lat, lon = np.linspace(-60, 60, 500), np.linspace(0, 359.5, 720)
    data = opened(key(write(tmp_path / "a.nc", on_grid(lat, lon), "lat lon", degrees(lat, lon))))
    overview = data.overview()
    assert max(overview.shape) <= 220
    np.testing.assert_allclose(overview, on_grid(overview.y.values, overview.x.values), atol=1e-5)


# ---- what is in a file ----------------------------------------------------------------------------------------------


def test_several_variables_are_a_question_and_then_fields(tmp_path):
    parts = {
        "adt": ("m", "sea_surface_height_above_geoid"), "analysed": ("kelvin", "sea_surface_temperature"),
        "vel": ("m/s", "eastward_sea_water_velocity"), "strange": ("furlong", "odd"), "bare": ("", ""),
    }  # fmt: skip
    data = xr.Dataset(coords=degrees())
    for name, (units, standard) in parts.items():
        data[name] = (
            ("lat", "lon"),
            on_grid() + 280 * (name == "analysed"),
            {"units": units, "standard_name": standard},
        )
    data["flags"] = (("lat", "lon"), on_grid().astype("i1"), {"flag_meanings": "good bad", "flag_values": [0, 1]})
    data.to_netcdf(tmp_path / "many.nc")
    found = examine(tmp_path / "many.nc")
    (question,) = found.asking.open
    assert question.name == "variable"
    assert list(question.choices) == list(parts)
    own = opened(key(tmp_path / "many.nc", {"variable": "adt"}))
    assert own.fields == ("ssh", "sst", "u", "strange")
    scene = own.open(factor=2)
    assert list(scene.problem.guides) == ["sst"], "a temperature guides, what follows from the height does not"
    np.testing.assert_allclose(scene.problem.guides["sst"], on_grid() + 6.85, atol=1e-4)
    assert scene.problem.guides["sst"].attrs["units"] == "degC"
    methods.create("resac_sst").predict(own.open(factor=3).problem)
    strange = own.open(field="strange", factor=2)
    with pytest.raises(InputError, match="trained for sea surface height, not for strange"):
        methods.create("liif").predict(strange.problem)


def test_a_person_can_say_what_a_quantity_is(tmp_path):
    path = write(tmp_path / "a.nc", on_grid(), "lat lon", degrees())
    own = opened(key(path, {"quantity": "ssh"}))
    assert own.fields == ("ssh",)
    with pytest.raises(InputError, match="no answer"):
        opened(key(path, {"quantity": "sst"}))  # metres are no temperature


def test_a_lexicon_name_is_not_taken_for_the_lexicon_s_quantity(tmp_path):
    """A variable called ssh, in degrees of something, is not the height that methods were trained on."""
    data = xr.Dataset({"ssh": (("lat", "lon"), on_grid(), {"units": "1"})}, degrees())
    data.to_netcdf(tmp_path / "a.nc")
    assert opened(key(tmp_path / "a.nc")).fields == ("ssh_",)


def test_real_altimetry_is_what_the_catalogue_opens():
    own_file = scenes.get("altimetry_med")
    if not own_file.available:
        pytest.skip("the file is not here")
    path = next(copy for copy in own_file.files[0].copies().values() if copy.is_file())
    mine = scenes.open(key(path, {"quantity": "ssh"}), time="2005-06-24", factor=4, region="-6,36.5,30,46")
    known = scenes.open("altimetry_med", time="2005-06-24", factor=4, region="-6,36.5,30,46")
    xr.testing.assert_allclose(mine.truth["ssh"].drop_attrs(), known.truth["ssh"].drop_attrs(), atol=1e-6)


def test_a_projected_file_knows_its_latitude(tmp_path):
    one = CASES["projected"](tmp_path)
    field = opened(key(one.path)).load(opened(key(one.path)).times[0], ("a",))["a"]
    assert field.attrs["coriolis_parameter"] == pytest.approx(2 * 7.2921e-5 * np.sin(np.deg2rad(52)), rel=5e-3)


# ---- answers and keys -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ("unit", "not understood"), ("mode=nonsense", "no answer"), ("mode=truth;mode=input", "not understood"),
        ("unit=" + "m" * 90, "leaves 'unit' not open"), ("at.x=3", "leaves 'at.x' not open"),
        ("variable=__import__('os')", "no answer"), ("mode=%00", "no answer"),
    ],
)  # fmt: skip
def test_answers_that_are_none_are_refused(tmp_path, answers, words):
    path = write(tmp_path / "a.nc", on_grid(), "lat lon", degrees())
    with pytest.raises(InputError, match=words) as told:
        opened(f"own:{path};{answers}")
    assert str(told.value).endswith(".")


def test_names_with_separators_stay_whole(tmp_path):
    path = write(tmp_path / "a;b=c %41 é.nc", on_grid(), "lat lon", degrees(), attrs={})
    found = examine(path, {"unit": "kg m-3;x=1"})
    own = OwnData(found, ANYWHERE.find(str(path)))
    assert own.key.count(";") == 1
    assert opened(own.key).load(own.times[0], own.fields)["a"].attrs["units"] == "kg m-3;x=1"


def test_a_changed_file_is_opened_anew(tmp_path):
    path = write(tmp_path / "a.nc", on_grid(), "lat lon", degrees())
    first = opened(key(path))
    write(path, on_grid() + 1, "lat lon", degrees())
    second = opened(key(path))
    assert second.stamp != first.stamp
    assert float(second.load(second.times[0], ("a",))["a"].mean()) == pytest.approx(
        float(on_grid().mean()) + 1, abs=1e-5
    )


def test_the_axes_of_a_file_may_be_told_otherwise(tmp_path):
    """Where a variable has several dimensions that could be an axis, the person decides."""
    values = np.arange(9 * 10 * 11.0).reshape(9, 10, 11)
    with netCDF4.Dataset(tmp_path / "cube.nc", "w") as out:
        for name, size in zip("pqr", values.shape, strict=True):
            out.createDimension(name, size)
        out.createVariable("a", "f8", ("p", "q", "r"))[:] = values
        out["a"].units = "m"
    answers = {"x": "p", "y": "r", "at.q": "4", "spacing": "1", "rows": "south"}
    own = opened(key(tmp_path / "cube.nc", answers))
    np.testing.assert_array_equal(own.load(own.times[0], ("a",))["a"], values[:, 4, :].T)
