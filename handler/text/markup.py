"""The markup of a script: ``[pause:1.5s]`` and ``[shown](spoken)``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handler.errors import BadRequest, nearest, quoted

MIN_PAUSE_S = 0.05
MAX_PAUSE_S = 30.0
MAX_SILENCE_S = 600.0  # all pauses together: each second of silence is stored and sent

# Character classes exclude the opening bracket, which keeps the search linear.
_MARKUP = re.compile(
    r"\[\s*pause\s*(?P<pause>:[^\[\]\n]*)?\]"
    r"|(?P<open>\[\s*pause\s*:[^\[\]\n]{0,20})"
    r"|\[(?P<shown>[^\[\]\n]*)\]\((?P<spoken>[^()\n]*)(?P<end>\))?",
    re.IGNORECASE,
)
# A word and a length in brackets: a pause, perhaps misspelled.
_TIMED = re.compile(r"\[\s*(\w{3,8})\s*:\s*[\d.]+\s*m?s\s*\]", re.IGNORECASE)
# Words that are as similar to "pause" as a misspelling.
_NOT_PAUSES = frozenset({"paused", "pauses", "cause", "phase", "parse", "passe", "pulse", "purse", "paste"})
_LENGTH = re.compile(r":\s*(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})\s*(?:(ms|s)\s*)?", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0}


@dataclass(frozen=True)
class Markup:
    """Markup at ``script[start:end]``: a ``pause`` in seconds, or (None) a replacement of shown by spoken text."""

    start: int
    end: int
    pause: float | None = None
    shown: str = ""
    spoken: str = ""


def _pause(found: re.Match[str]) -> Markup:
    mark = found.group()
    length = _LENGTH.fullmatch(found["pause"] or "")
    if length is None:
        raise BadRequest.of(
            "text", f"the mark {quoted(mark)} names no length: write it as [pause:1.5s] or [pause:500ms]"
        )
    seconds = float(length[1]) * _SECONDS[(length[2] or "").lower()]
    if not MIN_PAUSE_S <= seconds <= MAX_PAUSE_S:
        allowed = f"a pause is {MIN_PAUSE_S} to {MAX_PAUSE_S:g} seconds"
        raise BadRequest.of("text", f"the mark {quoted(mark)} is out of range: {allowed}")
    return Markup(*found.span(), pause=seconds)


def _replacement(found: re.Match[str]) -> Markup:
    mark = found.group()
    if found["end"] is None:
        raise BadRequest.of("text", f"the mark {quoted(mark)} has no closing bracket: write it as [Nguyen](win)")
    if not found["shown"].strip() or not found["spoken"].strip():
        raise BadRequest.of("text", f"the mark {quoted(mark)} is empty on one side: write it as [Nguyen](win)")
    return Markup(*found.span(), shown=" ".join(found["shown"].split()), spoken=found["spoken"])


def find_markup(script: str) -> list[Markup]:
    """All markup in order; "[sic]" is ordinary text. Raises BadRequest on ``text`` for malformed markup."""
    for timed in _TIMED.finditer(script):
        word = timed[1].lower()
        if word != "pause" and word not in _NOT_PAUSES and nearest(word, ["pause"], cutoff=0.8):
            raise BadRequest.of("text", f"the mark {quoted(timed.group())} is not known: write it as [pause:1.5s]")
    markup = []
    for found in _MARKUP.finditer(script):
        if found["open"] is not None:
            raise BadRequest.of("text", f"the mark {quoted(found.group())} is not closed: write it as [pause:1.5s]")
        markup.append(_pause(found) if found["shown"] is None else _replacement(found))
    silence = sum(one.pause or 0.0 for one in markup)
    if silence > MAX_SILENCE_S:
        allowed = f"at most {MAX_SILENCE_S:g} are allowed; shorten some"
        raise BadRequest.of("text", f"its pauses add up to {silence:g} seconds, {allowed}")
    return markup
