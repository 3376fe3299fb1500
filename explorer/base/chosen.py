"""The method that was chosen, with its own settings and the seed. A part of a page's state."""

from collections.abc import Callable

import param

from engine import methods
from engine.methods import METHODS, Method, settings
from engine.scene import Task
from explorer.base import held
from explorer.base.given import given
from explorer.base.held import Turn
from explorer.base.part import Part
from explorer.base.selection import labelled
from explorer.jobs.limits import tighten


class Chosen(Part):
    """The method of a page; its settings stand in a link with `m.` before them."""

    method = held.Selector(objects=[""], turn=Turn.METHOD, doc="The method.")
    seed = held.Integer(
        default=0, bounds=(0, 2**31 - 1), turn=Turn.METHOD,
        doc="Random seed: the same seed gives the same picture.",
    )  # fmt: skip
    configured = given(Method, doc="The method with its own settings.")

    def __init__(self, task: Task, first: str, changed: Callable[[], None]):
        """first: the method at the start; changed: told when one of the method's own settings was set."""
        super().__init__()
        self._changed = changed
        self.param.method.objects = labelled({key: kind for key, kind in METHODS.items() if kind.task == task})
        with param.discard_events(self):
            self.adopt(first)

    def adopt(self, key: str) -> None:
        """Take a method with its defaults."""
        self.param.update(method=key, configured=watched(methods.create(key), self._changed))

    @property
    def ensemble(self) -> bool:
        """Whether the method makes several members."""
        return getattr(self.configured, "members", 0) > 0


def watched(method: Method, changed: Callable[[], None]) -> Method:
    """The method, with no more members than are allowed, that tells when one of its settings was set."""
    tighten(method).param.watch(lambda *_: changed(), settings(method))
    return method
