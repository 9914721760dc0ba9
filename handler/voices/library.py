"""Voices: whose voice a job is spoken in, and how a recording becomes a voice."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

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
from handler.protocols import Engine, Services
from handler.requests import DEFAULT_LANGUAGE
from handler.types import JobWarning, Transcript, Voice
from handler.voices import half_words, reference, registry, transcript_files
from handler.voices.clip_cache import ClipCache
from handler.voices.registry import Record, Snapshot
from handler.voices.transcript import TranscriptMismatch

logger = logging.getLogger(__name__)

_SHOWN = ("duration", "language", "text", "license", "description", "tags", "sha256", "created_at")

TRIES = 4  # attempts to resolve a voice that is replaced meanwhile
TRANSCRIBED_S = 30.0  # the start of a recording without transcript that is transcribed: more than a clip may be long


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
    that wants the same voice. Raises BadRequest for a voice that the engine cannot speak in, or one without words;
    NotFound with near names; BadReference for a hand-put clip that cannot be used.
    """
    if name is None:
        return engine.default_voice(language)
    if not engine.supports_cloning:
        cloning = [name for name, backend in services.engines.backends.items() if backend.supports_cloning]
        others = f", or send engine: {' or '.join(cloning)}" if cloning else ""
        raise BadRequest.of("voice", f"the engine {engine.name} has no cloned voices; leave voice out{others}")
    loader = _VoiceLoader(language or DEFAULT_LANGUAGE, services, warn, cancellation)
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


class _VoiceLoader:
    """Loads voices from the bucket to this disk. ``language`` is for a voice that has none."""

    def __init__(
        self, language: str, services: Services, warn: Callable[[str, str], None], cancellation: Cancellation
    ) -> None:
        self.cache = ClipCache.of_this_machine(services.settings.voice_cache_bytes)
        self._language = language
        self._services = services
        self._store = services.store
        self._warn = warn
        self._cancellation = cancellation

    def load_if_current(self, seen: Snapshot) -> Voice | None:
        """The voice if its record is of its wav and its clip is there, None when it must be prepared."""
        record = seen.record
        if record is None:
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
        text = known.text if known else self._text(name)
        language = (known.language if known else None) or self._language
        try:
            sound = _decoded(wav, self._cancellation)
            spoken_in = None if text is None else language
            made = prepare_voice(sound, text, spoken_in, self._services, self._cancellation)
        except BadReference as error:
            source = f" (here ref_text is {name}.txt next to it)" if "ref_text" in error.message else ""
            raise BadReference(f"voice: {name} cannot be used: {error.message}{source}") from error
        except BadRequest as error:
            raise BadRequest.of(
                "voice", f"{name} has no transcript; put {name}.txt next to it, or upload it with ref_text"
            ) from error
        record = made.to_record(name, wav, None if text is not None else made.language)
        if known:
            record = replace(known, prepared=record.prepared, duration=record.duration, text=record.text)
        if made.compared or record.language:
            self._store.put(registry.prepared_key(record.prepared), made.prepared, registry.WAV)
            registry.save(self._store, replace(record, etag=seen.wav.etag), seen)
        for warning in made.warnings:
            self._warn(warning.code, f"voice {name}: {warning.message}")
        return self._voice(name, record, lambda: made.prepared)

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
        return Voice(name, record.language or self._language, clip=clip, text=record.text, sha256=record.prepared)


def _decoded(body: bytes, cancellation: Cancellation) -> Sound:
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        return decode(Path(file.name), cancellation=cancellation)


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
            created_at=registry.iso(time.time()),
        )


def prepare_voice(
    sound: Sound, text: str | None, language: str | None, services: Services, cancellation: Cancellation = NEVER
) -> PreparedVoice:
    """Check a recording, cut it with its transcript and make the clip that engines hear.

    A transcriber writes a missing text, in the language it detects unless one is given; a text without a language is
    in DEFAULT_LANGUAGE. Raises BadReference for a clip or transcript that cannot be used, BadRequest on ``ref_text``
    when there is neither a transcript nor a transcriber.
    """
    warnings = levels.check_quality(sound)
    if text is None:
        sound, cut = half_words.whole_phrases(sound)
        warnings += cut
        script = _transcribe(sound, language, services, cancellation)
        cancellation.check()
    else:
        script = Transcript(text, language or DEFAULT_LANGUAGE)
    try:
        clip = _cut_clip(sound, script, services, cancellation)
    except TranscriptMismatch as error:
        if text is not None:
            raise
        raise BadReference(
            "the transcript that was made from the clip did not fit it well (music, noise, several speakers?); send "
            "ref_text, the words that the clip says"
        ) from error
    return PreparedVoice(
        prepared=audio.encode(clip.samples, clip.sample_rate, "wav").body,
        text=clip.text,
        language=script.language,
        duration=round(clip.duration, 3),
        warnings=tuple(dict.fromkeys((*warnings, *clip.warnings))),
    )


def _transcribe(sound: Sound, language: str | None, services: Services, cancellation: Cancellation) -> Transcript:
    beginning = sound.samples[: int(TRANSCRIBED_S * sound.sample_rate)]
    usable = services.transcribers.usable()
    for name, transcriber in usable:
        try:
            return cancellation.run(transcriber.transcribe, beginning, sound.sample_rate, language, cancellation)
        except ConfigError as error:
            usable.skip(name, error)
    raise BadRequest.of(
        "ref_text", "is missing and nothing here can write it; send the words that the clip says"
    ) from next(reversed(usable.skipped.values()), None)


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
