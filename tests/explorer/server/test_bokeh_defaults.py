"""Bokeh's remembered defaults are those that it works out, and what can be changed is nobody else's."""

import pytest
from bokeh.core.has_props import HasProps
from bokeh.document import Document
from bokeh.plotting import figure
from bokeh.themes import Theme
from panel.io.state import set_curdoc

from explorer import app
from explorer.server import bokeh_defaults


def same(one, other) -> bool:
    """Equal; of models, which every object gets for itself, of one class."""
    return type(one) is type(other) and (isinstance(one, HasProps) or one == other)


@pytest.mark.filterwarnings("ignore:Both .variant.:PendingDeprecationWarning")
def test_every_default_of_two_pages_is_what_bokeh_works_out(toys, monkeypatch):
    documents = []
    for page in ("", "motion"):
        monkeypatch.setattr(app, "named", lambda arguments, page=page: page)
        documents.append(document := Document())
        with set_curdoc(document):
            app.create_app().server_doc(document)
    looked = 0
    for model in (model for document in documents for model in document.models):
        for name in model.properties():
            descriptor = model.lookup(name)
            if name not in model._property_values and hasattr(descriptor, "_get"):
                assert same(bokeh_defaults._remember(descriptor, model), bokeh_defaults._work_out(descriptor, model)), (
                    model,
                    name,
                )
                looked += 1
    assert looked > 10_000
    assert len(bokeh_defaults._known) > 1000


def test_what_can_be_changed_belongs_to_one_object():
    one, other = figure(), figure()
    one.tags.append("mine")
    assert (one.tags, other.tags) == (["mine"], [])
    assert one.x_range is not other.x_range


def test_a_theme_still_counts():
    plain, themed, document = figure(), figure(), Document()
    assert plain.background_fill_alpha == 1.0
    document.theme = Theme(json={"attrs": {"Plot": {"background_fill_alpha": 0.25}}})
    document.add_root(themed)
    assert (plain.background_fill_alpha, themed.background_fill_alpha) == (1.0, 0.25)
