"""The HTML tags that people use within Markdown, and what each leaves behind in the text."""

from __future__ import annotations

import re

from handler.text.characters import word_set

_INLINE = word_set(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr output q rp rt ruby s samp "
    "small span strike strong sub sup time tt u var wbr"
)
_BLOCK = word_set(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 head header hr html li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
_SSML = word_set("emphasis phoneme prosody say-as voice lang audio bookmark break")
"""Elements of SSML that people put into plain text, too: their tags are not said."""
_CELLS = word_set("td th")
PATTERN = r"</?[A-Za-z][A-Za-z0-9:-]{0,24}(?:\s[^<>]*)?/?>"
"""A tag, or what may be one. Its text up to ``<`` or ``>`` is read once, so the search is linear."""

_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]{0,24})")
_ALT = re.compile(r"\salt\s{0,3}=\s{0,3}([\"'])(?P<alt>[^\"'<>]*)\1", re.IGNORECASE)
_TIME = re.compile(r"\stime\s{0,3}=\s{0,3}[\"']?\s{0,3}(?P<length>[\d.]{1,12}\s{0,3}m?s)\b", re.IGNORECASE)
_NEXT_CELL = re.compile(r"\s*+<t[dh]\b", re.IGNORECASE)


def tag_name(tag: str) -> str:
    """The name of a tag in lower case."""
    found = _NAME.match(tag)
    return found[1].lower() if found else ""


def stands_for(tag: str, text: str, end: int, paragraph: str) -> str | None:
    """What a tag that ends at ``text[end]`` leaves in the text, None if it is none of HTML: ``<laughs>`` stays."""
    name = tag_name(tag)
    if "=" not in tag and len(tag.strip("</>").split()) > 1:
        return None  # "a<b and c>d"
    if name in _INLINE or name in _SSML or name.startswith(("amazon:", "mstts:")):
        return ""
    if name in _BLOCK:
        return paragraph
    if name == "br":
        return "\n"
    if name in _CELLS:
        return ", " if tag[1] == "/" and _NEXT_CELL.match(text, end) else ""
    return None


def alternative(tag: str) -> tuple[int, int]:
    """Where the text of ``<img alt="…">`` stands within the tag; an empty span if it has none."""
    found = _ALT.search(tag)
    return found.span("alt") if found else (0, 0)


def pause_length(tag: str) -> str | None:
    """The length in ``<break time="1.5s"/>``, which people paste outside of SSML, too."""
    found = _TIME.search(tag)
    return found["length"] if found and tag_name(tag) == "break" else None
