"""Hungarian suffixes: "3-mal", "5 km-re", "isk.-val" → the word with its suffix as it is spoken."""

from __future__ import annotations

_LONG = {"a": "á", "e": "é"}
_VOWELS = "aáeéiíoóöőuúüű"
_BACK = "aáoóuú"
_STEMS = {
    "három": "hárm", "kettő": "kett", "két": "kett", "hét": "het", "ezer": "ezr", "húsz": "húsz", "főnév": "főnev",
    "melléknév": "melléknev", "név": "nev", "tized": "tized", "fél": "fel", "nulla": "nullá", "millió": "millió",
}  # fmt: skip
"""Stems before a suffix that begins with a vowel."""
_WITHOUT_LINK = ("l", "r", "n", "ny", "s", "sz", "z", "zs", "j", "ly")  # the accusative needs no vowel after these


def _is_back(word: str) -> bool:
    """Whether a word takes suffixes with back vowels: by its last vowel that is not "i"."""
    vowels = [letter for letter in word if letter in _VOWELS and letter not in "ií"]
    return bool(vowels) and vowels[-1] in _BACK


def with_suffix(words: str, suffix: str) -> str:
    """The words, the last of them with a suffix as it is written after a hyphen."""
    before, blank, word = words.rpartition(" ")
    suffix = suffix.lower()
    head, hyphen, last = word.rpartition("-")
    stem = next((key for key in _STEMS if last.endswith(key)), "")
    if suffix == "t" and word[-1] not in _VOWELS and not word.endswith(_WITHOUT_LINK):
        suffix = "ot" if _is_back(word) else "et"
    if suffix[0] in _VOWELS and stem:
        last = last.removesuffix(stem) + _STEMS[stem]
    elif last[-1:] in _LONG:
        last = last[:-1] + _LONG[last[-1]]
    spoken = f"{head}{hyphen}{last}{suffix}".replace("nyny", "nny").replace("gygy", "ggy").replace("szsz", "ssz")
    return f"{before}{blank}{spoken}"


def day_of_month(ordinal: str, suffix: str) -> str:
    """The day of a month, of its ordinal: "ötödik" → ötödike, with "-én" ötödikén, with "-ig" ötödikéig."""
    vowel = "a" if ordinal[-4:-3] in _BACK else "e"
    day = "elseje" if ordinal == "első" else f"{ordinal}{vowel}"
    rest = suffix.removeprefix("j").lstrip("eaéá")
    if not rest:
        return day
    return f"{day}{rest}" if rest == "i" and suffix != "ig" else f"{day[:-1]}{_LONG[day[-1]]}{rest}"


def from_suffix(words: str) -> str:
    """The suffix of "from" that fits the last of the words."""
    return "tól" if _is_back(words.rpartition(" ")[2]) else "től"


def power_suffix(ordinal: str) -> str:
    """The power of an ordinal: harmadik → harmadikon."""
    return f"{ordinal}{'en' if ordinal[-4:-3] in 'eö' else 'ön' if ordinal == 'első' else 'on'}"
