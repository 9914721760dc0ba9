"""The voices of the bucket as objects: what is known of one, publishing, listing, deleting.

``voices/{name}.wav`` is the voice as given, ``voices/{name}.json`` what is known of it, ``prepared/{sha256}.wav`` the
clip that an engine hears. A wav that its json does not describe was put there by hand.
"""

from __future__ import annotations

import hashlib
import json
import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from handler.errors import AlreadyExists, NotFound, StorageError
from handler.protocols import Store
from handler.requests import voice_name
from handler.types import ObjectInfo

logger = logging.getLogger(__name__)

FOLDER = "voices/"
WAV, JSON = "audio/wav", "application/json"
LISTING = 1000
"""Objects that one request lists: the most that S3 gives."""

READERS = 16
TRIES = 10
PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds, doubled with every try and drawn at random below that: two uploads of one name must fall out of step."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class Record:
    """What ``voices/{name}.json`` holds. ``sha256``, ``size`` and ``etag`` are of ``voices/{name}.wav``;
    ``prepared`` is the sha256 of the clip that an engine hears, ``text`` and ``duration`` (seconds) are what is in
    it; ``language`` is None where nobody has said or heard it."""

    name: str
    sha256: Sha256
    size: int
    etag: str
    prepared: Sha256
    duration: float
    text: str
    language: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    license: str | None = None
    created_at: str = ""


@dataclass(frozen=True)
class Listing:
    """A page of voices: the name, the wav and, unless that was put there by hand, the record of each."""

    voices: tuple[tuple[str, ObjectInfo, Record | None], ...]
    cursor: str | None


_RECORD = TypeAdapter(Record)


def wav_key(name: str) -> str:
    return f"{FOLDER}{name}.wav"


def json_key(name: str) -> str:
    return f"{FOLDER}{name}.json"


def text_key(name: str) -> str:
    return f"{FOLDER}{name}.txt"


def prepared_key(sha256: str) -> str:
    return f"prepared/{sha256}.wav"


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def read(store: Store, key: str, max_bytes: int | None = None) -> bytes | None:
    """An object, None when there is none; TooLarge when it has more than ``max_bytes``."""
    try:
        return store.get(key, max_bytes)
    except NotFound:
        return None


def parse(body: bytes | None) -> Record | None:
    """The record in a json, None when there is none or somebody wrote something else there."""
    if body is None:
        return None
    try:
        return _RECORD.validate_json(body)
    except ValidationError:
        logger.warning("a voice's json is not one of this worker's; the voice counts as put there by hand")
        return None


def dump(record: Record) -> bytes:
    return json.dumps({"version": 1, **asdict(record)}, ensure_ascii=False).encode()


def now() -> str:
    return iso(time.time())


def iso(timestamp: float) -> str:
    """A Unix time as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def publish(store: Store, record: Record, wav: bytes, prepared: bytes, *, overwrite: bool) -> Record:
    """Make a voice known, its json last; returns the record with the wav's etag. Two at once leave one whole voice.

    Each publisher writes wav, clip and json, and leaves when it then sees its own wav, or a json that is of the wav
    there is; otherwise it begins anew. Suppose the last wav and the last json were of two publishers. The json's
    either saw its own wav, so that the other's wav, and after that the other's json, came later; or it saw another's
    json after its own: neither was the last. Nor can anybody have removed the clip: they do so before their wav, and
    the clip is written after the wav that stayed. Without ``overwrite`` wav and json must be the first of their name.

    Raises AlreadyExists; StorageError when others publish the same name without end.
    """
    if not overwrite and (created := _create(store, record, wav, prepared)):
        return created
    before = parse(read(store, json_key(record.name)))
    if before is not None and before.prepared != record.prepared:
        store.delete(prepared_key(before.prepared))
    for tried in range(TRIES):
        record = replace(record, etag=store.put(wav_key(record.name), wav, WAV))
        store.put(prepared_key(record.prepared), prepared, WAV)
        store.put(json_key(record.name), dump(record), JSON)
        if _settled(store, record):
            return record
        # Another's json may be on its way: a second look is cheaper than a second upload.
        time.sleep(random.uniform(0, min(PAUSE * 2**tried, LONGEST_PAUSE)))
        if _settled(store, record):
            return record
    raise StorageError(f"voice_name: {record.name} is being uploaded by other jobs at the same time; send it again")


def _create(store: Store, record: Record, wav: bytes, prepared: bytes) -> Record | None:
    """Publish a voice whose name must be new; None when two got through, which happens where a service looks before
    it writes: then this one has to go on like any other publisher, or wav and json would be of two uploads."""
    try:
        record = replace(record, etag=store.put(wav_key(record.name), wav, WAV, only_new=True))
    except AlreadyExists:
        raise exists_already(record.name) from None
    store.put(prepared_key(record.prepared), prepared, WAV)
    try:
        store.put(json_key(record.name), dump(record), JSON, only_new=True)
    except AlreadyExists:
        if not _holds(store, record):
            raise exists_already(record.name) from None
        return None
    return record if _settled(store, record) else None


def _settled(store: Store, record: Record) -> bool:
    """Whether a publisher that has written all of its voice may leave."""
    seen = store.head(wav_key(record.name))
    if seen is None or seen.etag == record.etag:
        return seen is not None
    winner = parse(read(store, json_key(record.name)))
    return winner is not None and winner.etag == seen.etag


def _holds(store: Store, record: Record) -> bool:
    """Whether the wav in the store is the one that the record is of."""
    seen = store.head(wav_key(record.name))
    return seen is not None and seen.etag == record.etag


def exists_already(name: str) -> AlreadyExists:
    return AlreadyExists(f"voice_name: {name} exists already; choose another name, or send overwrite: true")


def taken(store: Store, name: str) -> bool:
    return any(store.head(key) is not None for key in (wav_key(name), json_key(name)))


def delete(store: Store, name: str) -> None:
    """Remove a voice: its json first, so that what is left of a delete cut short is at most a voice without a record.

    The prepared clip goes as well. A voice of another name with the very same clip makes it anew from its own wav
    when it is next used. Raises NotFound with names that are near.
    """
    body = read(store, json_key(name))
    if body is None and store.head(wav_key(name)) is None:
        raise unknown(store, name, "voice_name")
    for key in (json_key(name), wav_key(name), text_key(name)):
        store.delete(key)
    if record := parse(body):
        store.delete(prepared_key(record.prepared))


def unknown(store: Store, name: str, field: str) -> NotFound:
    """The error for a voice that is not there, with the names it may have been meant to be."""
    found = (_name(info) for info in store.list(FOLDER, LISTING).objects)
    by_lower = {bare.lower(): bare for bare in found if bare}
    near = [by_lower[close] for close in get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.6)]
    hint = f"did you mean {' or '.join(near)}?" if near else "ask list_voices for those there are"
    return NotFound(f"{field}: there is no voice {name}; {hint}")


def listing(store: Store, prefix: str, limit: int, cursor: str | None) -> Listing:
    """At most ``limit`` voices whose names start with ``prefix``, in the order of their keys.

    ``cursor`` is the last name of the page before. Objects are listed many at a time, the records read side by side.
    """
    found: list[tuple[str, ObjectInfo]] = []
    place = None if cursor is None else wav_key(cursor)
    while len(found) <= limit:
        # A voice has two objects, or three; one more tells whether there is another page.
        piece = store.list(FOLDER + prefix, min(LISTING, 3 * limit + 1), place)
        found += [(name, info) for info in piece.objects if (name := _name(info))]
        place = piece.cursor
        if place is None:
            break
    page = found[:limit]
    with ThreadPoolExecutor(READERS, thread_name_prefix="voices") as pool:
        records = pool.map(lambda item: _described(store, *item), page)
        voices = tuple((name, info, record) for (name, info), record in zip(page, records, strict=True))
    return Listing(voices, page[-1][0] if len(found) > limit else None)


def _name(info: ObjectInfo) -> str | None:
    """The name of the voice whose wav an object is, None for any other object."""
    bare = info.key.removeprefix(FOLDER).removesuffix(".wav")
    try:
        return bare if voice_name(bare) == bare and info.key == wav_key(bare) else None
    except ValueError:
        return None


def _described(store: Store, name: str, wav: ObjectInfo) -> Record | None:
    """The record of a listed wav. A bucket that was copied may have new etags: then the same size will do, since
    only reading every wav whole would tell more."""
    record = parse(read(store, json_key(name)))
    return record if record is not None and (record.etag == wav.etag or record.size == wav.size) else None
