"""The languages that Whisper knows, without loading it."""

from __future__ import annotations

from collections.abc import Collection

from handler.text.languages.tags import primary_language

CODES = frozenset(
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id is"
    " it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk"
    " sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh".split()
)
"""Those of every multilingual model, as its tokenizer writes them. Cantonese is missing: large-v3 alone has it."""

WITHOUT_SPACES = frozenset({"bo", "ja", "km", "lo", "my", "th", "zh"})
"""Written without blanks between words."""

_OWN_CODES = {"jv": "jw"}


def whisper_code(language: str, known: Collection[str] = CODES) -> str | None:
    """Whisper's code of a language (BCP 47), None for one that a model with these ``known`` codes lacks."""
    code = primary_language(language)
    code = _OWN_CODES.get(code, code)
    return code if code in known else None


def language_of(code: str) -> str:
    """The language (BCP 47) of one of Whisper's codes."""
    return next((language for language, own in _OWN_CODES.items() if own == code), code)
