"""The page "Failure cases" without a server, whose own thread is the test."""

import queue
import time

import stage

from explorer.pages.failures.session import FailureSession

SEA = {"source": "toy_sea", "methods": "bicubic;nearest"}


class Page:
    """A session and the queue of calls that its workers hand back."""

    def __init__(self):
        self.calls: queue.Queue = queue.Queue()
        self.session = FailureSession(dispatch=self.calls.put)

    def until(self, done) -> FailureSession:
        end = time.monotonic() + stage.PATIENCE
        while not done():
            self.calls.get(timeout=max(end - time.monotonic(), 1e-3))()
        return self.session

    def settle(self) -> FailureSession:
        return self.until(lambda: not self.session.run.busy and not self.session.case.looking)


def run(page: Page) -> FailureSession:
    page.session.start()
    return page.settle()
