"""What a rule sees: one piece without its outer punctuation, and its neighbours."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

LONGEST_FOR_RULES = 200
"""Characters of the longest piece that rules are tried on; longer ones are read part by part."""


@dataclass(frozen=True)
class Context:
    """``core`` in plain characters; ``dot``: a point follows it directly. Neighbours are "" at the ends.

    ``before`` and ``after`` are the cores beside it as written, ``last`` is the word spoken just before.
    A rule may ask for punctuation or digits, never for their absence: spoken forms have none, and would then be
    read in another way than the script.
    """

    core: str
    language: str
    dot: bool = False
    before: str = ""
    after: str = ""
    last: str = ""
    phone: bool = False

    def part(self, core: str, last: str = "") -> Context:
        """The context of a part of the core: only the word before it is known."""
        return replace(self, core=core, dot=False, before="", after="", last=last, phone=False)


@dataclass(frozen=True)
class Rule:
    """A pattern that must match the whole core, and what is said for it; None passes on to the next rule."""

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str], Context], str | None]


def first_match(rules: tuple[Rule, ...], context: Context) -> str | None:
    """What the first rule says that matches and does not pass."""
    if len(context.core) > LONGEST_FOR_RULES:
        return None
    for rule in rules:
        found = rule.pattern.fullmatch(context.core)
        said = rule.say(found, context) if found else None
        if said is not None:
            return said
    return None
