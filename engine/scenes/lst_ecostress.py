"""Land surface temperature of Los Angeles by ECOSTRESS: eight overpasses of summer 2023, by day and by night."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from engine.datafiles import DataFile, local
from engine.grid import Region
from engine.scenes import register
from engine.scenes.base import DataSet
from engine.scenes.shared import netcdf, raster
from engine.scenes.shared.clouds import cloudy

_REPOSITORY = (
    "https://raw.githubusercontent.com/zoepierrat/ECOSTRESS-Workshop-2024/0387e8ef29cb199d92611027be21bf38fe2d974c/"
    "LA_2023_07_08"
)
_FILES = (
    ("LST", "2023184152551", 3808039, "b5a3d57435683ece205b4f38401f40b7589e7170f2fd37a6bbb1bf26162d9178"),
    ("QC", "2023184152551", 463279, "a904f3456b66c493266198b3f4bcd2393e130bc90f3c9eddbf85ba3df75f6900"),
    ("LST", "2023194040614", 3771252, "473eec5aebd4d3d15ea2cdbf2d138419466149ae7e1f8c8e75c46da7d8327ea0"),
    ("QC", "2023194040614", 518564, "b4548348e1bad447f3d9e515a69ef3e5d8a7c220158de3574cd92e956be7d81d"),
    ("LST", "2023202005411", 3968492, "449751df8e2939dcddd16f44713ac4c15865f63e37b8d3f5cb558a21c442b5dd"),
    ("QC", "2023202005411", 322181, "9b4f5ece0bce913b11c2e1db8a6e7842a2f4153b2ecc7be795527d0826fc622c"),
    ("LST", "2023205231732", 4059377, "d9ec3ea1e9e4152c0bb47be3662b268d584883067dd4b4873362b8091395dd33"),
    ("QC", "2023205231732", 441501, "9c72c0acb6177ca5cee09235a98f4b34cdb4ab58c278409979b0857fbb543736"),
    ("LST", "2023207063732", 3748594, "a1f3ef26a5164ddefb35c1017ee6d01f2b7d30343fd142547b5fb0f4b5809d46"),
    ("QC", "2023207063732", 519963, "ff0f4190d18f578ac66644208b887059e4ed6ab779dc0b54b3604febda6d4fd2"),
    ("LST", "2023209214058", 4137996, "1140f8b43dd4f2d3e5413b0a83bfe320b493573d601fe6f909b364954b0bd991"),
    ("QC", "2023209214058", 409396, "09ae48a39f146815b79309c039630411d4a20bea31428825131cd613fbf09648"),
    ("LST", "2023217182715", 4038643, "5a33bf27b52fe34d50dd4f45429cf5d45681413c9d9b73eb9321501c7b079f27"),
    ("QC", "2023217182715", 434591, "c298296e3b41b4376623fe80c86b50b8f2d482d6ef8f7c01eb9dd7277f945a19"),
    ("LST", "2023226223548", 4109889, "85a99b3529345e3c3d72e0778390543e8ef58f8e46008f120f140202830a285e"),
    ("QC", "2023226223548", 424326, "6da5043eb7f63a024789a7ffac85d67e0d6f6ed13aba16f93b8453cef3c9b149"),
)
SPACING = 0.000631  # degrees, about 70 m
WEST, NORTH, COLUMNS, ROWS = -118.709, 34.3225, 1864, 1048  # the part that all overpasses have
# mandatory quality flag, bits 0 and 1: 00 best, 01 filled stripe, 10 cloud (which no pixel here has), 11 not produced
PRODUCED, BEST = 0b11, 0b00
# overpasses of about the same hour, by which clouds are found; the one left, at 8:26 in the morning, is under stratus
DAY, NIGHT = (2, 3, 5, 6, 7), (1, 4)


@register("lst_ecostress")
class EcostressLosAngeles(DataSet):
    """All overpasses on one grid, by the nearest pixel (theirs differ by up to one); only clear pixels of best quality.

    Trained is west of 118.00 degrees west, 13 to 24 July; what lies east of it and after is held out.
    """

    title = "Los Angeles, ECOSTRESS, 70 m"
    kind = "observed"
    source = (
        "ECOSTRESS land surface temperature and emissivity, ECO_L2_LSTE version 2 (NASA JPL, LP DAAC), as distributed "
        "with ECOSTRESS-Workshop-2024"
    )
    licence = "NASA, open without restriction; repository: none stated"
    caution = (
        "About 100 m are resolved, not 70 m: the sensor blurs, and its lines differ by tenths of a kelvin. "
        "Missing: lines that the producer filled, what it did not produce, and clouds, which its flags do not tell: "
        "cells 8 K colder than on other days. Fog over the sea is not found, and on 3 July stratus hides the coast. "
        "Its own accuracy is 1 to 2 K."
    )
    fields = ("lst",)
    regions = {
        "pomona": Region("Pomona and Chino", (-117.95, -117.55), (33.90, 34.16)),
        "orange": Region("Orange County", (-117.95, -117.55), (33.665, 33.92)),
        "gabriel": Region("San Gabriel Mountains", (-117.95, -117.55), (34.12, 34.32)),
        "bay": Region("Bay and coast (trained)", (-118.60, -118.25), (33.68, 34.04)),
        "centre": Region("Los Angeles (trained)", (-118.45, -118.10), (33.90, 34.15)),
        "image": Region("Whole image (half trained)", (-118.71, -117.53), (33.66, 34.33)),
    }
    splits = {
        "train": ("2023-07-13", "2023-07-25"),
        "validation": ("2023-07-26", "2023-07-29"),
        "test": ("2023-08-01", "2023-08-31"),
    }
    trained_on = Region("Los Angeles west of 118 degrees", (-118.71, -118.0), (33.66, 34.33))
    degradation = "radiance_mean"
    factors = (4, 2, 8, 3, 16)
    files = tuple(
        DataFile(
            f"lst/ecostress_la/ECO_L2_LSTE.002_{what}_doy{when}_aid0001.tif",
            sha256=digest,
            bytes=size,
            url=f"{_REPOSITORY}/{what}/ECO_L2_LSTE.002_{what}_doy{when}_aid0001.tif",
        )
        for what, when, size, digest in _FILES
    )
    default_time = "2023-08-05 18:27:15"
    _times = pd.to_datetime(sorted({when for _, when, *_ in _FILES}), format="%Y%j%H%M%S")

    @property
    def times(self) -> pd.DatetimeIndex:
        """Overpasses in UTC; seven hours more than on the clocks of Los Angeles."""
        return self._times

    def written(self, time: pd.Timestamp) -> str:
        return f"{time:%Y-%m-%d %H:%M:%S}"

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`lst` (y, x) in K of one overpass; raises DataMissing where a file has to be fetched first."""
        at = int(self._times.get_loc(time))
        lst = _best(*self._paths(at))
        others = next((kind for kind in (DAY, NIGHT) if at in kind), (at,))
        cloud = _cloud(self._paths(at), tuple(self._paths(other) for other in others if other != at))
        lst = np.where(cloud, np.float32(np.nan), lst)
        lat, lon = _centres()
        return netcdf.dataset({"lst": netcdf.field(lst, "lst")}, lat, lon, "degrees")

    def _paths(self, at: int) -> tuple[Path, Path]:
        """Temperature and quality of an overpass; raises DataMissing."""
        stored, quality = (local(file) for file in self.files[2 * at : 2 * at + 2])
        return stored, quality


def _centres() -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of the cells."""
    return NORTH - SPACING * (np.arange(ROWS) + 0.5), WEST + SPACING * (np.arange(COLUMNS) + 0.5)


def _best(stored: Path, quality: Path) -> np.ndarray:
    """Temperature (y, x) in K on the common grid; NaN where the producer's quality is not the best."""
    values, flags = (nearest(raster.band(path), *_centres()) for path in (stored, quality))
    good = (values > 0) & (flags >= 0) & (flags & PRODUCED == BEST)
    return np.where(good, values * np.float32(0.02), np.float32(np.nan))


@lru_cache(maxsize=8)
def _cloud(overpass: tuple[Path, Path], others: tuple[tuple[Path, Path], ...]) -> np.ndarray | bool:
    """Where an overpass (y, x) is under a cloud, by others of about its hour; False where there are none."""
    return cloudy(_best(*overpass), np.stack([_best(*other) for other in others])) if others else False


def nearest(stored: xr.DataArray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The pixels that other centres lie in; no value is mixed with its neighbours'.

    Args:
        stored: Pixels (y, x) on uniform centres.
        y: Centres (rows,) within them, in the same unit.
        x: Centres (columns,) within them, in the same unit.

    Returns:
        Values (rows, columns), as they are stored.
    """
    rows, columns = (
        np.rint((wanted - stored[name].values[0]) / np.diff(stored[name].values).mean()).astype(int)
        for name, wanted in (("y", y), ("x", x))
    )
    return stored.values[np.ix_(rows, columns)]
