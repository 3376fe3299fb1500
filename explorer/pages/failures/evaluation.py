"""The work behind the page "Failure cases": what is known, what has to be scored, and why a case failed."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

import torch

from engine import scores
from engine.device import find, working
from engine.errors import InputError
from engine.evaluate import Evaluation
from engine.evaluation.scoring import Row
from engine.methods import Method
from engine.scene import Scene
from engine.scenes.own import is_own
from engine.scores import Failure
from explorer.jobs import uploads
from explorer.jobs.limits import LIMITS
from explorer.jobs.resolution_run import Result, SceneRequest, run
from explorer.jobs.worker import Ticket, Worker

NICENESS = 5


class Background(Worker):
    """A worker of its own for scenes by the hundred. Its thread computes on one core and gives way to the pages' worker
    and to the server: what it scores can wait. Evaluations take turns scene by scene, however long they are."""

    def submit(self, ticket: Ticket) -> None:
        """As in Worker; raises InputError where as many evaluations take turns already as may."""
        places = LIMITS.at_once + LIMITS.queue
        with self._ready:
            if sum(not served.over for served in self._served()) >= places:
                raise InputError(f"All {places} places for evaluations are taken: try again in a minute.")
        super().submit(ticket)

    def _late(self, ticket: Ticket, now: float) -> bool:
        return ticket is self._inside and now - self._since > LIMITS.seconds

    def _run(self) -> None:
        if sys.platform == "linux":  # where a thread has a niceness of its own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # of this thread, and of those that torch has not met yet: they get theirs back
        other = threading.Thread(target=torch.set_num_threads, args=(threads,))
        other.start()
        other.join()
        super()._run()


EVALUATOR = Background()


@dataclass(frozen=True)
class Known:
    """The rows that are there, of how many, in how many scenes the others will come; and those of the others that came
    with the project."""

    rows: list[Row]
    total: int
    scenes: int
    shipped: Sequence[Row] = ()


@dataclass(frozen=True)
class Case:
    """One estimate looked at closely; `place`: method as text, region, date."""

    place: tuple[str, str, str]
    result: Result
    failure: Failure | None


def scheduler(dataset_key: str) -> str:
    """Where scenes are scored: in this process, or on the dask cluster that `finescale serve --scheduler` names. A
    cluster knows nothing of what visitors may open: their own files are scored here."""
    return "" if is_own(dataset_key) else os.environ.get("FINESCALE_SCHEDULER", "")


def collect(asked: dict) -> Iterator[Known]:
    """Yield what the disk knows of an evaluation."""
    yield _known(_evaluation(asked))


def score(asked: dict) -> Iterator[Known]:
    """Yield the same again, and once more after every scene that is scored."""
    evaluation = _evaluation(asked)
    yield _known(evaluation)
    for _ in evaluation.run(scheduler(asked["dataset_key"]) or "synchronous"):
        yield _known(evaluation)
    yield _known(evaluation)  # the last scenes may have been scored for somebody else


def placed(device: str, work: Callable[[dict], Iterator[Known]], asked: dict) -> Iterator[Known]:
    """Do one of these two on a device, as far as it is done in this process."""
    yield from working(find(device), partial(work, asked))


def _evaluation(asked: dict) -> Evaluation:
    """Of a person's own file only if it may be opened here: the engine by itself would open any."""
    key = asked["dataset_key"]
    data = uploads.data_set(key) if is_own(key) else key
    return Evaluation(**{**asked, "dataset_key": data}, cache=True, largest=LIMITS.cells)


def _known(evaluation: Evaluation) -> Known:
    return Known(evaluation.known(), evaluation.total, evaluation.scenes, evaluation.shipped())


def explain(
    place: tuple[str, str, str], request: SceneRequest, method: Method, seed: int, usual: Mapping[str, float]
) -> Iterator[Result | Case | Future | None]:
    """Run a method on one scene, step by step, and yield why it failed there; usual: its skill by band elsewhere."""
    result = None
    for item in run(request, method, seed):
        if isinstance(item, Result):
            result = item
        if not isinstance(item, Scene):
            yield item
    assert result is not None, f"{method.key} yielded nothing"
    yield Case(place, result, scores.diagnose(result.estimate, result.scene, usual))
