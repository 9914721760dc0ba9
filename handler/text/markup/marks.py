"""Our own marks in a script: ``[pause:1.5s]``, ``[voice:anna]``, ``[laugh]`` and its like, ``[shown](spoken)``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handler.errors import BadRequest, nearest, quoted
from handler.text.markup.entities import decoded
from handler.text.phonemes import between_slashes, ipa, is_meant_as_ipa

MIN_PAUSE_S = 0.05
MAX_PAUSE_S = 30.0
MAX_SILENCE_S = 600.0  # all pauses together: each second of silence is stored and sent

# Character classes exclude the opening bracket, which keeps the search linear.
PAUSE = re.compile(
    r"\[\s*pause\s*(?:(?P<pause>:[^\[\]\n]*)?\]|(?P<open>:[^\[\]\n]{0,20}))",
    re.IGNORECASE,
)
VOICE = re.compile(r"\[\s*+voice\s*+:(?P<voice>[^\[\]\n]{0,200})(?P<closed>\])?", re.IGNORECASE)
SOUNDS = (
    "laugh", "chuckle", "sigh", "gasp", "cough", "clear throat", "sniff", "groan", "shush", "whispering", "angry",
    "happy", "sarcastic", "surprised", "fear", "crying", "dramatic", "narration", "advertisement",
)  # fmt: skip
"""Sounds and ways to speak that an engine may know. In brackets they are no words, whichever the engine."""
MAX_SOUNDS = 4  # in a row
_NAMES = "|".join(SOUNDS).replace(" ", r"\s+")
SOUND = re.compile(rf"\[\s*(?P<sound>{_NAMES})\s*\](?![(\[:])", re.IGNORECASE)

# A word and a length in brackets: a pause, perhaps misspelled.
_TIMED = re.compile(r"\[\s*(\w{3,8})\s*:\s*[\d.]+\s*m?s\s*\]", re.IGNORECASE)
# Words that are as similar to "pause" as a misspelling.
_NOT_PAUSES = frozenset({"paused", "pauses", "cause", "phase", "parse", "passe", "pulse", "purse", "paste"})
_LENGTH = re.compile(r":\s*(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})\s*(?:(ms|s)\s*)?", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0}


@dataclass(frozen=True)
class Markup:
    """Markup at ``[start:end]``: a ``pause`` in seconds, or (None) a replacement of shown by spoken text.

    With ``phonemes`` (IPA) the shown text is said so, and ``spoken`` is empty. A ``sound`` has a pause of 0.
    """

    start: int
    end: int
    pause: float | None = None
    shown: str = ""
    spoken: str = ""
    phonemes: str = ""
    sound: str = ""


def sound(found: re.Match[str]) -> Markup:
    """The sound of a match of SOUND."""
    return Markup(*found.span(), pause=0.0, sound=" ".join(found["sound"].lower().split()))


def pause(found: re.Match[str]) -> Markup:
    """The pause of a match of PAUSE. Raises BadRequest on ``text`` if it is malformed or out of range."""
    mark = found.group()
    if found["open"] is not None:
        raise BadRequest.of("text", f"the mark {quoted(mark)} is not closed: write it as [pause:1.5s]")
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


def voice(found: re.Match[str]) -> str:
    """The voice that a match of VOICE names. Raises BadRequest on ``text`` if it names none or is not closed."""
    name = found["voice"].strip()
    if not found["closed"]:
        raise BadRequest.of("text", f"the mark {quoted(found.group())} is not closed: write it as [voice:anna]")
    if not name:
        raise BadRequest.of("text", f"the mark {quoted(found.group())} names no voice: write it as [voice:anna]")
    return name


def replacement(mark: str, start: int, shown: str, spoken: str | None) -> Markup:
    """The replacement that is written as ``mark`` at ``start``; ``spoken`` is None if its bracket is not closed.

    Raises BadRequest on ``text`` if it is malformed.
    """
    if spoken is None:
        raise BadRequest.of("text", f"the mark {quoted(mark)} has no closing bracket: write it as [Nguyen](win)")
    if not shown.strip() or not spoken.strip():
        raise BadRequest.of("text", f"the mark {quoted(mark)} is empty on one side: write it as [Nguyen](win)")
    spoken = decoded(spoken)
    if is_meant_as_ipa(spoken) and not ipa(spoken):
        problem = "has a sign between its slashes that is not IPA: correct it, or write [Worcester](wooster)"
        raise BadRequest.of("text", f"the mark {quoted(mark)} {problem}")
    return said(start, start + len(mark), shown, spoken)


def said(start: int, end: int, shown: str, spoken: str, *, certainly_ipa: bool = False) -> Markup:
    """What stands at ``[start:end]`` is shown and spoken otherwise; IPA stands between slashes."""
    shown = " ".join(shown.split())
    if phonemes := between_slashes(spoken) if certainly_ipa else ipa(spoken):
        return Markup(start, end, shown=shown, phonemes=phonemes)
    return Markup(start, end, shown=shown, spoken=spoken)


def refuse_misspelled_pauses(script: str) -> None:
    """Raises BadRequest on ``text`` for a mark such as ``[pasue:1s]``."""
    for timed in _TIMED.finditer(script):
        word = timed[1].lower()
        if word != "pause" and word not in _NOT_PAUSES and nearest(word, ["pause"], cutoff=0.8):
            raise BadRequest.of("text", f"the mark {quoted(timed.group())} is not known: write it as [pause:1.5s]")


def check_silence(markup: Sequence[Markup]) -> None:
    """Raises BadRequest on ``text`` if all pauses together are too long."""
    silence = sum(one.pause or 0.0 for one in markup)
    if silence > MAX_SILENCE_S:
        allowed = f"at most {MAX_SILENCE_S:g} are allowed; shorten some"
        raise BadRequest.of("text", f"its pauses add up to {silence:g} seconds, {allowed}")
