"""The speaker model `wavlm`: WavLM with an x-vector head, on the CPU, for the few clips of a check by hand.

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
from handler.errors import BadReference, ConfigError
from handler.media import audio
from handler.models import HubModel, Model
from handler.settings import Settings
from handler.types import Samples

logger = logging.getLogger(__name__)

SAMPLE_RATE = 16_000

MODEL = "microsoft/wavlm-base-plus-sv"
"""Fetched when there is none: 0.4 GB."""

FOLDER = "speaker"
"""In MODELS_DIR: a model in transformers' form that somebody has put there, before the one of the hub."""

SHORTEST = 1.0
"""Seconds of sound. The head looks at a third of a second at a time and needs many such to tell a voice by."""

_FILES = HubModel(
    MODEL,
    needed=("config.json", "preprocessor_config.json", "model.safetensors|pytorch_model.bin"),
    by_hand=FOLDER,
    remedy=f"let this machine reach the hub, or put the model into the folder {FOLDER} of MODELS_DIR",
)

_TRAINING_ONLY = {"objective.weight", "wavlm.masked_spec_embed"}
"""Weights that no embedding depends on: a checkpoint may lack them."""


def needed(settings: Settings) -> dict[str, Model]:  # noqa: ARG001
    """The model by what it is for."""
    return {"speakers": _FILES}


class WavLM:
    """Embeds one clip at a time; the model stays loaded as long as this lives."""

    name = "wavlm"

    def __init__(self, settings: Settings) -> None:
        """Load the model, fetched where it has to be; ConfigError when it cannot be had or is damaged."""
        self._extractor, self._model = _load(models.fetch(settings, _FILES))
        self._alone = threading.Lock()

    def embed(self, samples: Samples, sample_rate: int) -> Samples:
        """The x-vector as a unit vector, float32 [512 with the official weights]; BadReference for too little sound."""
        import torch

        sound = float(audio.sounding(samples, sample_rate).sum()) / sample_rate
        if sound < SHORTEST:
            raise BadReference(
                f"{sound:.1f} s of sound are too few to tell a voice by; take a clip with {SHORTEST:g} s of speech"
            )
        heard = audio.resample(samples, sample_rate, SAMPLE_RATE)
        with self._alone, torch.inference_mode():
            values = self._extractor(heard, sampling_rate=SAMPLE_RATE, return_tensors="pt").input_values
            vector = self._model(values).embeddings[0].double().numpy()
        length = float(np.linalg.norm(vector))
        if not (np.isfinite(length) and length > 0):
            raise ConfigError(f"the model of speakers gives no usable vector; {_ANEW}")
        return cast(Samples, (vector / length).astype(np.float32))


_ANEW = f"fill the folder {FOLDER} of MODELS_DIR anew, or delete it and the model in the hub's cache"


def _load(folder: Path) -> tuple[Any, Any]:
    from safetensors import SafetensorError
    from transformers import Wav2Vec2FeatureExtractor, WavLMForXVector
    from transformers.utils import logging as its_own

    # What it would say of weights that are not there is an error below, in the log's own form.
    its_own.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        extractor = Wav2Vec2FeatureExtractor.from_pretrained(folder, local_files_only=True)
        model, report = WavLMForXVector.from_pretrained(folder, local_files_only=True, output_loading_info=True)
    except (OSError, ValueError, RuntimeError, KeyError, EOFError, pickle.UnpicklingError, SafetensorError) as error:
        logger.warning("the model of speakers cannot be loaded", exc_info=True)
        raise ConfigError(f"the model of speakers is damaged; {_ANEW}") from error
    # The library fills in at random what a checkpoint lacks, and any vectors would come out.
    if lacking := sorted(set(report["missing_keys"]) - _TRAINING_ONLY):
        logger.warning("the model of speakers lacks weights", extra={"weights": lacking[:5]})
        raise ConfigError(f"the model of speakers is not a whole WavLMForXVector; {_ANEW}")
    return extractor, model.float().eval()
