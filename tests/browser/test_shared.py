"""A shared link gives somebody else the identical picture: every canvas on the screen, pixel for pixel."""

from urllib.parse import urlencode

import pytest
from visiting import MAPS, Visit, asked, comes_to, darken, digests, resting

pytestmark = [pytest.mark.browser, pytest.mark.long]
MOTION = ("image", "flow", "error", "happened", "costs", "judgement")


def wheel(here: Visit, name: str, zoomed: str) -> None:
    """Turn the mouse wheel over a figure until the link has it."""
    left, top, right, bottom = here.frame(name)
    here.page.mouse.move((left + right) / 2 + 7, (top + bottom) / 2 + 5)
    here.page.mouse.wheel(0, -240)
    here.until(lambda: zoomed in asked(here), f"a link with {zoomed}")


def test_an_ensemble_with_zooms_limits_member_probe_and_theme(visit):
    names = (*MAPS, "spectrum", "transect")
    here = visit()
    here.page.goto(here.link(source="ice_run", method="ice_generator", **{"m.members": "2"}))
    here.page.get_by_text("256 × 256 cells").first.wait_for()
    assert "run" not in asked(here)
    here.press("Run")
    here.until(lambda: "run" in asked(here), "a link to the end of the run", patience=60)
    here.until(lambda: "field:" in asked(here).get("limits", ""), "limits")
    whole, limits = digests(here, *MAPS), asked(here)["limits"]
    tight = limits.replace(limits.partition("field:")[2].partition(";")[0], "0.123456789,1.7")
    here.follow(urlencode(asked(here) | {"member": "2", "limits": tight}))
    wheel(here, "estimate", "view")
    here.point("truth", 500.0, 500.0)
    here.point("truth", 560.0, 480.0)
    wheel(here, "spectrum", "zooms")
    here.page.evaluate("eyes.figure('spectrum').renderers[3].visible = false")  # which is what the legend does
    here.page.get_by_role("tab", name="Transect").click()
    darken(here)
    mine, link = resting(here, *names), here.page.url
    assert all(mine[name] != whole[name] for name in whole)
    assert {"view", "probe_end", "zooms", "hidden", "tab", "theme", "member", "run"} <= set(asked(here))
    other = visit(fresh=True).open(link)
    comes_to(other, here, *names)
    other.until(lambda: asked(other) == asked(here), "the same link")
    assert other.message() == ""


def test_an_iterate_of_a_descent_on_the_page_of_motion(visit):
    here = visit()
    here.page.goto(here.link(page="motion", image="2", **{"m.iterations": "5"}))
    here.until(lambda: "run" in asked(here), "a link to the end of the run", patience=60)
    last = digests(here, *MOTION)
    here.page.get_by_role("slider", name="Iterate shown").focus()
    here.page.keyboard.press("Home")
    here.until(lambda: asked(here).get("iterate") == "1", "a link to the first iterate")
    wheel(here, "flow", "view")
    wheel(here, "costs", "zooms")
    darken(here)
    mine, link = resting(here, *MOTION), here.page.url
    assert all(mine[name] != last[name] for name in MOTION)
    other = visit(fresh=True)
    other.page.goto(link)
    other.until(lambda: other.page.get_by_text("Forecasts:").is_visible(), "the end of the run", patience=60)
    comes_to(other, here, *MOTION)
    other.until(lambda: asked(other) == asked(here), "the same link")
