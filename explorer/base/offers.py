"""What a page offers to choose from: methods and data sets in groups, their cost, and why some cannot be chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.lexicon import VARIABLES
from engine.methods import METHODS, Method
from engine.methods.base import FAMILIES
from engine.scene import Outline
from engine.scenes import DataSet
from engine.scenes.own import is_own
from explorer.base.wording import lasting

KINDS = {"simulated": "Simulated", "observed": "Observed", "reanalysis": "Reanalysis", "own": "Your own files"}
INSTANT = 0.05  # s: what takes less is there at once
NETWORK = "network"  # the family that a list divides by what they are trained for


@dataclass(frozen=True)
class Offer:
    """One thing to choose: its key, what it is called, the group it stands in, its cost in words, and why it cannot be
    chosen, in words that go on after its title; empty where it can."""

    key: str
    title: str
    group: str
    note: str = ""
    obstacle: str = ""

    @property
    def label(self) -> str:
        """How a list names it."""
        return " · ".join(filter(None, (self.title, self.obstacle or self.note)))


def of_methods(named: Mapping[str, str], outline: Outline, seconds: Mapping[str, float]) -> list[Offer]:
    """Methods to choose from, a group after the other, those first in which something can work.

    Args:
        named: Title -> key.
        outline: What is known of the problem that they would be given.
        seconds: Key -> how long a run of it last took on these data.

    Returns:
        The offers.
    """
    offers = [
        Offer(key, title, _group(METHODS[key]), cost(METHODS[key], seconds.get(key)), METHODS[key].unfit(outline))
        for title, key in named.items()
    ]
    return _ordered(offers, FAMILIES.values())


def of_sources(catalogue: Mapping[str, DataSet], named: Mapping[str, str]) -> list[Offer]:
    """Data sets to choose from, by what they are; what a person has opened comes last.

    Args:
        catalogue: Key -> data set.
        named: Title -> key.

    Returns:
        The offers.
    """
    offers = [
        Offer(key, title, KINDS["own" if is_own(key) else catalogue[key].kind], *_needed(catalogue[key]))
        for title, key in named.items()
    ]
    return _ordered(offers, KINDS.values())


def cost(kind: type[Method], seconds: float | None = None) -> str:
    """How long a method takes, in words.

    Args:
        kind: The method.
        seconds: What a run of it took; None: nobody knows.

    Returns:
        'at once', '0.2 s', 'seconds', 'minutes'.
    """
    if seconds is None:
        return "at once" if kind.cheap else "minutes" if kind.long else "seconds"
    if seconds < INSTANT:
        return "at once"
    return f"{seconds:.1f} s" if seconds < 10 else lasting(seconds)


def _group(kind: type[Method]) -> str:
    family = kind.family or (NETWORK if kind.network else "")
    if family == NETWORK and kind.takes:
        names = (VARIABLES[name].long_name if name in VARIABLES else name for name in kind.takes)
        return f"Trained for {' and '.join(names)}"
    return FAMILIES.get(family, family)


def _needed(data: DataSet) -> tuple[str, str]:
    """What has to be fetched first, and why a data set cannot be chosen where nothing can be fetched."""
    missing = [file for file in data.files if not file.here()]
    lost = next((file for file in missing if not (file.url or file.wheel)), None)
    if lost is not None:
        return "", f"is missing: let FINESCALE_DATA name a folder that holds {lost.path}"
    size = sum(file.bytes for file in missing) / 1e6
    return (f"to be downloaded, {size:.1f} MB" if missing else ""), ""


def _ordered(offers: list[Offer], groups: Iterable[str]) -> list[Offer]:
    """Group by group, those with something that can be chosen first; within one as they come."""
    known = [*groups, *(offer.group for offer in offers)]
    able = {offer.group for offer in offers if not offer.obstacle}
    return sorted(offers, key=lambda offer: (offer.group not in able, _place(offer.group, known)))


def _place(group: str, known: list[str]) -> int:
    trained = group.startswith("Trained for ")
    return known.index(FAMILIES[NETWORK] if trained else group)
