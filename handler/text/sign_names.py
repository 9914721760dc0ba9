"""The names of signs by CLDR, in ``sign_names.json`` (Unicode License V3; tools/sign_names.py writes it)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_NOTES = {
    "en": "sharp flat natural", "de": "Kreuz Be Auflösungszeichen", "fr": "dièse bémol bécarre",
    "es": "sostenido bemol becuadro", "it": "diesis bemolle bequadro", "pt": "sustenido bemol bequadro",
    "ca": "sostingut bemoll becaire", "ro": "diez bemol becar", "nl": "kruis mol herstellingsteken",
    "sv": "kors be återställningstecken", "da": "kryds be opløsningstegn", "no": "kryss be oppløsningstegn",
    "fi": "ylennys alennus palautus", "pl": "krzyżyk bemol kasownik", "cs": "křížek béčko odrážka",
    "sk": "krížik béčko odrážka", "ru": "диез бемоль бекар", "uk": "дієз бемоль бекар", "bg": "диез бемол бекар",
    "hr": "povisilica snizilica razrješilica", "hu": "kereszt bé feloldójel", "tr": "diyez bemol natürel",
    "hi": "शार्प फ्लैट नैचुरल", "ar": "دييز بيمول بيكار", "zh": "升 降 还原", "ja": "シャープ フラット ナチュラル",
    "ko": "샤프 플랫 내추럴", "vi": "thăng giáng bình",
}  # fmt: skip
"""The names of ♯, ♭ and ♮, which CLDR has not."""


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    table: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return table


def sign_name(sign: str, tag: str) -> str:
    """What a sign is called in a language; its English name of Unicode if CLDR does not name it there."""
    language = tag.partition("-")[0]
    if sign in "♯♭♮":
        return _NOTES.get(language, _NOTES["en"]).split()["♯♭♮".index(sign)]
    known = _table().get(language, {})
    return known.get(sign) or unicodedata.name(sign, "sign").removesuffix(" SIGN").lower().replace("-", " ")
