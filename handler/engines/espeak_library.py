"""espeak-ng through its C API: speech with the time of every word, and the phonemes of a word.

The C library and its data come with the wheel ``espeakng-loader``. The library keeps its state in C globals: it is not
thread-safe, and the speech depends on what it spoke before, even after its own terminate. So every use takes a lock,
loads the library anew and unloads it afterwards: that costs 4 ms, and the same text always gives the same samples.
"""

from __future__ import annotations

import _ctypes
import ctypes
import os
import re
import tempfile
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from handler import temporary
from handler.cancellation import current
from handler.errors import ConfigError, EngineError, quoted
from handler.requests import MAX_LANGUAGE_CHARS
from handler.text.languages.tags import normalized_tag
from handler.types import Samples, WordTime

SAMPLE_RATE = 22_050
# Words a minute between which espeak's pace follows the rate: to within 5 % up to 300, 15 % above. espeak takes any
# lower rate for 80. From 450 on its events are up to 30 ms away from the sound.
MIN_WPM, MAX_WPM = 85, 449

_LOCK = threading.Lock()

# From speak_lib.h.
_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_PHONEME_EVENTS = 0x0001
_INITIALIZE_DONT_EXIT = 0x8000
_POSITION_CHARACTER = 1
_CHARS_UTF8 = 0x0001
_MNEMONICS = 0x0100  # espeakPHONEMES: what stands between [[ and ]] is mnemonics of phonemes
_ENDPAUSE = 0x1000
_PARAMETER_RATE = 1
_EVENT_WORD, _EVENT_PHONEME = 1, 7
_PHONEMES_IPA = 0x02
_PHONEME_SEPARATOR = "_"
_SWITCH = re.compile(r"\([a-z-]+\)")  # a change of voice in the middle of a text: "(en)"
_STRESS = dict.fromkeys(map(ord, "\u02c8\u02cc"))

# The library copies the path into a buffer of 160 bytes and appends file names without a check.
_MAX_DATA_PATH_BYTES = 120

# A word without a sound between two words keeps espeak from fusing them ("of the") into one event. The zero-width
# space is silent in every voice. A bar is not: Polish, Dutch, Ukrainian, Tamil and others read it out.
_SEPARATOR = " \u200b "

_DIALECTS = {"en": "en-us"}  # plain English is British to espeak, American to most users
_MUTE_VOICES = frozenset({"gmq/fo", "trk/kaa", "art/xex"})  # listed, but their dictionaries are not in the wheel
_AUDIBLE = 0.003  # of full scale (-50 dB): fainter sound counts as silence at the start of a word


@dataclass(frozen=True)
class Utterance:
    """Speech, float32 mono at ``sample_rate``, and the time of each word in seconds from the first sample.

    A word that espeak gave no event of its own has None.
    """

    samples: Samples
    sample_rate: int
    words: tuple[WordTime | None, ...]


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _CEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", _Id),
    )  # fmt: skip


class _CVoice(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("languages", ctypes.c_void_p), ("identifier", ctypes.c_char_p))


_SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_CEvent))


class _Event(NamedTuple):
    """A word or a phoneme begins at the character ``position`` of the text, counted from 1."""

    type: int
    position: int
    sample: int
    pause: bool


def available() -> str | None:
    """Why espeak is not available here; None if it is. Imports nothing."""
    if find_spec("espeakng_loader") is None:
        return "the package espeakng-loader is not installed: pip install espeakng-loader"
    return None


@lru_cache(maxsize=1)
def version() -> str:
    """The version of the C library, such as ``1.52.0``."""
    with _library() as library:
        library.espeak_Info.restype = ctypes.c_char_p
        return str(library.espeak_Info(None).decode())


@lru_cache(maxsize=1)
def languages() -> Mapping[str, str]:
    """Every language that espeak speaks: its tag (BCP 47, lower case) and its English name."""
    return {tag: name for tag, (name, _) in _voices().items()}


def voice_for(language: str) -> str | None:
    """The espeak voice for a language tag (BCP 47, any case), such as ``gmw/en-US``; None if there is none.

    The tag is shortened from its end until a voice fits (lookup of RFC 4647, section 3.4): ``pt-AO`` → ``pt``.
    """
    voices = _voices()
    # No tag of a voice is longer. A bucket's record may hold any text.
    language = language.strip()[:MAX_LANGUAGE_CHARS]
    # The tag as it is comes first: espeak has voices for some tags that normalisation renames (cmn-Latn-pinyin).
    for tag in (language.lower().replace("_", "-"), normalized_tag(language)):
        while tag:
            if tag in voices:
                return voices[tag][1]
            tag = tag.rpartition("-")[0]
    return None


def speak(
    words: Sequence[str],
    marks: Sequence[str],
    language: str,
    words_per_minute: int = 175,
    mnemonics: Sequence[str] = (),
) -> Utterance:
    """Speak bare words, each followed by its mark (``, ; : . ! ? …`` or nothing), which shapes melody and pauses.

    ``mnemonics`` holds espeak's own phonemes for each word, see `espeak_phonemes`, and "" for a word to be read.
    A word ends where its sound ends: a pause after it is not part of it; the pause of the last mark stays at the end
    of the samples. ``words_per_minute`` is clamped to MIN_WPM and MAX_WPM. Raises ValueError for a language
    without a voice or lists of different lengths, EngineError when espeak fails, ConfigError when it is not available.
    """
    text, spans = _script(_written(words, mnemonics), marks)
    rate = min(max(words_per_minute, MIN_WPM), MAX_WPM)
    with _speaking(language) as library:
        _check(library.espeak_SetParameter(_PARAMETER_RATE, rate, 0), "set its rate")
        samples, events = _synthesize(library, text)
    return Utterance(samples, SAMPLE_RATE, _word_times(samples, events, spans))


def phonemes(words: Sequence[str], language: str) -> list[list[str]]:
    """The pronunciation of each word by itself, in espeak's own IPA without stress marks.

    One symbol an item; diphthongs, affricates, long vowels and some vowels with their r or l are one symbol. A word
    without a sound has an empty list. Raises as `speak` does.
    """
    with _speaking(language) as library:
        return [_pronounce(library, _clean(word), _PHONEMES_IPA) for word in words]


def pronunciations(
    words: Sequence[str], marks: Sequence[str], language: str, mnemonics: Sequence[str] = ()
) -> list[str]:
    """The pronunciation of each word among its neighbours, in espeak's IPA with stress marks; "" for a silent one.

    ``mnemonics`` is that of `speak`. Raises as `speak` does.
    """
    written = _written(words, mnemonics)
    text, _ = _script(written, marks)
    with _speaking(language) as library:
        if any(mnemonics):
            _synthesize(library, " ")  # Else the library takes no mnemonics.
        groups = _SWITCH.sub("", _transcribed(library, text, _PHONEMES_IPA)).split()
        if len(groups) == len(words):
            return groups
        # A word of several parts ("twenty-one") or without a sound: each is said alone, that none takes another's part.
        return ["".join(_SWITCH.sub("", _transcribed(library, word, _PHONEMES_IPA)).split()) for word in written]


def read_mnemonics(texts: Sequence[str], language: str) -> list[tuple[list[str], list[str]]]:
    """How espeak takes each text of its own mnemonics: the phonemes that it finds in it, and the same in its IPA.

    Without stress marks. Raises as `speak` does.
    """
    with _speaking(language) as library:
        _synthesize(library, " ")  # Else the library takes no mnemonics.
        written = [f"[[{text}]]" for text in texts]
        return [(_pronounce(library, text, 0), _pronounce(library, text, _PHONEMES_IPA)) for text in written]


def _pronounce(library: ctypes.CDLL, written: str, alphabet: int) -> list[str]:
    transcribed = _transcribed(library, written, alphabet | ord(_PHONEME_SEPARATOR) << 8)
    symbols = transcribed.replace(" ", _PHONEME_SEPARATOR).split(_PHONEME_SEPARATOR)
    bare = (symbol.translate(_STRESS) if alphabet else symbol.strip("',%=|") for symbol in symbols)
    return [symbol for symbol in bare if symbol and not symbol.startswith("(")]


def _transcribed(library: ctypes.CDLL, written: str, mode: int) -> str:
    """The phonemes of a text, words and clauses apart by blanks."""
    transcribe = library.espeak_TextToPhonemes
    transcribe.restype = ctypes.c_char_p
    transcribe.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_int]
    text = ctypes.create_string_buffer(_utf8(written))
    # The library moves the pointer on by a clause a call, to NULL at the end of the text.
    rest = ctypes.c_void_p(ctypes.addressof(text))
    clauses: list[str] = []
    while rest.value:
        clauses.append((transcribe(ctypes.byref(rest), _CHARS_UTF8, mode) or b"").decode("utf-8", "replace"))
    return " ".join(clauses)


def _script(words: Sequence[str], marks: Sequence[str]) -> tuple[str, list[range]]:
    """The text for espeak, and the characters of each word in it, counted from 1 as its events do."""
    pieces: list[str] = []
    spans: list[range] = []
    position = 1
    for word, mark in zip(words, marks, strict=True):
        spans.append(range(position, position + len(word)))
        pieces.append(word + mark)
        position += len(pieces[-1]) + len(_SEPARATOR)
    return _SEPARATOR.join(pieces), spans


def _written(words: Sequence[str], mnemonics: Sequence[str]) -> list[str]:
    own = mnemonics or [""] * len(words)
    return [f"[[{own}]]" if own else _clean(word) for word, own in zip(words, own, strict=True)]


def _clean(word: str) -> str:
    """The word at the same length without what espeak takes for commands, the end (NUL) or mnemonics (``[[``)."""
    return "".join(
        " " if character == "[" or unicodedata.category(character) == "Cc" else character for character in word
    )


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _synthesize(library: ctypes.CDLL, text: str) -> tuple[Samples, list[_Event]]:
    pieces: list[bytes] = []
    events: list[_Event] = []

    def collect(samples: ctypes._Pointer[ctypes.c_short], count: int, batch: ctypes._Pointer[_CEvent]) -> int:
        if samples and count:
            pieces.append(ctypes.string_at(samples, count * 2))
        index = 0
        while batch[index].type:
            event = batch[index]
            if event.type in (_EVENT_WORD, _EVENT_PHONEME):
                pause = event.type == _EVENT_PHONEME and event.id.string.startswith(b"_")
                events.append(_Event(event.type, event.text_position, event.sample, pause))
            index += 1
        return int(stop.ended)  # 1 ends it: the library speaks for one job at a time

    stop = current()
    callback = _SynthCallback(collect)
    library.espeak_SetSynthCallback(callback)
    data = _utf8(text)
    code = library.espeak_Synth(
        ctypes.c_char_p(data), ctypes.c_size_t(len(data) + 1), ctypes.c_uint(0), _POSITION_CHARACTER,
        ctypes.c_uint(0), ctypes.c_uint(_CHARS_UTF8 | _ENDPAUSE | _MNEMONICS), None, None,
    )  # fmt: skip
    stop.check()
    _check(code, "speak")
    samples = np.frombuffer(b"".join(pieces), dtype="<i2").astype(np.float32) / np.float32(32768)
    return samples, events


def _word_times(samples: Samples, events: list[_Event], spans: list[range]) -> tuple[WordTime | None, ...]:
    """Each word starts at the first event inside its characters and lasts until the pause or word that follows."""
    owners = {position: word for word, span in enumerate(spans) for position in span}
    firsts: list[tuple[int, int]] = []
    for index, event in enumerate(events):
        word = owners.get(event.position) if event.type == _EVENT_WORD else None
        if word is not None and (not firsts or word > firsts[-1][0]):
            firsts.append((word, index))
    times: list[WordTime | None] = [None] * len(spans)
    end = -1
    for number, (word, index) in enumerate(firsts):
        last = firsts[number + 1][1] if number + 1 < len(firsts) else len(events)
        following = events[last].sample if last < len(events) else len(samples)
        start, after_pause = events[index].sample, end != events[index].sample
        end = _sound_end(events[index:last], following)
        times[word] = WordTime((_onset(samples, start, end) if after_pause else start) / SAMPLE_RATE, end / SAMPLE_RATE)
    return tuple(times)


def _sound_end(events: list[_Event], following: int) -> int:
    """Where the pauses begin that end a word's events; ``following``, the start of the next word, if there is none."""
    end = following
    for event in reversed(events):
        if event.type == _EVENT_PHONEME:
            if not event.pause:
                break
            end = event.sample
    return max(end, events[0].sample)


def _onset(samples: Samples, start: int, end: int) -> int:
    """The first audible sample: after a pause, the closure of a p, t or k sounds like the pause."""
    audible = np.abs(samples[start:end]) > _AUDIBLE
    return start + int(np.argmax(audible)) if audible.any() else start


@lru_cache(maxsize=1)
def _voices() -> dict[str, tuple[str, str]]:
    """The best voice of every language: tag → (name, identifier)."""
    found: dict[str, tuple[int, str, str]] = {}
    with _library() as library:
        library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_CVoice))
        for entry in library.espeak_ListVoices(None):
            if not entry:
                break
            voice = entry.contents
            name, identifier = voice.name.decode().strip(), voice.identifier.decode()
            if identifier in _MUTE_VOICES:
                continue
            for priority, tag in _tags(voice.languages):
                if tag not in found or priority < found[tag][0]:
                    found[tag] = (priority, name, identifier)
    found |= {tag: found[dialect] for tag, dialect in _DIALECTS.items()}
    return {tag: (name, identifier) for tag, (_, name, identifier) in sorted(found.items())}


def _tags(address: int) -> Iterator[tuple[int, str]]:
    """The languages of a voice: pairs of a priority byte (low is good) and a C string, closed by a zero byte."""
    while priority := ctypes.string_at(address, 1)[0]:
        tag = ctypes.string_at(address + 1)
        yield priority, tag.decode().lower()
        address += len(tag) + 2


@contextmanager
def _speaking(language: str) -> Iterator[ctypes.CDLL]:
    """The C library with its voice for the language. Raises ValueError for a language without a voice."""
    voice = voice_for(language)
    if voice is None:
        raise ValueError(f"espeak has no voice for the language {quoted(language)}")
    with _library() as library:
        _check(library.espeak_SetVoiceByName(voice.encode()), f"load its voice {voice}")
        yield library


def _check(code: int, doing: str) -> None:
    if code:
        raise EngineError(f"espeak could not {doing} (its code is {code}): try again, or set another engine")


@contextmanager
def _library() -> Iterator[ctypes.CDLL]:
    """The C library, freshly loaded and initialised, for one thread at a time; unloaded at the end."""
    missing = available()
    if missing:
        raise ConfigError(f"espeak cannot be used: {missing}")
    import espeakng_loader

    with current().acquire(_LOCK):
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        try:
            options = _INITIALIZE_PHONEME_EVENTS | _INITIALIZE_DONT_EXIT
            rate = library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, data_path(), options)
            if rate != SAMPLE_RATE:
                raise ConfigError("espeak could not load its data: install the package espeakng-loader again")
            yield library
        finally:
            library.espeak_Terminate()
            _ctypes.dlclose(library._handle)


@lru_cache(maxsize=1)
def data_path() -> bytes:
    """The wheel's data folder, through a short link in a private temporary folder where its own path is too long."""
    import espeakng_loader

    target = espeakng_loader.get_data_path()
    if len(os.fsencode(target)) <= _MAX_DATA_PATH_BYTES:
        return os.fsencode(target)
    made = len("/speech-12345678-espeak-12345678/data")
    roomy = len(os.fsencode(tempfile.gettempdir())) < _MAX_DATA_PATH_BYTES - made
    folder = None if roomy else "/tmp"  # nosec B108 # a folder of ours alone is made in it
    link = temporary.of_this_process("espeak", folder) / "data"
    link.symlink_to(target)
    return os.fsencode(link)
