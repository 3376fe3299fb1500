"""Semi-Lagrangian advection: what is here now was upstream a step ago; the adjoint is torch's own, and exact.

A field may leave the domain; what enters is either 0 (velocity) or a copy of the edge (tracers).
"""

import math
from typing import Literal

import torch
import torch.nn.functional as F

Border = Literal["zero", "copy"]
Interpolation = Literal["bilinear", "bicubic"]


def cells(shape: tuple[int, int], like: torch.Tensor) -> torch.Tensor:
    """Where the cells themselves are, in halves of the domain from its middle: x first, as torch has it.

    Args:
        shape: Cells (y, x).
        like: Tensor whose dtype and device are taken.

    Returns:
        Positions (y, x, 2), from -1 to 1 between the outermost centres.
    """
    y, x = (torch.linspace(-1, 1, n, dtype=like.dtype, device=like.device) for n in shape)
    return torch.stack(torch.meshgrid(x, y, indexing="xy")).movedim(0, -1)  # in memory as flows are: twice as fast


def upstream(here: torch.Tensor, flow: torch.Tensor, dt: float, spacing: tuple[float, float]) -> torch.Tensor:
    """Where a step came from, x - w dt.

    Args:
        here: Where the step ends, (y, x, 2), as `cells` has it.
        flow: u and v (2, y, x) in m s-1, along x and along the rows.
        dt: Length of the step, s.
        spacing: (dy, dx), m.

    Returns:
        Positions (y, x, 2), as `cells` has them.
    """
    ny, nx = flow.shape[1:]
    scale = flow.new_tensor([2 * dt / (spacing[1] * (nx - 1)), 2 * dt / (spacing[0] * (ny - 1))])
    return torch.addcmul(here, flow.movedim(0, -1), scale, value=-1)


def carried(
    fields: torch.Tensor, where: torch.Tensor, border: Border = "copy", interpolation: Interpolation = "bilinear"
) -> torch.Tensor:
    """Fields after one step: their values at `where`, interpolated (bicubic: Keys 1981, a = -0.75).

    Source: Filoche et al. 2021, the scheme of section 3; Staniforth and Cote 1991 for semi-Lagrangian schemes.

    Args:
        fields: Fields (c, y, x).
        where: Positions (y, x, 2), as `cells` has them.
        border: What enters the domain: 'copy' of the edge, or 'zero'.
        interpolation: 'bilinear' or 'bicubic'.

    Returns:
        Fields (c, y, x), in their unit.

    Raises:
        FloatingPointError: Where `where` is not finite; torch's kernel would end the process.
    """
    if not math.isfinite(float(where.detach().sum())):
        raise FloatingPointError("a flow that is not finite carries nothing")
    beyond = "zeros" if border == "zero" else "border"
    return F.grid_sample(fields[None], where[None], mode=interpolation, padding_mode=beyond, align_corners=True)[0]


def departed(
    here: torch.Tensor, flow: torch.Tensor, dt: float, spacing: tuple[float, float], iterations: int
) -> torch.Tensor:
    """As `upstream`, the flow being the mean of that at arrival and that at the departure point found so far.

    Source: Staniforth and Cote 1991, eq. (8), trapezoidal.

    Args:
        here: Where the step ends, (y, x, 2), as `cells` has it.
        flow: u and v (2, y, x) in m s-1, along x and along the rows.
        dt: Length of the step, s.
        spacing: (dy, dx), m.
        iterations: How often the departure point is found anew; 0 gives `upstream`.

    Returns:
        Positions (y, x, 2), as `cells` has them.

    Raises:
        FloatingPointError: Where the flow is not finite, see `carried`.
    """
    where = upstream(here, flow, dt, spacing)
    for _ in range(iterations):
        where = upstream(here, (carried(flow, where) + flow) / 2, dt, spacing)
    return where
