"""Of the detail, band by band: what was invented, recovered and missed, in bars; and the sentence under a picture."""

import html

import numpy as np
import panel as pn

from explorer.base.given import given
from explorer.base.widgets.text import STYLE, page
from explorer.drawing.lines import dim
from explorer.drawing.threefold import COLOURS
from explorer.jobs.resolution_run import Result
from explorer.pages.resolution.balance import Balance, balances, reach, said
from explorer.pages.resolution.session import ResolutionSession

BARS = """
td.bars {width: 62%; padding: 3px 8px}
.bar {position: relative; height: 14px}
.bar.b {height: 7px; margin-top: 2px}
.bar i {position: absolute; top: 0; bottom: 0}
.bar .zero {width: 2px; margin-left: -1px; top: -2px; bottom: -2px; background: currentColor}
.bar .agreed {width: 9px; height: 9px; margin-left: -5px; top: 50%; margin-top: -5px; transform: rotate(45deg);
  background: #fff; border: 2px solid #000; box-sizing: border-box}
.legend {font-size: calc(12*var(--px,1px))}
"""
LEGEND = "".join(
    f"<span aria-hidden='true' style='color:{COLOURS[name]}'>■</span>&nbsp;{name} &ensp;"
    for name in ("invented", "recovered", "missed")
)
AGREED = "<span aria-hidden='true'>◇</span>&nbsp;members agree, of what each adds"


class DetailBars(pn.viewable.Viewer):
    """Bars of every band, in units of what was there: invented to the left, recovered and missed to the right."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self.view = page("<p>No result yet.</p>")
        self.view.stylesheets = [STYLE, BARS]
        session.watch(self._draw, "result", "result_b")
        session.watch(self._dim, "stale", "result")
        self._draw()
        self._dim()

    def _draw(self, *_) -> None:
        first, second = self.session.outcome.result, self.session.comparison.judged
        if first is None or first.table is None:
            return
        self.view.object = drawn([first] if second is None else [first, second])

    def _dim(self, *_) -> None:
        dim(self.view, self.session.outdated)

    def __panel__(self):
        return self.view


def drawn(results: list[Result]) -> str:
    """The bars of one method or of two, as HTML.

    Args:
        results: Judged, of one scene.

    Returns:
        A table with a row for every band, and the sentence; that alone where there is nothing to draw.
    """
    told, sentence = [balances(result) for result in results], f"<p>{html.escape(said(*results))}</p>"
    if not told[0] or results[0].scene.truth is None:
        return sentence
    left = reach([row for rows in told for row in rows])
    agreed = any(not np.isnan(row.agreed) for rows in told for row in rows)
    body = "".join(_row(sides, left, agreed) for sides in zip(*told, strict=True))
    titles = "".join(f"<th>{title}</th>" for title in ("Real", "Found", *(["Agreed"] if agreed else [])))
    head = f"<tr><th>Of the detail</th><th></th>{titles}</tr>"
    so_far = f"<p>So far of {results[0].scored} members:</p>" if results[0].scored else ""
    legend = f"<p class='legend'>{LEGEND}{AGREED if agreed else ''}</p>"
    return f"{so_far}<table tabindex='0'>{head}{body}</table>{legend}{sentence}"


def _row(sides: tuple[Balance, ...], left: float, agreed: bool) -> str:
    """A band: a bar for each method, and its numbers under each other."""
    bars = "".join(_bar(row, who, left) for row, who in zip(sides, ("", "b"), strict=False))
    shares = [(row.real, row.found, row.agreed)[: 3 if agreed else 2] for row in sides]
    cells = "".join(f"<td>{'<br>'.join(map(_share, column))}</td>" for column in zip(*shares, strict=True))
    name = f"{sides[0].name} <small>{html.escape(sides[0].span)}</small>"
    return f"<tr><td>{name}</td><td class='bars'>{bars}</td>{cells}</tr>"


def _bar(row: Balance, who: str, left: float) -> str:
    """A bar from -left to 1, in units of what was there; who: 'b' for the thinner one."""
    marks = [("zero", 0.0)] if np.isnan(row.agreed) else [("zero", 0.0), ("agreed", float(np.clip(row.agreed, 0, 1)))]
    inside = "".join(
        f"<i style='left:{_per_cent(left + start, left)};width:{_per_cent(end - start, left)};"
        f"background:{COLOURS[name]}'></i>"
        for name, start, end in row.parts(left)
    )
    inside += "".join(f"<i class='{kind}' style='left:{_per_cent(left + at, left)}'></i>" for kind, at in marks)
    words = html.escape(f"{'method B, ' if who else ''}{row.name}: {row.words}")
    return f"<div class='bar {who}' role='img' aria-label='{words}' title='{words}'>{inside}</div>"


def _per_cent(length: float, left: float) -> str:
    return f"{100 * length / (1 + left):.1f}%"


def _share(value: float) -> str:
    """A share as text; a dash where nothing was added, or there."""
    return "–" if np.isnan(value) else f"{max(value, 0):.0%}"
