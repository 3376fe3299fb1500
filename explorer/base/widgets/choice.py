"""A choice among many: in groups, with what each costs; what cannot be chosen is grey and says why."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import panel as pn
import panel_material_ui as pmui
import param

from explorer.base.offers import Offer, of_methods, of_sources
from explorer.base.session import Session
from explorer.base.widgets.forms import WIDGET


class Choice(pn.viewable.Viewer):
    """The select of a parameter, whose offers hang on what is shown; its label says what the chosen one costs."""

    def __init__(
        self, part: param.Parameterized, name: str, offered: Callable[[], Sequence[Offer]], none: str = "", **options
    ):
        """offered: what there is to choose from now; none: how the empty choice is called, where there is one."""
        super().__init__()
        self._part, self._name, self._offered, self._none, self._following = part, name, offered, none, False
        self._state = self._now()
        self.widget = pmui.Select(description=part.param[name].doc, **self._state, **(WIDGET | options))
        self.widget.param.watch(self._take, "value")
        part.param.watch(self.follow, name)

    def _take(self, event) -> None:
        if not self._following and event.new is not None:
            setattr(self._part, self._name, event.new)

    def _now(self) -> dict[str, Any]:
        """What the select is to be."""
        chosen, offers = getattr(self._part, self._name), self._offered()
        present = next((offer for offer in offers if offer.key == chosen), Offer("", self._none, ""))
        return {
            "groups": grouped(offers, self._none), "value": chosen,
            "disabled_options": [offer.key for offer in offers if offer.obstacle and offer.key != chosen],
            "value_label": present.title,
            "label": " · ".join(filter(None, (self._part.param[self._name].label, present.note))),
        }  # fmt: skip

    def follow(self, *_) -> None:
        """Offer what there is now."""
        before, self._state = self._state, self._now()
        if self._state == before and self.widget.value == self._state["value"]:
            return
        self._following = True
        with param.parameterized.batch_call_watchers(self.widget):
            self.widget.param.update(**self._state)
            if self._state["groups"] != before["groups"]:
                self.widget.param.trigger("value")  # the browser knows an option by its label, which may be another now
        self._following = False

    def __panel__(self):
        return self.widget


def grouped(offers: Iterable[Offer], none: str = "") -> dict[str, dict[str, str]]:
    """Group -> label -> key, as a select takes them.

    Args:
        offers: What is offered.
        none: Label of the empty choice, the first of all; empty: there is none.

    Returns:
        The groups.
    """
    groups: dict[str, dict[str, str]] = {"Nothing": {none: ""}} if none else {}
    for offer in offers:
        groups.setdefault(offer.group, {})[offer.label] = offer.key
    return groups


def source_choice(session: Session, **options) -> Choice:
    """The data sets of a page; what has to be downloaded says so."""
    selection = session.selection
    choice = Choice(
        selection, "source", lambda: of_sources(selection.catalogue, selection.param.source.get_range()), **options
    )
    session.watch(choice.follow, "missing")
    return choice


def method_choice(session: Session, part: param.Parameterized, name: str, none: str = "", **options) -> Choice:
    """The methods of a page for what it shows."""

    def offered() -> list[Offer]:
        named = {title: key for title, key in part.param[name].get_range().items() if key}
        return of_methods(named, session.outline, session.seconds)

    choice = Choice(part, name, offered, none, **options)
    session.watch(choice.follow, *session.OUTLINED, "result")
    return choice
