"""Tell "uh" and "um" after a word from the word said once more: "the uh" sounds nearly as "the the"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from handler.alignment.evidence import Times, confidences
from handler.alignment.prober import Prober
from handler.alignment.thresholds import THRESHOLDS
from handler.text.languages.tags import primary_language
from handler.types import WordTime

if TYPE_CHECKING:
    from handler.alignment.evidence import FloatArray

_HESITATIONS = {"en": ("uh", "um")}  # of the languages in which this was measured, with `sphinx`
_CONTEXT_WORDS = 3  # on either side that are aligned with a hesitation
_LONGEST_S = 1.0  # from the word before a hesitation to the one after it; more holds other words, too
_MARGIN_S = 0.05


def hesitates(prober: Prober, times: Times, first: int, word: int, following: Times) -> bool:
    """Whether the sound between the words from ``first`` to before ``word`` and the next ones is rather a hesitation.

    ``times`` are those of all words, and ``following`` those of the words from ``word`` on, in seconds. Both are
    aligned with their neighbours: the words twice, and once with a hesitation before or after them.
    """
    hesitations = _HESITATIONS.get(primary_language(prober.language), ())
    left = list(islice(_side_by_side(times[:word][::-1]), word - first + _CONTEXT_WORDS))
    right = list(islice(_side_by_side(following), _CONTEXT_WORDS))
    if not hesitations or len(left) < word - first or not right or right[0].start - left[0].end > _LONGEST_S:
        return False
    stretch = prober.around(left[-1].start - _MARGIN_S, right[-1].end + _MARGIN_S)
    before, words = prober.words[word - len(left) : first], prober.words[first:word]
    rest = prober.words[word : word + len(right)]

    def sure(said: Sequence[str]) -> FloatArray:
        aligned = [*before, *said, *rest]
        return confidences(prober.said(*stretch, aligned) or [None] * len(aligned))

    # A hesitation before the words would mean that they are said after it: there they move to.
    others = ([*words, *words], *([sound, *words] for sound in hesitations))
    best_other = max(sure(said).mean() for said in others)
    after_them = [sure([*words, sound]) for sound in hesitations]
    return any(
        values.mean() >= best_other and values[len(before) + len(words)] >= THRESHOLDS.even_confidence
        for values in after_them
    )


def _side_by_side(times: Times) -> Iterator[WordTime]:
    """The first of some times, forward or backward, up to a word without one or a gap that holds other sound."""
    last: WordTime | None = None
    for time in times:
        if time is None or (last and max(time.start - last.end, last.start - time.end) > THRESHOLDS.max_gap_s):
            return
        yield (last := time)
