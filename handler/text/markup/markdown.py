"""Take Markdown, HTML entities and our own marks out of a script. See `blocks` and `inline`.

The scanner is our own because captions need the offset of every character in what the client sent: parsers of
Markdown know the lines of blocks at best. It also reads ``[shown](spoken)``, which no Markdown has.
"""

from __future__ import annotations

import re
from dataclasses import replace

from handler.text.markup.blocks import find_blocks
from handler.text.markup.formulas import formula_edits
from handler.text.markup.inline import Inline
from handler.text.markup.marks import Markup, refuse_misspelled_pauses
from handler.text.markup.rewriting import Edit, Rewritten

_UNSAID = (("<!--", "-->"), ("<style", "</style>"), ("<script", "</script>"))
"""What stands between these is not part of a page's text."""
_FRONT_MATTER = re.compile(
    r"---[ \t]*+\r?\n(?:(?:[A-Za-z_][\w-]{0,40}:|[ \t]|-[ \t])[^\r\n]*+\r?\n){1,60}+---[ \t]*+(?=[\r\n])"
)
# The first characters of whatever these modules read.
_SIGNS = re.compile(r"[$\\`<&\[\]*_~|#>=•‣⁃◦▪▫●○◆■□➤➢►▶·・【]|^[ \t]*+(?:[-+]|\d{1,3}[.)])|---", re.MULTILINE)


def read_markdown(script: str) -> tuple[list[Edit], list[Markup], list[tuple[int, str]]]:
    """The edits that leave a script without its signs, its marks, and where each voice begins that it names.

    All offsets are those of the script. Raises BadRequest on ``text`` for malformed marks.
    """
    if not _SIGNS.search(script):
        return [], [], []
    refuse_misspelled_pauses(script)
    unsaid = _unsaid(script)
    text = Rewritten.of(script).edited(replace(one, text=" " * (one.end - one.start)) for one in unsaid).text
    blocks = find_blocks(text)
    inline = Inline(text, blocks.definitions)
    for spans in blocks.spans:
        inline.read(spans)
    return [*unsaid, *formula_edits(text), *blocks.edits, *inline.edits], inline.markup, inline.voices


def _unsaid(script: str) -> list[Edit]:
    """The front matter of a page (``title: …`` between dashes), and comments, styles and programs of HTML."""
    front = _FRONT_MATTER.match(script)
    found = [Edit(*front.span())] if front else []
    for opening, closing in _UNSAID:
        start = script.find(opening)
        while start >= 0 and (end := script.find(closing, start + len(opening))) >= 0:
            found.append(Edit(start, end + len(closing)))
            start = script.find(opening, end + len(closing))
    return found
