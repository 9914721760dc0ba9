"""Logs as one JSON object per line, each with the id of its job, and a stopwatch for a job's stages."""

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

MAX_CAUSES, MAX_CAUSE_CHARS = 5, 300
"""Of the ``cause`` of a line: exceptions, and characters of each."""

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """``{"time", "level", "logger", "message", "job_id", …}``; with what is passed as ``extra``.

    An exception is logged as ``traceback``; below ERROR an expected one (a refusal, the network, a disk) is logged as
    ``cause``, one line. With LOG_LEVEL DEBUG it is always the traceback.
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
            if brief and all(map(_is_expected, _chain(error))):
                line["cause"] = cause(error)
            else:
                line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def cause(error: BaseException) -> str:
    """An exception and what led to it, as one line: ``Type: message ← Type: message``."""
    causes = (f"{type(one).__name__}: {one}" for one in islice(_chain(error), MAX_CAUSES))
    return " ← ".join(" ".join(text.split())[:MAX_CAUSE_CHARS] for text in causes)


def _chain(error: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = error
    while following is not None:
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _is_expected(error: BaseException) -> bool:
    """Whether it is no bug: an error of ours, of the bucket, or of the system (which those of requests are)."""
    return isinstance(error, OSError) or type(error).__module__.startswith(("handler.", "botocore."))


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send the log of the whole process to ``stream`` (standard error), replacing what was set before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


@contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Add the wall-clock seconds of the block to ``seconds[name]``, also when it raises."""
    started = time.perf_counter()
    try:
        yield
    finally:
        seconds[name] = round(seconds.get(name, 0.0) + time.perf_counter() - started, 4)
