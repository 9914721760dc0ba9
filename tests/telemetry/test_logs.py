"""A log line is one JSON object with its job, and stages count their seconds."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import threading

import pytest
import urllib3

from handler import telemetry
from handler.errors import UNKNOWN_FIELD, BadRequest, ConfigError, Issue, StorageError
from handler.telemetry import json_text
from tests.support import log_leaks


@pytest.fixture
def log() -> io.StringIO:
    """The log of this thread, sent to memory for one test: threads that earlier tests left behind may log, too."""
    stream, thread = io.StringIO(), threading.get_ident()
    telemetry.configure("INFO", stream)
    logging.getLogger().handlers[0].addFilter(lambda record: record.thread == thread)
    return stream


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


def test_connection_that_fails_is_one_line(log: io.StringIO) -> None:
    """A service that nobody answers for is logged with its causes in one line, those of its connection, too."""
    try:
        try:
            urllib3.PoolManager(retries=False).request("GET", "http://127.0.0.1:9/")
        except urllib3.exceptions.HTTPError as error:
            raise StorageError("the bucket's service cannot be reached") from error
    except StorageError:
        logging.getLogger("a").warning("passed over", exc_info=True)
    line = json.loads(log.getvalue())
    assert "traceback" not in line
    first, second, third = line["cause"].split(" ← ")
    assert first == "StorageError: the bucket's service cannot be reached"
    assert second.startswith("NewConnectionError: ")
    assert third.startswith("ConnectionRefusedError: ")


def test_unexpected_error_keeps_its_traceback(log: io.StringIO) -> None:
    """An unexpected error is logged with its traceback, also as a warning; of what it quotes is nothing left."""
    try:
        try:
            os.environ["NO_SUCH_VARIABLE"]
        except KeyError as error:
            raise ConfigError("no answer") from error
    except ConfigError:
        logging.getLogger("a").warning("passed over", exc_info=True)
    line = json.loads(log.getvalue())
    assert "in test_unexpected_error_keeps_its_traceback" in line["traceback"]
    assert "\nKeyError: …\n\n" in line["traceback"]
    assert line["traceback"].endswith("ConfigError: no answer")


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


def test_worker_is_named_on_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """On RunPod each line has the worker's id: the logs of a fleet are read together."""
    monkeypatch.setenv("RUNPOD_POD_ID", "pod-7")
    stream = io.StringIO()
    telemetry.configure("INFO", stream)
    logging.getLogger("a").info("ready")
    assert json.loads(stream.getvalue())["worker"] == "pod-7"


@pytest.mark.parametrize(
    "fault",
    [
        OSError("GET https://bucket.example.com/a.wav?X-Amz-Credential=k%2Fs3&X-Amz-Signature=0a refused"),
        ValueError("could not convert 'zyzzyva' to a number"),
        KeyError("zyzzyva"),
        BadRequest.of_issues([Issue("zyzzyva", f"{UNKNOWN_FIELD}; API.md lists them")]),
        BadRequest.of("lexicon.zyzzyva.ipa", "must be text"),
        BadRequest.of("text", "the mark “zyzzyva” names no length"),
    ],
    ids=repr,
)
def test_errors_are_logged_without_what_they_quote(log: io.StringIO, fault: Exception) -> None:
    """Neither a message, nor a cause or a traceback has a client's words or the query of a link."""
    logger = logging.getLogger("a")
    logger.warning("it failed: %s", fault)
    logger.warning("it failed", exc_info=fault)
    logger.error("it failed", exc_info=fault)
    assert len(log.getvalue().splitlines()) == 3
    assert log_leaks.found(log.getvalue(), marks=["zyzzyva", "X-Amz"]) == []


def test_fault_of_code_and_of_the_system_is_told_whole(log: io.StringIO) -> None:
    """What quotes names of the code, or paths of the worker's own, stays: nobody could mend it without."""
    for fault in (AttributeError("'Speech' has no 'word'"), FileNotFoundError(2, "No such file", "/models/a b")):
        logging.getLogger("a").error("it failed", exc_info=fault)
    assert "'Speech' has no 'word'" in log.getvalue()
    assert "'/models/a b'" in log.getvalue()


@pytest.mark.parametrize("char", [*"\x00\n\x1b\x7f\x85\u2028\u2029\u202e\u2066", "\ud800"])
def test_what_acts_on_its_surroundings_is_escaped(char: str) -> None:
    """A character that ends a line, turns text around or is half of one is spelled, and read back as it was."""
    text = json_text({char: [char]})
    assert char not in text
    assert len(text.splitlines()) == 1
    assert text.isprintable()
    assert json.loads(text) == {char: [char]}


def test_letters_stay_as_they_are() -> None:
    """Letters, signs and emoji of any script are readable in the text."""
    assert json_text({"a": "Über 漢字 שלום 🎉 – \u200d"}) == '{"a": "Über 漢字 שלום 🎉 – \u200d"}'


def test_json_options_are_kept() -> None:
    """Indentation and values of other kinds are written as json does it."""
    assert json_text([1], indent=1) == "[\n 1\n]"
    assert json_text({1: {2}}, default=str) == '{"1": "{2}"}'


def test_prints_of_two_threads_do_not_lose_stdout() -> None:
    """A block of one thread waits for that of another: both give stdout back."""
    stdout, entered, done = sys.stdout, threading.Event(), threading.Event()

    def other() -> None:
        entered.wait()
        with telemetry.prints_to_stderr():
            assert sys.stdout is sys.stderr
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with telemetry.prints_to_stderr():
        entered.set()
        assert not done.is_set()
    thread.join()
    assert done.is_set()
    assert sys.stdout is stdout


def test_libraries_log_no_urls(log: io.StringIO) -> None:
    """A library that logs each request with its URL is silent about it: the URL may be signed."""
    logging.getLogger("httpx").info("HTTP Request: GET https://example.com/?signature=abc")
    assert log.getvalue() == ""
