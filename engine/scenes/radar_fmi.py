"""Rain over Finland by radar, every five minutes."""

import gzip
import zlib

import numpy as np
import pandas as pd
import xarray as xr

from engine.datafiles import DataFile, local
from engine.errors import InputError
from engine.grid import Region
from engine.scenes import register
from engine.scenes.shared import netcdf
from engine.scenes.shared.sequence import Sequence

_REPOSITORY = "https://raw.githubusercontent.com/pySTEPS/pysteps-data/eaa59fb8f39205a3b1a0b44724ad8cd4a86d107e/radar/fmi/pgm/20160928"
_FILES = (
    (
        "201609281545_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        241577,
        "7412eaa1d27ec6f752a9582afa2dcfd7671e34958d5e4270fadc2336e33af7ef",
    ),
    (
        "201609281550_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        241793,
        "9ff28fd85c2acb6c0060e9d1e2c9ec0211eae70b7626f7b5720bc23fff3325f4",
    ),
    (
        "201609281555_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        240919,
        "0d5d091fd4bf17e127a58735daf1950accabc385bfb9d99aabb7ed89136fced5",
    ),
    (
        "201609281600_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        238598,
        "25627468dd5c50b625a776cdf45fed876a25fbb7b2ebabaf132cc0ae046fbbff",
    ),
    (
        "201609281605_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        240610,
        "5a4538591670640650cd2e8b2616e16a4362cca0c7be418794701d0ee53f132c",
    ),
    (
        "201609281610_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        240479,
        "631e28aeded1b25abbe083a742f8dd2e49196e6928f2e88abfa06b2b7cc22d7a",
    ),
    (
        "201609281615_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        240591,
        "149db9b146c5a2fa95e7f198e7d57e59e689cec777aeb05dc8d2507c2fc8336c",
    ),
    (
        "201609281620_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        240997,
        "fafb22e6d5669c1996a5458091f796cbcae44dce1c5566693b40f625b940ab37",
    ),
    (
        "201609281625_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        241419,
        "082b1e476d779aec80187a5be69d990a8dfdfc34c3b5995ddf22930bead37091",
    ),
    (
        "201609281630_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        242245,
        "70a7fb8241c7a8619e89f1a98e78f30b0d5fdc0afca216c58466a240a8258cea",
    ),
    (
        "201609281635_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        243180,
        "090284727e090437787395cebc6e5b07f3c473427f09a14132f7372ceb0316de",
    ),
    (
        "201609281640_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        243470,
        "76f84dbed9b03450e25cad4879d69b1bf69c823be25a20591496f6f8e49f0777",
    ),
    (
        "201609281645_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        243037,
        "9d4efbbb2318ccef78bffcf0049639b8587399b1cfdbbaa2bb34994aa23218b9",
    ),
    (
        "201609281650_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        242972,
        "18772c24742f6dcf5c756ece7f48451481c66fa67ad14aebe3c73710c844fb3a",
    ),
    (
        "201609281655_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        243783,
        "6fe4428740400912ff4e534018b69c1143be10abc26dddbecea85c3a2703092d",
    ),
    (
        "201609281700_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        246110,
        "dbff2c5a7f7f11694b30f1f5d82c64f9d6518f6ec5a76de483211d32b39952c0",
    ),
    (
        "201609281705_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        244471,
        "38712e2250de6dd77a199751e709973b3c46c970fc3978e6d285b1e6bb677404",
    ),
    (
        "201609281710_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        244733,
        "e180e446c4b2ef0b0a6478276297afedad427f85886f82e15b89c4db7bc68a9e",
    ),
    (
        "201609281715_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        244658,
        "0cea2b1314229ddcdfb3f72293b015196ac0f093fe95a14a1fd781eacc4c27e2",
    ),
    (
        "201609281720_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        245351,
        "2573cc6ad26c9dc64462870a7c100423e606a10cd5924b8c5a15c7cdcbb7fa78",
    ),
    (
        "201609281725_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        245470,
        "eed2ebf2025b48e5585504ae3cbb10158bd520aabea1374cb1e4e56fb043d4de",
    ),
    (
        "201609281730_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        245323,
        "2e7dd45d6f3173f726e7fba7e1b2f611d23e7a32100d03105dd3cf2c59d355db",
    ),
    (
        "201609281735_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        245368,
        "ee6381fc33f175bb8f9615841ffa7b0735433e148cd1fdd87049489ad9a8c37b",
    ),
    (
        "201609281740_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        245980,
        "cc58fe77ba19522a9d0d4b2a862bb57e28c50ceefc65e0e3b40fab94db593e2c",
    ),
    (
        "201609281745_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        246224,
        "f25a7d20bde2da18a3003d1c148389829c9a5e852edcaceb29ba54bb44ff88d5",
    ),
    (
        "201609281750_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        247157,
        "5c82fba1b9aa753ab1422125f83eb69dcd3851a7d38eed282a42216af4233af9",
    ),
    (
        "201609281755_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        246859,
        "a06a8fb4040cd10d84fd42765e8eeaa59bd4656283e244243b1ea57e79f899ce",
    ),
    (
        "201609281800_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz",
        246961,
        "d45a3e39d50688b5c6866f6413c43e98560e6abf7e221fe9eb56a601723dade0",
    ),
)
SHAPE = (1226, 760)
LONGEST = 4_000_000  # bytes that a file may unpack to
NOTHING = 255  # no radar sees there
# as the files say: their lower left corner is 18.6 E, 57.93 N; a pixel, a km here, is 999.67 m wide and 999.63 m high
CRS = "+proj=stere +lat_0=90 +lon_0=25 +lat_ts=60 +R=6371288 +x_0=380886.3 +y_0=3395677.9 +to_meter=999.65"


@register("radar_fmi")
class RadarFmi(Sequence):
    """The lowest-level composite of 28 September 2016, as rain rate, averaged to 2 km."""

    title = "Rain over Finland, radar"
    source = "Finnish Meteorological Institute composite, 2016-09-28, sample of pysteps; km from the lower left corner"
    licence = "FMI open data, sample distributed with pysteps (no licence stated there)"
    caution = "Nobody knows the true motion; rain rate by Z = 200 R^1.6 from one reflectivity a cell."
    fields = ("rain_rate",)
    regions = {
        "middle": Region("Middle Finland", (288.0, 544.0), (620.0, 876.0)),
        "south": Region("Southern Finland", (288.0, 544.0), (300.0, 556.0)),
    }
    coarsen = 2
    files = tuple(
        DataFile(f"rain/fmi_2016-09-28/{name}", sha256=digest, bytes=size, url=f"{_REPOSITORY}/{name}")
        for name, size, digest in _FILES
    )

    @property
    def frames(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex([pd.to_datetime(name[:12], format="%Y%m%d%H%M") for name, *_ in _FILES])

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`rain_rate` (y, x) in mm h-1 of one time, NaN where no radar sees; raises DataMissing."""
        stored = _image(local(self.files[int(self.frames.get_loc(time))]))
        decibel = (stored.astype(np.float32) - 64) / 2
        rate = np.where(decibel < 7, 0, (10 ** (decibel / 10) / 200) ** (1 / 1.6))
        rate = np.where(stored == NOTHING, np.nan, rate).astype(np.float32)
        y, x = np.arange(SHAPE[0])[::-1] + 0.5, np.arange(SHAPE[1]) + 0.5
        return netcdf.dataset({"rain_rate": netcdf.field(rate, "rain_rate")}, y, x, "km", CRS)


def _image(path) -> np.ndarray:
    """The 8-bit values of a packed portable grey map, (y, x), first row north; raises InputError."""
    try:
        with gzip.open(path) as stream:
            content = stream.read(LONGEST)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"The file {path.name} cannot be read; fetch it anew.") from error
    count = SHAPE[0] * SHAPE[1]
    if not content.startswith(b"P5") or len(content) < count:
        raise InputError(f"The file {path.name} is no composite of {SHAPE[0]} x {SHAPE[1]} cells; fetch it anew.")
    return np.frombuffer(content[-count:], np.uint8).reshape(SHAPE)
