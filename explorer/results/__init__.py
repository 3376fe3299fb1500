"""Pages of results in Markdown: what is scored, what is said of it, and the command that writes it again.

One file per page under `pages/` declares it as data: text, and tables of which scenes, which methods, which columns.
Nothing here makes a number: scores come from `engine.evaluation`, statistics of runs from `engine.simulate`.
"""

from explorer.results.page import NAMES, Page, find
from explorer.results.writing import write

__all__ = ["NAMES", "Page", "find", "write"]
