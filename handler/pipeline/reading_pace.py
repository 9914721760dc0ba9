"""How long a script will take to speak, by its spoken words and marks: an estimate, before any engine is asked.

The figures were fitted on speech of piper's English voice; ``benchmarks/reading_pace.py`` compares them with its speech
of other texts. Other voices may be faster or slower.
"""

from __future__ import annotations

from collections.abc import Sequence

from handler.errors import BadRequest
from handler.settings import Settings
from handler.text.characters import is_unspaced
from handler.types import Token

LETTER_S = 0.0614
UNSPACED_S = 0.2  # of a letter that is a syllable, as in Chinese
PAUSES_S = dict.fromkeys(".!?…", 0.4) | dict.fromkeys(",;:", 0.34)
"""Silence before what follows a mark, and what the voice lingers on the word before it."""


def seconds(tokens: Sequence[Token], speed: float) -> float:
    """How long an engine will speak the tokens at a speed, their pauses included."""
    return sum(_seconds(token, speed) for token in tokens)


def check(length: float, field: str, settings: Settings) -> None:
    """Raise BadRequest on ``field`` for a script that would be spoken for so many seconds, where that is too long."""
    limit = settings.max_speech_seconds
    if length > limit:
        problem = f"would be about {length:.0f} seconds of speech, at most {limit:g} are allowed"
        raise BadRequest.of(field, f"{problem}; send it in several jobs, or say its figures and signs in fewer words")


def _seconds(token: Token, speed: float) -> float:
    words = sum(_letter_s(letter) for word in token.spoken for letter in word)
    spoken = (words + PAUSES_S.get(token.mark, 0.0)) / (speed * token.rate)
    return spoken + token.pause_before + token.pause_after


def _letter_s(letter: str) -> float:
    return UNSPACED_S if is_unspaced(letter) else LETTER_S if letter.isalnum() else 0.0
