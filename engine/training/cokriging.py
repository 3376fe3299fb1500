"""`python -m engine.training.cokriging` fits how a height follows from a temperature, by wavenumber.

Both are carried by the flow: potential vorticity is a function of temperature, and height a linear filter of it. So the
features are powers of the temperature, and each has a filter of its own: per ring of wavenumbers the normal equations
(F F^T + 1e-4 diag) a = F X of the cosine coefficients.
"""

import argparse
import sys

import numpy as np
import torch

from engine import weights
from engine.errors import InputError
from engine.nets.table import Table
from engine.physics.cosines import transform
from engine.physics.covariance import wavenumbers
from engine.training import data
from engine.training.covariance import SPACING

BINS = 40
MEAN, SCALE = 16.0, 3.3  # degC: what temperatures are less, and over
POWERS = 3
RIDGE = 1e-4
LEAST = 0.03  # of the variance is left unexplained, whatever the training says
COLUMNS = ("wavenumber", "linear", "linear_left", "first", "second", "third", "left")


def coefficients(features: torch.Tensor, field: torch.Tensor) -> tuple[torch.Tensor, float]:
    """Least squares of one ring of wavenumbers.

    Args:
        features: cosine coefficients (feature, mode).
        field: of what they explain, (mode,).

    Returns:
        Coefficients (feature,), and the share of the variance that is left.
    """
    matrix = features @ features.T
    matrix = matrix + RIDGE * torch.diag(matrix.diagonal())
    found = torch.linalg.solve(matrix, features @ field)
    left = (field - found @ features).square().sum() / field.square().sum()
    return found, float(left)


def fitted(ssh: np.ndarray, sst: np.ndarray) -> torch.Tensor:
    """The table of a training set.

    Args:
        ssh: height (time, y, x), m.
        sst: temperature (time, y, x), degC.

    Returns:
        COLUMNS (column, row): wavenumber in cycles per m, coefficients in m, shares.
    """
    length = wavenumbers(ssh.shape[1:], SPACING).ravel()
    edges = np.geomspace(np.sort(length)[1] * 0.999, length.max() * 1.001, BINS + 1)
    ring = np.digitize(length, edges) - 1
    heights = transform(torch.as_tensor(ssh - ssh.mean(axis=(1, 2), keepdims=True), dtype=torch.float64)).flatten(1)
    z = (torch.as_tensor(sst, dtype=torch.float64) - MEAN) / SCALE
    powers = torch.stack([transform(z**power).flatten(1) for power in range(1, POWERS + 1)])
    rows = []
    for number in range(BINS):
        own = np.flatnonzero(ring == number)
        if not len(own):
            continue
        features, field = powers[:, :, own].flatten(1), heights[:, own].flatten()
        (linear,), linear_left = coefficients(features[:1], field)
        several, left = coefficients(features, field)
        rows.append([float(np.exp(np.log(length[own]).mean())), float(linear), linear_left, *several.tolist(), left])
    table = torch.tensor(rows, dtype=torch.float64).T
    table[[2, 6]] = table[[2, 6]].clamp(LEAST, 1.0)
    return table


def main(arguments: list[str] | None = None) -> None:
    """Fit the table and write its card.

    Args:
        arguments: What follows the program's name; None takes those of the process.

    Raises:
        SystemExit: With one sentence where there is nothing to fit it to, or for arguments that are not understood.
    """
    argparse.ArgumentParser(prog="python -m engine.training.cokriging", description="Fit the table.").parse_args(
        arguments
    )
    try:
        ssh, sst = data.run("train")
    except InputError as error:
        sys.exit(str(error))
    table = fitted(ssh, sst)
    scale = {"wavenumber": 1e-5, "linear": 0.1, "first": 0.1, "second": 0.1, "third": 0.1}
    net = Table(COLUMNS, table.shape[1])
    net.values.copy_(table / torch.tensor([[scale.get(name, 1.0)] for name in COLUMNS]))
    about = {
        "arguments": {"columns": COLUMNS, "rows": table.shape[1]},
        "normalisation": {"guide_mean": MEAN, "guide_scale": SCALE, "guide_units": "degC", "column_scale": scale,
                          "units": {"wavenumber": "cycles m-1", "coefficients": "m", "left": "1"}},
        "command": "python -m engine.training.cokriging",
        "data": f"{data.OceanCuts.scene}: {', '.join(path.stem for path in data.run_files('ocean', 'train'))}; "
        f"{data.OceanCuts.origin}",
        "dates": len(ssh),
        "seed": 0,
        "minutes": 0.0,
        "validation_scores": {},
    }  # fmt: skip
    print(f"written to {weights.save('cokriging_ssh', net, about)}")


if __name__ == "__main__":
    main()
