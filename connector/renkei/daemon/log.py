"""The daemon's log on standard error: one JSON object a line, each with the stable code of what happened.

Members: ``at`` (UTC), ``level``, ``code``, ``logger``, ``message``, then whatever the line was given (``partner``,
``process``, ``cause`` …), and ``trace`` where something broke. Nothing that is named like a secret is written.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Final

import msgspec

from renkei.kernel import instants

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRET: Final = ("token", "secret", "authorization", "password", "cookie")
_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class JsonLines(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        given = {
            name: _harmless(value)
            for name, value in vars(record).items()
            if name not in _STANDARD and not any(word in name.lower() for word in _SECRET)
        }
        line = {
            "at": instants.render(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "code": given.pop("code", ""),
            "logger": record.name,
            "message": record.getMessage(),
            **given,
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode("utf-8", "replace")


def start_log(level: str, form: str) -> logging.Handler:
    """Send everything that is logged to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines() if form == "json" else logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(_LEVELS[level])
    logging.captureWarnings(capture=True)
    return handler


def _harmless(value: object) -> object:
    """A value that JSON can hold, whatever was passed."""
    if value is None or isinstance(value, bool | int | str):
        return value if not isinstance(value, str) else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [_harmless(item) for item in value]
    return str(value).encode("utf-8", "replace").decode("utf-8")
