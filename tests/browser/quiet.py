"""`/quiet`, a route of the tests' server: how much it is still doing for any page, so that nobody looks too early."""

from tornado.web import RequestHandler

from explorer.jobs import WORKER
from explorer.working import Working


class Quiet(RequestHandler):
    """Answers GET with the number of pages that wait for an answer and of jobs that are not over."""

    def get(self) -> None:
        jobs = [*WORKER._served(), *WORKER._line]
        self.write({"busy": sum(page.busy for page in Working.open_pages) + sum(not job.over for job in jobs)})


ROUTES = [(r"/quiet", Quiet)]  # what Panel asks of a plug-in of its server
