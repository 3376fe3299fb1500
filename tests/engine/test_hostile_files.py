"""What is damaged or means harm is refused with one sentence: nothing runs, leaves its root or fills the memory."""

import io
import json
import pickle
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import greedy_files  # noqa: F401 (its files are among FILES)
import numpy as np
import pytest
import xarray as xr
import zarr
import zipped_files  # noqa: F401 (and so are these)
from hostile_files import FILES, Bomb, good, pickled
from own_files import degrees, on_grid

from engine.errors import InputError
from engine.reading import child, content, process
from engine.reading.places import ANYWHERE, Places, keep
from engine.scenes.own import opened

MEMORY = 400e6  # bytes that the reading process may take on top of its libraries, and this one too
ANSWERS = ("", ";unit=m", ";x=lon;y=lat", ";x=q;y=p;spacing=1;rows=south")  # to what the files leave open


def sentence(told: str) -> bool:
    return told.endswith(".") and "\n" not in told and len(told) < 400 and "Traceback" not in told


@pytest.mark.parametrize("name", FILES)
def test_it_is_refused_with_one_sentence(name, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    path = FILES[name](tmp_path / "here")
    used, peaks = forget_peak(), watch_memory(monkeypatch)
    for answers in ANSWERS:
        with pytest.raises(InputError) as told:
            opened(f"own:{path}{answers}").open(factor=2)
        assert sentence(str(told.value)), told.value
        if not re.search("leaves|no answer", str(told.value)):
            break
    assert not (tmp_path / "here" / "canary").exists(), "something in the file was executed"
    assert peak("self") - used < MEMORY
    assert max(peaks(), default=0) < child.MEMORY + 2e8


def watch_memory(monkeypatch) -> Callable[[], list[int]]:
    """The peaks of the processes that read, as far as the system tells them."""
    pids, start = [], process.Asked._start

    def started(self) -> None:
        start(self)
        pids.append(self._process.pid)

    monkeypatch.setattr(process.Asked, "_start", started)

    return lambda: [peak(pid) for pid in pids]


def forget_peak() -> int:
    """Let this process's peak of memory begin anew, where the system can; the peak there is now."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak("self")


def peak(pid: int | str) -> int:
    """The most bytes that a process has had in memory, 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def test_the_good_part_of_a_bad_file_is_opened(tmp_path):
    """Beside pickled objects lies an array of numbers: it opens, the objects are left out and never loaded."""
    path = pickled(tmp_path, dtype="|O", filters=[{"id": "pickle"}])
    fine = zarr.create_array(str(path / "fine"), data=np.add.outer(np.arange(16.0), np.arange(16.0)), zarr_format=2)
    fine.attrs.update({"_ARRAY_DIMENSIONS": ["lat", "lon"], "units": "m"})
    data = opened(f"own:{path}")
    assert data.fields == ("fine",)
    assert "pickle" in data.content.left_out["a"]
    assert not (tmp_path / "canary").exists()


def test_the_reading_process_loads_no_pickle_starts_no_program_and_writes_no_file(tmp_path):
    """Whatever gets past the other checks meets the audit hook."""
    asked = process.Asked("netcdf", str(good(tmp_path)), "The file")
    asked.open()
    code = f"""
import os, pickle, subprocess, sys
sys.path.insert(0, {str(Path(child.__file__).parents[2])!r})
from engine.reading import child
child._open('netcdf', {str(tmp_path / "good.nc")!r}, None)
attempts = [
    lambda: pickle.loads({pickle.dumps(Bomb(tmp_path / "canary"))!r}),
    lambda: subprocess.run(['touch', {str(tmp_path / "canary")!r}]),
    lambda: os.system('touch {tmp_path / "canary"}'),
    lambda: open({str(tmp_path / "canary")!r}, 'w'),
]
for attempt in attempts:
    try:
        attempt()
    except PermissionError:
        print('refused')
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["refused"] * 4, done.stderr
    assert not (tmp_path / "canary").exists()


# ---- places ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path) -> Places:
    (tmp_path / "root" / "inner").mkdir(parents=True)
    good(tmp_path / "root" / "inner")
    good(tmp_path, "secret.nc")
    return Places((tmp_path / "root",), ())


def test_files_of_the_root_are_found_by_their_path_below_it(places, tmp_path):
    assert places.listed() == ["inner/good.nc"]
    assert opened("own:inner/good.nc", places).key == "own:inner/good.nc"
    with pytest.raises(InputError, match="in the folders"):
        Places().find("inner/good.nc")


@pytest.mark.parametrize(
    "text", ["../secret.nc", "inner/../../secret.nc", "/etc/passwd", "{tmp}/secret.nc", "link.nc", "linked/secret.nc",
             "a\0b", "~/secret.nc", "inner/good.nc/../../../secret.nc", "x" * 5000, ""],
)  # fmt: skip
def test_nothing_outside_of_the_root_is_found(places, tmp_path, text):
    (tmp_path / "root" / "link.nc").symlink_to(tmp_path / "secret.nc")
    (tmp_path / "root" / "linked").symlink_to(tmp_path)
    with pytest.raises(InputError) as told:
        opened(f"own:{text.format(tmp=tmp_path)}", places)
    assert sentence(str(told.value)), told.value


def test_an_upload_is_kept_by_its_content_under_a_harmless_name(tmp_path, monkeypatch):
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    with good(tmp_path).open("rb") as stream:
        digest = keep(stream, "../../../../etc/<b>evil</b>;x.nc")
    data = opened(f"own:{digest}", Places())
    assert data.place.path.is_relative_to(tmp_path / "cache")
    assert data.place.name == "b_x.nc"
    np.testing.assert_allclose(data.load(data.times[0], ("a",))["a"], on_grid(), atol=1e-5)
    with pytest.raises(InputError, match=r"upload it again\."):
        opened(f"own:{'0' * 64}", Places())


def test_uploads_are_bounded_one_by_one_and_together(tmp_path, monkeypatch):
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("engine.reading.places.LARGEST_UPLOAD", 1000)
    monkeypatch.setattr("engine.reading.places.LARGEST_UPLOADS", 2500)
    with pytest.raises(InputError, match="larger than"):
        keep(io.BytesIO(bytes(1001)), "a.nc")
    kept = [keep(io.BytesIO(bytes([i]) * 900), "a.nc") for i in range(4)]
    left = {folder.name for folder in (tmp_path / "cache" / "own").iterdir()}
    assert left == set(kept[-2:])


# ---- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")
def test_a_zarr_behind_an_address_is_read_by_the_chunk(tmp_path, web):
    for version in (2, 3):
        data = xr.Dataset({"a": (("lat", "lon"), on_grid() + version, {"units": "m"})}, degrees())
        data.to_zarr(tmp_path / f"v{version}.zarr", zarr_format=version, consolidated=True)
        mine = opened(f"own:{web}/v{version}.zarr")
        np.testing.assert_allclose(mine.load(mine.times[0], ("a",))["a"], on_grid() + version, atol=1e-5)
        assert mine.key == f"own:{web}/v{version}.zarr"


def test_a_file_behind_an_address_is_downloaded_once(tmp_path, web, monkeypatch):
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    good(tmp_path)
    data = opened(f"own:{web}/good.nc")
    np.testing.assert_allclose(data.load(data.times[0], ("a",))["a"], on_grid(), atol=1e-5)
    (tmp_path / "good.nc").unlink()
    assert opened(f"own:{web}/good.nc;mode=input").coarse


def test_names_that_lead_out_of_a_zarr_are_refused(tmp_path, web):
    (tmp_path / "bad.zarr").mkdir()
    good_array = {"zarr_format": 2, "shape": [16, 16], "chunks": [16, 16], "dtype": "<f8", "compressor": None,
                  "filters": None, "fill_value": None, "order": "C"}  # fmt: skip
    for name in ("../secret/a", "/etc/a", "x/../../a", "..\\a"):
        metadata = {"metadata": {".zgroup": {"zarr_format": 2}, f"{name}/.zarray": good_array}}
        (tmp_path / "bad.zarr" / ".zmetadata").write_text(json.dumps(metadata))
        with pytest.raises(InputError, match="lead out of it"):
            opened(f"own:{web}/bad.zarr;mode=truth")
        content._known.clear()


@pytest.mark.parametrize(
    "text", ["http://localhost/a.zarr", "file:///etc/passwd", "ftp://host/a.zarr", "http://user:pw@data.org/a.zarr",
             "http:///a.zarr", "https://data.org:99999/a", "http://data.org/a b", "memory://a.zarr", "simplecache::http://a/b",
             "http://data.org.evil.org/a.zarr", "https://[::1]/a.zarr", "HTTP://[bad/a"],
)  # fmt: skip
def test_only_addresses_of_hosts_that_were_named_are_read(text):
    with pytest.raises(InputError) as told:
        Places((), ("data.org",)).find(text)
    assert sentence(str(told.value))


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:{port}/v.zarr", "http://127.0.0.1:{port}/good.nc", "http://[::ffff:127.0.0.1]:{port}/v.zarr"],
)
def test_any_public_host_does_not_mean_this_machine(text, tmp_path, web, monkeypatch):
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    good(tmp_path)
    port = web.rpartition(":")[2]
    with pytest.raises(InputError) as told:
        opened(f"own:{text.format(port=port)}", Places((), ("*",)))
    assert sentence(str(told.value))
    assert not (tmp_path / "cache" / "own").exists() or not list((tmp_path / "cache" / "own").glob("[0-9a-f]*"))


def test_a_host_that_was_named_may_be_this_machine_and_nothing_behind_it(tmp_path, web, monkeypatch):
    """A redirect to an address that was not named is not followed."""
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    good(tmp_path)
    host = web.removeprefix("http://")
    assert opened(f"own:{web}/good.nc", Places((), (host,))).fields == ("a",)

    class Away(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", f"{web}/good.nc")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *arguments):
            pass

    other = HTTPServer(("127.0.0.2", 0), Away)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    try:
        named = Places((), (f"127.0.0.2:{other.server_port}",))
        with pytest.raises(InputError):
            opened(f"own:http://127.0.0.2:{other.server_port}/moved.nc", named)
    finally:
        other.shutdown()
        other.server_close()


def test_an_address_where_nothing_listens_is_one_sentence():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for end in ("a.nc", "a.zarr"):
        with pytest.raises(InputError) as told:
            opened(f"own:http://127.0.0.1:{port}/{end}", ANYWHERE)
        assert sentence(str(told.value))
