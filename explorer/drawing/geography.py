"""Where on the earth a map is: its coastline, and meridians and parallels with their labels, in the map's coordinates.

Coastlines are those of `explorer.drawing.shores`; a map that lies nowhere has the outline of its own mask. Of a map in
degrees the graticule is that of its ticks: `graticule` is for projections, where no axis says longitude or latitude.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import xarray as xr

from engine.grid import EARTH_RADIUS, LONGITUDE_LATITUDE, Grid
from explorer.drawing import shores
from explorer.drawing.lines import outline
from explorer.drawing.paths import NOTHING, Box, Path, inside, joined, thinned

PIXELS = 1000  # along the longer side of a map, as many as anybody sees
MOST_OFF = 12  # pixels by which a coast may be off: one of 1 km would mislead on a map of 50 km
LEAST_COAST, LEAST_LAKE = 2, 5000  # pixels that an island, or a lake, has to have
LONGEST = 1500.0  # km; a longer piece of a shore runs around the back of a projection
STEPS = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 45])  # degrees between two lines
LINES = 4  # of a kind, about, across a map
LETTER, HIGH, GAP = 7.0, 13.0, 4.0  # pixels: of a label's letter across, of a line, and between two labels
USUAL = 300  # pixels across a map, where nobody has said how many
KM = {"degrees": np.deg2rad(EARTH_RADIUS) / 1000, "km": 1.0, "m": 1e-3}

Project = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class Label(NamedTuple):
    """What stands at an edge of the map: its place there, 'left', 'right', 'bottom' or 'top', and the text."""

    x: float
    y: float
    edge: str
    text: str


class Graticule(NamedTuple):
    """Meridians and parallels, and what is written beside them."""

    path: Path
    labels: tuple[Label, ...]


def coastline(mask: xr.DataArray, view: Box | None = None) -> list[np.ndarray]:
    """The coast on a map.

    Args:
        mask: True where there is a value, (y, x), on the map's grid.
        view: The part that is seen; None is all of it.

    Returns:
        Lines (points, 2) in the map's coordinates, with NaN between several; those of the mask where nobody knows the
        place, or not well enough.
    """
    grid = Grid.of(mask)
    if not grid.crs or not _known(grid):
        return outline(mask)
    path = coast(grid.crs, grid.units, view or grid.extent)
    return [np.stack(path, axis=1)] if path.x.size else []


def _known(grid: Grid) -> bool:
    """Whether the shorelines are good enough for a map."""
    pixel = _side(grid.extent) * KM[grid.units] / PIXELS
    name = shores.fitting(pixel)
    return bool(name) and shores.TOLERANCE[name] < MOST_OFF * pixel and projected(grid.crs) is not None


@lru_cache(maxsize=64)
def coast(crs: str, units: str, box: Box) -> Path:
    """Coasts and large lakes in a box.

    Args:
        crs: What the coordinates are, as PROJ reads it.
        units: Of the coordinates, 'degrees', 'km' or 'm'.
        box: In these coordinates.

    Returns:
        Their lines, cut at the box, to the pixel.
    """
    pixel = _side(box) / PIXELS
    name, ways = shores.fitting(pixel * KM[units]), projected(crs)
    if not name or ways is None:
        return NOTHING
    known = shores.shores(name)
    west, south, east, north = _seen(crs, box)
    area = (pixel * KM[units]) ** 2
    large = known.areas > area * np.where(known.lakes, LEAST_LAKE, LEAST_COAST)
    lines = []
    for turn in (-360, 0, 360):
        low, high = known.boxes[:, :2] + (turn, 0), known.boxes[:, 2:] + (turn, 0)
        near = large & (low <= (east, north)).all(axis=1) & (high >= (west, south)).all(axis=1)
        points, together = known.part(near)
        x, y = ways[0](points[:, 0].astype(float) + turn, points[:, 1].astype(float))
        together[:-1] &= np.hypot(np.diff(x), np.diff(y)) * KM[units] < LONGEST
        lines += inside(np.stack([x, y], axis=1), together, box)
    return joined(thinned(lines, (pixel, pixel)))


@lru_cache(maxsize=64)
def graticule(crs: str, units: str, box: Box, wide: int = USUAL) -> Graticule:
    """Meridians and parallels at round degrees in a box of a projection.

    Args:
        crs: The projection, as PROJ reads it.
        units: Of its coordinates, 'km' or 'm'.
        box: In these coordinates.
        wide: Pixels across the map, which are as many as its labels have room for.

    Returns:
        The lines, cut at the box, each with a label at an edge that it meets where there is room.
    """
    ways = projected(crs)
    if ways is None:
        return Graticule(NOTHING, ())
    west, south, east, north = _seen(crs, box)
    d_lon, d_lat = _steps(_side(box) * KM[units], west, south, east, north)
    rings, pixel, scale = [], _side(box) / PIXELS, wide / (box[1] - box[0])
    for lat in _round(south, north, d_lat):
        lon = np.linspace(west, east, 361)
        rings.append(("lat", lat, lon, np.full(lon.size, lat)))
    for lon in _round(west, east, d_lon):
        if lon - 360 < west:
            last = 90.0 if lon % 90 == 0 else 90.0 - d_lat  # not all meridians meet in a pole
            lat = np.linspace(max(south, -last), min(north, last), 181)
            rings.append(("lon", lon, np.full(lat.size, lon), lat))
    lines: list[np.ndarray] = []
    labels: list[Label] = []
    for kind, value, lon, lat in rings:
        points = np.stack(ways[0](lon, lat), axis=1)
        found = inside(points, np.ones(len(points), bool), box)
        lines += thinned(found, (pixel / 2, pixel / 2))
        labels += _labels(kind, degrees(value, kind), found, box, labels, scale)
    return Graticule(joined(lines), tuple(labels))


def below(label: Label, box: Box) -> bool:
    """Whether a label leaves the upper edge to other words.

    Args:
        label: Of a graticule.
        box: The part of the map that is seen.

    Returns:
        False within an eighth of the edge.
    """
    return label.y < box[3] - (box[3] - box[2]) / 8


def degrees(value: float, kind: str) -> str:
    """A longitude or a latitude as people write it.

    Args:
        value: Degrees, north or east positive.
        kind: 'lon' or 'lat'.

    Returns:
        E.g. 70°N, 20°W, 180°.
    """
    value = round(float((value + 180) % 360 - 180 if kind == "lon" else value), 6)
    side = "" if value in (0, -180) else ("EW" if kind == "lon" else "NS")[value < 0]
    return f"{abs(value):g}°{side}"


@cache
def projected(crs: str) -> tuple[Project, Project] | None:
    """The ways from longitude and latitude to a map's coordinates and back.

    Args:
        crs: What the coordinates are, as PROJ reads it, in their own unit.

    Returns:
        Two functions of two arrays; what has no place becomes infinite. None for a text that PROJ does not take.
    """
    if crs == LONGITUDE_LATITUDE:
        return (lambda lon, lat: (lon, lat)), (lambda x, y: (x, y))
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        made = CRS(crs)
        there = Transformer.from_crs(made.geodetic_crs, made, always_xy=True)
    except ProjError:
        return None
    return there.transform, lambda x, y: there.transform(x, y, direction="INVERSE")


def _side(box: Box) -> float:
    return max(box[1] - box[0], box[3] - box[2])


@lru_cache(maxsize=64)
def _seen(crs: str, box: Box) -> tuple[float, float, float, float]:
    """West, south, east, north of what a box shows; all longitudes, where a pole is in it."""
    if crs == LONGITUDE_LATITUDE:
        return box[0], max(box[2], -90.0), box[1], min(box[3], 90.0)
    ways = projected(crs)
    assert ways is not None
    x, y = (part.ravel() for part in np.meshgrid(np.linspace(*box[:2], 41), np.linspace(*box[2:], 41)))
    lon, lat = (part[np.isfinite(part)] for part in ways[1](x, y))
    if not lon.size:
        return 0.0, 0.0, 0.0, 0.0
    poles = [pole for pole in (-90.0, 90.0) if _holds(box, *ways[0](np.array([0.0]), np.array([pole])))]
    south, north = (float(end([*poles, end(lat)])) for end in (np.min, np.max))
    room = (north - south) / 40
    south, north = max(south - room, -90.0), min(north + room, 90.0)
    if poles:
        return -180.0, south, 180.0, north
    west, east = _arc(lon)
    return west, south, east, north


def _holds(box: Box, x: np.ndarray, y: np.ndarray) -> bool:
    return bool(box[0] <= x[0] <= box[1] and box[2] <= y[0] <= box[3])


def _arc(lon: np.ndarray) -> tuple[float, float]:
    """The shortest arc over all longitudes and a little more: what remains without the widest gap between two."""
    turned = np.sort(lon % 360)
    gaps = np.diff(turned, append=turned[0] + 360)
    widest = int(np.argmax(gaps))
    length = 360 - gaps[widest]
    west = turned[(widest + 1) % turned.size] - length / 40
    west = (west + 180) % 360 - 180
    return float(west), float(min(west + 1.05 * length, west + 360))


def _steps(side: float, west: float, south: float, east: float, north: float) -> tuple[float, float]:
    """Degrees of longitude and of latitude between two lines on a map of `side` km."""
    between = side / LINES / KM["degrees"]
    middle = np.cos(np.deg2rad((south + north) / 2))
    widest = np.inf if east - west < 360 else 45.0
    lat, lon = (STEPS[np.argmin(np.abs(np.log(STEPS / want)))] for want in (between, between / max(middle, 0.01)))
    return float(min(lon, widest)), float(min(lat, 30.0))


def _round(low: float, high: float, step: float) -> np.ndarray:
    """Multiples of a step between two ends; no pole."""
    values = step * np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1)
    return values[np.abs(values) != 90] if step <= 30 and low >= -90 and high <= 90 else values


def _labels(kind: str, text: str, lines: list[np.ndarray], box: Box, taken: list[Label], scale: float) -> list[Label]:
    """One label of a line, where it meets the edge that suits it best and does not lie on another one.

    scale: pixels in a unit of the coordinates.
    """
    x0, x1, y0, y1 = box
    size, others = np.array([x1 - x0, y1 - y0]), [_room(label, scale) for label in taken]
    ends = [end for line in lines for end in (line[0], line[-1])]
    order = ("bottom", "top", "left", "right") if kind == "lon" else ("left", "right", "bottom", "top")
    for edge in order:
        axis, at = {"left": (0, x0), "right": (0, x1), "bottom": (1, y0), "top": (1, y1)}[edge]
        for end in ends:
            label = Label(float(end[0]), float(end[1]), edge, text)
            left, right, low, high = room = _room(label, scale)
            held = scale * x0 <= left and right <= scale * x1 and scale * y0 <= low and high <= scale * y1
            free = not any(_meet(room, other) for other in others)
            if abs(end[axis] - at) < 1e-6 * size[axis] and held and free:
                return [label]
    return []


def _room(label: Label, scale: float) -> Box:
    """What a label takes inside of its edge, in pixels from the origin of the coordinates."""
    x, y, wide = scale * label.x, scale * label.y, LETTER * len(label.text)
    across = {"left": (x, x + wide), "right": (x - wide, x)}.get(label.edge, (x - wide / 2, x + wide / 2))
    up = {"bottom": (y, y + HIGH), "top": (y - HIGH, y)}.get(label.edge, (y - HIGH / 2, y + HIGH / 2))
    return *across, *up


def _meet(one: Box, other: Box) -> bool:
    """Whether two labels are nearer than GAP."""
    (a, b, c, d), (e, f, g, h) = one, other
    return a < f + GAP and e < b + GAP and c < h + GAP and g < d + GAP
