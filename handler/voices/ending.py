"""Where a text ends that ends before the sound does.

A forced aligner puts the last words of such a text anywhere in the sound that follows. So the whole text is tried on
windows of growing length: in one that is too short its words are squeezed, in one that is too long they are drawn out,
or leave out sound between them. Still the last words are only relied on where a pause shows that speech ends there.
"""

from __future__ import annotations

import numpy as np

from handler.media.decode import Sound
from handler.media.levels import FRAME, Levels
from handler.protocols import Aligner
from handler.types import WordTime
from handler.voices import transcript
from handler.voices.transcript import Script, Times

_QUICK, _SLOW = 25.0, 5.0
"""Characters a second of the shortest window, and of the longest, which has a second more for a late beginning."""

_GROWTH, _ENOUGH = 1.15, 3
"""From one window to the next, and how many may be no better than the best before the longer ones are left out."""

_AS_GOOD = 0.02
"""Mean confidence by which a longer window must be better than a shorter one."""

_SQUEEZED = 0.25
"""Seconds that a window which is a little too short takes from the last word at most."""

UNSURE = 2
"""Last words of a text that may be put too late where sound follows them."""

_SURE = 0.5
"""Confidence of a last word that is as likely there as not."""

_PAUSE = 0.25
"""Seconds of quiet that only a pause has: in a noisy recording soft words and the closures of consonants look quiet
for up to 0.18."""

_CLEAN = 20.0
"""dB between loud and quiet frames, under which soft words cannot be told from pauses at all."""

_DRAWN_OUT, _SPARE = 2.0, 0.15
"""Times the length that a word has at the text's own pace, and seconds, that a last word may take."""


def place(heard: Sound, levels: Levels, script: Script, language: str, aligner: Aligner) -> Times | None:
    """The times of all words, in the shortest window that they fit as well as any; None where they fit none."""
    tried: list[tuple[float, Times]] = []
    best, older = 0.0, 0
    end, longest = script.length / _QUICK, min(heard.duration, script.length / _SLOW + 1)
    while end <= longest and older < _ENOUGH:
        times = transcript.align(heard, 0.0, end, script.words, language, aligner)
        end *= _GROWTH
        if times is None or transcript.misfit(times, levels) is not None:
            continue
        score = float(np.mean(transcript.sureness(times, levels)))
        older = 0 if score > best + _AS_GOOD else older + 1
        best = max(best, score)
        tried.append((score, times))
    good = [(score, times) for score, times in tried if score >= best - _AS_GOOD]
    if not good:
        return None
    # The shortest may still squeeze the last word.
    near = _end(good[0][1]) + _SQUEEZED
    return max((each for each in good if _end(each[1]) <= near), key=lambda each: each[0])[1]


def sure_end(script: Script, times: Times, levels: Levels) -> bool:
    """Whether the last words of a text, all placed, are surely heard, and no longer than they should be, and a pause
    follows them."""
    known = [(word, time) for word, time in zip(script.words, times, strict=True) if time is not None]
    if not known or any(time.confidence < _SURE for _, time in known[-UNSURE:]):
        return False
    first, last = known[0][1], known[-1][1]
    pace = sum(transcript.spoken_length(word) for word, _ in known) / max(FRAME, last.end - first.start)
    drawn_out = any(
        _seconds(time) > _DRAWN_OUT * transcript.spoken_length(word) / pace + _SPARE for word, time in known[-UNSURE:]
    )
    return not drawn_out and levels.range >= _CLEAN and levels.pause(last.end)[1] >= _PAUSE


def _end(times: Times) -> float:
    return max((time.end for time in times if time is not None), default=0.0)


def _seconds(time: WordTime) -> float:
    return time.end - time.start
