"""Many dates x regions x methods, run on dask, into one table."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import dask
import pandas as pd
from dask.callbacks import Callback

from engine import methods, scenes, scores
from engine.errors import InputError
from engine.scene import Scene

Choice = str | tuple[str, Mapping[str, Any]]
Progress = Callable[[int, int], None]
ALWAYS = ("rmse", "relative_improvement", "effective_resolution", "seconds", "network_calls")
LOCAL = ("threads", "processes", "synchronous")


def evaluate(
    dataset_key: str,
    methods: Sequence[Choice],
    times: Iterable | None = None,
    regions: Iterable[str] | None = None,
    factor: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    scheduler: str | None = None,
    edges_km: Sequence[float] = (),
    **selection,
) -> pd.DataFrame:
    """One row per method x region x date: the scores of the table, skill and power (of members) by band, cost, split.

    edges_km: wavelengths between which bands of one's own lie, e.g. (120, 60, 30), instead of the four.
    rmse_published is what the method's authors printed for the nearest case, another ocean: see its `published`.
    methods: keys, or (key, parameters); times: default all dates of the split 'test'; regions: names or boxes, default
    the data set's first; selection: what else `engine.scenes.open` takes (degradation, width_km, noise, field).
    progress(done, total) counts scenes. scheduler: 'threads' (default), 'processes', 'synchronous', or the address of a
    dask scheduler. A method that refuses a scene (InputError) leaves a row of NaN with its sentence in `error`; a scene
    that cannot be opened raises InputError, and so does an unknown method or parameter.
    """
    data = scenes.get(dataset_key)
    dates = [data.find_time(date) for date in (dates_of(dataset_key) if times is None else times)]
    names = list(data.regions)[:1] if regions is None else list(regions)
    chosen = _choices(methods)
    if not (dates and names and chosen):
        raise InputError("An evaluation needs at least one date, one region and one method.")
    selection, own = selection if factor is None else {**selection, "factor": factor}, scores.bands_between(edges_km)
    tasks = [
        dask.delayed(score_scene)(dataset_key, date, name, chosen, seed, selection, own)
        for name in names
        for date in dates
    ]
    rows = [row for part in _run(tasks, scheduler or "threads", progress) for row in part]
    return pd.DataFrame(rows).sort_values(["region", "time"], kind="stable", ignore_index=True)


def _choices(wanted: Sequence[Choice]) -> list[tuple[str, dict]]:
    """(key, parameters) of every method; raises InputError for one that cannot be made."""
    chosen = [(choice, {}) if isinstance(choice, str) else (choice[0], dict(choice[1])) for choice in wanted]
    for key, options in chosen:
        methods.create(key, **options)
    return chosen


def dates_of(dataset_key: str, split: str = "test") -> list[pd.Timestamp]:
    """Dates of a data set's split; raises InputError if there are none."""
    data = scenes.get(dataset_key)
    dates = [date for date in data.times if data.split_of(date) == split]
    if not dates:
        raise InputError(f"{data.title} has no dates in a split {split!r}; its splits are {', '.join(data.splits)}.")
    return dates


def score_scene(
    dataset_key: str,
    date: pd.Timestamp,
    region: str,
    chosen: list[tuple[str, dict]],
    seed: int,
    selection: dict,
    own: list[scores.Band],
) -> list[dict[str, Any]]:
    """Rows of one scene: it is opened once, and every method runs on it; own: bands instead of the scene's four."""
    scene = scenes.open(dataset_key, time=date, region=region, **selection)
    place = {"dataset": dataset_key, "region": region, "time": date, "split": scene.split}
    bands = own or scores.bands(scene)
    return [{"method": label(*choice), **place, **_run_method(*choice, scene, seed, bands)} for choice in chosen]


def label(key: str, options: Mapping[str, Any]) -> str:
    """A method's name in the table: its key, with the parameters that were set."""
    return f"{key}({', '.join(f'{name}={value}' for name, value in options.items())})" if options else key


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Means over scenes by method, the best RMSE first.

    rmse: mean of the daily RMSE; relative_improvement: 1 - mean RMSE / mean RMSE of bicubic; effective_resolution: mean
    over the scenes that have one; scenes, failed: numbers of rows scored and refused. A NaN score makes its mean NaN.
    """
    means = {name: _means(rows) for name, rows in frame.groupby("method", sort=False)}
    return pd.DataFrame(means).T.sort_values("rmse")


def _means(rows: pd.DataFrame) -> pd.Series:
    scored = rows[rows["error"] == ""]
    out = scored.select_dtypes("number").mean(skipna=False)
    out["effective_resolution"] = scored["effective_resolution"].mean()
    bicubic = scored["rmse"] / (1 - scored["relative_improvement"])
    out["relative_improvement"] = 1 - scored["rmse"].mean(skipna=False) / bicubic.mean(skipna=False)
    out["scenes"], out["failed"] = len(scored), len(rows) - len(scored)
    return out


def _run_method(key: str, options: dict, scene: Scene, seed: int, edges: list[scores.Band]) -> dict[str, Any]:
    """Scores, seconds and network calls of one method on one scene, or NaN and the reason of its refusal."""
    start, unknown = time.perf_counter(), dict.fromkeys(ALWAYS, float("nan"))
    try:
        (step,) = deque(methods.create(key, **options).steps(scene.problem, seed=seed), maxlen=1)
    except InputError as error:
        return {**unknown, "error": str(error)}
    seconds = time.perf_counter() - start
    curves = scores.spectra_or_none(step.estimate, scene)
    table = scores.table(step.estimate, scene, curves=curves)
    values = {str(name): float(value) for name, value in table.data_vars.items()}
    if curves is not None and scene.truth is not None:
        of = "members" if "members" in curves else "estimate"
        values |= {f"skill_{band}": skill for band, skill in scores.band_skill(curves, edges).items()}
        values |= {f"power_{band}": ratio for band, ratio in scores.band_power_ratio(curves, edges, of).items()}
    published = methods.METHODS[key].published_for(scene)
    values["rmse_published"] = published.scores["rmse"] if published else float("nan")
    cost = {"seconds": seconds, "network_calls": step.trace.get("network_calls", 0.0)}
    return {**unknown, **values, **cost, "error": ""}


def _run(tasks: list, scheduler: str, progress: Progress | None) -> list:
    if scheduler not in LOCAL:
        return _run_distributed(tasks, scheduler, progress)
    with _Counter(len(tasks), progress):
        return list(dask.compute(*tasks, scheduler=scheduler, optimize_graph=False))


def _run_distributed(tasks: list, address: str, progress: Progress | None) -> list:
    from dask.distributed import Client, as_completed

    with Client(address) as client:
        futures = client.compute(tasks)
        for done, _ in enumerate(as_completed(futures), 1):
            if progress:
                progress(done, len(tasks))
        return client.gather(futures)


class _Counter(Callback):
    """Tells `progress` how many tasks are done."""

    def __init__(self, total: int, progress: Progress | None):
        self.total, self.progress, self.done = total, progress, 0
        super().__init__()

    def _posttask(self, key, result, dsk, state, worker_id) -> None:
        self.done = min(self.done + 1, self.total)
        if self.progress:
            self.progress(self.done, self.total)
