"""Abbreviations with full stops, such as ``z. B.``: their words instead, and their full stops end no sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from handler.text import cldr
from handler.text.languages.base import Context, Rule
from handler.text.patterns import LETTER, SHORT_STOP, START


def _pattern(written: str) -> str:
    """The pattern of an abbreviation: its first letter also as a capital, a blank or none after its inner stops."""
    first = f"[{written[0]}{written[0].upper()}]" if written[0].islower() else re.escape(written[0])
    inner = re.sub(r"\\\.(?:\\ )?", r"\\. ?", re.escape(written[1:].removesuffix(".")))
    return first + inner


def _is_letter(key: str) -> bool:
    """Whether an abbreviation is one capital, which without its full stop is a name: S1."""
    return len(key) == 1 and key.isupper()


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

    def say(found: re.Match[str], context: Context) -> str | None:
        key = found["short"].replace(" ", "")
        lower = key[0].lower() + key[1:]
        if context.before[-1:].isdigit() and lower.removesuffix(".") in cldr.months(context.language.tag):
            return None  # 5 gen. is a day
        return next((words[one] for one in (key, f"{key}.", lower, f"{lower}.") if one in words), None)

    def rule(keys: Iterable[str], stop: str, *, start: str = rf"(?<!{LETTER})(?<!\b{LETTER}\.)") -> tuple[Rule, ...]:
        several = "|".join(_pattern(key) for key in sorted(keys, key=len, reverse=True))
        if not several:
            return ()
        pattern = f"(?P<short>{several}){stop}"
        return (Rule(pattern, say, amount=False, may_end=False, start=start, end=f"(?!{LETTER})"),)

    stopped = [key for key in abbreviations if key.endswith(".")]
    return (
        *rule((key for key in stopped if key.replace(" ", "") not in may_end), r"(?:\.(?! ?$|\n)|(?=\.(?!\w)))"),
        *rule((key for key in stopped if key.replace(" ", "") in may_end), rf"(?:{short_stop}|(?=\.(?!\w)))"),
        *rule((key for key in abbreviations if not key.endswith(".")), ""),
        *rule((key for key in numbered if not _is_letter(key)), r"\.?(?= ?\d)", start=START),
        *rule((key for key in numbered if _is_letter(key)), r"\.(?= ?\d)", start=START),
    )
