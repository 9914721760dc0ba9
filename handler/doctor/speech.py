"""`doctor --speak`: each engine says a few sentences; its word error rate, likeness and speed are measured.

Nothing less proves weights: noise, too, has a length and a loudness.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from handler import text
from handler.backends import Registry
from handler.doctor import FAILURE, OK, WARNING, Check
from handler.errors import BadReference, BadRequest, ConfigError, WorkerError, reason
from handler.media import audio, decode, joining
from handler.media.recording import Recording
from handler.protocols import Engine, Services, SpeakerModel, Transcriber
from handler.text.languages import LANGUAGES, language_of
from handler.types import Samples, SpeechOptions, SpeechRequest, Voice

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_WORD_ERROR_RATE = 0.2
"""Word error rate above which speech cannot be understood. F5-TTS's paper (arXiv 2410.06885) has 0.02 to 0.03 on
LibriSpeech-PC; one odd name or number in these few sentences is 0.02 more, and a recogniser errs, too."""

ANOTHER_VOICE, SAME_VOICE = 0.5, 0.86
"""Speaker similarity below which it is surely not the clip's voice, and from which the model's authors take two
recordings for one speaker (the card of microsoft/wavlm-base-plus-sv). F5-TTS's paper has 0.66 on LibriSpeech-PC, with
the embedding of another model (WavLM-large with ECAPA-TDNN), on whose scale unlike voices lie far lower."""

REAL_TIME = 1.0  # seconds of work for a second of speech, above which a job lasts longer than what it says
MAX_QUOTED_CHARS = 120  # of the transcript, in a failure

OPTIONS = SpeechOptions()  # the best quality, as a job that asks for nothing gets it
PAUSE_S = 0.5  # between the sentences of the one recording that is transcribed

_REMEDY = "run `make worker` (in a clone), set MODELS_DIR to a folder that is there, and let this machine reach the hub"


@dataclass(frozen=True)
class Spoken:
    """The speech of some sentences, also as wav ``files``; ``seconds`` is the time that the engine took for it."""

    sentences: tuple[str, ...]
    voice: Voice
    sounds: tuple[Samples, ...]
    files: tuple[bytes, ...]
    sample_rate: int
    seconds: float

    @property
    def duration(self) -> float:
        return sum(map(len, self.sounds)) / self.sample_rate


def prove(services: Services, engines: Sequence[str], keep: Path | None = None) -> Iterator[Check]:
    """Speak with each of the engines and measure it; ``keep``: a folder for what was spoken."""
    for name in engines:
        try:
            with services.engines.lease(name) as engine:
                for check in _prove(engine, services, keep):
                    yield replace(check, name=f"{check.name}, {name}")
        except WorkerError as error:
            _log(error)
            remedy = f"no job can be spoken with {name} before that is mended"
            yield Check(f"speech, {name}", FAILURE, error.message, remedy)


def _prove(engine: Engine, services: Services, keep: Path | None) -> Iterator[Check]:
    """The findings of one engine. Raises WorkerError if it cannot speak."""
    try:
        voice = engine.default_voice(None)
    except BadRequest as error:
        yield Check("speech", WARNING, error.message, "upload a voice, send a job in it, and listen")
        return
    sentences = language_of(voice.language).proof_sentences
    if not sentences:
        known = ", ".join(code for code, language in LANGUAGES.items() if language.proof_sentences)
        remedy = f"there are sentences for {known}; send a job in {voice.language}, and listen"
        yield Check("speech", WARNING, f"nothing is known to say in {voice.language}, so nothing was", remedy)
        return
    spoken = speak(sentences, voice, engine)
    amount = f"{len(sentences)} sentences in the voice {voice.name}, {spoken.duration:.1f} s"
    yield Check("speech", OK, f"{engine.model} on {engine.device} said {amount}")
    if keep is not None:
        yield _keep(spoken, keep, engine.name)
    yield _speed(spoken)
    yield _words(spoken, services.transcribers)
    if voice.clip is not None:
        yield _similarity(spoken, voice.clip, services.speakers)


def speak(sentences: Sequence[str], voice: Voice, engine: Engine) -> Spoken:
    """Each sentence by itself, chunked as a job is. The first is said twice, so that the clock sees a warm engine.

    Raises WorkerError as the engine does, EngineError for what is no sound.
    """
    _say(sentences[0], voice, engine)
    began = time.perf_counter()
    sounds = []
    for number, sentence in enumerate(sentences, 1):
        logger.info("sentence %d of %d", number, len(sentences))
        sounds.append(_say(sentence, voice, engine))
    seconds = time.perf_counter() - began
    files = tuple(audio.encode(samples, engine.sample_rate, "wav").body for samples in sounds)
    return Spoken(tuple(sentences), voice, tuple(sounds), files, engine.sample_rate, seconds)


def _say(sentence: str, voice: Voice, engine: Engine) -> Samples:
    chunks = text.chunk(text.tokenize(sentence, voice.language), voice.language, engine.budget(voice, OPTIONS))
    requests = [SpeechRequest(chunk, chunk.index) for chunk in chunks]
    pieces = [piece.samples for piece in engine.speak(requests, voice, OPTIONS)]
    pauses = [(chunk.pause_before, chunk.pause_after) for chunk in chunks]
    return joining.join(pieces, engine.sample_rate, pauses, engine.cross_fade_s(OPTIONS))[0]


def _keep(spoken: Spoken, folder: Path, engine: str) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(spoken.files, 1):
            (folder / f"{engine}-{number}.wav").write_bytes(file)
    except OSError as error:
        return Check("kept", FAILURE, f"{folder}: {error.strerror}", "give --keep a folder that can be written")
    return Check("kept", OK, f"{len(spoken.sounds)} files in {folder}, to be listened to")


def _speed(spoken: Spoken) -> Check:
    factor = spoken.seconds / spoken.duration
    finding = f"{factor:.3f} ({spoken.seconds:.1f} s of work for {spoken.duration:.1f} s of speech)"
    if factor <= REAL_TIME:
        return Check("RTF", OK, finding)
    return Check("RTF", WARNING, f"{finding}: slower than real time", "a GPU, or quality fast, makes it faster")


def _words(spoken: Spoken, registry: Registry[Transcriber]) -> Check:
    measure, language = "word error rate", spoken.voice.language
    expected = [word for sentence in spoken.sentences for word in spoken_words(sentence, language)]
    try:
        recording, _ = joining.join(spoken.sounds, spoken.sample_rate, [(0.0, PAUSE_S)] * len(spoken.sounds))
        transcript = _first(registry).transcribe(Recording.from_samples(recording, spoken.sample_rate), language).text
        detail = f"the transcript is {transcript[:MAX_QUOTED_CHARS]!r}"
    except ConfigError as error:
        _log(error)
        return Check(measure, WARNING, f"not measured: {error.message}", _REMEDY)
    except BadReference as error:  # most likely there is no speech in it
        transcript, detail = "", error.message
    errors = distance(expected, spoken_words(transcript, language))
    finding = f"{errors / len(expected):.3f} ({errors} errors, {len(expected)} words)"
    if errors <= MAX_WORD_ERROR_RATE * len(expected):
        return Check(measure, OK, finding)
    remedy = f"{detail}; listen to it with --keep FOLDER, and check that weights and vocabulary fit"
    return Check(measure, FAILURE, f"{finding}, more than {MAX_WORD_ERROR_RATE:g}: it cannot be understood", remedy)


def _similarity(spoken: Spoken, clip: Path, registry: Registry[SpeakerModel]) -> Check:
    measure = "speaker similarity"
    try:
        model = _first(registry)
        reference = decode.decode(clip)
        own = model.embed(reference.samples, reference.sample_rate)
        similarities = [float(own @ model.embed(samples, spoken.sample_rate)) for samples in spoken.sounds]
    except ConfigError as error:
        _log(error)
        return Check(measure, WARNING, f"not measured: {error.message}", _REMEDY)
    except BadReference as error:
        return Check(measure, FAILURE, error.message, "listen to it with --keep FOLDER")
    mean = sum(similarities) / len(similarities)
    finding = f"{mean:.3f} (cosine with the clip by {model.name}; the least like {min(similarities):.3f})"
    if mean >= SAME_VOICE:
        return Check(measure, OK, finding)
    remedy = "listen to it with --keep FOLDER, and check that weights, vocabulary and vocoder fit"
    if mean >= ANOTHER_VOICE:
        return Check(measure, WARNING, f"{finding}: one speaker would be {SAME_VOICE:g} or more", remedy)
    return Check(measure, FAILURE, f"{finding}, under {ANOTHER_VOICE:g}: it is another voice", remedy)


def _first(registry: Registry[T]) -> T:
    """The first backend that can be used; ConfigError says why none can."""
    usable = registry.usable()
    for _, backend in usable:
        return backend
    raise ConfigError("; ".join(map(reason, usable.skipped.values())) or "this version has none")


def spoken_words(script: str, language: str) -> list[str]:
    """The words of a text as they are said, in lower case: numbers in digits and in letters are equal."""
    try:
        tokens = text.tokenize(script, language)
    except BadRequest:  # no words in it
        return []
    return " ".join(word for token in tokens for word in token.spoken).casefold().split()


def distance(expected: Sequence[str], found: Sequence[str]) -> int:
    """Levenshtein's: the fewest words to insert, delete or replace."""
    row = list(range(len(found) + 1))
    for deleted, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], deleted
        for column, other in enumerate(found, 1):
            cheapest = min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other))
            diagonal, row[column] = row[column], cheapest
    return row[-1]


def _log(error: WorkerError) -> None:
    """The cause, for a finding has one sentence."""
    if error.__cause__ is not None and not error.logged:
        logger.warning("the cause of: %s", error.message, exc_info=error.__cause__)
