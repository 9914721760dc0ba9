"""Chunks are spoken and joined with the engine's options."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import pytest

from handler.cancellation import NEVER, Cancellation
from handler.dispatch import dispatch
from handler.engines.f5.options import F5Options
from handler.jobs import Listener
from handler.media import audio
from handler.pipeline.synthesis import own_options
from handler.protocols import Services
from handler.requests import GenerateInput, Limits, parse
from handler.types import ChunkAudio, Samples, SpeechOptions, SpeechRequest, Voice, Word
from tests.support.stub_backends import (
    LINES,
    TEXT,
    Even,
    Speaker,
    Watched,
    happens,
    read,
    run,
    sound,
    with_backends,
)


def test_align_metric_counts_only_waiting(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time in the engine counts as speak; waiting for alignment after the speech counts as align."""
    clock = [0.0]
    monkeypatch.setattr("handler.telemetry.logs.time.perf_counter", lambda: clock[0])
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
    reply = dispatch(
        {"input": {"text": LINES[0], "timing_format": "srt"}}, services, listener=Listener(on_progress=notify)
    )
    assert (reply["metrics"]["speak"], reply["metrics"]["align"]) == (1.0, 3.0)
    assert reply["metrics"]["rtf"] == pytest.approx(1 / reply["duration"], abs=0.001)


def test_ignored_options_are_a_warning(services: Services) -> None:
    """A warning names an F5 option that espeak ignores, and no other."""
    reply = run(services, text="Hello.", cfg_strength=3.0, speed=1.2)
    assert [warning["code"] for warning in reply["warnings"]] == ["option_ignored"]
    assert "cfg_strength" in reply["warnings"][0]["message"]
    assert "speed" not in reply["warnings"][0]["message"]


def test_engine_that_stops_early_is_an_error(services: Services) -> None:
    """Speech that ends before the text does fails the job, which may be sent again."""

    class Stops(Speaker):
        def speak(
            self,
            requests: Sequence[SpeechRequest],
            voice: Voice,
            options: SpeechOptions,
            cancellation: Cancellation = NEVER,
        ) -> Generator[ChunkAudio]:
            return super().speak(requests[:-1], voice, options, cancellation)

    engine = Stops(services.settings)
    reply = dispatch({"input": {"text": TEXT}}, with_backends(services, engine))
    assert reply["error_code"] == "engine_error"
    assert "stopped before the end of the text" in reply["error"]
    assert engine.closed


def test_own_options_are_those_that_were_sent() -> None:
    """An engine gets its own fields of the request, with its own defaults; an engine without any gets None."""
    limits = Limits(100, ("f5",), (), ("srt",), default_engine="f5", engine_options={"f5": F5Options})
    request = parse(GenerateInput, {"text": "Hi", "cfg_strength": 1.5, "speed": 1.2}, limits)
    assert own_options(request, F5Options) == F5Options(cfg_strength=1.5)
    assert own_options(request, None) is None


@pytest.mark.parametrize(
    "fields",
    [{}, {"cross_fade_duration": 0.5}, {"takes": 2, "timing_format": "srt"}, {"sample_rate": 24_000}],
)
def test_listener_hears_the_jobs_own_audio(services: Services, fields: dict[str, Any]) -> None:
    """The samples that a listener hears while the job speaks are those of its audio file, in several pieces."""
    pieces: list[Samples] = []
    lasts: list[bool] = []

    rates: set[int] = set()

    def heard(samples: Samples, rate: int, is_last: bool) -> None:
        pieces.append(samples)
        rates.add(rate)
        lasts.append(is_last)

    services = with_backends(services, Speaker(services.settings), sphinx=Even("sphinx"))
    event = {"input": {"text": TEXT, **fields}}
    reply = dispatch(event, services, listener=Listener(on_audio=heard))
    samples, rate = sound(reply["audio_url"])
    whole = np.concatenate(pieces)
    assert rates == {rate} == {fields.get("sample_rate", rate)}
    assert lasts == [False] * len(LINES) + [True]
    np.testing.assert_array_equal(np.frombuffer(audio.pcm16(whole), "<i2"), samples * 32768)


def test_listener_hears_the_captions_words(services: Services) -> None:
    """The words that a listener hears, chunk by chunk, are those of the captions with their times in the whole."""
    chunks: list[Sequence[Word]] = []
    event = {"input": {"text": TEXT, "timing_format": "json"}}
    reply = dispatch(event, services, listener=Listener(on_words=chunks.append))
    captions = json.loads(read(reply["timing_files"]["json"]))
    assert len(chunks) == len(LINES)
    heard = [(word.shown, round(word.start, 3), round(word.end, 3)) for words in chunks for word in words]
    assert heard == [(word["word"], word["start"], word["end"]) for word in captions["words"]]
