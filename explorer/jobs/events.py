"""Events whose probability an ensemble gives, and how these came true."""

import xarray as xr

from engine import scores
from engine.scene import Scene
from explorer.jobs.resolution_run import Result

THIN = 0.5  # m: thinner ice is a lead, or was one; of other fields it is their own upper tenth


def reliability(result: Result, threshold: float | None = None) -> xr.Dataset:
    """How probabilities of `event` came true, for an ensemble with a truth.

    Args:
        result: Of an ensemble, on a scene with a truth.
        threshold: Of the event, in the field's unit; None takes the usual one.

    Returns:
        `observed` frequency and count of `cells` by `forecast` probability; the event's name as attribute `event`.
    """
    assert result.scene.truth is not None
    assert result.members is not None
    limit, below, name = event(result.scene, threshold)
    field = result.scene.truth[result.scene.variable]
    return scores.reliability(result.members, field, limit, below).assign_attrs(event=name)


def event(scene: Scene, threshold: float | None = None) -> tuple[float, bool, str]:
    """The event whose probability is asked for.

    Args:
        scene: The scene.
        threshold: In the field's unit; None takes the usual one, of the truth or, where there is none, of the input.

    Returns:
        The threshold, whether the event is to be below it, and the event's name.
    """
    field = (scene.problem.low if scene.truth is None else scene.truth)[scene.variable]
    units = field.attrs.get("units", "")
    if scene.variable == "thickness":
        thin = THIN if threshold is None else threshold
        return thin, True, f"Thinner than {thin:g} {units}"
    high = float(field.quantile(0.9)) if threshold is None else threshold
    return high, False, f"Above {high:.3g} {units}"
