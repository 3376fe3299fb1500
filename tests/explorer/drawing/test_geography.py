"""Coasts and graticules where the atlas and PROJ have them; contours and arrows of fields that are known."""

import numpy as np
import pytest
import xarray as xr
from pyproj import Geod, Transformer

from engine import derived
from engine.grid import LONGITUDE_LATITUDE, Grid
from engine.scenes import ice_obs, radar_bom, radar_fmi
from engine.scenes.shared import netcdf
from explorer.drawing import arrows, contours, geography, shores
from explorer.drawing.paths import inside

# places on a shore, from gazetteers: Europa Point of Gibraltar, Kaivopuisto in Helsinki, Wellington Point near Brisbane
GIBRALTAR, HELSINKI, WELLINGTON_POINT = (-5.3444, 36.1097), (24.9570, 60.1555), (153.2405, -27.4655)
POLAR = "+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +datum=WGS84 +units=km"


def far(points: np.ndarray, place: tuple[float, float], crs: str) -> float:
    """How far the nearest point of a coast is from a place, km; PROJ's own inverse and geodesics."""
    x, y = points[np.isfinite(points).all(axis=1)].T
    if crs != LONGITUDE_LATITUDE:
        x, y = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    _, _, metres = Geod(ellps="WGS84").inv(x, y, np.full(x.size, place[0]), np.full(x.size, place[1]))
    return float(metres.min()) / 1000


def mask(x, y, units: str = "km", crs: str = "") -> xr.DataArray:
    cells = xr.DataArray(np.ones((y.size, x.size)), dims=("y", "x"), name="ssh", attrs={"units": "m"})
    return netcdf.dataset({"ssh": cells}, y, x, units, crs)["ssh"].notnull()


@pytest.mark.parametrize(
    ("place", "crs", "box"),
    [
        (GIBRALTAR, LONGITUDE_LATITUDE, (-6.0, -4.0, 35.5, 37.0)),
        (HELSINKI, "+proj=utm +zone=35 +datum=WGS84 +units=km", (330.0, 440.0, 6620.0, 6730.0)),
        (WELLINGTON_POINT, radar_bom.CRS, (-64.0, 64.0, -64.0, 64.0)),
    ],
)
def test_a_known_shore_is_where_it_is(place, crs, box):
    units = "degrees" if crs == LONGITUDE_LATITUDE else "km"
    path = geography.coast(crs, units, box)
    assert far(np.stack(path, axis=1), place, crs) < 2.0
    x0, x1, y0, y1 = box
    assert np.nanmin(path.x) >= x0 - 1e-3
    assert np.nanmax(path.x) <= x1 + 1e-3
    assert np.nanmin(path.y) >= y0 - 1e-3
    assert np.nanmax(path.y) <= y1 + 1e-3


def test_radars_stand_where_the_finnish_files_say():
    """Korppoo and Luosto, by the header of the composite: 21.646 E 60.128 N and 26.9008 E 67.1386 N, in its pixels."""
    there = Transformer.from_crs("EPSG:4326", radar_fmi.CRS, always_xy=True)
    assert there.transform(18.6, 57.93) == pytest.approx((0, 0), abs=0.6)
    assert there.transform(34.903, 69.005) == pytest.approx((760, 1226), abs=0.6)


def test_the_ice_grid_has_cape_morris_jesup_at_the_end_of_greenland():
    path = geography.coast(ice_obs.EASE_2, "km", (-1000.0, 0.0, -900.0, 100.0))
    assert far(np.stack(path, axis=1), (-33.37, 83.63), ice_obs.EASE_2) < 10


def test_a_map_over_the_date_line_has_both_sides():
    """Diomede Islands and both shores of Bering Strait, whether longitudes go to 180 or beyond."""
    for box in ((160.0, 200.0, 55.0, 70.0), (-200.0, -160.0, 55.0, 70.0)):
        path = geography.coast(LONGITUDE_LATITUDE, "degrees", box)
        x, y = (part[np.isfinite(part)] for part in path)
        middle = (box[0] + box[1]) / 2
        assert (x < middle).any()
        assert (x > middle).any()
        along = np.abs(x - middle) < 1e-3
        assert not along[1:][along[:-1] & (np.abs(np.diff(y)) > 0.5)].any()  # no line where polygons were cut


def test_resolution_fits_the_map():
    assert [shores.fitting(pixel) for pixel in (30.0, 10.0, 2.0)] == ["c", "l", "i"]
    close = mask(*(np.arange(64) * 0.2 + start for start in (386.0, 6670.0)), crs="+proj=utm +zone=35 +units=km")
    assert shores.fitting(0.01) != "i" or geography.coastline(close) == []  # 1 km is too coarse for 13 km


def test_a_box_of_no_place_has_neither_coast_nor_graticule():
    water = mask(np.arange(64.0), np.arange(64.0))
    assert not Grid.of(water).crs
    assert geography.coastline(water) == []
    water[20:40, 20:40] = False
    (island,) = geography.coastline(water)
    assert np.ptp(island, axis=0) == pytest.approx([20, 20], abs=1)


def test_the_graticule_goes_where_proj_says():
    box = (-1200.0, 800.0, -1900.0, 100.0)
    found = geography.graticule(POLAR, "km", box)
    back = Transformer.from_crs(POLAR, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(*(part[np.isfinite(part)] for part in found.path))
    off_parallel, off_meridian = (np.abs(part - step * np.round(part / step)) for part, step in ((lat, 5), (lon, 5)))
    assert (np.minimum(off_parallel, off_meridian * np.cos(np.deg2rad(lat))) < 0.02).all()
    assert {label.text for label in found.labels} >= {"75°N", "120°W"}
    for label in found.labels:
        lon, lat = back.transform(label.x, label.y)
        value = float(label.text.split("°")[0]) * (-1 if label.text[-1] in "WS" else 1)
        off = (lat if label.text[-1] in "NS" else lon) - value
        assert (off + 180) % 360 - 180 == pytest.approx(0, abs=0.05)
        at = {
            "left": (label.x, box[0]),
            "right": (label.x, box[1]),
            "bottom": (label.y, box[2]),
            "top": (label.y, box[3]),
        }
        assert at[label.edge][0] == pytest.approx(at[label.edge][1], abs=1e-6)


@pytest.mark.parametrize("wide", [120, 200, 300, 800])
@pytest.mark.parametrize("box", [(-1200.0, 800.0, -1900.0, 100.0), (-4000.0, 4000.0, -4000.0, 4000.0)])
def test_labels_of_a_graticule_lie_apart_in_a_map_of_any_size(wide, box):
    """12 px letters are no wider than 7 px; a label lies inside of the edge that it is at."""
    scale, taken = wide / (box[1] - box[0]), []
    for label in geography.graticule(POLAR, "km", box, wide).labels:
        x, y, half = (label.x - box[0]) * scale, (label.y - box[2]) * scale, 3.5 * len(label.text)
        x += {"left": half, "right": -half}.get(label.edge, 0)
        y += {"bottom": 6, "top": -6}.get(label.edge, 0)
        assert half - 0.01 <= x <= wide - half + 0.01
        assert all(abs(x - a) >= half + b or abs(y - c) >= 12 for a, c, b in taken), label
        taken.append((x, y, half))
    assert len(taken) >= (1 if wide < 200 else 3)


def test_lines_are_cut_at_the_edges():
    points = np.array([[-1, 0.5], [2, 0.5], [2, 3], [-0.7, 0.5], [np.nan, 3], [0.2, 0.2], [0.4, 0.4], [0.4, 2]])
    across, up = inside(points, np.ones(len(points), bool), (0, 1, 0, 1))
    np.testing.assert_allclose(across, [[0, 0.5], [1, 0.5]])
    np.testing.assert_allclose(up, [[0.2, 0.2], [0.4, 0.4], [0.4, 1]])


def plane(height) -> xr.DataArray:
    """A sea surface height over 400 km, of x and y in km."""
    km = np.arange(2.0, 400, 4)
    x, y = np.meshgrid(km, km)
    field = netcdf.field(height(x, y).astype(np.float32), "ssh")
    return netcdf.dataset({"ssh": field}, km, km, "km")["ssh"]


def test_contours_of_a_plane_are_straight_and_even():
    field = plane(lambda x, y: 0.001 * x)
    at = contours.levels(0.0, 0.4)
    np.testing.assert_allclose(np.diff(at), 0.05)
    path = contours.contours(field, at)
    lines = np.split(path.x, np.flatnonzero(np.isnan(path.x)))
    found = sorted(float(np.nanmean(line)) for line in lines)
    np.testing.assert_allclose(found, 1000 * at, atol=0.3)
    assert all(np.nanstd(line) < 0.3 for line in lines)


def test_water_goes_clockwise_around_a_high_of_the_north():
    """And anticlockwise around one of the south; as fast as g/f dh/dr."""
    high = plane(lambda x, y: np.exp(-((x - 200) ** 2 + (y - 200) ** 2) / (2 * 80**2)))
    for f, turn in ((1e-4, -1), (-1e-4, 1)):
        flow = derived.velocity(high, f)
        drawn = arrows.arrows(flow, arrows.top_speed(flow))
        x, y = drawn.x - 200, drawn.y - 200
        spin = x * drawn.dy - y * drawn.dx
        assert (np.sign(spin) == turn).all()
        assert np.abs(x * drawn.dx + y * drawn.dy).max() < 0.02 * np.abs(spin).max()
    at = flow["v"].sel(x=280, y=200, method="nearest")
    exact = derived.GRAVITY / 1e-4 * 80 / 80**2 / 1000 * np.exp(-0.5)
    assert abs(float(at)) == pytest.approx(exact, rel=0.02)
    assert 100 < drawn.x.size <= 256


def test_an_arrow_northeast_points_there_on_the_ground():
    """At 60 degrees north a degree of longitude is half as wide: the same way is twice as many degrees."""
    x, y = np.arange(0.0, 8, 0.25), np.arange(58.0, 62, 0.125)
    same = netcdf.field(np.ones((y.size, x.size), np.float32), "u")
    flow = netcdf.dataset({"u": same, "v": same.rename("v")}, y, x, "degrees")
    drawn = arrows.arrows(flow, 1.0)
    np.testing.assert_allclose(drawn.dx / drawn.dy, 2.0, rtol=0.01)
    shaft, *_ = arrows.drawn(drawn)
    np.testing.assert_allclose((shaft[1] - shaft[0]) / (drawn.dx[0], drawn.dy[0]), 1.0)


@pytest.mark.parametrize(("top", "shown"), [(0.23, 0.2), (0.5, 0.5), (1.99, 1.0), (0.049, 0.02)])
def test_the_arrow_for_scale_has_a_round_speed(top, shown):
    assert arrows.round_speed(top) == pytest.approx(shown)
