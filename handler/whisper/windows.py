"""Cut a recording of any length into windows that Whisper can write down: speech alone, cut at pauses.

Whisper hears half a minute at a time, however little of it is speech, and invents words for silence and music. So a
voice detector finds the speech first, pauses are shortened, and windows are as full as pauses allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from handler.media import audio
from handler.media.recording import Recording
from handler.types import Samples, WordTime

SAMPLE_RATE = 16_000
BLOCK_S = 120.0  # of the recording that is in memory at once
MAX_WINDOW_S = 28.0
MAX_SPEECH_S = 26.0  # without a pause; more is cut where the voice is weakest
MAX_KEPT_PAUSE_S = 1.0  # a longer pause is left out, but for PADDING_S at its ends
SLACK_S = 0.1  # by which a word may begin before the detector hears speech, and end after that
PADDING_S = 0.3  # around speech: soft beginnings and ends are below the detector's threshold


@dataclass(frozen=True)
class Piece:
    """Speech from ``spoken_from`` to ``end`` seconds of the recording, and what is around it from ``start`` on."""

    start: float
    spoken_from: float
    end: float
    samples: Samples

    @property
    def length_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True)
class Window:
    """Pieces of speech one after another, MAX_WINDOW_S or a little more of them."""

    pieces: tuple[Piece, ...]

    @property
    def samples(self) -> Samples:
        joined: Samples = np.concatenate([piece.samples for piece in self.pieces])
        return joined

    @property
    def end(self) -> float:
        """Seconds of the recording."""
        return self.pieces[-1].end

    @property
    def length_s(self) -> float:
        return sum(piece.length_s for piece in self.pieces)

    def in_recording(self, time: WordTime) -> WordTime:
        """The time of a word of the window, in seconds of the recording: all of it in the piece that has its middle.

        Whisper begins the first word and ends the last one somewhere in the pause beside it.
        """
        middle, begins = (time.start + time.end) / 2, 0.0
        for piece in self.pieces[:-1]:
            if middle < begins + piece.length_s:
                break
            begins += piece.length_s
        else:
            piece = self.pieces[-1]
        start, end = (piece.start + min(max(second - begins, 0.0), piece.length_s) for second in (time.start, time.end))
        if start < piece.spoken_from - SLACK_S < end:
            start = piece.spoken_from - SLACK_S
        if start < piece.end + SLACK_S < end:
            end = piece.end + SLACK_S
        return WordTime(start, end, time.confidence)


def windows(recording: Recording, find_speech: Callable[[Samples], Sequence[tuple[int, int]]]) -> Iterator[Window]:
    """The windows of a recording, none for one in which nobody speaks; constant memory.

    ``find_speech`` returns the stretches of speech in samples at SAMPLE_RATE, none longer than MAX_SPEECH_S.
    """
    pieces: list[Piece] = []
    for piece in _pieces(recording, find_speech):
        while pieces and sum(one.length_s for one in pieces) + piece.length_s > MAX_WINDOW_S:
            cut = _longest_pause([*pieces, piece])
            yield Window(tuple(pieces[:cut]))
            pieces = pieces[cut:]
        pieces.append(piece)
    if pieces:
        yield Window(tuple(pieces))


def _pieces(recording: Recording, find_speech: Callable[[Samples], Sequence[tuple[int, int]]]) -> Iterator[Piece]:
    rate = recording.sample_rate
    at = 0.0
    while round(at * rate) < recording.length:
        end = min(at + BLOCK_S, recording.duration)
        samples = audio.resample(recording.read(round(at * rate), round(end * rate)), rate, SAMPLE_RATE)
        found = list(find_speech(samples))
        last = end >= recording.duration
        # What the end of the block cuts is read again as the beginning of the next one.
        if not last and len(found) > 1 and found[-1][1] >= len(samples) - PADDING_S * SAMPLE_RATE:
            resume = (found[-2][1] + found[-1][0]) / 2 / SAMPLE_RATE
            found.pop()
        else:
            resume = max(end - at - PADDING_S, found[-1][1] / SAMPLE_RATE if found else 0.0)
        yield from _padded(samples, at, found)
        at = recording.duration if last else at + resume


def _padded(samples: Samples, at: float, found: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """The pieces of a block that starts at a second of the recording, with what surrounds them."""
    padding, kept = round(PADDING_S * SAMPLE_RATE), round(MAX_KEPT_PAUSE_S * SAMPLE_RATE)
    starts = [max(0, start - padding) for start, _ in found]
    ends = [min(len(samples), end + padding) for _, end in found]
    for number, ((_, before), (after, _)) in enumerate(pairwise(found)):
        if after - before <= kept:
            # The pause is whole, half of it in each piece.
            ends[number] = starts[number + 1] = (before + after) // 2
    for start, end, (first, last) in zip(starts, ends, found, strict=True):
        yield Piece(at + start / SAMPLE_RATE, at + first / SAMPLE_RATE, at + last / SAMPLE_RATE, samples[start:end])


def _longest_pause(pieces: Sequence[Piece]) -> int:
    """The number of the piece before which the longest pause is, in the second half of a window."""
    length, best, longest = 0.0, len(pieces) - 1, -1.0
    for number, (before, after) in enumerate(pairwise(pieces), 1):
        length += before.length_s
        pause = after.spoken_from - before.end
        if length >= MAX_WINDOW_S / 2 and pause > longest:
            best, longest = number, pause
    return best
