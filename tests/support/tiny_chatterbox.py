"""Tiny random checkpoints of Chatterbox, made in seconds and loaded by upstream's own loaders."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import BPE

from handler.engines.chatterbox import loading, sampler
from handler.engines.chatterbox.imports import upstream
from handler.engines.chatterbox.script import MULTILINGUAL, SOUNDS
from handler.settings import Settings

MAX_TOKENS = 25  # of a chunk: random weights do not end by themselves


def _small(module: Any, name: str, **sizes: Any) -> None:
    real = getattr(module, name)
    setattr(module, name, lambda *given, **named: real(*given, **{**named, **sizes}))


def shrink() -> None:
    """Make the sizes small that upstream writes as literals. For the whole process."""
    sampler.MAX_TOKENS = MAX_TOKENS
    upstream("original")
    import s3tokenizer.model_v2 as codes
    from chatterbox.models.s3gen import s3gen
    from chatterbox.models.s3gen.transformer import upsample_encoder
    from chatterbox.models.t3 import llama_configs
    from chatterbox.models.t3.modules import cond_enc, perceiver

    if getattr(cond_enc, "_shrunk", False):
        return
    cond_enc._shrunk = True
    codes.S3TokenizerV2.__init__.__defaults__ = (codes.ModelConfig(n_audio_state=64, n_audio_head=1, n_audio_layer=1),)
    _small(upsample_encoder, "PreLookaheadLayer", channels=32)
    _small(upsample_encoder, "Upsample1D", channels=32, out_channels=32)
    encoder = {"output_size": 32, "attention_heads": 2, "linear_units": 32, "num_blocks": 1, "input_size": 32}
    _small(s3gen, "UpsampleConformerEncoder", **encoder)
    _small(s3gen, "CausalMaskedDiffWithXvec", input_size=32)
    decoder = {"channels": [32], "attention_head_dim": 8, "n_blocks": 1, "num_mid_blocks": 1, "num_heads": 2}
    _small(s3gen, "ConditionalDecoder", **decoder)
    resblocks = {"resblock_kernel_sizes": [3], "resblock_dilation_sizes": [[1]]}
    _small(s3gen, "HiFTGenerator", base_channels=16, source_resblock_dilation_sizes=[[1], [1], [1]], **resblocks)
    _small(s3gen, "ConvRNNF0Predictor", cond_channels=8)
    _small(s3gen, "CAMPPlus", growth_rate=4, init_channels=16)
    heads = {"num_attention_heads": 16, "num_key_value_heads": 16, "head_dim": 2}  # upstream's analyzer wants them
    llama_configs.LLAMA_520M_CONFIG_DICT.update(hidden_size=32, intermediate_size=32, num_hidden_layers=14, **heads)
    small_gpt = {"n_embd": 32, "hidden_size": 32, "n_head": 2, "n_layer": 2, "vocab_size": 300}
    llama_configs.GPT2_MEDIUM_CONFIG.update(n_ctx=2048, n_positions=2048, **small_gpt)
    cond_enc.Perceiver = lambda: perceiver.Perceiver(4, 32, 32, 2)


def clip(path: Path, seconds: float = 7.0, seed: int = 0) -> Path:
    """A clip of quiet noise at 24 kHz."""
    soundfile.write(path, np.random.default_rng(seed).standard_normal(round(24000 * seconds)) * 0.1, 24000)
    return path


def settings(folder: Path, variant: str) -> Settings:
    """The settings of a worker with a checkpoint of a variant."""
    return Settings.read({"ENGINES": "chatterbox", "CHATTERBOX_MODEL": variant, "CHATTERBOX_DIR": str(folder)})


def make(folder: Path, variant: str, *, shrunk: bool = True) -> Path:
    """Write a checkpoint of a variant with all its files, the built-in voice among them; as large as real ones if not
    ``shrunk``.
    """
    upstream(variant)
    if shrunk:
        shrink()
    from chatterbox.models.s3gen import S3Gen
    from chatterbox.models.t3 import T3
    from chatterbox.models.t3.modules.t3_config import T3Config
    from chatterbox.models.voice_encoder import VoiceEncoder

    folder.mkdir(parents=True, exist_ok=True)
    turbo = variant == "turbo"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder, decoder = VoiceEncoder(), S3Gen(meanflow=turbo)
        name, hp = {
            "original": ("t3_cfg", T3Config.english_only()),
            "multilingual": ("t3_mtl23ls_v2", T3Config.multilingual()),
            "turbo": ("t3_turbo_v1", _turbo(T3Config)),
        }[variant]
        t3 = T3(hp)
        with torch.no_grad():
            # As they are drawn, the layers' weights are so small that nothing before the last token is heard.
            for weight in (*t3.tfmr.parameters(), *t3.cond_enc.parameters()):
                weight *= 8 if weight.ndim > 1 else 1
        _save(t3, folder / f"{name}.safetensors")
    if variant == "multilingual":
        torch.save(encoder.state_dict(), folder / "ve.pt")
        torch.save(decoder.state_dict(), folder / "s3gen.pt")
    else:
        _save(encoder, folder / "ve.safetensors")
        _save(decoder, folder / f"{'s3gen_meanflow' if turbo else 's3gen'}.safetensors")
    _write_turbo_tokenizer(folder) if turbo else _write_tokenizer(folder)
    model, _ = loading.load(settings(folder, variant), "cpu")
    model.prepare_conditionals(str(clip(folder / "clip.wav")))
    model.conds.save(folder / "conds.pt")
    return folder


def _turbo(config: Any) -> Any:
    hp = config(text_tokens_dict_size=50276)
    hp.llama_config_name, hp.speech_tokens_dict_size, hp.input_pos_emb = "GPT2_medium", 6563, None
    hp.speech_cond_prompt_len, hp.use_perceiver_resampler, hp.emotion_adv = 375, False, False
    return hp


def _save(model: Any, path: Path) -> None:
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, path)


def _write_tokenizer(folder: Path) -> None:
    vocab = {"[STOP]": 0, "[UNK]": 1, "[SPACE]": 2}
    for letter in string.ascii_letters + string.digits + ".,!?;:'-":
        vocab[letter] = len(vocab)
    vocab["[START]"] = 255
    languages = [f"[{language}]" for language in MULTILINGUAL]
    for language in languages:
        vocab[language] = len(vocab) + 200
    tokenizer = Tokenizer(BPE(vocab=vocab, merges=[], unk_token="[UNK]"))
    tokenizer.add_special_tokens(["[START]", "[STOP]", "[UNK]", "[SPACE]", *languages])
    for name in ("tokenizer.json", "grapheme_mtl_merged_expanded_v1.json"):
        tokenizer.save(str(folder / name))
    (folder / "Cangjie5_TC.json").write_text("[]")


def _write_turbo_tokenizer(folder: Path) -> None:
    from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode

    vocab = {letter: number for number, letter in enumerate(bytes_to_unicode().values())} | {"<|endoftext|>": 256}
    (folder / "vocab.json").write_text(json.dumps(vocab))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    special = dict.fromkeys(("bos_token", "eos_token", "unk_token"), "<|endoftext|>")
    config = {"tokenizer_class": "GPT2Tokenizer", "model_max_length": 1024, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    sounds = {f"[{sound}]": number for number, sound in enumerate(sorted(SOUNDS["turbo"]), 257)}
    (folder / "added_tokens.json").write_text(json.dumps(sounds))
