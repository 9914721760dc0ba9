"""Match a text with a recording of any length in constant memory, one window after the other.

A window is half a minute that ends in a pause; the next begins where its last words end. Where words become unlikely or
sound has no words, text and audio have parted, and `Resync` searches for the point where they come together again:

    text     |------ A ------|------ B ------|------ C ------|                 |------ D ------|
    audio    |------ A ------|               |------ C ------|~~~~~~ X ~~~~~~~~|------ D ------|
    found     words           unspoken text   words           untranscribed     words

This is anchor-based alignment of long audio (Moreno et al., ICSLP 1998) with a forced aligner in point of a recogniser.
CTC segmentation (Kürzinger et al., SPECOM 2020) lets text begin and end anywhere in the audio, but not leave out parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handler.alignment.evidence import Passage, Times, last_end, silences
from handler.alignment.prober import Prober
from handler.alignment.resync import Cursor, Level, Resync
from handler.alignment.text_end import TextEnd, TextEndSearch
from handler.alignment.thresholds import THRESHOLDS
from handler.types import WordTime


@dataclass(frozen=True)
class Lost:
    """Text and audio part at the cursor; ``stuck`` if they do so right where `Resync` has put it."""

    cursor: Cursor
    stuck: bool


class WindowedAligner:
    """Aligns one recording with its text."""

    def __init__(self, prober: Prober) -> None:
        self.times: list[WordTime | None] = [None] * len(prober.words)
        """Those of all words, in seconds of the recording."""
        self.unspoken: list[tuple[int, int]] = []
        """Ranges of words that were left out, as the audio does not say them."""
        self.untranscribed: list[tuple[float, float]] = []
        """Seconds of sound that the text does not have: start and end."""
        self._prober = prober
        self._length = prober.recording.length
        self._count = len(prober.words)
        self._level = Level()
        self._resync = Resync(prober, self._level, self.times)
        self._text_end = TextEndSearch(prober)

    def run(self) -> None:
        """Fill the lists above. Raises what the aligner raises."""
        cursor = Cursor(0, 0)
        while cursor.word < self._count and cursor.sample < self._length:
            self._prober.done_s = self._prober.seconds(cursor.sample)
            window = self._match_window(cursor)
            if isinstance(window, Lost):
                self._prober.done_s = self._prober.seconds(window.cursor.sample)
                cursor = self._resynced(window)
            else:
                cursor = window
            if cursor.limit is not None and cursor.sample >= cursor.limit:
                cursor = replace(cursor, limit=None)
        if cursor.word < self._count:
            self.unspoken.append((cursor.word, self._count))
        if self._sound_after(cursor.sample) > THRESHOLDS.untranscribed_end_s:
            self._leave_out(cursor.sample, self._length)

    def _match_window(self, cursor: Cursor) -> Cursor | Lost:
        """Align the next window; where the one after it begins."""
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
            return replace(cursor, sample=end, trusted_s=0.0)
        kept, until = (len(passage.times), passage.end) if last else passage.last_safe_boundary()
        self._level.update(passage.coverage)
        return self._advanced(cursor, passage.times[:kept], until)

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

    def _text_ends(self, cursor: Cursor, text_end: TextEnd) -> Cursor:
        """The next window ends with the text, and begins where its last words match far better, if they do."""
        other = self._text_end.elsewhere(text_end)
        if other is None:
            return replace(cursor, limit=text_end.limit)
        times = text_end.passage.times[: other.word - cursor.word]
        before = self._advanced(cursor, times, last_end(times))
        self._leave_out(before.sample, other.sample)
        return replace(before, sample=other.sample, limit=other.limit)

    def _around(self, cursor: Cursor, passage: Passage, gaps: Sequence[tuple[int, float, float]]) -> Cursor:
        """All words that are left, and the sound between them that the text lacks."""
        start = self._prober.seconds(cursor.sample)
        for _, begin, end in gaps:
            self._add_untranscribed(start + begin, start + end)
        return self._advanced(cursor, passage.times, passage.end)

    def _lost(self, cursor: Cursor, passage: Passage, mismatch: int) -> Lost:
        """Keep the words before the mismatch."""
        trusted = [at for at, time in enumerate(passage.times) if time and time.end <= cursor.trusted_s]
        # Passages begin with a phrase, and the first words of one are soon taken for those of another.
        phrase = self._prober.phrase(cursor.word + mismatch) - cursor.word
        kept = phrase if phrase >= max(0, mismatch - THRESHOLDS.run_words) else mismatch
        times = passage.times[: max(kept, max(trusted, default=-1) + 1)]
        placed = [time for time in times if time is not None]
        if not placed:
            return Lost(replace(cursor, trusted_s=0.0), stuck=cursor.trusted_s > 0)
        return Lost(self._advanced(cursor, times, placed[-1].end), stuck=False)

    def _resynced(self, lost: Lost) -> Cursor:
        """Go on where text and audio come together again, or later if they do nowhere."""
        here = lost.cursor
        found = self._resync.find(here)
        if found is None or (found == here and lost.stuck):
            later = self._prober.after(here.sample, THRESHOLDS.skip_s if found is None else THRESHOLDS.probe_s)
            self._leave_out(here.sample, later)
            return replace(here, sample=later)
        if found.sample > here.sample:
            self._leave_out(here.sample, found.sample)
        if found.word > here.word:
            self.unspoken.append((here.word, found.word))
        else:
            self.times[found.word : here.word] = [None] * (here.word - found.word)
        return replace(here, sample=found.sample, word=found.word, trusted_s=THRESHOLDS.probe_s)

    def _advanced(self, cursor: Cursor, times: Times, until: float) -> Cursor:
        """Keep the times of the next words; the cursor ``until`` seconds after this one, or a little later."""
        start, word = self._prober.seconds(cursor.sample), cursor.word + len(times)
        self.times[cursor.word : word] = [
            time and WordTime(time.start + start, time.end + start, time.confidence) for time in times
        ]
        sample = min(max(self._prober.after(cursor.sample, until), self._prober.step(cursor.sample)), self._length)
        return replace(cursor, sample=sample, word=word, trusted_s=0.0)

    def _leave_out(self, start: int, end: int) -> None:
        """Pass over samples that the text does not have."""
        self._add_untranscribed(self._prober.seconds(start), self._prober.seconds(end))

    def _add_untranscribed(self, start: float, end: float) -> None:
        if self.untranscribed and self.untranscribed[-1][1] >= start:
            start = self.untranscribed.pop()[0]
        self.untranscribed.append((start, end))

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
