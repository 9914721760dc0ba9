"""Voices: whose voice a job is spoken in, and how a recording becomes a voice."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from handler import temporary
from handler.alignment import fallback
from handler.cancellation import NEVER, Cancellation
from handler.errors import (
    AlignerFailed,
    BadReference,
    BadRequest,
    ConfigError,
    NotFound,
    StorageError,
    TooLarge,
    WorkerError,
)
from handler.media import audio, levels
from handler.media.decode import Sound, decode
from handler.media.recording import Recording
from handler.pipeline import transcription
from handler.protocols import Cloner, Services
from handler.requests import DEFAULT_LANGUAGE, builtin_engine
from handler.types import JobWarning, Transcript, Voice
from handler.voices import builtin, conditionals, engine_choice, half_words, reference, registry, transcript_files
from handler.voices.clip_cache import ClipCache
from handler.voices.registry import Record, Snapshot
from handler.voices.transcript import TranscriptMismatch

logger = logging.getLogger(__name__)

_KEPT = ("description", "tags", "license", "consent", "engine", "created_at")
"""The fields of a record that stay when its clip is prepared again."""

TRIES = 4  # attempts to resolve a voice that is replaced meanwhile
TRANSCRIBED_S = 30.0  # the start of a recording without transcript that is transcribed: more than a clip may be long


def resolve(
    name: str | None,
    language: str | None,
    engine: Cloner,
    services: Services,
    *,
    needs_transcript: bool = True,
    warn: Callable[[str, str], None],
    cancellation: Cancellation = NEVER,
) -> Voice:
    """The voice a request means, its clip on this machine's disk: the engine's own when the request names none.

    A wav that was put into the bucket by hand becomes a voice on its first use, with the words of its txt or of a
    transcriber, or without words for an engine that needs no transcript; ``warn`` gets the code and message of each
    warning. That may take minutes, in this job or in another that wants the same voice. Raises BadRequest for a voice
    that the engine cannot speak in, or one without the words that it needs; NotFound with near names; BadReference for
    a hand-put clip that cannot be used.
    """
    if name is None:
        return engine.default_voice(language)
    if builtin_engine(name):
        return builtin.resolve(name, language, services)
    if not engine.supports_cloning:
        raise builtin.not_cloned(name, engine.name, services)
    use = _Use(engine.name, language or DEFAULT_LANGUAGE, needs_transcript)
    loader = _VoiceLoader(use, services, warn, cancellation)
    for _ in range(TRIES):
        if voice := loader.load_if_current(registry.snapshot(services.store, name)):
            return voice
        # One job does the work, the others find it done.
        with loader.cache.exclusive(f"{name}.voice", cancellation):
            seen = registry.snapshot(services.store, name)
            try:
                return loader.load_if_current(seen) or loader.prepare_from_wav(seen)
            except WorkerError as error:
                # An upload may have been half way: then its result is read again.
                if registry.snapshot(services.store, name) == seen:
                    raise
                logger.info("voice %s was replaced meanwhile: %s", name, error)
    raise StorageError(f"voice: {name} is being replaced all the time; send the job again")


@dataclass(frozen=True)
class _Use:
    """What a voice is loaded for: the ``engine``, and the ``language`` of a voice that has none."""

    engine: str
    language: str
    needs_transcript: bool


class _VoiceLoader:
    """Loads voices from the bucket to this disk."""

    def __init__(
        self, use: _Use, services: Services, warn: Callable[[str, str], None], cancellation: Cancellation
    ) -> None:
        self.cache = ClipCache.of_this_machine(services.settings.voice_cache_bytes)
        self._use = use
        self._services = services
        self._store = services.store
        self._warn = warn
        self._cancellation = cancellation

    def load_if_current(self, seen: Snapshot) -> Voice | None:
        """The voice if its record is of its wav and its clip is there, None when it must be prepared.

        One without the transcript that the engine needs is prepared anew: its words may be known by now.
        """
        record = seen.record
        if record is None:
            return None
        self._check_consent(seen.name, record)
        engine_choice.check_bound(seen.name, record.engine, self._use.engine, self._services)
        if self._use.needs_transcript and not record.text:
            return None
        if record.etag != seen.wav.etag:
            # A bucket that was copied has new etags on the same content.
            wav = registry.read(self._store, seen.wav.key)
            if wav is None or registry.digest(wav) != record.sha256:
                return None
            registry.save(self._store, replace(record, etag=seen.wav.etag), seen)
        try:
            return self._voice(seen.name, record, partial(registry.read_prepared, self._store, record.prepared))
        except NotFound:
            return None

    def prepare_from_wav(self, seen: Snapshot) -> Voice:
        """Prepare a voice whose wav was put there by hand, or whose prepared clip is gone.

        The wav and the txt stay as they are. If no aligner could compare them in the language of this request, the
        voice is prepared for this use alone: a request in another language may find that they differ. Without a txt
        the transcriber's language is kept, as the request's is that of the new speech.
        """
        name, wav = seen.name, self._wav(seen)
        known = seen.record if seen.record and seen.record.sha256 == registry.digest(wav) else None
        self._check_consent(name, known)
        text = (known.text if known else "") or self._text(name)
        language = (known.language if known else None) or self._use.language
        try:
            sound = _decoded(wav, self._cancellation)
            spoken_in = None if text is None else language
            made = prepare_voice(
                sound, text, spoken_in, self._services, self._cancellation, without_transcript=self._without_transcript
            )
        except BadReference as error:
            source = f" (here ref_text is {name}.txt next to it)" if "ref_text" in error.message else ""
            raise BadReference(f"voice: {name} cannot be used: {error.message}{source}") from error
        except BadRequest as error:
            others = engine_choice.cloning(self._services, without_transcript=True)
            other = f", or send engine: {' or '.join(others)}, which needs none" if others else ""
            raise BadRequest.of(
                "voice", f"{name} has no transcript; put {name}.txt next to it, or upload it with ref_text{other}"
            ) from error
        record = made.to_record(name, wav, None if text is not None else made.language)
        if known:
            record = replace(
                record, **{field: getattr(known, field) for field in _KEPT}, language=known.language or record.language
            )
        if made.compared or record.language:
            self._store.put(registry.prepared_key(record.prepared), made.prepared, registry.WAV)
            registry.save(self._store, replace(record, etag=seen.wav.etag), seen)
        for warning in made.warnings:
            self._warn(warning.code, f"voice {name}: {warning.message}")
        return self._voice(name, record, lambda: made.prepared)

    def _check_consent(self, name: str, record: Record | None) -> None:
        if self._services.settings.require_consent and (record is None or record.consent is None):
            problem = f"{name} has no consent of its speaker, which this worker requires; upload it again with consent"
            raise BadRequest.of("voice", problem)

    @property
    def _without_transcript(self) -> list[str]:
        if self._use.needs_transcript:
            return []
        # A converter is no engine.
        return engine_choice.cloning(self._services, without_transcript=True) or [self._use.engine]

    def _wav(self, seen: Snapshot) -> bytes:
        # Ours may be larger than what was uploaded: a wav holds what an mp3 packs.
        limit = 4 * self._services.settings.max_upload_bytes
        try:
            return self._store.get(seen.wav.key, limit)
        except TooLarge as error:
            message = f"voice: {seen.name} has more than {limit / 1e6:g} MB; put a clip of seconds there, not a film"
            raise TooLarge(message) from error

    def _text(self, name: str) -> str | None:
        limit = transcript_files.MAX_BYTES
        try:
            body = registry.read(self._store, registry.text_key(name), limit)
        except TooLarge as error:
            message = f"{name}.txt has more than {limit // 1000} kB; put what the clip says there"
            raise BadRequest.of("voice", message) from error
        return None if body is None else transcript_files.read(body, f"{name}.txt", field="voice")

    def _voice(self, name: str, record: Record, make_clip: Callable[[], bytes]) -> Voice:
        clip = self.cache.get(f"{record.prepared}.wav", make_clip, self._cancellation)
        return Voice(
            name,
            record.language or self._use.language,
            clip=clip,
            text=record.text,
            sha256=record.prepared,
            conditionals=conditionals.keeper(self._store, self.cache, record.prepared, self._cancellation),
        )


def _decoded(body: bytes, cancellation: Cancellation) -> Sound:
    with temporary.file("voice") as file:
        file.write(body)
        file.flush()
        return decode(Path(file.name), cancellation=cancellation)


@dataclass(frozen=True)
class PreparedVoice:
    """A voice made from a recording: the prepared clip as a wav, its words, their language, its seconds.

    ``text`` is empty where nothing could write it; then the language is the one given, None where none was.
    """

    prepared: bytes
    text: str
    language: str | None
    duration: float
    warnings: tuple[JobWarning, ...]

    @property
    def compared(self) -> bool:
        """Whether an aligner has checked the clip against its text."""
        return all(warning.code != reference.NOT_COMPARED for warning in self.warnings)

    def to_record(self, name: str, wav: bytes, language: str | None) -> Record:
        """The record to publish for the voice, whose uploaded file is ``wav``."""
        return Record(
            name=name,
            sha256=registry.digest(wav),
            size=len(wav),
            etag="",
            prepared=registry.digest(self.prepared),
            duration=self.duration,
            text=self.text,
            language=language,
            created_at=registry.iso(time.time()),
        )


def prepare_voice(
    sound: Sound,
    text: str | None,
    language: str | None,
    services: Services,
    cancellation: Cancellation = NEVER,
    *,
    without_transcript: Sequence[str] = (),
) -> PreparedVoice:
    """Check a recording, cut it with its transcript and make the clip that engines hear.

    A transcriber writes a missing text, in the language it detects unless one is given; a text without a language is
    in DEFAULT_LANGUAGE. Where there is no transcriber either, the voice has no text, with a warning that names the
    engines that can use it ``without_transcript``. Raises BadReference for a clip or transcript that cannot be used,
    BadRequest on ``ref_text`` when there are no such engines.
    """
    warnings = levels.check_quality(sound)
    if text is not None:
        script = Transcript(text, language or DEFAULT_LANGUAGE)
    else:
        sound, cut = half_words.whole_phrases(sound)
        warnings += cut
        try:
            script = _transcribe(sound, language, services, cancellation)
            warnings += script.warnings
        except BadRequest:
            if not without_transcript:
                raise
            return _made(
                reference.prepare_untranscribed(sound), language, (*warnings, _no_transcript(without_transcript))
            )
        cancellation.check()
    try:
        clip = _cut_clip(sound, script, services, cancellation)
    except TranscriptMismatch as error:
        if text is not None:
            raise
        raise BadReference(
            "the transcript that was made from the clip did not fit it well (music, noise, several speakers?); send "
            "ref_text, the words that the clip says"
        ) from error
    return _made(clip, script.language, warnings)


def _made(clip: reference.Prepared, language: str | None, warnings: tuple[JobWarning, ...]) -> PreparedVoice:
    return PreparedVoice(
        prepared=audio.encode(clip.samples, clip.sample_rate, "wav").body,
        text=clip.text,
        language=language,
        duration=round(clip.duration, 3),
        warnings=tuple(dict.fromkeys((*warnings, *clip.warnings))),
    )


def _no_transcript(engines: Sequence[str]) -> JobWarning:
    message = f"nothing here can write what the clip says, so only {' and '.join(engines)} can speak in the voice"
    return JobWarning("transcript_missing", f"{message}; upload it with ref_text for other engines")


def _transcribe(sound: Sound, language: str | None, services: Services, cancellation: Cancellation) -> Transcript:
    """What the recording says. Raises BadRequest on ``ref_text`` when nothing here can write it."""
    beginning = sound.samples[: int(TRANSCRIBED_S * sound.sample_rate)]
    recording = Recording.from_samples(beginning, sound.sample_rate)
    script = transcription.transcribe(recording, language, services, cancellation=cancellation)
    if script is None:
        message = "is missing and nothing here can write it; send the words that the clip says"
        raise BadRequest.of("ref_text", message)
    return script


def _cut_clip(sound: Sound, script: Transcript, services: Services, cancellation: Cancellation) -> reference.Prepared:
    usable = services.aligners.usable(services.settings.aligner_names, script.language)
    for name, aligner in usable:
        try:
            fallback.make_ready(aligner, script.language, cancellation)
            return reference.prepare(sound, script.text, script.language, aligner, cancellation)
        except (ConfigError, AlignerFailed) as error:
            # Some have a model for each language, and find out only now that it cannot be loaded.
            usable.skip(name, error)
    return reference.prepare(sound, script.text, script.language, None)
