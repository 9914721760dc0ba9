"""Whether a confidence means what it says: how often words are right by the confidence that they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from benchmarks.alignment import auc
from benchmarks.truth_set.speech import Clip
from benchmarks.truth_set.texts import Line
from handler.types import WordTime

RIGHT_MS = 80.0
"""A word is right if it begins so close to where it is said; one that is not said is wrong wherever it stands."""
BINS = 10


class Bin(NamedTuple):
    """Words with a confidence between two tenths: how many, their mean confidence, and the share that is right."""

    words: int
    confidence: float
    right: float


def is_right(clip: Clip, line: Line, at: int, time: WordTime, within_ms: float = RIGHT_MS) -> bool | None:
    """Whether a word of a text is where it is said; None where nothing tells where that is."""
    said = line.said[at]
    if said is None:
        return False
    true = clip.times[said]
    return None if true is None else 1000 * abs(time.start - true.start) <= within_ms


@dataclass
class Calibration:
    """The confidences of words, whether each is right, and the mean confidence of right texts and of wrong ones."""

    within_ms: float = RIGHT_MS
    confidences: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    right_texts: list[float] = field(default_factory=list)
    wrong_texts: list[float] = field(default_factory=list)

    def add(self, clip: Clip, line: Line, found: Sequence[WordTime | None]) -> None:
        """Count a text; one without any time was refused, and has confidence 0 as a whole and no words."""
        score = float(np.mean([time.confidence if time else 0.0 for time in found]))
        self.right_texts += [score] if line.right else []
        self.wrong_texts += [score] if line.wrong else []
        for at, time in enumerate(found):
            right = is_right(clip, line, at, time, self.within_ms) if time else None
            if time and right is not None:
                self.confidences.append(time.confidence)
                self.right.append(right)

    def include(self, other: Calibration) -> None:
        """Count what another one has counted."""
        self.confidences += other.confidences
        self.right += other.right
        self.right_texts += other.right_texts
        self.wrong_texts += other.wrong_texts

    def bins(self) -> list[Bin]:
        """The words by tenths of confidence, without empty ones."""
        values, right = np.array(self.confidences), np.array(self.right)
        tenths = np.minimum((values * BINS).astype(int), BINS - 1)
        each = [tenths == tenth for tenth in range(BINS)]
        return [
            Bin(int(here.sum()), float(values[here].mean()), float(right[here].mean())) for here in each if any(here)
        ]

    def figures(self) -> dict[str, float]:
        """Counts, shares, and errors of 0 to 1.

        ``ece`` is the expected calibration error (Naeini et al., AAAI 2015): the mean distance of a bin's confidence
        from its share of right words, by words.
        """
        right = np.array(self.right)
        values = np.array(self.confidences)
        distances = [each.words * abs(each.confidence - each.right) for each in self.bins()]
        return {
            "words": len(values),
            "right": float(right.mean()),
            "confidence": float(values.mean()),
            "ece": sum(distances) / len(values),
            "auc_words": auc(values[right].tolist(), values[~right].tolist()),
            "auc_texts": auc(self.right_texts, self.wrong_texts),
        }
