"""Layout of the page, and the few threads between session, document and address bar. Nothing else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlencode

import panel as pn
import panel_material_ui as pmui
import param
from panel.io import hold
from panel.reactive import Syncable

from explorer import state
from explorer.session import Session
from explorer.views.controls import Controls, welcome
from explorer.views.details import Details
from explorer.views.export import Export
from explorer.views.film import Film
from explorer.views.maps import Maps
from explorer.views.members import Members, Reliability
from explorer.views.schedule import Schedule
from explorer.views.spectrum import Spectrum
from explorer.views.status import Headline, Message, Runner, Status

# An event that overtakes a widget's change (a typed value, then a click at once) makes Panel process both without the
# document's lock, where views may not assign a Bokeh source. The mark of pn.io.with_lock makes it take the lock.
Syncable._event_coroutine.lock = Syncable._change_coroutine.lock = True  # type: ignore[attr-defined]

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
        before, self.person = self.person, False
        try:
            yield
        finally:
            self.person = before


def create_app() -> pmui.Page:
    """One page with a session of its own."""
    pn.extension("katex")
    cause = Cause()
    session = Session(dispatch=_dispatcher(cause))
    controls = Controls(session)
    browser = Browser(width=0, height=0, margin=0)
    page = pmui.Page(
        title="Finescale",
        header=[Headline(session)],
        sidebar=[welcome(), controls, Runner(session), Export(session=session), browser],
        main=[_main(session)],
        sidebar_width=330,
        busy_indicator=None,
        theme_config=THEMES,
        sx=LOOK,
    )
    _stop_following_busy(page)
    _listen(session, controls, browser)
    _connect(session, browser, cause)
    return page


def _stop_following_busy(page: pmui.Page) -> None:
    """Panel's busy state would keep every page alive for good, and costs two walks through all models per event."""
    for _, watcher in page._param__private.ref_watchers:
        watcher.inst.param.unwatch(watcher)
    page._param__private.ref_watchers.clear()


def _main(session: Session) -> pn.Column:
    """Maps above, spectrum and details below, the status line at the foot."""
    details = Details(session, {"Members": Members, "Reliability": Reliability, "Film": Film, "Schedule": Schedule})
    lower = pn.Row(
        pn.Column(Spectrum(session), sizing_mode="stretch_both", min_height=0, styles={"flex": "1 1 0"}),
        pn.Column(details, sizing_mode="stretch_both", min_height=0, styles={"flex": "1 1 0"}),
        sizing_mode="stretch_both", min_height=0, styles={"flex": "9 1 0"}, margin=0,
    )  # fmt: skip
    maps = pn.Column(Maps(session), sizing_mode="stretch_both", min_height=0, styles={"flex": "16 1 0"}, margin=0)
    return pn.Column(Message(session), maps, lower, Status(session), sizing_mode="stretch_both", min_height=0, margin=0)


def _dispatcher(cause: Cause) -> Callable[[Callable[[], None]], None]:
    """How the worker hands a call to this page: on the document's next tick, its changes sent as one message."""
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        return lambda call: call()

    def inside(call: Callable[[], None]) -> None:
        with hold(document), cause.following():
            call()

    return lambda call: document.add_next_tick_callback(lambda: inside(call))


def _listen(session: Session, controls: Controls, browser: Browser) -> None:
    """Keyboard: arrows for the date, space to play, Esc to cancel."""
    actions = {
        "ArrowLeft": lambda: session.step_date(-1),
        "ArrowRight": lambda: session.step_date(1),
        " ": controls.toggle_player,
        "Escape": session.cancel,
    }
    browser.param.watch(lambda event: actions.get(event.new, lambda: None)(), "key", onlychanged=False)


def _connect(session: Session, browser: Browser, cause: Cause) -> None:
    """Start with what the link says, keep the link up to date, follow Back and Forward, stop with the page."""
    location, document = pn.state.location, pn.state.curdoc
    if location is None:
        session.select({})
        return
    due = {"written": True, "entry": False}

    def change(*_) -> None:
        due["entry"] |= cause.person
        if due["written"]:
            due["written"] = False
            document.add_next_tick_callback(write)

    def write() -> None:
        browser.address = ["?" + urlencode(session.query(), safe=",:;"), due["entry"]]
        due.update(written=True, entry=False)

    def read(text: str, blank: tuple[str, ...] = ()) -> None:
        with cause.following():
            session.select({**dict.fromkeys(blank, ""), **dict(parse_qsl(text.lstrip("?")))})
            change()

    def start() -> None:
        read(location.search or "")
        session.param.watch(change, [*state.NAMES, "configured", "result"])

    browser.param.watch(lambda event: read(event.new, state.OPTIONAL), "back", onlychanged=False)
    pn.state.onload(start)
    pn.state.on_session_destroyed(lambda context: session.close())
