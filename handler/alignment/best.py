"""The method `best`: two aligners time the same words, and `combination` makes one of what they find."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from handler.alignment import fallback
from handler.backends import Registry, device
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignerFailed, AlignmentError, Cancelled, JobTimeout
from handler.protocols import Aligner
from handler.settings import BEST, ENGINE
from handler.types import JobWarning

logger = logging.getLogger(__name__)

T = TypeVar("T")

COUNT = 2  # more cost more, and the third would seldom decide


def candidates(aligners: Registry[Aligner], configured: Sequence[str]) -> tuple[str, ...]:
    """The aligners that may be asked, in this order: those of ALIGNERS that compute here, and others that lack nothing.

    Last come those of ALIGNERS in the net, which cost money: they hear nothing where two here do.
    """
    rows = aligners.backends
    named = [name for name in configured if name not in (ENGINE, BEST)]
    here = [name for name in named if name not in rows or rows[name].local]
    others = [name for name, row in rows.items() if row.local and is_ready(name, aligners)]
    return tuple(dict.fromkeys([*here, *others, *named]))


def is_ready(name: str, aligners: Registry[Aligner]) -> bool:
    """Whether an aligner is installed, and its files or credentials are here. Loads nothing."""
    return not (aligners.problem(name) or aligners.missing_files(name))


def problem(aligners: Registry[Aligner], configured: Sequence[str]) -> str | None:
    """Why `best` cannot be had here in any language, None if it can. Loads nothing."""
    ready = [name for name in candidates(aligners, configured) if is_ready(name, aligners)]
    if len(ready) >= COUNT:
        return None
    return f"it needs two aligners that are ready, and {f'only {ready[0]} is' if ready else 'none is'}"


class BestOfTwo:
    """Asks the aligners of one job, in order, until two have answered. Not thread-safe.

    One that cannot be had, or breaks, is not asked again. Where one alone has answered, its times are used as they are,
    with a warning; ``strict`` wants two that can be had.
    """

    def __init__(self, aligners: Registry[Aligner], configured: Sequence[str], *, strict: bool = False) -> None:
        self._aligners = aligners
        self._names = candidates(aligners, configured)
        self._strict = strict
        self._absent: dict[tuple[str, str], str] = {}  # why, by name and language
        self._broken: dict[str, str] = {}
        self._used: dict[str, None] = {}  # in the order in which they answered first
        self._paired = False
        self._alone: dict[str, str] = {}  # whose times were used as they are, and why
        self.vain: tuple[str, ...] = ()
        """The aligners that were asked last, where none has answered: others need not ask them again."""

    @property
    def name(self) -> str:
        """The method as the reply names it: which aligners answered."""
        return f"{BEST} ({', '.join(self._used)})" if self._paired else ", ".join(self._used)

    @property
    def warnings(self) -> list[JobWarning]:
        """A warning for each aligner whose times were used alone."""
        return [
            JobWarning("timing_method_passed_over", f"{BEST} has the times of {name} alone for some words: {why}")
            for name, why in self._alone.items()
        ]

    def ask(self, language: str, work: Callable[[str], T], cancellation: Cancellation = NEVER) -> dict[str, T]:
        """What ``work`` returns for the names of two aligners, or of the only one that works.

        Raises AlignmentError with all reasons if none does, or if it has to be two and there are not.
        """
        found: dict[str, T] = {}
        reasons: dict[str, str] = {}
        for name in self._names:
            if len(found) == COUNT:
                break
            cancellation.check()
            if reason := self._absence(name, language, cancellation) or self._broken.get(name):
                reasons[name] = reason
                continue
            try:
                found[name] = work(name)
            except (Cancelled, JobTimeout):
                raise
            except Exception as error:  # noqa: BLE001 - the others may find the words, and the log has it
                reasons[name] = self._noticed(name, error)
                if isinstance(error, AlignerFailed) or not isinstance(error, AlignmentError):
                    self._broken[name] = reasons[name]
        self._judge(language, tuple(found), reasons)
        return found

    def _judge(self, language: str, found: Sequence[str], reasons: Mapping[str, str]) -> None:
        """Remember who has answered, and raise AlignmentError if they are too few."""
        why = "; ".join(f"{name}: {reason}" for name, reason in reasons.items()) or "no other aligner is here"
        usable = [name for name in self._names if (name, language) not in self._absent]
        if self._strict and len(usable) < COUNT:
            which = f"only {usable[0]} is" if usable else "none is"
            raise AlignmentError(f"two aligners are needed for {language}, and {which} usable here ({why})")
        if not found:
            self.vain = tuple(reasons)
            raise AlignmentError(f"no aligner found the words ({why})")
        self._used |= dict.fromkeys(found)
        self._paired = self._paired or len(found) == COUNT
        if len(found) < COUNT:
            self._alone.setdefault(found[0], why)

    def _absence(self, name: str, language: str, cancellation: Cancellation) -> str | None:
        """Why an aligner cannot be had for a language, None if it can; fetches what it needs."""
        if (name, language) not in self._absent:
            try:
                fallback.make_ready(self._aligners.get(name, language), language, cancellation)
            except (Cancelled, JobTimeout):
                raise
            except Exception as error:  # noqa: BLE001 - others may be there, and the log has it
                self._absent[name, language] = self._noticed(name, error)
        return self._absent.get((name, language))

    def _noticed(self, name: str, error: Exception) -> str:
        """Log why an aligner has no part, and return it as a client may read it."""
        device.notice(error)
        logger.warning("%s has no part in %s", name, BEST, exc_info=error)
        return fallback.reason(error)
