"""Who says the words of captions: the name before the first word of each turn, and the colour of their texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import cycle

from handler.captions.styles import Style
from handler.errors import quoted
from handler.types import JobWarning, Word

# For the second speaker and those after. With white and the presets' yellow, any two differ by a CIEDE2000 of 15, also
# for readers who lack the cones for red, green or blue; each has a contrast of 6 or more to the black outline.
COLOURS = ("#ADEBAD", "#E085A9", "#8080FF", "#FF4D4D", "#BABAF7")


def labelled(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words with the name of their speaker in the first of each turn: ``Anna: Hello``.

    It is a part of that word, so that it counts in the width of its line and stays on it.
    """
    found: list[Word] = []
    speaker = ""
    for word in words:
        begins = word.speaker and word.speaker != speaker
        found.append(replace(word, shown=f"{word.speaker}: {word.shown}") if begins else word)
        speaker = word.speaker
    return tuple(found)


def unlabelled(words: Iterable[Word]) -> tuple[JobWarning, ...]:
    """A warning if labels were asked for words of which nobody is named."""
    if any(word.speaker for word in words):
        return ()
    return (JobWarning("option_ignored", "speaker_labels: this speech has no named speakers, so there are no labels"),)


def with_speakers(
    style: Style, names: Iterable[str], asked: Mapping[str, str] | None
) -> tuple[Style, tuple[JobWarning, ...]]:
    """The style with a colour for each speaker whose words are shown: as ``asked``, else one of COLOURS.

    ``names`` are those of the words in their order. The first speaker keeps the style's own colour. Words of one voice
    without a name change nothing. Warns of names that nobody has.
    """
    speakers = list(dict.fromkeys(filter(None, names)))
    asked = asked or {}
    chosen = {name: asked[name] for name in speakers if name in asked}
    free = cycle([colour for colour in COLOURS if colour not in chosen.values()] or COLOURS)
    for at, name in enumerate(speakers):
        if name not in chosen and len(speakers) > 1:
            chosen[name] = style.colour if at == 0 else next(free)
    return replace(style, speaker_colours=chosen), _unknown(asked, speakers)


def _unknown(asked: Mapping[str, str], speakers: list[str]) -> tuple[JobWarning, ...]:
    unknown = [name for name in asked if name not in speakers]
    if not unknown:
        return ()
    known = ", ".join(map(quoted, speakers))
    who = f"the speakers here are {known}" if speakers else "this speech has no named speakers"
    message = f"speaker_colours: {', '.join(map(quoted, unknown))} says nothing here, so the colour is not used; {who}"
    return (JobWarning("option_ignored", message),)
