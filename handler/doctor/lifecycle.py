"""Who removes old results: the bucket by its lifecycle rules, or the workers after RETENTION_DAYS."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from handler.doctor.finding import OK, Check
from handler.errors import StorageError
from handler.pipeline import uploads
from handler.protocols import ExpiringStore, Services
from handler.removal import ExpiryRule
from handler.settings import Settings
from handler.sweeping.litter import DAY_S, RESULTS

NAME = "deletion"
FIX = "handler doctor --fix-lifecycle"


def wanted(settings: Settings, days: int) -> tuple[ExpiryRule, ...]:
    """The rules of a bucket that keeps results for so many days, and uploads for as long as their links open."""
    upload_days = min(days, math.ceil(uploads.file_seconds(settings) / DAY_S) + 1)
    return tuple(
        ExpiryRule(f"speech-{prefix.rstrip('/')}", prefix, upload_days if prefix == uploads.FOLDER else days)
        for prefix in RESULTS
    )


def missing(rules: Sequence[ExpiryRule], settings: Settings, days: int) -> tuple[ExpiryRule, ...]:
    """Those that are wanted and that no rule of the bucket makes superfluous."""
    return tuple(
        each
        for each in wanted(settings, days)
        if not any(each.prefix.startswith(rule.prefix) and rule.days <= each.days for rule in rules)
    )


def deletion(services: Services) -> Iterable[Check]:
    """With RETENTION_DAYS: who removes what is older."""
    days, store = services.settings.retention_days, services.store
    if not days:
        return []
    by_workers = f"the workers remove results after {days} days, every hour"
    if not isinstance(store, ExpiringStore):
        return [Check(NAME, OK, by_workers)]
    try:
        rules = store.expiry_rules()
    except StorageError as error:
        return [Check(NAME, OK, f"{by_workers}; whether the bucket has a lifecycle rule is not known: {error.message}")]
    if rules is None:
        return [Check(NAME, OK, f"{by_workers}; the bucket's service has no lifecycle rules")]
    if not missing(rules, services.settings, days):
        return [Check(NAME, OK, f"the bucket removes results after {days} days, by its lifecycle rules")]
    return [Check(NAME, OK, f"{by_workers}; `{FIX}` has the bucket do it, which costs no requests")]
