"""How noisy an input is, in words: free of noise as published, or with so much of it."""

from collections.abc import Hashable, Iterable

from engine import lexicon
from engine.scene import Scene
from engine.scenes.own import is_own
from explorer.drawing.lines import pretty

IN_NOISE, IN_UNITS = "consistency_noise", ("consistency", "consistency_max")  # distances to the input
FREE, PUBLISHED, UNSTATED = "noise-free", "noise-free, as published", "noise not stated"


def amount(size: float, units: str) -> str:
    """A standard deviation in the unit in which it is not a small fraction.

    Args:
        size: In the field's unit.
        units: The field's unit, as CF has it.

    Returns:
        E.g. '2 cm' of 0.02 m.
    """
    finer = [known for to in lexicon.others(units) if (known := lexicon.conversion(units, to)) and known.scale > 1]
    if 0 < size < 1 and finer:
        size, units = finer[0].of_differences(size), finer[0].units
    return f"{size:.3g} {pretty(units)}".rstrip()


def told(names: Iterable[Hashable]) -> list[str]:
    """The scores to be read: where the input has noise, the distance to it in units of that alone.

    Args:
        names: Of the scores that there are.

    Returns:
        Those without the distance in the field's unit, where it is told otherwise.
    """
    there = [str(name) for name in names]
    return [name for name in there if IN_NOISE not in there or name not in IN_UNITS]


def words(scene: Scene) -> str:
    """The noise of a scene's input.

    Args:
        scene: The scene.

    Returns:
        'noise-free, as published', 'noise 2 cm'; empty where nobody knows how the input was made.
    """
    seen, units = scene.problem.observation, scene.problem.low[scene.variable].attrs["units"]
    if seen is None:
        return ""
    if seen.noise:
        everywhere = "" if seen.noise.places is None else " on average"
        return f"noise {amount(seen.noise.total, units)}{everywhere}"
    return UNSTATED if scene.truth is None else FREE if is_own(scene.key) else PUBLISHED
