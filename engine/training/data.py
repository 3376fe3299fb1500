"""What networks are trained on: dates of the ocean run, rolled, mirrored and cut; never a date of the test run."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import xarray as xr

from engine.errors import InputError
from engine.paths import own_runs

SSH_SCALE = 0.3  # m, about the standard deviation of the training run
SST_SCALE = 3.0  # K
VALID = {"kernels": ["block_mean"], "spacing_km": [4.0, 4.0]}  # what all networks for heights are trained for


@dataclass  # not frozen: Lightning moves its tensors in place
class Sample:
    """One cut of one date: height and temperature anomalies, (1, y, x) each, divided by their scales."""

    ssh: torch.Tensor
    sst: torch.Tensor


@cache
def run(split: str, names: tuple[str, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Sea surface height and temperature of a split's runs.

    Args:
        split: 'train' or 'validation'.
        names: Names of the runs; none: all that are here.

    Returns:
        Height (m) and temperature (degC), (time, y, x) float32 each, runs one after the other.

    Raises:
        InputError: As `run_files` does.
    """
    ssh, sst = [], []
    for path in run_files("ocean", split, names):
        with xr.open_dataset(path) as data:
            ssh.append(data["ssh"].values.astype(np.float32))
            sst.append(data["sst"].values.astype(np.float32))
    return np.concatenate(ssh), np.concatenate(sst)


def run_files(which: str, split: str, names: tuple[str, ...] = ()) -> list[Path]:
    """What `finescale simulate WHICH --split SPLIT` has written, or the named ones of it.

    Args:
        which: 'ocean' or 'ice'.
        split: Name of the split.
        names: Names of the files, without suffix; none: all that are here.

    Returns:
        The files.

    Raises:
        InputError: Where there is nothing, or where one that is named is not here.
    """
    paths = own_runs(f"{which}_run_{split}")
    absent = {*names} - {path.stem for path in paths}
    if absent or not paths:
        lacks = f"run {', '.join(sorted(absent))}" if absent else f"{split} run"
        raise InputError(f"The {lacks} is not here; make it with `finescale simulate {which} --split {split}`.")
    return [path for path in paths if not names or path.stem in names]


class OceanCuts(torch.utils.data.Dataset):
    """Random cuts of `size` cells from a split; validation takes every date whole and unchanged.

    Augmented by rolls along x (the run is periodic) and by the model's own symmetry: y -> -y turns height and
    temperature anomalies around and leaves the equations as they are.
    """

    scene = "ocean_run"
    origin = "`finescale simulate` makes them"

    def __init__(self, split: str, size: int = 432, names: tuple[str, ...] = (), seed: int = 0, repeat: int = 1):
        self.ssh, self.sst = run(split, names if split == "train" else ())
        self.size, self.random, self.seed, self.repeat = size, split == "train", seed, repeat

    @staticmethod
    def runs(names: tuple[str, ...] = ()) -> list[str]:
        """Names of the runs that are trained on, and of those that validate.

        Args:
            names: Names of the training runs; none: all that are here.

        Returns:
            The names, those that are trained on first.

        Raises:
            InputError: As `run_files` does.
        """
        return [path.stem for path in (*run_files("ocean", "train", names), *run_files("ocean", "validation"))]

    @staticmethod
    def normalisation(names: tuple[str, ...] = ()) -> dict[str, float | str]:
        """What fields are divided by, and what is taken off before, as the card says it.

        Args:
            names: Names of the training runs, which make no difference here.

        Returns:
            Scales of height (m) and temperature (K), and where the mean comes from.
        """
        return {"ssh_scale_m": SSH_SCALE, "sst_scale_K": SST_SCALE, "mean": "of the input"}

    def __len__(self) -> int:
        return len(self.ssh) * self.repeat

    def __getitem__(self, index: int) -> Sample:
        ssh, sst = (torch.as_tensor(field[index % len(self.ssh)])[None] for field in (self.ssh, self.sst))
        if self.random:
            ssh, sst = self._augmented(ssh, sst)
        return Sample((ssh - ssh.mean()) / SSH_SCALE, (sst - sst.mean()) / SST_SCALE)

    def _augmented(self, ssh: torch.Tensor, sst: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        shift = int(torch.randint(ssh.shape[-1], ()))
        top = int(torch.randint(ssh.shape[-2] - self.size + 1, ()))
        cut = [field.roll(shift, -1)[:, top : top + self.size, : self.size] for field in (ssh, sst)]
        if torch.rand(()) < 0.5:
            cut = [-field.flip(-2) for field in cut]
        return cut[0], cut[1]


def collate(samples: list[Sample]) -> Sample:
    """A batch of cuts.

    Args:
        samples: n cuts of one size, (1, y, x) each.

    Returns:
        One with (n, 1, y, x) each.
    """
    return Sample(torch.stack([s.ssh for s in samples]), torch.stack([s.sst for s in samples]))


def random_targets(truth: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Random cells of fields, and their values.

    Args:
        truth: Fields (n, 1, y, x).
        count: How many cells of each; one may come twice.

    Returns:
        Flat indices (n, count) into (y, x), and values (n, count).
    """
    chosen = torch.randint(truth[0].numel(), (len(truth), count), device=truth.device)
    return chosen, truth.flatten(1).gather(1, chosen)


def bicubic(low: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A coarse field on the grid of a fine one: what every network is measured against.

    Args:
        low: Coarse field (n, c, y, x).
        like: Field (..., Y, X) on the fine grid.

    Returns:
        Field (n, c, Y, X), in its unit.
    """
    return F.interpolate(low, size=like.shape[-2:], mode="bicubic", align_corners=False)


def degraded(fine: torch.Tensor, factor: int) -> torch.Tensor:
    """Block means.

    Args:
        fine: Field (n, c, y, x).
        factor: Cells a side of a block; what fills no block is left out.

    Returns:
        Field (n, c, y/factor, x/factor), in its unit.
    """
    return F.avg_pool2d(fine, factor)
