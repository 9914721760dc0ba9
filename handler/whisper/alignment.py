"""The times of known words by Whisper's cross-attention, in Whisper's process: float32 mono samples at SAMPLE_RATE."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from handler.errors import AlignmentError
from handler.media import audio
from handler.types import Samples, WordTime
from handler.whisper.reading import MAX_TOKENS, MIN_LOG_PROB, SAMPLE_RATE, WINDOW_S, Reading, Sound, Text
from handler.whisper.word_edges import EARLY_S, find_pauses, word_edges, word_lengths

if TYPE_CHECKING:
    import numpy.typing as npt
    from faster_whisper import WhisperModel

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]
    Choice = Callable[[FloatArray], BoolArray]  # which words are said, by their scores less EVEN_SCORE

Times = list[WordTime | None]
SEAM_S = 8.0  # a window ends in the widest pause of its last seconds
MAX_WORDS_PER_S, SPARE_WORDS = 6.5, 5  # words offered for a window: nobody is faster
MAX_CHARS_PER_S = 50.0

# Set on the texts of `reading.SILENCE_SHARE`: right ones have a mean confidence of 0.6 and more, wrong ones up to 0.4,
# 19 of 20 of them. Neighbours count, as a right word may be misspelt, and a wrong one be likely there.
NEIGHBOURS_SHARE = 0.3
EVEN_SCORE, STEEPNESS = -1.3, 0.7  # where right and wrong words are equally frequent, and how fast that changes
MAX_GAIN, PARTING = 4.0, 2.5  # the most that one word counts, and what each change between said and unsaid costs

# Set on 94 windows with more text than sound, in eleven languages: the last word is the right one in 81, and one of its
# neighbours in 6.
AT_END_S = 0.06
LEAST_SCORE, ROOM = -3.5, 0.7  # of a last word that nothing follows: its score, and its share of its usual time


def align(model: WhisperModel, samples: Samples, words: Sequence[str], code: str) -> Times:
    """One time for each word, as all are said; None for one without a letter or a digit.

    Raises AlignmentError for sound that is too short for the words.
    """
    seconds = len(samples) / SAMPLE_RATE
    if sum(map(len, words)) > MAX_CHARS_PER_S * seconds:
        message = f"audio: {seconds:.2f} seconds are too short for {len(words)} words"
        raise AlignmentError(f"{message}; check that text and audio belong together")
    return _in_windows(model, samples, Text.of(model, words, code), _all)


def find(model: WhisperModel, samples: Samples, words: Sequence[str], code: str) -> Times:
    """As `align`, where sound or text may each have something that the other lacks.

    A word that is not said has confidence 0 and ends where it starts. Raises AlignmentError if none is said.
    """
    times = _in_windows(model, samples, Text.of(model, words, code), _some)
    if any(times) and not any(time and time.said for time in times):
        raise AlignmentError("audio: the words could not be found in it; check that text and audio belong together")
    return times


def prefix(model: WhisperModel, samples: Samples, words: Sequence[str], code: str) -> Times:
    """As `find` for the first words, as many as there are in the sound, WINDOW_S at most; the last one is said."""
    return _first_words(model, samples[: round(WINDOW_S * SAMPLE_RATE)], Text.of(model, words, code))


def _in_windows(model: WhisperModel, samples: Samples, text: Text, choose: Choice) -> Times:
    """The times of all words; ``choose`` tells which of those of the last window are said."""
    times: Times = []
    start, last = 0, 0.0
    while len(times) < len(text.words) and start < len(samples):
        rest, end = text.part(len(times), len(text.words)), _window_end(samples, start)
        if end == len(samples) and rest.size <= MAX_TOKENS:
            found = _Window(model, samples[start:end]).times(rest, choose)
        else:
            found = _first_words(model, samples[start:end], rest)
        times += [time and time.moved(start / SAMPLE_RATE) for time in found]
        last = max((time.end for time in times if time), default=0.0)
        start = max(start + 1, round(last * SAMPLE_RATE)) if found else end
    return times + [WordTime(last, last, 0.0) if word else None for word in text.sayable[len(times) :]]


def _window_end(samples: Samples, start: int) -> int:
    """The sample before which a window ends: in the middle of the widest pause at its end, if the sound goes on."""
    longest = start + round(WINDOW_S * SAMPLE_RATE)
    if longest >= len(samples):
        return len(samples)
    first = longest - round(SEAM_S * SAMPLE_RATE)
    pauses = find_pauses(samples[first:longest], SAMPLE_RATE)
    begin, end = max(pauses, key=lambda pause: pause[1] - pause[0], default=(SEAM_S, SEAM_S))
    return first + round((begin + end) / 2 * SAMPLE_RATE)


def _first_words(model: WhisperModel, samples: Samples, text: Text) -> Times:
    """The times of as many of the first words as a window has; the last one is said."""
    window = _Window(model, samples)
    offered = round(MAX_WORDS_PER_S * window.duration_s) + SPARE_WORDS
    text = text.part(0, min(offered, text.fitting()))
    times = window.times(text.part(0, window.count(text)), _some)
    while times and not ((last := times[-1]) is not None and last.said):
        times.pop()
    return times


class _Window:
    """Sound of WINDOW_S at most, encoded once."""

    def __init__(self, model: WhisperModel, samples: Samples) -> None:
        self.duration_s = len(samples) / SAMPLE_RATE
        self._silent = audio.is_silent(samples)
        self._sound = None if self._silent else Sound(model, samples)
        self._pauses = find_pauses(samples, SAMPLE_RATE)
        quiet_end = self._pauses and self._pauses[-1][1] >= self.duration_s
        self._end_s = self._pauses[-1][0] if quiet_end else self.duration_s

    def times(self, text: Text, choose: Choice) -> Times:
        """The times of words, without a length for those that ``choose`` leaves out."""
        said = text.sayable.copy()
        if said.any():
            reading = self._read(text.only(said))
            said[said] = choose(reading.scores - EVEN_SCORE)
            said |= self._said_after_all(text, said)
        if not said.any():
            return [WordTime(0.0, 0.0, 0.0) if word else None for word in text.sayable]
        chosen = text.only(said)
        if len(chosen.words) < len(reading.scores):
            reading = self._read(chosen)
        edges = iter(word_edges(reading.turns, chosen.words, self._pauses, self.duration_s))
        confidences = iter(_confidences(reading.scores))
        times: Times = []
        last = 0.0
        for word, is_said in zip(text.sayable, said, strict=True):
            start, end = next(edges) if is_said else (last, last)
            times.append(WordTime(start, end, next(confidences) if is_said else 0.0) if word else None)
            last = end
        return times

    def _said_after_all(self, text: Text, said: BoolArray) -> BoolArray:
        """The last words of left-out runs that are likely without the others: a right word is not after wrong ones."""
        doubtful: BoolArray = text.sayable & ~said & np.append(said[1:], False)
        tried = said | doubtful
        if doubtful.any():
            doubtful[tried] &= self._read(text.only(tried)).scores > EVEN_SCORE
        return doubtful

    def count(self, text: Text) -> int:
        """How many of the first words are said: up to the best sum of scores, and as many more as the sound has room.

        Whisper turns to words that are beyond the sound when it is over. The last words that are said may be unlikely,
        as nothing follows them; then sound is left after those before.
        """
        places = np.flatnonzero(text.sayable)
        words = text.only(text.sayable)
        reading = self._read(words)
        within = int((reading.turns[:-1] < self._end_s - AT_END_S).sum())
        said = np.flatnonzero(_likeliest(reading.scores[:within] - EVEN_SCORE, free_end=True))
        if not len(said):
            return 0
        count = int(said[-1]) + 1
        until = self._read(words.part(0, count)).turns[-1] + EARLY_S
        lengths = word_lengths(words.words)
        pace_s = until / lengths[:count].sum()
        left_s = self._end_s - until
        while count < len(lengths) and reading.scores[count] > LEAST_SCORE and left_s > ROOM * lengths[count] * pace_s:
            left_s -= lengths[count] * pace_s
            count += 1
        return int(places[count - 1]) + 1

    def _read(self, text: Text) -> Reading:
        if self._sound is None:
            return Reading(np.zeros(len(text.words) + 1), np.full(len(text.words), MIN_LOG_PROB))
        return self._sound.read(text)


def _confidences(scores: FloatArray) -> list[float]:
    """The confidence of each word, 0 to 1, from its score and those of its neighbours."""
    padded = np.pad(scores, 1, mode="edge")
    smooth = (1 - NEIGHBOURS_SHARE) * scores + NEIGHBOURS_SHARE * (padded[:-2] + padded[2:]) / 2
    return [float(value) for value in 1 / (1 + np.exp((EVEN_SCORE - smooth) / STEEPNESS))]


def _all(gains: FloatArray) -> BoolArray:
    return np.ones(len(gains), np.bool_)


def _some(gains: FloatArray) -> BoolArray:
    """The words that are said: a run is left out if its words lose more than leaving them out and coming back costs."""
    return _likeliest(gains)


def _likeliest(gains: FloatArray, *, free_end: bool = False) -> BoolArray:
    """The likeliest choice of words that are said (Viterbi): they gain, each change between them and others costs."""
    costs = PARTING * (1 - np.eye(2))
    totals = np.array([0.0, -PARTING])  # of the best choices whose last word is said, and is not
    origins = np.zeros((len(gains), 2), np.int64)
    for number, gain in enumerate(np.clip(gains, -MAX_GAIN, MAX_GAIN)):
        sums = totals - costs
        origins[number] = sums.argmax(axis=1)
        totals = sums.max(axis=1) + np.array([gain, 0.0])
    state = int(np.argmax(totals + np.array([0.0, PARTING * free_end])))
    said = np.zeros(len(gains), np.bool_)
    for number in range(len(gains) - 1, -1, -1):
        said[number] = state == 0
        state = int(origins[number, state])
    return said
