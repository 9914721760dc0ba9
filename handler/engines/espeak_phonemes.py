"""IPA → espeak's mnemonics of phonemes, which it takes between ``[[`` and ``]]``.

Every voice has its own phonemes. Which IPA each of them stands for is asked of the library, for that very voice.
"""

from __future__ import annotations

import os
import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from handler.engines import espeak_library
from handler.errors import quoted
from handler.types import LINKED, JobWarning, Token

# A table of phonemes in the file "phontab": how many they are, and a name; then 16 bytes for each, mnemonic first.
_TABLE, _PHONEME = struct.Struct("<B3x32s"), struct.Struct("<4s12x")
_MARKS = frozenset("'',%=:|_-")  # stress, length and pauses, which are no phonemes
_LENGTH, _LONG = "ː", ":"
_STRESS = {"ˈ": "'", "ˌ": ","}
_SEPARATOR = "|"  # keeps two mnemonics from being read as one
UNSAFE_LANGUAGES = ("da", "kl", "vi", "vi-vn-x-central", "vi-vn-x-south")
"""Languages whose phoneme tables crash the library on some sequences (1.52.0: "O|a" in kl). No sequence of their own
words does so. Random words of phonemes in all other voices did not."""
MAX_SOUND_CHARS = 5  # of IPA: a diphthong with a length, or with an r
MAX_MNEMONIC_CHARS = 120  # of a word: espeak has a buffer of 160 bytes for one

_VOWELS = frozenset("iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒᵻɚɝ")
_IPA = re.compile(r"[^\W\dA-Z_][\w\u0300-\u036f\u02b0-\u02ff]*")
_JOINTS = {ord("|"): " ", ord("‖"): " "} | dict.fromkeys(map(ord, ".\u035c\u0361‿"))  # groups, syllables and ties
# What a voice may leave out: length, and details of how a sound is made.
_OPTIONAL = frozenset("ːˑ̪̯̩̥̬̞̝̟̠̺̻̈̽˞̹̜̘̙̤̰̚ʰʱʲʷˠˤⁿˡᵝ")
# Sounds that stand for one that a voice does not have, the nearest first.
_NEAR = {
    "g": "ɡ", "r": "ɹ ɾ ʁ ʀ", "ɹ": "r ɾ ʁ", "ɾ": "r ɹ ʁ", "ʁ": "ʀ r ɾ ɹ", "ʀ": "ʁ r ɾ ɹ", "ɻ": "ɹ r ɾ", "ɫ": "l",
    "ɭ": "l", "ɦ": "h", "ɱ": "m", "ɳ": "n", "ɲ": "nj", "ʎ": "lj", "ʍ": "w", "ɥ": "w", "ʋ": "v w", "ɰ": "ɣ w",
    "ɸ": "f", "β": "v b", "ɕ": "ʃ", "ʑ": "ʒ", "ʂ": "ʃ s", "ʐ": "ʒ z", "ç": "ʃ x", "x": "χ k", "χ": "x k", "ɣ": "ɡ",
    "q": "k", "c": "k", "ɟ": "ɡ", "ʈ": "t", "ɖ": "d", "ʔ": "", "ʃ": "ʂ s", "ʒ": "ʐ z", "θ": "t s", "ð": "d z",
    "h": "x", "ŋ": "n", "ʧ": "tʃ", "ʤ": "dʒ", "ʦ": "ts", "ʣ": "dz", "ʨ": "tɕ", "ʥ": "dʑ", "ᵊ": "ə",
    "a": "æ ɑ ɑː aː ɐ ʌ", "æ": "a ɛ e", "ɑ": "ɑː a ɒ", "ɒ": "ɑː ɔ ɔː o", "ɐ": "ə ʌ a", "ʌ": "ɐ a ə", "ɜ": "ɜː ə e",
    "ɝ": "ɜː ɚ", "ɚ": "ər", "ə": "ɐ ʌ ɛ e", "ɪ": "ɨ i", "i": "iː ɪ", "ᵻ": "ɪ i", "ɨ": "ᵻ ɪ i", "ʊ": "u o",
    "u": "uː ʊ ɯ", "ʉ": "uː u", "ɯ": "u uː", "ɔ": "ɔː o ɒ", "o": "oː oʊ əʊ ɔ", "e": "eː ɛ eɪ", "ɛ": "ɛː e",
    "ɵ": "ʊ ə", "ɘ": "ə", "ɤ": "ʌ o", "ɞ": "ɜː", "œ": "ø ɜː", "ø": "œ ɜː", "ʏ": "y yː ɪ", "y": "yː ʏ",
    "oʊ": "əʊ oː", "əʊ": "oʊ oː",
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """What is said as one word: a word to read, or its ``mnemonics``, which may say ``count`` words at once."""

    word: str
    mark: str
    mnemonics: str = ""
    count: int = 1


def pieces(token: Token, language: str, engine: str, warnings: list[JobWarning]) -> list[Piece]:
    """The pieces of a token. One whose phonemes the voice cannot say is read as it is written, with a warning."""
    found: list[Piece] = []
    phonemes = token.phonemes or ("",) * len(token.spoken)
    for word, ipa in zip(token.spoken, phonemes, strict=True):
        if ipa == LINKED and found:
            found[-1] = replace(found[-1], count=found[-1].count + 1)
            continue
        said, unknown = mnemonics(ipa, language) if ipa else ((), ())
        if ipa and not said:
            problem = f"has no sound for {' '.join(unknown)} in" if unknown else _no_phonemes(language)
            message = f"{engine} {problem} {quoted(f'/{ipa}/')}; {quoted(token.shown)} is spoken as it is written"
            warnings.append(JobWarning("phonemes_ignored", message))
            found = [Piece(each, "") for each in token.spoken]
            break
        found.append(Piece(word, "", " ".join(said)))
    return [*found[:-1], replace(found[-1], mark=token.mark)]


def _no_phonemes(language: str) -> str:
    return f"takes no IPA in {language}, such as" if is_unsafe(language) else "cannot say so long a word as"


def mnemonics(ipa: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """espeak's mnemonics of each word of a text in IPA, and the symbols that its voice has no phoneme for.

    The first is empty if there are any of the second, if a word is longer than espeak can take, or if the language is
    one of UNSAFE_LANGUAGES.
    """
    if is_unsafe(language):
        return (), ()
    table = phonemes_of(language)
    unknown: dict[str, None] = {}
    words = []
    for word in unicodedata.normalize("NFD", ipa).translate(_JOINTS).split():
        symbols = _with_stress(list(_symbols(word, table, unknown)))
        words.append("".join(symbols))
    if unknown or any(len(word) > MAX_MNEMONIC_CHARS for word in words):
        return (), tuple(unknown)
    return tuple(word for word in words if word), ()


def is_unsafe(language: str) -> bool:
    """Whether the voice of a language is one that mnemonics may crash the process in."""
    return any(espeak_library.voice_for(language) == espeak_library.voice_for(tag) for tag in UNSAFE_LANGUAGES)


def _symbols(word: str, table: Mapping[str, str], unknown: dict[str, None]) -> Iterator[str]:
    at = 0
    while at < len(word):
        if word[at] in _STRESS:
            yield _STRESS[word[at]]
            at += 1
            continue
        names, at = _longest(word, at, table, unknown)
        if names and word.startswith(_LENGTH, at):
            names[-1] += _LONG
            at += 1
        yield from (name + _SEPARATOR for name in names)


def _longest(word: str, at: int, table: Mapping[str, str], unknown: dict[str, None]) -> tuple[list[str], int]:
    """The mnemonics of the longest sound that begins there, or of one near it, and where the next one begins."""
    for end in range(min(len(word), at + MAX_SOUND_CHARS), at, -1):
        sound = word[at:end]
        names = [table[sound]] if sound in table else _nearest(sound, table)
        if names is not None:
            return names, end
    if word[at] not in _OPTIONAL:
        unknown[word[at]] = None
    return [], at + 1


def _nearest(sound: str, table: Mapping[str, str]) -> list[str] | None:
    """Mnemonics for a sound that the voice does not have, None if it has none like it."""
    for near in _NEAR.get(sound, "?").split(" "):
        if near in table:
            return [table[near]]
        if all(each in table for each in near):
            return [table[each] for each in near]
    return None


def _with_stress(symbols: list[str]) -> list[str]:
    """A word without a stress mark, as IPA writes words of one syllable, gets one at its beginning."""
    return symbols if not symbols or "'" in symbols else ["'", *symbols]


@lru_cache(maxsize=32)
def phonemes_of(language: str) -> Mapping[str, str]:
    """The IPA that the voice of a language can say, in NFD, and espeak's mnemonic of each."""
    known = _all_mnemonics()
    # Sounds change by what is next to them: vowels are asked for under stress, consonants before a vowel.
    contexts = [(f"'{name}", f"{name}|a", name) for name in known]
    read = espeak_library.read_mnemonics([text for texts in contexts for text in texts], language)
    found: dict[str, str] = {}
    last: dict[str, str] = {}
    for name, (stressed, before_vowel, alone) in zip(known, zip(*[iter(read)] * 3, strict=True), strict=True):
        for (names, symbols), expected in ((stressed, True), (before_vowel, False), (alone, None)):
            if names[:1] != [name] or len(names) != len(symbols) or len(names) > 2:
                continue
            symbol = unicodedata.normalize("NFD", symbols[0])
            if _IPA.fullmatch(symbol):
                usual = expected is (symbol[0] in _VOWELS)
                (found if usual else last).setdefault(symbol, name)
    sounds = last | found
    # Broad transcriptions write r for the r of the language, whichever that is; a trill where it has two.
    own = next((symbol for symbol in ("ɹ", "ʁ", "ʀ") if sounds.get(symbol) == "r"), "r")
    # A voice that has only an "ä" says it for an "a".
    bare = {"".join(mark for mark in symbol if mark not in _OPTIONAL): name for symbol, name in sounds.items()}
    return bare | sounds | ({"r": "r"} if own != "r" else {})


@lru_cache(maxsize=1)
def _all_mnemonics() -> Sequence[str]:
    """The mnemonics of all voices, short ones first."""
    data = (Path(os.fsdecode(espeak_library.data_path())) / "phontab").read_bytes()
    names: dict[str, None] = {}
    position = 4
    for _ in range(data[0]):
        count, _name = _TABLE.unpack_from(data, position)
        position += _TABLE.size
        for _ in range(count):
            (mnemonic,) = _PHONEME.unpack_from(data, position)
            names[mnemonic.rstrip(b"\0").decode("latin-1")] = None
            position += _PHONEME.size
    usable = (name for name in names if name.isascii() and name.isprintable() and not _MARKS & set(name[:1] or "_"))
    return sorted((name for name in usable if not name.startswith(("#", "<")) and "|" not in name), key=len)
