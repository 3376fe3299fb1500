"""What the ice networks are trained on: dates of the ice run, rolled, turned and cut; never a date of a test run."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
import xarray as xr

from engine.methods.shared.sea_ice import FIELDS, WIDTH_KM
from engine.observation.kernels import BoxLowPass
from engine.training.data import run_files

SPACING_KM = 4.0


@dataclass  # not frozen: Lightning moves its tensors in place
class IceSample:
    """One cut of one date, standardised: low-passed fields (4, y, x), thickness and its anomaly (1, y, x) each."""

    context: torch.Tensor
    thickness: torch.Tensor
    anomaly: torch.Tensor


@cache
def run(split: str, names: tuple[str, ...] = ()) -> torch.Tensor:
    """`FIELDS` of all dates of a split's runs.

    Args:
        split: 'train' or 'validation'.
        names: Names of the runs; none: all that are here.

    Returns:
        Fields (date, 4, y, x) float32, in m, 1, s-1, s-1.

    Raises:
        InputError: As `run_files` does.
    """
    return torch.cat([_fields(path) for path in run_files("ice", split, names)])


def _fields(path) -> torch.Tensor:
    with xr.open_dataset(path) as data:
        h, area, u, v = (data[name].values for name in ("thickness", "concentration", "drift_x", "drift_y"))
    step = 2000 * SPACING_KM
    (u_y, u_x), (v_y, v_x) = (
        ((np.roll(w, -1, axis) - np.roll(w, 1, axis)) / step for axis in (-2, -1)) for w in (u, v)
    )  # the run is periodic
    return torch.as_tensor(np.stack([h, area, u_x + v_y, np.hypot(u_x - v_y, u_y + v_x)], axis=1))


def low_pass(fields: torch.Tensor) -> torch.Tensor:
    """The published input: a constant kernel of 120 km.

    Args:
        fields: Fields (..., y, x) on cells of SPACING_KM.

    Returns:
        Fields (..., y, x), in their units.
    """
    return BoxLowPass(1, WIDTH_KM, spacing_km=(SPACING_KM, SPACING_KM)).apply(fields)


@cache
def normalisation(names: tuple[str, ...] = ()) -> dict[str, float]:
    """Means and standard deviations over the training runs: of what the networks see and of what they make.

    Args:
        names: Names of the training runs; none: all that are here.

    Returns:
        `{name}_mean` and `{name}_std` of the low-passed FIELDS in their units, 'anomaly_std' and 'full_std' in m.

    Raises:
        InputError: As `run_files` does.
    """
    fine = run("train", names)[::4]
    low = low_pass(fine)
    out = {"anomaly_std": float((fine[:, 0] - low[:, 0]).std())}
    for index, name in enumerate(FIELDS):
        out |= {f"{name}_mean": float(low[:, index].mean()), f"{name}_std": float(low[:, index].std())}
    return out | {"full_std": float(fine[:, 0].std())}


VALID = {"kernels": ["box"], "width_km": WIDTH_KM, "spacing_km": [SPACING_KM, SPACING_KM]}  # of all that learn from it


class IceCuts(torch.utils.data.Dataset):
    """Random cuts of `size` cells from a split; validation takes every date whole and unchanged.

    Augmented by rolls (the run is periodic) before the low-pass, and by turns and reflections: nothing that is seen has
    a direction.
    """

    scene = "ice_run"
    origin = "`finescale simulate` makes them"

    def __init__(self, split: str, size: int = 128, names: tuple[str, ...] = ()):
        self.random, self.size, self.scale = split == "train", size, normalisation(names)
        self.fields = run(split, names if self.random else ())

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
        return [path.stem for path in (*run_files("ice", "train", names), *run_files("ice", "validation"))]

    @staticmethod
    def normalisation(names: tuple[str, ...] = ()) -> dict[str, float]:
        """As `normalisation`.

        Args:
            names: Names of the training runs; none: all that are here.

        Returns:
            Means and standard deviations, by name.
        """
        return normalisation(names)

    def __len__(self) -> int:
        return len(self.fields)

    def __getitem__(self, index: int) -> IceSample:
        fine, scale = self.fields[index], self.scale
        if self.random:
            fine = fine.roll((_draw(fine.shape[-2]), _draw(fine.shape[-1])), (-2, -1)).rot90(_draw(4), (-2, -1))
            fine = fine.flip(-1) if _draw(2) else fine
        low = low_pass(fine)
        if self.random:
            top, left = (_draw(n - self.size + 1) for n in fine.shape[-2:])
            fine, low = (field[:, top : top + self.size, left : left + self.size] for field in (fine, low))
        mean, std = (torch.tensor([scale[f"{name}_{what}"] for name in FIELDS]) for what in ("mean", "std"))
        context = (low - mean[:, None, None]) / std[:, None, None]
        if self.random and _draw(8) == 0:  # observations give the thickness alone
            context[1:] = 0
        anomaly = (fine[:1] - low[:1]) / scale["anomaly_std"]
        return IceSample(context, (fine[:1] - scale["thickness_mean"]) / scale["full_std"], anomaly)


def _draw(below: int) -> int:
    return int(torch.randint(below, ()))


def collate(samples: list[IceSample]) -> IceSample:
    """A batch of cuts.

    Args:
        samples: n cuts of one size, (c, y, x) each.

    Returns:
        One with (n, c, y, x) each.
    """
    names = ("context", "thickness", "anomaly")
    return IceSample(*(torch.stack([getattr(sample, name) for sample in samples]) for name in names))
