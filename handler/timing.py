"""Which way of finding word times is used, and the one place where word times become whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handler.errors import AlignmentError, Cancelled, JobTimeout, WorkerError
from handler.ports import Aligner, Shelf
from handler.values import Chunk, Samples, Speech, Token, Word, WordTime

logger = logging.getLogger(__name__)

SHORTEST = 0.02
"""Seconds: no word is shorter, so that every one of them can be shown and marked."""

ENGINE = "engine"
"""The method that takes the engine's own word times."""

Times = Sequence[WordTime | None]


@dataclass(frozen=True)
class Timing:
    """Every word of the script with its time, and the method that found them."""

    words: tuple[Word, ...]
    method: str

    @property
    def confidence(self) -> float:
        """Mean confidence of the words, 0 to 1."""
        return sum(word.confidence for word in self.words) / len(self.words)


def order(wanted: str | None, configured: Sequence[str], speech: Speech, *, strict: bool) -> tuple[str, ...]:
    """The methods to try: the one asked for, then the configured ones; strict allows the first alone.

    The engine's own times are left out where this speech has none, unless they were asked for by name.
    """
    usable = [method for method in configured if method != ENGINE or _knows_words(speech)]
    methods = tuple(dict.fromkeys(([wanted] if wanted else []) + usable))
    return methods[:1] if strict else methods


def _knows_words(speech: Speech) -> bool:
    return all(words is not None for words in speech.words)


def time_words(
    speech: Speech,
    chunks: Sequence[Chunk],
    language: str,
    methods: Sequence[str],
    aligners: Shelf[Aligner],
    *,
    warn: Callable[[str, str], None],
    progress: Callable[[int, int], None],
) -> Timing:
    """Time every word of the script by the first of ``methods`` that can, each chunk by itself.

    A method that cannot, or fails in whatever way, is passed over with a warning: the speech is paid for, and another
    may do. AlignmentError when none is left.
    """
    reasons: list[str] = []
    for method in methods:
        try:
            if method == ENGINE:
                times = _engine_times(speech)
            else:
                times = _aligned(aligners.get(method), speech, chunks, language, progress)
        except (Cancelled, JobTimeout):
            raise
        except Exception as error:
            reason = error.message if isinstance(error, WorkerError) else "it failed unexpectedly; the log says why"
            logger.warning("%s gave no word times", method, exc_info=error)
            reasons.append(f"{method}: {reason}")
            warn("timing_method_passed_over", f"word times by {method} could not be had: {reason}")
            continue
        return Timing(_words(speech, chunks, times), method)
    raise AlignmentError("no way to find word times worked (" + "; ".join(reasons or ["none is configured"]) + ")")


def _engine_times(speech: Speech) -> list[Times]:
    if not _knows_words(speech):
        raise AlignmentError(f"the engine {speech.engine} has no word times of its own")
    return [words for words in speech.words if words is not None]


def _aligned(
    aligner: Aligner,
    speech: Speech,
    chunks: Sequence[Chunk],
    language: str,
    progress: Callable[[int, int], None],
) -> list[Times]:
    if not aligner.speaks(language):
        raise AlignmentError(f"{aligner.name} does not know the language {language}")
    times: list[Times] = []
    for chunk, span in zip(chunks, speech.spans, strict=True):
        progress(len(times), len(chunks))
        samples: Samples = speech.samples[span.start : span.end]
        times.append(aligner.align(samples, speech.sample_rate, chunk.words, language))
    return times


def _words(speech: Speech, chunks: Sequence[Chunk], times: Sequence[Times]) -> tuple[Word, ...]:
    words: list[Word] = []
    for chunk, span, (start, end), found in zip(chunks, speech.spans, _bounds(speech), times, strict=True):
        begins = span.start / speech.sample_rate
        moved = [time and WordTime(time.start + begins, time.end + begins, time.confidence) for time in found]
        whole = complete(moved, chunk.words, start, end)
        known = [time is not None for time in moved]
        at = 0
        for token in chunk.tokens:
            upto = at + len(token.spoken)
            words.append(_word(token, whole[at:upto], known[at:upto]))
            at = upto
    return tuple(words)


def _bounds(speech: Speech) -> list[tuple[float, float]]:
    """Seconds between which each chunk's words stand. Where two chunks fade into each other, the middle parts them."""
    starts = [span.start / speech.sample_rate for span in speech.spans]
    ends = [span.end / speech.sample_rate for span in speech.spans]
    for index in range(1, len(starts)):
        if ends[index - 1] > starts[index]:
            ends[index - 1] = starts[index] = (ends[index - 1] + starts[index]) / 2
    return list(zip(starts, ends, strict=True))


def _word(token: Token, times: Sequence[WordTime], known: Sequence[bool]) -> Word:
    return Word(
        shown=token.shown,
        start=times[0].start,
        end=times[-1].end,
        confidence=min(1.0, max(0.0, sum(time.confidence for time in times) / len(times))),
        # What counts are the edges: a gap inside a long number does not make its caption any less exact.
        interpolated=not (known[0] and known[-1]),
        start_char=token.start_char,
        end_char=token.end_char,
    )


def complete(times: Times, words: Sequence[str], start: float, end: float) -> list[WordTime]:
    """Times for all words: in order, without overlap, inside [start, end], none shorter than SHORTEST.

    A word without a time shares the gap between its neighbours with the others that have none, by the length of what
    is spoken, at confidence 0. Only where ``end - start`` is too short for SHORTEST words are the words shorter.
    """
    shortest = min(SHORTEST, (end - start) / max(1, len(times)))
    filled: list[WordTime] = []
    index = 0
    while index < len(times):
        time = times[index]
        if time is not None:
            filled.append(time)
            index += 1
            continue
        upto = index
        while upto < len(times) and times[upto] is None:
            upto += 1
        following = times[upto] if upto < len(times) else None
        left, right = (filled[-1].end if filled else start), (following.start if following else end)
        filled += _shared(words[index:upto], left, max(left, right))
        index = upto
    return _ordered(filled, start, end, shortest)


def _shared(words: Sequence[str], left: float, right: float) -> list[WordTime]:
    total = sum(max(1, len(word)) for word in words)
    shared, at = [], left
    for word in words:
        upto = at + (right - left) * max(1, len(word)) / total
        shared.append(WordTime(at, upto, 0.0))
        at = upto
    return shared


def _ordered(times: Sequence[WordTime], start: float, end: float, shortest: float) -> list[WordTime]:
    ahead: list[WordTime] = []
    earliest = start
    for time in times:
        begins = max(time.start, earliest)
        ends = max(time.end, begins + shortest)
        ahead.append(WordTime(begins, ends, time.confidence))
        earliest = ends
    # What was pushed past the end is pushed back, last word first.
    latest = end
    back: list[WordTime] = []
    for time in reversed(ahead):
        ends = min(time.end, latest)
        begins = max(start, min(time.start, ends - shortest))
        back.append(WordTime(begins, ends, time.confidence))
        latest = begins
    return back[::-1]
