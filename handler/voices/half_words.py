"""Find half words at the beginning and the end of a clip: an engine would repeat them in every chunk.

The sound says that the clip breaks off (`handler.media.edges`), the aligner which word that is. The transcript may have
the half word or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from handler.alignment.evidence import Times, last_end, spoken_length
from handler.media.decode import Sound
from handler.media.edges import Edge, edges
from handler.media.levels import FRAME_S, MIN_SOUND_S, Levels, measure, remove_dc
from handler.types import JobWarning, WordTime
from handler.voices.transcript import Script, TranscriptMismatch, read

_PAUSE_S = 0.16  # a shorter one may be within a word
_AT_EDGE_S = 0.06  # a word so close to the edge reaches it
# The confidence of a half word, or of one that lasts a smaller share of its usual time. Whole first words, which are
# often short, have 0.65 and more, whole last words 0.85 and 1.05 of their usual time.
_HALF_CONFIDENCE, _SHORT_CONFIDENCE, _SHORT = 0.6, 0.8, 0.7


@dataclass(frozen=True)
class Fitted:
    """The part of a transcript that fits the clip, the times of its words, and which ends of the clip are half words.

    ``first`` and ``tokens``: the whole words are those of ``script.tokens[first:tokens]``.
    """

    script: Script
    times: Times
    starts_inside: bool = False
    ends_inside: bool = False
    first: int = 0
    tokens: int = 0


def fit(
    script: Script,
    language: str,
    duration: float,
    levels: Levels,
    both_ends: tuple[Edge, Edge],
    place: Callable[[Script], Times],
) -> Fitted:
    """Find the words of a transcript in a clip of ``duration`` seconds, and the half words at its ends.

    ``place`` returns the times of a script's words. A word that does not fit is left out where the clip breaks off.
    Raises what ``place`` raises for the whole transcript.
    """
    head, tail = both_ends
    error: TranscriptMismatch | None = None
    for ends, starts in ((0, 0), (1, 0), (0, 1), (1, 1)):
        if (ends and not tail.sounding) or (starts and not head.sounding) or len(script.tokens) < ends + starts + 2:
            continue
        try:
            part = _part(script, starts, len(script.tokens) - ends, language)
            times = place(part)
        except TranscriptMismatch as mismatch:
            error = error or mismatch
            continue
        return _judged(Fitted(part, times, bool(starts), bool(ends), 0, len(part.tokens)), duration, levels, both_ends)
    if error and (head.torn or tail.torn):
        where = "ends" if tail.torn else "begins"
        raise TranscriptMismatch(f"{error.message}; the clip {where} inside a word, too: cut it between two words")
    raise error or AssertionError("the whole transcript was tried")


def _part(script: Script, first: int, last: int, language: str) -> Script:
    """The tokens from ``first`` to before ``last`` as a transcript of their own."""
    if (first, last) == (0, len(script.tokens)):
        return script
    return read(script.text[script.tokens[first].start_char : script.tokens[last - 1].end_char], language)


def _judged(found: Fitted, duration: float, levels: Levels, both_ends: tuple[Edge, Edge]) -> Fitted:
    """Decide at both ends whether the clip breaks off inside a word, and which words are whole."""
    head, tail = both_ends
    words = [(spoken_length(word), time) for word, time in zip(found.script.words, found.times, strict=False) if time]
    if len(words) < 2:
        return found
    (first_length, first), (last_length, last) = words[0], words[-1]
    starts, ends = found.starts_inside, found.ends_inside
    before = levels.strong_seconds(0.0, first.start - FRAME_S)
    reaches = first.start <= _AT_EDGE_S
    starts |= head.torn or (head.sounding and (before > FRAME_S or (reaches and _is_half(first_length, first, words))))
    after = levels.strong_seconds(last.end + FRAME_S, duration)
    at_end = last_end(found.times) >= duration - _AT_EDGE_S
    ends |= tail.torn or (tail.sounding and (after > FRAME_S or (at_end and _is_half(last_length, last, words))))
    complete = len(found.times) == len(found.script.words)
    return Fitted(
        found.script,
        found.times,
        starts,
        ends and complete,
        first=int(starts and reaches),
        tokens=len(found.script.tokens) - int(ends and complete and at_end),
    )


def _is_half(length: float, time: WordTime, words: list[tuple[float, WordTime]]) -> bool:
    pace = (words[-1][1].end - words[0][1].start) / sum(length for length, _ in words)
    short = time.end - time.start < _SHORT * length * pace
    return time.confidence < (_SHORT_CONFIDENCE if short else _HALF_CONFIDENCE)


def pauses(levels: Levels) -> list[float]:
    """The seconds at which a recording may be cut between two words: each has _PAUSE_S of quiet around it."""
    size = round(_PAUSE_S / FRAME_S)
    quiet = np.convolve(~levels.strong, np.ones(size), "valid") == size
    return [float(start + size / 2) * FRAME_S for start in np.flatnonzero(quiet)]


def whole_phrases(sound: Sound) -> tuple[Sound, tuple[JobWarning, ...]]:
    """The sound between its first and last pause where it breaks off inside a word, for want of a transcript to cut.

    An end stays as it is where too little would be left, and where no pause is.
    """
    samples = remove_dc(sound.samples)
    levels = measure(samples, sound.sample_rate)
    head, tail = edges(samples, sound.sample_rate, levels)
    cuts = pauses(levels)
    start, end = 0.0, sound.duration
    if cuts and tail.torn and levels.strong_seconds(0.0, cuts[-1]) >= MIN_SOUND_S:
        end = cuts[-1]
    if cuts and head.torn and levels.strong_seconds(cuts[0], end) >= MIN_SOUND_S:
        start = cuts[0]
    if (start, end) == (0.0, sound.duration):
        return sound, ()
    rate = sound.sample_rate
    where = " and ".join(["begins"] * (start > 0) + ["ends"] * (end < sound.duration))
    message = f"the clip {where} inside a word; only the part from {start:.1f} to {end:.1f} seconds is used"
    part = replace(sound, samples=sound.samples[round(start * rate) : round(end * rate)])
    return part, (JobWarning("clip_cut", message),)
