"""The engine `espeak`: espeak-ng's formant voices, on any CPU, with the true time of every word. No cloning."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.engines import espeak_library
from handler.errors import BadRequest, ConfigError
from handler.settings import Settings
from handler.types import Budget, Chunk, ChunkAudio, Samples, SpeechOptions, Voice, WarmupSpeech, WordTime

DEFAULT_LANGUAGE = "en"
WORDS_PER_MINUTE = 175
"""espeak's own rate: speed 1."""

_CHUNK_CHARACTERS = 300
_LONGEST_TAIL = 0.2
"""Seconds of silence that a chunk may end with at speed 1; espeak itself leaves 0.3 after a full stop."""

_SILENT = 1e-4
"""Of full scale: samples up to this count as silence at the end of a chunk."""

_SHORTEST_TAIL = 0.01
_WELL_KNOWN = ("en", "en-gb", "de", "es", "fr", "it", "pt", "pt-br", "nl", "pl", "ru", "tr", "hi", "ar", "ja", "zh")


class EspeakEngine:
    """Speaks with espeak-ng; its word times are those of the synthesizer itself."""

    name = "espeak"
    sample_rate = espeak_library.SAMPLE_RATE
    model_license = "GPL-3.0-or-later"
    device = "cpu"
    supports_cloning = False
    warmup: WarmupSpeech | None = None
    options = frozenset({"speed"})

    def __init__(self, settings: Settings) -> None:
        del settings  # Every engine is built alike; this one has nothing to set.
        missing = espeak_library.available()
        if missing:
            raise ConfigError(f"The engine espeak cannot be used: {missing}")
        self.model = f"espeak-ng {espeak_library.version()}"

    def default_voice(self, language: str | None) -> Voice:
        """espeak's best voice for a language (BCP 47; None: English). Raises BadRequest for one it cannot speak."""
        language = language or DEFAULT_LANGUAGE
        identifier = _identifier(language)
        return Voice(name=f"espeak-{identifier.rpartition('/')[2]}", language=language)

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        """A few sentences, in characters: espeak has no limit of its own, but progress comes between chunks."""
        del voice, options
        return Budget(limit=_CHUNK_CHARACTERS, cost=len)

    def speak(
        self, chunks: Sequence[Chunk], voice: Voice, options: SpeechOptions, cancellation: Cancellation = NEVER
    ) -> Iterator[ChunkAudio]:
        """Yield the audio and word times of each chunk; raises BadRequest before any of them is made."""
        if voice.clip is not None:
            raise BadRequest.of("voice", "espeak cannot speak in a cloned voice: leave voice out, or set engine to f5")
        del cancellation  # A chunk is spoken in milliseconds.
        _identifier(voice.language)
        return (_speak(chunk, voice.language, options.speed) for chunk in chunks)


def stretch(samples: Samples, factor: float, sample_rate: int) -> tuple[Samples, Callable[[float], float]]:
    """Make speech ``factor`` times as long at the same pitch; also where a time, in seconds, has moved to.

    WSOLA (Verhelst and Roelands, ICASSP 1993): windows of 24 ms overlap by half; each is taken, within 6 ms of its
    scaled place, from where it continues the one before it best.
    """
    hop = round(0.012 * sample_rate)
    reach = hop // 2
    length = round(len(samples) * factor)
    frames = length // hop + 2
    source = np.pad(samples, (hop + reach, 3 * hop + 2 * reach))
    window = np.hanning(2 * hop + 1)[:-1].astype(np.float32)
    # Where all places fit equally well, as in silence, the one nearest to the scaled place wins.
    preference = (1 - 0.05 * np.abs(np.linspace(-1, 1, 2 * reach + 1))).astype(np.float32)
    out = np.zeros((frames + 1) * hop, dtype=np.float32)
    places = np.zeros(frames, dtype=np.int64)
    for frame in range(frames):
        start = min(round(frame * hop / factor), len(samples))
        if frame:
            following = source[places[frame - 1] + reach + hop :][: 2 * hop]
            start += _best_shift(source[start : start + 2 * (reach + hop)], following, preference) - reach
        places[frame] = start
        out[frame * hop :][: 2 * hop] += window * source[start + reach :][: 2 * hop]
    moved = np.minimum(np.arange(frames) * hop, length) / sample_rate
    origins = np.maximum.accumulate(places) / sample_rate
    return out[hop : hop + length], lambda time: float(np.interp(time, origins, moved))


def _best_shift(region: Samples, following: Samples, preference: Samples) -> int:
    """Where in ``region`` the samples are most like ``following`` (normalised cross-correlation)."""
    tiny = np.float32(1e-4)
    energy = np.convolve(region * region, np.ones(len(following), dtype=np.float32), "valid")
    likeness = np.correlate(region, following, "valid") / np.sqrt(np.maximum(energy, tiny))
    # By Cauchy and Schwarz the sum is not negative, so that a lower preference always makes it smaller.
    offset = np.sqrt(np.dot(following, following)) + tiny
    return int(np.argmax((likeness + offset) * preference))


def _identifier(language: str) -> str:
    identifier = espeak_library.voice_for(language)
    if identifier is not None:
        return identifier
    known = espeak_library.languages()
    # In reverse, so that the plain tag wins where several share the name before the bracket.
    by_name = {known[tag].partition(" (")[0].lower(): tag for tag in sorted(known, reverse=True)}
    by_name |= {tag: tag for tag in known}
    close = difflib.get_close_matches(language.lower(), list(by_name), n=1, cutoff=0.6)
    guess = f" Did you mean {by_name[close[0]]} ({known[by_name[close[0]]]})?" if close else ""
    some = ", ".join(_WELL_KNOWN)
    raise BadRequest.of(
        "language", f"espeak does not speak {language!r}.{guess} It knows {len(known)} languages, among them {some}."
    )


def _speak(chunk: Chunk, language: str, speed: float) -> ChunkAudio:
    marks = [mark for token in chunk.tokens for mark in [""] * (len(token.spoken) - 1) + [token.mark]]
    pace = WORDS_PER_MINUTE * speed
    rate = min(max(round(pace), espeak_library.SLOWEST), espeak_library.FASTEST)
    utterance = espeak_library.speak(chunk.words, marks, language, rate)
    # Outside of espeak's range the remainder is stretched; inside, rounding to whole words a minute is no matter.
    factor = rate / pace if rate != round(pace) else 1.0
    # A pause that the script asks for is the whole of the silence, not one more on top of a full stop's.
    tail = _SHORTEST_TAIL if chunk.pause_after else _LONGEST_TAIL / speed / factor
    samples = _trimmed(utterance.samples, round(tail * utterance.sample_rate))
    if factor == 1.0:
        return ChunkAudio(samples, utterance.words)
    stretched, moved = stretch(samples, factor, utterance.sample_rate)
    words = tuple(word and WordTime(moved(word.start), moved(word.end), word.confidence) for word in utterance.words)
    return ChunkAudio(stretched, words)


def _trimmed(samples: Samples, tail: int) -> Samples:
    """The samples with at most ``tail`` silent ones at the end."""
    sounding = np.flatnonzero(np.abs(samples) > _SILENT)
    return samples[: int(sounding[-1]) + 1 + tail] if len(sounding) else samples[:tail]
