"""Zarr, versions 2 and 3, in a folder or behind an address. Objects are never decoded. Runs in the child."""

import base64
import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import zarr

from engine.errors import InputError
from engine.reading.stored import Stored, attribute

ALONE = "array"  # name of one without a group
MOMENTS = {"[ns]": "nanoseconds", "[us]": "microseconds", "[ms]": "milliseconds", "4[s]": "seconds"}
DEEPEST = 5  # groups within groups
MOST_FOLDERS = 5000
LARGEST_DOCUMENT = 32 << 20  # bytes of one metadata document
MOST_PARTS = 1_000_000  # of a shard
CODECS = {
    "blosc", "zlib", "gzip", "bz2", "lzma", "zstd", "lz4", "delta", "fixedscaleoffset", "shuffle", "bitround",
    "quantize", "packbits", "astype", "crc32", "crc32c", "adler32", "fletcher32",
}  # fmt: skip
CODECS_3 = {"bytes", "transpose", "sharding_indexed", *CODECS, *(f"numcodecs.{name}" for name in CODECS)}


class Opened(Stored):
    """A hierarchy; arrays of groups are named 'group/array'."""

    kind = "Zarr"

    def __init__(self, place: str):
        super().__init__()
        self.arrays: dict[str, zarr.Array] = {}
        self.store: Any = self._store(place)
        self.attrs, arrays = self._listed() if isinstance(self.store, _Remote) else self._found()
        self.alone = "" in arrays
        for name, (document, attrs) in arrays.items():
            self._array(name or ALONE, document, attrs)

    @staticmethod
    def _store(place: str) -> Any:
        return _Remote(place) if "://" in place else _Folder(os.path.realpath(place))

    def _array(self, name: str, document: dict, attrs: dict) -> None:
        try:
            dtype, chunk = vetted(document)
            shape = [int(size) for size in document["shape"]]
        except InputError as error:
            self.left_out[name] = str(error)
            return
        known = {key: attribute(value) for key, value in attrs.items()}
        names = document.get("dimension_names") or attrs.get("_ARRAY_DIMENSIONS")
        self._fill(known, document, dtype, "_ARRAY_DIMENSIONS" in attrs and names != [name])
        if not isinstance(names, list) or len(names) != len(shape) or not all(isinstance(one, str) for one in names):
            names = [f"{name}_dim_{i}" for i in range(len(shape))]
        if dtype.kind == "M":
            dtype, known["units"] = np.dtype("<i8"), f"{MOMENTS.get(str(dtype)[-4:], 'days')} since 1970-01-01"
        self.add(name, names, shape, dtype, {key: value for key, value in known.items() if value is not None}, chunk)

    @staticmethod
    def _fill(attrs: dict, document: dict, dtype: np.dtype, by_xarray: bool) -> None:
        """The missing value: xarray writes it into version 2's own field, and in base64 into version 3's attributes."""
        fill = attrs.get("_FillValue")
        if isinstance(fill, str) and dtype.kind == "f":
            try:
                attrs["_FillValue"] = attribute(struct.unpack("<d", base64.b64decode(fill, validate=True))[0])
            except (ValueError, struct.error):
                del attrs["_FillValue"]
        elif fill is None and by_xarray and isinstance(document.get("fill_value"), (int, float)):
            attrs["_FillValue"] = attribute(document["fill_value"])

    def _found(self) -> tuple[dict, dict]:
        """Attributes and arrays of a folder, by walking through it; no link is followed."""
        arrays = {}
        attrs: dict = {}
        for count, (name, inner, files) in enumerate(self.store.walk()):
            if count > MOST_FOLDERS or name.count("/") >= DEEPEST:
                raise InputError("It is no Zarr, or its groups are nested too deep.")
            prefix = f"{name}/" if name else ""
            node = self._document(f"{prefix}zarr.json") if "zarr.json" in files else {}
            more = self._document(f"{prefix}.zattrs") if ".zattrs" in files else node.get("attributes", {})
            if ".zarray" in files or node.get("node_type") == "array":
                arrays[name] = (node or self._document(f"{prefix}.zarray"), more)
                inner.clear()
            elif not name:
                attrs = more
        return {name: attribute(value) for name, value in attrs.items()}, arrays

    def _listed(self) -> tuple[dict, dict]:
        """Attributes and arrays of an address, from its consolidated metadata."""
        node = self._document("zarr.json", missing=True)
        if node:
            inside = (node.get("consolidated_metadata") or {}).get("metadata") or {}
            arrays = {name: part for name, part in inside.items() if part.get("node_type") == "array"}
            arrays |= {"": node} if node.get("node_type") == "array" else {}
            found = {name: (part, part.get("attributes", {})) for name, part in arrays.items()}
            attrs = node.get("attributes", {})
        else:
            parts = self._document(".zmetadata", missing=True).get("metadata", {})
            names = [name.removesuffix(".zarray") for name in parts if name.rpartition("/")[2] == ".zarray"]
            found = {name.rstrip("/"): (parts[f"{name}.zarray"], parts.get(f"{name}.zattrs", {})) for name in names}
            attrs = parts.get(".zattrs", {})
        if not found:
            raise InputError("Nothing at this address is a Zarr with consolidated metadata.")
        for name in found:
            require_inside(name)
        return {name: attribute(value) for name, value in attrs.items()}, found

    def _document(self, key: str, missing: bool = False) -> dict:
        raw = self.store.small(key)
        if raw is None and missing:
            return {}
        try:
            document = json.loads(raw or b"")
        except (ValueError, RecursionError):
            raise InputError(f"Its metadata {key} cannot be read.") from None
        if not isinstance(document, dict):
            raise InputError(f"Its metadata {key} cannot be read.")
        return document

    def fetch(self, name: str, key: tuple[slice, ...]) -> np.ndarray:
        if name not in self.arrays:
            inside = filter(None, (self.store.base, "" if name == ALONE and self.alone else name))
            array = zarr.open_array(self.store.zarr, path="/".join(inside), mode="r")
            vetted(array.metadata.to_dict())  # what was listed need not be what is there
            self.arrays[name] = array
        values = np.asarray(self.arrays[name][key])
        return values.view("i8") if values.dtype.kind == "M" else values


class _Folder:
    """Metadata and chunks of a folder, nothing that lies outside of it."""

    base = ""

    def __init__(self, root: str):
        self.root = root
        self.zarr = _Inside(root, read_only=True)

    def walk(self) -> Iterator[tuple[str, list[str], list[str]]]:
        """Name below the root, folders and files of every folder; those taken away from the list are left out."""
        for folder, inner, files in os.walk(self.root):
            yield Path(folder).relative_to(self.root).as_posix().removeprefix("."), inner, files

    def small(self, key: str) -> bytes | None:
        require_inside(key, self.root)
        with open(os.path.join(self.root, key), "rb") as stream:
            return stream.read(LARGEST_DOCUMENT)


class _Inside(zarr.storage.LocalStore):
    """A folder whose links do not lead out of it."""

    async def get(self, key, *arguments, **more):
        require_inside(key, str(self.root))
        return await super().get(key, *arguments, **more)


class _Remote:
    """Metadata and chunks behind an address, by fsspec."""

    base = ""

    def __init__(self, address: str):
        options = {"anon": True} if address.startswith("s3:") else {}
        self.files, self.path = fsspec.core.url_to_fs(address.rstrip("/"), **options)
        self.zarr = zarr.storage.FsspecStore.from_url(address.rstrip("/"), storage_options=options, read_only=True)

    def small(self, key: str) -> bytes | None:
        try:
            with self.files.open(f"{self.path}/{key}", "rb", cache_type="none", block_size=0) as stream:
                return stream.read(LARGEST_DOCUMENT)
        except FileNotFoundError:
            return None


def require_inside(key: str, root: str = "") -> None:
    """Raise for a name that leads out of its hierarchy, by dots or by a link.

    Args:
        key: the name, parts joined by '/'.
        root: the resolved folder; '': links are not looked at.

    Raises:
        InputError: it leads out.
    """
    parts = key.split("/")
    if key.startswith("/") or {"..", "."} & set(parts) or "\\" in key or "\0" in key:
        raise InputError("It holds names that lead out of it.")
    if root and not os.path.realpath(os.path.join(root, key)).startswith(root + os.sep):
        raise InputError("It holds links that lead out of it.")


def vetted(document: dict) -> tuple[np.dtype, list[int]]:
    """Type and chunk of an array that can be decoded without harm.

    Args:
        document: the array's metadata, of version 2 or 3.

    Returns:
        (dtype, cells that are decoded at once by dimension).

    Raises:
        InputError: in words that follow the array's name: its type or codecs are not decoded, or its chunks do not fit.
    """
    try:
        version_2 = document.get("zarr_format") == 2
        kind = document["dtype"] if version_2 else document["data_type"]
        dtype = np.dtype(str(kind))
        if version_2:
            grid, codecs = document["chunks"], [document.get("compressor"), *(document.get("filters") or [])]
            names = [codec["id"] for codec in codecs if codec]
        else:
            grid = document["chunk_grid"]["configuration"]["chunk_shape"]
            names, grid = _codecs(document["codecs"], grid)
        chunk = [int(size) for size in grid]
        shape = [int(size) for size in document["shape"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError("is of a type that is not known here") from None
    unknown = [str(name)[:40] for name in names if name not in (CODECS if version_2 else CODECS_3)]
    if dtype.kind not in "iufbM" or unknown:
        raise InputError(f"is stored as {', '.join(unknown) or 'objects'}, which is not decoded")
    if len(chunk) != len(shape) or min([*chunk, 1]) < 1 or min([*shape, 0]) < 0:
        raise InputError("has chunks that do not fit its shape")
    return dtype, chunk


def _codecs(codecs: list[dict], grid: list[int]) -> tuple[list[str], list[int]]:
    """Names of all codecs, those inside of shards too, and the shape of what is decoded at once."""
    names = []
    for codec in codecs:
        names.append(codec["name"])
        inside = codec.get("configuration") or {}
        if codec["name"] == "sharding_indexed":
            part = [int(size) for size in inside["chunk_shape"]]
            if np.prod([-(-whole // one) for whole, one in zip(grid, part, strict=True)], dtype=float) > MOST_PARTS:
                raise ValueError("a shard of too many parts")
            more, grid = _codecs([*inside["codecs"], *inside.get("index_codecs", [])], part)
            names += more
    return names, grid
