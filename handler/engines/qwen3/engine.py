"""The engine `qwen3`: Qwen3-TTS in the voice of a clip, of its own speakers, or of a description."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.engines import clips
from handler.engines.finishing import finished
from handler.engines.qwen3 import speakers
from handler.engines.qwen3.options import Qwen3Options
from handler.engines.scheduler import Scheduler
from handler.errors import BadReference, BadRequest, ConfigError, EngineError, OutOfMemory, quoted, suggest
from handler.settings import Settings
from handler.telemetry import timed
from handler.text.languages.tags import primary_language
from handler.types import (
    Budget,
    Chunk,
    ChunkAudio,
    JobWarning,
    SpeechOptions,
    SpeechRequest,
    Token,
    Voice,
    WarmupSpeech,
)

if TYPE_CHECKING:
    from handler.engines.qwen3.loading import Clone
    from handler.engines.qwen3.sampler import Item, Spoken

logger = logging.getLogger(__name__)

FRAMES_PER_S = 12.5
MAX_CHUNK_S = 25.0  # planned: long chunks drift
LETTERS_PER_S = 12.0
SLOWEST = 4.0  # times the planned length: speech that has not ended by then is none
SPARE_S = 4.0
MAX_CACHED = 64  # voices: 0.1 MB each

WARMUP_WORDS = ("the", "voice", "is", "ready")  # spoken once at the start
WARMUP_REMEDY = "take the files of QWEN3_MODEL, see `python -m handler models verify qwen3`"

LANGUAGES = {  # as upstream names them
    "zh": "chinese", "en": "english", "ja": "japanese", "ko": "korean", "de": "german", "fr": "french",
    "ru": "russian", "pt": "portuguese", "es": "spanish", "it": "italian",
}  # fmt: skip
DESIGN = "A calm adult voice that speaks clearly, at a moderate pace."  # for a request that describes none


class Qwen3Engine:
    """Qwen3-TTS with one model's weights, loaded once. One thread computes for all callers, in batches."""

    name = "qwen3"
    sample_rate = 24_000
    model_license = speakers.LICENSE
    supports_speed = True
    supports_seeds = True
    supports_phonemes = False

    def __init__(self, settings: Settings) -> None:
        """Load the model and speak a few words. Raises ConfigError when it cannot be loaded or does not speak."""
        self.start_seconds: dict[str, float] = {}
        with timed(self.start_seconds, "imports"):
            from handler.engines import devices, memory
            from handler.engines.qwen3 import loading, prompt, sampler
        self._loading: Any = loading
        self._prompt: Any = prompt
        self._sampler: Any = sampler
        self.model = f"qwen3-{settings.qwen3_model}"
        with timed(self.start_seconds, "weights"):
            self._model = loading.load(settings, devices.default())
        self.device = devices.described(self._model.device)
        self.supports_cloning = self._model.kind == "base"
        version = loading.encoder_version(self._model) if self.supports_cloning else ""
        self._conditionals_name = f"{self.model}-{version}.safetensors"
        self._scheduler: Scheduler[Item, Spoken] = Scheduler(
            partial(sampler.Sampling, self._model),
            self._model.width,
            partial(memory.explain, self._model.device),
            self.name,
        )
        weakref.finalize(self, self._scheduler.close)
        self._voices: clips.Recent[Clone] = clips.Recent(MAX_CACHED)
        try:
            with timed(self.start_seconds, "warm_utterance"):
                self.warmup = self._warm()
        except BaseException:
            self.close()
            raise
        logger.info("ready on %s", self.device, extra={"seconds": self.start_seconds, "license": self.model_license})

    @property
    def speakers(self) -> tuple[str, ...]:
        """The speakers that a CustomVoice model has; none for other kinds."""
        return tuple(sorted(self._model.network.get_supported_speakers()))

    def default_voice(self, language: str | None) -> Voice:
        """The model's own voice; `speak` checks the language. Raises BadRequest for Base, which has none."""
        if self.supports_cloning:
            message = f"{self.model} has no voice of its own; send the voice of an upload, or set another QWEN3_MODEL"
            raise BadRequest.of("voice", message)
        return Voice(self.model, language or "en")

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        """MAX_CHUNK_S of speech."""
        del voice, options
        return Budget(MAX_CHUNK_S, _seconds)

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
        """Yield the audio of each request, in order. A cancelled job ends before the model's next frame.

        Each has a warning for options that the model ignores, and one if it had to be cut.

        Raises BadRequest for a language or speaker that the model does not know, BadReference for an unusable clip,
        EngineError when the model gives no sound, OutOfMemory.
        """
        own = Qwen3Options.of(options)
        language = self._language(voice.language, own)
        speaker, instruct, transcript = self._speaker(voice, own), self._instruct(own), voice.text.strip()
        clone = self._clone(voice) if self.supports_cloning else None
        drawing = self._sampler.Drawing(own.temperature, own.top_k, own.top_p)
        items = [
            self._sampler.Item(
                self._prompt.Request(request.chunk.text, language, speaker, instruct, clone, transcript),
                drawing,
                request.seed,
                self._max_frames(request.chunk.text),
            )
            for request in requests
        ]
        return self._speak(requests, items, options.speed, self._warnings(own), cancellation)

    def close(self) -> None:
        """Stop computing; running jobs fail with EngineError."""
        self._scheduler.close()

    def _speak(
        self,
        requests: Sequence[SpeechRequest],
        items: Sequence[Item],
        speed: float,
        warnings: tuple[JobWarning, ...],
        cancellation: Cancellation,
    ) -> Generator[ChunkAudio]:
        speaking = self._in_one_voice(items, cancellation)
        with closing(speaking):
            for request, (_, samples, cut) in zip(requests, speaking, strict=True):
                sound = finished(samples, self.sample_rate, request.chunk, speed, cancellation)
                yield ChunkAudio(sound, warnings=(*warnings, *_cut(request.chunk)) if cut else warnings)

    def _in_one_voice(self, items: Sequence[Item], cancellation: Cancellation) -> Generator[Spoken]:
        """Speak the items. A voice that is only described is another each time: there all go on from the first."""
        if self._model.kind == "voice_design" and len(items) > 1:
            first, *items = items
            (spoken,) = self._scheduler.results([first], cancellation)
            yield spoken
            said = self._prompt.Said(first.request.text, spoken.codes)
            items = [replace(item, request=replace(item.request, said=said)) for item in items]
        yield from self._scheduler.results(items, cancellation)

    def _warm(self) -> WarmupSpeech | None:
        """Speak a few words, so that weights that do not speak are found before any job. Base has no voice for it."""
        if self.supports_cloning:
            return None
        chunk = Chunk(0, tuple(Token(word, (word,), 0, 0) for word in WARMUP_WORDS))
        try:
            (audio,) = self.speak([SpeechRequest(chunk, 0)], self.default_voice("en"), SpeechOptions())
        except OutOfMemory as error:
            raise ConfigError("the device has too little memory for QWEN3_MODEL; take a smaller model") from error
        except EngineError as error:
            raise ConfigError(f"{self.model} does not speak on {self.device}: {WARMUP_REMEDY}") from error
        return WarmupSpeech(audio.samples, WARMUP_WORDS, "en", WARMUP_REMEDY)

    def _max_frames(self, text: str) -> int:
        return round((SLOWEST * _seconds(text) + SPARE_S) * FRAMES_PER_S)

    def _language(self, language: str, own: Qwen3Options) -> str:
        """The language as upstream names it, or ``auto``."""
        if own.auto_language:
            return "auto"
        known = self._model.network.get_supported_languages()
        name = LANGUAGES.get(primary_language(language), "")
        if name not in known:
            speaks = ", ".join(tag for tag, other in LANGUAGES.items() if other in known)
            message = f"{self.model} does not speak {quoted(language)}, only {speaks}; take one of these"
            raise BadRequest.of("language", f"{message}, or send auto_language")
        return name

    def _speaker(self, voice: Voice, own: Qwen3Options) -> str | None:
        """The speaker that the option or the voice names, else the language's; None for models without speakers."""
        given = {"voice": voice.builtin, "speaker": own.speaker if self.speakers else None}
        named = {field: name.lower() for field, name in given.items() if name}
        for field, name in named.items():
            if name not in self.speakers:
                remedy = suggest(name, self.speakers) if self.speakers else "set QWEN3_MODEL to custom-voice-1.7b"
                raise BadRequest.of(field, f"{self.model} has no speaker {quoted(name)}; {remedy}")
        if len(set(named.values())) > 1:
            raise BadRequest.of("speaker", f"the voice is the speaker {named['voice']}; leave out speaker or voice")
        if named or not self.speakers:
            return next(iter(named.values()), None)
        return speakers.default(primary_language(voice.language), self.speakers)

    def _instruct(self, own: Qwen3Options) -> str | None:
        if not self._model.takes_instruct:
            return None
        return own.instruct or (DESIGN if self._model.kind == "voice_design" else None)

    def _warnings(self, own: Qwen3Options) -> tuple[JobWarning, ...]:
        taken = {"speaker": bool(self.speakers), "instruct": self._model.takes_instruct}
        ignored = [name for name, has_effect in taken.items() if getattr(own, name) is not None and not has_effect]
        if not ignored:
            return ()
        message = f"{self.model} ignores {' and '.join(ignored)}; leave it out, or set another QWEN3_MODEL"
        return (JobWarning("option_ignored", message),)

    def _clone(self, voice: Voice) -> Clone:
        """The voice of a clip, computed on its first use; without a transcript by its sound alone."""
        if voice.clip is None:
            raise BadReference(f"voice: {voice.name} has no clip; upload it again")
        clip, transcript = voice.clip, bool(voice.text.strip())

        def make() -> Clone:
            content = voice.conditionals(self._conditionals_name, lambda: self._conditionals(clip, voice.name))
            made: Clone = self._scheduler.run(partial(self._loading.clone, self._model, content, transcript=transcript))
            return made

        return self._voices.get((voice.sha256 or clips.digest(clip), transcript), make)

    def _conditionals(self, clip: Path, name: str) -> bytes:
        # Resampled sound may overshoot, of which upstream prints a warning to stdout.
        samples = np.clip(clips.read_speech(clip, name, self.sample_rate), -1, 1)
        content: bytes = self._scheduler.run(partial(self._loading.conditionals, self._model, samples))
        return content


def _cut(chunk: Chunk) -> tuple[JobWarning, ...]:
    beginning = quoted(" ".join(chunk.words[:5]))
    message = f"the model did not end the chunk that begins with {beginning}, and it was cut"
    return (JobWarning("chunk_cut", f"{message}; listen to it, and send another seed or shorter sentences"),)


def _seconds(text: str) -> float:
    """About how long a slow speaker takes to say a text. A Chinese character takes as long as three letters."""
    return sum(3 if east_asian_width(character) in "WF" else 1 for character in text) / LETTERS_PER_S
