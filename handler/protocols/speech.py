"""What makes speech: engines, and converters of voices."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol, runtime_checkable

from handler.cancellation import NEVER, Cancellation
from handler.types import Budget, Chunk, ChunkAudio, Samples, SpeechOptions, SpeechRequest, Voice, WarmupSpeech


class Cloner(Protocol):
    """What speaks in voices: an engine, or a converter."""

    name: str
    supports_cloning: bool
    """Whether it speaks in the voice of a clip."""

    def default_voice(self, language: str | None) -> Voice:
        """Its own voice for a language (None: its default). Raises BadRequest where it has none."""
        ...


class Engine(Cloner, Protocol):
    """Speaks chunks of text. Built once, kept warm; called from several threads: what needs a guard guards itself."""

    sample_rate: int
    model: str
    model_license: str
    device: str
    """The device it computes on: ``cpu``, ``cuda:0 NVIDIA …``."""
    warmup: WarmupSpeech | None
    """Its first speech; None for an engine that needs no warm-up."""
    supports_speed: bool
    """Whether it honours the request's ``speed``."""
    supports_seeds: bool
    """Whether another seed gives another take of the same chunk."""
    supports_phonemes: bool
    """Whether it says the ``phonemes`` of tokens; otherwise it says their ``spoken`` words."""

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        """How much one chunk may hold when spoken in this voice."""
        ...

    def cross_fade_s(self, options: SpeechOptions) -> float:
        """Seconds by which its chunks overlap where they are joined."""
        ...

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        """Yield one ChunkAudio for each request, in order, at ``sample_rate``. Closing the iterator abandons the rest.

        Requests for the same chunk follow each other and differ in their seeds. A slow engine checks ``cancellation``
        within a chunk too.

        Raises EngineError when speech cannot be made, BadRequest when the request asks for what it cannot do.
        """
        ...


@runtime_checkable
class BatchEngine(Engine, Protocol):
    """An engine that speaks several voices in common batches: `speak` is `prepare` and then `speak_prepared`."""

    def prepare(self, requests: Sequence[SpeechRequest], voice: Voice, options: SpeechOptions) -> Sequence[Any]:
        """Make what `speak_prepared` takes, one for each request. Raises as `speak` does for what it cannot speak."""
        ...

    def speak_prepared(self, prepared: Sequence[Any], cancellation: Cancellation = NEVER) -> Generator[ChunkAudio]:
        """Yield the audio of each, in order, as `speak` does. They may be of several voices."""
        ...


@runtime_checkable
class SoundMaker(Engine, Protocol):
    """An engine that makes the ``sounds_before`` and ``sounds_after`` of tokens, those that it knows."""

    sounds: frozenset[str]


@runtime_checkable
class PacedEngine(Engine, Protocol):
    """An engine whose model itself speaks at the ``rate`` of a chunk. The others stretch their model's sound."""

    def natural_seconds(self, chunks: Sequence[Chunk], voice: Voice, options: SpeechOptions) -> Sequence[float] | None:
        """How long each chunk lasts, from its first sound to its last, before it is spoken.

        None from an engine of which only the speech tells: it is quick enough to speak a chunk twice.
        """
        ...


class VoiceConverter(Cloner, Protocol):
    """Speaks a recording again in the voice of a clip. Called from several threads."""

    sample_rate: int
    model_license: str
    watermarks: bool
    """Whether it gives its speech a watermark itself."""

    def prepare(self, voice: Voice, seed: int, cancellation: Cancellation = NEVER) -> Callable[[Samples, int], Samples]:
        """Return the function that converts speech, of so many samples a second, into this voice.

        Its result lasts as long as what it is given, or up to 40 ms longer, at ``sample_rate``. The same pieces with
        the same seed give the same bytes. Raises BadReference for a clip that cannot be used; the function raises
        EngineError, and as ``cancellation`` does.
        """
        ...
