"""Land surface temperature and vegetation index of an oasis, one Landsat scene at 120 m."""

import numpy as np
import pandas as pd
import torch
import xarray as xr
from rasterio.transform import Affine

from engine.datafiles import DataFile, local
from engine.grid import Region
from engine.observation.kernels import RadianceMean
from engine.scenes import register
from engine.scenes.shared import netcdf, raster
from engine.scenes.shared.undated import Undated

_REPOSITORY = "https://raw.githubusercontent.com/zhengjie9510/tvdi/549dc7a5425c21692c8b9b0d14c0dd537899f533/data"
COARSEN = 4  # 30 m, at which the temperature is interpolated from pixels of about 100 m, to 120 m
CRS = "+proj=utm +zone=47 +datum=WGS84 +units=km"  # EPSG:32647, as the files say


@register("lst_tvdi")
class LandsatOasis(Undated):
    """Temperature by mean radiance and NDVI by its mean over 120 m cells; their files' grids differ by 30 m at the end.

    Trained is the north; what lies south of 4302.3 km, behind 1.2 km that nobody sees, is held out.
    """

    title = "Oasis and desert, Landsat, 120 m"
    kind = "observed"
    source = "Landsat surface temperature and NDVI, as distributed with tvdi (UTM zone 47N, the Heihe basin, China)"
    licence = "Repository under MIT; Landsat: U.S. Geological Survey, public domain"
    caution = "One scene, without its date or how the temperature was retrieved."
    fields = ("lst",)
    guides = ("ndvi",)
    labels = ("undated scene",)
    regions = {
        "south": Region("South", (606.98, 637.0), (4287.9, 4302.3)),
        "north": Region("North (trained)", (606.98, 637.0), (4303.5, 4317.91)),
        "scene": Region("Whole scene (half trained)", (606.98, 637.0), (4287.9, 4317.91)),
    }
    splits = {"test": ("1970-01-01", "1970-01-01")}
    trained_on = Region("North", (606.98, 637.0), (4303.5, 4317.91))
    degradation = "radiance_mean"
    factors = (4, 2, 8)
    files = (
        DataFile(
            "lst/tvdi/lst.tif",
            sha256="8baaf516818ccebc14ad69772fa5e8e3fa2007257cd9f9c36e0357c5f893b94d",
            bytes=4008385,
            url=f"{_REPOSITORY}/lst.tif",
        ),
        DataFile(
            "lst/tvdi/ndvi.tif",
            sha256="1b8d7f01ae120603856fb9bf4dccc37679fd4b0fae72c62f28a04fb09334b538",
            bytes=4039530,
            url=f"{_REPOSITORY}/ndvi.tif",
        ),
    )

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """`lst` (K) and `ndvi` (1), each (y, x), as asked; raises DataMissing where a file has to be fetched first."""
        stored = raster.band(local(self.files[0]))
        centres = {axis: stored[axis].values.reshape(-1, COARSEN).mean(axis=1) / 1000 for axis in ("y", "x")}
        fields = {}
        if "lst" in variables:
            mean = RadianceMean(COARSEN, 0.12).apply(torch.as_tensor(np.where(stored > 0, stored, np.nan)))
            fields["lst"] = netcdf.field(mean.numpy().astype(np.float32), "lst")
        if "ndvi" in variables:
            index = raster.band(local(self.files[1]))
            fine = stored.attrs["transform"]
            cells = Affine(COARSEN * fine.a, 0.0, fine.c, 0.0, COARSEN * fine.e, fine.f)
            known = index.where(index != 0)  # exactly 0 is missing
            fields["ndvi"] = netcdf.field(
                raster.averaged(known, cells, (stored.sizes["y"] // COARSEN, stored.sizes["x"] // COARSEN)), "ndvi"
            )
        return netcdf.dataset(fields, centres["y"], centres["x"], "km", CRS)
