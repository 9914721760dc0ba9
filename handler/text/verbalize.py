"""Segments → spoken words: outer punctuation off, the language's rules, and part by part what no rule knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from handler.text.characters import bare_words, is_formula, plain, prosody_mark, stronger_mark, word_set
from handler.text.languages.base import MAX_FIGURE_CHARS, Context, Language, first_match
from handler.text.numbers import cardinal, number

_OPENING = "\"'([{«‹“‘„*_|¿¡•·….—–`-:;,!?>"
_CLOSING = "\"')]}»›”’*_|,;:.!?…—–-`"
_SIGN_BEFORE_NUMBER = re.compile(r"[-–−](?=[.\d$€£¥])|\.(?=\d|(?i:net\b))|>(?=\d)")
_FIGURES_OR_REST = re.compile(r"\d+(?:[.,']\d+)*|\D+")
_RANGE_DASHES = frozenset({"-", "–", "—", "−"})
_PART_SEPARATORS = (
    re.compile(r"[-–—]+"),
    re.compile(r"[/_]+"),
    re.compile(r",(?=\D)|(?<=\D),"),
    re.compile(r"[()\[\]{}]+"),
)
_EMOTICONS = word_set(
    ":D :-D ;D ;-D :P :-P ;P ;-P :p :-p :o :O :-o :-O :x :X :3 <3 </3 :s :S :v =D =P D: :c 8) 8-) B) B-) :b :L :'D "
    ":'( T_T o_O O_o ^_^ >_< -_-"
)


@dataclass(frozen=True)
class Verbalization:
    """The spoken words of a segment, and the prosody mark that follows them."""

    words: tuple[str, ...]
    mark: str


@dataclass(frozen=True)
class _Stripped:
    text: str
    core: str
    tail: str


def _strip(text: str, language: Language) -> _Stripped:
    text = plain(text)
    if text in _EMOTICONS:
        return _Stripped(text, "", "")
    start, end = 0, len(text)
    while start < end and text[start] in _OPENING and not _SIGN_BEFORE_NUMBER.match(text, start):
        start += 1
    while end > start and text[end - 1] in _CLOSING:
        end -= 1
    core = text[start:end]
    silent = core not in language.signs and not any(map(str.isalnum, core))
    return _Stripped(text, "" if silent else core, text[end:])


def _spoken_words(text: str, context: Context) -> list[str]:
    """The bare words of what a rule said, or of the script, each in its spoken form."""
    words: list[str] = []
    bare = bare_words(plain(text))
    for index, word in enumerate(bare):
        following = bare[index + 1] if index + 1 < len(bare) else context.after
        last = words[-1] if words else context.last
        words += bare_words(context.language.verbalize_word(word, last, following, context))
    return words


def _figures(text: str, language: Language) -> str:
    """Figures with points and commas that no rule knew: as a number, else each group by itself."""
    words = number(text, language.numbers) if len(text) <= MAX_FIGURE_CHARS else None
    if words is not None:
        return words
    point = language.version_point if re.fullmatch(r"\d{1,4}(?:\.\d{1,4}){2,}", text) else ""
    return f" {point} ".join(cardinal(group, language.numbers) for group in re.split(r"\D", text))


def _runs(context: Context) -> list[str]:
    """Letters and figures one after another, whatever stands between them."""
    core = context.language.verbalize_signs(context.core)
    words: list[str] = []
    for found in _FIGURES_OR_REST.finditer(core):
        run = found.group()
        text = _figures(run, context.language) if run[0].isdigit() else run
        last = words[-1] if words else context.last
        after = context.after if found.end() == len(core) else ""
        words += _spoken_words(text, Context("", context.language, before=context.before, after=after, last=last))
    return words


def _in_parts(context: Context) -> list[str]:
    """The parts of a core that no rule knows as a whole: between hyphens, then slashes, each by the rules."""
    separators = () if is_formula(context.core) else _PART_SEPARATORS
    parts = next((parts for sign in separators if len(parts := sign.split(context.core)) > 1), [])
    words: list[str] = []
    for index, part in enumerate(parts):
        if not part:
            continue
        after = parts[index + 1] if index + 1 < len(parts) else context.after
        inner = replace(context.part(part, words[-1] if words else context.last), before=context.before, after=after)
        # Without its neighbours: a part is no day of a month, no continued number.
        rules = context.language.rules if any(map(str.isdigit, part)) else ()
        text = first_match(rules, context.part(part))
        words += _in_parts(inner) if text is None else _spoken_words(text, inner)
    return words if parts else _runs(context)


def _phones(cores: Sequence[str]) -> set[int]:
    """Indices of groups of figures that continue a telephone number begun by "+44"."""
    indices: set[int] = set()
    for index, core in enumerate(cores):
        following = cores[index + 1] if index + 1 < len(cores) else ""
        starts = re.fullmatch(r"\+\d{1,3}", core) and re.fullmatch(r"\(?\d{2,5}\)?(?:-\d{2,5})*", following)
        if starts or (index - 1 in indices and re.fullmatch(r"\d{2,5}(?:-\d{2,5})*", core)):
            indices.add(index)
    return indices


def _verbalize_one(stripped: _Stripped, context: Context) -> Verbalization:
    language = context.language

    def mark(punctuation: str) -> str:
        found = prosody_mark(punctuation)
        return language.prosody_marks.get(found, found)

    if not stripped.core:
        between = context.before[-1:].isdigit() and context.after[:1].isdigit()
        if language.range_word and between and stripped.text in _RANGE_DASHES:
            return Verbalization((language.range_word,), "")
        return Verbalization((), mark(stripped.text))
    short = language.abbreviation(context)
    if short is not None:
        # The full stop belongs to the word; what follows it ("p.m.," or "etc.)?") is prosody all the same.
        stop = "." if context.dot and short[1] else ""
        rest = mark(stripped.tail[1:] if context.dot else stripped.tail)
        return Verbalization(tuple(_spoken_words(short[0], context)), stronger_mark(stop, rest))
    if context.core in language.signs:
        return Verbalization(tuple(bare_words(language.signs[context.core])), mark(stripped.tail))
    text = first_match(language.rules, context)
    words = _in_parts(context) if text is None else _spoken_words(text, context)
    return Verbalization(tuple(words), mark(stripped.tail))


def verbalize(texts: Sequence[str], language: Language) -> list[Verbalization]:
    """The spoken words of each segment's text; a segment with nothing to say has no words."""
    stripped = [_strip(text, language) for text in texts]
    cores = [one.core for one in stripped]
    phones = _phones(cores)
    # A silent segment stands between nothing: the rules look past it, since spoken forms do not have it.
    audible = [index for index, core in enumerate(cores) if core]
    before = dict(zip(audible[1:], audible, strict=False))
    after = dict(pairwise(audible))
    verbalizations: list[Verbalization] = []
    last_core, last_word = "", ""
    for index, one in enumerate(stripped):
        following = index + 1 if index + 1 < len(cores) and not one.core else after.get(index, len(cores))
        context = Context(
            one.core,
            language,
            dot=one.tail.startswith(".") and not one.tail.startswith(".."),
            before=cores[before[index]] if index in before else "" if one.core else last_core,
            after=cores[following] if following < len(cores) else "",
            last=last_word,
            phone=index in phones,
        )
        verbalizations.append(_verbalize_one(one, context))
        last_core = one.core
        last_word = verbalizations[-1].words[-1] if verbalizations[-1].words else last_word
    return verbalizations
