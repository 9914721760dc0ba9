"""EPUB: pages in order, chapters by the table of contents, and files that are made to do harm."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from handler.errors import BadRequest
from handler.text import books, tokenize
from handler.text.books import xhtml
from tests.support.epubs import CONTAINER, NAV, NCX, PICTURE, epub, nav, ncx, package, page, zipped

PAGES = {
    "one.xhtml": '<h1 id="c1">Chapter 1</h1><h2>The Storm</h2><p>It rained.</p>',
    "two.xhtml": '<p>It still rained.</p><h1 id="c2">Chapter 2</h1><p>Then the sun shone.</p>',
}


def read(body: bytes, max_chars: int = 100_000) -> books.Manuscript:
    return books.read(body, field="text_url", max_chars=max_chars)


def shown(book: books.Manuscript) -> list[tuple[str, str]]:
    """Title and text of each chapter."""
    return [(each.title, " ".join(book.text[each.start : each.end].split())) for each in books.divide(book)]


@pytest.mark.parametrize(
    ("items", "name", "contents", "spine"),
    [
        (NAV, "nav.xhtml", nav(("One", "one.xhtml"), ("Two", "two.xhtml#c2")), ""),
        (NCX, "toc.ncx", ncx(("One", "one.xhtml#c1"), ("Two", "two.xhtml#c2")), 'toc="ncx"'),
    ],
)
def test_chapters_are_those_of_the_contents(items: str, name: str, contents: str, spine: str) -> None:
    """Both versions: a chapter may begin within a page and end within another; the heading is all of its headings."""
    book = read(epub(PAGES, items=items, spine=spine, extra={f"OEBPS/{name}": contents}))
    assert shown(book) == [
        ("One", "Chapter 1 The Storm It rained. It still rained."),
        ("Two", "Chapter 2 Then the sun shone."),
    ]
    first = books.divide(book)[0]
    assert book.text[first.start : first.body] == "Chapter 1\n\nThe Storm\n\n"
    assert (book.title, book.author, book.language) == ("The Sea", "Anna Berg", "en-GB")


def test_headings_where_there_are_no_contents() -> None:
    """Without a table of contents the headings of the pages begin chapters."""
    assert [title for title, _ in shown(read(epub(PAGES)))] == ["Chapter 1", "Chapter 2"]


def test_cover() -> None:
    """The picture that the package names as cover, by its property or by EPUB 2's name."""
    item = '<item id="pic" href="pic.png" media-type="image/png" {}/>'
    for items, metadata in (
        (item.format('properties="cover-image"'), ""),
        (item.format(""), '<meta name="cover" content="pic"/>'),
    ):
        assert read(epub(PAGES, items=items, metadata=metadata, extra={"OEBPS/pic.png": PICTURE})).cover == PICTURE
    assert read(epub(PAGES)).cover is None


def said(body: str) -> list[str]:
    """The words that captions show of a page."""
    return [token.shown for token in tokenize(xhtml.parse(page(body).encode()).text, "en", ssml=False)]


def test_what_is_written_is_what_is_said() -> None:
    """Signs that a script's reader takes for marks stay; entities and superscripts are read."""
    body = "<p>It's *not* [pause:1s] a_b_c, 5 &lt; 6&nbsp;&mdash; 10<sup>2</sup> &AMP; [voice:anna].</p>"
    assert " ".join(said(body)) == "It's *not* [pause:1s] a_b_c, 5 < 6 — 10² & [voice:anna]."
    text = xhtml.parse(page(body).encode()).text
    for sign in ("\\*not\\*", "\\[pause:1s\\]", "\\[voice:anna\\]", "10²"):
        assert sign in text
    tokens = tokenize(text, "en", ssml=False)
    assert not any(token.pause_before or token.pause_after or token.speaker for token in tokens)


def test_notes_and_page_numbers_are_not_said() -> None:
    """Marks of notes, the notes themselves, printed page numbers, scripts and hidden text are left out."""
    body = (
        '<p>One<sup><a href="#n1">1</a></sup> two<a href="#n2"><sup>2</sup></a> three<a href="#n3">[3]</a> '
        'four<a epub:type="noteref" href="#n4">4</a> <span epub:type="pagebreak">17</span>five.</p>'
        '<aside epub:type="footnote"><p>A note.</p></aside><script>no()</script><p hidden="">no</p>'
        '<section role="doc-endnotes"><p>Notes.</p></section><p>See <a href="#x">figure 2</a>.</p>'
    )
    assert said(body) == ["One", "two", "three", "four", "five.", "See", "figure", "2."]


def test_blocks_are_paragraphs_and_breaks_are_lines() -> None:
    """Paragraphs, headings, items and rows are apart; blanks of the file are none of the text's."""
    text = xhtml.parse(page("<h1>A\n  title</h1><p>one\n two<br/>three</p><ul><li>x</li><li>y</li></ul>").encode()).text
    assert text == "A title\n\none two\nthree\n\nx\n\ny\n\n"


BOMB = "<p>" + "a" * 9_000_000 + "</p>"
ENTITIES = '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><html><body><p>&b;</p></body></html>'
EXTERNAL = '<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]><html><body><p>&a;</p></body></html>'
DRM = '<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData></encryption>'
FONTS = DRM.replace("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "http://www.idpf.org/2008/embedding")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (epub({"one.xhtml": BOMB}), "unpacks to far more"),
        (epub({"one.xhtml": "x"}, extra={"OEBPS/one.xhtml": ENTITIES}), "no XHTML"),
        (epub({"one.xhtml": "x"}, extra={"OEBPS/one.xhtml": EXTERNAL}), "no XHTML"),
        (epub({"one.xhtml": "x"}, extra={"META-INF/container.xml": ENTITIES}), "entities"),
        (epub({"../../etc/passwd": "x"}), "outside of itself"),
        (epub({"/etc/passwd": "x"}), "outside of itself"),
        (epub(PAGES, extra={"META-INF/encryption.xml": DRM}), "DRM"),
        (epub(PAGES, extra={"META-INF/rights.xml": "<rights/>"}), "DRM"),
        (epub({"one.xhtml": "<img/>"}), "no text"),
        (epub({"one.xhtml": "<p>open"}), "no XHTML"),
        (zipped({"META-INF/container.xml": CONTAINER.format(package="a.opf")}), "lacks a file"),
        (
            zipped({"META-INF/container.xml": CONTAINER.format(package="a.opf"), "a.opf": package(["gone.xhtml"])}),
            "lacks",
        ),
        (zipped({f"f{at}": "" for at in range(10_001)} | {"META-INF/container.xml": "<a/>"}), "files"),
        (epub(PAGES)[:-40], "damaged"),
        (epub({"one.xhtml": "<p>" * 300 + "</p>" * 300}), "no XHTML"),
        (
            epub({"one.xhtml": "x"}, extra={"OEBPS/one.xhtml": b"<?xml version='1.0' encoding='x'?><p>\xff</p>"}),
            "no XHTML",
        ),
        (
            epub({"one.xhtml": "x"}, extra={"META-INF/container.xml": b"<?xml version='1.0' encoding='x'?><p/>"}),
            "no XML",
        ),
        (epub(PAGES, items='<item id="a" href="//[" media-type="text/css"/>'), "damaged"),
        (zipped({"META-INF/container.xml": CONTAINER}, packed=zipfile.ZIP_LZMA), "packed"),
        (epub(PAGES).replace(b"OEBPS/one.xhtml", b"OEBPS/\xff\xffe.xhtml"), "lacks"),
    ],
)
def test_hostile_files_are_refused(body: bytes, message: str) -> None:
    """Bombs, entities, links out of the archive, protection and damage: one sentence that names the field."""
    with pytest.raises(BadRequest, match=message) as refused:
        read(body)
    assert refused.value.message.startswith("text_url: is a")
    assert refused.value.message.count(";") == 1


def test_header_that_lies_about_a_size() -> None:
    """A member that unpacks to more than its header says is not read beyond what a book may have."""
    body = bytearray(epub({"one.xhtml": f"<p>{'word ' * 200_000}</p>"}))
    with zipfile.ZipFile(io.BytesIO(bytes(body))) as archive:
        size = archive.getinfo("OEBPS/one.xhtml").file_size
    for at in [at for at in range(len(body) - 3) if struct.unpack_from("<I", body, at)[0] == size]:
        struct.pack_into("<I", body, at, 1000)
    with pytest.raises(BadRequest):
        read(bytes(body), max_chars=1000)


def test_encrypted_member_is_refused() -> None:
    """An archive with a password is refused by name."""
    body = bytearray(epub(PAGES))
    at = 0
    while (at := body.find(b"PK\x01\x02", at + 1)) > 0:
        body[at + 8] |= 1
    with pytest.raises(BadRequest, match="encrypted"):
        read(bytes(body))


def test_mangled_fonts_are_no_protection() -> None:
    """Fonts are mangled in many books that are free to read."""
    assert read(epub(PAGES, extra={"META-INF/encryption.xml": FONTS})).title == "The Sea"
