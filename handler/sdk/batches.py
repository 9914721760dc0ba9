"""What the queue answers to a worker that asks for jobs, read so that one job that cannot be read costs no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from handler.errors import BadRequest, TooLarge, WorkerError, quoted

MAX_ID_CHARS = 512


@dataclass(frozen=True)
class Delivery:
    """A job that the queue has handed out; with a ``fault`` it is not run, and fails with that."""

    id: str
    job: dict[str, Any]
    fault: WorkerError | None = None

    @property
    def safe_id(self) -> str:
        """The id for a part of a URL and for a header: a line break in it would end either."""
        return safe(self.id)


@dataclass(frozen=True)
class Batch:
    """The jobs of one answer, and for each part of it that nobody can be told about, what is wrong with that."""

    jobs: tuple[Delivery, ...]
    lost: tuple[str, ...]


def safe(job_id: str) -> str:
    """A job's id, with everything but letters, digits and ``_.-~`` as ``%XX``."""
    # A segment of dots alone would lead to another place.
    return quote(job_id, safe="", errors="surrogatepass") if job_id.strip(".") else job_id.replace(".", "%2E")


def parse(body: bytes, *, cut: str | None = None) -> Batch:
    """The jobs in an answer. ``cut`` says why its end is missing, as a phrase: "arrived cut short"."""
    try:
        text, wrong = body.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        text, wrong = body.decode("utf-8-sig", "replace"), "is not valid UTF-8"
    text = text.strip()
    if not text:
        return Batch((), ("an answer of the queue was empty",))
    found = _whole(text) if wrong is None and cut is None else None
    each = found if found is not None else [_element(part, wrong, cut) for part in _elements(text)]
    jobs = tuple(one for one in each if isinstance(one, Delivery))
    return Batch(jobs, tuple(one for one in each if isinstance(one, str)))


def _whole(text: str) -> list[Delivery | str] | None:
    """Every element of an answer that can be read at once, None for one that cannot."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return [_judge(element) for element in (answer if isinstance(answer, list) else [answer])]


def _judge(element: object) -> Delivery | str:
    if not isinstance(element, dict):
        return f"an answer of the queue held {_kind(element)} in place of a job"
    job_id = element.get("id")
    if isinstance(job_id, int) and not isinstance(job_id, bool):
        return Delivery(str(job_id), {}, BadRequest.of("id", "must be text, not a number"))
    if not isinstance(job_id, str) or not job_id:
        return "an answer of the queue held a job without an id"
    if len(job_id) > MAX_ID_CHARS:
        return f"an answer of the queue held a job whose id has {len(job_id)} characters"
    if not job_id.isprintable():
        fault = BadRequest.of("id", f"holds characters that cannot be printed: {quoted(job_id)}")
        return Delivery(job_id, {}, fault)
    return Delivery(job_id, element)


def _kind(element: object) -> str:
    names = {type(None): "null", bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list"}
    return names[type(element)]


def _element(part: tuple[str, bool], wrong: str | None, cut: str | None) -> Delivery | str:
    """One element of an answer that cannot be read as a whole."""
    text, is_whole = part
    fault: WorkerError | None = None
    if not is_whole:
        fault = _cut_short(cut or "arrived cut short")
    elif wrong:
        fault = BadRequest(f"the job {wrong}; send it as UTF-8")
    else:
        try:
            return _judge(json.loads(text))
        except RecursionError:
            fault = BadRequest("the job is nested too deeply; send the fields that API.md lists")
        except json.JSONDecodeError:
            fault = BadRequest("the job is not valid JSON; send it again as an encoder of JSON writes it")
        except ValueError:
            fault = BadRequest("the job holds a number of thousands of digits; send the fields that API.md lists")
    judged = _judge({"id": _id_in(text)} if text.startswith("{") else None)
    if isinstance(judged, str):
        return f"an answer of the queue names no job that could be told: {fault.message}"
    return Delivery(judged.id, {}, judged.fault or fault)


def _cut_short(cut: str) -> WorkerError:
    if cut == TOO_LARGE:
        return TooLarge("the job is too large; put its files into the bucket, and send their URLs")
    return BadRequest(f"the job {cut} from the queue; send it again", retryable=True)


TOO_LARGE = "is too large"
"""The ``cut`` of an answer of which no more was read."""

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
"""A string, which may be cut, or what opens, closes or divides."""
_MEMBER = re.compile(r'\s*+("(?:[^"\\]++|\\.)*+")\s*+:(.*+)', re.DOTALL)
_NUMBER = re.compile(rf"-?\d{{1,{MAX_ID_CHARS}}}")


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """What commas divide within the outermost brackets, each with whether it is whole; the last of a cut text is not.

    It reads tokens one by one: no nesting is too deep for it.
    """
    depth = start = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            start = token.end() if depth == 1 else start
        elif mark in "]}":
            depth -= 1
            if depth <= 0:
                yield text[start : token.start()], True
                return
        elif mark == "," and depth == 1:
            yield text[start : token.start()], True
            start = token.end()
    yield text[start:], False


def _elements(text: str) -> Iterator[tuple[str, bool]]:
    """The jobs of a list, or the one job."""
    if not text.startswith("["):
        yield text, all(whole for _, whole in _parts(text))
        return
    for part, whole in _parts(text):
        if part.strip():
            yield part.strip(), whole


def _id_in(text: str) -> object:
    """The ``id`` of an object that cannot be read as a whole, None if it has none."""
    found: object = None
    for part, whole in _parts(text):
        member = _MEMBER.fullmatch(part)
        if member and _text(member[1]) == "id":
            value = member[2].strip()
            # A number may go on behind the cut; of text the closing quote is seen.
            found = int(value) if whole and _NUMBER.fullmatch(value) else _text(value)
    return found


def _text(literal: str) -> str | None:
    """A string as it is written in JSON, raw control characters allowed; None for anything else."""
    try:
        value = json.loads(literal, strict=False) if literal.startswith('"') else None
    except ValueError:
        return None
    return value if isinstance(value, str) else None
