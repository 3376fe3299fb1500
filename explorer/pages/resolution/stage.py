"""What lies on the stage: one map, two over each other, two, three, or six. A part of the state."""

from typing import Any

from engine import derived
from engine.errors import InputError
from explorer.base import held, link
from explorer.base.held import Turn
from explorer.base.outcome import Outcome
from explorer.base.part import Part
from explorer.drawing import pictures
from explorer.drawing.pictures import OF_B, QUANTITIES

COUNTS = {"1": 1, "swipe": 2, "2": 2, "3": 3, "6": 6}
NAMES = {"1": "one", "swipe": "swipe", "2": "two", "3": "three", "6": "six"}
DERIVED = ("input", "estimate", "truth", "error", f"{OF_B}estimate", f"{OF_B}error")  # that follow the quantity
FLICKER = ("input", "estimate", "truth")
FIRST = ("estimate", "truth", "input")
INSTEAD = {"truth": "input", "error": "consistency", f"{OF_B}error": f"{OF_B}consistency"}  # where nobody knows it


class Stage(Part):
    """How many maps are large, which, and of which quantity."""

    stage = held.Selector(
        objects=["1", "swipe", "2", "3", "6"], default="swipe", label="Stage", turn=Turn.LOOK,
        doc="How many maps are large: one, two over each other with a line between them, two, three or six.",
    )  # fmt: skip
    shown = held.String(
        default="estimate,truth", label="Maps", turn=Turn.LOOK,
        doc="The large maps, as 'estimate,truth'; six have their own places.",
    )  # fmt: skip
    quantity = held.Selector(
        objects={"the field itself": "field"} | {title: name for name, title in QUANTITIES.items()},
        default="vorticity", label="Quantity", turn=Turn.LOOK,
        doc="What input, prediction, truth and error are shown as, where the field has it.",
    )  # fmt: skip
    swipe_at = held.Integer(
        default=None, allow_None=True, bounds=(0, 100), label="Left map seen (%)", turn=Turn.LOOK, optional=True,
        passing=True, doc="How much of the left one of two maps over each other is seen, per cent; empty is half.",
    )  # fmt: skip

    def __init__(self, outcome: Outcome):
        super().__init__()
        self._outcome = outcome

    def check(self, name: str, given: Any, value: Any) -> None:
        if name == "shown" and not all(map(pictures.named, value.split(","))):
            raise InputError(f"The maps cannot be {link.quote(given)}; write them as 'estimate,truth'.")

    @property
    def count(self) -> int:
        """How many maps are large."""
        return COUNTS[self.stage]

    @property
    def large(self) -> list[str]:
        """Keys of the large maps, but for six; as many as there are to be, each once."""
        keys = dict.fromkeys([*filter(None, self.shown.split(",")), *FIRST])
        return list(keys)[: min(self.count, 3)]

    def drawn(self, key: str) -> str:
        """What a map really shows for a key: its quantity, and where nobody knows the truth something else."""
        scene = self._outcome.scene
        if scene is None:
            return key
        if scene.truth is None:
            key = INSTEAD.get(key, key)
        known = self.quantity in derived.names(scene.variable) and self.quantity != "field"
        return f"{key}:{self.quantity}" if known and key in DERIVED else key

    def bring(self, key: str) -> None:
        """Have a map on the stage, in the first place; of six it becomes the only one."""
        if self.stage == "6":
            self.param.update(stage="1", shown=key)
        else:
            others = [other for other in self.large if other != key]
            self.shown = ",".join([key, *others][: max(self.count, 1)])

    def flicker(self) -> None:
        """Input, prediction, truth, one after the other in one place."""
        after = {FLICKER[n]: FLICKER[(n + 1) % len(FLICKER)] for n in range(len(FLICKER))}
        self.param.update(stage="1", shown=after.get(self.large[0], "input"))


def modern(chosen: dict[str, Any]) -> dict[str, Any]:
    """What a link of before the stage says in its words: two maps over each other, or six of the field itself.

    Args:
        chosen: Setting -> text or value.

    Returns:
        The same for today's page.
    """
    if "stage" in chosen or not {"swipe", "lower_a", "lower_b"} & set(chosen):
        return chosen
    now = {name: value for name, value in chosen.items() if name != "swipe"}
    pair = chosen.get("swipe")
    return {"quantity": "field"} | now | ({"stage": "swipe", "shown": pair} if pair else {"stage": "6"})
