"""The page "Failure cases": heat map above the table, and why the case in focus failed beside them."""

import panel as pn

from explorer.base.page import BOTH, Built, Page, room, stacked, stepping
from explorer.base.widgets.code import Code
from explorer.base.widgets.forms import welcome
from explorer.base.widgets.later import Tabs
from explorer.base.widgets.own_file import OwnFileButton
from explorer.jobs.errand import Dispatch
from explorer.pages.failures.controls import GREETING, FailureControls
from explorer.pages.failures.session import FailureSession
from explorer.pages.failures.views.bookmarks import Bookmarks
from explorer.pages.failures.views.evaluator import Evaluator
from explorer.pages.failures.views.heat import HeatMap
from explorer.pages.failures.views.table import Table
from explorer.pages.failures.views.why import Why


def build(dispatch: Dispatch) -> Built:
    """One person's page."""
    session = FailureSession(dispatch)
    marked = Bookmarks(session)
    tabs = {
        "Table": lambda: Table(session).__panel__(),
        "Bookmarks": lambda: marked.__panel__(),
        "Code": lambda: Code(session, FailureSession.code).__panel__(),
    }
    left = room(pn.Column(room(HeatMap(session), 8), room(Tabs(session, tabs), 11), **BOTH), 13)
    both = pn.Row(left, room(Why(session), 8), **BOTH)
    controls = FailureControls(session, beside_source=(OwnFileButton(session.own_file),))
    sidebar = [welcome(GREETING), controls, Evaluator(session), marked.keeper]
    return Built(session, sidebar, stacked(session, both), stepping(session))


PAGE = Page(FailureSession.PAGE, "Failure cases", build, ("tabulator",))
