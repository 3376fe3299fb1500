"""Two-layer quasi-geostrophic ocean with a surface-trapped temperature mode, doubly periodic.

    q1 = lap psi1 + F1 (psi2 - psi1)              q2 = lap psi2 + F2 (psi1 - psi2)
    psi = psi1 + psi_s                            psi_s = gamma g alpha T / (N K), large scales damped
    dq1/dt = -J(psi, q1) - beta dpsi1/dx
    dq2/dt = -J(psi2, q2) - beta dpsi2/dx - r lap psi2
    dT/dt = -J(psi, T) + (dT/L) v - (T - T_eq)/tau_T + kappa lap T

The zonal means of q1 and q2 are relaxed towards an eastward jet. Pseudo-spectral in flux form, third-order
Adams-Bashforth in time, exponential filter near the grid scale. Sources: two layers, inversion, time scheme and
filter as in the documentation of pyqg, "Equations for two-layer QG model", eqs. (1)-(4) and "Marching forward";
surface mode: Lapeyre and Klein (2006), J. Phys. Oceanogr. 36, 165-176, here carried by the temperature alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from engine.derived import GRAVITY
from engine.device import find
from engine.errors import InputError

SECONDS_PER_DAY = 86400.0
LARGEST_COURANT = 1.2  # of max|u| dt pi / dx; above it the Adams-Bashforth steps grow without bound
STEP_PER_SPACING = 100.0  # default time step, seconds per km of grid spacing


@dataclass(frozen=True)
class OceanParameters:
    """Grid and constants of the ocean model, in SI units (kelvin for temperature differences)."""

    size: int = 432  # grid points along each side
    spacing: float = 4000.0  # grid spacing, m
    steps_per_day: int | None = None  # None: one step per 100 s and km of spacing
    coriolis: float = 0.9e-4  # f, s-1
    beta: float = 1.8e-11  # df/dy, m-1 s-1
    deformation_radius: float = 28e3  # Rd, m
    upper_depth: float = 700.0  # H1, m
    lower_depth: float = 3500.0  # H2, m
    bottom_drag: float = 1 / (30 * SECONDS_PER_DAY)  # r, s-1
    jet_speed: float = 1.0  # U0 of the jet U0 sech2(y / width), m s-1
    jet_width: float = 45e3  # half-width of the jet and of the temperature front, m
    jet_time: float = 15 * SECONDS_PER_DAY  # tau, relaxation of the zonal mean to the jet, s
    temperature_drop: float = 9.0  # dT, from the southern to the northern edge, K
    front_drop: float = 6.0  # part of dT that lies in the front, K
    temperature_time: float = 80 * SECONDS_PER_DAY  # tau_T, relaxation of T, s
    mean_temperature: float = 16.0  # at mid-domain, degC
    surface_stratification: float = 4e-3  # N near the surface, s-1
    thermal_expansion: float = 2e-4  # alpha, K-1
    compensation: float = 0.18  # gamma, part of the buoyancy that salinity leaves, 1
    surface_mode_wavelength: float = 200e3  # the surface mode is damped above it, m
    diffusivity: float = 20.0  # kappa of temperature, m2 s-1
    filter_start: float = 0.65  # part of the Nyquist wavenumber left alone by the filter, 1
    filter_strength: float = 23.6  # exponent of the filter, 1; 0 switches it off

    def __post_init__(self) -> None:
        if self.size < 8 or self.size % 2:
            raise InputError(f"The ocean grid needs an even size of at least 8 points, not {self.size}.")
        if not self.spacing > 0:
            raise InputError(f"The grid spacing must be a positive number of metres, not {self.spacing}.")
        if self.steps_per_day is not None and self.steps_per_day < 1:
            raise InputError(f"At least one step per day is needed, not {self.steps_per_day}.")

    @property
    def length(self) -> float:
        """Side of the square domain, m."""
        return self.size * self.spacing

    @property
    def daily_steps(self) -> int:
        """Time steps in one day."""
        return self.steps_per_day or math.ceil(SECONDS_PER_DAY / (STEP_PER_SPACING * self.spacing / 1000))

    @property
    def time_step(self) -> float:
        """Time step, s."""
        return SECONDS_PER_DAY / self.daily_steps

    def at_size(self, size: int) -> OceanParameters:
        """Give the same ocean on another grid; a time step that was set changes with the spacing.

        Args:
            size: Grid points along each side.

        Returns:
            The parameters of that grid.
        """
        steps = self.steps_per_day and math.ceil(self.steps_per_day * size / self.size)
        return replace(self, size=size, spacing=self.length / size, steps_per_day=steps)


@dataclass(frozen=True)
class OceanState:
    """What one step needs: `fields` (3, size, size/2 + 1) are the transforms of q1, q2 (s-1) and T (K).

    `tendencies` (2, 3, size, size/2 + 1) are those of the last two steps, newest first; `step` counts from 0.
    """

    fields: torch.Tensor
    tendencies: torch.Tensor
    step: int = 0


def cell_centres(parameters: OceanParameters) -> np.ndarray:
    """Positions of the grid points along either side.

    Args:
        parameters: Grid of the ocean.

    Returns:
        Positions (size,), m.
    """
    return (np.arange(parameters.size) + 0.5) * parameters.spacing


class Ocean:
    """The model on one grid and device: tendencies, inversion, time step and diagnostics.

    `parameters`: see OceanParameters. `device`: as `engine.device.find` takes it. `dtype`: float32 or float64.
    Physical fields are (size, size) tensors with rows northward and columns eastward.
    """

    def __init__(
        self,
        parameters: OceanParameters = OceanParameters(),
        device: torch.device | str | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.parameters = parameters
        self.device = find(device, dtype)
        self.dtype = dtype
        self._set_wavenumbers()
        self._set_inversion()
        self._set_filter()
        self._set_equilibrium()

    # -- set-up ---------------------------------------------------------------------------------------------------

    def _tensor(self, values: np.ndarray) -> torch.Tensor:
        kind = self.dtype.to_complex() if np.iscomplexobj(values) else self.dtype
        return torch.as_tensor(values, dtype=kind).to(self.device)

    def _set_wavenumbers(self) -> None:
        p = self.parameters
        k = 2 * np.pi * np.fft.rfftfreq(p.size, p.spacing)[None, :]
        l = 2 * np.pi * np.fft.fftfreq(p.size, p.spacing)[:, None]  # noqa: E741
        self._k_squared = k**2 + l**2
        nyquist = np.pi / p.spacing  # a first derivative has no real value there
        self.ddx = self._tensor(1j * np.where(np.isclose(k, nyquist), 0, k))
        self.ddy = self._tensor(1j * np.where(np.isclose(abs(l), nyquist), 0, l))
        self.laplacian = self._tensor(-self._k_squared)

    def _set_inversion(self) -> None:
        p, k2 = self.parameters, self._k_squared
        total = p.upper_depth + p.lower_depth
        f1 = p.lower_depth / total / p.deformation_radius**2
        f2 = p.upper_depth / total / p.deformation_radius**2
        self.stretching = (f1, f2)
        safe = np.where(k2 > 0, k2, np.inf)
        inverse = -1 / (safe * (k2 + f1 + f2))
        self._q_to_psi = self._tensor(inverse * np.stack([k2 + f2, f1 + 0 * k2, f2 + 0 * k2, k2 + f1]))
        cut = (2 * np.pi / p.surface_mode_wavelength) ** 2
        buoyancy = p.compensation * GRAVITY * p.thermal_expansion
        self._t_to_psi = self._tensor(buoyancy / (p.surface_stratification * np.sqrt(safe)) * k2 / (k2 + cut))

    def _set_filter(self) -> None:
        p = self.parameters
        excess = np.maximum(np.sqrt(self._k_squared) * p.spacing - p.filter_start * np.pi, 0)
        smooth = np.exp(-p.filter_strength * excess**4)
        diffuse = np.exp(-p.diffusivity * self._k_squared * p.time_step)
        self._filter = self._tensor(np.stack([smooth, smooth, smooth * diffuse]))

    def _set_equilibrium(self) -> None:
        """Jet and front the zonal means are drawn to; the jet keeps no net transport, psi being periodic."""
        p, home = self.parameters, find(self.device, torch.float64)
        y = self._tensor(cell_centres(p) - p.length / 2).to(home).double()[:, None].expand(p.size, p.size)
        jet = p.jet_speed / torch.cosh(y / p.jet_width) ** 2
        front = p.front_drop * (y / p.length - 0.5 * torch.tanh(y / p.jet_width))
        u1 = torch.fft.rfft2(jet - jet.mean())
        ddy = self.ddy.to(home).to(u1.dtype)
        psi1 = torch.where(ddy == 0, 0, -u1 / torch.where(ddy == 0, 1, ddy))
        psi1[:, 1:] = 0
        vorticity = self.potential_vorticity(psi1, torch.zeros_like(psi1))
        self.jet = vorticity.to(self.dtype.to_complex()).to(self.device)
        self.front = torch.fft.rfft2(front.to(self.dtype).to(self.device))

    # -- equations ------------------------------------------------------------------------------------------------

    def potential_vorticity(self, psi1: torch.Tensor, psi2: torch.Tensor) -> torch.Tensor:
        """Potential vorticity of both layers.

        Args:
            psi1: Transform of the upper streamfunction (size, size/2 + 1), m2 s-1.
            psi2: Transform of the lower one.

        Returns:
            Transforms of q1 and q2, (2, size, size/2 + 1), s-1.
        """
        (f1, f2), laplacian = self.stretching, self.laplacian.to(psi1.device)
        return torch.stack([laplacian * psi1 + f1 * (psi2 - psi1), laplacian * psi2 + f2 * (psi1 - psi2)])

    def streamfunctions(self, fields: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Invert the state.

        Args:
            fields: Transforms of q1, q2 (s-1) and T (K), (3, size, size/2 + 1).

        Returns:
            Transforms of psi1, psi2 and of the surface mode psi_s, (size, size/2 + 1) each, m2 s-1.
        """
        q1, q2, temperature = fields
        a11, a12, a21, a22 = self._q_to_psi
        return a11 * q1 + a12 * q2, a21 * q1 + a22 * q2, self._t_to_psi * temperature

    def tendency(self, fields: torch.Tensor) -> torch.Tensor:
        """Time derivative of the state, without filter and diffusion.

        Args:
            fields: Transforms of q1, q2 (s-1) and T (K), (3, size, size/2 + 1).

        Returns:
            Transforms of their derivatives, (3, size, size/2 + 1), per s.
        """
        p = self.parameters
        psi1, psi2, psi_s = self.streamfunctions(fields)
        surface = psi1 + psi_s
        v_surface = self.ddx * surface
        change = -self._divergence_of_flux(fields, surface, v_surface, psi2)
        change[0] -= p.beta * (self.ddx * psi1)
        change[1] -= p.beta * (self.ddx * psi2) + p.bottom_drag * (self.laplacian * psi2)
        change[2] += (p.temperature_drop / p.length) * v_surface + (self.front - fields[2]) / p.temperature_time
        change[:2, :, 0] += (self.jet - fields[:2])[..., 0] / p.jet_time  # kx = 0: the zonal mean
        return change

    def _divergence_of_flux(
        self, fields: torch.Tensor, surface: torch.Tensor, v_surface: torch.Tensor, psi2: torch.Tensor
    ) -> torch.Tensor:
        """J(psi, q) = d(u q)/dx + d(v q)/dy of the three carried fields, products taken on the grid."""
        flow = torch.stack([self.ddy * surface, self.ddy * psi2, v_surface, self.ddx * psi2])
        carried, flow = self.on_grid(fields), self.on_grid(flow)
        u, v = -flow[[0, 1, 0]], flow[[2, 3, 2]]
        return self.ddx * torch.fft.rfft2(u * carried) + self.ddy * torch.fft.rfft2(v * carried)

    def on_grid(self, transform: torch.Tensor) -> torch.Tensor:
        """Values on the grid of a transform.

        Args:
            transform: Transform (..., size, size/2 + 1).

        Returns:
            Values (..., size, size), in the transform's unit.
        """
        return torch.fft.irfft2(transform, s=(self.parameters.size, self.parameters.size))

    def step(self, state: OceanState) -> OceanState:
        """One Adams-Bashforth step of order three (one and two at the start), then the filter.

        Args:
            state: The ocean before.

        Returns:
            The ocean `time_step` later.
        """
        now, (last, before) = self.tendency(state.fields), state.tendencies
        a, b, c = ((1, 0, 0), (3 / 2, -1 / 2, 0), (23 / 12, -16 / 12, 5 / 12))[min(state.step, 2)]
        dt = self.parameters.time_step
        fields = self._filter * (state.fields + dt * (a * now + b * last + c * before))
        return OceanState(fields, torch.stack([now, last]), state.step + 1)

    def days(self, state: OceanState, days: int) -> Iterator[OceanState]:
        """Advance day by day.

        Args:
            state: The ocean before the first day.
            days: How many days.

        Yields:
            The state at the end of each day.

        Raises:
            InputError: On a blow-up.
        """
        for _ in range(days):
            for _ in range(self.parameters.daily_steps):
                state = self.step(state)
            self.check(state)
            yield state

    def check(self, state: OceanState) -> None:
        """Make sure that the run is still stable.

        Args:
            state: The ocean.

        Raises:
            InputError: Where the fields are no longer finite or too fast; it says what to change.
        """
        p = self.parameters
        u, v = self.velocity(state)
        courant = float(torch.hypot(u, v).max()) * p.time_step * math.pi / p.spacing
        if not courant < LARGEST_COURANT:
            raise InputError(
                f"The ocean run became unstable at step {state.step} (Courant number {courant:.3g}, at most "
                f"{LARGEST_COURANT} is stable): take a smaller time step (steps_per_day above {p.daily_steps}), "
                f"a coarser grid (spacing above {p.spacing / 1000:g} km) or a weaker jet."
            )

    # -- initial states -------------------------------------------------------------------------------------------

    def initial_state(self, seed: int = 0, perturbation: float = 1000.0) -> OceanState:
        """The jet and its front plus a smooth random streamfunction in both layers.

        Args:
            seed: Of the random streamfunction.
            perturbation: Its root mean square, m2 s-1; 0 leaves it out.

        Returns:
            The state at step 0.
        """
        fields = torch.cat([self.jet, self.front[None]])
        if perturbation:
            psi = self._random_streamfunction(seed, perturbation)
            fields[:2] += self.potential_vorticity(psi, psi)
        return self.state(fields)

    def _random_streamfunction(self, seed: int, rms: float) -> torch.Tensor:
        p = self.parameters
        noise = torch.randn(p.size, p.size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        transform = torch.fft.rfft2(noise) * torch.as_tensor(np.exp(-self._k_squared * (25e3) ** 2))
        transform[0, 0] = 0
        field = torch.fft.irfft2(transform, s=(p.size, p.size))
        return torch.fft.rfft2(self._tensor((rms * field / field.std()).numpy()))

    def state(self, fields: torch.Tensor) -> OceanState:
        """A state at step 0.

        Args:
            fields: Transforms of q1, q2 (s-1) and T (K), (3, size, size/2 + 1).

        Returns:
            The state, its tendencies 0.

        Raises:
            InputError: For transforms of another shape.
        """
        expected = (3, self.parameters.size, self.parameters.size // 2 + 1)
        if tuple(fields.shape) != expected:
            raise InputError(f"The state must have shape {expected}, not {tuple(fields.shape)}.")
        fields = fields.to(self.device, self.dtype.to_complex())
        return OceanState(fields, fields.new_zeros((2, *expected)))

    # -- diagnostics ----------------------------------------------------------------------------------------------

    def surface_streamfunction(self, state: OceanState) -> torch.Tensor:
        """Transform of the surface streamfunction psi1 + psi_s.

        Args:
            state: The ocean.

        Returns:
            Transform (size, size/2 + 1), m2 s-1.
        """
        psi1, _, psi_s = self.streamfunctions(state.fields)
        return psi1 + psi_s

    def ssh(self, state: OceanState) -> torch.Tensor:
        """Sea-surface height f psi / g.

        Args:
            state: The ocean.

        Returns:
            Height (size, size), m.
        """
        return self.on_grid(self.surface_streamfunction(state)) * (self.parameters.coriolis / GRAVITY)

    def sst(self, state: OceanState) -> torch.Tensor:
        """Sea-surface temperature T - (dT/L)(y - yc) + mean.

        Args:
            state: The ocean.

        Returns:
            Temperature (size, size), degC.
        """
        p = self.parameters
        y = self._tensor(cell_centres(p) - p.length / 2)[:, None]
        return self.on_grid(state.fields[2]) - p.temperature_drop / p.length * y + p.mean_temperature

    def velocity(self, state: OceanState) -> tuple[torch.Tensor, torch.Tensor]:
        """Surface velocity.

        Args:
            state: The ocean.

        Returns:
            Velocity eastward and northward, (size, size) each, m s-1.
        """
        psi = self.surface_streamfunction(state)
        return self.on_grid(-self.ddy * psi), self.on_grid(self.ddx * psi)

    def vorticity(self, state: OceanState) -> torch.Tensor:
        """Relative vorticity of the surface flow.

        Args:
            state: The ocean.

        Returns:
            Vorticity (size, size), s-1.
        """
        return self.on_grid(self.laplacian * self.surface_streamfunction(state))


def refined(fields: torch.Tensor, coarse: OceanParameters, fine: OceanParameters) -> torch.Tensor:
    """Carry the transforms of a state to a finer grid of the same domain by zero padding.

    Grid points being cell centres, the first one moves: a phase keeps every field where it was.

    Args:
        fields: Transforms (3, n, n/2 + 1) on the coarse grid.
        coarse: The grid they are on, n points a side.
        fine: The grid wanted, m points a side.

    Returns:
        Transforms (3, m, m/2 + 1), in their units.

    Raises:
        InputError: Where the other grid has fewer points, or is of another domain.
    """
    n, m = coarse.size, fine.size
    if m < n or not math.isclose(coarse.length, fine.length):
        raise InputError(f"A state on {n} points of {coarse.length:g} m cannot be refined to {m} of {fine.length:g} m.")
    if m == n:
        return fields.clone()
    half = n // 2  # the Nyquist row and column are left out
    padded = fields.new_zeros(3, m, m // 2 + 1)
    padded[:, :half, :half] = fields[:, :half, :half]
    padded[:, 1 - half :, :half] = fields[:, 1 - half :, :half]
    shift = np.pi * (fine.spacing - coarse.spacing)
    phase_x = np.exp(1j * shift * np.fft.rfftfreq(m, fine.spacing)[None, :])
    phase_y = np.exp(1j * shift * np.fft.fftfreq(m, fine.spacing)[:, None])
    phase = torch.as_tensor(phase_x * phase_y, device=fields.device).to(fields.dtype)
    return padded * phase * (m / n) ** 2
