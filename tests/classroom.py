"""A class at the page: students without browsers who change date or method every few seconds, and what they noticed."""

import asyncio
import random
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import psutil
from visitors import Visitor, finished

from engine import derived, methods, scenes

CHEAP = {"Nearest": "nearest", "Bilinear": "bilinear", "Bicubic": "bicubic"}
PAUSE = (2.0, 5.0)  # s between a picture and the next change
ARRIVAL = 3.0  # s between two who open the page


@dataclass
class Lesson:
    """What a class has seen: seconds of every answer and of every opening, MB of the server, what went wrong."""

    answers: list[float] = field(default_factory=list)
    openings: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        answers = sorted(self.answers)
        late, opened = answers[int(0.9 * len(answers))], sorted(self.openings)
        return (
            f"{len(answers)} changes by {len(opened)} students: median {statistics.median(answers):.2f} s, "
            f"nine of ten within {late:.2f} s, worst {answers[-1]:.2f} s; first picture after "
            f"{statistics.median(opened):.1f} s (worst {opened[-1]:.1f} s); "
            f"memory {self.memory[0]:.0f} MB at first, {max(self.memory):.0f} at most, {self.memory[-1]:.0f} at last"
        )


def lesson(
    address: str, process: int, students: int, seconds: float, arrival: float = ARRIVAL, cookie: str = ""
) -> Lesson:
    """Let students come one after another to the page at `address` and work, for so long after the last has come.

    process: which serves, with its children; arrival: s between two who come; cookie: what lets them in.
    """
    seen = Lesson()

    async def all_of_them() -> None:
        bell = Bell(students, seconds)
        watch = asyncio.create_task(_watch(process, seen))
        pages = [Visitor(address, cookie=cookie) for _ in range(students)]
        await asyncio.gather(*(_student(n, n * arrival, page, bell, seen) for n, page in enumerate(pages)))
        watch.cancel()

    finished(all_of_them())
    return seen


class Bell:
    """Rings so many seconds after the last of all has come."""

    def __init__(self, awaited: int, seconds: float):
        self.awaited, self.seconds, self.last = awaited, seconds, 0.0

    def come(self) -> None:
        self.awaited, self.last = self.awaited - 1, time.monotonic()

    @property
    def rung(self) -> bool:
        return self.awaited == 0 and time.monotonic() > self.last + self.seconds


async def _student(number: int, comes: float, page: Visitor, bell: Bell, seen: Lesson) -> None:
    dice = random.Random(number)
    try:
        await asyncio.sleep(comes)
        start = time.monotonic()
        try:
            await page.open()
        finally:
            bell.come()
        seen.openings.append(time.monotonic() - start)
        asked = {"time": page.address["time"], "method": page.address["method"]}
        while not bell.rung:
            await asyncio.sleep(dice.uniform(*PAUSE))
            seen.answers.append(await _change(page, asked, dice))
        await asyncio.sleep(1)
        _check(page, asked, seen)
        await page.close()
    except Exception as error:
        seen.wrong.append(f"student {number}: {type(error).__name__} {error}")


async def _change(page: Visitor, asked: dict[str, str], dice: random.Random) -> float:
    """Take another date or another method; s until its picture is there."""
    dates = [str(date.date()) for date in scenes.get("ocean_run").times if date.year == 2005]
    if dice.random() < 0.6:
        asked["time"] = dice.choice([date for date in dates if date != asked["time"]])
        await page.change("Date", page.options("Date").index(asked["time"]))
    else:
        label = dice.choice([label for label, key in CHEAP.items() if key != asked["method"]])
        asked["method"] = CHEAP[label]
        await page.change("Method", label)
    return await page.picture(**asked)


def _check(page: Visitor, asked: dict[str, str], seen: Lesson) -> None:
    """What is on the screen in the end is what was asked for last, to a ten-thousandth of its range."""
    scene = scenes.open("ocean_run", time=asked["time"], factor=27)
    made = methods.create(asked["method"]).predict(scene.problem)[scene.variable]
    wanted = derived.derive(made, "vorticity").values  # as the page opens
    cells = [((np.arange(n) + 0.5) * m / n).astype(int) for n, m in zip(page.values.shape, wanted.shape, strict=True)]
    same = np.allclose(page.values, wanted[np.ix_(*cells)], rtol=0, atol=1e-4 * np.ptp(wanted), equal_nan=True)
    if not asked.items() <= page.address.items() or not same:
        seen.wrong.append(f"asked for {asked}, the address says {page.address}")


async def _watch(process: int, seen: Lesson) -> None:
    """Note the memory of the server every second."""
    while True:
        seen.memory.append(sum(map(_resident, _family(process))))
        await asyncio.sleep(1)


def _family(process: int) -> Iterable[psutil.Process]:
    parent = psutil.Process(process)
    return [parent, *parent.children()]


def _resident(process: psutil.Process) -> float:
    """MB that are this process's own; what it shares with its parent is counted there."""
    return process.memory_full_info().uss / 1e6
