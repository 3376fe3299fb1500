"""`python -m engine.training.covariance ssh` fits a field's covariance to its training runs: a table of power."""

import argparse
import sys
from collections.abc import Iterator

import numpy as np
import torch

from engine import weights
from engine.errors import InputError
from engine.nets.table import Table
from engine.physics.covariance import Covariance
from engine.training import data

SIZE = 256  # cells of a cut
CUTS = 4  # of a date
SPACING = (4000.0, 4000.0)  # m
FIELDS = {"ssh": ("m", 0), "sst": ("degC", 1)}  # name -> unit, place in `data.run`


def cuts(dates: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Random cuts of every date.

    Args:
        dates: fields (time, y, x).
        seed: of the places.

    Yields:
        Fields (SIZE, SIZE), float64, in their unit; of a run that is smaller, whole.
    """
    random = np.random.default_rng(seed)
    size = [min(SIZE, n) for n in dates.shape[1:]]
    for field in dates:
        for _ in range(CUTS):
            j, i = (random.integers(n - own + 1) for n, own in zip(field.shape, size, strict=True))
            yield field[j : j + size[0], i : i + size[1]].astype(np.float64)


def fitted(field: str, seed: int = 0) -> Covariance:
    """The covariance of a field's training runs.

    Args:
        field: name of the field.
        seed: of the places of the cuts.

    Returns:
        The covariance.

    Raises:
        InputError: where the runs are not here.
    """
    return Covariance.fitted(cuts(data.run("train")[FIELDS[field][1]], seed), SPACING)


def main(arguments: list[str] | None = None) -> None:
    """Fit one table and write its card.

    Args:
        arguments: What follows the program's name; None takes those of the process.

    Raises:
        SystemExit: With one sentence where there is nothing to fit it to, or for arguments that are not understood.
    """
    parser = argparse.ArgumentParser(prog="python -m engine.training.covariance", description="Fit a covariance.")
    parser.add_argument("field", choices=sorted(FIELDS))
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        table = fitted(chosen.field, chosen.seed)
    except InputError as error:
        sys.exit(str(error))
    logarithms = torch.as_tensor(np.log(np.stack([table.wavenumber, table.density])))
    shift = logarithms.mean(dim=1)
    net = Table(("wavenumber", "density"), logarithms.shape[1])
    net.values.copy_(logarithms - shift[:, None])
    about = {
        "arguments": {"columns": net.columns, "rows": logarithms.shape[1]},
        "normalisation": {
            "logarithm_of": {"wavenumber": "cycles m-1", "density": f"{FIELDS[chosen.field][0]}2 m2"},
            "less": dict(zip(net.columns, shift.tolist(), strict=True)),
        },
        "command": f"python -m engine.training.covariance {chosen.field} --seed {chosen.seed}",
        "data": f"{data.OceanCuts.scene}: {', '.join(path.stem for path in data.run_files('ocean', 'train'))}; "
        f"{data.OceanCuts.origin}",
        "dates": len(data.run("train")[0]),
        "seed": chosen.seed,
        "minutes": 0.0,
        "validation_scores": {},
        "valid": {"spacing_km": data.VALID["spacing_km"]},
    }
    print(f"written to {weights.save(f'covariance_{chosen.field}', net, about)}")


if __name__ == "__main__":
    main()
