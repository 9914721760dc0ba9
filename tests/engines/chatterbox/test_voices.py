"""Voices: conditionals as bytes and on the device, and the last of them kept."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch

from handler.engines.chatterbox import voices
from handler.engines.chatterbox.voices import Conditionals, Voices
from handler.engines.clips import Recent
from handler.errors import BadReference
from handler.types import Voice
from tests.support import tiny_chatterbox


@pytest.fixture
def computed() -> list[str]:
    return []


@pytest.fixture
def cache(computed: list[str]) -> Voices:
    def compute(clip: Path) -> Conditionals:
        computed.append(clip.stem)
        return {"t3.speaker_emb": torch.full((2, 3), float(len(computed))), "gen.prompt_token": torch.arange(4)}

    return Voices("model-v1", compute, torch.device("cpu"))


def test_last_voices_are_kept(cache: Voices, computed: list[str], tmp_path: Path) -> None:
    """The least recently used voice is computed again, the others are not."""
    cache._kept = Recent(2)
    clips = [tiny_chatterbox.clip(tmp_path / f"{name}.wav", 2.0, seed) for seed, name in enumerate("abc")]
    a, b, c = (Voice(clip.stem, "en", clip) for clip in clips)
    for voice in (a, b, a, c, a, b):
        cache.get(voice)
    assert computed == ["a", "b", "c", "b"]


def test_tensors_come_back_from_bytes(cache: Voices, clip: Path) -> None:
    """Conditionals that others kept have the names, types and values of those that were computed."""
    kept: list[bytes] = []

    def keep(name: str, compute: object) -> bytes:
        assert name == "model-v1.safetensors"
        assert callable(compute)
        kept.append(compute())
        return kept[0]

    found = cache.get(Voice("mine", "en", clip, conditionals=keep))
    assert {name: (each.dtype, each.tolist()) for name, each in found.items()} == {
        "t3.speaker_emb": (torch.float32, [[1.0] * 3] * 2),
        "gen.prompt_token": (torch.int64, [0, 1, 2, 3]),
    }
    assert list(voices.for_codec(found)) == ["prompt_token"]


def test_threads_may_ask_at_once(cache: Voices, tmp_path: Path) -> None:
    """Many jobs with many voices leave no more than the cache holds."""
    clips = [tiny_chatterbox.clip(tmp_path / f"{seed}.wav", 1.0, seed) for seed in range(4)]
    errors: list[Exception] = []

    def ask() -> None:
        try:
            for clip in clips * 10:
                cache.get(Voice(clip.name, "en", clip))
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(cache._kept) == len(clips)


def test_voice_without_a_clip_is_refused(cache: Voices) -> None:
    """A voice that has no clip cannot be computed."""
    with pytest.raises(BadReference, match="has no clip"):
        cache.get(Voice("none", "en"))
