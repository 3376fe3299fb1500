"""How much the page lets one person, and all together, ask of this server; `finescale serve` sets it."""

import time
from collections import deque
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from engine.errors import InputError

if TYPE_CHECKING:
    from engine.methods import Method


@dataclass
class Limits:
    """What is allowed; the defaults are for somebody at their own machine.

    at_once: slow runs that take turns, the others wait in line; turn: seconds of its own steps after which a slow run
    goes back to the end of that line if somebody waits there; queue: how many may wait to begin (of evaluations as many
    as both take turns); sessions: pages open; members: of one ensemble; cells: of one field; seconds: of one run, or of
    one scene of an evaluation; runs: slow ones, or evaluations, that one page starts in a minute;
    cache: bytes of results that all pages share; upload: bytes of one file.
    """

    at_once: int = 2
    turn: float = 5.0
    queue: int = 100
    sessions: int = 1000
    members: int = 64
    cells: int = 100_000_000
    seconds: float = inf
    runs: int = 600
    cache: int = 400_000_000
    upload: int = 1_000_000_000


LIMITS = Limits()


def members(method: "Method") -> int:
    """How many fields a method draws.

    Args:
        method: One that has `members`.

    Returns:
        Their number.
    """
    return method.param.values()["members"]


def tighten(method: "Method") -> "Method":
    """The method, with no more members than are allowed.

    Args:
        method: The method, changed in place, its bounds too.

    Returns:
        The method that was given.
    """
    if "members" in method.param and (bounds := method.param["members"].bounds):
        low, high = bounds
        most = max(low or 1, LIMITS.members if high is None else min(high, LIMITS.members))
        method.param.update(members=min(members(method), most))
        method.param["members"].bounds = (low, most)
    return method


class Pace:
    """How often one page starts slow runs and evaluations."""

    def __init__(self):
        self._begun: deque[float] = deque()  # within the last minute

    def count(self) -> None:
        """Note that one starts; raises InputError where this page has started too many within a minute."""
        now = time.monotonic()
        while self._begun and now - self._begun[0] > 60:
            self._begun.popleft()
        if len(self._begun) >= LIMITS.runs:
            left = 60 - (now - self._begun[0])
            raise InputError(f"This page has started {LIMITS.runs} runs within a minute: wait {left:.0f} s.")
        self._begun.append(now)
