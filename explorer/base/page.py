"""What a page is to the frame around it, and how its parts are laid out."""

from collections.abc import Callable
from dataclasses import dataclass, field

import panel as pn

from explorer.base.session import Session
from explorer.base.widgets.own_file import Provenance
from explorer.base.widgets.status import Message
from explorer.jobs.errand import Dispatch

BOTH = {"sizing_mode": "stretch_both", "min_height": 0, "margin": 0}


@dataclass(frozen=True)
class Built:
    """One person's page: its state, what stands in the sidebar, beside it and in the header, and what keys do."""

    session: Session
    sidebar: list
    main: pn.viewable.Viewable
    keys: dict[str, Callable[[], None]]
    header: list = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """A kind of page. name: in the address, empty for the one that opens without any; title: of the link to it;
    build: makes one for somebody; extensions: of Panel that it needs."""

    name: str
    title: str
    build: Callable[[Dispatch], Built]
    extensions: tuple[str, ...] = ()


def foot(*parts) -> pn.Column:
    """The end of the sidebar, seen however far it is scrolled."""
    style = {"position": "sticky", "bottom": "0", "z-index": "3", "background": "var(--mui-palette-background-paper)"}
    return pn.Column(*parts, sizing_mode="stretch_width", margin=0, styles=style, css_classes=["foot"])


LOW = "@media (max-width: 760px) { :host { height: 60vh !important; flex: none !important } }"


def low(part: pn.viewable.Viewer, share: int, least: int) -> pn.Column:
    """A part below larger ones, so many pixels high or more; on a phone of half its height."""
    look = {"flex": f"{share} 1 0", "min-height": f"{least}px"}
    return pn.Column(part, styles=look, stylesheets=[LOW], **BOTH)


def room(part: pn.viewable.Viewable | pn.viewable.Viewer, share: int) -> pn.Column:
    """A part that takes its share of the room there is."""
    return pn.Column(part, styles={"flex": f"{share} 1 0"}, **BOTH)


NARROW = """
@media (max-width: 760px) {
  :host { flex-direction: column !important; overflow-y: auto; display: flex }
  :host > * { flex: none !important; width: 100% !important; min-width: 0 !important; height: 92vh !important }
  :host > div:first-of-type { height: auto !important; max-height: none !important }
}
"""
FLOWING = """
@media (max-width: 760px) {
  :host, :host > * { height: auto !important; max-height: none !important; flex: none !important }
}
"""


def flowing(*parts, **options) -> pn.Column:
    """Parts below each other; on a phone as high as what is in them."""
    return pn.Column(*parts, stylesheets=[FLOWING], **BOTH, **options)


def beside(*parts: pn.Column) -> pn.Row:
    """Parts beside each other that say themselves how wide they are; below each other on a phone."""
    return pn.Row(*parts, stylesheets=[NARROW], **BOTH)


def stacked(session: Session, *parts) -> pn.Column:
    """Parts below each other, and above them what has to be said."""
    asked = [Provenance(session)] if session.own_file is not None else []
    return pn.Column(Message(session), *asked, *parts, **BOTH)


def stepping(session: Session) -> dict[str, Callable[[], None]]:
    """The keys that go through the dates."""
    return {"ArrowLeft": lambda: session.step_date(-1), "ArrowRight": lambda: session.step_date(1)}
