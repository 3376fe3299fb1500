"""Pages as a class gets them: made where the websocket lands, in HTML that was written for the first who came."""

import pytest
import serving
from hosting import visits

pytestmark = [pytest.mark.browser, pytest.mark.long]
TABLE = {"page": "failures"}


@pytest.fixture
def visit(browser, profile, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    with serving.served(folder, "--class", first="/health") as server:
        with visits(browser, profile, server) as maker:
            yield maker
        server.check()


def test_a_page_has_its_scripts_and_styles_whoever_came_first(visit):
    """What a browser complains of, or asks another server for, fails the test."""
    for query, sign in (({}, "network calls"), (TABLE, "Filter"), (TABLE, "Filter")):
        here = visit()
        here.page.goto(here.link(**query))
        here.page.get_by_text(sign).first.wait_for()
        if query:
            here.page.locator(".tabulator-col-title", has_text="Method").wait_for()
        here.page.wait_for_timeout(1000)
        here.check()
