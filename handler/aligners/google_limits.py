"""What one request to Google Cloud Speech may hold: a piece of the audio, phrases of the script, a language's name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from handler.media import audio
from handler.text.languages.tags import normalized_tag
from handler.types import Samples, Span

LONGEST = 55.0
"""Seconds of one piece. `recognize` takes a minute and 10 MB: at RATES' highest, this is 5.3 MB."""

RATES = (8_000, 48_000)
"""Hertz that LINEAR16 may have; other samples are brought to the nearer one."""

LONG_ENOUGH = 0.8
"""Of the longest quiet within reach: the last one that is as long parts two pieces, so that they are few."""

MOST_PHRASES, LONGEST_PHRASE, MOST_CHARACTERS = 500, 100, 10_000
"""Of the phrases that Google lets a request hint at: how many, characters of one, characters of all."""

PHRASE_WORDS = 5
"""A phrase holds the neighbours of a word too, and is short enough to be heard as a whole."""

REGIONS = {
    "af": "af-ZA", "ar": "ar-EG", "bg": "bg-BG", "bn": "bn-BD", "ca": "ca-ES", "cs": "cs-CZ", "da": "da-DK",
    "de": "de-DE", "el": "el-GR", "en": "en-US", "es": "es-ES", "et": "et-EE", "eu": "eu-ES", "fa": "fa-IR",
    "fi": "fi-FI", "fr": "fr-FR", "gl": "gl-ES", "gu": "gu-IN", "he": "iw-IL", "hi": "hi-IN",
    "hr": "hr-HR", "hu": "hu-HU", "hy": "hy-AM", "id": "id-ID", "is": "is-IS", "it": "it-IT", "ja": "ja-JP",
    "ka": "ka-GE", "kk": "kk-KZ", "kn": "kn-IN", "ko": "ko-KR", "lt": "lt-LT", "lv": "lv-LV", "mk": "mk-MK",
    "ml": "ml-IN", "mr": "mr-IN", "ms": "ms-MY", "ne": "ne-NP", "nl": "nl-NL", "no": "no-NO",
    "pa": "pa-Guru-IN", "pl": "pl-PL", "pt": "pt-BR", "ro": "ro-RO", "ru": "ru-RU", "si": "si-LK", "sk": "sk-SK",
    "sl": "sl-SI", "sq": "sq-AL", "sr": "sr-RS", "sv": "sv-SE", "sw": "sw-KE", "ta": "ta-IN", "te": "te-IN",
    "th": "th-TH", "tl": "fil-PH", "tr": "tr-TR", "uk": "uk-UA", "ur": "ur-PK", "uz": "uz-UZ", "vi": "vi-VN",
    "yue": "yue-Hant-HK", "zh": "cmn-Hans-CN", "zh-cn": "cmn-Hans-CN", "zh-hans": "cmn-Hans-CN",
    "zh-hant": "cmn-Hant-TW", "zh-hk": "yue-Hant-HK", "zh-tw": "cmn-Hant-TW", "zu": "zu-ZA",
}  # fmt: skip
"""Google's tag for a language without a region, and for Chinese by region."""


def language_code(language: str) -> str:
    """A BCP 47 tag in Google's form: ``en`` → ``en-US``, ``pt_br`` → ``pt-BR``."""
    tag = normalized_tag(language)
    first, *others = tag.split("-")
    own = REGIONS.get(first, first).partition("-")[0]
    return REGIONS.get(tag) or "-".join([own, *(part.title() if len(part) == 4 else part.upper() for part in others)])


def pieces(samples: Samples, rate: int) -> list[Span]:
    """Spans of at most LONGEST seconds that hold all sound, parted where it is quiet for long."""
    longest, spans, at = int(LONGEST * rate), [], 0
    while at < len(samples):
        window = samples[at : at + longest]
        sound = audio.sounding(window, rate)
        after = at + (len(window) if at + longest >= len(samples) else _parting(window, sound, rate))
        if sound[: after - at].any():
            spans.append(Span(at, after))
        at = after
    return spans


def _parting(window: Samples, sound: audio.Mask, rate: int) -> int:
    """Where to cut: in the middle of a long quiet of the later half, or of any, else where it is least loud."""
    half = len(window) // 2
    for begin in (half, rate):
        edges = np.flatnonzero(np.diff(sound[begin:].astype(np.int8), prepend=1, append=1))
        if len(edges):
            quiets = edges.reshape(-1, 2)
            lengths = quiets[:, 1] - quiets[:, 0]
            start, end = quiets[np.flatnonzero(lengths >= LONG_ENOUGH * lengths.max())[-1]]
            return begin + int(start + end) // 2
    size = max(1, round(audio.BLOCK * rate))
    blocks = np.square(window[half : half + (len(window) - half) // size * size]).reshape(-1, size).sum(axis=1)
    return half + int(np.argmin(blocks)) * size + size // 2


def phrases(words: Sequence[str]) -> list[str]:
    """The script in phrases of PHRASE_WORDS words and LONGEST_PHRASE characters at most; longer words are left out."""
    phrases: list[list[str]] = []
    for word in words:
        if len(word) > LONGEST_PHRASE:
            continue
        if phrases and len(phrases[-1]) < PHRASE_WORDS and len(" ".join([*phrases[-1], word])) <= LONGEST_PHRASE:
            phrases[-1].append(word)
        else:
            phrases.append([word])
    return [" ".join(phrase) for phrase in phrases]


def nearest(phrases: Sequence[str], place: float) -> list[str]:
    """Of the phrases those that Google's limits allow, around a place in the script (0 to 1), each once, in order."""
    chosen: dict[str, int] = {}
    left = MOST_CHARACTERS
    for at in sorted(range(len(phrases)), key=lambda at: abs(at + 0.5 - place * len(phrases))):
        phrase = phrases[at]
        if phrase in chosen:
            continue
        if len(chosen) == MOST_PHRASES or len(phrase) > left:
            break
        chosen[phrase] = at
        left -= len(phrase)
    return sorted(chosen, key=lambda phrase: chosen[phrase])
