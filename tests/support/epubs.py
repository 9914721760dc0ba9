"""EPUB files as people have them, and as people make them to do harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="{package}" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PAGE = (
    '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
    'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Not said</title></head><body>{body}</body></html>'
)
PICTURE = b"\x89PNG\r\n\x1a\n"


def page(body: str) -> str:
    """A page with this body."""
    return PAGE.format(body=body)


def package(
    pages: Sequence[str],
    *,
    title: str = "The Sea",
    author: str = "Anna Berg",
    items: str = "",
    metadata: str = "",
    spine: str = "",
) -> str:
    """The package of a book with these pages in their order."""
    listed = "".join(
        f'<item id="{at}" href="{name}" media-type="application/xhtml+xml"/>' for at, name in enumerate(pages)
    )
    order = "".join(f'<itemref idref="{at}"/>' for at in range(len(pages)))
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>'
        f"<dc:language>en-GB</dc:language>{metadata}</metadata><manifest>{listed}{items}</manifest>"
        f"<spine {spine}>{order}</spine></package>"
    )


def zipped(members: Mapping[str, str | bytes], *, packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of these members, the first of which says that it is an EPUB."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", packed) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip")
        for name, content in members.items():
            archive.writestr(name, content)
    return body.getvalue()


def epub(pages: Mapping[str, str], *, extra: Mapping[str, str | bytes] | None = None, **fields: str) -> bytes:
    """A book of pages by name, each given as its body, in the folder ``OEBPS``."""
    members: dict[str, str | bytes] = {"META-INF/container.xml": CONTAINER.format(package="OEBPS/book.opf")}
    members["OEBPS/book.opf"] = package(list(pages), **fields)
    members |= {f"OEBPS/{name}": page(body) for name, body in pages.items()}
    return zipped(members | dict(extra or {}))


NAV = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
NCX = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'


def nav(*entries: tuple[str, str]) -> str:
    """A table of contents of EPUB 3."""
    listed = "".join(f'<li><a href="{link}">{title}</a></li>' for title, link in entries)
    return page(f'<nav epub:type="toc"><h1>Contents</h1><ol>{listed}</ol></nav>')


def ncx(*entries: tuple[str, str]) -> str:
    """A table of contents of EPUB 2."""
    points = "".join(
        f'<navPoint><navLabel><text>{title}</text></navLabel><content src="{link}"/></navPoint>'
        for title, link in entries
    )
    return f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>'
