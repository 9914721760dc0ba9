"""Forced alignment of English by pocketsphinx, with the acoustic model and dictionary of its wheel."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from handler.aligners.pronunciation import Part
from handler.aligners.reduced_forms import reduced
from handler.aligners.sphinx_confidence import confidences, load_phone_loop
from handler.aligners.sphinx_decoding import (
    FRAME_BYTES,
    FRAME_S,
    SAMPLE_RATE,
    Segment,
    decode,
    learn,
    load,
    named,
    prepared,
    pronounced,
    teach,
)
from handler.aligners.sphinx_edges import edges
from handler.aligners.sphinx_model import AcousticModel, read
from handler.aligners.sphinx_open import load_open, open_search, runs, spot_search
from handler.cancellation import current
from handler.errors import AlignmentError
from handler.media import audio
from handler.settings import Settings
from handler.text.languages.tags import primary_language
from handler.types import Samples, WordTime

if TYPE_CHECKING:
    from handler.aligners.sphinx_decoding import Decoder

_BEAM = 1e-250  # the library's own (1e-48) prunes the right path of real recordings
_MIN_PHONE_FRAMES = 3  # a phone is a chain of three states
_REMEDY = "check that text and audio belong together"
_NOT_FOUND = f"audio: the words could not be found in it (noise, silence or too little speech); {_REMEDY}"


class _Decoders(NamedTuple):
    """Searches for all words and nothing else, for words among anything, for any phones; and the model of all."""

    aligner: Decoder
    open: Decoder
    loop: Decoder
    model: AcousticModel


class SphinxAligner:
    """Aligns English words on the CPU, some thirty times faster than they are spoken.

    A forced alignment finds *some* time for every word, so its success proves nothing. The confidence therefore
    compares two likelihoods of the same frames: of the word's own states, and of the best sequence of any phones (a
    phone loop). Speaker, microphone and noise change both alike, so the ratio compares between recordings. It is the
    goodness of pronunciation of Witt and Young (Speech Communication 30, 2000), per frame. With the words around it,
    durations and energy (`Evidence`) it gives how often such words are right.
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

        Of words with a confidence of a half, half begin within 80 ms of where they are said, where right texts and
        wrong ones are equally frequent (docs/timing.md).
        Raises AlignmentError for another language, and for audio that cannot contain the words.
        """
        self._check_language(language)
        with current().acquire(self._lock):
            aligner = self._loaded().aligner
            parts = learn(aligner, words, language)
            flat = [part for pieces in parts for part in pieces]
            if not flat:
                return [None] * len(words)
            sound = prepared(samples, sample_rate)
            _check_length(aligner, flat, len(sound) / 2 / SAMPLE_RATE)
            return self._times(parts, _align(aligner, parts, sound), sound, len(samples) / sample_rate)

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

    def spot(
        self, samples: Samples, sample_rate: int, words: Sequence[str], starts: Sequence[int], language: str
    ) -> list[WordTime | None]:
        """As `SpottingAligner`. Raises AlignmentError for another language and for samples that are no numbers."""
        self._check_language(language)
        if audio.is_silent(samples):
            return []
        with current().acquire(self._lock):
            decoders = self._loaded()
            parts = learn(decoders.open, words, language)
            if not any(parts):
                return []
            sound = prepared(samples, sample_rate)
            first, found, others = spot_search(decoders.open, parts, starts, sound)
            said = [at for at, segments in enumerate(found) if segments]
            if not said:
                return []
            parts = parts[first : first + said[-1] + 1]
            placed = self._placed(said, parts, found, others, sound)
            return [None] * first + [placed.get(at) for at in range(len(parts))]

    def _check_language(self, language: str) -> None:
        if not self.speaks(language):
            raise AlignmentError(f"language: sphinx aligns English only, not {language}; use another timing_method")

    def _open(
        self, samples: Samples, sample_rate: int, words: Sequence[str], language: str, *, prefix: bool
    ) -> list[WordTime | None]:
        decoders = self._loaded()
        parts = learn(decoders.open, words, language)
        if not any(parts):
            return [] if prefix else [None] * len(words)
        sound = prepared(samples, sample_rate)
        found, others = open_search(decoders.open, parts, sound, prefix=prefix)
        said = [at for at, segments in enumerate(found) if segments]
        if not said and not prefix:
            raise AlignmentError(_NOT_FOUND)
        if not said:
            return []
        if prefix:
            parts = parts[: said[-1] + 1]
        placed = self._placed(said, parts, found, others, sound)
        times: list[WordTime | None] = []
        last = 0.0
        for at, pieces in enumerate(parts):
            time = placed.get(at) or (WordTime(last, last, 0.0) if pieces else None)
            times.append(time)
            last = time.end if time else last
        return times

    def _placed(
        self,
        said: Sequence[int],
        parts: Sequence[Sequence[Part]],
        found: Sequence[Sequence[Segment]],
        others: Sequence[Segment],
        sound: bytes,
    ) -> dict[int, WordTime]:
        """The times of the words that are said among other sound."""
        decoders = self._loaded()
        teach(decoders.aligner, parts, decoders.open)
        placed: dict[int, WordTime] = {}
        for run, start, end in runs(said, found, others, len(sound) // FRAME_BYTES):
            placed |= self._aligned_run(run, parts, found, sound, start, end)
        return placed

    def _aligned_run(
        self,
        run: Sequence[int],
        parts: Sequence[Sequence[Part]],
        found: Sequence[Sequence[Segment]],
        sound: bytes,
        start: int,
        end: int,
    ) -> dict[int, WordTime]:
        """The times of words that are said without a break between two frames.

        An open search places words well enough to know what is said where; their edges and confidence are those of a
        search for these words alone.
        """
        piece = sound[start * FRAME_BYTES : end * FRAME_BYTES]
        said = [parts[at] for at in run]
        try:
            aligned = _align(self._loaded().aligner, said, piece)
        except AlignmentError:
            aligned = [[one._replace(start=one.start - start, end=one.end - start) for one in found[at]] for at in run]
        times = self._times(said, aligned, piece, (end - start) * FRAME_S)
        begin = start * FRAME_S
        return {at: time.moved(begin) for at, time in zip(run, times, strict=True) if time}

    def _times(
        self, parts: Sequence[Sequence[Part]], found: Sequence[Sequence[Segment]], sound: bytes, length: float
    ) -> list[WordTime | None]:
        """The times of words in ``length`` seconds of audio, from the segments of all their parts."""
        decoders = self._loaded()
        phones = [[phone for part in pieces for phone in _phones(decoders.aligner, part)] for pieces in parts]
        sure = confidences(decoders.loop, sound, phones, found)
        placed = self._edges(parts, found, sound)
        return [
            _word_time(frames, confidence, length) if frames else None
            for frames, confidence in zip(placed, sure, strict=True)
        ]

    def _edges(
        self, parts: Sequence[Sequence[Part]], found: Sequence[Sequence[Segment]], sound: bytes
    ) -> list[list[tuple[int, int]]]:
        """The first frame of every part and the one after its last, as a second pass finds them."""
        decoders = self._loaded()
        words = [_pronunciations(decoders, part) for part in chain.from_iterable(parts)]
        near = list(chain.from_iterable(found))
        frames = iter(edges(decoders.model, words, near, sound) or [(one.start, one.end) for one in near])
        return [list(islice(frames, len(pieces))) for pieces in parts]

    def _loaded(self) -> _Decoders:
        if self._decoders is None:
            aligner = load(beam=_BEAM, wbeam=_BEAM, pbeam=_BEAM)
            self._decoders = _Decoders(aligner, load_open(), load_phone_loop(), read())
        return self._decoders


def _phones(decoder: Decoder, part: Part) -> Sequence[str]:
    return part.phones or (decoder.lookup_word(part.key) or "").split()


def _word_time(frames: Sequence[tuple[int, int]], confidence: float, length: float) -> WordTime:
    start, end = (min(frame * FRAME_S, length) for frame in (frames[0][0], frames[-1][1]))
    return WordTime(start, end, confidence)


def _check_length(decoder: Decoder, parts: Sequence[Part], seconds: float) -> None:
    phones = sum(len(_phones(decoder, part)) for part in parts)
    # Half, because the dictionary has shorter variants of many words.
    if seconds < phones * _MIN_PHONE_FRAMES * FRAME_S / 2:
        raise AlignmentError(f"audio: {seconds:.2f} seconds are too short for {len(parts)} words; {_REMEDY}")


def _align(decoder: Decoder, parts: Sequence[Sequence[Part]], sound: bytes) -> list[list[Segment]]:
    """The segments of every word's parts, in order. Raises AlignmentError where the search finds no path."""
    keys = [part.key for part in chain.from_iterable(parts)]
    decoder.set_align_text(" ".join(keys))
    found = named(decode(decoder, sound))
    if [word for word, _ in found] != keys:
        raise AlignmentError(_NOT_FOUND)
    segments = (segment for _, segment in found)
    return [list(islice(segments, len(pieces))) for pieces in parts]


def _pronunciations(decoders: _Decoders, part: Part) -> list[tuple[int, ...]]:
    """How a part may be said, in phones of the model: as in the dictionary first, then reduced."""
    full = pronounced(decoders.aligner, part)
    forms = dict.fromkeys((*full, *reduced(part.key, full[0])))
    return [tuple(decoders.model.phones[phone] for phone in form) for form in forms]
