"""Land surface temperature in a browser: statistics across scales, and a field with thousands of lost pixels."""

import pytest

pytestmark = pytest.mark.browser


def test_the_cost_of_the_hypothesis_is_told_and_a_statistic_is_chosen(home):
    home.go(source="lst_run", method="mrunet", tab="scales")
    home.page.get_by_text("The hypothesis costs").first.wait_for()
    home.until(lambda: len(home.data("scales", 0)["x"]) >= 4, "the truth's curve")
    before = home.data("scales", 0)["y"]
    home.choose("Statistic", "slope of details on the guide's")
    home.until(lambda: home.data("scales", 0)["y"] != before, "another curve")
    home.until(lambda: "statistic=detail_slope" in home.query(), "a link to it")


@pytest.mark.needs_data("lst_ecostress")
def test_lost_lines_of_a_scanner_do_not_hold_up_the_page(home):
    home.go(source="lst_ecostress", method="mrunet")
    home.until(lambda: "412 × 632 cells" in home.words(), "Los Angeles")
    home.settle()
    assert len(home.data("truth", 1)["xs"]) < 200  # outlines; of every lost pixel there were six thousand
