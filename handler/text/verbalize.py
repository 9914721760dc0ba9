"""Words → spoken words: abbreviations, capitals, and the prosody mark after each. Digits are words by now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from handler.text.characters import bare_words, plain, prosody_mark, stronger_mark
from handler.text.languages.base import Language, WordContext
from handler.text.patterns import CLAUSE_MARKS

_OPENING = "\"'([{«‹“‘„*_|¿¡•·….—–`-:;,!?>"
_CLOSING = "\"')]}»›”’*_|,;:.!?…—–-`"
_PART_SEPARATORS = re.compile(r"[-–—/_()\[\]{}]+|,(?=\D)|(?<=\D),")


_STOP_OF_SHORT_FORM = re.compile(r"(?<!\.)\.(?=[,;:])")


@dataclass(frozen=True)
class Verbalization:
    """The spoken words of a segment, the prosody mark after them, and the phonemes of each word; see `Token`."""

    words: tuple[str, ...]
    mark: str
    phonemes: tuple[str, ...] = ()


def _strip(text: str) -> tuple[str, str]:
    """The core of a plain text, "" if it is silent, and the closing punctuation after it."""
    start, end = 0, len(text)
    while start < end and text[start] in _OPENING:
        start += 1
    while end > start and text[end - 1] in _CLOSING:
        end -= 1
    core = text[start:end]
    return (core if any(map(str.isalnum, core)) else ""), text[end:]


def _spoken_words(text: str, context: WordContext) -> list[str]:
    """The bare words of a text, each in its spoken form."""
    words: list[str] = []
    bare = bare_words(plain(text))
    for index, word in enumerate(bare):
        following = bare[index + 1] if index + 1 < len(bare) else context.after
        last = words[-1] if words else context.last
        words += bare_words(context.language.verbalize_word(word, last, following, context))
    return words


def _in_parts(context: WordContext) -> list[str]:
    """The words of a core between its hyphens, slashes, commas and brackets."""
    parts = [part for part in _PART_SEPARATORS.split(context.core) if part]
    if parts == [context.core]:  # as most words: without a context for each part this is much faster
        return _spoken_words(context.core, context)
    words: list[str] = []
    for index, part in enumerate(parts):
        after = parts[index + 1] if index + 1 < len(parts) else context.after
        words += _spoken_words(
            part, replace(context, core=part, after=after, last=words[-1] if words else context.last)
        )
    return words


def _mark(punctuation: str, language: Language) -> str:
    """The prosody mark of plain punctuation, as the language has it."""
    mark = prosody_mark(_STOP_OF_SHORT_FORM.sub("", punctuation))
    return language.prosody_marks.get(mark, mark)


def _verbalize_one(text: str, tail: str, context: WordContext) -> Verbalization:
    """The verbalization of a plain text with the core of ``context`` and the closing punctuation ``tail``."""
    language = context.language
    if not context.core:
        return Verbalization((), _mark(text, language))
    short = language.abbreviation(context)
    if short is not None:
        # The full stop belongs to the word; what follows it ("p.m.," or "etc.)?") is punctuation.
        rest = tail[1:] if context.dot else tail
        stop = "." if context.dot and short[1] and not rest.startswith(CLAUSE_MARKS) else ""
        return Verbalization(tuple(_spoken_words(short[0], context)), stronger_mark(stop, _mark(rest, language)))
    return Verbalization(tuple(_in_parts(context)), _mark(tail, language))


def verbalize(texts: Sequence[str], written: Sequence[str], language: Language) -> list[Verbalization]:
    """The spoken words of each text, which has no digits; a silent one has none.

    ``written`` is what the script has for each text, in which a neighbour may be told by its digits.
    """
    plain_texts = [plain(text) for text in texts]
    stripped = [_strip(text) for text in plain_texts]
    # Neighbours are looked for past silent texts, because spoken forms do not have them.
    cores = {one: _strip(plain(one))[0] for one in set(written)}
    audible = ["", *(cores[one] for (core, _), one in zip(stripped, written, strict=True) if core), ""]
    verbalizations: list[Verbalization] = []
    last_word, position = "", 0
    for text, (core, tail) in zip(plain_texts, stripped, strict=True):
        position += bool(core)
        dot = tail.startswith(".") and not tail.startswith("..")
        before, after = (audible[position - 1], audible[position + 1]) if core else ("", "")
        context = WordContext(core, language, dot=dot, before=before, after=after, last=last_word)
        verbalizations.append(_verbalize_one(text, tail, context))
        last_word = verbalizations[-1].words[-1] if verbalizations[-1].words else last_word
    return verbalizations
