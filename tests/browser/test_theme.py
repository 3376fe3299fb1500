"""Light or dark: as the reader's system is, unless the link or the reader says otherwise."""

import pytest
from visiting import Visit, asked

pytestmark = [pytest.mark.browser, pytest.mark.long]
# Every look that the page has had since it was opened: of what stands there before it, then its own.
LOOKS = """
window.looks = []
setInterval(() => {
  const coming = document.getElementById("coming"), page = window.Bokeh?.index?.roots?.[0]?.shadow_el
  const own = page?.querySelector(".mui-dark, .mui-light")?.classList.contains("mui-dark")
  const before = coming && getComputedStyle(coming).backgroundColor
  const now = own ?? (before ? !/255, 255, 255/.test(before) : null)
  if (now !== null && looks.at(-1) !== now) looks.push(now)
}, 4)
"""


def test_a_dark_system_has_a_dark_page_from_the_start_until_somebody_says_otherwise(browser, server):
    with browser.new_context(color_scheme="dark") as context:
        here = Visit(context.new_page(), server.address())
        here.page.add_init_script(LOOKS)
        here.open(source="ocean_run", stage="6")
        assert here.page.evaluate("looks") == [True], "no moment of light"
        assert "theme" not in asked(here), "a link that says nothing of it"
        assert not here.page.evaluate("eyes.figure('spectrum').border_fill_color").startswith("#fff")
        here.page.emulate_media(color_scheme="light")
        here.until(lambda: here.page.evaluate("looks") == [True, False], "a page that follows its system")
        here.page.emulate_media(color_scheme="dark")
        here.until(lambda: here.page.evaluate("looks") == [True, False, True], "a page that follows its system")
        here.page.get_by_role("button", name="theme").click()
        here.until(lambda: asked(here).get("theme") == "light", "a link to the light page")
        here.open(here.page.url)
        assert here.page.evaluate("looks") == [False], "the link's"
        here.check()
