"""How quick it is: the commands that measure it, and what they found where a file of timings is given."""

from explorer.results.page import Page
from explorer.results.timed import Timed

BENCHMARKS = (
    ("another date or another method: from the click until all maps have changed", "test_page.py"),
    ("opening a page, beside a page that shows nothing", "test_opening.py"),
    ("what a page sends", "test_bytes.py"),
    ("methods, spectra, scores and projection on 432 x 432 cells", "test_numbers.py"),
    ("sea ice: eight members with their scores as the page makes them", "test_ice_claims.py -k eight"),
    ("motion: from *Run* until the first flow", "test_first_flow.py"),
    ("motion: the published cost of `radar_brest` against the published scheme written plainly", "test_descent.py"),
    ("a class of 30 for five minutes", "test_serving_a_class.py"),
    ("failure cases: four methods in all regions on all dates, and again from the cache", "test_failures.py"),
    ("evaluations on one and two Dask workers", "test_evaluation.py -k workers"),
    ("memory while a Zarr grows tenfold", "test_evaluation.py -k tenfold"),
)

PAGE = Page(
    "Speed",
    (
        """Each command measures on the machine that it runs on, and most fail where it is slower than promised. They
want a quiet machine; those of the page want Chromium. Figures hang on the machine, so that none stand here that were
not measured by these commands: `pytest tests/benchmarks --benchmark-enable --benchmark-only --benchmark-json FILE`,
and then `finescale results speed --timings FILE`, puts them into the table.""",
        Timed(BENCHMARKS),
    ),
)
