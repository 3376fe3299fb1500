"""The page says how noisy its input is, and offers the published input beside that of a real instrument."""

import re

import numpy as np
import pytest
import xarray as xr
from waves import LAT, LON, rest, wave

from engine import scenes
from explorer.base.widgets.noise import NoiseChoice
from explorer.base.widgets.status import Headline
from explorer.drawing.noisy import amount
from explorer.pages.failures.session import FailureSession
from explorer.pages.resolution.figure import ResolutionScreen
from explorer.pages.resolution.script import code
from explorer.pages.resolution.views.scores import Scores

OCEAN = {"source": "ocean_run", "time": "2005-01-21", "factor": "9", "method": "bicubic"}


@pytest.mark.parametrize(
    ("size", "units", "words"),
    [(0.02, "m", "2 cm"), (1.5, "m", "1.5 m"), (0.42, "degC", "0.42 °C"), (0.5, "K", "0.5 K"), (0.3, "1", "0.3")],
)
def test_a_size_is_said_in_the_unit_that_people_use(size, units, words):
    assert amount(size, units) == words


def said(session) -> tuple[str, str, str]:
    """What the headline, the input's map and the figure for print say."""
    headline = Headline(session).view.object
    return headline, session.display.picture("input").title, ResolutionScreen.of(session).heading


def test_the_picture_says_which_of_the_two_is_on_the_screen(open_page):
    page = open_page(**OCEAN).settle()
    session, choice = page.session, NoiseChoice(page.session, page.session.input)
    assert list(choice.choice.options) == ["Noise-free, as published", "As a real instrument (2 cm)"]
    assert choice.choice.value == session.input.noise == 0.0
    assert "Dufau" in choice.choice.description
    headline, title, heading = said(session)
    assert "noise-free, as published" in headline
    assert "noise-free, as published" in heading
    assert title == "Input"
    choice.choice.value = "instrument"
    page.settle()
    assert session.query()["noise"] == "instrument"
    assert all("noise 2 cm" in text for text in said(session))
    assert choice.number.value == 0.02
    distance = session.display.picture("consistency").title
    assert re.fullmatch(r"Consistency: degrade\(prediction\) - input, [\d.]+ of the noise", distance)
    assert "distance to the input over its noise" in Scores(session).view.object
    assert "distance to the input <small>m" not in Scores(session).view.object
    clean = scenes.open("ocean_run", time="2005-01-21", factor=9).problem.low["ssh"]
    assert float((session.outcome.scene.problem.low["ssh"] - clean).std()) == pytest.approx(0.02, rel=0.1)
    choice.number.value = 0.05
    page.settle()
    assert "noise 5 cm" in said(session)[0]
    assert choice.choice.value == "number"
    assert "Of another size" in choice.choice.options
    choice.choice.value = 0.0
    page.settle()
    assert session.query()["noise"] == "0"
    assert "Of another size" not in choice.choice.options


def test_a_link_without_noise_is_free_of_it_and_one_with_it_is_the_same_picture(open_page):
    session = open_page(**OCEAN).settle().session
    assert not session.outcome.scene.problem.observation.noise
    noisy = open_page(**OCEAN, noise="instrument").settle().session
    other = open_page(**noisy.query()).settle().session
    assert other.query() == noisy.query()
    xr.testing.assert_identical(other.outcome.current.estimate, noisy.outcome.current.estimate)
    assert "noise='instrument'" in code(noisy)


def test_a_noise_that_is_stated_belongs_to_its_field_and_data_set(open_page):
    page = open_page(**OCEAN, noise="instrument").settle()
    session = page.session
    session.input.field = "sst"
    page.settle()
    assert "noise 0.42 °C" in said(session)[0]
    session.selection.source = "toy_sea"
    page.settle()
    assert session.input.noise == 0.0
    assert list(NoiseChoice(session, session.input).choice.options) == ["Noise-free, as published"]
    assert session.select({"noise": "instrument"}) == []
    page.settle()
    assert "does not say which noise" in session.run.message
    choice = NoiseChoice(session, session.input).choice
    assert choice.value in choice.options.values(), "or drawing the menu would change what was asked for"


def test_failure_cases_can_be_those_of_a_real_instrument(monkeypatch):
    session = FailureSession()
    session.select({"source": "ocean_run", "noise": "instrument"})
    assert session.request.asked["noise"] == "instrument"
    session.select({"source": "ice_run"})
    assert session.request.asked["noise"] == 0.0
    session.close()


def write(path, error: bool) -> None:
    """A file with a field and, if asked, its error."""
    coords = {
        "lat": ("lat", LAT, {"units": "degrees_north"}), "lon": ("lon", LON, {"units": "degrees_east"}),
    }  # fmt: skip
    held = {"a": (("lat", "lon"), wave(1)[0], {"units": "m"})}
    held |= {"a_error": (("lat", "lon"), np.full((LAT.size, LON.size), 0.03), {"units": "m"})} if error else {}
    xr.Dataset(held, coords).to_netcdf(path)


def test_a_file_that_says_how_wrong_it_is_is_believed(root, open_page):
    write(root / "told.nc", error=True)
    page = rest(open_page(source="own:told.nc;variable=a;mode=input"))
    session, choice = page.session, NoiseChoice(page.session, page.session.input)
    assert session.input.noise == "instrument"
    assert "How wrong its values are, the file&#x27;s variable a_error says at every place." in choice.told[0].object
    assert "noise 3 cm on average" in said(session)[0]
    assert list(choice.choice.options) == ["Noise not stated", "Noise place by place, from the file"]
    np.testing.assert_allclose(session.outcome.scene.problem.observation.noise.places, 0.03)
    assert session.select({"noise": "0"}) == []
    assert "noise not stated" in said(rest(page).session)[0]


def test_a_file_that_does_not_is_asked_about(root, open_page):
    write(root / "silent.nc", error=False)
    page = rest(open_page(source="own:silent.nc;mode=input"))
    session, choice = page.session, NoiseChoice(page.session, page.session.input)
    assert "The file does not say how wrong its values are" in choice.told[0].object
    assert "noise not stated" in said(session)[0]
    before = session.outcome.scene.problem.low
    choice.number.value = 0.04
    rest(page)
    assert "noise 4 cm" in said(session)[0]
    xr.testing.assert_identical(session.outcome.scene.problem.low, before)
    assert session.outcome.scene.problem.observation.noise.white == 0.04
