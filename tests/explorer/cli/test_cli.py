"""The command line: every verb does its work, and refuses in one sentence."""

import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time

import pandas as pd
import pytest
import serving
import xarray as xr
from commands import finescale, refused
from typer.testing import CliRunner
from waves import write

import engine.datafiles
from engine import scenes
from engine.errors import DataMissing, InputError
from engine.evaluation import shipped
from engine.reading.places import Places
from explorer.cli import app, doctor, evaluate, serve, simulate
from explorer.cli.doctor import Finding
from explorer.cli.evaluate import parse_method
from explorer.jobs import journal
from explorer.jobs.limits import Limits
from explorer.server import serving as serving_page
from explorer.server.serving import allow_files

VERBS = ("serve", "data", "simulate", "evaluate", "results", "check", "doctor")
TINY = (
    "--size",
    "32",
    "--spacing-km",
    "54",
    "--spinup-days",
    "2",
    "--adjust-days",
    "1",
    "--days",
    "2",
    "--device",
    "cpu",
)


# ---- the whole -----------------------------------------------------------------------------------------------------


def test_help_names_every_verb_without_heavy_imports():
    code = (
        "import sys; from typer.testing import CliRunner; from explorer.cli import app; "
        "print(CliRunner().invoke(app, ['--help']).output); "
        "print(sorted({'torch', 'xarray', 'numpy', 'pandas', 'panel', 'bokeh', 'param'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert all(verb in done.stdout for verb in VERBS)
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr


def test_help_is_quick():
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "explorer.cli", "--help"], check=True, capture_output=True, timeout=60)
        times.append(time.perf_counter() - start)
    assert min(times) < 1.0  # 0.3 s on an idle machine


@pytest.mark.parametrize(
    "verb", [(), *((verb,) for verb in VERBS), ("simulate", "ocean"), ("simulate", "ice"), ("data", "fetch")]
)
def test_every_verb_explains_itself(verb):
    assert "Usage: " in finescale(*verb, "--help").output


def test_version():
    assert finescale("--version").output == f"finescale {engine.__version__}\n"


# ---- data ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def fetched(no_data, monkeypatch):
    """An empty cache, and downloads that need no network; the files asked for so far."""
    asked = []

    def fetch(file, progress):
        asked.append(file)
        copy = file.copies()["in the cache"]
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(bytes(file.bytes))
        progress(file.bytes, file.bytes)
        return copy

    monkeypatch.setattr(engine.datafiles, "fetch", fetch)
    return asked


def test_data_list_names_each_file_its_size_and_whether_it_is_here(fetched):
    before = finescale("data", "list").stdout
    for key, data in scenes.catalogue().items():
        assert key in before
        for file in data.files:
            assert file.path.split("_")[0] in before
            assert f"{file.bytes / 1e6:.1f}" in before
    count = len(scenes.files())
    assert f"0 of {count} files are here" in before
    assert "finescale data fetch" in before
    finescale("data", "fetch")
    assert f"{count} of {count} files are here." in finescale("data", "list").stdout


def test_data_fetch_takes_one_data_set_or_all(fetched):
    assert "here and whole" in finescale("data", "fetch", "altimetry_med").stderr
    assert tuple(fetched) == scenes.get("altimetry_med").files
    finescale("data", "fetch", "all")
    assert set(fetched) == set(scenes.files())


def test_data_fetch_without_files_or_of_nothing_known(fetched):
    assert "nothing to download" in finescale("data", "fetch", "ocean_run").stderr
    assert "There is no 'atlantis' here" in refused("data", "fetch", "atlantis")
    assert not fetched


def test_a_download_that_fails_is_said_and_the_others_go_on(fetched, monkeypatch):
    good, bad = engine.datafiles.fetch, scenes.files()[0]

    def fetch(file, progress):
        if file == bad:
            raise DataMissing("The file could not be downloaded.", files=(file,))
        return good(file, progress)

    monkeypatch.setattr(engine.datafiles, "fetch", fetch)
    result = finescale("data", "fetch", code=1)
    assert "The file could not be downloaded." in result.stderr
    assert set(fetched) == set(scenes.files()) - {bad}


def test_data_clear_removes_only_what_was_downloaded(fetched, no_data):
    assert "no downloaded files" in finescale("data", "clear").stderr
    finescale("data", "fetch")
    mine = no_data / "data" / "mine.nc"
    mine.write_text("keep")
    left = no_data / "data" / "altimetry" / ".fetch-abc"
    left.mkdir()
    assert CliRunner().invoke(app, ["data", "clear"], input="n\n").exit_code == 1
    assert all(file.here() for file in scenes.files())
    assert "Removed" in finescale("data", "clear", "--yes").stderr
    assert [path for path in (no_data / "data").rglob("*")] == [mine]


# ---- simulate ------------------------------------------------------------------------------------------------------


def test_simulate_writes_a_run_and_checks_it(tmp_path):
    path = tmp_path / "run.nc"
    result = finescale("simulate", "ocean", "--out", path, "--seed", 3, "--every-days", 2, *TINY)
    assert f"Wrote {path}" in result.stdout
    assert "day 2 of 2" in result.stderr
    with xr.open_dataset(path) as run:
        assert dict(run.sizes) == {"time": 2, "y": 32, "x": 32}
        assert run.attrs["seed"] == 3
    table = finescale("simulate", "ocean", "--check", path).stdout
    assert "standard deviation of sea surface height" in table
    assert "m s-1" in table


def test_simulate_for_a_split_lands_where_the_data_set_finds_it(no_data):
    result = finescale("simulate", "ocean", "--split", "train", *TINY)
    assert "ocean_run offers it now as its split train" in result.stderr
    path = no_data / "runs" / "ocean_run_train.nc"
    with xr.open_dataset(path, mask_and_scale=False) as run:
        assert run.attrs["seed"] == simulate.PRESETS["train"]["seed"]
        assert run["ssh"].dtype == "int16"
    data = scenes.get("ocean_run")
    assert data.split_of(pd.Timestamp("2001-01-01")) == "train"
    assert "exists already" in refused("simulate", "ocean", "--split", "train", *TINY)


def test_another_run_of_a_split_has_its_seed_in_its_name(no_data):
    finescale("simulate", "ocean", "--split", "train", "--seed", 7, *TINY)
    with xr.open_dataset(no_data / "runs" / "ocean_run_train_7.nc") as run:
        assert run.attrs["seed"] == 7
    data = scenes.get("ocean_run")
    assert data.split_of(pd.Timestamp("2015-01-01")) == "train"


@pytest.mark.long
def test_simulate_ice_makes_all_runs_of_a_split_that_are_not_there(no_data):
    request = ("simulate", "ice", "--split", "test", "--days", 1, "--skip-days", 1, "--size", 16, "--eager")
    assert finescale(*request, "--seed", 9).stdout.count("Wrote") == 1
    result = finescale(*request)
    assert "ice_run_test_9.nc is here already" in result.stderr
    assert result.stdout.count("Wrote") == 1
    found = sorted(path.name for path in (no_data / "runs").iterdir())
    assert found == ["ice_run_test_10.nc", "ice_run_test_9.nc"]
    with xr.open_dataset(no_data / "runs" / found[0]) as run:
        assert run.attrs["seed"] == 10
    assert "--out FILE, or --split" in refused("simulate", "ice")


def test_the_presets_are_the_data_sets_own_splits():
    data = scenes.get("ocean_run")
    with xr.open_dataset(data.shipped()[0]) as run:
        assert run.attrs["seed"] == simulate.PRESETS["test"]["seed"]
        days = (run["time"][-1] - run["time"][0]).values.astype("timedelta64[D]").astype(int)
        assert days == simulate.PRESETS["test"]["days"]
    assert set(simulate.PRESETS) == set(simulate.Split) == set(data.splits)


def test_an_interrupted_run_says_how_to_go_on_and_that_it_does(tmp_path, monkeypatch):
    request = ("simulate", "ocean", "--out", tmp_path / "run.nc", *TINY, "--spinup-days", 12)

    @contextlib.contextmanager
    def stopped(title):
        def report(part, text):
            if text.startswith("spin-up day 11"):
                raise KeyboardInterrupt

        yield report

    with monkeypatch.context() as patch:
        patch.setattr(simulate, "progress_bar", stopped)
        assert "the same command goes on" in finescale(*request, code=130).stderr
    result = finescale(*request)
    assert "Resumed and wrote" in result.stdout
    assert "Ocean run, resumed" in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--out FILE, or --split"),
        (("--out", "run.txt"), "must end in .nc or .zarr"),
        (("--out", "run.nc", "--device", "abacus"), "no device 'abacus'"),
        (("--out", "run.nc", "--device", "meta"), "no device 'meta' here; take cpu"),
        (("--out", "nowhere/run.nc"), "does not exist"),
        (("--out", "run.nc", "--size", "7"), "even size"),
        (("--check", "run.nc"), "no file run.nc"),
    ],
)
def test_simulate_refuses_in_one_sentence(options, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in refused("simulate", "ocean", *options)
    assert not list(tmp_path.iterdir())


def test_a_wrong_finescale_device_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("FINESCALE_DEVICE", "abacus")
    verbs = [("simulate", "ocean", "--out", tmp_path / "run.nc"), ("serve", "--port", serving.free_port()), SMALL]
    for verb in verbs:
        assert "FINESCALE_DEVICE names 'abacus', which is no device here; take cpu" in refused(*verb)
    assert "broken device: FINESCALE_DEVICE names 'abacus'" in finescale("doctor", code=1).stdout


# ---- evaluate ------------------------------------------------------------------------------------------------------

BOX = "400,832,600,1032"
SMALL = ("evaluate", "ocean_run", "-t", "2005-01-01", "-r", BOX, "--factor", 9)


def test_evaluate_prints_means_with_units_and_writes_every_row(tmp_path):
    out = tmp_path / "table.csv"
    result = finescale(*SMALL, "-m", "bicubic", "-m", "bilinear:consistent=true", "--out", out)
    lines = {line.split("│")[1].strip(): line for line in result.stdout.splitlines() if line.count("│") > 3}
    assert lines["rmse"].split("│")[2].strip() == "m"
    assert lines["gradient_rmse"].split("│")[2].strip() == "m km-1"
    assert lines["effective_resolution"].split("│")[2].strip() == "km"
    assert lines["seconds"].split("│")[2].strip() == "s"
    assert "1 date, 1 region" in result.stdout
    frame = pd.read_csv(out)
    assert set(frame["method"]) == {"bicubic", "bilinear(consistent=True)"}
    assert frame.set_index("method").loc["bilinear(consistent=True)", "consistency"] < 1e-5


def test_evaluate_says_where_a_method_helps(tmp_path):
    result = finescale(*SMALL, "-r", "jet", "-m", "bicubic", "-m", "nearest", "--by-region")
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in result.stdout.splitlines() if "│" in line]
    by = {line[0]: line[1:] for line in lines if line[0] in (BOX, "jet")}
    assert set(by) == {BOX, "jet"}
    for bicubic, nearest in by.values():
        assert bicubic == "+0.0"
        assert float(nearest) > 20


def test_evaluate_ships_rows_with_the_command_that_makes_them_again(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "path_of", lambda key: tmp_path / f"{key}.csv")
    result = finescale(*SMALL, "-m", "bilinear:consistent=true", "--noise", 0.01, "--ship")
    assert "Wrote 1 rows to" in result.stderr
    about = shipped.read("ocean_run")
    words = shlex.split(about.command)
    assert words[:2] == ["finescale", "evaluate"]
    (tmp_path / "ocean_run.csv").unlink()
    finescale(*words[1:])
    again = shipped.read("ocean_run")
    assert (again.command, again.asked) == (about.command, about.asked)
    assert list(again.rows) == ["bilinear(consistent=True)"]
    assert "file of one's own" in refused("evaluate", "own:/mine.nc", "--ship")


def test_evaluate_takes_ranges_lists_and_splits(tmp_path):
    out = tmp_path / "table.csv"
    dates = ("evaluate", "ocean_run", "-r", BOX, "--factor", 9, "--out", out, "--scheduler", "synchronous")
    finescale(*dates, "--times", "2005-01-03/2005-01-07", "--times", "2005-01-11, 2005-01-03")
    assert list(pd.read_csv(out)["time"]) == ["2005-01-03", "2005-01-05", "2005-01-07", "2005-01-11"]
    assert len(evaluate._dates("ocean_run", [], "test")) == len(scenes.get("ocean_run").times)


def test_evaluate_takes_all_dates_of_a_file_of_ones_own(tmp_path):
    write(tmp_path / "mine.nc")
    out = tmp_path / "table.csv"
    finescale("evaluate", f"own:{tmp_path / 'mine.nc'}", "--factor", 2, "--out", out, "--scheduler", "synchronous")
    frame = pd.read_csv(out)
    assert list(frame["time"]) == ["2010-05-01", "2010-05-02", "2010-05-03"]
    assert set(frame["split"]) == {"own"}
    assert "its splits are own" in refused("evaluate", f"own:{tmp_path / 'mine.nc'}", "--split", "test")


def test_evaluate_passes_on_what_makes_the_input(tmp_path):
    kinds = ("--degradation", "gaussian", "--width-km", 40, "--noise", 0.01, "--field", "sst", "--seed", 3)
    assert "degC" in finescale(*SMALL, *kinds).stdout


def test_evaluate_takes_the_noise_of_a_real_instrument(tmp_path):
    """Which is 2 cm of sea surface height: the same rows."""
    for noise in ("instrument", 0.02):
        finescale(*SMALL, "--noise", noise, "--out", tmp_path / f"{noise}.csv")
    stated, number = (pd.read_csv(tmp_path / f"{noise}.csv") for noise in ("instrument", 0.02))
    assert stated["rmse"].tolist() == number["rmse"].tolist()
    assert "a number or 'instrument', not 'much'" in refused(*SMALL, "--noise", "much")


def test_a_method_that_refuses_every_scene_gives_its_reason(monkeypatch):
    from engine import methods

    class Picky(methods.Method):
        key, equations, source = "picky", ("x = y",), "none"

        def estimate(self, problem, seed):
            raise InputError("Picky was trained for another factor.")

    monkeypatch.setitem(methods.METHODS._items, "picky", Picky)
    assert "picky: Picky was trained for another factor." in finescale(*SMALL, "-m", "picky", "-m", "nearest").stderr
    assert "Picky was trained for another factor." in finescale(*SMALL, "-m", "picky", code=1).stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("atlantis",), "There is no 'atlantis' here"),
        (("ocean_run", "-m", "bicubbic"), "There is no 'bicubbic' here"),
        (("ocean_run", "-m", "bicubic:wings=2"), "no parameter wings"),
        (("ocean_run", "-m", "bicubic:consistent=perhaps"), "true or false"),
        (("ocean_run", "-m", "bicubic:consistent"), "written name=value"),
        (("ocean_run", "-t", "1999-01-01"), "has no field on 1999-01-01"),
        (("ocean_run", "-t", "2005-01-05/2005-01-01"), "at least one date"),
        (("ocean_run", "--split", "dreams"), "'dreams'; its splits are"),
        (("ocean_run", "-r", "moon"), "moon"),
        (("ocean_run", "--factor", "0"), "whole number"),
        (("ocean_run", "--out", "table.parquet"), "written as .csv"),
        (("ocean_run", "--out", "nowhere/table.csv"), "does not exist"),
        (("ocean_run", "--scheduler", "magic"), "not 'magic'"),
    ],
)
def test_evaluate_refuses_in_one_sentence(options, words):
    assert words in refused("evaluate", *options)


def test_evaluate_without_the_data_says_how_to_get_it(no_data):
    assert "finescale data fetch" in refused("evaluate", "altimetry_med")


def test_a_dask_scheduler_that_does_not_answer_is_one_sentence(monkeypatch):
    def nobody(*_, **__):
        raise OSError("timed out")

    monkeypatch.setattr("engine.evaluation.evaluate._run_distributed", nobody)
    assert "No dask scheduler answers at tcp://127.0.0.1:1" in refused(
        *SMALL, "--no-cache", "--scheduler", "tcp://127.0.0.1:1"
    )


def test_a_methods_settings_are_read_by_their_type_and_never_executed(monkeypatch):
    import param

    from engine import methods

    class Settable(methods.Method):
        key = "settable"
        steps_count = param.Integer(default=10, bounds=(1, 100))
        share = param.Number(default=0.5, bounds=(0, 1))
        pair = param.NumericTuple(default=(0, 1), length=2)
        kind = param.Selector(default="a", objects=["a", "b"])

    monkeypatch.setitem(methods.METHODS._items, "settable", Settable)
    key, chosen = parse_method("settable:steps_count=20,share=0.25,pair=0.5,2,kind=b,consistent=true")
    assert key == "settable"
    assert chosen == {"steps_count": 20, "share": 0.25, "pair": (0.5, 2.0), "kind": "b", "consistent": True}
    assert parse_method("settable") == ("settable", {})
    for text in ("steps_count=__import__('os')", "steps_count=1000", "share=nan", "pair=1", "kind=c", "name=x"):
        with pytest.raises(InputError):
            parse_method(f"settable:{text}")


# ---- doctor --------------------------------------------------------------------------------------------------------


def test_doctor_finds_this_installation_whole():
    output = finescale("doctor").stdout
    for what in (
        "finescale",
        "torch",
        "panel",
        "processor",
        "accelerator",
        "shipped scene",
        "altimetry_med",
        "cache",
        "Chromium",
    ):
        assert what in output
    assert all(line.startswith(("ok ", "note ")) for line in output.splitlines())


def test_doctor_says_what_to_do_where_something_is_missing(no_data, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setenv("FINESCALE_DATA", str(no_data / "nowhere"))
    output = finescale("doctor").stdout
    assert "finescale data fetch altimetry_med" in output
    assert "only the browser tests need it" in output
    assert "which is no folder" in output


def test_doctor_fails_without_the_shipped_scene(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.paths.assets", lambda: tmp_path)
    output = finescale("doctor", code=1).stdout
    assert "broken shipped scene: " in output


def test_doctor_fails_on_a_library_out_of_range_or_broken(monkeypatch):
    library = doctor._library("numpy", ">=99")
    assert library.state == "broken"
    assert "pip install 'numpy>=99'" in library.words
    assert doctor._library("nosuchlibrary", "").state == "broken"
    assert doctor._library("numpy", ">=2") == Finding("ok", "numpy", library.words.split()[0])


# ---- serve ---------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_the_page_is_served_from_an_empty_folder_and_stops(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    with serving.served(folder, "--log-level", "warning") as server:
        status, text = server.get()
        assert status == 200
        assert serving.is_page(text)
        assert server.get("/")[0] == 200
        sentence = refused("serve", "--port", server.port)
        assert f"Port {server.port} is in use already" in sentence
        assert server.stop(signal.SIGINT) == 0
        log = server.log.read_text()
    assert f"Finescale opens at http://localhost:{server.port}/explorer" in log
    assert not {"ERROR", "Traceback", "WARNING"} & set(log.replace(":", " ").split())
    assert not list(folder.iterdir())


@pytest.mark.long
def test_a_served_page_stops_on_sigterm(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    with serving.served(folder, "--no-warm") as server:
        assert server.stop(signal.SIGTERM) == 0


@pytest.fixture
def handed_over(monkeypatch):
    """What would have been handed to Panel; no server starts, and the limits are as before afterwards."""
    seen = []
    monkeypatch.setattr(journal, "configure", lambda *how: seen.extend(["log", *how]))
    monkeypatch.setattr(serving_page, "start", lambda options, *more: seen.extend([*options, *more]))
    monkeypatch.setattr("explorer.app.warm_up", lambda: seen.append("warm") or [])
    monkeypatch.setattr(serving_page, "end_together", lambda: seen.append("together"))
    monkeypatch.setattr(serving_page, "LIMITS", Limits())
    monkeypatch.delenv("FINESCALE_PLUGINS", raising=False)
    monkeypatch.delenv("FINESCALE_PASSWORD", raising=False)
    monkeypatch.setenv("FINESCALE_WARM", "1")
    return seen


def test_serve_hands_its_options_to_panel(handed_over):
    port = serving.free_port()
    finescale("serve", "--port", port, "--show", "--num-procs", 3, "--log-level", "error", "--allow-origin", "sea.org")
    assert handed_over[:5] == ["log", "error", False, "warm", "together"], "what a plug-in does is in the log"
    assert {"--show", f"--port={port}", "--address=localhost", "--num-procs=3", "--log-level=error"} < set(handed_over)
    assert "--allow-websocket-origin=sea.org:80" in handed_over
    assert handed_over[-2:] == [str(serve.page_folder()), ""]
    assert "together" in handed_over
    assert (serve.page_folder() / "main.py").is_file()


def test_serve_does_not_warm_or_show_where_not_asked(handed_over):
    finescale("serve", "--port", serving.free_port(), "--no-warm")
    assert not {"warm", "--show", "together"} & set(map(str, handed_over))
    assert os.environ["FINESCALE_WARM"] == "0", "and Panel's own hook is told"


def test_serve_for_a_class_sets_limits_that_single_options_change(handed_over, monkeypatch):
    monkeypatch.setenv("FINESCALE_PASSWORD", "seven seas")
    finescale("serve", "--class", "--port", serving.free_port(), "--members", 4, "--cache-mb", 100, "--queue", 0)
    limits = serving_page.LIMITS
    assert (limits.members, limits.cache, limits.queue) == (4, 100_000_000, 0)
    wanted = {name: value for name, value in serving_page.CLASS.items() if name not in ("members", "queue")}
    assert wanted.items() <= vars(limits).items()
    assert handed_over[:3] == ["log", "info", True]
    assert handed_over[-1] == "seven seas"
    assert "seven seas" not in " ".join(map(str, handed_over[:-1]))
    assert "FINESCALE_PASSWORD" not in os.environ
    assert set(serving_page.SOON) < set(map(str, handed_over))


def test_serve_names_plug_ins_for_every_process_and_says_which_failed(handed_over, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.app.warm_up", lambda: ["The plug-in b.py could not be loaded: it sank."])
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    for file in files:
        file.touch()
    result = finescale("serve", "--port", serving.free_port(), "--plugin", files[0], "--plugin", files[1])
    assert os.environ["FINESCALE_PLUGINS"] == os.pathsep.join(map(str, files))
    assert "The plug-in b.py could not be loaded: it sank." in result.stderr


def test_the_password_is_a_files_first_line(handed_over, tmp_path):
    file = tmp_path / "secret"
    file.write_text("open sesame\nand more\n")
    finescale("serve", "--port", serving.free_port(), "--password-file", file)
    assert handed_over[-1] == "open sesame"
    file.write_text("\n")
    assert "The first line of the password file" in refused("serve", "--password-file", file)
    assert "cannot be read (FileNotFoundError)" in refused("serve", "--password-file", tmp_path / "none")


def test_the_websocket_is_open_to_loopback_and_to_the_address_alone():
    assert serve.origins("localhost", 5006, []) == ["localhost:5006", "127.0.0.1:5006"]
    assert serve.origins("10.0.0.7", 80, ["sea.org"])[2:] == ["10.0.0.7:80", "sea.org:80"]
    everywhere = serve.origins("0.0.0.0", 5006, [])
    assert f"{socket.gethostname().lower()}:5006" in everywhere
    assert "*" not in "".join(everywhere)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--address", "192.0.2.1"), "no address '192.0.2.1'"),
        (("--address", "no.such.invalid"), "no address 'no.such.invalid'"),
        (("--allow-origin", "http://sea.org"), "HOST or HOST:PORT"),
        (("--plugin", "nowhere.py"), "There is no Python file nowhere.py"),
    ],
)
def test_serve_refuses_in_one_sentence(options, words, handed_over):
    assert words in refused("serve", "--port", serving.free_port(), *options)
    assert not handed_over


# ---- own files -----------------------------------------------------------------------------------------------------


def test_serve_names_the_folders_and_hosts_that_visitors_may_open(tmp_path, monkeypatch):
    monkeypatch.setenv("FINESCALE_FILES", "")
    monkeypatch.setenv("FINESCALE_URLS", "")
    allow_files([tmp_path], ["Data.org", "localhost:8000"])
    places = Places.of_page()
    assert places.roots == (tmp_path.resolve(),)
    assert places.hosts == ("data.org", "localhost:8000")
    assert "There is no folder" in refused("serve", "--files", tmp_path / "none", "--port", serving.free_port())
