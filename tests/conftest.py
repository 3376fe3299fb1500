"""Every test runs offline, with its own cache, one thread and no display."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SERVED = ("tests/browser/", "tests/explorer/server/test_classroom.py")
SLOWEST = (  # minutes each: begun first, or one process would be left with the last of them
    "engine/test_trained.py", "engine/test_trained_ice.py", "engine/test_sandwich.py", "test_notebooks.py",
    "explorer/server/test_flags.py", "engine/test_any_observation.py", "engine/test_simulate_ice.py",
)  # fmt: skip
MIRROR = ROOT.parent / "shared" / "data"

os.environ["MPLBACKEND"] = "Agg"
os.environ["FINESCALE_CACHE"] = tempfile.mkdtemp(prefix="finescale-tests-")
if "FINESCALE_DATA" not in os.environ and MIRROR.is_dir():
    os.environ["FINESCALE_DATA"] = str(MIRROR)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """The whole suite uses the cores that there are, and leaves out what is long unless FINESCALE_LONG=1; whoever names
    files or tests gets all of them, one after the other."""
    if hasattr(config, "workerinput"):
        return
    if config.args_source is config.ArgsSource.ARGS:
        os.environ["FINESCALE_LONG"] = "1"
    elif config.option.numprocesses is None and not config.option.benchmark_only:
        config.option.numprocesses, config.option.benchmark_disable = "auto", True
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # of each process, or they would wait for each other


def pytest_collection_modifyitems(config, items):
    if os.environ.get("FINESCALE_LONG") != "1":
        long = [item for item in items if item.get_closest_marker("long")]
        items[:] = [item for item in items if not item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
    items.sort(key=lambda item: _turn(item.nodeid))


def _turn(nodeid: str) -> int:
    """When a file's turn is in a parallel run: those that are served have a process of their own, then the slowest."""
    name = nodeid.partition("::")[0].removeprefix("tests/")
    if nodeid.startswith(SERVED):
        return 0
    return 1 + (SLOWEST.index(name) if name in SLOWEST else len(SLOWEST))


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes its time; left out of the whole suite unless FINESCALE_LONG=1")
    config.addinivalue_line(
        "markers",
        "needs_data(*scenes): needs the files of these data sets in FINESCALE_DATA "
        "(skipped without them unless FINESCALE_REQUIRE_DATA=1)",
    )
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background: servers of the tests would ignore it too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    import torch

    torch.set_num_threads(1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """In a parallel run (pytest -n 2) one process has the tests that are served: those in the browser, which share a
    server, and the class, which would keep them waiting. The others have the rest."""
    from xdist.scheduler import LoadScopeScheduling

    class Apart(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return "browser" if nodeid.startswith(SERVED) else nodeid.partition("::")[0]

    config.option.loadscopereorder = False  # they are in order already
    return Apart(config, log)


def pytest_unconfigure(config):
    shutil.rmtree(os.environ["FINESCALE_CACHE"], ignore_errors=True)


@pytest.fixture
def accelerated(monkeypatch):
    """Makes PyTorch find accelerators of a kind; of the kind cpu, which computes here, they are not the CPU itself."""
    import torch

    monkeypatch.delenv("FINESCALE_DEVICE", raising=False)

    def fake(kind: str = "cpu", count: int = 1) -> None:
        monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda *_: torch.device(kind))
        monkeypatch.setattr(torch.accelerator, "device_count", lambda: count)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Toy GPU")

    return fake


def pytest_runtest_setup(item):
    for marker in item.iter_markers("needs_data"):
        for key in marker.args:
            require_data(key)


def require_data(key: str) -> None:
    """Skip the test where the data set `key` has to be fetched first."""
    import engine.scenes

    if not engine.scenes.get(key).available and os.environ.get("FINESCALE_REQUIRE_DATA") != "1":
        pytest.skip(f"the files of {key} are not here: FINESCALE_DATA names no folder that holds them")


@pytest.fixture
def no_data(tmp_path, monkeypatch):
    """An empty cache and no mirror; returns the cache folder."""
    monkeypatch.setenv("FINESCALE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FINESCALE_DATA", raising=False)
    return tmp_path / "cache"
