"""The page "Failure cases" in a browser: scored in sight, looked at by a click, remembered, restored by its link."""

from itertools import combinations

import pytest
from visiting import asked, comes_to, darken, resting

pytestmark = [pytest.mark.browser, pytest.mark.long]
FIGURES = ("heat", "why", "bands", "quantiles")
ASKED = {
    "page": "failures", "methods": "bicubic;nearest", "dates": "2005-01-01/2005-01-05", "regions": "jet;north",
    "seed": "3",
}  # fmt: skip  # of this seed no rows ship


SPOIL = """() => {
  const key = 'finescale.failures.bookmarks'
  localStorage.setItem(key, JSON.stringify([{title: 1}, ...JSON.parse(localStorage.getItem(key))]))
}"""


def loaded(here, address: str):
    here.page.goto(address)
    here.page.wait_for_function("window.Bokeh && Bokeh.documents.length > 0 && Bokeh.index.roots.length > 0")
    return here


def words(here) -> str:
    return here.text(here.page.get_by_role("main"))


def done(here) -> str:
    """Wait until all is known and looked at; what the page says of the case."""
    here.page.get_by_text("Complete: 12 rows.").first.wait_for()
    here.until(lambda: "Values." in words(here), "three sentences")
    here.page.wait_for_timeout(700)
    return said(here)


def said(here) -> str:
    return "\n".join(
        line for line in words(here).splitlines() if line.startswith(("Where.", "Scale.", "Values.", "RMSE"))
    )


def test_cases_are_scored_looked_at_remembered_and_restored(visit):
    here = visit(fresh=True)
    loaded(here, here.link(**ASKED))
    here.page.get_by_text("Nothing of this has been scored yet: Run scores 6 scenes.").wait_for()
    here.page.get_by_role("main").get_by_role("button", name="Run").click()
    worst = done(here)
    assert "the worst of 3 dates" in worst
    in_sight(here)

    left, top = here.page.evaluate("() => eyes.screen('heat', 0.5, 0.5)")  # the first date of the northern half
    here.page.mouse.click(left, top)
    here.until(lambda: "Northern half · 2005-01-01" in words(here) and done(here) != worst, "another case")
    here.page.get_by_role("textbox", name="Filter").fill("rmse > 0.05 and region = north")
    here.page.get_by_role("textbox", name="Filter").press("Enter")
    here.until(lambda: "6 of 12 rows" in words(here), "a filtered table")
    here.page.get_by_text("MAE (m)").first.click()
    here.until(lambda: "sort=mae" in here.query(), "an ordered table")

    here.page.get_by_role("textbox", name="Note").fill("<i>an eddy</i>")
    here.press("Bookmark")
    here.page.get_by_role("tab", name="Bookmarks").click()
    note = here.page.get_by_role("textbox", name="Note on Bicubic")
    note.wait_for()
    assert note.input_value() == "<i>an eddy</i>"
    here.page.get_by_role("tab", name="Table").click()
    here.page.mouse.move(5, 5)
    here.until(lambda: "6 of 12 rows" in words(here), "the table again")
    done(here)
    light = resting(here, *FIGURES)
    darken(here)
    here.page.get_by_role("tab", name="Code").click()
    here.until(lambda: asked(here).get("tab") == "code", "a link to the tab")

    case = done(here)
    dark, address = resting(here, *FIGURES), here.page.url
    assert all(dark[name] != light[name] for name in FIGURES)
    other = visit(fresh=True)
    loaded(other, address)
    assert done(other) == case
    other.page.get_by_text("from engine.evaluate import").wait_for()
    comes_to(other, here, *FIGURES)
    assert other.query() == here.query()
    other.page.get_by_role("tab", name="Table").click()
    other.until(lambda: "6 of 12 rows" in words(other), "the same rows")
    other.page.get_by_role("tab", name="Bookmarks").click()
    other.page.get_by_text("No bookmarks yet.").wait_for()  # they are the other browser's
    bring(other)

    here.page.evaluate(SPOIL)
    loaded(here, here.page.url)  # this browser has kept them, and its reader changes the note
    assert done(here) == case
    here.page.get_by_role("tab", name="Bookmarks").click()
    note.fill("two eddies")
    note.press("Enter")
    with here.page.expect_download() as download:
        here.press("Export")
    text = download.value.path().read_text()
    assert '"note": "two eddies"' in text
    leads_to_the_explorer(here)


def in_sight(here) -> None:
    """Nothing scrolls, nothing lies over anything else, on both screens."""
    for width, height in ((1920, 1080), (1440, 900)):
        here.page.set_viewport_size({"width": width, "height": height})
        here.page.wait_for_timeout(900)
        table = here.page.locator(".tabulator").first.evaluate("el => eyes.rect(el)")
        boxes = {name: here.box(name) for name in FIGURES} | {"table": table}
        for name, (left, top, right, bottom) in boxes.items():
            assert min(left, top) >= -0.5, name
            assert right <= width + 0.5, name
            assert bottom <= height + 0.5, name
            assert min(right - left, bottom - top) >= 100, name
        for (one, a), (other, b) in combinations(boxes.items(), 2):
            assert min(min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])) <= 1, f"{one} on {other}"
        for label in ("Run", "Cancel", "Bookmark"):
            box = here.page.get_by_role("button", name=label, exact=True).first.bounding_box()
            assert box["y"] + box["height"] <= height, label


def bring(here) -> None:
    """A file that holds something else is refused in one sentence."""
    bad = {"name": "x.json", "mimeType": "application/json", "buffer": b'{"kind": "<img src=x onerror=alert(1)>"}'}
    here.page.locator("input[type=file]").first.set_input_files(bad)
    here.until(lambda: "holds no bookmarks of this page" in here.message(), "a sentence")


def leads_to_the_explorer(here) -> None:
    """In a window of its own, on the same scene and method: what it shows there is tested without a browser."""
    with here.page.expect_popup() as opened:
        here.page.get_by_role("link", name="Open in the explorer").click()
    address = opened.value.url
    opened.value.close()
    assert all(part in address for part in ("region=north", "time=2005-01-01", "method=bicubic", "factor=27"))
