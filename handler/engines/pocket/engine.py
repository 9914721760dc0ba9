"""The engine `pocket`: Pocket TTS in the voice of a clip, or in one of its own."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handler.cancellation import NEVER, Cancellation
from handler.engines import clips
from handler.engines.finishing import finished
from handler.engines.pocket import files
from handler.engines.pocket.options import PocketOptions
from handler.engines.scheduler import Scheduler
from handler.errors import BadRequest, ConfigError, quoted
from handler.settings import Settings
from handler.telemetry import timed
from handler.text.languages.tags import primary_language
from handler.types import (
    Budget,
    Chunk,
    ChunkAudio,
    JobWarning,
    Samples,
    SpeechOptions,
    SpeechRequest,
    Voice,
    WarmupSpeech,
)

if TYPE_CHECKING:
    from handler.engines.pocket.loading import Prepared, VoiceState
    from handler.engines.pocket.sampler import Item

logger = logging.getLogger(__name__)

MAX_TOKENS = 50  # upstream's: longer chunks lose words
SPARE_TOKENS = 3  # a full stop, and what the sum over words is wrong by
MAX_CACHED = 16  # voices: 6 MB each, or 25 with 24 layers


class PocketEngine:
    """Pocket TTS with one model's weights, loaded once. One thread computes for all callers, in batches."""

    name = "pocket"
    sample_rate = 24_000
    supports_speed = True
    supports_seeds = True
    supports_phonemes = False
    warmup: WarmupSpeech | None = None

    def __init__(self, settings: Settings) -> None:
        """Load the model. Raises ConfigError when it cannot be loaded."""
        self.start_seconds: dict[str, float] = {}
        self._settings = settings
        self._language = files.language(settings)
        found = files.find(settings)
        with timed(self.start_seconds, "imports"):
            from handler.engines import devices, memory
            from handler.engines.pocket import loading, sampler
        self._loading: Any = loading
        self._sampler: Any = sampler
        self.model = f"pocket-{settings.pocket_model}"
        self.model_license = found.license
        self._version = f"{self.model}-{found.version}"
        with timed(self.start_seconds, "weights"):
            self._model = loading.load(found, devices.default())
        self.device = devices.described(self._model.device)
        self.supports_cloning = settings.pocket_cloning
        self._scheduler: Scheduler[Item, Samples] = Scheduler(
            partial(sampler.Sampling, self._model),
            self._model.width,
            partial(memory.explain, self._model.device),
            self.name,
        )
        weakref.finalize(self, self._scheduler.close)
        self._states: clips.Recent[VoiceState] = clips.Recent(MAX_CACHED)
        logger.info("ready on %s", self.device, extra={"seconds": self.start_seconds, "license": self.model_license})

    def default_voice(self, language: str | None) -> Voice:
        """Upstream's best-known voice that may be used commercially.

        Raises BadRequest for a language that is not the model's, and for a model that comes without a voice.
        """
        language = language or self._language
        self._check_language(language)
        name = files.default_voice(self._settings)
        if not name:
            message = f"{self.model} has no voice of its own here; send the voice of an upload"
            raise BadRequest.of("voice", message)
        return Voice(f"{self.name}:{name}", language, builtin=name)

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        """As many tokens as the model speaks without losing words."""
        del voice, options
        return Budget(MAX_TOKENS - SPARE_TOKENS, lambda text: len(self._model.tokenize(text)))

    def cross_fade_s(self, options: SpeechOptions) -> float:  # noqa: ARG002
        """None: its chunks end in quiet."""
        return 0.0

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        """Yield the audio of each request, in order. A cancelled job ends before the model's next step.

        Raises BadRequest for a language, script or voice that the model does not know, BadReference for an unusable
        clip, ConfigError for a voice of its own that cannot be fetched, EngineError when the model gives no sound,
        OutOfMemory.
        """
        self._check_language(voice.language)
        for request in requests:
            self._check_script(request.chunk)
        state = self._state(voice, cancellation)
        items = [self._item(request, state, PocketOptions.of(options)) for request in requests]
        return self._speak(requests, items, options.speed, cancellation)

    def close(self) -> None:
        """Stop computing; running jobs fail with EngineError."""
        self._scheduler.close()

    def _speak(
        self, requests: Sequence[SpeechRequest], items: Sequence[Item], speed: float, cancellation: Cancellation
    ) -> Generator[ChunkAudio]:
        with closing(self._scheduler.results(items, cancellation)) as spoken:
            for request, item, samples in zip(requests, items, spoken, strict=True):
                sound = finished(samples, self.sample_rate, request.chunk, speed, cancellation)
                yield ChunkAudio(sound, warnings=_warnings(item.text))

    def _item(self, request: SpeechRequest, state: VoiceState, own: PocketOptions) -> Item:
        network = self._model.network
        text = self._model.prepare(request.chunk.text)
        drawing = self._sampler.Drawing(
            network.temp if own.temperature is None else own.temperature,
            network.noise_clamp if own.noise_clamp is None else own.noise_clamp,
            network.eos_threshold if own.eos_threshold is None else own.eos_threshold,
        )
        if own.frames_after_eos is not None:
            text = text._replace(frames_after_eos=own.frames_after_eos)
        item: Item = self._sampler.item(state, text, drawing, request.seed, own.decode_steps)
        return item

    def _check_script(self, chunk: Chunk) -> None:
        # Pieces such as <unk> and <0xE4> stand for what is not in the vocabulary.
        pieces = self._model.pieces(self._model.tokenize(chunk.text))
        if not any(character.isalnum() for piece in pieces if not piece.startswith("<") for character in piece):
            beginning = quoted(" ".join(chunk.words[:5]))
            message = f"{beginning} is in a script that {self.model} does not know; write it as [shown](spoken)"
            raise BadRequest.of("text", message)

    def _check_language(self, language: str) -> None:
        if primary_language(language) != self._language:
            message = f"{self.model} does not speak {quoted(language)}, only {self._language}; take {self._language}"
            raise BadRequest.of("language", f"{message}, or set another POCKET_MODEL")

    def _state(self, voice: Voice, cancellation: Cancellation) -> VoiceState:
        """What the model reads of a voice, computed on its first use, or fetched."""
        if voice.clip is not None:
            key = voice.sha256 or clips.digest(voice.clip)
            return self._states.get(key, partial(self._cloned, voice, voice.clip))
        name = voice.builtin or files.default_voice(self._settings)
        return self._states.get(name, partial(self._builtin, name, cancellation))

    def _builtin(self, name: str, cancellation: Cancellation) -> VoiceState:
        known = [voice.name for voice in files.voices(self._settings)]
        if name not in known:
            only = f"only {', '.join(known)}; take one of these, or" if known else "and none of its own;"
            message = f"{self.model} has no voice {quoted(name)}, {only} send the voice of an upload"
            raise BadRequest.of("voice", message)
        content = files.voice_file(self._settings, name, cancellation).read_bytes()
        try:
            state: VoiceState = self._loading.voice_state(self._model, content)
        except ValueError as error:
            message = f"the voice {name} does not belong to {self.model} ({error}); mend POCKET_DIR"
            raise ConfigError(message) from error
        return state

    def _cloned(self, voice: Voice, clip: Path) -> VoiceState:
        if not self.supports_cloning:
            message = "the open weights of Pocket TTS clone no voice; leave voice out, or set POCKET_CLONING=true"
            raise BadRequest.of("voice", message)

        def compute() -> bytes:
            samples = clips.read_speech(clip, voice.name, self.sample_rate)
            content: bytes = self._scheduler.run(lambda: self._loading.conditionals(self._model, samples))
            return content

        content = voice.conditionals(f"{self._version}.safetensors", compute)
        state: VoiceState = self._loading.voice_state(self._model, content)
        return state


def _warnings(text: Prepared) -> tuple[JobWarning, ...]:
    if not text.unknown:
        return ()
    message = f"the model has no symbols for {' '.join(text.unknown[:20])}; they were not spoken"
    return (JobWarning("unknown_characters", message),)
