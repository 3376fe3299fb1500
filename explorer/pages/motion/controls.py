"""The sidebar of the page "Motion"."""

import panel as pn
import panel_material_ui as pmui
import param

from explorer.base.given import given
from explorer.base.widgets.choice import method_choice, source_choice
from explorer.base.widgets.forms import PLAYER, WIDGET, chooser
from explorer.drawing.lines import adjust
from explorer.pages.motion.fields import ahead, moments
from explorer.pages.motion.session import MotionSession

GREETING = (
    "<b>What you see.</b> Four <i>images</i> in a row. A method finds the <i>flow</i> that carries each into the next; "
    "4D-Var does so by descending a cost, iterate by iterate. The <i>forecast</i> goes on from the last image and is "
    "judged by what happened."
)


class MotionControls(pn.viewable.Viewer):
    """Data set, region, time, missing cells, method; which image and which forecast are shown."""

    session = given(MotionSession)

    def __init__(self, session: MotionSession, **params):
        super().__init__(session=session, **params)
        self._following = False
        self.region = pmui.Select(label="Region", description=session.selection.param.region.doc, **WIDGET)
        self.time = pmui.Select(label="First image", description=session.selection.param.time.doc, **WIDGET)
        player = {"interval": 800, "show_loop_controls": False, "show_value": True, "margin": (0, 4), "sx": PLAYER,
                  "visible_buttons": ["previous", "play", "pause", "next"], "sizing_mode": "stretch_width"}  # fmt: skip
        self.image = pmui.DiscretePlayer(label="Image", options=["1"], **player)
        self.lead = pmui.DiscretePlayer(label="Forecast", options=["1"], **player)
        about = session.images.param.flow_of
        self.truth = pmui.Switch(label=about.label, description=about.doc, margin=(6, 8))
        self.truth.param.watch(
            lambda event: self._take(session.images, "flow_of", "true" if event.new else ""), "value"
        )
        for name in ("region", "time"):
            getattr(self, name).param.watch(
                lambda event, name=name: self._take(session.selection, name, event.new), "value"
            )
        for name in ("image", "lead"):
            getattr(self, name).param.watch(lambda event, name=name: self._play(name, event.new), "value")
        session.watch(self._follow, "source", "region", "time", "image", "lead", "flow_of", "scene")
        self._follow()

    def _take(self, part: param.Parameterized, name: str, value) -> None:
        if not self._following and value is not None:
            setattr(part, name, value)

    def _play(self, name: str, word: str | None) -> None:
        """Take an image or a forecast by its words."""
        numbers = dict(zip(("image", "lead"), _named(self.session), strict=True))[name]
        self._take(self.session.images, name, numbers.get(word or ""))

    def _follow(self, *_) -> None:
        session, chosen, self._following = self.session, self.session.selection, True
        try:
            named = {region.title: key for key, region in session.data.regions.items()}
            box = {} if chosen.region in named.values() else {f"Box {chosen.region}": chosen.region}
            adjust(self.region, options=named | box, value=chosen.region)
            adjust(self.time, options=list(chosen.param.time.objects), value=chosen.time)
            shown = (session.images.image, session.images.lead)
            for player, words, number in zip((self.image, self.lead), _named(session), shown, strict=True):
                adjust(player, options=list(words), value=list(words)[number - 1])
            known = session.outcome.scene is not None and session.moving.known is not None
            adjust(self.truth, value=bool(session.images.flow_of), visible=known)
        finally:
            self._following = False

    def toggle_player(self) -> None:
        """Play through the images, or pause."""
        self.image.direction = 0 if self.image.direction else 1

    def scene(self) -> pn.Column:
        """Which images."""
        return pn.Column(
            source_choice(self.session), pn.Row(self.region, self.time, margin=0),
            chooser(self.session.images, "gaps", pmui.FloatSlider), margin=(0, 6), sizing_mode="stretch_width",
        )  # fmt: skip

    def shown(self) -> pn.Column:
        """Which of them and of the forecasts are on the screen."""
        arrows = pn.Row(chooser(self.session.images, "flow"), self.truth, margin=0)
        ground = chooser(self.session.geography, "geography")
        return pn.Column(self.image, self.lead, arrows, ground, margin=(0, 6), sizing_mode="stretch_width")

    def method(self) -> pn.Column:
        choice = method_choice(self.session, self.session.chosen, "method")
        return pn.Column(choice, margin=(0, 6), sizing_mode="stretch_width")

    def __panel__(self):
        return pn.Column(self.scene(), self.shown(), self.method())


def _named(session: MotionSession) -> tuple[dict[str, int], dict[str, int]]:
    """Words for the images and for the lead times -> their numbers from 1."""
    scene, shown = session.outcome.scene, session.images
    if scene is None:
        return {str(n): n for n in range(1, shown.image + 1)}, {str(n): n for n in range(1, shown.lead + 1)}
    images, leads = moments(scene), ahead(scene)
    return {word: n for n, word in enumerate(images, 1)}, {word: n for n, word in enumerate(leads, 1)}
