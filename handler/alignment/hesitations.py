"""Tell "uh" and "um" after a word from the word said once more: "the uh" sounds nearly as "the the"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handler.alignment.evidence import Times, confidences
from handler.alignment.prober import Prober
from handler.alignment.thresholds import THRESHOLDS
from handler.text.languages.tags import primary_language

if TYPE_CHECKING:
    from handler.alignment.evidence import FloatArray

_HESITATIONS = {"en": ("uh", "um")}  # of the languages in which this was measured
_CONTEXT_WORDS = 3  # on either side that are aligned with a hesitation
_LONGEST_S = 1.0  # from the word before a hesitation to the one after it; more holds other words, too
_MARGIN_S = 0.05


def hesitates(prober: Prober, times: Times, first: int, word: int, following: Times) -> bool:
    """Whether the sound between the words from ``first`` to before ``word`` and the next ones is rather a hesitation.

    ``times`` are those of all words, and ``following`` those of the words from ``word`` on, in seconds. Both are
    aligned with their neighbours: the words twice, and once with a hesitation before or after them.
    """
    own = [time for time in times[first:word] if time]
    after = [time for time in following[:_CONTEXT_WORDS] if time]
    hesitations = _HESITATIONS.get(primary_language(prober.language), ())
    if not (hesitations and own and after) or after[0].start - own[-1].end > _LONGEST_S:
        return False
    left = max(0, first - _CONTEXT_WORDS)
    begin = next(time.start for time in (*times[left:first], *own) if time)
    stretch = prober.around(begin - _MARGIN_S, after[-1].end + _MARGIN_S)
    before, words, rest = prober.words[left:first], prober.words[first:word], prober.words[word:][:_CONTEXT_WORDS]

    def sure(said: Sequence[str]) -> FloatArray:
        aligned = [*before, *said, *rest]
        return confidences(prober.said(*stretch, aligned) or [None] * len(aligned))

    # A hesitation before the words would mean that they are said after it: there they move to.
    others = ([*words, *words], *([sound, *words] for sound in hesitations))
    least = max(sure(said).mean() for said in others)
    after_them = [sure([*words, sound]) for sound in hesitations]
    return any(
        values.mean() >= least and values[len(before) + len(words)] >= THRESHOLDS.even_confidence
        for values in after_them
    )
