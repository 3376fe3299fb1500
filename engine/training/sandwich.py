"""`python -m engine.training.sandwich spectral_liif` measures how far a network is to be trusted: its error's power.

Means over blocks of training dates go through the network; the share is that of its error's power in the truth's, by
ring of wavenumbers and for every width of block that its card names.
"""

import argparse
import sys

import numpy as np
import torch
import xarray as xr

from engine import methods, weights
from engine.errors import InputError
from engine.methods.shared.sandwich import Sandwich
from engine.nets.table import Table
from engine.observation import Observation
from engine.observation.kernels import BlockMean
from engine.paths import own_runs
from engine.physics.cosines import transform
from engine.physics.covariance import wavenumbers
from engine.scene import Problem
from engine.training import data
from engine.training.covariance import SPACING

BINS = 40
WAVE = 1e-5  # cycles per m: unit of the table
EVERY = 2  # of the training dates


def problems(width: int) -> list[tuple[Problem, np.ndarray]]:
    """Means over blocks of training dates, and the truth.

    Args:
        width: Cells of a block.

    Returns:
        Problems with their heights (y, x), m.
    """
    ssh, sst = data.run("train")
    cell = SPACING[0] / 1000
    axes = {
        name: (name, cell * (np.arange(n) + 0.5), {"units": "km"}) for name, n in zip("yx", ssh.shape[1:], strict=True)
    }
    seen, out = Observation(BlockMean(width, width * cell), spacing_km=(width * cell, width * cell)), []
    for height, temperature in zip(ssh[::EVERY], sst[::EVERY], strict=True):
        fields = {"ssh": (("y", "x"), height, {"units": "m"}), "sst": (("y", "x"), temperature, {"units": "degC"})}
        fine = xr.Dataset(fields, axes)
        target = xr.Dataset({"mask": xr.ones_like(fine["ssh"], dtype=bool)})
        out.append((Problem(seen(fine[["ssh"]]), fine[["sst"]], target, seen), height))
    return out


def share(method: methods.Method, width: int, ring: np.ndarray) -> np.ndarray:
    """The error's power over the truth's, by ring.

    Args:
        method: The network.
        width: Cells of a block.
        ring: Number of the ring of every cosine (y * x,).

    Returns:
        Shares (ring,).
    """
    power = np.zeros((2, BINS))
    for problem, truth in problems(width):
        found = method.predict(problem)["ssh"].values
        for row, field in enumerate((found - truth, truth)):
            waves = transform(torch.as_tensor(field - field.mean(), dtype=torch.float64)).square().flatten().numpy()
            power[row] += np.bincount(ring, waves, BINS)[:BINS]
    return power[0] / np.maximum(power[1], 1e-30)


def main(arguments: list[str] | None = None) -> None:
    """Measure one network and write the table's card.

    Args:
        arguments: What follows the program's name; None takes those of the process.

    Raises:
        SystemExit: With one sentence where there is nothing to measure it on, or for arguments that are not understood.
    """
    known = [key for key, kind in methods.METHODS.items() if issubclass(kind, Sandwich)]
    parser = argparse.ArgumentParser(prog="python -m engine.training.sandwich", description="Measure a network.")
    parser.add_argument("method", choices=known)
    key = parser.parse_args(arguments).method
    method = methods.create(key, through="never")
    try:
        ssh, _ = data.run("train")
    except InputError as error:
        sys.exit(str(error))
    length = wavenumbers(ssh.shape[1:], SPACING).ravel()
    edges = np.geomspace(np.sort(length)[1] * 0.999, length.max() * 1.001, BINS + 1)
    ring = np.maximum(np.digitize(length, edges) - 1, 0)
    count = np.bincount(ring, minlength=BINS)
    held = count > 0
    waves = np.exp(np.bincount(ring, np.log(length), BINS)[held] / count[held])
    widths = [width for width in weights.card(method.weights[0])["valid"]["factors"] if not ssh.shape[1] % width]
    columns = ("wavenumber", *map(str, widths))
    shares = [np.log(np.clip(share(method, width, ring)[held], 1e-4, 4.0)) for width in widths]
    net = Table(columns, int(held.sum()))
    net.values.copy_(torch.as_tensor(np.stack([waves / WAVE, *shares])))
    about = {
        "arguments": {"columns": columns, "rows": int(held.sum())},
        "normalisation": {"wavenumber_unit": WAVE, "units": {"wavenumber": "cycles m-1", "others": "logarithm of 1"}},
        "command": f"python -m engine.training.sandwich {key}",
        "data": f"{data.OceanCuts.scene}: {', '.join(path.stem for path in own_runs('ocean_run_train'))}; "
        f"{data.OceanCuts.origin}",
        "dates": len(ssh[::EVERY]),
        "seed": 0,
        "minutes": 0.0,
        "validation_scores": {},
    }
    print(f"written to {weights.save(f'error_{method.weights[0]}', net, about)}")


if __name__ == "__main__":
    main()
