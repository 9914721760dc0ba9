"""Forced alignment of English by pocketsphinx, with the acoustic model and dictionary of its wheel."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from handler.aligners.pronunciation import Part, parts_of
from handler.errors import AlignmentError
from handler.media import audio
from handler.settings import Settings
from handler.text.languages.tags import primary_language
from handler.types import Samples, WordTime

if TYPE_CHECKING:
    import numpy.typing as npt
    from pocketsphinx import Decoder

    FloatArray = npt.NDArray[np.float64]

SAMPLE_RATE = 16_000
FRAME = 0.01
"""Seconds from one frame of the acoustic model to the next."""

_SHORTEST_PHONE = 3
"""Frames: a phone is a chain of three states, each of which takes one frame at least."""

_WIDE = 1e-250
"""Beam: with the library's own (1e-48) the right path of real recordings is cut off and nothing is found."""

_HISS = 1e-3
"""Of full scale (-60 dB): noise laid under every recording. The model has heard rooms, never the perfect quiet of
synthetic speech and of pauses put in between. With it espeak's words are at 0.87 for 0.70 of confidence, and a prefix
ends at the right word 28 times of 29 for 23; people's recordings have such noise anyway and score as before."""

_SCORE_SCALE = 1 << 10
"""Acoustic scores are kept shifted right by ten bits (`SENSCR_SHIFT`), and reported as if they were not."""

_LEAST = 1e-30
"""The library reports a path that was cut off as a likelihood of zero."""

_FILLER = re.compile(r"[<\[+(]")
"""What the decoder reports beside words: silences, noises, and the empty step to the end of a prefix."""

_VARIANT = re.compile(r"\(\d+\)$")

_PREFIX = "prefix"

_LOOP = {"beam": 1e-10, "pbeam": 1e-10, "lw": 1.0, "ds": 3, "topn": 2}
"""The loop of phones only sets a level: every third frame, half the Gaussians and narrow beams are enough for that
(every frame and all of them: the same AUC), and add half the aligner's own time instead of twice."""

_HALF_SURE = -2.0
_STEEPNESS = 1.2
"""Nats per frame: where the confidence is a half, and how fast it moves away from it.

Chosen between right and wrong texts of two persons' speech (as it is, in noise, by telephone, shifted in pitch) and of
a synthetic voice: mean confidence is 0.58 to 0.94 for the right ones, by kind of sound, and 0 to 0.48 for the wrong
ones. Which text scores above which hardly depends on either number.
"""


class _Segment(NamedTuple):
    """A part as it was heard: its first frame, the one after its last, and how well the sound fits, in nats."""

    start: int
    end: int
    score: float


class SphinxAligner:
    """Finds English words in audio on the CPU, some thirty times faster than they are spoken.

    A forced alignment always finds *some* place for every word, so its success says nothing. How well the sound at
    that place fits is told by a ratio of likelihoods: that of the word's own states, over that of whatever phones fit
    best when any may follow any (a loop of phones, decoded over the same frames). Both come from the same acoustic
    model and change alike with the speaker, the microphone and the noise, so the ratio compares between recordings.
    It is the goodness of pronunciation of Witt and Young (Speech Communication 30, 2000), per frame. Durations and
    energy were tried beside it and told right words from wrong no better, so they are left out.
    """

    name = "sphinx"

    def __init__(self, settings: Settings) -> None:
        del settings
        self._lock = threading.Lock()
        self._decoders: tuple[Decoder, Decoder] | None = None

    def speaks(self, language: str) -> bool:
        """English in any of its regions (``en``, ``en-GB``); the model knows no other language."""
        return primary_language(language) == "en"

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """One time for each word, None for one without a letter.

        Confidence is the logistic of the ratio per frame: a half where right and wrong words are equally frequent.
        Raises AlignmentError for another language, and for audio in which the words cannot be found at all.
        """
        self._check_language(language)
        with self._lock:
            aligner, _ = self._ready()
            parts = parts_of(words, aligner.lookup_word, language)
            flat = [part for pieces in parts for part in pieces]
            if not flat:
                return [None] * len(words)
            sound = _prepared(samples, sample_rate)
            _learn(aligner, flat)
            _check_length(aligner, flat, len(sound) / 2 / SAMPLE_RATE)
            segments = _force(aligner, [part.key for part in flat], sound)
            return self._times(parts, segments, sound, len(samples) / sample_rate)

    def prefix(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of as many of the words, from the first on, as the audio holds: none in silence or noise.

        Every path through the words takes all frames and may end after any of them, so the likeliest one says where
        the audio ends in the text. The last time is never None. Raises AlignmentError for another language and for
        samples that are no numbers.
        """
        self._check_language(language)
        if audio.is_silent(samples):
            return []
        with self._lock:
            aligner, _ = self._ready()
            parts = parts_of(words, aligner.lookup_word, language)
            flat = [part for pieces in parts for part in pieces]
            if not flat:
                return []
            _learn(aligner, flat)
            sound = _prepared(samples, sample_rate)
            segments = _reach(aligner, parts, sound)
            held = list(accumulate(map(len, parts))).index(len(segments)) + 1 if segments else 0
            return self._times(parts[:held], segments, sound, len(samples) / sample_rate)

    def _check_language(self, language: str) -> None:
        if not self.speaks(language):
            raise AlignmentError(f"language: sphinx aligns English only, not {language}; use another timing_method")

    def _times(
        self, parts: Sequence[Sequence[Part]], segments: Sequence[_Segment], sound: bytes, length: float
    ) -> list[WordTime | None]:
        """The times of words in ``length`` seconds of audio, from the segments of all their parts."""
        if not segments:
            return []
        _, loop = self._ready()
        free = _free(loop, sound, segments[-1].end)
        following = iter(segments)
        return [_word_time([next(following) for _ in pieces], free, length) if pieces else None for pieces in parts]

    def _ready(self) -> tuple[Decoder, Decoder]:
        """The forced aligner and the loop of phones, made on first use."""
        if self._decoders is None:
            from pocketsphinx import Decoder

            # Both count scores from the best state that their search has in play, which for a text of one or two
            # words are few. `compallsen` would have all states in play: right words are told from wrong ones a little
            # better where there is a single one (AUC 0.88 for 0.86), hardly in longer texts, at over twice the time.
            common = {"lm": None, "bestpath": False, "loglevel": "FATAL"}
            aligner = Decoder(**common, beam=_WIDE, wbeam=_WIDE, pbeam=_WIDE)
            loop = Decoder(**common, **_LOOP)
            loop.add_allphone_file("phones", None)
            loop.activate_search("phones")
            self._decoders = aligner, loop
        return self._decoders


def _learn(decoder: Decoder, parts: Sequence[Part]) -> None:
    for part in parts:
        if part.phones and decoder.lookup_word(part.key) is None:
            decoder.add_word(part.key, " ".join(part.phones), update=False)


def _prepared(samples: Samples, sample_rate: int) -> bytes:
    """Return the samples as the decoder takes them: 16 kHz, 16 bits, with a little noise."""
    resampled = audio.prepare_for_alignment(samples, sample_rate, SAMPLE_RATE)
    # The same noise every time: a recording has one alignment.
    resampled = resampled + np.float32(_HISS) * np.random.default_rng(0).standard_normal(len(resampled), np.float32)
    return (np.clip(resampled, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def _check_length(decoder: Decoder, parts: Sequence[Part], seconds: float) -> None:
    phones = sum(len(part.phones or (decoder.lookup_word(part.key) or "").split()) for part in parts)
    # Half: the dictionary has shorter variants of many words.
    if seconds < phones * _SHORTEST_PHONE * FRAME / 2:
        raise AlignmentError(
            f"audio: {seconds:.2f} seconds are too short for {len(parts)} words; check that text and audio belong "
            "together"
        )


def _force(decoder: Decoder, keys: Sequence[str], sound: bytes) -> list[_Segment]:
    """The place of every key, in order."""
    decoder.set_align_text(" ".join(keys))
    heard = [(_VARIANT.sub("", word), segment) for word, segment in _decode(decoder, sound) if not _FILLER.match(word)]
    if [word for word, _ in heard] != list(keys):
        raise AlignmentError(
            "audio: the words could not be found in it (noise, silence or too little speech); check that text and "
            "audio belong together"
        )
    return [segment for _, segment in heard]


def _reach(decoder: Decoder, parts: Sequence[Sequence[Part]], sound: bytes) -> list[_Segment]:
    """The places of the parts of as many words, from the first on, as the sound holds."""
    keys = [part.key for pieces in parts for part in pieces]
    end = len(keys) + 1
    steps: list[tuple[int, int, float] | tuple[int, int, float, str]] = [
        (place, place + 1, 1.0, key) for place, key in enumerate(keys)
    ]
    # Leaving is free after every word, so that the number of words is decided by the sound alone.
    steps += [(place, end, 1.0) for place in sorted({0, *accumulate(map(len, parts))})]
    decoder.add_fsg(_PREFIX, decoder.create_fsg(_PREFIX, 0, end, steps))
    decoder.activate_search(_PREFIX)
    heard = [(_VARIANT.sub("", word), segment) for word, segment in _decode(decoder, sound) if not _FILLER.match(word)]
    return [segment for _, segment in heard]


def _free(decoder: Decoder, sound: bytes, frames: int) -> FloatArray:
    """Cumulative score of the loop of phones: entry *i* is the sum over the frames before *i*."""
    scores = np.zeros(frames)
    for _, (start, end, score) in _decode(decoder, sound):
        scores[start:end] = score / (end - start)
    return np.concatenate([[0.0], np.cumsum(scores)])


def _decode(decoder: Decoder, sound: bytes) -> list[tuple[str, _Segment]]:
    """What the decoder's search hears: words or phones, one after the other; none when its search found no way."""
    # Its estimate of the noise would otherwise stay from the recording before, and colour the scores of this one.
    decoder.reinit_feat()
    decoder.start_utt()
    try:
        decoder.process_raw(sound, full_utt=True)
    finally:
        decoder.end_utt()
    return [
        (item.word, _Segment(item.start_frame, item.end_frame + 1, math.log(max(item.ascore, _LEAST)) * _SCORE_SCALE))
        for item in decoder.seg() or ()
    ]


def _word_time(segments: Sequence[_Segment], free: FloatArray, length: float) -> WordTime:
    frames = sum(segment.end - segment.start for segment in segments)
    ratio = sum(segment.score - (free[segment.end] - free[segment.start]) for segment in segments) / frames
    return WordTime(
        start=min(segments[0].start * FRAME, length),
        end=min(segments[-1].end * FRAME, length),
        confidence=float(1 / (1 + math.exp((_HALF_SURE - ratio) / _STEEPNESS))),
    )
