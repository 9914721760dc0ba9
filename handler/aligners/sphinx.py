"""Forced alignment of English by pocketsphinx, with the acoustic model and dictionary of its wheel."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Sequence
from itertools import accumulate, chain
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
FRAME_S = 0.01
_MIN_PHONE_FRAMES = 3  # a phone is a chain of three states
_BEAM = 1e-250  # the library's own (1e-48) prunes the right path of real recordings

# Noise added to every recording, as a share of full scale (-60 dB). The model was trained in rooms, without the perfect
# silence of synthetic speech. Noise raises the confidence of espeak's words from 0.70 to 0.87, and the prefixes that
# end at the right word from 23 to 28 of 29; recordings of people have such noise anyway and score as before.
_NOISE = 1e-3

_SCORE_SCALE = 1 << 10  # pocketsphinx shifts acoustic scores right by ten bits (`SENSCR_SHIFT`) and reports them so
_PRUNED = 1e-30  # stands for the likelihood of zero that the library reports for a pruned path
_FILLER = re.compile(r"[<\[+(]")  # silences, noises, and the empty step to the end of a prefix
_VARIANT = re.compile(r"\(\d+\)$")
_PREFIX = "prefix"
_REMEDY = "check that text and audio belong together"

# Every third frame, half the Gaussians and narrow beams: with the full search the AUC is the same, but the loop takes
# twice the aligner's own time instead of half of it.
_PHONE_LOOP = {"beam": 1e-10, "pbeam": 1e-10, "lw": 1.0, "ds": 3, "topn": 2}
# Nats per frame: where the confidence is a half, and how fast it changes there. Chosen on right and wrong texts of two
# persons' speech (clean, noisy, by telephone, shifted in pitch) and of a synthetic voice: mean confidence is 0.58 to
# 0.94 for right texts, by kind of sound, and 0 to 0.48 for wrong ones. The order of the texts hardly depends on either.
_EVEN_RATIO, _STEEPNESS = -2.0, 1.2


class _Segment(NamedTuple):
    """A decoded word or phone: its first frame, the one after its last, and its acoustic score in nats."""

    start: int
    end: int
    score: float


class SphinxAligner:
    """Aligns English words on the CPU, some thirty times faster than they are spoken.

    A forced alignment finds *some* time for every word, so its success proves nothing. The confidence therefore
    compares two likelihoods of the same frames: of the word's own states, and of the best sequence of any phones (a
    phone loop). Speaker, microphone and noise change both alike, so the ratio compares between recordings. It is the
    goodness of pronunciation of Witt and Young (Speech Communication 30, 2000), per frame. Durations and energy did
    not improve it.
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
        Raises AlignmentError for another language, and for audio that cannot contain the words.
        """
        self._check_language(language)
        with self._lock:
            aligner, _ = self._loaded()
            parts = _learn(aligner, words, language)
            flat = [part for pieces in parts for part in pieces]
            if not flat:
                return [None] * len(words)
            sound = _prepared(samples, sample_rate)
            _check_length(aligner, flat, len(sound) / 2 / SAMPLE_RATE)
            segments = _align(aligner, [part.key for part in flat], sound)
            return self._times(parts, segments, sound, len(samples) / sample_rate)

    def prefix(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of the first words, as many as the audio contains: none in silence or noise.

        Every path through the words takes all frames and may end after any word, so the likeliest path shows where
        the audio ends in the text. The last time is never None. Raises AlignmentError for another language and for
        samples that are no numbers.
        """
        self._check_language(language)
        if audio.is_silent(samples):
            return []
        with self._lock:
            aligner, _ = self._loaded()
            parts = _learn(aligner, words, language)
            if not any(parts):
                return []
            sound = _prepared(samples, sample_rate)
            segments = _align_prefix(aligner, parts, sound)
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
        _, loop = self._loaded()
        free = _cumulative_scores(loop, sound, segments[-1].end)
        following = iter(segments)
        return [_word_time([next(following) for _ in pieces], free, length) if pieces else None for pieces in parts]

    def _loaded(self) -> tuple[Decoder, Decoder]:
        """The forced aligner and the phone loop, loaded on first use."""
        if self._decoders is None:
            from pocketsphinx import Decoder

            # Scores are relative to the best active state, and a text of one or two words has few. `compallsen`
            # activates all: better for a single word (AUC 0.88 instead of 0.86), hardly in longer texts, at twice the
            # time.
            common = {"lm": None, "bestpath": False, "loglevel": "FATAL"}
            aligner = Decoder(**common, beam=_BEAM, wbeam=_BEAM, pbeam=_BEAM)
            loop = Decoder(**common, **_PHONE_LOOP)
            loop.add_allphone_file("phones", None)
            loop.activate_search("phones")
            self._decoders = aligner, loop
        return self._decoders


def _learn(decoder: Decoder, words: Sequence[str], language: str) -> list[list[Part]]:
    """Split words into parts, and add those to the dictionary that it lacks."""
    parts = parts_of(words, decoder.lookup_word, language)
    for part in chain.from_iterable(parts):
        if part.phones and decoder.lookup_word(part.key) is None:
            decoder.add_word(part.key, " ".join(part.phones), update=False)
    return parts


def _prepared(samples: Samples, sample_rate: int) -> bytes:
    """Return the samples as the decoder takes them: 16 kHz, 16 bits, with a little noise."""
    resampled = audio.prepare_for_alignment(samples, sample_rate, SAMPLE_RATE)
    # The same noise every time: a recording has one alignment.
    resampled = resampled + np.float32(_NOISE) * np.random.default_rng(0).standard_normal(len(resampled), np.float32)
    return (np.clip(resampled, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def _check_length(decoder: Decoder, parts: Sequence[Part], seconds: float) -> None:
    phones = sum(len(part.phones or (decoder.lookup_word(part.key) or "").split()) for part in parts)
    # Half, because the dictionary has shorter variants of many words.
    if seconds < phones * _MIN_PHONE_FRAMES * FRAME_S / 2:
        raise AlignmentError(f"audio: {seconds:.2f} seconds are too short for {len(parts)} words; {_REMEDY}")


def _align(decoder: Decoder, keys: Sequence[str], sound: bytes) -> list[_Segment]:
    """The segment of every key, in order."""
    decoder.set_align_text(" ".join(keys))
    found = _words(decoder, sound)
    if [word for word, _ in found] != list(keys):
        reason = "the words could not be found in it (noise, silence or too little speech)"
        raise AlignmentError(f"audio: {reason}; {_REMEDY}")
    return [segment for _, segment in found]


def _align_prefix(decoder: Decoder, parts: Sequence[Sequence[Part]], sound: bytes) -> list[_Segment]:
    """The segments of the first words' parts, as many words as the sound contains."""
    keys = [part.key for part in chain.from_iterable(parts)]
    end = len(keys) + 1
    steps: list[tuple[int, int, float] | tuple[int, int, float, str]] = [
        (state, state + 1, 1.0, key) for state, key in enumerate(keys)
    ]
    # Leaving costs nothing after every word, so the sound alone decides how many words there are.
    steps += [(state, end, 1.0) for state in sorted({0, *accumulate(map(len, parts))})]
    decoder.add_fsg(_PREFIX, decoder.create_fsg(_PREFIX, 0, end, steps))
    decoder.activate_search(_PREFIX)
    return [segment for _, segment in _words(decoder, sound)]


def _words(decoder: Decoder, sound: bytes) -> list[tuple[str, _Segment]]:
    """The decoded words, without fillers and the numbers of pronunciation variants."""
    return [(_VARIANT.sub("", word), found) for word, found in _decode(decoder, sound) if not _FILLER.match(word)]


def _cumulative_scores(decoder: Decoder, sound: bytes, frames: int) -> FloatArray:
    """The phone loop's scores: entry *i* is the sum over the frames before *i*."""
    scores = np.zeros(frames)
    for _, (start, end, score) in _decode(decoder, sound):
        scores[start:end] = score / (end - start)
    return np.concatenate([[0.0], np.cumsum(scores)])


def _decode(decoder: Decoder, sound: bytes) -> list[tuple[str, _Segment]]:
    """Decode to words or phones in order; empty if the search finds no path."""
    # Otherwise the last recording's noise estimate would change these scores.
    decoder.reinit_feat()
    decoder.start_utt()
    try:
        decoder.process_raw(sound, full_utt=True)
    finally:
        decoder.end_utt()
    return [
        (item.word, _Segment(item.start_frame, item.end_frame + 1, math.log(max(item.ascore, _PRUNED)) * _SCORE_SCALE))
        for item in decoder.seg() or ()
    ]


def _word_time(segments: Sequence[_Segment], free: FloatArray, length: float) -> WordTime:
    """``free`` are the phone loop's cumulative scores, ``length`` the seconds of audio."""
    frames = sum(segment.end - segment.start for segment in segments)
    ratio = sum(segment.score - (free[segment.end] - free[segment.start]) for segment in segments) / frames
    start, end = (min(frame * FRAME_S, length) for frame in (segments[0].start, segments[-1].end))
    return WordTime(start, end, float(1 / (1 + math.exp((_EVEN_RATIO - ratio) / _STEEPNESS))))
