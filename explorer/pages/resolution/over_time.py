"""What is followed through the dates, and what is known of their scores. A part of the state."""

from dataclasses import replace

import param

from explorer.base import held
from explorer.base.held import Turn
from explorer.base.part import Part

SERIES, HOVMOELLER, CHANGE = "", "hovmoeller", "change"
KEPT = 20  # settings whose scores are remembered
Errors = dict[str, tuple[float, float]]  # date -> RMSE of the method, and of bicubic interpolation


def undated(asked: tuple) -> tuple:
    """What the runs of all dates have in common.

    Args:
        asked: Of one of them, see `explorer.jobs.resolution_run.question`.

    Returns:
        The same without its date.
    """
    return replace(asked[0], time=""), *asked[1:]


class OverTime(Part):
    """What the tab Time shows; the errors of all dates that are known under the settings of now."""

    over = held.Selector(
        objects={"Series at the probe": SERIES, "Hovmöller diagram": HOVMOELLER, "Change between two dates": CHANGE},
        default=SERIES, label="Over time", turn=Turn.LOOK, optional=True, doc="What the tab Time shows.",
    )  # fmt: skip
    since = held.Selector(
        objects={"the date before": ""}, default="", label="Since", turn=Turn.LOOK, optional=True,
        doc="The earlier of the two dates whose difference is shown; empty is the date before the one shown.",
    )  # fmt: skip
    errors = param.Dict(default={}, doc="Date -> RMSE of the method, and of bicubic interpolation, where known.")

    followed = param.List(default=[], doc="Dates over which the tab has followed the values at the probe.")

    def __init__(self):
        super().__init__()
        self._known: dict[tuple, Errors] = {}
        self._of: tuple = ()

    def adopt(self, dates: list[str]) -> None:
        """Take the dates of a data set; nothing is known of them, whatever was of earlier ones of that name."""
        self._known.clear()
        self.errors = {}
        self.param.since.objects = {"the date before": ""} | {date: date for date in dates}
        self.since = self.since if self.since in dates else ""

    def look_at(self, asked: tuple) -> None:
        """Show the errors of these settings.

        Args:
            asked: What the runs of the dates have in common, see `undated`.
        """
        self._of = asked
        self.errors = dict(self._known.get(asked, {}))

    def learn(self, asked: tuple, errors: Errors) -> None:
        """Note errors of dates.

        Args:
            asked: As in `look_at`.
            errors: Of these dates, in the field's unit.
        """
        if not errors:
            return
        self._known[asked] = self._known.pop(asked, {}) | errors
        for old in list(self._known)[:-KEPT]:
            del self._known[old]
        if asked == self._of:
            self.errors = dict(self._known[asked])
