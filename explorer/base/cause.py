"""Who changes a page now: what a person does is an entry of the browser's history."""

from collections.abc import Iterator
from contextlib import contextmanager


class Cause:
    """Who changes the session now: a person, whose every action is one entry of the browser's history, or the page,
    whose answers (and what Back itself brings) only complete the present entry."""

    person = True

    @contextmanager
    def following(self) -> Iterator[None]:
        """The page answers."""
        with self._by(False):
            yield

    @contextmanager
    def acting(self) -> Iterator[None]:
        """The page does what a person has chosen, as soon as it can."""
        with self._by(True):
            yield

    @contextmanager
    def _by(self, person: bool) -> Iterator[None]:
        before, self.person = self.person, person
        try:
            yield
        finally:
            self.person = before
