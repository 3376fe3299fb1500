"""The page's own fixtures."""

import warnings

from hosting import browser, home, profile, server, visit, window

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Passing 'N' to ListedColormap", DeprecationWarning)  # cmocean, matplotlib 3.11
    import cmocean  # noqa: F401 (the page's colours, once for all)

__all__ = ["browser", "home", "profile", "server", "visit", "window"]
