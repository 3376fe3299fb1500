"""Where tensors are computed: what FINESCALE_DEVICE names, else the accelerator that PyTorch finds, else the CPU."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import torch

from engine.errors import InputError

VARIABLE = "FINESCALE_DEVICE"
CPU = torch.device("cpu")
SHORT = ("out of memory", "can't allocate memory", "out_of_device_memory", "alloc_failed")  # as backends say it
T = TypeVar("T")
_in_use: ContextVar[torch.device | None] = ContextVar("device", default=None)


def available() -> list[torch.device]:
    """The devices of this machine, the CPU first."""
    kind = torch.accelerator.current_accelerator()  # of this build of PyTorch, there or not
    if kind is None:
        return [CPU]
    return [CPU, *(torch.device(kind.type, index) for index in range(torch.accelerator.device_count()))]


def find(name: str | torch.device | None = None, dtype: torch.dtype = torch.float32) -> torch.device:
    """The device that is asked for.

    Args:
        name: as cpu, cuda, cuda:1, mps or xpu; empty: what FINESCALE_DEVICE names, else the first accelerator or the
            CPU.
        dtype: what is computed; Apple's devices have no float64, which stays on the CPU.

    Returns:
        One of `available`.

    Raises:
        InputError: there is no such device here.
    """
    known, asked = available(), str(name or os.environ.get(VARIABLE, "")).lower()
    fitting = [device for device in known if asked in (str(device), device.type)] if asked else known[1:2] or known
    if not fitting:
        said = f"There is no device {asked!r} here" if name else f"{VARIABLE} names {asked!r}, which is no device here"
        raise InputError(f"{said}; take {' or '.join(map(str, known))}.")
    return CPU if fitting[0].type == "mps" and dtype == torch.float64 else fitting[0]


def chosen() -> torch.device:
    """The device that the present work was given, else the usual one.

    Returns:
        The device.

    Raises:
        InputError: FINESCALE_DEVICE names none that is here.
    """
    return _in_use.get() or find()


@contextmanager
def using(device: torch.device) -> Iterator[None]:
    """Inside, work is given this device; in this thread alone.

    Args:
        device: one of `available`.

    Yields:
        Nothing.
    """
    before = _in_use.set(device)
    try:
        yield
    finally:
        _in_use.reset(before)


def working(device: torch.device, work: Callable[[], Iterator[T]]) -> Iterator[T]:
    """Give every step of some work a device; what others do between two of them is left alone.

    Args:
        device: one of `available`.
        work: what begins it.

    Yields:
        What the work yields.
    """
    steps: Iterator[T] | None = None
    while True:
        with using(device):
            try:
                steps = work() if steps is None else steps
                item = next(steps)
            except StopIteration:
                return
        yield item


def title(device: torch.device) -> str:
    """A device in words.

    Args:
        device: one of `available`.

    Returns:
        The name of its maker, where PyTorch knows it.
    """
    if device.type in ("cpu", "mps"):
        return {"cpu": "CPU", "mps": "Apple GPU"}[device.type]
    named = getattr(torch.get_device_module(device), "get_device_name", str)
    return named(device)


def short_of_memory(error: Exception) -> bool:
    """Whether an error says that a device's memory did not suffice.

    Args:
        error: what some work ended with.

    Returns:
        True where it does, in the words of any backend.
    """
    said = isinstance(error, RuntimeError) and any(words in str(error).lower() for words in SHORT)
    return said or isinstance(error, torch.OutOfMemoryError)
