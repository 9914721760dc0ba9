"""The road of generate: alignment beside the speaking, uploads beside the captions, one method for all words."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from handler import jobs
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.types import Chunk, ChunkAudio, SpeechOptions, Voice
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
        reply = dispatch({"input": fields}, services, notify=reports.append)
        chunks = published(reports)
        lengths[target] = len(sound(reply["audio_url"])[0])
        whole = sum(round(chunk["duration"] * reply["sample_rate"]) for chunk in chunks)
        assert (lengths[target] == whole) is (target is not None)
    assert lengths[None] == lengths[9.0] - 3 * round(0.15 * engine.sample_rate)
