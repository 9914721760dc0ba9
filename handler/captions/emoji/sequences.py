"""Find the emoji of a text: single ones, and sequences of characters that are drawn as one picture (UTS #51)."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Shares of the Fontsize, the same in every font: how wide an emoji's place in the line is, and the picture's side.
WIDTH, SIDE = 0.88, 0.78

_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
# Characters that are emoji by themselves, unless a text selector follows.
_EMOJI = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd"
    "\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e"
    "\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
    "\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f201\U0001f202"
    "\U0001f21a\U0001f22f\U0001f232-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f3fa\U0001f400-\U0001f64f"
    "\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f7f0\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff"
)
# Characters that are text unless an emoji selector, a skin tone or a joiner says otherwise.
_TEXT = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299"
)
_TONE = "[\U0001f3fb-\U0001f3ff]"
_TAGS = "[\U000e0020-\U000e007e]+\U000e007f"
_PART = f"(?:[{_EMOJI}](?!\ufe0e)\ufe0f?{_TONE}?|[{_TEXT}](?:\ufe0f|{_TONE}|(?=\u200d[{_EMOJI}{_TEXT}])))"
_SEQUENCE = re.compile(f"{_KEYCAP}|{_FLAG}|\U0001f3f4{_TAGS}|{_PART}(?:\u200d(?:{_PART}|[{_TEXT}]))*|{_TONE}")


def find(text: str) -> list[str]:
    """Return the emoji of a text, in order; those that are drawn as one are one."""
    return [part for part, is_emoji in split(text) if is_emoji]


def split(text: str) -> Iterator[tuple[str, bool]]:
    """Cut a text into its emoji, one each, and the texts between them; each with whether it is an emoji."""
    done = 0
    for match in () if text.isascii() else _SEQUENCE.finditer(text):
        if match.start() > done:
            yield text[done : match.start()], False
        yield match[0], True
        done = match.end()
    if done < len(text):
        yield text[done:], False
