"""How the files of a book are named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

MAX_TITLE_CHARS = 60
MIN_DIGITS = 2
"""Of the numbers of chapters, so that they are in order by their names, too."""


def book_files(reply: Mapping[str, Any], stem: str) -> dict[str, tuple[str, str]]:
    """The link and the path of the book and of its chapters' files, by their kinds.

    ``book`` is ``STEM.m4b``, ``chapter.3.audio`` is ``STEM/03-the-storm.mp3``, and so on. Empty for other replies.
    """
    chapters = reply.get("chapters") or ()
    files = {"book": (reply["book_url"], f"{stem}.m4b")} if reply.get("book_url") else {}
    digits = max(MIN_DIGITS, *(len(str(chapter["number"])) for chapter in chapters)) if chapters else MIN_DIGITS
    for chapter in chapters:
        name = f"{stem}/{chapter['number']:0{digits}d}-{_title(chapter['title'])}"
        urls = {"audio": chapter.get("audio_url"), **chapter["timing_files"]}
        files |= {
            f"chapter.{chapter['number']}.{kind}": (url, name + _ending(url)) for kind, url in urls.items() if url
        }
    return files


def _title(title: str) -> str:
    """A title as a part of a name."""
    words = "-".join(re.findall(r"[^\W_]+", title.lower()))
    return words[:MAX_TITLE_CHARS].rstrip("-") or "chapter"


def _ending(url: str) -> str:
    """How the name of a chapter's file goes on after its number: ``.mp3``, ``.remotion.json``."""
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    found = re.search(rf"-\d{{{MIN_DIGITS},}}((?:\.\w+)+)$", name)
    return found[1] if found else ""
