"""Words of any script in Latin letters, as MMS-FA reads them, by uroman.

The model was trained on texts that uroman had romanised (Pratap et al., 2023, arXiv 2305.13516). So what counts here is
to write as uroman does; people would write Thai or Hebrew otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

# uroman's names (ISO 639-3) of the languages that it reads in their own way. A test compares them with its rules.
CODES = {
    "ar": "ara", "as": "asm", "be": "bel", "bg": "bul", "bn": "ben", "de": "deu", "el": "ell", "fa": "fas",
    "gu": "guj", "kk": "kaz", "ks": "kas", "ky": "kir", "lt": "lit", "lv": "lav", "mk": "mkd", "os": "oss",
    "pa": "pan", "ps": "pus", "ru": "rus", "sa": "san", "sr": "srp", "tr": "tur", "ug": "uig", "uk": "ukr",
    "yi": "yid",
}  # fmt: skip

_loading = threading.Lock()


def romanise(words: Sequence[str], language: str) -> list[str]:
    """Write each word in small Latin letters, with digits, signs and punctuation as they are.

    Returns as many words. ``language`` is a code of ISO 639-1 or 639-3.
    """
    code = CODES.get(language, language)
    return [_romanised(word, code) for word in words]


@lru_cache(maxsize=16_384)  # a search through a recording comes back to the same words
def _romanised(word: str, code: str) -> str:
    return str(load().romanize_string(word, lcode=code)).lower()


def load() -> Any:
    """Load uroman, once for all threads: it takes seconds, and 70 MB. Raises ImportError."""
    with _loading:
        return _loaded()


@lru_cache(maxsize=1)
def _loaded() -> Any:
    from uroman import Uroman

    uroman = Uroman()
    # Without the values of numerals it reads Chinese ones as the words that they are: sanwanyi, not 30001.
    uroman.num_props.clear()
    return uroman
