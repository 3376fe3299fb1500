"""Words can be read: on every page and for every data set none lies over another one, none is cut off at its figure."""

from collections.abc import Iterator

import pytest
from hosting import visits
from visiting import Visit, asked
from words import WRITTEN, faults

import engine.scenes

pytestmark = [pytest.mark.browser, pytest.mark.long]
SCREENS = [(1440, 900), (1920, 1080), (1280, 720)]


def sources(task: str) -> list:
    """Every data set of this task; those that need files want them."""
    sets = {key: engine.scenes.get(key) for key in engine.scenes.SCENES}
    return [
        pytest.param(key, marks=pytest.mark.needs_data(key)) if scene.files else key
        for key, scene in sets.items() if scene.task == task
    ]  # fmt: skip


STAGES = {"6": {}, "swipe": {"shown": "estimate,truth"}}


@pytest.fixture(scope="module")
def here(browser, profile, server) -> Iterator[Visit]:
    with visits(browser, profile, server) as visit:
        come = visit()
        come.page.add_init_script(WRITTEN)
        yield come.open(source="ocean_run")


def on_every_screen(here: Visit, what: str) -> list[str]:
    found = []
    for width, height in SCREENS:
        here.page.set_viewport_size({"width": width, "height": height})
        here.settle()
        found += [f"{what}, {width} x {height}: {fault}" for fault in faults(here, over=True)]
    return found


def come_to(here: Visit, **query: str) -> None:
    """Another page, loaded anew."""
    here.page.goto(here.link(**query))
    here.page.wait_for_function("window.Bokeh?.documents[0]?.is_idle")
    here.settle()


@pytest.mark.parametrize("source", sources("resolution"))
def test_words_of_a_data_set_lie_apart(here, source):
    found = []
    for stage, shown in STAGES.items():
        here.go(source=source, stage=stage, **shown)
        assert asked(here)["source"] == source
        assert not here.message()
        found += on_every_screen(here, f"stage {stage}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("source", sources("motion"))
def test_words_of_images_in_motion_lie_apart(here, source):
    come_to(here, page="motion", source=source, **{"m.iterations": "2"})
    here.page.get_by_text("Forecasts:").first.wait_for()
    assert asked(here)["source"] == source
    assert not here.message()
    found = on_every_screen(here, source)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("query", [{"page": "explorer"}, {"page": "motion"}, {"page": "motion", "source": "radar_fmi"}])
@pytest.mark.parametrize("look", [{"theme": "dark"}, {"present": "yes"}], ids=str)
def test_words_of_a_dark_page_and_of_a_presentation_lie_apart(here, query, look):
    come_to(here, **query, **look)
    found = on_every_screen(here, str(query))
    assert not found, "\n".join(found)
