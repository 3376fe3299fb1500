"""Figures, declared with HoloViews, rendered once per process and copied for every page.

HoloViews keeps every figure that it renders (about 8 MB a page, for good), and rendering takes fifty times as long as
copying. Bokeh has no copy of a model with all that belongs to it; its own way, through JSON, takes ten times as long.
"""

import json
from collections.abc import Callable, Hashable
from copy import copy
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

import holoviews as hv
from bokeh.core.has_props import HasProps
from bokeh.core.property.wrappers import PropertyValueContainer
from bokeh.document import Document
from bokeh.io.doc import patch_curdoc
from bokeh.model import Model
from bokeh.models.renderers import GlyphRenderer
from bokeh.models.sources import ColumnDataSource
from bokeh.plotting import figure as Figure

from explorer.drawing.theme import theme

hv.extension("bokeh", logo=False)

HELD = ("_property_values", "_unstable_default_values", "_unstable_themed_values")  # where a model has its values
OWN = ("_id", "_document", "_temp_document")
_RENDERED: dict[Hashable, tuple[Figure, list[Model]]] = {}


def rendered(
    key: Hashable, declare: Callable[[], hv.Overlay], dress: Callable[[Figure], Any] = lambda f: None
) -> Figure:
    """A Bokeh figure of what HoloViews declares.

    Args:
        key: What tells it from other figures.
        declare: Makes what is rendered, once per process.
        dress: Changes of it that all copies have.

    Returns:
        A copy of the figure, with identifiers of its own.
    """
    if key not in _RENDERED:
        f = _render(declare())
        dress(f)
        theme(f)
        _RENDERED[key] = f, list(f.references())
    return copied(*_RENDERED[key])


def _render(declared: hv.Overlay) -> Figure:
    """What HoloViews renders, by itself: nothing of HoloViews follows it."""
    document = Document()
    with patch_curdoc(document):  # no page's own: HoloViews would be told when that page has gone
        document.add_root(lightened(hv.render(declared)))
    document = Document.from_json(json.loads(json.dumps(document.to_json(deferred=False) | {"defs": []})))
    root = cast(Figure, document.roots[0])
    document.remove_root(root)
    return root


def glyphs(f: Figure) -> list[GlyphRenderer]:
    """What a figure of HoloViews draws.

    Args:
        f: The figure.

    Returns:
        Its renderers, in the order of the declaration.
    """
    return cast(list[GlyphRenderer], f.renderers)


def sources(f: Figure) -> list[ColumnDataSource]:
    """What a figure of HoloViews draws from.

    Args:
        f: The figure.

    Returns:
        The sources, in the order of `glyphs`.
    """
    return [cast(ColumnDataSource, renderer.data_source) for renderer in glyphs(f)]


def lightened(f: Figure) -> Figure:
    """A figure without what no page of ours shows.

    That is looks of what is selected or muted, and a canvas of WebGL, which takes the browser longer for a few images
    and lines than its usual one.

    Args:
        f: The figure, changed in place.

    Returns:
        The figure that was given.
    """
    f.output_backend = "canvas"
    for renderer in glyphs(f):
        renderer.nonselection_glyph = renderer.selection_glyph = renderer.hover_glyph = renderer.muted_glyph = None
    return f


def copied(root: Model, models: list[Model]) -> Any:
    """A model once more, with identifiers of its own.

    Args:
        root: The model.
        models: All that belong to it, itself among them.

    Returns:
        The copy of `root`.
    """
    fresh: dict[int, Any] = {id(model): type(model).__new__(type(model)) for model in models}
    for model in models:
        mine = fresh[id(model)]
        kept = {name: copy(value) for name, value in vars(model).items() if name not in (*HELD, *OWN)}
        vars(mine).update(kept | {"_document": None, "_temp_document": None})
        for name in HELD:
            values = {key: _owned(_again(value, fresh), mine, key) for key, value in vars(model)[name].items()}
            vars(mine)[name] = values
    return fresh[id(root)]


def _again(value: Any, fresh: dict[int, Any]) -> Any:
    """A value with the copies in place of the models."""
    if id(value) in fresh:
        return fresh[id(value)]
    if isinstance(value, dict):
        return type(value)({key: _again(part, fresh) for key, part in value.items()})
    if isinstance(value, (list, tuple, set)):
        return type(value)(_again(part, fresh) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _again(getattr(value, field.name), fresh) for field in fields(value)})
    return value


def _owned(value: Any, owner: HasProps, name: str) -> Any:
    """A value that tells its owner when it is changed in place."""
    if isinstance(value, PropertyValueContainer):
        value._register_owner(owner, owner.lookup(name))
    return value
