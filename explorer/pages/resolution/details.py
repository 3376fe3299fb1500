"""The tabs beside the spectrum: those of every method, and those of ensembles."""

from collections.abc import Callable
from typing import Any

import panel as pn

from explorer.base.widgets.code import Code
from explorer.base.widgets.explanation import Explanation
from explorer.base.widgets.later import TABS, Tabs
from explorer.pages.resolution.evolution import Evolution
from explorer.pages.resolution.over_time import CHANGE, HOVMOELLER, SERIES
from explorer.pages.resolution.scaling import Scaling
from explorer.pages.resolution.script import code
from explorer.pages.resolution.session import ResolutionSession
from explorer.pages.resolution.views.change import Changes
from explorer.pages.resolution.views.detail import DetailBars
from explorer.pages.resolution.views.film import Film
from explorer.pages.resolution.views.histogram import Histogram
from explorer.pages.resolution.views.hovmoeller import Diagrams
from explorer.pages.resolution.views.members import Members
from explorer.pages.resolution.views.probe import Probe
from explorer.pages.resolution.views.reliability import Reliability
from explorer.pages.resolution.views.scales import Scales
from explorer.pages.resolution.views.schedule import Schedule
from explorer.pages.resolution.views.scores import Scores
from explorer.pages.resolution.views.series import Series
from explorer.pages.resolution.views.time import Time
from explorer.pages.resolution.views.transect import Transect

OVER_TIME = {SERIES: Series, HOVMOELLER: Diagrams, CHANGE: Changes}
ALWAYS: dict[str, Callable[[ResolutionSession], pn.viewable.Viewer]] = {
    "Scores": Scores, "Detail": DetailBars, "Histogram": Histogram, "Transect": Transect, "Probe": Probe,
    "Time": lambda session: Time(Evolution(session), OVER_TIME), "Method": Explanation,
    "Code": lambda session: Code(session, code), "Scales": lambda session: Scales(Scaling(session)),
}  # fmt: skip
OF_MEMBERS: dict[str, Callable[[ResolutionSession], pn.viewable.Viewer]] = {
    "Members": Members, "Reliability": Reliability, "Film": Film, "Schedule": Schedule,
}  # fmt: skip


class Details(pn.viewable.Viewer):
    """The tabs; those that only ensembles have are in front and first while the method makes one."""

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(**params)
        self.session, self._shown = session, session.chosen.ensemble
        parts = {title: lambda make=make: make(session).__panel__() for title, make in (ALWAYS | OF_MEMBERS).items()}
        self.tabs = Tabs(session, parts, lambda: self.front, sx=self._look())
        session.watch(self._offer, "configured")

    def _look(self) -> dict[str, Any]:
        """The tabs' style. An ensemble's are hidden, not removed: so that a tab keeps its place in the list."""
        ensemble = self.session.chosen.ensemble
        place = {"order": -1} if ensemble else {"display": "none"}
        arrows = {} if ensemble else {"display": "none"}  # they would lead to the hidden ones
        return {
            **TABS,
            "& .MuiTabScrollButton-root": arrows,
            f"& .MuiTab-root:nth-of-type(n+{len(ALWAYS) + 1})": place,
        }

    def _offer(self, *_) -> None:
        if self._shown != self.session.chosen.ensemble:
            self._shown = self.session.chosen.ensemble
            self.tabs.tabs.param.update(sx=self._look(), active=self.front)

    @property
    def front(self) -> int:
        """Which tab is in front until somebody opens another one."""
        return len(ALWAYS) if self.session.chosen.ensemble else 0

    def __panel__(self):
        return self.tabs
