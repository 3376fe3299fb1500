"""Making files of what a page shows: one at a time, in the worker, with progress and cancel. No widget."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import param

from explorer.base.given import given
from explorer.base.run import sentence
from explorer.base.selection import Selection
from explorer.base.session import Session
from explorer.figures import cf, film, sheet
from explorer.figures.film import Film
from explorer.figures.screen import Screen
from explorer.jobs.errand import Errand

TYPES = {"png": "image/png", "nc": "application/x-netcdf", "mp4": "video/mp4", "gif": "image/gif"}
SPAN = 12  # dates of a film unless others are chosen


@dataclass(frozen=True)
class File:
    """What has been made."""

    name: str
    kind: str
    content: bytes


Films = Callable[[Any, Sequence[str]], dict[str, Film]]
Making = Iterator[float | bytes | Future | None]  # the share that is done, or what is waited for; at last the file


class Exporter(param.Parameterized):
    """What one page makes files with. `file` is the last one made."""

    session = given(Session)
    offered = param.Dict(default={}, doc="Title -> name of what can be filmed.")
    filmed = param.String(default=None, allow_None=True, label="Animation", doc="What it runs through.")
    first: "param.Selector[str]" = param.Selector(objects=[""], label="From", doc="The first date of the animation.")
    last: "param.Selector[str]" = param.Selector(objects=[""], label="To", doc="Its last date.")
    kind: "param.Selector[str]" = param.Selector(
        objects={"MP4": "mp4", "GIF": "gif"}, default="gif", label="Format",
        doc="An MP4 has all colours and is small; it is a VP9 video, for browsers, VLC and newer systems. A GIF plays "
        "everywhere, in 256 colours.",
    )  # fmt: skip
    pace = param.Integer(default=4, bounds=(1, 15), label="Frames a second", doc="How fast it runs.")

    busy = param.Boolean(default=False)
    progress = param.Number(default=None, allow_None=True, bounds=(0, 1), doc="How far an animation is.")
    time_left = param.Number(default=0.0, doc="Seconds it still needs, by its pace so far.")
    file = param.ClassSelector(class_=File, allow_None=True)

    def __init__(self, session: Session, take: Callable[[Any], Screen], films: Films):
        """take: the screen of a session; films: what can be filmed of a screen, given the dates of a film through
        dates."""
        super().__init__(session=session)
        self._take, self._films = take, films
        assert isinstance(session.selection, Selection)
        self._selection = session.selection
        self._errand = Errand(session.dispatch)
        session.on_close(self.cancel)
        self._started = 0.0
        offered = film.kinds()
        self.param.kind.objects = {kind.upper(): kind for kind in offered}
        self.kind = offered[0]
        session.watch(self._offer, "scene", "result")
        session.watch(self._choose_dates, "source", "time")
        self._choose_dates()

    # ---- choosing --------------------------------------------------------------------------------------------------

    @property
    def dates(self) -> list[str]:
        """The dates of a film through dates."""
        offered = list(self._selection.param.time.objects)
        ends = sorted(offered.index(end) for end in (self.first, self.last))
        return offered[ends[0] : ends[1] + 1]

    def _choose_dates(self, *_) -> None:
        """From the date on the screen on; a choice that still makes sense is kept."""
        offered = list(self._selection.param.time.objects)
        if offered != list(self.param.first.objects) or self._selection.time not in self.dates:
            start = offered.index(self._selection.time)
            self.param.first.objects = self.param.last.objects = offered
            self.param.update(first=offered[start], last=offered[min(start + SPAN, len(offered)) - 1])

    def _offer(self, *_) -> None:
        """What can be filmed of the present picture."""
        if self.session.outcome.scene is None:
            return
        made = self._films(self._take(self.session), self.dates)
        offered = {film.title: name for name, film in made.items()}
        filmed = self.filmed if self.filmed in made else next(iter(made), None)
        self.param.update(offered=offered, filmed=filmed)

    # ---- making ----------------------------------------------------------------------------------------------------

    def picture(self) -> None:
        """Make the figure for print."""
        self._start("png", _printed)

    def numbers(self) -> None:
        """Make the NetCDF file."""
        self._start("nc", _stored)

    def film(self) -> None:
        """Make the animation that is chosen."""
        kind, pace, dates, filmed = self.kind, self.pace, self.dates, self.filmed
        if filmed is not None:
            self._start(kind, lambda screen: film.made(self._films(screen, dates)[filmed], kind, pace))

    def cancel(self) -> None:
        """Stop before the next frame."""
        self._errand.cancel()
        self.param.update(busy=False, progress=None)

    def _start(self, kind: str, make: Callable[[Screen], Making]) -> None:
        if self.busy or self.session.outcome.scene is None:
            return
        screen = self._take(self.session)
        self._started = time.monotonic()
        self.param.update(busy=True, progress=None, file=None)
        name = f"{screen.stem}.{kind}"
        self._errand.start(make(screen), lambda item: self._show(name, kind, item), self._fail, self.cancel)

    def _show(self, name: str, kind: str, item: float | bytes) -> None:
        if isinstance(item, bytes):
            self.file = File(name, kind, item)
            return
        since = time.monotonic() - self._started
        self.param.update(progress=min(item, 1.0), time_left=since * (1 - item) / item)

    def _fail(self, error: Exception) -> None:
        self.cancel()
        self.session.run.message = sentence("export", error)


def _stored(screen: Screen) -> Making:
    yield cf.written(screen.dataset())


def _printed(screen: Screen) -> Making:
    """The figure for print, in steps between which others have their turn."""
    fig = screen.figure()
    yield None
    sheet.settle(fig)
    yield None
    yield sheet.png(fig, {"Title": screen.heading, "Description": screen.provenance})
