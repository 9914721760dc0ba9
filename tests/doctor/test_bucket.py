"""Checks of the bucket: credentials, objects, signed URLs and the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from handler.doctor import FAILURE, OK, WARNING, bucket, examine
from handler.errors import StorageError
from handler.protocols import Services
from handler.settings import Settings
from handler.storage.local_store import LocalStore
from tests.doctor.conftest import states
from tests.support.stub_backends import with_settings


def test_working_bucket_is_ok(s3_environ: dict[str, str], environ: dict[str, str]) -> None:
    """Objects can be put, read, listed and deleted, URLs read and write, and the clock agrees."""
    found = states(examine(Settings.read(environ | s3_environ)))
    names = ("credentials", "store", "signed URLs", "clock")
    assert {name: found.get(name) for name in names} == dict.fromkeys(names, OK)


def test_wrong_keys_are_a_failure(s3_environ: dict[str, str], environ: dict[str, str]) -> None:
    """A wrong secret fails the store and its URLs, without a traceback."""
    found = states(examine(Settings.read(environ | s3_environ | {"AWS_SECRET_ACCESS_KEY": "wrong"})))
    assert (found["store"], found["signed URLs"]) == (FAILURE, FAILURE)


class Signed(LocalStore):
    """A store whose URLs lead to a server of the test's."""

    url = ""

    def presign_get(self, key: str, expires_in: int, *, media_type: str, filename: str) -> str:
        return self.url

    def presign_put(self, key: str, expires_in: int, *, media_type: str | None = None) -> str:
        return self.url


class Answers(BaseHTTPRequestHandler):
    """Answers as ``script`` says: by method the status, the body of a GET, and how far its clock is ahead."""

    script: dict[str, Any]

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(b"")

    def do_GET(self) -> None:
        self.answer(self.script["body"])

    def answer(self, body: bytes) -> None:
        self.send_response_only(self.script[self.command])
        self.send_header("Date", formatdate(self.script["time"], usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def signed(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """A worker with a bucket whose signed URLs answer as `Answers.script` says, at the time 1,000,000."""
    Answers.script = {"PUT": 200, "GET": 200, "body": b"ok", "time": 1_000_000}
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    store = Signed(services.settings)
    store.url = f"http://127.0.0.1:{server.server_port}/"
    yield replace(with_settings(services, s3_bucket="bucket"), store=store)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"PUT": 403}, "a signed PUT was answered with HTTP 403"),
        ({"GET": 403}, "a signed GET was answered with HTTP 403"),
        ({"body": b"<html>"}, "a signed GET was answered with something else"),
    ],
)
def test_failing_signed_url_is_a_failure(signed: Services, answer: dict[str, Any], sentence: str) -> None:
    """A URL that cannot be written or read, or leads elsewhere, is a failure; error replies still show the clock."""
    Answers.script |= answer
    first, clock = bucket.signed_urls(signed)
    assert first.state == FAILURE
    assert first.finding.startswith(sentence)
    assert (clock.name, clock.state) == ("clock", OK)


def test_unreachable_bucket_is_one_failure(signed: Services) -> None:
    """Without a reply there is one finding and none about the clock."""
    assert isinstance(signed.store, Signed)
    signed.store.url = "http://127.0.0.1:9/"
    assert states(bucket.signed_urls(signed)) == {"signed URLs": FAILURE}


class Failing(LocalStore):
    """A store that takes nothing, and says this."""

    says = ""

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        raise StorageError(self.says)


@pytest.mark.parametrize(
    ("says", "finding", "remedy"),
    [
        ("it cannot be reached; check the network", "it cannot be reached", "check the network"),
        ("it is lost", "it is lost", "check the bucket's name, its keys and their rights"),
    ],
)
def test_store_that_fails_has_one_remedy(services: Services, says: str, finding: str, remedy: str) -> None:
    """What to do is what the error says; where it says nothing, what a bucket needs."""
    store = Failing(services.settings)
    store.says = says
    (check,) = bucket.store(replace(services, store=store))
    assert (check.state, check.finding, check.remedy) == (FAILURE, finding, remedy)


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (30, OK, "as the bucket's"),
        (-30, OK, "as the bucket's"),
        (300, WARNING, "300 s behind the bucket's"),
        (-300, WARNING, "300 s ahead of the bucket's"),
        (1000, WARNING, "1000 s behind the bucket's"),
    ],
)
def test_clock_is_compared_with_the_buckets(signed: Services, ahead: int, state: str, words: str) -> None:
    """Minutes of difference are a warning: the worker signs by the bucket's clock."""
    Answers.script["time"] += ahead
    clock = list(bucket.signed_urls(signed))[-1]
    assert clock.state == state
    assert words in clock.finding


AWS = {"AWS_ACCESS_KEY_ID": "AKIA" + "A" * 16, "AWS_SECRET_ACCESS_KEY": "x" * 40}
CREDENTIALS: list[tuple[dict[str, str], str]] = [
    ({}, OK),
    (AWS, OK),
    ({"AWS_ACCESS_KEY_ID": "AKIA" + "A" * 16}, FAILURE),
    ({"AWS_SECRET_ACCESS_KEY": "x" * 40}, FAILURE),
    (AWS | {"AWS_SECRET_ACCESS_KEY": "x" * 39}, WARNING),
    (AWS | {"AWS_SECRET_ACCESS_KEY": "short", "AWS_ENDPOINT_URL": "https://s3.example.org"}, OK),
    (AWS | {"AWS_ACCESS_KEY_ID": "ASIA" + "A" * 16}, FAILURE),
    (AWS | {"AWS_ACCESS_KEY_ID": "ASIA" + "A" * 16, "AWS_SESSION_TOKEN": "t"}, OK),
    (AWS | {"AWS_SESSION_TOKEN": "t", "PRESIGN_TTL": "86400"}, WARNING),
]


@pytest.mark.parametrize(("environment", "state"), CREDENTIALS)
def test_credentials_are_checked_for_their_form(services: Services, environment: dict[str, str], state: str) -> None:
    """Incomplete pairs, malformed AWS keys and temporary keys without a token are found; no secret is shown."""
    settings = Settings.read(environment | {"S3_BUCKET": "bucket"})
    (check,) = bucket.credentials(replace(services, settings=settings))
    assert check.state == state
    assert not any(secret in check.finding for secret in ("x" * 39, "short", "A" * 16))
