"""What the page's theme makes of a figure, known before: the browser has nothing to change, draw again and tell.

These are the values that panel-material-ui sets in a light page (its `apply_bokeh_theme`). Of a dark page, or with
another version, the browser sets its own.
"""

from collections.abc import Iterable
from typing import Any

from bokeh.model import Model
from bokeh.plotting import figure as Figure

PRESENTED = "16px"
TEXT, MUTED, AXIS, PAPER = "rgba(0, 0, 0, 0.87)", "rgba(0, 0, 0, 0.6)", "rgba(0, 0, 0, 0.22)", "#fff"
ROBOTO = '"Roboto", "Helvetica", "Arial", sans-serif'


def _text(prefix: str, color: str, size: str) -> dict[str, str]:
    return {
        f"{prefix}_text_color": color, f"{prefix}_text_font": ROBOTO, f"{prefix}_text_font_size": size,
        f"{prefix}_text_font_style": "normal",
    }  # fmt: skip


AXES: dict[str, Any] = {f"{line}_color": AXIS for line in ("axis_line", "major_tick_line", "minor_tick_line")}
AXES |= {f"{line}_alpha": 0 for line in ("axis_line", "major_tick_line", "minor_tick_line")}
LIGHT: dict[str, dict[str, Any]] = {
    "Axis": AXES | _text("major_label", MUTED, "0.925em") | _text("axis_label", TEXT, "1em")
    | {"axis_label_standoff": 12},
    "Legend": {"background_fill_color": PAPER, "border_line_alpha": 0, "background_fill_alpha": 0}
    | _text("label", TEXT, "0.95em") | _text("title", MUTED, "0.95em")
    | {"spacing": 8, "label_standoff": 8, "glyph_width": 14, "glyph_height": 14},
    "ColorBar": {"background_fill_color": PAPER, "background_fill_alpha": 0, "bar_line_alpha": 0}
    | {"major_tick_line_alpha": 0, "minor_tick_line_alpha": 0}
    | _text("title", TEXT, "0.95em") | _text("major_label", MUTED, "0.9em"),
    "Title": {"text_color": TEXT, "text_font": ROBOTO, "text_font_size": "1.05em", "text_font_style": "normal"},
}  # fmt: skip

LABELS = {kind: {"text_font_size": "12px"} for kind in ("Label", "LabelSet", "Text")}  # in figures, the pages' own


def theme(f: Figure) -> None:
    """Give a figure what a light page would.

    Args:
        f: The figure, changed in place.
    """
    f.update(background_fill_color=PAPER, border_fill_color=PAPER)
    if f.outline_line_color is not None:
        f.update(outline_line_color=TEXT, outline_line_alpha=0)
    for model in f.references():
        model.update(**_values(model))


def enlarge(models: Iterable[Model], large: bool) -> None:
    """Give axes, legends and labels large type, or the usual one.

    Args:
        models: Of the page.
        large: Whether it is seen from far.
    """
    for model in models:
        values = _values(model) or LABELS.get(type(model).__name__, {})
        sizes = {name: PRESENTED if large else size for name, size in values.items() if name.endswith("_size")}
        if sizes:
            model.update(**sizes)


def _values(model: Model) -> dict:
    """What a light page sets of a model."""
    return next((values for kind, values in LIGHT.items() if type(model).__name__.endswith(kind)), {})
