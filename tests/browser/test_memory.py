"""Pages that were closed leave nothing behind on the server."""

import os

import pytest
from hosting import serving
from visiting import OCEAN, Visit

pytestmark = pytest.mark.browser
WARM, OPENINGS = 6, int(os.environ.get("FINESCALE_OPENINGS", "12"))  # 30 take some minutes
SOON = ("--check-unused-sessions", "300", "--unused-session-lifetime", "300")  # ms after which a closed page is freed


def resident(process: int) -> float:
    """Memory of a process in MB."""
    with open(f"/proc/{process}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1000


def test_openings_and_closings_leave_memory_flat(browser, tmp_path):
    with serving(tmp_path, *SOON) as server, browser.new_context() as profile:

        def come_and_go() -> float:
            page = profile.new_page()
            here = Visit(page, server.address()).open(**OCEAN)
            here.next_date("truth")
            page.close()
            return resident(server.process.pid)

        before = max(come_and_go() for _ in range(WARM))
        seen = [come_and_go() for _ in range(OPENINGS)]
    assert max(seen[-5:]) <= 1.1 * before, [round(megabytes) for megabytes in (before, *seen)]
