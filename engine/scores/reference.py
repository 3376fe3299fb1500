"""What every estimate is compared with."""

import numpy as np
import torch
import xarray as xr

from engine.resample import fill_gaps, upsample
from engine.scene import Problem


def bicubic(problem: Problem) -> xr.DataArray:
    """The reference of every table: bicubic interpolation of the input, land filled first and masked again.

    Args:
        problem: the problem.

    Returns:
        The field (time?, y, x) on the target's grid, float32, in the input's unit, NaN outside the mask.
    """
    low = problem.low[problem.variable]
    filled = torch.as_tensor(fill_gaps(low.values.astype(np.float32)))
    ny, nx = problem.mask.shape[-2:]
    lead = {str(name): low[name] for name in low.dims[:-2]}
    return problem.estimate(upsample(filled, (ny, nx)).numpy(), **lead)[problem.variable]
