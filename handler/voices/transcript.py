"""Whether a transcript is that of a clip: the errors that name the words where the two part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from handler.alignment.evidence import Times, change_point, confidences, last_end, spoken_length, unlikely_runs
from handler.alignment.match import match
from handler.alignment.prober import phrase_starts
from handler.alignment.thresholds import THRESHOLDS
from handler.cancellation import Cancellation
from handler.errors import AlignerFailed, AlignmentError, BadReference, BadRequest, shortened
from handler.media.levels import FRAME_S, Levels
from handler.media.recording import Recording
from handler.protocols import Aligner
from handler.text import tokenize
from handler.types import Token

MAX_CLIP_S = 12.0  # longer clips cost time in every chunk and make F5-TTS repeat or leak the reference
MAX_HALF_WORD_S = 0.6  # more sound before the first word is words that the transcript lacks
MIN_CHARS_PER_S = 4.0  # slowest speech; ordinary speech has 10 to 20 characters a second
MAX_QUOTED_WORDS = 5  # words quoted in a message


class TranscriptMismatch(BadReference):
    """The transcript is not that of the clip; another one may be."""


@dataclass(frozen=True)
class Script:
    """A transcript, its tokens and their spoken words."""

    text: str
    tokens: tuple[Token, ...]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All spoken words."""
        return tuple(word for token in self.tokens for word in token.spoken)

    @cached_property
    def owners(self) -> tuple[int, ...]:
        """For each word, the index of its token."""
        return tuple(index for index, token in enumerate(self.tokens) for _ in token.spoken)

    def quote(self, word: int) -> str:
        """Some words from a word's token on, as the transcript writes them, in quotes."""
        first = self.owners[word]
        return _quoted(self.tokens[first : first + MAX_QUOTED_WORDS])

    def quote_before(self, token: int) -> str:
        """The last words before a token, in quotes."""
        return _quoted(self.tokens[max(0, token - MAX_QUOTED_WORDS) : token])


def _quoted(tokens: Sequence[Token]) -> str:
    return f"“{shortened(' '.join(token.shown for token in tokens))}”"


def read(text: str, language: str) -> Script:
    """The words of a transcript. Raises TranscriptMismatch if it has none, or its marks are malformed."""
    if not any(character.isalnum() for character in text):
        raise TranscriptMismatch("ref_text has no words; send the words that the clip says")
    try:
        return Script(text, tokenize(text, language))
    except BadRequest as error:
        reason = "; ".join(issue.message for issue in error.issues) or error.message
        raise TranscriptMismatch(f"ref_text cannot be read aloud: {reason}") from None


def check_rate(script: Script, levels: Levels, *, whole: bool) -> None:
    """Raise TranscriptMismatch for more words than anyone says in the clip or, if it says all of them, too few."""
    start, end = levels.extent()
    chars = sum(map(spoken_length, script.words))
    if chars > THRESHOLDS.max_chars_per_s * (end - start):
        raise TranscriptMismatch(
            f"ref_text is too long for the clip: nobody says {chars:.0f} characters in {end - start:.1f} "
            "seconds; send only the words that the clip really says"
        )
    sounding = float(levels.sounding.sum()) * FRAME_S
    if whole and chars < MIN_CHARS_PER_S * sounding:
        raise TranscriptMismatch(
            f"ref_text is too short for the clip: {chars:.0f} characters are not said in {sounding:.1f} "
            "seconds of sound; send all the words that the clip says"
        )


def leading_times(
    sound: Recording,
    script: Script,
    levels: Levels,
    language: str,
    aligner: Aligner,
    cancellation: Cancellation,
    *,
    half_start: bool = False,
) -> Times:
    """The times of the leading words that the sound holds; with ``half_start`` it may begin with half a word.

    Raises TranscriptMismatch, naming the words, where text and sound differ before MAX_CLIP_S; else what the aligner
    raises.
    """
    try:
        found = match(sound, script.tokens, language, aligner, last_takes=False, cancellation=cancellation)
    except AlignerFailed:
        raise
    except AlignmentError:
        raise _mismatch(script, 0) from None
    count = len(found.times)
    # The end of the text may be beyond the end of the sound.
    tail = found.unspoken[-1][0] if found.unspoken and found.unspoken[-1][1] == count else count
    times = found.times[:tail]
    first = next((time.start for time in times if time is not None), 0.0)
    half_start = half_start and levels.clear_seconds(0.0, first) <= MAX_HALF_WORD_S
    wrong = [start for start, _ in found.unspoken if start < tail and last_end(times[:start]) < MAX_CLIP_S]
    used = [time for time in times if time is None or time.start < MAX_CLIP_S]
    doubtful = first_doubtful(times, levels, half_start=half_start)
    wrong += [doubtful] if doubtful is not None and doubtful < len(used) else []
    end = last_end(times)
    more = levels.clear_seconds(end, MAX_CLIP_S) > THRESHOLDS.max_gap_s or levels.extent()[1] <= MAX_CLIP_S
    wrong += [tail] if tail < count and end < MAX_CLIP_S and more else []
    if wrong or not any(used):
        raise _mismatch(script, min(wrong, default=0))
    for start, end in found.untranscribed:
        following = (at for at, time in enumerate(times) if time is not None and time.end > end)
        word = next(following, None)
        if start < MAX_CLIP_S and word is not None and not (half_start and last_end(times[:word]) == 0.0):
            raise TranscriptMismatch(
                f"ref_text leaves out what the clip says before {script.quote(word)}; send all the words that the "
                "clip says"
            )
    return times


def _mismatch(script: Script, word: int) -> TranscriptMismatch:
    # The first wrong words of a phrase are soon taken for right ones.
    phrase = max(start for start in phrase_starts(script.tokens) if start <= word)
    word = phrase if word - phrase < MAX_QUOTED_WORDS else word
    return TranscriptMismatch(
        f"ref_text does not fit the clip from {script.quote(word)} on; send the words that the clip really says"
    )


def first_doubtful(times: Times, levels: Levels, *, half_start: bool = False) -> int | None:
    """The first word from which on the words are not those of the sound.

    Stricter than `match`, as engines learn from every word: each second of sound before a word counts against it, but
    not before the first one with ``half_start``.
    """
    placed = [(at, time) for at, time in enumerate(times) if time is not None]
    begin = placed[0][1].start if placed and half_start else 0.0
    ends = [begin, *(time.end for _, time in placed)]
    gaps = [
        levels.clear_seconds(end + FRAME_S, time.start - FRAME_S) for end, (_, time) in zip(ends, placed, strict=False)
    ]
    values = np.maximum(0.0, confidences([time for _, time in placed]) - gaps)
    runs = [run for size, floor in THRESHOLDS.clip_runs for run in unlikely_runs(values, size, floor)[:1]]
    if not runs and len(values) and values.mean() < THRESHOLDS.even_confidence:
        runs = [(0, len(values))]
    if not runs:
        return None
    start, end = min(runs)
    return placed[start + change_point(values[start : end - 1])][0]
