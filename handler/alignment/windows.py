"""Match a text with a recording of any length in constant memory, one window after the other.

A window is half a minute that ends in a pause; the next begins where its last words end. Where words become unlikely or
sound has no words, text and audio have parted, and `Resync` searches for the place where they come together again:

    text     |------ A ------|------ B ------|------ C ------|                 |------ D ------|
    audio    |------ A ------|               |------ C ------|~~~~~~ X ~~~~~~~~|------ D ------|
    windows  |<-- Matched -->|Lost, resync   |<-- Matched -->|Lost, resync     |<-- Matched -->|
    events    Words           UnspokenText    Words           UntranscribedAudio Words

This is anchor-based alignment of long audio (Moreno et al., ICSLP 1998) with a forced aligner in place of a recogniser.
CTC segmentation (Kürzinger et al., SPECOM 2020) lets text begin and end anywhere in the audio, but not leave out parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from handler.alignment.evidence import Passage, last_end, silences
from handler.alignment.prober import Prober
from handler.alignment.resync import Cursor, Level, Resync
from handler.alignment.text_end import TextEnd, TextEndSearch
from handler.alignment.thresholds import THRESHOLDS
from handler.types import WordTime

Times = Sequence[WordTime | None]


@dataclass(frozen=True)
class Words:
    """The times of the words from ``first`` on, in seconds of the recording; a later event may correct them."""

    first: int
    times: Times


@dataclass(frozen=True)
class UnspokenText:
    """The words from ``start`` to before ``end``, which the audio does not say."""

    start: int
    end: int


@dataclass(frozen=True)
class UntranscribedAudio:
    """The seconds from ``start`` to ``end``, which the text does not have."""

    start: float
    end: float


Event = Words | UnspokenText | UntranscribedAudio


@dataclass(frozen=True)
class Matched:
    """A window whose words were found; where the next one begins."""

    events: tuple[Event, ...]
    cursor: Cursor


@dataclass(frozen=True)
class Lost:
    """A window in which text and audio part; ``stuck`` if they do so right where `Resync` has put it."""

    events: tuple[Event, ...]
    cursor: Cursor
    stuck: bool


class WindowedAligner:
    """Aligns one recording with its text."""

    def __init__(self, prober: Prober) -> None:
        self._prober = prober
        self._length = prober.recording.length
        self._count = len(prober.words)
        self._level = Level()
        self._times: list[WordTime | None] = [None] * self._count
        self._resync = Resync(prober, self._level, self._times)
        self._text_end = TextEndSearch(prober)

    def events(self) -> Iterator[Event]:
        """What is found, in the order of the audio. Raises what the aligner raises."""
        cursor = Cursor(0, 0)
        while cursor.word < self._count and cursor.sample < self._length:
            self._prober.done_s = self._prober.seconds(cursor.sample)
            window = self.match_window(cursor)
            yield from self._kept(window.events)
            cursor = window.cursor
            if isinstance(window, Lost):
                self._prober.done_s = self._prober.seconds(cursor.sample)
                events, cursor = self._resynced(window)
                yield from self._kept(events)
            if cursor.limit is not None and cursor.sample >= cursor.limit:
                cursor = replace(cursor, limit=None)
        if cursor.word < self._count:
            yield UnspokenText(cursor.word, self._count)
        if self._sound_after(cursor.sample) > THRESHOLDS.untranscribed_end_s:
            yield self._untranscribed(cursor.sample, self._length)

    def match_window(self, cursor: Cursor) -> Matched | Lost:
        """Align the next window."""
        end = self._window_end(cursor)
        last = end in (self._length, cursor.limit)
        passage = self._align(cursor, end, last)
        mismatch = passage.mismatch_index(self._level.value, cursor.trusted_s)
        reaches_end = cursor.word + len(passage.times) == self._count
        if cursor.limit is None and reaches_end and (mismatch is not None or self._tail_doubtful(cursor, passage)):
            text_end = self._text_end.shortest(cursor.sample, cursor.word, passage.duration)
            if text_end is not None:
                passage, level = text_end.passage, max(self._level.value, THRESHOLDS.tail_level)
                unlikely = passage.unlikely_index(level, cursor.trusted_s)
                gaps = list(passage.gaps(cursor.trusted_s))
                if unlikely is None:
                    return self._around(cursor, passage, gaps) if gaps else self._text_ends(cursor, text_end)
                mismatch = min(passage.change_point(unlikely), *(at for at, _, _ in gaps[:1]), len(passage.times))
        if mismatch is not None:
            return self._lost(cursor, passage, mismatch)
        if not any(passage.times):
            return Matched((), replace(cursor, sample=end, trusted_s=0.0))
        kept, until = (len(passage.times), passage.end) if last else passage.last_safe_boundary()
        self._level.update(passage.coverage)
        return Matched(*self._advanced(cursor, passage.times[:kept], until))

    def _window_end(self, cursor: Cursor) -> int:
        """The sample before which the next window ends: in the widest pause, if the recording goes on."""
        longest = cursor.sample + round(THRESHOLDS.window_s * self._prober.recording.sample_rate)
        end = self._length if cursor.limit is None else cursor.limit
        if longest >= end:
            return end
        first = longest - round(THRESHOLDS.seam_s * self._prober.recording.sample_rate)
        pauses = silences(self._prober.recording.read(first, longest), self._prober.recording.sample_rate)
        if not pauses:
            return longest
        start, end_s = max(pauses, key=lambda pause: pause[1] - pause[0])
        return self._prober.after(first, (start + end_s) / 2)

    def _align(self, cursor: Cursor, end: int, last: bool) -> Passage:
        """All words that are left, if this is the last window and they match; else as many as it holds."""
        whole = self._prober.whole(cursor.sample, end, cursor.word) if last else None
        if whole is not None and whole.mismatch_index(self._level.value) is None:
            return whole
        return self._prober.prefix(cursor.sample, end, cursor.word)

    def _tail_doubtful(self, cursor: Cursor, passage: Passage) -> bool:
        """Whether the text's last words may be elsewhere, though no run of words is unlikely."""
        tail = max((word for word in self._prober.breaks if self._text_end.is_tail(word)), default=cursor.word)
        confidence = passage.mean_confidence(max(0, tail - cursor.word))
        return passage.last_word_stretched or confidence < THRESHOLDS.unlikely * self._level.value

    def _text_ends(self, cursor: Cursor, text_end: TextEnd) -> Matched:
        """The next window ends with the text, and begins where its last words match far better, if they do."""
        other = self._text_end.elsewhere(text_end)
        if other is None:
            return Matched((), replace(cursor, limit=text_end.limit))
        times = text_end.passage.times[: other.word - cursor.word]
        words, before = self._advanced(cursor, times, last_end(times))
        skipped = self._untranscribed(before.sample, other.sample)
        return Matched((*words, skipped), replace(before, sample=other.sample, limit=other.limit))

    def _around(self, cursor: Cursor, passage: Passage, gaps: Sequence[tuple[int, float, float]]) -> Matched:
        """All words that are left, and the sound between them that the text lacks."""
        start = self._prober.seconds(cursor.sample)
        events, after = self._advanced(cursor, passage.times, passage.end)
        return Matched((*events, *(UntranscribedAudio(start + begin, start + end) for _, begin, end in gaps)), after)

    def _lost(self, cursor: Cursor, passage: Passage, mismatch: int) -> Lost:
        """Keep the words before the mismatch."""
        trusted = [at for at, time in enumerate(passage.times) if time and time.end <= cursor.trusted_s]
        # Passages begin with a phrase, and the first words of one are soon taken for those of another.
        phrase = self._prober.phrase(cursor.word + mismatch) - cursor.word
        kept = phrase if phrase >= max(0, mismatch - THRESHOLDS.run_words) else mismatch
        times = passage.times[: max(kept, max(trusted, default=-1) + 1)]
        if not any(times):
            return Lost((), replace(cursor, trusted_s=0.0), stuck=cursor.trusted_s > 0)
        placed = [time for time in times if time is not None]
        return Lost(*self._advanced(cursor, times, placed[-1].end), stuck=False)

    def _resynced(self, lost: Lost) -> tuple[list[Event], Cursor]:
        """Go on where text and audio come together again, or later if they do nowhere."""
        here = lost.cursor
        place = self._resync.find(here)
        if place is None or (place == here and lost.stuck):
            skipped = self._prober.after(here.sample, THRESHOLDS.skip_s if place is None else THRESHOLDS.probe_s)
            return [self._untranscribed(here.sample, skipped)], replace(here, sample=skipped)
        events: list[Event] = []
        if place.sample > here.sample:
            events.append(self._untranscribed(here.sample, place.sample))
        if place.word > here.word:
            events.append(UnspokenText(here.word, place.word))
        if place.word < here.word:
            events.append(Words(place.word, [None] * (here.word - place.word)))
        trusted_s = THRESHOLDS.probe_s
        return events, replace(here, sample=place.sample, word=place.word, trusted_s=trusted_s)

    def _advanced(self, cursor: Cursor, times: Times, until: float) -> tuple[tuple[Event, ...], Cursor]:
        """The next words, and the cursor ``until`` seconds after this one, or a little later."""
        start = self._prober.seconds(cursor.sample)
        shifted = [time and WordTime(time.start + start, time.end + start, time.confidence) for time in times]
        sample = min(max(self._prober.after(cursor.sample, until), self._prober.step(cursor.sample)), self._length)
        words = Words(cursor.word, shifted)
        return (words,), replace(cursor, sample=sample, word=cursor.word + len(times), trusted_s=0.0)

    def _kept(self, events: Sequence[Event]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, Words):
                self._times[event.first : event.first + len(event.times)] = event.times
            yield event

    def _untranscribed(self, start: int, end: int) -> UntranscribedAudio:
        return UntranscribedAudio(self._prober.seconds(start), self._prober.seconds(end))

    def _sound_after(self, sample: int) -> float:
        """Seconds of sound after the last word."""
        seconds = 0.0
        recording = self._prober.recording
        window = round(THRESHOLDS.window_s * recording.sample_rate)
        for start in range(sample, self._length, window):
            samples = recording.read(start, min(self._length, start + window))
            piece = Passage(samples, recording.sample_rate, (), exhausted=False)
            seconds += piece.sound(0.0, piece.duration)
        return seconds
