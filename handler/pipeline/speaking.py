"""The audio of a job's lines, in order, from one engine or several, in one voice or several."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import islice
from typing import Any

from handler.cancellation import Cancellation
from handler.media import audio
from handler.pipeline.lines import EngineVoice, Line
from handler.protocols import BatchEngine
from handler.types import ChunkAudio, SpeechRequest

Asked = Sequence[tuple[Line, Sequence[SpeechRequest]]]
"""The lines of a job, and the requests for each: as many as it has takes."""


def speak(asked: Asked, sample_rate: int, cancellation: Cancellation) -> Generator[ChunkAudio]:
    """Yield the audio of each request at the sample rate, in order. Closing the iterator abandons the rest.

    An engine that shares its batches among voices gets the requests of all of them at once; others get those of each
    voice by itself, and speak them side by side. Raises at once, with the turn named, what an engine refuses.
    """
    streams = _streams(asked, cancellation)
    return _in_order(asked, streams, sample_rate)


def _streams(asked: Asked, cancellation: Cancellation) -> dict[EngineVoice, Generator[ChunkAudio]]:
    """What each voice says, in order. Those of an engine that shares its batches have one stream."""
    requests: dict[EngineVoice, list[SpeechRequest]] = {}
    for line, own in asked:
        requests.setdefault(line.said_by, []).extend(own)
    streams: dict[EngineVoice, Generator[ChunkAudio]] = {}
    prepared: dict[BatchEngine, dict[EngineVoice, Iterator[Any]]] = {}
    for voice, own in requests.items():
        engine = voice.engine
        with voice.asked.named():
            if isinstance(engine, BatchEngine):
                ready = iter(engine.prepare(own, voice.voice, voice.options))
                prepared.setdefault(engine, {})[voice] = ready
            else:
                streams[voice] = engine.speak(own, voice.voice, voice.options, cancellation)
    for engine, each in prepared.items():
        order = [next(each[line.said_by]) for line, own in asked if line.said_by in each for _ in own]
        streams |= dict.fromkeys(each, engine.speak_prepared(order, cancellation))
    return streams


def _in_order(
    asked: Asked, streams: Mapping[EngineVoice, Generator[ChunkAudio]], sample_rate: int
) -> Generator[ChunkAudio]:
    with ExitStack() as stack:
        for stream in dict.fromkeys(streams.values()):
            stack.enter_context(closing(stream))
        for line, requests in asked:
            for spoken in islice(streams[line.said_by], len(requests)):
                samples = audio.resample(spoken.samples, line.said_by.engine.sample_rate, sample_rate)
                yield replace(spoken, samples=samples)
