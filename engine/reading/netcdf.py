"""NetCDF, versions 3 and 4, and HDF5. Nothing outside the file is followed. Runs in the child."""

import contextlib
import os
import warnings

import h5py
import netCDF4
import numpy as np
from scipy.io import netcdf_file

from engine.errors import InputError
from engine.reading.stored import Stored, attribute

DEEPEST = 8  # groups within groups
MOST_OBJECTS = 20_000


class Opened(Stored):
    """A file; variables of groups are named 'group/variable'."""

    kind = "NetCDF"

    def __init__(self, place: str):
        super().__init__()
        if h5py.is_hdf5(place):
            require_self_contained(place)
        else:
            require_whole(place)
        self.file = netCDF4.Dataset(place, "r")
        self.file.set_auto_maskandscale(False)
        self.file.set_auto_chartostring(False)
        self.attrs = _attributes(self.file)
        self._walk(self.file, DEEPEST)

    def _walk(self, group: netCDF4.Dataset, depth: int) -> None:
        if depth == 0:
            raise InputError(f"Its groups are nested more than {DEEPEST} deep.")
        inside = group.path.strip("/")
        for name, variable in group.variables.items():
            full = f"{inside}/{name}" if inside else name
            if not isinstance(variable.dtype, np.dtype) or not isinstance(variable.datatype, np.dtype):
                self.left_out[full] = "holds no numbers"
                continue
            dims = ["/".join(filter(None, (d.group().path.strip("/"), d.name))) for d in variable.get_dims()]
            chunk = variable.chunking() if self.file.data_model.startswith("NETCDF4") else "contiguous"
            stored = list(map(int, chunk)) if isinstance(chunk, list) else []
            self.add(full, dims, list(map(int, variable.shape)), variable.dtype, _attributes(variable), stored)
        for inner in group.groups.values():
            self._walk(inner, depth - 1)

    def fetch(self, name: str, key: tuple[slice, ...]) -> np.ndarray:
        return self.file[name][key]


def _attributes(owner: netCDF4.Dataset | netCDF4.Variable) -> dict:
    found = {}
    for name in owner.ncattrs():
        with contextlib.suppress(
            AttributeError, KeyError, RuntimeError, TypeError, ValueError
        ):  # of types unknown here
            value = attribute(owner.getncattr(name))
            if value is not None:
                found[name] = value
    return found


def require_self_contained(place: str) -> None:
    """Raise for an HDF5 file that has parts in other files, or groups that contain each other.

    Args:
        place: path of the file.

    Raises:
        InputError: it has, or holds too many objects.
    """
    seen: set[int] = set()
    with h5py.File(place, "r") as file:
        waiting = [file.id]
        while waiting:
            group = waiting.pop()
            here = h5py.h5o.get_info(group).addr
            if here in seen:
                raise InputError("Its groups contain each other.")
            seen.add(here)
            if len(seen) > MOST_OBJECTS:
                raise InputError(f"It holds more than {MOST_OBJECTS} objects.")
            for name in group:
                item = _inside(group, name)
                if isinstance(item, h5py.h5g.GroupID):
                    waiting.append(item)
                elif isinstance(item, h5py.h5d.DatasetID):
                    _require_inside(item, name)


def require_whole(place: str) -> None:
    """Raise for a classic file that ends before its last value: the library would make up the rest.

    Args:
        place: path of the file; one of another kind passes.

    Raises:
        InputError: it is cut off, or damaged.
    """
    with open(place, "rb") as stream:
        if stream.read(4) not in (b"CDF\x01", b"CDF\x02"):
            return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is closed with views of it left
            netcdf_file(place, mmap=True).close()
    except (ValueError, TypeError, IndexError, EOFError) as error:
        raise InputError("It is cut off, or damaged.") from error


def _inside(group: h5py.h5g.GroupID, name: bytes):
    """What a link leads to, None for a soft link; raises InputError for one that leads out of the file."""
    kind = group.links.get_info(name).type
    if kind == h5py.h5l.TYPE_HARD:
        return h5py.h5o.open(group, name)
    if kind == h5py.h5l.TYPE_SOFT:
        return None
    raise InputError(f"Its part {_text(name)} lies in another file, which is not followed.")


def _require_inside(item: h5py.h5d.DatasetID, name: bytes) -> None:
    how = item.get_create_plist()
    if how.get_layout() == h5py.h5d.VIRTUAL or how.get_external_count():
        raise InputError(f"The values of {_text(name)} lie in another file, which is not followed.")


def _text(name: bytes) -> str:
    return repr(os.fsdecode(name)[:60])
