"""The engine `chatterbox`: speech in the voice of a clip, without its transcript, by weights under the MIT licence."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.engines.chatterbox import files
from handler.engines.chatterbox.options import ChatterboxOptions
from handler.engines.finishing import finished
from handler.engines.scheduler import Scheduler
from handler.errors import BadRequest, ConfigError, EngineError, OutOfMemory, quoted
from handler.marks import perth
from handler.settings import Settings
from handler.telemetry import timed
from handler.types import (
    Budget,
    Chunk,
    ChunkAudio,
    JobWarning,
    Samples,
    SpeechOptions,
    SpeechRequest,
    Token,
    Voice,
    WarmupSpeech,
)

if TYPE_CHECKING:
    from handler.engines.chatterbox.sampler import Item, Spoken
    from handler.engines.chatterbox.script import Encoded
    from handler.engines.chatterbox.voices import Conditionals

logger = logging.getLogger(__name__)

MAX_CHUNK_S = 25.0  # planned, of the 40 that the model can speak: slow voices take longer
BYTES_PER_S = 12.0  # of text, about: what a slow speaker says
SLOWEST = 3.0  # times the planned length: speech that has not ended by then is none
SPARE_S = 3.0
MIN_CLIP_S = {"turbo": 5.05}  # upstream's Turbo refuses 5 s and less
WARMUP_WORDS = ("the", "voice", "is", "ready")  # spoken once at the start
WARMUP_SEED = 0
WATERMARK_SAMPLES = 1024  # the least that Perth can mark at 24 kHz, with room


class ChatterboxEngine:
    """Chatterbox with one variant's weights, loaded once. One thread computes for all callers, chunk by chunk."""

    name = "chatterbox"
    sample_rate = 24_000
    model_license = "MIT"
    supports_cloning = True
    supports_speed = True
    supports_seeds = True
    supports_phonemes = False

    def __init__(self, settings: Settings) -> None:
        """Load the model and speak a few words. Raises ConfigError when it cannot be loaded or does not speak."""
        self.start_seconds: dict[str, float] = {}
        with timed(self.start_seconds, "imports"):
            from handler.engines import devices, memory
            from handler.engines.chatterbox import loading, sampler, script, voices
        self._sampler: Any = sampler
        self._variant = settings.chatterbox_model
        self.model = f"chatterbox-{self._variant}"
        with timed(self.start_seconds, "weights"):
            self._model, codec = loading.load(settings, devices.default())
        conds = self._model.conds
        self._own_voice: Conditionals | None = None if conds is None else voices.named(conds)
        self._watermarker = perth.watermarker()
        self._script = script.Script(self._variant, self._model)
        self.sounds = script.SOUNDS[self._variant]
        self.device = devices.described(codec.device)
        self._scheduler: Scheduler[Item, Spoken] = Scheduler(
            partial(sampler.Sampling, self._model, codec),
            memory.ONE_AT_A_TIME,
            partial(memory.explain, codec.device),
            self.name,
        )
        weakref.finalize(self, self._scheduler.close)
        scheduler, compute = self._scheduler, partial(voices.of_model, self._model, codec)
        self._voices = voices.Voices(
            f"chatterbox-{files.version(settings)}",
            lambda clip: scheduler.run(lambda: compute(clip)),
            codec.device,
            MIN_CLIP_S.get(self._variant, voices.MIN_CLIP_S),
        )
        try:
            self.warmup: WarmupSpeech | None = self._warm()
        except BaseException:
            self.close()
            raise
        logger.info("ready on %s", self.device, extra={"seconds": self.start_seconds, "license": self.model_license})

    def default_voice(self, language: str | None) -> Voice:
        """The voice that comes with the weights. Raises BadRequest for a language that they do not know."""
        language = language or "en"
        self._script.language(language)
        return Voice(self.model, language)

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        """MAX_CHUNK_S of speech, before its tempo is changed."""
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
        """Yield the audio of each request, in order. A cancelled job ends before the model's next step.

        Raises BadRequest for a language or script that the weights do not know and for options of other variants,
        BadReference for an unusable clip, EngineError when the model gives no sound, OutOfMemory.
        """
        own = ChatterboxOptions.of(options)
        self._check(own)
        language = self._script.language(voice.language)
        chunks = [chunk for chunk, _ in groupby(request.chunk for request in requests)]
        # In one thread: the tokenizer is not made for more.
        encoded = self._scheduler.run(lambda: {each.index: self._script.encode(each, language) for each in chunks})
        conditionals = self._conditionals(voice)
        items = [
            self._sampler.Item(
                self._variant,
                encoded[request.chunk.index].tokens,
                conditionals,
                own,
                request.seed,
                self._max_tokens(request.chunk),
            )
            for request in requests
        ]
        return self._speak(requests, items, encoded, options, cancellation)

    def close(self) -> None:
        """Stop computing; running jobs fail with EngineError."""
        self._scheduler.close()

    def _speak(
        self,
        requests: Sequence[SpeechRequest],
        items: Sequence[Item],
        encoded: dict[int, Encoded],
        options: SpeechOptions,
        cancellation: Cancellation,
    ) -> Generator[ChunkAudio]:
        with closing(self._scheduler.results(items, cancellation)) as speaking:
            for request, spoken in zip(requests, speaking, strict=True):
                chunk = request.chunk
                sound = finished(
                    spoken.samples, self.sample_rate, chunk, options.speed, cancellation, marked=self._marked
                )
                warnings = (*encoded[chunk.index].warnings, *self._cut(spoken, chunk))
                yield ChunkAudio(sound, warnings=warnings, watermarked=True)

    def _marked(self, samples: Samples) -> Samples:
        """The samples with upstream's watermark, which fails where there are fewer than its window holds."""
        whole = np.pad(samples, (0, max(0, WATERMARK_SAMPLES - len(samples))))
        marked = self._watermarker.apply_watermark(whole, sample_rate=self.sample_rate)
        return np.asarray(marked, np.float32)[: len(samples)]

    def _cut(self, spoken: Spoken, chunk: Chunk) -> tuple[JobWarning, ...]:
        if not spoken.cut:
            return ()
        beginning = " ".join(chunk.words[:5])
        seconds = len(spoken.samples) / self.sample_rate
        message = f"the speech of {quoted(beginning)} had not ended after {seconds:.0f} s and was cut"
        return (JobWarning("chunk_cut", f"{message}; send another seed, or shorter sentences"),)

    def _max_tokens(self, chunk: Chunk) -> int:
        seconds = SLOWEST * _seconds(chunk.text_with_sounds) + SPARE_S
        tokens: int = min(self._sampler.MAX_TOKENS, round(seconds * self._sampler.TOKENS_PER_S))
        return tokens

    def _check(self, own: ChatterboxOptions) -> None:
        for name in ("exaggeration", "cfg_weight"):
            if self._variant == "turbo" and name in own.model_fields_set:
                raise BadRequest.of(name, f"{self.model} has no {name}; leave it out, or set another CHATTERBOX_MODEL")

    def _conditionals(self, voice: Voice) -> Conditionals:
        """Those of the voice's clip, or of the voice that comes with the weights. Raises as `speak` does."""
        if voice.clip is not None:
            return self._voices.get(voice)
        if voice.builtin not in ("", files.BUILTIN):
            message = f"{self.model} has no voice {quoted(voice.builtin)}, only {files.BUILTIN}"
            raise BadRequest.of("voice", f"{message}; take that, or upload one")
        if self._own_voice is None:
            raise ConfigError("CHATTERBOX_DIR has no conds.pt, the model's own voice; add it, or send voice")
        return self._own_voice

    def _warm(self) -> WarmupSpeech | None:
        """Speak a few words: weights that do not speak are found before any job, and the first job is fast."""
        if self._own_voice is None:
            return None
        chunk = Chunk(0, tuple(Token(word, (word,), 0, 0) for word in WARMUP_WORDS))
        voice = self.default_voice("en")
        try:
            with timed(self.start_seconds, "warm_utterance"):
                (audio,) = self.speak([SpeechRequest(chunk, WARMUP_SEED)], voice, SpeechOptions())
        except OutOfMemory as error:
            raise ConfigError("the device has too little memory for chatterbox; take a larger one") from error
        except EngineError as error:
            raise ConfigError(f"{self.model} does not speak on {self.device}: {error.message}") from error
        remedy = "take the files that belong to CHATTERBOX_MODEL"
        return WarmupSpeech(audio.samples, WARMUP_WORDS, voice.language, remedy)


def _seconds(text: str) -> float:
    """About how long a text takes to say. Bytes, because a Chinese character takes as long as three letters."""
    return len(text.encode()) / BYTES_PER_S
