"""Failure cases of the ocean's whole test run: `pytest tests/benchmarks/test_failures.py --benchmark-enable
--benchmark-only -s`, on a quiet machine."""

import time

import pytest

from engine import scenes
from explorer.pages.failures.session import FailureSession

pytestmark = pytest.mark.benchmark(group="failure cases")
SCORED, KNOWN = 300.0, 2.0  # s that it may take: from the first Run, and from the cache


def settled(session: FailureSession) -> FailureSession:
    """Wait until nothing is scored or looked at any more."""
    while session.run.busy or session.looking:
        time.sleep(0.02)
    assert session.run.message == ""
    return session


def come() -> FailureSession:
    """A page with what is known of the four methods that are offered first, in all named regions."""
    session = FailureSession()
    session.select({})
    return settled(session)


def test_four_methods_in_all_regions_on_all_dates(benchmark):
    session = come()
    assert session.regions == list(scenes.get("ocean_run").regions)
    assert (len(session.methods), len(session.chosen_dates), len(session.frame)) == (4, 31, 0)

    def score() -> None:
        session.start()
        settled(session)

    start = time.monotonic()
    benchmark.pedantic(score, rounds=1)
    scored = time.monotonic() - start
    again = time.monotonic()
    other = come()
    known = time.monotonic() - again
    print(f"\n{len(session.frame)} rows: {scored:.0f} s; from the cache {known:.2f} s")
    assert len(session.frame) == len(other.frame) == session.total == 4 * 31 * len(session.regions)
    assert scored < SCORED
    assert known < KNOWN
