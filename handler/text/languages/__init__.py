"""The facts of each language, by its code. To add a language: a file here, or a row of ``others``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from handler.text.languages.base import Language
from handler.text.languages.de import GERMAN
from handler.text.languages.en import ENGLISH
from handler.text.languages.es import SPANISH
from handler.text.languages.fr import FRENCH
from handler.text.languages.it import ITALIAN
from handler.text.languages.others import OTHERS
from handler.text.languages.pt import PORTUGUESE
from handler.text.languages.ru import RUSSIAN
from handler.text.languages.tags import normalized_tag, primary_language
from handler.text.languages.zh import CANTONESE, CHINESE
from handler.text.numbers import NumberStyle

_ALL = (ENGLISH, CHINESE, GERMAN, SPANISH, FRENCH, ITALIAN, PORTUGUESE, RUSSIAN, CANTONESE, *OTHERS)
LANGUAGES: Mapping[str, Language] = {language.numbers.tag: language for language in _ALL}
DEFAULT = Language(NumberStyle(""))  # the facts of an unknown language


def language_of(tag: str) -> Language:
    """The facts of a language tag (``pt-BR``, ``nb``), DEFAULT's if unknown; its region decides about numbers."""
    language = LANGUAGES.get(primary_language(tag), DEFAULT)
    return replace(language, numbers=replace(language.numbers, tag=normalized_tag(tag)))
