"""The speaker model `wavlm`: WavLM with an x-vector head, on the CPU, for the few clips of `doctor --speak`.

The x-vectors are those of Snyder et al. (ICASSP 2018), on the features of Chen et al. (WavLM, arXiv 2110.13900).
"""

from __future__ import annotations

import logging
import pickle
import threading
from pathlib import Path
from typing import Any, cast

import numpy as np

from handler import models
from handler.backends.interruption import end_between_layers
from handler.cancellation import current
from handler.errors import BadReference, ConfigError
from handler.media import audio
from handler.models import HubModel, Model
from handler.settings import Settings
from handler.types import Samples

logger = logging.getLogger(__name__)

SAMPLE_RATE = 16_000

MODEL = "microsoft/wavlm-base-plus-sv"  # fetched if there is no model: 0.4 GB

FOLDER = "speaker"
"""In MODELS_DIR: a model in transformers' format that the user has put there. It has priority."""

MIN_SOUND_S = 1.0  # the head averages over windows of a third of a second and needs several to identify a voice

_FILES = HubModel(
    MODEL,
    needed=("config.json", "preprocessor_config.json", "model.safetensors|pytorch_model.bin"),
    by_hand=FOLDER,
    remedy=f"let this machine reach the hub, or put the model into the folder {FOLDER} of MODELS_DIR",
)

_TRAINING_ONLY = {"objective.weight", "wavlm.masked_spec_embed"}
"""Weights that embeddings do not use: a checkpoint may lack them."""


def needed(settings: Settings) -> dict[str, Model]:  # noqa: ARG001
    """The model by purpose."""
    return {"speakers": _FILES}


class WavLM:
    """Embeds one clip at a time. Safe to use from several threads."""

    name = "wavlm"

    def __init__(self, settings: Settings) -> None:
        """Load the model, fetched if it is missing. Raises ConfigError if the fetch fails or the model is damaged."""
        self._extractor, self._model = _load(models.fetch(settings, _FILES))
        end_between_layers(self._model)
        self._lock = threading.Lock()

    def embed(self, samples: Samples, sample_rate: int) -> Samples:
        """The x-vector as a unit vector, float32 [512 with the official weights].

        Raises BadReference for less than `MIN_SOUND_S` of sound.
        """
        import torch

        sound = float(audio.sounding(samples, sample_rate).sum()) / sample_rate
        if sound < MIN_SOUND_S:
            reason = f"{sound:.1f} s of sound are too little to identify a voice"
            raise BadReference(f"{reason}; use a clip with {MIN_SOUND_S:g} s of speech")
        resampled = audio.resample(samples, sample_rate, SAMPLE_RATE)
        with current().acquire(self._lock), torch.inference_mode():
            values = self._extractor(resampled, sampling_rate=SAMPLE_RATE, return_tensors="pt").input_values
            vector = self._model(values).embeddings[0].double().numpy()
        length = float(np.linalg.norm(vector))
        if not (np.isfinite(length) and length > 0):
            raise ConfigError(f"the speaker model gives no usable vector; {_REMEDY}")
        return cast(Samples, (vector / length).astype(np.float32))


_REMEDY = f"fill the folder {FOLDER} of MODELS_DIR again, or delete it and the model in the hub's cache"


def _load(folder: Path) -> tuple[Any, Any]:
    from safetensors import SafetensorError
    from transformers import Wav2Vec2FeatureExtractor, WavLMForXVector
    from transformers.utils import logging as transformers_logging

    # Missing weights are an error below, in this log's own format.
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        extractor = Wav2Vec2FeatureExtractor.from_pretrained(folder, local_files_only=True)  # nosec B615 # a folder, checked by hash
        model, report = WavLMForXVector.from_pretrained(folder, local_files_only=True, output_loading_info=True)  # nosec B615
    except (OSError, ValueError, RuntimeError, KeyError, EOFError, pickle.UnpicklingError, SafetensorError) as error:
        logger.warning("the speaker model cannot be loaded", exc_info=True)
        raise ConfigError(f"the speaker model is damaged; {_REMEDY}") from error
    # transformers fills missing weights with random values, and the vectors would be meaningless.
    if missing := sorted(set(report["missing_keys"]) - _TRAINING_ONLY):
        logger.warning("the speaker model lacks weights", extra={"weights": missing[:5]})
        raise ConfigError(f"the speaker model is not a complete WavLMForXVector; {_REMEDY}")
    return extractor, model.float().eval()
