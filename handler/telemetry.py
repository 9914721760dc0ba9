"""Logs as one JSON object a line, each with the id of the job it belongs to, and the seconds of a job's stages."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

job_id: ContextVar[str | None] = ContextVar("job_id", default=None)
"""The job that this thread or task works for."""

MOST_CAUSES, LONGEST_CAUSE = 5, 300
"""Exceptions in the ``cause`` of a line, and characters of each."""

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """``{"time", "level", "logger", "message", "job_id", …}``; what is passed as ``extra`` stands beside them.

    What led to an error is ``traceback``; to a warning, which somebody knew how to deal with, ``cause``: one line. With
    LOG_LEVEL DEBUG it is always the traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": round(record.created, 3),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := job_id.get():
            line["job_id"] = current
        line |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info and record.exc_info[1]:
            known = record.levelno < logging.ERROR and not logging.getLogger().isEnabledFor(logging.DEBUG)
            line |= (
                {"cause": cause(record.exc_info[1])} if known else {"traceback": self.formatException(record.exc_info)}
            )
        return json.dumps(line, ensure_ascii=False, default=str)


def cause(error: BaseException) -> str:
    """An exception and what led to it, as one line: ``Type: message ← Type: message``."""
    told: list[str] = []
    following: BaseException | None = error
    while following is not None and len(told) < MOST_CAUSES:
        told.append(" ".join(f"{type(following).__name__}: {following}".split())[:LONGEST_CAUSE])
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return " ← ".join(told)


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send the log of the whole process to ``stream`` (standard error), replacing what was set before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


@contextmanager
def stage(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Add the wall-clock seconds of the block to ``seconds[name]``, also when it raises."""
    started = time.perf_counter()
    try:
        yield
    finally:
        seconds[name] = round(seconds.get(name, 0.0) + time.perf_counter() - started, 4)
