"""Plain text, with what Markdown and web pages add to it taken away."""

from __future__ import annotations

import re

_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n(?:[\w-]{1,40}:.*\n|[ \t].*\n|- .*\n)+---[ \t]*\n")
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t].*$", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]{0,3}> (?=\S)", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\((?:https?://|/|#|mailto:)[^()\s]{0,500}\)")
_STRONG = re.compile(r"\*\*(?=\S)([^*\n]{1,500})\*\*|__(?=\S)([^_\n]{1,500})__")
_TAG = re.compile(r"</?(?:i|b|u|s|em|strong|br|p|span|font|div|v|c)(?: [^<>\n]{0,200})?/?>", re.IGNORECASE)
_EXAMPLE = re.compile(r"^[ \t]*```.*$", re.MULTILINE)


def read_plain(text: str) -> str:
    """The text without front matter, headings, emphasis, links and tags; all its words if those are in headings."""
    front = _FRONT_MATTER.match(text)
    bare = _EXAMPLE.sub("", _HEADING.sub("", text[front.end() :] if front else text))
    if not any(map(str.isalnum, bare)):
        bare = text
    bare = _LINK.sub(r"\1", _QUOTE.sub("", bare))
    bare = _STRONG.sub(lambda found: found[1] or found[2], bare)
    return _TAG.sub(" ", bare)
