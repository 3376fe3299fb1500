"""The log: events with their fields, as text or as one line of JSON each."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def note(log: logging.Logger, event: str, **fields: Any) -> None:
    """Log an event with its fields.

    Args:
        log: Where it is told.
        event: What has happened, a few words.
        fields: Name -> value.
    """
    words = " ".join(f"{name}={value}" for name, value in fields.items())
    log.info("%s %s", event, words, extra={"event": event, "fields": fields})


class JsonLines(logging.Formatter):
    """An object a line: time (UTC), level, logger, process, session, event, the event's own fields, a trace if any."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "session": None,
            "event": getattr(record, "event", None) or record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str, as_json: bool) -> None:
    """Send every log to stderr in one form: ours, the server's, the libraries' and Python's warnings.

    Args:
        level: The least that is told of ours, a name of `logging`.
        as_json: Whether a record is a line of JSON, else of text.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else logging.Formatter(TEXT))
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger("finescale").setLevel(level.upper())
    logging.captureWarnings(True)
    if as_json:
        _adopt("param", "panel")


def _adopt(*names: str) -> None:
    """Let libraries that print their log by themselves hand it to ours, as far as it matters."""
    for name in names:
        library = logging.getLogger(name)
        library.handlers, library.propagate = [logging.NullHandler()], True  # without any, they make their own again
        library.setLevel(logging.WARNING)
