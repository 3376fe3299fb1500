"""Variograms of cells and of points, and the weights of area-to-point kriging.

Sources: Kyriakidis 2004, doi:10.1111/j.1538-4632.2004.tb01135.x (area-to-point kriging); Goovaerts 2008,
doi:10.1007/s11004-007-9129-1 (deconvolution); Wang et al. 2015, doi:10.1016/j.rse.2015.06.003 (both, for images).
"""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import next_fast_len
from scipy.optimize import least_squares

from engine.errors import InputError

LAGS = 12  # coarse cells up to which the variogram is fitted


def empirical(values: torch.Tensor, known: torch.Tensor, lags: int = LAGS) -> tuple[np.ndarray, np.ndarray]:
    """Half the mean squared difference of cells by how far apart they are along the axes.

    Lags with fewer than 30 pairs are left out; there is always the first one where two known cells are neighbours.

    Args:
        values: Cells (y, x).
        known: Where they count, (y, x).
        lags: The largest lag, cells; never more than half the shorter side.

    Returns:
        Lags (cells) and semivariances (square of the values' unit), one for each lag that is kept.
    """
    field, seen = values.double().numpy(), known.numpy()
    found: list[tuple[int, float]] = []
    for lag in range(1, 1 + min(lags, min(field.shape) // 2)):
        total, pairs = 0.0, 0
        for ahead, behind in ((np.s_[lag:], np.s_[:-lag]), (np.s_[:, lag:], np.s_[:, :-lag])):
            both = seen[ahead] & seen[behind]
            total += float(((field[ahead] - field[behind])[both] ** 2).sum())
            pairs += int(both.sum())
        if pairs >= (1 if not found else 30):
            found.append((lag, total / pairs / 2))
    return np.array([lag for lag, _ in found], float), np.array([value for _, value in found])


def covariance(distance: np.ndarray, sill: float, reach: float) -> np.ndarray:
    """Exponential covariance of points, sill exp(-3 h / reach): five per cent are left at the distance `reach`.

    Args:
        distance: Distances h of any shape, in the unit of `reach`.
        sill: Variance.
        reach: Distance at which five per cent are left.

    Returns:
        Covariances, in the shape of `distance` and the unit of `sill`.
    """
    return sill * np.exp(-3 * distance / reach)


def between(dy: np.ndarray, dx: np.ndarray, factor: int, reach: float) -> np.ndarray:
    """Mean covariance (sill 1) between the points of two cells.

    Args:
        dy: Distances of their centres along y, any shape, cells.
        dx: The same along x.
        factor: Points a side of a cell.
        reach: Of the points' covariance, cells.

    Returns:
        Mean covariances, in the shape of `dy`.
    """
    steps = np.arange(1 - factor, factor)
    weights = (factor - np.abs(steps)) / factor**2  # how many pairs of points have this difference
    rows = dy[..., None, None] + steps[:, None] / factor
    columns = dx[..., None, None] + steps[None, :] / factor
    return (covariance(np.hypot(rows, columns), 1.0, reach) * weights[:, None] * weights).sum(axis=(-2, -1))


def deconvolved(lags: np.ndarray, cells: np.ndarray, factor: int) -> tuple[float, float]:
    """Sill and reach of the points' exponential variogram whose mean over cells fits that of the cells.

    The variogram of cells is that of points, regularised: gamma_v(h) = C(v, v) - C(v, v_h). Weighted by 1 / h.

    Args:
        lags: Lags (n,), cells.
        cells: Semivariances (n,) of the cells at them.
        factor: Points a side of a cell.

    Returns:
        Sill, in the unit of `cells`, and reach, cells; of fewer than two lags the largest semivariance and 2 cells.
    """
    top = float(max(cells.max(), 1e-12)) if cells.size else 1e-12

    def regularised(reach: float) -> np.ndarray:
        inside = between(np.zeros(1), np.zeros(1), factor, reach)
        return inside - between(np.zeros_like(lags), lags, factor, reach)

    def misfit(logs: np.ndarray) -> np.ndarray:
        sill, reach = np.exp(logs)
        return (sill * regularised(reach) - cells / top) / np.sqrt(lags)

    if cells.size < 2:
        return top, 2.0
    bounds = ([-3.0, np.log(0.3)], [5.0, np.log(6.0 * lags.max())])
    start = np.clip([0.3, np.log(max(lags.max() / 2, 0.5))], *bounds)
    sill, reach = np.exp(least_squares(misfit, start, bounds=bounds).x)
    return float(sill * top), float(reach)


def area_to_point(factor: int, reach: float, neighbours: int = 5) -> np.ndarray:
    """Weights of the cells around for every point of the middle cell; each row sums to 1.

    Ordinary kriging: the weights solve the system of cell-to-cell covariances with a Lagrange multiplier. Their mean
    over the points is the middle cell alone, so that what is kriged has the cells' means (Kyriakidis 2004, eq. 14).

    Args:
        factor: Points a side of a cell.
        reach: Of the points' covariance, cells.
        neighbours: Cells a side of the square that is used, an odd number.

    Returns:
        Weights (factor^2, neighbours^2), points and cells row by row.
    """
    half = neighbours // 2
    at = np.stack(np.meshgrid(*(np.arange(-half, half + 1),) * 2, indexing="ij"), axis=-1).reshape(-1, 2).astype(float)
    apart = at[:, None] - at[None, :]
    n = len(at)
    system = np.ones((n + 1, n + 1))
    system[:n, :n], system[n, n] = between(apart[..., 0], apart[..., 1], factor, reach), 0.0
    side, steps = 2 * half + 1, np.arange(1 - factor * (half + 1), factor * (half + 1)) / factor
    points = covariance(np.hypot(steps[:, None], steps), 1.0, reach)  # of any two points that far apart
    cells = sliding_window_view(points, (factor, factor)).mean(axis=(-2, -1)).reshape(side, factor, side, factor)
    right = np.ones((n + 1, factor**2))
    right[:n] = cells[::-1, :, ::-1].transpose(0, 2, 1, 3).reshape(n, -1)
    return np.linalg.solve(system, right)[:n].T


def kriged(cells: torch.Tensor, known: torch.Tensor, factor: int) -> torch.Tensor:
    """Points of filled cells by area-to-point kriging, with the variogram of the known ones brought down.

    Args:
        cells: Cells (y, x), gaps filled.
        known: Where they were not filled, (y, x).
        factor: Points a side of a cell.

    Returns:
        Points (factor y, factor x), in the cells' unit.

    Raises:
        InputError: Where the cells are the points (factor 1).
    """
    if factor == 1:
        raise InputError("Kriging goes from cells to points: choose an input of cell means (mean radiance).")
    _, reach = deconvolved(*empirical(cells, known), factor)
    weights = torch.as_tensor(area_to_point(factor, reach), dtype=cells.dtype).reshape(factor**2, 1, 5, 5)
    middle = cells.mean()  # what is near 0 is finest in single precision
    around = F.pad((cells - middle)[None, None], (2, 2, 2, 2), mode="replicate")
    return middle + F.pixel_shuffle(F.conv2d(around, weights), factor)[0, 0]


def gaussian_field(shape: tuple[int, int], reach: float, seed: int, footprint: float = 0.0) -> torch.Tensor:
    """A Gaussian field of unit variance with the exponential covariance of `reach` cells, by its spectrum.

    Drawn on a torus that is `reach` wider than the field on either side, so that its edges do not know each other.
    Source: Dietrich and Newsam 1997, doi:10.1137/S1064827592240555 (circulant embedding).

    Args:
        shape: Cells (y, x).
        reach: Distance at which five per cent of the covariance are left, cells.
        seed: Of the noise.
        footprint: Full width at half maximum, cells, of a Gaussian that it is then seen through (less than unit
            variance).

    Returns:
        Field (y, x), float64.
    """
    sizes = [next_fast_len(int(n + np.ceil(2 * reach)), real=True) for n in shape]
    away = [np.minimum(np.arange(n), n - np.arange(n)) for n in sizes]
    power = np.fft.rfft2(covariance(np.hypot(away[0][:, None], away[1][None, :]), 1.0, reach)).real.clip(min=0)
    waves = np.fft.fftfreq(sizes[0])[:, None] ** 2 + np.fft.rfftfreq(sizes[1]) ** 2
    transfer = np.exp(-((np.pi * footprint) ** 2) * waves / (4 * np.log(2)))
    noise = np.random.default_rng(seed).standard_normal(sizes)
    field = np.fft.irfft2(np.fft.rfft2(noise) * np.sqrt(power) * transfer, s=sizes)
    return torch.as_tensor(field[: shape[0], : shape[1]])
