"""The page's own fixtures."""

from hosting import browser, home, profile, server, visit, window

__all__ = ["browser", "home", "profile", "server", "visit", "window"]
