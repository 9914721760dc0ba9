"""Parts of patterns that the rules of all languages share."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_EXPRESSION_CHARS = 200
CLAUSE_MARKS = (",", ";", ":")
"""After the full stop of a short form they show that the sentence goes on."""
AMOUNT, OTHER = "\x01", "\x02"
"""What later rules see in place of an expression: of an amount, which may begin or end a range, and of another."""
# A letter or digit that touches an expression, in scripts with blanks between words.
LETTER = r"[^\W\d_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_WORD = r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
START = rf"(?<!{_WORD})(?<![{AMOUNT}{OTHER}])(?!(?<=\d[.,:/'–-])\d)"
END = rf"(?!{_WORD})(?!(?<=\d)[.,:/'–-]\d)"
"""Where an expression begins and ends: not inside a word, and not inside figures such as 1.2.3."""
AMOUNT_START, AMOUNT_END = START.replace("–-", ""), END.replace("–-", "")
"""The same for amounts, which may be one side of a range: 5–10 kg."""
# The full stop of a short form, unless the sentence ends there.
SHORT_STOP = r"\.(?! ?$|\n| [A-ZÀ-ÖØ-ÞŐŰŞĞİŠŽА-ЯЁ])"


def one_of(words: Iterable[str], short_stop: str | None = None) -> str:
    """A pattern of any of the words, the longest first; without words one that matches nowhere.

    With ``short_stop`` the full stop of a short form among them may end the sentence too.
    """
    several = sorted(words, key=len, reverse=True)
    if short_stop is None:
        return "|".join(map(re.escape, several)) or "(?!)"
    stop = rf"(?:{short_stop}|(?=\.))"
    return (
        "|".join(f"{re.escape(word[:-1])}{stop}" if word.endswith(".") else re.escape(word) for word in several)
        or "(?!)"
    )


def after_one_of(words: Iterable[str], fillers: Iterable[str] = ()) -> str:
    """A pattern that looks behind for one of the words, with one of the fillers after it or none."""
    behind = [f"(?<={re.escape(word)}{re.escape(filler)})" for word in words for filler in ("", *fillers)]
    return f"(?:{'|'.join(behind)})"
