"""The Code tab's lines run on their own and give the same numbers to the bit; no text breaks out of its quotes."""

import ast
import contextlib
import hashlib
import io
import os
import random
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest
import stage
from motions import moved

from engine import methods
from explorer.drawing import pictures, threefold
from explorer.drawing.pictures import ALWAYS
from explorer.jobs.resolution_run import SceneRequest
from explorer.pages.motion.script import motion_code
from explorer.pages.resolution.script import code, script

SEA = {
    "source": "toy_sea",
    "field": "ssh",
    "region": "all",
    "time": "2010-01-02",
    "factor": 4,
    "degradation": "block_mean",
}
OCEAN = {"source": "ocean_run", "region": "jet", "factor": 9, "time": "2005-01-05"}
NASTY = [
    "'", '"', "'''", '"""', "\\", "\\'", "\n", "\r", "\0", "')\nimport os\nos.abort()\n('",
    "' + __import__('os').name + '", "{0}", "{region!r}", "%s", "f'{1}'", "#", "\u2028", "\ud83d", "日本",
    "\\N{BULLET}", "x" * 5000,
]  # fmt: skip


def executed(text: str) -> dict:
    """The names that a script leaves in a clean namespace, and what it printed."""
    space: dict = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(text, "code", "exec"), space)
    return space | {"printed": out.getvalue()}


def code_of(session) -> str:
    return script(session.request, session.chosen.configured, session.chosen.seed)


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"time": "2010-01-05", "region": "west", "factor": "2"},
        {"region": "10,100.5,4.25,90"},
        {"field": "sst", "noise": "0.123456789"},
        {"degradation": "gaussian", "width_km": "11.3"},
        {"degradation": "box"},
        {"degradation": "bicubic_resize", "m.consistent": "true"},
        {"source": "toy_coast", "method": "bilinear", "m.consistent": "true"},
        {"source": "toy_reef", "method": "nearest"},
        {"source": "toy_unseen"},
        {"method": "toy_members", "seed": "5"},
        {"method": "toy_dice", "seed": "2147483647", "m.strength": repr(1 / 3), "m.mode": "hard", "m.quick": "true",
         "m.rounds": "7", "m.floor": "1e-07", "m.consistent": "true", "degradation": "gaussian", "noise": "0.01"},
    ],
    ids=lambda chosen: " ".join(f"{k}={v}" for k, v in chosen.items()) or "default",
)  # fmt: skip
def test_the_code_gives_the_same_estimate_and_scores(open_page, chosen):
    page = open_page(**chosen).settle()
    session = page.session
    session.start()
    page.settle()
    assert session.run.message == ""
    made = executed(code_of(session))
    np.testing.assert_array_equal(
        made["estimate"][session.input.field].values, session.outcome.result.estimate[session.input.field].values
    )
    np.testing.assert_array_equal(
        made["scene"].problem.low[session.input.field], session.outcome.scene.problem.low[session.input.field]
    )
    printed = dict(line.split(None, 2)[:2] for line in made["printed"].splitlines())
    table = session.outcome.result.table
    assert list(printed) == list(table)
    assert all(printed[name] == f"{float(table[name]):.5g}" for name in table)
    assert all(table[name].attrs["units"] in made["printed"] for name in table)


@pytest.mark.parametrize(
    "chosen",
    [
        {"lower_a": "guide:sst", "lower_b": "estimate:speed"},
        {"lower_a": "truth:gradient", "lower_b": "input:vorticity", "degradation": "gaussian"},
        {"source": "toy_coast", "method": "bilinear", "lower_b": "consistency"},
        {"source": "toy_unseen", "method": "toy_members", "threshold": "0.1"},
        {"method": "toy_members", "lower_a": "spread", "lower_b": "probability"},
        {"method": "toy_members", "member": "2", "lower_a": "estimate:gradient", "lower_b": "consistency"},
    ],
    ids=lambda chosen: " ".join(f"{k}={v}" for k, v in chosen.items()),
)
def test_the_code_makes_what_every_map_shows(open_page, chosen):
    page = open_page(**chosen).settle()
    session = page.session
    session.start()
    page.settle()
    assert session.run.message == ""
    shown = {key: session.display.picture(key) for key in (*ALWAYS, *session.display.six)}
    maps = executed(code(session))["maps"]
    assert set(maps) == {key for key, picture in shown.items() if picture is not None}
    assert len(maps) >= 5
    for key, field in maps.items():
        np.testing.assert_array_equal(np.asarray(field), shown[key].field.values, err_msg=key)


@pytest.mark.parametrize(
    "chosen",
    [
        {"m.iterations": "3", "image": "2", "lead": "3"},
        {"m.iterations": "3", "image": "4", "iterate": "5"},
        {"m.iterations": "3", "image": "4", "flow_of": "true"},
        {"source": "sst_run", "method": "optical_flow", "region": "north", "gaps": "0.2", "seed": "7"},
        pytest.param({"source": "radar_bom", "method": "persistence", "image": "3"},
                     marks=pytest.mark.needs_data("radar_bom")),
    ],
    ids=lambda chosen: " ".join(f"{k}={v}" for k, v in chosen.items()),
)  # fmt: skip
def test_the_code_of_motion_makes_what_every_map_shows(chosen):
    session = moved(**chosen)
    made, moving = executed(motion_code(session)), session.moving
    shown = {name: getattr(moving, name)().picture for name in ("given", "error", "forecast", "happened", "difference")}
    assert set(made["maps"]) == {"flow", *(name for name, picture in shown.items() if picture is not None)}
    for name, picture in shown.items():
        if picture is not None:
            np.testing.assert_array_equal(made["maps"][name], picture.field, err_msg=name)
    for name in ("u", "v"):
        np.testing.assert_array_equal(made["maps"]["flow"][name], moving.flow[name])
    printed = dict(line.split(None, 2)[:2] for line in made["printed"].splitlines())
    relative, rmse = session.outcome.result.errors["estimate"]
    assert printed["endpoint_error"] == f"{relative:.5g}"
    assert printed["rmse_1"] == f"{float(rmse[0]):.5g}"


def test_the_code_makes_the_detail_that_maps_show(open_page):
    page = open_page(method="toy_members", member="2", lower_a="detail:fine", lower_b="detail").settle()
    session = page.session
    session.start()
    page.settle()
    made = executed(code(session))["maps"]
    assert list(made["detail"]["band"].values) == ["medium", "fine", "finest"]
    for key in ("detail:fine", "detail"):
        shown = pictures.picture(key, session.outcome.scene, session.outcome.result, member=2)
        np.testing.assert_array_equal(threefold.coded(threefold.together(made[key])), shown.field)


def test_before_a_run_the_code_makes_input_and_truth(open_page):
    session = open_page(method="toy_dice").settle().session
    assert set(executed(code(session))["maps"]) == {"input", "truth", "guide:sst"}


@pytest.mark.long
def test_the_code_runs_in_a_python_of_its_own(open_page):
    """A region box, and a low-pass made consistent; one after the other in the same process."""
    code, wanted = "import hashlib\n", []
    low_pass = {"degradation": "gaussian", "width_km": "57.5", "m.consistent": "true"}
    for chosen in ({"region": "200,1000.5,300,900"}, low_pass):
        page = open_page(**(OCEAN | chosen)).settle()
        code += code_of(page.session) + "print('made', hashlib.sha256(estimate['ssh'].values.tobytes()).hexdigest())\n"
        wanted.append(hashlib.sha256(page.session.outcome.result.estimate["ssh"].values.tobytes()).hexdigest())
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("made ")] == wanted


def test_the_code_says_what_was_changed_and_no_more(page):
    lines = code_of(page.session).splitlines()
    assert lines[2:5] == [
        "scene = scenes.open('toy_sea', field='ssh', region='all', time='2010-01-01', factor=4, "
        "degradation='block_mean')",
        "method = methods.create('bicubic')",
        "estimate = method.predict(scene.problem, seed=0)",
    ]
    page.session.select({"method": "toy_dice", "m.rounds": "4", "seed": "9"})
    page.settle()
    lines = code_of(page.session).splitlines()
    assert lines[3:5] == [
        "method = methods.create('toy_dice', rounds=4)",
        "estimate = method.predict(scene.problem, seed=9)",
    ]


def literals(text: str) -> tuple[str, dict]:
    """Key and arguments of scenes.open, after checking that the script is its usual five statements."""
    tree = ast.parse(text)
    assert [type(node) for node in tree.body] == [ast.ImportFrom, ast.Assign, ast.Assign, ast.Assign, ast.For]
    call = tree.body[1].value
    assert ast.unparse(call.func) == "scenes.open"
    return ast.literal_eval(call.args[0]), {word.arg: ast.literal_eval(word.value) for word in call.keywords}


@pytest.mark.parametrize("name", ["source", "field", "region", "time", "degradation", "sampling"])
@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_no_text_breaks_out_of_its_quotes(toys, name, text):
    selection = SceneRequest(**(SEA | {name: text}))
    key, arguments = literals(script(selection, methods.create("bicubic"), 0))
    assert {"source": key, **arguments} == {
        part.name: getattr(selection, part.name)
        for part in fields(selection)
        if getattr(selection, part.name) != part.default
    }


def test_no_random_text_breaks_out_of_its_quotes(toys):
    choose = random.Random(5)
    for _ in range(500):
        text = "".join(choose.choices("'\"\\\n\r()#;{}%ab\0\u2028é", k=choose.randrange(12)))
        assert (
            literals(script(SceneRequest(**(SEA | {"region": text})), methods.create("bicubic"), 0))[1]["region"]
            == text
        )


def test_a_setting_of_a_method_cannot_break_out_either(toys):
    method = stage.Dice()
    method.param.mode.objects = ["soft", "'); import os #"]
    method.mode = "'); import os #"
    tree = ast.parse(script(SceneRequest(**SEA), method, 0))
    assert ast.literal_eval(tree.body[2].value.keywords[0].value) == "'); import os #"
