"""Pages of text and tables behind tabs."""

import numpy as np
import panel as pn

STYLE = """
:host {overflow: auto}
table {border-collapse: collapse; width: 100%; font-size: calc(12.5*var(--px,1px))}
th, td {padding: 0 5px; line-height: 1.42; text-align: right; white-space: nowrap}
th, td:first-child {white-space: normal}
tr {border-bottom: 1px solid rgba(128,128,128,.25)}
th:first-child, td:first-child {text-align: left}
td small, p small {font-size: max(calc(12*var(--px,1px)), .85em); opacity: .75}
pre {font-size: calc(12*var(--px,1px)); white-space: pre-wrap; margin: 4px 0; user-select: all}
p {margin: 4px 0; font-size: calc(12.5*var(--px,1px))}
"""


def page(text: str = "", **options) -> pn.pane.HTML:
    return pn.pane.HTML(text, stylesheets=[STYLE], sizing_mode="stretch_both", min_height=0, margin=(4, 8), **options)


def number(value: float) -> str:
    """Four significant figures, or a dash for what could not be formed."""
    return "–" if np.isnan(value) else f"{value:.4g}"
