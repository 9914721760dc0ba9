"""Which way of finding word times is used, and the one place where word times become whole."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from types import MappingProxyType

from handler import errors
from handler.backends import Registry
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignmentError, Cancelled, JobTimeout
from handler.protocols import Aligner, WarmAligner
from handler.types import Chunk, ChunkAudio, JobWarning, Samples, Speech, Token, Word, WordTime

logger = logging.getLogger(__name__)

SHORTEST = 0.02
"""Seconds: no word is shorter, so that every one of them can be shown and marked."""

CLAIM = 0.3
"""Seconds that a run of words without times may take from its neighbours: as much as 15 words of SHORTEST."""

LONGEST = 1.0
"""Seconds that a spoken word without a time lasts at most: it is a guess, and should not stay on the screen."""

HALF_SURE = 0.5
"""Mean confidence under which words and sound hardly belong together: right texts have 0.6 and more, wrong ones of
three words or more up to 0.5."""

ENGINE = "engine"
"""The method that takes the engine's own word times."""

Times = Sequence[WordTime | None]

Found = Times | Exception
"""What an aligner said of a sound: the times of its words, or why it has none."""


@dataclass(frozen=True)
class Timing:
    """Every word of the script with its time, and the method that found them."""

    words: tuple[Word, ...]
    method: str

    @property
    def confidence(self) -> float:
        """Mean confidence of the words, 0 to 1."""
        return sum(word.confidence for word in self.words) / len(self.words)

    @property
    def doubts(self) -> tuple[JobWarning, ...]:
        """What to tell a client whose words fit the sound badly; nothing of an engine's own times."""
        if self.method == ENGINE or self.confidence >= HALF_SURE:
            return ()
        told = f"the words fit the sound badly ({self.confidence:.2f} of 1): check text and language, and look at the"
        return (JobWarning("confidence_low", f"{told} captions"),)


class Order:
    """The methods that are left to be tried: first the one asked for, then the configured ones.

    One that cannot, or fails in whatever way, is passed over, for another may do. Strict allows the first alone. The
    engine's own times are passed over without a word, unless they were asked for by name.
    """

    def __init__(self, wanted: str | None, configured: Sequence[str], *, strict: bool = False) -> None:
        self._left = list(order(wanted, configured))
        self._wanted = wanted
        self._strict = strict
        self._reasons: list[str] = []
        self.passed_over: list[JobWarning] = []
        """The methods that could not, and why."""

    @property
    def method(self) -> str | None:
        """The one to try now, None when none is left."""
        return self._left[0] if self._left else None

    def pass_over(self, error: Exception) -> None:
        """Go on to the next method, for this one could not."""
        method = self._left.pop(0)
        if method == ENGINE != self._wanted:
            return
        logger.warning("%s gave no word times", method, exc_info=error)
        why = reason(error)
        self._reasons.append(f"{method}: {why}")
        told = f"word times by {method} could not be had: {why}"
        self.passed_over.append(JobWarning("timing_method_passed_over", told))
        if self._strict:
            self._left.clear()

    def none_left(self) -> AlignmentError:
        """What to raise when no method was left, with every reason."""
        reasons = "; ".join(self._reasons or ["none is configured"])
        return AlignmentError(f"no way to find word times worked ({reasons})")


class WordTimer:
    """Times the words of a script chunk by chunk, as these are spoken, all of them by one method.

    When a method is passed over (see `Order`), the chunks before are timed again by the next: the speech is paid for.
    Called from one thread at a time.
    """

    def __init__(
        self,
        language: str,
        sample_rate: int,
        methods: tuple[str | None, Sequence[str]],
        aligners: Registry[Aligner],
        *,
        strict: bool = False,
        cancellation: Cancellation = NEVER,
    ) -> None:
        """``methods`` are the one asked for (None: none) and the configured ones; ``cancellation`` is asked before each
        alignment, and what it raises goes through."""
        self._language = language
        self._sample_rate = sample_rate
        self._order = Order(*methods, strict=strict)
        self._aligners = aligners
        self._cancellation = cancellation
        self._heard: list[_Heard] = []
        self._times: list[Times] = []

    @property
    def passed_over(self) -> list[JobWarning]:
        """The methods that could not, and why."""
        return self._order.passed_over

    def hear(self, chunk: Chunk, spoken: ChunkAudio, found: Mapping[str, Found] = MappingProxyType({})) -> None:
        """Time the next chunk. ``found``: what aligners have said of this very sound already, by their names."""
        self._heard.append(_Heard(chunk, spoken, found))
        while self._order.method and len(self._times) < len(self._heard):
            self._cancellation.check()
            try:
                self._times.append(self._find(self._order.method, self._heard[len(self._times)]))
            except (Cancelled, JobTimeout):
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, another method may do: `pass_over` logs it
                self._order.pass_over(error)
                self._times.clear()

    def timing(self, speech: Speech) -> Timing:
        """Every word's time in the whole, once all chunks were heard. AlignmentError when no method was left."""
        if self._order.method is None:
            raise self._order.none_left()
        return Timing(_words(speech, [heard.chunk for heard in self._heard], self._times), self._order.method)

    def _find(self, method: str, heard: _Heard) -> Times:
        chunk, spoken = heard.chunk, heard.spoken
        times = spoken.words if method == ENGINE else heard.found.get(method)
        if isinstance(times, Exception):
            raise times
        if times is None and method == ENGINE:
            raise AlignmentError("the engine has no word times of its own")
        if times is None:
            aligner = self._aligners.get(method, self._language)
            times = align(aligner, spoken.samples, self._sample_rate, chunk.words, self._language, self._cancellation)
        if len(times) != len(chunk.words):
            raise AlignmentError(f"it gave {len(times)} times for {len(chunk.words)} words")
        return times


@dataclass(frozen=True)
class _Heard:
    chunk: Chunk
    spoken: ChunkAudio
    found: Mapping[str, Found]


def order(wanted: str | None, configured: Sequence[str]) -> tuple[str, ...]:
    """The methods in the order in which they are tried: the one asked for, then the configured ones."""
    return tuple(dict.fromkeys([*([wanted] if wanted else []), *configured]))


def align(
    aligner: Aligner,
    samples: Samples,
    sample_rate: int,
    words: Sequence[str],
    language: str,
    cancellation: Cancellation = NEVER,
) -> Times:
    """As `Aligner.align`; ``cancellation`` is asked while the aligner fetches a model."""
    make_ready(aligner, language, cancellation)
    return aligner.align(samples, sample_rate, words, language)


def make_ready(aligner: Aligner, language: str, cancellation: Cancellation = NEVER) -> None:
    """Load what the aligner needs for a language, fetched where it has to be: ``cancellation`` is asked meanwhile.

    Raises what `Aligner.align` raises where that cannot be had.
    """
    if isinstance(aligner, WarmAligner):
        aligner.ready(language, cancellation)


def reason(error: Exception) -> str:
    """What a client may read of why a method could not."""
    return errors.reason(error, "it failed unexpectedly; the log says why")


def _words(speech: Speech, chunks: Sequence[Chunk], times: Sequence[Times]) -> tuple[Word, ...]:
    found: list[Word] = []
    for chunk, span, (start, end), inside in zip(chunks, speech.spans, _bounds(speech), times, strict=True):
        begins = span.start / speech.sample_rate
        moved = [time and WordTime(time.start + begins, time.end + begins, time.confidence) for time in inside]
        found += words(chunk.tokens, moved, start, end)
    return tuple(found)


def words(tokens: Sequence[Token], times: Times, start: float, end: float) -> tuple[Word, ...]:
    """The words of a script between two seconds, from the times of all that is spoken for them."""
    whole = complete(times, [word for token in tokens for word in token.spoken], start, end)
    known = [time is not None for time in times]
    found: list[Word] = []
    at = 0
    for token in tokens:
        upto = at + len(token.spoken)
        found.append(_word(token, whole[at:upto], known[at:upto]))
        at = upto
    return tuple(found)


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
        paragraph=token.paragraph,
    )


def complete(times: Times, words: Sequence[str], start: float, end: float) -> list[WordTime]:
    """Times for all words: in order, without overlap, inside [start, end], none shorter than SHORTEST.

    Words without a time share the gap between their neighbours by the length of what is spoken, at confidence 0, each
    for LONGEST at most. Before the first time and after the last one they stand close to it.
    However many they are, they take no more than CLAIM from what was found, and are shorter if they must; so are all
    words where ``end - start`` is too short for so many.
    """
    shortest = min(SHORTEST, (end - start) / max(1, len(times)))
    filled: list[WordTime] = []
    least: list[float] = []
    index = 0
    while index < len(times):
        time = times[index]
        if time is not None:
            filled.append(time)
            least.append(shortest)
            index += 1
            continue
        upto = index
        while upto < len(times) and times[upto] is None:
            upto += 1
        following = times[upto] if upto < len(times) else None
        left = min(end, max(start, filled[-1].end if filled else start))
        right = max(left, min(end, following.start if following else end))
        if filled and not following:
            right = min(right, left + LONGEST * (upto - index))
        elif following and not filled:
            left = max(left, right - LONGEST * (upto - index))
        shares = _shared(words[index:upto], left, right)
        filled += [replace(share, end=min(share.end, share.start + LONGEST)) for share in shares]
        least += [min(shortest, max(CLAIM, right - left) / (upto - index))] * (upto - index)
        index = upto
    return _ordered(filled, least, start, end)


def _shared(words: Sequence[str], left: float, right: float) -> list[WordTime]:
    # A word lasts as long as its letters and one more: so espeak speaks English, German, French, Russian and Hindi.
    lengths = [1 + sum(map(str.isalpha, word)) for word in words]
    edges = [left + (right - left) * upto / sum(lengths) for upto in accumulate(lengths, initial=0)]
    return [WordTime(begins, ends, 0.0) for begins, ends in pairwise(edges)]


def _ordered(times: Sequence[WordTime], least: Sequence[float], start: float, end: float) -> list[WordTime]:
    ahead: list[WordTime] = []
    earliest = start
    for time, shortest in zip(times, least, strict=True):
        begins = max(time.start, earliest)
        ends = max(time.end, begins + shortest)
        ahead.append(WordTime(begins, ends, time.confidence))
        earliest = ends
    # What was pushed past the end is pushed back, last word first.
    latest = end
    back: list[WordTime] = []
    for time, shortest in zip(reversed(ahead), reversed(least), strict=True):
        ends = min(time.end, latest)
        begins = max(start, min(time.start, ends - shortest))
        back.append(WordTime(begins, ends, time.confidence))
        latest = begins
    return back[::-1]
