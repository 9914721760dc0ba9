"""Cut text into what readers take for one letter."""

from __future__ import annotations

import unicodedata

from handler.captions import emoji


def graphemes(text: str) -> list[str]:
    """Text cut where it may be broken: marks, joiners and what they join stay with the letter before, emoji whole."""
    if text.isascii():
        return list(text)
    cut: list[str] = []
    for part, is_emoji in emoji.split(text):
        if is_emoji:
            cut.append(part)
            continue
        for char in part:
            if cut and (unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf") or cut[-1].endswith("\u200d")):
                cut[-1] += char
            else:
                cut.append(char)
    return cut
