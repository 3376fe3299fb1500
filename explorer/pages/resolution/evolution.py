"""What the tab "Time" shows: many dates, as far as they are known or asked for. A part of the page, no widget."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import param

from engine import methods
from engine.scene import Scene
from explorer.base.given import given
from explorer.base.run import Run
from explorer.drawing.dates import milliseconds
from explorer.jobs.resolution_run import Result, question
from explorer.pages.resolution.moments import Asked, Change, Found, Line, Moment, change, moments, window
from explorer.pages.resolution.over_time import CHANGE, Errors, undated
from explorer.pages.resolution.session import ResolutionSession

TAB = "time"
AT_ONCE = 20.0  # s that a cheap method may take over all dates without being asked


class Evolution(param.Parameterized):
    """Follows the page while the tab is open: what is known or quick at once, the rest when it is asked for."""

    session = given(ResolutionSession)
    found = param.Dict(default={}, doc="Date -> Moment, of the dates in `dates` as far as they are known.")
    change = param.ClassSelector(class_=Change, allow_None=True)
    asked = param.ClassSelector(class_=Asked, allow_None=True, doc="What `found` or `change` is of, or is going to be.")

    def __init__(self, session: ResolutionSession):
        super().__init__(session=session)
        self.run = Run(f"{session.name}.time", session.dispatch, lambda: None)
        self.run.pace = session.run.pace
        session.on_close(self.run.close)
        names = ("tab", "over", "since", "probe", "probe_end", "scene", "result", "member", "busy")
        session.watch(self._follow, *names)
        self._follow()

    # ---- what is asked -----------------------------------------------------------------------------------------------

    @property
    def changing(self) -> bool:
        """Whether two dates are compared, not many followed."""
        return self.session.over_time.over == CHANGE

    @property
    def since(self) -> str:
        """The earlier of two dates: the chosen one, or the one before that which is shown; the first has the next."""
        dates, selection = list(self.session.selection.param.time.objects), self.session.selection
        at = dates.index(selection.time)
        return self.session.over_time.since or dates[at - 1 if at else min(1, len(dates) - 1)]

    @property
    def dates(self) -> list[str]:
        """The dates in question."""
        selection = self.session.selection
        if self.changing:
            return [self.since, selection.time]
        return window(list(selection.param.time.objects), selection.time)

    @property
    def axis(self) -> tuple[list[str], np.ndarray]:
        """The dates in question in the order of time, and where they are on an axis (ms)."""
        at = {date: float(milliseconds([self.session.data.find_time(date)])[0]) for date in self.dates}
        dates = sorted(at, key=lambda date: at[date])
        return dates, np.array([at[date] for date in dates])

    @property
    def now(self) -> float:
        """The date that is shown (ms)."""
        return float(milliseconds([self.session.data.find_time(self.session.selection.time)])[0])

    def choose(self, at: float) -> None:
        """Show the date that is next to a point in time (ms)."""
        dates, times = self.axis
        self.session.selection.time = dates[int(np.abs(times - at).argmin())]

    @property
    def obstacle(self) -> str:
        """Why there is nothing to show, in one sentence; empty where there is."""
        session = self.session
        dates = list(session.selection.param.time.objects)
        if len(dates) < 2:
            return f"{session.data.title} has one date: nothing can be followed from date to date."
        if pd.to_datetime(pd.Series(dates[:2]), errors="coerce", format="ISO8601").isna().any():
            return f"The scenes of {session.data.title} are not dates of one place: nothing can be followed."
        if self.changing:
            same = self.since == session.selection.time
            return "Both dates are the same: choose another one to see a change." if same else ""
        return "Click a map: the values there are followed from date to date." if session.display.probe is None else ""

    def _asked(self, eager: bool = True) -> Asked | None:
        """What the page asks for now; None where that is nothing."""
        session, display = self.session, self.session.display
        scene = session.outcome.scene
        if scene is None or self.obstacle:
            return None
        method = methods.copy(session.chosen.configured)
        line = None if self.changing else Line.of(scene.problem.target, display.probe, display.probe_end)
        return Asked(
            session.request, tuple(self.dates), method, session.chosen.seed, display.member, display.probe, line, eager
        )

    def seconds(self, dates: list[str]) -> float | None:
        """How long the method takes for so many dates, by its last run here; None where that is not known."""
        result = self._now()[1]
        return None if result is None else len(dates) * result.trace.get("seconds", 0.0)

    @property
    def _key(self) -> tuple:
        session = self.session
        return question(session.request, session.chosen.configured, session.chosen.seed)

    @property
    def missing(self) -> list[str]:
        """Dates without a prediction that could have one."""
        if self.asked is None:
            return []
        if self.changing:
            there = self.change is None or "estimate" in self.change.pictures or self.change.refused
            return [] if there else list(self.asked.dates[:1])
        return [date for date in self.asked.dates if not self.found.get(date, Moment()).done]

    # ---- what is done ------------------------------------------------------------------------------------------------

    def _follow(self, *_) -> None:
        """Ask for what the page shows now, unless that has been done."""
        session = self.session
        if session.look.tab != TAB:
            self._leave()
        elif not session.run.busy:
            asked = self._asked()
            if asked is None or self.asked is None or not self._same(asked):
                self._begin(asked)

    def _same(self, asked: Asked) -> bool:
        """Whether this has been asked for already, of the same picture where two dates are compared."""
        assert self.asked is not None
        same = all(one is other for one, other in zip(map(_fields, self._of), map(_fields, self._now()), strict=True))
        return asked.wanted == self.asked.wanted and (same or not self.changing)

    def _now(self) -> tuple[Scene | None, Result | None]:
        """What is on the screen, as far as it belongs to the settings."""
        result = self.session.outcome.current
        return self.session.outcome.scene, result if result is not None and result.asked == self._key else None

    def _leave(self) -> None:
        """Stop what nobody has asked for, once nobody looks at it."""
        if self.run.busy and not self._insisted:
            self.cancel()
            self.asked = None

    def start(self) -> None:
        """Run the method on every date in question."""
        self._begin(self._asked(), insisted=True)

    def cancel(self) -> None:
        """Stop; what is known stays."""
        self.run.cancel()
        self.param.trigger("found")

    _insisted = False  # whether somebody has asked for it by a button
    _of: tuple[Scene | None, Result | None] = (None, None)  # what a change is of

    def _begin(self, asked: Asked | None, insisted: bool = False) -> None:
        self.run.cancel()
        self._insisted, self._of = insisted, self._now()
        self.session.over_time.followed = [] if asked is None or asked.line is None else list(asked.dates)
        if asked is None:
            self.param.update(asked=None, found={}, change=None)
            return
        eager = insisted or self._at_once(asked)
        asked = replace(asked, eager=eager)
        kept = self.asked is not None and self.asked.wanted == asked.wanted
        self.param.update(asked=asked, change=None, **({} if kept else {"found": {}}))
        self.run.begin("")
        work: Iterator = change(asked, self._of) if self.changing else moments(asked)  # type: ignore[arg-type]
        slow = eager and not asked.method.cheap and bool(asked.unknown)
        about: dict[str, Any] = {"method": asked.method, "source": asked.request.source} if slow else {}
        key = ("over time", asked.wanted) if slow else None
        self.run.submit(work, self._show, passing=lambda item: isinstance(item, Found), key=key, **about)

    def _at_once(self, asked: Asked) -> bool:
        """Whether the method may be run on all dates without being asked."""
        if not asked.method.cheap:
            return False
        seconds = self.seconds(asked.unknown)
        return seconds is not None and seconds <= AT_ONCE

    def _show(self, item: Found | Change | float) -> None:
        if isinstance(item, Change):
            self.change = item
        elif isinstance(item, float):
            self.run.advance(item)
        else:
            self.run.advance(item.share)
            self.found = {**self.found, **item.moments}
            self._learn(item)

    def _learn(self, item: Found) -> None:
        """Note the errors for whoever shows the score of every date."""
        assert self.asked is not None
        errors: Errors = {date: at.errors for date, at in item.moments.items() if at.errors is not None}
        self.session.over_time.learn(undated(self.asked.on("")), errors)


def _fields(of: Scene | Result | None) -> Any:
    """What is the same in a result before it is judged and after."""
    return of.estimate if isinstance(of, Result) else of
