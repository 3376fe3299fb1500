"""Two maps over each other."""

import panel as pn
import panel_material_ui as pmui

from explorer.drawing.lines import adjust
from explorer.pages.resolution.linked_maps import LinkedMaps

LINE = "#ff3d7f"  # of what a person has put on the maps
FILLED = ".swipe-container {height: 100%; grid-template-rows: minmax(0, 1fr)} .outer {height: 100%; min-height: 0}"


class Swipe(LinkedMaps):
    """Two maps over each other; a slider between them, which arrow keys move as well."""

    NAMES = ("left", "right")
    MIDDLE = "left"

    def key(self, name: str) -> str:
        left, right = self.session.comparison.swiped or ("input", "estimate")
        return left if name == "left" else right

    @property
    def seen(self) -> bool:
        return self.session.comparison.swiped is not None

    def __panel__(self):
        comparison = self.session.comparison
        swipe = pn.Swipe(
            *(pane.view for pane in self.panes.values()), slider_color=LINE, stylesheets=[FILLED],
            sizing_mode="stretch_both", min_height=0,
        )  # fmt: skip
        self.panes["right"].title.param.update(align="end", margin=(3, 44, 0, 0), sizing_mode=None)
        slider = pmui.IntSlider(
            label=comparison.param.swipe_at.label, start=0, end=100, sizing_mode="stretch_width", margin=(0, 60)
        )

        def follow(*_) -> None:
            for widget in (slider, swipe):
                adjust(widget, value=50 if comparison.swipe_at is None else comparison.swipe_at)

        follow()
        for widget in (slider, swipe):
            widget.param.watch(lambda event: setattr(comparison, "swipe_at", event.new), "value")
        self.session.watch(follow, "swipe", "swipe_at")
        return pn.Column(swipe, slider, sizing_mode="stretch_both", min_height=0)
