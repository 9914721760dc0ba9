"""Forced alignment of English by pocketsphinx, with the acoustic model and dictionary of its wheel."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from handler.aligners.pronunciation import Part, parts_of
from handler.cancellation import current
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
_FRAME_BYTES = 2 * round(SAMPLE_RATE * FRAME_S)
_MIN_PHONE_FRAMES = 3  # a phone is a chain of three states
_BEAM = 1e-250  # the library's own (1e-48) prunes the right path of real recordings

# Noise added to every recording, as a share of full scale (-60 dB). The model was trained in rooms, without the perfect
# silence of synthetic speech. Noise raises the confidence of espeak's words from 0.70 to 0.87, and the prefixes that
# end at the right word from 23 to 28 of 29; recordings of people have such noise anyway and score as before.
_NOISE = 1e-3

_SCORE_SCALE = 1 << 10  # pocketsphinx shifts acoustic scores right by ten bits (`SENSCR_SHIFT`) and reports them so
_PRUNED = 1e-30  # stands for the likelihood of zero that the library reports for a pruned path
_FILLER = re.compile(r"[<\[+(]")  # silences, noises, phones between words, and steps without a word
_VARIANT = re.compile(r"\(\d+\)$")
_OPEN = "open"
_REMEDY = "check that text and audio belong together"

# Sound that no word of the text covers (music, clapping, other people) goes to a loop of phones between two words:
# without it the neighbouring words are stretched over that sound. Sixteen phones cover music, ten do not. Entering the
# loop costs so much that right words never give way to it: at 1e-20 the "um" of real speech does.
_LOOP_PHONES = ("AA", "AH", "D", "EH", "ER", "EY", "F", "IY", "L", "M", "N", "NG", "OW", "S", "T", "UW")
_LOOP_WORDS = {f"+{phone}+": phone for phone in _LOOP_PHONES}
_ENTER_PROBABILITY, _PHONE_PROBABILITY = 1e-50, 1e-5
# Of leaving out one word. The beam is narrow, as the loop rescues the right path from pruning; it bounds how many words
# in a row may be left out.
_SKIP_PROBABILITY = 1e-50
_OPEN_SEARCH = {"beam": 1e-120, "wbeam": 1e-120, "pbeam": 1e-120, "lw": 1.0, "silprob": 0.1, "fillprob": 0.1}

_BREAK_S = 0.3  # other sound between two words from here on is no part of them; less is breath, or a slurred word
_MARGIN_FRAMES = 20

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


class _Decoders(NamedTuple):
    """Searches for all words and nothing else, for words among anything, and for any phones; loaded on first use."""

    aligner: Decoder
    open: Decoder
    loop: Decoder


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
        self._decoders: _Decoders | None = None

    def speaks(self, language: str) -> bool:
        """English in any of its regions (``en``, ``en-GB``); the model knows no other language."""
        return primary_language(language) == "en"

    def load(self) -> None:
        """Load model and dictionary now, not with the first question."""
        self._loaded()

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """One time for each word, None for one without a letter.

        Confidence is the logistic of the ratio per frame: a half where right and wrong words are equally frequent.
        Raises AlignmentError for another language, and for audio that cannot contain the words.
        """
        self._check_language(language)
        with current().acquire(self._lock):
            aligner = self._loaded().aligner
            parts = _learn(aligner, words, language)
            flat = [part for pieces in parts for part in pieces]
            if not flat:
                return [None] * len(words)
            sound = _prepared(samples, sample_rate)
            _check_length(aligner, flat, len(sound) / 2 / SAMPLE_RATE)
            segments = iter(_align(aligner, [part.key for part in flat], sound))
            found = [[next(segments) for _ in pieces] for pieces in parts]
            return self._times(parts, found, sound, len(samples) / sample_rate)

    def find(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of all words, where sound or text may each have something that the other lacks.

        A word that is not said takes no time: it has confidence 0 and ends where it starts. Raises as `align` does.
        """
        self._check_language(language)
        with current().acquire(self._lock):
            return self._open(samples, sample_rate, words, language, prefix=False)

    def prefix(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of the first words, as many as the audio contains, as `find` gives them: none in silence or noise.

        Every path through the words takes all frames and may end after any word, so the likeliest path shows where
        the audio ends in the text. The last word is said. Raises AlignmentError for another language and for
        samples that are no numbers.
        """
        self._check_language(language)
        if audio.is_silent(samples):
            return []
        with current().acquire(self._lock):
            return self._open(samples, sample_rate, words, language, prefix=True)

    def _check_language(self, language: str) -> None:
        if not self.speaks(language):
            raise AlignmentError(f"language: sphinx aligns English only, not {language}; use another timing_method")

    def _open(
        self, samples: Samples, sample_rate: int, words: Sequence[str], language: str, *, prefix: bool
    ) -> list[WordTime | None]:
        decoders = self._loaded()
        parts = _learn(decoders.open, words, language)
        if not any(parts):
            return [] if prefix else [None] * len(words)
        sound = _prepared(samples, sample_rate)
        found, others = _align_open(decoders.open, parts, sound, prefix=prefix)
        said = [at for at, segments in enumerate(found) if segments]
        if not said and not prefix:
            raise AlignmentError(_not_found())
        if not said:
            return []
        if prefix:
            parts = parts[: said[-1] + 1]
        _learn(decoders.aligner, words, language)
        placed: dict[int, WordTime] = {}
        for run, start, end in _runs(said, found, others, len(sound) // _FRAME_BYTES):
            placed |= self._aligned_run(run, parts, found, sound, start, end)
        times: list[WordTime | None] = []
        last = 0.0
        for at, pieces in enumerate(parts):
            time = placed.get(at) or (WordTime(last, last, 0.0) if pieces else None)
            times.append(time)
            last = time.end if time else last
        return times

    def _aligned_run(
        self,
        run: Sequence[int],
        parts: Sequence[Sequence[Part]],
        found: Sequence[Sequence[_Segment]],
        sound: bytes,
        start: int,
        end: int,
    ) -> dict[int, WordTime]:
        """The times of words that are said without a break between two frames.

        An open search places words well enough to know what is said where; their edges and confidence are those of a
        search for these words alone.
        """
        piece = sound[start * _FRAME_BYTES : end * _FRAME_BYTES]
        try:
            segments = iter(_align(self._loaded().aligner, [part.key for at in run for part in parts[at]], piece))
            aligned = [[next(segments) for _ in parts[at]] for at in run]
        except AlignmentError:
            aligned = [[one._replace(start=one.start - start, end=one.end - start) for one in found[at]] for at in run]
        times = self._times([parts[at] for at in run], aligned, piece, (end - start) * FRAME_S)
        begin = start * FRAME_S
        return {at: time.moved(begin) for at, time in zip(run, times, strict=True) if time}

    def _times(
        self, parts: Sequence[Sequence[Part]], found: Sequence[Sequence[_Segment]], sound: bytes, length: float
    ) -> list[WordTime | None]:
        """The times of words in ``length`` seconds of audio, from the segments of all their parts."""
        free = _cumulative_scores(
            self._loaded().loop, sound, max(segment.end for segments in found for segment in segments)
        )
        return [
            _word_time(segments, free, length) if pieces else None
            for pieces, segments in zip(parts, found, strict=True)
        ]

    def _loaded(self) -> _Decoders:
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
            open_ = Decoder(**common, **_OPEN_SEARCH)
            for word, phone in _LOOP_WORDS.items():
                open_.add_word(word, phone, update=False)
            self._decoders = _Decoders(aligner, open_, loop)
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
        raise AlignmentError(_not_found())
    return [segment for _, segment in found]


def _align_open(
    decoder: Decoder, parts: Sequence[Sequence[Part]], sound: bytes, *, prefix: bool
) -> tuple[list[list[_Segment]], list[_Segment]]:
    """The segments of each word's parts, and those of other sound.

    A word that is left out has none; with ``prefix`` all words may be left out from one on.
    """
    keys = [part.key for part in chain.from_iterable(parts)]
    between = sorted({0, *accumulate(map(len, parts))})
    steps: list[tuple[int, int, float] | tuple[int, int, float, str]] = [
        (state, state + 1, 1.0, key) for state, key in enumerate(keys)
    ]
    steps += [(state, after, _SKIP_PROBABILITY) for state, after in pairwise(between)]
    for loop, state in enumerate(between, start=len(keys) + 2):
        # Back by a step without a phone: phones that lead back would double the states, and so the time.
        steps += [(state, loop, _ENTER_PROBABILITY), (loop, state, 1.0)]
        steps += [(loop, loop, _PHONE_PROBABILITY, word) for word in _LOOP_WORDS]
    end = len(keys)
    if prefix:
        end += 1
        # Leaving costs nothing after every word, so the sound alone decides how many words there are.
        steps += [(state, end, 1.0) for state in between]
    decoder.add_fsg(_OPEN, decoder.create_fsg(_OPEN, 0, end, steps))
    decoder.activate_search(_OPEN)
    decoded = _decode(decoder, sound)
    others = [found for name, found in decoded if name in _LOOP_WORDS]
    return _assigned(parts, _named(decoded)), others


def _runs(
    said: Sequence[int], found: Sequence[Sequence[_Segment]], others: Sequence[_Segment], frames: int
) -> Iterator[tuple[list[int], int, int]]:
    """The words that are said in runs without much other sound between them, and the frames of each run."""
    starts = [*(found[at][0].start for at in said), frames]
    ends = [0, *(found[at][-1].end for at in said)]
    run: list[int] = []
    begin = 0
    for number, (end, start) in enumerate(zip(ends, starts, strict=True)):
        other = sum(one.end - one.start for one in others if end <= one.start and one.end <= start)
        apart = other * FRAME_S >= _BREAK_S
        if run and (apart or number == len(said)):
            yield run, begin, min(start, end + _MARGIN_FRAMES) if apart else start
            run = []
        if apart:
            begin = max(end, start - _MARGIN_FRAMES)
        run += said[number : number + 1]


def _assigned(parts: Sequence[Sequence[Part]], decoded: Sequence[tuple[str, _Segment]]) -> list[list[_Segment]]:
    """The decoded parts of each word, none for a word that is left out.

    ``rest[at]`` holds the positions from which the decoded parts are some of the words from ``at`` on: two words may
    begin alike.
    """
    keys = [tuple(part.key for part in pieces) for pieces in parts]
    names = [name for name, _ in decoded]
    rest = [{len(names)}]
    for key in reversed(keys):
        taken = {
            after - len(key) for after in rest[-1] if key and tuple(names[max(0, after - len(key)) : after]) == key
        }
        rest.append(rest[-1] | taken)
    rest.reverse()
    found: list[list[_Segment]] = []
    position = 0
    for at, key in enumerate(keys, start=1):
        after = position + len(key)
        said = tuple(names[position:after]) == key and after in rest[at]
        found.append([segment for _, segment in decoded[position:after]] if said else [])
        position = after if said else position
    return found


def _not_found() -> str:
    return f"audio: the words could not be found in it (noise, silence or too little speech); {_REMEDY}"


def _words(decoder: Decoder, sound: bytes) -> list[tuple[str, _Segment]]:
    """The decoded words, without fillers and the numbers of pronunciation variants."""
    return _named(_decode(decoder, sound))


def _named(decoded: Sequence[tuple[str, _Segment]]) -> list[tuple[str, _Segment]]:
    return [(_VARIANT.sub("", word), found) for word, found in decoded if not _FILLER.match(word)]


def _cumulative_scores(decoder: Decoder, sound: bytes, frames: int) -> FloatArray:
    """The phone loop's scores: entry *i* is the sum over the frames before *i*."""
    scores = np.zeros(frames)
    for _, (start, end, score) in _decode(decoder, sound):
        scores[start:end] = score / (end - start)
    return np.concatenate([[0.0], np.cumsum(scores)])


def _decode(decoder: Decoder, sound: bytes) -> list[tuple[str, _Segment]]:
    """Decode to words or phones in order; empty if the search finds no path."""
    # The search itself cannot be stopped.
    current().check()
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
