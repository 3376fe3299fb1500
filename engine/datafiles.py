"""stub while being written"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DataFile:
    path: str
    sha256: str
    bytes: int
    url: str = ""
    wheel: str = ""

    def here(self):
        return False
