"""Semi-Lagrangian advection: what is here now was upstream a step ago. Bilinear; its adjoint is written out.

Displacements are in cells per step, (2, y, x): d = (dy, dx) = (v, u) dt / spacing. A field may leave the domain; what
enters is either 0 (velocity) or a copy of the edge (tracers).
"""

from itertools import product
from typing import Literal

import torch
import torch.nn.functional as F
from torch.autograd.function import once_differentiable

Border = Literal["zero", "copy"]
FEW = 3  # cells: up to here a sum over shifted fields is faster than gathering


def advected(fields: torch.Tensor, displacement: torch.Tensor, border: Border = "copy") -> torch.Tensor:
    """Fields (c, y, x) after one step: their values at x - d(x), bilinearly interpolated.

    Source: Filoche et al. 2021, the scheme of section 3; Staniforth and Cote 1991 for semi-Lagrangian schemes.
    """
    largest = float(displacement.detach().abs().max())
    if not largest <= FEW:
        return _gathered(fields, displacement, border)
    reach = max(1, -int(-largest // 1))
    wide = _widened(fields, reach, border)
    return _Shifted.apply(wide, displacement, reach)  # type: ignore[no-any-return]


def departure(velocity: torch.Tensor, iterations: int = 0) -> torch.Tensor:
    """Displacement (2, y, x) of a step along a steady velocity (2, y, x), both in cells a step.

    iterations: 0 takes the velocity at the point of arrival; every further one the mean of that and of the velocity at
    the point of departure found so far. Source: Staniforth and Cote 1991, eq. (8), trapezoidal.
    """
    found = velocity
    for _ in range(iterations):
        found = (advected(velocity, found) + velocity) / 2
    return found


def _widened(fields: torch.Tensor, cells: int, border: Border) -> torch.Tensor:
    if border == "zero":
        return F.pad(fields, (cells,) * 4)
    return F.pad(fields[None], (cells,) * 4, mode="replicate")[0]


class _Shifted(torch.autograd.Function):
    """sum over shifts k, m of hat(dy - k) hat(dx - m) f(y - k, x - m): no gather, and for the adjoint no scatter."""

    @staticmethod
    def forward(ctx, wide: torch.Tensor, displacement: torch.Tensor, reach: int) -> torch.Tensor:
        ctx.save_for_backward(wide, displacement)
        ctx.reach = reach
        rows, columns = _hats(displacement, reach)
        out = wide.new_zeros(wide.shape[0], *displacement.shape[1:])
        for k, m in product(range(2 * reach + 1), repeat=2):
            out = torch.addcmul(out, wide[_shift(displacement, reach, k, m)], rows[k] * columns[m])
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: torch.Tensor):
        (wide, displacement), reach = ctx.saved_tensors, ctx.reach
        rows, columns = _hats(displacement, reach)
        up, along = _slopes(displacement, reach)
        of_wide, of_displacement = torch.zeros_like(wide), torch.zeros_like(displacement)
        for k, m in product(range(2 * reach + 1), repeat=2):
            here = _shift(displacement, reach, k, m)
            of_wide[here] += gradient * (rows[k] * columns[m])
            change = (gradient * wide[here]).sum(0)
            of_displacement[0] += change * up[k] * columns[m]
            of_displacement[1] += change * rows[k] * along[m]
        return of_wide, of_displacement, None


def _shift(displacement: torch.Tensor, reach: int, k: int, m: int) -> tuple[slice, slice, slice]:
    """Where a widened field lies k - reach cells down and m - reach cells right of the domain."""
    (ny, nx), down, right = displacement.shape[1:], 2 * reach - k, 2 * reach - m
    return slice(None), slice(down, down + ny), slice(right, right + nx)


def _away(displacement: torch.Tensor, reach: int) -> torch.Tensor:
    """dy - k and dx - m for all shifts: (2, shift, y, x)."""
    shifts = torch.arange(-reach, reach + 1, device=displacement.device, dtype=displacement.dtype)
    return displacement[:, None] - shifts[:, None, None]


def _hats(displacement: torch.Tensor, reach: int) -> torch.Tensor:
    return (1 - _away(displacement, reach).abs()).clamp(min=0)


def _slopes(displacement: torch.Tensor, reach: int) -> torch.Tensor:
    """Derivatives of the hats; at their kinks those to the right, so that a field at rest can start to move."""
    away = _away(displacement, reach)
    return ((away >= -1) & (away < 0)).to(away.dtype) - ((away >= 0) & (away < 1)).to(away.dtype)


def _gathered(fields: torch.Tensor, displacement: torch.Tensor, border: Border) -> torch.Tensor:
    """The same by gathering, for displacements of many cells."""
    wide = _widened(fields, 1, border)
    ny, nx = fields.shape[1:]
    y, x = (torch.arange(n, device=fields.device, dtype=fields.dtype) for n in (ny, nx))
    rows, columns = y[:, None] - displacement[0] + 1, x[None] - displacement[1] + 1
    where = torch.stack([2 * columns / (nx + 1) - 1, 2 * rows / (ny + 1) - 1], dim=-1)
    return F.grid_sample(wide[None], where[None], mode="bilinear", padding_mode="border", align_corners=True)[0]
