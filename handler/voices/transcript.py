"""Which words of a transcript are said where in a recording, and from which one on the two do not belong together.

A forced aligner puts *any* words somewhere, so what it says is weighed by its confidence. Tried on real speech:
too few words for the sound are placed right (the rest of the sound is passed over), but for the last one or two; two
or three too many are squeezed into the end at confidences near 0; more are refused. So a long recording is read in
batches with rather too few words, each from where the one before surely ended.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from handler.errors import AlignerFailed, AlignmentError, BadReference, BadRequest
from handler.media.decode import Sound
from handler.media.levels import FRAME, Levels
from handler.protocols import Aligner
from handler.text import tokenize
from handler.types import Token, WordTime

if TYPE_CHECKING:
    from handler.media.levels import FloatArray

Times = list[WordTime | None]


class Misfit(BadReference):
    """A transcript that is not the clip's: another one may be, of the same clip."""


SLOWEST, FASTEST = 4.0, 30.0
"""Characters a second that people can say. Ordinary speech has 10 to 20."""

_USUAL = 14.0
"""Characters a second, of rather slow speech."""

_WIDE_CHARACTER = 2.5
"""A Chinese or Japanese character or a Korean syllable counts as so many letters: 4 to 8 a second are said."""

_DOUBTFUL = ((6, 0.42), (3, 0.25))
"""Words in a row, and the mean confidence below which they are not what is said. Tried on 16 stretches of human and
espeak speech, also through a telephone and with reverberation: the worst six right words had 0.58 (espeak 0.41), the
worst three 0.53 (0.28); the worst six of a wrong text had 0.2, in nine of ten texts below 0.32, three below 0.24."""

_DITHER = 30.0
"""dB below the speech of a noise that is added for the aligner. Synthetic speech and gated recordings have pauses of
pure zeros, where its acoustic model is lost: without it the worst six right words of espeak had 0.27."""

_HALF = 0.5
"""Confidence at which a word is as likely wrong as right, and the mean below which a whole text is wrong."""

_FEWEST = 4
"""Words of the smallest batch that is tried first."""

_UNSURE = 2
"""Last words of a batch that are placed anew with the next one, since they may have been put too late."""

_MOST_BATCHES = 12

_JUMP = 0.6
"""Seconds of clear sound that no word was found for: at the end of a batch, the sign of words put too late."""

_DRAWN_OUT = 4
"""Words before a jump, at most, that are placed anew if they are doubtful."""

_SQUEEZED = 0.1
"""Confidence of a last word that is not said, if it is too short as well."""

_CAUTION = 0.75
"""Of the words that are expected in the sound, in one batch."""

_LEFT_OUT = 1.5
"""Seconds of clear sound between two words that no transcript may leave out."""

NAMED = 5
"""Words named in a message."""


@dataclass(frozen=True)
class Script:
    """A transcript, its tokens and their spoken words."""

    text: str
    tokens: tuple[Token, ...]

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(word for token in self.tokens for word in token.spoken)

    @cached_property
    def owners(self) -> tuple[int, ...]:
        """For each word, the index of its token."""
        return tuple(index for index, token in enumerate(self.tokens) for _ in token.spoken)

    @cached_property
    def length(self) -> float:
        """Characters that are said, with the blanks between."""
        return sum(map(spoken_length, self.words))

    def named(self, word: int) -> str:
        """Some words from a word's token on, as the transcript writes them, in quotes."""
        first = self.owners[word]
        return f"“{' '.join(token.shown for token in self.tokens[first : first + NAMED])}”"


def read(text: str, language: str) -> Script:
    """The words of a transcript. Raises Misfit when it has none, or its marks are malformed."""
    if not any(character.isalnum() for character in text):
        raise Misfit("ref_text has no words; send the words that the clip says")
    try:
        return Script(text, tokenize(text, language))
    except BadRequest as error:
        reason = "; ".join(issue.message for issue in error.issues) or error.message
        raise Misfit(f"ref_text cannot be read aloud: {reason}") from None


def spoken_length(word: str) -> float:
    """Letters of a word and a blank, as a measure of how long it is said."""
    return 1 + sum(_WIDE_CHARACTER if unicodedata.east_asian_width(letter) in "WF" else 1.0 for letter in word)


def check_rate(script: Script, levels: Levels, *, whole: bool) -> None:
    """Raise Misfit for more words than anyone can say in the clip or, if it is said as a whole, for too few."""
    start, end = levels.extent()
    if script.length > FASTEST * (end - start):
        raise Misfit(
            f"ref_text is too long for the clip: nobody says {script.length:.0f} characters in {end - start:.1f} "
            "seconds; send only the words that the clip really says"
        )
    sounding = float(levels.sounding.sum()) * FRAME
    if whole and script.length < SLOWEST * sounding:
        raise Misfit(
            f"ref_text is too short for the clip: {script.length:.0f} characters are not said in {sounding:.1f} "
            "seconds of sound; send all the words that the clip says"
        )


def place(
    heard: Sound, levels: Levels, script: Script, language: str, aligner: Aligner, *, first: int, upto: float
) -> Times:
    """The times of the leading words, as many as are said before ``upto`` seconds; None for one without letters.

    ``first`` is the size of the first batch, ``levels`` are those of ``heard``. The answer ends early where no batch
    can be placed any more, or where words do not fit.
    """
    times: Times = []
    at, size, reach = 0.0, first, heard.duration
    for _ in range(_MOST_BATCHES):
        batch = script.words[len(times) : len(times) + size]
        found = align(heard, at, at + reach, batch, language, aligner)
        if found is not None:
            times += _surely(found, levels, whole=len(times) + len(batch) == len(script.words), again=bool(times))
        elif at + reach >= heard.duration:
            size = len(batch) // 2
        if len(times) == len(script.words) or at >= upto or size < 2 or misfit(times, levels) is not None:
            break
        at = max((time.end for time in times if time is not None), default=at)
        pace = max(SLOWEST, sum(map(spoken_length, script.words[: len(times)])) / max(at, 1.0))
        if found is None:
            reach *= 2
            continue
        rest = script.words[len(times) :]
        size = fitting(rest, pace * (heard.duration - at))
        # The last words of a text that ends before the sound would be lost in all that follows.
        reach = heard.duration - at if size < len(rest) else 1 + 2 * sum(map(spoken_length, rest)) / pace
    return times


def _surely(found: Times, levels: Levels, *, whole: bool, again: bool) -> Times:
    """The times of a batch as far as they can be relied on: its last words may have been put far too late.

    If it is the ``whole`` rest of the text and was tried ``again``, all of it.
    """
    known = [(index, time) for index, time in enumerate(found) if time is not None]
    end = len(found) if whole else len(found) - _UNSURE
    if not (whole and again):
        for (_, time), (index, following) in pairwise(known):
            if levels.clear_seconds(time.end + FRAME, following.start - FRAME) > _JUMP:
                end = min(end, index - 1)
    if end == len(found):
        return found
    # Before a jump, words are often drawn out into the sound that is passed over, one after the other.
    doubtful = [time is None or time.confidence < _HALF for time in found[max(0, end - _DRAWN_OUT) : max(0, end)]]
    end -= next((place for place, doubt in enumerate(reversed(doubtful)) if not doubt), len(doubtful))
    return found[: max(1, end)]


def fitting(words: Sequence[str], length: float) -> int:
    """How many of the words to try on sound that has room for so many characters, _FEWEST or more."""
    lengths = np.cumsum([spoken_length(word) for word in words])
    return max(_FEWEST, int(np.searchsorted(lengths, _CAUTION * length)))


def first_batch(script: Script, levels: Levels, seconds: float) -> int:
    """How many words to try on so many seconds of a longer clip: by its own pace, but never by a fast one."""
    pace = min(_USUAL, script.length / max(1.0, float(levels.sounding.sum()) * FRAME))
    return fitting(script.words, pace * seconds)


def align(
    heard: Sound, start: float, end: float, words: Sequence[str], language: str, aligner: Aligner
) -> Times | None:
    """The times of words in the sound from ``start`` to ``end``, None where the aligner refuses them."""
    rate = heard.sample_rate
    samples = heard.samples[round(start * rate) : round(end * rate)]
    noise = np.random.default_rng(0).standard_normal(len(samples), np.float32)
    level = np.sqrt(np.mean(np.square(samples))) * 10 ** (-_DITHER / 20) if len(samples) else 0.0
    try:
        found = aligner.align(samples + noise * np.float32(level), rate, words, language)
    except AlignerFailed:
        raise
    except AlignmentError:
        return None
    return [time and WordTime(time.start + start, time.end + start, time.confidence) for time in found]


def misfit(times: Times, levels: Levels) -> int | None:
    """The first word from which on the words are not those of the sound; None if all are."""
    known = [index for index, time in enumerate(times) if time is not None]
    sure = sureness(times, levels)
    starts = []
    for size, floor in _DOUBTFUL:
        if len(sure) >= size:
            means = np.convolve(sure, np.full(size, 1 / size), "valid")
            starts += [(int(start), size) for start in np.flatnonzero(means < floor)[:1]]
    if not starts and len(sure) and sure.mean() < _HALF:
        starts = [(0, len(sure))]
    if not starts:
        return None
    start, size = min(starts)
    # Within the row: the right words before the wrong ones add up to most.
    gains = np.concatenate([[0.0], np.cumsum(sure[start : start + size - 1] - _HALF)])
    return known[start + int(gains.argmax())]


def sureness(times: Times, levels: Levels) -> FloatArray:
    """The confidence of each word that has letters, less the seconds of clear sound before it that no word was found
    for, 0 or more."""
    known = [time for time in times if time is not None]
    ends = [0.0, *(time.end for time in known)]
    return np.array(
        [
            max(0.0, time.confidence - levels.clear_seconds(end + FRAME, time.start - FRAME))
            for end, time in zip(ends, known, strict=False)
        ]
    )


def _squeezed(script: Script, times: Times) -> bool:
    """Whether the text's last word was only put in what little room was left: it is not said."""
    last = times[-1]
    if last is None or len(times) < len(script.words):
        return False
    pace = spoken_length(script.words[-1]) / max(FRAME, last.end - last.start)
    return last.confidence < _SQUEEZED and pace > FASTEST


def check_fit(script: Script, times: Times, levels: Levels, upto: float) -> None:
    """Raise Misfit naming the first words that are not said where they should be.

    ``times`` are from ``place``, ``levels`` of the same sound; what is said after ``upto`` seconds does not matter.
    """
    used = [time for time in times if time is None or time.start < upto]
    wrong = misfit(times, levels)
    if wrong is not None and wrong >= len(used):
        wrong = None
    placed_upto = max((time.end for time in times if time is not None), default=0.0)
    more_to_hear = levels.clear_seconds(placed_upto, upto) > _LEFT_OUT or upto >= levels.extent()[1]
    if wrong is None and len(times) < len(script.words) and placed_upto < upto and more_to_hear:
        wrong = len(times)
    if not any(times):
        wrong = 0
    if wrong is None and used and _squeezed(script, used):
        wrong = len(used) - 1
    if wrong is not None:
        raise Misfit(
            f"ref_text does not fit the clip from {script.named(wrong)} on; send the words that the clip really says"
        )
    before = 0.0
    for index, time in enumerate(used):
        if time is None:
            continue
        if levels.clear_seconds(before + FRAME, time.start - FRAME) > _LEFT_OUT:
            raise Misfit(
                f"ref_text leaves out what the clip says before {script.named(index)}; send all the words that the "
                "clip says"
            )
        before = time.end
