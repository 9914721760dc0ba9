"""Tiny random checkpoints of Qwen3-TTS, which upstream's own loaders read: 1 MB, made in a second."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from handler.engines.qwen3.imports import upstream

SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tts_pad>", "<tts_text_bos>", "<tts_text_eod>")
GENERATION = {
    "do_sample": True, "top_k": 50, "top_p": 1.0, "temperature": 0.9, "repetition_penalty": 1.05,
    "subtalker_dosample": True, "subtalker_top_k": 20, "subtalker_top_p": 0.95, "subtalker_temperature": 0.8,
    "max_new_tokens": 40,
}  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """Sizes of a model. What a dict leaves out is as upstream's classes have it by themselves."""

    groups: int
    """Codebooks."""
    codes: int
    """Entries of each."""
    talker: dict[str, Any]
    predictor: dict[str, Any]
    speaker_encoder: dict[str, Any]
    encoder: dict[str, Any]
    decoder: dict[str, Any]


def make(folder: Path, kind: str, size: str = "1b7", *, sizes: Sizes | None = None) -> Path:
    """Write the files of a model: ``base``, ``custom_voice`` or ``voice_design``. Returns the folder."""
    sizes = sizes or TINY
    upstream()
    from qwen_tts.core.models import Qwen3TTSConfig, Qwen3TTSForConditionalGeneration

    ids = _tokenizer(folder)
    config = Qwen3TTSConfig(
        talker_config=_talker(kind, len(ids), sizes),
        speaker_encoder_config=sizes.speaker_encoder,
        tokenizer_type="qwen3_tts_tokenizer_12hz",
        tts_model_size=size,
        tts_model_type=kind,
        im_start_token_id=ids["<|im_start|>"],
        im_end_token_id=ids["<|im_end|>"],
        tts_pad_token_id=ids["<tts_pad>"],
        tts_bos_token_id=ids["<tts_text_bos>"],
        tts_eos_token_id=ids["<tts_text_eod>"],
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Qwen3TTSForConditionalGeneration(config)
        _fill(network.named_parameters())
        network.save_pretrained(folder, safe_serialization=True)
        _speech_tokenizer(folder / "speech_tokenizer", sizes)
    written = json.loads((folder / "config.json").read_text("utf-8"))
    # Upstream's class of this part takes no model_type, which save_pretrained writes.
    (folder / "config.json").write_text(
        json.dumps(written | {"speaker_encoder_config": sizes.speaker_encoder}), "utf-8"
    )
    (folder / "generation_config.json").write_text(json.dumps(GENERATION), "utf-8")
    return folder


def _tokenizer(folder: Path) -> dict[str, int]:
    """Write a byte-level vocabulary with the roles as one token each, which upstream counts on. Returns its ids."""
    from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode

    vocab = {letter: number for number, letter in enumerate(bytes_to_unicode().values())}
    merges: list[str] = []
    for role in ("assistant", "user"):
        for end in range(1, len(role)):
            merges.append(f"{role[:end]} {role[end]}")
            vocab.setdefault(role[: end + 1], len(vocab))
    (folder / "vocab.json").write_text(json.dumps(vocab), "utf-8")
    (folder / "merges.txt").write_text("\n".join(("#version: 0.2", *merges, "")), "utf-8")
    ids = vocab | {special: len(vocab) + number for number, special in enumerate(SPECIALS)}
    flags = {"lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True}
    settings = {
        "tokenizer_class": "Qwen2Tokenizer", "errors": "replace",
        "added_tokens_decoder": {str(ids[special]): {"content": special, **flags} for special in SPECIALS},
        "additional_special_tokens": SPECIALS[1:], "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
        "model_max_length": 131_072, "add_prefix_space": False,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    return ids


def _talker(kind: str, text_vocab: int, sizes: Sizes) -> dict[str, Any]:
    speakers = ("ryan", "vivian", "dylan") if kind == "custom_voice" else ()
    codes, groups = sizes.codes, {"num_code_groups": sizes.groups}
    return {"text_vocab_size": text_vocab} | sizes.talker | groups | {
        # Upstream never draws the last 1,024, but for the end.
        "vocab_size": codes + 1024,
        "codec_eos_token_id": codes + 10, "codec_think_id": codes + 11, "codec_nothink_id": codes + 12,
        "codec_think_bos_id": codes + 13, "codec_think_eos_id": codes + 14, "codec_pad_id": codes + 15,
        "codec_bos_id": codes + 16,
        "codec_language_id": {
            "english": codes + 20, "chinese": codes + 21, "german": codes + 22, "beijing_dialect": codes + 23
        },
        "spk_id": {speaker: codes + 30 + number for number, speaker in enumerate(speakers)},
        "spk_is_dialect": {speaker: "beijing_dialect" if speaker == "dylan" else False for speaker in speakers},
        "code_predictor_config": sizes.predictor | groups | {"vocab_size": codes},
    }  # fmt: skip


def _speech_tokenizer(folder: Path, sizes: Sizes) -> None:
    from qwen_tts.core import Qwen3TTSTokenizerV2Config, Qwen3TTSTokenizerV2Model
    from transformers import EncodecFeatureExtractor

    config = Qwen3TTSTokenizerV2Config(
        encoder_config=sizes.encoder, decoder_config=sizes.decoder, encoder_valid_num_quantizers=sizes.groups
    )
    model = Qwen3TTSTokenizerV2Model(config)
    _fill([*model.named_parameters(), *model.named_buffers()])
    model.save_pretrained(folder, safe_serialization=True)
    extractor = EncodecFeatureExtractor(feature_size=1, sampling_rate=24_000, padding_value=0.0)
    extractor.save_pretrained(folder)


_HEADS = {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "hidden_size": 32}
_CODEC = {
    "hidden_size": 16, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8, "intermediate_size": 32,
    "num_hidden_layers": 1, "num_quantizers": 4, "codebook_size": 32,
}  # fmt: skip
TINY = Sizes(
    groups=4,
    codes=32,
    talker=_HEADS | {
        "intermediate_size": 64, "num_hidden_layers": 2, "text_hidden_size": 24,
        "rope_scaling": {"rope_type": "default", "type": "default", "mrope_section": [4, 2, 2], "interleaved": True},
    },
    predictor=_HEADS | {"intermediate_size": 48, "num_hidden_layers": 1},
    speaker_encoder={
        "mel_dim": 128, "enc_dim": 32, "enc_channels": [16, 16, 16, 16, 48], "enc_attention_channels": 8,
        "enc_res2net_scale": 2, "enc_se_channels": 8, "sample_rate": 24_000,
    },
    encoder=_CODEC | {
        "sampling_rate": 24_000, "frame_rate": 12.5, "audio_channels": 1, "num_filters": 4, "num_residual_layers": 1,
        "upsampling_ratios": [8, 6, 5, 4], "codebook_dim": 8, "num_semantic_quantizers": 1, "upsample_groups": 16,
        "vector_quantization_hidden_dimension": 8, "use_causal_conv": True,
    },
    decoder=_CODEC | {
        "codebook_dim": 16, "latent_dim": 16, "decoder_dim": 32, "upsample_rates": (8, 5, 4, 3),
        "upsampling_ratios": (2, 2),
    },
)  # fmt: skip


@torch.no_grad()
def _fill(tensors: Any) -> None:
    """Draw weights of a size that keeps the signal: as they are made, every code is 0 and the speech is silent."""
    for name, tensor in tensors:
        if name.endswith(("embedding_sum", "embed_sum")):
            tensor.normal_()
        elif tensor.ndim > 1:
            tensor.normal_(0, tensor[0].numel() ** -0.5)
