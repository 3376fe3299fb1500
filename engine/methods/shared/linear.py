"""The linear estimate that stands under every method: covariance, equations, error and draws of one problem."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
import torch
import xarray as xr

from engine import weights
from engine.errors import InputError
from engine.grid import Grid
from engine.nets.table import Table
from engine.observation import Observation
from engine.observation.kernels import BlockMean
from engine.observation.noise import Noise
from engine.physics.cosines import inverse, smoothed, transform
from engine.physics.covariance import Covariance, wavenumbers
from engine.physics.optimal_interpolation import (
    DRAWS,
    MOST,
    SMOOTH,
    Gappy,
    Regular,
    departures_of_draws,
    read_amplitude,
    structure,
)  # fmt: skip
from engine.resample import fill_gaps
from engine.scene import Problem
from engine.validity import Validity

FLOOR = 3e-4  # least noise, of the field's standard deviation: what arithmetic and packing leave
PASSED = 0.3  # squared gain of a kernel above which an input tells the power of its own field
STEEPEST, FLATTEST = -6.0, -2.0  # power laws by which its spectrum goes on


@lru_cache(maxsize=8)
def fitted_covariance(variable: str, spacing: tuple[float, float]) -> Covariance | None:
    """The table that was fitted to training runs. Another ocean, seen in other cells, is told better by itself: in the
    Mediterranean's altimetry by 5 % of the RMSE.

    Args:
        variable: the field's name.
        spacing: (dy, dx) of the fine grid, m.

    Returns:
        The covariance; None where none was fitted to a field of such cells.
    """
    key = f"covariance_{variable}"
    valid = Validity.of(weights.card(key)) if weights.trained(key) else None
    if valid is None or not valid.has_cells_of(spacing):
        return None
    table, less = weights.load(key, Table), weights.card(key)["normalisation"]["less"]
    wavenumber, density = (torch.exp(table.column(name) + less[name]).numpy() for name in ("wavenumber", "density"))
    return Covariance(wavenumber, density)


def observed(problem: Problem) -> tuple[torch.Tensor, Observation]:
    """The input and how it came to be; where nobody knows, means over the target's cells.

    Args:
        problem: input of one date.

    Returns:
        The input's values (y, x), float64, NaN where nothing is seen, and the observation.

    Raises:
        InputError: where the input has more than one date.
    """
    low = torch.as_tensor(problem.low[problem.variable].values.astype(np.float64))
    if low.ndim != 2:
        raise InputError(f"This method takes one date at a time; the input has the shape {tuple(low.shape)}.")
    if problem.observation is not None:
        return low, problem.observation
    factor = problem.mask.shape[-1] // low.shape[-1]
    steps = [factor * step / 1000 for step in Grid.of(problem.target).spacing]
    return low, Observation(BlockMean(factor, float(np.sqrt(steps[0] * steps[1]))), spacing_km=(steps[0], steps[1]))


@dataclass(frozen=True)
class Estimate:
    """The linear estimate of a problem, with its error.

    field: the estimate (y, x), in the field's unit; prior: variance of the cosine coefficients of what was estimated,
    (y, x); equations: what maps departures of the input on the fine grid; background: what was known before, (y, x).
    amplitude: by how much the prior was scaled; own: whether the covariance was fitted to the input itself.
    """

    field: torch.Tensor
    background: torch.Tensor
    prior: torch.Tensor
    equations: Regular | Gappy
    observation: Observation
    noise: Noise
    amplitude: float
    own: bool

    @classmethod
    def of(
        cls, problem: Problem, covariance: Covariance | None = None, background: torch.Tensor | None = None,
        unexplained: Callable[[np.ndarray], np.ndarray] | None = None, adapt: bool = True, most: int = MOST,
    ) -> "Estimate":  # fmt: skip
        """Solve a problem.

        Args:
            problem: input of one date and how it came to be.
            covariance: of the field; None: the table for its name, else what the input itself tells.
            background: what is known before, up to its mean, (y, x), in the field's unit; None: nothing.
            unexplained: share of the variance that the background leaves, of wavenumbers in cycles per m.
            adapt: whether the scene's own amplitude is read from the departures.
            most: equations that are solved at once where there are gaps.

        Returns:
            The estimate.

        Raises:
            InputError: where the input has more than one date.
        """
        low, observation = observed(problem)
        grid = Grid.of(problem.target)
        shape, spacing = grid.shape, grid.spacing
        known = covariance or fitted_covariance(problem.variable, spacing)
        table = known or told_by(low, observation, shape, spacing)
        before = torch.zeros(shape, dtype=torch.float64) if background is None else background.double()

        @cache
        def prior(size: tuple[int, int]) -> torch.Tensor:
            power = table.power(size, spacing)
            if unexplained is not None:
                power = power * torch.as_tensor(unexplained(wavenumbers(size, spacing)))
            return power

        sampling = observation.kernel.sampling(shape)
        seen = torch.isfinite(low)
        expected = inverse(sampling.forward(transform(before)))
        mean = (low - expected)[seen].mean()
        departures = low - expected - mean
        noise = _floored(observation.noise, float(prior(shape).mean().sqrt()))
        equations, amplitude = _solved(prior, observation, shape, departures, seen, noise, adapt, most)
        found = before + mean + equations.update(departures)
        scaled = amplitude * prior(shape)
        return cls(found, before + mean, scaled, equations, observation, noise, amplitude, known is None)

    @property
    def resolved(self) -> float:
        """Cells of half the shortest wave along an axis of which the input tells more than half."""
        left = self.equations.remaining_share
        told = [float(1 + (line > 0.5).nonzero().max()) / len(line) for line in (1 - left[0, 1:], 1 - left[1:, 0])
                if bool((line > 0.5).any())]  # fmt: skip
        return 1 / (sum(told) / len(told)) if told else float(max(self.prior.shape))

    @property
    def structure(self) -> torch.Tensor:
        """A factor of the error where the field is livelier than elsewhere, (y, x)."""
        return structure(self.field)

    def draws(self, members: range, seed: int, local: torch.Tensor | float = 1.0) -> torch.Tensor:
        """Members of the posterior: each agrees with the input as far as its noise lets it.

        Args:
            members: their numbers.
            seed: of the run; a member depends on it and its number alone.
            local: a factor of what is drawn, (y, x).

        Returns:
            Fields (member, y, x), in the field's unit.
        """
        random = [np.random.default_rng([seed, member]) for member in members]
        shape = (int(self.prior.shape[0]), int(self.prior.shape[1]))
        sampling = self.observation.kernel.sampling(shape)
        white = torch.as_tensor(np.stack([one.normal(size=shape) for one in random]))
        errors = np.stack([self.noise.drawn(sampling.shape, self.observation.spacing_km, one) for one in random])
        return self.field + departures_of_draws(
            self.equations, self.prior, sampling, white, torch.as_tensor(errors), local
        )

    def spread(self, local: torch.Tensor | float = 1.0) -> torch.Tensor:
        """Standard deviation of the estimate's error.

        Args:
            local: a factor of it, (y, x).

        Returns:
            Standard deviation (y, x), in the field's unit.
        """
        if isinstance(self.equations, Regular):
            return local * self.equations.spread()
        away = self.draws(range(DRAWS), 0, local) - self.field
        return smoothed(away.square().mean(dim=0), SMOOTH).clamp(min=0).sqrt()


def standard_error(problem: Problem, spread: torch.Tensor) -> xr.DataArray:
    """The standard deviation of an estimate's error, as it stands beside the estimate.

    Args:
        problem: What was estimated.
        spread: Standard deviation (y, x), in the field's unit.

    Returns:
        The same on the target's grid, with its unit.
    """
    error = problem.estimate(spread.numpy())[problem.variable]
    error.attrs = {"units": error.attrs["units"], "long_name": "standard error of the estimate"}
    return error


def _solved(
    prior, observation: Observation, shape, departures: torch.Tensor, seen: torch.Tensor, noise: Noise, adapt: bool,
    most: int,
):  # fmt: skip
    """The equations of a problem and the amplitude of its scene."""
    size, kernel = (int(seen.shape[0]), int(seen.shape[1])), observation.kernel
    coloured = (lambda of: noise.coloured(of, observation.spacing_km)) if noise.correlated else None
    if bool(seen.all()) and noise.places is None:
        error = noise.variance(size) + (coloured(size) if coloured else 0.0)
        first = Regular(prior(shape), kernel.sampling(shape), error)
        amplitude = first.amplitude(departures) if adapt else 1.0
        return Regular(amplitude * prior(shape), kernel.sampling(shape), error), amplitude
    variance = noise.variance(size).nan_to_num(0.0)
    amplitude = 1.0
    if adapt:
        amplitude = read_amplitude(prior, kernel.sampling, shape, departures, seen, variance)
    scaled = lambda of: amplitude * prior(of)  # noqa: E731
    return Gappy(scaled, kernel.sampling, shape, seen, variance, coloured, most), amplitude


def _floored(noise: Noise, deviation: float) -> Noise:
    """Noise of at least FLOOR times the field's standard deviation."""
    least = FLOOR * deviation
    if noise.places is not None:
        return replace(noise, places=np.maximum(noise.places, least))
    return replace(noise, white=max(noise.white, least))


def told_by(
    low: torch.Tensor, observation: Observation, shape: tuple[int, int], spacing: tuple[float, float]
) -> Covariance:
    """The covariance that an input tells of its own field: its power over that of the kernel, noise taken off; finer
    scales go on by a power law.

    Args:
        low: the input (y, x); NaN where nothing is seen.
        observation: how it came to be.
        shape: of the fine grid.
        spacing: (dy, dx) of the fine grid, m.

    Returns:
        The covariance.
    """
    filled = fill_gaps(low.numpy())
    found = transform(torch.as_tensor(filled - filled.mean())).square() / torch.isfinite(low).double().mean()
    power = (found - observation.noise.total**2).numpy()
    gain = observation.kernel.sampling(shape).squared
    own = (slice(0, power.shape[0]), slice(0, power.shape[1]))
    passed = (gain.down.gain[: power.shape[0], None] * gain.along.gain[: power.shape[1]]).numpy()
    length = wavenumbers(shape, spacing)[own]
    fair = (passed > PASSED * passed[0, 0]) & (length < 0.45 / max(spacing) * power.shape[0] / shape[0])
    fair[0, 0] = False
    edges = np.geomspace(length[fair].min() * 0.999, length[fair].max() * 1.001, min(16, 2 + int(fair.sum()) // 6))
    bins = np.digitize(length[fair], edges)
    density = spacing[0] * spacing[1] * power[fair] / passed[fair]
    means = [(np.exp(np.log(length[fair][bins == b]).mean()), density[bins == b].mean()) for b in np.unique(bins)]
    waves, powers = np.array([(k, p) for k, p in means if p > 0]).reshape(-1, 2).T
    if not len(waves):
        waves, powers = np.array([edges[0]]), np.array([max(float(low.nan_to_num(0.0).var()), 1e-12) / edges[0] ** 2])
    upper = waves >= np.sqrt(waves[0] * waves[-1])
    slope = np.polyfit(np.log(waves[upper]), np.log(powers[upper]), 1)[0] if upper.sum() > 2 else -4.0
    beyond = waves[-1] * np.geomspace(1.2, 64, 12)
    tail = powers[-1] * (beyond / waves[-1]) ** float(np.clip(slope, STEEPEST, FLATTEST))
    return Covariance(np.append(waves, beyond), np.append(powers, tail))
