"""Consents: recordings in which speakers allow that voices are made of them, kept as evidence.

``consents/{id}`` is the recording as it was sent, ``consents/{id}.json`` its record, written last and deleted first.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from handler.errors import BadReference, BadRequest, NotFound, TooLarge, quoted
from handler.media import levels
from handler.media.decode import decode
from handler.protocols import Store, list_all
from handler.requests import LanguageTag

logger = logging.getLogger(__name__)

FOLDER = "consents/"
MAX_BYTES = 10 << 20  # of a recording, as OpenAI has it
MIN_SECONDS, MAX_SECONDS = 1.0, 300.0
MAX_RECORD_BYTES = 10_000

_ID = re.compile(r"cons_[0-9a-f]{24}")


@dataclass(frozen=True)
class Consent:
    """The content of ``consents/{id}.json``. ``created_at`` is a Unix time; ids are in the order of their making."""

    id: str
    name: Annotated[str, Field(min_length=1, max_length=200)]
    language: LanguageTag
    created_at: int


_CONSENT = TypeAdapter(Consent)


def create(store: Store, name: str, language: str, recording: Path) -> Consent:
    """Store a recording in which somebody agrees. Raises BadRequest on ``recording`` for one without sound."""
    try:
        sound = decode(recording, max_seconds=MAX_SECONDS, name="recording")
    except BadReference as error:
        raise BadRequest.of("recording", error.message) from error
    if sound.duration < MIN_SECONDS or levels.is_silent(sound.samples, sound.sample_rate):
        raise BadRequest.of("recording", "is silent or too short; send the voice of the person who agrees")
    now = time.time_ns()
    consent = Consent(f"cons_{now // 1_000_000:012x}{secrets.token_hex(6)}", name, language, now // 1_000_000_000)
    store.put(_recording(consent.id), recording, "application/octet-stream")
    _put(store, consent)
    return consent


def load(store: Store, consent_id: str, field: str = "consent") -> Consent:
    """The consent with this id, which was sent as ``field``. Raises NotFound."""
    consent = _read(store, consent_id) if _ID.fullmatch(consent_id) else None
    if consent is None:
        raise NotFound(f"{field}: there is no consent {quoted(consent_id)}; send one to /v1/audio/voice_consents first")
    return consent


def rename(store: Store, consent_id: str, name: str) -> Consent:
    """Raises NotFound."""
    consent = replace(load(store, consent_id), name=name)
    _put(store, consent)
    return consent


def delete(store: Store, consent_id: str) -> None:
    """Remove the recording and its record; voices that were made with it stay. Raises NotFound."""
    load(store, consent_id)
    store.delete(_record(consent_id))
    store.delete(_recording(consent_id))


def listing(store: Store, limit: int, after: str | None) -> tuple[list[Consent], bool]:
    """At most ``limit`` consents after one with this id, the oldest first, and whether there are more.

    Raises BadRequest for an ``after`` that is no id.
    """
    found: list[Consent] = []
    for consent_id in _ids(store, after):
        if (consent := _read(store, consent_id)) is not None:
            found.append(consent)
        if len(found) > limit:
            break
    return found[:limit], len(found) > limit


def _ids(store: Store, after: str | None) -> Iterator[str]:
    if after is not None and not _ID.fullmatch(after):
        raise BadRequest.of("after", "is not the id of a consent; send the last one of the page before")
    cursor = None if after is None else _record(after)
    for info in list_all(store, FOLDER, cursor):
        consent_id = info.key.removeprefix(FOLDER).removesuffix(".json")
        if info.key == _record(consent_id) and _ID.fullmatch(consent_id):
            yield consent_id


def _read(store: Store, consent_id: str) -> Consent | None:
    try:
        return _CONSENT.validate_json(store.get(_record(consent_id), MAX_RECORD_BYTES))
    except NotFound:
        return None
    except (ValidationError, TooLarge):
        logger.warning("the record of %s cannot be read", consent_id)
        return None


def _put(store: Store, consent: Consent) -> None:
    body = json.dumps({"version": 1, **asdict(consent)}, ensure_ascii=False).encode()
    store.put(_record(consent.id), body, "application/json")


def _recording(consent_id: str) -> str:
    return f"{FOLDER}{consent_id}"


def _record(consent_id: str) -> str:
    return f"{FOLDER}{consent_id}.json"
