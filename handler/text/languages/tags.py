"""Language tags (BCP 47): one code for each language, whichever of its names a client uses."""

from __future__ import annotations

# Old codes, and codes that every engine, aligner and transcriber here treats as the same language.
_ALIASES = {"cmn": "zh", "fil": "tl", "in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro", "nb": "no"}


def normalized_tag(tag: str) -> str:
    """A tag in lower case, with hyphens and without aliases: ``cmn_TW`` → ``zh-tw``."""
    code, hyphen, rest = tag.strip().replace("_", "-").lower().partition("-")
    return f"{_ALIASES.get(code, code)}{hyphen}{rest}"


def primary_language(tag: str) -> str:
    """The normalized language of a tag, without region or script: ``zh_TW`` → ``zh``, ``nb`` → ``no``."""
    return normalized_tag(tag).partition("-")[0]
