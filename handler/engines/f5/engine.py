"""The engine `f5`: F5-TTS speaks in the voice of a clip, chunk by chunk, the same samples for the same seed."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from handler import audio
from handler.engines.f5 import durations, spoken
from handler.engines.f5.durations import HOP, Target
from handler.engines.f5.reference import Reference, References, digest
from handler.engines.f5.utterance import Portion, Utterance
from handler.errors import BadRequest, ConfigError, EngineError, OutOfMemory
from handler.ports import proceed
from handler.settings import Settings
from handler.telemetry import stage
from handler.values import (
    Budget,
    Chunk,
    ChunkAudio,
    Greeting,
    JobWarning,
    Samples,
    SpeechOptions,
    Token,
    Voice,
    primary_language,
)

if TYPE_CHECKING:
    from torch import Tensor

logger = logging.getLogger(__name__)

CLIPS = {
    "en": ("basic_ref_en.wav", "Some call me nature, others call me mother nature."),
    "zh": ("basic_ref_zh.wav", "对，这就是我，万人敬仰的太乙真人。"),
}
"""The human clips that f5-tts ships, by language, and what they say."""

READY = {"en": ("the", "voice", "is", "ready"), "zh": ("我", "准", "备", "好", "了")}
"""What is said once at the start."""

WARM_STEPS = 7
"""The fewest that the model speaks well with: at the start only that it speaks is looked at."""

TURN = 0.5
"""Seconds after which a job that waits for the model asks whether it should go on."""

HEARD = 0.3
"""Of the warm utterance's length, how much must be sound."""

FAINT = 1e-4
"""RMS of sound under which the model has said nothing: made louder, it would be noise."""


_NOT_BOTH = JobWarning(
    "option_ignored", "speed and remove_silence are ignored, for target_duration says how long the speech is"
)


class F5Engine:
    """F5-TTS with its own weights, loaded once. One chunk is computed at a time, whoever asks."""

    name = "f5"
    sample_rate = durations.SAMPLE_RATE
    clones = True
    options = frozenset(
        {
            "speed", "quality", "nfe_step", "cfg_strength", "sway_sampling_coef", "target_rms", "cross_fade_duration",
            "remove_silence", "target_duration",
        }
    )  # fmt: skip

    def __init__(self, settings: Settings) -> None:
        """Load the model and say a few words with it; ConfigError when it cannot be loaded or does not speak."""
        self.start_seconds: dict[str, float] = {}
        self._languages = settings.f5_languages
        if not self._languages:
            raise ConfigError("F5_LANGUAGES names no language; leave it out, or name those that the weights know")
        self._alone = threading.Lock()
        with stage(self.start_seconds, "imports"):
            # Here and not above, so that the log can say what it takes: torch alone is seconds.
            from handler.engines.f5 import loading, sampler
        self._sampler: Any = sampler
        with stage(self.start_seconds, "weights"):
            self._model = loading.load(settings, loading.best_device())
        if self._model.sample_rate != self.sample_rate or self._model.mel.hop_length != HOP:
            raise ConfigError("F5_MODEL is not for 24,000 samples a second in hops of 256; take another one")
        self.model = self._model.name
        self.model_license = self._model.license
        self.device = _describe(self._model.device)
        self._references: References[Tensor] = References(self._mel)
        self.greeting: Greeting | None = self._warm()
        logger.info("ready on %s", self.device, extra={"seconds": self.start_seconds, "license": self.model_license})

    def default_voice(self, language: str | None) -> Voice:
        """The voice of a clip that comes with f5-tts; BadRequest for a language that the weights do not know."""
        from handler.engines.f5.imports import package_file

        language = language or ("en" if "en" in self._languages else self._languages[0])
        self._check(language)
        speaker = _primary(language) if _primary(language) in CLIPS else "en"
        file, text = CLIPS[speaker]
        clip = package_file("f5_tts", "infer", "examples", "basic", file)
        return Voice(f"f5-{speaker}", language, clip, text, digest(clip))

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        """What the model was trained on less the clip, in seconds of speech at this voice's pace and speed."""
        reference = self._references.get(voice)
        # With a target_duration the speed is what comes of it.
        rate = reference.pace * (1.0 if options.target_duration else options.speed)
        limit = durations.TRAINED - reference.seconds - durations.SETTLING
        return Budget(limit, lambda text: durations.cost(text, rate))

    def speak(
        self,
        chunks: Sequence[Chunk],
        voice: Voice,
        options: SpeechOptions,
        check: Callable[[], None] = proceed,
    ) -> Iterator[ChunkAudio]:
        """Yield each chunk's audio when it is spoken; ``check`` is called before every step, what it raises ends it.

        Raises BadRequest for a language or script that the weights do not know and for a ``target_duration`` out of
        reach, BadReference for a clip that is no good, EngineError when the model gives no sound, OutOfMemory.
        """
        self._check(voice.language)
        for chunk in chunks:
            self._check_script(chunk)
        reference = self._references.get(voice)
        target = None
        if options.target_duration is not None:
            natural = [durations.speech_seconds(chunk.text, reference.pace) for chunk in chunks]
            target = Target(options.target_duration, chunks, natural)
        return self._chunks(chunks, reference, options, target, check)

    def _chunks(
        self,
        chunks: Sequence[Chunk],
        reference: Reference[Tensor],
        options: SpeechOptions,
        target: Target | None,
        check: Callable[[], None],
    ) -> Iterator[ChunkAudio]:
        before: Samples | None = None
        for index, chunk in enumerate(chunks):
            given = None if target is None else target.seconds(index)
            utterance = Utterance(chunk, chunk is chunks[-1], options, given)
            samples, warnings = self._utter(utterance, reference, check)
            if target is not None:
                shared = 0
                if before is not None and not (chunks[index - 1].pause_after or chunk.pause_before):
                    shared = audio.overlap(before, samples, self.sample_rate, options.cross_fade_duration)
                samples = np.pad(samples, (0, target.place(index, len(samples), shared)))
                if options.remove_silence or options.speed != 1.0:
                    warnings = (*warnings, _NOT_BOTH)
                before = samples
            yield ChunkAudio(samples, None, warnings)

    def _utter(
        self, utterance: Utterance, reference: Reference[Tensor], check: Callable[[], None]
    ) -> tuple[Samples, tuple[JobWarning, ...]]:
        options = utterance.options
        pieces: list[Samples] = []
        unknown: list[str] = []
        for number, portion in enumerate(utterance.portions(reference.seconds, reference.pace)):
            unknown += spoken.spell(portion.text, self._model.vocab).unknown
            # Portions are rare: their seeds lie where no chunk's can be.
            seed = options.seed + utterance.chunk.index + (number << 33)
            pieces.append(utterance.finished(self._sound(reference, portion, options, seed, check), portion))
        samples = pieces[0]
        if len(pieces) > 1:
            nowhere = [(0.0, 0.0)] * len(pieces)
            samples, _ = audio.join(pieces, self.sample_rate, nowhere, options.cross_fade_duration)
        return samples, _warnings(unknown)

    def _sound(
        self,
        reference: Reference[Tensor],
        portion: Portion,
        options: SpeechOptions,
        seed: int,
        check: Callable[[], None],
    ) -> Samples:
        """What the model says for a portion, without the clip before it; as long as the portion, in whole frames."""
        symbols = spoken.spell(reference.text + portion.text, self._model.vocab).symbols
        frames = len(reference.mel) + max(1, durations.frames(portion.seconds))
        with self._computing(check):
            mel = self._sampler.sample(
                self._model,
                reference.mel,
                symbols,
                frames,
                steps=options.steps,
                cfg_strength=options.cfg_strength,
                sway=options.sway_sampling_coef,
                seed=seed,
                lead=1,
                check=check,
            )
            samples: Samples = self._sampler.vocode(self._model, mel)
        if not np.isfinite(samples).all():
            raise EngineError("the model's speech holds values that are no numbers; send the job with another seed")
        samples = audio.without_offset(samples, self.sample_rate)
        if _rms(samples) < FAINT or not audio.sounding(samples, self.sample_rate).any():
            raise EngineError("the model said nothing; send the job with another seed or other words")
        return samples

    def _mel(self, clip: Samples) -> Tensor:
        with self._computing(proceed):
            mel: Tensor = self._sampler.mel_spectrogram(self._model, clip)
        return mel

    @contextmanager
    def _computing(self, check: Callable[[], None]) -> Iterator[None]:
        """One computation at a time; a job that is cancelled while it waits for its turn stops waiting."""
        while not self._alone.acquire(timeout=TURN):
            check()
        try:
            yield
        except RuntimeError as error:  # torch's own, of which there is no list
            failure = EngineError("the model failed while speaking; send the job again")
            # After most errors on a GPU nothing more can be computed in the same process.
            failure.refresh_worker = self._model.device.type == "cuda"
            raise failure from error
        finally:
            self._alone.release()

    def _check(self, language: str) -> None:
        if _primary(language) not in {_primary(known) for known in self._languages}:
            known = ", ".join(self._languages)
            raise BadRequest.of(
                "language",
                f"the weights of f5 do not know {language!r}, only {known}; take one of these, or engine espeak",
            )

    def _check_script(self, chunk: Chunk) -> None:
        # A clip with no words after it makes the model babble.
        if not any(map(str.isalnum, spoken.spell(chunk.text, self._model.vocab).symbols)):
            beginning = " ".join(chunk.words[:5])
            raise BadRequest.of(
                "text", f"{beginning!r} is in a script that the weights do not know; write it as [shown](spoken)"
            )

    def _warm(self) -> Greeting:
        """Say a few words, so that weights that do not speak are found before any job, and the first job is fast."""
        with stage(self.start_seconds, "reference"):
            voice = self.default_voice(None)
            reference = self._references.get(voice)
        words = READY.get(_primary(voice.language), READY["en"])
        chunk = Chunk(0, tuple(Token(word, (word,), 0, 0) for word in words))
        options = SpeechOptions(steps=WARM_STEPS)
        with stage(self.start_seconds, "warm_utterance"):
            (portion,) = Utterance(chunk, True, options).portions(reference.seconds, reference.pace)
            try:
                samples = self._sound(reference, portion, options, 0, proceed)
            except OutOfMemory as error:
                raise ConfigError("the device has too little memory for the model; take a larger one") from error
            except EngineError as error:
                raise ConfigError(
                    f"the model does not speak on {self.device} in {self._model.dtype}: take the F5_CKPT_FILE that "
                    "belongs to F5_MODEL, or set F5_DTYPE to float32"
                ) from error
        seconds = len(samples) / self.sample_rate
        heard = float(np.mean(audio.sounding(samples, self.sample_rate)))
        if abs(seconds - portion.seconds) > HOP / self.sample_rate or heard < HEARD:
            raise ConfigError(
                f"F5_CKPT_FILE: the model's first words are {seconds:.1f} s with {heard:.0%} of sound, where "
                f"{portion.seconds:.1f} s were expected; take the F5_MODEL and F5_VOCAB_FILE that belong to the weights"
            )
        return Greeting(samples, words, voice.language)


def _primary(language: str) -> str:
    """``zh`` of ``zh-TW``; a language by its other name is the same language."""
    primary = primary_language(language)
    return {"cmn": "zh"}.get(primary, primary)


def _rms(samples: Samples) -> float:
    return math.sqrt(float(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def _warnings(unknown: Sequence[str]) -> tuple[JobWarning, ...]:
    if not unknown:
        return ()
    characters = " ".join(list(dict.fromkeys(unknown))[:20])
    return (JobWarning("unknown_characters", f"the model has no symbols for {characters}; they were not spoken"),)


def _describe(device: Any) -> str:
    if device.type != "cuda":
        return str(device)
    import torch

    return f"{device} {torch.cuda.get_device_name(device)}"
