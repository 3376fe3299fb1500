"""The address holds the picture: elsewhere it gives the same one, and Back gives the former one."""

import pytest
from visiting import MAPS, comes_to

pytestmark = pytest.mark.browser


def test_a_link_gives_the_same_pictures_to_somebody_else(home, visit):
    home.choose("Method", "Bilinear")
    home.settle()
    home.press("Next frame")
    home.settle()
    home.zoom("estimate", 2)
    home.point("truth", 864.0, 864.0)
    home.point("truth", 1000.0, 900.0)
    home.page.mouse.move(5, 5)
    home.settle()
    other = visit(fresh=True).open(home.page.url)
    comes_to(other, home, *MAPS)
    assert other.ranges() == pytest.approx(home.ranges(), rel=1e-4)
    for name in MAPS:
        assert other.limits(name) == pytest.approx(home.limits(name)), name
    assert other.data("truth", -1)["x"] == pytest.approx(home.data("truth", -1)["x"], rel=1e-4)
    assert other.query() == home.query()
    assert other.message() == ""


@pytest.mark.parametrize(
    ("label", "option"),
    [("Method", "Nearest"), ("Degradation", "Gaussian low-pass"), ("Region", "Jet"), ("Field", "sst")],
)
def test_back_undoes_a_choice(home, label, option):
    before, query = home.signature(), home.query()
    home.choose(label, option)
    home.changed(before, "estimate", "error")
    home.page.go_back()
    home.until(lambda: home.query() == query, "the former address")
    home.until(lambda: home.signature() == before, "the former pictures")


def test_back_undoes_a_date_and_forward_brings_it_back(home):
    first = home.signature()
    home.press("Next frame")
    second = home.changed(first)
    home.page.go_back()
    assert home.changed(second) == first
    home.page.go_forward()
    assert home.changed(first) == second


def test_back_undoes_a_zoom(home):
    first = home.signature()
    home.zoom("input", 2)
    home.page.mouse.move(5, 5)
    home.settle()
    home.page.go_back()
    home.until(lambda: "view" not in home.query(), "an address without a zoom")
    home.until(lambda: home.settle() == first, "the first pictures")
