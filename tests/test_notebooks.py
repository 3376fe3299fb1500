"""The notebooks: paired, without outputs, each on the engine alone but one, and each runs in under three minutes."""

import ast
import os
import shutil
import time
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

import engine

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
jupytext = pytest.importorskip("jupytext")
pytest.importorskip("ipykernel")

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGE = {"panel", "holoviews", "bokeh", "datashader", "panel_material_ui", "explorer"}
EMBEDS = {"06_add_your_own_method"}  # the notebook that shows the page
OURS = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or path.is_dir()} - {"assets"}
LIMIT = 180  # s for a whole notebook
ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # figures as a reader gets them
    "PYTHONPATH": str(Path(engine.__file__).parents[1]),  # the engine that is tested
}

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path):
    return nbformat.read(path, as_version=4)


def code_of(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def imported(code: str) -> set[str]:
    """Top-level names of the modules that a piece of code imports."""
    nodes = list(ast.walk(ast.parse(code)))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names = plain + [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def test_there_are_notebooks_and_none_lacks_its_pair():
    assert NOTEBOOKS
    assert {path.stem for path in NOTEBOOKS} == {path.stem for path in (ROOT / "notebooks").glob("*.py")}


@every_notebook
def test_the_pair_is_in_sync(path):
    script, notebook = jupytext.read(path.with_suffix(".py")), read(path)
    assert script.metadata.jupytext.formats == "ipynb,py:percent"
    cells = [[(cell.cell_type, cell.source) for cell in one.cells] for one in (script, notebook)]
    for number, (in_script, in_notebook) in enumerate(zip(*cells, strict=False)):
        assert in_script == in_notebook, f"cell {number} differs: run `jupytext --sync notebooks/*.ipynb`"
    assert len(cells[0]) == len(cells[1])


@every_notebook
def test_no_output_is_committed(path):
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None
            assert "execution" not in cell.metadata


@every_notebook
def test_it_imports_the_engine_and_nothing_else_of_ours(path):
    names, page = set.union(*map(imported, code_of(read(path)))), {"explorer"} if path.stem in EMBEDS else set()
    assert names & OURS == {"engine"} | page
    assert names & PAGE == page


@pytest.mark.long
@every_notebook
def test_it_runs_to_its_end(path, tmp_path):
    shutil.copy(path, tmp_path)
    notebook = read(tmp_path / path.name)
    loaded = f"import sys; assert not {PAGE!r} & set(sys.modules), 'a notebook loads the page'"
    shown = "import urllib.request; assert urllib.request.urlopen(page.address).status == 200; page.stop()"
    notebook.cells.append(nbformat.v4.new_code_cell(shown if path.stem in EMBEDS else loaded))
    client = nbclient.NotebookClient(
        notebook, timeout=LIMIT, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    start = time.perf_counter()
    client.execute(env={**os.environ, **ENVIRONMENT})
    assert time.perf_counter() - start < LIMIT
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs), "a notebook without a figure"
    assert not [output.text for output in outputs if output.get("name") == "stderr"], "a reader would see warnings"


@pytest.mark.long
@pytest.mark.needs_data("lst_tvdi", "lst_ecostress")
@pytest.mark.filterwarnings("ignore:Passing 'N' to ListedColormap")  # cmocean, matplotlib 3.11
@pytest.mark.parametrize("factor", [2, 8])
def test_the_exercises_on_land_can_be_done(factor):
    """Another factor on the oasis, and a night over Los Angeles: nothing of the notebook stops there."""
    code = "\n".join(code_of(read(ROOT / "notebooks" / "07_land_surface_temperature.ipynb")))
    for given, tried in (("factor = 4\n", f"factor = {factor}\n"), ("2023-08-05 18:27:15", "2023-07-26 06:37:32")):
        assert code.count(given) == 1
        code = code.replace(given, tried)
    with mpl.rc_context({"backend": "agg"}):
        exec(compile(code, "exercise", "exec"), {"__name__": "exercise"})
        plt.close("all")
