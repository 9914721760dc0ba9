"""Segments → spoken words: strip outer punctuation, apply the language's rules, else verbalize part by part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from handler.text.characters import bare_words, is_formula, plain, prosody_mark, stronger_mark, word_set
from handler.text.languages.base import Context, Language, first_match
from handler.text.numbers import cardinal, number

_OPENING = "\"'([{«‹“‘„*_|¿¡•·….—–`-:;,!?>"
_CLOSING = "\"')]}»›”’*_|,;:.!?…—–-`"
_SIGN_BEFORE_NUMBER = re.compile(r"[-–−](?=[.\d$€£¥])|\.(?=\d|(?i:net\b))|>(?=\d)")
_FIGURES_OR_REST = re.compile(r"\d+(?:[.,']\d+)*|\D+")
_RANGE_DASHES = frozenset({"-", "–", "—", "−"})
_PART_SEPARATORS = (r"[-–—]+", r"[/_]+", r",(?=\D)|(?<=\D),", r"[()\[\]{}]+")
_EMOTICONS = word_set(
    ":D :-D ;D ;-D :P :-P ;P ;-P :p :-p :o :O :-o :-O :x :X :3 <3 </3 :s :S :v =D =P D: :c 8) 8-) B) B-) :b :L :'D "
    ":'( T_T o_O O_o ^_^ >_< -_-"
)


@dataclass(frozen=True)
class Verbalization:
    """The spoken words of a segment, and the prosody mark after them."""

    words: tuple[str, ...]
    mark: str


def _strip(text: str, language: Language) -> tuple[str, str]:
    """The core of a plain text, "" if it is silent, and the closing punctuation after it."""
    if text in _EMOTICONS:
        return "", ""
    start, end = 0, len(text)
    while start < end and text[start] in _OPENING and not _SIGN_BEFORE_NUMBER.match(text, start):
        start += 1
    while end > start and text[end - 1] in _CLOSING:
        end -= 1
    core = text[start:end]
    audible = core in language.signs or any(map(str.isalnum, core))
    return (core if audible else ""), text[end:]


def _spoken_words(text: str, context: Context) -> list[str]:
    """The bare words of a text, each in its spoken form."""
    words: list[str] = []
    bare = bare_words(plain(text))
    for index, word in enumerate(bare):
        following = bare[index + 1] if index + 1 < len(bare) else context.after
        last = words[-1] if words else context.last
        words += bare_words(context.language.verbalize_word(word, last, following, context))
    return words


def _figures(text: str, language: Language) -> str:
    """Figures with points and commas as one number, else group by group."""
    if (words := number(text, language.numbers)) is not None:
        return words
    point = language.version_point if re.fullmatch(r"\d{1,4}(?:\.\d{1,4}){2,}", text) else ""
    return f" {point} ".join(cardinal(group, language.numbers) for group in re.split(r"\D", text))


def _runs(context: Context) -> list[str]:
    """Runs of letters and of figures, one after another."""
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
    """The parts of a core between hyphens, else slashes, commas or brackets, each by the rules or in parts again."""
    separators = () if is_formula(context.core) else _PART_SEPARATORS
    parts = next((parts for sign in separators if len(parts := re.split(sign, context.core)) > 1), [])
    words: list[str] = []
    for index, part in enumerate(parts):
        if not part:
            continue
        after = parts[index + 1] if index + 1 < len(parts) else context.after
        inner = replace(context.part(part, words[-1] if words else context.last), before=context.before, after=after)
        # Without neighbours: a part is not the day of a month and does not continue a number.
        rules = context.language.rules if any(map(str.isdigit, part)) else ()
        text = first_match(rules, context.part(part))
        words += _in_parts(inner) if text is None else _spoken_words(text, inner)
    return words if parts else _runs(context)


def _phones(cores: Sequence[str]) -> set[int]:
    """Indices of the groups of figures in telephone numbers that begin with a group such as "+44"."""
    indices: set[int] = set()
    for index, core in enumerate(cores):
        following = cores[index + 1] if index + 1 < len(cores) else ""
        starts = re.fullmatch(r"\+\d{1,3}", core) and re.fullmatch(r"\(?\d{2,5}\)?(?:-\d{2,5})*", following)
        if starts or (index - 1 in indices and re.fullmatch(r"\d{2,5}(?:-\d{2,5})*", core)):
            indices.add(index)
    return indices


def _verbalize_one(text: str, tail: str, context: Context) -> Verbalization:
    language = context.language

    def mark(punctuation: str) -> str:
        found = prosody_mark(punctuation)
        return language.prosody_marks.get(found, found)

    if not context.core:
        between = context.before[-1:].isdigit() and context.after[:1].isdigit()
        if language.range_word and between and text in _RANGE_DASHES:
            return Verbalization((language.range_word,), "")
        return Verbalization((), mark(text))
    short = language.abbreviation(context)
    if short is not None:
        # The full stop belongs to the word; what follows it ("p.m.," or "etc.)?") is punctuation.
        stop = "." if context.dot and short[1] else ""
        rest = mark(tail[1:] if context.dot else tail)
        return Verbalization(tuple(_spoken_words(short[0], context)), stronger_mark(stop, rest))
    if context.core in language.signs:
        return Verbalization(tuple(bare_words(language.signs[context.core])), mark(tail))
    spoken = first_match(language.rules, context)
    words = _in_parts(context) if spoken is None else _spoken_words(spoken, context)
    return Verbalization(tuple(words), mark(tail))


def verbalize(texts: Sequence[str], language: Language) -> list[Verbalization]:
    """The spoken words of each segment's text; a silent segment has none."""
    texts = [plain(text) for text in texts]
    stripped = [_strip(text, language) for text in texts]
    cores = [core for core, _ in stripped]
    phones = _phones(cores)
    # Rules look past silent segments, because spoken forms do not have them.
    audible, all_cores = ["", *filter(None, cores), ""], ["", *cores, ""]
    verbalizations: list[Verbalization] = []
    last_word, audible_position = "", 0
    for index, (core, tail) in enumerate(stripped):
        audible_position += bool(core)
        neighbours, position = (audible, audible_position) if core else (all_cores, index + 1)
        dot, phone = tail.startswith(".") and not tail.startswith(".."), index in phones
        before, after = neighbours[position - 1], neighbours[position + 1]
        context = Context(core, language, dot=dot, before=before, after=after, last=last_word, phone=phone)
        verbalizations.append(_verbalize_one(texts[index], tail, context))
        last_word = verbalizations[-1].words[-1] if verbalizations[-1].words else last_word
    return verbalizations
