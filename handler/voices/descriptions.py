"""Voices as replies show them: those of the bucket, and the engines' own, with the same fields."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from handler.protocols import Services
from handler.types import BuiltinVoice, ObjectInfo
from handler.voices import registry
from handler.voices.registry import Record

_OF_RECORD = (
    *("duration", "language", "text", "license", "consent"),
    *("description", "tags", "engine", "sha256", "created_at"),
)


def uploaded(name: str, record: Record | None, services: Services) -> dict[str, Any]:
    """A voice of the bucket; what only a record knows is null for one that was put there by hand.

    ``duration`` (seconds) and ``text`` are of the clip that engines hear, ``sha256`` and ``preview_url`` of the
    recording as it was given. ``engine`` is the only one that may speak in the voice, None for any.
    """
    known = {field: getattr(record, field, None) for field in _OF_RECORD}
    consent = record.consent if record else None
    filename = f"{name}.wav"
    preview = services.store.presign_get(
        registry.wav_key(name), services.settings.presign_ttl, media_type=registry.WAV, filename=filename
    )
    return {
        "name": name,
        "builtin": False,
        "filename": filename,
        **known,
        "consent": asdict(consent) if consent else None,
        "tags": list(known["tags"] or ()),
        "preview_url": preview,
    }


def listed(name: str, wav: ObjectInfo, record: Record | None, services: Services) -> dict[str, Any]:
    """A voice of the bucket in a list, with the size of its wav."""
    return uploaded(name, record, services) | {"size": wav.size, "last_modified": registry.iso(wav.modified)}


def builtin(engine: str, voice: BuiltinVoice) -> dict[str, Any]:
    """A voice of an engine's own in a list. ``language`` is null for one that speaks all those of its engine."""
    return {
        "name": f"{engine}:{voice.name}",
        "builtin": True,
        "filename": None,
        **dict.fromkeys(_OF_RECORD),
        "language": voice.language,
        "license": voice.license or None,
        "tags": [],
        "engine": engine,
        "preview_url": None,
        "size": None,
        "last_modified": None,
    }
