"""Sea ice as a brittle material: Bingham-Maxwell rheology on a B-grid, doubly periodic, driven by random weather.

    ds/dt + s (1 - P) / lambda = h (E/k) m chi K : e        lambda = lambda_0 (m chi)^4, chi = exp(-20 (1 - A))
    q = tau + mu s_n;  where q > c:  dm/dt = -m (1 - c/q) / t_d, and s with it      (Mohr-Coulomb, m = 1 - damage)
    rho h du/dt = div s + A (tau_a + tau_w) - rho h f k x (u - u_ocean)
    dh/dt + div(h u) = growth;  dA/dt + div(A u) = refreezing, A <= 1;  damage goes with the ice and heals

s is the stress times thickness (N m-1), with invariants s_n (mean, compression negative) and tau (shear); h is ice
volume per area, A concentration. Sources: Olason et al. (2022), doi:10.1029/2021MS002685, eqs. (1)-(18); damage by
Dansereau et al. (2016), doi:10.5194/tc-10-1339-2016. The elastic modulus is divided by k to slow elastic waves.
Not carried along with the ice: the stress. Velocities are at cell corners (the upper right one of cell (y, x)).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from engine.device import find
from engine.errors import InputError
from engine.simulate.ocean import SECONDS_PER_DAY

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IceParameters:
    """Grid and constants of the ice model, in SI units."""

    size: int = 256  # cells along each side
    spacing: float = 4000.0  # m
    modulus: float = 5.96e8  # Young's modulus E, Pa
    softening: float = 32.0  # k, E is divided by it
    poisson: float = 1 / 3  # nu, 1
    density: float = 917.0  # rho of ice, kg m-3
    viscous_time: float = 1e7  # lambda_0, s
    ridging_pressure: float = 1e4  # of ice one metre thick, N m-7/2
    friction: float = 0.7  # mu, 1
    cohesion: float = 2e6  # at 10 cm, Pa
    cohesion_noise: float = 0.2  # half-width of its white noise, 1
    concentration_exponent: float = 20.0  # 1
    coriolis: float = 1.46e-4  # f, s-1
    air_drag: float = 1.3 * 1.5e-3  # air density times Ca, kg m-3
    water_drag: float = 1025 * 5.5e-3  # water density times Cw, kg m-3
    wind_rms: float = 7.5  # of the weather, m s-1
    wind_mean: float = 3.0  # m s-1, in one direction
    wind_time: float = 1.5 * SECONDS_PER_DAY  # correlation time, s
    wind_smoothing: float = 0.25 * SECONDS_PER_DAY  # s
    wind_scale: float = 150e3  # of its streamfunction's Gaussian spectrum, m
    inflow: float = math.radians(25)  # of the surface wind, towards low pressure
    current_rms: float = 0.03  # of the steady ocean current, m s-1
    current_scale: float = 40e3  # m
    growth: float = 1.66e-7  # Stefan: dh/dt = growth (1/h - 1/equilibrium), m2 s-1
    equilibrium: float = 2.0  # m
    refreezing: float = 0.08 / SECONDS_PER_DAY  # of open water, m s-1
    new_ice: float = 0.5  # thickness with which open water closes, m
    ridge_thickness: float = 2.2  # thicker ridges slump into the cells around them, m
    healing_time: float = 20 * SECONDS_PER_DAY  # s
    mean_thickness: float = 1.6  # at the start, m
    thickness_range: float = 0.3  # standard deviation at the start, m
    thickness_scale: float = 150e3  # m
    substeps: int = 60  # of the stress and momentum in one step of transport
    courant: float = 0.62  # of elastic waves

    def __post_init__(self) -> None:
        if self.size < 8:
            raise InputError(f"The ice grid needs at least 8 cells a side, not {self.size}.")
        if not self.spacing > 0:
            raise InputError(f"The grid spacing must be a positive number of metres, not {self.spacing}.")

    @property
    def stiffness(self) -> float:
        """E / k, Pa."""
        return self.modulus / self.softening

    @property
    def daily_steps(self) -> int:
        """Steps of transport in one day."""
        wave = math.sqrt(self.stiffness / (self.density * (1 - self.poisson**2)))
        return math.ceil(SECONDS_PER_DAY / (self.substeps * self.courant * self.spacing / wave))

    @property
    def time_step(self) -> float:
        """Of transport, s."""
        return SECONDS_PER_DAY / self.daily_steps


@dataclass(frozen=True)
class IceState:
    """All that goes on in time, (size, size) each unless said otherwise; `step` counts steps of transport.

    u, v (m s-1) at corners; stress (3, ...) holds s11, s22, s12 (N m-1); undamaged = 1 - damage; thickness h (m) and
    concentration (1); weather (2, size, size/2 + 1): transform of the streamfunction, raw and smoothed; random: the
    state of its generator.
    """

    u: torch.Tensor
    v: torch.Tensor
    stress: torch.Tensor
    undamaged: torch.Tensor
    thickness: torch.Tensor
    concentration: torch.Tensor
    weather: torch.Tensor
    random: torch.Tensor
    step: int = 0


class Ice:
    """The model on one grid and device. Fields are (size, size) tensors with rows northward and columns eastward.

    seed draws the cohesion, the currents, the first thickness and all weather. compiled: None compiles the sub-step
    where that works; False never does.
    """

    def __init__(
        self,
        parameters: IceParameters = IceParameters(),
        seed: int = 0,
        device: torch.device | str | None = None,
        dtype: torch.dtype = torch.float32,
        compiled: bool | None = None,
    ) -> None:
        self.parameters, self.seed, self.dtype = parameters, seed, dtype
        self.device = find(device, dtype)
        draw = torch.Generator().manual_seed(seed)
        p = self.parameters
        noise = 2 * torch.rand(p.size, p.size, generator=draw, dtype=torch.float64) - 1
        cohesion = p.cohesion * math.sqrt(0.1 / p.spacing) * (1 + p.cohesion_noise * noise)
        self.cohesion = self._here(cohesion)  # Pa, of one metre of ice
        self.current = self._curled(self._smooth(draw, p.current_scale), p.current_rms)
        self.first_thickness = self._here(p.mean_thickness + p.thickness_range * self._smooth(draw, p.thickness_scale))
        self.direction = 2 * math.pi * float(torch.rand((), generator=draw))
        self._draw = draw.get_state()
        self._substep = _compiled(substep) if compiled is not False else substep

    def _here(self, values: torch.Tensor) -> torch.Tensor:
        return values.to(self.dtype).to(self.device).contiguous()

    # -- random fields --------------------------------------------------------------------------------------------

    def _filter(self, scale: float) -> torch.Tensor:
        """Gaussian spectrum exp(-(k scale)^2 / 2) without the mean, (size, size/2 + 1)."""
        k, l = self._wavenumbers()  # noqa: E741
        shape = torch.exp(-(k**2 + l**2) * scale**2 / 2)
        shape[0, 0] = 0
        return shape

    def _wavenumbers(self) -> tuple[torch.Tensor, torch.Tensor]:
        p = self.parameters
        k = 2 * math.pi * torch.fft.rfftfreq(p.size, p.spacing, dtype=torch.float64)[None, :]
        return k, 2 * math.pi * torch.fft.fftfreq(p.size, p.spacing, dtype=torch.float64)[:, None]

    def _white(self, draw: torch.Generator) -> torch.Tensor:
        """The transform of white noise of unit variance."""
        size = self.parameters.size
        return torch.fft.rfft2(torch.randn(size, size, generator=draw, dtype=torch.float64))

    def _smooth(self, draw: torch.Generator, scale: float) -> torch.Tensor:
        """A smooth random field of unit variance."""
        field = torch.fft.irfft2(self._white(draw) * self._filter(scale))
        return field / field.std()

    def _curled(self, psi: torch.Tensor, rms: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Velocity (-dpsi/dy, dpsi/dx) at corners, without divergence there, of the given rms."""
        u = _mean_x(psi - psi.roll(-1, -2))
        v = _mean_y(psi.roll(-1, -1) - psi)
        scale = rms / (u.square() + v.square()).mean().sqrt()
        return self._here(u * scale), self._here(v * scale)

    def _advance_weather(self, state: IceState) -> tuple[torch.Tensor, torch.Tensor]:
        """The next streamfunction of the wind (an Ornstein-Uhlenbeck process, smoothed) and the generator's state."""
        p, draw = self.parameters, torch.Generator()
        draw.set_state(state.random)
        keep = math.exp(-p.time_step / p.wind_time)
        raw, smooth = state.weather
        raw = keep * raw + math.sqrt(1 - keep**2) * self._white(draw) * self._filter(p.wind_scale)
        smooth = smooth + (raw - smooth) * (p.time_step / p.wind_smoothing)
        return torch.stack([raw, smooth]), draw.get_state()

    def wind(self, weather: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Surface wind at corners: the weather's, turned towards low pressure, and the mean wind.

        Args:
            weather: Transform of the streamfunction, raw and smoothed, (2, size, size/2 + 1).

        Returns:
            Wind eastward and northward, (size, size) each, m s-1.
        """
        p = self.parameters
        k, l = self._wavenumbers()  # noqa: E741
        shape = (k**2 + l**2) * self._filter(p.wind_scale) ** 2
        weight = torch.full((shape.shape[-1],), 2.0, dtype=torch.float64)
        weight[0] = 1
        kept = p.wind_time / (p.wind_time + p.wind_smoothing)
        expected = math.sqrt(float((shape * weight).sum()) * kept) / p.size
        speed = p.wind_rms / expected
        u, v = (torch.fft.irfft2(1j * part * weather[1], s=(p.size, p.size)) * speed for part in (-l, k))
        turned = math.cos(p.inflow), math.sin(p.inflow)
        x = turned[0] * u - turned[1] * v + p.wind_mean * math.cos(self.direction)
        y = turned[1] * u + turned[0] * v + p.wind_mean * math.sin(self.direction)
        return self._here(x), self._here(y)

    # -- time -----------------------------------------------------------------------------------------------------

    def initial_state(self) -> IceState:
        """Unbroken ice at rest, smooth and closed, under weather that has blown for a while."""
        p = self.parameters
        draw = torch.Generator()
        draw.set_state(self._draw)
        weather = self._white(draw) * self._filter(p.wind_scale)
        zero = torch.zeros(p.size, p.size, device=self.device, dtype=self.dtype)
        one, kept = torch.ones_like(zero), math.sqrt(p.wind_time / (p.wind_time + p.wind_smoothing))
        thickness = self.first_thickness.clamp(min=0.2)
        weather = torch.stack([weather, kept * weather])
        return IceState(zero, zero, zero.expand(3, -1, -1), one, thickness, one, weather, draw.get_state())

    def step(self, state: IceState) -> IceState:
        """One step of transport: weather, sub-steps of stress and momentum, advection, growth and healing.

        Args:
            state: The ice before.

        Returns:
            The ice `time_step` later.
        """
        weather, random = self._advance_weather(state)
        moved = self.dynamics(state, *self.wind(weather))
        moved = self.thermodynamics(self.transport(moved))
        return replace(moved, weather=weather, random=random, step=state.step + 1)

    def days(self, state: IceState, days: int) -> Iterator[tuple[IceState, torch.Tensor]]:
        """Advance day by day.

        Args:
            state: The ice before the first day.
            days: How many days.

        Yields:
            The state at the end of each day and the day's mean drift at corners (2, size, size), m s-1.

        Raises:
            InputError: On a blow-up.
        """
        for _ in range(days):
            drift = torch.zeros(2, *state.u.shape, device=self.device, dtype=self.dtype)
            for _ in range(self.parameters.daily_steps):
                state = self.step(state)
                drift += torch.stack([state.u, state.v])
            self.check(state)
            yield state, drift / self.parameters.daily_steps

    def check(self, state: IceState) -> None:
        """Make sure that the ice is still physical.

        Args:
            state: The ice.

        Raises:
            InputError: Where it has become unphysically fast or is no number.
        """
        fastest = float(torch.hypot(state.u, state.v).max())
        if not fastest * self.parameters.time_step < 0.5 * self.parameters.spacing:
            raise InputError(
                f"The ice run became unstable at step {state.step} (drift {fastest:.3g} m s-1): "
                "take a weaker wind or a larger softening."
            )

    def dynamics(self, state: IceState, wind_u: torch.Tensor, wind_v: torch.Tensor) -> IceState:
        """Sub-steps of stress, damage and velocity under a steady wind; thickness and concentration stay.

        Args:
            state: The ice before.
            wind_u: Wind eastward at corners (size, size), m s-1.
            wind_v: Wind northward at corners (size, size), m s-1.

        Returns:
            The ice after one step of transport's time, not yet carried.
        """
        p, h, area = self.parameters, state.thickness, state.concentration
        chi = torch.exp(-p.concentration_exponent * (1 - area))
        mass, at_corner = p.density * _corner_mean(h).clamp(min=0.05), _corner_mean(area)
        drag = at_corner * p.air_drag * torch.hypot(wind_u, wind_v)
        pressure = p.ridging_pressure * h**2.5 * chi
        fixed = (h, chi, self.cohesion * h, pressure, mass, at_corner * p.water_drag, drag * wind_u, drag * wind_v)
        u, v, (s11, s22, s12), m = state.u, state.v, state.stress, state.undamaged
        dt = p.time_step / p.substeps
        numbers = (dt, p.spacing, p.stiffness, p.poisson, p.density, p.viscous_time, p.friction, p.coriolis)
        for count in range(1, p.substeps + 1):
            u, v, s11, s22, s12, m = self._substep(u, v, s11, s22, s12, m, *fixed, *self.current, *numbers)
            if count % 10 == 0:
                s11, s22, s12 = (s + 0.06 * (_blurred(s) - s) for s in (s11, s22, s12))
                u, v = (w - 0.1 * _hourglass(w) for w in (u, v))
        return replace(state, u=u, v=v, stress=torch.stack([s11, s22, s12]), undamaged=m)

    def transport(self, state: IceState) -> IceState:
        """Carry thickness, concentration and damage with the ice; what converges beyond full cover ridges.

        Args:
            state: The ice with its new velocity.

        Returns:
            The ice, carried; velocity and stress stay.
        """
        p = self.parameters
        damaged = state.concentration * (1 - state.undamaged)
        carried = torch.stack([state.thickness, state.concentration, damaged])
        faces = {-1: _mean_y(state.u, back=True), -2: _mean_x(state.v, back=True)}
        for dim in (-1, -2) if state.step % 2 else (-2, -1):
            carried = advected(carried, faces[dim] * (p.time_step / p.spacing), dim)
        h, area, damaged = carried.clamp(min=0)
        h = h + 0.1 * _laplacian((h - p.ridge_thickness).clamp(min=0))
        undamaged = (1 - damaged / area.clamp(min=1e-6)).clamp(0, 1)
        return replace(state, thickness=h, concentration=area.clamp(max=1), undamaged=undamaged)

    def thermodynamics(self, state: IceState) -> IceState:
        """Growth by Stefan's law towards the equilibrium thickness, refreezing of open water, healing.

        Args:
            state: The ice before.

        Returns:
            The ice after one step of transport's time.
        """
        p, dt = self.parameters, self.parameters.time_step
        h, area = state.thickness, state.concentration
        of_ice = (h / area.clamp(min=1e-3)).clamp(min=0.05)
        h = h + dt * (area * p.growth * (1 / of_ice - 1 / p.equilibrium) + (1 - area) * p.refreezing)
        area = area + dt * (1 - area) * p.refreezing / p.new_ice
        undamaged = state.undamaged + (1 - state.undamaged) * (dt / p.healing_time)
        return replace(state, thickness=h, concentration=area, undamaged=undamaged)


def substep(
    u, v, s11, s22, s12, m, h, chi, cohesion, pressure, mass, drag, wind_u, wind_v, ocean_u, ocean_v,
    dt, dx, stiffness, nu, rho, viscous_time, mu, f,
) -> tuple[torch.Tensor, ...]:  # fmt: skip
    """One explicit sub-step of stress and damage, then of momentum with implicit water drag and Coriolis force.

    Fields are (size, size). Stress is times thickness; what belongs to momentum is at corners, all else at centres.

    Args:
        u: Ice velocity eastward, m s-1.
        v: Ice velocity northward, m s-1.
        s11: Normal stress along x, N m-1.
        s22: Normal stress along y, N m-1.
        s12: Shear stress, N m-1.
        m: Undamaged part, 1 - damage.
        h: Thickness, m.
        chi: Stiffness left by the open water, exp(-20 (1 - A)).
        cohesion: Cohesion times thickness, N m-1.
        pressure: Of ridging times thickness, N m-1.
        mass: Mass per area at corners, kg m-2.
        drag: Water density, drag coefficient and concentration multiplied, at corners, kg m-3.
        wind_u: Stress of the wind eastward (no wind speed), at corners, N m-2.
        wind_v: Stress of the wind northward, at corners, N m-2.
        ocean_u: Current eastward at corners, m s-1.
        ocean_v: Current northward at corners, m s-1.
        dt: Length of the sub-step, s.
        dx: Grid spacing, m.
        stiffness: E / k, Pa.
        nu: Poisson's ratio.
        rho: Density of ice, kg m-3.
        viscous_time: lambda_0, s.
        mu: Friction.
        f: Coriolis parameter, s-1.

    Returns:
        u, v, s11, s22, s12 and m after it.
    """
    (e11, uy), (vx, e22) = _gradient(u, dx), _gradient(v, dx)
    strength = m * chi
    gain = dt * h * stiffness * strength / (1 - nu**2)
    s11, s22 = s11 + gain * (e11 + nu * e22), s22 + gain * (e22 + nu * e11)
    s12 = s12 + gain * (1 - nu) * 0.5 * (uy + vx)
    mean = 0.5 * (s11 + s22)
    resists = torch.where(mean < 0, (pressure / (-mean).clamp(min=1e-3)).clamp(max=1.0), torch.zeros_like(mean))
    memory = viscous_time * strength.square().square()
    relaxed = memory / (memory + (1 - resists) * dt)
    s11, s22, s12, mean = s11 * relaxed, s22 * relaxed, s12 * relaxed, mean * relaxed
    excess = torch.sqrt((0.5 * (s11 - s22)).square() + s12.square()) + mu * mean
    rate = torch.sqrt(stiffness * strength.clamp(min=1e-12) / (2 * (1 + nu) * rho)) / dx  # 1 / t_d
    left = torch.where(excess > cohesion, 1 - (1 - cohesion / excess) * dt * rate, torch.ones_like(m))
    s11, s22, s12, m = s11 * left, s22 * left, s12 * left, m * left
    fx = _corner_dx(s11, dx) + _corner_dy(s12, dx) + wind_u
    fy = _corner_dx(s12, dx) + _corner_dy(s22, dx) + wind_v
    water = drag * torch.sqrt((u - ocean_u).square() + (v - ocean_v).square())
    a, b = mass / dt + water, mass * f
    x = mass / dt * u + water * ocean_u + fx - b * ocean_v
    y = mass / dt * v + water * ocean_v + fy + b * ocean_u
    scale = 1 / (a * a + b * b)
    return (a * x + b * y) * scale, (a * y - b * x) * scale, s11, s22, s12, m


def advected(q: torch.Tensor, courant: torch.Tensor, dim: int) -> torch.Tensor:
    """A field after one step along one axis, conserving its sum; periodic.

    Second order with the superbee limiter. Source: LeVeque 2002, doi:10.1017/CBO9780511791253, section 6.11.

    Args:
        q: Field (..., y, x).
        courant: u dt / dx at the face before each cell, (y, x).
        dim: The axis, -1 for x or -2 for y.

    Returns:
        Field (..., y, x).
    """
    step = q - q.roll(1, dim)  # across the face before each cell
    after = step.roll(-1, dim)
    one, two = _minmod(2 * step, after), _minmod(step, 2 * after)
    slope = torch.where(one.abs() > two.abs(), one, two)
    right = q - 0.5 * (1 + courant) * slope
    left = (q + 0.5 * (1 - courant.roll(-1, dim)) * slope).roll(1, dim)
    flux = torch.where(courant > 0, courant * left, courant * right)
    return q - (flux.roll(-1, dim) - flux)


def _minmod(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    smaller = torch.where(a.abs() < b.abs(), a, b)
    return torch.where(a * b > 0, smaller, torch.zeros_like(a))


def _compiled(function: Callable) -> Callable:
    """The function compiled at its first call, or itself where there is no compiler."""
    works: list[Callable] = []

    def call(*arguments):
        if works:
            return works[0](*arguments)
        try:
            made = torch.compile(function, dynamic=False)
            first = made(*arguments)
        except Exception as reason:  # whatever a missing or unfit compiler raises
            _log.warning("The ice runs uncompiled, some six times slower: %s", reason)
            made, first = function, function(*arguments)
        works.append(made)
        return first

    return call


def at_centres(corners: torch.Tensor) -> torch.Tensor:
    """Mean over the four corners of every cell; periodic.

    Args:
        corners: Field (..., y, x) at the upper right corners of the cells.

    Returns:
        Field (..., y, x) at their centres.
    """
    return _mean_y(_mean_x(corners, back=True), back=True)


# Differences and means of the B-grid. A corner has the index of the cell to its lower left.


def _gradient(w: torch.Tensor, dx: float) -> tuple[torch.Tensor, torch.Tensor]:
    """d/dx and d/dy at centres of a field at corners."""
    west = w.roll(1, -1)
    along, across = w - west, w + west
    return (along + along.roll(1, -2)) * (0.5 / dx), (across - across.roll(1, -2)) * (0.5 / dx)


def _corner_dx(s: torch.Tensor, dx: float) -> torch.Tensor:
    along = s.roll(-1, -1) - s
    return (along + along.roll(-1, -2)) * (0.5 / dx)


def _corner_dy(s: torch.Tensor, dx: float) -> torch.Tensor:
    across = s.roll(-1, -1) + s
    return (across.roll(-1, -2) - across) * (0.5 / dx)


def _mean_x(w: torch.Tensor, back: bool = False) -> torch.Tensor:
    return 0.5 * (w + w.roll(1 if back else -1, -1))


def _mean_y(w: torch.Tensor, back: bool = False) -> torch.Tensor:
    return 0.5 * (w + w.roll(1 if back else -1, -2))


def _corner_mean(w: torch.Tensor) -> torch.Tensor:
    return _mean_y(_mean_x(w))


def _laplacian(w: torch.Tensor) -> torch.Tensor:
    """The four neighbours minus the cell."""
    return w.roll(1, -1) + w.roll(-1, -1) + w.roll(1, -2) + w.roll(-1, -2) - 4 * w


def _blurred(w: torch.Tensor) -> torch.Tensor:
    """Mean over 3 x 3 cells with weights 1-2-1."""
    for dim in (-1, -2):
        w = 0.25 * (w.roll(1, dim) + 2 * w + w.roll(-1, dim))
    return w


def _hourglass(w: torch.Tensor) -> torch.Tensor:
    """The checkerboard part, which no strain rate sees."""
    for dim in (-1, -2):
        w = 0.25 * (2 * w - w.roll(1, dim) - w.roll(-1, dim))
    return w
