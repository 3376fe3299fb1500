"""A sea in a Zarr store that may be larger than memory, read date by date and box by box; `python stored.py STORE` says
what its evaluation takes."""

import json
import resource
import sys
import time
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import xarray as xr
import zarr

from engine.evaluate import evaluate
from engine.grid import Region
from engine.lexicon import variable
from engine.scenes import SCENES
from engine.scenes.base import DataSet

KEY, SPACING = "stored_sea", 4.0


def write(path: Path, dates: int, cells: int, chunk: int) -> Path:
    """A store of random waves, date after date, a chunk per date and box."""
    root = zarr.create_group(path)
    days = np.arange(dates)
    centres = SPACING * (np.arange(cells) + 0.5)
    for name, values, units in (("time", days, "days since 2001-01-01"), ("y", centres, "km"), ("x", centres, "km")):
        axis = root.create_array(name, data=values, dimension_names=(name,))
        axis.attrs["units"] = units
    shape = (dates, cells, cells)
    ssh = root.create_array(
        "ssh", shape=shape, chunks=(1, chunk, chunk), dtype="f4", dimension_names=("time", "y", "x")
    )
    ssh.attrs.update(variable("ssh").attrs)
    noise = np.random.default_rng(0).standard_normal((cells, cells)).astype(np.float32)
    waves = (np.sin(centres / 60)[:, None] * np.cos(centres / 90)).astype(np.float32)
    for day in days:
        ssh[day] = np.roll(waves, 3 * day, axis=1) + 0.05 * np.roll(noise, 7 * day, axis=0)
    return path


class StoredSea(DataSet):
    """Opened lazily: a date and a box are read when a scene asks for them."""

    key = KEY
    title = "Stored sea"
    kind = "simulated"
    source = licence = "made for the test"
    fields = ("ssh",)
    factors = (8,)
    splits = {"test": ("2001-01-01", "2100-01-01")}
    path: ClassVar[Path]
    chunks: ClassVar[dict | None] = {}  # by dask; None: by xarray's own lazy indexing

    def __init__(self):
        self._data = xr.open_zarr(self.path, chunks=self.chunks, consolidated=False)
        self._times = pd.DatetimeIndex(self._data["time"].values)
        side = SPACING * self._data.sizes["x"]
        self.regions = {
            "box": Region("Whole", (0.0, side), (0.0, side)),
            "corner": Region("Corner", (0.0, side / 4), (0.0, side / 4)),
        }

    @property
    def times(self) -> pd.DatetimeIndex:
        return self._times

    def load(self, time, variables):
        return self._data[list(variables)].sel(time=time, drop=True)


def main(path: str) -> None:
    """Score every date of a store in one thread; print seconds, those of the processor, and the peak of memory."""
    StoredSea.path = Path(path)
    SCENES.register(KEY)(StoredSea)
    evaluate(KEY, ["bicubic"], times=["2001-01-01"], scheduler="synchronous")  # imports and plans are not to be counted
    start, busy = time.perf_counter(), time.process_time()
    frame = evaluate(KEY, ["bicubic"], scheduler="synchronous")
    found = {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - busy}
    assert frame["rmse"].notna().all()
    print(json.dumps({**found, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main(sys.argv[1])
