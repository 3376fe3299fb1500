"""The page "Explorer": maps above, spectrum and details below them, the status line at the foot."""

import panel as pn

from explorer.base.exporting import Exporter
from explorer.base.page import BOTH, Built, Page, foot, room, row, stacked, stepping
from explorer.base.widgets.export import Export
from explorer.base.widgets.forms import welcome
from explorer.base.widgets.later import Later
from explorer.base.widgets.own_file import OwnFileButton
from explorer.base.widgets.status import Runner
from explorer.base.widgets.tour import Tour
from explorer.drawing.lines import adjust
from explorer.jobs.errand import Dispatch
from explorer.pages.resolution.controls import GREETING, Controls
from explorer.pages.resolution.details import Details
from explorer.pages.resolution.figure import ResolutionScreen
from explorer.pages.resolution.films import films
from explorer.pages.resolution.session import ResolutionSession
from explorer.pages.resolution.views.maps import Maps
from explorer.pages.resolution.views.spectrum import Spectrum
from explorer.pages.resolution.views.status import Status
from explorer.pages.resolution.views.swipe import Swipe


def build(dispatch: Dispatch) -> Built:
    """One person's page."""
    session = ResolutionSession(dispatch)
    controls = Controls(session, beside_source=(OwnFileButton(session.own_file),))
    export = Export(Exporter(session, ResolutionScreen.of, films))
    maps, below = room(stage(session), 16), row(Spectrum(session), Details(session), share=9)
    maps.css_classes, below.css_classes = ["tour-maps"], ["tour-judgement"]
    sidebar = [welcome(GREETING), controls, export.animation, foot(Runner(session), export)]
    main = stacked(session, maps, below, Status(session))
    return Built(session, sidebar, main, stepping(session) | {" ": controls.toggle_player}, [Tour(margin=(0, 8))])


def stage(session: ResolutionSession) -> pn.Column:
    """The six maps, or two over each other; either is made when it is seen first."""
    six = Later(lambda: Maps(session).__panel__(), **BOTH)
    two = Later(lambda: Swipe(session).__panel__(), **BOTH)

    def follow(*_) -> None:
        swiped = session.comparison.swiped is not None
        adjust(six, visible=not swiped)
        adjust(two, visible=swiped)
        (two if swiped else six).fill()

    session.watch(follow, "swipe")
    follow()
    return pn.Column(six, two, **BOTH)


PAGE = Page(ResolutionSession.PAGE, "Explorer", build, ("katex",))
