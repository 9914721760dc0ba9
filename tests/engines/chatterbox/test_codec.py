"""The codec: upstream's S3Gen, in steps, and with generators of its own."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from handler.engines.chatterbox import loading
from handler.engines.chatterbox.codec import CODES, INPUT_RATE, MEANFLOW_STEPS, SAMPLE_RATE, STEPS, Codec, Draws
from handler.errors import OutOfMemory
from handler.types import Samples
from tests.engines.chatterbox.conftest import Checkpoint

SEED = 5


def noise(seconds: float, rate: int, seed: int = 0) -> Samples:
    return (np.random.default_rng(seed).standard_normal(round(seconds * rate)) * 0.1).astype(np.float32)


def finished(steps: Generator[None, None, Samples]) -> tuple[Samples, int]:
    """What steps return, and how many there were."""
    count = 1
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value, count
        count += 1


@pytest.fixture(params=["original", "turbo"])
def codec(request: pytest.FixtureRequest, checkpoint: Checkpoint) -> Codec:
    return loading.load_codec(checkpoint(request.param), "cpu")


@pytest.fixture
def voice(codec: Codec) -> dict[str, Tensor]:
    return codec.voice(noise(3, SAMPLE_RATE, 1))


def test_speech_is_upstreams(codec: Codec, voice: dict[str, Tensor]) -> None:
    """The steps give the samples that upstream gives after the same seed, and leave the global generator alone."""
    tokens = torch.randint(0, CODES, (30,), generator=torch.Generator().manual_seed(1))
    before = torch.random.get_rng_state()
    samples, count = finished(codec.speech(tokens, voice, Draws(SEED)))
    assert torch.equal(before, torch.random.get_rng_state())
    assert count == (MEANFLOW_STEPS if codec.s3gen.meanflow else STEPS) + 2
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        upstream, _ = codec.s3gen.inference(speech_tokens=tokens, ref_dict={**voice, "prompt_feat_len": None})
    np.testing.assert_array_equal(samples, upstream[0].numpy())
    assert len(samples) == 30 * SAMPLE_RATE // 25


def test_voice_and_tokens_are_upstreams(codec: Codec, voice: dict[str, Tensor]) -> None:
    """A clip's voice has upstream's tensors, and speech has upstream's tokens, one for each 40 ms begun."""
    upstream = codec.s3gen.embed_ref(noise(3, SAMPLE_RATE, 1), SAMPLE_RATE, device="cpu")
    assert voice.keys() == {name for name, value in upstream.items() if torch.is_tensor(value)}
    assert all(torch.equal(voice[name], upstream[name]) for name in voice)
    speech = noise(2, INPUT_RATE)
    tokens, _ = codec.s3gen.tokenizer(torch.from_numpy(speech)[None])
    assert torch.equal(codec.tokens(speech), tokens[0])
    assert len(codec.tokens(noise(2.001, INPUT_RATE))) == 51
    assert len(codec.tokens(noise(0.01, INPUT_RATE))) == 1


def test_ids_that_are_no_codes_are_left_out(codec: Codec, voice: dict[str, Tensor]) -> None:
    """Marks among the tokens are not heard, and marks alone are no sound."""
    tokens = torch.tensor([5, 6, 7])
    expected, _ = finished(codec.speech(tokens, voice, Draws(SEED)))
    marked = torch.tensor([CODES, 5, 6, CODES + 1, 7])
    np.testing.assert_array_equal(finished(codec.speech(marked, voice, Draws(SEED)))[0], expected)
    assert len(finished(codec.speech(torch.tensor([CODES]), voice, Draws(SEED)))[0]) == 0


def test_other_threads_do_not_disturb_the_draws(codec: Codec, voice: dict[str, Tensor]) -> None:
    """Speech is the same while another thread draws from the global generator, and steps may change threads."""
    tokens = torch.arange(20)
    expected, _ = finished(codec.speech(tokens, voice, Draws(SEED)))
    steps = codec.speech(tokens, voice, Draws(SEED))
    found: list[Any] = []
    while not found:
        torch.rand(3)

        def step() -> None:
            try:
                next(steps)
            except StopIteration as end:
                found.append(end.value)

        thread = threading.Thread(target=step)
        thread.start()
        thread.join()
    np.testing.assert_array_equal(found[0], expected)


def test_lack_of_memory_is_told(codec: Codec, voice: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    """A device without memory raises OutOfMemory, and the codec can be used again."""
    steps = codec.speech(torch.arange(20), voice, Draws(SEED))
    next(steps)

    def fail(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError

    with monkeypatch.context() as patch:
        patch.setattr(codec.s3gen.flow.decoder.estimator, "forward", fail)
        with pytest.raises(OutOfMemory, match="send the job again"):
            next(steps)
    assert len(finished(codec.speech(torch.arange(20), voice, Draws(SEED)))[0])


def test_draws_follow_manual_seed() -> None:
    """Every function that upstream draws with gives what it gives after ``torch.manual_seed``."""

    def drawn() -> list[Tensor]:
        return [
            torch.rand(3),
            torch.randn(2, 3, dtype=torch.float64),
            torch.randn_like(torch.zeros(4)),
            torch.distributions.Uniform(-1.0, 1.0).sample((3,)),
        ]

    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        expected = drawn()
    with Draws(SEED):
        found = drawn()
    assert all(torch.equal(one, other) for one, other in zip(expected, found, strict=True))
