"""The engine `espeak`: espeak-ng's formant voices, on any CPU, with the true time of every word. No cloning."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import pairwise

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.engines import espeak_library, espeak_phonemes
from handler.engines.espeak_phonemes import Piece
from handler.errors import BadRequest, ConfigError, nearest, quoted
from handler.settings import Settings
from handler.types import (
    Budget,
    Chunk,
    ChunkAudio,
    JobWarning,
    Samples,
    SpeechOptions,
    SpeechRequest,
    Voice,
    WarmupSpeech,
    WordTime,
)

DEFAULT_LANGUAGE = "en"
WORDS_PER_MINUTE = 175  # espeak's own rate: speed 1

_CHUNK_CHARS = 300
_TAIL_S = 0.2  # silence at the end of a chunk at speed 1; espeak leaves 0.3 s after a full stop, less at high speeds
_TAIL_BEFORE_PAUSE_S = 0.01
_SILENT = 1e-4  # of full scale: samples up to this count as silence at the end of a chunk

_WELL_KNOWN = ("en", "en-gb", "de", "es", "fr", "it", "pt", "pt-br", "nl", "pl", "ru", "tr", "hi", "ar", "ja", "zh")


class EspeakEngine:
    """Speaks with espeak-ng; its word times are those of the synthesizer itself."""

    name = "espeak"
    sample_rate = espeak_library.SAMPLE_RATE
    model_license = "GPL-3.0-or-later"
    device = "cpu"
    supports_cloning = False
    warmup: WarmupSpeech | None = None
    supports_speed = True
    supports_seeds = False
    supports_phonemes = True

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
        return Budget(limit=_CHUNK_CHARS, cost=len)

    def cross_fade_s(self, options: SpeechOptions) -> float:  # noqa: ARG002
        """None: its chunks end in silence."""
        return 0.0

    def natural_seconds(self, chunks: Sequence[Chunk], voice: Voice, options: SpeechOptions) -> None:
        """None: only its speech tells, and is made quickly."""

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        """Yield the audio and word times of each chunk. Raises BadRequest before it speaks any of them."""
        if voice.clip is not None:
            raise BadRequest.of("voice", "espeak cannot clone a voice; leave voice out, or send another engine")
        _identifier(voice.language)
        # A chunk takes milliseconds, but one that is a single word of 20,000 characters half a minute.
        return (
            cancellation.run(_speak, request.chunk, voice.language, options.speed * request.chunk.rate)
            for request in requests
        )


def _identifier(language: str) -> str:
    identifier = espeak_library.voice_for(language)
    if identifier is not None:
        return identifier
    known = espeak_library.languages()
    # In reverse, so that the plain tag wins where several share the name before the bracket.
    by_name = {known[tag].partition(" (")[0].lower(): tag for tag in sorted(known, reverse=True)}
    by_name |= {tag: tag for tag in known}
    near = nearest(language, by_name)
    guess = f" Did you mean {by_name[near]} ({known[by_name[near]]})?" if near else ""
    known_ones = f"It knows {len(known)} languages, among them {', '.join(_WELL_KNOWN)}."
    raise BadRequest.of("language", f"espeak does not speak {quoted(language)}.{guess} {known_ones}")


def _expanded(times: Sequence[WordTime | None], pieces: Sequence[Piece]) -> tuple[WordTime | None, ...]:
    """The times of all words: those that are said at once share the time evenly."""
    words: list[WordTime | None] = []
    for time, piece in zip(times, pieces, strict=True):
        if time is None or piece.count == 1:
            words += [time] * piece.count
            continue
        edges = np.linspace(time.start, time.end, piece.count + 1)
        words += [WordTime(float(start), float(end)) for start, end in pairwise(edges)]
    return tuple(words)


def _speak(chunk: Chunk, language: str, speed: float) -> ChunkAudio:
    warnings: list[JobWarning] = []
    pieces = [piece for token in chunk.tokens for piece in espeak_phonemes.pieces(token, language, "espeak", warnings)]
    wanted = round(WORDS_PER_MINUTE * speed)
    rate = min(max(wanted, espeak_library.MIN_WPM), espeak_library.MAX_WPM)
    words, marks, mnemonics = zip(*((piece.word, piece.mark, piece.mnemonics) for piece in pieces), strict=True)
    utterance = espeak_library.speak(words, marks, language, rate, mnemonics)
    times = _expanded(utterance.words, pieces)
    # A pause that the script asks for is the whole of the silence, not one more on top of a full stop's.
    tail = _TAIL_BEFORE_PAUSE_S if chunk.pause_after else _TAIL_S * WORDS_PER_MINUTE / rate
    samples = _with_tail(utterance.samples, round(tail * utterance.sample_rate))
    if rate != wanted:
        taken = f"speed {speed:g} is out of espeak's range, {rate / WORDS_PER_MINUTE:.2f} was taken"
        warnings.append(JobWarning("option_ignored", taken))
    return ChunkAudio(samples, times, tuple(warnings))


def _with_tail(samples: Samples, tail: int) -> Samples:
    """The samples with ``tail`` silent ones after the last sound."""
    sounding = np.flatnonzero(np.abs(samples) > _SILENT)
    return np.pad(samples[: int(sounding[-1]) + 1 if len(sounding) else 0], (0, tail))
