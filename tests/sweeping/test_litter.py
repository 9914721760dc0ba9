"""What is litter, and from which age on: it goes, a bounded lot at a time, and everything else stays."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from handler.errors import StorageError
from handler.jobs import fingerprint, records
from handler.pipeline import uploads
from handler.pipeline.book import source
from handler.protocols import Store
from handler.removal import ExpiryRule, Removed
from handler.settings import MAX_PRESIGN, Settings
from handler.storage.local_store import LocalStore
from handler.sweeping import litter
from handler.types import Page
from handler.voices import registry
from s3_utils import S3Store
from tests.support import stored_voices

HOUR, DAY = 3600.0, 86_400.0
RESULTS = ["output/{}.wav", "timings/{}.srt", "videos/{}.mp4", "uploads/{}", "jobs/{}.json", "jobs/{}/chunks/0.wav"]
KEPT = ["voices/{}.wav", "voices/{}.json", "prepared/{}.wav", "fonts/{}.ttf", "lexicons/{}.json", "mine/{}"]

TOKEN = uploads.new_token()
CLAIM = records.claim_key("a1", 12, fingerprint({"text": "Hello."}))
AGES = {
    f"uploads/check-{'a' * 32}": HOUR,
    uploads.key(TOKEN): uploads.FILE_SECONDS + DAY,
    CLAIM: 2 * DAY,
    "jobs/a1/chunks/0.wav": MAX_PRESIGN + DAY,
    f"{source.folder_of('a1')}part.flac": 30 * DAY,
    f"voices/temporary-{'0' * 16}.txt": 2 * DAY,
}
"""Litter, and from which age on it is."""

OTHERS = [
    "uploads/me.mp4", "uploads/d41d8cd98f00b204e9800998ecf8427e", "uploads/D41D8CD98F00B204E9800998ECF8427E",
    f"uploads/folder/{TOKEN}", "jobs/a1.json", "jobs/a1/words.json", "jobs/.sweep-00000001",
    "jobs/a1/claims/mine.txt", "jobs/a1/report.pdf", "jobs/march.csv", "output/a1.wav",
    "voices/temporary-mine.wav", "voices/temporary.wav", "prepared/" + "0" * 64 + ".wav", f"mine/{TOKEN}",
]  # fmt: skip
"""What looks a little like litter, and is none however old it is."""


def put(settings: Settings, store: LocalStore, key: str, age: float) -> str:
    store.put(key, b"x", "text/plain")
    assert settings.local_store is not None
    written = time.time() - age
    os.utime(settings.local_store / key, (written, written))
    return key


def keys(store: Store) -> set[str]:
    return {info.key for info in store.list("", 1000).objects}


def clean(settings: Settings, store: Store, later_s: float = 0.0, **options: Any) -> dict[str, Removed]:
    return litter.Cleaning(store, settings, time.time() + later_s, **options).run()


@pytest.mark.parametrize("key", AGES, ids=range(len(AGES)))
def test_litter_goes_once_it_is_old(settings: Settings, store: LocalStore, key: str) -> None:
    """Each kind stays to the last minute in which a job or a link may still need it, and goes after it."""
    store.put(key, b"x", "text/plain")
    assert clean(settings, store, AGES[key] - 60) == {}
    (removed,) = clean(settings, store, AGES[key] + 60).values()
    assert removed == Removed(1, 1)
    assert keys(store) == set()


def test_everything_else_stays(settings: Settings, store: LocalStore) -> None:
    """Files of other programs in the same bucket, records and results stay for ever without RETENTION_DAYS."""
    for key in OTHERS:
        store.put(key, b"x", "text/plain")
    assert clean(settings, store, 1000 * DAY) == {}
    assert keys(store) == set(OTHERS)


def test_in_a_bucket(settings: Settings, s3_store: S3Store) -> None:
    """The same in a bucket, by the times that the service tells."""
    for key in (*AGES, *OTHERS):
        s3_store.put(key, b"x", "text/plain")
    assert clean(settings, s3_store) == {}
    removed = clean(settings, s3_store, 31 * DAY)
    assert sum(each.count for each in removed.values()) == len(AGES)
    assert keys(s3_store) == set(OTHERS)


def test_longer_jobs_keep_what_they_use(settings: Settings, store: LocalStore) -> None:
    """Where a book may take a week, its claim and the voice of a request stay for longer than that."""
    settings = settings.model_copy(update={"book_timeout": 40 * DAY})
    for key in (CLAIM, f"{source.folder_of('a1')}part.flac", f"voices/temporary-{'0' * 16}.txt"):
        store.put(key, b"x", "text/plain")
    assert clean(settings, store, 39 * DAY) == {}
    week = settings.model_copy(update={"retention_days": 7})
    assert clean(week, store, 39 * DAY) == {}


def test_temporary_voices_go_whole(settings: Settings, store: LocalStore) -> None:
    """The voice of a request whose server was killed goes with its clip; other voices stay."""
    name = registry.TEMPORARY + "0" * 16
    stored_voices.put_by_hand(store, "anna", b"RIFF")
    stored_voices.put(store, name)
    assert clean(settings, store, DAY) == {}
    assert clean(settings, store, 3 * DAY)["temporary_voices"].count == 2
    assert keys(store) == {registry.wav_key("anna")}


def test_old_files_of_jobs_are_deleted(settings: Settings, store: LocalStore) -> None:
    """Of everything below a job's prefixes what is older than RETENTION_DAYS; never a voice, its clip or a font."""
    for form in RESULTS:
        put(settings, store, form.format("old"), 8 * DAY)
    kept = {put(settings, store, form.format("young"), 6 * DAY) for form in RESULTS}
    kept |= {put(settings, store, form.format("old"), 8 * DAY) for form in KEPT}
    week = settings.model_copy(update={"retention_days": 7})
    assert clean(week, store) == {litter.EXPIRED: Removed(5, 5), "chunks": Removed(1, 1)}
    assert keys(store) == kept


def test_a_day_is_longer_than_a_book(settings: Settings, store: LocalStore) -> None:
    """With RETENTION_DAYS 1 the first chapter of a book of a day is there when the last one is spoken."""
    day = settings.model_copy(update={"retention_days": 1})
    put(settings, store, "output/young.wav", DAY + 60)
    put(settings, store, "output/old.wav", DAY + HOUR + 60)
    clean(day, store)
    assert keys(store) == {"output/young.wav"}


def test_the_future_stays(settings: Settings, store: LocalStore) -> None:
    """Objects that are newer than the clock stay."""
    for key in (*AGES, "output/a.wav"):
        put(settings, store, key, -1000 * DAY)
    assert clean(settings.model_copy(update={"retention_days": 1}), store) == {}


def test_sweeps_are_limited_and_go_on(settings: Settings, store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep lists and removes up to its bounds; the next ones go on there, and in the end nothing old is left."""
    monkeypatch.setattr(litter, "MAX_REMOVED", 5)
    monkeypatch.setattr(litter, "PAGE_KEYS", 2)
    monkeypatch.setattr(litter, "MAX_PAGES", 4)
    week = settings.model_copy(update={"retention_days": 7})
    for number in range(9):
        put(settings, store, f"output/{number}.wav", 8 * DAY)
        put(settings, store, f"output/{number}-young.wav", 6 * DAY)
    cursors: dict[str, str] = {}
    counts, stopped = [], []
    for _ in range(6):
        cleaning = litter.Cleaning(store, week, time.time(), cursors)
        counts.append(sum(each.count for each in cleaning.run().values()))
        stopped.append(bool(cursors))
    assert (sum(counts), max(counts), stopped[0]) == (9, 4, True)
    assert keys(store) == {f"output/{number}-young.wav" for number in range(9)}


@pytest.mark.parametrize(
    ("rule", "days", "covered"),
    [
        (ExpiryRule("a", "output/", 7), 7, True),
        (ExpiryRule("a", "", 7), 7, True),
        (ExpiryRule("a", "output/", 7), 0, True),
        (ExpiryRule("a", "output/", 8), 7, False),
        (ExpiryRule("a", "output/", 31), 0, False),
        (ExpiryRule("a", "output/mine/", 7), 7, False),
        (ExpiryRule("a", "timings/", 7), 7, False),
    ],
)
def test_rules_of_the_bucket_cover_prefixes(settings: Settings, rule: ExpiryRule, days: int, covered: bool) -> None:
    """A rule spares the listing where it removes all of the prefix as soon as a sweep would."""
    settings = settings.model_copy(update={"retention_days": days})
    assert litter.is_covered("output/", [rule], settings) == covered


def test_what_a_rule_removes_is_not_listed(
    settings: Settings, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With rules for all results only the temporary voices are listed."""
    listed = []

    def list_(prefix: str, *rest: Any) -> Page:
        listed.append(prefix)
        return LocalStore.list(store, prefix, *rest)

    monkeypatch.setattr(store, "list", list_)
    week = settings.model_copy(update={"retention_days": 7})
    clean(week, store, rules=[ExpiryRule(each, each, 7) for each in litter.RESULTS])
    assert listed == ["voices/temporary-"]


def test_failing_store_is_told(settings: Settings, store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that refuses ends the sweep with its own sentence."""

    def refuse(*_: object) -> None:
        raise StorageError("the bucket refused the request")

    monkeypatch.setattr(store, "list", refuse)
    with pytest.raises(StorageError, match="refused"):
        clean(settings, store)
