"""One scene scored: it is opened once, every method runs on it, and each leaves a row."""

import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from engine import methods, scenes, scores
from engine.errors import DataMissing, InputError
from engine.grid import require_size
from engine.scene import Scene

Chosen = tuple[str, dict[str, Any]]  # a method's key and its settings
Row = dict[str, Any]
ALWAYS = ("rmse", "relative_improvement", "effective_resolution", "seconds", "network_calls")
PASSING = "passing"  # a row's mark that must not be kept: the same may go well the next time
_log = logging.getLogger(__name__)


def score_scene(
    dataset_key: str | scenes.DataSet,
    date: pd.Timestamp,
    region: str,
    chosen: Sequence[Chosen],
    seed: int,
    selection: dict,
    own: list[scores.Band],
    largest: int | None = None,
) -> list[Row]:
    """Rows of one scene, which is opened once.

    Args:
        dataset_key: a key, or a data set itself.
        date: one of its dates.
        region: a name or a box 'x0,x1,y0,y1'.
        chosen: methods and their settings.
        seed: of every method's random numbers.
        selection: what else `engine.scenes.open` takes.
        own: bands instead of the scene's four; empty: those.
        largest: cells of a layer (y, x) that the scene may have; None: any number.

    Returns:
        A row per method, in their order: name -> score, NaN with a sentence in `error` where there is none; `outside`
        says how the scene differs from what the method was trained for.

    Raises:
        InputError: the scene cannot be opened or is larger, or a method is not known (a dask worker without the
            plug-in).
    """
    data = scenes.get(dataset_key)
    scene = scenes.open(data, time=date, region=region, **selection)
    if largest is not None:
        require_size(scene.problem.mask.shape, largest)
    place = {"dataset": data.key, "region": region, "time": date, "split": scene.split}
    return [{"method": label(*choice), **place, **_run_method(*choice, scene, seed, own)} for choice in chosen]


def label(key: str, options: Mapping[str, Any]) -> str:
    """A method's name in the table.

    Args:
        key: its key.
        options: the settings that were chosen.

    Returns:
        The key, with these settings in brackets.
    """
    return f"{key}({', '.join(f'{name}={value}' for name, value in options.items())})" if options else key


def _run_method(key: str, options: dict, scene: Scene, seed: int, own: list[scores.Band]) -> Row:
    """Scores, seconds and network calls of one method on one scene, or NaN and the reason why there are none."""
    method = methods.create(key, **options)
    unknown: Row = {**dict.fromkeys(ALWAYS, float("nan")), "outside": "; ".join(method.outside(scene.problem))}
    start = time.perf_counter()
    try:
        (step,) = deque(method.run(scene.problem, seed=seed), maxlen=1)
    except DataMissing as error:
        return {**unknown, "error": str(error), PASSING: True}
    except InputError as error:
        return {**unknown, "error": str(error)}
    except Exception as error:  # a method's own fault: the others go on
        _log.exception("%s failed on %s, %s, %s", key, scene.key, scene.region, scene.time)
        return {**unknown, "error": f"{key} stopped with {type(error).__name__}; see the log.", PASSING: True}
    seconds = time.perf_counter() - start
    still = method.task == "resolution"
    curves = scores.spectra_or_none(step.estimate, scene) if still else None
    table = scores.table(step.estimate, scene, curves=curves, edges=own or None)
    values = {str(name): float(value) for name, value in table.data_vars.items()}
    if curves is not None and scene.truth is not None:
        of, edges = "members" if "members" in curves else "estimate", own or scores.bands(scene)
        values |= {f"skill_{band}": skill for band, skill in scores.band_skill(curves, edges).items()}
        values |= {f"power_{band}": ratio for band, ratio in scores.band_power_ratio(curves, edges, of).items()}
    published = method.published_for(scene)
    values["rmse_published"] = published.scores["rmse"] if published else float("nan")
    through = step.estimate.attrs.get("through")
    cost = {"seconds": seconds, "network_calls": step.trace.get("network_calls", 0.0)}
    return {**unknown, **values, **cost, "error": "", **({"outside": ""} if through else {})}
