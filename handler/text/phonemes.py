"""Tell phonemes in IPA, which a script writes between slashes (``/ˈwʊstə/``), from links and other text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from handler.types import LINKED

MAX_IPA_CHARS = 200

# Letters of IPA that words of ordinary text or addresses hardly have; U+0250 to U+02FF are IPA and its modifiers.
_OWN_LETTERS = "æðøœħŋβθχǀǁǂǃ\u0250-\u02ff"
# Combining marks, ties, groups and arrows of intonation. A full stop parts syllables, a blank parts words.
_SIGNS = "\u0300-\u036f‖|‿↗↘↑↓.\u1d4a\u1dbf ⁿˡʰʷʲ"
_TYPED = {**dict.fromkeys(map(ord, "'’ʼ"), "ˈ"), ord(":"): "ː"}
_IPA = re.compile(rf"[a-zç{_OWN_LETTERS}{_SIGNS}]+")
_OWN = re.compile(rf"[{_OWN_LETTERS}]")
_NEVER_IN_PATHS = re.compile("[\u0250-\u02ff]")


# The s of a possessive after the last sound of a word: ˈwʊstəz, nɪks, ˈlɪzɪz.
_POSSESSIVE = re.compile(r"['’ʼ＇]s(?![^\W_])", re.IGNORECASE)
_VOICELESS, _HISSING = frozenset("ptkfθxχqʔ"), frozenset("szʃʒ")


def parts(pronounced: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The texts of a word to verbalize one by one, each with its phonemes, from parts that touch each other.

    The "'s" of a possessive goes to the phonemes before it.
    """
    found: list[tuple[str, str]] = []
    for text, ipa in pronounced:
        if not ipa and found and found[-1][1] and (ending := _POSSESSIVE.match(text)):
            said = found[-1][1]
            found[-1] = (found[-1][0], said + _possessive(said))
            text = text[ending.end() :]
        found += [(text, ipa)] if text.strip() else []
    return found


def _possessive(ipa: str) -> str:
    last = next((sound for sound in reversed(ipa) if unicodedata.category(sound) in ("Ll", "Lo")), "")
    return "ɪz" if last in _HISSING else "s" if last in _VOICELESS else "z"


def of_words(parts: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """The phonemes of each word, from parts of so many words that are said so; () if none has any."""
    if not any(ipa for _, ipa in parts):
        return ()
    return tuple(said for count, ipa in parts for said in _shared(count, ipa))


def _shared(count: int, ipa: str) -> list[str]:
    """The phonemes of ``count`` words: one word of IPA each, and what is left over goes to the last or is LINKED."""
    if not ipa or not count:
        return [""] * count
    words = ipa.split(" ", count - 1)
    return words + [LINKED] * (count - len(words))


def between_slashes(text: str) -> str | None:
    """The text between two slashes, None if there are not exactly two, around something.

    It is in NFD with single blanks, and with IPA's own signs for stress and length, which keyboards lack.
    """
    text = text.strip()
    inside = text[1:-1].strip()
    if not (len(text) > 2 and text[0] == text[-1] == "/" and inside) or "/" in inside:
        return None
    return unicodedata.normalize("NFD", " ".join(inside.split()).translate(_TYPED))


def is_plausible(phonemes: str) -> bool:
    """Whether all characters of a text in NFD are of IPA, with a letter among them, and there are not too many."""
    # Marks of stress and length are modifier letters (Lm).
    letters = any(unicodedata.category(character) in ("Ll", "Lo") for character in phonemes)
    return len(phonemes) <= MAX_IPA_CHARS and letters and bool(_IPA.fullmatch(phonemes))


def ipa(text: str) -> str | None:
    """The phonemes in the round part of ``[shown](…)``, in NFD; None if it is not IPA but a link or words.

    IPA stands between two slashes and has at least one sign that only IPA has, such as ``ˈ``, ``ː`` or ``ʊ``:
    ``/ˈwin/`` is IPA, ``/win/`` may be the address of a page.
    """
    phonemes = between_slashes(text)
    return phonemes if phonemes and is_plausible(phonemes) and _OWN.search(phonemes) else None


def is_ipa(text: str) -> bool:
    """Whether the round part of ``[shown](…)`` is a pronunciation in IPA rather than a link; see `ipa`."""
    return ipa(text) is not None


def is_meant_as_ipa(text: str) -> bool:
    """Whether a text is IPA, perhaps with a wrong sign: ``/ˈw@stə/`` is meant so, ``/café/`` is a path."""
    return is_ipa(text) or (between_slashes(text) is not None and bool(_NEVER_IN_PATHS.search(text)))
