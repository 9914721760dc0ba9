"""The road of generate: alignment beside the speaking, uploads beside the captions, one method for all words."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from handler import jobs
from handler.dispatch import dispatch
from handler.jobs import Listener
from handler.protocols import Services
from handler.types import Chunk, ChunkAudio, SpeechOptions, Voice
from handler.voices import registry
from tests.support.human_clip import HUMAN_TEXT
from tests.support.sentences import of
from tests.support.stub_backends import (
    LINES,
    TEXT,
    Even,
    Speaker,
    Watched,
    codes,
    full,
    happens,
    published,
    read,
    run,
    sound,
    with_backends,
)
from tests.support.voice_recordings import human

TAGALOG = "Ngayong araw magluluto tayo ng adobong manok at sinigang na baboy para sa pamilya."


def test_audio_is_uploaded_while_captions_are_made(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The audio's upload begins before the last alignment ends, and the audio is the first output."""
    uploading, put = threading.Event(), services.store.put

    def watched(key: str, *arguments: Any, **options: Any) -> str:
        if key.startswith("output/"):
            uploading.set()
        return put(key, *arguments, **options)

    def before_alignment(call: int) -> None:
        if call == len(LINES) - 1:
            happens(uploading)

    monkeypatch.setattr(services.store, "put", watched)
    aligner = Watched(Even("sphinx"), before_alignment)
    services = with_backends(services, Speaker(services.settings), sphinx=aligner)
    reply = run(services, timing_format=["srt", "json"])
    assert codes(reply) == []
    assert list(jobs.load(services.store, reply["job_id"]).outputs) == ["audio", "timing.srt", "timing.json"]
    assert read(reply["audio_url"])


def test_failed_audio_upload_fails_the_job(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed early upload of the audio is the job's error, with or without captions."""
    full(services, monkeypatch, lambda key: key.startswith("output/"))
    reply = dispatch({"id": "full-1", "input": {"text": TEXT, "timing_format": "srt"}}, services)
    assert reply["error_code"] == "storage_error"
    assert jobs.load(services.store, "full-1").state == jobs.FAILED


def test_chunks_do_not_overlap_with_a_target_duration(services: Services) -> None:
    """Quiet edges of chunks are cross-faded only without a target_duration."""

    class Quiet(Speaker):
        def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
            return ChunkAudio(np.pad(super().made(chunk, take, voice, options).samples, 4410))

    engine = Quiet(services.settings)
    services = with_backends(services, engine)
    lengths = {}
    for target in (None, 9.0):
        reports: list[dict[str, Any]] = []
        fields = {"text": TEXT, "chunk_urls": True} | ({"target_duration": target} if target else {})
        reply = dispatch({"input": fields}, services, listener=Listener(on_progress=reports.append))
        chunks = published(reports)
        lengths[target] = len(sound(reply["audio_url"])[0])
        whole = sum(round(chunk["duration"] * reply["sample_rate"]) for chunk in chunks)
        assert (lengths[target] == whole) is (target is not None)
    assert lengths[None] == lengths[9.0] - 3 * round(0.15 * engine.sample_rate)


def test_language_of_the_script_is_found(services: Services) -> None:
    """`auto` speaks and captions as if the client had asked for the language of the script; the reply names it."""
    script = f"{of('de')[0]} Das kostet 12,50 €."
    found, asked = (run(services, script, language=tag, timing_format="json", seed=1) for tag in ("auto", "de"))
    assert codes(found) == codes(asked) == []
    assert (found["language"], found["voice"]) == (asked["language"], asked["voice"]) == ("de", asked["voice"])
    assert json.loads(read(found["timing_files"]["json"])) == json.loads(read(asked["timing_files"]["json"]))
    assert json.loads(read(found["timing_files"]["json"]))["language"] == "de"
    assert read(found["audio_url"]) == read(asked["audio_url"])


def test_found_language_that_the_engine_does_not_speak_is_refused(services: Services) -> None:
    """The error is the one that a client gets who asked for that language."""
    found, asked = (dispatch({"input": {"text": TAGALOG, "language": tag}}, services) for tag in ("auto", "tl"))
    assert asked["error_code"] == "bad_request"
    assert found["error"] == asked["error"]


@pytest.fixture
def anne(services: Services) -> Services:
    """A worker whose engine takes cloned voices, with the French voice "anne"."""

    class Cloning(Speaker):
        supports_cloning = True

        def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
            return super().made(chunk, take, replace(voice, clip=None), options)

    services.store.put(registry.wav_key("anne"), human(), registry.WAV)
    services.store.put(registry.text_key("anne"), HUMAN_TEXT.encode(), "text/plain")
    services = with_backends(services, Cloning(services.settings), sphinx=Even("sphinx"))
    run(services, HUMAN_TEXT, voice="anne")
    record = registry.parse(services.store.get(registry.json_key("anne")))
    assert record
    services.store.put(registry.json_key("anne"), registry.dump(replace(record, language="fr")), registry.JSON)
    return services


@pytest.mark.parametrize(
    ("script", "asked", "language", "warnings"),
    [
        ("Hm.", "auto", "fr", ["language_assumed"]),
        ("Да.", "auto", "ru", ["language_assumed"]),
        (of("de")[0], "auto", "de", []),
        (of("fr")[0], None, "fr", []),
        (" ".join(of("en")[:3]), None, "fr", ["language_doubtful"]),
        (" ".join(of("en")[:3]), "en", "en", []),
        ("Hm.", None, "fr", []),
    ],
)
def test_language_of_a_cloned_voice_is_its_own(
    anne: Services, script: str, asked: str | None, language: str, warnings: list[str]
) -> None:
    """A script is in the voice's language unless the client asks for another one, or for the one that is found."""
    reply = run(anne, script, voice="anne", language=asked)
    assert (reply["language"], codes(reply)) == (language, warnings)


def test_unclear_script_without_a_voice_is_english(services: Services) -> None:
    """Where nothing tells a language, `en` is assumed, and the warning says so."""
    reply = run(services, "42!", language="AUTO")
    assert (reply["language"], codes(reply)) == ("en", ["language_assumed"])
    assert "en is assumed; send language" in reply["warnings"][0]["message"]
