"""Logs and metrics: events with fields, written once, at the edge. The only importer of `prometheus_client`."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

_LOGGER: Final = logging.getLogger("yett")


def event(name: str, /, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log one event. `name` is `part.what`; fields are short values, never secrets, never message contents."""
    if _LOGGER.isEnabledFor(level):
        _LOGGER.log(level, name, extra={"fields": fields})


def warning(name: str, /, **fields: Any) -> None:
    """Log an event that somebody should look at."""
    event(name, level=logging.WARNING, **fields)


class Line(logging.Formatter):
    """One ASCII JSON object per line: no user-controlled byte can start a second one."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record; foreign loggers' messages go under `message`."""
        fields = getattr(record, "fields", None)
        line: dict[str, Any] = {"at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"), "level": record.levelname.lower()}
        if fields is None:
            line |= {"event": "log", "logger": record.name, "message": record.getMessage()[:2_000]}
        else:
            line |= {"event": record.getMessage(), **fields}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, default=str)
