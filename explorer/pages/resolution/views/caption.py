"""One sentence under the stage: what is seen."""

import html

import panel as pn

from engine.scene import Scene
from explorer.base.given import given
from explorer.drawing.pictures import QUANTITIES, WHAT
from explorer.pages.resolution.balance import said
from explorer.pages.resolution.session import ResolutionSession

WORDS = {
    "input": "what the method was given", "truth": "what was there", "error": "what is wrong with it",
    "detail": "what of its detail is recovered, invented and missed",
    "consistency": "how far it is from its input, once degraded", "spread": "how far the members are apart",
}  # fmt: skip


class Caption(pn.viewable.Viewer):
    """What the maps on the stage are, in words."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self.view = pn.pane.HTML("", margin=(0, 8, 2, 8), sizing_mode="stretch_width")
        session.watch(self._draw, "scene", "result", "result_b", "stage", "shown", "quantity", "lower_a", "lower_b")
        self._draw()

    def _draw(self, *_) -> None:
        session = self.session
        seen = sentence(session) if session.outcome.scene is not None else ""
        told = said(session.outcome.current, session.comparison.judged)
        words = html.escape(f"{seen} {told}".strip())
        self.view.object = (
            f"<div style='font-size:calc(13*var(--px,1px));line-height:1.35;min-height:2.7em'>{words}</div>"
        )

    def __panel__(self):
        return self.view


def sentence(session: ResolutionSession) -> str:
    """What is seen, for one, two or three maps; nothing for six, which have their titles.

    Args:
        session: The page's state, with a scene.

    Returns:
        A sentence, or nothing.
    """
    stage, scene = session.stage, session.outcome.scene
    assert scene is not None
    if stage.stage == "6":
        return ""
    keys = [stage.drawn(key) for key in stage.large]
    words = [_said(key, session, scene) for key in keys]
    quantity = QUANTITIES.get(stage.quantity) if any(key.endswith(f":{stage.quantity}") for key in keys) else ""
    about = f"{quantity[0].upper()}{quantity[1:]}. " if quantity else ""
    if stage.stage == "swipe":
        return f"{about}Left of the line: {words[0]}; right: {words[1]}. Drag the line."
    listed = ", ".join(words)
    return f"{about}{listed[0].upper()}{listed[1:]}."


def _given(scene: Scene) -> str:
    """What the input is: so many numbers, or a field without its small scales."""
    low, degradation = scene.problem.low[scene.variable], scene.problem.observation
    if degradation is not None and low.shape[-2:] == scene.problem.mask.shape[-2:]:
        return f"a field smoothed over {degradation.scale_km:.0f} km"
    return f"{low.shape[-1]} × {low.shape[-2]} numbers"


def _said(key: str, session: ResolutionSession, scene: Scene) -> str:
    who = key.removeprefix("b:").partition(":")[0]
    if who == "estimate":
        method = session.comparison.sides.get("b" if key.startswith("b:") else "a", session.chosen.configured)
        guides = [scene.problem.guides[name] for name in method.needs if name in scene.problem.guides]
        made = " and the ".join([f"made from {_given(scene)}", *(str(of.attrs.get("long_name")) for of in guides[:1])])
        return f"the prediction{' of method B' if key.startswith('b:') else ''}, {made}"
    if who == "guide":
        return "what guides the method"
    return WORDS.get(who, WHAT.get(who, who).lower())
