"""The copies of upstream's modules compute what the real ones do, and do not get in their way."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import pytest
import torch

from handler.engines.f5 import upstream_modules
from handler.engines.f5.upstream_modules import PREFIX, package_file, upstream
from handler.errors import ConfigError
from tests.engines.f5.conftest import ARCH, randomised


@pytest.fixture(scope="module")
def real_dit() -> Any:
    import f5_tts.model.backbones.dit as real

    return real


def test_copy_is_not_the_real_module(real_dit: Any) -> None:
    """The copy has a name of its own; the real module, imported before or after, is neither seen nor replaced."""
    copy = upstream("f5_tts.model.backbones.dit")
    assert copy is not real_dit
    assert copy is sys.modules[PREFIX + "f5_tts.model.backbones.dit"] is upstream("f5_tts.model.backbones.dit")
    assert sys.modules["f5_tts.model.backbones.dit"] is real_dit
    assert real_dit.RotaryEmbedding.__module__ == "x_transformers.x_transformers"
    assert copy.RotaryEmbedding is not real_dit.RotaryEmbedding


@pytest.mark.parametrize("changed", [{}, {"pe_attn_head": 1, "text_mask_padding": False}, {"qk_norm": "rms_norm"}])
def test_transformer_matches_the_real_one(real_dit: Any, changed: dict[str, Any]) -> None:
    """With the same weights the copy's DiT gives the real DiT's output, to the bit but for the rotation's rounding."""
    arch = {**ARCH, **changed, "text_num_embeds": 50, "mel_dim": 100}
    torch.manual_seed(2)
    real = randomised(real_dit.DiT(**arch)).eval()
    copy = upstream("f5_tts.model.backbones.dit").DiT(**arch).eval()
    assert not copy.load_state_dict(real.state_dict()).missing_keys
    given = {"x": torch.randn(1, 90, 100), "cond": torch.randn(1, 90, 100), "text": torch.randint(0, 50, (1, 30))}
    with torch.inference_mode():
        for options in ({"cfg_infer": True}, {"drop_text": True, "drop_audio_cond": True}):
            found, expected = (net(**given, time=torch.tensor(0.4), **options) for net in (copy, real))
            assert (found - expected).abs().max() <= 1e-6


def test_rotary_stand_ins_match_the_real_ones() -> None:
    """Angles and rotation are x_transformers', for all channels of a head and for some of them."""
    from x_transformers.x_transformers import RotaryEmbedding, apply_rotary_pos_emb

    real, own = RotaryEmbedding(16), upstream_modules._RotaryEmbedding(16)
    angles, scale = real.forward_from_seq_len(50)
    own_angles, own_scale = own.forward_from_seq_len(50)
    assert torch.equal(own_angles, angles)
    assert own_scale == scale
    assert real.state_dict().keys() == own.state_dict().keys()
    for channels in (16, 24):
        heads = torch.randn(2, 3, 50, channels)
        assert torch.allclose(
            upstream_modules._apply_rotary_pos_emb(heads, angles), apply_rotary_pos_emb(heads, angles), atol=1e-6
        )


def test_vocoder_matches_the_real_one() -> None:
    """The copies of Vocos' backbone and head give the real ones' samples to the bit."""
    from vocos.heads import ISTFTHead
    from vocos.models import VocosBackbone

    backbone = {"input_channels": 100, "dim": 32, "intermediate_dim": 64, "num_layers": 2}
    head = {"dim": 32, "n_fft": 1024, "hop_length": 256, "padding": "center"}
    real = torch.nn.Sequential(VocosBackbone(**backbone), ISTFTHead(**head)).eval()
    copy = torch.nn.Sequential(
        upstream("vocos.models").VocosBackbone(**backbone), upstream("vocos.heads").ISTFTHead(**head)
    ).eval()
    copy.load_state_dict(real.state_dict())
    mel = torch.randn(1, 100, 40)
    with torch.inference_mode():
        assert torch.equal(copy(mel), real(mel))


def test_text_conversion_matches_the_real_one() -> None:
    """Libraries that are put off until Chinese text needs them do their work when called."""
    from f5_tts.model.utils import convert_char_to_pinyin

    texts = ["Hello world.", "你好，世界。 naïve mixed 文字 42"]
    assert upstream("f5_tts.model.utils").convert_char_to_pinyin(texts) == convert_char_to_pinyin(texts)


def test_copied_layers_draw_no_weights() -> None:
    """Only the copies' layers skip the drawing of random weights; torch itself is as it was."""
    layer = upstream("f5_tts.model.modules").nn.Linear(4, 4)
    assert isinstance(layer, torch.nn.Linear)
    assert type(layer).reset_parameters is not torch.nn.Linear.reset_parameters
    assert torch.nn.Linear(4, 4).weight.abs().sum() > 0
    assert pickle.loads(pickle.dumps(upstream("f5_tts.model.modules").GRN(3))).gamma.shape == (1, 1, 3)


def test_missing_package_is_named() -> None:
    """Without f5-tts the engine says what is missing in one sentence."""
    with pytest.raises(ConfigError, match="needs no-such-package, which is not installed"):
        package_file("no_such_package", "configs")
