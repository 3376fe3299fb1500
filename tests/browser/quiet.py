"""`/quiet`, a route of the tests' server: how much it is still doing for any page, so that nobody looks too early."""

from tornado.web import RequestHandler

from explorer.base.session import Session
from explorer.base.widgets.browser import Browser
from explorer.jobs.worker import WORKER

hear, followed = Browser._handle_msg, []


def note(browser: Browser, message: list[str]) -> None:
    """Hear what a browser says, and note an address of Back or Forward once it has been followed."""
    hear(browser, message)
    if message[0] == "back":
        followed.append(message[1])


Browser._handle_msg = note


class Quiet(RequestHandler):
    """Answers GET with the number of pages that wait for an answer and of jobs that are not over, and of addresses
    that were followed."""

    def get(self) -> None:
        jobs = [*WORKER._served(), *WORKER._line]
        busy = sum(page.run.busy for page in Session.open_pages) + sum(not job.over for job in jobs)
        self.write({"busy": busy, "followed": len(followed)})


ROUTES = [(r"/quiet", Quiet)]  # what Panel asks of a plug-in of its server
