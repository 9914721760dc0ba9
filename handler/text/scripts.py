"""The language of a text: the one that its request means, and warnings that it is in another, or in another script."""

from __future__ import annotations

import unicodedata
from collections import Counter

from handler.requests import AUTO
from handler.text import cldr
from handler.text.language_detection import likely_language, other_language
from handler.text.languages import language_of
from handler.types import JobWarning

# First word of a character's Unicode name → the script, and a common language in it.
_SCRIPTS = {
    "CJK": ("Chinese", "zh"), "HIRAGANA": ("Japanese", "ja"), "KATAKANA": ("Japanese", "ja"),
    "HANGUL": ("Korean", "ko"), "CYRILLIC": ("Cyrillic", "ru"), "GREEK": ("Greek", "el"),
    "ARABIC": ("Arabic", "ar"), "HEBREW": ("Hebrew", "he"), "DEVANAGARI": ("Devanagari", "hi"),
    "THAI": ("Thai", "th"),
}  # fmt: skip


def foreign_script(text: str, language: str) -> tuple[str, str] | None:
    """The script of most letters and a language of it, if the text is not in Latin letters as its ``language`` is.

    None for a language that is not written in Latin letters: its texts mix scripts.
    """
    if not language_of(language).latin:
        return None
    letters = [character for character in text if character.isalpha()]
    names = Counter(unicodedata.name(letter, "?").split()[0] for letter in letters)
    name, count = names.most_common(1)[0] if names else ("?", 0)
    return _SCRIPTS[name] if name in _SCRIPTS and 2 * count > len(letters) else None


def language_asked(asked: str | None, text: str) -> str | None:
    """The language tag that a request means: what it ``asked`` for, for AUTO the language found in its text.

    None if it asked for none, or for AUTO with a text that does not tell: then a default holds.
    """
    if asked != AUTO:
        return asked
    foreign = foreign_script(text, "en")
    return likely_language(text) or (foreign[1] if foreign else None)


def language_warnings(text: str, language: str, asked: str | None = None) -> tuple[JobWarning, ...]:
    """The warning that a text is plainly in another ``language`` than that of the job, if it is.

    If the request ``asked`` for AUTO, the warning that the text does not tell its language, if it does not.
    """
    if asked == AUTO:
        if likely_language(text):
            return ()
        message = f"the text is too short or too mixed to tell its language, {language} is assumed; send language"
        return (JobWarning("language_assumed", message),)
    if foreign := foreign_script(text, language):
        script, usual = foreign
        likely = likely_language(text) or usual
        message = f"most of the text is in {script} script, language is {language}; send language: {likely}?"
        return (JobWarning("language_doubtful", message),)
    if found := other_language(text, language):
        message = f"the text seems to be in {_name(found)}, language is {language}; send language: {found}?"
        return (JobWarning("language_doubtful", message),)
    return ()


def _name(code: str) -> str:
    english = cldr.locale("en")
    return f"{english.languages.get(code, '') if english else ''} ({code})".strip()
