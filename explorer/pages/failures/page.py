"""The page "Failure cases": heat map above the table, and why the case in focus failed beside them."""

from explorer.base.page import Built, Page, stacked, stepping
from explorer.base.widgets.code import Code
from explorer.base.widgets.forms import welcome
from explorer.base.widgets.later import Tabs
from explorer.base.widgets.own_file import OwnFileButton
from explorer.jobs.errand import Dispatch
from explorer.pages.failures.controls import GREETING, FailureControls
from explorer.pages.failures.places import beside, picture, scrolled
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
    left = scrolled(
        picture(HeatMap(session), share=8, least=200), picture(Tabs(session, tabs), share=11, least=220), share=12
    )  # fmt: skip
    both = beside(left, scrolled(Why(session), share=9))
    controls = FailureControls(session, beside_source=(OwnFileButton(session.own_file),))
    sidebar = [welcome(GREETING), controls, Evaluator(session), marked.keeper]
    return Built(session, sidebar, stacked(session, both), stepping(session))


PAGE = Page(FailureSession.PAGE, "Failure cases", build, ("tabulator",))
