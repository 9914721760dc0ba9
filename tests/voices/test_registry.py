"""The voices of the bucket as objects: never mixed by races, listed once each, gone when deleted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from handler.errors import AlreadyExists, NotFound, StorageError
from handler.protocols import Store
from handler.settings import Settings
from handler.storage.local_store import LocalStore
from handler.types import ObjectInfo
from handler.voices import registry
from handler.voices.registry import Record


def voice(name: str, mark: str) -> tuple[Record, bytes, bytes]:
    """A voice whose wav, clip and text all carry the same mark."""
    wav, clip = f"wav {mark}".encode(), f"clip {mark}".encode()
    record = Record(
        name=name,
        sha256=registry.digest(wav),
        size=len(wav),
        etag="",
        prepared=registry.digest(clip),
        duration=1.0,
        text=mark,
        language="en",
    )
    return record, wav, clip


def publish(store: Store, name: str, mark: str, *, overwrite: bool = True) -> Record:
    record, wav, clip = voice(name, mark)
    return registry.publish(store, record, wav, clip, overwrite=overwrite)


def whole(store: Store, name: str) -> str:
    """The mark of a voice whose parts are all of one upload."""
    record = registry.parse(store.get(registry.json_key(name)))
    wav = store.head(registry.wav_key(name))
    assert record
    assert wav
    assert record.etag == wav.etag
    assert store.get(registry.wav_key(name)) == f"wav {record.text}".encode()
    assert record.sha256 == registry.digest(store.get(registry.wav_key(name)))
    assert store.get(registry.prepared_key(record.prepared)) == f"clip {record.text}".encode()
    return record.text


def assert_no_mixture(store: Store, name: str, results: Sequence[object]) -> None:
    """The voice is of one upload; or it has no record, and the upload that took its record back has failed."""
    if store.head(registry.json_key(name)) is None:
        assert any(isinstance(result, StorageError) for result in results)
        assert registry.listing(store, name, 1, None).voices[0][2] is None
    else:
        whole(store, name)


def at_once(count: int, do: Callable[[int], object]) -> list[object]:
    """What ``count`` threads that start together each return or raise."""
    together = threading.Barrier(count)

    def one(number: int) -> object:
        together.wait()
        try:
            return do(number)
        except (AlreadyExists, StorageError) as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


class _Interrupted(LocalStore):
    """Calls ``interrupt`` before its ``step``-th operation, once."""

    interrupt: Callable[[], object]
    step = -1

    def _count(self) -> None:
        self.step -= 1
        if self.step == -1:
            self.interrupt()

    def get(self, key: str, max_bytes: int | None = None) -> bytes:
        self._count()
        return super().get(key, max_bytes)

    def head(self, key: str) -> ObjectInfo | None:
        self._count()
        return super().head(key)

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        self._count()
        return super().put(key, body, media_type, only_new=only_new)


@pytest.mark.parametrize(("step", "left"), list(enumerate(["outer", "outer", None, None, "inner"])))
def test_upload_inside_another_never_leaves_a_mixture(settings: Settings, step: int, left: str | None) -> None:
    """An upload between two steps of another: the last one wins, or the last json goes and its upload fails."""
    store = _Interrupted(settings)
    store.interrupt = lambda: publish(store, "anna", "inner")
    store.step = step
    if left is None:
        with pytest.raises(StorageError, match="send it again") as caught:
            publish(store, "anna", "outer")
        assert caught.value.retryable
        assert_no_mixture(store, "anna", [caught.value])
        assert store.get(registry.wav_key("anna")) == b"wav inner"
    else:
        publish(store, "anna", "outer")
        assert whole(store, "anna") == left


def test_racing_uploads_never_leave_a_mixture(store: LocalStore) -> None:
    """Eight publishers at once, many times over: wav, clip and json are never of two uploads."""
    for turn in range(12):
        results = at_once(8, lambda number, turn=turn: publish(store, "anna", f"{turn}-{number}"))  # type: ignore[misc]
        assert_no_mixture(store, "anna", results)


def test_one_of_racing_new_uploads_wins(store: LocalStore) -> None:
    """Without overwrite one of eight publishers at once succeeds, and the voice is its own."""
    for turn in range(10):
        name = f"anna{turn}"
        results = at_once(8, lambda number, name=name: publish(store, name, str(number), overwrite=False))  # type: ignore[misc]
        won = [result for result in results if isinstance(result, Record)]
        assert [record.text for record in won] == [whole(store, name)]
        assert all(isinstance(result, AlreadyExists | Record) for result in results)


def test_new_upload_of_a_taken_name_is_refused(store: LocalStore) -> None:
    """Without overwrite a name is taken by a wav alone and by a json alone, and what is there stays."""
    publish(store, "anna", "old")
    with pytest.raises(AlreadyExists, match="overwrite: true"):
        publish(store, "anna", "new", overwrite=False)
    assert whole(store, "anna") == "old"
    for key in (registry.wav_key("berta"), registry.json_key("carla")):
        store.put(key, b"{}", registry.JSON)
    for name in ("berta", "carla"):
        with pytest.raises(AlreadyExists):
            publish(store, name, "new", overwrite=False)


def test_racing_new_and_overwriting_uploads_never_leave_a_mixture(store: LocalStore) -> None:
    """Publishers with and without overwrite, side by side, never leave parts of two uploads."""
    for turn in range(10):
        name = f"mixed{turn}"
        results = at_once(
            8,
            lambda number, name=name: publish(store, name, str(number), overwrite=number % 2 == 0),  # type: ignore[misc]
        )
        assert_no_mixture(store, name, results)


class _Unconditional(LocalStore):
    """A service without If-None-Match: two uploads that must be new both succeed."""

    both_looked: threading.Barrier | None = None

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        if only_new and key.endswith(".wav") and self.both_looked:
            self.both_looked.wait()
            only_new = False
        return super().put(key, body, media_type, only_new=only_new)


def test_racing_new_uploads_without_if_none_match_never_leave_a_mixture(settings: Settings) -> None:
    """Where create-only writes are not exact, wav and json are never of two uploads all the same."""
    store = _Unconditional(settings)
    store.both_looked = threading.Barrier(2)
    for turn in range(10):
        name = f"twice{turn}"
        results = at_once(2, lambda number, name=name: publish(store, name, str(number), overwrite=False))  # type: ignore[misc]
        assert_no_mixture(store, name, results)


def test_replaced_voice_leaves_no_clip(store: LocalStore) -> None:
    """Publishing over a voice removes the clip of the one that was there."""
    before = publish(store, "anna", "old")
    publish(store, "anna", "new")
    assert whole(store, "anna") == "new"
    assert store.head(registry.prepared_key(before.prepared)) is None


def names(store: Store, prefix: str, limit: int) -> tuple[list[str], int]:
    """Every name by following the cursor, and the number of pages."""
    seen, cursor, pages = [], None, 0
    while True:
        page = registry.listing(store, prefix, limit, cursor)
        seen += [name for name, _, _ in page.voices]
        pages += 1
        assert len(page.voices) == limit or page.cursor is None
        if (cursor := page.cursor) is None:
            return seen, pages


def test_listing_has_every_voice_once(store: LocalStore) -> None:
    """250 voices, some by hand, some with a txt, among other files, in pages of 7: each once, in order, none else."""
    expected = []
    for number in range(250):
        name = f"v{number:03}"
        expected.append(name)
        store.put(registry.wav_key(name), b"wav", registry.WAV)
        if number % 3:
            store.put(registry.json_key(name), registry.dump(voice(name, "x")[0]), registry.JSON)
        if number % 5 == 0:
            store.put(registry.text_key(name), b"hello", "text/plain")
    for other in ("notes.txt", "orphan.json", "bad name.wav", "sub/folder.wav", "x.wav.wav", ".wav"):
        store.put(f"voices/{other}", b"", "text/plain")
    seen, pages = names(store, "", 7)
    assert sorted(seen) == seen == expected
    assert pages == 36
    assert names(store, "v24", 3) == ([f"v24{number}" for number in range(10)], 4)
    assert names(store, "", 250) == (expected, 1)
    assert names(store, "w", 5) == ([], 1)


def test_page_is_full_among_other_files(store: LocalStore) -> None:
    """Where files that are no voices fill whole listings, a page still has as many voices as were asked for."""
    for number in range(20):
        store.put(f"voices/m{number:02}.txt", b"", "text/plain")
    for name in ("a", "z"):
        store.put(registry.wav_key(name), b"", registry.WAV)
    assert names(store, "", 1) == (["a", "z"], 2)
    assert names(store, "", 2) == (["a", "z"], 1)


def test_cursor_survives_deletion(store: LocalStore) -> None:
    """A cursor stays good though the voice it stands for is gone."""
    for name in "abc":
        publish(store, name, name)
    cursor = registry.listing(store, "", 1, None).cursor
    registry.delete(store, "a")
    assert [name for name, _, _ in registry.listing(store, "", 5, cursor).voices] == ["b", "c"]


def test_page_costs_one_request(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of ordinary voices asks the store for one listing."""
    for number in range(9):
        publish(store, f"v{number}", "x")
    asked = []
    listed = store.list
    monkeypatch.setattr(store, "list", lambda *arguments: asked.append(1) or listed(*arguments))  # type: ignore[func-returns-value]
    assert len(registry.listing(store, "", 4, None).voices) == 4
    assert len(asked) == 1


def test_replaced_wav_is_listed_without_its_old_record(store: LocalStore) -> None:
    """What a record says of another wav is not shown; a copied bucket, whose etags are new, keeps its records."""
    record = publish(store, "anna", "x")
    store.put(registry.wav_key("anna"), store.get(registry.wav_key("anna")), registry.WAV)
    assert registry.listing(store, "", 1, None).voices[0][2] == record
    store.put(registry.wav_key("anna"), b"something else", registry.WAV)
    assert registry.listing(store, "", 1, None).voices[0][2] is None


def test_delete_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
    """A deleted voice's recording, clip, json and txt are gone; its neighbour stays whole."""
    publish(store, "anna", "x")
    store.put(registry.text_key("anna"), b"x", "text/plain")
    publish(store, "anna.b", "y")
    registry.delete(store, "anna")
    assert whole(store, "anna.b") == "y"
    left = {path.name for path in (tmp_path / "store").rglob("*") if path.is_file()}
    assert len(left) == 3
    assert "anna.wav" not in left
    with pytest.raises(NotFound, match=r"voice_name: there is no voice anna; did you mean anna\.b"):
        registry.delete(store, "anna")


def test_similar_names_are_suggested(store: LocalStore) -> None:
    """A name that is off by a letter or by its case gets the voices that may have been meant."""
    for name in ("Anna", "anne", "zoe"):
        publish(store, name, "x")
    message = registry.unknown(store, "ana", "voice").message
    assert message.startswith("voice: there is no voice ana; did you mean ")
    assert "Anna" in message
    assert "zoe" not in message
    assert "list_voices" in registry.unknown(store, "q", "voice").message


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"name": 5}', b"\xff", registry.dump(voice("a", "x")[0])[:-1]])
def test_foreign_json_is_no_record(body: bytes) -> None:
    """Whatever else lies under a voice's json is no record, and no error."""
    assert registry.parse(body) is None


def test_record_round_trip() -> None:
    """Every field of a record is read back as it was written."""
    record = Record("a", "0" * 64, 5, "e", "f" * 64, 1.25, "Ünï", "en", "d", ("x", "y"), "CC0", "2025-01-01T00:00:00Z")
    assert registry.parse(registry.dump(record)) == record


@pytest.mark.parametrize(
    "make",
    [
        lambda record: registry.dump(record) + b" " * registry.MAX_RECORD_BYTES,
        lambda record: registry.dump(replace(record, language="en-" * 100_000)),
    ],
)
def test_json_that_is_no_record_does_not_hide_a_voice(make: Callable[[Record], bytes], tmp_path: Path) -> None:
    """A voice whose json is too large, or has a language of 300,000 characters, is listed and can be deleted."""
    store = LocalStore(Settings.read({"LOCAL_STORE": str(tmp_path)}))
    record = publish(store, "anna", "1")
    store.put(registry.json_key("anna"), make(record), registry.JSON)
    assert registry.listing(store, "", 1, None).voices[0][2] is None
    registry.delete(store, "anna")
    assert store.head(registry.wav_key("anna")) is None


def test_new_clip_of_a_voice_replaces_the_old(store: Store) -> None:
    """A voice that is prepared again leaves neither its old clip nor what engines computed from that."""
    old = publish(store, "anna", "old")
    store.put(registry.conditionals_key(old.prepared, "cloner-1"), b"x", "application/octet-stream")
    seen = registry.snapshot(store, "anna")
    clip = b"clip new"
    store.put(registry.prepared_key(registry.digest(clip)), clip, registry.WAV)
    registry.save(store, replace(old, prepared=registry.digest(clip), etag=seen.wav.etag), seen)
    assert [info.key for info in store.list("prepared/", 10).objects] == [registry.prepared_key(registry.digest(clip))]


def test_voice_deleted_while_it_is_prepared_stays_deleted(store: Store) -> None:
    """The record of a hand-put wav that is gone by now is not left behind, nor its clip."""
    record, wav, clip = voice("anna", "a")
    store.put(registry.wav_key("anna"), wav, registry.WAV)
    seen = registry.snapshot(store, "anna")
    registry.delete(store, "anna")
    store.put(registry.prepared_key(record.prepared), clip, registry.WAV)
    registry.save(store, record, seen)
    assert not store.list("", 10).objects
