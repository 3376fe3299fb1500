"""What is known of an evaluation, and how the heat map and the table show it. A part of the state."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import param

from engine.errors import InputError
from engine.evaluation import shipped
from explorer.base import held, link
from explorer.base.held import Turn
from explorer.base.part import Part
from explorer.base.selection import Source
from explorer.pages.failures import ranking
from explorer.pages.failures.request import Request

Place = tuple[str, str, str]  # method as text, region, date as text


class Scored(Part):
    """A row per method, region and date; which score is shown of which method, and what the table keeps."""

    score = held.Selector(
        objects={about.title: name for name, about in ranking.SCORES.items()}, default="rmse", turn=Turn.SHOWN,
        doc="What the heat map shows, and the order of the table unless another is chosen by a click on its head.",
    )  # fmt: skip
    shown = held.Selector(
        objects=[""], label="Heat map of", turn=Turn.SHOWN, doc="The method whose score the heat map shows."
    )
    against = held.Selector(
        objects=[""], label="minus", turn=Turn.SHOWN, optional=True, doc="Another method, to see where one is worse."
    )
    only = held.String(
        label="Filter", turn=Turn.SHOWN, optional=True,
        doc="Rows of the table that are kept, e.g. rmse > 0.05 and region = jet.",
    )  # fmt: skip
    inside = held.Boolean(
        default=False, label="Only inside their training", turn=Turn.SHOWN, optional=True,
        doc="Keep the rows of methods that were trained for such an observation, or need no training.",
    )  # fmt: skip
    sort = held.String(
        label="Order", turn=Turn.SHOWN, optional=True,
        doc="Column that orders the table, with - in front falling; empty: worst first.",
    )  # fmt: skip
    frame = param.DataFrame(default=pd.DataFrame(), doc="A row per method, region and date that is known so far.")
    running = param.Boolean(default=False, doc="Whether scenes are being scored.")
    total = param.Integer(default=0, doc="Rows that there will be.")
    scenes_left = param.Integer(default=0, doc="Scenes that are not scored yet.")
    shipped = param.Integer(default=0, doc="Rows among those that are known that came with the project.")

    def __init__(self, selection: Source, request: Request, units: Callable[[], str]):
        """units: of the field in question."""
        super().__init__()
        self._selection, self._request, self._units = selection, request, units
        self._rows: dict[Place, dict] = {}

    def check(self, name: str, given: Any, value: Any) -> None:
        if name == "only":
            ranking.clauses(value)
        elif name == "sort" and value and value.lstrip("-") not in (*ranking.PLACE, *ranking.SCORES):
            what = link.describe(self.param[name])
            raise InputError(f"{what} cannot be {link.quote(given)}; take a score, or one of method, region, time.")

    def offer(self, first: bool = False) -> None:
        """Offer the methods that are scored; keep the present choice where it is among them.

        first: the data set is new, and shown by a network of ours, where there is one.
        """
        methods = self._request.methods
        usual = self._request.ours if first else methods[0]
        titled = {title: text for text, title in self._request.titles.items()}
        self.param.shown.objects, self.param.against.objects = titled, {"nothing": "", **titled}
        self.param.update(
            shown=self.shown if self.shown in methods and not first else usual,
            against=self.against if self.against in methods else "",
        )

    # ---- rows ------------------------------------------------------------------------------------------------------

    def take(self, rows: list[dict]) -> None:
        """Take the rows that there are, under their place."""
        texts, titles = self._request.texts, self._request.titles
        named = {}
        for row in rows:
            place = texts[row["method"]], row["region"], self._selection.data.written(row["time"])
            named[place] = {**row, "method": place[0], "title": titles[place[0]], "time": place[2]}
        self._rows = named

    @property
    def origin(self) -> str:
        """When and how the rows were scored that came with the project, in words; empty where none is shown."""
        if not self.shipped:
            return ""
        about, every = shipped.read(self._selection.source), self.shipped == len(self.frame)
        which = "These rows" if every else f"{self.shipped} of these {len(self.frame)} rows"
        return f"{which} came with the project: scored on {about.made} by `{about.command}`."

    def clear(self) -> None:
        """Nothing is known of what is asked for now."""
        self._rows = {}
        self.param.update(frame=pd.DataFrame(), total=0, scenes_left=0, shipped=0)

    @property
    def known(self) -> pd.DataFrame:
        """The rows that were taken."""
        return pd.DataFrame(list(self._rows.values()))

    def row(self, place: Place) -> dict | None:
        """The scores of a case."""
        return self._rows.get(place)

    def table(self) -> pd.DataFrame:
        """The rows that the filter and the switch keep, in order."""
        kept = ranking.kept(self.frame, self.only)
        return ranking.ranked(ranking.within(kept) if self.inside else kept, self.sort, self.score)

    def worst(self) -> Place | None:
        """The worst case of the method that is shown; None where there is none."""
        rows = self.frame
        if rows.empty or (rows := rows[(rows["method"] == self.shown) & (rows["error"] == "")]).empty:
            return None
        first = ranking.ranked(rows, "", self.score).iloc[0]
        return first["method"], first["region"], first["time"]

    # ---- the heat map ----------------------------------------------------------------------------------------------

    def grid(self) -> pd.DataFrame:
        """What the heat map shows over region (rows) and date (columns): the score of a method, or by how much it is
        worse than another's; what is not known or was refused is NaN."""
        values = self._grid(self.shown)
        if not self.against:
            return values
        better = ranking.SCORES[self.score].better
        first, other = (
            pd.DataFrame(ranking.badness(self.score, grid), grid.index, grid.columns)
            if better in ("zero", "one")
            else grid
            for grid in (values, self._grid(self.against))
        )
        return first - other

    def _grid(self, method: str) -> pd.DataFrame:
        rows = self.frame[self.frame["method"] == method] if not self.frame.empty else self.frame
        if rows.empty or self.score not in rows:
            return pd.DataFrame()
        return rows.pivot(index="region", columns="time", values=self.score)

    def heading(self) -> str:
        """What the heat map shows, with its unit."""
        unit, title, titles = self.unit, ranking.SCORES[self.score].title, self._request.titles
        what = f"{title}{f' ({unit})' if unit else ''} of {titles[self.shown]}"
        return f"{what} minus {titles[self.against]}" if self.against else what

    @property
    def unit(self) -> str:
        """Unit of the chosen score."""
        return ranking.unit(self.score, self._units())

    def tips(self) -> dict[tuple[str, str], str]:
        """(region, date) -> value with its unit, or why there is none, of every cell that is known."""
        out = {}
        for (method, region, when), row in self._rows.items():
            if method == self.shown:
                other = self._rows.get((self.against, region, when), {}) if self.against else None
                out[region, when] = _tip(row, other, self.score, self.unit)
        return out


def _tip(row: dict, other: dict | None, score: str, unit: str) -> str:
    """A value of the heat map in words; other: the row that is subtracted, if any."""
    if row["error"]:
        return row["error"]
    value = row.get(score, float("nan"))
    text = f"{value:.4g} {unit}".rstrip() if value == value else "no value"
    text += f" (came with the project, {row['shipped']})" if row.get("shipped") else ""
    if other is None:
        return text
    against = other.get(score, float("nan"))
    return f"{text}, the other {against:.4g} {unit}".rstrip() if against == against else f"{text}, the other has none"
