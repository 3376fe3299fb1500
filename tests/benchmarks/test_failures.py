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
    while session.run.busy or session.case.looking:
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
    regions = list(scenes.get("ocean_run").regions)
    assert session.request.regions == regions
    assert (len(session.request.methods), len(session.request.chosen_dates)) == (4, 31)
    assert session.scored.scenes_left == 31 * len(regions)

    def score() -> None:
        session.start()
        settled(session)

    start = time.monotonic()
    benchmark.pedantic(score, rounds=1)
    scored = time.monotonic() - start
    again = time.monotonic()
    other = come()
    known = time.monotonic() - again
    print(f"\n{len(session.scored.frame)} rows: {scored:.0f} s; from the cache {known:.2f} s")
    assert len(other.scored.frame) == session.scored.total == 4 * 31 * len(regions)
    assert other.scored.scenes_left == other.scored.shipped == 0
    assert scored < SCORED
    assert known < KNOWN
