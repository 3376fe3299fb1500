"""The page "Explorer": the stage, beside it spectrum and details, the status line at the foot."""

from collections.abc import Callable

import panel as pn

from explorer.base.exporting import Exporter
from explorer.base.page import BOTH, FLOWING, Built, Page, beside, flowing, foot, room, stacked, stepping
from explorer.base.widgets.export import Export
from explorer.base.widgets.later import Later
from explorer.base.widgets.own_file import OwnFileButton
from explorer.base.widgets.status import Runner
from explorer.drawing.lines import adjust
from explorer.jobs.errand import Dispatch
from explorer.pages.resolution.choices import in_view
from explorer.pages.resolution.controls import Controls
from explorer.pages.resolution.details import Details
from explorer.pages.resolution.figure import ResolutionScreen
from explorer.pages.resolution.films import films
from explorer.pages.resolution.session import ResolutionSession
from explorer.pages.resolution.views.caption import Caption
from explorer.pages.resolution.views.large import Large
from explorer.pages.resolution.views.maps import Maps
from explorer.pages.resolution.views.spectrum import Spectrum
from explorer.pages.resolution.views.status import Status
from explorer.pages.resolution.views.strip import Strip


def build(dispatch: Dispatch) -> Built:
    """One person's page."""
    session = ResolutionSession(dispatch)
    export = Export(Exporter(session, ResolutionScreen.of, films))
    controls = Controls(session, (OwnFileButton(session.own_file),), export.animation)
    sidebar = [controls, foot(Runner(session), export)]
    main = stacked(session, beside(picture(session), judgement(session)), Status(session))
    return Built(session, sidebar, main, keys(session, controls))


def keys(session: ResolutionSession, controls: Controls) -> dict[str, Callable[[], None]]:
    """What a key does: how many maps are large, presentation, the dates."""
    stage = session.stage

    def show(count: str) -> Callable[[], None]:
        return lambda: setattr(stage, "stage", count)

    counts = {"1": "1", "2": "2", "3": "3", "6": "6", "s": "swipe"}
    shown = {key: show(count) for key, count in counts.items()}
    return stepping(session) | shown | {" ": stage.flicker, "p": controls.toggle_player}


def picture(session: ResolutionSession) -> pn.Column:
    """The large maps, or six; a sentence that says what is seen; all maps small."""
    six = Later(lambda: Maps(session).__panel__(), stylesheets=[FLOWING], **BOTH)
    few = Later(lambda: Large(session).__panel__(), stylesheets=[FLOWING], **BOTH)
    strip = Later(lambda: Strip(session).__panel__())

    def follow(*_) -> None:
        all_six = session.stage.stage == "6"
        adjust(column, styles={"flex": "5 1 0" if all_six else "2 1 0"})
        adjust(said, visible=not all_six)
        for place, seen in ((six, all_six), (few, not all_six), (strip, not all_six)):
            adjust(place, visible=seen)
            if seen:
                place.fill()

    said = Caption(session).__panel__()
    column = flowing(six, few, said, strip, min_width=0)
    session.watch(follow, "stage")
    follow()
    return column


def judgement(session: ResolutionSession) -> pn.Column:
    """Spectrum and details."""
    above, below = room(Spectrum(session), 9), room(Details(session), 10)
    return pn.Column(above, in_view(session), below, **BOTH, styles={"flex": "1 1 0"}, min_width=340)


PAGE = Page(ResolutionSession.PAGE, "Explorer", build, ("katex",))
