"""Abbreviations with full stops, such as ``z. B.``: their words instead, and their full stops end no sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from handler.text.languages.base import Context, Rule
from handler.text.patterns import LETTER, SHORT_STOP, START


def _pattern(written: str) -> str:
    """The pattern of an abbreviation: its first letter also as a capital, a blank or none after its inner stops."""
    first = f"[{written[0]}{written[0].upper()}]" if written[0].islower() else re.escape(written[0])
    inner = re.sub(r"\\\.(?:\\ )?", r"\\. ?", re.escape(written[1:].removesuffix(".")))
    return first + inner


def abbreviation_rules(
    abbreviations: Mapping[str, str],
    *,
    ending: Iterable[str] = (),
    before_number: Mapping[str, str] | None = None,
    short_stop: str = SHORT_STOP,
) -> tuple[Rule, ...]:
    """The rules of abbreviations, as written ("z.B.", "Dr", "usw.") → their words.

    Those of ``ending`` may end a sentence: their full stop does so before a capital. A full stop at the end of a
    paragraph always does. ``before_number`` are abbreviations only before figures, with or without a full stop.
    """
    numbered = before_number or {}
    words = {key.replace(" ", ""): spoken for key, spoken in {**abbreviations, **numbered}.items()}
    may_end = frozenset(key.replace(" ", "") for key in ending)

    def say(found: re.Match[str], _context: Context) -> str | None:
        key = found["short"].replace(" ", "")
        lower = key[0].lower() + key[1:]
        return next((words[one] for one in (key, f"{key}.", lower, f"{lower}.") if one in words), None)

    def rule(keys: Iterable[str], stop: str, *, start: str = f"(?<!{LETTER})") -> tuple[Rule, ...]:
        several = "|".join(_pattern(key) for key in sorted(keys, key=len, reverse=True))
        if not several:
            return ()
        pattern = f"(?P<short>{several}){stop}"
        return (Rule(pattern, say, amount=False, may_end=False, start=start, end=f"(?!{LETTER})"),)

    stopped = [key for key in abbreviations if key.endswith(".")]
    return (
        *rule((key for key in stopped if key.replace(" ", "") not in may_end), r"(?:\.(?! ?$|\n)|(?=\.))"),
        *rule((key for key in stopped if key.replace(" ", "") in may_end), rf"(?:{short_stop}|(?=\.))"),
        *rule((key for key in abbreviations if not key.endswith(".")), ""),
        *rule(numbered, r"\.?(?= ?\d)", start=START),
    )
