"""What a page sends: `pytest tests/benchmarks/test_bytes.py --benchmark-enable --benchmark-only -s`; with
FINESCALE_BEFORE=CHECKOUT also how long changes take beside those of another commit."""

import re
import statistics
import time

import numpy as np
import pytest
from openings import DRAWN, PAIR, SIX, before, finescale, window
from serving import free_port
from visiting import MAPS
from wire import Wire

MB = 1e6
OPENING, DATE, DATE_RAW, MEMBERS = 2.5, 0.8, 1.6, 3.0  # MB at most
SLOWER = 1.1  # what two runs of the same differ by
ROUNDS = 15
GO = """query => {
  const all = new URLSearchParams(location.search)
  new URLSearchParams(query).forEach((value, name) => all.set(name, value))
  history.pushState(null, '', '?' + all); dispatchEvent(new PopStateEvent('popstate'))
}"""

pytestmark = [pytest.mark.browser, pytest.mark.benchmark(group="bytes")]


class Meter:
    """What a page has received: over the wire, and of that over its websocket, before compression."""

    def __init__(self, page, through: Wire):
        self.page, self.through, self.raw = page, through, 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def _count(self, payload) -> None:
        self.raw += len(payload)

    def rest(self, quiet: float = 2.0) -> None:
        """Wait until nothing has come for a while."""
        last, since = -1, time.monotonic()
        while time.monotonic() - since < quiet:
            self.page.wait_for_timeout(100)
            if self.through.received != last:
                last, since = self.through.received, time.monotonic()

    def of(self, act) -> tuple[float, float]:
        """MB that come because of something, on the wire and before compression."""
        self.rest()
        before, raw = self.through.received, self.raw
        act()
        self.rest()
        return (self.through.received - before) / MB, (self.raw - raw) / MB


@pytest.fixture
def meter(browser, tmp_path):
    port = free_port()
    through = Wire(port)
    options = ("--allow-origin", f"127.0.0.1:{through.port}")
    with finescale(tmp_path / "log", *options, port=port), browser.new_context() as profile, window(profile) as page:
        yield Meter(page, through)
    through.close()


def date_of(n: int) -> str:
    """The nth date of the ocean's test run, which has one every other day."""
    return str(np.datetime64("2005-01-01") + 2 * n)


def open_page(meter: Meter, query: str, *names: str) -> None:
    meter.page.goto(f"http://127.0.0.1:{meter.through.port}/explorer{query}")
    meter.page.wait_for_function(DRAWN, arg=list(names))


def test_a_first_visit_and_changes(benchmark, meter):
    """With an empty browser cache."""
    opening, _ = meter.of(lambda: open_page(meter, "", *PAIR))
    six, _ = meter.of(lambda: open_page(meter, SIX, *MAPS))
    dates = [meter.of(lambda n=n: meter.page.evaluate(GO, f"time={date_of(n)}")) for n in (3, 6, 9)]
    method = meter.of(lambda: meter.page.evaluate(GO, "method=nearest"))

    def keys() -> None:
        meter.page.mouse.move(5, 5)
        for _ in range(25):
            meter.page.keyboard.press("ArrowRight")
            time.sleep(0.08)

    many = benchmark.pedantic(meter.of, (keys,), rounds=1)
    date = tuple(statistics.median(values) for values in zip(*dates, strict=True))
    print(f"\nopening {opening:.2f} MB, six maps then {six:.2f}; "
          f"a date {date[0]:.2f} MB ({date[1]:.2f} before compression); "
          f"a method {method[0]:.2f} ({method[1]:.2f}); 25 quick dates {many[0]:.2f} ({many[1]:.2f})")  # fmt: skip
    assert opening <= OPENING
    assert date[0] <= DATE
    assert date[1] <= DATE_RAW


def test_eight_members(benchmark, meter):
    open_page(meter, "?source=ice_run&method=ice_generator&stage=6&quantity=field", "input", "truth")
    meter.rest()

    def run() -> None:
        meter.page.get_by_role("button", name="Run", exact=True).click()
        meter.page.wait_for_url(re.compile("run=true"), timeout=300_000)

    wire, raw = benchmark.pedantic(meter.of, (run,), rounds=1)
    print(f"\neight members: {wire:.2f} MB ({raw:.2f} before compression)")
    assert wire <= MEMBERS


def _changes(page) -> dict[str, list[float]]:
    """ms from another date, and another method, until the maps have changed on the screen."""
    code = "([query, names]) => eyes.followed(query, names, 15000)"
    seen: dict[str, list[float]] = {"date": [], "method": []}
    for n in range(ROUNDS):
        page.wait_for_timeout(900)
        seen["date"].append(page.evaluate(code, [f"time={date_of(n + 1)}", list(MAPS)]))
        page.wait_for_timeout(900)
        method = ("nearest", "bilinear", "bicubic")[n % 3]
        seen["method"].append(page.evaluate(code, [f"method={method}&seed={n}", ["estimate", "error"]]))
    return seen


def test_changes_are_no_slower_than_before(benchmark, profile, tmp_path):
    """One page after the other in turn; every date for the first time."""
    with before(tmp_path / "before.log") as then, finescale(tmp_path / "now.log") as now:
        seen = {}
        for name, server in (("before", then), ("now", now)):
            with window(profile) as page:
                page.goto(server.address() + (SIX if name == "now" else ""))
                page.wait_for_function(DRAWN, arg=list(MAPS), timeout=90_000)
                page.wait_for_timeout(3000)
                seen[name] = benchmark.pedantic(_changes, (page,), rounds=1) if name == "now" else _changes(page)
    for what in ("date", "method"):
        median = {name: statistics.median(times[what]) for name, times in seen.items()}
        print(
            f"\n{what}: {median['now']:.0f} ms, before {median['before']:.0f}: {median['now'] / median['before']:.2f}"
        )
        assert median["now"] <= SLOWER * median["before"]
