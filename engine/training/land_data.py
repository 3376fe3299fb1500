"""What the temperature networks are trained on: cuts of observed scenes, at their own scale or the one above."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from engine import scenes
from engine.grid import Region, select
from engine.methods.shared.shores import WATER
from engine.observation.kernels import RadianceMean
from engine.resample import block_mean, fill_gaps, replicate
from engine.training.data import bicubic, degraded

FACTOR = 4
LST_SCALE = 5.0  # K
NDVI_SCALE = 0.25


@dataclass  # not frozen: Lightning moves its tensors in place
class Land:
    """One cut, (1, y, x) each: temperature (K, gaps filled), where it is known, vegetation index (0 where unknown)."""

    lst: torch.Tensor
    known: torch.Tensor
    ndvi: torch.Tensor


class Cuts(torch.utils.data.Dataset):
    """Cuts of `size` cells from the trained part of a scene, mirrored and turned; validation takes its own part whole.

    scene, guide: data set and whether it has an index; parts: split -> region, disjoint, both within what the scene
    calls trained_on; scale: how many cells are averaged into one of those that are cut; tiles: of how many a side
    training sees one, another at each date; origin: how the data come.
    """

    scene: ClassVar[str] = ""
    guide: ClassVar[bool] = False
    parts: ClassVar[dict[str, Region]] = {}
    scale: ClassVar[int] = 1
    tiles: ClassVar[int] = 1
    origin: ClassVar[str] = ""
    every: ClassVar[int] = 400  # cuts that count as an epoch

    def __init__(self, split: str, size: int = 128, names: tuple[str, ...] = (), seed: int = 0):
        self.fields = fields(type(self), split)
        self.size, self.random = size, split == "train"

    @classmethod
    def runs(cls, names: tuple[str, ...] = ()) -> list[str]:
        """What is trained on and what validates, as the card says it.

        Args:
            names: Names of runs, which there are none of here.

        Returns:
            A sentence for each part.
        """
        data = scenes.get(cls.scene)
        dates = {split: ", ".join(map(data.written, dates_of(cls, split))) for split in cls.parts}
        said = [f"{split}: {part.title} ({dates[split]}), averaged by {cls.scale}" for split, part in cls.parts.items()]
        return said + ([f"trained on one tile of {cls.tiles} x {cls.tiles} at each date"] if cls.tiles > 1 else [])

    @staticmethod
    def normalisation(names: tuple[str, ...] = ()) -> dict[str, float | str]:
        """What fields are divided by, and what is taken off before, as the card says it.

        Args:
            names: Names of runs, which there are none of here.

        Returns:
            Scales of temperature (K) and index (1), and where the mean comes from.
        """
        return {"lst_scale_K": LST_SCALE, "ndvi_scale": NDVI_SCALE, "mean": "of the input"}

    def __len__(self) -> int:
        return self.every if self.random else len(self.fields)

    def __getitem__(self, index: int) -> Land:
        fields = self.fields[index % len(self.fields)]
        if not self.random:
            ny, nx = (n // FACTOR * FACTOR for n in fields.shape[-2:])
            return Land(*fields[:, None, :ny, :nx])
        size = min(self.size, min(fields.shape[-2:]) // FACTOR * FACTOR)
        top, left = (int(torch.randint(n - size + 1, ())) for n in fields.shape[-2:])
        cut = torch.rot90(fields[:, top : top + size, left : left + size], int(torch.randint(4, ())), (-2, -1))
        return Land(*(cut.flip(-1) if torch.rand(()) < 0.5 else cut)[:, None])


def fields(cuts: type[Cuts], split: str) -> list[torch.Tensor]:
    """Temperature, where it is known, and index of every date of a split, averaged to the scale.

    Args:
        cuts: Which scene, parts and scale.
        split: 'train' or 'validation'.

    Returns:
        (3, y, x) for each date: K with gaps filled, 1 where known, index (0 everywhere of a scene without).
    """
    data, found = scenes.get(cuts.scene), []
    for time in dates_of(cuts, split):
        stored = select(data.load(time, ("lst", *(("ndvi",) if cuts.guide else ()))), cuts.parts[split], cuts.scale)
        lst = RadianceMean(cuts.scale, 0.0).apply(torch.as_tensor(stored["lst"].values))
        index = torch.as_tensor(fill_gaps(stored["ndvi"].values)) if cuts.guide else torch.zeros(stored["lst"].shape)
        ndvi = degraded(index[None, None], cuts.scale)[0, 0]
        whole = torch.as_tensor(fill_gaps(lst.numpy().astype(np.float32)))
        field = torch.stack([whole, torch.isfinite(lst).float(), ndvi.float()])
        found.append(_tile(field, cuts.tiles) if split == "train" else field)
    return found


def _tile(field: torch.Tensor, tiles: int) -> torch.Tensor:
    """One of tiles x tiles parts of a field (..., y, x), drawn."""
    if tiles == 1:
        return field
    ny, nx = (n // tiles for n in field.shape[-2:])
    top, left = (int(torch.randint(tiles, ())) * n for n in (ny, nx))
    return field[..., top : top + ny, left : left + nx]


def dates_of(cuts: type[Cuts], split: str) -> list:
    """Dates of a scene in a split; all of them where it has none there.

    Args:
        cuts: Which scene.
        split: Name of the split.

    Returns:
        The dates.
    """
    data = scenes.get(cuts.scene)
    return [time for time in data.times if data.split_of(time) == split] or list(data.times)


def collate(samples: list[Land]) -> Land:
    """A batch of cuts.

    Args:
        samples: n cuts of one size, (1, y, x) each.

    Returns:
        One with (n, 1, y, x) each.
    """
    return Land(*(torch.stack([getattr(s, name) for s in samples]) for name in ("lst", "known", "ndvi")))


def inputs(cut: Land) -> tuple[torch.Tensor, torch.Tensor]:
    """What a network is given, and what it is to give, all over their scales.

    The mean of the input is taken off each cut. Water has the index of the land in its coarse cell (0 without any).

    Args:
        cut: A batch (n, 1, y, x), sizes a multiple of FACTOR.

    Returns:
        Interpolated temperature and index (n, 2, y, x), and the fine temperature (n, 1, y, x).
    """
    low = RadianceMean(FACTOR, 0.0).apply(cut.lst)
    offset = low.mean(dim=(-2, -1), keepdim=True)
    up = bicubic((low - offset) / LST_SCALE, cut.lst)
    wet = cut.ndvi < WATER
    land = block_mean(torch.where(wet, torch.nan, cut.ndvi), FACTOR, 0.0).nan_to_num(0.0)
    index = torch.where(wet, replicate(land, FACTOR), cut.ndvi) / NDVI_SCALE
    fields = torch.cat([up, index - index.mean(dim=(-2, -1), keepdim=True)], dim=1)
    return fields, (cut.lst - offset) / LST_SCALE


def loss(net: nn.Module, cut: Land) -> torch.Tensor:
    """Mean square error over bicubic's, at known cells; a network of one input sees no index.

    Args:
        net: A network with `inputs`, 1 or 2.
        cut: A batch (n, 1, y, x).

    Returns:
        The loss, a scalar without unit.
    """
    fields, truth = inputs(cut)
    away = [(found - truth).square() * cut.known for found in (net(fields[:, : net.inputs]).float(), fields[:, :1])]
    return away[0].sum() / away[1].sum()


def judge(net: nn.Module, cut: Land) -> Mapping[str, torch.Tensor]:
    """RMSE over bicubic's.

    Args:
        net: A network with `inputs`, 1 or 2.
        cut: A batch (n, 1, y, x).

    Returns:
        'rmse_over_bicubic', a scalar without unit.
    """
    return {"rmse_over_bicubic": loss(net, cut).sqrt()}
