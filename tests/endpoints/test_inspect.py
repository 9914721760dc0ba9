"""inspect: what is found in our own files and in others', and what cannot be known is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handler.app import make_services
from handler.marks.source_types import TRAINED
from handler.marks.watermark import Watermark
from handler.media import audio, tags
from handler.media.tags import Tags
from handler.protocols import Services
from handler.settings import Settings
from tests.endpoints.conftest import Web, call, refused
from tests.support.certificates import ISSUER, pair
from tests.support.marked_files import RATE, made, voice
from tests.support.stub_backends import codes, read, run
from tests.support.videos import film


@pytest.fixture(scope="module")
def perth() -> Any:
    """Perth's model, loaded once for these tests."""
    return Watermark(Settings.read({}))


@pytest.fixture(autouse=True)
def _loaded(services: Services, perth: Any) -> None:
    services.marks._loaded["watermark"] = perth


@pytest.fixture
def marking(environ: dict[str, str], perth: Any) -> Services:
    """A worker that makes all three marks."""
    services = make_services(Settings.read(environ | {"AI_MARK": "metadata,watermark,c2pa", **pair().environ}))
    services.marks._loaded["watermark"] = perth
    return services


def test_every_mark_of_a_job_is_found(marking: Services) -> None:
    """A job's speech bears the three marks; so does its video, whose sound another codec has."""
    spoken = run(marking, audio_format="mp3", timing_format="json")
    assert codes(spoken) == []
    drawn = call(marking, "overlay", job_id=spoken["job_id"], canvas="1080x1080", fps=10)
    for job_id in (spoken["job_id"], drawn["job_id"]):
        reply = call(marking, "inspect", job_id=job_id)
        assert (reply["made_by_ai"], reply["warnings"]) == (True, [])
        marks = reply["marks"]
        assert marks["watermark"]["found"]
        assert marks["watermark"]["confidence"] > 0.7
        assert (marks["metadata"]["digital_source_type"], marks["metadata"]["system"][:6]) == (TRAINED, "espeak")
        assert (marks["c2pa"]["valid"], marks["c2pa"]["issuer"]) == (True, ISSUER)


def test_file_without_marks_is_not_called_human(services: Services, web: Web) -> None:
    """Where nothing is found the answer is null: a file without marks may be anybody's."""
    reply = call(services, "inspect", audio_url=web.put("/a.wav", made("wav", 2)))
    assert reply["made_by_ai"] is None
    assert reply["marks"]["metadata"] is None
    assert reply["marks"]["c2pa"] is None
    assert not reply["marks"]["watermark"]["found"]


def test_part_of_a_recording_with_a_watermark_is_found(services: Services, web: Web, perth: Any) -> None:
    """Ten seconds of speech with a watermark among others without are found, and their share is told."""
    plain = voice(10)
    body = audio.encode(np.concatenate([plain, perth.mark(plain, RATE), plain, plain]), RATE, "wav").body
    found = call(services, "inspect", audio_url=web.put("/a.wav", body))["marks"]["watermark"]
    assert found["found"]
    assert found["share"] == 0.25


def test_camera_says_that_it_was_no_ai(services: Services, web: Web) -> None:
    """Metadata of another program that name a capture make the answer false, as far as they are believed."""
    type_ = TRAINED.replace("trainedAlgorithmicMedia", "digitalCapture")
    body = tags.write(made("wav", 2), Tags("a recorder", {"DigitalSourceType": type_}))
    reply = call(services, "inspect", audio_url=web.put("/a.wav", body))
    assert reply["made_by_ai"] is False
    assert reply["marks"]["metadata"]["software"] == "a recorder"


def test_what_cannot_be_searched_is_said(services: Services, web: Web, tmp_path: Path) -> None:
    """For sound under half a second and a video without sound the watermark is null, and a warning has the reason."""
    short = call(services, "inspect", audio_url=web.put("/s.wav", made("wav", 0.3)))
    assert short["marks"]["watermark"] is None
    assert "the sound lasts 0.30 s" in short["warnings"][0]["message"]
    silent = call(services, "inspect", video_url=web.put("/v.mp4", film(tmp_path, seconds=1, sound=False)))
    assert silent["marks"]["watermark"] is None
    assert "no sound" in silent["warnings"][0]["message"]
    assert codes(short) == codes(silent) == ["mark_not_searched"]


def test_missing_packages_are_a_warning(services: Services, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker without Perth looks for the other marks, and says how to get it."""
    del services.marks._loaded["watermark"]
    lacking = replace(services.marks.backends["watermark"], requires=("no_such_module",))
    monkeypatch.setattr(services.marks, "backends", {**services.marks.backends, "watermark": lacking})
    reply = call(services, "inspect", audio_url=web.put("/a.wav", made("wav")))
    assert reply["marks"]["watermark"] is None
    (warning,) = reply["warnings"]
    assert warning["code"] == "mark_not_searched"
    assert "add it to AI_MARK" in warning["message"]


@pytest.mark.parametrize(
    ("fields", "code", "sentence"),
    [
        ({}, "bad_request", "send one of audio_url, video_url and job_id"),
        ({"audio_url": "/text", "video_url": "/text"}, "bad_request", "send one of"),
        ({"audio_url": "/text"}, "bad_request", "audio_url: the file is no audio file that can be read"),
        ({"video_url": "/text"}, "bad_request", "video_url: is no video that can be read"),
        ({"audio_url": "/gone"}, "bad_request", "audio_url: answers 404"),
        ({"job_id": "nobody"}, "not_found", "there is no job nobody"),
    ],
)
def test_what_is_no_sound_is_refused(
    fields: dict[str, str], code: str, sentence: str, services: Services, web: Web
) -> None:
    """Text, a file and a job that are not there, and a request for two files have each their sentence."""
    text = web.put("/text", b"This is no sound at all. " * 50)
    links = {"/text": text, "/gone": text.replace("/text", "/gone")}
    given = {name: links.get(value, value) for name, value in fields.items()}
    refused(call(services, "inspect", **given), code, sentence)


def test_job_without_sound_is_refused(services: Services, web: Web) -> None:
    """A job that made captions alone has nothing to inspect."""
    speech = run(services, "Hello there.")
    link = web.put("/speech.wav", read(speech["audio_url"]))
    aligned = call(services, "align", audio_url=link, text=speech["text"], timing_format="srt")
    reply = call(services, "inspect", job_id=aligned["job_id"])
    refused(reply, "not_found", "has neither speech nor a video; send the job_id of a finished generate")
