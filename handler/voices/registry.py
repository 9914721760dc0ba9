"""The voices in the bucket: read, publish, list and delete them.

``voices/{name}.wav`` is the voice as given, ``voices/{name}.json`` its record, ``prepared/{sha256}.wav`` the clip that
an engine gets, ``prepared/{sha256}/`` what engines computed from it.
A wav without a json that describes it counts as put there by hand.
"""

from __future__ import annotations

import hashlib
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from handler.errors import AlreadyExists, NotFound, StorageError, TooLarge
from handler.protocols import Store, list_all
from handler.protocols.storage import PAGE_KEYS
from handler.requests import MAX_TAGS, MAX_TRANSCRIPT_CHARS, LanguageTag, voice_name
from handler.types import ObjectInfo

logger = logging.getLogger(__name__)

FOLDER = "voices/"
TEMPORARY = "temporary-"
"""How the names of voices begin that are for one request alone."""

WAV, JSON = "audio/wav", "application/json"
MAX_RECORD_BYTES = 1_000_000
READERS = 16  # threads that read the records of a listing

Line = Annotated[str, Field(max_length=1000)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class Consent:
    """Who allows the use of a voice, on which day (``2026-11-28``), and what says so: at least one of the rest.

    ``recording`` is the id of a recording that `consents` keeps.
    """

    name: Line
    date: Line
    statement: Line | None = None
    url: Line | None = None
    recording: Line | None = None


@dataclass(frozen=True)
class Record:
    """The content of ``voices/{name}.json``. Anyone with the keys of the bucket may write one, so it has limits.

    ``sha256``, ``size`` and ``etag`` describe ``voices/{name}.wav``. ``prepared`` is the sha256 of the clip that an
    engine gets, ``text`` is its transcript and ``duration`` its length in seconds. ``language`` is None if unknown.
    ``engine`` is the only one that may speak in the voice, None for any that clones.
    """

    name: Line
    sha256: Sha256
    size: int
    etag: Line
    prepared: Sha256
    duration: float
    text: Annotated[str, Field(max_length=MAX_TRANSCRIPT_CHARS)]
    language: LanguageTag | None = None
    description: Line | None = None
    tags: Annotated[tuple[Line, ...], Field(max_length=MAX_TAGS)] = ()
    license: Line | None = None
    engine: Line | None = None
    created_at: Line = ""
    consent: Consent | None = None


@dataclass(frozen=True)
class Listing:
    """A page of voices: name, wav and record of each; the record is None for a wav that was put there by hand."""

    voices: tuple[tuple[str, ObjectInfo, Record | None], ...]
    cursor: str | None


@dataclass(frozen=True)
class Snapshot:
    """A voice's objects at one moment: its json as it stands in the bucket, and its wav."""

    name: str
    json: bytes | None
    wav: ObjectInfo

    @cached_property
    def record(self) -> Record | None:
        """The record in the json, as `parse` gives it."""
        return parse(self.json)


_RECORD = TypeAdapter(Record)


def wav_key(name: str) -> str:
    return f"{FOLDER}{name}.wav"


def json_key(name: str) -> str:
    return f"{FOLDER}{name}.json"


def text_key(name: str) -> str:
    return f"{FOLDER}{name}.txt"


def prepared_key(sha256: str) -> str:
    return f"prepared/{sha256}.wav"


def conditionals_key(sha256: str, name: str = "") -> str:
    """Where an engine's conditionals of a clip are; without a name, what all those of the clip start with."""
    return f"prepared/{sha256}/{name}"


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def read(store: Store, key: str, max_bytes: int | None = None) -> bytes | None:
    """An object, or None if it does not exist. Raises TooLarge if it has more than ``max_bytes``."""
    try:
        return store.get(key, max_bytes)
    except NotFound:
        return None


def parse(body: bytes | None) -> Record | None:
    """The record in a json; None if there is no json, or not one of this worker's."""
    if body is None:
        return None
    try:
        return _RECORD.validate_json(body)
    except ValidationError:
        logger.warning("a voice's json is not one of this worker's; the voice counts as put there by hand")
        return None


def read_record(store: Store, name: str) -> Record | None:
    """The record of a voice, as `parse` gives it; None for a json that is too large to be a record."""
    try:
        return parse(read(store, json_key(name), MAX_RECORD_BYTES))
    except TooLarge:
        logger.warning("the json of voice %s has more than %d bytes", name, MAX_RECORD_BYTES)
        return None


def dump(record: Record) -> bytes:
    return json.dumps({"version": 1, **asdict(record)}, ensure_ascii=False).encode()


def iso(timestamp: float) -> str:
    """A Unix time as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def snapshot(store: Store, name: str) -> Snapshot:
    """What the bucket has of a voice. Raises NotFound with similar names if there is no wav."""
    # The json first: one that is older than its wav shows, by the etag; one that is newer could pass for its own.
    body = read(store, json_key(name), MAX_RECORD_BYTES)
    wav = store.head(wav_key(name))
    if wav is None:
        raise unknown(store, name, "voice")
    return Snapshot(name, body, wav)


def read_prepared(store: Store, sha256: str) -> bytes:
    """A prepared clip. Raises NotFound if it is missing or damaged."""
    body = store.get(prepared_key(sha256))
    if digest(body) != sha256:
        raise NotFound("the prepared clip is not the one that was made; it is made again")
    return body


def save(store: Store, record: Record, seen: Snapshot) -> None:
    """Write a voice's record, unless another one was written since ``seen``, or the wav has changed.

    A clip that no longer belongs to the voice is deleted, and the record of a voice that is deleted meanwhile.
    """
    if seen.json is not None and snapshot(store, seen.name) != seen:
        return
    try:
        store.put(json_key(seen.name), dump(record), JSON, only_new=seen.json is None)
    except AlreadyExists:
        logger.info("voice %s has got a record meanwhile", seen.name)
        return
    if seen.record is not None and seen.record.prepared != record.prepared:
        _delete_prepared(store, seen.record.prepared)
    if store.head(seen.wav.key) is None:
        store.delete(json_key(seen.name))
        _delete_prepared(store, record.prepared)


def publish(store: Store, record: Record, wav: bytes, prepared: bytes, *, overwrite: bool) -> Record:
    """Write a voice, its json last, and return the record with the wav's etag. The last upload of a name wins.

    A job that finds another upload's wav after writing its own json deletes that json, so a json never stays with a
    wav that it does not describe. Raises StorageError in that case, AlreadyExists without ``overwrite``.
    """
    if not overwrite and taken(store, record.name):
        raise exists_already(record.name)
    replaced = read_record(store, record.name)
    if replaced is not None and replaced.prepared != record.prepared:
        _delete_prepared(store, replaced.prepared)
    try:
        record = replace(record, etag=store.put(wav_key(record.name), wav, WAV, only_new=not overwrite))
    except AlreadyExists:
        raise exists_already(record.name) from None
    store.put(prepared_key(record.prepared), prepared, WAV)
    store.put(json_key(record.name), dump(record), JSON)
    stored = store.head(wav_key(record.name))
    if (stored is None or stored.etag != record.etag) and read_record(store, record.name) == record:
        store.delete(json_key(record.name))
        raise StorageError(f"voice_name: another job has just uploaded or deleted {record.name}; send it again")
    return record


def exists_already(name: str) -> AlreadyExists:
    return AlreadyExists(f"voice_name: {name} exists already; choose another name, or send overwrite: true")


def taken(store: Store, name: str) -> bool:
    return any(store.head(key) is not None for key in (wav_key(name), json_key(name)))


def delete(store: Store, name: str) -> None:
    """Delete a voice, its json first: if the delete is cut short, at most a voice without a record is left.

    Deletes the prepared clip too. Another voice with the same clip prepares it again from its own wav when it is next
    used. Raises NotFound with similar names.
    """
    record = read_record(store, name)
    if record is None and not taken(store, name):
        raise unknown(store, name, "voice_name")
    for key in (json_key(name), wav_key(name), text_key(name)):
        store.delete(key)
    if record is not None:
        _delete_prepared(store, record.prepared)


def _delete_prepared(store: Store, sha256: str) -> None:
    """Delete a clip and all that engines computed from it."""
    store.delete(prepared_key(sha256))
    for info in list_all(store, conditionals_key(sha256)):
        store.delete(info.key)


def unknown(store: Store, name: str, field: str) -> NotFound:
    """The error for a voice that does not exist, with similar names."""
    objects = store.list(FOLDER, PAGE_KEYS).objects
    by_lower = {bare.lower(): bare for info in objects if (bare := _name(info))}
    near = [by_lower[close] for close in get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.6)]
    hint = f"did you mean {' or '.join(near)}?" if near else "ask list_voices for those there are"
    return NotFound(f"{field}: there is no voice {name}; {hint}")


def listing(store: Store, prefix: str, limit: int, cursor: str | None) -> Listing:
    """At most ``limit`` voices whose names start with ``prefix``, in the order of their keys.

    ``cursor`` is the last name of the page before.
    """
    found: list[tuple[str, ObjectInfo]] = []
    after = None if cursor is None else wav_key(cursor)
    while len(found) <= limit:
        # A voice has two or three objects; one more shows whether there is another page.
        objects = store.list(FOLDER + prefix, min(PAGE_KEYS, 3 * limit + 1), after)
        found += [(name, info) for info in objects.objects if (name := _name(info))]
        after = objects.cursor
        if after is None:
            break
    page = found[:limit]
    with ThreadPoolExecutor(READERS, thread_name_prefix="voices") as pool:
        records = pool.map(lambda item: _described(store, *item), page)
        voices = tuple((name, info, record) for (name, info), record in zip(page, records, strict=True))
    return Listing(voices, page[-1][0] if len(found) > limit else None)


def _name(info: ObjectInfo) -> str | None:
    """The voice's name if the object is a voice's wav, else None."""
    bare = info.key.removeprefix(FOLDER).removesuffix(".wav")
    try:
        return bare if voice_name(bare) == bare and info.key == wav_key(bare) else None
    except ValueError:
        return None


def _described(store: Store, name: str, wav: ObjectInfo) -> Record | None:
    """The record of a listed wav. One of the same size counts too: a copied bucket has new etags, and to compare the
    sha256 costs reading every wav."""
    record = read_record(store, name)
    return record if record is not None and (record.etag == wav.etag or record.size == wav.size) else None
