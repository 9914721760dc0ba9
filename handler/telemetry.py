"""Logs as one JSON object a line, each with the id of the job it belongs to, and the seconds of a job's stages."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any, TextIO

job_id: ContextVar[str | None] = ContextVar("job_id", default=None)
"""The job that this thread or task works for."""

MOST_CAUSES, LONGEST_CAUSE = 5, 300
"""Exceptions in the ``cause`` of a line, and characters of each."""

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """``{"time", "level", "logger", "message", "job_id", …}``; what is passed as ``extra`` stands beside them.

    What led to it is ``traceback``; for a warning of what can happen (a refusal, the network, a disk) it is ``cause``,
    one line. With LOG_LEVEL DEBUG it is always the traceback.
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
        if record.exc_info and (error := record.exc_info[1]):
            brief = record.levelno < logging.ERROR and not logging.getLogger().isEnabledFor(logging.DEBUG)
            if brief and all(map(_can_happen, _chain(error))):
                line["cause"] = cause(error)
            else:
                line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def cause(error: BaseException) -> str:
    """An exception and what led to it, as one line: ``Type: message ← Type: message``."""
    told = (f"{type(one).__name__}: {one}" for one in islice(_chain(error), MOST_CAUSES))
    return " ← ".join(" ".join(text.split())[:LONGEST_CAUSE] for text in told)


def _chain(error: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = error
    while following is not None:
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _can_happen(error: BaseException) -> bool:
    """Whether it is no fault of the code: an error of ours, the bucket's, or the system's (requests' are of these)."""
    return isinstance(error, OSError) or type(error).__module__.startswith(("handler.", "botocore."))


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
