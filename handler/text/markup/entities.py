"""HTML entities: ``&amp;``, ``&#8217;``, ``&nbsp;``. Only those with their semicolon: AT&T and "R&D;" are text."""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5

PATTERN = r"&(?:amp;){0,2}(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
"""An entity, or what may be one. Pages that were escaped twice have ``&amp;#39;`` for an apostrophe."""

_ENTITY = re.compile(PATTERN)
_ONCE = "&amp;"


def decode(entity: str) -> tuple[str, int] | None:
    """What begins a text that matches PATTERN: the characters, and the length that they take; None for plain text."""
    name = entity.rpartition("&")[2].rpartition("amp;")[2] or "amp;"
    known = unescape(f"&{name}") if name.startswith("#") else html5.get(name)
    if known and known != "\ufffd":
        return known, len(entity)
    return ("&", len(_ONCE)) if entity.startswith(_ONCE) else None


def decoded(text: str) -> str:
    """A text with characters in the place of its entities."""

    def characters(found: re.Match[str]) -> str:
        return known[0] + found[0][known[1] :] if (known := decode(found[0])) else found[0]

    return _ENTITY.sub(characters, text)
