"""The oracle of the benchmark tells the truth."""

from __future__ import annotations

import numpy as np

from benchmarks.alignment_oracle import DICTIONARY, FRAMES, Oracle, tone


def test_the_oracle_tells_tones_apart() -> None:
    """The benchmark's truth is what it says: a tone is heard as its character, silence as the blank."""
    sound = np.concatenate([np.zeros(FRAMES.at(2), np.float32), tone("q", 2), tone("|", 1), tone("a", 1)])
    heard = Oracle().scores(sound)
    assert heard.argmax(axis=1).tolist() == [0, 0, DICTIONARY["q"], DICTIONARY["q"], 1]
