"""Frames for what a CTC model has no characters for, words and parts of them: those heard between their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from handler.aligners.ctc_target import Target, Unspelled
from handler.aligners.ctc_times import WordFrames

if TYPE_CHECKING:
    from handler.aligners.viterbi import IntArray

MAX_UNSPELLED_FRAMES = 25  # for each character without a letter and one more, where other sound may follow: 0.5 s


def place(found: Sequence[WordFrames | None], target: Target, heard: IntArray, frames: int) -> list[WordFrames | None]:
    """Give what is unspelled the frames that are ``heard`` between the words around it, shared by characters.

    Nothing tells whether these frames say it. So a word of such frames alone is half as sure as the less sure of the
    words around it, or as a word of 0.5 where there is none.
    """
    placed = list(found)
    said = [number for number, word in enumerate(found) if word and word.end > word.start]

    def around(part: Unspelled) -> tuple[int | None, int | None]:
        """The words that are said before and after a part; one of them may be its own."""
        span = target.spans[part.word]
        last, first = part.word - (not span or part.at == span[0]), part.word + (not span or part.at > span[0])
        return next((n for n in reversed(said) if n <= last), None), next((n for n in said if n >= first), None)

    outer = [part for part in target.unspelled if _at_edge(part, target.spans[part.word])]
    for (before, after), grouped in groupby(outer, key=around):
        parts = [part for part in grouped if target.spans[part.word] is None or part.word in (before, after)]
        left, right = before is not None and found[before], after is not None and found[after]
        begin, limit = left.end if left else 0, right.start if right else frames
        inside = heard[(heard >= begin) & (heard < limit)]
        if not parts or not len(inside):
            continue
        characters = np.cumsum([0, *(part.characters for part in parts)])
        first, end = int(inside[0]), int(inside[-1]) + 1
        longest = MAX_UNSPELLED_FRAMES * (int(characters[-1]) + 1)
        if not left:
            first = max(first, end - longest)
        elif not right:
            end = min(end, first + longest)
        edges = first + (end - first) * characters // characters[-1]
        if left and before is not None:
            placed[before] = left._replace(limit=min(left.limit, first))
        confidence = min(word.confidence if word else 0.5 for word in (left, right)) / 2
        for part, start, after_it in zip(parts, edges.tolist(), edges[1:].tolist(), strict=False):
            word = placed[part.word]
            if word is None:
                if after_it > start:
                    following = after_it if after_it < end else limit
                    placed[part.word] = WordFrames(start, after_it - 1, after_it, following, confidence)
            elif part.word == after:
                placed[part.word] = word._replace(start=start)
            else:
                placed[part.word] = word._replace(last=max(word.last, after_it - 1), end=after_it, limit=limit)
    return placed


def _at_edge(part: Unspelled, span: tuple[int, int] | None) -> bool:
    return span is None or part.at in span
