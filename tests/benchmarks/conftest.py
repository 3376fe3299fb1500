"""The page's own fixtures."""

import warnings

from hosting import browser, home, profile, server, visit, window

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Passing 'N' to ListedColormap", DeprecationWarning)  # cmocean, matplotlib 3.11
    import cmocean  # noqa: F401 (the page's colours, once for all)

__all__ = ["browser", "home", "profile", "server", "visit", "window"]

_printed: dict[str, str] = {}  # test -> what it says of itself


def pytest_runtest_logreport(report):
    """Keep what a benchmark prints (without -s): its own figures, which its timing is not always."""
    lines = [line.strip() for line in report.capstdout.splitlines() if line.strip()]
    if report.when == "call" and lines:
        _printed[report.nodeid] = "; ".join(lines)


def pytest_benchmark_update_json(output_json):
    """Put it into the file of `--benchmark-json`, where `finescale results speed --timings FILE` finds it."""
    for entry in output_json["benchmarks"]:
        if entry["fullname"] in _printed:
            entry["extra_info"]["printed"] = _printed[entry["fullname"]]
