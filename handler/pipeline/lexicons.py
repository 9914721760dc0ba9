"""The lexicons of a job: the one in its request or named by it, and the bucket's own for every job.

``lexicons/{name}.json`` holds entries as the request field ``lexicon`` does. ``lexicons/default.json`` applies to every
job; where both have an entry for the same words, the request's wins.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from handler.errors import BadRequest, NotFound, TooLarge
from handler.protocols import Store
from handler.requests import lexicon_name
from handler.text.lexicon import Lexicon
from handler.text.lexicon_entries import FIELD, Entry, read_entries
from handler.types import JobRecord

logger = logging.getLogger(__name__)

FOLDER = "lexicons/"
DEFAULT = "default"
MAX_BYTES = 1_000_000
MAX_LISTED = 1000  # files of the folder that are considered for a hint


def resolve(given: str | Mapping[str, Any] | None, store: Store, warn: Callable[[str, str], None]) -> Lexicon:
    """The lexicon of a request's text: ``given`` entries or those of the file that it names, then the default ones.

    A file is read again only when it has changed. ``warn`` gets the code and message of the warning for a default file
    that cannot be used. Raises BadRequest on ``lexicon`` for wrong entries, NotFound with similar names.
    """
    if isinstance(given, str):
        own = _named(given, store)
        if own is None:
            raise _unknown(given, store)
    else:
        own = tuple(read_entries(given or {}))
    return Lexicon(own, () if given == DEFAULT else _default(store, warn))


def of_job(record: JobRecord) -> Lexicon:
    """The entries that a finished job found in its script."""
    return Lexicon(read_entries(record.lexicon))


def _default(store: Store, warn: Callable[[str, str], None]) -> Sequence[Entry]:
    try:
        return _named(DEFAULT, store) or ()
    except BadRequest as error:
        warn("lexicon_ignored", f"{error.issues[0].message}; until then jobs go on without it")
        return ()


def _named(name: str, store: Store) -> Sequence[Entry] | None:
    """The entries of a file of the bucket, None if there is none. Raises BadRequest for one that cannot be used."""
    key = f"{FOLDER}{name}.json"
    seen = store.head(key)
    if seen is None:
        return None
    try:
        return _read(store, key, seen.etag)
    except NotFound:
        return None
    except TooLarge:
        problem = f"has more than {MAX_BYTES // 1000} kB; split it, or leave out the rarest entries"
        raise BadRequest.of(FIELD, f"{key} {problem}") from None


@lru_cache(maxsize=64)
def _read(store: Store, key: str, _etag: str) -> tuple[Entry, ...]:
    body = store.get(key, MAX_BYTES)
    try:
        content = json.loads(body.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        problem = f"is not JSON (line {error.lineno}, column {error.colno}: {error.msg}); correct it there"
        raise BadRequest.of(FIELD, f"{key} {problem}") from None
    except (ValueError, RecursionError):
        problem = 'is not JSON in UTF-8; put an object such as {"Nguyen": "win"} there'
        raise BadRequest.of(FIELD, f"{key} {problem}") from None
    if not isinstance(content, Mapping):
        raise BadRequest.of(FIELD, f'{key} is not an object; put one such as {{"Nguyen": "win"}} there')
    try:
        return tuple(read_entries({written: value for written, value in content.items() if value is not None}))
    except BadRequest as error:
        raise BadRequest.of(FIELD, f"{key}: {error.issues[0].message}") from None


def _unknown(name: str, store: Store) -> NotFound:
    """The error for a lexicon that does not exist, with similar names."""
    by_lower = {bare.lower(): bare for info in store.list(FOLDER, MAX_LISTED).objects if (bare := _name(info.key))}
    near = [by_lower[close] for close in get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.6)]
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif by_lower:
        hint = f"the bucket has {', '.join(sorted(by_lower.values())[:10])}"
    else:
        hint = f"put its entries into {FOLDER}{name}.json, or send them as an object"
    return NotFound(f"{FIELD}: there is no lexicon {name}; {hint}")


def _name(key: str) -> str | None:
    """The lexicon's name if the object is one, else None."""
    bare = key.removeprefix(FOLDER).removesuffix(".json")
    try:
        return bare if key == f"{FOLDER}{bare}.json" and lexicon_name(bare) == bare else None
    except ValueError:
        return None
