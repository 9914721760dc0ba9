"""Jobs of our own API: sent, followed, asked for, cancelled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from handler.http_api.queued_job import CANCELLED, COMPLETED, FAILED
from tests.support.http_server import RunningServer

TEXT = "Some call me nature.\n\nOthers call me mother nature."


def send(server: RunningServer, **fields: Any) -> dict[str, Any]:
    answer = server.client.post("/v1/jobs", json={"input": fields})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def events(answer: httpx.Response) -> Iterator[tuple[int, str, Any]]:
    """Each event's id, name and data."""
    event: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line:
            event[name] = value
        elif "data" in event:
            yield int(event["id"]), event["event"], json.loads(event["data"])
            event = {}


def all_events(server: RunningServer, url: str, **request: Any) -> list[tuple[int, str, Any]]:
    with server.client.stream("GET", url, **request) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        return list(events(answer))


def test_job_is_followed_to_its_end(server: RunningServer) -> None:
    """The words of all chunks and each chunk's URL come as events, then the reply."""
    job = send(server, text=TEXT, return_word_timings=True, chunk_urls=True)
    heard = all_events(server, job["events_url"])
    numbers = [number for number, _, _ in heard]
    assert numbers == sorted(set(numbers))
    words = [word["word"] for _, kind, data in heard if kind == "words" for word in data["words"]]
    assert words == TEXT.split()
    chunks = [data for _, kind, data in heard if kind == "chunk"]
    assert [chunk["index"] for chunk in chunks] == list(range(len(chunks)))
    assert " ".join(chunk["text"] for chunk in chunks).split() == TEXT.split()
    assert all(chunk["url"].startswith(server.url) for chunk in chunks)
    _, kind, reply = heard[-1]
    assert (kind, reply["job_id"], reply["word_count"]) == ("completed", job["id"], len(words))
    assert server.client.get(job["status_url"]).json() == {"id": job["id"], "status": COMPLETED, "reply": reply}


def test_events_come_while_the_job_waits_and_runs(held: RunningServer) -> None:
    """A client may connect before the job begins; it gets what happens from then on."""
    job = send(held, text="Hello.")
    assert job["status"] == "IN_QUEUE"
    with held.client.stream("GET", job["events_url"]) as answer:
        held.start()
        *_, (_, kind, data) = events(answer)
    assert (kind, data["status"]) == ("completed", "completed")


def test_events_are_resumed_after_a_lost_connection(server: RunningServer) -> None:
    """With the id of the last event that came, a client gets the rest, by a header or by the URL."""
    job = send(server, text=TEXT, return_word_timings=True)
    all_events(server, job["events_url"])
    heard = all_events(server, job["events_url"])
    last = heard[0][0]
    assert all_events(server, job["events_url"], headers={"Last-Event-ID": str(last)}) == heard[1:]
    assert all_events(server, job["events_url"], params={"after": last}) == heard[1:]
    assert all_events(server, job["events_url"], headers={"Last-Event-ID": "nonsense"}) == heard


def test_browser_is_told_not_to_connect_again(server: RunningServer) -> None:
    """A client that knows all events of a job that has ended gets 204, which ends an EventSource."""
    job = send(server, text="Hello.")
    last = all_events(server, job["events_url"])[-1][0]
    answer = server.client.get(job["events_url"], headers={"Last-Event-ID": str(last)})
    assert (answer.status_code, answer.content) == (204, b"")


def test_failed_job_says_why(server: RunningServer) -> None:
    """A job that fails ends with the error that its client would get anywhere else."""
    job = send(server, text="", speed=9)
    [(_, kind, reply)] = all_events(server, job["events_url"])
    assert kind == "failed"
    assert {issue["field"] for issue in reply["issues"]} == {"text", "speed"}
    assert server.client.get(job["status_url"]).json()["status"] == FAILED


def test_job_is_cancelled(held: RunningServer) -> None:
    """DELETE cancels a job; those that follow it hear of it."""
    job = send(held, text="Hello.")
    with held.client.stream("GET", job["events_url"]) as answer:
        cancelled = httpx.delete(held.url + job["status_url"]).json()
        assert (cancelled["status"], cancelled["reply"]["error_code"]) == (CANCELLED, "cancelled")
        assert [kind for _, kind, _ in events(answer)] == ["queue", "cancelled"]


def test_job_runs_on_when_nobody_listens(held: RunningServer) -> None:
    """A client that stops listening has not cancelled its job."""
    job = send(held, text="Hello.")
    with held.client.stream("GET", job["events_url"]):
        pass
    held.start()
    assert all_events(held, job["events_url"])[-1][1] == "completed"


def test_fields_may_be_bare(server: RunningServer) -> None:
    """The fields of a job may be the body itself."""
    answer = server.client.post("/v1/jobs", json={"text": "Hello."})
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == job["status_url"]
    assert all_events(server, job["events_url"])[-1][2]["text"] == "Hello."


def test_job_sent_again_runs_once(held: RunningServer) -> None:
    """A client that lost the answer sends the job again with its id; another job under that id is refused
    until the first has ended, and then runs."""
    body = {"id": "mine-1", "input": {"text": "Hello."}}
    answers = [held.client.post("/v1/jobs", json=body) for _ in range(2)]
    assert [answer.json()["id"] for answer in answers] == ["mine-1"] * 2
    assert held.client.get("/health").json()["jobs"]["inQueue"] == 1
    other = held.client.post("/v1/jobs", json=body | {"input": {"text": "Bye."}})
    assert (other.status_code, other.json()["error_code"]) == (409, "already_exists")
    held.start()
    held.ended("mine-1")
    assert held.client.post("/v1/jobs", json=body | {"input": {"text": "Bye."}}).status_code == 202
    assert held.ended("mine-1").reply["text"] == "Bye."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"input": {"text": "Hi."}, "id": "../x"}, "id"),
        ({"input": "Hi."}, "input"),
        ({"input": {"text": "Hi."}, "voice": "anna"}, "voice"),
    ],
)
def test_body_with_faults_is_refused(server: RunningServer, body: dict[str, Any], field: str) -> None:
    """What is wrong with a job before it can be one is a 400 that names the field."""
    answer = server.client.post("/v1/jobs", json=body)
    assert answer.status_code == 400
    assert [issue["field"] for issue in answer.json()["issues"]] == [field]


@pytest.mark.parametrize("path", ["", "/events"])
def test_unknown_job_is_not_found(server: RunningServer, path: str) -> None:
    """A job that this server does not know is a 404."""
    answer = server.client.get(f"/v1/jobs/nobody{path}")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "not_found")
    assert "the status endpoint with this job_id" in answer.json()["error"]
    assert "sent again with the same id goes on" in answer.json()["error"]


def test_jobs_are_listed(held: RunningServer) -> None:
    """The newest first, with their states and without their texts; what only reads is not among them."""
    secret = "Nobody else may read this."
    first, second = send(held, text=secret), send(held, endpoint="align", audio_url="x", text=secret)
    send(held, endpoint="list_voices")
    listed = held.client.get("/v1/jobs").json()["jobs"]
    assert [(job["id"], job["status"], job["endpoint"]) for job in listed] == [
        (second["id"], "IN_QUEUE", "align"),
        (first["id"], "IN_QUEUE", "generate"),
    ]
    assert listed[0]["created_at"] >= listed[1]["created_at"]
    held.start()
    reply = held.ended(first["id"]).reply
    held.ended(second["id"])
    answer = held.client.get("/v1/jobs")
    refused, spoken = answer.json()["jobs"]
    assert (spoken["status"], spoken["duration"]) == (COMPLETED, reply["duration"])
    assert spoken["progress"] == {"stage": "upload", "done": 1, "total": 1}
    assert (refused["status"], refused["error_code"]) == (FAILED, "bad_request")
    assert "Nobody" not in answer.text
    assert [job["id"] for job in held.client.get("/v1/jobs?limit=1").json()["jobs"]] == [second["id"]]
    assert held.client.get("/v1/jobs?limit=0").status_code == 400


def test_place_in_the_queue_is_told(held: RunningServer) -> None:
    """A job that waits hears of its place, again when one before it is gone, and of nothing once it runs."""
    first, second = send(held, text="Hello."), send(held, text="Bye.")
    told = held.client.get(second["status_url"]).json()["queue"]
    assert told["position"] == 2
    assert told["seconds"] > 0
    with held.client.stream("GET", second["events_url"]) as answer:
        heard = events(answer)
        assert next(heard)[1:] == ("queue", told)
        httpx.delete(held.url + first["status_url"])
        assert next(heard)[2]["position"] == 1
        held.start()
        assert [kind for _, kind, _ in heard][-1] == "completed"
    assert "queue" not in held.client.get(second["status_url"]).json()


def test_page_follows_over_lost_connections(held: RunningServer) -> None:
    """A client that breaks off after each event and comes back with its number hears every event once, in order."""
    job = send(held, text=TEXT, return_word_timings=True, chunk_urls=True)
    held.start()
    held.ended(job["id"])
    whole, heard = all_events(held, job["events_url"]), []
    after = -1
    while True:
        with held.client.stream("GET", job["events_url"], params={"after": after}) as answer:
            if answer.status_code == 204:
                break
            heard.append(next(events(answer)))
        after = heard[-1][0]
    assert heard == whole
