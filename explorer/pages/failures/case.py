"""The case in focus: one method on one scene of those that are scored, looked at closely. A part of the state."""

from typing import Any
from urllib.parse import urlencode

import param

from engine.errors import InputError
from engine.methods import Method, create, settings
from engine.scores import Failure
from engine.scores.bands import NAMES as BANDS
from explorer.base import held, link
from explorer.base.held import Turn
from explorer.base.part import Part
from explorer.base.selection import Input, Source
from explorer.jobs.resolution_run import SceneRequest, question
from explorer.pages.failures.request import Request, parsed
from explorer.pages.failures.scored import Place, Scored


class CaseInFocus(Part):
    """Its method, region and time; all of them are empty while nothing is looked at."""

    method = held.Selector(objects=[""], turn=Turn.CASE, optional=True, doc="The method, as it is asked for.")
    region = held.String(
        turn=Turn.CASE, optional=True, doc="A named region, or a box 'x0,x1,y0,y1' in the axes' units."
    )
    time = held.Selector(objects=[""], turn=Turn.CASE, optional=True, doc="The date.")
    device = param.String(doc="Where its method computes, as in `Run`.")
    looking = param.String(doc="How far the case in focus is; empty once it is there.")

    def __init__(self, selection: Source, chosen: Input, request: Request, scored: Scored):
        """chosen: how the inputs are made."""
        super().__init__()
        self._selection, self._input, self._request, self._scored = selection, chosen, request, scored

    def check(self, name: str, given: Any, value: Any) -> None:
        what = link.describe(self.param[name])
        if name == "region" and value not in ("", *self._request.regions):
            raise InputError(f"{what} {link.quote(value)} is not among those that are scored.")
        if name == "time" and value and not self._request.scored(value):
            raise InputError(f"The date {link.quote(value)} is not among those that are scored.")

    def adopt(self) -> None:
        """Offer the data set's dates."""
        data = self._selection.data
        self.param.time.objects = ["", *(data.written(date) for date in data.times)]

    def offer(self) -> None:
        """Offer the methods that are scored."""
        self.param.method.objects = {"": "", **{title: text for text, title in self._request.titles.items()}}

    def drop(self) -> None:
        """Look at none, where the present one is not scored any more."""
        asked = self._request
        if self.method not in asked.methods or self.region not in asked.regions or not asked.scored(self.time):
            self.param.update(method="", region="", time="")

    @property
    def place(self) -> Place:
        """Method, region and date."""
        return self.method, self.region, self.time

    @property
    def scene(self) -> SceneRequest:
        """What the explorer calls its scene."""
        return SceneRequest(
            source=self._selection.source, region=self.region, time=self.time, **self._input.values
        )  # fmt: skip

    @property
    def configured(self) -> Method:
        """The method with its settings."""
        key, chosen = parsed(self.method)
        method = create(key, **chosen)
        method.device = self.device
        return method

    @property
    def question(self) -> tuple:
        """What a run of it is to find."""
        return question(self.scene, self.configured, self._request.seed)

    def usual(self) -> dict[str, float]:
        """The median skill by band of the same method and region on the other dates."""
        frame = self._scored.frame
        if frame.empty:
            return {}
        same = (frame["method"] == self.method) & (frame["region"] == self.region)
        rows = frame[same & (frame["time"] != self.time)]
        columns = [f"skill_{name}" for name in BANDS if f"skill_{name}" in rows]
        return {name.removeprefix("skill_"): value for name, value in rows[columns].median().dropna().items()}

    def step_date(self, by: int) -> None:
        """The case of the same method and region, so many dates on."""
        dates = [self._selection.data.written(date) for date in self._request.chosen_dates]
        if self.time in dates:
            self.time = dates[min(max(dates.index(self.time) + by, 0), len(dates) - 1)]

    def link(self, failure: Failure | None = None) -> str:
        """The address at which the explorer shows it; of a failure the field in its worst box, probed at its worst."""
        method = self.configured
        query = {name: link.text(value) for name, value in vars(self.scene).items()} | {"method": method.key}
        query |= {"seed": str(self._request.seed)}
        query |= {link.OPTION + name: link.text(getattr(method, name)) for name in settings(method)}
        if failure is not None and (box := failure.box) is not None:
            query |= {"view": link.text((*box.x, *box.y)), "probe": link.text(box.peak), "quantity": "field"}
        return "?" + urlencode({name: value for name, value in query.items() if value != ""}, safe=",:;")

    def title(self) -> str:
        """It in words."""
        region = self._selection.data.find_region(self.region).title
        return f"{self._request.titles[self.method]} · {region} · {self.time}"
