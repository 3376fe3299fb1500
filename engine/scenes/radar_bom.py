"""Rain near Brisbane, Australia, by radar, every ten minutes."""

import numpy as np
import pandas as pd
import xarray as xr

from engine.datafiles import DataFile, local
from engine.grid import Region
from engine.scenes import register
from engine.scenes.shared import netcdf
from engine.scenes.shared.sequence import Sequence

_REPOSITORY = (
    "https://raw.githubusercontent.com/pySTEPS/pysteps-data/eaa59fb8f39205a3b1a0b44724ad8cd4a86d107e/"
    "radar/bom/prcp-c10/66/2020/10/31"
)
_FILES = (
    ("66_20201031_040000.prcp-c10.nc", 94285, "6e1caca3b07dcf3b1de2f773a92e0ae743034e5dfc312175b9767c4cd4b423be"),
    ("66_20201031_041000.prcp-c10.nc", 98649, "90252df75de08e924f4da642c06fbe8b53b9e6160cd94f3b8cb23432e523a1d1"),
    ("66_20201031_042000.prcp-c10.nc", 104689, "6fe842db1b759da12c4cc18331bd5d876976346dc67845d5857692cb3b1857a3"),
    ("66_20201031_043000.prcp-c10.nc", 106099, "4f029c241ad416f0e4f1c05d2bab5989d24103c34612be727619c694f7878f4a"),
    ("66_20201031_044000.prcp-c10.nc", 109225, "b6082268893cda107bb86b2afe0cabd5cae1c1061cd5aac5733537aa6337ceb8"),
    ("66_20201031_045000.prcp-c10.nc", 109058, "1151604143c8f8638baa518653b55c7880dcdf1786bec090f2af4b7f54f83274"),
    ("66_20201031_050000.prcp-c10.nc", 112616, "f535e949e5cbb29b497d2b849c1fe31255c740b4f3c9b2883e3ed0db9d07a790"),
    ("66_20201031_051000.prcp-c10.nc", 120957, "9db62e69171268016c439947e488408d4f1c979e378dbaee5aec448b7cb4a2c7"),
    ("66_20201031_052000.prcp-c10.nc", 123664, "81d5d6459be83ef55f9fc3aecb26d27c6621288576ca412e3ded90dead729b0f"),
    ("66_20201031_053000.prcp-c10.nc", 124674, "b7c8ba49d22433711eeff204b397d3f6704b218e85725c4e0c8349c0702a5b25"),
    ("66_20201031_054000.prcp-c10.nc", 132514, "28a3f8aa96e6c072e074685544ebed820d00eb995640bdf7bff07e752ac8b2cd"),
    ("66_20201031_055000.prcp-c10.nc", 133466, "f53531e5cbc07f658fed718067c55940298963100c9da01db0f6a4bf9148931a"),
    ("66_20201031_060000.prcp-c10.nc", 126005, "621ee6afce7ef8cb35a91fdfb78815269dc16edcce96e58b11ce19d42e3a9e94"),
    ("66_20201031_061000.prcp-c10.nc", 122493, "d0ab5eef4262966dc3e23944462db2082f3ef90b8f8da2e03ab0675bf29a108c"),
    ("66_20201031_062000.prcp-c10.nc", 122273, "86ea9a5eb4d566e9ba7093b51fc01aa14590c846ac2c46969ec534fb4fa938d2"),
    ("66_20201031_063000.prcp-c10.nc", 121682, "4ac31414f565030c43afe33e5362a7b36ed52201a2bb6bc2cc7ffefe8d23cfed"),
    ("66_20201031_064000.prcp-c10.nc", 123352, "7509f8b82743c142671f24609df691de2eff1022b16e92bc31b4bb6f3355fb37"),
    ("66_20201031_065000.prcp-c10.nc", 125366, "c84aad94d65ee00e1f8c6b35ce14c5b05ec767a706f06d841be51869872bbf30"),
    ("66_20201031_070000.prcp-c10.nc", 126384, "98fb2719bd751b3d82f540b51a9397dfd44a6c3ddda5c4a02bf4aa937fbf180d"),
    ("66_20201031_071000.prcp-c10.nc", 126814, "054308c630f6463a94d46bc1511d85c259130677c19e0eeccee63646291edecf"),
    ("66_20201031_072000.prcp-c10.nc", 127149, "841fd40c3272f8294a280b7729d508f9a17efe47c07f85ba6a41a4cb19922f9a"),
    ("66_20201031_073000.prcp-c10.nc", 121189, "23eb707a8b9b7efc27087c466edd4346dd4375a0c95531f1b0e46f7765f6004c"),
    ("66_20201031_074000.prcp-c10.nc", 119736, "c70aa87b5bcfd44698f380b93d135b0a9c38e10543b7a5db1d82a9260ea13e38"),
    ("66_20201031_075000.prcp-c10.nc", 115084, "461b3a28b41715138c5abb888cd36414ea8ca53af97e1f9de4b3cf799845a985"),
    ("66_20201031_080000.prcp-c10.nc", 103869, "e2771ff6488241fd9ed9985cb57850d31fdf16459d83fdf12cd74a907d20d8f0"),
)
CRS = "+proj=aea +lat_1=-26.2 +lat_2=-29.3 +lat_0=-27.7178 +lon_0=153.24 +ellps=GRS80 +units=km"  # as the files say


@register("radar_bom")
class RadarBom(Sequence):
    """Four hours of 31 October 2020 around the radar at Mount Stapylton, averaged to 1 km."""

    title = "Rain near Brisbane, radar"
    source = "Bureau of Meteorology radar 66 (Rainfields 3), 2020-10-31, research sample of pysteps; km from the radar"
    licence = "Copyright Commonwealth of Australia, Bureau of Meteorology: research sample of pysteps"
    caution = "Nobody knows the true motion; ten minutes are long for showers, which grow and die meanwhile."
    fields = ("rain_rate",)
    regions = {
        "inner": Region("Inner 128 km", (-64.0, 64.0), (-64.0, 64.0)),
        "north": Region("North", (-64.0, 64.0), (0.0, 128.0)),
        "box": Region("All that the radar sees", (-128.0, 128.0), (-128.0, 128.0)),
    }
    coarsen = 2
    files = tuple(
        DataFile(f"rain/bom_2020-10-31/{name}", sha256=digest, bytes=size, url=f"{_REPOSITORY}/{name}")
        for name, size, digest in _FILES
    )

    @property
    def frames(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex([pd.to_datetime(name[3:18], format="%Y%m%d_%H%M%S") for name, *_ in _FILES])

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`rain_rate` (y, x) in mm h-1, the mean of the ten minutes before a time; raises DataMissing."""
        path = local(self.files[int(self.frames.get_loc(time))])
        stored = netcdf.packed(path, ("precipitation", "y", "x"))
        rate = 6 * np.maximum(netcdf.unpack(stored["precipitation"]), 0)  # kg m-2 in ten minutes
        return netcdf.dataset(
            {"rain_rate": netcdf.field(rate, "rain_rate")}, stored["y"].values, stored["x"].values, "km", CRS
        )
