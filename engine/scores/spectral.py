"""Isotropic power spectra, and what is read off them: skill, coherence, effective resolution, slope.

Definition, the same for every curve. On the largest gap-free rectangle (`engine.scores.rectangle`; land is never
filled, only gaps of at most 4 cells, or narrower than 3, are, by Laplace extension) the plane fitted with the window as
weight is taken off, so the windowed field has zero mean; the field a' is multiplied by a Hann window w and transformed:

    P(k) = (1 / dk) sum over the ring |k| in [k - dk/2, k + dk/2) of |FFT(w a')|^2 / (N sum w^2)

Dividing by sum w^2 undoes the window's loss of variance, and Parseval's theorem holds exactly:
sum P(k) dk = sum (w a')^2 / sum w^2, the variance of the detrended field with weight w^2. Rings are dk = 1 / (shorter
side) wide, k in cycles per km; the first also takes the longer waves of the longer side, the last ones, beyond the
attribute `nyquist`, are corners of the wavenumber plane and incomplete.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
import xarray as xr

from engine.errors import InputError
from engine.grid import Grid
from engine.resample import fill_gaps
from engine.scene import Scene
from engine.scores.matching import finite, matched, template, valid_cells
from engine.scores.rectangle import Rectangle, largest_rectangle

SMALLEST = 8  # cells a side of a rectangle worth a spectrum
SMALLEST_INPUT = 4  # the same for the coarse input


@dataclass(frozen=True)
class Plan:
    """What depends on the grid only: centred axes y, x, their windows, each mode's ring and its weight."""

    axes: tuple[np.ndarray, np.ndarray]
    windows: tuple[np.ndarray, np.ndarray]
    ring: np.ndarray  # (modes,) integers
    weight: np.ndarray  # (y, x // 2 + 1): 1 or 2 (the conjugate half) over N sum w^2 dk
    wavenumber: np.ndarray  # ring centres, cycles per km
    nyquist: float

    def transform(self, values: np.ndarray) -> np.ndarray:
        """Half spectrum of the detrended, windowed values (y, x)."""
        (y, x), (wy, wx) = self.axes, self.windows
        mean = wy @ values @ wx / (wy.sum() * wx.sum())
        slope_y = (wy * y) @ values @ wx / ((wy * y) @ y * wx.sum())
        slope_x = wy @ values @ (wx * x) / (wy.sum() * ((wx * x) @ x))
        anomaly = values - ((mean + slope_y * y)[:, None] + slope_x * x)
        anomaly *= wy[:, None]
        anomaly *= wx
        return scipy.fft.rfft2(anomaly, overwrite_x=True)

    def rings(self, power: np.ndarray) -> np.ndarray:
        """Density (wavenumber,) of a power or cross-power per mode."""
        return np.bincount(self.ring, (power * self.weight).ravel(), self.wavenumber.size + 1)[1:]

    @property
    def complete(self) -> slice:
        """The rings within the Nyquist wavenumber, at least one."""
        return slice(0, max(1, int(np.searchsorted(self.wavenumber, self.nyquist * (1 + 1e-9), side="right"))))


@lru_cache(maxsize=32)
def plan(shape: tuple[int, int], spacing: tuple[float, float]) -> Plan:
    """The plan of a grid.

    Args:
        shape: cells (ny, nx).
        spacing: (dy, dx), km.

    Returns:
        Axes, windows and rings, kept for the next field on such a grid.
    """
    (ny, nx), (dy, dx) = shape, spacing
    wy, wx = (np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2 for n in shape)
    y, x = (np.arange(n) - (n - 1) / 2 for n in shape)
    k = np.hypot(scipy.fft.fftfreq(ny, dy)[:, None], scipy.fft.rfftfreq(nx, dx))
    dk = 1 / min(ny * dy, nx * dx)
    ring = np.maximum(np.floor(k / dk + 0.5).astype(int), 1)
    twice = np.full(k.shape[1], 2.0)
    twice[0] = 1.0
    if nx % 2 == 0:
        twice[-1] = 1.0
    total = nx * ny * (wy @ wy) * (wx @ wx)
    weight = np.broadcast_to(twice / (total * dk), k.shape)
    nyquist = 0.5 / max(dy, dx)
    return Plan((y, x), (wy, wx), ring.ravel(), weight, dk * np.arange(1, ring.max() + 1), nyquist)


def power_spectrum(field: xr.DataArray) -> xr.DataArray:
    """Isotropic power spectral density of a field; see the module.

    Its sum times the attribute `ring_width` (km-1) is the variance with weight w^2.

    Args:
        field: (..., y, x) with units and coordinates y, x; NaN is missing.

    Returns:
        Density (..., wavenumber), units^2 km, over `wavenumber` (km-1).

    Raises:
        InputError: no gap-free rectangle of 8 x 8 cells exists.
    """
    where = _rectangle(np.isfinite(field.values))
    values, on = _cut(field, where)
    density = np.array([on.rings(_square(on.transform(layer))) for layer in values])
    out = _curve(density.reshape(*field.shape[:-2], -1), on, field, "power spectral density", field.dims[:-2])
    for name in field.dims[:-2]:
        if name in field.coords:
            out = out.assign_coords({name: field[name]})
    return out


def spectra(estimate: xr.Dataset | xr.DataArray, scene: Scene) -> xr.Dataset:
    """All curves of one estimate, from the same rectangle: one transform each for estimate, truth and input.

    Members are averaged first, days after; `members` is the mean of the members' own spectra, where there are any. NaN
    throughout where the estimate lacks a cell that the scene judges; the input is NaN where fewer than 4 x 4 of its
    cells lie in the rectangle or one of them is missing.

    Args:
        estimate: the field, or a dataset with it, (member?, time?, y, x) on the scene's grid.
        scene: the scene.

    Returns:
        Over `wavenumber` (km-1, up to the fine grid's Nyquist): estimate, truth, error (units^2 km), skill and
        coherence; over `wavenumber_input` (up to the input's own): input. Without a truth only estimate, members and
        input.

    Raises:
        InputError: another grid, or no gap-free rectangle of 8 x 8 cells exists.
    """
    field, valid = matched(estimate, scene), valid_cells(scene)
    where = _rectangle(valid.values)
    lost = bool((~finite(field) & valid).any())
    values, on = _cut(field.where(valid), where, lost)
    if scene.truth is None:
        curves = {"estimate": _curve(_mean_power(values, on), on, field, "estimate")}
    else:
        curves = _with_truth(values, scene, where, on, field)
    of_members = _members(estimate, scene)
    if of_members is not None:
        layers, _ = _cut(of_members.where(valid), where, lost)
        curves["members"] = _curve(_mean_power(layers, on), on, field, "members")
    curves = {name: curve.isel(wavenumber=on.complete) for name, curve in curves.items()}
    curves["input"] = _input(scene, field, where)
    box = {"rows": [where[0].start, where[0].stop], "columns": [where[1].start, where[1].stop]}
    return xr.Dataset(curves, attrs={**box, "fraction_of_valid": _fraction(valid, where)})


def spectra_or_none(estimate: xr.Dataset | xr.DataArray, scene: Scene) -> xr.Dataset | None:
    """`spectra`, or None where they cannot be formed.

    Args:
        estimate: the field, or a dataset with it, (member?, time?, y, x) on the scene's grid.
        scene: the scene.

    Returns:
        The curves; None where no gap-free rectangle of 8 x 8 cells exists, and also for an estimate on another grid.
    """
    try:
        return spectra(estimate, scene)
    except InputError:
        return None


def _members(estimate: xr.Dataset | xr.DataArray, scene: Scene) -> xr.DataArray | None:
    """The members (member, ..., y, x), or None where there are none; the grid has been compared already."""
    field = estimate[scene.variable] if isinstance(estimate, xr.Dataset) else estimate
    if "member" not in field.dims:
        return None
    expected = template(scene)
    return field.transpose("member", ...).assign_coords({name: expected[name] for name in ("y", "x")})


def _with_truth(
    values: np.ndarray, scene: Scene, where: Rectangle, on: Plan, field: xr.DataArray
) -> dict[str, xr.DataArray]:
    """Estimate, truth, error, skill and coherence; the transform is linear, so the error needs none of its own."""
    assert scene.truth is not None
    truth, _ = _cut(scene.truth[scene.variable], where)
    estimate, true, error, cross = _powers(values, truth, on)
    with np.errstate(divide="ignore", invalid="ignore"):
        skill, together = 1 - error / true, cross**2 / (estimate * true)
    powers = {"estimate": estimate, "truth": true, "error": error}
    curves = {name: _curve(power, on, field, name) for name, power in powers.items()}
    for name, ratio in (("skill", skill), ("coherence", together)):
        curves[name] = _curve(ratio, on, field, f"spectral {name}").assign_attrs(units="1")
    return curves


def coherence(estimate: xr.DataArray, truth: xr.DataArray) -> xr.DataArray:
    """Magnitude-squared coherence by ring, |<X Y*>|^2 / (<|X|^2> <|Y|^2>), in [0, 1].

    Rings of n independent modes give about 1/n for unrelated fields, so the first ones are high by chance.
    Source: Bendat and Piersol 2010, doi:10.1002/9781118032428, section 5.2.2.

    Args:
        estimate: (..., y, x); leading dimensions are averaged over.
        truth: of the same shape, with coordinates y, x.

    Returns:
        Coherence (wavenumber,), 1; NaN where the estimate lacks a cell that the truth has.

    Raises:
        InputError: the shapes differ, or no gap-free rectangle of 8 x 8 cells exists.
    """
    if estimate.shape != truth.shape:
        raise InputError(f"The estimate has the shape {estimate.shape}, the truth {truth.shape}.")
    valid = finite(truth)
    where = _rectangle(valid.values)
    lost = bool((~np.isfinite(estimate.values) & valid.values).any())
    (x, on), (y, _) = _cut(estimate.where(valid), where, lost), _cut(truth, where)
    power, true, _, cross = _powers(x, y, on)
    return _curve(cross**2 / (power * true), on, truth, "spectral coherence").assign_attrs(units="1")


def effective_resolution(skill: xr.DataArray, threshold: float = 0.5) -> float:
    """Wavelength where a skill first falls below the threshold, coming from the largest scale.

    Skill is interpolated linearly in log(wavenumber). Source: Ballarotta et al. 2019, doi:10.5194/os-15-1091-2019: a
    noise-to-signal ratio of 0.5.

    Args:
        skill: spectral skill (wavenumber,), 1, over `wavenumber` (km-1).
        threshold: the skill that counts as resolved.

    Returns:
        The wavelength, km. If it never falls, the smallest resolved one (the last ring's); NaN if it is below already
        at the largest scale, or not a number.
    """
    values, k = skill.values, skill["wavenumber"].values
    if not values[0] >= threshold or not np.isfinite(values).all():
        return float("nan")
    below = np.flatnonzero(values < threshold)
    if not below.size:
        return float(1 / k[-1])
    after = below[0]
    share = (values[after - 1] - threshold) / (values[after - 1] - values[after])
    return float(np.exp(-((1 - share) * np.log(k[after - 1]) + share * np.log(k[after]))))


def spectral_slope(power: xr.DataArray, wavelength_max: float, wavelength_min: float) -> float:
    """Exponent n of P ~ k^n by least squares in log-log.

    Args:
        power: density (wavenumber,) over `wavenumber` (km-1).
        wavelength_max: longest wavelength of the fit, km, inclusive.
        wavelength_min: shortest one, km, inclusive.

    Returns:
        The exponent (1).

    Raises:
        InputError: fewer than 3 rings lie in the range.
    """
    k = power["wavenumber"].values
    inside = (k >= 1 / wavelength_max) & (k <= 1 / wavelength_min)
    if inside.sum() < 3:
        raise InputError(
            f"Only {inside.sum()} rings lie between {wavelength_min:g} and {wavelength_max:g} km; a slope needs 3."
        )
    return float(np.polyfit(np.log(k[inside]), np.log(power.values[inside]), 1)[0])


def _rectangle(valid: np.ndarray) -> Rectangle:
    where = largest_rectangle(_always(valid))
    if where is None or min(side.stop - side.start for side in where) < SMALLEST:
        raise InputError(f"The region holds no gap-free rectangle of {SMALLEST} x {SMALLEST} cells: no spectrum there.")
    return where


def _cut(field: xr.DataArray, where: Rectangle, lost: bool = False) -> tuple[np.ndarray, Plan]:
    """Layers (n, y, x) of a rectangle in double precision, specks filled (or all NaN where `lost`), and their plan."""
    part = field.isel(y=where[0], x=where[1])
    values = np.asarray(part.values, dtype=float).reshape(-1, *part.shape[-2:])
    dy, dx = Grid.of(part).spacing
    filled = np.full(values.shape, np.nan) if lost else fill_gaps(values)
    return filled, plan(values.shape[-2:], (dy / 1000, dx / 1000))


def _input(scene: Scene, fine: xr.DataArray, where: Rectangle) -> xr.DataArray:
    """Spectrum of the input's cells that lie wholly in the rectangle, on the dimension `wavenumber_input`."""
    low = scene.problem.low[scene.variable]
    factors = (fine.sizes["y"] // low.sizes["y"], fine.sizes["x"] // low.sizes["x"])
    rows, columns = (slice(-(-s.start // f), s.stop // f) for s, f in zip(where, factors, strict=True))
    inner = rows, columns
    small = min(side.stop - side.start for side in inner) < SMALLEST_INPUT
    values, on = _cut(low, (slice(None), slice(None)) if small else inner)
    seen = _always(np.isfinite(low.values))[inner]
    whole = (slice(0, seen.shape[0]), slice(0, seen.shape[1]))
    power = _mean_power(values, on) * (np.nan if small or largest_rectangle(seen) != whole else 1)
    curve = _curve(power, on, low, "input").isel(wavenumber=on.complete)
    curve["wavenumber"].attrs["long_name"] = "wavenumber of the input"
    return curve.rename(wavenumber="wavenumber_input")


def _powers(estimate: np.ndarray, truth: np.ndarray, on: Plan) -> np.ndarray:
    """Densities of estimate, truth, error and their cross-spectrum, (4, wavenumber), averaged over layers (n, y, x)."""
    sums = np.zeros((4, on.wavenumber.size))
    for values, true_values in zip(estimate, truth, strict=True):
        x, y = on.transform(values), on.transform(true_values)
        cross = x.real * y.real + x.imag * y.imag
        sums += [on.rings(power) for power in (_square(x), _square(y), _square(x - y), cross)]
    return sums / len(truth)


def _always(valid: np.ndarray) -> np.ndarray:
    """(y, x) mask of the cells valid in every layer of (..., y, x)."""
    return np.asarray(valid.reshape(-1, *valid.shape[-2:]).all(axis=0))


def _square(modes: np.ndarray) -> np.ndarray:
    return np.square(modes.real) + np.square(modes.imag)


def _mean_power(layers: np.ndarray, on: Plan) -> np.ndarray:
    return np.mean([on.rings(_square(on.transform(layer))) for layer in layers], axis=0)


def _fraction(valid: xr.DataArray, where: Rectangle) -> float:
    """Share of the valid cells that the rectangle holds."""
    inside = valid.isel(y=where[0], x=where[1])
    return float(inside.sum()) / max(float(valid.sum()), 1.0)


def _curve(values: np.ndarray, on: Plan, field: xr.DataArray, name: str, lead: tuple = ()) -> xr.DataArray:
    units = str(field.attrs.get("units", ""))
    square = "" if units in ("", "1") else f"({units})2 " if " " in units else f"{units}2 "
    axis = xr.DataArray(on.wavenumber, dims="wavenumber", attrs={"units": "km-1", "long_name": "wavenumber"})
    width = float(on.wavenumber[0])
    attrs = {"units": f"{square}km", "long_name": name, "nyquist": on.nyquist, "ring_width": width}
    return xr.DataArray(values, dims=(*lead, "wavenumber"), coords={"wavenumber": axis}, attrs=attrs)
