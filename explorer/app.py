"""The frame around every page: header, address, keys, theme. A page is one folder, and one line here."""

import gc
import logging
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np
import panel as pn
import panel_material_ui as pmui
import torch
from tornado.ioloop import IOLoop

from engine import plugins
from engine.methods import METHODS
from engine.scenes import catalogue
from explorer.base.address import Address
from explorer.base.cause import Cause
from explorer.base.dispatch import Dispatcher, dispatcher
from explorer.base.page import Built, Page
from explorer.base.session import Session
from explorer.base.themes import THEMES
from explorer.base.widgets.browser import Browser
from explorer.base.widgets.device import device_choice
from explorer.base.widgets.status import LINE, Headline
from explorer.base.widgets.stories import Stories
from explorer.drawing import coded
from explorer.drawing.theme import enlarge
from explorer.jobs.errand import Dispatch
from explorer.jobs.inline import inline
from explorer.jobs.journal import note
from explorer.jobs.limits import LIMITS
from explorer.pages.failures.page import PAGE as FAILURES
from explorer.pages.motion.page import PAGE as MOTION
from explorer.pages.motion.run import warm_up as warm_up_descent
from explorer.pages.resolution.page import PAGE as RESOLUTION
from explorer.server import panel_fixes
from explorer.server.bokeh_defaults import remember

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

PAGES: dict[str, Page] = {page.name: page for page in (RESOLUTION, MOTION, FAILURES)}

panel_fixes.mend()
remember()

LOOK = {
    "& .MuiAppBar-root .Mui-focusVisible": {"outlineColor": "#fff !important"},
    "& .MuiToolbar-root": {"minHeight": "46px !important"},
    "@media (max-width: 760px)": {
        "& .MuiToolbar-root": {"overflowX": "auto", "maxHeight": "46px"},
        "& .MuiToolbar-root .MuiTypography-root": {"display": "none"},
        "& main": {"paddingTop": f"{LINE}px"},
    },
    "& .MuiAppBar-root": {"backgroundColor": "#12506e !important", "backgroundImage": "none", "color": "#fff"},
}

TEMPLATE = Path(__file__).with_name("page.html")
SPARED = ("bokeh-gl", "/katex/")  # scripts of Panel that no first picture needs: of WebGL, of equations


def _inlined(script: Path) -> str:
    """A script as an address that holds it."""
    return "data:text/javascript;base64," + b64encode(script.read_bytes()).decode()


OWN = ("accessible.js", "connection.js", "opening.js", "system_theme.js")  # of the server's folder
SCRIPTS = {
    path.stem: _inlined(path) for path in (panel_fixes.SCRIPT, *map(panel_fixes.SCRIPT.with_name, OWN), coded.SCRIPT)
}
log = logging.getLogger("finescale.pages")
FULL = "This server has as many pages open as it can serve. Close one that is not needed, or come back in a minute."


def create_app() -> pmui.Page:
    """One page with a session of its own: by `page=` in the address one of PAGES, else the explorer."""
    panel_fixes.stay_here(pn.state.curdoc)
    if len(Session.open_pages) >= LIMITS.sessions:
        note(log, "page refused", open=len(Session.open_pages))
        return pmui.Page(title="Finescale", main=[pmui.Alert(title=FULL, severity="warning")], sx=LOOK)
    kind = PAGES[named(pn.state.session_args)]  # known before the address is
    cause, browser = Cause(), Browser(width=0, height=0, margin=0)
    pn.extension(*kind.extensions, js_files=SCRIPTS)
    assert pn.state.curdoc is not None
    titles, theme = [page.title for page in PAGES.values()], theme_of(pn.state.session_args)
    pn.state.curdoc.template_variables.update(spared=SPARED, pages=titles, theme=theme)
    dispatch = dispatcher(pn.state.curdoc, cause, lambda error: built.session.tell(error))
    built = kind.build(dispatch)
    session = built.session
    _tell_failures(session)
    if session.own_file is not None:
        session.own_file.as_chosen = cause.acting
    page = _framed(kind, built, browser)
    _listen(built.keys | {"Escape": session.cancel, "f": session.look.toggle_present}, browser)
    browser.param.watch(lambda event: dispatch(lambda: setattr(page, "sidebar_open", not event.new)), "narrow")
    browser.param.watch(lambda event: session.look.param.update(density=float(np.clip(event.new, 0.25, 8))), "density")
    _dress(page, session, browser, dispatch)
    _connect(session, browser, cause, dispatch)
    return page


def _framed(kind: Page, built: Built, browser: Browser) -> pmui.Page:
    """A page inside the frame that all have."""
    page = pmui.Page(
        title="Finescale",
        header=[
            pages(kind),
            Stories(margin=(0, 4)),
            Headline(built.session),
            *device_choice(built.session),
            *built.header,
        ],
        sidebar=[*built.sidebar, browser],
        main=[built.main],
        sidebar_width=290,
        busy_indicator=None,
        theme_config=THEMES,
        sx=LOOK,
        template=TEMPLATE,
        tags=[token_hex(8)],  # whose page it is, see server/connection.js
    )
    _stop_following_busy(page)
    return page


def named(arguments: Mapping[str, list[bytes]]) -> str:
    """The page that a request's arguments ask for.

    Args:
        arguments: Name -> values of the request.

    Returns:
        The page's name; empty is the explorer, which an unknown name leads to as well.
    """
    name = arguments.get("page", [b""])[0].decode(errors="replace")
    return name if name in PAGES else RESOLUTION.name


def theme_of(arguments: Mapping[str, list[bytes]]) -> str:
    """The theme that a request's arguments name.

    Args:
        arguments: Name -> values of the request.

    Returns:
        light or dark; empty follows the reader's system, which an unknown one does as well.
    """
    theme = arguments.get("theme", [b""])[-1].decode(errors="replace")
    return theme if theme in ("light", "dark") else ""


def kind_of_page(request: "HTTPServerRequest") -> tuple[str, ...]:
    """What requests have in common that the same HTML answers, where a page is made once and not for each of them.

    Panel's own, path and theme, forgets `?page=`: pages need different scripts. A full server makes a page of its own.

    Args:
        request: The request for a page.

    Returns:
        Its path, page, theme, and whether the server is full.
    """
    full = len(Session.open_pages) >= LIMITS.sessions
    return request.path, named(request.arguments), theme_of(request.arguments), "full" if full else ""


@cache
def warm_up() -> list[str]:
    """Load every data set and method, and make every kind of page once with its first picture: no visitor waits.

    Returns why plug-ins could not be loaded, one sentence each.
    """
    list(METHODS)
    catalogue()
    warm_up_descent()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # threads that are there before the server forks would be missing in its children
    with inline():
        for page in PAGES.values():
            _rehearse(page)
    torch.set_num_threads(threads)
    gc.collect()
    gc.freeze()  # what is here stays: no need to look through it whenever a page is freed
    return list(plugins.FAILED.values())


def _rehearse(page: Page) -> None:
    """Make a page for nobody: what is made once per process is there afterwards."""
    built = page.build(lambda call: call())
    _framed(page, built, Browser()).get_root()
    built.session.select({})
    built.session.close()


def pages(present: Page) -> pn.pane.HTML:
    """Links to the pages, the present one underlined.

    Args:
        present: The page that is shown.

    Returns:
        The links, for the header.
    """
    links = (
        f"<a href='{'?page=' + page.name if page.name else '?'}' style='color:#fff;margin-right:12px;text-decoration:"
        f"{'underline' if page is present else 'none'}'>{page.title}</a>"
        for page in PAGES.values()
    )
    return pn.pane.HTML(
        f"<div style='font-size:calc(14*var(--px,1px));white-space:nowrap'>{''.join(links)}</div>",
        margin=(0, 4, 0, 12),
    )


def _tell_failures(session: Session) -> None:
    """Let the page say what a widget's event ended with."""
    if pn.state.curdoc is None:
        return
    known = ref(session)  # Panel keeps the handler, and would keep the page

    def handle(error: Exception) -> None:
        page = known()
        if page is not None:
            page.tell(error)

    pn.config.exception_handler = handle


def _stop_following_busy(page: pmui.Page) -> None:
    """Panel's busy state would keep every page alive for good, and costs two walks through all models per event."""
    for _, watcher in page._param__private.ref_watchers:
        watcher.inst.param.unwatch(watcher)
    page._param__private.ref_watchers.clear()


def _listen(actions: dict[str, Callable[[], None]], browser: Browser) -> None:
    """Keyboard: arrows for the date, space to play, Esc to cancel."""
    browser.param.watch(lambda event: actions.get(event.new, lambda: None)(), "key", onlychanged=False)


def _dress(page: pmui.Page, session: Session, browser: Browser, dispatch: Dispatch) -> None:
    """Light or dark, by the button and by the link; where neither has said, as the reader's system is."""
    look = session.look

    def is_dark() -> bool:
        return look.theme == "dark" or (not look.theme and browser.dark)

    def wear(*_) -> None:
        page.param.update(dark_theme=is_dark())

    def take(event) -> None:
        if event.new != is_dark():
            look.theme = "dark" if event.new else "light"

    page.param.watch(take, "dark_theme")
    session.watch(wear, "theme")
    browser.param.watch(lambda _: dispatch(wear), "dark")  # which may be before the page stands
    session.watch(lambda event: _present(page, browser, bool(event.new)), "present")


def _present(page: pmui.Page, browser: Browser, large: bool) -> None:
    """Seen from far: no controls, large type."""
    page.param.update(sidebar_open=not large)
    browser.large = large
    if pn.state.curdoc is not None:
        enlarge(pn.state.curdoc.models, large)


def _connect(session: Session, browser: Browser, cause: Cause, dispatch: Dispatch) -> None:
    """Begin with what the link says, once more when the browser is there, and stop with the page."""
    location, document = pn.state.location, pn.state.curdoc
    if location is None or document is None:
        session.select({})
        return
    address = Address(session, browser, cause, document)

    def start() -> None:
        if isinstance(dispatch, Dispatcher):
            dispatch.stands()
        address.arrive(location.search or "")

    def close(*_) -> None:
        session.close()
        note(log, "page closed", session=session.name)
        IOLoop.current().add_callback(panel_fixes.let_go, document)  # once all that are told of it have been

    note(log, "page opened", session=session.name, page=session.PAGE or "explorer")
    address.begin(pn.state.session_args)
    pn.state.onload(start)
    pn.state.on_session_destroyed(close)
