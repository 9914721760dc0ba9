"""A tiny WavLM with random weights and an x-vector head, in the files that the real loader reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

CONFIG: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "conv_dim": (16,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "num_buckets": 32,
    "max_bucket_distance": 80,
    "tdnn_dim": (32, 32, 32, 32, 64),
    "xvector_output_dim": 48,
    "num_labels": 4,
}
"""The shape of the official model, WavLM's own strides and kernels included, with few channels."""


def write_model(folder: Path, **changes: Any) -> Any:
    """Write a whole model with random weights into a new folder; returns it."""
    import torch
    import transformers

    untyped: Any = transformers
    torch.manual_seed(1)
    model = untyped.WavLMForXVector(untyped.WavLMConfig(**CONFIG | changes)).eval()
    model.save_pretrained(folder)
    untyped.Wav2Vec2FeatureExtractor(sampling_rate=16_000, do_normalize=False).save_pretrained(folder)
    return model


@pytest.fixture(scope="session")
def tiny_speaker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "speaker"
    write_model(folder)
    return folder
