"""The scores of the prediction, with bicubic's and the published ones beside them."""

import html

import numpy as np
import panel as pn
import xarray as xr

from engine import scores
from engine.methods import METHODS
from engine.methods.base import Published
from explorer.base.given import given
from explorer.base.widgets.text import number, page
from explorer.drawing import noisy
from explorer.drawing.lines import dim, pretty
from explorer.pages.resolution.session import ResolutionSession

BEST = {
    "higher": ("higher is better", "↑"), "lower": ("lower is better", "↓"), "zero": ("0 is best", "0"),
    "one": ("1 is best", "1"),
}  # fmt: skip

DETAIL = ("precision_", "recall_")  # which are seen in bars


def marked(texts: list[str], better: str) -> list[str]:
    """The values of a score, the best of them bold, and those that read the same."""
    values = np.array([float(text) if text not in ("", "–") else np.nan for text in texts])
    bad = scores.badness(values, better)
    best = np.nanmin(bad) if np.isfinite(bad).any() else np.nan
    return [f"<b>{text}</b>" if worth == best else text for text, worth in zip(texts, bad, strict=True)]


def value(table: xr.Dataset, name: str) -> str:
    """A score as text, empty where there is none; the CRPS of a single field is its mean absolute error."""
    name = "mae" if name == "crps" and name not in table else name
    return number(float(table[name])) if name in table else ""


class Scores(pn.viewable.Viewer):
    """Every score of the prediction, with bicubic's beside it and the published number where there is one."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self.view = page("<p>No result yet.</p>")
        session.watch(self._draw, "result", "result_b")
        session.watch(self._dim, "stale", "result")
        self._draw()
        self._dim()

    def _draw(self, *_) -> None:
        result = self.session.outcome.result
        if result is None or result.table is None or result.reference is None:
            return
        published, other = METHODS[result.method].published_for(result.scene), self.session.comparison.judged
        shown = [result.table, *([other.table] if other is not None else [])]
        usual = [name for name in noisy.told(result.table) if not name.startswith(DETAIL)]
        rows = "".join(self._row(name, shown, result.reference, published) for name in usual)
        theirs = "<th>Published</th>" if published else ""
        titles = "".join(f"<th>{html.escape(of.title)}</th>" for of in (result, other) if of is not None)
        protocol = f"<p><small>Published: {html.escape(published.protocol)}</small></p>" if published else ""
        head = f"<tr><th>Score</th>{titles}<th>Bicubic</th>{theirs}<th></th></tr>"
        part = "<p>Of what is in view:</p>" if result.judged_in is not None else ""
        so_far = f"{part}<p>So far of {result.scored} members:</p>" if result.scored else part
        self.view.object = f"{so_far}<table tabindex='0'>{head}{rows}</table>{protocol}"

    def _dim(self, *_) -> None:
        dim(self.view, self.session.outdated)

    @staticmethod
    def _row(name: str, tables: list[xr.Dataset], reference: xr.Dataset, published: Published | None) -> str:
        score = tables[0][name]
        texts = marked([value(t, name) for t in (*tables, reference)], score.attrs["better"])
        known = "".join(f"<td>{text}</td>" for text in texts)
        units = html.escape(pretty(score.attrs["units"]))
        theirs = f"<td>{published.scores.get(name, np.nan):.4g}</td>".replace("nan", "") if published else ""
        better, sign = BEST[score.attrs["better"]]
        label = html.escape(score.attrs["long_name"])
        return (
            f"<tr title='{better}'><td>{label} <small>{units}</small></td>{known}"
            f"{theirs}<td><small>{sign}</small></td></tr>"
        )

    def __panel__(self):
        return self.view
