"""Scripts with word times for the caption tests, and what a reader sees of the files made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pysubs2
from hypothesis import strategies as st

from handler.captions.formats import FORMATS, Captions
from handler.captions.formats.base import printable, ticks
from handler.captions.layout import cues, joined
from handler.captions.styles import STYLES, Style
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

any_style = st.sampled_from(
    [*STYLES.values(), replace(STYLES["karaoke"], case="upper"), replace(STYLES["classic"], max_chars=12)]
)
HALF_MS, HALF_CS = 0.0005 + 1e-9, 0.005 + 1e-9


def timed(text: str, *, pauses: dict[int, float] | None = None, lead: float = 0.3) -> tuple[Word, ...]:
    """Words of a text, 0.06 s a letter and at least 0.15 s, with a pause in seconds after the words named."""
    words, now, offset = [], lead, 0
    for index, shown in enumerate(text.split()):
        start, offset = text.index(shown, offset), text.index(shown, offset) + len(shown)
        end = now + max(0.15, 0.06 * len(shown))
        words.append(Word(shown, now, end, 0.9, False, start, offset))
        now = end + (pauses or {}).get(index, 0.0)
    return tuple(words)


@st.composite
def scripts(draw: st.DrawFn, max_size: int = 30) -> tuple[tuple[Word, ...], float]:
    """Random words (a blank between them, or nothing) at random times, and the length of the audio."""
    words: list[Word] = []
    now, offset = draw(_SECONDS), 0
    for shown in draw(st.lists(_SHOWN, min_size=1, max_size=max_size)):
        end = now + draw(_SECONDS)
        words.append(Word(shown, now, end, draw(st.floats(0, 1)), draw(st.booleans()), offset, offset + len(shown)))
        now, offset = end + draw(_SECONDS), offset + len(shown) + draw(st.sampled_from((1, 1, 1, 0)))
    return tuple(words), now + 0.1 * len(words)


def captions(words: Sequence[Word], style: Style, duration: float | None = None) -> Captions:
    """Words laid out in a style."""
    length = words[-1].end + 0.2 if duration is None else duration
    return Captions(tuple(words), cues(words, style, length), style, length, "en", "engine")


def texts(made: Captions) -> list[str]:
    """What each cue should read, its lines joined with a newline."""
    case = made.style.apply_case
    return ["\n".join(joined(line, lambda shown: case(printable(shown))) for line in cue.lines) for cue in made.cues]


def in_seconds(stamp: str) -> float:
    """``HH:MM:SS.mmm`` in seconds."""
    hours, minutes, rest = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def read_ass(text: str) -> tuple[str, list[tuple[int, str]]]:
    """What libass draws of a text, and its syllables (start in centiseconds, text), after libass's own rules."""
    drawn, syllables, now, length = "", [], 0, 0
    for command, escape, char in re.findall(r"\{([^}]*)\}|\\([Nnh{}])|(.)", text, re.DOTALL):
        if command:
            now, length = (now + length, int(k[1])) if (k := re.fullmatch(r"\\kf?(\d+)", command)) else (now, length)
            syllables += [(now, "")] if k else []
            continue
        part = {"N": "\n", "n": " ", "h": "\xa0"}.get(escape, escape) or char.replace("\u2060", "")
        drawn += part
        syllables[-1:] = [(syllables[-1][0], syllables[-1][1] + part)] if syllables else []
    return drawn, [*syllables, (now + length, "")]


def drawn(made: Captions) -> list[tuple[float, float, str]]:
    """What an .ass file shows: start and end in seconds, and the text, once where only its colours change."""
    shown: list[tuple[float, float, str]] = []
    begins = {ticks(cue.start, 100) for cue in made.cues}
    for event in pysubs2.SSAFile.from_string(FORMATS["ass"].write(made).decode("utf-8-sig"), format_="ass"):
        if event.is_drawing:
            continue
        start, end, text = event.start / 1000, event.end / 1000, read_ass(event.text)[0]
        new = any(abs(event.start / 10 - begin) < 5 for begin in begins)
        if made.style.effect == "highlight" and not new and shown[-1][1:] == (start, text):
            start = shown.pop()[0]
        shown.append((start, end, text))
    return shown
