"""A recording and its transcript → the clip that engines hear: trimmed, cut at a pause, at one level, 24 kHz."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from handler.errors import BadReference
from handler.media import audio
from handler.media.decode import Sound
from handler.media.levels import FRAME, SHORTEST, Levels, centred, measure
from handler.protocols import Aligner
from handler.text.punctuation import SENTENCE_ENDS, end_with_mark
from handler.types import JobWarning, Samples
from handler.voices import ending, transcript
from handler.voices.transcript import Misfit, Script, Times

logger = logging.getLogger(__name__)

SAMPLE_RATE = 24_000

MAX_CLIP = 12.0
"""Seconds. Longer ones cost time in every chunk and make F5-TTS repeat or leak the reference."""

NOT_COMPARED = "clip_not_compared"
"""The code of the warning that nobody here could listen if the clip says its text."""

LEAD, TAIL = 0.15, 0.2
"""Seconds of quiet before the first and after the last word: engines take a clip that ends at once for a word cut
off, and go on with it."""

_BEYOND = 3.0
"""Seconds of sound heard after MAX_CLIP, so that the words that reach over it are known for what they are."""

_MOST_HEARD = 30.0
"""Seconds that are aligned at most, silence included."""

_EARLIEST_CUT = 4.0
"""Seconds: a shorter clip is made only where there is no later place to cut."""

_SENTENCE, _CLAUSE = 4.0, 2.0
"""Seconds of clip that a cut at the end of a sentence, or at a comma, is worth."""

_PAUSE, _LONG_PAUSE = 8.0, 0.4
"""Seconds of clip that a second of pause is worth, up to so long a one: real pauses against the flow of speech."""

_NO_PAUSE, _FLOWING = 0.06, 6.0
"""Seconds of pause under which words flow into each other, and the seconds of clip that a cut there costs."""

_HOLE, _AFTER = 0.2, 0.1
"""Seconds of loud sound that may be between two words of a clip that was cut, and after its last one: engines speak
what the clip says beyond its text."""

_CANDIDATES = 6
"""Places to cut that are tried before the clip is refused."""

_LITTLE = 20.0
"""Characters a second of MAX_CLIP under which a text may be all said in it."""

_UNSAID, _LEFT_OVER = 5.0, 0.4
"""Seconds of speech after the last word: from the first a short clip is refused, from the second it is cut there."""

_LOUDNESS, _CEILING = 0.1, 0.95
"""RMS of the sounding frames (F5-TTS's own target level), and the peak that it may not pass."""

_FADE = 0.01


@dataclass(frozen=True)
class Prepared:
    """What engines hear: float32 mono samples at ``sample_rate``, exactly the words in them, their seconds."""

    samples: Samples
    sample_rate: int
    text: str
    duration: float
    warnings: tuple[JobWarning, ...]


@dataclass(frozen=True)
class _Cut:
    """A stretch of the sound, in seconds, and the number of tokens said in it.

    ``spoken`` is where the last of them ends; ``worth`` is the more, the better the place to end.
    """

    tokens: int
    start: float
    end: float
    spoken: float
    worth: float = 0.0


def prepare(sound: Sound, text: str, language: str, aligner: Aligner | None) -> Prepared:
    """The clip and its words, MAX_CLIP seconds at most. The sound must have passed ``inspect``.

    Raises Misfit where text and clip do not belong together, and BadReference for a longer clip where there is no
    aligner that knows the language (BCP 47), for nobody then can tell which words to cut with it.
    """
    script = transcript.read(text, language)
    sound = Sound(centred(sound.samples), sound.sample_rate)
    levels = measure(sound.samples, sound.sample_rate)
    start, end = levels.extent()
    fits = end - start <= MAX_CLIP - LEAD - TAIL
    transcript.check_rate(script, levels, whole=fits)
    heard = _heard(sound, levels, max(0.0, start - LEAD), end + LEAD + TAIL)
    if aligner is not None and aligner.speaks(language):
        return _cut(heard, script, language, aligner, levels, fits)
    if fits:
        unchecked = (
            f"no aligner here knows the language {language}: whether the transcript is that of the clip is not known"
        )
        return _finished(heard, script, _all(heard, script, 0.0), (JobWarning(NOT_COMPARED, unchecked),))
    raise BadReference(
        f"the clip is {end - start:.0f} seconds long, and no aligner here knows the language {language} to cut its "
        f"transcript with it; send a clip of at most {MAX_CLIP:.0f} seconds and the words in it"
    )


def _heard(sound: Sound, levels: Levels, start: float, end: float) -> Sound:
    """The part that decides, at 24 kHz: all of a short clip; of a long one, MAX_CLIP and some sound beyond."""
    sounding = np.flatnonzero(levels.sounding[round((start + MAX_CLIP) / FRAME) :])
    beyond = sounding[: round(_BEYOND / FRAME)]
    seconds = min(MAX_CLIP + (float(beyond[-1]) * FRAME if len(beyond) else 0.0), _MOST_HEARD)
    end = min(end, start + max(seconds, MAX_CLIP))
    rate = sound.sample_rate
    return Sound(audio.resample(sound.samples[round(start * rate) : round(end * rate)], rate, SAMPLE_RATE), SAMPLE_RATE)


def _cut(heard: Sound, script: Script, language: str, aligner: Aligner, whole: Levels, fits: bool) -> Prepared:
    first = len(script.words) if fits else transcript.first_batch(script, whole, MAX_CLIP)
    levels = measure(heard.samples, SAMPLE_RATE)
    times = transcript.place(heard, levels, script, language, aligner, first=first, upto=MAX_CLIP)
    if _doubtful(script, times, levels, fits):
        times = ending.place(heard, levels, script, language, aligner) or times
    transcript.check_fit(script, times, levels, MAX_CLIP)
    warnings = _left_over(script, times, levels, fits)
    begin = _begin(times)
    if fits and not warnings:
        return _finished(heard, script, _all(heard, script, begin), ())
    tokens = len(script.tokens)
    if warnings and not ending.sure_end(script, times, levels):
        tokens = script.owners[max(0, len(script.words) - ending.UNSURE)]
    cuts = (cut for cut in _cuts(script, times, begin, heard, levels) if cut.tokens <= tokens)
    places = sorted(cuts, key=lambda cut: -cut.worth)
    for place in places[:_CANDIDATES]:
        made = _finished(heard, script, place, warnings if place.tokens == len(script.tokens) else _told(script, place))
        if _holds(made, script, place, language, aligner):
            return made
        logger.info("a cut after %d words of the transcript did not hold", place.tokens)
    if warnings:
        raise Misfit(
            "the clip goes on where ref_text ends, and there is no place before that where it can surely be cut; send "
            "all the words that the clip says"
        )
    raise BadReference(
        f"the clip has no place within its first {MAX_CLIP:.0f} seconds where it can be cut between two words of its "
        f"transcript; send a clip of at most {MAX_CLIP:.0f} seconds and the words in it"
    )


def _doubtful(script: Script, times: Times, levels: Levels, fits: bool) -> bool:
    """Whether the text may end before the sound does, so that its last words can be anywhere."""
    if len(times) == len(script.words):
        spoken = max((time.end for time in times if time is not None), default=0.0)
        if levels.clear_seconds(spoken + FRAME, levels.extent()[1]) >= _LEFT_OVER:
            return True
    unplaced = len(times) < len(script.words) or transcript.misfit(times, levels) is not None
    return unplaced and not fits and script.length < _LITTLE * MAX_CLIP


def _told(script: Script, cut: _Cut) -> tuple[JobWarning, ...]:
    words = " ".join(token.shown for token in script.tokens[max(0, cut.tokens - transcript.NAMED) : cut.tokens])
    message = f"the clip was cut after {cut.end - cut.start:.1f} seconds, and its transcript after “{words}”"
    return (JobWarning("clip_cut", message),)


def _left_over(script: Script, times: Times, levels: Levels, fits: bool) -> tuple[JobWarning, ...]:
    """A warning where the clip goes on after the transcript's end; Misfit where a short one does so for long."""
    if len(times) < len(script.words):
        return ()
    spoken = max((time.end for time in times if time is not None), default=0.0)
    _, end = levels.extent()
    seconds = levels.clear_seconds(spoken + FRAME, end)
    if fits and end - spoken >= _UNSAID and seconds >= _UNSAID / 2:
        tail = script.named(max(0, len(script.words) - transcript.NAMED))
        raise Misfit(
            f"the clip goes on for {end - spoken:.1f} seconds after {tail}, where ref_text ends; send all the words "
            "that the clip says"
        )
    if seconds < _LEFT_OVER:
        return ()
    return (JobWarning("clip_cut", "the clip goes on where its transcript ends; what it says after that was cut off"),)


def _begin(times: Times) -> float:
    """Where the clip begins: before its first word, if what is before that is more than a breath."""
    first = next((time.start for time in times if time is not None), 0.0)
    return first - LEAD if first > 3 * LEAD else 0.0


def _all(heard: Sound, script: Script, begin: float) -> _Cut:
    _, end = measure(heard.samples, SAMPLE_RATE).extent()
    return _Cut(len(script.tokens), begin, min(heard.duration, end + TAIL), end)


def _cuts(script: Script, times: Times, begin: float, heard: Sound, levels: Levels) -> Iterator[_Cut]:
    """Every place between two tokens, or after the last one, where the clip may end."""
    spans = _spans(script, times)
    for index, (token, span) in enumerate(zip(script.tokens, spans, strict=False)):
        if span is None or span[1] - begin < SHORTEST:
            continue
        last = index + 1 == len(script.tokens)
        following = None if last else (spans[index + 1] if index + 1 < len(spans) else None)
        if following is None and not last:
            continue
        # The next word may have been put too late: it begins where the quiet ends.
        quiet, seconds = levels.pause(span[1])
        upto = min(following[0] if following else heard.duration, max(span[1], quiet + seconds) if seconds else span[1])
        end = _quiet_place(heard, span[1], upto)
        if max(end, span[1] + TAIL) - begin > MAX_CLIP:
            return
        worth = end - begin + _PAUSE * min(upto - span[1], _LONG_PAUSE)
        if not token.mark and upto - span[1] < _NO_PAUSE:
            worth -= _FLOWING
        worth += _SENTENCE if last or token.mark in SENTENCE_ENDS else _CLAUSE if token.mark else 0.0
        # Those that are too short come after all others, the longest first.
        yield _Cut(index + 1, begin, end, span[1], worth if span[1] - begin >= _EARLIEST_CUT else worth - 100.0)


def _spans(script: Script, times: Times) -> list[tuple[float, float] | None]:
    """Start and end of each token whose words are all placed; None for one that has no letters."""
    spans: list[tuple[float, float] | None] = []
    at = 0
    for token in script.tokens:
        said = times[at : at + len(token.spoken)]
        if len(said) < len(token.spoken):
            break
        known = [time for time in said if time is not None]
        spans.append((known[0].start, known[-1].end) if known else None)
        at += len(token.spoken)
    return spans


def _quiet_place(heard: Sound, spoken: float, upto: float) -> float:
    """Where to cut between the end of a word and the start of the next: TAIL after it, or where it is quietest."""
    slack = 0.03
    if upto - spoken > 2 * slack:
        return min(spoken + TAIL, upto - slack)
    first = max(0, round((spoken - slack) * SAMPLE_RATE))
    window = np.abs(heard.samples[first : round((upto + slack) * SAMPLE_RATE)])
    size = round(_FADE * SAMPLE_RATE)
    smooth = np.convolve(window, np.full(size, 1 / size), "valid")
    return (first + int(smooth.argmin()) + size / 2) / SAMPLE_RATE if len(smooth) else spoken


def _holds(made: Prepared, script: Script, cut: _Cut, language: str, aligner: Aligner) -> bool:
    """Whether the words are found again in the finished clip, up to its end, and nothing else is said in it."""
    words = script.words[: sum(len(token.spoken) for token in script.tokens[: cut.tokens])]
    again = transcript.align(Sound(made.samples, made.sample_rate), 0.0, made.duration, words, language, aligner)
    levels = measure(made.samples, made.sample_rate)
    if again is None or transcript.misfit(again, levels) is not None:
        return False
    known = [time for time in again if time is not None]
    if any(levels.strong_seconds(one.end + FRAME, other.start - FRAME) > _HOLE for one, other in pairwise(known)):
        return False
    end = max((time.end for time in known), default=0.0)
    # To the start of the fade: a word that flows on is cut off there.
    unsaid = levels.strong_seconds(end + FRAME, made.duration - _FADE)
    return unsaid <= _AFTER and abs(end - (cut.spoken - cut.start)) < TAIL


def _finished(heard: Sound, script: Script, cut: _Cut, warnings: tuple[JobWarning, ...]) -> Prepared:
    samples = heard.samples[round(cut.start * SAMPLE_RATE) : round(cut.end * SAMPLE_RATE)].copy()
    ramp = np.linspace(0.0, 1.0, min(round(_FADE * SAMPLE_RATE), len(samples) // 2), dtype=np.float32)
    samples[: len(ramp)] *= ramp
    samples[len(samples) - len(ramp) :] *= ramp[::-1]
    quiet = max(0.0, TAIL - (cut.end - cut.spoken))
    samples = np.concatenate([_at_level(samples), np.zeros(round(quiet * SAMPLE_RATE), np.float32)])
    whole = cut.tokens == len(script.tokens)
    text = script.text if whole else script.text[: script.tokens[cut.tokens - 1].end_char]
    return Prepared(samples, SAMPLE_RATE, end_with_mark(text), len(samples) / SAMPLE_RATE, warnings)


def _at_level(samples: Samples) -> Samples:
    sounding = np.repeat(measure(samples, SAMPLE_RATE).sounding, round(FRAME * SAMPLE_RATE))
    rms = float(np.sqrt(np.mean(np.square(samples[: len(sounding)][sounding]))))
    return samples * np.float32(min(_LOUDNESS / rms, _CEILING / float(np.abs(samples).max())))
