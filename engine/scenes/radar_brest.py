"""Rain over Brest by radar: the sequence of the 4D-Var paper."""

import numpy as np
import pandas as pd
import xarray as xr

from engine.datafiles import DataFile, local
from engine.errors import InputError
from engine.grid import Region
from engine.scenes import register
from engine.scenes.shared import netcdf
from engine.scenes.shared.sequence import Sequence

_REPOSITORY = "https://raw.githubusercontent.com/ArFiloche/Py4DVar/6fedd63b516e0ae48f7f9d7fd0267bb0a2887253/data/rain"
_FILES = (
    ("y2018-M1-d3-h22-m45.npz", 8002, "bdcf35aead1ca1a60e8dde93789736203034b65abfe6ff02c7eefb3ebd3f986f"),
    ("y2018-M1-d3-h22-m50.npz", 7590, "c4defdfa8c68ca9d6d6556433083549cf74eb77bb551c21d4c1aab0ec80f0f8f"),
    ("y2018-M1-d3-h22-m55.npz", 7129, "4c1c1a57005bace12a2cb1670e6308b70ccf35dd71c750d9df299a43f1c3cbda"),
    ("y2018-M1-d3-h23-m00.npz", 6638, "0baf2e557238079302db5f3007b84a5d6aaff9273f878fe8de5f2974a60ac2c4"),
    ("y2018-M1-d3-h23-m05.npz", 6211, "0ea729553b8b813eedda04c6c47d1963cc9052eeed7ff1565ae3a8773e1736f7"),
    ("y2018-M1-d3-h23-m10.npz", 5731, "369e37606474082ea767e4a4d1d8a34edb25ccbe759fbb4df813eb4b929e3347"),
    ("y2018-M1-d3-h23-m15.npz", 5260, "8c8092190d8422300a51301f2e171cb2f752cfa058d2a5fc67dde8d76382055d"),
)
SPACING_KM = 1.2


@register("radar_brest")
class RadarBrest(Sequence):
    """Seven images, five minutes apart, as the authors cut them out."""

    title = "Rain over Brest, radar"
    source = (
        "MeteoNet (Meteo-France) radar, cut out by Filoche, Bereziat, Brajard and Charantonis for their paper "
        "(ORASIS 2021), 2018-01-03; km from the lower left corner of the cut"
    )
    licence = "MeteoNet: Licence Ouverte 2.0; the repository that holds the cut states none"
    caution = "Nobody knows the true motion; rain also grows and dies, which no motion explains."
    fields = ("rain",)
    published_pace = 2.0  # forecasts of 10, 20 and 30 minutes are compared to images 5, 10 and 15 minutes later
    regions = {"brest": Region("Brest", (0.0, 153.6), (0.0, 153.6))}
    files = tuple(
        DataFile(f"rain/brest_2018-01-03/{name}", sha256=digest, bytes=size, url=f"{_REPOSITORY}/{name}")
        for name, size, digest in _FILES
    )

    @property
    def frames(self) -> pd.DatetimeIndex:
        return pd.date_range("2018-01-03 22:45", periods=len(_FILES), freq="5min")

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`rain` (y, x) in 0.01 mm of one time; raises DataMissing where the files have to be fetched first."""
        path = local(self.files[int(self.frames.get_loc(time))])
        try:
            with np.load(path, allow_pickle=False) as stored:
                values = stored["arr_0"].astype(np.float32)
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"The file {path.name} cannot be read; fetch it anew.") from error
        ny, nx = values.shape
        y, x = (np.arange(ny)[::-1] + 0.5) * SPACING_KM, (np.arange(nx) + 0.5) * SPACING_KM  # first row north
        return netcdf.dataset({"rain": netcdf.field(values, "rain")}, y, x, "km")
