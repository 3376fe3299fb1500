"""A connection that is interrupted is taken up again; a server that goes is missed at once, and followed when it is
back."""

import signal

import pytest
from hosting import SCREEN, serving
from visiting import Visit

pytestmark = [pytest.mark.browser, pytest.mark.long]
COLD = {"FINESCALE_WARM": "0"}  # nobody waits for what the other pages need
# The sockets that the page opens, and a mark that is gone once it is loaded anew.
SOCKETS = """
window.sockets = []
window.WebSocket = class extends WebSocket { constructor(...all) { super(...all); sockets.push(this) } }
"""


def test_what_a_page_shows_outlives_its_connection_and_its_server(browser, tmp_path):
    with browser.new_context(viewport={"width": SCREEN[0], "height": SCREEN[1]}) as context:
        with serving(tmp_path, **COLD) as server:
            here = Visit(context.new_page(), server.address())
            here.page.add_init_script(SOCKETS)
            here.open(source="ocean_run", time="2005-01-03", method="bicubic", stage="6")
            here.page.evaluate("window.untouched = true")
            before = here.cells()
            here.page.evaluate("sockets.at(-1).close()")
            here.until(
                lambda: here.page.evaluate("sockets.length === 2 && sockets[1].readyState === 1"), "a new socket"
            )
            here.settle()
            assert here.cells() == before
            here.press("Next frame")
            here.until(lambda: "time=2005-01-05" in here.page.url, "the next date")
            here.settle()
            assert here.page.evaluate("untouched"), "the page was not loaded anew"
            assert here.message() == ""
            server.process.send_signal(signal.SIGSTOP)  # it stands still
            here.page.get_by_role("button", name="Next frame").click()
            here.page.get_by_role("alert").wait_for(timeout=5000)
            server.process.send_signal(signal.SIGCONT)
            here.page.get_by_role("alert").wait_for(state="detached")
            here.until(lambda: "time=2005-01-07" in here.page.url, "the next date")
            here.settle()
            before = here.cells()
            server.stop(signal.SIGKILL)
            here.page.get_by_role("alert").wait_for(timeout=5000)
            told = here.message()
            assert "cannot be reached" in told
            assert told.count(".") == 1, "one sentence"
            assert here.page.get_by_text("Truth").first.is_visible(), "the picture stays"
        with serving(tmp_path, port=server.port, **COLD):
            here.page.wait_for_function("!window.untouched")
            here.page.get_by_text("network calls").first.wait_for()
            here.settle()
            assert here.cells() == before, "the same picture"
            assert here.message() == ""
            assert "time=2005-01-07" in here.page.url
