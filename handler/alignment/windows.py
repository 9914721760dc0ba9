"""Match a text with a recording of any length in constant memory, one window after the other.

A window is half a minute that ends in a pause; the next begins where its last words end. Inside a window the aligner
itself passes over sound that the text lacks and words that are not said. Where a window has none of the next words, or
unlikely ones, text and audio have parted for longer, and `Resync` searches for the point where they come together:

    text     |------ A ------|------ B ------|------ C ------|                 |------ D ------|
    audio    |------ A ------|               |------ C ------|~~~~~~ X ~~~~~~~~|------ D ------|
    found     words           unspoken text   words           untranscribed     words

This is anchor-based alignment of long audio (Moreno et al., ICSLP 1998) with a forced aligner in point of a recogniser.
CTC segmentation (Kürzinger et al., SPECOM 2020) lets text begin and end anywhere in the audio, but not leave out parts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from handler.alignment.evidence import Passage, Times, confidences, silences
from handler.alignment.islands import Islands
from handler.alignment.prober import Prober
from handler.alignment.resync import Cursor, Level, Resync
from handler.alignment.thresholds import THRESHOLDS
from handler.media import audio
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
        self._speech_db: float | None = None
        self._resync = Resync(prober, self._level, self.times)

    def run(self) -> None:
        """Fill the lists above. Raises what the aligner raises."""
        cursor = Cursor(0, 0)
        while cursor.word < self._count and cursor.sample < self._length:
            self._prober.reached(cursor.sample / self._length)
            window = self._match_window(cursor)
            if isinstance(window, Lost):
                self._prober.reached(window.cursor.sample / self._length)
                window = self._resynced(window)
            cursor = window
        if cursor.word < self._count:
            self.unspoken.append((cursor.word, self._count))
        if self.unspoken and (whole := self._whole()) is not None:
            cursor = whole
        if self._sound_after(cursor.sample) > THRESHOLDS.untranscribed_end_s:
            self._leave_out(cursor.sample, self._length)

    def _whole(self) -> Cursor | None:
        """All of a short recording at once, if that finds more; where it ends.

        Aligners level the spectrum of what they get: in a window that is mostly music they may not know the speech. And
        in loud babble an open search takes the other voices for the text, where a forced one of all words holds.
        """
        if self._prober.seconds(self._length) > THRESHOLDS.whole_s:
            return None
        passages = (self._prober.whole(0, self._length, 0), self._prober.every_word())
        likely = [each for each in passages if each and each.unlikely_index(self._level.value) is None]
        if not likely:
            return None
        passage = Islands(self._prober, Cursor(0, 0)).joined(max(likely, key=Passage.mean_confidence))
        if passage.mean_confidence() < confidences(self.times).mean() + THRESHOLDS.no_worse:
            return None
        self.unspoken.clear()
        self.untranscribed.clear()
        return self._kept(Cursor(0, 0), passage, len(passage.times), passage.end)

    def _match_window(self, cursor: Cursor) -> Cursor | Lost:
        """Align the next window; where the one after it begins."""
        end = self._window_end(cursor)
        last = end == self._length
        passage = self._align(cursor, end, last)
        mismatch = passage.unlikely_index(self._level.value, cursor.trusted_s)
        if mismatch is not None:
            return self._lost(cursor, passage, mismatch)
        if not any(time and time.said for time in passage.times):
            if passage.sound(0.0, passage.duration) > THRESHOLDS.max_gap_s:
                return Lost(replace(cursor, trusted_s=0.0), stuck=cursor.trusted_s > 0)
            return replace(cursor, sample=end, trusted_s=0.0)
        kept, until = passage.last_safe_boundary()
        rest = passage.times[kept:]
        if last or (passage.exhausted and any(rest) and confidences(rest).mean() >= self._level.match):
            kept, until = len(passage.times), passage.end
        self._level.update(passage.level)
        self._speech_db = audio.loud_db(passage.samples, passage.sample_rate)
        return self._kept(cursor, passage, kept, until)

    def _kept(self, cursor: Cursor, passage: Passage, count: int, until: float) -> Cursor:
        """Keep the first words of a passage, and the sound between them that the text lacks."""
        start = self._prober.seconds(cursor.sample)
        for _, begin, after in replace(passage, times=passage.times[:count], exhausted=True).gaps(cursor.trusted_s):
            self._add_untranscribed(start + begin, start + after)
        return self._advanced(cursor, passage.times[:count], until)

    def _window_end(self, cursor: Cursor) -> int:
        """The sample before which the next window ends: in the widest pause, if the recording goes on."""
        longest = cursor.sample + round(THRESHOLDS.window_s * self._prober.recording.sample_rate)
        if longest >= self._length:
            return self._length
        first = longest - round(THRESHOLDS.seam_s * self._prober.recording.sample_rate)
        pauses = silences(self._prober.recording.read(first, longest), self._prober.recording.sample_rate)
        if not pauses:
            return longest
        start, end_s = max(pauses, key=lambda pause: pause[1] - pause[0])
        return self._prober.after(first, (start + end_s) / 2)

    def _align(self, cursor: Cursor, end: int, last: bool) -> Passage:
        """All words that are left, if this is the last window and they match; else as many as it holds."""
        whole = self._prober.whole(cursor.sample, end, cursor.word) if last else None
        if whole is None or whole.unlikely_index(self._level.value) is not None:
            whole = self._prober.prefix(cursor.sample, end, cursor.word)
        return Islands(self._prober, cursor).joined(whole)

    def _lost(self, cursor: Cursor, passage: Passage, mismatch: int) -> Lost:
        """Keep the words before the mismatch."""
        trusted = [at for at, time in enumerate(passage.times) if time and time.end <= cursor.trusted_s]
        # Passages begin with a phrase, and the first words of one are soon taken for those of another.
        phrase = self._prober.phrase(cursor.word + mismatch) - cursor.word
        kept = phrase if phrase >= max(0, mismatch - THRESHOLDS.run_words) else mismatch
        times = passage.times[: max(kept, max(trusted, default=-1) + 1)]
        placed = [time for time in times if time and time.said]
        if not placed:
            return Lost(replace(cursor, trusted_s=0.0), stuck=cursor.trusted_s > 0)
        return Lost(self._advanced(cursor, times, max(time.end for time in placed if time)), stuck=False)

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
        self.times[cursor.word : word] = [time.moved(start) if time and time.said else None for time in times]
        self.unspoken += [
            (cursor.word + at, cursor.word + at + 1) for at, time in enumerate(times) if time and not time.said
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
            piece = Passage(samples, recording.sample_rate, (), exhausted=False, speech_db=self._speech_db)
            seconds += piece.sound(0.0, piece.duration)
        return seconds
