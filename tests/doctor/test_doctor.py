"""What the doctor finds of the machine, its parts and the bucket: nothing where all is well, a remedy where not."""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from handler.app import make_services
from handler.doctor import FAILURE, OK, WARNING, Check, bucket, examine, machine, parts
from handler.protocols import Services
from handler.settings import Settings
from handler.storage.local_store import LocalStore


def states(checks: Iterable[Check]) -> dict[str, str]:
    found = list(checks)
    assert all(bool(check.remedy) is (check.state != OK) for check in found), found
    return {check.name: check.state for check in found}


def of(services: Services, **changes: Any) -> Services:
    return replace(services, settings=services.settings.model_copy(update=changes))


# The bucket


def test_working_bucket_is_ok(s3_environ: dict[str, str], environ: dict[str, str]) -> None:
    """On a real service: put, get, list and delete, URLs that read and write, and the clock by its answers."""
    found = states(examine(Settings.read(environ | s3_environ)))
    names = ("credentials", "store", "signed URLs", "clock")
    assert {name: found.get(name) for name in names} == dict.fromkeys(names, OK)


def test_wrong_keys_are_a_failure(s3_environ: dict[str, str], environ: dict[str, str]) -> None:
    """A secret that does not fit fails both the store and its URLs, and nobody's stack trace is shown."""
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
    yield replace(of(services, s3_bucket="bucket"), store=store)
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
def test_a_signed_url_is_tried(signed: Services, answer: dict[str, Any], sentence: str) -> None:
    """One that cannot be written or read with, or leads elsewhere, fails; the time is told by refusals, too."""
    Answers.script |= answer
    first, clock = bucket.signed_urls(signed)
    assert first.state == FAILURE
    assert first.finding.startswith(sentence)
    assert (clock.name, clock.state) == ("clock", OK)


def test_a_server_that_is_not_there_is_a_failure(signed: Services) -> None:
    """No answer at all: one finding, and no guess about the clock."""
    assert isinstance(signed.store, Signed)
    signed.store.url = "http://127.0.0.1:9/"
    assert states(bucket.signed_urls(signed)) == {"signed URLs": FAILURE}


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (30, OK, "as the bucket's"),
        (-30, OK, "as the bucket's"),
        (300, WARNING, "300 s behind the bucket's"),
        (-300, WARNING, "300 s ahead of the bucket's"),
        (1000, FAILURE, "1000 s behind the bucket's"),
    ],
)
def test_the_clock_is_compared_with_the_buckets(signed: Services, ahead: int, state: str, words: str) -> None:
    """Off by a minute is a warning, by a quarter of an hour a failure, for from there on signatures are refused."""
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
]


@pytest.mark.parametrize(("environment", "state"), CREDENTIALS)
def test_credentials_are_checked_for_their_form(services: Services, environment: dict[str, str], state: str) -> None:
    """Half a pair, AWS's own of the wrong form, and those for hours without their third part; no secret is shown."""
    settings = Settings.read(environment | {"S3_BUCKET": "bucket"})
    (check,) = bucket.credentials(replace(services, settings=settings))
    assert check.state == state
    assert not any(secret in check.finding for secret in ("x" * 39, "short", "A" * 16))


# The machine


@pytest.mark.parametrize(
    ("told", "state", "words"),
    [
        ({}, OK, "H200, capability 9.0, 100 of 140 GB free, torch 2.8"),
        ({"capability": [6, 1]}, WARNING, "half precision"),
        ({"sum": 0.0}, FAILURE, "computes wrongly"),
        ({"there": False}, WARNING, "none is seen"),
        ({"there": False, "built": None}, WARNING, "none is seen"),
    ],
)
def test_gpu_report_becomes_a_finding(told: dict[str, Any], state: str, words: str) -> None:
    """By what torch says of it and by a product of matrices that it has to get right."""
    seen = {"torch": "2.8", "built": "12.8", "there": True, "name": "H200", "capability": [9, 0]}
    seen |= {"free": 100e9, "whole": 140e9, "sum": 64.0**3}
    check = machine.judge_gpu(seen | told)
    assert check.state == state
    assert words in check.finding
    assert bool(check.remedy) is (state != OK)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import signal; signal.pause()", "did not answer within"),
        ("raise RuntimeError('CUDA error: no kernel image')", "RuntimeError: CUDA error: no kernel image"),
        ("import os; os._exit(9)", "exit code 9"),
    ],
)
def test_a_broken_driver_breaks_nothing_here(
    services: Services, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    """One that hangs, raises or ends the process is a finding."""
    monkeypatch.setattr(machine, "ASK_GPU", script)
    monkeypatch.setattr(machine, "GPU_TIMEOUT_S", 2.0)
    (check,) = machine.gpu(of(services, tts_engine="f5"))
    assert check.state == FAILURE
    assert words in check.finding


def test_environment_is_read_from_its_marker(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hash and groups; each group that was left out is a warning; half a marker is one; without one it is fine."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert states(machine.environment(services)) == {"environment": OK}
    facts = {
        "key": "0123abcd",
        "made": "2026-01-01",
        "groups": {"core": {}, "torch": {}},
        "left_out": {"extras": "why"},
    }
    (tmp_path / ".ready").write_text(json.dumps(facts))
    first, second = machine.environment(services)
    assert "0123abcd" in first.finding
    assert "core, torch" in first.finding
    assert (second.name, second.state) == ("environment, extras", WARNING)
    (tmp_path / ".ready").write_text("{")
    assert states(machine.environment(services)) == {"environment": WARNING}


def test_the_volume_is_written_to(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """MODELS_DIR that is not there, on the worker's own disk, and one that cannot be written; nothing is left there."""
    models_dir = services.settings.models_dir
    monkeypatch.setattr(machine, "_own_disk", lambda _: False)
    assert states(machine.volume(services)) == {"volume": OK}
    models_dir.mkdir(parents=True)
    assert states(machine.volume(of(services, runpod_pod_id="pod"))) == {"volume": OK}
    assert list(models_dir.iterdir()) == []
    monkeypatch.setattr(machine, "_own_disk", lambda _: True)
    assert states(machine.volume(services)) == {"volume": OK}
    assert states(machine.volume(of(services, runpod_pod_id="pod"))) == {"volume": WARNING}
    models_dir.rmdir()
    assert states(machine.volume(services)) == {"volume": WARNING}
    models_dir.mkdir()

    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    (check,) = machine.volume(services)
    assert (check.state, "Read-only file system" in check.finding) == (WARNING, True)


def test_own_disk_is_no_volume() -> None:
    """What lies below a mount point is one; the root's own folders are not."""
    assert machine._own_disk(Path("/"))
    assert not machine._own_disk(Path("/proc/self"))


# The parts


@pytest.fixture
def f5(tmp_path: Path) -> Services:
    """A worker with F5-TTS on files of a few bytes, and no aligner but sphinx."""
    for name in ("weights.safetensors", "config.yaml", "pytorch_model.bin"):
        (tmp_path / name).write_text("x")
    return make_services(
        Settings.read(
            {
                "LOCAL_STORE": str(tmp_path / "store"),
                "MODELS_DIR": str(tmp_path),
                "F5_CKPT_FILE": str(tmp_path / "weights.safetensors"),
                "F5_VOCODER_DIR": str(tmp_path),
                "ALIGNERS": "engine,sphinx",
            }
        )
    )


def test_models_are_listed_by_backend(f5: Services, tmp_path: Path) -> None:
    """Files that are there, files that are not, and one that a manifest knows better."""
    found = states(parts.model_files(f5))
    assert found["model files, f5 weights"] == OK
    assert found["model files, faster_whisper transcripts"] == WARNING
    assert "model files, wavlm speakers" not in found
    (tmp_path / "weights.safetensors").unlink()
    assert states(parts.model_files(f5))["model files, f5 weights"] == WARNING
    snapshot = f5.settings.hub_cache / "models--a--b" / "snapshots" / "c"
    (snapshot / "w").mkdir(parents=True)
    (snapshot / "w" / "x.pt").write_text("changed")
    (snapshot.parent.parent / "manifests").mkdir()
    listed = {"files": {"w/x.pt": {"size": 7, "sha256": "0" * 64, "git": ""}}}
    (snapshot.parent.parent / "manifests" / "c.json").write_text(json.dumps(listed))
    services = of(f5, f5_ckpt_file="hf://a/b/w/x.pt")
    assert states(parts.model_files(services))["model files, f5 weights"] == OK
    assert states(parts.model_files(services, deep=True))["model files, f5 weights"] == FAILURE


def test_an_engine_that_cannot_start_is_a_failure(f5: Services) -> None:
    """A setting that names no model, and a configuration that is not there."""
    assert states(parts.engine(f5)) == {"engine": OK}
    for changes in ({"f5_ckpt_file": "hf://nobody"}, {"f5_model": "F5TTS_v9"}):
        services = make_services(f5.settings.model_copy(update=changes))
        assert states(parts.engine(services)) == {"engine": OK, "engine files": FAILURE}
    assert states(parts.model_files(of(f5, f5_ckpt_file="hf://nobody"))) == {}


def test_aligners_are_checked_with_their_languages(
    f5: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that lack files or credentials are warnings; a deep look starts the others and asks for LANGUAGES."""
    monkeypatch.setenv("HOME", str(tmp_path))  # where gcloud leaves credentials
    assert states(parts.aligners(f5)) == {"aligner sphinx": OK}
    (check,) = parts.aligners(f5, deep=True)
    assert check.finding == "ready, for en of LANGUAGES"
    (check,) = parts.aligners(of(f5, languages=("zh",)), deep=True)
    assert check.state == WARNING
    found = states(parts.aligners(of(f5, aligners=("google",), google_credentials_json=None)))
    assert found == {"aligner google": WARNING, "aligners": WARNING}


def test_the_shipped_font_is_read(services: Services) -> None:
    """It is there, and whole."""
    assert states(parts.fonts(services)) == {"fonts": OK}
