"""The processes that parse files: few at any time, ended when they hang, and none in the middle of a download."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psutil
import pytest
from own_files import degrees, on_grid, write

from engine.errors import InputError
from engine.reading import content, process
from engine.scenes.own import OwnData, opened


def files(folder: Path, count: int) -> list[Path]:
    return [write(folder / f"{i}.nc", on_grid() + i, "lat lon", degrees()) for i in range(count)]


def key(path: Path) -> str:
    return f"own:{path}"


def level(data: OwnData) -> float:
    """How much was added to the wave of a file."""
    return round(float((data.load(data.times[0], ("a",))["a"] - on_grid()).mean()), 3)


def test_few_processes_stay_and_an_ended_one_comes_back(tmp_path):
    paths = [write(tmp_path / f"{i}.nc", on_grid() + i, "lat lon", degrees()) for i in range(process.ALIVE + 2)]
    data = [opened(key(path)) for path in paths]
    alive = [one.content.asked._process is not None for one in data]
    assert sum(alive) == process.ALIVE
    data[-1].content.asked._process.kill()
    for i, one in enumerate(data):
        assert float(one.load(one.times[0], ("a",))["a"].mean()) == pytest.approx(float(on_grid().mean()) + i, abs=1e-5)


def test_a_reader_that_hangs_is_ended_with_one_sentence(tmp_path, monkeypatch):
    data = opened(key(write(tmp_path / "a.nc", on_grid(), "lat lon", degrees())))
    monkeypatch.setattr(process, "PATIENCE", 0.3)
    data.content.asked._process.suspend = psutil.Process(data.content.asked._process.pid).suspend
    data.content.asked._process.suspend()
    with pytest.raises(InputError, match=r"takes longer than 0 s\."):
        data.load(data.times[0], ("a",))
    monkeypatch.setattr(process, "PATIENCE", 30.0)
    data.load(data.times[0], ("a",))


def test_files_that_are_asked_for_at_once_are_read_by_few_processes(tmp_path, monkeypatch):
    started, alive, popen = [], [], process.subprocess.Popen

    def start(*arguments, **more):
        started.append(popen(*arguments, **more))
        alive.append(sum(one.poll() is None for one in started))
        return started[-1]

    monkeypatch.setattr(process.subprocess, "Popen", start)
    with ThreadPoolExecutor(8) as pool:
        levels = list(pool.map(lambda path: level(opened(key(path))), files(tmp_path, 8)))
    assert levels == list(range(8))
    assert max(alive) <= process.ALIVE


def test_a_file_that_finds_no_place_is_refused_with_one_sentence(tmp_path, monkeypatch):
    *busy, last = files(tmp_path, process.ALIVE + 1)
    with ExitStack() as all_held, ThreadPoolExecutor(1) as other:
        for path in busy:
            all_held.enter_context(opened(key(path)).content.asked.held())
        monkeypatch.setattr(process, "PATIENCE", 0.1)
        with pytest.raises(InputError, match=r"^The file '4.nc' has to wait until others have been read: try again in"):
            other.submit(opened, key(last)).result()
    monkeypatch.undo()
    assert level(opened(key(last))) == process.ALIVE


def test_a_download_goes_on_while_many_files_are_read(tmp_path, web, monkeypatch):
    """Ended for others in its middle, it would begin again, and the file would have its beginning twice."""
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(content, "PIECE", 2000)
    write(tmp_path / "far.nc", np.random.default_rng(0).normal(size=on_grid().shape), "lat lon", degrees())
    whole, others, calls = (tmp_path / "far.nc").read_bytes(), files(tmp_path, process.ALIVE + 1), []
    assert len(whole) > 3 * content.PIECE
    read = content._Pieces.readinto

    def readinto(self, buffer):
        calls.append(len(buffer))
        if len(calls) == 2:
            with ThreadPoolExecutor(1) as other:
                list(other.map(opened, map(key, others)))
        return read(self, buffer)

    monkeypatch.setattr(content._Pieces, "readinto", readinto)
    assert opened(f"own:{web}/far.nc").fields == ("a",)
    (kept,) = (tmp_path / "cache" / "own").glob("*/far.nc")
    assert kept.read_bytes() == whole


def test_a_download_that_does_not_end_is_given_up(tmp_path, web, monkeypatch):
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(content, "LONGEST_DOWNLOAD", 0.0)
    files(tmp_path, 1)
    with pytest.raises(InputError, match=r"^The file '0.nc' takes longer than 0 minutes to come\.$"):
        opened(f"own:{web}/0.nc")
    assert not list((tmp_path / "cache" / "own").glob("*"))
