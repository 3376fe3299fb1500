"""GeoTIFF: one variable per band, the axes from the transform. Only the driver of that format, no file beside it."""

import numpy as np
import rasterio
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from engine.errors import InputError
from engine.reading.stored import Stored, attribute

OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_CACHEMAX": 64, "GDAL_PAM_ENABLED": "NO"}


class Opened(Stored):
    """A file; its first row is the first of y."""

    kind = "GeoTIFF"

    def __init__(self, place: str):
        super().__init__()
        self.options = rasterio.Env(**OPTIONS)
        self.options.__enter__()
        self.file = rasterio.open(place, driver="GTiff")
        self.attrs = {name: attribute(text) for name, text in self.file.tags().items()}
        for band in self.file.indexes:
            self._band(band)
        if not self.file.transform.is_identity:
            self._axes()

    def _band(self, band: int) -> None:
        file, at = self.file, band - 1
        attrs: dict = {"long_name": attribute(file.descriptions[at] or f"band {band}"), "grid_mapping": "spatial_ref"}
        if file.units[at]:
            attrs["units"] = attribute(file.units[at])
        if file.nodatavals[at] is not None:
            attrs["_FillValue"] = attribute(file.nodatavals[at])
        if (file.scales[at], file.offsets[at]) != (1.0, 0.0):
            attrs |= {"scale_factor": attribute(file.scales[at]), "add_offset": attribute(file.offsets[at])}
        dtype = np.dtype(np.float32 if self._masked(band) else file.dtypes[at])
        self.add(f"band_{band}", ["y", "x"], list(file.shape), dtype, attrs, list(file.block_shapes[at]))

    def _masked(self, band: int) -> bool:
        """Whether missing cells are told by a mask inside the file."""
        flags = self.file.mask_flag_enums[band - 1]
        return MaskFlags.per_dataset in flags and MaskFlags.nodata not in flags

    def _axes(self) -> None:
        where, crs = self.file.transform, self.file.crs
        if where.b or where.d:
            raise InputError("Its rows do not run along an axis: warp it to one first, with gdalwarp.")
        flat = crs is not None and crs.is_geographic
        for name, start, step, size in (
            ("x", where.c, where.a, self.file.width),
            ("y", where.f, where.e, self.file.height),
        ):
            axis = {"axis": name.upper()}
            if flat:
                axis |= {"standard_name": {"x": "longitude", "y": "latitude"}[name], "units": "degrees"}
            elif crs is not None:
                axis |= {"standard_name": f"projection_{name}_coordinate", "units": "crs"}
            self.variables[name] = {
                "dims": [name], "shape": [size], "dtype": "<f8", "attrs": axis, "linear": [start + step / 2, step],
            }  # fmt: skip
        if crs is not None:
            wkt = {"crs_wkt": crs.to_wkt()}
            self.variables["spatial_ref"] = {"dims": [], "shape": [], "dtype": "<i4", "attrs": wkt}

    def fetch(self, name: str, key: tuple[slice, ...]) -> np.ndarray:
        """As in Stored; with a step the cells are thinned by nearest neighbour, from the file's own overviews."""
        band, (rows, columns) = int(name.removeprefix("band_")), key
        window = Window.from_slices((rows.start, rows.stop), (columns.start, columns.stop))
        shape = tuple(len(range(part.start, part.stop, part.step)) for part in key)
        values = self.file.read(band, window=window, out_shape=shape)
        if not self._masked(band):
            return values
        return np.where(self.file.read_masks(band, window=window, out_shape=shape) > 0, values, np.nan).astype("f4")
