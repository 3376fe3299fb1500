"""The colours of the maps in the browser: decades, and what cannot be chosen."""

import math

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.long]

CELL = """name => {
  const figure = eyes.figure(name), mapper = figure.renderers[0].glyph.color_mapper, {data} = eyes.source(name, 0)
  const column = key => (data[key] ?? data.get(key))[0], image = column("image"), [ny, nx] = image.shape
  const middle = Math.sqrt(mapper.low * mapper.high), off = value => Math.abs(Math.log(value / middle))
  const around = [-nx - 1, -nx, -nx + 1, -1, 0, 1, nx - 1, nx, nx + 1]  // a pixel may lie half on the next cell
  let best, least = Infinity
  for (let row = 1; row < ny - 1; row++) for (let i = row * nx + 1; i < (row + 1) * nx - 1; i++) {
    const worst = Math.max(...around.map(step => off(image[i + step])))
    if (worst < least) [best, least] = [i, worst]
  }
  const x = column("x") + column("dw") * (best % nx + 0.5) / nx
  const y = column("y") + column("dh") * (Math.floor(best / nx) + 0.5) / ny
  return {kind: mapper.type, low: mapper.low, high: mapper.high, palette: mapper.palette, value: image[best], x, y}
}"""


def place(cell: dict) -> float:
    """Where a value stands among the colours of a logarithmic scale, from 0 to 1."""
    return math.log(cell["value"] / cell["low"]) / math.log(cell["high"] / cell["low"])


def colour(cell: dict) -> tuple[int, ...]:
    """Red, green, blue that it has on a logarithmic scale."""
    wanted = cell["palette"][min(int(256 * place(cell)), 255)]
    return tuple(int(wanted[n : n + 2], 16) for n in (1, 3, 5))


def test_equal_ratios_are_equal_steps_of_colour_and_linear_ones_come_back(home):
    """Where it is nearest to the geometric mean of both limits, the field has the middle colour."""
    home.go(stage="1", shown="truth", quantity="gradient", scale="log")
    cell = home.page.evaluate(CELL, "first")
    assert cell["kind"] == "LogColorMapper"
    assert place(cell) == pytest.approx(0.5, abs=0.02)
    assert home.colour("first", cell["x"], cell["y"]) == pytest.approx(colour(cell), abs=6)
    home.press("Colours")
    try:
        home.choose("Scale", "linear")
        home.until(lambda: home.page.evaluate(CELL, "first")["kind"] == "LinearColorMapper", "the usual colours")
    finally:
        home.press("Colours")
    assert home.limits("first") != [cell["low"], cell["high"]]


def test_what_cannot_work_is_grey_and_says_why(home):
    home.page.get_by_role("combobox", name="Method").first.click()
    sharpener = home.page.get_by_role("option", name="TsHARP · is made for land surface temperature")
    assert sharpener.get_attribute("aria-disabled") == "true"
    assert home.page.get_by_role("option", name="Bicubic · at once").get_attribute("aria-disabled") is None
    home.page.keyboard.press("Escape")
    home.choose("Method", "Nearest")  # whatever it costs
    home.until(lambda: "Nearest" in home.text(home.page.get_by_role("main")), "the picture")


@pytest.mark.parametrize(("stage", "name"), [("6", "truth"), ("3", "third")])
def test_maps_that_come_with_decades_are_drawn(visit, stage, name):
    """They are made and get another scale at once."""
    here = visit().open()
    here.follow(f"source=ocean_run&stage={stage}&quantity=gradient&scale=log")
    assert here.page.evaluate(CELL, name)["kind"] == "LogColorMapper"
