"""Voices: whose voice a job is spoken in, and how a recording becomes a voice."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from handler.alignment import fallback
from handler.cancellation import NEVER, Cancellation
from handler.errors import (
    AlignerFailed,
    AlreadyExists,
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
from handler.protocols import Engine, Services
from handler.types import JobWarning, ObjectInfo, Transcript, Voice
from handler.voices import reference, registry, transcript, transcript_files
from handler.voices.clip_cache import ClipCache
from handler.voices.registry import Record

logger = logging.getLogger(__name__)

LANGUAGE = "en"  # language of a voice uploaded without one

_SHOWN = ("duration", "language", "text", "license", "description", "tags", "sha256", "created_at")

TRIES = 4  # attempts to resolve a voice that is replaced meanwhile
TRANSCRIBED_S = 30.0  # the start of a recording without transcript that is transcribed: more than a clip may be long


@dataclass(frozen=True)
class PreparedVoice:
    """A voice made from a recording: the prepared clip as a wav, its words, their language, its seconds."""

    prepared: bytes
    text: str
    language: str
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
            created_at=registry.now(),
        )


def prepare_voice(
    sound: Sound, text: str | None, language: str | None, services: Services, cancellation: Cancellation = NEVER
) -> PreparedVoice:
    """Check a recording, cut it with its transcript and make the clip that engines hear.

    A transcriber writes a missing text, in the language it detects unless one is given; a text without a language is
    in LANGUAGE. Raises BadReference for a clip or transcript that cannot be used, BadRequest on ``ref_text`` when
    there is neither a transcript nor a transcriber.
    """
    warnings = levels.check_quality(sound)
    if text is not None:
        return _with_transcript(sound, Transcript(text, language or LANGUAGE), warnings, services, cancellation)
    script = _transcribe(sound, language, services, cancellation)
    cancellation.check()
    try:
        return _with_transcript(sound, script, warnings, services, cancellation)
    except transcript.TranscriptMismatch as error:
        raise BadReference(
            "the transcript that was made from the clip did not fit it well (music, noise, several speakers?); send "
            "ref_text, the words that the clip says"
        ) from error


def _with_transcript(
    sound: Sound, script: Transcript, warnings: tuple[JobWarning, ...], services: Services, cancellation: Cancellation
) -> PreparedVoice:
    clip = _prepared(sound, script, services, cancellation)
    return PreparedVoice(
        prepared=audio.encode(clip.samples, clip.sample_rate, "wav").body,
        text=clip.text,
        language=script.language,
        duration=round(clip.duration, 3),
        warnings=tuple(dict.fromkeys((*warnings, *clip.warnings))),
    )


def _prepared(sound: Sound, script: Transcript, services: Services, cancellation: Cancellation) -> reference.Prepared:
    usable = services.aligners.usable(services.settings.aligner_names, script.language)
    for name, aligner in usable:
        try:
            fallback.make_ready(aligner, script.language, cancellation)
            return reference.prepare(sound, script.text, script.language, aligner, cancellation)
        except (ConfigError, AlignerFailed) as error:
            # Some have a model for each language, and find out only now that it cannot be loaded.
            usable.skip(name, error)
    return reference.prepare(sound, script.text, script.language, None)


def described(name: str, record: Record | None, services: Services) -> dict[str, Any]:
    """A voice as replies show it; what only a record knows is null for one that was put there by hand.

    ``duration`` (seconds) and ``text`` are of the clip that engines hear, ``sha256`` and ``preview_url`` of the
    recording as it was given.
    """
    known = {field: getattr(record, field, None) for field in _SHOWN}
    filename = f"{name}.wav"
    preview = services.store.presign_get(
        registry.wav_key(name), services.settings.presign_ttl, media_type=registry.WAV, filename=filename
    )
    return {"name": name, "filename": filename, **known, "tags": list(known["tags"] or ()), "preview_url": preview}


def _transcribe(sound: Sound, language: str | None, services: Services, cancellation: Cancellation) -> Transcript:
    beginning = sound.samples[: int(TRANSCRIBED_S * sound.sample_rate)]
    usable = services.transcribers.usable()
    for name, transcriber in usable:
        try:
            return transcriber.transcribe(beginning, sound.sample_rate, language, cancellation)
        except ConfigError as error:
            usable.skip(name, error)
    raise BadRequest.of(
        "ref_text", "is missing and nothing here can write it; send the words that the clip says"
    ) from next(reversed(usable.skipped.values()), None)


def resolve(
    name: str | None,
    language: str | None,
    engine: Engine,
    services: Services,
    *,
    warn: Callable[[str, str], None],
    cancellation: Cancellation = NEVER,
) -> Voice:
    """The voice a request means, its clip on this machine's disk: the engine's own when the request names none.

    A wav that was put into the bucket by hand becomes a voice on its first use, with the words of its txt or of a
    transcriber; ``warn`` gets the code and message of each warning. That may take minutes, in this job or in another
    that wants the same voice. Raises
    BadRequest for a voice that the engine cannot speak in, or one without words; NotFound with near names;
    BadReference for a hand-put clip that cannot be used.
    """
    if name is None:
        return engine.default_voice(language)
    if not engine.supports_cloning:
        cloning = [name for name, backend in services.engines.backends.items() if backend.supports_cloning]
        others = f", or send engine: {' or '.join(cloning)}" if cloning else ""
        raise BadRequest.of("voice", f"the engine {engine.name} has no cloned voices; leave voice out{others}")
    bucket = _VoiceObjects(name, language or LANGUAGE, services)
    for _ in range(TRIES):
        if voice := bucket.load_if_current(bucket.snapshot()):
            return voice
        # One job does the work, the others find it done.
        with bucket.exclusive(cancellation):
            seen = bucket.snapshot()
            try:
                return bucket.load_if_current(seen) or bucket.prepare_from_wav(seen, warn, cancellation)
            except WorkerError as error:
                # An upload may have been half way: then its result is read again.
                if bucket.snapshot() == seen:
                    raise
                logger.info("voice %s was replaced meanwhile: %s", name, error)
    raise StorageError(f"voice: {name} is being replaced all the time; send the job again")


@dataclass(frozen=True)
class _Snapshot:
    """A voice's objects at one moment: the record as it stands in the bucket, and the wav."""

    json: bytes | None
    wav: ObjectInfo


class _VoiceObjects:
    """One voice's objects in the bucket, and its clip on this disk. ``language`` is for a voice that has none."""

    def __init__(self, name: str, language: str, services: Services) -> None:
        self._name = name
        self._language = language
        self._services = services
        self._store = services.store
        self._cache = ClipCache.of_this_machine(services.settings.voice_cache_bytes)

    def exclusive(self, cancellation: Cancellation) -> AbstractContextManager[None]:
        """Make other jobs of this machine that need the same voice wait."""
        return self._cache.exclusive(f"{self._name}.voice", cancellation)

    def snapshot(self) -> _Snapshot:
        # The json first: one that is older than its wav shows, by the etag; one that is newer could pass for its own.
        body = registry.read(self._store, registry.json_key(self._name))
        wav = self._store.head(registry.wav_key(self._name))
        if wav is None:
            raise registry.unknown(self._store, self._name, "voice")
        return _Snapshot(body, wav)

    def load_if_current(self, seen: _Snapshot) -> Voice | None:
        """The voice if its record is of its wav and its clip is there, None when it must be prepared."""
        record = registry.parse(seen.json)
        if record is None:
            return None
        if record.etag != seen.wav.etag:
            # A bucket that was copied has new etags on the same content.
            wav = registry.read(self._store, registry.wav_key(self._name))
            if wav is None or registry.digest(wav) != record.sha256:
                return None
            self._keep(replace(record, etag=seen.wav.etag), seen)
        try:
            return self._to_voice(record, self._cache.get(f"{record.prepared}.wav", lambda: self._download(record)))
        except NotFound:
            return None

    def prepare_from_wav(self, seen: _Snapshot, warn: Callable[[str, str], None], cancellation: Cancellation) -> Voice:
        """Prepare a voice whose wav was put there by hand, or whose prepared clip is gone.

        The wav and the txt stay as they are. If no aligner could compare them in the language of this request, the
        voice is prepared for this use alone: a request in another language may find that they differ. Without a txt
        the transcriber's language is kept, as the request's is that of the new speech.
        """
        wav = self._wav(seen.wav)
        known = registry.parse(seen.json)
        if known is not None and known.sha256 != registry.digest(wav):
            known = None
        text = known.text if known else self._text()
        language = (known.language if known else None) or self._language
        try:
            made = prepare_voice(_decoded(wav), text, None if text is None else language, self._services, cancellation)
        except BadReference as error:
            beside = f" (here ref_text is {self._name}.txt beside it)" if "ref_text" in error.message else ""
            raise BadReference(f"voice: {self._name} cannot be used: {error.message}{beside}") from error
        except BadRequest as error:
            raise BadRequest.of(
                "voice", f"{self._name} has no transcript; put {self._name}.txt beside it, or upload it with ref_text"
            ) from error
        record = made.to_record(self._name, wav, None if text is not None else made.language)
        if known:
            record = replace(known, prepared=record.prepared, duration=record.duration, text=record.text)
        record = replace(record, etag=seen.wav.etag)
        if made.compared or record.language:
            self._store.put(registry.prepared_key(record.prepared), made.prepared, registry.WAV)
            self._keep(record, seen)
        for warning in made.warnings:
            warn(warning.code, f"voice {self._name}: {warning.message}")
        return self._to_voice(record, self._cache.get(f"{record.prepared}.wav", lambda: made.prepared))

    def _to_voice(self, record: Record, clip: Path) -> Voice:
        return Voice(
            name=self._name,
            language=record.language or self._language,
            clip=clip,
            text=record.text,
            sha256=record.prepared,
        )

    def _download(self, record: Record) -> bytes:
        body = self._store.get(registry.prepared_key(record.prepared))
        if registry.digest(body) != record.prepared:
            raise NotFound("the prepared clip is not the one that was made; it is made again")
        return body

    def _wav(self, seen: ObjectInfo) -> bytes:
        limit = self._services.settings.max_upload_bytes
        # Ours may be larger than what was uploaded: a wav holds what an mp3 packs.
        try:
            return self._store.get(seen.key, 4 * limit)
        except TooLarge as error:
            raise TooLarge(
                f"voice: {self._name} has more than {4 * limit / 1e6:g} MB; put a clip of seconds there, not a film"
            ) from error

    def _text(self) -> str | None:
        filename = f"{self._name}.txt"
        try:
            body = registry.read(self._store, registry.text_key(self._name), transcript_files.MAX_BYTES)
        except TooLarge as error:
            raise BadRequest.of(
                "voice",
                f"{filename} has more than {transcript_files.MAX_BYTES // 1000} kB; put what the clip says there",
            ) from error
        return None if body is None else transcript_files.read(body, filename, field="voice")

    def _keep(self, record: Record, seen: _Snapshot) -> None:
        """Write the record, unless another one was written since, or the wav has changed."""
        key, body = registry.json_key(self._name), registry.dump(record)
        if seen.json is not None:
            if self.snapshot() == seen:
                self._store.put(key, body, registry.JSON)
            return
        try:
            self._store.put(key, body, registry.JSON, only_new=True)
        except AlreadyExists:
            logger.info("voice %s has got a record meanwhile", self._name)


def _decoded(body: bytes) -> Sound:
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        return decode(Path(file.name))
