"""The wheel: what is in it, and that it works from any folder without the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import serving

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from the checkout into a temporary folder."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--skip-dependency-check"]
    command += ["--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("finescale-*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory) -> Path:
    """The wheel's contents, as pip would lay them out."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def empty(tmp_path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def python(code: str, folder: Path, path: Path) -> str:
    """What a program prints that finds its packages in `path` first and runs in `folder`."""
    environment = os.environ | {"PYTHONPATH": str(path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_holds_packages_and_assets_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"engine/__init__.py", "engine/assets/scenes/ocean_run_test.nc"} < names
    assert {"explorer/main.py", "explorer/cli/__init__.py", "explorer/cli/serve.py"} < names
    assert {"engine/py.typed", "explorer/py.typed"} < names  # who imports them may check against their types
    folders = {name.partition("/")[0] for name in names}
    assert folders == {"engine", "explorer", next(name for name in folders if name.endswith(".dist-info"))}
    assert not [name for name in names if name.endswith((".pyc", ".ipynb")) or "tests" in name.split("/")]


def test_the_wheel_holds_every_tracked_file_of_both_packages(wheel):
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    command = ["git", "ls-files", "engine", "explorer", "assets"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    present = [name for name in tracked if (ROOT / name).exists()]
    wanted = {f"engine/{name}" if name.startswith("assets/") else name for name in present}
    assert wanted <= set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_states_licence_script_and_needs(wheel):
    archive = zipfile.ZipFile(wheel)
    texts = {name.partition("/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
    metadata = archive.read(texts["METADATA"]).decode()
    assert "License-Expression: MIT" in metadata
    assert "licenses/LICENSE" in texts
    assert "Requires-Dist: torch" in metadata
    assert "finescale = explorer.cli:app" in archive.read(texts["entry_points.txt"]).decode()


def test_the_wheel_finds_its_assets_from_an_empty_folder(unpacked, empty):
    code = (
        "import engine.paths, engine.scenes; print(engine.paths.assets()); "
        "print(engine.scenes.open('ocean_run', factor=27).problem.low['ssh'].shape)"
    )
    assets, shape = python(code, empty, unpacked).splitlines()
    assert Path(assets) == unpacked / "engine" / "assets"
    assert shape == "(16, 16)"
    assert not list(empty.iterdir())


@pytest.mark.long
def test_the_wheel_serves_the_page_from_an_empty_folder(unpacked, empty):
    with serving.served(empty, "--log-level", "warning", PYTHONPATH=str(unpacked)) as server:
        status, text = server.get()
        assert status == 200
        assert serving.is_page(text)
        assert server.stop() == 0
        assert "Traceback" not in server.log.read_text()
    assert not list(empty.iterdir())
    assert python("import explorer; print(explorer.__file__)", empty, unpacked).startswith(str(unpacked))
