"""The two marks a script may carry: ``[pause:1.5s]`` and ``[shown](spoken)``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handler.errors import BadRequest

SHORTEST_PAUSE = 0.05
LONGEST_PAUSE = 30.0
MOST_SILENCE = 600.0
"""Seconds of all pauses together: marks are cheap to write, and each second of silence is stored and sent."""

# Classes exclude their own opening sign, so that a search never runs over the same text twice.
_ANY_MARK = re.compile(
    r"\[\s*pause\s*(?P<pause>:[^\[\]\n]*)?\]"
    r"|(?P<open>\[\s*pause\s*:[^\[\]\n]{0,20})"
    r"|\[(?P<shown>[^\[\]\n]*)\]\((?P<spoken>[^()\n]*)(?P<end>\))?",
    re.IGNORECASE,
)
# In brackets, a word and a length with its unit: a pause, or one that was mistyped.
_TIMED = re.compile(r"\[\s*(\w{3,8})\s*:\s*[\d.]+\s*m?s\s*\]", re.IGNORECASE)
_WORDS = frozenset({"cause", "paused", "pauses", "parse", "passe"})
"""Words of their own, each one letter from it."""

_LENGTH = re.compile(r":\s*(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})\s*(ms|s|)\s*", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0}


@dataclass(frozen=True)
class Mark:
    """A mark at ``script[start:end]``: a pause in seconds, or (pause None) what is shown and what is said."""

    start: int
    end: int
    pause: float | None = None
    shown: str = ""
    spoken: str = ""


def _pause(found: re.Match[str]) -> Mark:
    mark = found.group()
    length = _LENGTH.fullmatch(found["pause"] or "")
    if length is None:
        raise BadRequest.of("text", f"the mark {mark!r} names no length: write it as [pause:1.5s] or [pause:500ms]")
    seconds = float(length[1]) * _SECONDS[length[2].lower()]
    if not SHORTEST_PAUSE <= seconds <= LONGEST_PAUSE:
        raise BadRequest.of(
            "text", f"the mark {mark!r} is out of range: a pause is {SHORTEST_PAUSE} to {LONGEST_PAUSE:g} seconds"
        )
    return Mark(*found.span(), pause=seconds)


def _replacement(found: re.Match[str]) -> Mark:
    mark = found.group() if len(found.group()) <= 60 else f"{found.group()[:60]}…"
    if found["end"] is None:
        raise BadRequest.of("text", f"the mark {mark!r} has no closing bracket: write it as [Nguyen](win)")
    if not found["shown"].strip() or not found["spoken"].strip():
        raise BadRequest.of("text", f"the mark {mark!r} is empty on one side: write it as [Nguyen](win)")
    return Mark(*found.span(), shown=" ".join(found["shown"].split()), spoken=found["spoken"])


def _slip(word: str) -> bool:
    """Whether a word is "pause" with one slip of the finger: a letter too many, too few, another, or two exchanged."""
    pause = "pause"
    if word == pause or word in _WORDS or abs(len(word) - len(pause)) > 1:
        return False
    if len(word) != len(pause):
        short, long = sorted((word, pause), key=len)
        return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    wrong = [at for at, (one, other) in enumerate(zip(word, pause, strict=True)) if one != other]
    return len(wrong) == 1 or (wrong[1:] == [wrong[0] + 1] and sorted(word) == sorted(pause))


def find_marks(script: str) -> list[Mark]:
    """Every mark in order. Raises BadRequest naming the first that is malformed; "[sic]" is ordinary text."""
    for timed in _TIMED.finditer(script):
        if _slip(timed[1].lower()):
            raise BadRequest.of("text", f"the mark {timed.group()!r} is not known: write it as [pause:1.5s]")
    marks = []
    for found in _ANY_MARK.finditer(script):
        if found["open"] is not None:
            raise BadRequest.of("text", f"the mark {found.group()!r} is not closed: write it as [pause:1.5s]")
        marks.append(_pause(found) if found["shown"] is None else _replacement(found))
    silence = sum(mark.pause or 0.0 for mark in marks)
    if silence > MOST_SILENCE:
        raise BadRequest.of(
            "text", f"its pauses add up to {silence:g} seconds, at most {MOST_SILENCE:g} are allowed; shorten some"
        )
    return marks
