"""The status line of the page "Motion"."""

import panel as pn

from explorer.base.given import given
from explorer.base.widgets.device import REPEATED
from explorer.pages.motion.session import MotionSession


class MotionStatus(pn.viewable.Viewer):
    """One line: how far it is, how long it took, what was missing."""

    session = given(MotionSession)

    def __init__(self, session: MotionSession, **params):
        super().__init__(session=session, **params)
        style = {"font-size": "calc(12*var(--px,1px))", "opacity": "0.85"}
        self.text = pn.pane.HTML("", margin=(1, 10), height=20, sizing_mode="stretch_width", styles=style)
        session.watch(self._draw, "busy", "result", "stale")
        self._draw()

    def _draw(self, *_) -> None:
        session, found = self.session, self.session.outcome.result
        words = ["settings changed: the flow is of before, press Run"] if session.outcome.stale else []
        if found is not None:
            if session.run.busy and not found.final:
                words.append(
                    f"iterate {found.index} of at most {found.total}, at most {session.run.time_left:.0f} s left"
                )
            elif not found.final:
                words.append("cancelled: the best flow so far")
            words += [
                f"method {found.trace.get('seconds', 0):.2f} s",
                f"{found.trace.get('evaluations', 0):.0f} evaluations",
            ]
            words += [REPEATED] if found.trace.get("repeated") else []
            shape = " × ".join(map(str, found.scene.problem.mask.shape))
            words.append(f"{found.scene.problem.low.sizes['time']} images of {shape} cells")
        self.text.object = " · ".join(words)

    def __panel__(self):
        return self.text
