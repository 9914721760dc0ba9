"""Engines with tiny random weights, by upstream's own loaders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from handler.engines.qwen3.engine import Qwen3Engine
from handler.engines.qwen3.options import Qwen3Options
from handler.settings import Settings
from handler.types import Chunk, ChunkAudio, SpeechOptions, SpeechRequest, Token, Voice
from tests.support import tiny_qwen3

RATE = 24_000

Engines = Callable[..., Qwen3Engine]


class ShortSpeech(Qwen3Engine):
    """Speaks for 1 s at most: random weights may not end by themselves."""

    def _max_frames(self, _: str) -> int:
        return 12


def engine_of(folder: Path, kind: str, size: str = "1.7b") -> Qwen3Engine:
    return ShortSpeech(Settings.read({"QWEN3_MODEL": f"{kind}-{size}", "QWEN3_DIR": str(folder)}))


def request_for(text: str = "hello there", index: int = 0, seed: int = 1) -> SpeechRequest:
    return SpeechRequest(Chunk(index, tuple(Token(word, (word,), 0, 0) for word in text.split())), seed)


def voice_of(folder: Path, text: str = "Some call me nature.") -> Voice:
    clip = folder / "clip.wav"
    if not clip.exists():
        noise = np.random.default_rng(0).standard_normal(2 * RATE) * 0.1
        soundfile.write(clip, noise, RATE)
    return Voice("nature", "en", clip, text)


def spoken(engine: Qwen3Engine, voice: Voice, seed: int = 1, **own: Any) -> ChunkAudio:
    (audio,) = engine.speak([request_for(seed=seed)], voice, SpeechOptions(own=Qwen3Options.model_construct(**own)))
    return audio


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Engines by kind and size, made on first use."""
    made: dict[tuple[str, str], Qwen3Engine] = {}

    def get(kind: str, size: str = "1.7b") -> Qwen3Engine:
        if (kind, size) not in made:
            folder = tmp_path_factory.mktemp(kind)
            tiny_qwen3.make(folder, kind.replace("-", "_"), "0b6" if size == "0.6b" else "1b7")
            made[kind, size] = engine_of(folder, kind, size)
        return made[kind, size]

    yield get
    for engine in made.values():
        engine.close()
