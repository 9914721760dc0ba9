"""Through a recording window by window, each beginning where the words of the one before end."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise

from handler.alignment.evidence import RUN, UNLIKELY, Passage, dips, pauses
from handler.alignment.text_end import PLAIN, USUAL, Ending, Endings
from handler.errors import AlignmentError
from handler.media.recording import Recording
from handler.protocols import PrefixAligner
from handler.types import Samples, Token, WordTime

logger = logging.getLogger(__name__)

WINDOW = 30.0
"""Seconds that are heard at a time at most: the models' memory and their drift grow with it."""

_GRID = 0.02
"""Seconds: windows begin and end at multiples of it, the frames of the models."""

_SEAM = 8.0
"""Seconds before the longest end of a window in which a pause to end it in is looked for."""

_FASTEST = 6.5
"""Words a second that nobody exceeds for half a minute."""

_MOST_WORDS = 200
"""Words that an aligner is offered for a window."""

_PROBE = 6.0
"""Seconds that are tried at a place where text and audio may come together again."""

_WORDS_AHEAD = 600
_SECONDS_AHEAD = 120.0
"""How far from where they part such a place is looked for."""

_PLACES = 40
"""In the text as in the audio that are tried there, at most."""

_LATER = (8.0, 16.0, 32.0, 64.0, 110.0)
"""Seconds after which all places of the text are tried, for a passage that was replaced by another."""

_MISTAKEN = 30
"""Words that may have been found in what is not in the text, before that was noticed."""

_USUAL_FROM = 50
"""Words from which on the recording's own pace is known rather than the usual one."""

_TOO_FEW = 15.0
"""Seconds with fewer than one pause: there is noise in them, and speech begins where it is less loud."""

_BETTER = 0.1
"""Of mean confidence: by how much the last words must be surer elsewhere than where the text goes on."""

_PHRASES = 2
"""Of the last ones that fit badly, with which a passage elsewhere may begin."""

_SURE = 1.1
"""The level of a text of which the end was looked for: any words fit some length of sound a little."""

_LEFT = 4.0
"""Seconds of sound after the text's last word that the client is told of."""

_SKIPPED = 60.0
"""Seconds of sound that are passed by where nothing of the text was found in it."""

_SEARCHES, _THEN = 8, 4
"""Searches in vain after which only so many places are tried: each costs as much as minutes of audio."""

_LEVEL = 0.7
"""`Passage.fit` of right words before any were heard."""

_ENOUGH, _LEAST = 0.7, 0.4
"""Of that level, and in itself: the fit of a place where text and audio come together."""

_NO_WORSE = 0.05
"""Of fit: where no place is that much better than the next word, the recording is bad rather than another text."""


@dataclass
class Found:
    """What is known of the times of all words, in seconds from the beginning of the recording."""

    times: list[WordTime | None]
    skipped: list[tuple[int, int]] = field(default_factory=list)
    """Ranges of words that were not said."""
    unsaid: list[tuple[float, float]] = field(default_factory=list)
    """Stretches of sound that the text does not have."""


class Walk:
    """One recording and its text, with one aligner. ``at`` is the sample and ``done`` the word that come next."""

    def __init__(
        self,
        aligner: PrefixAligner,
        recording: Recording,
        tokens: Sequence[Token],
        language: str,
        progress: Callable[[float], None],
    ) -> None:
        """``progress`` is told the seconds that are done, before everything that takes time."""
        self._aligner = aligner
        self._recording = recording
        self._language = language
        self._words = [word for token in tokens for word in token.spoken]
        self._breaks = _breaks(tokens)
        self._progress = progress
        self._rate = recording.sample_rate
        self._grid = max(1, round(_GRID * self._rate))
        self._at = self._done = self._searches = 0
        self._believed = 0.0
        self._level = _LEVEL
        self._settled = False
        self._limit: int | None = None
        """The sample where the text ends, if the recording goes on after it."""
        self._found = Found([None] * len(self._words))
        self._endings = Endings(len(self._words), self._listen)

    def run(self) -> Found:
        """The times of all words. Raises what the aligner raises."""
        while self._done < len(self._words) and self._at < self._recording.length:
            end = self._window_end()
            passage = self._hear(end)
            stray = passage.stray(self._level, self._believed)
            if self._limit is None and self._ends(passage) and (stray is not None or self._doubtful(passage)):
                passage, stray = self._shorter(passage, stray)
                if self._limit is not None:
                    continue
            if stray is not None:
                self._part(passage, stray)
                continue
            self._believed = 0.0
            if any(passage.times):
                last = end in (self._recording.length, self._limit)
                kept, until = (len(passage.times), passage.end) if last else passage.breath()
                self._settle(passage.fit)
                self._keep(passage.times[:kept], until)
            else:
                self._at = end
            if self._limit is not None and self._at >= self._limit:
                self._limit = None
        self._finish()
        return self._found

    def _ends(self, passage: Passage) -> bool:
        return self._done + len(passage.times) == len(self._words)

    def _doubtful(self, passage: Passage) -> bool:
        """Whether the text's last words may not be where they were found, though no run of words is unlikely."""
        return passage.dragged or passage.sure(self._tail() - self._done) < UNLIKELY * self._level

    def _tail(self) -> int:
        """The word that the text's last phrase begins with, if that has words enough to be looked for."""
        return max((word for word in self._breaks if self._endings.few(word)), default=self._done)

    def _shorter(self, passage: Passage, stray: int | None) -> tuple[Passage, int | None]:
        """The same words in less of the audio, if they fit: it may go on after the text has ended.

        Then the next window ends there, or is where the last words fit far better.
        """
        ending = self._endings.shortest(self._at, self._done, passage.duration)
        if ending is None:
            return passage, stray
        parted = ending.passage.stray(max(self._level, _SURE), self._believed)
        if parted is not None:
            return ending.passage, ending.passage.turn(parted)
        self._limit = ending.until
        if other := self._elsewhere(ending):
            kept = ending.passage.times[: other.word - self._done]
            self._keep(kept, next((time.end for time in reversed(kept) if time), 0.0))
            self._pass_by(self._at, other.at)
            self._limit = other.until
        return ending.passage, None

    def _elsewhere(self, ending: Ending) -> Ending | None:
        """Where the last words are, if they are doubtful at the end of those before."""
        words = [
            start
            for start, end in pairwise([*(word for word in self._breaks if word >= self._done), len(self._words)])
            if self._endings.few(start) and ending.passage.sure(start - self._done, end - self._done) < PLAIN
        ][:_PHRASES]
        if not words:
            return None
        before = [time.end for time in ending.passage.times[: words[0] - self._done] if time]
        start = self._at + self._on_grid(before[-1]) if before else self._at
        found = self._endings.best([(at, word) for at in self._begins(start) for word in words])
        if found and found.passage.sure() > ending.passage.sure(found.word - self._done) + _BETTER:
            return found
        return None

    def _settle(self, fit: float) -> None:
        """Learn how well right words fit in this recording."""
        self._level += (fit - self._level) / 4
        self._settled = True

    def _window_end(self) -> int:
        """The sample before which the next window ends: in the widest pause, if the recording goes on."""
        longest = self._at + round(WINDOW * self._rate)
        if self._limit is not None and longest >= self._limit:
            return self._limit
        if longest >= self._recording.length:
            return self._recording.length
        first = longest - round(_SEAM * self._rate)
        quiet = pauses(self._recording.read(first, longest), self._rate)
        if not quiet:
            return longest
        start, end = max(quiet, key=lambda pause: pause[1] - pause[0])
        return first + self._on_grid((start + end) / 2)

    def _seconds(self, start: int, end: int) -> float:
        return (end - start) / self._rate

    def _on_grid(self, seconds: float) -> int:
        return round(seconds * self._rate / self._grid) * self._grid

    def _hear(self, end: int) -> Passage:
        samples = self._recording.read(self._at, end)
        self._tell()
        if end in (self._recording.length, self._limit) and (whole := self._rest(samples)):
            return whole
        return self._prefix(samples, self._done)

    def _rest(self, samples: Samples) -> Passage | None:
        """All words that are left in all sound that is left, if they belong together."""
        words = self._words[self._done :]
        if len(words) > _MOST_WORDS:
            return None
        try:
            times = self._aligner.align(samples, self._rate, words, self._language)
        except AlignmentError as error:
            logger.debug("the rest is not the rest: %s", error)
            return None
        passage = Passage(samples, self._rate, times, exhausted=True)
        return passage if any(times) and passage.stray(self._level) is None else None

    def _prefix(self, samples: Samples, word: int) -> Passage:
        most = min(_MOST_WORDS, math.ceil(_FASTEST * len(samples) / self._rate) + 5)
        words = self._words[word : word + most]
        times = self._aligner.prefix(samples, self._rate, words, self._language)
        return Passage(samples, self._rate, times, exhausted=len(times) == len(words))

    def _keep(self, times: Sequence[WordTime | None], until: float) -> None:
        """Believe the times of the next words, and go on ``until`` seconds after the window's begin."""
        offset = self._at / self._rate
        for time in times:
            if time is not None:
                time = WordTime(time.start + offset, time.end + offset, time.confidence)
            self._found.times[self._done] = time
            self._done += 1
        self._at = max(self._at + self._grid, min(self._at + self._on_grid(until), self._recording.length))

    def _part(self, passage: Passage, stray: int) -> None:
        """Keep the words before text and audio part, and go on where they come together."""
        believed = [at for at, time in enumerate(passage.times) if time and time.end <= self._believed]
        taken_as_it_comes, self._believed = self._believed > 0, 0.0
        # Passages begin with a phrase, and the first words of one are soon taken for those of another.
        phrase = max(word for word in self._breaks if word <= self._done + stray) - self._done
        stray = max(phrase if max(0, stray - RUN) <= phrase else stray, max(believed, default=-1) + 1)
        before = [time.end for time in passage.times[:stray] if time]
        if before:
            self._keep(passage.times[:stray], before[-1])
        place = self._place()
        if place is None or (place == (self._at, self._done) and taken_as_it_comes and not before):
            skipped = _SKIPPED if place is None else _PROBE
            self._pass_by(self._at, min(self._recording.length, self._at + self._on_grid(skipped)))
            return
        at, word = place
        self._believed = _PROBE
        if at > self._at:
            self._pass_by(self._at, at)
        if word > self._done:
            self._found.skipped.append((self._done, word))
        for again in range(word, self._done):
            self._found.times[again] = None
        self._done = word

    def _pass_by(self, start: int, end: int) -> None:
        stretch = start / self._rate, end / self._rate
        if self._found.unsaid and self._found.unsaid[-1][1] >= stretch[0]:
            stretch = self._found.unsaid.pop()[0], stretch[1]
        self._found.unsaid.append(stretch)
        self._at = end

    def _place(self) -> tuple[int, int] | None:
        """Where text and audio come together again, as a sample and a word; None where they do not."""
        here = self._at, self._done
        begins = self._begins(self._at)
        fits: list[float] = []
        for at, word in islice(self._places(begins), None if self._searches < _SEARCHES else _THEN):
            fits.append(self._fit(at, word, _PROBE))
            # Any two texts have a few words in common.
            if fits[-1] >= self._need and self._fit(at, word, 2 * _PROBE) >= self._need:
                return (at, word) if (at, word) == here else self._earliest(*self._nearer(at, word, begins), begins)
        self._searches += 1
        # Where no place is better, the recording has become bad, or is so from its beginning.
        bad = fits[0] >= max(fits) - _NO_WORSE and (fits[0] >= self._level / 2 or not self._settled)
        if bad:
            self._settle(fits[0])
        return here if bad else None

    def _begins(self, start: int) -> list[int]:
        """The samples from one on at which speech begins after a pause, or where there is the least noise."""
        until = min(self._recording.length, start + round(_SECONDS_AHEAD * self._rate))
        sound = self._recording.read(start, until)
        begins = [end - _GRID for _, end in pauses(sound, self._rate)]
        if len(begins) < self._seconds(start, until) / _TOO_FEW:
            begins = dips(sound, self._rate)
        return [start + self._on_grid(begin) for begin in begins][:_PLACES]

    def _listen(self, at: int, word: int, seconds: float) -> Passage:
        """What is heard from a sample and a word on, exhausted where that is the rest of the text."""
        passage = self._probe(at, word, seconds)
        return replace(passage, exhausted=word + len(passage.times) == len(self._words))

    @property
    def _need(self) -> float:
        return max(_LEAST, _ENOUGH * self._level)

    def _probe(self, at: int, word: int, seconds: float) -> Passage:
        self._tell()
        end = min(self._recording.length, at + round(seconds * self._rate))
        return self._prefix(self._recording.read(at, end), word)

    def _fit(self, at: int, word: int, seconds: float) -> float:
        passage = self._probe(at, word, seconds)
        return (passage if len(passage.times) >= RUN else replace(passage, exhausted=False)).fit

    def _places(self, begins: Sequence[int]) -> Iterator[tuple[int, int]]:
        """What to try: the next word at once, then passages left out of either text or audio, then of both.

        ``begins`` are the samples where speech begins after a pause.
        """
        breaks = [word for word in self._breaks if self._done < word <= self._done + _WORDS_AHEAD][:_PLACES]
        yield self._at, self._done
        # The last words before may have been taken for what the audio says in their place.
        phrase = max(word for word in self._breaks if word <= self._done)
        either = [(self._at, word) for word in breaks]
        either += [(at, word) for at in begins for word in dict.fromkeys((phrase, self._done))]
        yield from sorted(either, key=self._far)
        later = [min(begins, key=lambda at: abs(self._seconds(self._at, at) - after)) for after in _LATER if begins]
        yield from ((at, word) for at in dict.fromkeys(later) for word in breaks)

    def _far(self, place: tuple[int, int]) -> float:
        """Seconds that audio and text lie ahead together: what is left out is seldom long."""
        return self._seconds(self._at, place[0]) + max(0, place[1] - self._done) / USUAL

    def _was_sure(self, word: int) -> bool:
        """Whether the words from one on that were found so far are surely where they were found."""
        sure = [time.confidence if time else 0.0 for time in self._found.times[word : self._done]]
        return sum(sure) / len(sure) >= self._need

    def _nearer(self, at: int, word: int, begins: Sequence[int]) -> tuple[int, int]:
        """The same place, or the next one in the audio if the same words fit better there."""
        after = next((other for other in begins if other > at > self._at), at)
        nearer = after > at and self._listen(after, word, _PROBE).sure() > self._listen(at, word, _PROBE).sure()
        return after if nearer else at, word

    def _earliest(self, at: int, word: int, begins: Sequence[int]) -> tuple[int, int]:
        """From a place where text and audio are together, back to the first one, phrase by phrase."""
        seconds_a_word = self._at / self._rate / self._done if self._done > _USUAL_FROM else 1 / USUAL
        earlier = [other for other in self._breaks if self._done - _MISTAKEN <= other < word]
        for before in reversed(earlier):
            if before < self._done and self._was_sure(before):
                break
            about = at - (word - before) * seconds_a_word * self._rate
            near = sorted((other for other in begins if other < at), key=lambda other: abs(other - about))[:2]
            found = next((other for other in near if self._fit(other, before, _PROBE) >= self._need), None)
            if found is not None:
                at, word = found, before
            elif word - before > _MISTAKEN:
                break
        return at, word

    def _finish(self) -> None:
        if self._done < len(self._words):
            self._found.skipped.append((self._done, len(self._words)))
        seconds, at = 0.0, self._at
        while at < self._recording.length:
            end = min(self._recording.length, at + round(WINDOW * self._rate))
            piece = Passage(self._recording.read(at, end), self._rate, (), exhausted=False)
            seconds += piece.sound(0.0, piece.duration)
            at = end
        if seconds > _LEFT:
            self._pass_by(self._at, self._recording.length)

    def _tell(self) -> None:
        self._progress(self._at / self._rate)


def _breaks(tokens: Sequence[Token]) -> list[int]:
    """The words that a passage may begin with: after a mark or a blank line, or where there is none for too long."""
    starts, at, last = [0], 0, 0
    for token in tokens:
        at += len(token.spoken)
        if token.mark or token.paragraph or token.pause_after or at - last >= 12:
            starts.append(at)
            last = at
    return starts
