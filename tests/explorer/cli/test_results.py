"""`finescale results`: pages are written, refusals are one sentence, and the commands below the tables are right."""

import shlex

import pytest
from commands import finescale, refused

from explorer import results
from explorer.cli.evaluate import parse_method
from explorer.cli.results import PAGES
from explorer.results.scored import Scored, command

TABLES = [table for name in results.NAMES for table in results.find(name).tables if isinstance(table, Scored)]


def test_named_pages_are_written_into_the_folder(tmp_path):
    out = finescale("results", "speed", "methods", "--folder", tmp_path / "pages").stdout
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == ["methods.md", "speed.md"]
    assert out.count("Wrote ") == 2


def test_an_unknown_page_is_refused_before_any_is_written(tmp_path):
    sentence = refused("results", "speed", "sea", "--folder", tmp_path)
    assert sentence.startswith("There is no page of results 'sea'; there are: ocean, ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("table", TABLES)
def test_the_command_below_a_table_asks_for_its_methods(table):
    asked = [(row.method, row.settings) for row in table.rows if row.method]
    for selection in table.selections:
        words = shlex.split(command(selection, table.rows))
        texts = [words[number + 1] for number, word in enumerate(words) if word == "-m"]
        assert [parse_method(text) for text in texts] == asked


def test_help_names_every_page():
    assert PAGES.split(", ") == list(results.NAMES)
