"""The whole generate job on a real bucket, through the front door."""

from __future__ import annotations

import io
import json
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pysubs2
import pytest
import soundfile

from handler.app import make_services
from handler.captions import FORMATS
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import Settings


@pytest.fixture
def services(s3_environ: dict[str, str], tmp_path: Path) -> Services:
    return make_services(Settings.read({"TTS_ENGINE": "espeak", "MODELS_DIR": str(tmp_path), **s3_environ}))


def opened(url: str) -> tuple[bytes, str, str]:
    """The body, the media type and the file name that a browser gets."""
    with urllib.request.urlopen(url) as reply:
        return reply.read(), reply.headers.get_content_type(), reply.headers.get_filename()


def test_urls_of_the_reply_open(services: Services) -> None:
    """Every URL of the reply opens without keys and has its content, media type and file name."""
    reply: dict[str, Any] = dispatch({"id": "job-1", "input": {"text": "Hello.", "timing_format": "all"}}, services)
    assert reply["status"] == "completed", reply
    body, media_type, name = opened(reply["audio_url"])
    samples, rate = soundfile.read(io.BytesIO(body))
    assert len(samples) / rate == pytest.approx(reply["duration"], abs=0.001)
    assert (media_type, name) == ("audio/wav", "job-1.wav")
    files = {format_: opened(url) for format_, url in reply["timing_files"].items()}
    assert set(files) == FORMATS.keys()
    for format_, (body, _, name) in files.items():
        assert name == f"job-1.{FORMATS[format_].suffix or format_}"
        assert "Hello" in body.decode("utf-8-sig")
    assert [event.plaintext for event in pysubs2.SSAFile.from_string(files["srt"][0].decode("utf-8-sig"))] == ["Hello."]
    assert files["json"][1] == "application/json"
    (font,) = reply["fonts"]
    assert len(opened(font["url"])[0]) > 10_000


def test_record_has_no_urls(services: Services) -> None:
    """The stored record has the state of the job and no signed URL."""
    dispatch({"id": "job-2", "input": {"text": "Hello."}}, services)
    record = json.loads(services.store.get("jobs/job-2.json"))
    assert record["state"] == "COMPLETED"
    assert "http" not in json.dumps(record)


def test_download_signs_new_urls(services: Services) -> None:
    """download signs URLs for the requested time, and status finds the record."""
    dispatch({"id": "job-3", "input": {"text": "Hello.", "timing_format": "srt"}}, services)
    fields = {"endpoint": "download", "job_id": "job-3", "type": "timing", "format": "srt", "expires_in": 60}
    reply = dispatch({"input": fields}, services)
    assert "X-Amz-Expires=60" in reply["timing_url"]
    assert b"Hello." in opened(reply["timing_url"])[0]
    assert dispatch({"input": {"endpoint": "status", "job_id": "job-3"}}, services)["state"] == "COMPLETED"


def test_refusing_bucket_fails_the_job(s3_environ: dict[str, str], tmp_path: Path) -> None:
    """The error names the wrong setting and reveals neither key nor address."""
    wrong = {"AWS_SECRET_ACCESS_KEY": "wrong-one", "TTS_ENGINE": "espeak", "MODELS_DIR": str(tmp_path)}
    reply = dispatch({"input": {"text": "Hello."}}, make_services(Settings.read(s3_environ | wrong)))
    assert (reply["error_code"], reply["retryable"]) == ("storage_error", False)
    assert "AWS_SECRET_ACCESS_KEY" in reply["error"]
    for hidden in ("wrong-one", s3_environ["AWS_ACCESS_KEY_ID"], "127.0.0.1", "Traceback"):
        assert hidden not in json.dumps(reply)


@pytest.mark.parametrize(("expires_in", "codes"), [(3600, []), (604_800, ["urls_end_early"])])
def test_long_urls_of_a_session_token_are_warned_of(
    services: Services, s3_environ: dict[str, str], expires_in: int, codes: list[str]
) -> None:
    """Whoever asks for URLs of a week, signed with keys that last hours, is told that they end before."""
    token = {"AWS_SESSION_TOKEN": "token", "TTS_ENGINE": "espeak", **s3_environ}
    services = replace(services, settings=Settings.read(token))
    reply = dispatch({"input": {"text": "Hello.", "expires_in": expires_in}}, services)
    assert [warning["code"] for warning in reply["warnings"]] == codes
