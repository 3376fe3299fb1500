"""The colours of the maps in the browser: decades, and what cannot be chosen."""

import math

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.long]

CELL = """name => {
  const figure = eyes.figure(name), mapper = figure.renderers[0].glyph.color_mapper, {data} = eyes.source(name, 0)
  const column = key => (data[key] ?? data.get(key))[0], image = column("image"), [ny, nx] = image.shape
  let best = 0
  image.forEach((value, i) => { if (Math.abs(value - Math.sqrt(mapper.low * mapper.high)) <
    Math.abs(image[best] - Math.sqrt(mapper.low * mapper.high))) best = i })
  const x = column("x") + column("dw") * (best % nx + 0.5) / nx
  const y = column("y") + column("dh") * (Math.floor(best / nx) + 0.5) / ny
  return {kind: mapper.type, low: mapper.low, high: mapper.high, palette: mapper.palette, value: image[best], x, y}
}"""


def place(cell: dict) -> float:
    """Where a value stands among the colours of a logarithmic scale, from 0 to 1."""
    return math.log(cell["value"] / cell["low"]) / math.log(cell["high"] / cell["low"])


def test_equal_ratios_are_equal_steps_of_colour_and_linear_ones_come_back(home):
    """The cell nearest to the geometric mean of both limits has the middle colour."""
    home.go(stage="1", shown="truth", quantity="gradient", scale="log")
    cell = home.page.evaluate(CELL, "first")
    assert cell["kind"] == "LogColorMapper"
    assert place(cell) == pytest.approx(0.5, abs=0.02)
    wanted = cell["palette"][min(int(256 * place(cell)), 255)]
    drawn = home.colour("first", cell["x"], cell["y"])
    assert drawn == pytest.approx(tuple(int(wanted[n : n + 2], 16) for n in (1, 3, 5)), abs=6)
    home.press("Colours")
    home.choose("Scale", "linear")
    home.until(lambda: home.page.evaluate(CELL, "first")["kind"] == "LinearColorMapper", "the usual colours")
    assert home.limits("first") != [cell["low"], cell["high"]]


def test_what_cannot_work_is_grey_and_says_why(home):
    home.page.get_by_role("combobox", name="Method").first.click()
    sharpener = home.page.get_by_role("option", name="TsHARP · is made for land surface temperature")
    assert sharpener.get_attribute("aria-disabled") == "true"
    assert home.page.get_by_role("option", name="Bicubic · at once").get_attribute("aria-disabled") is None
    home.page.keyboard.press("Escape")
    home.choose("Method", "Nearest")  # whatever it costs
    home.until(lambda: "Nearest" in home.text(home.page.get_by_role("main")), "the picture")
