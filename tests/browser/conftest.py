"""The fixtures of `hosting`, which the benchmarks share."""

from hosting import browser, clean_log, home, profile, server, visit, window

__all__ = ["browser", "clean_log", "home", "profile", "server", "visit", "window"]
