"""What nobody needs any more in the store: what killed workers and clients left, and results after RETENTION_DAYS.

`KINDS` is the table of litter. Names are exact, because a bucket may hold other programs' files, and ages are above
those of any job that may still use them. Voices with a name, fonts and lexicons are never removed.

What a sweep costs: one listing request for each 1,000 objects of a prefix, at most `MAX_PAGES` of them, one request
for each object that it removes, at most `MAX_REMOVED`, and those of `unfinished`. The next sweep goes on where this one
stopped. Prefixes whose objects a lifecycle rule of the bucket removes are not listed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from handler import temporary
from handler.cancellation import NEVER, Cancellation
from handler.jobs import records
from handler.pipeline import uploads
from handler.protocols import Store
from handler.removal import ExpiryRule, Removed
from handler.settings import MAX_PRESIGN, Settings
from handler.sweeping import unfinished
from handler.types import ObjectInfo
from handler.voices import registry

HOUR_S, DAY_S = 3600.0, 86_400.0

RECORDS = "jobs/"
RESULTS = ("output/", "timings/", "videos/", "uploads/", RECORDS)
"""Files of jobs. Records go last: if a sweep is cut short, clients can still ask for the jobs."""
PREFIXES = (registry.FOLDER + registry.TEMPORARY, *RESULTS)
EXPIRED = "expired_results"

BOOK_PARTS_S = 30 * DAY_S
"""How long a book may be resumed: what is spoken of it is paid for."""

MAX_REMOVED = 2000  # in one sweep: about a minute of requests
MAX_PAGES = 20  # of each prefix, in one sweep
PAGE_KEYS = 1000


def _delete(store: Store, key: str) -> None:
    store.delete(key)


def _delete_voice(store: Store, key: str) -> None:
    """Delete the voice that an object belongs to, with all that was made of it."""
    name = key.removeprefix(registry.FOLDER).rpartition(".")[0]
    if registry.taken(store, name):
        registry.delete(store, name)
    store.delete(key)


@dataclass(frozen=True)
class Kind:
    """A kind of litter: objects whose keys start with ``prefix`` and match ``pattern``, from an age on."""

    name: str
    prefix: str
    pattern: str
    age_s: Callable[[Settings], float]
    remove: Callable[[Store, str], None] = _delete

    def matches(self, key: str) -> bool:
        return re.fullmatch(self.pattern, key) is not None


KINDS = (
    # What the doctor and a start write to see whether the store works.
    Kind("checks", "uploads/", r"uploads/check-[0-9a-f]{32}", lambda _: HOUR_S),
    # A token of `uploads.new_token`, which no program's hash looks like; its link has expired for a day.
    Kind(
        "uploads",
        "uploads/",
        r"uploads/(?![0-9a-f]{32}$|[0-9A-F]{32}$)[A-Za-z0-9_-]{32}",
        lambda settings: uploads.file_seconds(settings) + DAY_S,
    ),
    Kind("claims", "jobs/", records.CLAIM_PATTERN, lambda settings: longest_job_s(settings) + DAY_S),
    # Their links have expired for a day.
    Kind("chunks", "jobs/", r"jobs/[^/]+/chunks/\d+\.[a-z0-9]+", lambda _: MAX_PRESIGN + DAY_S),
    Kind("book_parts", "jobs/", r"jobs/[^/]+/book/.+", lambda settings: max(BOOK_PARTS_S, longest_job_s(settings))),
    Kind(
        "temporary_voices",
        registry.FOLDER + registry.TEMPORARY,
        rf"{registry.FOLDER}{registry.TEMPORARY}[0-9a-f]{{16}}\.(wav|json|txt)",
        lambda settings: longest_job_s(settings) + DAY_S,
        _delete_voice,
    ),
)


def longest_job_s(settings: Settings) -> float:
    """Seconds for which a job may run."""
    return max(settings.job_timeout, settings.book_timeout)


def unfinished_s(settings: Settings) -> float:
    """Seconds after which files of a job are litter, unless its record says that it has completed.

    A bucket in trouble may have kept the record from saying so: the links of such a job have expired by then.
    """
    return max(longest_job_s(settings), MAX_PRESIGN) + DAY_S


def foreign_s(settings: Settings) -> float:
    """Seconds after which no job of any machine uses its temporary files."""
    return max(temporary.FOREIGN_S, 2 * longest_job_s(settings))


def kept_s(settings: Settings) -> float | None:
    """How old results become, in seconds: RETENTION_DAYS, and longer than any job; None for ever."""
    days = settings.retention_days
    return max(days * DAY_S, longest_job_s(settings) + HOUR_S) if days else None


@dataclass
class Cleaning:
    """One sweep of the objects of a store. ``now`` is the store's time, by which their age is told.

    ``cursors`` says at which key of a prefix the sweep goes on, and afterwards where the next one does; ``times``,
    which records were read, see `unfinished.Records`. ``keep`` is called after each page, with both up to date, so that
    the next sweep goes on where this one is stopped.
    """

    store: Store
    settings: Settings
    now: float
    cursors: dict[str, str] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    rules: Sequence[ExpiryRule] = ()
    cancellation: Cancellation = NEVER
    keep: Callable[[], None] = lambda: None

    def run(self) -> dict[str, Removed]:
        """Remove the litter, and results after RETENTION_DAYS; returns what was removed, by kind.

        Raises StorageError if the store refuses, and as `Cancellation.check`.
        """
        removed: defaultdict[str, Removed] = defaultdict(Removed)
        left = MAX_REMOVED
        found = unfinished.Records(self.now, unfinished_s(self.settings), self.times, goes_on=RECORDS in self.cursors)
        for prefix in self._prefixes():
            for item in self._objects(prefix):
                kind = self._kind_of(item)
                if kind is None:
                    if found.has(item) and (files := self.cancellation.run(found.clean, self.store, item)).count:
                        removed[unfinished.KIND] += files
                    continue
                if not left:
                    return dict(removed)
                name, remove = kind
                self.cancellation.run(remove, self.store, item.key)
                removed[name] += Removed(1, item.size)
                left -= 1
        if RECORDS not in self.cursors:
            found.end()
        return dict(removed)

    def _prefixes(self) -> Iterator[str]:
        """The prefixes to be listed: those of `KINDS`, and with RETENTION_DAYS those of all results."""
        for prefix in PREFIXES:
            wanted = self.settings.retention_days or any(kind.prefix == prefix for kind in KINDS)
            if wanted and not is_covered(prefix, self.rules, self.settings):
                yield prefix

    def _objects(self, prefix: str) -> Iterator[ObjectInfo]:
        """The objects whose keys start with the prefix, page by page, from where the last sweep stopped."""
        for _ in range(MAX_PAGES):
            page = self.cancellation.run(self.store.list, prefix, PAGE_KEYS, self.cursors.get(prefix))
            yield from page.objects
            if page.cursor is None:
                self.cursors.pop(prefix, None)
                return
            self.cursors[prefix] = page.cursor
            self.keep()

    def _kind_of(self, item: ObjectInfo) -> tuple[str, Callable[[Store, str], None]] | None:
        """What kind of litter an object is, and how it is removed; None if it stays."""
        age = self.now - item.modified
        for kind in KINDS:
            if kind.matches(item.key) and age > kind.age_s(self.settings):
                return kind.name, kind.remove
        kept = kept_s(self.settings)
        if kept is not None and age > kept and item.key.startswith(RESULTS):
            return EXPIRED, _delete
        return None


def is_covered(prefix: str, rules: Sequence[ExpiryRule], settings: Settings) -> bool:
    """Whether a lifecycle rule removes all objects of a prefix, as soon as a sweep would or within a month."""
    days = settings.retention_days or BOOK_PARTS_S / DAY_S
    return any(prefix.startswith(rule.prefix) and rule.days <= days for rule in rules)


def counted(removed: Mapping[str, Removed]) -> dict[str, int]:
    """How many were removed, of the kinds that there were."""
    return {name: each.count for name, each in removed.items() if each.count}
