"""Grids: metres at a latitude, edges, regions, crops."""

import numpy as np
import pytest
import toy
import xarray as xr

from engine.errors import InputError
from engine.grid import (
    Grid,
    Region,
    coarsen_coordinate,
    gradient,
    parse_region,
    refine_coordinate,
    require_water,
    select,
)

NAMED = {"gulf": Region("Gulf Stream", (-60, -40), (30, 45)), "box": Region("box", (0, 5), (0, 5))}


def geographic(lat, lon):
    coords = {"y": ("y", lat, {"units": "degrees_north"}), "x": ("x", lon, {"units": "degrees_east"})}
    return xr.DataArray(np.zeros((lat.size, lon.size)), dims=("y", "x"), coords=coords, name="ssh")


def test_a_degree_is_111_km_and_shrinks_with_the_latitude():
    grid = Grid.of(geographic(np.arange(60.0, 62, 0.5), np.arange(0.0, 2, 0.25)))
    assert grid.geographic
    assert grid.dy == pytest.approx(0.5 * 111_195, rel=1e-4)
    assert grid.dx.shape == (4, 1)
    assert grid.dx[0, 0] == pytest.approx(0.25 * 111_195 / 2, rel=1e-4)  # cos 60 = 1/2
    assert grid.dx[-1, 0] < grid.dx[0, 0]
    assert grid.spacing == pytest.approx((grid.dy, grid.dx.mean()))


@pytest.mark.parametrize(("units", "metres"), [("km", 1000.0), ("m", 1.0)])
def test_projected_spacing(units, metres):
    field = toy.field(np.zeros((4, 6)), (2.0, 3.0))
    field["y"].attrs["units"] = field["x"].attrs["units"] = units
    grid = Grid.of(field)
    assert grid.spacing == (2 * metres, 3 * metres)
    assert not grid.geographic
    assert grid.aspect == 1


def test_edges_lie_half_a_cell_outside_the_centres():
    grid = Grid.of(toy.field(np.zeros((4, 6)), (2.0, 3.0)))
    assert grid.extent == (0, 18, 0, 8)
    upside_down = Grid.of(toy.field(np.zeros((4, 6)), (2.0, 3.0)).isel(y=slice(None, None, -1)))
    assert upside_down.extent == (0, 18, 0, 8)
    assert upside_down.dy == -2000
    assert upside_down.spacing == (2000, 3000)


def test_the_aspect_is_the_cosine_of_the_latitude():
    assert Grid.of(geographic(np.array([59.5, 60, 60.5]), np.arange(4.0))).aspect == pytest.approx(0.5)


def test_what_is_no_regular_grid_is_refused():
    field = toy.field(np.zeros((4, 6)))
    with pytest.raises(InputError, match="no coordinate 'y'"):
        Grid.of(field.drop_vars("y"))
    with pytest.raises(InputError, match="1 cell along x"):
        Grid.of(field.isel(x=slice(0, 1)))
    with pytest.raises(InputError, match="'y' is not uniform: steps 1 to 2"):
        Grid.of(field.assign_coords(y=("y", [0.0, 1, 3, 4], {"units": "km"})))
    with pytest.raises(InputError, match="'furlong' are not understood"):
        Grid.of(field.assign_coords(x=("x", field.x.values, {"units": "furlong"})))


def test_single_precision_coordinates_are_uniform_enough():
    lat = np.arange(30, 40, 1 / 60).astype(np.float32)
    assert Grid.of(geographic(lat, lat)).shape == (lat.size, lat.size)


def test_a_region_by_name_and_by_box():
    assert parse_region("gulf", NAMED) is NAMED["gulf"]
    box = parse_region("-60,-40.5,30,45", NAMED)
    assert (box.x, box.y) == ((-60, -40.5), (30, 45))
    assert parse_region(box.text, NAMED) == box


@pytest.mark.parametrize("text", ["gulff", "1,2,3", "1,2,3,4,5", "a,b,c,d", ""])
def test_an_unknown_region_names_those_that_exist(text):
    with pytest.raises(InputError, match="gulf, box"):
        parse_region(text, NAMED)


@pytest.mark.parametrize("text", ["2,1,0,5", "0,5,3,3", "nan,1,0,5", "0,inf,0,5"])
def test_an_empty_box_is_refused(text):
    with pytest.raises(InputError, match="x0 < x1 and y0 < y1"):
        parse_region(text, {})


def test_a_selection_is_a_multiple_of_the_factor():
    data = toy.field(np.arange(50 * 60.0).reshape(50, 60), (1.0, 1.0)).to_dataset()
    part = select(data, Region("r", (10, 41), (5, 30)), multiple=4)
    assert dict(part.sizes) == {"y": 24, "x": 28}
    assert (float(part.x[0]), float(part.y[0])) == (10.5, 5.5)
    assert float(part.x[-1]) < 41
    assert float(part["ssh"][0, 0]) == 5 * 60 + 10


def test_a_region_that_is_a_multiple_already_loses_no_cell():
    data = toy.field(np.zeros((50, 60)), (1.0, 1.0)).to_dataset()
    assert dict(select(data, Region("r", (10, 42), (5, 29)), multiple=4).sizes) == {"y": 24, "x": 32}


def test_a_selection_of_a_descending_axis():
    data = toy.field(np.zeros((50, 60)), (1.0, 1.0)).isel(y=slice(None, None, -1)).to_dataset()
    part = select(data, Region("r", (10, 41), (5, 30)), multiple=4)
    assert part.sizes["y"] == 24
    assert 5 < float(part.y.min()) < float(part.y.max()) < 30


def test_too_small_a_region_says_how_many_cells_it_needs():
    data = toy.field(np.zeros((50, 60)), (1.0, 1.0)).to_dataset()
    with pytest.raises(InputError, match="'r' holds 10 cells along y; a factor of 4 needs at least 16"):
        select(data, Region("r", (0, 40), (0, 10)), multiple=4)
    with pytest.raises(InputError, match="holds 0 cells"):
        select(data, Region("r", (1000, 2000), (0, 50)), multiple=4)


def test_all_land_is_refused():
    mask = toy.field(np.zeros((5, 5))).astype(bool)
    with pytest.raises(InputError, match="no valid cell"):
        require_water(mask, NAMED["gulf"])
    mask[2, 2] = True
    require_water(mask, NAMED["gulf"])


def test_the_gradient_has_the_sign_of_the_ground_not_of_the_rows():
    field = toy.field(np.add.outer(2.0 * np.arange(6), 3.0 * np.arange(8)), (1.0, 1.0))
    d_x, d_y = gradient(field.values, Grid.of(field))
    np.testing.assert_allclose(1000 * d_x, 3)
    np.testing.assert_allclose(1000 * d_y, 2)
    flipped = field.isel(y=slice(None, None, -1))
    np.testing.assert_allclose(1000 * gradient(flipped.values, Grid.of(flipped))[1], 2)


def test_coarse_centres_are_the_means_of_their_blocks():
    coarse = coarsen_coordinate(toy.field(np.zeros((6, 6)), (2.0, 2.0))["y"], 3)
    np.testing.assert_allclose(coarse, [3, 9])
    assert coarse.attrs["units"] == "km"


def test_a_coordinate_made_finer_is_the_centres_of_equal_parts():
    coarse = toy.field(np.zeros((4, 4)), (2.0, 2.0))["y"]
    fine = refine_coordinate(coarse, 3)
    assert fine.attrs == coarse.attrs
    np.testing.assert_allclose(np.diff(fine), np.diff(coarse)[0] / 3)
    np.testing.assert_allclose(coarsen_coordinate(fine, 3), coarse)
