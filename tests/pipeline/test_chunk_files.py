"""Chunks are published while the next ones are spoken: a file each in the store, listed in the job's progress."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from handler import jobs
from handler.cancellation import Cancellation
from handler.dispatch import dispatch
from handler.errors import StorageError
from handler.jobs import Listener
from handler.media.audio import FADE_S
from handler.protocols import Services
from handler.storage.local_store import LocalStore
from tests.support.stub_backends import (
    LINES,
    PATIENCE,
    TEXT,
    Even,
    Speaker,
    codes,
    full,
    happens,
    published,
    read,
    run,
    sound,
    with_backends,
)


@pytest.mark.parametrize("engine", ["espeak", "takes"])
def test_chunk_file_is_its_part_of_the_whole_audio(services: Services, engine: str) -> None:
    """Every chunk's file opens at its URL and is, but for its fades, the whole audio from its start on."""
    heard: list[dict[str, Any]] = []
    fields: dict[str, Any] = {"text": f"{LINES[0]} [pause:0.7s] [Nguyen](win) and\n\n{LINES[1]}", "chunk_urls": True}
    if engine == "takes":
        fields |= {"takes": 2}
        services = with_backends(services, Speaker(services.settings), sphinx=Even("sphinx"))
    reply = dispatch({"id": "hand-1", "input": fields}, services, listener=Listener(on_progress=heard.append))
    whole, rate = sound(reply["audio_url"])
    chunks = published(heard)
    assert [chunk["index"] for chunk in chunks] == [0, 1, 2]
    assert [chunk["text"] for chunk in chunks] == [LINES[0], "Nguyen and", LINES[1]]
    fade = round(FADE_S * rate) + 1
    for chunk in chunks:
        assert chunk["url"].endswith(f"jobs/hand-1/chunks/{chunk['index']}.wav")
        samples, _ = sound(chunk["url"])
        start = round(chunk["start"] * rate)
        assert start == pytest.approx(chunk["start"] * rate, abs=0.05)
        assert len(samples) == round(chunk["duration"] * rate)
        assert np.array_equal(samples[fade:-fade], whole[start : start + len(samples)][fade:-fade])
    record = jobs.load(services.store, "hand-1")
    assert set(record.outputs) == {"audio"}
    assert "chunks" not in record.progress


def test_chunks_have_the_rate_of_the_whole(services: Services) -> None:
    """A rate that was asked for is that of each chunk's file, too, and its place in the whole stays."""
    heard: list[dict[str, Any]] = []
    event = {"input": {"text": TEXT, "chunk_urls": True, "sample_rate": 8000}}
    reply = dispatch(event, services, listener=Listener(on_progress=heard.append))
    whole, rate = sound(reply["audio_url"])
    assert rate == 8000
    for chunk in published(heard):
        samples, chunk_rate = sound(chunk["url"])
        assert chunk_rate == 8000
        assert len(samples) == pytest.approx(chunk["duration"] * 8000, abs=1)
        start = round(chunk["start"] * 8000)
        assert np.abs(whole[start : start + len(samples)]).max() == pytest.approx(np.abs(samples).max(), rel=0.1)


def test_chunks_are_not_stored_unless_requested(services: Services) -> None:
    """Nobody pays for files that were not asked for, and progress is as small as it was."""
    heard: list[dict[str, Any]] = []
    dispatch({"id": "plain-1", "input": {"text": TEXT}}, services, listener=Listener(on_progress=heard.append))
    assert not services.store.list("jobs/plain-1/", 10).objects
    assert not any("chunks" in progress for progress in heard)


def test_chunk_is_published_while_the_next_is_spoken(services: Services) -> None:
    """The engine is still at the second chunk when progress lists the first one's URL, and progress never goes back."""
    told = threading.Event()
    heard: list[dict[str, Any]] = []

    def notify(progress: dict[str, Any]) -> None:
        heard.append(progress)
        if progress.get("chunks"):
            told.set()

    def asked(index: int) -> None:
        if index == 1:
            happens(told)

    services = with_backends(services, Speaker(services.settings, asked))
    reply = dispatch(
        {"input": {"text": TEXT, "chunk_urls": True, "audio_format": "mp3"}},
        services,
        listener=Listener(on_progress=notify),
    )
    assert reply["status"] == "completed"
    assert read(published(heard)[0]["url"])
    spoken = [progress["done"] for progress in heard if progress["stage"] == "speak"]
    assert spoken == sorted(spoken)
    counts = [len(progress.get("chunks", [])) for progress in heard]
    assert counts == sorted(counts)
    assert counts[-1] == len(LINES)


def test_job_waits_until_all_chunks_are_published(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job waits for chunks that are still being written when all is spoken: its progress lists every one."""
    put, spoken = services.store.put, threading.Event()

    def late(key: str, *arguments: Any, **options: Any) -> str:
        if "/chunks/" in key:
            happens(spoken)
        return put(key, *arguments, **options)

    def asked(index: int) -> None:
        if index == len(LINES) - 1:
            spoken.set()

    monkeypatch.setattr(services.store, "put", late)
    services = with_backends(services, Speaker(services.settings, asked))
    heard: list[dict[str, Any]] = []
    dispatch({"input": {"text": TEXT, "chunk_urls": True}}, services, listener=Listener(on_progress=heard.append))
    assert [chunk["index"] for chunk in published(heard)] == [0, 1, 2, 3]


def test_late_chunks_cost_a_warning_not_the_job(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the job's time is over while chunks are still being written, the audio is returned, with a warning."""
    uploading, release = threading.Event(), threading.Event()
    put, threads = services.store.put, []

    def stuck(key: str, *arguments: Any, **options: Any) -> str:
        if key.startswith("output/"):
            uploading.set()
        if "/chunks/" in key:
            threads.append(threading.current_thread())
            happens(uploading)
            happens(release)
        return put(key, *arguments, **options)

    monkeypatch.setattr(services.store, "put", stuck)
    services = with_backends(services, Speaker(services.settings))
    services = replace(services, settings=services.settings.model_copy(update={"job_timeout": 2.0}))
    reply = run(services, chunk_urls=True)
    assert codes(reply) == ["chunk_not_kept"]
    assert read(reply["audio_url"])
    release.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(threads) == 1


def test_progress_lists_the_newest_chunks_with_valid_urls(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the newest chunks are listed, and their URLs are signed anew when half of their life is over."""
    monkeypatch.setattr("handler.pipeline.chunk_files.MAX_LISTED", 2)
    clock, presign, signed = [0.0], services.store.presign_get, []

    def counting(key: str, expires_in: int, **options: Any) -> str:
        signed.append(key)
        return presign(key, expires_in, **options)

    def asked(index: int) -> None:
        if index:
            happens(told[index - 1])
        clock[0] = 40.0 if index == 3 else 0.0

    told = [threading.Event() for _ in LINES]

    def notify(progress: dict[str, Any]) -> None:
        heard.append(progress)
        for chunk in progress.get("chunks", []):
            told[chunk["index"]].set()

    heard: list[dict[str, Any]] = []
    monkeypatch.setattr("handler.pipeline.chunk_files.monotonic", lambda: clock[0])
    monkeypatch.setattr(services.store, "presign_get", counting)
    services = with_backends(services, Speaker(services.settings, asked))
    dispatch(
        {"input": {"text": TEXT, "chunk_urls": True, "expires_in": 60}}, services, listener=Listener(on_progress=notify)
    )
    assert [chunk["index"] for chunk in published(heard)] == [2, 3]
    assert max(len(progress.get("chunks", [])) for progress in heard) == 2
    assert sum(key.endswith("chunks/2.wav") for key in signed) == 2


def test_chunk_has_the_spelling_of_the_script(services: Services) -> None:
    """A chunk's text is as the script spells it, with blanks only where the script has some."""
    heard: list[dict[str, Any]] = []
    dispatch(
        {"input": {"text": "你好世界。", "language": "zh", "chunk_urls": True}},
        services,
        listener=Listener(on_progress=heard.append),
    )
    assert [chunk["text"] for chunk in published(heard)] == ["你好世界。"]


def test_unstorable_chunk_costs_a_warning(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are published, the whole audio is returned, and the warning names the chunk."""
    full(services, monkeypatch, lambda key: key.endswith("chunks/1.wav"))
    heard: list[dict[str, Any]] = []
    reply = dispatch(
        {"input": {"text": TEXT, "chunk_urls": True}}, services, listener=Listener(on_progress=heard.append)
    )
    assert [chunk["index"] for chunk in published(heard)] == [0, 2, 3]
    assert codes(reply) == ["chunk_not_kept"]
    assert "chunk 1 " in reply["warnings"][0]["message"]
    assert read(reply["audio_url"])


def test_no_progress_is_sent_after_the_result(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk whose writing outlasts a cancelled job is not listed: progress would come after the job's end."""
    storing, release, cancellation = threading.Event(), threading.Event(), Cancellation()
    put, threads = services.store.put, []

    def slow(key: str, *arguments: Any, **options: Any) -> str:
        if "/chunks/" in key:
            threads.append(threading.current_thread())
            storing.set()
            happens(release)
        return put(key, *arguments, **options)

    def asked(index: int) -> None:
        if index == 1:
            happens(storing)
            cancellation.cancel()

    monkeypatch.setattr(services.store, "put", slow)
    heard: list[dict[str, Any]] = []
    services = with_backends(services, Speaker(services.settings, asked))
    event = {"input": {"text": TEXT, "chunk_urls": True}}
    assert (
        dispatch(event, services, listener=Listener(on_progress=heard.append), cancellation=cancellation)["error_code"]
        == "cancelled"
    )
    before = len(heard)
    release.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert len(heard) == before
    assert len(threads) == 1


def test_second_delivery_publishes_the_same_chunks(services: Services) -> None:
    """Two deliveries at once store the same chunks under the same keys; a later one publishes none."""
    event = {"id": "twice-1", "input": {"text": TEXT, "chunk_urls": True, "timing_format": "srt"}}
    heard: list[list[dict[str, Any]]] = [[], [], []]
    with ThreadPoolExecutor(2) as pool:
        replies = list(
            pool.map(lambda notify: dispatch(event, services, listener=Listener(on_progress=notify.append)), heard[:2])
        )
    assert read(replies[0]["audio_url"]) == read(replies[1]["audio_url"])
    told = [[(chunk["index"], chunk["start"]) for chunk in published(listener)] for listener in heard[:2] if listener]
    assert all(chunks == told[0] for chunks in told)
    kept = services.store.list("jobs/twice-1/chunks/", 100).objects
    assert [item.key.rsplit("/", 1)[1] for item in kept] == [f"{index}.wav" for index in range(len(LINES))]
    assert dispatch(event, services, listener=Listener(on_progress=heard[2].append))["seed"] == replies[0]["seed"]
    assert heard[2] == []


def test_unsignable_url_costs_a_warning(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that does not sign the chunks' URLs costs their progress, not the audio."""
    real = LocalStore.presign_get

    def sign(self: LocalStore, key: str, *rest: Any, **named: Any) -> str:
        if "/chunks/" in key:
            raise StorageError("no signature could be made")
        return real(self, key, *rest, **named)

    monkeypatch.setattr(LocalStore, "presign_get", sign)
    reply = dispatch(
        {"input": {"text": TEXT, "chunk_urls": True}}, services, listener=Listener(on_progress=lambda _: None)
    )
    assert reply["status"] == "completed"
    assert set(codes(reply)) == {"chunk_not_kept"}
