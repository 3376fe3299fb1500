"""How quick it is: the commands that measure it. Figures hang on the machine, so they are printed, not kept."""

from collections.abc import Iterator

from engine.results.listed import Listed
from engine.results.page import Page

BENCHMARKS = (
    ("another date or another method: from the click until all maps have changed", "test_page.py"),
    ("opening a page, beside a page that shows nothing", "test_opening.py"),
    ("what a page sends", "test_bytes.py"),
    ("methods, spectra, scores and projection on 432 x 432 cells", "test_numbers.py"),
    ("sea ice: members with their scores as the page makes them", "test_ice_claims.py -k eight"),
    ("motion: from *Run* until the first flow", "test_first_flow.py"),
    ("motion: the published cost of `radar_brest` against the published scheme written plainly", "test_descent.py"),
    ("a class of 30 for five minutes", "test_serving_a_class.py"),
    ("failure cases: four methods in all regions on all dates, and again from the cache", "test_failures.py"),
    ("evaluations on one and two Dask workers", "test_evaluation.py -k workers"),
    ("memory while a Zarr grows tenfold", "test_evaluation.py -k tenfold"),
)
OPTIONS = "--benchmark-enable --benchmark-only -s"


def benchmarks() -> Iterator[list[str]]:
    """What is measured, and the command."""
    for what, test in BENCHMARKS:
        yield [what, f"`pytest tests/benchmarks/{test} {OPTIONS}`"]


PAGE = Page(
    "Speed",
    (
        """Each command measures on the machine that it runs on, prints what it found, and most fail where it is
slower than promised. They want a quiet machine; those of the page want Chromium.""",
        Listed(("what", "command"), benchmarks),
    ),
)
