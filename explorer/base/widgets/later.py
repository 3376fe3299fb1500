"""What is made when it is seen first: most of what a page has behind tabs and in folded sections is never looked at."""

from collections.abc import Callable, Mapping

import panel as pn
import panel_material_ui as pmui

from explorer.base.session import Session
from explorer.drawing.lines import adjust

Make = Callable[[], pn.viewable.Viewable]
TABS = {
    "& .MuiTab-root": {
        "minHeight": "32px", "minWidth": "0", "padding": "4px 6px", "fontSize": "calc(12.5*var(--px,1px))",
        "letterSpacing": "0", "textTransform": "none",
    },
    "& .MuiTabs-root": {"minHeight": "32px"}, "& .MuiTabs-flexContainer, & .MuiTabs-list": {"flexWrap": "wrap"},
    "& .MuiTabs-indicator": {"display": "none"}, "& .Mui-selected": {"boxShadow": "inset 0 -2px 0"},  # in any row
}  # fmt: skip
SECTION = {"& .MuiAccordionSummary-root": {"minHeight": "34px"}, "& .MuiTypography-root": {"fontSize": "0.9rem"}}


class Later(pn.Column):
    """A place for something, empty at first."""

    def __init__(self, make: Make, **options):
        super().__init__(**({"margin": 0, "sizing_mode": "stretch_width"} | options))
        self._make: Make | None = make

    def fill(self) -> None:
        """Make what belongs here, unless it is there."""
        if self._make is not None:
            make, self._make = self._make, None
            self[:] = [make()]


class Seldom(Later):
    """A place for what is seldom seen: made when it is seen first."""

    def __init__(self, make: Make, **options):
        super().__init__(make, visible=False, **options)

    def show(self, visible: bool, **values) -> None:  # type: ignore[override]  # Panel's serves a page
        """Show what belongs here, with these values, or hide it."""
        if visible:
            self.fill()
            adjust(self.objects[0], **values)
        adjust(self, visible=visible)


class Tabs(pn.viewable.Viewer):
    """Tabs by title; the open one is the page's `tab`: its title in small letters, nothing for the one in front."""

    def __init__(self, session: Session, parts: Mapping[str, Make], front: Callable[[], int] = lambda: 0, **options):
        """parts: title -> what makes its content; front: which tab is in front until somebody opens another one."""
        super().__init__()
        self.look, self._front = session.look, front
        self._names = [title.lower() for title in parts]
        room = {"sizing_mode": "stretch_both", "min_height": 0, "min_width": 0}
        self.places = {title: Later(make, **room) for title, make in parts.items()}
        look = {"sx": TABS, "sizing_mode": "stretch_both", "min_height": 0, "margin": 0} | options
        self.tabs = pmui.Tabs(*self.places.items(), **look)
        self.tabs._headers = []  # empty panes, where the titles are text
        self.look.param.tab.objects = ["", *self._names]
        self.tabs.param.watch(self._opened, "active")
        session.watch(self.follow, "tab")
        self.follow()

    def _opened(self, event) -> None:
        self.look.tab = "" if event.new == self._front() else self._names[event.new]
        self._fill()

    def follow(self, *_) -> None:
        """Open the tab that the page's `look` names."""
        self.tabs.active = self._names.index(self.look.tab) if self.look.tab else self._front()
        self._fill()

    def _fill(self) -> None:
        list(self.places.values())[self.tabs.active].fill()

    def __panel__(self):
        return self.tabs


FOLD = {
    "flexWrap": "wrap",
    "& .MuiToggleButton-root": {
        "width": "auto", "padding": "1px 8px", "textTransform": "none", "fontSize": "calc(12.5*var(--px,1px))",
        "lineHeight": 1.5,
    },
}  # fmt: skip


def folded(parts: Mapping[str, Make]) -> pn.Column:
    """Buttons in a row, one widget in all, each of which opens what it names below them, see server/opening.js."""
    places = {title: Seldom(make) for title, make in parts.items()}
    row = pmui.CheckButtonGroup(options=list(parts), value=[], size="small", margin=(4, 4), sx=FOLD)

    def show(event) -> None:
        for title, place in places.items():
            place.show(title in event.new)

    row.param.watch(show, "value")
    return pn.Column(row, *places.values(), margin=0, sizing_mode="stretch_width", css_classes=["folded"])


def sections(parts: Mapping[str, Make]) -> pmui.Accordion:
    """Sections by title, all folded."""
    places = {title: Later(make) for title, make in parts.items()}
    folded = pmui.Accordion(*places.items(), active=[], margin=(4, 0), sizing_mode="stretch_width", sx=SECTION)
    folded._headers = []  # as in Tabs

    def fill(event) -> None:
        for number in event.new:
            list(places.values())[number].fill()

    folded.param.watch(fill, "active")
    return folded
