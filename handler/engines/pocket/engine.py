"""The engine `pocket`: Pocket TTS in the voice of a clip, or in one of its own."""

from __future__ import annotations

import hashlib
import logging
import threading
import weakref
from collections import OrderedDict
from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.engines.finishing import validated, with_natural_quiet
from handler.engines.pocket import files
from handler.engines.pocket.options import PocketOptions
from handler.engines.scheduler import Scheduler
from handler.errors import BadReference, BadRequest, ConfigError, quoted
from handler.media import audio
from handler.media.tempo import at_tempo
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
MIN_CLIP_S, MAX_CLIP_S = 0.5, 30.0
VOICE_PREFIX = "pocket:"


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
            import torch

            from handler.engines import memory
            from handler.engines.pocket import loading, sampler
        self._loading: Any = loading
        self._sampler: Any = sampler
        self.model = f"pocket-{settings.pocket_model}"
        self.model_license = found.license
        self._version = f"{self.model}-{found.version}"
        self.device = "cuda:0" if torch.cuda.is_available() else "cpu"
        with timed(self.start_seconds, "weights"):
            self._model = loading.load(found, self.device)
        if self.device != "cpu":
            self.device += f" {torch.cuda.get_device_name(0)}"
        self.supports_cloning = settings.pocket_cloning
        self._explain = partial(memory.explain, self._model.device)
        self._scheduler: Scheduler[Item, Samples] = Scheduler(
            partial(sampler.Sampling, self._model),
            self._model.width,
            self._explain,
            self.name,
        )
        weakref.finalize(self, self._scheduler.close)
        self._states: OrderedDict[str, VoiceState] = OrderedDict()
        self._states_lock = threading.Lock()
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
        return Voice(VOICE_PREFIX + name, language, builtin=name)

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
        # Submitted when the first chunk is asked for: an iterator that never is, and is not closed, costs nothing.
        if not requests:
            return
        job = self._scheduler.submit(items)
        try:
            for request, item in zip(requests, items, strict=True):
                samples = validated(job.next(cancellation), self.sample_rate)
                samples = at_tempo(samples, self.sample_rate, speed * request.chunk.rate, cancellation)
                spoken = with_natural_quiet(samples, self.sample_rate, request.chunk.text[-1])
                yield ChunkAudio(spoken, warnings=_warnings(item.text))
        finally:
            self._scheduler.cancel(job)

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
        key = voice.builtin or files.default_voice(self._settings)
        if voice.clip is not None:
            key = voice.sha256 or _digest(voice.clip)
        with self._states_lock:
            if key in self._states:
                self._states.move_to_end(key)
                return self._states[key]
        state = self._cloned(voice, voice.clip) if voice.clip is not None else self._builtin(key, cancellation)
        with self._states_lock:
            self._states[key] = state
            while len(self._states) > MAX_CACHED:
                self._states.popitem(last=False)
        return state

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
            return self._conditionals(_read(clip, voice.name))

        content = voice.conditionals(f"{self._version}.safetensors", compute)
        state: VoiceState = self._loading.voice_state(self._model, content)
        return state

    def _conditionals(self, samples: Samples) -> bytes:
        try:
            content: bytes = self._scheduler.run(lambda: self._loading.conditionals(self._model, samples))
        except RuntimeError as error:
            raise self._explain(error) from error
        return content


def _warnings(text: Prepared) -> tuple[JobWarning, ...]:
    if not text.unknown:
        return ()
    message = f"the model has no symbols for {' '.join(text.unknown[:20])}; they were not spoken"
    return (JobWarning("unknown_characters", message),)


def _digest(clip: Path) -> str:
    try:
        return hashlib.sha256(clip.read_bytes()).hexdigest()
    except OSError as error:
        raise BadReference("the voice's clip cannot be read; send the job again") from error


def _read(clip: Path, name: str) -> Samples:
    """The clip, mono at 24,000 samples a second. Raises BadReference."""
    import soundfile

    try:
        samples, rate = soundfile.read(clip, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise BadReference(f"voice: the clip of {name} cannot be read as audio; upload it again") from error
    mono = audio.resample(samples.mean(axis=1, dtype=np.float32), rate, PocketEngine.sample_rate)
    seconds = len(mono) / PocketEngine.sample_rate
    if not MIN_CLIP_S <= seconds <= MAX_CLIP_S or not np.isfinite(mono).all() or not mono.any():
        message = f"voice: the clip of {name} has {seconds:.1f} s, or no sound; upload one of 3 to 12 seconds of speech"
        raise BadReference(message)
    return mono
