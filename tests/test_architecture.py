"""The house rules that a machine can check: who imports whom, and what may not be in a file."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.registry import Registry

ROOT = Path(__file__).resolve().parent.parent
PAGE = {"panel", "holoviews", "bokeh", "datashader", "panel_material_ui", "explorer"}
ENGINE = sorted((ROOT / "engine").rglob("*.py"))


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_the_import_contracts_hold():
    pytest.importorskip("importlinter")
    done = run(sys.executable, "-c", "import sys, importlinter.cli as cli; sys.exit(cli.lint_imports())")
    assert done.returncode == 0, done.stdout + done.stderr


def imported(tree: ast.AST) -> set[str]:
    """Top-level names of everything a module imports, inside functions and by import_module too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            names |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_engine_file_imports_the_page(path):
    assert not imported(ast.parse(path.read_text())) & PAGE


def test_loading_every_scene_and_method_brings_no_page():
    code = (
        "import sys, engine.scenes, engine.methods; list(engine.scenes.SCENES), list(engine.methods.METHODS); "
        f"print(sorted({PAGE!r} & set(sys.modules)))"
    )
    done = run(sys.executable, "-c", code)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_duplicate_key_raises():
    registry: Registry[type] = Registry("engine.scenes", "finescale.none")
    registry.register("sea")(type("First", (), {}))
    with pytest.raises(KeyError, match="'sea' is registered twice"):
        registry.register("sea")(type("Second", (), {}))


def test_an_unknown_key_names_those_that_exist():
    import engine.methods
    import engine.scenes

    for registry, known in ((engine.methods.METHODS, "bicubic"), (engine.scenes.SCENES, "altimetry_med")):
        with pytest.raises(InputError, match=f"There is no 'atlantis' here; there are: .*{known}"):
            registry["atlantis"]


def test_no_tracked_file_names_a_machine():
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    forbidden = ["/" + "work/", "/" + "home/", "/opt/" + "fs", "/" + "root/"]
    tracked = [ROOT / line for line in run("git", "ls-files").stdout.splitlines()]
    texts = [path for path in tracked if path.suffix in {".py", ".toml", ".md", ".json", ".yml", ".css", ".js"}]
    for path in filter(Path.is_file, texts):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in forbidden if word in text], path
