"""Language tags (BCP 47): one code for each language, whichever of its names a client uses."""

from __future__ import annotations

_ALIASES = {
    "cmn": "zh", "fil": "tl", "in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro", "nb": "no",
}  # fmt: skip
"""Old codes, and names of what is the same language to every engine, aligner and transcriber here."""


def normalized_tag(tag: str) -> str:
    """A tag in lower case, with hyphens and the one code of its language: ``zh-tw`` of ``cmn_TW``."""
    code, hyphen, rest = tag.strip().replace("_", "-").lower().partition("-")
    return f"{_ALIASES.get(code, code)}{hyphen}{rest}"


def primary_language(tag: str) -> str:
    """The language of a tag without its region or script, by its one code: ``zh`` of ``zh_TW``, ``no`` of ``nb``."""
    return normalized_tag(tag).partition("-")[0]
