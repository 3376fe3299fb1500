"""Layout of the page, and the few threads between session, document and address bar. Nothing else."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from urllib.parse import parse_qsl, urlencode

import panel as pn
import panel_material_ui as pmui
import param
from panel.io import hold
from tornado.ioloop import IOLoop

from explorer.server import panel_fixes as delivery
from explorer.base.selection import Choosing
from explorer.server.bokeh_defaults import remember
from explorer.pages.motion.run import warm_up
from explorer.base.exporting import Exporter
from explorer.pages.failures.session import FailureSession
from explorer.pages.motion.figure import MotionScreen
from explorer.pages.motion.films import films as motion_films
from explorer.pages.resolution.figure import Resolution
from explorer.pages.resolution.films import films as resolution_films
from explorer.jobs.journal import note
from explorer.jobs.limits import LIMITS
from explorer.base.looks import tabbed
from explorer.pages.motion.session import MotionSession
from explorer.pages.resolution.scaling import Scaling
from explorer.pages.resolution.script import motion_code
from explorer.pages.resolution.session import Session
from explorer.pages.failures.controls import GREETING as FAILURES
from explorer.pages.failures.controls import Evaluator, FailureControls
from explorer.pages.failures.views.bookmarks import Bookmarks, EvaluationCode
from explorer.pages.resolution.controls import Controls, Own, welcome
from explorer.pages.resolution.views.details import Code, Details, Explanation
from explorer.base.widgets.export import Export
from explorer.pages.resolution.views.film import Film
from explorer.pages.failures.views.heat import HeatMap
from explorer.pages.resolution.views.maps import Maps, Swipe
from explorer.pages.resolution.views.members import Members, Reliability
from explorer.pages.motion.controls import GREETING, MotionControls, MotionStatus
from explorer.pages.motion.views.curves import Costs, Judgement
from explorer.pages.motion.views.maps import MotionMaps
from explorer.base.widgets.own_file import OwnFile
from explorer.pages.resolution.views.scales import Scales
from explorer.pages.resolution.views.schedule import Schedule
from explorer.pages.resolution.views.spectrum import Spectrum
from explorer.base.widgets.status import Headline, Message, Runner, Status
from explorer.pages.failures.views.table import Table
from explorer.pages.resolution.views.tour import Tour
from explorer.pages.failures.views.why import Why
from explorer.base.session import Working

delivery.mend()
remember()

# Bokeh's text is sized in em of htmlFontSize; fontSize is scaled so that the widgets come out at 13 px.
TEXT = {"typography": {"htmlFontSize": 11.5, "fontSize": 9.4, "h3": {"fontSize": "1.3rem"}}}
THEMES = {
    "light": TEXT | {"palette": {"primary": {"main": "#12506e"}}},
    "dark": TEXT | {"palette": {"primary": {"main": "#5fb0d3"}}},
}
LOOK = {
    "& .MuiToolbar-root": {"minHeight": "46px !important"},
    "& .MuiAppBar-root": {"backgroundColor": "#12506e !important", "backgroundImage": "none", "color": "#fff"},
}

log = logging.getLogger("finescale.pages")
FULL = "This server has as many pages open as it can serve. Close one that is not needed, or come back in a minute."


class Browser(pn.custom.JSComponent):
    """What only the browser has: the address bar with its Back and Forward, and keys pressed outside a text field."""

    address = param.List(default=["", False], doc="Query to show in the address bar, and whether as a new entry.")
    back = param.String(default="", doc="The address's query after Back or Forward; set again even if it is the same.")
    key = param.String(default="", doc="The last shortcut pressed; set again with every press.")

    _esm = """
    const KEYS = ["ArrowLeft", "ArrowRight", " ", "Escape"]
    const typing = (e) => e.composedPath().some((n) => /^(INPUT|TEXTAREA|SELECT|BUTTON)$/.test(n.tagName) ||
      ["slider", "option", "tab", "combobox"].includes(n.role))
    export function render({model}) {
      model.on("address", () => {
        const [query, entry] = model.address, url = new URL(query, window.location.href)
        if (url.search === window.location.search) return
        if (entry) window.history.pushState({}, "", url)
        else window.history.replaceState({}, "", url)
      })
      window.addEventListener("popstate", () => model.send_msg(["back", window.location.search]))
      window.addEventListener("keydown", (e) => {
        if (KEYS.includes(e.key) && !e.ctrlKey && !e.altKey && !e.metaKey && (e.key === "Escape" || !typing(e))) {
          if (e.key !== "Escape") e.preventDefault()
          model.send_msg(["key", e.key])
        }
      })
    }
    """

    def _handle_msg(self, msg) -> None:
        name, text = msg
        if name in ("back", "key"):
            setattr(self, name, str(text))


class Cause:
    """Who changes the session now: a person, whose every action is one entry of the browser's history, or the page,
    whose answers (and what Back itself brings) only complete the present entry."""

    person = True

    @contextmanager
    def following(self) -> Iterator[None]:
        """The page answers."""
        with self._by(False):
            yield

    @contextmanager
    def acting(self) -> Iterator[None]:
        """The page does what a person has chosen, as soon as it can."""
        with self._by(True):
            yield

    @contextmanager
    def _by(self, person: bool) -> Iterator[None]:
        before, self.person = self.person, person
        try:
            yield
        finally:
            self.person = before


def create_app() -> pmui.Page:
    """One page with a session of its own: the explorer or, by `page=` in the address, motion or failure cases."""
    delivery.stay_here(pn.state.curdoc)
    if len(Working.open_pages) >= LIMITS.sessions:
        note(log, "page refused", open=len(Working.open_pages))
        return pmui.Page(title="Finescale", main=[pmui.Alert(title=FULL, severity="warning")], sx=LOOK)
    name = named(pn.state.session_args)  # known before the address is
    cause, browser = Cause(), Browser(width=0, height=0, margin=0)
    build = {MotionSession.PAGE: _motion, FailureSession.PAGE: _failures}.get(name, _explorer)
    pn.extension("tabulator" if build is _failures else "katex", js_files=delivery.KEEP)
    session, sidebar, main, actions = build(_dispatcher(cause))
    if isinstance(session, Choosing):
        session.opening.as_chosen = cause.acting
    page = pmui.Page(
        title="Finescale",
        header=[pages(session), Headline(session), *([Tour(margin=(0, 8))] if isinstance(session, Session) else [])],
        sidebar=[*sidebar, browser],
        main=[main],
        sidebar_width=330,
        busy_indicator=None,
        theme_config=THEMES,
        sx=LOOK,
    )
    _stop_following_busy(page)
    _listen(actions | {"Escape": session.cancel}, browser)
    _dress(page, session)
    _connect(session, browser, cause)
    return page


def named(arguments: Mapping[str, list[bytes]]) -> str:
    """The page that a request's arguments ask for; empty is the explorer, which an unknown name leads to as well."""
    name = arguments.get("page", [b""])[0].decode(errors="replace")
    return name if name in (MotionSession.PAGE, FailureSession.PAGE) else Session.PAGE


Built = tuple[Working, list, pn.Column, dict[str, Callable[[], None]]]  # session, sidebar, main, keys


def _explorer(dispatch: Callable) -> Built:
    """Maps above, spectrum and details below, the status line at the foot."""
    session = Session(dispatch=dispatch)
    controls = Controls(session, beside_source=(OwnFile(session.opening),))
    scaling = Scaling(session, dispatch)
    _at_the_end(scaling.close)
    of_members = {"Members": Members, "Reliability": Reliability, "Film": Film, "Schedule": Schedule}
    details = Details(session, of_members, {"Scales": Scales(scaling)})
    lower = _row(Spectrum(session), details)
    maps = [Maps(session), Swipe(session)]
    maps = pn.Column(*maps, sizing_mode="stretch_both", min_height=0, styles={"flex": "16 1 0"}, margin=0)
    maps.css_classes, lower.css_classes = ["tour-maps"], ["tour-judgement"]
    keys = {
        "ArrowLeft": lambda: session.step_date(-1),
        "ArrowRight": lambda: session.step_date(1),
        " ": controls.toggle_player,
    }
    export = _export(session, Resolution.of, resolution_films, dispatch)
    sidebar = [welcome(), controls, export.animation, _foot(Runner(session), export)]
    return session, sidebar, _stacked(session, maps, lower, Status(session)), keys


def _motion(dispatch: Callable) -> Built:
    """Images and flow above, forecasts below them, the cost and the judgement at the foot."""
    Thread(target=warm_up, name="finescale-warm", daemon=True).start()  # of the process, while the page is being made
    session = MotionSession(dispatch=dispatch)
    controls = MotionControls(session)
    parts = {
        "Forecasts": Judgement(session), "Method": Explanation(session), "Code": Code(session, write=motion_code)
    }  # fmt: skip
    lower = _row(Costs(session), tabbed(session, parts))
    maps = pn.Column(MotionMaps(session), sizing_mode="stretch_both", min_height=0, styles={"flex": "16 1 0"}, margin=0)
    keys = {
        "ArrowLeft": lambda: session.step_date(-1),
        "ArrowRight": lambda: session.step_date(1),
        " ": controls.toggle_player,
    }
    export = _export(session, MotionScreen.of, motion_films, dispatch)
    own = pn.Column(Own(session), margin=(0, 6), sizing_mode="stretch_width")
    asked = [controls.scene(), controls.shown(), controls.method(), own]
    sidebar = [welcome(GREETING), *asked, export.animation, _foot(Runner(session), export)]
    return session, sidebar, _stacked(session, maps, lower, MotionStatus(session)), keys


def _failures(dispatch: Callable) -> Built:
    """Heat map above the table, and why the case in focus failed beside them."""
    session = FailureSession(dispatch=dispatch)
    marked = Bookmarks(session)
    tabs = tabbed(session, {"Table": Table(session), "Bookmarks": marked, "Code": EvaluationCode(session)})
    heat = pn.Column(HeatMap(session), sizing_mode="stretch_both", min_height=0, styles={"flex": "8 1 0"}, margin=0)
    below = pn.Column(tabs, sizing_mode="stretch_both", min_height=0, styles={"flex": "11 1 0"}, margin=0)
    left = pn.Column(heat, below, sizing_mode="stretch_both", min_height=0, styles={"flex": "13 1 0"}, margin=0)
    right = pn.Column(Why(session), sizing_mode="stretch_both", min_height=0, styles={"flex": "8 1 0"}, margin=0)
    both = pn.Row(left, right, sizing_mode="stretch_both", min_height=0, margin=0)
    main = pn.Column(Message(session), both, sizing_mode="stretch_both", min_height=0, margin=0)
    keys = {"ArrowLeft": lambda: session.step_date(-1), "ArrowRight": lambda: session.step_date(1)}
    controls = FailureControls(session, beside_source=(OwnFile(session.opening),))
    sidebar = [welcome(FAILURES), controls, Evaluator(session), marked.keeper]
    return session, sidebar, main, keys


def _export(session: Working, take: Callable, films: Callable, dispatch: Callable) -> Export:
    """What makes files for a page, as long as it is there."""
    exporter = Exporter(session, take, films, dispatch)
    _at_the_end(exporter.cancel)
    return Export(exporter)


def _at_the_end(act: Callable[[], None]) -> None:
    """Do this when the page is closed."""
    if pn.state.location is not None:
        pn.state.on_session_destroyed(lambda context: act())


def _foot(*parts) -> pn.Column:
    """The end of the sidebar, seen however far it is scrolled."""
    style = {"position": "sticky", "bottom": "0", "z-index": "3", "background": "var(--mui-palette-background-paper)"}
    return pn.Column(*parts, sizing_mode="stretch_width", margin=0, styles=style)


def _row(*parts) -> pn.Row:
    columns = (pn.Column(part, sizing_mode="stretch_both", min_height=0, styles={"flex": "1 1 0"}) for part in parts)
    return pn.Row(*columns, sizing_mode="stretch_both", min_height=0, styles={"flex": "9 1 0"}, margin=0)


def _stacked(session: Working, maps: pn.Column, lower: pn.Row, status: pn.viewable.Viewer) -> pn.Column:
    return pn.Column(Message(session), maps, lower, status, sizing_mode="stretch_both", min_height=0, margin=0)


def pages(session: Working) -> pn.pane.HTML:
    """Links to the pages, the present one underlined."""
    links = (
        f"<a href='{'?page=' + page if page else '?'}' style='color:#fff;margin-right:12px;text-decoration:"
        f"{'underline' if page == session.PAGE else 'none'}'>{title}</a>"
        for page, title in (("", "Explorer"), (MotionSession.PAGE, "Motion"), (FailureSession.PAGE, "Failure cases"))
    )
    return pn.pane.HTML(f"<div style='font-size:14px;white-space:nowrap'>{''.join(links)}</div>", margin=(0, 4, 0, 12))


def _stop_following_busy(page: pmui.Page) -> None:
    """Panel's busy state would keep every page alive for good, and costs two walks through all models per event."""
    for _, watcher in page._param__private.ref_watchers:
        watcher.inst.param.unwatch(watcher)
    page._param__private.ref_watchers.clear()


def _dispatcher(cause: Cause) -> Callable[[Callable[[], None]], None]:
    """How the worker hands a call to this page: on the document's next tick, its changes sent as one message.

    Through the server's loop: a document on hold in its own thread loses callbacks that other threads add meanwhile.
    """
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        return lambda call: call()
    loop = IOLoop.current()

    def inside(call: Callable[[], None]) -> None:
        with hold(document), cause.following():
            call()

    def tick(call: Callable[[], None]) -> None:
        if document.session_context is not None:  # the page may have gone meanwhile
            document.add_next_tick_callback(lambda: inside(call))

    return lambda call: loop.add_callback(tick, call)


def _listen(actions: dict[str, Callable[[], None]], browser: Browser) -> None:
    """Keyboard: arrows for the date, space to play, Esc to cancel."""
    browser.param.watch(lambda event: actions.get(event.new, lambda: None)(), "key", onlychanged=False)


def _dress(page: pmui.Page, session: Working) -> None:
    """Light or dark, by the button and by the link."""
    page.param.watch(lambda event: session.param.update(theme="dark" if event.new else ""), "dark_theme")
    session.param.watch(lambda event: page.param.update(dark_theme=event.new == "dark"), "theme")


def _connect(session: Working, browser: Browser, cause: Cause) -> None:
    """Start with what the link says, keep the link up to date, follow Back and Forward, stop with the page."""
    location, document = pn.state.location, pn.state.curdoc
    if location is None:
        session.select({})
        return
    due = {"written": True, "entry": False}

    def change(*events) -> None:
        due["entry"] |= cause.person and any(event.name not in session.PASSING for event in events)
        if due["written"]:
            due["written"] = False
            document.add_next_tick_callback(write)

    def write() -> None:
        page = {"page": session.PAGE} if session.PAGE else {}
        browser.address = ["?" + urlencode(page | session.query(), safe=",:;"), due["entry"]]
        due.update(written=True, entry=False)

    def read(text: str, blank: tuple[str, ...] = ()) -> None:
        # Held: one message, and no widget passes through a value that nobody asked for.
        with hold(document), cause.following():
            asked = dict(parse_qsl(text.lstrip("?")))
            asked.pop("page", None)
            session.select({**dict.fromkeys(blank, ""), **asked})
            change()  # what could not be used is written out of the address

    def start() -> None:
        read(location.search or "")
        session.param.watch(change, [*session.NAMES, *session.SHOWING])

    def close(*_) -> None:
        session.close()
        note(log, "page closed", session=session.name)

    note(log, "page opened", session=session.name, page=session.PAGE or "explorer")
    browser.param.watch(lambda event: read(event.new, session.OPTIONAL), "back", onlychanged=False)
    pn.state.onload(start)
    pn.state.on_session_destroyed(close)
