"""Share and keep: the link, a figure for print, a NetCDF file, an animation."""

from collections.abc import Callable

import panel as pn
import panel_material_ui as pmui

from explorer.base.exporting import TYPES, Exporter, File
from explorer.base.given import given
from explorer.base.widgets.later import Make, Seldom
from explorer.drawing.lines import adjust

BUTTON = {"size": "small", "variant": "outlined", "margin": (4, 3), "sizing_mode": "stretch_width"}
WIDGET = {"size": "small", "margin": (5, 4), "sizing_mode": "stretch_width"}


class Courier(pn.custom.JSComponent):
    """Takes a file to the browser, which saves it."""

    _esm = """
    export function render({model}) {
      model.on("msg:custom", ({name, type, content}) => {
        const link = document.createElement("a")
        link.href = URL.createObjectURL(new Blob([content], {type}))
        link.download = name
        link.click()
        setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
      })
    }
    """

    def take(self, file: File) -> None:
        self._send_msg({"name": file.name, "type": TYPES[file.kind], "content": file.content})


class Export(pn.viewable.Viewer):
    """Buttons for the link and the files, and how far the making is; `animation` makes its choices."""

    exporter = given(Exporter)

    def __init__(self, exporter: Exporter, **params):
        super().__init__(exporter=exporter, **params)
        self.courier = Courier(width=0, height=0, margin=0)
        link = pmui.Button(label="Copy link", **BUTTON)
        link.js_on_click(code="navigator.clipboard && navigator.clipboard.writeText(window.location.href)")
        self.makers = [maker("PNG", exporter.picture), maker("NetCDF", exporter.numbers)]
        self.state = Seldom(self._state)
        self.animation: dict[str, Make] = {"Animation": lambda: Animation(exporter).__panel__()}
        self.view = pn.Column(
            pn.Row(link, *self.makers, sizing_mode="stretch_width", margin=0), self.state, self.courier,
            margin=0, sizing_mode="stretch_width",
        )  # fmt: skip
        exporter.param.watch(self._follow, ["busy", "progress"])
        exporter.param.watch(lambda event: self.courier.take(event.new) if event.new else None, "file")
        exporter.session.watch(self._follow, "scene")
        self._follow()

    def _state(self) -> pn.Column:
        """How far the making is; an animation says how long it takes."""
        exporter = self.exporter
        bar = pmui.LinearProgress(variant="indeterminate", margin=(2, 8), sizing_mode="stretch_width")
        left = pn.pane.HTML("", margin=(0, 8), styles={"font-size": "calc(12*var(--px,1px))", "opacity": "0.85"})
        stop = pmui.Button(label="Stop", on_click=lambda _: exporter.cancel(), **BUTTON)

        def follow(*_) -> None:
            share = exporter.progress
            adjust(bar, variant="indeterminate" if share is None else "determinate", value=int(100 * (share or 0)))
            words = "" if share is None else f"{share:.0%}, about {exporter.time_left:.0f} s left"
            adjust(left, visible=bool(words), object=words)

        exporter.param.watch(follow, ["busy", "progress"])
        follow()
        row = pn.Row(left, stop, margin=0, sizing_mode="stretch_width")
        return pn.Column(bar, row, margin=0, sizing_mode="stretch_width")

    def _follow(self, *_) -> None:
        """While something is made nothing else can be."""
        exporter = self.exporter
        for button in self.makers:
            adjust(button, disabled=exporter.busy or exporter.session.outcome.scene is None)
        self.state.show(exporter.busy)

    def __panel__(self):
        return self.view


class Animation(pn.viewable.Viewer):
    """What an animation runs through, from when to when, as which kind of file, and how fast."""

    exporter = given(Exporter)

    def __init__(self, exporter: Exporter, **params):
        super().__init__(exporter=exporter, **params)
        self.make = maker("Make animation", exporter.film)
        exporter.param.watch(self._follow, ["busy", "progress", "filmed"])
        exporter.session.watch(self._follow, "scene")
        self._follow()

    def _widget(self, name: str, kind=pmui.Select) -> pn.viewable.Viewable:
        return kind.from_param(self.exporter.param[name], description=self.exporter.param[name].doc, **WIDGET)

    def _filmed(self) -> pn.viewable.Viewable:
        """What the animation runs through; it depends on what is on the screen."""
        exporter, about = self.exporter, self.exporter.param.filmed
        widget = pmui.Select(label=about.label, description=about.doc, **WIDGET)

        def follow(*_) -> None:
            adjust(widget, options=exporter.offered, value=exporter.filmed)

        widget.param.watch(lambda event: exporter.param.update(filmed=event.new), "value")
        exporter.param.watch(follow, ["offered", "filmed"])
        follow()
        return widget

    def _dates(self) -> pn.Row:
        """From when to when, where the animation runs through dates."""
        row = pn.Row(self._widget("first"), self._widget("last"), margin=0, visible=self.exporter.filmed == "dates")
        self.exporter.param.watch(lambda event: adjust(row, visible=event.new == "dates"), "filmed")
        return row

    def _follow(self, *_) -> None:
        exporter = self.exporter
        ready = exporter.session.outcome.scene is not None and not exporter.busy and exporter.filmed is not None
        adjust(self.make, disabled=not ready)

    def __panel__(self):
        return pn.Column(
            self._filmed(), self._dates(),
            pn.Row(self._widget("kind"), self._widget("pace", pmui.IntInput), margin=0), self.make,
            margin=0, sizing_mode="stretch_width",
        )  # fmt: skip


def maker(label: str, act: Callable[[], None]) -> pmui.Button:
    """A button that has something made."""
    return pmui.Button(label=label, disabled=True, on_click=lambda _: act(), **BUTTON)
