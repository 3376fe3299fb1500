"""How the method does on every date, as far as that is known: looked at, run over the dates, or evaluated before."""

import math
from collections.abc import Iterator

import param

from engine.evaluation.rows import RowCache
from engine.evaluation.scoring import Row
from engine.methods import settings
from explorer.base.given import given
from explorer.jobs import uploads
from explorer.jobs.errand import Errand
from explorer.jobs.resolution_run import Result, remade
from explorer.pages.resolution.over_time import Errors, undated
from explorer.pages.resolution.session import ResolutionSession


class DateScores(param.Parameterized):
    """Learns from every picture, and once for each choice from the rows that evaluations have left on the disk."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession):
        super().__init__(session=session)
        self._errand = Errand(session.dispatch)
        self._read: tuple = ()  # what the rows of were read
        session.on_close(self._errand.cancel)
        session.watch(self._follow, "result")

    def _follow(self, *_) -> None:
        result, over_time = self.session.outcome.result, self.session.over_time
        if result is None or not result.judged or result.scene.truth is None or result.reference is None:
            return
        if result.judged_in is not None:  # of a part alone
            return
        asked, errors = undated(result.asked), (float(result.table["rmse"]), float(result.reference["rmse"]))
        over_time.learn(asked, {result.scene.time: errors})
        over_time.look_at(asked)
        if asked != self._read:
            self._read = asked
            self._errand.start(kept(result), lambda found: over_time.learn(asked, found), self._fail)

    def _fail(self, error: Exception) -> None:
        """What cannot be read is not known."""


def kept(result: Result) -> Iterator[Errors]:
    """Yield what the disk knows of a method's errors, under the settings of a result.

    Args:
        result: Of one date.

    Yields:
        The errors of all dates that have been evaluated.
    """
    request, kind, seed = result.asked
    data, method = uploads.data_set(request.source), remade(kind)
    names = ("field", "factor", "degradation", "width_km", "noise", "sampling")
    selection = {name: getattr(request, name) for name in names if getattr(request, name) is not None}
    options = {name: getattr(method, name) for name in settings(method)}
    rows = RowCache(data, selection, (method.key, options), seed, ()).news()
    here = {time: row for (region, time), row in rows.items() if region == request.region}
    yield {data.written(time): _errors(row) for time, row in here.items() if math.isfinite(row["rmse"])}


def _errors(row: Row) -> tuple[float, float]:
    """RMSE of a row, and that of bicubic interpolation, over which it is an improvement."""
    left = 1.0 - row["relative_improvement"]
    return row["rmse"], row["rmse"] / left if left else math.nan
