"""The page "Motion": images and flow above, forecasts and the cost below them, the judgement beside them."""

from threading import Thread

import panel as pn

from explorer.base.exporting import Exporter
from explorer.base.page import BOTH, Built, Page, beside, flowing, foot, low, stacked, stepping
from explorer.base.widgets.code import Code
from explorer.base.widgets.explanation import Explanation
from explorer.base.widgets.export import Export
from explorer.base.widgets.forms import Settings, welcome
from explorer.base.widgets.later import Tabs, folded
from explorer.base.widgets.status import Runner
from explorer.jobs.errand import Dispatch
from explorer.pages.motion.controls import GREETING, MotionControls
from explorer.pages.motion.figure import MotionScreen
from explorer.pages.motion.films import films
from explorer.pages.motion.run import warm_up
from explorer.pages.motion.script import motion_code
from explorer.pages.motion.session import MotionSession
from explorer.pages.motion.views.costs import Costs
from explorer.pages.motion.views.judgement import Judgement
from explorer.pages.motion.views.maps import MotionMaps
from explorer.pages.motion.views.status import MotionStatus


def build(dispatch: Dispatch) -> Built:
    """One person's page."""
    Thread(target=warm_up, name="finescale-warm", daemon=True).start()  # while the page is being made
    session = MotionSession(dispatch)
    controls = MotionControls(session)
    tabs = {
        "Forecasts": lambda: Judgement(session).__panel__(),
        "Method": lambda: Explanation(session).__panel__(),
        "Code": lambda: Code(session, motion_code).__panel__(),
    }
    maps = flowing(MotionMaps(session), styles={"flex": "16 1 0"})
    left = flowing(maps, low(Costs(session), share=7, least=225), styles={"flex": "5 1 0"})
    right = pn.Column(Tabs(session, tabs), **BOTH, styles={"flex": "1 1 0"}, min_width=340)
    export = Export(Exporter(session, MotionScreen.of, films))
    settings = pn.Column(Settings(session.chosen), margin=(0, 6), sizing_mode="stretch_width")
    asked = [controls.scene(), controls.shown(), controls.method(), settings]
    sidebar = [welcome(GREETING), *asked, folded(export.animation), foot(Runner(session), export)]
    main = stacked(session, beside(left, right), MotionStatus(session))
    return Built(session, sidebar, main, stepping(session) | {" ": controls.toggle_player})


PAGE = Page(MotionSession.PAGE, "Motion", build, ("katex",))
