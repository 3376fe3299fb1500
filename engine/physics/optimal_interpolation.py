"""Optimal interpolation on the cosine basis: the linear estimate of least error, its error, and draws from it.

y = M H x + e, with x ~ N(mean, B), e ~ N(0, R): x_a = x_b + B H^T (H B H^T + R)^-1 (y - H x_b), after Gandin 1965 and
Bretherton, Davis & Fandry 1976, doi:10.1016/0011-7471(76)90001-2, eq. (2.6). B is diagonal in the cosine transform, and
a symmetric kernel with regular sampling maps each cosine of the fine grid onto one of the coarse grid: without gaps all
is a product of coefficients. With gaps the equations are solved by Cholesky, for means over blocks where they are many.
All in double precision: the spectrum spans ten decades.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from engine.physics.cosines import inverse, smoothed, transform

MOST = 3000  # equations that are solved at once
FEW = 500  # of which the amplitude is read
SWEEPS = 20  # of the amplitude's iteration
DRAWS = 16  # that the spread is read from where there are gaps
SMOOTH = 6.0  # cells over which their squares are averaged
Shape = tuple[int, int]


@dataclass(frozen=True)
class Axis:
    """What a symmetric kernel and regular sampling make of the orthonormal cosines of one axis.

    index: the cosine of the coarse grid that each of the fine grid becomes, (n,); gain: times what, (n,); size: cosines
    of the coarse grid.
    """

    index: torch.Tensor
    gain: torch.Tensor
    size: int

    @classmethod
    def of(cls, n: int, factor: int, offsets: torch.Tensor, weights: torch.Tensor) -> "Axis":
        """A kernel on an axis of n cells whose ends reflect.

        Args:
            n: fine cells, a multiple of the factor.
            factor: fine cells from one sample to the next.
            offsets: of the kernel's taps from a sample's place, fine cells, symmetric about 0, (t,).
            weights: of the taps, (t,).

        Returns:
            The axis.
        """
        wave, size = torch.arange(n), n // factor
        turned = wave % (2 * size)
        index = torch.where(turned > size, 2 * size - turned, turned)
        sign = torch.where((wave + size) // (2 * size) % 2 == 0, 1.0, -1.0).double()
        sign[index == size], index[index == size] = 0.0, 0  # a wave that is 0 at all samples
        passed = torch.cos(torch.pi / n * wave.double()[:, None] * offsets.double()) @ weights.double()
        of_fine, of_coarse = (
            torch.where(k == 0, 1.0, 2.0).double().div(m).sqrt() for k, m in ((wave, n), (index, size))
        )
        return cls(index, sign * passed * of_fine / of_coarse, size)

    @property
    def squared(self) -> "Axis":
        """The same for powers."""
        return replace(self, gain=self.gain.square())

    def forward(self, fine: torch.Tensor) -> torch.Tensor:
        """Coefficients (..., n) -> (..., size)."""
        out = fine.new_zeros(*fine.shape[:-1], self.size)
        return out.index_add_(-1, self.index.to(fine.device), fine * self.gain.to(fine))

    def adjoint(self, coarse: torch.Tensor) -> torch.Tensor:
        """Coefficients (..., size) -> (..., n)."""
        return coarse[..., self.index.to(coarse.device)] * self.gain.to(coarse)


@dataclass(frozen=True)
class Sampling:
    """The observation operator without gaps, on cosine coefficients (..., y, x)."""

    down: Axis
    along: Axis

    @property
    def squared(self) -> "Sampling":
        """The same for powers."""
        return Sampling(self.down.squared, self.along.squared)

    @property
    def shape(self) -> Shape:
        return self.down.size, self.along.size

    def forward(self, fine: torch.Tensor) -> torch.Tensor:
        """H, from the fine grid's coefficients to the input's."""
        return self.down.forward(self.along.forward(fine).mT).mT

    def adjoint(self, coarse: torch.Tensor) -> torch.Tensor:
        """H^T, from the input's coefficients to the fine grid's."""
        return self.down.adjoint(self.along.adjoint(coarse).mT).mT


class Regular:
    """The estimate of an input without gaps: a product of coefficients."""

    def __init__(self, prior: torch.Tensor, sampling: Sampling, noise: torch.Tensor):
        """prior: variance of the fine grid's coefficients (y, x); noise: of the input's, (y, x) or one for all."""
        self.prior, self.sampling = prior, sampling
        self.noise = noise + prior.new_zeros(sampling.shape)
        self.signal = sampling.squared.forward(prior)

    def update(self, departures: torch.Tensor) -> torch.Tensor:
        """B H^T (H B H^T + R)^-1 d.

        Args:
            departures: y - H x_b, (..., Y, X), in the field's unit.

        Returns:
            What is added to x_b, (..., y, x).
        """
        return inverse(self.prior * self.sampling.adjoint(transform(departures) / (self.signal + self.noise)))

    @property
    def remaining(self) -> torch.Tensor:
        """Variance of the fine grid's coefficients that the input leaves open, (y, x)."""
        return self.prior * (1 - self.prior * self.sampling.squared.adjoint(1 / (self.signal + self.noise)))

    @property
    def remaining_share(self) -> torch.Tensor:
        """The same over the prior's, (y, x)."""
        return self.remaining / self.prior

    def spread(self) -> torch.Tensor:
        """Standard deviation of the estimate's error, one for all cells (y, x)."""
        return self.remaining.clamp(min=0).mean().sqrt() + torch.zeros_like(self.prior)

    def amplitude(self, departures: torch.Tensor) -> float:
        """By how much the variance of this field exceeds the prior's: empirical Bayes, by repeated substitution."""
        power = transform(departures).square().flatten()[1:]  # without the mean
        return _amplitude(power, self.signal.flatten()[1:], self.noise.flatten()[1:])


class Gappy:
    """The estimate of an input with gaps: Cholesky over what is seen, or over means of blocks of it."""

    def __init__(
        self, prior: Callable[[Shape], torch.Tensor], sampling: Callable[[Shape], Sampling], shape: Shape,
        seen: torch.Tensor, noise: torch.Tensor, coloured: Callable[[Shape], torch.Tensor] | None = None,
        most: int = MOST,
    ):  # fmt: skip
        """prior, sampling: of a fine grid's shape; shape: of the fine grid. seen: True where the input has a value,
        (Y, X); noise: its variance there, (Y, X); coloured: variance of the coefficients of its correlated part, of
        the input's shape; most: equations to be solved at once."""
        factor = [n // size for n, size in zip(shape, seen.shape, strict=True)]
        self.shape, self.width = shape, _width(seen, most)
        rest = [-size % self.width for size in seen.shape]
        wide = (shape[0] + rest[0] * factor[0], shape[1] + rest[1] * factor[1])
        pad = (0, rest[1], 0, rest[0])
        self.seen = torch.nn.functional.pad(seen, pad)
        self.pad, self.noise = pad, torch.nn.functional.pad(noise.double(), pad)
        self.sampling, self.prior = sampling(wide), prior(wide)
        self.signal = self.sampling.squared.forward(self.prior)
        self.coloured = 0 * self.signal if coloured is None else coloured((self.seen.shape[0], self.seen.shape[1]))
        self._solve()

    def _solve(self) -> None:
        """The equations of the blocks: their covariance, and the error of their means."""
        width, size = self.width, self.width**2
        self.blocks = Sampling(*(_mean(n, width) for n in self.seen.shape))
        self.count = _sums(self.seen.double(), width)
        self.held = self.count > 0
        means = self.blocks.squared.forward(self.signal)
        within = (self.signal.sum() / self.signal.numel() - means.sum() / means.numel()).clamp(min=0)
        count = self.count[self.held]
        self.error = _sums(self.noise * self.seen, width)[self.held] / count**2 + within * (1 - count / size) / count
        seen_power = means + self.blocks.squared.forward(self.coloured)
        matrix = covariances(seen_power, self.held)
        matrix.diagonal().add_(self.error)
        self.factor = torch.linalg.cholesky(matrix)

    def update(self, departures: torch.Tensor) -> torch.Tensor:
        """As `Regular.update`; what is not seen of the departures is not looked at."""
        wide, means = self._wide(departures), self.means(departures)
        weights = torch.cholesky_solve(means.reshape(-1, means.shape[-1]).mT, self.factor).mT
        sheet = wide.new_zeros(*wide.shape[:-2], *self.held.shape)
        sheet[..., self.held] = weights.reshape(means.shape)
        found = self.prior * self.sampling.adjoint(self.blocks.adjoint(transform(sheet)))
        if self.width > 1:
            found = found + self._rest(wide, found)
        return inverse(found)[..., : self.shape[0], : self.shape[1]]

    def _wide(self, departures: torch.Tensor) -> torch.Tensor:
        return torch.where(self.seen, torch.nn.functional.pad(departures.nan_to_num(0.0), self.pad), 0.0)

    def means(self, departures: torch.Tensor) -> torch.Tensor:
        """Means over the blocks that hold a value, (..., Y, X) -> (..., block)."""
        return (_sums(self._wide(departures), self.width) / self.count.clamp(min=1))[..., self.held]

    @property
    def remaining_share(self) -> torch.Tensor:
        """Variance that the input leaves open over the prior's, (y, x), as if it was seen evenly, with more noise."""
        share = self.seen.double().mean()
        noise = self.noise[self.seen].mean() + self.coloured + (1 - share) * self.signal.mean()
        even = Regular(self.prior, self.sampling, noise / share)
        return (even.remaining / even.prior)[: self.shape[0], : self.shape[1]]

    def _rest(self, wide: torch.Tensor, found: torch.Tensor) -> torch.Tensor:
        """What the values say beyond the means of their blocks: one filter of the zero-filled rest, as if the gaps
        were drawn by chance."""
        share = self.seen.double().mean()
        error = (self.error.mean() * self.count[self.held].mean() / self.width**2).expand(self.blocks.shape)
        left = Regular(self.prior, _chained(self.sampling, self.blocks), error).remaining.clamp(min=0)
        signal = self.sampling.squared.forward(left)
        noise = self.noise[self.seen].mean() + self.coloured
        rest = torch.where(self.seen, wide - inverse(self.sampling.forward(found)), 0.0)
        weights = transform(rest) / (share * signal + (1 - share) * signal.mean() + noise)
        return left * self.sampling.adjoint(weights)


def covariances(power: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """Covariances of cells of a grid whose coefficients are independent.

    A product of two cosines is a sum of two: cov(i, i') = sum over a in {|i - i'|, i + i' + 1} of a table, likewise
    along the other axis.

    Args:
        power: variance of the orthonormal cosine coefficients (y, x).
        seen: the cells in question, (y, x).

    Returns:
        The matrix (cell, cell), in the order of `seen.nonzero()`.
    """
    down, along = (_cosine_table(n, power) for n in power.shape)
    table = down @ power @ along.mT / 4
    rows, columns = seen.nonzero(as_tuple=True)
    out = torch.zeros(len(rows), len(rows), dtype=power.dtype, device=power.device)
    for one in ((rows[:, None] - rows).abs(), rows[:, None] + rows + 1):
        for other in ((columns[:, None] - columns).abs(), columns[:, None] + columns + 1):
            out += table.take(one * table.shape[1] + other)
    return out


def _cosine_table(n: int, like: torch.Tensor) -> torch.Tensor:
    """w_k cos(pi a k / n), (2 n, n)."""
    k = torch.arange(n, dtype=like.dtype, device=like.device)
    weights = torch.where(k == 0, 1.0, 2.0) / n
    return weights * torch.cos(torch.pi / n * torch.arange(2 * n, dtype=like.dtype, device=like.device)[:, None] * k)


def _amplitude(power: torch.Tensor, signal: torch.Tensor, noise: torch.Tensor) -> float:
    """Factor of the signal's variance by which signal and noise make the power that is there; 0.05 to 20."""
    eta = 1.0
    for _ in range(SWEEPS):
        total = (eta * signal + noise).square()
        eta = float((signal * (power - noise) / total).sum() / (signal.square() / total).sum())
        eta = min(max(eta, 0.05), 20.0)
    return eta


def _width(seen: torch.Tensor, most: int) -> int:
    """The least width of blocks of which at most so many are seen."""
    width = 1
    while int((_sums(_filled(seen.double(), width), width) > 0).sum()) > most:
        width += 1
    return width


def _filled(values: torch.Tensor, width: int) -> torch.Tensor:
    return torch.nn.functional.pad(values, (0, -values.shape[1] % width, 0, -values.shape[0] % width))


def _sums(values: torch.Tensor, width: int) -> torch.Tensor:
    """Sums over blocks, (..., y, x) -> (..., y / width, x / width)."""
    *lead, ny, nx = values.shape
    return values.reshape(*lead, ny // width, width, nx // width, width).sum(dim=(-3, -1))


def _mean(n: int, width: int) -> Axis:
    offsets = torch.arange(width) - (width - 1) / 2
    return Axis.of(n, width, offsets, torch.full((width,), 1 / width))


def _chained(first: Sampling, then: Sampling) -> Sampling:
    """One operator after another."""
    pairs = ((first.down, then.down), (first.along, then.along))
    return Sampling(*(Axis(b.index[a.index], a.gain * b.gain[a.index], b.size) for a, b in pairs))


def read_amplitude(
    prior: Callable[[Shape], torch.Tensor], sampling: Callable[[Shape], Sampling], shape: Shape,
    departures: torch.Tensor, seen: torch.Tensor, noise: torch.Tensor,
) -> float:  # fmt: skip
    """By how much the variance of a field with gaps exceeds the prior's, from the equations of few and wide blocks.

    Args:
        prior: of a fine grid's shape, the variance of its coefficients.
        sampling: of a fine grid's shape, the operator.
        shape: of the fine grid.
        departures: of the input from the background, (Y, X), in the field's unit; NaN where it has no value.
        seen: True where the input has a value, (Y, X).
        noise: its variance there, (Y, X).

    Returns:
        The factor, 0.05 to 20.
    """
    few = Gappy(prior, sampling, shape, seen, noise, most=FEW)
    whitened = few.error.rsqrt()
    matrix = few.factor @ few.factor.mT
    matrix.diagonal().sub_(few.error)
    values, vectors = torch.linalg.eigh(whitened[:, None] * matrix * whitened)
    power = (vectors.mT @ (whitened * few.means(departures))).square()
    return _amplitude(power, values.clamp(min=1e-9), torch.ones_like(values))


def structure(estimate: torch.Tensor, exponent: float = 0.35, bounds=(0.25, 3.0)) -> torch.Tensor:
    """Where a field is livelier than elsewhere: a factor for what is drawn around it.

    Args:
        estimate: field (y, x).
        exponent: of the smoothed square of the gradient of its finer part.
        bounds: of the factor, before it has unit mean square.

    Returns:
        The factor (y, x).
    """
    slopes = torch.gradient(estimate - smoothed(estimate, 30.0))
    energy = smoothed(slopes[0].square() + slopes[1].square(), 12.0).clamp(min=0)
    factor = (energy / energy.mean().clamp(min=1e-30)).pow(exponent).clamp(*bounds)
    return factor / factor.square().mean().sqrt()


def departures_of_draws(
    estimate: Regular | Gappy, prior: torch.Tensor, sampling: Sampling, white: torch.Tensor, errors: torch.Tensor,
    local: torch.Tensor | float = 1.0,
) -> torch.Tensor:  # fmt: skip
    """What draws from the posterior add to the estimate: x_b - K (H x_b + e), x_b ~ N(0, B).

    Source: Hoffman & Ribak 1991, doi:10.1086/186160, eq. (4).

    Args:
        estimate: of the same problem.
        prior: variance of the fine grid's coefficients (y, x).
        sampling: the operator on the fine grid.
        white: noise of unit variance (member, y, x).
        errors: of the input, (member, Y, X), in the field's unit.
        local: a factor of the field that is drawn, as `structure` gives it.

    Returns:
        Fields (member, y, x), in the field's unit.
    """
    drawn = local * inverse(prior.sqrt() * white)
    return drawn - estimate.update(inverse(sampling.forward(transform(drawn))) + errors)
