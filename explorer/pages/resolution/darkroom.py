"""Where pictures are made that take so long that the page would wait for them: in the worker, one after the other."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from explorer.drawing.pictures import Picture
from explorer.jobs.errand import Dispatch, Errand

Make = Callable[[], Picture | None]
Deliver = Callable[[str, tuple, Make, Picture | None], Any]


class Darkroom:
    """Takes orders, of which the latest of a key counts."""

    def __init__(self, dispatch: Dispatch, fail: Callable[[Exception], Any]):
        """dispatch: how the worker hands a call to the page's own thread; fail: told there of what went wrong."""
        self._errand, self._fail = Errand(dispatch), fail
        self._waiting: dict[str, tuple[tuple, Make, Deliver]] = {}
        self._making: dict[str, tuple] = {}

    def order(self, key: str, of: tuple, make: Make, deliver: Deliver) -> None:
        """Have a picture made and delivered with all this, unless it is being made already.

        of: what tells it from an earlier one of its key.
        """
        if self._making.get(key) == of:
            self._waiting.pop(key, None)
            return
        self._waiting[key] = (of, make, deliver)
        if not self._making:
            self._start()

    def close(self) -> None:
        """Nothing more is made, nobody is told."""
        self._waiting = {}
        self._errand.cancel()

    def _start(self) -> None:
        """Make all that waits."""
        work, self._waiting = self._waiting, {}
        self._making = {key: of for key, (of, *_) in work.items()}
        if work:
            self._errand.start(_made(work), lambda tell: tell(), self._failed, self._start)

    def _failed(self, error: Exception) -> None:
        self._making = {}
        self._fail(error)


def _made(work: dict[str, tuple[tuple, Make, Deliver]]) -> Iterator[Callable[[], Any]]:
    """Make one after the other; what is yielded delivers it."""
    for key, (of, make, deliver) in work.items():
        yield partial(deliver, key, of, make, make())
