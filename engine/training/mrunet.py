"""MRUNet: the temperature alone, one scale up (as published) and here; squared error over that of bicubic."""

from engine.grid import Region
from engine.nets.mrunet import Mrunet
from engine.training.land_data import FACTOR, Cuts, collate, judge, loss
from engine.training.loop import Recipe

CELL_KM = 0.064  # side of a square as large as a cell
WIDTHS = (16, 32, 48, 64)  # as good as twice as many in validation


class LosAngeles(Cuts):
    """70 m, overpasses of July."""

    scene = "lst_ecostress"
    origin = "`finescale data fetch lst_ecostress` gets them"
    parts = {
        "train": Region("west of 118.13 W", (-118.71, -118.13), (33.66, 34.33)),
        "validation": Region("118.10 to 118.00 W", (-118.10, -118.0), (33.66, 34.33)),
    }


class LosAngelesAbove(LosAngeles):
    """One scale up: means over 280 m."""

    scale = 4


class LosAngelesFew(LosAngeles):
    """70 m, and as few pixels as there are one scale up."""

    tiles = 4


RECIPES = tuple(
    Recipe(
        key, Mrunet, {"inputs": 1, "widths": WIDTHS}, loss, judge, rate=1e-3, batch=8, steps=steps, size=128,
        data=data, collate=collate, about={"factor": FACTOR, "cell_km": CELL_KM * data.scale},
        valid={"kernels": ["radiance_mean"], "factors": [FACTOR]},
    )
    for key, data, steps in (
        ("mrunet_above", LosAngelesAbove, 500), ("mrunet_few", LosAngelesFew, 500), ("mrunet_here", LosAngeles, 4000)
    )
)  # fmt: skip
