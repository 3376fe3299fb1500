"""Words can be read: on every page and for every data set none lies over another one, none is cut off at its figure."""

from collections.abc import Iterator

import pytest
from hosting import visits
from visiting import Visit
from words import WRITTEN, faults

pytestmark = [pytest.mark.browser, pytest.mark.long]
SCREENS = [(1440, 900), (1920, 1080), (1280, 720)]
SHIPPED = ["ocean_run", "sst_run", "ice_run", "lst_run"]
FILES = [
    "altimetry_med", "altimetry_global", "ice_obs", "lst_mrunet", "lst_tvdi", "lst_ecostress", "radar_bom",
    "radar_brest", "radar_fmi",
]  # fmt: skip
SOURCES = [*SHIPPED, *(pytest.param(name, marks=pytest.mark.needs_data(name)) for name in FILES)]
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


@pytest.mark.parametrize("source", SOURCES)
def test_words_of_a_data_set_lie_apart(here, source):
    found = []
    for stage, shown in STAGES.items():
        here.go(source=source, stage=stage, **shown)
        found += on_every_screen(here, f"stage {stage}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("query", [{"page": "explorer"}, {"page": "motion"}, {"page": "motion", "source": "radar_fmi"}])
def test_words_of_a_dark_page_lie_apart(here, query):
    here.page.goto(here.link(theme="dark", **query))
    here.page.wait_for_function("window.Bokeh?.documents[0]?.is_idle")
    here.settle()
    found = on_every_screen(here, str(query))
    assert not found, "\n".join(found)
