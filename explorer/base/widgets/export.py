"""Share and keep: the link, a figure for print, a NetCDF file, an animation."""

import panel as pn
import panel_material_ui as pmui
import param

from explorer.base.exporting import TYPES, Exporter, File
from explorer.drawing.lines import adjust

BUTTON = {"size": "small", "variant": "outlined", "margin": (4, 3), "sizing_mode": "stretch_width"}
WIDGET = {"size": "small", "margin": (5, 4), "sizing_mode": "stretch_width"}
SMALL = {"& .MuiAccordionSummary-root": {"minHeight": "34px"}, "& .MuiTypography-root": {"fontSize": "0.9rem"}}


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
    """Buttons for the link and the files, and how far the making is; beside them `animation`, its choices."""

    exporter = param.ClassSelector(class_=Exporter)

    def __init__(self, exporter: Exporter, **params):
        super().__init__(exporter=exporter, **params)
        self.courier = Courier(width=0, height=0, margin=0)
        link = pmui.Button(label="Copy link", **BUTTON)
        link.js_on_click(code="navigator.clipboard && navigator.clipboard.writeText(window.location.href)")
        make = {"PNG": exporter.picture, "NetCDF": exporter.numbers, "Make animation": exporter.film}
        self.makers = [
            pmui.Button(label=label, disabled=True, on_click=lambda _, act=act: act(), **BUTTON)
            for label, act in make.items()
        ]
        self.cancel = pmui.Button(label="Stop", visible=False, on_click=lambda _: exporter.cancel(), **BUTTON)
        self.bar = pmui.LinearProgress(
            variant="indeterminate", visible=False, margin=(2, 8), sizing_mode="stretch_width"
        )
        self.left = pn.pane.HTML("", visible=False, margin=(0, 8), styles={"font-size": "12px", "opacity": "0.85"})
        choices = pn.Column(
            self._filmed(), self._dates(),
            pn.Row(self._widget("kind"), self._widget("pace", pmui.IntInput), margin=0), self.makers[2],
            margin=0, sizing_mode="stretch_width",
        )  # fmt: skip
        self.animation = pmui.Accordion(
            ("Animation", choices), active=[], margin=(4, 0), sizing_mode="stretch_width", sx=SMALL
        )
        self.view = pn.Column(
            pn.Row(link, *self.makers[:2], sizing_mode="stretch_width", margin=0), self.bar,
            pn.Row(self.left, self.cancel, margin=0, sizing_mode="stretch_width"), self.courier,
            margin=0, sizing_mode="stretch_width", css_classes=["tour-keep"],
        )  # fmt: skip
        exporter.param.watch(self._follow, ["busy", "progress"])
        exporter.param.watch(lambda event: self.courier.take(event.new) if event.new else None, "file")
        exporter.session.watch(self._follow, "scene")

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
        """While something is made nothing else can be; an animation says how long it takes."""
        exporter = self.exporter
        ready = exporter.session.outcome.scene is not None and not exporter.busy
        for button in self.makers:
            adjust(button, disabled=not ready)
        adjust(self.makers[2], disabled=not ready or exporter.filmed is None)
        share = exporter.progress
        adjust(self.cancel, visible=exporter.busy)
        adjust(
            self.bar, visible=exporter.busy, variant="indeterminate" if share is None else "determinate",
            value=int(100 * (share or 0)),
        )  # fmt: skip
        words = "" if share is None else f"{share:.0%}, about {exporter.time_left:.0f} s left"
        adjust(self.left, visible=bool(words), object=words)

    def __panel__(self):
        return self.view
