r"""What an estimate adds to its smooth input: recovered, invented or missed, cell by cell and band by band (ours).

Let u be the smooth input on the fine grid, a = x - u what the estimate x adds and t = y - u what the truth y has to be
added, both cut into bands in the cosine basis; G a Gaussian window whose sigma is half of a band's (geometric) mean
wavelength. Then, cell by cell,

    E_a = G(a a)    E_t = G(t t)    C = G(a t)    g = C^2 / (E_a E_t) where C > 0, else 0
    recovered R = g min(E_a, E_t)    invented = E_a - R    missed = E_t - R

so that recovered + invented is what was added and recovered + missed what was there. g is a local coherence: detail at
the right place with the wrong sign is invented, and so is detail a wavelength away. Narrower windows find coherence by
chance. Where the truth is NaN there is nothing to be added: both details are 0 there, and windows count valid cells.
"""

from functools import lru_cache

import numpy as np
import scipy.fft
import xarray as xr

from engine.errors import InputError
from engine.grid import Grid
from engine.scene import Scene
from engine.scores.bands import Band, bands
from engine.scores.matching import finite, matched
from engine.scores.reference import bicubic

PARTS = ("recovered", "invented", "missed")


def detail(
    estimate: xr.Dataset | xr.DataArray,
    scene: Scene,
    edges: list[Band] | None = None,
    reference: xr.Dataset | xr.DataArray | None = None,
) -> xr.Dataset:
    """Local energies of the detail that an estimate recovers, invents and misses, by band.

    Members are averaged first.

    Args:
        estimate: the field, or a dataset with it, (member?, time?, y, x) on the scene's grid.
        scene: the scene, with a truth.
        edges: the bands, of which empty ones are left out; None: those of the scene (`engine.scores.bands.bands`).
        reference: the smooth input u on the scene's grid; None: bicubic interpolation of the input.

    Returns:
        recovered, invented and missed, (band, time?, y, x), units^2, NaN outside the truth's cells; all NaN where the
        estimate lacks a cell.

    Raises:
        InputError: the scene has no truth, or a field is not on its grid.
    """
    truth, valid = _truth(scene)
    smooth = matched(bicubic(scene.problem) if reference is None else reference, scene).values.astype(float)
    field = matched(estimate, scene)
    whole = bool((finite(field).values | ~valid).all())
    added, there = (np.where(valid, values - smooth, 0.0) for values in (field.values, truth.values))
    grid, bounds = Grid.of(truth), _bounds(edges, scene)
    modes = _modes(added if whole else there * np.nan), _modes(there)
    energies = [_energies(*modes, valid, band, grid) for band in bounds]
    coords = {name: truth[name] for name in truth.coords} | {"band": [band.name for band in bounds]}
    attrs = {"units": f"({truth.attrs['units']})2"}
    stacked = zip(PARTS, np.moveaxis(np.reshape(energies, (len(bounds), 3, *truth.shape)), 1, 0), strict=True)
    return xr.Dataset({name: (("band", *truth.dims), values, attrs) for name, values in stacked}, coords)


def shares(maps: xr.Dataset) -> xr.Dataset:
    """How much of what an estimate added is real, and how much of what was there it found.

    Args:
        maps: of `detail`, (band, ...), units^2.

    Returns:
        precision = recovered / added and recall = recovered / there, (band,), 1; NaN where nothing was added, or there.
    """
    over = [name for name in maps["recovered"].dims if name != "band"]
    recovered, invented, missed = (maps[name].sum(over, min_count=1) for name in PARTS)
    out = {}
    for name, rest, said in (("precision", invented, "added"), ("recall", missed, "true")):
        whole = recovered + rest
        out[name] = recovered / whole.where(whole > 0)
        out[name].attrs = {"units": "1", "long_name": f"share of the {said} detail that is recovered"}
    return xr.Dataset(out)


def agreement(
    members: xr.Dataset | xr.DataArray,
    scene: Scene,
    edges: list[Band] | None = None,
    reference: xr.Dataset | xr.DataArray | None = None,
) -> xr.DataArray:
    """Share of the detail's power that the members agree on, by band: 1 where all add the same, 0 where each its own.

    Of M members with powers P_i, whose mean has the power P: (M P - mean P_i) / (M - 1) estimates the power of what
    they have in common without the bias of a small M; the share is that over mean P_i.

    Args:
        members: the field, or a dataset with it, (member, y, x) on the scene's grid, two members or more.
        scene: the scene.
        edges: the bands, of which empty ones are left out; None: those of the scene.
        reference: the smooth input on the scene's grid; None: bicubic interpolation of the input.

    Returns:
        (band,), 1; NaN where a member lacks a cell.

    Raises:
        InputError: there are not two members.
    """
    fields = members[scene.variable] if isinstance(members, xr.Dataset) else members
    count = fields.sizes.get("member", 1)
    if count < 2:
        raise InputError("What members agree on can be told of two members or more.")
    smooth = matched(bicubic(scene.problem) if reference is None else reference, scene)
    valid = np.broadcast_to(scene.problem.mask.values, smooth.shape)
    added = np.where(valid, fields.transpose("member", *smooth.dims).values - smooth.values, 0.0)
    grid, modes, out = Grid.of(smooth), _modes(added), {}
    for band in _bounds(edges, scene):
        part = _band_pass(modes, band, grid)
        each, mean = np.square(part).mean(), np.square(part.mean(axis=0)).mean()
        out[band.name] = (count * mean - each) / (count - 1) / each if each else np.nan
    attrs = {"units": "1", "long_name": "share of the added detail that members agree on"}
    return xr.DataArray(list(out.values()), {"band": list(out)}, "band", "agreement", attrs)


def _truth(scene: Scene) -> tuple[xr.DataArray, np.ndarray]:
    """The truth and its valid cells."""
    if scene.truth is None:
        raise InputError("What was recovered and what was invented can be told beside a truth alone.")
    truth = scene.truth[scene.variable]
    return truth, finite(truth).values


def _bounds(edges: list[Band] | None, scene: Scene) -> list[Band]:
    edges = bands(scene) if edges is None else edges
    return [band for band in edges if band.wavelength_max_km > band.wavelength_min_km]


def _energies(added: np.ndarray, there: np.ndarray, valid: np.ndarray, band: Band, grid: Grid) -> tuple:
    """Recovered, invented and missed of a band, (..., y, x), of the modes of what was added and of what was there."""
    a, t = (_band_pass(modes, band, grid) for modes in (added, there))
    window = _window(valid.shape[-2:], grid.spacing, band)
    count = 1.0 if valid.all() else np.where(valid, _fields(_modes(valid * 1.0) * window), np.nan)
    products = (np.where(valid, product, 0.0) for product in (a * a, t * t, a * t))
    of_a, of_t, both = (_fields(_modes(product) * window) / count for product in products)
    of_a, of_t = np.maximum(of_a, 0.0), np.maximum(of_t, 0.0)
    most = np.maximum(np.maximum(of_a, of_t), np.finfo(float).tiny)
    recovered = np.minimum(np.square(np.maximum(both, 0.0)) / most, np.minimum(of_a, of_t))
    return recovered, of_a - recovered, of_t - recovered


def _band_pass(modes: np.ndarray, band: Band, grid: Grid) -> np.ndarray:
    """The part (..., y, x) of a field in a band; the band that ends at two cells has all that is shorter, too."""
    wavenumber = _wavenumbers(modes.shape[-2:], grid.spacing)
    last = band.wavelength_min_km <= 2 * max(grid.spacing) / 1000 * (1 + 1e-9)
    above = np.isinf(band.wavelength_max_km) | (wavenumber > (1 + 1e-9) / band.wavelength_max_km)
    return _fields(modes * (above & (last | (wavenumber <= (1 + 1e-9) / band.wavelength_min_km))))


def _window(shape: tuple[int, int], spacing: tuple[float, float], band: Band) -> np.ndarray:
    """Transfer function of a Gaussian window, whose sigma is half of the band's mean wavelength."""
    longest = min(band.wavelength_max_km, 2 * max(n * step for n, step in zip(shape, spacing, strict=True)) / 1000)
    sigma = np.sqrt(longest * band.wavelength_min_km) / 2
    return np.exp(-2 * np.square(np.pi * sigma * _wavenumbers(shape, spacing)))


def _modes(values: np.ndarray) -> np.ndarray:
    return scipy.fft.dctn(values, axes=(-2, -1), norm="ortho")


def _fields(modes: np.ndarray) -> np.ndarray:
    return scipy.fft.idctn(modes, axes=(-2, -1), norm="ortho", overwrite_x=True)


@lru_cache(maxsize=32)
def _wavenumbers(shape: tuple[int, int], spacing: tuple[float, float]) -> np.ndarray:
    """Wavenumber of each mode of the cosine basis, cycles per km."""
    y, x = (np.arange(n) / (2 * n * step / 1000) for n, step in zip(shape, spacing, strict=True))
    return np.hypot(y[:, None], x)
