"""Ten pairs of MODIS land surface temperature and vegetation index at 1 km: the example data of the MRUNet authors."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from engine.datafiles import DataFile, local
from engine.errors import InputError
from engine.grid import Region
from engine.scenes import register
from engine.scenes.shared import netcdf
from engine.scenes.shared.undated import Undated

CELLS = 64


@register("lst_mrunet")
class ModisPairs(Undated):
    """Cut-outs of 64 x 64 cells; where and when is not said."""

    title = "MODIS pairs, 1 km"
    kind = "observed"
    source = (
        "MODIS land surface temperature and NDVI, example_dataset.npy of MRUNet-for-MODIS-super-resolution "
        "(Nguyen et al. 2022, hal-03580148)"
    )
    licence = "None stated; MODIS: NASA, open"
    caution = "Cut-outs of 64 km without place or date; for a method trained by its authors they may be training data."
    fields = ("lst",)
    guides = ("ndvi",)
    labels = tuple(f"pair {number}" for number in range(1, 11))
    regions = {"box": Region("Whole cut-out", (0.0, 64.0), (0.0, 64.0))}
    splits = {"test": ("1970-01-01", "1970-12-31")}
    degradation = "radiance_mean"
    factors = (4, 2)
    files = (
        DataFile(
            "lst/mrunet_example_dataset.npy",
            sha256="fc34a66bb5da314918cfca1bc4ea1eb2b79cdd02b56b41bbfde6ac9c880a03e7",
            bytes=655488,
            url=(
                "https://raw.githubusercontent.com/IMT-Project-LTS-SR/MRUNet-for-MODIS-super-resolution/5d14fad36f00212c591bb6c4718c5f31f085a3b1/"
                "Visualization%20benchmark/dataset/example_dataset.npy"
            ),
        ),
    )

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`lst` (K) and `ndvi` (1), each (y, x), as asked; raises DataMissing where the file has to be fetched."""
        index, temperature = _pairs(local(self.files[0]))[int(self.times.get_loc(time))]
        fields = {
            "lst": netcdf.field(np.where(temperature > 0, temperature, np.nan).astype(np.float32), "lst"),
            "ndvi": netcdf.field(index.astype(np.float32), "ndvi"),
        }
        centres = np.arange(CELLS) + 0.5
        return netcdf.dataset({name: fields[name] for name in variables}, centres[::-1], centres, "km")


@lru_cache(maxsize=1)
def _pairs(path: Path) -> np.ndarray:
    """(pair, index and temperature, y, x); the first row is the northernmost. Raises InputError for another file."""
    try:
        with path.open("rb") as stream:  # an array alone: no archive, no pickle
            pairs = np.lib.format.read_array(stream, allow_pickle=False)
    except (OSError, ValueError, MemoryError) as error:
        raise InputError(f"The file {path.name} cannot be read; fetch it anew.") from error
    if pairs.shape != (10, 2, CELLS, CELLS):
        raise InputError(f"The file {path.name} holds {pairs.shape}, not ten pairs of {CELLS} x {CELLS}.")
    return pairs
