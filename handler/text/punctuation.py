"""The mark at the end of a text, in any script."""

from __future__ import annotations

import unicodedata

SENTENCE_ENDS = frozenset(".!?…。！？｡؟।")
_JOINTS = " ,;:-–—、，；：،"
_CLOSERS = "\"'”’»›)]}」』）】"


def end_with_mark(text: str, *, final: bool = True) -> str:
    """The text with a mark at its end, before closing quotes and brackets.

    ``final`` ends a sentence, with a full stop if need be. Otherwise a comma is enough: the text goes on elsewhere.
    """
    text = text.strip()
    body = text.rstrip(_CLOSERS)
    if body and (body[-1] in SENTENCE_ENDS or (not final and body[-1] in _JOINTS)):
        return text
    bare = body.rstrip(_JOINTS)
    wide = unicodedata.east_asian_width(bare[-1:] or " ") in "WF"
    mark = ("。" if wide else ".") if final else ("，" if wide else ",")
    return bare + mark + text[len(body) :]
