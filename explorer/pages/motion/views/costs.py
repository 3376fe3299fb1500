"""The cost of a descent falling, and the way back to what it found earlier."""

from typing import cast

import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.models import ColumnDataSource, LogTicker
from bokeh.models.annotations import LabelSet, Span

from explorer.base.given import given
from explorer.base.wording import count
from explorer.base.zoom import LineZoom
from explorer.drawing.lines import NOTHING, adjust, columns, dim, entries, line_figure, title_pane, title_text, titled
from explorer.pages.motion.run import Motion
from explorer.pages.motion.session import MotionSession

COSTS = (
    "cost", "cost_observation", "cost_background", "cost_gradient", "cost_divergence", "cost_error", "cost_prior",
    "cost_change",
)  # fmt: skip


class Costs(pn.viewable.Viewer):
    """The cost and its terms after every iterate, and a slider back to the flows of earlier ones."""

    session = given(MotionSession)

    def __init__(self, session: MotionSession, **params):
        super().__init__(session=session, **params)
        tips = [("", "@label"), ("iterate", "@x{0}"), ("cost", "@y{0.000e+0}")]
        self.figure, self.sources = line_figure("costs", "iterate", "cost", COSTS, tips, log="y")
        self.figure.legend.update(location="bottom_left", orientation="horizontal", ncols=5)
        cast(LogTicker, self.figure.yaxis[0].ticker).desired_num_ticks = 4
        self.zoom = LineZoom(session.look, self.figure, COSTS)
        self.zoom.fit((0, 60), (1e-3, 1e-2))
        self.stages = ColumnDataSource({"x": [], "y": [], "words": []})
        self.figure.add_layout(
            LabelSet(
                x="x", y="y", text="words", source=self.stages, x_offset=3, y_offset=3, text_font_size="12px",
                text_color="#7f7f7f",
            )
        )  # fmt: skip
        self.mark = Span(dimension="height", line_color="#d55e00", line_width=2, visible=False)
        self.figure.add_layout(self.mark)
        self.slider = pmui.DiscreteSlider(
            label="Iterate shown", options={"last": 0}, value=0, visible=False, size="small", margin=(0, 14, 4, 60),
            sizing_mode="stretch_width", height=36,
        )  # fmt: skip
        self._following = False
        self.title = title_pane()
        self.view = pn.Column(
            titled(self.title, self.figure), self.slider, sizing_mode="stretch_both", min_height=0, margin=0
        )
        self.slider.param.watch(self._take, "value")
        session.watch(self._draw, "result")
        session.watch(self._follow, "result", "iterate")
        session.watch(self._dim, "stale")
        self._draw()
        self._follow()
        self._dim()

    def _draw(self, *_) -> None:
        found = self.session.outcome.result
        if found is None:
            return
        costs = {name: found.costs.get(name, NOTHING) for name in COSTS}
        for (name, values), item in zip(costs.items(), entries(self.figure), strict=True):
            self.sources[name].data = self._curve(found, name) if values.size else columns(NOTHING, NOTHING, name)
            item.visible = bool(values.size) and bool((values > 0).any())
        first = [n for n in found.stages if costs["cost"].size]
        self.stages.data = {
            "x": first, "y": [costs["cost"][n - 1] for n in first], "words": [found.stages[n] for n in first]
        }  # fmt: skip
        if not costs["cost"].size:
            self.title.object = title_text("This method descends no cost")
            return
        positive = np.concatenate([values[values > 0] for values in costs.values()])
        low, high = float(positive.min()), float(positive.max())
        below, above = self.zoom.fitted["y"]
        if found.final or not below < low or not high < above < 1e3 * high:
            below, above = max(low / 30, high * 1e-6), high * 30  # with room for the legend and for words
        self.zoom.fit((0, found.total + 1), (below, above))
        evaluations = found.trace.get("evaluations", 0)
        stage = ", ".join([*found.stages.values()][-1:])
        text = f"Cost {found.trace['cost']:.5g} after {count(int(evaluations), 'evaluation')}"
        self.title.object = title_text(f"{text}, {stage}" if stage else text)

    @staticmethod
    def _curve(found: Motion, name: str) -> dict:
        """Source data of a cost, broken where another one begins; the hover says which."""
        iterates, values, stages = found.curve(name)
        drawn = columns(iterates, values, name)
        return drawn | {"label": [", ".join(filter(None, pair)) for pair in zip(drawn["label"], stages, strict=True)]}

    def _follow(self, *_) -> None:
        """Offer the iterates that were kept, and mark the one on the screen."""
        found, iterate = self.session.outcome.result, self.session.images.iterate
        kept = list(found.iterates) if found is not None else []
        last = found.index if found is not None else 0  # its own number: the slider places only a value that changes
        self._following = True
        offered = {str(number): number for number in kept if number != last} | {"last": last}
        adjust(self.slider, options=offered, value=iterate if iterate in kept else last, visible=bool(kept))
        self._following = False
        self.mark.update(visible=iterate in kept, location=iterate if iterate in kept else None)

    def _take(self, event) -> None:
        found = self.session.outcome.result
        if not self._following and found is not None:
            self.session.images.iterate = None if event.new == found.index else event.new

    def _dim(self, *_) -> None:
        dim(self.view, self.session.outcome.stale)

    def __panel__(self):
        return self.view
