"""A log line is one JSON object with its job, and stages count their seconds."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator

import pytest

from handler import telemetry
from handler.errors import ConfigError


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log of the process, sent to memory for one test."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    telemetry.configure("INFO", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def test_line_is_one_json_object_with_its_job(log: io.StringIO) -> None:
    """A line has the message, the level, the job's id and the extra fields, whatever characters the message has."""
    token = telemetry.job_id.set("job-1")
    logging.getLogger("a").warning("two\nlines, %s", "ünïcode", extra={"seconds": {"speak": 1.5}})
    telemetry.job_id.reset(token)
    logging.getLogger("b").info("no job")
    first, second = [json.loads(line) for line in log.getvalue().splitlines()]
    assert first["message"] == "two\nlines, ünïcode"
    assert (first["level"], first["job_id"], first["seconds"]) == ("WARNING", "job-1", {"speak": 1.5})
    assert "job_id" not in second


def test_traceback_is_a_field_of_its_line(log: io.StringIO) -> None:
    """An exception does not break the log into more lines."""
    try:
        raise ValueError("inner")
    except ValueError:
        logging.getLogger("a").exception("failed")
    line = json.loads(log.getvalue())
    assert "ValueError: inner" in line["traceback"]


def fail_twice() -> None:
    """A fault that somebody knew how to deal with, as it arrives at the log."""
    try:
        raise OSError("the line\nis dead")
    except OSError as error:
        raise ConfigError("no answer") from error


def test_warning_of_an_expected_error_has_its_cause(log: io.StringIO) -> None:
    """An expected error is logged with its causes in one line, and at DEBUG with its traceback."""
    for level in ("INFO", "DEBUG"):
        logging.getLogger().setLevel(level)
        try:
            fail_twice()
        except ConfigError:
            logging.getLogger("a").warning("passed over", exc_info=True)
    short, long = [json.loads(line) for line in log.getvalue().splitlines()]
    assert short["cause"] == "ConfigError: no answer ← OSError: the line is dead"
    assert "traceback" not in short
    assert "fail_twice" in long["traceback"]


def test_unexpected_error_keeps_its_traceback(log: io.StringIO) -> None:
    """An unexpected error is logged with its traceback, also as a warning."""
    try:
        try:
            os.environ["NO_SUCH_VARIABLE"]
        except KeyError as error:
            raise ConfigError("no answer") from error
    except ConfigError:
        logging.getLogger("a").warning("passed over", exc_info=True)
    line = json.loads(log.getvalue())
    assert "KeyError: 'NO_SUCH_VARIABLE'" in line["traceback"]


def test_stage_is_counted_if_it_fails() -> None:
    """The seconds of a stage are summed over its blocks, including a block that raises."""
    seconds: dict[str, float] = {}
    with telemetry.timed(seconds, "speak"):
        sum(range(200_000))
    once = seconds["speak"]
    with pytest.raises(ZeroDivisionError), telemetry.timed(seconds, "speak"):
        divmod(sum(range(200_000)), 0)
    assert once > 0
    assert seconds["speak"] > once
