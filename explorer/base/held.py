"""Parameters that a link holds: the kinds of Param, each of which says when a link's text is applied to it.

A part of a page's state declares `factor = held.Integer(..., turn=Turn.SCENE)`; whatever is declared with Param's own
kinds stays out of the link.
"""

from enum import IntEnum

import param


class Turn(IntEnum):
    """When a link's setting is applied: after all that it depends on. Within a turn in the order of declaration."""

    SOURCE = 0  # the data set
    SCENE = 1  # of what the data set offers
    METHOD = 2
    SCORED = 3  # what is evaluated
    SHOWN = 4  # of what was evaluated
    CASE = 5
    LOOK = 6
    SETTING = 7  # of the methods' own


class Held:
    """A parameter that a link holds.

    turn: when it is applied; optional: a link may leave it out, and Back to such a link clears it; passing: a change
    makes no entry of its own in the browser's history.
    """

    __slots__ = ()
    turn: Turn
    optional: bool
    passing: bool

    def __init__(self, *args, turn: Turn, optional: bool = False, passing: bool = False, **options):
        super().__init__(*args, **options)
        self.turn, self.optional, self.passing = turn, optional, passing  # type: ignore[misc]  # slots of the kinds


SLOTS = ["optional", "passing", "turn"]


class Boolean(Held, param.Boolean):
    __slots__ = SLOTS


class Dict(Held, param.Dict):
    __slots__ = SLOTS


class Integer(Held, param.Integer):
    __slots__ = SLOTS


class List(Held, param.List):
    __slots__ = SLOTS


class Number(Held, param.Number):
    __slots__ = SLOTS


class NumberOrWord(Held, param.Number):
    """A number, or one of some words that stand for one."""

    __slots__ = [*SLOTS, "words"]
    words: tuple[str, ...]

    def __init__(self, *args, words: tuple[str, ...], **options):
        super().__init__(*args, **options)
        self.words = words

    def _validate(self, val) -> None:
        if not (isinstance(val, str) and val in self.words):
            super()._validate(val)


class NumericTuple(Held, param.NumericTuple):
    __slots__ = SLOTS


class Selector(Held, param.Selector):
    __slots__ = SLOTS


class String(Held, param.String):
    __slots__ = SLOTS
