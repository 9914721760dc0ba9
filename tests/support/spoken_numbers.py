"""Numbers as sound, and an aligner that reads them: what a forced aligner does, exact and fast."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from handler.errors import AlignmentError
from handler.types import Samples, Token, WordTime

RATE = 16_000
WORD, GAP, PAUSE = 0.25, 0.05, 0.4
"""Seconds of a word, between two words, and after every seventh."""
BITS = 12


class Reader:
    """An aligner of the numbers that `spoken` makes: all words get times in order, right or wrong."""

    name = "ear"

    def __init__(self, right: float = 0.9, wrong: float = 0.1) -> None:
        self.right, self.wrong = right, wrong
        self.lengths: list[int] = []
        self.offered = 0

    def speaks(self, language: str) -> bool:
        return True

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        times = self.prefix(samples, rate, words, language)
        if len(times) < len(words):
            raise AlignmentError("audio: it is too short for so many words")
        return times

    def prefix(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        self.lengths.append(len(samples))
        self.offered = max(self.offered, len(words))
        sounds = numbers(samples)
        return [
            WordTime(sounds[at][0] if at < len(sounds) else end, end, self.right if fits else self.wrong)
            for at, end, fits in forced(sounds, [int(word) for word in words])
        ]


def forced(sounds: Sequence[tuple[float, int]], words: Sequence[int]) -> list[tuple[int, float, bool]]:
    """The best path of a prefix of the words through all sounds: per word its sound, its end, and whether it is right.

    A word that is not there is squeezed in at a cost, and so is sound left over without a word.
    """
    scores = np.full((len(words) + 1, len(sounds) + 1), -np.inf)
    steps = np.zeros(scores.shape, np.int8)
    values = np.array([number for _, number in sounds])
    scores[0] = -0.6 * np.arange(len(sounds) + 1)
    for row, word in enumerate(words, start=1):
        taken = scores[row - 1, :-1] + np.where(values == word, 1.0, -0.5)
        scores[row, 0] = scores[row - 1, 0] - 0.6
        scores[row, 1:] = np.maximum(taken, scores[row - 1, 1:] - 0.6)
        steps[row, 1:] = scores[row, 1:] == taken
        for column in range(1, len(sounds) + 1):
            if scores[row, column - 1] - 0.6 > scores[row, column]:
                scores[row, column], steps[row, column] = scores[row, column - 1] - 0.6, 2
    row, column = int(np.argmax(scores[:, -1])), len(sounds)
    path: list[tuple[int, float, bool]] = []
    while row:
        step = steps[row, column] if column else 0
        if step < 2:
            end = sounds[column - step][0] if column - step < len(sounds) else (sounds[-1][0] + WORD if sounds else 0.0)
            sound = column - 1 if step else column
            path.append(
                (sound, sounds[sound][0] + WORD if step else end, bool(step and sounds[sound][1] == words[row - 1]))
            )
            row -= 1
        column -= step > 0
    return path[::-1]


def spoken(values: Sequence[int]) -> tuple[Samples, dict[int, float]]:
    """Numbers as bursts of noise that hold their bits, a pause after every seventh; and where each begins."""
    pieces: list[Samples] = []
    for number in values:
        bits = np.array([1.0 if number >> bit & 1 else -1.0 for bit in range(BITS)], np.float32)
        word = np.random.default_rng(number).uniform(0.2, 0.5, round(WORD * RATE)).astype(np.float32)
        word[1::2] *= -1
        word[: 2 * BITS : 2] = 0.7
        word[1 : 2 * BITS : 2] = 0.7 * bits
        gap = PAUSE if number % 7 == 6 else GAP
        pieces += [word, np.zeros(round(gap * RATE), np.float32)]
    starts = list(accumulate(map(len, pieces), initial=0))[::2]
    return np.concatenate(pieces), {number: start / RATE for number, start in zip(values, starts, strict=False)}


def numbers(samples: Samples) -> list[tuple[float, int]]:
    """The whole words in some samples: where each begins, in seconds, and its number."""
    edges = np.flatnonzero(np.diff((samples != 0).astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    found = []
    for start, end in edges:
        if end - start >= round(WORD * RATE):
            bits = samples[start + 1 : start + 2 * BITS : 2] > 0
            found.append((start / RATE, int(sum(1 << bit for bit in range(BITS) if bits[bit]))))
    return found


def written(text: Sequence[int]) -> list[Token]:
    """The numbers as tokens, a full stop after every seventh."""
    ends = list(accumulate(len(str(number)) + 1 for number in text))
    return [
        Token(str(number), (str(number),), end - 1 - len(str(number)), end - 1, "." if number % 7 == 6 else "")
        for number, end in zip(text, ends, strict=True)
    ]
