"""Forced alignment in some forty languages by the models that whisperX chooses, without what whisperX does with them.

Its loader is used, its `align` is not: that one stretches words over the pauses after them, loses others, and is a
Python loop over frames. What is done in its place is in `ctc`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from handler.aligners import ctc, whisperx_models
from handler.aligners.ctc import Alphabet, Frames, Target
from handler.aligners.whisperx_models import ModelSource, language_of
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignerFailed, Cancelled, ConfigError, JobTimeout, WorkerError
from handler.media import audio
from handler.settings import Settings
from handler.types import Samples, WordTime

if TYPE_CHECKING:
    from torch import Tensor

    from handler.aligners.ctc import Emissions

logger = logging.getLogger(__name__)

SAMPLE_RATE = 16_000

LONGEST = 30 * SAMPLE_RATE
"""Samples that a model hears at a time: its memory grows with their square."""

CONTEXT = 50
"""Frames (a second) that it hears beyond those that are kept of a piece, for it hears worse at the edges."""

KEPT = 2
"""Models in memory: 0.4 to 4 GB each."""

AGAIN = 600.0
"""Seconds before a model that could not be had is tried for again: a job must not wait for it with each chunk."""

WITHOUT_SPACES = frozenset({"ja", "zh"})


@dataclass(frozen=True)
class AcousticModel:
    """A model in memory. ``network`` is torchaudio's or transformers', as ``kind`` says."""

    network: Any
    kind: str
    alphabet: Alphabet
    frames: Frames
    device: str = "cpu"
    normalised: bool = False
    """Whether it was trained on recordings brought to zero mean and unit variance."""

    def emissions(self, samples: Samples) -> Emissions:
        """Log probabilities of each frame of 16 kHz samples, heard in pieces: memory does not grow with them."""
        import torch

        if self.normalised:
            samples = (samples - samples.mean()) / np.sqrt(samples.var() + np.float32(1e-7))
        samples = np.pad(samples, (0, max(0, self.frames.field - len(samples))))
        heard: list[Emissions] = []
        with torch.inference_mode():
            for begin, end, dropped, kept in self.frames.pieces(len(samples), LONGEST, CONTEXT):
                wave = torch.from_numpy(samples[begin:end])[None].to(self.device)
                scores = torch.log_softmax(_HEAR[self.kind](self.network, wave).float(), dim=-1)[0]
                heard.append(scores[dropped : dropped + kept].clamp_min(ctc.LEAST).cpu().numpy())
        return np.concatenate(heard)


_HEAR: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "torchaudio": lambda network, wave: network(wave)[0],
    "huggingface": lambda network, wave: network(wave).logits,
}
"""How a model of each kind is called: samples [1, n] → scores [1, frames, characters]."""


def load(source: ModelSource, language: str) -> AcousticModel:
    """A model from this disk by whisperX's loader, in float32 on the best device; fetches nothing.

    Raises ConfigError for files that are damaged, AlignerFailed where there is too little memory.
    """
    import torch

    device = "cuda:0" if torch.cuda.is_available() else "cpu"
    name = None if source.bundle else str(source.path)
    try:
        import whisperx  # type: ignore[import-untyped]

        # It prints what goes wrong to where a command's reply goes.
        with contextlib.redirect_stdout(sys.stderr):
            network, told = whisperx.load_align_model(
                language, device, model_name=name, model_dir=str(source.path), model_cache_only=True
            )
    except (ImportError, OSError) as error:
        raise AlignerFailed("whisperx: it cannot be loaded here; use another timing_method") from error
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise AlignerFailed(
            "whisperx: there is too little memory for its model now; use another timing_method", retryable=True
        ) from error
    except Exception as error:  # there is no list of what damaged files raise
        logger.warning("the model that aligns %s cannot be loaded", language, exc_info=True)
        raise ConfigError(
            f"whisperx: the model for {language} is damaged or of another kind; delete it from MODELS_DIR, so that it "
            "is fetched anew"
        ) from error
    return AcousticModel(
        network.float().eval(),
        told["type"],
        Alphabet(told["dictionary"], spaces=language not in WITHOUT_SPACES),
        frames_of(network),
        device,
        # whisperX gives every model its samples raw, the torchaudio ones do what they need themselves.
        normalised=not source.bundle and _wants_normalised(source),
    )


def frames_of(network: Any) -> Frames:
    """Where the frames of a model lie, from its convolutions over the samples."""
    from torch import nn

    return Frames.of(
        [
            (layer.kernel_size[0], layer.stride[0])
            for name, layer in network.named_modules()
            if "feature_extractor" in name and isinstance(layer, nn.Conv1d)
        ]
    )


def _wants_normalised(source: ModelSource) -> bool:
    file = source.path / "preprocessor_config.json"
    return not file.is_file() or bool(json.loads(file.read_text("utf-8")).get("do_normalize", True))


class Models:
    """The models used last, by language. Each is built once, whoever asks; others are to be had meanwhile."""

    def __init__(self, settings: Settings, load: Callable[[ModelSource, str], AcousticModel] = load) -> None:
        self._settings = settings
        self._load = load
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, AcousticModel] = OrderedDict()
        self._building: dict[str, threading.Lock] = {}
        # Not the errors themselves: with their tracebacks they would hold half-loaded models.
        self._failed: dict[str, tuple[float, type[WorkerError], str]] = {}

    def get(self, language: str, *, may_fetch: bool = True, cancellation: Cancellation = NEVER) -> AcousticModel | None:
        """Return the model of a language; None when it is not on this disk and ``may_fetch`` is false.

        A model that failed to load is not tried again for AGAIN seconds, unless memory was short.
        """
        with self._lock:
            building = self._building.setdefault(language, threading.Lock())
        with cancellation.acquire(building):
            with self._lock:
                if language in self._kept:
                    self._kept.move_to_end(language)
                    return self._kept[language]
            if not may_fetch and whisperx_models.on_disk(self._settings, language) is None:
                return None
            model = self._had(language, cancellation)
            self.put(language, model)
            return model

    def _had(self, language: str, cancellation: Cancellation) -> AcousticModel:
        if language in self._failed:
            when, kind, message = self._failed[language]
            if time.monotonic() - when < AGAIN:
                raise kind(message)
        try:
            return self._load(whisperx_models.find(self._settings, language, cancellation), language)
        except (Cancelled, JobTimeout):
            raise
        except WorkerError as error:
            if not error.retryable:
                self._failed[language] = time.monotonic(), type(error), error.message
            raise

    def put(self, language: str, model: AcousticModel) -> None:
        """Keep a model; of more than KEPT the one not used for longest is let go."""
        with self._lock:
            self._kept[language] = model
            self._kept.move_to_end(language)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)


class WhisperXAligner:
    """Finds words with the model of their language, each loaded on first use. One recording is heard at a time."""

    name = "whisperx"

    def __init__(self, settings: Settings, models: Models | None = None) -> None:
        self._settings = settings
        self._models = models or Models(settings)
        self._hearing = threading.Lock()

    def speaks(self, language: str) -> bool:
        """Whether there is a model for it, whisperX's own or one in MODELS_DIR; nothing is loaded."""
        return whisperx_models.known(self._settings, language_of(language))

    def warm(self, language: str) -> bool:
        """Load the model of a language if it is on this disk, and say whether it was. ConfigError if it is damaged."""
        return self._models.get(language_of(language), may_fetch=False) is not None

    def ready(self, language: str, cancellation: Cancellation) -> None:
        """Load the model of a language, and fetch it if it is not on this disk. Raises as `align` does."""
        self._models.get(language_of(language), cancellation=cancellation)

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """One time for each word, None for one that the model has no character of.

        Confidence is how likely the word's characters are against whatever the model hears most likely there: 1
        where it would have written the same without being told, near 0 for other words, noise and music. Raises
        AlignmentError for a language without a model and for audio that is silent or too short, ConfigError when
        there is no model and none can be had.
        """
        model = self._model(language)
        target = Target.of(words, model.alphabet)
        if not target.tokens:
            return [None] * len(words)
        heard, emissions = self._hear(model, samples, sample_rate)
        runs = ctc.place(emissions, target, model.alphabet.blank)
        return ctc.word_times(runs, model.frames, heard, SAMPLE_RATE, len(samples) / sample_rate)

    def prefix(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of as many of the words, from the first on, as the audio holds: none in silence or music.

        For audio that is cut somewhere while the text goes on: half a minute and some 200 words at a time. The last
        time is never None. Raises as `align` does, but not for silence.
        """
        model = self._model(language)
        if audio.is_silent(samples):
            return []
        heard, emissions = self._hear(model, samples, sample_rate)
        target = Target.of(words, model.alphabet)
        target = target.first(ctc.count(emissions, target, model.alphabet.blank))
        runs = ctc.place(emissions, target, model.alphabet.blank)
        return ctc.word_times(runs, model.frames, heard, SAMPLE_RATE, len(samples) / sample_rate)

    def _model(self, language: str) -> AcousticModel:
        model = self._models.get(language_of(language))
        assert model is not None  # only without leave to fetch
        return model

    def _hear(self, model: AcousticModel, samples: Samples, sample_rate: int) -> tuple[Samples, Emissions]:
        """The samples at the model's rate, and what it hears in them."""
        heard = audio.prepare_for_alignment(samples, sample_rate, SAMPLE_RATE)
        try:
            with self._hearing:
                emissions = model.emissions(heard)
        except RuntimeError as error:  # torch's own, memory that ran out among them
            logger.warning("the model that aligns failed", exc_info=True)
            raise AlignerFailed("whisperx: the model failed on this audio; use another timing_method") from error
        if not np.isfinite(emissions).all():
            raise AlignerFailed("whisperx: the model hears values that are no numbers; use another timing_method")
        return heard, emissions
