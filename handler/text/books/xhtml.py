"""A page of an EPUB becomes script text: what it says, as it is written, with a blank line between its blocks.

Whatever the script's reader would take for a mark is escaped, so that nothing of a book is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from handler.text.books.base import Heading, has_words
from handler.text.characters import word_set
from handler.text.markup import entities

_BLOCKS = word_set(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
_UNSAID = word_set("audio button form head math noscript object rp rt script select style svg template textarea video")
"""Elements that are not part of what a book says."""
_UNSAID_TYPES = frozenset(
    {"noteref", "footnote", "footnotes", "endnote", "endnotes", "rearnote", "rearnotes", "pagebreak", "annoref",
     "doc-noteref", "doc-footnote", "doc-endnote", "doc-endnotes", "doc-pagebreak"}
)  # fmt: skip
"""What ``epub:type`` or ``role`` calls marks of notes, the notes, and the numbers of printed pages."""
TYPE = "{http://www.idpf.org/2007/ops}type"
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,31};")  # XML knows these five alone
_SIGNS = re.compile(r"[\\`*_\[\]<>#~$|={}&【]")
_LINE_SIGN = re.compile(r"^(?=[-+>])", re.MULTILINE)
_NOTE_MARK = re.compile(r"[\[(]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹*†‡§]{1,4}[\])]?")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MAX_DEPTH = 200  # of elements within elements

_BLANKS = re.compile(r"[ \t\r\n\f]+")


@dataclass
class Page:
    """The text of a page, its headings, and where each of its elements with an id begins."""

    text: str = ""
    headings: list[Heading] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)


def parse(body: bytes) -> Page:
    """Read a page. Raises ValueError for one that is not well-formed, or that declares entities."""
    reader = _Reader()
    # forbid_entities refuses declared ones; a DTD itself is not read.
    parser = ElementTree.DefusedXMLParser(target=reader, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(_without_named_entities(body))
        parser.close()
    except (DefusedXmlException, ElementTree.ParseError, LookupError) as error:  # the last: an unknown encoding
        raise ValueError(str(error)) from error
    return reader.page()


def _without_named_entities(body: bytes) -> bytes | str:
    """A page in UTF-8 with characters for HTML's entities, which XML does not know without their DTD."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    # Escaped: HTML knows more names of "<" and "&" than XML, such as &LT; and &AMP;.
    return _ENTITY.sub(lambda found: escape(entities.decoded(found[0]), quote=False), text)


def escaped(text: str) -> str:
    """Text as a script that means just that."""
    return _SIGNS.sub(lambda found: "\\" + found[0], text)


@dataclass
class _Element:
    """An open element: how many words of its block came before it, and what is known of its content."""

    name: str
    begun: int
    unsaid: bool
    is_raised: bool  # superscript, or within it
    is_link: bool  # to a place in a page, as the mark of a note is
    holds_raised: bool = False


def _is_heading(name: str) -> bool:
    return len(name) == 2 and name[0] == "h" and name[1] in "123456"


class _Reader:
    """What a parser of XML tells of a page, collected: the target of the parser."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._words: list[str] = []  # of the block that is being read
        self._unsaid = 0  # open elements of which nothing is said
        self._open: list[_Element] = []
        self._heading = 0  # the level of the heading that is being read
        self._headings: list[tuple[int, int]] = []  # the block, and its level
        self._ids: dict[str, int] = {}  # the block that each begins

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        name = tag.rpartition("}")[2].lower()
        if name in _BLOCKS:
            self._end_block()
        kinds = {*attributes.get(TYPE, "").split(), *attributes.get("role", "").split()}
        unsaid = name in _UNSAID or bool(kinds & _UNSAID_TYPES) or "hidden" in attributes
        if identifier := attributes.get("id"):
            self._ids.setdefault(identifier, len(self._blocks))
        if len(self._open) == MAX_DEPTH:
            raise ValueError("its elements are nested too deeply")
        is_raised = name == "sup" or (bool(self._open) and self._open[-1].is_raised)
        self._open.append(_Element(name, len(self._words), unsaid, is_raised, "#" in attributes.get("href", "")))
        self._unsaid += unsaid
        if _is_heading(name):
            self._heading = int(name[1])
        elif name == "br":
            self._words.append("\n")

    def end(self, _tag: str) -> None:
        """An element ends."""
        element = self._open.pop()
        self._unsaid -= element.unsaid
        said = "".join(self._words[element.begun :]).strip()
        if element.name == "sup" and self._open:
            self._open[-1].holds_raised = True
        if element.is_link and _NOTE_MARK.fullmatch(said):
            if element.is_raised or element.holds_raised or not said.isdecimal():
                del self._words[element.begun :]
        elif element.name == "sup" and said.isdecimal():
            self._words[element.begun :] = [said.translate(_RAISED)]
        elif element.name in ("td", "th"):
            self._words.append(", ")
        if element.name in _BLOCKS:
            self._end_block()
        if _is_heading(element.name):
            self._heading = 0

    def data(self, text: str) -> None:
        """Text between tags."""
        if not self._unsaid:
            self._words.append(_BLANKS.sub(" ", text))

    def close(self) -> None:
        """The page ends."""
        self._end_block()

    def _end_block(self) -> None:
        lines = (_BLANKS.sub(" ", line).strip() for line in "".join(self._words).split("\n"))
        said = "\n".join(line for line in lines if line).removesuffix(",")
        self._words.clear()
        for element in self._open:
            element.begun = 0
        if not said:
            return
        if self._heading and has_words(said):
            self._headings.append((len(self._blocks), self._heading))
        self._blocks.append(said)

    def page(self) -> Page:
        """The page with the places of its headings and ids in its text."""
        found = Page()
        starts: list[int] = []
        length = 0
        shown = [_LINE_SIGN.sub(r"\\", escaped(block)) for block in self._blocks]
        for block in shown:
            starts.append(length)
            length += len(block) + 2
        starts.append(length)
        found.text = "".join(f"{block}\n\n" for block in shown)
        for at, level in self._headings:
            title = " ".join(self._blocks[at].split())
            found.headings.append(Heading(starts[at], starts[at + 1], level, title))
        found.ids = {name: starts[at] for name, at in self._ids.items()}
        return found
