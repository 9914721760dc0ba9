"""Words of scripts that have no blanks between them, so that no cue and no line is cut inside one.

Their tokens are single characters, which are timed one by one. Without its segmenter a script is cut anywhere.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import accumulate, pairwise

from handler.text.languages.tags import primary_language
from handler.types import Word

logger = logging.getLogger(__name__)

_Segmenter = Callable[[str], list[str]]

_KANA = re.compile(r"[\u3041-\u30FF\u31F0-\u31FF\uFF66-\uFF9D]")
_HAN = re.compile(r"[\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFF]")
_THAI = re.compile(r"[\u0E01-\u0E5B]")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_TRADITIONAL = re.compile(r"yue|zh.*(hant|tw|hk|mo)", re.IGNORECASE)

# The segmenters of a script in the order in which they are tried: module, function, and a method of what it returns.
# rjieba knows more Chinese words than budoux; F5-TTS brings it.
_SEGMENTERS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "japanese": (("budoux", "load_default_japanese_parser", "parse"),),
    "chinese": (("rjieba", "cut", ""), ("budoux", "load_default_simplified_chinese_parser", "parse")),
    "traditional chinese": (("budoux", "load_default_traditional_chinese_parser", "parse"),),
    "thai": (("budoux", "load_default_thai_parser", "parse"),),
}


def inside_words(words: Sequence[Word], language: str) -> list[bool]:
    """Whether a word of the script goes on after each token of it, in a script without blanks; the last is False."""
    inside = [False] * len(words)
    start = 0
    for stop in range(1, len(words) + 1):
        # A run of tokens without a blank between them.
        if stop == len(words) or words[stop - 1].end_char != words[stop].start_char:
            if stop - start > 1:
                inside[start : stop - 1] = _inside_run([word.shown for word in words[start:stop]], language)
            start = stop
    return inside


def segments(text: str, language: str) -> list[str]:
    """The words or phrases of a text, one after the other; empty if there is no segmenter for it."""
    script = _script_of(text, language)
    segmenter = _segmenter(script) if script else None
    # A segmenter in another language than Python cannot take half a character.
    return segmenter(_HALF_CHARACTER.sub("\ufffd", text)) if segmenter else []


def _inside_run(tokens: Sequence[str], language: str) -> list[bool]:
    starts = set(accumulate(map(len, segments("".join(tokens), language))))
    ends = list(accumulate(map(len, tokens)))
    return [bool(starts) and end not in starts for end, _ in pairwise(ends)]


def _script_of(text: str, language: str) -> str | None:
    if _THAI.search(text):
        return "thai"
    if _KANA.search(text) or (primary_language(language) == "ja" and _HAN.search(text)):
        return "japanese"
    if not _HAN.search(text):
        return None
    return "traditional chinese" if _TRADITIONAL.match(language) else "chinese"


@lru_cache(maxsize=len(_SEGMENTERS))
def _segmenter(script: str) -> _Segmenter | None:
    for module, function, method in _SEGMENTERS[script]:
        try:
            found = getattr(import_module(module), function)
            return getattr(found(), method) if method else found  # type: ignore[no-any-return]
        except Exception as error:  # noqa: BLE001 - whatever keeps an optional package from loading, the next one serves
            logger.info("no words of %s by %s: %s", script, module, error)
    return None
