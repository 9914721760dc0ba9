"""Logs of one JSON object a line, each with the ids of its job and its HTTP request, and a stopwatch."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from itertools import islice
from typing import Any, TextIO

job_id: ContextVar[str | None] = ContextVar("job_id", default=None)  # the job of this thread or task
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)  # the HTTP request that sent it

_printing = threading.RLock()

MAX_CAUSES, MAX_CAUSE_CHARS = 5, 300

LOGS_URLS = ("httpx",)  # libraries whose lines at INFO have whole URLs, signatures included

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """``{"time", "level", "logger", "message", "job_id", "request_id", …}`` and the fields of ``extra``.

    An exception is logged as ``traceback``. Below ERROR an expected one (a refusal, the network, a disk) is logged as
    ``cause``, one line, unless LOG_LEVEL is DEBUG.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": round(record.created, 3),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        ids = {"job_id": job_id.get(), "request_id": request_id.get()}
        line |= {name: current for name, current in ids.items() if current}
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        if record.exc_info and (error := record.exc_info[1]):
            brief = record.levelno < logging.ERROR and not logging.getLogger().isEnabledFor(logging.DEBUG)
            if brief and all(map(_is_expected, _chain(error))):
                line["cause"] = cause(error)
            else:
                line["traceback"] = self.formatException(record.exc_info)
        return json_text(line, default=str)


# Controls, line separators, what turns directions around, and halves of characters, which UTF-8 cannot hold.
_UNSAFE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def json_text(value: Any, *, indent: int | None = None, default: Callable[[Any], Any] | None = None) -> str:
    """The value as JSON that no reader of lines and no terminal takes for something else.

    Letters stay as they are; what is unsafe among them becomes ``\\uXXXX``.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=default)
    return _UNSAFE.sub(lambda char: f"\\u{ord(char[0]):04x}", text)


def cause(error: BaseException) -> str:
    """An exception and its causes in one line: ``Type: message ← Type: message``."""
    messages = (f"{type(one).__name__}: {one}" for one in islice(_chain(error), MAX_CAUSES))
    return " ← ".join(" ".join(message.split())[:MAX_CAUSE_CHARS] for message in messages)


def _chain(error: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = error
    while following is not None:
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _is_expected(error: BaseException) -> bool:
    """Whether it is an error of ours, the bucket's or the system's (including those of requests), not a bug."""
    return isinstance(error, OSError) or type(error).__module__.startswith(("handler.", "botocore."))


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Log the whole process to ``stream``, by default standard error, and nowhere else."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in LOGS_URLS:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def prints_to_stderr() -> Iterator[None]:
    """Send what libraries print in the block to stderr: stdout belongs to the reply of a command.

    One thread at a time: blocks of two threads that overlap would leave stdout redirected.
    """
    with _printing, redirect_stdout(sys.stderr):
        yield


@contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Add the wall-clock seconds of the block to ``seconds[name]``, also when it raises."""
    started = time.perf_counter()
    try:
        yield
    finally:
        seconds[name] = round(seconds.get(name, 0.0) + time.perf_counter() - started, 4)
