"""Consents in a folder and in a bucket: kept as evidence, in the order of their making."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handler.errors import BadRequest, NotFound, StorageError
from handler.protocols import Store, storage
from handler.storage.local_store import LocalStore
from handler.voices import consents
from tests.support.human_clip import HUMAN_CLIP


@pytest.fixture(params=["store", "s3_store"])
def any_store(request: pytest.FixtureRequest) -> Store:
    """A folder, and a bucket of a server on this machine."""
    found: Store = request.getfixturevalue(request.param)
    return found


def test_a_consent_is_kept_with_its_recording(any_store: Store) -> None:
    """The recording keeps its bytes beside the record, and both go with it."""
    made = consents.create(any_store, "Anna", "en-US", HUMAN_CLIP)
    assert re.fullmatch(r"cons_[0-9a-f]{24}", made.id)
    assert consents.load(any_store, made.id) == made
    assert any_store.get(f"consents/{made.id}") == HUMAN_CLIP.read_bytes()
    assert consents.rename(any_store, made.id, "Ben").name == "Ben"
    assert consents.load(any_store, made.id).name == "Ben"
    consents.delete(any_store, made.id)
    assert any_store.list(consents.FOLDER, 10).objects == ()
    for gone in (consents.load, consents.delete):
        with pytest.raises(NotFound, match=r"there is no consent.*voice_consents first"):
            gone(any_store, made.id)


def test_pages_have_each_consent_once(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of any size follow the order in which the consents were made, over many pages of the store."""
    monkeypatch.setattr(storage, "PAGE_KEYS", 3)
    made = [consents.create(any_store, f"n{number}", "de", HUMAN_CLIP).id for number in range(4)]
    found: list[str] = []
    more = True
    while more:
        page, more = consents.listing(any_store, 3, found[-1] if found else None)
        assert len(page) == (3 if more else 1)
        found += [each.id for each in page]
    assert sorted(found) == sorted(made)
    assert found == sorted(found)


def test_an_id_of_another_form_reads_nothing(store: LocalStore) -> None:
    """An id leads to no other key of the store."""
    store.put("consents/x.json", b"{}", "application/json")
    for wrong in ("x", "../voices/anna", "", "cons_", "CONS_0123456789abcdef01234567"):
        with pytest.raises(NotFound):
            consents.load(store, wrong)
    with pytest.raises(BadRequest, match="after"):
        consents.listing(store, 3, "x")


def test_a_record_that_is_none_is_left_out(store: LocalStore, caplog: pytest.LogCaptureFixture) -> None:
    """A damaged record is as good as none, and the log says so."""
    store.put(f"consents/cons_{'0' * 24}.json", b'{"id": 1}', "application/json")
    assert consents.listing(store, 3, None) == ([], False)
    assert "cannot be read" in caplog.text


def test_a_recording_that_is_not_stored_leaves_no_consent(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is written last: there is none without its recording."""

    def refuse(key: str, body: bytes | Path, media_type: str) -> str:
        assert not key.endswith(".json")
        raise StorageError("the bucket is away")

    monkeypatch.setattr(store, "put", refuse)
    with pytest.raises(StorageError):
        consents.create(store, "Anna", "en", HUMAN_CLIP)
