"""Advanced SubStation Alpha (.ass): the format that carries a look, drawn by libass in ffmpeg and most players."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from handler.captions.files.base import Captions, printable, ticks
from handler.captions.layout import separator
from handler.captions.looks import Look
from handler.values import Cue, Word

if TYPE_CHECKING:
    import ass
    from ass.data import Color

PER_SECOND = 100
"""The format's unit of time is the centisecond."""

# libass takes a backslash with the letter or brace after it for a command. There is no escape for a backslash
# itself, so an invisible word joiner comes between; braces have one. One pass, so that none is escaped twice.
_ESCAPES = str.maketrans({"\\": "\\\u2060", "{": "\\{", "}": "\\}"})
_ALIGNMENT = {"bottom": 2, "middle": 5, "top": 8}

Event = tuple[int, int, str]
"""Start and end in centiseconds, and the text with its commands."""


@dataclass(frozen=True)
class Effect:
    """How a cue is drawn while its words are spoken: its events, and whether text starts out unspoken."""

    events: Callable[[Cue, Look], Iterator[Event]]
    sweeps: bool = False


def write_ass(captions: Captions) -> bytes:
    """One document with one style, the look's, on its canvas; UTF-8 with the mark that Windows players want."""
    import ass

    look = captions.look
    document = ass.Document()
    document.info.update(
        {
            "ScriptType": "v4.00+",
            "PlayResX": look.canvas[0],
            "PlayResY": look.canvas[1],
            # Lines are broken here; what is still too wide for the canvas is wrapped rather than cut off.
            "WrapStyle": 0,
            "ScaledBorderAndShadow": "yes",
            "YCbCr Matrix": "None",
        }
    )
    document.styles.append(_style(look))
    for cue in captions.cues:
        for start, end, text in EFFECTS[look.effect].events(cue, look):
            times = {"start": _timedelta(start), "end": _timedelta(end)}
            document.events.append(ass.Dialogue(style="Default", text=_shrink(cue, look) + text, **times))
    out = io.StringIO()
    document.dump_file(out)
    return out.getvalue().encode("utf-8-sig")


def escaped(text: str) -> str:
    """Text that libass draws literally."""
    return printable(text).translate(_ESCAPES)


def _plain(cue: Cue, look: Look) -> Iterator[Event]:
    text = "\\N".join(
        "".join(escaped(look.cased(word.shown)) + gap for word, gap in _with_separators(line)) for line in cue.lines
    )
    yield ticks(cue.start, PER_SECOND), ticks(cue.end, PER_SECOND), text


def _karaoke(cue: Cue, look: Look) -> Iterator[Event]:
    """Each word is swept while it is spoken.

    Lengths are differences of rounded absolute boundaries, and a silence has a syllable of its own without text:
    the sum is the event's length, so no error adds up and pauses shift nothing.
    """
    start, end = ticks(cue.start, PER_SECOND), ticks(cue.end, PER_SECOND)
    bounds = [min(max(ticks(word.start, PER_SECOND), start), end) for word in cue.words] + [end]
    now, index, lines = start, 0, []
    for line in cue.lines:
        text = ""
        for word, gap in _with_separators(line):
            begin = max(now, bounds[index])
            stop = min(max(begin, ticks(word.end, PER_SECOND)), max(begin, bounds[index + 1]))
            text += f"{{\\k{begin - now}}}" if begin > now else ""
            text += f"{{\\kf{stop - begin}}}{escaped(look.cased(word.shown))}{gap}"
            now, index = stop, index + 1
        lines.append(text)
    rest = f"{{\\k{end - now}}}" if end > now else ""
    yield start, end, "\\N".join(lines) + rest


EFFECTS: dict[str, Effect] = {"none": Effect(_plain), "karaoke": Effect(_karaoke, sweeps=True)}
"""By the name in ``Look.effect``."""


def _with_separators(line: tuple[Word, ...]) -> Iterator[tuple[Word, str]]:
    for i, word in enumerate(line):
        yield word, separator(word, line[i + 1]) if i + 1 < len(line) else ""


def _style(look: Look) -> ass.Style:
    import ass
    from ass.data import Color

    margins = look.margins
    sweeps = EFFECTS[look.effect].sweeps
    return ass.Style(
        name="Default",
        fontname=look.font,
        fontsize=float(look.size),
        # A syllable turns from the secondary to the primary colour when it is spoken.
        primary_color=_colour(look.highlight if sweeps else look.colour),
        secondary_color=_colour(look.colour),
        outline_color=_colour(look.outline_colour),
        back_color=Color(0, 0, 0, 128),
        bold=look.bold,
        outline=float(look.outline),
        shadow=0.0,
        alignment=_ALIGNMENT[look.position],
        margin_l=margins.side,
        margin_r=margins.side,
        margin_v=margins.top if look.position == "top" else margins.bottom,
    )


def _colour(value: str) -> Color:
    from ass.data import Color

    return Color(*bytes.fromhex(value.removeprefix("#")))


def _timedelta(centiseconds: int) -> timedelta:
    # Whole centiseconds: the library cuts off what is beyond them.
    return timedelta(milliseconds=centiseconds * 10)


# Widths of letters of Inter Bold over the Fontsize that libass sets them in, rounded up.
_NARROW, _USUAL, _CAPITAL, _WIDE = 0.26, 0.45, 0.55, 0.73


def _letter_width(char: str) -> float:
    table = ((".,:;!|'’ijlftrI()[]", _NARROW), ("mwMW%@…—", _WIDE))
    found = next((width for chars, width in table if char in chars), None)
    return found or (_WIDE if ord(char) >= 0x1100 else _CAPITAL if char.isupper() else _USUAL)


def _shrink(cue: Cue, look: Look) -> str:
    """A command that makes a cue smaller whose longest word would leave the safe area; words do not wrap."""
    words = " ".join(look.cased(word.shown) for word in cue.words).split(" ")
    widest = max(sum(map(_letter_width, word)) for word in words) * look.size
    if widest <= look.safe_width:
        return ""
    percent = max(20, int(100 * look.safe_width / widest))
    return f"{{\\fscx{percent}\\fscy{percent}}}"
