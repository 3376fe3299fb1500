"""What a method is and what the data are."""

import html

import panel as pn

from explorer.base import link
from explorer.base.given import given
from explorer.base.session import Session
from explorer.base.widgets.equations import Equations
from explorer.base.widgets.text import page


class Explanation(pn.viewable.Viewer):
    """Equations and source of the method, and what the data are."""

    session = given(Session)

    def __init__(self, session: Session, **params):
        super().__init__(session=session, **params)
        self.text = page()
        self.text.sizing_mode = "stretch_width"
        self.equations = Equations()
        session.watch(self._draw, "configured", "scene")
        self._draw()

    def _draw(self, *_) -> None:
        method, data, scene = self.session.configurations[link.OPTION], self.session.data, self.session.outcome.scene
        self.equations.show(method.equations)
        about = [
            ("Method", f"{method.title}. {(type(method).__doc__ or '').split(chr(10))[0]}"),
            ("From", method.source),
        ]
        needed = type(method).requirements()
        about += [("Needs", f"{needed[:1].upper()}{needed[1:]}.")] if needed else []
        about += [("Trained on", method.trained_on())] if method.weights else []
        about += [("Data", data.source), ("Licence", data.licence)]
        about += [("Mind", data.caution)] if data.caution else []
        if scene is not None and scene.problem.observation is not None:
            about.insert(2, ("Input", scene.problem.observation.describe()))
        self.text.object = "".join(f"<p><small>{what}</small> {html.escape(text)}</p>" for what, text in about)

    def __panel__(self):
        return pn.Column(self.text, self.equations, sizing_mode="stretch_both", min_height=0, scroll=True)
