"""Logs of one JSON object a line, each with the ids of its job and its HTTP request, and a stopwatch."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from itertools import islice
from typing import Any, TextIO

from handler.errors import WorkerError, without_client_text, without_quotes

job_id: ContextVar[str | None] = ContextVar("job_id", default=None)  # the job of this thread or task
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)  # the HTTP request that sent it

_printing = threading.RLock()

MAX_CAUSES, MAX_CAUSE_CHARS = 5, 300

WORKER_VARIABLE = "RUNPOD_POD_ID"
"""Names the worker on every line: the logs of a fleet are read together."""

# What these say quotes code, paths and addresses of the worker's own; other messages may quote a client's text.
QUOTES_NO_CLIENT = (OSError, AttributeError, ImportError, NameError, TypeError)

# What a link carries behind its path: signatures of buckets and of the worker, keys, tokens.
_QUERY = re.compile(r"(?<=[^\s?])\?[\w.~%+-]+=[^\s\"'<>)\]}]*")

LOGS_URLS = ("httpx",)  # libraries whose lines at INFO have whole URLs, signatures included

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """``{"time", "level", "logger", "message", "worker", "job_id", "request_id", …}`` and the fields of ``extra``.

    An exception is logged as ``traceback``. Below ERROR an expected one (a refusal, the network, a disk) is logged as
    ``cause``, one line, unless LOG_LEVEL is DEBUG. No line has text of clients or the query of a link: of what an
    error's message quotes is "…" left, and so it is of what stands behind the ``?`` of a link.
    """

    def __init__(self) -> None:
        super().__init__()
        self._worker = os.environ.get(WORKER_VARIABLE)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": round(record.created, 3),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
        }
        ids = {"worker": self._worker, "job_id": job_id.get(), "request_id": request_id.get()}
        line |= {name: current for name, current in ids.items() if current}
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        if record.exc_info and (error := record.exc_info[1]):
            brief = record.levelno < logging.ERROR and not logging.getLogger().isEnabledFor(logging.DEBUG)
            if brief and all(map(_is_expected, _chain(error))):
                line["cause"] = cause(error)
            else:
                line["traceback"] = _traceback(error)
        return _QUERY.sub("?…", json_text(line, default=str))


def _message(record: logging.LogRecord) -> str:
    """The message; an error in it says what `said` leaves of it."""
    if not isinstance(record.args, tuple) or not any(isinstance(each, BaseException) for each in record.args):
        return record.getMessage()
    return str(record.msg) % tuple(said(each) if isinstance(each, BaseException) else each for each in record.args)


def said(error: BaseException) -> str:
    """An error's message without text of clients, in one line."""
    if isinstance(error, WorkerError):
        message = without_client_text(error)
    else:
        message = str(error) if isinstance(error, QUOTES_NO_CLIENT) else without_quotes(str(error))
    return " ".join(message.split())[:MAX_CAUSE_CHARS]


def _traceback(error: BaseException) -> str:
    """As Python prints it, but of each message what `said` leaves."""
    first_to_last = reversed(list(islice(_chain(error), MAX_CAUSES)))
    return "\n\n".join(
        "".join(traceback.format_tb(one.__traceback__)) + f"{type(one).__name__}: {said(one)}" for one in first_to_last
    )


# Controls, line separators, what turns directions around, and halves of characters, which UTF-8 cannot hold.
_UNSAFE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def json_text(
    value: Any,
    *,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    default: Callable[[Any], Any] | None = None,
) -> str:
    """The value as JSON that no reader of lines and no terminal takes for something else.

    Letters stay as they are; what is unsafe among them becomes ``\\uXXXX``.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, default=default)
    return _UNSAFE.sub(lambda char: f"\\u{ord(char[0]):04x}", text)


def cause(error: BaseException) -> str:
    """An exception and its causes in one line: ``Type: message ← Type: message``."""
    return " ← ".join(f"{type(one).__name__}: {said(one)}" for one in islice(_chain(error), MAX_CAUSES))


def _chain(error: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = error
    while following is not None:
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _is_expected(error: BaseException) -> bool:
    """Whether it is an error of ours, the bucket's or the system's (including those of requests), not a bug."""
    return isinstance(error, OSError) or type(error).__module__.startswith(("handler.", "botocore.", "urllib3."))


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
