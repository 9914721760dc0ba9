"""EPUB 2 and 3: pages in the order of the spine, chapters by the table of contents, metadata and the cover.

The file is a zip archive from anywhere: only the members that a book needs are read, each up to a limit, whatever its
header says; nothing is written to the disk; protected books are refused.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from handler.errors import BadRequest
from handler.text.books import xhtml
from handler.text.books.base import BookFile, Heading, Manuscript, has_words

MAX_MEMBERS = 10_000
MAX_UNPACKED_BYTES = 1 << 30  # of all members, by the archive's own account: pictures and fonts are not unpacked
MAX_RATIO = 200  # of a member that is read: text packs to a tenth, a bomb to a thousandth
MAX_PAGE_BYTES = 10_000_000
MAX_COVER_BYTES = 20_000_000
MARKUP_SHARE = 8  # as much may be tags for each character that is text

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_RIGHTS = ("META-INF/rights.xml", "META-INF/sinf.xml")  # Adobe's and Apple's protection
_FONT_MANGLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
_ENTRY = b"PK\x01\x02"  # how each entry of an archive's list begins
_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # LZMA takes as much memory as the file asks for
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError,
)  # fmt: skip
"""What `zipfile`, and the parser of a link, raise for what is not what it seems."""
_DC = "{http://purl.org/dc/elements/1.1/}"


def matches(file: BookFile) -> bool:
    """Whether a file is an EPUB: a zip archive whose first member says so, or one that has its container."""
    if not file.body.startswith(b"PK\x03\x04"):
        return False
    return b"application/epub+zip" in file.body[:200] or _CONTAINER.encode() in file.body


def read(file: BookFile) -> Manuscript:
    """The manuscript of an EPUB. Raises BadRequest on the field for one that is damaged, hostile or protected."""
    try:
        _check_count(file.body)
        with zipfile.ZipFile(io.BytesIO(file.body)) as archive:
            return _Book(_Members(archive, file.max_chars)).manuscript()
    except _Refused as refused:
        raise BadRequest.of(file.field, f"is an EPUB that {refused}") from None
    except _DAMAGED:
        raise BadRequest.of(file.field, "is a damaged EPUB; send it whole, or make it anew") from None


class _Refused(Exception):
    """Why an EPUB is not read; the message continues "is an EPUB that …"."""


def _check_count(body: bytes) -> None:
    """Refuse an archive of too many files before its list is read, which takes ten times its size in memory."""
    count = body.count(_ENTRY)
    if count > MAX_MEMBERS:
        raise _Refused(f"has {count} files, at most {MAX_MEMBERS} are read; make it anew")


class _Members:
    """The members of an archive, none of which is read beyond what a book may have."""

    def __init__(self, archive: zipfile.ZipFile, max_chars: int) -> None:
        infos = archive.infolist()
        if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
            raise _Refused(f"unpacks to more than {MAX_UNPACKED_BYTES >> 20} MB; take its pictures out")
        self._archive = archive
        self._infos = {info.filename: info for info in infos}
        self._left = MARKUP_SHARE * max_chars + MAX_PAGE_BYTES

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def read(self, name: str, limit: int = MAX_PAGE_BYTES) -> bytes:
        """A member. Raises _Refused for one that is not there, is encrypted, or is larger than it may be."""
        info = self._infos.get(name)
        if info is None:
            raise _Refused("lacks a file that it names; make it anew")
        if info.flag_bits & 0x1:
            raise _Refused("is encrypted; send one without a password")
        if info.compress_type not in _PACKED:
            raise _Refused("is packed in a way that no EPUB is; make it anew")
        limit = min(limit, self._left)
        if info.file_size > limit or info.file_size > MAX_RATIO * max(info.compress_size, 1024):
            raise _Refused("unpacks to far more than a book has; send the book alone")
        with self._archive.open(info) as file:
            body = file.read(limit + 1)
        if len(body) > limit:  # whatever its header says
            raise _Refused("unpacks to far more than a book has; send the book alone")
        self._left -= len(body)
        return body

    def xml(self, name: str) -> Any:
        """A member as a tree of XML."""
        try:
            return ElementTree.fromstring(self.read(name), forbid_dtd=False, forbid_entities=True, forbid_external=True)
        except DefusedXmlException:
            raise _Refused("declares entities, which a book does not need; make it anew") from None
        except (ElementTree.ParseError, ValueError, LookupError):  # the last: an encoding that nobody knows
            raise _Refused("has a file that is no XML; make it anew") from None


@dataclass(frozen=True)
class _Item:
    """A file that the package lists: its name in the archive, its type and its properties."""

    name: str
    media_type: str
    properties: frozenset[str]


class _Book:
    def __init__(self, members: _Members) -> None:
        self._members = members
        self._check_protection()
        roots = members.xml(_CONTAINER).iterfind(".//{*}rootfile")
        package = next((root.get("full-path") for root in roots if root.get("full-path")), None)
        if package is None:
            raise _Refused("names no package of its own; make it anew")
        self._package = members.xml(_inside("", package))
        self._folder = posixpath.dirname(package)
        self._items = dict(self._listed())

    def _check_protection(self) -> None:
        """Refuse a book that is protected against copying: its pages are encrypted. Fonts may be, which is usual."""
        if any(name in self._members for name in _RIGHTS):
            raise _Refused("is protected (DRM); send one without protection")
        if _ENCRYPTION in self._members:
            for method in self._members.xml(_ENCRYPTION).iterfind(".//{*}EncryptionMethod"):
                if method.get("Algorithm") not in _FONT_MANGLING:
                    raise _Refused("is protected (DRM); send one without protection")

    def _listed(self) -> Iterator[tuple[str, _Item]]:
        for item in self._package.iterfind("{*}manifest/{*}item"):
            href, media_type = item.get("href", ""), item.get("media-type", "")
            if urlsplit(href).scheme:
                continue  # a film on the web
            properties = frozenset(item.get("properties", "").split())
            yield item.get("id", ""), _Item(_inside(self._folder, href), media_type, properties)

    def manuscript(self) -> Manuscript:
        """The text of all pages, and the headings that begin chapters."""
        texts: list[str] = []
        headings: list[Heading] = []
        places: dict[str, int] = {}
        length = 0
        for item in self._spine():
            page = self._page(item)
            places |= {item.name: length} | {f"{item.name}#{name}": length + at for name, at in page.ids.items()}
            headings += [_moved(heading, length) for heading in page.headings]
            texts.append(page.text)
            length += len(page.text)
        text = "".join(texts)
        if not has_words(text):
            raise _Refused("has no text in it, only pictures perhaps; send one with text")
        listed = tuple(self._contents(places, headings, text))
        title, author, language = map(self._said, ("title", "creator", "language"))
        return Manuscript(text, listed or tuple(headings), 0, title, author, language, self._cover())

    def _page(self, item: _Item) -> xhtml.Page:
        try:
            return xhtml.parse(self._members.read(item.name))
        except ValueError:
            raise _Refused("has a page that is no XHTML; make it anew, with Calibre or Sigil") from None

    def _spine(self) -> Iterator[_Item]:
        """The pages in the order in which they are read, without the table of contents."""
        seen: set[str] = set()
        for entry in self._package.iterfind("{*}spine/{*}itemref"):
            item = self._items.get(entry.get("idref", ""))
            if item is None or item.name in seen or entry.get("linear") == "no" or "nav" in item.properties:
                continue
            seen.add(item.name)
            if item.media_type in ("application/xhtml+xml", "text/html"):
                yield item

    def _contents(self, places: Mapping[str, int], headings: list[Heading], text: str) -> Iterator[Heading]:
        """The entries of the table of contents as headings, in the order of the text; each place once."""
        ends = {heading.start: heading.end for heading in headings}
        found: dict[int, Heading] = {}
        for title, link, level in self._entries():
            at = places.get(link, places.get(link.partition("#")[0]))
            if at is None or at in found or not title:
                continue
            end = at
            while end in ends:  # "Chapter 1" and its title may be two headings
                end = ends[end]
            found[at] = Heading(at, end, level, title)
        for at in sorted(found):
            if at < len(text):
                yield found[at]

    def _entries(self) -> Iterator[tuple[str, str, int]]:
        """Title, link and level of each entry of the table of contents: EPUB 3's, else EPUB 2's."""
        if nav := next((item for item in self._items.values() if "nav" in item.properties), None):
            root = self._members.xml(nav.name)
            navs = list(root.iterfind(".//{*}nav"))
            chosen = next((each for each in navs if "toc" in each.get(xhtml.TYPE, "").split()), *navs[:1] or [None])
            if chosen is not None:
                yield from _nav_entries(chosen, posixpath.dirname(nav.name))
                return
        spine = self._package.find("{*}spine")
        item = self._items.get(spine.get("toc", "")) if spine is not None else None
        if item is not None and item.name in self._members:
            yield from _ncx_entries(self._members.xml(item.name), posixpath.dirname(item.name))

    def _said(self, name: str) -> str:
        """What the metadata say, the first of several."""
        found = self._package.find(f"{{*}}metadata/{_DC}{name}")
        return " ".join("".join(found.itertext()).split()) if found is not None else ""

    def _cover(self) -> bytes | None:
        metas = self._package.iterfind("{*}metadata/{*}meta")
        named = next((each.get("content", "") for each in metas if each.get("name") == "cover"), "")
        items = [*(item for item in self._items.values() if "cover-image" in item.properties), self._items.get(named)]
        cover = next((item for item in items if item and item.media_type in _PICTURES), None)
        return self._members.read(cover.name, MAX_COVER_BYTES) if cover and cover.name in self._members else None


def _inside(folder: str, link: str) -> str:
    """The name of the member that a link in a folder of the archive leads to. Raises _Refused for one out of it."""
    path = unquote(urlsplit(link).path)
    name = posixpath.normpath(posixpath.join(folder, path))
    if name.startswith(("/", "..")) or "\\" in name or "\0" in name:
        raise _Refused("names files outside of itself; make it anew")
    return name


def _target(folder: str, link: str) -> str:
    """A link to a page, or to a place in it, as places are named."""
    parts = urlsplit(link)
    if parts.scheme or not parts.path:
        return ""
    return _inside(folder, link) + (f"#{unquote(parts.fragment)}" if parts.fragment else "")


MAX_LEVELS = 6  # of entries of a table of contents within others


def _nav_entries(nav: Any, folder: str) -> Iterator[tuple[str, str, int]]:
    def lists(element: Any, level: int) -> Iterator[tuple[str, str, int]]:
        for entry in element.iterfind("{*}ol/{*}li"):
            link = entry.find("{*}a")
            if link is not None:
                yield " ".join("".join(link.itertext()).split()), _target(folder, link.get("href", "")), level
            if level < MAX_LEVELS:
                yield from lists(entry, level + 1)

    yield from lists(nav, 1)


def _ncx_entries(root: Any, folder: str) -> Iterator[tuple[str, str, int]]:
    def points(element: Any, level: int) -> Iterator[tuple[str, str, int]]:
        for point in element.iterfind("{*}navPoint"):
            label, content = point.find("{*}navLabel/{*}text"), point.find("{*}content")
            if label is not None and content is not None:
                yield " ".join((label.text or "").split()), _target(folder, content.get("src", "")), level
            if level < MAX_LEVELS:
                yield from points(point, level + 1)

    for nav_map in root.iterfind("{*}navMap"):
        yield from points(nav_map, 1)


def _moved(heading: Heading, by: int) -> Heading:
    return Heading(heading.start + by, heading.end + by, heading.level, heading.title)
