"""Plug-ins: found as files and as entry points; one that fails says so in one sentence and takes nothing down."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from plugged import SEA, SOUND

from engine import methods, plugins, scenes
from engine.errors import InputError

LOOK = (
    "import json; from engine import plugins, methods, scenes; "
    "print(json.dumps([sorted(methods.METHODS), sorted(scenes.catalogue()), plugins.FAILED]))"
)


def seen(folder: Path, **environment: str) -> tuple[list[str], list[str], dict[str, str]]:
    """Methods, data sets and failures of a fresh process that finds packages in the folder; its log stays out."""
    path = os.pathsep.join([str(folder), str(Path(plugins.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, cwd=folder, check=True,
        env=os.environ | {"PYTHONPATH": path} | environment,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_installed_entry_points_and_named_files_are_found_and_broken_ones_are_not_missed(tmp_path):
    info = tmp_path / "waves-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: waves\nVersion: 1.0\n")
    points = (
        "[finescale.methods]\nwaves = waves_good\nlost = waves_lost\n[finescale.scenes]\nsea = waves_sea:PluggedSea\n"
    )
    (info / "entry_points.txt").write_text(points)
    (tmp_path / "waves_good.py").write_text(SOUND.format(key="from_point", name="FromPoint"))
    (tmp_path / "waves_sea.py").write_text(SEA)
    files = {
        "mine.py": SOUND.format(key="from_file", name="FromFile"),
        "syntax.py": "def (",
        "leaves.py": "raise SystemExit(3)",
        "twice.py": SOUND.format(key="bicubic", name="Bicubic"),
        "plain.py": "from engine.methods import register\nregister('plain')(object)\n",
        "half.py": SOUND.format(key="half", name="Half") + "\n1 / 0\n",
        "said.py": "from engine.errors import InputError\nraise InputError('Waves needs a GPU.')\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    named = os.pathsep.join([*(str(tmp_path / name) for name in files), str(tmp_path / "nowhere.py")])
    found, sets, failed = seen(tmp_path, FINESCALE_PLUGINS=named)
    assert {"bicubic", "from_point", "from_file"} <= set(found)
    assert "plugged_sea" in sets
    assert not {"plain"} & set(found)
    assert set(failed) == {"lost", "syntax.py", "leaves.py", "twice.py", "plain.py", "half.py", "said.py", "nowhere.py"}
    assert all(text.startswith(f"The plug-in {name} could not be loaded: ") for name, text in failed.items())
    assert all(text.endswith(".") and "\n" not in text for text in failed.values())
    assert failed["said.py"].endswith("loaded: Waves needs a GPU.")
    assert failed["twice.py"].endswith("KeyError: 'bicubic' is registered twice in engine.methods.")
    assert failed["plain.py"].endswith("'object' is no method: it has to inherit engine.methods.Method.")
    assert "No module named 'waves_lost'" in failed["lost"]


@pytest.fixture
def registries(monkeypatch):
    """What a test registers is forgotten after it."""
    for registry in (methods.METHODS, scenes.SCENES):
        assert len(registry)
        monkeypatch.setattr(registry, "_items", dict(registry._items))
    monkeypatch.setattr(plugins, "FAILED", {})
    yield
    scenes.forget()


def write(folder: Path, text: str) -> Path:
    path = folder / "plug.py"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("def __init__(self, **settings): raise RuntimeError('no')", "RuntimeError: no."),
        ("days = param.List(doc='Which.')", "The setting days of Mine has no widget: take one of Boolean, Selector,"),
        ("when = param.Date(doc='When.')", "The setting when of Mine has no widget"),
    ],
)
def test_a_method_that_the_page_could_not_show_is_refused_when_it_registers(tmp_path, registries, line, words):
    text = "import param\n" + SOUND.format(key="mine", name="Mine").replace("    title", f"    {line}\n    title")
    plugins.attempt("plug.py", lambda: plugins.load(write(tmp_path, text)))
    assert words in plugins.FAILED["plug.py"]
    assert "mine" not in methods.METHODS


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('splits = ("ssh",), (2,)', "splits = (), (2,)", "PluggedSea has no fields."),
        ("times = pd.date_range", "dates = pd.date_range", "NotImplementedError"),
        ("(DataSet)", "", "is no data set: it has to inherit engine.scenes.DataSet."),
    ],
)
def test_a_data_set_that_the_page_could_not_show_is_refused_when_it_registers(tmp_path, registries, old, new, words):
    path = write(tmp_path, SEA.replace(old, new))
    plugins.attempt("plug.py", lambda: plugins.load(path))
    assert words in plugins.FAILED["plug.py"]
    assert "plugged_sea" not in scenes.SCENES


def test_a_data_set_written_again_replaces_the_first(registries):
    space: dict = {"__name__": "__main__"}
    exec(SEA, space)
    first = scenes.open("plugged_sea")
    exec(SEA.replace("time.day + ", "100 + time.day + "), space)
    second = scenes.open("plugged_sea")
    assert float((second.truth["ssh"] - first.truth["ssh"]).min()) == 100


def test_what_is_no_python_file_is_refused(tmp_path):
    for name in ("nowhere.py", "."):
        with pytest.raises(InputError, match="There is no Python file"):
            plugins.load(tmp_path / name)
