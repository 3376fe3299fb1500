"""`finescale check`: a sound plug-in passes, every fault of another is one sentence."""

import sys

import pytest
from commands import finescale, refused
from plugged import SEA, SOUND

from engine import methods, scenes


@pytest.fixture
def plug(tmp_path, monkeypatch):
    """Writes a plug-in; what it registers is forgotten afterwards. Only the shipped ice is looked at."""
    for registry in (methods.METHODS, scenes.SCENES):
        assert len(registry)
        kept = {key: kind for key, kind in registry._items.items() if key in ("bicubic", "ice_run")}
        monkeypatch.setattr(registry, "_items", kept)
    yield lambda text: (tmp_path / "plug.py").write_text(text) and tmp_path / "plug.py"
    sys.modules.pop("finescale_plugin_plug", None)
    scenes.forget()


def test_a_sound_plug_in_passes(plug):
    out = finescale("check", plug(SOUND.format(key="sound", name="Sound") + SEA)).stdout
    assert "1 method and 1 data set: no fault found." in out


def test_faults_are_sentences_and_exit_code_1(plug):
    text = SOUND.format(key="bad", name="Bad").replace('"none"', '""')
    result = finescale("check", plug(text.replace("return np.kron", "return np.random.rand() + np.kron")), code=1)
    assert result.stderr.splitlines() == [
        "The method bad has no source.",
        "On ice_run, the method bad gives another field with the same seed.",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'."),
        ("x = 1", "plug.py registers no method and no data set."),
        (SOUND.format(key="bicubic", name="Bicubic"), "'bicubic' is registered twice in engine.methods."),
    ],
)
def test_what_cannot_be_checked_is_refused(plug, text, words):
    assert words in refused("check", plug(text))


def test_a_file_that_is_not_there(tmp_path):
    assert refused("check", tmp_path / "nowhere.py") == "There is no Python file nowhere.py."
