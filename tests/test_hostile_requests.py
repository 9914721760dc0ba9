"""Hostile values in every field of every request: each is refused in one short sentence, and one line of log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from handler.dispatch import ENDPOINTS, dispatch
from handler.protocols import Services
from handler.requests import CaptionStyle, ConsentInput, JobInput, Turn
from handler.telemetry import logs
from tests.support.hostile_values import MARKER, VALUES, faults, line_faults

CAPTIONS = {"captions": "1\n00:00:00,000 --> 00:00:01,000\nHello."}
LINK = "http://127.0.0.1:1/x"
VALID: dict[str, dict[str, Any]] = {
    "generate": {"text": "Hello."},
    "text": {"text": "Hello."},
    "book": {"text": "Hello."},
    "captions": CAPTIONS,
    "layout": CAPTIONS,
    "align": {"audio_url": LINK, "text": "Hello."},
    "overlay": {"video_url": LINK, "text": "Hello."},
    "convert": {"audio_url": LINK},  # without a voice: a converter would be fetched
    "inspect": {"url": LINK},
    "upload": {"voice_name": "anna", "voice_file_url": LINK},
    "download": {"job_id": "none"},
    "status": {"job_id": "none"},
    "delete_voice": {"voice_name": "anna"},
    "list_voices": {},
}
PARTS: dict[str, tuple[str, type[JobInput], dict[str, Any]]] = {
    "layout": ("caption_style", CaptionStyle, {}),
    "upload": ("consent", ConsentInput, {"name": "Anna", "date": "2026-01-01", "statement": "Yes."}),
    "text": ("turns", Turn, {"text": "Hello."}),
}
"""Fields that are objects of their own, each by an endpoint that has it."""
OF_CLIENTS = {"bad_request", "too_large", "not_found", "bad_reference"}


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"ALIGNERS": "engine", "MAX_TEXT_CHARS": "100", "MAX_BOOK_CHARS": "100"}


@pytest.fixture
def log() -> io.StringIO:
    """What the worker logs, as it does it in production."""
    stream = io.StringIO()
    logs.configure(stream=stream)
    logging.getLogger("handler.jobs").setLevel(logging.NOTSET)
    return stream


def requests(endpoint: str, value: Any) -> Iterator[dict[str, Any]]:
    """Valid requests with the value in one field each, in a part of one, and in a field that there is not."""
    for field in (*ENDPOINTS[endpoint].model.model_fields, MARKER):
        yield VALID[endpoint] | {field: value}
    if endpoint in PARTS:
        name, model, valid = PARTS[endpoint]
        for field in (*model.model_fields, MARKER):
            part = valid | {field: value}
            yield {name: [part]} if name == "turns" else VALID[endpoint] | {name: part}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_field_refuses_hostile_values(endpoint: str, services: Services, log: io.StringIO) -> None:
    """Whatever stands in a field: the error is the client's, its sentences are short and printable, so is the log."""
    wrong: list[str] = []
    for label, value in VALUES.items():
        for index, fields in enumerate(requests(endpoint, value)):
            log.seek(0)
            log.truncate()
            reply = dispatch({"id": f"job-{index}", "input": {"endpoint": endpoint, **fields}}, services)
            found = [
                *faults(reply.get("warnings", []) if "error" not in reply else reply),
                *line_faults(log.getvalue()),
            ]
            if "error" in reply and reply["error_code"] not in OF_CLIENTS:
                found.append(f"has the code {reply['error_code']}: {reply['error']}")
            lines = [line for line in log.getvalue().splitlines() if '"message": "stage"' not in line]
            if "error" in reply and len(lines) > 2:
                found.append("has more than two lines of log beside those of its stages")
            wrong += [f"{label} in {list(fields)[-1][:20]!r}: {each}" for each in found]
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_the_job_itself_may_be_anything(value: Any, services: Services, log: io.StringIO) -> None:
    """So is a job that is a hostile value itself, or has one as its id, its input, its endpoint or its route."""
    events: list[Any] = [
        value,
        {"id": value, "input": {"endpoint": "status", "job_id": "none"}},
        {"id": "job", "input": value},
        {"id": "job", "input": {"endpoint": value}},
        {"id": "job", "input": {"openai_route": value}},
        {"id": "job", "input": {"openai_route": "/v1/audio/speech", "openai_input": value}},
        {"id": "job", "input": {"openai_route": "/v1/audio/speech", "openai_input": {"input": "Hi.", "voice": value}}},
    ]
    for event in events:
        reply = dispatch(event, services)
        assert reply["error_code"] in OF_CLIENTS, reply
        assert not [*faults(reply)]
    assert not [*line_faults(log.getvalue())]
