"""The table of the page "Failure cases": every row with every score, filtered and ordered."""

import time

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from engine.errors import InputError
from explorer.base.given import given
from explorer.base.widgets.forms import chooser
from explorer.drawing.lines import adjust
from explorer.pages.failures import ranking
from explorer.pages.failures.session import FailureSession

REDRAWN = 2.0  # s between two tables while scenes come in: a browser on the same cores has other things to do
TABLE = ":host .pnx-tabulator.tabulator"
ROW = f"{TABLE} .tabulator-tableholder .tabulator-table .tabulator-row"
SMALL = f"""
{TABLE} {{font-size: calc(12.5*var(--px,1px)); border: none}}
{TABLE} .tabulator-tableholder:focus-visible {{outline: 2px solid #ff3d7f; outline-offset: -2px}}
{TABLE} .tabulator-header .tabulator-col .tabulator-col-content {{padding: 3px 6px}}
{ROW} {{min-height: 24px}}
{ROW}.tabulator-selected, {ROW}.tabulator-selected:hover {{background: #12506e !important; color: #fff !important}}
{ROW} .tabulator-cell {{padding: 2px 8px; min-height: 24px}}
"""


class Table(pn.viewable.Viewer):
    """Every row with every score; the filter is parsed, the head orders, a click looks closely at the case."""

    session = given(FailureSession)

    def __init__(self, session: FailureSession, **params):
        super().__init__(session=session, **params)
        self._drawn, self._following, self.rows = 0.0, False, pd.DataFrame()
        self.filter = pmui.TextInput(
            label="Filter", placeholder=ranking.EXAMPLE, description=session.scored.param.only.doc, size="small",
            value=session.scored.only, margin=(9, 4, 4, 4), sizing_mode="stretch_width",
        )  # fmt: skip
        self.inside = chooser(
            session.scored, "inside", pmui.Switch, margin=(12, 4), sizing_mode=None, size="small"
        )  # fmt: skip
        self.count = pn.pane.HTML(
            "", margin=(14, 6), styles={"font-size": "calc(12*var(--px,1px))", "flex": "0 1 auto"}, max_width=260
        )
        self.table = pn.widgets.Tabulator(
            pd.DataFrame({"Method": []}), show_index=False, disabled=True, selectable=1, theme="simple",
            layout="fit_data", row_height=24, sizing_mode="stretch_both", min_height=0, margin=(0, 4),
            stylesheets=[SMALL],
        )  # fmt: skip
        self.filter.param.watch(self._filtered, "value")
        self.table.on_click(self._clicked)
        self.table.param.watch(self._ordered, "sorters")
        session.watch(self._draw, "frame", "only", "inside", "sort", "score", "busy")
        session.watch(self._select, "method", "region", "time")
        self._draw()

    def _draw(self, *events) -> None:
        session, now = self.session, time.monotonic()
        if session.run.busy and now - self._drawn < REDRAWN and {event.name for event in events} == {"frame"}:
            return
        self._drawn, self.rows, self._following = now, session.scored.table(), True
        try:
            adjust(self.filter, value=session.scored.only)
            shown, titles = displayed(session, self.rows)
            by = titles.get(session.scored.sort.lstrip("-"))
            sorters = [{"field": by, "dir": "desc" if session.scored.sort.startswith("-") else "asc"}] if by else []
            self.table.param.update(value=shown, sorters=sorters, widths=widths(shown))
            self._select()
        finally:
            self._following = False

    def _filtered(self, event) -> None:
        if self._following:
            return
        try:
            ranking.clauses(event.new)
        except InputError as error:
            self.session.run.message = str(error)
        else:
            self.session.scored.only, self.session.run.message = event.new.strip(), ""

    def _ordered(self, event) -> None:
        """A click on a column's head: from the browser, which has ordered its rows already."""
        if self._following or not event.new:
            return
        _, titles = displayed(self.session, self.rows)
        names = {title: name for name, title in titles.items()}
        first = event.new[0]
        if first.get("field") in names:
            self.session.scored.sort = ("-" if first.get("dir") == "desc" else "") + names[first["field"]]

    def _clicked(self, event) -> None:
        if event.row is not None and event.row < len(self.rows):
            row = self.rows.iloc[event.row]
            self.session.focus(row["method"], row["region"], row["time"])

    def _select(self, *_) -> None:
        place = [tuple(row) for row in self.rows[["method", "region", "time"]].to_numpy()] if len(self.rows) else []
        case = self.session.case.place
        found = [place.index(case)] if case in place else []
        if self.table.selection != found:
            self.table.selection = found
        words = f"{len(self.rows)} of {len(self.session.scored.frame)} rows"
        hidden = not found and self.session.scored.row(case) is not None
        adjust(self.count, object=words + "; the filter hides the case" * hidden)

    def __panel__(self):
        head = pn.Row(self.filter, self.inside, self.count, margin=0, sizing_mode="stretch_width")
        return pn.Column(head, self.table, sizing_mode="stretch_both", min_height=0, margin=0)


def displayed(session: FailureSession, rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table as people read it, the chosen score first, and what its columns are called."""
    if rows.empty:
        return pd.DataFrame({"Method": []}), {}
    names, first = ranking.present(session.scored.frame), session.scored.score
    names = [first, *(name for name in names if name != first)] if first in rows else names
    titles = {"method": "Method", "region": "Region", "time": "Date"}
    titles |= {"split": "Split"} if rows["split"].nunique() > 1 or session.request.training else {}
    regions = {key: session.data.find_region(key).title for key in session.request.regions}
    out = {"Method": rows["title"], "Region": rows["region"].map(regions), "Date": rows["time"]}
    out |= {"Split": rows["split"]} if "split" in titles else {}
    for name in names:
        unit = ranking.unit(name, session.units)
        titles[name] = ranking.SCORES[name].title + (f" ({unit})" if unit else "")
        out[titles[name]] = rows[name].map(four_figures)
    if "outside" in rows and (outside := rows["outside"].fillna("")).any():
        out["Outside its training"] = outside
    if (rows["error"] != "").any():
        out["Why there is none"] = rows["error"]
    return pd.DataFrame(out).reset_index(drop=True), titles


def widths(shown: pd.DataFrame) -> dict[str, int]:
    """px for the longest text of the first columns: the browser would fit the rows in sight alone."""
    named = [name for name in ("Method", "Region") if name in shown and len(shown)]
    return {name: 24 + 7 * max(int(shown[name].str.len().max()), len(name)) for name in named}


def four_figures(value: float) -> float:
    return float(f"{value:.4g}")
