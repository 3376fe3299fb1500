"""What a coordinate is: as cf-xarray says it of all at once, in a time that grows with their number."""

import time

import numpy as np
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reading.conventions import AXES, COORDINATES, guessed, kinds_of

SAID = {
    "standard_name": ("latitude", "longitude", "time", "grid_latitude", "projection_x_coordinate", "depth", "odd"),
    "units": ("degrees_north", "degrees_east", "m", "days since 2000-01-01"), "axis": ("X", "Y", "Z", "T", "x"),
    "positive": ("up", "down", "odd"), "long_name": ("latitude", "time", "a wave"),
    "_CoordinateAxisType": ("Lat", "Lon", "Time", "GeoX", "GeoY"), "cartesian_axis": ("X", "Y", "T"),
}  # fmt: skip
NAMES = ("lat", "nav_lon", "longitude_2", "time", "month", "t", "x", "j", "rlat", "depth", "lev", "ice", "odd")
attributes = st.fixed_dictionaries({}, optional={name: st.sampled_from(said) for name, said in SAID.items()})


@given(st.dictionaries(st.sampled_from(NAMES), attributes, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_a_coordinate_is_what_cf_xarray_says_it_is(said):
    coords = {name: xr.Variable((name,), np.zeros(2, "f4"), attrs) for name, attrs in said.items()}
    known = xr.Dataset(coords=xr.Coordinates(coords, indexes={})).cf.guess_coord_axis()
    mine = {name: guessed(name, attrs) for name, attrs in said.items()}
    assert mine == {name: dict(known[name].attrs) for name in said}
    for theirs, family in ((known.cf.axes, AXES), (known.cf.coordinates, COORDINATES)):
        found = {kind: sorted(name for name in mine if kind in kinds_of(mine[name])) for kind in family}
        assert {kind: names for kind, names in found.items() if names} == theirs


def test_a_thousand_coordinates_are_told_at_once():
    start = time.process_time()
    assert all("X" in kinds_of(guessed(f"x{i}", {})) for i in range(1000))
    assert time.process_time() - start < 5, "all at once they would take an hour"
