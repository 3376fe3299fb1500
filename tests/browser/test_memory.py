"""Pages that were closed leave nothing behind on the server."""

import json
import os
import signal
import time

import pytest
from hosting import serving
from visiting import OCEAN, Visit

pytestmark = [pytest.mark.browser, pytest.mark.long]
WARM, OPENINGS = 6, int(os.environ.get("FINESCALE_OPENINGS", "0"))  # 30 take some minutes; memory is weighed then
SOON = ("--check-unused-sessions", "300", "--unused-session-lifetime", "300")  # ms after which a closed page is freed


def resident(process: int) -> float:
    """Memory of a process in MB."""
    with open(f"/proc/{process}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1000


@pytest.fixture
def served(tmp_path, query):
    """A server whose first page is of the kind that is asked for: of each it keeps one, whose HTML answers all."""
    first = "/explorer" + (f"?page={query['page']}" if "page" in query else "")
    with serving(tmp_path, *SOON, first=first, FINESCALE_CENSUS=str(tmp_path / "census.json")) as server:
        yield server


@pytest.fixture
def come_and_go(browser, served):
    """Somebody opens a page, looks at two dates, and leaves."""
    with browser.new_context() as profile:

        def visit(query: dict[str, str]) -> None:
            page = profile.new_page()
            here = Visit(page, served.address())
            if "page" in query:
                page.goto(here.link(**query))
                page.get_by_role("button", name="Run").wait_for()
            else:
                here.open(**query).next_date("truth")
            page.close()

        yield visit


def alive(process: int, report) -> dict[str, int]:
    """How many sessions the server still holds."""
    report.unlink(missing_ok=True)
    os.kill(process, signal.SIGUSR1)
    end = time.monotonic() + 30
    while not report.exists():
        assert time.monotonic() < end, "the server does not answer"
        time.sleep(0.05)
    return json.loads(report.read_text())


@pytest.mark.parametrize("query", [OCEAN, {"page": "motion"}], ids=["explorer", "motion"])
def test_a_page_that_was_closed_is_freed(come_and_go, served, tmp_path, query):
    report = tmp_path / "census.json"
    for _ in range(2):
        come_and_go(query)
    end = time.monotonic() + 60
    while sum((left := alive(served.process.pid, report)).values()) > 1:  # the server keeps its last document
        assert time.monotonic() < end, f"still there: {left}"
        time.sleep(0.3)


@pytest.mark.parametrize("query", [OCEAN], ids=["explorer"])
@pytest.mark.skipif(not OPENINGS, reason="FINESCALE_OPENINGS=30 weighs the memory of as many openings")
def test_openings_and_closings_leave_memory_flat(come_and_go, served, query):
    def weigh() -> float:
        come_and_go(query)
        return resident(served.process.pid)

    before = max(weigh() for _ in range(WARM))
    seen = [weigh() for _ in range(OPENINGS)]
    assert max(seen[-5:]) <= 1.1 * before, [round(megabytes) for megabytes in (before, *seen)]
