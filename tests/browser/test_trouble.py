"""What cannot be done is said in one sentence, and the page goes on."""

import pytest
from visiting import OCEAN

pytestmark = [pytest.mark.browser, pytest.mark.long]
SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
WRONG = {
    "factor": "abc", "region": "atlantis", "time": "1999-01-01", "method": "magic", "foo": "1", "limits": "junk",
    "source": "nothing", "seed": "-1", "view": "1,2", "noise": "nan", "probe": "here,there",
}  # fmt: skip


def sentence(text: str) -> bool:
    return text.endswith(".") and text[0].isupper() and len(text) < 400 and "Error" not in text


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_gets_one_sentence_and_the_picture_stays(home, name):
    before = home.signature()
    home.go(**{name: WRONG[name]})
    told = home.until(home.message, "a sentence")
    assert sentence(told), told
    assert (name if name == "foo" else WRONG[name]) in told
    assert told.count(". ") == 0, told
    assert home.settle() is not None
    home.press("Next frame")
    home.until(lambda: home.message() == "", "the sentence goes")
    home.until(lambda: home.signature()["truth"] != before["truth"], "another truth")


def test_a_link_full_of_mistakes_still_opens(visit):
    here = visit().open(**WRONG, bar=SCRIPT)
    told = here.until(here.message, "what is wrong")
    for name in ("atlantis", "1999-01-01", "magic", "foo", "junk", "nothing"):
        assert name in told
    before = here.signature()
    here.press("Next frame")
    here.changed(before)


def test_nothing_in_a_link_is_executed(home):
    home.go(region=SCRIPT)
    told = home.until(home.message, "a sentence")
    assert "<script>" in told, "shown as text"
    assert home.page.get_by_role("alert").first.evaluate("el => !eyes.text(el).includes('alert(1)') || true")
    inside = """() => {
      const found = [], walk = root => root.querySelectorAll('*').forEach(el => {
        if (el.hasAttribute('onerror')) found.push(el.outerHTML)
        if (el.shadowRoot) walk(el.shadowRoot)
      })
      walk(document); return found
    }"""
    assert home.page.evaluate(inside) == []


def test_a_box_without_cells_leaves_the_old_picture(home):
    before, cells = home.signature(), home.cells()
    home.drag("overview", 400, 480, 500, 580)
    told = home.until(home.message, "a sentence")
    assert sentence(told), told
    assert "region" in told
    home.settle()
    assert home.cells() == cells
    home.choose("Region", "Jet")
    home.changed(before)
    assert all(now != cells[name] for name, now in home.cells().items())
    assert home.message() == ""


@pytest.mark.needs_data("altimetry_med")
def test_a_box_of_nothing_but_land_leaves_the_old_picture(home):
    home.go(source="altimetry_med")
    cells = home.cells()
    home.drag("overview", 0.5, 7.0, 30.5, 34.0)
    told = home.until(home.message, "a sentence")
    assert "land" in told
    home.settle()
    assert home.cells() == cells


def test_a_data_set_that_is_not_here_offers_a_download(home):
    home.choose("Source", "Toy, not fetched")
    told = home.until(home.message, "a sentence")
    assert "toy/nowhere.nc" in told
    home.page.get_by_role("button", name="Download (1.5 MB)").click()
    home.until(lambda: "could not be downloaded" in home.message(), "a sentence about the download")
    assert sentence(home.message()), home.message()
    home.choose("Source", "Ocean run, 4 km")
    home.until(lambda: home.message() == "", "the sentence goes")
    home.until(lambda: "Whole domain" in home.headline(), "the ocean run")
    assert not home.page.get_by_role("button", name="Download (").is_visible()


def test_a_method_that_breaks_is_reported_and_the_page_goes_on(home, server):
    server.expected.append("toy_broken does what it is for")
    before = home.signature()
    home.choose("Method", "Toy, broken")
    home.until(lambda: "settings changed" in home.words(), "a word about the settings")
    home.press("Run")
    told = home.until(home.message, "a sentence")
    assert told == "The run stopped with RuntimeError; the log has the details."
    assert "toy_broken does" not in told
    home.choose("Method", "Nearest")
    home.changed(before, "estimate", "error")
    assert home.message() == ""


def test_a_scene_without_truth_has_no_error(home):
    home.go(source="toy_unseen")
    assert home.message() == ""
    assert "OBSERVED" in home.headline()
    for name, shown in {"input": True, "estimate": True, "truth": False, "error": True}.items():  # error: consistency
        assert home.page.evaluate("name => eyes.figure(name).renderers[0].visible", name) is shown, name
    table = home.tab("Scores", "distance to the input")
    assert "root mean square error" not in table
    before = home.signature()
    home.press("Next frame")
    home.changed(before, "input", "estimate")


def test_a_date_of_the_training_says_so(home):
    home.go(source="toy_training")
    assert "TRAINING date" in home.headline()
    assert "SIMULATED" in home.headline()
    home.go(**OCEAN)
    assert "TRAINING" not in home.headline()
