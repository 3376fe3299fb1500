"""The tour of a first visit, and what people who do not see or do not use a mouse need."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from explorer.views.tour import STEPS

pytestmark = pytest.mark.browser
# Of the widgets' library itself: names of its progress bars, of the buttons that step numbers, of its help signs.
THEIRS = {"aria-progressbar-name", "button-name", "aria-prohibited-attr"}


def test_a_first_visit_is_shown_around_once(visit):
    page = visit(newcomer=True).open().page
    card = page.get_by_role("dialog")
    for number, (title, _) in enumerate(STEPS.values(), 1):
        card.get_by_role("heading", name=f"{number} of {len(STEPS)}: {title}").wait_for()
        box = card.bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= 1440
        assert box["y"] + box["height"] <= 900
        page.keyboard.press("Enter")  # the button that leads on has the focus
    card.wait_for(state="detached")
    page.get_by_role("button", name="Guided tour").click()
    card.wait_for()
    page.keyboard.press("Escape")
    card.wait_for(state="detached")
    page.reload()
    page.get_by_text("network calls").first.wait_for()
    page.wait_for_timeout(1500)
    assert not card.is_visible()


@pytest.mark.parametrize("query", [{}, {"page": "motion"}], ids=["explorer", "motion"])
def test_nothing_serious_is_in_the_way_of_a_screen_reader(visit, query):
    here = visit()
    here.page.goto(here.link(**query))
    here.page.get_by_role("button", name="Run").wait_for()
    here.page.wait_for_timeout(3000)
    found = Axe().run(here.page).response["violations"]
    serious = {found["id"]: found["help"] for found in found if found["impact"] in ("serious", "critical")}
    assert not set(serious) - THEIRS, serious


def test_every_control_can_be_reached_by_keys(home):
    home.page.get_by_role("combobox", name="Source").focus()
    names = []
    for _ in range(40):
        home.page.keyboard.press("Tab")
        names.append(home.page.evaluate(FOCUSED))
    for wanted in ("Method", "Seed", "Compare", "Run", "Copy link"):
        assert any(wanted in name for name in names), (wanted, names)


FOCUSED = """() => {
  let el = document.activeElement
  while (el.shadowRoot && el.shadowRoot.activeElement) el = el.shadowRoot.activeElement
  const label = el.labels && el.labels.length ? el.labels[0].textContent : ''
  return [el.getAttribute('aria-label'), label, el.textContent, (el.getAttribute('aria-labelledby') || '').split(' ')
    .map(id => el.getRootNode().getElementById(id)?.textContent).join(' ')].join(' ')
}"""
