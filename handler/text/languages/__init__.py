"""The facts of each language, by its code.

A language is a `Language` (`base`) in a file that is named by its code, and a row of ``_ALL`` here; one of which little
is known is a row of ``others``. A large language has its tables in ``{code}_words`` and its numerals in
``{code}_numbers``; English and German have a file for each subject. What related languages share is in ``romance…``,
``slavic…`` and ``nordic``; ``capitals`` has the words of capitals of all. ``docs/adding.md`` adds a language step by
step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from handler.text.languages.ar import ARABIC
from handler.text.languages.base import Language
from handler.text.languages.bg import BULGARIAN
from handler.text.languages.ca import CATALAN
from handler.text.languages.cs import CZECH
from handler.text.languages.da import DANISH
from handler.text.languages.de import GERMAN
from handler.text.languages.en import ENGLISH
from handler.text.languages.es import SPANISH
from handler.text.languages.fi import FINNISH
from handler.text.languages.fr import FRENCH
from handler.text.languages.hi import HINDI
from handler.text.languages.hr import CROATIAN
from handler.text.languages.hu import HUNGARIAN
from handler.text.languages.id import INDONESIAN
from handler.text.languages.it import ITALIAN
from handler.text.languages.ja import JAPANESE
from handler.text.languages.ko import KOREAN
from handler.text.languages.nl import DUTCH
from handler.text.languages.no import NORWEGIAN, NYNORSK
from handler.text.languages.others import OTHERS
from handler.text.languages.pl import POLISH
from handler.text.languages.pt import PORTUGUESE
from handler.text.languages.ro import ROMANIAN
from handler.text.languages.ru import RUSSIAN
from handler.text.languages.sk import SLOVAK
from handler.text.languages.sv import SWEDISH
from handler.text.languages.tags import normalized_tag, primary_language
from handler.text.languages.th import THAI
from handler.text.languages.tr import TURKISH
from handler.text.languages.uk import UKRAINIAN
from handler.text.languages.vi import VIETNAMESE
from handler.text.languages.zh import CANTONESE, CHINESE
from handler.text.numbers import NumberStyle

# fmt: off
_ALL = (
    ENGLISH, CHINESE, GERMAN, SPANISH, FRENCH, ITALIAN, PORTUGUESE, ROMANIAN, CATALAN, RUSSIAN, CANTONESE, SWEDISH,
    HUNGARIAN, JAPANESE, KOREAN, VIETNAMESE, THAI, INDONESIAN, HINDI, ARABIC, UKRAINIAN, POLISH, CZECH, SLOVAK,
    BULGARIAN, CROATIAN, DUTCH, TURKISH, DANISH, NORWEGIAN, NYNORSK, FINNISH, *OTHERS,
)
# fmt: on
LANGUAGES: Mapping[str, Language] = {language.numbers.tag: language for language in _ALL}
DEFAULT = Language(NumberStyle(""))  # the facts of an unknown language


def language_of(tag: str) -> Language:
    """The facts of a language tag (``pt-BR``, ``nb``), DEFAULT's if unknown; its region decides about numbers."""
    return _language(normalized_tag(tag))


@lru_cache(maxsize=256)
def _language(tag: str) -> Language:
    language = LANGUAGES.get(primary_language(tag), DEFAULT)
    regional = replace(language, **language.regions.get(tag.partition("-")[2], {}))
    return replace(regional, numbers=replace(regional.numbers, tag=tag))
