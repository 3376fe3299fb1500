"""Many dates x regions x methods, run on dask, row by row into one table; what is known already is not run again."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import pandas as pd

from engine import methods, scenes, scores
from engine.errors import InputError
from engine.evaluation import shipped
from engine.evaluation.rows import RowCache
from engine.evaluation.scoring import PASSING, Chosen, Row, label, score_scene

Choice = str | tuple[str, Mapping[str, Any]]
Progress = Callable[[int, int], None]
LOCAL = ("threads", "processes", "synchronous")
WAITING = 3  # calls that lie with dask for every thread that works: the rest stays here, whatever its number


def evaluate(
    dataset_key: str | scenes.DataSet,
    methods: Sequence[Choice],
    times: Iterable | None = None,
    regions: Iterable[str] | None = None,
    factor: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    scheduler: str | None = None,
    edges_km: Sequence[float] = (),
    cache: bool = False,
    **selection,
) -> pd.DataFrame:
    """One row per method x region x date: the scores of the table, skill and power (of members) by band, cost, split.

    rmse_published is what the method's authors printed for the nearest case, another ocean: see its `published`.
    A method that refuses a scene (InputError) or fails leaves a row of NaN with a sentence in `error`.

    Args:
        dataset_key: a key, or a data set itself, which a cluster cannot be given.
        methods: keys, or (key, parameters).
        times: dates; None: those of `dates_of`.
        regions: names or boxes 'x0,x1,y0,y1'; None: the data set's first.
        factor: fine cells per coarse cell; None: the data set's default.
        seed: of every method's random numbers.
        progress: called with done and total, counting scenes that have to be run.
        scheduler: 'threads' (default), 'processes', 'synchronous', or the address of a dask scheduler.
        edges_km: wavelengths (km) between which bands of one's own lie, e.g. (120, 60, 30), instead of the four.
        cache: keep every row on disk and take those that are there (`engine.evaluation.rows`; their `seconds` are those
            of then), so that what was interrupted goes on.
        **selection: what else `engine.scenes.open` takes (degradation, width_km, noise, field).

    Returns:
        The rows, by region, date and method as they were given.

    Raises:
        InputError: a scene cannot be opened, a method or parameter is unknown, or no scheduler answers.
    """
    selection |= {} if factor is None else {"factor": factor}
    asked = Evaluation(
        dataset_key, methods, times=times, regions=regions, seed=seed, edges_km=edges_km, cache=cache, **selection
    )
    total = asked.scenes
    for _ in asked.run(scheduler or "threads"):
        if progress:
            progress(total - asked.scenes, total)
    rows = asked.known()
    order = {choice: number for number, choice in enumerate(asked.labels)}
    rows.sort(key=lambda row: (row["region"], row["time"], order[row["method"]]))
    return pd.DataFrame(rows)


class Evaluation:
    """Dates x regions x methods: `known` rows at once, the others one scene after the other by `run`."""

    def __init__(
        self,
        dataset_key: str | scenes.DataSet,
        methods: Sequence[Choice],
        *,
        times: Iterable | None = None,
        regions: Iterable[str] | None = None,
        seed: int = 0,
        edges_km: Sequence[float] = (),
        cache: bool = False,
        largest: int | None = None,
        **selection,
    ):
        """As in `evaluate`; largest: cells that a scene may have. Raises InputError for what is not on offer."""
        data = scenes.get(dataset_key)
        self.dataset_key, self.seed = dataset_key, seed
        self.dates = [data.find_time(date) for date in (dates_of(dataset_key) if times is None else times)]
        self.regions = list(data.regions)[:1] if regions is None else list(regions)
        self.chosen = _choices(methods, data)
        if not (self.dates and self.regions and self.chosen):
            raise InputError("An evaluation needs at least one date, one region and one method.")
        self.selection, self.largest = selection, largest
        self.bands = scores.bands_between(edges_km)
        self.labels = [label(*choice) for choice in self.chosen]
        caches = [RowCache(data, self.selection, choice, seed, edges_km) for choice in self.chosen]
        self._caches = dict(zip(self.labels, caches, strict=True)) if cache else {}
        self._shipped = [shipped.known(data, self.selection, choice, seed, edges_km) for choice in self.chosen]
        self._rows: dict[tuple[str, str, pd.Timestamp], Row] = {}
        self._learn()

    def known(self) -> list[Row]:
        """The rows that are there already."""
        places = [(region, date) for region in self.regions for date in self.dates]
        keys = [(name, *place) for place in places for name in self.labels]
        return [self._rows[key] for key in keys if key in self._rows]

    def shipped(self) -> list[Row]:
        """Rows that came with the project, of what is not known yet (`engine.evaluation.shipped`)."""
        places = [(region, date) for region in self.regions for date in self.dates]
        named = list(zip(self.labels, self._shipped, strict=True))
        missing = [(rows, place) for place in places for name, rows in named if (name, *place) not in self._rows]
        return [rows[place] for rows, place in missing if place in rows]

    @property
    def total(self) -> int:
        """Rows in all."""
        return len(self.dates) * len(self.regions) * len(self.labels)

    @property
    def scenes(self) -> int:
        """How many scenes are still to be run, those with slow methods once for each."""
        return sum(bool(self._missing(*part)) for part in self._parts())

    def run(self, scheduler: str = "synchronous") -> Iterator[list[Row]]:
        """Rows of the scenes that are not known yet, as each is done, cheap methods first; closing it stops the work.

        Each is kept before it is yielded; what others keep meanwhile is not scored again. Raises InputError for a scene
        that cannot be opened.
        """
        for rows in _completed(self._calls(), self.scenes, scheduler):
            for row in rows:
                if row["method"] in self._caches:
                    self._caches[row["method"]].add(row)
                row.pop(PASSING, None)
                self._rows[row["method"], row["region"], row["time"]] = row
            yield rows

    def _learn(self) -> None:
        """Take what has come to the disk, by this evaluation or another one that wants the same."""
        for name, kept in self._caches.items():
            self._rows |= {(name, *place): row | {"method": name} for place, row in kept.news().items()}

    def _calls(self) -> Iterator[tuple]:
        """Arguments of `score_scene` for all that is missing when it is asked for."""
        for group, region, date in self._parts():
            self._learn()
            missing = self._missing(group, region, date)
            if missing:
                yield self.dataset_key, date, region, missing, self.seed, self.selection, self.bands, self.largest

    def _parts(self) -> Iterator[tuple[list[tuple[str, Chosen]], str, pd.Timestamp]]:
        """Methods, region and date: a scene is opened once for all cheap methods, and once for each of the others."""
        named = list(zip(self.labels, self.chosen, strict=True))
        cheap = [(name, choice) for name, choice in named if methods.METHODS[choice[0]].cheap]
        for group in (cheap, *([pair] for pair in named if pair not in cheap)):
            for region in self.regions:
                for date in self.dates:
                    yield group, region, date

    def _missing(self, group: list[tuple[str, Chosen]], region: str, date: pd.Timestamp) -> list[Chosen]:
        return [choice for name, choice in group if (name, region, date) not in self._rows]


def _choices(wanted: Sequence[Choice], data: scenes.DataSet) -> list[Chosen]:
    """(key, parameters) of every method; raises InputError for one that cannot be made."""
    chosen = [(choice, {}) if isinstance(choice, str) else (choice[0], dict(choice[1])) for choice in wanted]
    for key, options in chosen:
        methods.create(key, **options)
        if methods.METHODS[key].task != data.task:
            raise InputError(f"{key} is a method for {methods.METHODS[key].task}, and {data.title} is for {data.task}.")
    return chosen


def dates_of(dataset_key: str | scenes.DataSet, split: str | None = None) -> list[pd.Timestamp]:
    """Dates of a data set's split.

    Args:
        dataset_key: a key, or a data set itself.
        split: its name; None: the only one there is, else 'test'.

    Returns:
        The dates, in the data set's order.

    Raises:
        InputError: no such data set, or no date in that split.
    """
    data = scenes.get(dataset_key)
    split = split or (next(iter(data.splits)) if len(data.splits) == 1 else "test")
    dates = [date for date in data.times if data.split_of(date) == split]
    if not dates:
        raise InputError(f"{data.title} has no dates in a split {split!r}; its splits are {', '.join(data.splits)}.")
    return dates


def dates_between(dataset_key: str | scenes.DataSet, texts: Iterable[str]) -> list[pd.Timestamp]:
    """Dates of a data set by single ones and ranges.

    Args:
        dataset_key: a key, or a data set itself.
        texts: '2005-01-03' or '2005-01-03/2005-01-11' (ends included), several with commas between.

    Returns:
        The dates, once each, in the order of the texts.

    Raises:
        InputError: a single date is not on offer, or a text is no date.
    """
    data, found = scenes.get(dataset_key), []
    for text in filter(None, (part.strip() for entry in texts for part in entry.split(","))):
        first, slash, last = text.partition("/")
        begin, end = (_end(data, part) for part in (first, last)) if slash else [data.find_time(first)] * 2
        found += [date for date in data.times if begin <= date <= end]
    return list(dict.fromkeys(found))


def _end(data: scenes.DataSet, text: str) -> pd.Timestamp:
    """An end of a range, which need not be on offer itself."""
    try:
        return data.find_time(text.strip())
    except InputError:
        when = pd.to_datetime(text.strip(), errors="coerce", format="ISO8601")
        if pd.isna(when):
            raise
        return when


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Means over scenes by method, the best RMSE first.

    rmse: mean of the daily RMSE; relative_improvement: 1 - mean RMSE / mean RMSE of bicubic; effective_resolution: mean
    over the scenes that have one; scenes, failed: numbers of rows scored and refused. A NaN score makes its mean NaN.

    Args:
        frame: rows of `evaluate`.

    Returns:
        A row per method, in the units of the scores.
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


def _completed(calls: Iterator[tuple], count: int, scheduler: str) -> Iterator[list[Row]]:
    """Results of `score_scene` as they come: here, on a dask cluster made for it, or on a running one."""
    if scheduler == "synchronous" or (scheduler in LOCAL and count == 1):
        yield from (score_scene(*call) for call in calls)
    elif scheduler in LOCAL and count:
        from dask.distributed import LocalCluster

        cores, apart = os.cpu_count() or 1, scheduler == "processes"
        workers, threads = (cores, 1) if apart else (1, cores)
        quiet = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}  # it listens in any case: on a free port
        with LocalCluster(
            n_workers=workers, threads_per_worker=threads, processes=apart, scheduler_kwargs=quiet
        ) as cluster:
            yield from _run_distributed(calls, cluster.scheduler_address)
    elif count:
        try:
            yield from _run_distributed(calls, scheduler)
        except OSError as error:
            raise InputError(f"No dask scheduler answers at {scheduler} ({type(error).__name__}).") from error


def _run_distributed(calls: Iterator[tuple], address: str) -> Iterator[list[Row]]:
    """The same on the cluster of a dask scheduler. Raises OSError where none answers, InputError where workers die."""
    from dask.distributed import Client, KilledWorker, as_completed

    with Client(address) as client:
        waiting = (client.submit(score_scene, *call, pure=False) for call in calls)
        done = as_completed(islice(waiting, WAITING * max(1, sum(client.nthreads().values()))))
        for future in done:
            try:
                rows = future.result()
            except KilledWorker as error:
                raise InputError("Dask workers die on a scene, one after the other: give them more memory.") from error
            yield rows
            done.update(islice(waiting, 1))
