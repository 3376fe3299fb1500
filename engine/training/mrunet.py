"""MRUNet: the temperature alone, one scale up (as published) and here; squared error over that of bicubic."""

from engine.grid import Region
from engine.nets.mrunet import Mrunet
from engine.training.land_data import Cuts, collate, judge, loss
from engine.training.loop import Recipe


class LosAngeles(Cuts):
    """70 m, overpasses of July."""

    scene = "lst_ecostress"
    parts = {
        "train": Region("west of 118.12 W", (-118.71, -118.12), (33.66, 34.33)),
        "validation": Region("118.10 to 118.00 W", (-118.10, -118.0), (33.66, 34.33)),
    }


class LosAngelesAbove(LosAngeles):
    """One scale up: means over 280 m."""

    scale = 4


RECIPES = tuple(
    Recipe(
        key, Mrunet, {"inputs": 1}, loss, judge, rate=1e-3, batch=8, steps=steps, size=128, data=data, collate=collate
    )
    for key, data, steps in (("mrunet_above", LosAngelesAbove, 500), ("mrunet_here", LosAngeles, 4000))
)
