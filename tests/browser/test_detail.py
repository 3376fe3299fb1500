"""Detail in three colours and in bars, as the browser draws them."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from engine import methods, scenes
from explorer.drawing.pictures import picture
from explorer.drawing.threefold import colours, told
from explorer.jobs.resolution_run import Result

pytestmark = [pytest.mark.browser, pytest.mark.long]
PLACES = [(400.0, 900.0), (864.0, 500.0), (1300.0, 1100.0)]  # km


def around(field, x: float, y: float) -> set[float]:
    """The cells from which one pixel may have been taken."""
    at = {"x": int(np.abs(field.x.values - x).argmin()), "y": int(np.abs(field.y.values - y).argmin())}
    return {*field.isel({name: slice(n - 2, n + 3) for name, n in at.items()}).values.ravel()}


def test_the_map_has_its_colours_and_words_and_the_bars_their_names(home):
    scene = scenes.open("ocean_run", time="2005-01-21", factor=27)
    estimate = methods.create("spectral_liif").predict(scene.problem, seed=0)
    wanted = picture("detail:fine", scene, Result((), scene, "spectral_liif", "", estimate, 1, 1)).field
    home.go(time="2005-01-21", method="spectral_liif", region="all", lower_a="detail:fine", stage="6")
    home.until(lambda: "Detail of 16–59 km" in home.text(home.page.get_by_role("main")), "the map of detail")
    home.settle()
    for x, y in PLACES:
        known = np.array([to_rgb(colours()[int(code)]) for code in around(wanted, x, y)]) * 255
        drawn = np.array(home.colour("lower_a", x, y))  # which may lie between those of two cells
        assert (known.min(axis=0) - 3 <= drawn).all(), (x, y)
        assert (drawn <= known.max(axis=0) + 3).all(), (x, y)
    home.page.mouse.move(*home.page.evaluate("([x, y]) => eyes.screen('lower_a', x, y)", PLACES[-1]))
    words = [told(code) for code in around(wanted, *PLACES[-1])]
    home.until(lambda: any(text in home.text(home.page.locator("body")) for text in words), "what is told of a cell")
    home.page.mouse.move(5, 5)
    home.tab("Detail", "that the method adds")
    bar = home.page.get_by_role("img", name="fine: recovered")
    assert bar.count() == 1
    assert bar.first.bounding_box()["width"] > 100
