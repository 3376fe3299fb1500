"""The log as JSON: one object a line, whatever is logged, by whom."""

import io
import json
import logging
import sys
import warnings

import pytest

from explorer.jobs import journal


@pytest.fixture
def lines(monkeypatch):
    """What is written to stderr, parsed; the log is as before afterwards."""
    loggers = [logging.getLogger(name) for name in ("", "finescale", "param", "panel")]
    before = [(one, one.handlers[:], one.level, one.propagate) for one in loggers]
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    journal.configure("info", as_json=True)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(False)
    for one, handlers, level, propagate in before:
        one.handlers[:], one.propagate = handlers, propagate
        one.setLevel(level)


def test_an_event_has_its_fields_and_the_usual_ones(lines):
    journal.note(logging.getLogger("finescale.jobs"), "run", session="Session1", method="bicubic", seconds=0.5)
    (line,) = lines()
    assert line["time"].endswith("+00:00")
    usual = {"level": "info", "logger": "finescale.jobs", "session": "Session1", "event": "run"}
    assert usual.items() <= line.items()
    assert {"method": "bicubic", "seconds": 0.5}.items() <= line.items()


def test_others_words_quotes_and_line_ends_stay_on_one_line(lines):
    logging.getLogger("tornado.application").error('of "%s"\nand %s', "two", "three")
    (line,) = lines()
    assert line["event"] == 'of "two"\nand three'
    assert (line["session"], line["level"]) == (None, "error")


def test_a_trace_is_a_field(lines):
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as error:
        logging.getLogger("finescale.session").error("it broke", exc_info=error)
    (line,) = lines()
    assert line["trace"].endswith("ZeroDivisionError: division by zero")


def test_libraries_that_print_by_themselves_and_warnings_come_too(lines):
    import param

    param.parameterized.get_logger("mine").warning("from param")
    logging.getLogger("panel.io").warning("from panel")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("from Python", stacklevel=1)
    events = [line["event"] for line in lines()]
    assert events[:2] == ["from param", "from panel"]
    assert "from Python" in events[2]


def test_as_text_the_level_the_logger_and_the_fields_can_be_read(capsys):
    record = logging.getLogger("finescale.jobs").makeRecord(
        "finescale.jobs", logging.INFO, "", 1, "%s %s", ("run", "method=bicubic"), None
    )
    assert logging.Formatter(journal.TEXT).format(record).endswith("INFO finescale.jobs: run method=bicubic")
