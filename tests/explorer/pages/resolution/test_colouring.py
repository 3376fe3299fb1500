"""Colours, unit and limits on the page: maps, hover, probe, print and link agree; files and scores keep their unit."""

import numpy as np
import pytest

from explorer.drawing.palette import limits as limits_for
from explorer.pages.resolution.choices import limits
from explorer.pages.resolution.colour_controls import colour_controls
from explorer.pages.resolution.figure import ResolutionScreen
from explorer.pages.resolution.views.maps import Maps
from explorer.pages.resolution.views.members import Members
from explorer.pages.resolution.views.probe import Probe
from explorer.pages.resolution.views.transect import Transect


def values(session, key: str) -> np.ndarray:
    return session.display.picture(key).field.values


def test_another_unit_is_read_everywhere_on_the_maps_and_in_print(page):
    session = page.session
    metres = {key: values(session, key) for key in ("input", "estimate", "truth", "error")}
    maps, before = Maps(session), dict(session.display.limits)
    session.colouring.units = "cm"
    for key, known in metres.items():
        assert values(session, key) == pytest.approx(100 * known, rel=1e-6)
        pane = maps.panes[key]
        assert pane.title.object.count("(cm)") == 1
        assert pane.hover.tooltips[0][1].endswith(" cm")
        role = "error" if key == "error" else "field"
        assert (pane.mapper.low, pane.mapper.high) == pytest.approx([100 * end for end in before[role]])
    assert session.display.limits == before  # kept in the unit of the data
    session.display.point(60.0, 40.0)
    probe, transect = Probe(session), Transect(session)
    assert "cm</small>" in probe.view.object
    assert transect.figure.yaxis[0].axis_label == "(cm)"
    screen = ResolutionScreen.of(session)
    assert "cm" in {ax.get_title(loc="left") for ax in screen.figure().axes}
    assert screen.dataset()["truth"].attrs["units"] == "m"
    assert session.outcome.result.table["rmse"].attrs["units"] == "m"


def test_a_temperature_in_kelvin_has_the_same_error(open_page):
    session = open_page(field="sst", units="K").settle().session
    celsius = session.outcome.scene.truth["sst"].values
    assert values(session, "truth") == pytest.approx(celsius + 273.15)
    assert session.display.picture("error").field.attrs["units"] == "K"
    assert np.abs(values(session, "error")).max() < 50


def test_a_guide_may_be_read_in_another_unit_than_the_field(open_page):
    session = open_page(units="K", lower_a="guide:sst").settle().session
    assert session.display.picture("guide:sst").field.attrs["units"] == "K"
    assert session.display.picture("truth").field.attrs["units"] == "m"


def test_only_what_has_no_sign_is_logarithmic(open_page):
    session = open_page(scale="log", lower_a="truth:gradient").settle().session
    logs = {key: session.display.picture(key).log for key in ("truth", "estimate", "error", "truth:gradient")}
    assert logs == {"truth": False, "estimate": False, "error": False, "truth:gradient": True}
    low, high = session.display.limits_of(session.display.picture("truth:gradient"))
    assert 0 < low < high
    maps = Maps(session)
    assert type(maps.panes["lower_a"].image.glyph.color_mapper).__name__ == "LogColorMapper"
    assert type(maps.panes["truth"].image.glyph.color_mapper).__name__ == "LinearColorMapper"
    session.colouring.scale = ""
    pane = maps.panes["lower_a"]
    assert pane.image.glyph.color_mapper is pane.mapper
    assert (pane.mapper.low, pane.mapper.high) == limits_for(values(session, "truth:gradient"), "gradient")


def test_limits_by_percentile_are_those_of_the_truth_whatever_is_looked_at(page):
    session = page.session
    session.colouring.percent = 10.0
    low, high = session.display.limits_of(session.display.picture("estimate"))
    truth = session.outcome.scene.truth["ssh"].values
    assert (low, high) == pytest.approx(np.percentile(truth, [10, 90]), abs=0.1 * float(np.ptp(truth)))
    assert np.mean((truth >= low) & (truth <= high)) == pytest.approx(0.8, abs=0.08)


def test_a_link_brings_all_of_it_back_and_its_limits_come_before_percentiles(page, open_page):
    session = page.session
    said = {"colours": "viridis", "signed": "curl", "scale": "log", "units": "cm", "percent": "5"}
    assert session.select({**said, "limits": "field:-1,1"}) == []
    page.settle()
    assert {name: session.query()[name] for name in said} == said
    assert session.display.limits["field"] == (-1.0, 1.0)
    other = open_page(**session.query()).settle().session
    assert other.query() == session.query()
    assert other.display.limits_of(other.display.picture("truth")) == (-100.0, 100.0)
    blank = dict.fromkeys((name for name, (_, about) in other.held.items() if about.optional), "")
    plain = {name: text for name, text in session.query().items() if name not in said}
    assert other.select({**blank, **plain}) == []  # Back to an address that says nothing of colours
    assert not set(said) & set(other.query())


@pytest.mark.parametrize(("name", "value"), [("colours", "jet"), ("units", "furlong"), ("percent", "60")])
def test_what_a_link_cannot_ask_for_is_told_in_a_sentence(page, name, value):
    (complaint,) = page.session.select({name: value})
    assert value in complaint
    assert complaint.endswith(".")


def test_limits_are_typed_in_the_unit_that_is_shown(page):
    session = page.session
    session.display.limits_of(session.display.picture("truth"))
    (low, high), fitted = limits(session)[0], session.display.limits["field"]
    session.colouring.units = "cm"
    assert (low.value, high.value) == pytest.approx([100 * end for end in fitted])
    high.value = 250.0
    assert session.display.limits["field"] == pytest.approx((fitted[0], 2.5))


def test_units_on_offer_are_those_of_the_field(page):
    session = page.session
    controls = colour_controls(session)
    chooser = controls[1][1]
    assert chooser.options == {"m (as stored)": "", "cm": "cm", "mm": "mm"}
    chooser.value = "cm"
    assert session.colouring.units == "cm"
    session.input.field = "sst"
    page.settle()
    assert session.colouring.units == ""  # no temperature has that
    assert chooser.options == {"°C (as stored)": "", "K": "K"}


def test_the_share_beyond_limits_is_the_usual_one_until_another_is_set(page):
    session = page.session
    widget = colour_controls(session)[2]
    assert (widget.value, "percent" in session.query()) == (0.5, False)
    widget.value = 5.0
    assert session.query()["percent"] == "5"
    session.colouring.percent = None
    assert widget.value == 0.5


def test_thumbnails_of_members_have_the_colours_and_limits_of_the_maps(open_page):
    page = open_page(method="toy_members", colours="magma", units="mm").settle()
    page.session.start()
    page.settle()
    members = Members(page.session)
    assert members.mapper.palette[0] == "#000004"  # magma's darkest, as matplotlib publishes it
    assert (members.mapper.low, members.mapper.high) == page.session.display.limits["field"]  # they are sent in metres
