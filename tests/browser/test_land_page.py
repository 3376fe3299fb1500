"""Land surface temperature in a browser: statistics across scales, and a field with thousands of lost pixels."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.mark.needs_data("lst_ecostress")
def test_the_cost_of_the_hypothesis_is_told_where_it_can_be(home):
    home.go(source="lst_ecostress", region="-117.9,-117.7,33.95,34.08", method="mrunet", tab="scales")
    home.page.get_by_text("The hypothesis costs").first.wait_for()


def test_elsewhere_it_is_said_why_not_and_a_statistic_is_chosen(home):
    home.go(source="lst_run", method="mrunet", tab="scales")
    home.page.get_by_text("told where MRUNet was trained at both scales").first.wait_for()
    home.until(lambda: len(home.data("scales", 0)["x"]) >= 4, "the truth's curve")
    before = home.data("scales", 0)["y"]
    home.choose("Statistic", "slope of details on the guide's")
    home.until(lambda: home.data("scales", 0)["y"] != before, "another curve")
    home.until(lambda: "statistic=detail_slope" in home.query(), "a link to it")
    home.choose("Statistic", "structure function of order 2")
    home.until(lambda: len(home.data("scales_power", 0)["x"]) >= 4, "a curve on logarithmic axes")


@pytest.mark.needs_data("lst_ecostress")
def test_lost_lines_of_a_scanner_do_not_hold_up_the_page(home):
    home.go(source="lst_ecostress", method="mrunet")
    home.until(lambda: "412 × 632 cells" in home.words(), "Los Angeles")
    home.settle()
    assert len(home.data("truth", 1)["xs"]) < 200  # outlines; of every lost pixel there were six thousand
