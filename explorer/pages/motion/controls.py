"""The sidebar and the status line of the page "Motion"."""

import panel as pn
import panel_material_ui as pmui
import param

from explorer.drawing.lines import adjust
from explorer.base.looks import PLAYER
from explorer.pages.motion.session import MotionSession
from explorer.pages.motion.fields import ahead, moments

GREETING = (
    "<b>What you see.</b> Four <i>images</i> in a row. A method finds the <i>flow</i> that carries each into the next; "
    "4D-Var does so by descending a cost, iterate by iterate. The <i>forecast</i> goes on from the last image and is "
    "judged by what happened."
)
WIDGET = {"size": "small", "margin": (5, 4), "sizing_mode": "stretch_width"}


class MotionControls(pn.viewable.Viewer):
    """Data set, region, time, missing cells, method; which image and which forecast are shown."""

    session = param.ClassSelector(class_=MotionSession)

    def __init__(self, session: MotionSession, **params):
        super().__init__(session=session, **params)
        self._following = False
        self.region = pmui.Select(label="Region", description=session.param.region.doc, **WIDGET)
        self.time = pmui.Select(label="First image", description=session.param.time.doc, **WIDGET)
        player = {"interval": 800, "show_loop_controls": False, "show_value": True, "margin": (0, 4), "sx": PLAYER,
                  "visible_buttons": ["previous", "play", "pause", "next"], "sizing_mode": "stretch_width"}  # fmt: skip
        self.image = pmui.DiscretePlayer(label="Image", options=["1"], **player)
        self.lead = pmui.DiscretePlayer(label="Forecast", options=["1"], **player)
        about = session.param.flow_of
        self.truth = pmui.Switch(label=about.label, description=about.doc, margin=(6, 8))
        self.truth.param.watch(lambda event: self._take("flow_of", "true" if event.new else ""), "value")
        for name in ("region", "time", "image", "lead"):
            getattr(self, name).param.watch(lambda event, name=name: self._take(name, event.new), "value")
        session.param.watch(self._follow, ["source", "region", "time", "image", "lead", "flow_of", "scene"])
        self._follow()

    def _take(self, name: str, value) -> None:
        if self._following or value is None:
            return
        if name in ("image", "lead"):
            value = dict(zip(("image", "lead"), _named(self.session), strict=True))[name].get(value)
        if value is not None:
            setattr(self.session, name, value)

    def _follow(self, *_) -> None:
        session, self._following = self.session, True
        try:
            named = {region.title: key for key, region in session.data.regions.items()}
            box = {} if session.region in named.values() else {f"Box {session.region}": session.region}
            adjust(self.region, options=named | box, value=session.region)
            adjust(self.time, options=list(session.param.time.objects), value=session.time)
            for player, words, number in zip(
                (self.image, self.lead), _named(session), (session.image, session.lead), strict=True
            ):
                adjust(player, options=list(words), value=list(words)[number - 1])
            known = session.scene is not None and session.moving.known is not None
            adjust(self.truth, value=bool(session.flow_of), visible=known)
        finally:
            self._following = False

    def toggle_player(self) -> None:
        """Play through the images, or pause."""
        self.image.direction = 0 if self.image.direction else 1

    def _select(self, name: str, kind=pmui.Select, **options) -> pn.viewable.Viewable:
        return kind.from_param(self.session.param[name], description=self.session.param[name].doc, **(WIDGET | options))

    def scene(self) -> pn.Column:
        """Which images."""
        return pn.Column(
            self._select("source"), pn.Row(self.region, self.time, margin=0),
            self._select("gaps", pmui.FloatSlider), margin=(0, 6), sizing_mode="stretch_width",
        )  # fmt: skip

    def shown(self) -> pn.Column:
        """Which of them and of the forecasts are on the screen."""
        arrows = pn.Row(self._select("flow"), self.truth, margin=0)
        return pn.Column(self.image, self.lead, arrows, margin=(0, 6), sizing_mode="stretch_width")

    def method(self) -> pn.Column:
        return pn.Column(self._select("method"), margin=(0, 6), sizing_mode="stretch_width")

    def __panel__(self):
        return pn.Column(self.scene(), self.shown(), self.method())


class MotionStatus(pn.viewable.Viewer):
    """One line: how far it is, how long it took, what was missing."""

    session = param.ClassSelector(class_=MotionSession)

    def __init__(self, session: MotionSession, **params):
        super().__init__(session=session, **params)
        style = {"font-size": "12px", "opacity": "0.85"}
        self.text = pn.pane.HTML("", margin=(1, 10), height=20, sizing_mode="stretch_width", styles=style)
        session.param.watch(self._draw, ["busy", "result", "stale"])

    def _draw(self, *_) -> None:
        session, found = self.session, self.session.result
        words = ["settings changed: the flow is of before, press Run"] if session.stale else []
        if found is not None:
            if session.busy and not found.final:
                words.append(f"iterate {found.index} of at most {found.total}, at most {session.time_left:.0f} s left")
            elif not found.final:
                words.append("cancelled: the best flow so far")
            words += [
                f"method {found.trace.get('seconds', 0):.2f} s",
                f"{found.trace.get('evaluations', 0):.0f} evaluations",
            ]
            shape = " × ".join(map(str, found.scene.problem.mask.shape))
            words.append(f"{found.scene.problem.low.sizes['time']} images of {shape} cells")
        self.text.object = " · ".join(words)

    def __panel__(self):
        return self.text


def _named(session: MotionSession) -> tuple[dict[str, int], dict[str, int]]:
    """Words for the images and for the lead times -> their numbers from 1."""
    scene = session.scene
    if scene is None:
        return {str(n): n for n in range(1, session.image + 1)}, {str(n): n for n in range(1, session.lead + 1)}
    images, leads = moments(scene), ahead(scene)
    return {word: n for n, word in enumerate(images, 1)}, {word: n for n, word in enumerate(leads, 1)}
