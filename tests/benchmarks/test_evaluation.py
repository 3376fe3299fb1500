"""Evaluations on dask: workers in processes, and a store that grows: `pytest tests/benchmarks/test_evaluation.py
--benchmark-enable --benchmark-only -s`, on a quiet machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import stored

from engine.evaluate import dates_of, evaluate

pytestmark = [pytest.mark.benchmark(group="evaluation"), pytest.mark.filterwarnings("ignore")]
METHODS = ["bicubic", "resac", "resac_sst", "spectral_liif"]
DATES, CELLS = 30, 512
QUIET = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}


def test_two_workers_against_one(benchmark):
    """Four methods on eight dates of the ocean run, on one worker process and on two; each computes on one core."""
    from dask.distributed import Client, LocalCluster

    dates, seconds = dates_of("ocean_run")[:8], {}
    for workers in (1, 2):
        with LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, scheduler_kwargs=QUIET) as cluster:
            with Client(cluster) as client:
                client.run(warm_up)
            asked = {"times": dates, "factor": 27, "scheduler": cluster.scheduler_address}
            once = benchmark.pedantic if workers == 2 else None
            seconds[workers] = timed(lambda asked=asked: evaluate("ocean_run", METHODS, **asked), once)
    ratio = seconds[1] / seconds[2]
    print(f"\n{len(dates)} scenes, {len(METHODS)} methods: {seconds[1]:.1f} s with one worker, {seconds[2]:.1f} s with")
    print(f"two: {ratio:.2f} times as fast")
    assert ratio > 1.3


def warm_up() -> None:
    """What a worker does once: it imports, and loads weights."""
    evaluate("ocean_run", METHODS, times=dates_of("ocean_run")[-1:], factor=27, scheduler="synchronous")


def timed(call, once=None) -> float:
    import time

    start = time.perf_counter()
    once(call, rounds=1) if once else call()
    return time.perf_counter() - start


def test_memory_stays_flat_while_a_store_grows_tenfold(benchmark, tmp_path):
    """Every date of a store, and of one with ten times as many: peak of memory and time, each in its own process."""
    found = {}
    for dates in (DATES, 10 * DATES):
        store = stored.write(tmp_path / f"{dates}.zarr", dates, CELLS, CELLS // 2)
        if dates == DATES:
            found[dates] = measured(store)
        else:
            found[dates] = benchmark.pedantic(measured, (store,), rounds=1)
    small, large = found.values()
    ratio = {name: large[name] / small[name] for name in small}
    print(f"\n{DATES} and {10 * DATES} dates ({10 * DATES * CELLS**2 * 4 / 1e6:.0f} MB):")
    for name in small:
        print(f"{name} {small[name]:.1f} and {large[name]:.1f}, {ratio[name]:.2f} times")
    assert ratio["peak_mib"] < 1.2
    assert ratio["cpu_seconds"] < 11


def measured(store: Path) -> dict:
    script = Path(stored.__file__)
    done = subprocess.run([sys.executable, str(script), str(store)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
