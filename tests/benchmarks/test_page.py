"""The page in Chromium: `pytest tests/benchmarks --benchmark-enable --benchmark-only -s`, on a quiet machine.

Times end when the last of six maps has changed on the screen; `server` is what the page itself says it took.
"""

import re
import time

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.benchmark(group="page")]


def server_ms(here) -> int:
    return int(re.search(r"server (\d+) ms", here.words())[1])


def report(name: str, clicks: list[float], server: list[int], sent: float) -> None:
    half = len(clicks) // 2
    shown = f"click to picture {sorted(clicks)[half]:.0f} ms (median of {len(clicks)}; worst {max(clicks):.0f})"
    print(f"\n{name}: {shown}, server {sorted(server)[half]} ms, {sent / 1e6:.2f} MB a picture")


@pytest.mark.parametrize(("source", "size"), [("ocean_run", 432), ("toy_large", 2000)])
def test_another_date(benchmark, home, source, size):
    """Every date for the first time: nothing comes from a cache but the scene on the screen."""
    if source != "ocean_run":
        home.go(source=source, time="2010-01-01")
        home.until(lambda: f"{size} × {size} cells" in home.words(), "the other scene", 30)
    clicks, server, before = [], [], home.received

    def change() -> None:
        clicks.append(home.next_date(*(() if size < 1000 else ("input", "estimate", "truth"))))

    def rest() -> None:
        home.settle()
        time.sleep(0.2 if size < 1000 else 1.5)  # the numbers follow the picture
        if clicks:
            server.append(server_ms(home))

    rest()
    rounds = 20 if size < 1000 else 4
    benchmark.pedantic(change, setup=rest, rounds=rounds)
    rest()
    report(f"{source} {size} x {size}, date", clicks, server, (home.received - before) / rounds)


def test_another_method(benchmark, home):
    """The interpolations in turn, on dates that have not been seen."""
    clicks, server, before = [], [], home.received
    names = ["nearest", "bilinear", "bicubic"]

    def change() -> None:
        maps = ["estimate", "error"]
        kind = names[len(clicks) % 3]
        code = "([q, maps]) => eyes.followed(q, maps, 15000)"
        clicks.append(home.page.evaluate(code, [f"method={kind}&seed={len(clicks)}", maps]))

    def rest() -> None:
        home.settle()
        if clicks:
            server.append(server_ms(home))

    rest()
    benchmark.pedantic(change, setup=rest, rounds=18)
    rest()
    report("ocean_run 432 x 432, method", clicks, server, (home.received - before) / 18)
