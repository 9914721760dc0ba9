"""Refusals, in the form of the dialect that was asked: bodies that cannot be read, and replies of failed jobs."""

from __future__ import annotations

import pytest

from handler.http_api.errors import Refused, as_detail, raise_for_error
from tests.support.http_server import RunningServer

DEEP = 100_000

UNREADABLE = [
    (b"{", "body: is not JSON"),
    (b'{"input": {}', "body: is not JSON"),
    (b"\xff\xfe\x00", "body: is not JSON in UTF-8"),
    (b'{"input": {"text": "\xff"}}', "body: is not JSON in UTF-8"),
    (b"[" * DEEP, "body: is nested too deeply; send the fields that API.md lists"),
    (b'{"input":' * DEEP + b"1" + b"}" * DEEP, "body: is nested too deeply; send the fields that API.md lists"),
    (b'{"input": {"speed": ' + b"9" * 5000 + b"}}", "body: has a number with too many digits"),
    (b"", "body: is required"),
    (b"[]", "body: must be an object"),
    (b"null", "body: must be an object"),
    (b'{"input": []}', "input: must be an object"),
    (b'{"input": null}', "input: must be an object"),
]


@pytest.mark.parametrize("path", ["/run", "/v2/any/runsync", "/v1/jobs"])
def test_unreadable_body_is_refused(server: RunningServer, path: str) -> None:
    """A body that no job can come of is a 400 whose sentence says what is wrong with it."""
    for body, sentence in UNREADABLE:
        answer = server.client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]) == (400, sentence)
        assert answer.json()["error_code"] == "bad_request"
    assert server.api.queue.tally.total() == 0


def test_nesting_of_any_depth_is_answered(server: RunningServer) -> None:
    """Whatever gives up on nesting first, the server or the job, no depth is an error of the server."""
    for depth in range(20, 1400, 60):
        body = b'{"input": ' + b'{"text": [' * depth + b"]}" * depth + b"}"
        answer = server.client.post("/runsync", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {200, 400}
        assert answer.status_code == 400 or answer.json()["output"]["error_code"] == "bad_request"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_json_must_be_called_json(server: RunningServer, media_type: str | None) -> None:
    """A body of another type is refused: any web page may make its visitors send that to their own machine."""
    headers = {"Content-Type": media_type} if media_type else {}
    answer = server.client.post("/run", content=b'{"input": {"text": "Hi."}}', headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"] == "body: must be JSON, with the header Content-Type: application/json"


HALF = "holds half a character (a lone surrogate); send valid Unicode"


def test_half_a_character_is_refused(server: RunningServer) -> None:
    """Text that UTF-8 cannot hold is no reason for an answer to fail."""
    body = rb'{"input": {"text": "Hi."}, "\ud800": 1}'
    answer = server.client.post("/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["issues"] == [{"field": "body", "message": HALF}]


def refused(error: str, issues: tuple[str, ...] = (), **fields: str) -> Refused:
    reply = {
        "error": error, "error_code": "bad_request", "retryable": False,
        "issues": [{"field": field, "message": "is wrong"} for field in issues],
    }  # fmt: skip
    with pytest.raises(Refused) as caught:
        raise_for_error(reply, fields)
    return caught.value


def test_success_passes() -> None:
    """The reply of a job that succeeded stays as it is."""
    reply = {"status": "completed"}
    assert raise_for_error(reply) is reply


def test_error_is_about_the_fields_that_the_client_sent() -> None:
    """Where a message begins to speak about a field of the job, and in issues, the client's name stands."""
    error = refused("voice: no voice: x; text: is empty; and 2 more", ("voice", "text"), voice="speaker")
    assert error.reply["error"] == "speaker: no voice: x; text: is empty; and 2 more"
    assert [issue["field"] for issue in error.reply["issues"]] == ["speaker", "text"]
    assert error.status == 400


def test_reply_without_issues() -> None:
    """A job that was cancelled before it began has none; the refusal has an empty list."""
    with pytest.raises(Refused) as caught:
        raise_for_error({"error": "the job was cancelled", "error_code": "cancelled", "retryable": False})
    assert (caught.value.status, caught.value.reply["issues"]) == (499, [])


def test_detail() -> None:
    """The form of plain FastAPI servers."""
    answer = as_detail(refused("text: is empty"))
    assert (answer.status_code, answer.body) == (400, b'{"detail": "text: is empty"}')
