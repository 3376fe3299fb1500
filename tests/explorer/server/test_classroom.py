"""A class at one server of two processes with a password: everybody gets what they ask for, and one process may die."""

import json
import os
import statistics
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import psutil
import pytest
import serving
from classroom import CHEAP, lesson
from plugged import SOUND
from stage import wait_for
from visiting import slack
from visitors import Visitor, finished

import engine

PASSWORD = "seven seas & 1 ocean"
pytestmark = [pytest.mark.long, pytest.mark.skipif(not hasattr(os, "fork"), reason="several processes are forked")]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "empty"
    folder.mkdir()
    sound, broken = folder.with_name("sound.py"), folder.with_name("broken.py")
    sound.write_text(SOUND.format(key="sound", name="Sound"))
    broken.write_text("import nothing_of_that_name")
    options = ("--class", "--num-procs=2", f"--plugin={sound}", f"--plugin={broken}")
    with serving.served(folder, *options, first="/health", FINESCALE_PASSWORD=PASSWORD) as opened:
        yield opened


def log_in(server: serving.Server, password: str) -> tuple[str, str]:
    """The page that a password leads to, and the cookie of who is in."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(server.address("/explorer?time=2005-01-03"))
    form = urllib.parse.urlencode({"username": "visitor", "password": password}).encode()
    text = browser.open(server.address("/login"), form).read().decode()
    return text, "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


@pytest.fixture(scope="module")
def cookie(server) -> str:
    return log_in(server, PASSWORD)[1]


def events(server: serving.Server, event: str) -> list[dict]:
    """What the log says of such events."""
    lines = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in map(json.loads, lines) if line["event"] == event]


def visit(server: serving.Server, cookie: str) -> Visitor:
    return Visitor(server.address(), cookie=cookie)


def test_nobody_comes_in_without_the_password_which_nobody_else_sees(server):
    _, text = server.get()
    assert "Password" in text
    assert not serving.is_page(text)
    assert "http" not in text.replace("http-equiv", ""), "the form asks nothing of other servers"
    wrong, _ = log_in(server, "sesame")
    assert "This is not the password." in wrong
    right, cookie = log_in(server, PASSWORD)
    assert serving.is_page(right)
    assert "user=" in cookie
    processes = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children()]
    assert len(processes) == 3
    assert not any(PASSWORD in " ".join(process.cmdline()) for process in processes)

    async def push_in() -> None:
        async with visit(server, ""):
            pass

    with pytest.raises(ValueError, match="unpack"):  # the form has no token
        finished(push_in())


def test_the_health_of_a_process_can_be_asked_without_the_password(server):
    status, text = server.get("/health")
    told = json.loads(text)
    assert status == 200
    assert (told["status"], told["version"], told["queue"]) == ("ok", engine.__version__, 0)
    assert told["process"] in [child.pid for child in psutil.Process(server.process.pid).children()]
    assert 100 < told["memory_mb"] < 2000


def test_six_students_work_for_some_seconds(server, cookie):
    seen = lesson(server.address(), server.process.pid, students=6, seconds=4, arrival=0.5, cookie=cookie)
    assert not seen.wrong, seen.wrong
    assert len(seen.answers) >= 6
    assert statistics.median(seen.answers) < 2 * slack()
    runs = events(server, "run")
    assert {run["method"] for run in runs} <= {*CHEAP.values(), "spectral_liif"}  # which the page opens on
    assert {run["outcome"] for run in runs} <= {"done", "cancelled"}
    assert all(run["session"].startswith("ResolutionSession") and run["queue_wait"] >= 0 for run in runs)
    assert len(runs) >= len(seen.answers)
    assert any(run["cached"] for run in runs)
    opened = [line["process"] for line in events(server, "page opened")]
    assert len(set(opened)) == 2, "both processes have made pages"
    assert len(opened) <= 6 + 2 * 2, "a page is made once; what waits for pages to come are one or two in each process"


def test_a_plug_in_that_fails_is_said_on_the_page_and_the_other_is_there(server, cookie):
    async def look() -> tuple[list, set]:
        async with visit(server, cookie) as page:
            return page.options("Method"), {value for value in page.said.values() if isinstance(value, str)}

    offered, said = finished(look())
    assert any(name.startswith("Sound title") for name in offered)
    assert any("The plug-in broken.py could not be loaded: ModuleNotFoundError" in text for text in said)
    (told,) = events(server, "the plug-in broken.py could not be loaded")
    assert "nothing_of_that_name" in told["trace"]


def test_one_process_dies_and_the_other_goes_on(server, cookie):
    parent = psutil.Process(server.process.pid)

    async def live_on() -> None:
        async with visit(server, cookie) as page:
            mine = events(server, "page opened")[-1]["process"]
            (other,) = [child for child in parent.children() if child.pid != mine]
            other.kill()
            await page.change("Method", "Nearest")
            await page.picture(method="nearest")
            async with visit(server, cookie) as newcomer:
                await newcomer.change("Method", "Bilinear")
                await newcomer.picture(method="bilinear")

    finished(live_on())
    wait_for(lambda: len([child for child in parent.children() if child.status() != "zombie"]) == 2)
    assert any("killed by signal 9, restarting" in line for line in server.log.read_text().splitlines())


def test_nothing_failed_and_all_processes_end_together(server):
    text = server.log.read_text()
    failures = [line for line in text.splitlines() if '"level": "error"' in line]
    assert all("broken.py" in line for line in failures), failures
    parent = psutil.Process(server.process.pid)
    family = [parent, *parent.children()]
    parent.terminate()
    _, alive = psutil.wait_procs(family, timeout=serving.STOP)
    assert not alive
    with pytest.raises(urllib.error.URLError):
        server.get("/health")
