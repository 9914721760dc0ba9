"""Forced alignment in some forty languages with whisperX's models and loader, and in others with MMS-FA.

whisperX's own `align` stretches words over the pauses after them and loses others; `ctc` replaces it.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from handler.aligners import ctc, ctc_times, romanisation, whisperx_models
from handler.aligners.ctc_target import Alphabet, Target
from handler.aligners.ctc_times import Frames
from handler.aligners.whisperx_models import ModelSource, language_of
from handler.backends.interruption import end_between_layers
from handler.cancellation import NEVER, Cancellation, current
from handler.errors import AlignerFailed, Cancelled, ConfigError, JobTimeout, WorkerError
from handler.media import audio
from handler.settings import Settings
from handler.telemetry import prints_to_stderr
from handler.types import Samples, WordTime

if TYPE_CHECKING:
    from handler.aligners.viterbi import Emissions

logger = logging.getLogger(__name__)

SAMPLE_RATE = 16_000
MAX_PIECE_SAMPLES = 30 * SAMPLE_RATE  # for one call of the model, whose memory grows with the square of its input
CONTEXT_FRAMES = 50  # frames (a second) dropped at the edges of a piece, where the model is worse
MAX_LOADED_MODELS = 2  # they take 0.4 to 4 GB each
RETRY_AFTER_S = 600.0  # before a failed model is tried again, so that a job does not wait for it with each chunk
WITHOUT_SPACES = frozenset({"ja", "zh"})


@dataclass(frozen=True)
class CTCModel:
    """A model in memory; ``network`` is torchaudio's or transformers'."""

    network: Any
    alphabet: Alphabet
    frames: Frames
    device: str = "cpu"
    normalised: bool = False  # whether it was trained on recordings of zero mean and unit variance
    romanised: bool = False  # whether it reads the words of all languages in Latin letters
    characters: int | None = None  # how many columns of the output are characters; None: all

    def target(self, words: Sequence[str], language: str) -> Target:
        """The words of a language in the model's characters."""
        return Target.from_words(romanisation.romanise(words, language) if self.romanised else words, self.alphabet)

    def emissions(self, samples: Samples) -> Emissions:
        """Log probabilities of each frame of 16 kHz samples, computed in pieces so that memory stays bounded."""
        import torch

        if self.normalised:
            samples = (samples - samples.mean()) / np.sqrt(samples.var() + np.float32(1e-7))
        samples = np.pad(samples, (0, max(0, self.frames.field - len(samples))))
        pieces: list[Emissions] = []
        with torch.inference_mode():
            for begin, end, dropped, kept in self.frames.pieces(len(samples), MAX_PIECE_SAMPLES, CONTEXT_FRAMES):
                wave = torch.from_numpy(samples[begin:end])[None].to(self.device)
                output = self.network(wave)
                logits = output[0] if isinstance(output, tuple) else output.logits
                scores = torch.log_softmax(logits[..., : self.characters].float(), dim=-1)[0]
                pieces.append(scores[dropped : dropped + kept].clamp_min(ctc.MIN_LOG_PROB).cpu().numpy())
        return np.concatenate(pieces)


def load(source: ModelSource, language: str) -> CTCModel:
    """Load a model from this disk with whisperX's loader, in float32 on the best device; fetches nothing.

    Raises ConfigError for damaged files, AlignerFailed if there is too little memory.
    """
    import torch

    device = "cuda:0" if torch.cuda.is_available() else "cpu"
    name = whisperx_models.MMS_FA if source.mms_fa else None if source.bundle else str(source.path)
    try:
        import whisperx  # type: ignore[import-untyped]

        # It prints errors to stdout, which belongs to the reply of a command.
        with prints_to_stderr():
            network, metadata = whisperx.load_align_model(
                language, device, model_name=name, model_dir=str(source.path), model_cache_only=True
            )
            if source.mms_fa:
                romanisation.load()
    except (ImportError, OSError) as error:
        raise AlignerFailed("whisperx: it cannot be loaded here; use another timing_method") from error
    except (MemoryError, torch.OutOfMemoryError) as error:
        message = "whisperx: there is too little memory for its model now; use another timing_method"
        raise AlignerFailed(message, retryable=True) from error
    except Exception as error:  # damaged files raise anything
        logger.warning("whisperx: the model for %s cannot be loaded", language, exc_info=True)
        remedy = "delete it from MODELS_DIR, so that it is fetched anew"
        raise ConfigError(f"whisperx: the model for {language} is damaged or of another kind; {remedy}") from error
    end_between_layers(network)
    network, frames = network.float().eval(), frames_of(network)
    if source.mms_fa:
        # Its last column is no character but the star, which is as likely as all characters together.
        dictionary = {character: number for character, number in metadata["dictionary"].items() if character != "*"}
        logger.info(
            "whisperx: MMS-FA is loaded; its licence forbids commercial use",
            extra={"license": whisperx_models.MMS_FA_LICENCE},
        )
        return CTCModel(network, Alphabet(dictionary), frames, device, romanised=True, characters=len(dictionary))
    alphabet = Alphabet(metadata["dictionary"], spaces=language not in WITHOUT_SPACES)
    return CTCModel(network, alphabet, frames, device, _wants_normalised(source))


def frames_of(network: Any) -> Frames:
    """The frames of a model, from its convolutions over the samples."""
    from torch import nn

    layers = (layer for name, layer in network.named_modules() if "feature_extractor" in name)
    convolutions = (layer for layer in layers if isinstance(layer, nn.Conv1d))
    return Frames.from_convolutions([(layer.kernel_size[0], layer.stride[0]) for layer in convolutions])


def _wants_normalised(source: ModelSource) -> bool:
    if source.bundle:
        return False  # torchaudio's models normalise by themselves
    file = source.path / "preprocessor_config.json"
    return not file.is_file() or bool(json.loads(file.read_text("utf-8")).get("do_normalize", True))


class Models:
    """The models used last, by `whisperx_models.key`. Threads that ask for the same one wait for one load of it."""

    def __init__(self, settings: Settings, load: Callable[[ModelSource, str], CTCModel] = load) -> None:
        self._settings = settings
        self._load = load
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, CTCModel] = OrderedDict()
        self._loading: dict[str, threading.Lock] = {}
        # Not the errors themselves: their tracebacks would hold half-loaded models.
        self._failed: dict[str, tuple[float, type[WorkerError], str]] = {}

    def get(self, language: str, *, may_fetch: bool = True, cancellation: Cancellation = NEVER) -> CTCModel | None:
        """Return the model of a language; None if it is not on this disk and ``may_fetch`` is false.

        A failed load is not retried for RETRY_AFTER_S, unless memory was short.
        """
        key = whisperx_models.key(self._settings, language)
        with self._lock:
            loading = self._loading.setdefault(key, threading.Lock())
        with cancellation.acquire(loading):
            with self._lock:
                if key in self._loaded:
                    self._loaded.move_to_end(key)
                    return self._loaded[key]
            if not may_fetch and whisperx_models.on_disk(self._settings, language) is None:
                return None
            model = self._load_new(key, language, cancellation)
            self.put(key, model)
            return model

    def _load_new(self, key: str, language: str, cancellation: Cancellation) -> CTCModel:
        if key in self._failed:
            when, kind, message = self._failed[key]
            if time.monotonic() - when < RETRY_AFTER_S:
                raise kind(message)
        try:
            return self._load(whisperx_models.find(self._settings, language, cancellation), language)
        except (Cancelled, JobTimeout):
            raise
        except WorkerError as error:
            if not error.retryable:
                self._failed[key] = time.monotonic(), type(error), error.message
            raise

    def put(self, key: str, model: CTCModel) -> None:
        """Keep a model; of more than MAX_LOADED_MODELS the least recently used one is dropped."""
        with self._lock:
            self._loaded[key] = model
            self._loaded.move_to_end(key)
            if len(self._loaded) > MAX_LOADED_MODELS:
                self._loaded.popitem(last=False)


class WhisperXAligner:
    """Aligns with a model for each language, or with MMS-FA, loaded on first use; one recording at a time."""

    name = "whisperx"

    def __init__(self, settings: Settings, models: Models | None = None) -> None:
        self._settings = settings
        self._models = models or Models(settings)
        self._busy = threading.Lock()

    def speaks(self, language: str) -> bool:
        """Whether there is a model for it: one in MODELS_DIR, whisperX's, or that of WHISPERX_MODEL; loads nothing."""
        return whisperx_models.known(self._settings, language_of(language))

    def warm(self, language: str) -> bool:
        """Load the model of a language if it is on this disk; return whether it is. ConfigError if it is damaged."""
        return self._models.get(language_of(language), may_fetch=False) is not None

    def ready(self, language: str, cancellation: Cancellation) -> None:
        """Load the model of a language, and fetch it if it is not on this disk. Raises as `align` does."""
        self._models.get(language_of(language), cancellation=cancellation)

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """One time for each word, None for one without characters of the model where nothing is heard for it.

        Confidence compares the word's characters with the likeliest ones there: 1 where the model would write the
        same without the text, near 0 for other words, noise and music. Raises AlignmentError for a language without a
        model and for silent or too short audio, ConfigError if the model cannot be fetched or loaded.
        """
        model = self._model(language)
        target = model.target(words, language_of(language))
        if not target.tokens:
            return [None] * len(words)
        resampled, emissions = self._emissions(model, samples, sample_rate)
        found = ctc.align(emissions, target, model.alphabet, device=model.device)
        return ctc_times.word_times(found, model.frames, resampled, SAMPLE_RATE, len(samples) / sample_rate)

    def find(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of all words, where sound or text may each have something that the other lacks.

        A word that is not said has confidence 0 and ends where it starts. Raises as `align` does.
        """
        model = self._model(language)
        resampled, emissions = self._emissions(model, samples, sample_rate)
        target = model.target(words, language_of(language))
        found = ctc.align(emissions, target, model.alphabet, open_=True, device=model.device)
        return ctc_times.word_times(found, model.frames, resampled, SAMPLE_RATE, len(samples) / sample_rate)

    def prefix(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of the first words, as many as the audio contains, as `find` gives them: none in silence or music.

        For half a minute of audio and some 200 words at a time. The last word is said. Raises as `align` does, but not
        for silence.
        """
        model = self._model(language)
        if audio.is_silent(samples):
            return []
        resampled, emissions = self._emissions(model, samples, sample_rate)
        target = model.target(words, language_of(language))
        target = target.first(ctc.prefix_length(emissions, target, model.alphabet.blank, model.device))
        found = ctc.align(emissions, target, model.alphabet, open_=True, device=model.device)
        return ctc_times.word_times(found, model.frames, resampled, SAMPLE_RATE, len(samples) / sample_rate)

    def _model(self, language: str) -> CTCModel:
        model = self._models.get(language_of(language))
        assert model is not None  # it may be fetched
        return model

    def _emissions(self, model: CTCModel, samples: Samples, sample_rate: int) -> tuple[Samples, Emissions]:
        """The samples at the model's rate, and their emissions."""
        resampled = audio.prepare_for_alignment(samples, sample_rate, SAMPLE_RATE)
        try:
            with current().acquire(self._busy):
                emissions = model.emissions(resampled)
        except RuntimeError as error:  # torch's own, out of memory included
            logger.warning("whisperx: the model failed", exc_info=True)
            raise AlignerFailed("whisperx: the model failed on this audio; use another timing_method") from error
        if not np.isfinite(emissions).all():
            raise AlignerFailed("whisperx: the model gave values that are no numbers; use another timing_method")
        return resampled, emissions
