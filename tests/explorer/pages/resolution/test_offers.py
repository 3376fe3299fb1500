"""What can be chosen: methods and sources in groups, with their cost; what cannot work is grey, says why, and is left
for a reference where the scene changes under it."""

from types import SimpleNamespace

import pytest
import stage

from engine.datafiles import DataFile
from explorer.base.offers import cost
from explorer.base.widgets.choice import method_choice, source_choice
from explorer.pages.failures.controls import FailureControls

GUIDE = "needs the sea surface temperature as a guide"


def options(choice) -> dict[str, str]:
    """Label -> group of a select."""
    return {label: group for group, offers in choice.widget.groups.items() for label in offers}


def grey(choice) -> set[str]:
    """Labels that cannot be clicked."""
    off = choice.widget.disabled_options
    return {label for offers in choice.widget.groups.values() for label, key in offers.items() if key in off}


def test_methods_stand_in_groups_and_those_that_cannot_work_are_grey_with_the_reason(open_page):
    session = open_page(source="toy_coast").settle().session
    choice = method_choice(session, session.chosen, "method")
    there = options(choice)
    assert there["Bicubic · at once"] == "Interpolation"
    assert there["LIIF · at once"] == "Trained for sea surface height"
    assert there[f"Spectral LIIF with SST · {GUIDE}"] == "Trained for sea surface height"
    assert there["TsHARP · is made for land surface temperature"] == "Sharpening by a fine guide"
    assert {f"Spectral LIIF with SST · {GUIDE}", "TsHARP · is made for land surface temperature"} <= grey(choice)
    assert not {"Bicubic · at once", "LIIF · at once"} & grey(choice)
    assert next(iter(choice.widget.groups)) == "Interpolation"  # what works comes first
    session.selection.source = "toy_sea"  # which has a temperature
    assert "Spectral LIIF with SST · at once" in set(options(choice)) - grey(choice)


def test_a_choice_follows_the_session_and_sets_it(page):
    session = page.session
    choice = method_choice(session, session.comparison, "method_b", "none")
    assert choice.widget.value == ""
    assert next(iter(choice.widget.groups)) == "Nothing"
    choice.widget.value = "nearest"
    assert session.comparison.method_b == "nearest"
    session.comparison.method_b = ""
    assert choice.widget.value == ""
    assert choice.widget.value_label == "none"


def test_a_method_says_what_its_last_run_took_here(page):
    session = page.session
    choice = method_choice(session, session.chosen, "method")
    assert "Toy <b>dice</b> & more · seconds" in options(choice)
    session.note(SimpleNamespace(final=True, method="toy_dice", trace={"seconds": 0.23}))
    choice.follow()
    assert "Toy <b>dice</b> & more · 0.2 s" in options(choice)
    session.chosen.method = "toy_dice"
    assert (choice.widget.label, choice.widget.value_label) == ("Method · 0.2 s", "Toy <b>dice</b> & more")
    session.chosen.method = "bicubic"
    session.selection.source = "toy_coast"  # other data take another time
    assert "Toy <b>dice</b> & more · seconds" in options(choice)


@pytest.mark.parametrize(("seconds", "words"), [(0.004, "at once"), (0.23, "0.2 s"), (41, "41 s"), (150, "2.5 min")])
def test_a_cost_is_said_as_people_say_it(seconds, words):
    assert cost(stage.Dice, seconds) == words


def test_sources_stand_by_their_kind_and_say_what_has_to_be_downloaded(page, monkeypatch):
    session = page.session
    choice = source_choice(session)
    there = options(choice)
    assert there["Toy sea"] == "Simulated"
    assert there["Toy coast"] == "Observed"
    assert "Toy, not fetched · to be downloaded, 4.0 MB" in set(there) - grey(choice)  # its page has a button for that
    lost = DataFile("toy/first.nc", sha256="0" * 64, bytes=3_000_000)
    monkeypatch.setattr(stage.Absent, "files", (lost,))
    choice.follow()
    (label,) = grey(choice)
    assert label == "Toy, not fetched · is missing: let FINESCALE_DATA name a folder that holds toy/first.nc"


# ---- what happens to a method that cannot work any more ------------------------------------------------------------


def test_another_source_leaves_a_reference_in_the_place_of_what_cannot_work(open_page):
    page = open_page(method="spectral_liif", method_b="jiif").settle()
    session = page.session
    assert session.run.message == ""
    session.selection.source = "toy_coast"
    assert session.chosen.method == "bicubic"
    assert session.run.message == f"Spectral LIIF with SST {GUIDE}; bicubic is shown instead."
    page.settle()
    assert session.outcome.result.method == "bicubic"
    assert session.comparison.method_b == "jiif"  # works without a guide
    assert session.outcome.result.scene.key == "toy_coast"


def test_another_factor_and_field_do_so_too(open_page):
    page = open_page(source="ocean_run", factor="27", method="resac", method_b="liif").settle()
    session = page.session
    session.input.factor = 8
    assert session.run.message == (
        "RESAC multiplies by 3 in every stage: the factor has to be 3, 9 or 27; bicubic is shown instead."
    )
    page.settle()
    session.input.field = "sst"
    assert session.run.message == "LIIF is trained for sea surface height; it is not compared any more."
    assert session.comparison.method_b == ""
    page.settle()
    assert session.outcome.result.scene.variable == "sst"


def test_what_works_stays_through_all_that_a_link_sets(open_page):
    """On its way from one scene to the next a link passes through settings that nobody asked for."""
    page = open_page(source="ocean_run", factor="27", method="resac").settle()
    assert page.session.select({"source": "toy_sea", "factor": "9"}) == []
    assert page.session.chosen.method == "resac"
    page.settle()
    assert page.session.outcome.result.method == "resac"


def test_a_link_to_what_cannot_work_keeps_what_it_says_and_opens_the_scene(open_page):
    page = open_page(source="toy_coast", method="spectral_liif").settle()
    session, says = page.session, f"Spectral LIIF with SST {GUIDE}."
    assert session.select({"source": "toy_coast", "method": "spectral_liif", "run": "true"}) == []
    page.settle()
    assert session.run.message == says
    assert session.chosen.method == session.query()["method"] == "spectral_liif"
    assert (session.outcome.scene.key, session.outcome.result) == ("toy_coast", None)
    session.start()  # Run says it once more
    page.settle()
    assert session.run.message == says
    assert method_choice(session, session.chosen, "method").widget.value == "spectral_liif"
    session.selection.step_date(1)  # which changes nothing about that
    page.settle()
    assert (session.chosen.method, session.run.message) == ("spectral_liif", says)
    session.input.factor = 4  # this does
    assert session.chosen.method == "bicubic"


def test_what_cannot_work_is_not_scored_among_many(opened):
    page = opened(source="toy_sea", factor="2", methods="bicubic;jiif")
    session = page.session
    controls = FailureControls(session)
    labels = {key: label for label, key in controls.methods.options.items()}
    assert labels["tsharp"] == "TsHARP · is made for land surface temperature"
    assert {"tsharp", "resac"} <= {*controls.methods.disabled_options}
    session.input.field = "sst"
    assert session.request.methods == ["bicubic"]
    assert session.run.message == "JIIF is trained for sea surface height; it is not scored."
    assert "jiif" in controls.methods.disabled_options
    session.request.methods = ["jiif"]  # as a link may say
    session.input.factor = 4
    assert session.request.methods == ["bicubic"]
    page.settle()
