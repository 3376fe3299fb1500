"""The dates of a data set in a browser: the tab "Time", and the curve under the date slider."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.long]


def test_the_probe_is_followed_through_the_dates_and_a_click_chooses_one(home):
    home.go(tab="time")
    home.page.get_by_text("Click a map: the values there").wait_for()
    home.point("truth", 800, 900)
    home.page.get_by_text("At (").first.wait_for()
    home.until(lambda: len(home.data("series", 0)["x"]) == 31, "a series of 31 dates")
    home.settle()
    third = home.data("series", 0)["x"][2]
    home.page.mouse.click(*home.page.evaluate("([n, x, y]) => eyes.screen(n, x, y)", ["series", third, 0.0]))
    home.until(lambda: "time=2005-01-05" in home.query(), "the third date")
    home.until(lambda: home.page.get_by_text("RMSE by date, mean of 31").count(), "the curve under the dates")
    home.settle()
    home.page.mouse.click(*home.page.evaluate("([n, x, y]) => eyes.screen(n, x, y)", ["date_scores", 10, 0.0656]))
    home.until(lambda: "time=2005-01-21" in home.query(), "the eleventh date")
    home.choose("Over time", "Change between two dates")
    home.page.get_by_text("correlates with that by").wait_for()
    home.until(lambda: "over=change" in home.query(), "a link to it")
    home.choose("Over time", "Hovmöller diagram")
    home.settle()
    home.until(lambda: len(home.data("hovmoeller_truth", 0)["y"]) == 31, "a row for every date")
