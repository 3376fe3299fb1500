"""The source behind a score: all that runs for it, and no other method's."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine import methods, scenes
from engine.evaluation import source

MODULES = sorted({kind.__module__ for kind in (*methods.METHODS.values(), *scenes.SCENES.values())
                  if kind.__module__.startswith("engine.")})  # fmt: skip
IMPORTED = "import sys, json; import {}; print(json.dumps([n for n in sys.modules if n.startswith('engine')]))"


@pytest.mark.parametrize("name", ["engine.methods.liif", "engine.methods.any_observation", "engine.scenes.ocean_run"])
def test_what_python_loads_for_a_module_is_behind_it(name):
    loaded = subprocess.run([sys.executable, "-c", IMPORTED.format(name)], capture_output=True, text=True, check=True)
    assert {*json.loads(loaded.stdout)} <= source.behind([name])


def test_every_module_of_a_method_or_data_set_is_found_with_all_that_its_text_imports():
    every = source.every_module()
    for name in MODULES:
        assert name in source.behind([name]) <= every
    assert {"engine.methods.liif", "engine.nets.implicit", "engine.grid", "engine"} <= every


def test_of_other_methods_and_of_the_training_nothing_is_behind_a_score():
    behind = source.behind([source.FIRST, "engine.methods.liif", "engine.scenes.ocean_run"])
    assert {"engine.nets.implicit", "engine.methods.shared.sandwich", "engine.scores.pointwise"} <= behind
    assert not {"engine.methods.jiif", "engine.nets.joint", "engine.scenes.ice_run"} & behind
    assert not [name for name in behind if name.startswith("engine.training")]


def test_the_version_is_another_where_something_behind_it_is(monkeypatch):
    kinds = [(methods.METHODS[key], scenes.SCENES["ocean_run"]) for key in ("liif", "jiif")]
    before = [source.version(each) for each in kinds]
    assert before[0] != before[1]
    read = Path.read_bytes
    changed = source.file_of("engine.nets.joint")  # of JIIF alone
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path == changed))
    after = [source.version(each) for each in kinds]
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_reading_imports_its_own_by_name_and_they_count():
    behind = source.behind(["engine.reading.child"])
    assert behind >= {name for name in source.every_module() if name.startswith("engine.reading")}


def test_a_method_from_elsewhere_counts_with_its_own_text_and_the_whole_engine(monkeypatch):
    class Elsewhere(methods.METHODS["bicubic"]):
        pass

    kinds = (Elsewhere, scenes.SCENES["ocean_run"])
    before, read = source.version(kinds), Path.read_bytes
    changed = source.file_of("engine.nets.joint")
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path == changed))
    assert source.version(kinds) != before
    monkeypatch.setattr(source, "_file_text", lambda kind: "")
    monkeypatch.setattr(source.inspect, "getsource", lambda kind: (_ for _ in ()).throw(OSError("a console")))
    assert source.version(kinds) is None
