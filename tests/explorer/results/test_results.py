"""Pages of results: declared tables come out with the right numbers, and what they name is on offer."""

import ast
import json
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from engine import methods, scenes
from engine.errors import InputError
from engine.methods import METHODS
from explorer import results
from explorer.results import writing
from explorer.results.page import Cells, Page
from explorer.results.pages import ocean, speed
from explorer.results.scored import Column, Row, Scored, Selection, command, evaluation, written

ROOT = Path(__file__).resolve().parents[3]
SCORED = [
    pytest.param(selection, table.rows, table.columns, id=f"{name}-{selection.dataset}-{number}")
    for name in results.NAMES
    for number, table in enumerate(results.find(name).tables)
    if isinstance(table, Scored)
    for selection in table.selections
]
TODAY = date(2001, 2, 3)


def rows(method: str, **scores: list[float]) -> list[dict]:
    """What an evaluation knows of a method, a region and a date after the other."""
    places = [(region, day) for region in ("west", "east") for day in ("2001-01-01", "2001-01-02")]
    names = dict.fromkeys(("relative_improvement", "effective_resolution"), float("nan"))
    return [
        {"method": method, "region": region, "time": pd.Timestamp(day), "error": "", **names}
        | {name: values[number] for name, values in scores.items()}
        for number, (region, day) in enumerate(places)
    ]


@pytest.fixture
def done():
    """An evaluation that has been run: two methods, two regions, two dates."""
    known = rows("bicubic", rmse=[1.0, 3.0, 2.0, 2.0], mae=[0.5, 0.5, 1.0, 2.0]) + rows(
        "resac(stage=2)", rmse=[1.0, 1.0, 0.5, 0.5], mae=[0.1] * 4, crps=[0.2, 0.4, 0.6, 0.8]
    )
    return SimpleNamespace(known=lambda: known, dates=[1, 2], regions=["west", "east"], scenes=0)


def table(*columns: Column) -> Scored:
    known = (Row("bicubic", "bicubic"), Row("RESAC", "resac", {"stage": 2}, published="0.5 m"), Row("DCMN"))
    return Scored((Selection("ocean_run", factor=27),), known, columns, published_by="somebody")


def test_cells_are_means_ratios_and_changes_of_the_rows(done):
    cells = table(
        Column("RMSE", ("rmse",), "{:.3f} m"),
        Column("over", ("rmse",), "{:.3f}", over="rmse"),
        Column("west", ("rmse",), "{:+.1f} %", over="rmse", change=True, region="west"),
        Column("CRPS, MAE", ("crps|mae", "mae"), "{:.2f}"),
        Column("none", ("skewness",)),
    ).cells([done])
    assert list(cells.head) == ["method", "RMSE", "over", "west", "CRPS, MAE", "none", "published"]
    assert cells.rows == [
        ["bicubic", "2.000 m", "1.000", "+0.0 %", "1.00, 1.00", "–", ""],
        ["RESAC", "0.750 m", "0.375", "-50.0 %", "0.50, 0.10", "–", "0.5 m"],
        ["DCMN", "", "", "", "", "", ""],
    ]
    assert cells.notes == [
        "Published: somebody.",
        "Means over 2 dates and 2 regions: `finescale evaluate ocean_run --factor 27 -m bicubic -m resac:stage=2`.",
    ]


def test_several_selections_are_named(done):
    selections = Selection("ocean_run", "first"), Selection("ice_run")
    cells = Scored(selections, (Row("bicubic", "bicubic"),), (Column("RMSE", ("rmse",)),)).cells([done, done])
    assert cells.rows == [["first", "bicubic", "2"], ["ice_run", "bicubic", "2"]]
    assert cells.notes[0] == "First, means over 2 dates and 2 regions: `finescale evaluate ocean_run -m bicubic`."


def test_a_refusal_is_told_and_its_scene_is_not_counted(done):
    known = done.known()
    known[0] |= {"rmse": float("nan"), "error": "It was trained for another factor."}
    cells = table(Column("RMSE", ("rmse",), "{:.3f}")).cells([done])
    assert cells.rows[0][1] == f"{(3 + 2 + 2) / 3:.3f}"
    assert "`bicubic`: It was trained for another factor." in cells.notes


def test_a_method_that_was_not_run_on_every_scene_has_dashes(done):
    part = SimpleNamespace(**{**vars(done), "known": lambda: done.known()[:-1], "scenes": 1})
    cells = table(Column("RMSE", ("rmse",), "{:.3f}"), Column("over", ("rmse",), over="rmse")).cells([part])
    assert cells.rows[0][1:3] == ["2.000", "1"]
    assert cells.rows[1][1:3] == ["–", "–"]
    assert "Unfinished, scenes still to be scored: 1." in cells.notes
    nothing = SimpleNamespace(**{**vars(done), "known": list, "scenes": 4})
    assert table(Column("RMSE", ("rmse",))).cells([nothing]).rows[0][1] == "–"


def test_what_is_known_can_be_written_without_any_work(monkeypatch, tmp_path):
    few = Scored((Selection("ocean_run", times=("2005-01-23",), factor=27),), (Row("near", "nearest"),), ())
    monkeypatch.setattr(writing, "find", lambda name: Page("Few", (few,)))
    monkeypatch.setattr(writing, "_run", None)
    assert "Unfinished" in results.write("few", tmp_path, known=True).read_text(encoding="utf-8")


def test_a_page_says_below_every_table_what_wrote_it_and_when(done):
    page = Page("Sea", ("Some text.", table(Column("RMSE", ("rmse",)))))
    lines = writing.markdown("ocean", page, [[done]], TODAY).splitlines()
    assert lines[:6] == ["# Sea", "", "Some text.", "", "| method | RMSE | published |", "| --- | --- | --- |"]
    assert lines[-1].startswith("Written on 2001-02-03 by `finescale results ocean`. Published: somebody. Means over")


def test_bars_inside_a_cell_do_not_end_it():
    assert writing.grid(Cells(["|x|"], [["y"]])).splitlines()[0] == r"| \|x\| |"


def test_an_unknown_page_is_one_sentence_with_those_that_exist():
    with pytest.raises(
        InputError, match=r"There is no page of results 'sea'; there are: ocean, observations, .*speed\."
    ):
        results.find("sea")


def test_what_has_to_be_fetched_is_said_before_any_work(monkeypatch, tmp_path):
    monkeypatch.setattr(type(scenes.get("altimetry_med")), "available", False)
    with pytest.raises(InputError, match="not here; fetch them first: `finescale data fetch altimetry_med`"):
        results.write("altimetry", tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", results.NAMES)
def test_a_page_has_a_title_and_a_table(name):
    page = results.find(name)
    assert page.title
    assert page.tables
    assert all(part.strip() for part in page.parts if isinstance(part, str))


@pytest.mark.parametrize(("selection", "declared", "columns"), SCORED)
def test_what_a_table_names_is_on_offer(selection, declared, columns):
    asked = evaluation(selection, declared)
    assert selection.dataset in scenes.SCENES
    assert {row.method for row in declared if row.method} <= set(METHODS)
    assert asked.dates
    assert set(asked.regions) <= set(scenes.get(selection.dataset).regions)
    assert {column.region for column in columns} - {""} <= set(asked.regions)
    assert f"finescale evaluate {selection.dataset}" in command(selection, declared)


def test_published_numbers_are_those_of_the_methods():
    for row in ocean.ALL:
        known = {
            one.scores["rmse"] for one in METHODS[row.method].published if (one.scene, one.factor) == ("ocean_run", 27)
        }
        if row.published and row.settings.get("trained_at") is None:
            assert {float(row.published.partition(" ")[0])} == known, row.title


def test_every_shipped_page_tells_its_command_and_date_below_each_table():
    files = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "assets" / "results").glob("*.md")}
    assert set(files) == set(results.NAMES)
    for name, text in files.items():
        blocks = text.strip().split("\n\n")
        after = [blocks[number + 1] for number, block in enumerate(blocks) if block.startswith("|")]
        assert len(after) == len(results.find(name).tables)
        assert all(re.match(rf"Written on 20\d\d-\d\d-\d\d by `finescale results {name}`\.", one) for one in after)


def test_every_shipped_page_has_the_text_that_is_declared():
    for name in results.NAMES:
        text = (ROOT / "assets" / "results" / f"{name}.md").read_text(encoding="utf-8")
        for part in results.find(name).parts:
            assert not isinstance(part, str) or part.strip() in text, "write it anew: finescale results"


def test_the_benchmarks_that_are_named_are_there():
    for _, test in speed.BENCHMARKS:
        file, _, word = test.partition(" -k ")
        tree = ast.parse((ROOT / "tests" / "benchmarks" / file).read_text(encoding="utf-8"))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
        assert any(word in name for name in names), test


def test_scores_of_a_scene_reach_the_page(monkeypatch, tmp_path):
    """End to end on one date; the number is the method's own score."""
    from engine import scores

    rows = Row("bicubic", "bicubic"), Row("nearest", "nearest")
    few = Scored(
        (Selection("ocean_run", times=("2005-01-21",), factor=27),), rows, (Column("RMSE", ("rmse",), "{:.6f}"),)
    )
    monkeypatch.setattr(writing, "find", lambda name: Page("Few", (few,)))
    seen = []
    path = results.write("few", tmp_path / "new", lambda *counts: seen.append(counts), "synchronous", TODAY)
    scene = scenes.open("ocean_run", time="2005-01-21", factor=27)
    found = scores.table(methods.create("nearest").predict(scene.problem), scene)["rmse"]
    assert f"| nearest | {float(found):.6f} |" in path.read_text(encoding="utf-8")
    assert seen == [(1, 1)]
    assert results.write("few", tmp_path, lambda *counts: seen.append(counts), "synchronous", TODAY).is_file()
    assert seen == [(1, 1)], "what is known is not run again"


def test_a_number_that_is_not_there_is_a_dash():
    means = pd.DataFrame({"rmse": {"bicubic": 2.0, "broken": float("nan")}})
    assert written(Column("", ("rmse", "mae")), means, "broken", "bicubic") == "–, –"


@pytest.fixture
def timings(tmp_path):
    """What pytest-benchmark writes, as far as it is read."""
    place, printed = "tests/benchmarks/test_ice_claims.py::test_", {"printed": "all after 1.02 s"}
    entries = [
        {"fullname": f"{place}eight_members", "stats": {"median": 7.0}, "extra_info": printed},
        {"fullname": f"{place}ours", "stats": {"median": 99.0}, "extra_info": {}},
        {"fullname": "tests/benchmarks/test_page.py::test_another_date[4]", "stats": {"median": 0.4512}},
    ]
    content = {"benchmarks": entries, "datetime": "2026-10-01T12:00:00", "machine_info": {"cpu": {"count": 2}}}
    path = tmp_path / "timings.json"
    path.write_text(json.dumps(content))
    return path


def test_timings_stand_beside_their_commands(timings, tmp_path):
    text = results.write("speed", tmp_path, today=TODAY, timings=timings).read_text(encoding="utf-8")
    (ice,) = (line for line in text.splitlines() if "-k eight" in line)
    (page,) = (line for line in text.splitlines() if "test_page.py" in line)
    assert "| all after 1.02 s |" in ice
    assert "| another_date[4]: 0.45 s |" in page
    assert "99" not in text
    assert "Measured on 2026-10-01 on 2 cores." in text


def test_what_is_no_file_of_timings_is_refused(tmp_path):
    (tmp_path / "other.json").write_text("{}")
    for name in ("other.json", "none.json"):
        with pytest.raises(InputError, match=rf"^{name} is no file of timings; make one with pytest .*\.$"):
            results.write("speed", tmp_path, timings=tmp_path / name)
