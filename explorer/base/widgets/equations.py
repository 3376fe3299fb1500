"""Equations, typeset by KaTeX: what that takes is fetched when the first ones are shown."""

from collections.abc import Iterable

import panel as pn
import param
from panel.io.resources import set_resource_mode
from panel.models.katex import KaTeX

from explorer.base.widgets.later import Seldom


class Typesetter(pn.custom.JSComponent):
    """Fetches KaTeX into the page, from the page's own server."""

    scripts = param.List()
    looks = param.List()
    ready = param.Boolean()

    _esm = """
    export async function render({model}) {
      const put = (tag, values) => new Promise((done, failed) => {
        document.head.append(Object.assign(document.createElement(tag), {onload: done, onerror: failed, ...values}))
      })
      if (!window.renderMathInElement) {
        for (const href of model.looks) put("link", {rel: "stylesheet", href})
        for (const src of model.scripts) await put("script", {src})
      }
      model.ready = true
    }
    """


class Equations(pn.viewable.Viewer):
    """Equations in LaTeX, one below the other."""

    def __init__(self):
        super().__init__()
        self.text = pn.pane.LaTeX(
            "",
            renderer="katex",
            styles={"font-size": "calc(13*var(--px,1px))"},
            sizing_mode="stretch_width",
            margin=(0, 8),
        )
        with set_resource_mode("server"):
            needed = {"scripts": list(KaTeX.__javascript__), "looks": list(KaTeX.__css__)}
        self._typesetter = Typesetter(**needed, width=0, height=0, margin=0)
        self._place = Seldom(lambda: self.text)
        self._typesetter.param.watch(lambda _: self._place.show(True), "ready")

    def show(self, equations: Iterable[str]) -> None:  # type: ignore[override]
        """Show these."""
        self.text.object = "<br>".join(f"$${equation}$$" for equation in equations)

    def __panel__(self):
        return pn.Column(self._typesetter, self._place, sizing_mode="stretch_width", margin=0)
