"""Where things lie: the shipped assets, the user's cache, the offline mirror."""

import os
from pathlib import Path

import platformdirs


def assets() -> Path:
    """Folder of shipped weights and scenes: inside the wheel, or beside the packages in a checkout."""
    here = Path(__file__).resolve().parent
    return here / "assets" if (here / "assets").is_dir() else here.parent / "assets"


def cache() -> Path:
    """The user's cache folder (environment variable FINESCALE_CACHE, else the platform's own)."""
    return Path(os.environ.get("FINESCALE_CACHE") or platformdirs.user_cache_dir("finescale"))


def own_runs(name: str) -> list[Path]:
    """The user's own simulations; not the ones that are being written.

    Args:
        name: what their files begin with.

    Returns:
        NetCDF files of the cache's folder `runs`, sorted.
    """
    found = sorted((cache() / "runs").glob(f"{name}*.nc"))
    return [path for path in found if ".unfinished" not in path.suffixes]


def mirror() -> Path | None:
    """A local folder holding the catalogue's files (environment variable FINESCALE_DATA), or None."""
    folder = os.environ.get("FINESCALE_DATA")
    return Path(folder) if folder else None
