"""The README: short enough to be read, and what it shows works."""

import re
from pathlib import Path

import pytest

from engine import contract, methods
from explorer import results

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
LONGEST = 200  # lines


def test_it_is_short():
    assert len(README.splitlines()) <= LONGEST


def test_its_lines_of_python_print_a_score(capsys):
    (block,) = (block for block in BLOCKS if "scores.table" in block)
    exec(compile(block, "README.md", "exec"), {})
    number, unit = capsys.readouterr().out.split()
    assert 0.04 < float(number) < 0.11
    assert unit == "m"


def test_its_method_keeps_the_contract(monkeypatch):
    assert "half_bicubic" not in methods.METHODS
    monkeypatch.setattr(methods.METHODS, "_items", dict(methods.METHODS._items))
    (block,) = (block for block in BLOCKS if "@register" in block)
    exec(compile(block, "README.md", "exec"), {"__name__": "engine.methods.half_bicubic"})
    scene = contract.small_scene("ocean_run")
    half, smooth, blocky = (
        methods.create(key).predict(scene.problem)["ssh"].values for key in ("half_bicubic", "bicubic", "nearest")
    )
    assert half == pytest.approx((smooth + blocky) / 2, abs=1e-6)


@pytest.mark.parametrize("name", sorted({*re.findall(r"\]\((?!http)([^)]+)\)", README)}))
def test_its_links_lead_somewhere(name):
    assert (ROOT / name).exists()


@pytest.mark.parametrize(
    "name", sorted({*re.findall(r"`((?:engine|explorer|tests|notebooks|assets)/[\w/.]*)`", README)})
)
def test_its_files_and_folders_are_there(name):
    made = name == "notebooks/06_add_your_own_method"
    assert (ROOT / (f"{name}.py" if made else name)).exists()


def test_every_page_of_results_is_linked():
    assert {f"assets/results/{name}.md" for name in results.NAMES} <= {*re.findall(r"\(([^)]+\.md)\)", README)}


def test_the_error_map_is_drawn_where_it_says():
    """Three hops from the map's name to the line that draws it."""
    hops = {
        "explorer/pages/resolution/views/maps.py": '"error"',
        "explorer/pages/resolution/linked_maps.py": "def _draw",
        "explorer/drawing/pictures.py": "def _error",
        "explorer/drawing/panes.py": "def show",
    }
    for name, words in hops.items():
        assert f"`{name}`" in README
        assert words in (ROOT / name).read_text(encoding="utf-8"), name
