"""The lexicons of a job: its own, the one it names, and the bucket's default; read once until they change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from handler.errors import BadRequest, NotFound, StorageError
from handler.pipeline import lexicons
from handler.protocols import Store
from handler.settings import Settings
from handler.storage.local_store import LocalStore
from handler.text import Lexicon
from handler.types import JobRecord, ObjectInfo
from tests.support.voice_recordings import unheard


class CountingStore(LocalStore):
    """A local store that counts what it is asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Settings.read({"LOCAL_STORE": str(folder)}))
        self.heads = self.gets = 0

    def head(self, key: str) -> ObjectInfo | None:
        self.heads += 1
        return super().head(key)

    def get(self, key: str, max_bytes: int | None = None) -> bytes:
        self.gets += 1
        return super().get(key, max_bytes)


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    return CountingStore(tmp_path)


def put(store: Store, name: str, content: Any) -> None:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    store.put(f"lexicons/{name}.json", body, "application/json")


def said(lexicon: Lexicon, text: str = "Nguyen, SQL, GIF") -> list[str]:
    return [one.spoken for one in lexicon.find(text)]


def test_the_default_applies_under_any_other(store: CountingStore) -> None:
    """The default lexicon holds for every job; entries of the request, or of the file it names, go before it."""
    put(store, "default", {"Nguyen": "win", "SQL": "sequel"})
    put(store, "names", {"SQL": "squeal", "GIF": "jif"})
    assert said(lexicons.resolve(None, store, unheard)) == ["win", "sequel"]
    assert said(lexicons.resolve({"Nguyen": "noo"}, store, unheard)) == ["noo", "sequel"]
    assert said(lexicons.resolve("names", store, unheard)) == ["win", "squeal", "jif"]
    assert said(lexicons.resolve("default", store, unheard)) == ["win", "sequel"]


def test_a_file_is_read_once_until_it_changes(store: CountingStore) -> None:
    """A job asks whether each file has changed, and reads only one that has."""
    assert said(lexicons.resolve(None, store, unheard)) == []
    assert (store.heads, store.gets) == (1, 0)
    put(store, "default", {"Nguyen": "win"})
    for _ in range(3):
        assert said(lexicons.resolve(None, store, unheard)) == ["win"]
    assert (store.heads, store.gets) == (4, 1)
    put(store, "default", {"Nguyen": "noo"})
    assert said(lexicons.resolve(None, store, unheard)) == ["noo"]


def test_unknown_names_get_a_hint(store: CountingStore) -> None:
    """A name without a file is an error with similar names, else those there are, else how to make it."""
    with pytest.raises(NotFound, match=r"there is no lexicon names; put its entries into lexicons/names\.json"):
        lexicons.resolve("names", store, unheard)
    put(store, "Brands", {"SQL": "sequel"})
    with pytest.raises(NotFound, match="did you mean Brands"):
        lexicons.resolve("brand", store, unheard)
    with pytest.raises(NotFound, match="the bucket has Brands"):
        lexicons.resolve("xyz", store, unheard)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"Nguyen": "win",}', "is not JSON \\(line 1"), (b"", "is not JSON"), (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 100_000, "is not JSON"), (b"[1]", "is not an object"), (b'{"a": {"b": {}}}', "the entry 'a'"),
        (b'{"Nguyen": ""}', "the entry 'Nguyen'"), (b" " * (lexicons.MAX_BYTES + 1), "more than 1000 kB"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used(store: CountingStore, body: bytes, words: str) -> None:
    """A named file that is wrong is an error that says where; a wrong default costs a warning, not the job."""
    put(store, "names", body)
    put(store, "default", body)
    with pytest.raises(BadRequest, match=f"lexicon: lexicons/names.json.*{words}"):
        lexicons.resolve("names", store, unheard)
    warnings: list[tuple[str, str]] = []
    assert said(lexicons.resolve({"SQL": "sequel"}, store, lambda *warning: warnings.append(warning))) == ["sequel"]
    ((code, message),) = warnings
    assert code == "lexicon_ignored"
    assert message.startswith("lexicons/default.json")


def test_marks_of_editors_are_taken(store: CountingStore) -> None:
    """A byte order mark is no part of a file, and an entry that is null is left out, as in a request."""
    put(store, "names", b'\xef\xbb\xbf{"Nguyen": "win", "SQL": null}')
    assert said(lexicons.resolve("names", store, unheard)) == ["win"]


def test_a_store_that_is_down_fails_the_job(store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that cannot be asked for the default lexicon is an error: the words might be said wrong."""

    def down(_: str) -> None:
        raise StorageError("the bucket cannot be reached")

    monkeypatch.setattr(store, "head", down)
    with pytest.raises(StorageError):
        lexicons.resolve(None, store, unheard)


def test_a_job_keeps_what_it_found() -> None:
    """The lexicon of a finished job has the entries of its record."""
    record = JobRecord("a", "generate", "COMPLETED", 0.0, lexicon={"Nguyen": {"spoken": "win", "case": "exact"}})
    assert said(lexicons.of_job(record)) == ["win"]
    assert said(lexicons.of_job(JobRecord("b", "generate", "COMPLETED", 0.0))) == []
