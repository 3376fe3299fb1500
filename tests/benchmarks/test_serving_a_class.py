"""A class of 30 at one server: `pytest tests/benchmarks/test_serving_a_class.py --benchmark-enable --benchmark-only
-s`, on a quiet machine."""

import os
import statistics

import pytest
import serving
from classroom import lesson

STUDENTS = int(os.environ.get("FINESCALE_STUDENTS", "30"))
SECONDS = float(os.environ.get("FINESCALE_LESSON", "300"))


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.benchmark(group="class")
def test_a_class_works_for_five_minutes(benchmark, tmp_path, processes):
    folder = tmp_path / "empty"
    folder.mkdir()
    with serving.served(folder, "--class", f"--num-procs={processes}") as server:
        seen = benchmark.pedantic(
            lesson, (server.address(), server.process.pid, STUDENTS, SECONDS), rounds=1, iterations=1
        )
        log = server.log.read_text()
    half = seen.memory[len(seen.memory) // 2 :]
    print(f"\n{processes} process{'es' * (processes > 1)}: {seen}; second half {half[0]:.0f} to {half[-1]:.0f} MB")
    assert not seen.wrong, seen.wrong
    assert '"level": "error"' not in log
    assert "Traceback" not in log
    assert statistics.median(seen.answers) < 2
    assert max(half[-10:]) < 1.1 * max(half[:10])
