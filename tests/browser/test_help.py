"""The stories of a first visit, and what people who do not see or do not use a mouse need."""

import pytest

from explorer.base.stories import STORIES

pytestmark = [pytest.mark.browser, pytest.mark.long]
CASE = {"page": "failures", "methods": "bicubic", "dates": "2005-01-01", "regions": "jet", "seed": "2"}  # nobody else's


def test_a_first_visit_is_greeted_once_by_stories_that_lead_somewhere(visit):
    here = visit(newcomer=True)
    page = here.page
    page.goto(here.address)
    card = page.get_by_role("dialog", name="Stories")
    card.get_by_role("link", name=STORIES[-1].title).wait_for()
    assert card.get_by_role("link").count() == len(STORIES)
    card.locator("img[src^='data:image/png']").first.wait_for()
    box = card.bounding_box()
    assert box["y"] + box["height"] <= 900
    card.get_by_role("link", name=STORIES[0].title).click()
    card.wait_for(state="detached")
    here.until(lambda: "method=bicubic" in here.query() and here.idle(), "the story's address")
    page.get_by_text("Left of the line: the prediction").wait_for()
    page.get_by_role("button", name="Stories").click()
    card.wait_for()
    page.keyboard.press("Escape")
    card.wait_for(state="detached")
    page.goto(here.address)
    page.get_by_text("network calls").first.wait_for()
    page.wait_for_timeout(1500)
    assert not card.is_visible()


def come(here, query: dict[str, str]) -> None:
    """To any page, and wait until it has all it asked the server for."""
    here.page.goto(here.link(**query))
    here.page.get_by_role("button", name="Run").last.wait_for()
    here.page.wait_for_timeout(2000)
    here.until(here.idle, "an idle server")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, ("Method", "Seed", "Settings", "Quantity", "Run", "Copy link")),
        ({"page": "motion"}, ("First image", "Method", "Image", "Forecast", "Run", "Copy link")),
        (CASE | {"seed": "1"}, ("Methods", "Regions", "Score", "Heat map of", "Run", "Table", "Filter", "Note")),
    ],
    ids=["explorer", "motion", "failures"],
)
def test_every_control_can_be_reached_by_keys(visit, query, wanted):
    here = visit()
    come(here, query)
    here.page.get_by_role("combobox", name="Source").first.focus()
    names = []
    for _ in range(40):
        here.page.keyboard.press("Tab")
        names.append(here.page.evaluate(FOCUSED))
    for part in wanted:
        assert any(part in name for name in names), (part, names)


FOCUSED = """() => {
  let el = document.activeElement
  while (el.shadowRoot && el.shadowRoot.activeElement) el = el.shadowRoot.activeElement
  const label = el.labels && el.labels.length ? el.labels[0].textContent : ''
  return [el.getAttribute('aria-label'), label, el.textContent, (el.getAttribute('aria-labelledby') || '').split(' ')
    .map(id => el.getRootNode().getElementById(id)?.textContent).join(' ')].join(' ')
}"""
