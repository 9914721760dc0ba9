"""The word times of a script: found chunk by chunk as it is spoken, and the gaps between them filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from types import MappingProxyType

from handler.alignment import fallback
from handler.alignment.best import BestOfTwo
from handler.alignment.combination import combined
from handler.alignment.evidence import Times
from handler.alignment.fallback import ENGINE, FallbackOrder
from handler.backends import Registry
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignmentError, Cancelled, JobTimeout
from handler.protocols import Aligner
from handler.settings import BEST
from handler.types import Chunk, ChunkAudio, JobWarning, Span, Speech, Token, Word, WordTime

MIN_WORD_S = 0.02  # every word can be shown and marked
MAX_BORROWED_S = 0.3  # what a run of words without times takes from its neighbours: 15 of the shortest words
MAX_GUESSED_WORD_S = 1.0  # a spoken word without a time is a guess, and should not stay on the screen

LOW_CONFIDENCE = 0.5
"""Mean confidence under which words and sound hardly belong together: few right texts of six words or more have less,
in hard voices and noise, and few wrong ones have more (docs/benchmarks.md)."""

AlignerResult = Times | Exception  # the times of a chunk's words, or why there are none


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
    def warnings(self) -> tuple[JobWarning, ...]:
        """A warning where the confidence is low; none for an engine's own times."""
        if self.method == ENGINE or self.confidence >= LOW_CONFIDENCE:
            return ()
        message = f"low alignment confidence ({self.confidence:.2f} of 1): check text and language, and the captions"
        return (JobWarning("confidence_low", message),)


class WordTimer:
    """Times the words of a script chunk by chunk, as these are spoken, all of them by one method.

    When a method is skipped (see `FallbackOrder`), the next one times the chunks before again: the speech exists
    already. Not thread-safe.
    """

    def __init__(
        self,
        sample_rate: int,
        methods: tuple[str | None, Sequence[str]],
        aligners: Registry[Aligner],
        *,
        strict: bool = False,
        cancellation: Cancellation = NEVER,
    ) -> None:
        """``methods`` are the requested one (None: none) and the configured ones."""
        self._sample_rate = sample_rate
        self._order = FallbackOrder(*methods, strict=strict)
        self._best = BestOfTwo(aligners, methods[1], strict=strict)
        self._aligners = aligners
        self._cancellation = cancellation
        self._chunks: list[tuple[Chunk, ChunkAudio, Mapping[str, AlignerResult]]] = []
        self._times: list[Times] = []

    @property
    def skipped(self) -> list[JobWarning]:
        """A warning for each method that failed."""
        alone = self._best.warnings if self._order.method == BEST else []
        return [*self._order.skipped, *alone]

    def add_chunk(
        self, chunk: Chunk, audio: ChunkAudio, results: Mapping[str, AlignerResult] = MappingProxyType({})
    ) -> None:
        """Time the next chunk. ``results`` are those that aligners gave for this very sound already, by method."""
        self._chunks.append((chunk, audio, results))
        while self._order.method and len(self._times) < len(self._chunks):
            self._cancellation.check()
            try:
                self._times.append(self._align(self._order.method, *self._chunks[len(self._times)]))
            except (Cancelled, JobTimeout):
                raise
            except Exception as error:  # noqa: BLE001 - another method may work: `skip` logs it
                self._order.skip(error, self._best.vain)
                self._times.clear()

    def newest_words(self, span: Span) -> tuple[Word, ...]:
        """The words of the chunk added last, whose span in the whole this is; none when no method was left."""
        if self._order.method is None:
            return ()
        rate = self._sample_rate
        (chunk, *_), inside = self._chunks[-1], self._times[-1]
        return _chunk_words(chunk, span, rate, span.start / rate, span.end / rate, inside)

    def timing(self, speech: Speech) -> Timing:
        """Every word's time in the whole, after the last chunk. Raises AlignmentError when no method was left."""
        if self._order.method is None:
            raise self._order.exhausted()
        method = self._best.name if self._order.method == BEST else self._order.method
        return Timing(_words(speech, [chunk for chunk, *_ in self._chunks], self._times), method)

    def _align(self, method: str, chunk: Chunk, audio: ChunkAudio, results: Mapping[str, AlignerResult]) -> Times:
        if method == BEST:
            found = self._best.ask(
                chunk.language, lambda name: self._align(name, chunk, audio, results), self._cancellation
            )
            return combined(found)
        times = audio.words if method == ENGINE else results.get(method)
        if isinstance(times, Exception):
            raise times
        if times is None and method == ENGINE:
            raise AlignmentError("the engine has no word times of its own")
        if times is None:
            aligner = self._aligners.get(method, chunk.language)
            times = fallback.align(
                aligner, audio.samples, self._sample_rate, chunk.words, chunk.language, self._cancellation
            )
        if len(times) != len(chunk.words):
            raise AlignmentError(f"it gave {len(times)} times for {len(chunk.words)} words")
        return times


def _words(speech: Speech, chunks: Sequence[Chunk], times: Sequence[Times]) -> tuple[Word, ...]:
    found: list[Word] = []
    for chunk, span, (start, end), inside in zip(chunks, speech.spans, _bounds(speech), times, strict=True):
        found += _chunk_words(chunk, span, speech.sample_rate, start, end, inside)
    return tuple(found)


def _chunk_words(
    chunk: Chunk, span: Span, sample_rate: int, start: float, end: float, times: Times
) -> tuple[Word, ...]:
    """The words of a chunk at ``span`` in the whole, between two seconds of it, from their times in the chunk."""
    moved = [time and time.moved(span.start / sample_rate) for time in times]
    return words(chunk.tokens, moved, start, end)


def words(tokens: Sequence[Token], times: Times, start: float, end: float) -> tuple[Word, ...]:
    """The words of a script between two seconds, from the times of all that is spoken for them."""
    whole = fill_gaps(times, [word for token in tokens for word in token.spoken], start, end)
    found: list[Word] = []
    at = 0
    for token in tokens:
        upto = at + len(token.spoken)
        # What counts are the edges: a gap inside a long number does not make its caption any less exact.
        found.append(_word(token, whole[at:upto], interpolated=None in (times[at], times[upto - 1])))
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


def _word(token: Token, times: Sequence[WordTime], *, interpolated: bool) -> Word:
    return Word(
        shown=token.shown,
        start=times[0].start,
        end=times[-1].end,
        confidence=min(1.0, max(0.0, sum(time.confidence for time in times) / len(times))),
        interpolated=interpolated,
        start_char=token.start_char,
        end_char=token.end_char,
        paragraph=token.paragraph,
        speaker=token.speaker,
    )


def fill_gaps(times: Times, words: Sequence[str], start: float, end: float) -> list[WordTime]:
    """Times for all words: in order, without overlap, inside [start, end], none shorter than MIN_WORD_S.

    Words without a time share the gap between their neighbours by the length of what is spoken, at confidence 0, each
    for MAX_GUESSED_WORD_S at most. Before the first time and after the last one they stand close to it.
    However many they are, they take no more than MAX_BORROWED_S from what was found, and are shorter if they must; so
    are all words where ``end - start`` is too short for so many.
    """
    shortest = min(MIN_WORD_S, (end - start) / max(1, len(times)))
    filled: list[WordTime] = []
    least: list[float] = []
    known = [index for index, time in enumerate(times) if time is not None]
    for before, upto in pairwise([-1, *known, len(times)]):
        following = times[upto] if upto < len(times) else None
        if count := upto - before - 1:
            left = min(end, max(start, filled[-1].end if filled else start))
            right = max(left, min(end, following.start if following else end))
            if filled and not following:
                right = min(right, left + MAX_GUESSED_WORD_S * count)
            elif following and not filled:
                left = max(left, right - MAX_GUESSED_WORD_S * count)
            shares = _shared(words[before + 1 : upto], left, right)
            filled += [replace(share, end=min(share.end, share.start + MAX_GUESSED_WORD_S)) for share in shares]
            least += [min(shortest, max(MAX_BORROWED_S, right - left) / count)] * count
        if following:
            filled.append(following)
            least.append(shortest)
    return _ordered(filled, least, start, end)


def _shared(words: Sequence[str], left: float, right: float) -> list[WordTime]:
    # A word lasts as long as its letters and one more: so espeak speaks English, German, French, Russian and Hindi.
    lengths = [1 + sum(map(str.isalpha, word)) for word in words]
    total = sum(lengths)
    edges = [left + (right - left) * upto / total for upto in accumulate(lengths, initial=0)]
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
