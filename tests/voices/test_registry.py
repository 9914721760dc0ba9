"""The voices of the bucket as objects: whole after any race, listed once each, gone when deleted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handler.errors import AlreadyExists, NotFound, StorageError
from handler.protocols import Store
from handler.settings import Settings
from handler.storage.local_store import LocalStore
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


def test_uploads_of_one_name_at_once_leave_one_whole_voice(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight publishers at once, many times over: wav, clip and json are always of the same upload."""
    monkeypatch.setattr(registry, "PAUSE", 0.002)
    for turn in range(12):
        done = at_once(8, lambda number, turn=turn: publish(store, "anna", f"{turn}-{number}"))  # type: ignore[misc]
        assert not [result for result in done if isinstance(result, Exception)]
        assert whole(store, "anna").startswith(f"{turn}-")


def test_of_uploads_that_must_be_new_one_wins(store: LocalStore) -> None:
    """Without overwrite one of eight publishers at once succeeds, and the voice is its own."""
    for turn in range(10):
        name = f"anna{turn}"
        done = at_once(8, lambda number, name=name: publish(store, name, str(number), overwrite=False))  # type: ignore[misc]
        won = [result for result in done if isinstance(result, Record)]
        assert [record.text for record in won] == [whole(store, name)]
        assert all(isinstance(result, AlreadyExists | Record) for result in done)


def test_new_and_overwriting_uploads_at_once_leave_one_whole_voice(store: LocalStore) -> None:
    """Publishers with and without overwrite, side by side, leave one whole voice as well."""
    for turn in range(10):
        name = f"mixed{turn}"
        at_once(8, lambda number, name=name: publish(store, name, str(number), overwrite=number % 2 == 0))  # type: ignore[misc]
        whole(store, name)


class _Careless(LocalStore):
    """A service that looks before it writes: two that must be the first both get through, once."""

    let_through: threading.Barrier | None = None

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        if only_new and key.endswith(".wav") and self.let_through:
            self.let_through.wait()
            only_new = False
        return super().put(key, body, media_type, only_new=only_new)


def test_a_service_that_lets_two_first_ones_through_still_has_a_whole_voice(
    store: LocalStore, settings: Settings
) -> None:
    """Where create-only writes are not exact, wav and json are of one upload all the same."""
    careless = _Careless(settings)
    careless.let_through = threading.Barrier(2)
    for turn in range(10):
        name = f"twice{turn}"
        at_once(2, lambda number, name=name: publish(careless, name, str(number), overwrite=False))  # type: ignore[misc]
        whole(careless, name)


def test_a_replaced_voice_leaves_no_clip_behind(store: LocalStore) -> None:
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


def test_a_listing_has_every_voice_once(store: LocalStore) -> None:
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


def test_a_page_is_full_however_many_other_files_there_are(store: LocalStore) -> None:
    """Where files that are no voices fill whole listings, a page still has as many voices as were asked for."""
    for number in range(20):
        store.put(f"voices/m{number:02}.txt", b"", "text/plain")
    for name in ("a", "z"):
        store.put(registry.wav_key(name), b"", registry.WAV)
    assert names(store, "", 1) == (["a", "z"], 2)
    assert names(store, "", 2) == (["a", "z"], 1)


def test_a_listing_goes_on_when_its_last_voice_is_deleted(store: LocalStore) -> None:
    """A cursor stays good though the voice it stands for is gone."""
    for name in "abc":
        publish(store, name, name)
    cursor = registry.listing(store, "", 1, None).cursor
    registry.delete(store, "a")
    assert [name for name, _, _ in registry.listing(store, "", 5, cursor).voices] == ["b", "c"]


def test_a_page_costs_one_listing(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of ordinary voices asks the store for one listing."""
    for number in range(9):
        publish(store, f"v{number}", "x")
    asked = []
    listed = store.list
    monkeypatch.setattr(store, "list", lambda *arguments: asked.append(1) or listed(*arguments))  # type: ignore[func-returns-value]
    assert len(registry.listing(store, "", 4, None).voices) == 4
    assert len(asked) == 1


def test_a_wav_replaced_by_hand_is_listed_without_its_old_record(store: LocalStore) -> None:
    """What a record says of another wav is not shown; a copied bucket, whose etags are new, keeps its records."""
    record = publish(store, "anna", "x")
    store.put(registry.wav_key("anna"), store.get(registry.wav_key("anna")), registry.WAV)
    assert registry.listing(store, "", 1, None).voices[0][2] == record
    store.put(registry.wav_key("anna"), b"something else", registry.WAV)
    assert registry.listing(store, "", 1, None).voices[0][2] is None


def test_deleting_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
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


def test_near_names_are_offered(store: LocalStore) -> None:
    """A name that is off by a letter or by its case gets the voices that may have been meant."""
    for name in ("Anna", "anne", "zoe"):
        publish(store, name, "x")
    message = registry.unknown(store, "ana", "voice").message
    assert message.startswith("voice: there is no voice ana; did you mean ")
    assert "Anna" in message
    assert "zoe" not in message
    assert "list_voices" in registry.unknown(store, "q", "voice").message


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"name": 5}', b"\xff", registry.dump(voice("a", "x")[0])[:-1]])
def test_a_json_that_is_not_ours_counts_as_none(body: bytes) -> None:
    """Whatever else lies under a voice's json is no record, and no error."""
    assert registry.parse(body) is None


def test_a_record_survives_its_file() -> None:
    """Every field of a record is read back as it was written."""
    record = Record("a", "0" * 64, 5, "e", "f" * 64, 1.25, "Ünï", "en", "d", ("x", "y"), "CC0", "2025-01-01T00:00:00Z")
    assert registry.parse(registry.dump(record)) == record
