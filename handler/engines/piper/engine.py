"""The engine `piper`: natural voices on any CPU, with the exact time of every word. No cloning."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from handler import models
from handler.cancellation import NEVER, Cancellation
from handler.engines import espeak_library, espeak_phonemes
from handler.engines.piper import files
from handler.engines.piper.model import TEXT, PiperModel, Scales
from handler.engines.piper.options import PiperOptions
from handler.engines.piper.symbols import Group, encode, word_times
from handler.errors import BadRequest, quoted
from handler.media.audio import resample
from handler.settings import Settings
from handler.text.languages.tags import normalized_tag, primary_language
from handler.types import (
    Budget,
    Chunk,
    ChunkAudio,
    JobWarning,
    SpeechOptions,
    SpeechRequest,
    Token,
    Voice,
    WarmupSpeech,
    WordTime,
)

DEFAULT_LANGUAGE = "en"

_CHUNK_CHARS = 300
_MAX_LOADED = 3  # voices, of 60 to 120 MB each
_SENTENCE_ENDS = frozenset(".!?…")


class PiperEngine:
    """Speaks with Piper's voices; the word times are those of the model's own durations."""

    name = "piper"
    sample_rate = 22_050
    device = "cpu"
    supports_cloning = False
    warmup: WarmupSpeech | None = None
    supports_speed = True
    supports_seeds = True
    supports_phonemes = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._loaded: dict[str, PiperModel] = {}  # the one used last is the last
        self.model = f"piper {files.WHEEL_VOICE}"
        self.model_license = self._voice(files.WHEEL_VOICE, NEVER).license

    def default_voice(self, language: str | None) -> Voice:
        """The first of all voices for a language (BCP 47; None: English), of its region if there is one.

        Raises BadRequest for a language without a voice that is on this disk or can be fetched.
        """
        language = language or DEFAULT_LANGUAGE
        usable = files.usable_voices(self._settings).values()
        voices = [(voice, voice.language) for voice in usable if voice.language]
        of_region = [voice for voice, tag in voices if normalized_tag(tag) == normalized_tag(language)]
        of_language = [voice for voice, tag in voices if primary_language(tag) == primary_language(language)]
        if not of_language:
            languages = ", ".join(sorted({primary_language(tag) for _, tag in voices}))
            problem = f"piper has no voice for {quoted(language)}, only for {languages}"
            raise BadRequest.of("language", f"{problem}; take one of these, or engine espeak{self._absent(language)}")
        voice = (of_region or of_language)[0]
        return Voice(f"{self.name}:{voice.name}", language, builtin=voice.name, license=voice.license)

    def _absent(self, language: str) -> str:
        """Which voice of a language could be fetched if this worker could fetch, and why it cannot; empty for none."""
        for voice in files.known_voices(self._settings).values():
            if voice.language and primary_language(voice.language) == primary_language(language):
                reason = models.fetch_problem(self._settings, self._settings.hub_cache)
                return f"; {voice.name} is not on this disk, and {reason}"
        return ""

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        """A sentence, in characters: each is spoken by itself."""
        del voice, options
        return Budget(limit=_CHUNK_CHARS, cost=len, by_sentence=True)

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
        """Yield the audio and word times of each chunk.

        Raises BadRequest for what the voice cannot do before it speaks any of them, ConfigError for a voice that
        cannot be fetched, EngineError.
        """
        if voice.clip is not None:
            raise BadRequest.of("voice", "piper cannot clone a voice; leave voice out, or send another engine")
        own = PiperOptions.of(options)
        name = voice.builtin or self.default_voice(voice.language).builtin
        known = files.known_voices(self._settings).get(name)
        if known and known.language and primary_language(known.language) != primary_language(voice.language):
            way_out = f"leave voice out, or send language {quoted(known.language)}"
            raise BadRequest.of("voice", f"{name} does not speak {quoted(voice.language)}; {way_out}")
        model = self._voice(name, cancellation)
        speaker = _speaker(model, own.speaker)
        return self._speak(requests, _Reader(model, own, speaker, options.speed), cancellation)

    def _speak(
        self, requests: Sequence[SpeechRequest], reader: _Reader, cancellation: Cancellation
    ) -> Generator[ChunkAudio]:
        for request in requests:
            yield reader.read(request.chunk, request.seed, self.sample_rate, cancellation)

    def _voice(self, name: str, cancellation: Cancellation) -> PiperModel:
        # Found before the lock is taken: a fetch may take minutes, and others go on meanwhile.
        found = None if name in self._loaded else files.find(self._settings, name, cancellation)
        with cancellation.acquire(self._lock):
            model = self._loaded.get(name)
            if model is None:
                model = PiperModel(found or files.find(self._settings, name, cancellation))
            others = [item for item in self._loaded.items() if item[0] != name]
            self._loaded = dict([*others, (name, model)][-_MAX_LOADED:])
            return model


def _speaker(model: PiperModel, wanted: str | None) -> int:
    """The number of a speaker by its name or number. Raises BadRequest for one that the voice does not have."""
    if wanted is None:
        return 0
    if model.speaker_count < 2:
        raise BadRequest.of("speaker", f"{model.name} has one speaker; leave speaker out")
    if wanted in model.speakers:
        return model.speakers[wanted]
    if wanted.isascii() and wanted.isdigit() and int(wanted) < model.speaker_count:
        return int(wanted)
    names = ", ".join(list(model.speakers)[:10])
    some = f", or a name such as {names}" if names else ""
    known = f"take a number from 0 to {model.speaker_count - 1}{some}"
    raise BadRequest.of("speaker", f"{model.name} has no speaker {quoted(wanted)}; {known}")


@dataclass(frozen=True)
class _Reader:
    """Reads chunks in one voice, with the options of a job."""

    model: PiperModel
    own: PiperOptions
    speaker: int
    speed: float

    def read(self, chunk: Chunk, seed: int, sample_rate: int, cancellation: Cancellation) -> ChunkAudio:
        """Speak a chunk sentence by sentence, as the voices were trained."""
        pieces = []
        times: list[WordTime | None] = []
        warnings: list[JobWarning] = []
        position = 0  # in samples
        for number, sentence in enumerate(_sentences(chunk.tokens)):
            cancellation.check()
            encoded = encode(self._groups(sentence, warnings), self.model.symbols)
            if any(encoded.spans):
                spoken = cancellation.run(
                    self.model.speak, encoded.ids, (seed, number), self._scales(chunk.rate), self.speaker
                )
                found = word_times(encoded, spoken.frames, spoken.hop / self.model.sample_rate)
                samples = resample(spoken.samples, self.model.sample_rate, sample_rate)
            else:
                found, samples = [None] * sum(encoded.counts), np.zeros(0, np.float32)
            times += [time and time.moved(position / sample_rate) for time in found]
            last = sentence[-1]
            # A pause that the script asks for is the whole of the silence.
            ends = last.mark in _SENTENCE_ENDS and not last.pause_after
            silence = round(self.own.sentence_silence * sample_rate) if ends else 0
            pieces += [samples, np.zeros(silence, np.float32)]
            position += len(samples) + silence
        return ChunkAudio(np.concatenate(pieces), tuple(times), tuple(warnings))

    def _scales(self, rate: float) -> Scales:
        model, own = self.model, self.own
        return Scales(
            model.noise_scale if own.noise_scale is None else own.noise_scale,
            model.length_scale / (self.speed * rate),
            model.noise_w if own.noise_w is None else own.noise_w,
        )

    def _groups(self, tokens: Sequence[Token], warnings: list[JobWarning]) -> list[Group]:
        """What is said for each word of a sentence. Phonemes that the voice cannot say give a warning."""
        if self.model.phoneme_type == TEXT:
            return self._letters(tokens, warnings)
        language = self.model.espeak_language
        pieces = [piece for token in tokens for piece in espeak_phonemes.pieces(token, language, "piper", warnings)]
        words, marks, mnemonics = zip(*((piece.word, piece.mark, piece.mnemonics) for piece in pieces), strict=True)
        said = espeak_library.pronunciations(words, marks, language, mnemonics)
        return [Group(ipa, piece.mark, piece.count) for ipa, piece in zip(said, pieces, strict=True)]

    def _letters(self, tokens: Sequence[Token], warnings: list[JobWarning]) -> list[Group]:
        groups: list[Group] = []
        for token in tokens:
            if token.phonemes:
                problem = f"{self.model.name} reads letters, not phonemes"
                message = f"{problem}; {quoted(token.shown)} is spoken as it is written"
                warnings.append(JobWarning("phonemes_ignored", message))
            groups += [Group(word.casefold()) for word in token.spoken]
            groups[-1] = replace(groups[-1], mark=token.mark)
        return groups


def _sentences(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    sentence: list[Token] = []
    for token in tokens:
        sentence.append(token)
        if token.mark in _SENTENCE_ENDS:
            yield sentence
            sentence = []
    if sentence:
        yield sentence
