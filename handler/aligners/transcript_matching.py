"""Words that were heard, matched to the words that were said: each heard word's time goes to the script's own.

A recogniser writes what it hears in its own way ("$100", "mother in law", "color"), leaves words out and makes some up.
The match is the best way through both sequences in order, found for all of both at once, where words count as the same
by how alike they are spelled, and a run of words on one side may stand for a single one on the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from handler.text import numbers
from handler.text.languages import language_of
from handler.types import WordTime

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]
    IntArray = npt.NDArray[np.intp]

RUNS = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (1, 4), (4, 1))
"""How many words of the script are matched to how many heard ones, the first that is as good as any being taken."""

LEAST = 0.5
"""Similarity up to which two words have nothing to do with each other: "their" and "there", "boat" and "coat"."""

RUN_COST = 0.1
"""Per word beyond one on each side, so that "the cat" is not heard in a plain "cat"."""

DRIFT_COST = 0.4
"""For a match as far from its place as the recording is long, if everything were spoken at one speed. It decides
between equal words, and against the odd word that any two texts have in common."""


@dataclass(frozen=True)
class Heard:
    """A word as a recogniser wrote it, with its place in seconds and its confidence, 0 to 1."""

    text: str
    start: float
    end: float
    confidence: float = 1.0


@dataclass(frozen=True)
class _Match:
    """Words ``said`` and ``heard``, as index ranges (from, up to), and how alike they are, LEAST to 1."""

    said: tuple[int, int]
    heard: tuple[int, int]
    likeness: float


def place(words: Sequence[str], heard: Sequence[Heard], duration: float, language: str) -> list[WordTime | None]:
    """The time of each word of the script in ``duration`` seconds of audio, None for one that was not heard.

    Confidence is the recogniser's own, times how alike the words are, times a half to one by how many of the words
    beside it were heard right beside it as well: any two texts share words, but not runs of words.
    """
    said = [normalised(word) for word in words]
    read = _read(heard, said, language)
    times: list[WordTime | None] = [None] * len(words)
    matches = _matches(said, read, duration)
    for match, support in zip(matches, _supports(matches, len(said)), strict=True):
        first, after = match.said
        source = read[slice(*match.heard)]
        sure = sum(word.confidence for word in source) / len(source) * match.likeness * (1 + support) / 2
        spans = _shared(source[0].start, max(source[0].start, source[-1].end), said[first:after])
        times[first:after] = [WordTime(start, end, sure) for start, end in spans]
    return times


def normalised(word: str) -> str:
    """A word as it is compared: letters, digits and their marks, without case."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LNM")


def _read(heard: Sequence[Heard], said: Sequence[str], language: str) -> list[Heard]:
    """The heard words as they are said: digits as words, in that reading which is nearest to the script."""
    script = f" {' '.join(said)} "
    read: list[Heard] = []
    for word in heard:
        # Of Japanese, Google writes the reading behind a bar.
        text = word.text.partition("|")[0]
        parts = _spoken(text, script, language) if any(map(str.isdecimal, text)) else [normalised(text)]
        parts = [part for part in parts if part]
        spans = _shared(word.start, word.end, parts)
        read += [replace(word, text=part, start=a, end=b) for part, (a, b) in zip(parts, spans, strict=True)]
    return read


def _spoken(text: str, script: str, language: str) -> list[str]:
    """What is said for a word with digits, such as "$1,200" or "5:30"; one without any reading stays as it is."""
    parts: list[str] = []
    for piece in re.findall(r"\d{1,3}(?:,\d{3})+|\d+|[^\W\d_]+", text):
        digits = piece.replace(",", "")
        parts += _best(_readings(digits, language), script) if digits.isdecimal() else [normalised(piece)]
    # What the sign stands for is said after the number: the script knows the word.
    phrase = f" {' '.join(parts)} "
    if any(char == "%" or unicodedata.category(char) == "Sc" for char in text) and phrase in script:
        parts += script.partition(phrase)[2].split()[:1]
    return parts


def _best(readings: Sequence[list[str]], script: str) -> list[str]:
    """The reading that the script has, else the one that has the greatest share of its words in it."""

    def nearness(reading: list[str]) -> tuple[bool, float]:
        share = sum(f" {word} " in script for word in reading) / len(reading)
        return f" {' '.join(reading)} " in script, share

    return max(readings, key=nearness)


def _readings(digits: str, language: str) -> list[list[str]]:
    """The ways to say a number, as normalised words; with no other, its digits as they are."""
    spoken = numbers.readings(digits, language_of(language).numbers)
    readings = [[normalised(word) for word in re.findall(r"[^\W\d_]+", text)] for text in spoken]
    # A script says "one hundred one", num2words "one hundred and one".
    readings += [[word for word in reading if word != "and"] for reading in readings]
    return [reading for reading in readings if reading] or [[digits]]


def _shared(start: float, end: float, words: Sequence[str]) -> list[tuple[float, float]]:
    """A span of time parted among words by their lengths."""
    lengths = np.cumsum([0, *(max(1, len(word)) for word in words)])
    edges = start + (end - start) * lengths / max(1, lengths[-1])
    return [(float(a), float(b)) for a, b in pairwise(edges)]


def _supports(matches: Sequence[_Match], count: int) -> list[float]:
    """For each match, which share of its neighbours in the script was heard right beside it: 0, a half or 1."""
    joined = [one.said[1] == two.said[0] and one.heard[1] == two.heard[0] for one, two in pairwise(matches)]
    supports = []
    for match, before, after in zip(matches, [False, *joined], [*joined, False], strict=False):
        neighbours = [before] * (match.said[0] > 0) + [after] * (match.said[1] < count)
        supports.append(sum(neighbours) / len(neighbours) if neighbours else 1.0)
    return supports


def _matches(said: Sequence[str], heard: Sequence[Heard], duration: float) -> list[_Match]:
    """The best way through both in order: dynamic programming as in Needleman and Wunsch (1970), gaps for free.

    A row of the table is computed at once, so thousands of words take a second or two and a byte per pair of words.
    """
    if not said or not heard:
        return []
    gains = [_Gain(said, [word.text for word in heard], *run) for run in RUNS]
    places = np.array([word.start for word in heard], np.float32) / np.float32(max(duration, 1e-3))
    steps = np.full((len(said) + 1, len(heard) + 1), _SKIP_SAID, np.int8)
    scores = [np.zeros(len(heard) + 1, np.float32)]
    for row in range(1, len(said) + 1):
        best, step = scores[-1].copy(), steps[row]
        drift = DRIFT_COST * np.abs(places - np.float32((row - 1) / len(said)))
        for kind, gain in enumerate(gains):
            if gain.said > row or gain.heard > len(heard):
                continue
            score = scores[-gain.said][: -gain.heard] + gain.row(row, drift)
            better = score > best[gain.heard :] + 1e-6
            best[gain.heard :][better] = score[better]
            step[gain.heard :][better] = kind
        highest = np.maximum.accumulate(best)
        step[highest > best] = _SKIP_HEARD
        scores = [*scores[-max(gain.said for gain in gains) + 1 :], highest]
    return _walked(steps, gains)[::-1]


_SKIP_SAID, _SKIP_HEARD = -1, -2


def _walked(steps: npt.NDArray[np.int8], gains: Sequence[_Gain]) -> list[_Match]:
    """The matches on the way back from the end, last one first."""
    matches = []
    row, column = steps.shape[0] - 1, steps.shape[1] - 1
    while row > 0 and column > 0:
        step = int(steps[row, column])
        if step < 0:
            row, column = row - (step == _SKIP_SAID), column - (step == _SKIP_HEARD)
            continue
        gain = gains[step]
        said, heard = (row - gain.said, row), (column - gain.heard, column)
        matches.append(_Match(said, heard, gain.likeness(row, column)))
        row, column = said[0], heard[0]
    return matches


class _Gain:
    """What it is worth to match each run of ``said`` words to each run of ``heard`` ones, by the runs' last words."""

    def __init__(self, script: Sequence[str], recognised: Sequence[str], said: int, heard: int) -> None:
        self.said, self.heard = said, heard
        ours, self._ours = _numbered(_runs(script, said))
        theirs, self._theirs = _numbered(_runs(recognised, heard))
        self._likeness = _likeness(ours, theirs)
        self._weight, self._cost = np.float32((said + heard) / 2), np.float32(RUN_COST * (said + heard - 2))

    def row(self, row: int, drift: FloatArray) -> FloatArray:
        """For the run that ends with word ``row`` (from 1), the worth with each heard run, first to last."""
        likeness = self._likeness[self._ours[row - self.said]][self._theirs]
        # Drift is that of the run's last word: no farther off than the run is long.
        return np.where(
            likeness > LEAST, (likeness - LEAST) * self._weight - self._cost - drift[self.heard - 1 :], -1.0
        ).astype(np.float32)

    def likeness(self, row: int, column: int) -> float:
        """Of the two runs that end with these words (from 1)."""
        return float(self._likeness[self._ours[row - self.said], self._theirs[column - self.heard]])


def _runs(words: Sequence[str], length: int) -> Iterator[str]:
    return ("".join(words[at : at + length]) for at in range(len(words) - length + 1))


def _numbered(texts: Iterator[str]) -> tuple[list[str], IntArray]:
    """The different texts, and for each text its number among them."""
    numbers: dict[str, int] = {}
    order = [numbers.setdefault(text, len(numbers)) for text in texts]
    return list(numbers), np.array(order, np.intp)


def _likeness(ours: Sequence[str], theirs: Sequence[str]) -> FloatArray:
    """How alike words are spelled, 0 to 1: twice the pairs of letters that both have, over the pairs of each.

    Dice's coefficient over letter pairs, a word's ends being letters too (Adamson and Boreham, Information Storage and
    Retrieval 10, 1974): for all words at once it is a single product of matrices, which no edit distance is.
    """
    pairs = {pair: number for number, pair in enumerate(set().union(*map(_pairs, ours)))}
    ours_have, theirs_have = (np.zeros((len(words), len(pairs)), np.float32) for words in (ours, theirs))
    sizes = []
    for words, have in ((ours, ours_have), (theirs, theirs_have)):
        of_each = [_pairs(word) for word in words]
        sizes.append(np.array([len(of_one) for of_one in of_each], np.float32))
        for number, of_one in enumerate(of_each):
            have[number, [pairs[pair] for pair in of_one if pair in pairs]] = 1
    total = sizes[0][:, None] + sizes[1]
    both: FloatArray = ours_have @ theirs_have.T
    # A word without a letter has no pairs, and is like nothing.
    alike: FloatArray = 2 * both / np.maximum(total, np.float32(1))
    return alike


def _pairs(word: str) -> set[str]:
    return {one + other for one, other in pairwise(f"^{word}$")} if word else set()
