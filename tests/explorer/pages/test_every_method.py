"""Every registered method on its page: picked on a scene that it takes, run small, and its numbers read."""

import queue
import re
import time

import pytest
from stage import unfold

import engine.scenes
from engine import contract
from engine.methods import METHODS, settings
from explorer.app import PAGES
from explorer.base.link import OPTION, text
from explorer.base.page import Built

PATIENCE = 300.0  # s that a network may take on a busy machine
PAGE_OF = {"resolution": "", "motion": "motion"}  # its name, by the methods' task
TOOK = re.compile(r"\bmethod ([0-9.]+) m?s\b")
SCENES = [key for key, data in engine.scenes.catalogue().items() if data.available]


class Visitor:
    """A whole page with everything on it made, and whoever reads it."""

    def __init__(self, name: str):
        self.calls: queue.Queue = queue.Queue()
        self.built: Built = PAGES[name].build(self.calls.put)
        self.session = self.built.session
        unfold(self.built.main)

    def choose(self, **link) -> str:
        """Follow a link and press Run; what the page complains of, empty where it does not."""
        told = self.session.select(link)
        self._settle()
        if not told and not self.session.run.message:
            self.session.start()
            self._settle()
        unfold(self.built.main)
        return " ".join(told) or self.session.run.message

    def _settle(self) -> None:
        end = time.monotonic() + PATIENCE
        while self.session.run.busy or not self.calls.empty():
            self.calls.get(timeout=end - time.monotonic())()

    def words(self) -> str:
        """Everything that is written beside the sidebar."""
        return "\n".join(str(pane.object) for pane in self.built.main.select(lambda pane: hasattr(pane, "object")))


@pytest.fixture
def visitors():
    """Pages that are closed after the test."""
    opened: dict[str, Visitor] = {}

    def on(name: str) -> Visitor:
        if name not in opened:
            opened[name] = Visitor(name)
        return opened[name]

    yield on
    for visitor in opened.values():
        visitor.session.close()


def links(method: str):
    """Scenes of the method's task as links: a small box of each, then all of each; its costs as low as can be."""
    kind, cheap = METHODS[method], contract.cheapest(method)
    costs = {OPTION + name: text(getattr(cheap, name)) for name in set(contract.COSTLY) & set(settings(cheap))}
    mine = [key for key in SCENES if engine.scenes.get(key).task == kind.task]
    mine.sort(key=lambda key: engine.scenes.get(key).kind != "simulated")  # their truth is all there
    for region in (contract.small_box, lambda key: ""):
        for key in mine:
            where = region(key)
            yield {"source": key, "method": method, **costs} | ({"region": where} if where else {})


@pytest.mark.filterwarnings("ignore:Both .variant.:PendingDeprecationWarning")
@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_method_runs_on_its_page(visitors, method):
    page, told = visitors(PAGE_OF[METHODS[method].task]), ""
    for link in links(method):
        told = page.choose(**link)
        if not told and page.session.outcome.scene.truth is not None:
            break
    else:
        if len(SCENES) < len(engine.scenes.catalogue()):
            pytest.skip(f"the data set it is for may be one that is not here: {told}")
        pytest.fail(told)
    result = page.session.outcome.result
    assert result.final
    assert float(TOOK.search(page.words())[1]) >= 0
    READ[METHODS[method].task](page, result)


def scores_are_shown(page: Visitor, result) -> None:
    rmse = float(result.table["rmse"])
    assert rmse >= 0
    shown = next(row for row in re.findall("<tr.*?</tr>", page.words()) if result.table["rmse"].long_name in row)
    assert float(re.search(r"<td>(?:<b>)?([0-9.e+-]+)", shown)[1]) == pytest.approx(rmse, rel=0.01)


def errors_are_shown(page: Visitor, result) -> None:
    error, by_lead = result.errors["estimate"]
    assert (by_lead >= 0).all()
    assert f"prediction {error:.2f}" in page.words()


READ = {"resolution": scores_are_shown, "motion": errors_are_shown}
