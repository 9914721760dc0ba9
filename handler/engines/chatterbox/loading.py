"""Load a variant by upstream's own loader, and its codec alone for the voice converter."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import torch

from handler.engines.chatterbox import files
from handler.engines.chatterbox.codec import Codec
from handler.engines.chatterbox.imports import upstream
from handler.errors import ConfigError
from handler.settings import Settings
from handler.telemetry import prints_to_stderr

_codecs: WeakValueDictionary[tuple[Path, str], Codec] = WeakValueDictionary()
"""Those in memory by file and device: the engine and the converter share theirs."""
_loading = threading.Lock()


def load(settings: Settings, device: str) -> tuple[Any, Codec]:
    """Upstream's object of CHATTERBOX_MODEL and its codec. Raises ConfigError for files that are missing or misfit."""
    variant, folder = settings.chatterbox_model, files.folder(settings)
    cls = upstream(variant)
    from chatterbox.models.tokenizers import tokenizer

    # Upstream would fetch this file from the hub at every start.
    tokenizer.hf_hub_download = lambda **_: str(folder / "Cangjie5_TC.json")
    with _loading, _readable(variant):
        model = cls.from_local(folder, device)
        codec = _codecs.setdefault(_key(folder, variant, device), Codec(model.s3gen))
        model.s3gen = codec.s3gen
    if variant == "multilingual":
        # Its sampling reads attention weights, which only this implementation gives.
        model.t3.tfmr.set_attn_implementation("eager")
    if variant == "turbo":
        loudness = model.norm_loudness
        # Upstream's gain is a float64, which numpy 2 passes on to the samples, and the codec takes float32 only.
        model.norm_loudness = lambda *given, **named: np.asarray(loudness(*given, **named), np.float32)
    return model, codec


def load_codec(settings: Settings, device: str) -> Codec:
    """The codec of CHATTERBOX_MODEL alone, or the engine's if that is loaded. Raises ConfigError as `load` does."""
    variant, folder = settings.chatterbox_model, files.codec_folder(settings)
    upstream(variant)
    from chatterbox.models.s3gen import S3Gen
    from safetensors.torch import load_file

    with _loading:
        if (codec := _codecs.get(_key(folder, variant, device))) is not None:
            return codec
        path = folder / files.CODECS[variant]
        with _readable(variant):
            s3gen = S3Gen(meanflow=variant == "turbo")
            if path.suffix == ".safetensors":
                weights = load_file(path)
            else:
                weights = torch.load(path, map_location="cpu", weights_only=True)
            lacking = set(s3gen.load_state_dict(weights, strict=False).missing_keys)
            if lacking - set(S3Gen.ignore_state_dict_missing):  # the others are computed
                raise ValueError(f"{path.name} lacks {len(lacking)} tensors")
        codec = _codecs[_key(folder, variant, device)] = Codec(s3gen.to(device).eval())
    return codec


def _key(folder: Path, variant: str, device: str) -> tuple[Path, str]:
    return (folder / files.CODECS[variant]).resolve(), device


@contextmanager
def _readable(variant: str) -> Generator[None]:
    """Raise ConfigError for files that cannot be loaded. What upstream prints is no reply of a job."""
    try:
        # Layers draw random weights when they are made.
        with torch.random.fork_rng(), prints_to_stderr():
            yield
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # the libraries that read files have no error in common
        remedy = "run `python -m handler models pull chatterbox`, or mend CHATTERBOX_DIR"
        raise ConfigError(f"the files of chatterbox's {variant} cannot be loaded; {remedy}") from error
