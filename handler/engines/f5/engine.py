"""The engine `f5`: F5-TTS in the voice of a clip, with the chunks of all jobs in common batches."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.engines import clips
from handler.engines.f5 import durations, symbols
from handler.engines.f5.durations import HOP
from handler.engines.f5.options import F5Options
from handler.engines.f5.reference import Reference, References
from handler.engines.f5.utterance import EncodedChunk, Utterance
from handler.engines.finishing import validated
from handler.engines.scheduler import Scheduler
from handler.errors import BadRequest, ConfigError, EngineError, OutOfMemory, quoted
from handler.media import audio
from handler.settings import Settings
from handler.telemetry import timed
from handler.text.languages.tags import primary_language
from handler.types import Budget, Chunk, ChunkAudio, Samples, SpeechOptions, SpeechRequest, Token, Voice, WarmupSpeech

if TYPE_CHECKING:
    from torch import Tensor

    from handler.engines.f5.sampler import Item

logger = logging.getLogger(__name__)

CLIPS = {  # the human clips that f5-tts ships, by language, and what they say
    "en": ("basic_ref_en.wav", "Some call me nature, others call me mother nature."),
    "zh": ("basic_ref_zh.wav", "对，这就是我，万人敬仰的太乙真人。"),
}

WARMUP_WORDS = {"en": ("the", "voice", "is", "ready"), "zh": ("我", "准", "备", "好", "了")}  # spoken once at the start
WARMUP_STEPS = 7  # the fewest that the model speaks well with
MIN_SOUNDING = 0.3  # share of the warm-up speech that must be sound


class F5Engine:
    """F5-TTS with its own weights, loaded once. One thread computes for all callers, in batches."""

    name = "f5"
    sample_rate = durations.SAMPLE_RATE
    supports_cloning = True
    supports_speed = True
    supports_seeds = True
    supports_phonemes = False

    def __init__(self, settings: Settings) -> None:
        """Load the model and speak a few words. Raises ConfigError when it cannot be loaded or does not speak."""
        self.start_seconds: dict[str, float] = {}
        self._languages = settings.languages
        if not self._languages:
            raise ConfigError("LANGUAGES names no language; leave it out, or name those that the weights know")
        with timed(self.start_seconds, "imports"):
            # Imported here, so that the log shows the seconds it takes: torch alone takes several.
            from handler.engines import devices, memory
            from handler.engines.f5 import loading, sampler
        self._sampler: Any = sampler
        self._memory: Any = memory
        with timed(self.start_seconds, "weights"):
            self._model = loading.load(settings, devices.default())
        if self._model.sample_rate != self.sample_rate or self._model.mel.hop_length != HOP:
            raise ConfigError("F5_MODEL is not for 24,000 samples a second in hops of 256; take another one")
        self.model = self._model.name
        self.model_license = self._model.license
        device = self._model.device
        self.device = devices.described(device)
        self._scheduler: Scheduler[Item, Samples] = Scheduler(
            partial(sampler.Sampling, self._model),
            memory.ONE_AT_A_TIME,
            partial(memory.explain, device),
            self.name,
        )
        weakref.finalize(self, self._scheduler.close)
        self._references: References[Tensor] = References(self._mel)
        try:
            self.warmup: WarmupSpeech | None = self._warm()
            if settings.f5_batch_frames:
                self._scheduler.budget = settings.f5_batch_frames
        except BaseException:
            self.close()
            raise
        logger.info("ready on %s", self.device, extra={"seconds": self.start_seconds, "license": self.model_license})

    def default_voice(self, language: str | None) -> Voice:
        """The voice of a clip that comes with f5-tts. Raises BadRequest for a language that the weights do not know."""
        from handler.engines.f5.upstream_modules import package_file

        language = language or ("en" if "en" in self._languages else self._languages[0])
        self._check_language(language)
        speaker = primary_language(language) if primary_language(language) in CLIPS else "en"
        file, text = CLIPS[speaker]
        clip = package_file("f5_tts", "infer", "examples", "basic", file)
        return Voice(f"f5-{speaker}", language, clip, text, clips.digest(clip))

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        """The length the model was trained on less the clip's, in seconds of speech at this voice's pace and speed."""
        reference = self._references.get(voice)
        # A target_duration sets the speed.
        rate = reference.pace * (1.0 if F5Options.of(options).target_duration else options.speed)
        limit = durations.PLANNED_S - reference.seconds - durations.SETTLING_S
        return Budget(limit, lambda text: durations.cost(text, rate))

    def cross_fade_s(self, options: SpeechOptions) -> float:
        """Seconds by which chunks overlap where they are joined."""
        return F5Options.of(options).cross_fade_s

    def natural_seconds(self, chunks: Sequence[Chunk], voice: Voice, options: SpeechOptions) -> Sequence[float]:
        """How long the model will speak each chunk at the job's speed. Raises BadReference for an unusable clip."""
        pace = self._references.get(voice).pace * options.speed
        return [durations.speech_seconds(chunk.text, pace) - durations.SETTLING_S for chunk in chunks]

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        """Yield the audio of each request, in order.

        A cancelled job ends before the model's next step, and so does a closed iterator. All requests are computed
        ahead of the caller and kept until it asks for them: 96 kB for a second of speech.

        Raises BadRequest for a language or script that the weights do not know and for a ``target_duration`` out of
        reach, BadReference for an unusable clip, EngineError when the model gives no sound, OutOfMemory.
        """
        return self.speak_prepared(self.prepare(requests, voice, options), cancellation)

    def prepare(
        self, requests: Sequence[SpeechRequest], voice: Voice, options: SpeechOptions
    ) -> list[tuple[EncodedChunk, int]]:
        """The chunk of each request, ready for the model, and its seed. Raises as `speak` does."""
        chunks = [chunk for chunk, _ in groupby(request.chunk for request in requests)]
        self._check_language(voice.language)
        for chunk in chunks:
            self._check_script(chunk)
        reference = self._references.get(voice)
        shares: Sequence[int | None] = [None] * len(chunks)
        if (target := F5Options.of(options).target_duration) is not None:
            natural = [durations.speech_seconds(chunk.text, reference.pace, chunk.rate) for chunk in chunks]
            shares = durations.shares(target, chunks, natural)
        encoded = {
            chunk.index: self._encode(Utterance(chunk, chunk is chunks[-1], options, share), reference)
            for chunk, share in zip(chunks, shares, strict=True)
        }
        return [(encoded[request.chunk.index], request.seed) for request in requests]

    def speak_prepared(
        self, prepared: Sequence[tuple[EncodedChunk, int]], cancellation: Cancellation = NEVER
    ) -> Generator[ChunkAudio]:
        """Yield the audio of prepared chunks, in order; they share batches, whatever their voices."""
        if not prepared:
            return
        items = [item for encoded, seed in prepared for item in encoded.with_seed(seed)]
        first, _ = prepared[0]
        urgent_items = sum(len(encoded.items) for encoded, _ in prepared if encoded is first)
        with closing(self._scheduler.results(items, cancellation, urgent_items)) as spoken:
            for encoded, _ in prepared:
                portions = islice(spoken, len(encoded.items))
                yield encoded.finish([validated(samples, self.sample_rate) for samples in portions])

    def close(self) -> None:
        """Stop computing; running jobs fail with EngineError."""
        self._scheduler.close()

    def _encode(self, utterance: Utterance, reference: Reference[Tensor]) -> EncodedChunk:
        options = utterance.own
        portions = utterance.portions(reference.seconds, reference.pace)
        items: list[Item] = []
        unknown: list[str] = []
        for portion in portions:
            unknown += symbols.tokenize(portion.text, self._model.vocab).unknown
            items.append(
                self._sampler.item(
                    self._model,
                    reference.mel,
                    symbols.tokenize(reference.text + portion.text, self._model.vocab).symbols,
                    len(reference.mel) + max(1, durations.frames(portion.seconds)),
                    steps=options.steps,
                    cfg_strength=options.cfg_strength,
                    sway=options.sway_sampling_coef,
                    lead=1,
                )
            )
        return EncodedChunk(utterance, portions, items, unknown)

    def _mel(self, clip: Samples) -> Tensor:
        mel: Tensor = self._scheduler.run(lambda: self._sampler.mel_spectrogram(self._model, clip))
        return mel

    def _check_language(self, language: str) -> None:
        if primary_language(language) not in {primary_language(known) for known in self._languages}:
            known = ", ".join(self._languages)
            message = (
                f"the weights of f5 do not know {quoted(language)}, only {known}; take one of these, or engine espeak"
            )
            raise BadRequest.of("language", message)

    def _check_script(self, chunk: Chunk) -> None:
        # Without words after the clip the model babbles.
        if not any(map(str.isalnum, symbols.tokenize(chunk.text, self._model.vocab).symbols)):
            beginning = " ".join(chunk.words[:5])
            message = f"{quoted(beginning)} is in a script that the weights do not know; write it as [shown](spoken)"
            raise BadRequest.of("text", message)

    def _warm(self) -> WarmupSpeech:
        """Speak a few words: weights that do not speak are found before any job, and the first job is fast."""
        with timed(self.start_seconds, "reference"):
            voice = self.default_voice(None)
            reference = self._references.get(voice)
        words = WARMUP_WORDS.get(primary_language(voice.language), WARMUP_WORDS["en"])
        chunk = Chunk(0, tuple(Token(word, (word,), 0, 0) for word in words))
        encoded = self._encode(Utterance(chunk, True, SpeechOptions(own=F5Options(nfe_step=WARMUP_STEPS))), reference)
        with timed(self.start_seconds, "warm_utterance"):
            samples = self._first_words(encoded)
        seconds, expected = len(samples) / self.sample_rate, encoded.portions[0].seconds
        sounding = float(np.mean(audio.sounding(samples, self.sample_rate)))
        if abs(seconds - expected) > HOP / self.sample_rate or sounding < MIN_SOUNDING:
            raise ConfigError(
                f"F5_CKPT_FILE: the model's first words are {seconds:.1f} s with {sounding:.0%} of sound, where "
                f"{expected:.1f} s were expected; take the F5_MODEL and F5_VOCAB_FILE that belong to the weights"
            )
        remedy = "take the F5_CKPT_FILE, F5_VOCAB_FILE and F5_VOCODER_DIR that belong to F5_MODEL"
        return WarmupSpeech(samples, words, voice.language, remedy)

    def _first_words(self, encoded: EncodedChunk) -> Samples:
        """Speak the first words, and set the batch budget from the memory that they take."""
        job = self._scheduler.submit(encoded.items)
        try:
            with self._memory.measured(self._model.device) as measure:
                samples = validated(job.next(NEVER), self.sample_rate)
        except OutOfMemory as error:
            raise ConfigError("the device has too little memory for the model; take a larger one") from error
        except EngineError as error:
            remedy = "take the F5_CKPT_FILE that belongs to F5_MODEL, or set F5_DTYPE to float32"
            raise ConfigError(f"the model does not speak on {self.device} in {self._model.dtype}: {remedy}") from error
        finally:
            self._scheduler.cancel(job)
        self._scheduler.budget = self._memory.frame_budget(measure, encoded.items[0].frames)
        return samples
