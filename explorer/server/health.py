"""`/health`: whether this process serves and how busy it is, as JSON; it asks for no password."""

import os
from typing import Any

import psutil
from tornado.web import RequestHandler

from engine import __version__
from explorer.base.session import Session
from explorer.jobs.cache import CACHE
from explorer.jobs.limits import LIMITS
from explorer.jobs.worker import WORKER


def health() -> dict[str, Any]:
    """status: `busy` where new pages or slow runs are refused now, else `ok`; memory and cache in MB."""
    work, sessions = WORKER.state(), len(Session.open_pages)
    full = sessions >= LIMITS.sessions or work["queue"] >= LIMITS.queue
    memory = psutil.Process().memory_info().rss
    return {
        "status": "busy" if full else "ok",
        "version": __version__,
        "process": os.getpid(),
        "sessions": sessions,
        **work,
        "memory_mb": round(memory / 1e6),
        "cache_mb": round(CACHE.size / 1e6),
    }


class Health(RequestHandler):
    """Answers GET, without a session."""

    def get(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.write(health())


ROUTES = [(r"/health", Health)]  # what Panel asks of a plug-in of its server
