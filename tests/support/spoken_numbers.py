"""Numbers as sound, and an aligner that reads them: what a forced aligner does, exact and fast."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, takewhile

import numpy as np

from handler.types import Samples, Token, WordTime

RATE = 16_000
WORD, GAP, PAUSE = 0.25, 0.05, 0.4
"""Seconds of a word, between two words, and after every seventh."""
BITS = 12


class Reader:
    """An aligner of the numbers that `spoken` makes: it finds the likeliest path, sure of right numbers alone."""

    name = "ear"

    def __init__(self, right: float = 0.9, wrong: float = 0.1) -> None:
        self.right, self.wrong = right, wrong
        self.lengths: list[int] = []
        self.offered = 0

    def speaks(self, language: str) -> bool:
        return True

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        return self.find(samples, rate, words, language)

    def find(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        return self._path(samples, words, whole=True)

    def prefix(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        return self._path(samples, words, whole=False)

    def _path(self, samples: Samples, words: Sequence[str], *, whole: bool) -> list[WordTime | None]:
        self.lengths.append(len(samples))
        self.offered = max(self.offered, len(words))
        sounds = numbers(samples)
        times: list[WordTime | None] = []
        for sound, word in zip(forced(sounds, [_number(word) for word in words], whole=whole), words, strict=False):
            if sound is None:
                end = times[-1].end if times and times[-1] else 0.0
                times.append(WordTime(end, end, 0.0))
            else:
                start, number = sounds[sound]
                times.append(WordTime(start, start + WORD, self.right if number == _number(word) else self.wrong))
        return times


class Spotter(Reader):
    """A `Reader` that also tells whether any of many passages is said: the longest."""

    def __init__(self, right: float = 0.9, wrong: float = 0.1) -> None:
        super().__init__(right, wrong)
        self.spots: list[int] = []

    def spot(
        self, samples: Samples, rate: int, words: Sequence[str], starts: Sequence[int], language: str
    ) -> list[WordTime | None]:
        self.spots.append(len(samples))
        said = numbers(samples)
        text = [_number(word) for word in words]

        def count(start: int, at: int) -> int:
            pairs = zip(text[start:], said[at:], strict=False)
            return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1][1], pairs))

        longest, start, at = max(
            ((count(start, at), start, at) for start in starts for at in range(len(said))), default=(0, 0, 0)
        )
        times = [WordTime(begin, begin + WORD, self.right) for begin, _ in said[at : at + longest]]
        return [*[None] * start, *times] if times else []


def _number(word: str) -> int:
    """The number of a word; one that is never said for the words of other readings ("one thousand")."""
    return int(word) if word.isdigit() else -1


def forced(sounds: Sequence[tuple[float, int]], words: Sequence[int], *, whole: bool) -> list[int | None]:
    """The sound of each word on the best path, None for one that is passed over; all words or the first ones.

    Passing over a sound costs less than passing over a word, and both together less than a wrong sound for a word.
    """
    scores = np.full((len(words) + 1, len(sounds) + 1), -np.inf)
    steps = np.zeros(scores.shape, np.int8)  # 0: the word is passed over, 1: the sound is its own, 2: passed over
    values = np.array([number for _, number in sounds])
    scores[0] = -0.3 * np.arange(len(sounds) + 1)
    steps[0] = 2
    for row, word in enumerate(words, start=1):
        scores[row] = scores[row - 1] - 1.5
        taken = scores[row - 1, :-1] + np.where(values == word, 1.0, -2.0)
        steps[row, 1:] = scores[row, 1:] < taken
        scores[row, 1:] = np.maximum(taken, scores[row, 1:])
        for column in range(1, len(sounds) + 1):
            if scores[row, column - 1] - 0.3 > scores[row, column]:
                scores[row, column], steps[row, column] = scores[row, column - 1] - 0.3, 2
    row, column = len(words) if whole else int(np.argmax(scores[:, -1])), len(sounds)
    path: list[int | None] = []
    while row:
        step = steps[row, column]
        if step < 2:
            path.append(column - 1 if step else None)
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
