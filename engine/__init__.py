"""Finescale's engine: fields, observations, methods and scores. Numbers only; no page is imported from here."""

import importlib

__version__ = "0.1.0"
_LAZY = {"scenes", "methods", "scores", "observation", "grid", "lexicon", "evaluate"}


def __getattr__(name: str):
    """Import a sub-package the first time it is asked for, so that `import engine` costs nothing."""
    if name in _LAZY:
        return importlib.import_module(f"engine.{name}")
    raise AttributeError(f"module 'engine' has no attribute {name!r}")
