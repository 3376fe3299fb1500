"""What waits for something outside this process, a file of somebody's own or a download: done beside the worker."""

from collections.abc import Callable, Generator
from concurrent.futures import Future
from threading import Semaphore, Thread
from typing import TypeVar

AT_ONCE = 8  # the others wait for room
_room = Semaphore(AT_ONCE)
T = TypeVar("T")


def aside(work: Callable[[], T]) -> "Future[T]":
    """Do something in a thread that does not keep Python alive; what is cancelled before it has begun is not done.

    Args:
        work: What is to be done.

    Returns:
        What will come of it, or the error that it ends with.
    """
    future: Future[T] = Future()
    Thread(target=_do, args=(work, future), name="finescale-aside", daemon=True).start()
    return future


def waited_for(work: Callable[[], T]) -> "Generator[Future[T], None, T]":
    """The same as a part of a job, which gets what comes of it by `yield from`.

    Args:
        work: What is to be done.

    Yields:
        What the job waits for, once.
    """
    coming = aside(work)
    try:
        yield coming
        return coming.result()
    finally:
        coming.cancel()


def _do(work: Callable[[], T], future: "Future[T]") -> None:
    with _room:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)
