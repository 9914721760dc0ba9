"""The lines of a job are spoken by their engines side by side, and abandoned together."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import pytest

from handler.cancellation import NEVER, Cancellation
from handler.errors import BadRequest
from handler.pipeline.lines import EngineVoice, Line
from handler.pipeline.speaking import speak
from handler.pipeline.turns import VoiceRequest
from handler.requests import GenerateInput
from handler.settings import Settings
from handler.types import Chunk, ChunkAudio, SpeechOptions, SpeechRequest, Token, Voice
from tests.support.speech_requests import requests_for
from tests.support.stub_backends import Speaker

OPTIONS = SpeechOptions()


class Tones(Speaker):
    """Speaks a second of sound for each request; ``asked`` has the indices of the chunks, a list for each call."""

    def __init__(self, rate: int) -> None:
        super().__init__(Settings.read({}))
        self.sample_rate = rate
        self.calls: list[list[int]] = []
        self.ended = 0

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        if voice.language == "xx":
            raise BadRequest.of("language", "is not known")
        self.calls.append([request.chunk.index for request in requests])
        return self._tones(requests)

    def _tones(self, requests: Sequence[SpeechRequest]) -> Generator[ChunkAudio]:
        try:
            for request in requests:
                yield ChunkAudio(np.full(self.sample_rate, request.chunk.index / 10, np.float32))
        finally:
            self.ended += 1


def engine_voice(engine: Tones, name: str, language: str = "en", part: str = "") -> EngineVoice:
    request = VoiceRequest(GenerateInput.model_construct(text="x"), engine.name, "x", part)
    return EngineVoice(engine, Voice(name, language), OPTIONS, request)


def asked(*speakers: EngineVoice, takes: int = 1) -> list[tuple[Line, list[SpeechRequest]]]:
    """A line of each speaker."""
    lines = [Line(Chunk(index, (Token("x", ("x",), 0, 1),)), each) for index, each in enumerate(speakers)]
    return [(line, requests_for([line.chunk], takes=takes)) for line in lines]


def test_each_voice_has_all_its_requests_at_once() -> None:
    """So an engine may speak ahead; what comes is in the order of the lines, at one sample rate."""
    fast, slow = Tones(8000), Tones(4000)
    anna, bob, carl = engine_voice(fast, "anna"), engine_voice(slow, "bob"), engine_voice(fast, "carl")
    spoken = list(speak(asked(anna, bob, carl, anna, bob, takes=2), 8000, NEVER))
    assert (fast.calls, slow.calls) == ([[0, 0, 3, 3], [2, 2]], [[1, 1, 4, 4]])
    assert [round(float(np.median(piece.samples)), 2) for piece in spoken] == [
        0.0, 0.0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4,
    ]  # fmt: skip
    assert {len(piece.samples) for piece in spoken} == {8000}


def test_closing_abandons_every_voice() -> None:
    """Also those that have not spoken yet."""
    fast, slow = Tones(8000), Tones(4000)
    anna, bob = engine_voice(fast, "anna"), engine_voice(slow, "bob")
    spoken = speak(asked(anna, bob, anna, bob, anna), 8000, NEVER)
    assert len([next(spoken), next(spoken)]) == 2
    spoken.close()
    assert (fast.ended, slow.ended) == (1, 1)


def test_what_an_engine_refuses_is_raised_before_anything_is_spoken() -> None:
    """It names the turn of the voice."""
    engine = Tones(8000)
    with pytest.raises(BadRequest, match=r"^turns\.1\.language: is not known"):
        speak(asked(engine_voice(engine, "anna"), engine_voice(engine, "bob", "xx", "turns.1")), 8000, NEVER)
    assert engine.ended == 0
