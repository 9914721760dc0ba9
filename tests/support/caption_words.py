"""Scripts with word times for the caption tests."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from handler.captions.formats import Captions
from handler.captions.layout import cues
from handler.captions.styles import Look
from handler.types import Word

NASTY = (
    "{a}",
    "-->",
    "&amp;",
    "<b>",
    "a,b",
    '"q"',
    "\\N",
    "\\",
    "{\\k5}",
    "great 🎉",
    "\\{",
    "}",
    "x\x00y",
    "42",
    "漢字",
)
"""Words that some format takes for something else."""

_LETTERS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=14)
_SHOWN = st.one_of(st.sampled_from(NASTY), _LETTERS, st.sampled_from(("to", "the", "house,", "end.", "Really?")))
_SECONDS = st.one_of(st.just(0.0), st.floats(0.0, 0.6), st.floats(0.0, 4.0))


def timed(text: str, *, pauses: dict[int, float] | None = None, lead: float = 0.3) -> tuple[Word, ...]:
    """Words of a text, 0.06 s a letter and at least 0.15 s, with a pause in seconds after the words named."""
    words, now, place = [], lead, 0
    for index, shown in enumerate(text.split()):
        start, place = text.index(shown, place), text.index(shown, place) + len(shown)
        end = now + max(0.15, 0.06 * len(shown))
        words.append(Word(shown, now, end, 0.9, False, start, place))
        now = end + (pauses or {}).get(index, 0.0)
    return tuple(words)


@st.composite
def scripts(draw: st.DrawFn, max_size: int = 30) -> tuple[tuple[Word, ...], float]:
    """Random words (a blank between them, or nothing) at random times, and the length of the audio."""
    words: list[Word] = []
    now, place = draw(_SECONDS), 0
    for shown in draw(st.lists(_SHOWN, min_size=1, max_size=max_size)):
        end = now + draw(_SECONDS)
        words.append(Word(shown, now, end, draw(st.floats(0, 1)), draw(st.booleans()), place, place + len(shown)))
        now, place = end + draw(_SECONDS), place + len(shown) + draw(st.sampled_from((1, 1, 1, 0)))
    return tuple(words), now + 0.1 * len(words)


def captions(words: Sequence[Word], look: Look, duration: float | None = None) -> Captions:
    """Words laid out in a look."""
    length = words[-1].end + 0.2 if duration is None else duration
    return Captions(tuple(words), cues(words, look, length), look, length, "en", "engine")
