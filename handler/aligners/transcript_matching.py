"""Match the words of a script to a recogniser's transcript, so that script words get the transcript's times.

A transcript writes things its own way ("$100", "mother in law", "color"), and lacks or adds words. The match is the
best alignment of both sequences in order (Needleman and Wunsch, 1970): words match by the similarity of their spelling,
and several words of one side may match one word of the other.
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

# How many script words match how many recognised ones; of equally good shapes the first counts.
MATCH_SHAPES = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (1, 4), (4, 1))
MIN_SIMILARITY = 0.5  # unrelated words reach this: "their" and "there", "boat" and "coat"
EXTRA_WORD_COST = 0.1  # for each word of a side beyond one, so that "cat" does not match "the cat"
# For a match as far from its expected time as the recording is long. It decides between equal words, and against the
# odd word that any two texts share.
DRIFT_COST = 0.4
_SKIP_SCRIPT, _SKIP_RECOGNISED = -1, -2  # steps of the search besides matches, which have the index of their shape


@dataclass(frozen=True)
class RecognisedWord:
    """A word of a transcript, its times in seconds, and its confidence, 0 to 1."""

    text: str
    start: float
    end: float
    confidence: float = 1.0


@dataclass(frozen=True)
class _Match:
    """Index ranges (from, up to) of script and transcript, and their similarity, MIN_SIMILARITY to 1."""

    script: tuple[int, int]
    recognised: tuple[int, int]
    similarity: float


def match(
    words: Sequence[str], recognised: Sequence[RecognisedWord], duration: float, language: str
) -> list[WordTime | None]:
    """The time of each script word in ``duration`` seconds of audio, None for one that the transcript lacks.

    Confidence is the recogniser's, times the similarity, times a half to one by how many neighbours of the words match
    right next to them: unrelated texts share words, but not runs of words.
    """
    script = [normalised(word) for word in words]
    spoken = _as_spoken(recognised, script, language)
    times: list[WordTime | None] = [None] * len(words)
    matches = _matches(script, spoken, duration)
    for found, support in zip(matches, _supports(matches, len(script)), strict=True):
        first, after = found.script
        source = spoken[slice(*found.recognised)]
        confidence = sum(word.confidence for word in source) / len(source) * found.similarity * (1 + support) / 2
        spans = _shared(source[0].start, max(source[0].start, source[-1].end), script[first:after])
        times[first:after] = [WordTime(start, end, confidence) for start, end in spans]
    return times


def normalised(word: str) -> str:
    """Reduce a word to what is compared: letters, digits and their marks, without case."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LNM")


def _as_spoken(recognised: Sequence[RecognisedWord], script: Sequence[str], language: str) -> list[RecognisedWord]:
    """Normalise the transcript, with digits replaced by the reading that is closest to the script."""
    text = f" {' '.join(script)} "
    spoken: list[RecognisedWord] = []
    for word in recognised:
        # In Japanese, Google writes a word's reading after a bar.
        written = word.text.partition("|")[0]
        has_digits = any(map(str.isdecimal, written))
        parts = _verbalised(written, text, language) if has_digits else [normalised(written)]
        parts = [part for part in parts if part]
        spans = _shared(word.start, word.end, parts)
        spoken += [replace(word, text=part, start=a, end=b) for part, (a, b) in zip(parts, spans, strict=True)]
    return spoken


def _verbalised(written: str, script: str, language: str) -> list[str]:
    """The spoken words for one with digits, such as "$1,200" or "5:30"; a number without a reading stays as it is."""
    parts: list[str] = []
    for piece in re.findall(r"\d{1,3}(?:,\d{3})+|\d+|[^\W\d_]+", written):
        digits = piece.replace(",", "")
        parts += _closest(_readings(digits, language), script) if digits.isdecimal() else [normalised(piece)]
    # A sign is spoken after its number; the script has the word.
    phrase = f" {' '.join(parts)} "
    if any(char == "%" or unicodedata.category(char) == "Sc" for char in written) and phrase in script:
        parts += script.partition(phrase)[2].split()[:1]
    return parts


def _closest(readings: Sequence[list[str]], script: str) -> list[str]:
    """The reading that the script contains, else the one with the greatest share of its words in the script."""

    def closeness(reading: list[str]) -> tuple[bool, float]:
        share = sum(f" {word} " in script for word in reading) / len(reading)
        return f" {' '.join(reading)} " in script, share

    return max(readings, key=closeness)


def _readings(digits: str, language: str) -> list[list[str]]:
    """The ways to read a number, as normalised words; the digits themselves if there is none."""
    spoken = numbers.readings(digits, language_of(language).numbers)
    readings = [[normalised(word) for word in re.findall(r"[^\W\d_]+", text)] for text in spoken]
    # num2words says "one hundred and one", a script perhaps "one hundred one".
    readings += [[word for word in reading if word != "and"] for reading in readings]
    return [reading for reading in readings if reading] or [[digits]]


def _shared(start: float, end: float, words: Sequence[str]) -> list[tuple[float, float]]:
    """Divide a span of time among words by their lengths."""
    lengths = np.cumsum([0, *(max(1, len(word)) for word in words)])
    edges = start + (end - start) * lengths / max(1, lengths[-1])
    return [(float(a), float(b)) for a, b in pairwise(edges)]


def _supports(matches: Sequence[_Match], count: int) -> list[float]:
    """For each match, the share of its neighbours in the script that match right next to it: 0, a half or 1."""
    joined = [
        one.script[1] == two.script[0] and one.recognised[1] == two.recognised[0] for one, two in pairwise(matches)
    ]
    supports = []
    for found, before, after in zip(matches, [False, *joined], [*joined, False], strict=False):
        neighbours = [before] * (found.script[0] > 0) + [after] * (found.script[1] < count)
        supports.append(sum(neighbours) / len(neighbours) if neighbours else 1.0)
    return supports


def _matches(script: Sequence[str], recognised: Sequence[RecognisedWord], duration: float) -> list[_Match]:
    """Find the best matches in order by dynamic programming; skipping a word costs nothing.

    A row of the table is computed at once, so thousands of words take a second or two and a byte per pair of words.
    """
    if not script or not recognised:
        return []
    shapes = [_MatchScores(script, [word.text for word in recognised], *shape) for shape in MATCH_SHAPES]
    positions = np.array([word.start for word in recognised], np.float32) / np.float32(max(duration, 1e-3))
    steps = np.full((len(script) + 1, len(recognised) + 1), _SKIP_SCRIPT, np.int8)
    scores = [np.zeros(len(recognised) + 1, np.float32)]
    for row in range(1, len(script) + 1):
        best, step = scores[-1].copy(), steps[row]
        drift = DRIFT_COST * np.abs(positions - np.float32((row - 1) / len(script)))
        for number, shape in enumerate(shapes):
            if shape.script > row or shape.recognised > len(recognised):
                continue
            score = scores[-shape.script][: -shape.recognised] + shape.row(row, drift)
            better = score > best[shape.recognised :] + 1e-6
            best[shape.recognised :][better] = score[better]
            step[shape.recognised :][better] = number
        highest = np.maximum.accumulate(best)
        step[highest > best] = _SKIP_RECOGNISED
        scores = [*scores[-max(shape.script for shape in shapes) + 1 :], highest]
    return _trace_back(steps, shapes)


def _trace_back(steps: npt.NDArray[np.int8], shapes: Sequence[_MatchScores]) -> list[_Match]:
    """Follow the steps from the end to the beginning."""
    matches = []
    row, column = steps.shape[0] - 1, steps.shape[1] - 1
    while row > 0 and column > 0:
        step = int(steps[row, column])
        if step < 0:
            row, column = row - (step == _SKIP_SCRIPT), column - (step == _SKIP_RECOGNISED)
            continue
        shape = shapes[step]
        script, recognised = (row - shape.script, row), (column - shape.recognised, column)
        matches.append(_Match(script, recognised, shape.similarity(row, column)))
        row, column = script[0], recognised[0]
    return matches[::-1]


class _MatchScores:
    """The scores of matching each run of ``script`` words to each run of ``recognised`` ones, by their last words."""

    def __init__(self, words: Sequence[str], transcript: Sequence[str], script: int, recognised: int) -> None:
        self.script, self.recognised = script, recognised
        ours, self._ours = _numbered(_runs(words, script))
        theirs, self._theirs = _numbered(_runs(transcript, recognised))
        self._similarity = _similarity(ours, theirs)
        self._weight = np.float32((script + recognised) / 2)
        self._cost = np.float32(EXTRA_WORD_COST * (script + recognised - 2))

    def row(self, row: int, drift: FloatArray) -> FloatArray:
        """The scores of the run that ends with word ``row`` (from 1) with each recognised run."""
        similarity = self._similarity[self._ours[row - self.script]][self._theirs]
        # The drift of a run's last word is that of the run, give or take its length.
        score = (similarity - MIN_SIMILARITY) * self._weight - self._cost - drift[self.recognised - 1 :]
        return np.where(similarity > MIN_SIMILARITY, score, -1.0).astype(np.float32)

    def similarity(self, row: int, column: int) -> float:
        """The similarity of the two runs that end with these words (from 1)."""
        return float(self._similarity[self._ours[row - self.script], self._theirs[column - self.recognised]])


def _runs(words: Sequence[str], length: int) -> Iterator[str]:
    return ("".join(words[at : at + length]) for at in range(len(words) - length + 1))


def _numbered(texts: Iterator[str]) -> tuple[list[str], IntArray]:
    """The different texts, and for each text its number among them."""
    numbers: dict[str, int] = {}
    order = [numbers.setdefault(text, len(numbers)) for text in texts]
    return list(numbers), np.array(order, np.intp)


def _similarity(ours: Sequence[str], theirs: Sequence[str]) -> FloatArray:
    """The similarity of spellings, 0 to 1: Dice's coefficient over letter pairs, with a word's ends as letters.

    (Adamson and Boreham, Information Storage and Retrieval 10, 1974.) For all words at once it is one product of
    matrices, which no edit distance is. A word without letters is similar to nothing.
    """
    ours_pairs, their_pairs = [_pairs(word) for word in ours], [_pairs(word) for word in theirs]
    columns = {pair: column for column, pair in enumerate(set().union(*ours_pairs))}

    def table(words: Sequence[set[str]]) -> FloatArray:
        has = np.zeros((len(words), len(columns)), np.float32)
        for row, pairs in zip(has, words, strict=True):
            row[[columns[pair] for pair in pairs if pair in columns]] = 1
        return has

    sizes, their_sizes = (np.array(list(map(len, words)), np.float32) for words in (ours_pairs, their_pairs))
    shared: FloatArray = table(ours_pairs) @ table(their_pairs).T
    similarity: FloatArray = 2 * shared / np.maximum(sizes[:, None] + their_sizes, np.float32(1))
    return similarity


def _pairs(word: str) -> set[str]:
    return {one + other for one, other in pairwise(f"^{word}$")} if word else set()
