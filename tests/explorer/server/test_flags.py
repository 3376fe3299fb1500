"""The flags of Panel's own server: with each of them the page is made."""

import sys
from pathlib import Path

import pytest
from serving import free_port, is_page, running
from visitors import Visitor, finished

ROOT = Path(__file__).resolve().parents[3]
FLAGS = {
    "none": ([], "/explorer"),
    "warm": (["--warm"], "/explorer"),
    "dev": (["--dev"], "/explorer"),
    "autoreload": (["--autoreload"], "/explorer"),
    "reuse-sessions": (["--reuse-sessions"], "/explorer"),
    "reuse-sessions-warm": (["--reuse-sessions", "warm"], "/explorer"),
    "num-procs": (["--num-procs", "2"], "/explorer"),
    "prefix": (["--prefix", "sea"], "/sea/explorer"),
    "index": (["--index", "explorer"], "/"),
}


@pytest.mark.long
@pytest.mark.parametrize("flag", FLAGS)
def test_the_page_is_made_and_comes_with_its_picture(tmp_path, flag):
    options, path = FLAGS[flag]
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "panel", "serve", "explorer", "--port", str(port), *options]
    with running(command, ROOT, log, port, path) as server:
        place = f"http://localhost:{port}" + (path if path != "/" else "/explorer")
        for _ in range(2):  # the second one may be made in another way
            assert is_page(server.get(path)[1])
            finished(visit(place))
        server.check()
    assert "Error" not in log.read_text()


async def visit(place: str) -> None:
    """Open a page, and leave."""
    async with Visitor(place) as visitor:
        assert visitor.values is not None
