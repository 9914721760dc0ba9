"""From words to the ids that a Piper voice reads, and from frames back to the times of the words."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from handler.types import Samples, WordTime

PAD, BEGIN, END, SPACE = "_", "^", "$", " "
_BETWEEN = (PAD, SPACE, PAD)  # the last symbol of a word and the first of the next, where no mark is
_MARKS = {"…": ".", "。": ".", "！": "!", "？": "?", "，": ","}


@dataclass(frozen=True)
class Group:
    """The phonemes (IPA) that are said as one: those of one word, or of ``count`` words that are linked."""

    phonemes: str
    mark: str = ""
    count: int = 1


@dataclass(frozen=True)
class Encoded:
    """The ids of a sentence, and for each group the places of its first and last symbol among them.

    A pad follows each symbol but the last. A group without a sound has None.
    """

    ids: list[int]
    spans: list[tuple[int, int] | None]
    counts: list[int]


def encode(groups: Sequence[Group], table: Mapping[str, int]) -> Encoded:
    """The ids of one sentence; a symbol that the voice does not know is left out."""
    ids = [table[BEGIN], table[PAD]]
    spans: list[tuple[int, int] | None] = []

    def add(symbol: str) -> None:
        ids.extend((table[symbol], table[PAD]))

    for group in groups:
        symbols = [symbol for symbol in unicodedata.normalize("NFD", group.phonemes) if symbol in table]
        mark = _MARKS.get(group.mark, group.mark)
        if symbols:
            if len(ids) > len((BEGIN, PAD)):
                add(SPACE)
            first = len(ids)
            for symbol in symbols:
                add(symbol)
            spans.append((first, len(ids) - 2))
        else:
            spans.append(None)
        if mark in table and spans[-1] is not None:
            add(mark)
    ids.append(table[END])
    return Encoded(ids, spans, [group.count for group in groups])


def word_times(encoded: Encoded, frames: Samples, frame_s: float) -> list[WordTime | None]:
    """The time of each word, from the frames of each id; words said at once share their time evenly.

    Measured, the space between two words holds the onset of the second: they meet in the middle of the pad before it.
    After a mark, and at the start, a word starts with its first symbol.
    """
    ends = np.cumsum(frames, dtype=np.float64) * frame_s
    starts = ends - frames * frame_s
    times: list[WordTime | None] = []
    last_before, end = 0, 0.0
    for span, count in zip(encoded.spans, encoded.counts, strict=True):
        if span is None:
            times += [None] * count
            continue
        first, last = span
        start = end if first - last_before == len(_BETWEEN) + 1 else starts[first]
        last_before, end = last, (ends[last] + ends[last + 1]) / 2
        edges = np.linspace(start, end, count + 1)
        times += [WordTime(float(one), float(other)) for one, other in pairwise(edges)]
    return times
