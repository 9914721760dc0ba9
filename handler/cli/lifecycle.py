"""``handler doctor --fix-lifecycle``: lifecycle rules of the bucket, which remove old results without a worker."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from handler.cli.command import Context
from handler.cli.exits import DONE, FAILED, CommandFailed, UsageError

if TYPE_CHECKING:
    from handler.protocols import ExpiringStore
    from handler.removal import ExpiryRule

SET_DAYS = "set RETENTION_DAYS, or add --set retention_days=30"


def fix(context: Context) -> int:
    """Show the rules that the bucket lacks, ask, and write them; the bucket's other rules stay as they are."""
    from handler.app import make_services
    from handler.doctor import lifecycle
    from handler.protocols import ExpiringStore

    settings, terminal = context.configuration.settings, context.terminal
    store = make_services(settings).store
    if not isinstance(store, ExpiringStore):
        raise UsageError("--fix-lifecycle needs a bucket; set S3_BUCKET (of a folder RETENTION_DAYS is enough)")
    rules = store.expiry_rules()
    if rules is None:
        raise CommandFailed(f"the bucket's service has no lifecycle rules; {SET_DAYS}, and the workers remove results")
    days = settings.retention_days or _days()
    missing = lifecycle.missing(rules, settings, days)
    if not missing:
        terminal.out(f"the bucket removes results after {days} days already; nothing to do")
        return DONE
    terminal.out(f"Rules for the {store.describe()}; its other rules stay as they are:")
    _show(context, missing)
    if not (context.options.yes or _asked("Write them? [y/N] ").lower() in {"y", "yes"}):
        terminal.out("nothing was written")
        return FAILED
    return _write(context, store, missing)


def _write(context: Context, store: ExpiringStore, rules: Sequence[ExpiryRule]) -> int:
    store.set_expiry_rules(rules)
    if set(rules) - set(store.expiry_rules() or ()):
        raise CommandFailed("the bucket does not tell the rules that were written; look at them in its console")
    context.terminal.out("written; voices, fonts and lexicons are never removed")
    return DONE


def _show(context: Context, rules: Sequence[ExpiryRule]) -> None:
    rows = [(rule.id, f"{rule.prefix}*", f"removed after {rule.days} days") for rule in rules]
    context.terminal.table(("rule", "objects", "what happens"), rows)


def _days() -> int:
    """After how many days results go, as somebody says."""
    answer = _asked("Remove results after how many days? ", f"--fix-lifecycle needs to know for how long; {SET_DAYS}")
    if not answer.isdecimal() or not int(answer):
        raise UsageError(f"{answer!r} is no number of days; {SET_DAYS}")
    return int(answer)


def _asked(question: str, otherwise: str = "--fix-lifecycle asks before it writes; add --yes in a script") -> str:
    """The answer of whoever sits there. Raises UsageError where nobody does."""
    if not sys.stdin.isatty():
        raise UsageError(otherwise)
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
