"""An answer of the queue, read so that one job that cannot be read costs no other."""

from __future__ import annotations

import json

import pytest

from handler.sdk.batches import TOO_LARGE, parse, safe

GOOD = '{"id": "good", "input": {"text": "Hello."}}'
DEEP = "[" * 100_000 + "]" * 100_000


def test_jobs_are_what_was_sent() -> None:
    """One job, a list of them, and a list of none are read as they are."""
    job = json.loads(GOOD)
    assert [one.job for one in parse(GOOD.encode()).jobs] == [job]
    assert [one.job for one in parse(f"\ufeff[{GOOD}, {GOOD}]".encode()).jobs] == [job, job]
    assert parse(b"[]") == parse(b" [ ] ")
    assert not parse(b"[]").jobs


BAD = {
    '{"id": 7, "input": {}}': "7",
    '{"id": -7, "input": {"seed": %s}}' % ("1" * 5000): "-7",
    '{"id": "a\\nb", "input": {}}': "a\nb",
    '{"id": "a\nb", "input": {}}': "a\nb",
    '{"id": "\\ud800", "input": {}}': "\ud800",
    '{"input": {"id": "inner", "text": "}], \\"id\\": \\"told\\""}, "id": "digits", "n": %s}' % ("1" * 5000): "digits",
    '{"\\u0069d": "deep", "input": ' + DEEP + "}": "deep",
    '{"id": "twice", "id": "last", "input": ' + DEEP + "}": "last",
    '{"id": "comma", "input": {},}': "comma",
}
"""Jobs that cannot be read, or answered as they are, and their ids."""


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: BAD[bad].encode("unicode_escape").decode())
def test_bad_job_fails_alone(bad: str) -> None:
    """A job that cannot be read has a fault under its own id, and its neighbours are whole."""
    for body in (bad, f"[{GOOD}, {bad}, {GOOD}]"):
        batch = parse(body.encode("utf-8", "surrogatepass"))
        assert not batch.lost
        faulty = [one for one in batch.jobs if one.fault]
        assert [one.id for one in faulty] == [BAD[bad]]
        assert [one.id for one in batch.jobs if not one.fault] == (["good", "good"] if body.startswith("[") else [])


@pytest.mark.parametrize(
    "part", ["null", "3", "{}", "[]", "true", '"text"', '{"id": null}', '{"id": true}', '{"id": ""}', '{"id": {}}',
             "%s" % ("1" * 5000), DEEP, '{"id": %s}' % ("1" * 5000), '{"id": "%s"}' % ("x" * 600), "{a: 1}"],
    ids=lambda part: part[:12],
)  # fmt: skip
def test_part_without_an_id_is_named_once(part: str) -> None:
    """What has no id is one line for the log, and the jobs beside it are whole."""
    batch = parse(f"[{GOOD}, {part}, {GOOD}]".encode())
    assert [one.id for one in batch.jobs] == ["good", "good"]
    assert len(batch.lost) == 1
    assert len(batch.lost[0]) < 200


def test_every_cut_of_an_answer_is_read() -> None:
    """However much of an answer arrives, the jobs in it are whole, failed under their id, or a line of the log."""
    body = f'[{GOOD}, {{"input": {{"text": "a, \\"id\\": \\"evil\\" ]}}"}}, "id": "second"}}]'.encode()
    whole = parse(body)
    assert [one.id for one in whole.jobs] == ["good", "second"]
    for end in range(len(body)):
        batch = parse(body[:end], cut="arrived cut short")
        assert all(one.id in {"good", "second"} for one in batch.jobs)
        assert all(one.fault is None or one.fault.retryable for one in batch.jobs)
        assert all(one in whole.jobs for one in batch.jobs if one.fault is None)


def test_too_large_answer_is_told_as_that() -> None:
    """The job of which no more was read is too large."""
    (job,) = parse(b'{"id": "big", "input": {"text": "aaa', cut=TOO_LARGE).jobs
    assert job.fault is not None
    assert job.fault.code == "too_large"


@pytest.mark.parametrize("job_id", ["a/b", "a\r\nX: 1", "..", "\ud800", "é", "a b?c#d"])
def test_safe_ids_are_one_segment(job_id: str) -> None:
    """An id is one segment of a path and one line of a header; that of the platform stays as it is."""
    assert set(safe(job_id)) <= set("%0123456789ABCDEFabcdefX")
    assert safe("0a1b-c_d.e~f-u1") == "0a1b-c_d.e~f-u1"
