"""The road of generate: alignment beside the speaking, uploads beside the captions, one method for all words."""

from __future__ import annotations

import csv
import io
import threading
from typing import Any

import numpy as np
import pytest

from handler import jobs
from handler.aligners.sphinx import SphinxAligner
from handler.alignment.word_times import Timing
from handler.cancellation import Cancellation
from handler.dispatch import dispatch
from handler.errors import AlignmentError
from handler.protocols import Services
from handler.types import Chunk, ChunkAudio, SpeechOptions, Voice, Word
from tests.support.stub_backends import (
    LINES,
    PATIENCE,
    TEXT,
    WORDS,
    Even,
    Fails,
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


def ended(aligner: Watched) -> None:
    """No thread aligns any more."""
    for thread in aligner.threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("takes", [1, 2])
def test_alignment_runs_beside_the_speaking(services: Services, takes: int) -> None:
    """A chunk is aligned while the next is spoken, and is done before the one after that is asked for."""
    asked = [threading.Event() for _ in LINES]
    aligned = [threading.Event() for _ in LINES]

    def before_chunk(index: int) -> None:
        asked[index].set()
        if index >= 2:
            happens(aligned[index - 2])

    def before_alignment(call: int) -> None:
        index = call // takes
        happens(asked[min(index + 1, len(LINES) - 1)])
        if call % takes == takes - 1:
            aligned[index].set()

    aligner = Watched(Even("sphinx"), before_alignment)
    engine = Speaker(services.settings, before_chunk)
    reply = run(with_backends(services, engine, sphinx=aligner), timing_format="srt", takes=takes)
    assert reply["word_count"] == WORDS
    assert len(aligner.threads) == 1


def test_an_aligner_that_fails_in_the_middle_gives_way(services: Services, sphinx: SphinxAligner) -> None:
    """The next aligner times all chunks, those before the failure too: every word once, by one method, one warning."""
    failing = Fails("whisperx", lambda call: call == 2, AlignmentError("the audio is too noisy"))
    aligner = Watched(sphinx)
    services = with_backends(services, Speaker(services.settings), whisperx=failing, sphinx=aligner)
    reply = run(services, timing_format="csv")
    assert (failing.calls, aligner.calls) == (3, len(LINES))
    assert (reply["timing_method"], reply["word_count"]) == ("sphinx", WORDS)
    assert codes(reply) == ["timing_method_passed_over"]
    rows = list(csv.DictReader(io.StringIO(read(reply["timing_files"]["csv"]).decode("utf-8-sig"))))
    assert [row["word"] for row in rows] == TEXT.split()
    starts = [float(row["start_time"]) for row in rows]
    assert starts == sorted(starts)
    assert all(float(row["end_time"]) <= reply["duration"] for row in rows)


@pytest.mark.parametrize(("sure", "told"), [(0.45, ["confidence_low"]), (0.5, [])])
def test_words_that_fit_badly_cost_a_warning(services: Services, sure: float, told: list[str]) -> None:
    """An aligner's mean confidence under a half is a warning with the figure; what the engine knows is never one."""
    services = with_backends(services, Speaker(services.settings), sphinx=Even("sphinx", lambda _: sure))
    reply = run(services, timing_format="srt")
    assert reply["timing_confidence"] == sure
    assert codes(reply) == told
    assert all(f"({sure} of 1): check text and language" in warning["message"] for warning in reply["warnings"])
    assert Timing((Word("a", 0, 1, 0.1, False, 0, 1),), "engine").warnings == ()


def test_strict_timing_that_fails_in_the_middle_returns_the_audio(services: Services) -> None:
    """timing_strict lets no other aligner try, and the speech is returned without captions."""
    failing = Fails("whisperx", lambda call: call == 2, AlignmentError("the audio is too noisy"))
    services = with_backends(services, Speaker(services.settings), whisperx=failing, sphinx=Even("sphinx"))
    reply = run(services, timing_format="srt", timing_strict=True)
    assert reply["timing_files"] == {}
    assert codes(reply) == ["timing_method_passed_over", "timings_failed"]
    assert read(reply["audio_url"])


@pytest.mark.parametrize("takes", [1, 2])
def test_a_job_cancelled_while_an_aligner_is_busy_ends(services: Services, takes: int) -> None:
    """The reply does not wait for the aligner, which is asked nothing more, and whose thread ends with its answer."""
    waiting, cancellation, release = threading.Event(), Cancellation(), threading.Event()
    last = {"stage": "align", "done": 0} if takes == 1 else {"stage": "speak", "done": 2}

    def notify(progress: dict[str, Any]) -> None:
        if last.items() <= progress.items():
            waiting.set()

    def busy(_: int) -> None:
        happens(waiting)
        cancellation.cancel()
        happens(release)

    aligner = Watched(Even("sphinx"), busy)
    engine = Speaker(services.settings)
    event = {"id": "busy-1", "input": {"text": TEXT, "timing_format": "srt", "takes": takes}}
    reply = dispatch(event, with_backends(services, engine, sphinx=aligner), notify=notify, cancellation=cancellation)
    assert reply["error_code"] == "cancelled"
    assert jobs.load(services.store, "busy-1").state == jobs.CANCELLED
    assert engine.closed
    assert all(thread.is_alive() for thread in aligner.threads), "the reply came when the aligner was done"
    release.set()
    ended(aligner)
    assert aligner.calls == 1


def test_a_job_that_fails_leaves_nothing_aligning(services: Services) -> None:
    """When the engine breaks while a chunk is aligned, the chunks that wait for the aligner are dropped."""
    busy, release = threading.Event(), threading.Event()

    def before_alignment(_: int) -> None:
        busy.set()
        happens(release)

    def before_chunk(index: int) -> None:
        if index == 3:
            happens(busy)
            raise RuntimeError("out of order")

    aligner = Watched(Even("sphinx"), before_alignment)
    services = with_backends(services, Speaker(services.settings, before_chunk), sphinx=aligner)
    reply = dispatch({"input": {"text": TEXT, "timing_format": "srt"}}, services)
    assert reply["error_code"] == "internal"
    release.set()
    ended(aligner)
    assert aligner.calls == 1


def test_the_align_metric_is_what_alignment_adds(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds of the engine count as speak; of an alignment that is waited for once all is spoken, as align."""
    clock = [0.0]
    monkeypatch.setattr("handler.telemetry.time.perf_counter", lambda: clock[0])
    waiting = threading.Event()

    def notify(progress: dict[str, Any]) -> None:
        if progress["stage"] == "align":
            waiting.set()

    def aligns(_: int) -> None:
        happens(waiting)
        clock[0] += 3.0

    def speaks(_: int) -> None:
        clock[0] += 1.0

    services = with_backends(services, Speaker(services.settings, speaks), sphinx=Watched(Even("sphinx"), aligns))
    reply = dispatch({"input": {"text": LINES[0], "timing_format": "srt"}}, services, notify=notify)
    assert (reply["metrics"]["speak"], reply["metrics"]["align"]) == (1.0, 3.0)
    assert reply["metrics"]["rtf"] == pytest.approx(1 / reply["duration"], abs=0.001)


def test_the_audio_is_uploaded_while_captions_are_made(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last alignment is still under way when the audio's upload begins, and the audio is first of the outputs."""
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


def test_audio_that_cannot_be_uploaded_fails_the_job(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload that was begun early and failed is the job's error, whatever became of the captions."""
    full(services, monkeypatch, lambda key: key.startswith("output/"))
    reply = dispatch({"id": "full-1", "input": {"text": TEXT, "timing_format": "srt"}}, services)
    assert reply["error_code"] == "storage_error"
    assert jobs.load(services.store, "full-1").state == jobs.FAILED


def test_with_a_target_duration_chunks_do_not_overlap(services: Services) -> None:
    """Each chunk keeps the share it was given: quiet edges run into each other only without a target_duration."""

    class Quiet(Speaker):
        def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
            return ChunkAudio(np.pad(super().made(chunk, take, voice, options).samples, 4410))

    engine = Quiet(services.settings)
    services = with_backends(services, engine)
    lengths = {}
    for target in (None, 9.0):
        heard: list[dict[str, Any]] = []
        fields = {"text": TEXT, "chunk_urls": True} | ({"target_duration": target} if target else {})
        reply = dispatch({"input": fields}, services, notify=heard.append)
        chunks = published(heard)
        lengths[target] = len(sound(reply["audio_url"])[0])
        whole = sum(round(chunk["duration"] * reply["sample_rate"]) for chunk in chunks)
        assert (lengths[target] == whole) is (target is not None)
    assert lengths[None] == lengths[9.0] - 3 * round(0.15 * engine.sample_rate)
