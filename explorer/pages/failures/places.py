"""How the page is laid out: what has no room is scrolled to, nothing lies over anything else, one column on a phone."""

import panel as pn

NARROW = 800  # px of a window that has one column
BOTH = {"sizing_mode": "stretch_both", "min_width": 0, "margin": 0}
BESIDE = (
    f"@media (max-width: {NARROW}px) {{ :host {{ flex-direction: column !important; overflow-y: auto !important }} }}"
)
SCROLLED = f"""
:host {{ overflow-x: hidden; overflow-y: auto }}
@media (max-width: {NARROW}px) {{
  :host {{ flex: 0 0 auto !important; height: auto !important; overflow: visible !important }}
}}
"""
WRAPPED = ":host { height: auto !important } div { white-space: normal !important; overflow-wrap: anywhere }"


def beside(*parts: pn.viewable.Viewable) -> pn.Row:
    """Parts beside each other; below each other in a narrow window, which is scrolled."""
    return pn.Row(*parts, stylesheets=[BESIDE], min_height=0, **BOTH)


def scrolled(*parts: pn.viewable.Viewable | pn.viewable.Viewer, share: int = 1) -> pn.Column:
    """Parts below each other that take their share of the room, and are scrolled where they need more."""
    return pn.Column(*parts, styles={"flex": f"{share} 1 0"}, stylesheets=[SCROLLED], min_height=0, **BOTH)


def picture(*parts: pn.viewable.Viewable | pn.viewable.Viewer, share: int, least: int) -> pn.Column:
    """Parts that take their share of the room, but never less than so many px of height."""
    taller = f"@media (max-width: {NARROW}px) {{ :host {{ min-height: {least + 60}px !important }} }}"
    return pn.Column(*parts, styles={"flex": f"{share} 0 {least}px"}, stylesheets=[taller], min_height=least, **BOTH)


def wrapping(title: pn.pane.HTML, left: int = 8) -> pn.pane.HTML:
    """A title that takes more lines where one is too short; left: px before it."""
    title.param.update(height=None, margin=(3, 4, 0, left), stylesheets=[WRAPPED])
    return title


def put(place: pn.Column, *parts: pn.viewable.Viewable) -> None:
    """Have a place hold these, and nothing else: a figure that was hidden would keep the layout that it had then."""
    if list(place.objects) != list(parts):
        place.objects = list(parts)
