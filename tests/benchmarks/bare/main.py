"""The least that a page like ours can be: six images of 432 x 432 and a sidebar of twelve widgets, plain Panel."""

import numpy as np
import panel as pn
from bokeh.plotting import figure

pn.extension()
DICE, FULL = np.random.default_rng(0), {"sizing_mode": "stretch_both", "min_height": 0}


def drawn(name: str) -> pn.pane.Bokeh:
    f = figure(name=name, **FULL)
    f.image([DICE.standard_normal((432, 432), dtype=np.float32)], x=0, y=0, dw=1, dh=1)
    return pn.pane.Bokeh(f, **FULL)


kinds = (pn.widgets.Select, pn.widgets.FloatSlider, pn.widgets.FloatInput, pn.widgets.Button)
widgets = [kind(name=f"{kind.__name__} {n}") for kind in kinds for n in range(3)]
maps = ("input", "estimate", "truth", "error", "lower_a", "lower_b")
rows = [pn.Row(*map(drawn, names), **FULL) for names in (maps[:3], maps[3:])]
pn.Row(pn.Column(*widgets, width=330), pn.Column(*rows, **FULL), **FULL).servable()
