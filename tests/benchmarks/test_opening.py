"""How a page opens: `pytest tests/benchmarks/test_opening.py --benchmark-enable --benchmark-only -s`, on a quiet
machine. Times end when all maps on the screen are drawn; they are compared within one run."""

import re
import statistics
import subprocess
import sys
import time

import pytest
from openings import HERE, PAIR, PANEL, SIX, bare, finescale, opened, panel
from serving import free_port
from visiting import MAPS

ROUNDS, PAUSE = 7, 1.0  # s between two openings: the page before is being put away
AT_MOST = 1.8  # times the bare page
READ = 0.7  # s
OURS = 1.3  # times six maps of bicubic, of what the page opens on
FIRST = 1.5  # times a warm opening

pytestmark = [pytest.mark.browser, pytest.mark.benchmark(group="opening")]


def test_beside_a_bare_page(benchmark, profile, tmp_path):
    with (
        bare(tmp_path / "bare.log") as least,
        finescale(tmp_path / "f.log") as ours,
        panel(tmp_path / "p.log") as plain,
    ):
        pages = {
            "bare": (least.address("/bare"), MAPS),
            "six maps of bicubic": (ours.address() + SIX, MAPS),
            "panel serve": (plain.address(), PAIR),
            "finescale serve": (ours.address(), PAIR),
        }
        seen: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}

        def look(name: str) -> None:
            seen[name].append(opened(profile, *pages[name]))
            time.sleep(PAUSE)

        for page in pages.values():  # so that everything is in the browser's cache
            opened(profile, *page)
        for turn in range(ROUNDS):
            for name in [*pages][: None if turn < ROUNDS - 1 else -1]:
                look(name)
        benchmark.pedantic(look, ("finescale serve",), rounds=1)
    median = {name: statistics.median(drawn for drawn, _ in times) for name, times in seen.items()}
    read = {name: statistics.median(first for _, first in times) for name, times in seen.items()}
    for name in pages:
        ratio, count = median[name] / median["bare"], len(pages[name][1])
        print(f"\n{name}: {count} maps after {median[name]:.2f} s ({ratio:.2f} x), "
              f"something to read after {read[name]:.2f} s")  # fmt: skip
    for name in ("finescale serve", "panel serve"):
        assert median[name] <= AT_MOST * median["bare"]
        assert read[name] <= READ
        assert median[name] <= OURS * median["six maps of bicubic"]


@pytest.mark.parametrize("command", ["finescale", "panel"])
def test_the_first_visitor_waits_hardly_longer(benchmark, browser, command, tmp_path):
    """Right after the server has said that it runs, once; then again and again."""
    port, log = free_port(), tmp_path / "log"
    root, says = HERE.parents[1], r"running at|opens at"
    line = [*PANEL, "explorer"] if command == "panel" else [sys.executable, "-m", "explorer.cli", "serve"]
    with log.open("w") as stream, browser.new_context() as profile:
        opened_once = browser.new_context()  # the browser itself is warm
        opened_once.new_page().goto("about:blank")
        process = subprocess.Popen([*line, "--port", str(port)], cwd=root, stdout=stream, stderr=stream)
        try:
            while not re.search(says, log.read_text()):
                time.sleep(0.02)
                assert process.poll() is None, log.read_text()
            time.sleep(0.5 if command == "finescale" else 0)  # it says so just before it listens
            address = f"http://localhost:{port}/explorer"
            first, _ = benchmark.pedantic(opened, (profile, address, PAIR), rounds=1)
            later = []
            for _ in range(ROUNDS):
                time.sleep(PAUSE)
                later.append(opened(profile, address, PAIR)[0])
        finally:
            process.terminate()
            process.wait()
            opened_once.close()
    warm = statistics.median(later)
    print(f"\n{command}: the first after {first:.2f} s, then {warm:.2f} s: {first / warm:.2f} times")
    assert first <= FIRST * warm
