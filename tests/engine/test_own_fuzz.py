"""Whatever stands in a header: the file is opened or refused with one sentence, and nothing else happens."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from own_files import CASES, degrees, on_grid, write

from engine import methods
from engine.errors import InputError
from engine.reading.content import Content, Stored, unpacked
from engine.reading.examine import Examined
from engine.reading.places import Place
from engine.reading.questions import compose, parse
from engine.scenes.own import OwnData, opened

QUICK = settings(
    max_examples=80, phases=(Phase.explicit, Phase.generate), deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
SLOW = settings(QUICK, max_examples=6)
ODD = ("", "\0", "<script>", "é" * 300, "1e400", "days since 2000-01-01", "days since 0000-00-00", "months since 1-1-1",
       "degrees_north", "degrees_east", "nan", "m", "X", "Y", "T", "lat lon", "a", "latitude", "grid_latitude",
       "projection_x_coordinate", "time", "true", "360_day", "noleap", "__import__('os')", "{0.__class__}")  # fmt: skip
words = st.one_of(st.sampled_from(ODD), st.text(max_size=30))
numbers = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(lambda n: np.array([n], "i4")),
    st.floats().map(lambda x: np.array([x], "f8")),
    st.lists(st.floats(width=32), min_size=1, max_size=4).map(lambda x: np.array(x, "f4")),
)
NAMES = (
    "units", "standard_name", "long_name", "axis", "calendar", "coordinates", "grid_mapping", "bounds", "positive",
    "_Unsigned", "scale_factor", "add_offset", "_FillValue", "missing_value", "valid_min", "valid_max", "valid_range",
    "flag_values", "_CoordinateAxisType", "crs_wkt", "grid_mapping_name",
)  # fmt: skip
attributes = st.dictionaries(st.sampled_from(NAMES), st.one_of(words, numbers), max_size=5)
USUAL = {
    "time": {"units": "days since 2000-01-01"}, "lat": {"units": "degrees_north"}, "lon": {"units": "degrees_east"},
    "a": {"units": "m"}, "b": {"units": "K"}, "crs": {},
}  # fmt: skip
DIMS = {
    "time": ("time",),
    "lat": ("lat",),
    "lon": ("lon",),
    "a": ("time", "lat", "lon"),
    "b": ("lat", "lon"),
    "crs": (),
}


class Pretended(Content):
    """A file in memory with any attributes, as if the reading process had told of it."""

    def __init__(self, attrs: dict, values: dict[str, np.ndarray]):
        self.name, self.stamp, self.title, self.attrs, self.left_out = "a.nc", "1", "The file 'a.nc'", {}, {}
        self.raw, self._coordinates = values, {}
        self.asked = SimpleNamespace(ask=self._no_projection)
        self.variables = {
            name: Stored(
                name,
                DIMS[name],
                raw.shape,
                raw.dtype,
                {key: said for key, said in attrs[name].items() if isinstance(said, str)},
                {key: said for key, said in attrs[name].items() if not isinstance(said, str)},
            )
            for name, raw in values.items()
        }

    def values(self, name, key):
        return unpacked(self.raw[name][tuple(slice(p.start, p.stop, p.step or 1) for p in key)], self.variables[name])

    def _no_projection(self, *arguments, **more):
        raise InputError("Its projection is not understood.")


def told(error: InputError) -> None:
    text = str(error)
    assert text.endswith("."), text
    assert "\n" not in text, text
    assert "\0" not in text, text
    assert len(text) < 800, text


def answered(content: Content) -> OwnData:
    """The data set with the first choice of every question."""
    answers: dict[str, str] = {}
    for _ in range(12):
        examined = Examined(content, answers)
        if examined.layout is not None:
            return OwnData(examined, Place("a.nc", Path("a.nc")))
        asked = examined.asking.open[0]
        answers[asked.name] = next(iter(asked.choices))
    raise AssertionError(f"it asks without end: {answers}")


@given(st.fixed_dictionaries({name: attributes for name in DIMS}), st.lists(st.floats(), min_size=3, max_size=3))
@example({name: {"units": "degrees"} for name in DIMS}, [0.0, 0.0, 0.0])
@example({name: {"standard_name": "latitude", "axis": "X"} for name in DIMS}, [1e300, np.nan, -np.inf])
@QUICK
def test_any_attributes_are_understood_or_refused(attrs, times):
    usual = {name: {**USUAL[name], **said} for name, said in attrs.items()}
    raw = {
        "time": np.array(times), "lat": np.linspace(30, 41, 12), "lon": np.linspace(-5, 6, 12),
        "a": np.arange(3 * 144, dtype="i2").reshape(3, 12, 12), "b": np.ones((12, 12), "f4"), "crs": np.zeros((), "i4"),
    }  # fmt: skip
    try:
        data = answered(Pretended(usual, raw))
        for time in data.times:
            assert data.find_time(data.written(time)) == time
        assert data.title.isprintable()
        scene = data.open(factor=2, region="whole")
        estimate = methods.create("bicubic").predict(scene.problem)[scene.variable]
        assert np.isfinite(estimate.values[scene.problem.mask.values]).all()
    except InputError as error:
        told(error)


@given(st.text(min_size=1, max_size=40), st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=20)))
@QUICK
def test_a_key_holds_any_name_and_any_answers(place, answers):
    assert parse(compose(place, answers)) == (place, answers)
    assert not set(";=&?#\n ") & set(compose(place, {}))


@given(st.text(max_size=60))
@QUICK
def test_any_text_is_a_key_or_is_refused(text):
    try:
        parse(text)
    except InputError as error:
        told(error)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    write(folder / "4.nc", on_grid(), "lat lon", degrees())
    write(folder / "3.nc", on_grid(), "lat lon", degrees(), format="NETCDF3_CLASSIC")
    CASES["geotiff_in_metres"](folder).path.rename(folder / "a.tif")
    return folder


@given(
    st.sampled_from(["3.nc", "4.nc", "a.tif"]),
    st.lists(st.tuples(st.integers(8, 1500), st.integers(0, 255)), min_size=1, max_size=12),
)
@SLOW
def test_any_bytes_in_a_header_are_read_or_refused(whole, tmp_path_factory, name, changes):
    raw = bytearray((whole / name).read_bytes())
    for at, byte in changes:
        raw[at] = byte
    path = tmp_path_factory.mktemp("fuzz") / name
    path.write_bytes(raw)
    for answers in ("", ";unit=m", ";unit=m;axes=km"):
        try:
            data = opened(f"own:{path}{answers}")
            data.open(factor=2)
        except InputError as error:
            told(error)
