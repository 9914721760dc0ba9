"""The limits of one request to Google Cloud Speech: how much audio, how many phrases, which language tags."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from handler.media import audio
from handler.text.languages.tags import normalized_tag
from handler.types import Samples, Span

MAX_PIECE_S = 55.0  # `recognize` takes a minute and 10 MB; at MAX_RATE_HZ, this is 5.3 MB
MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 48_000  # the sample rates of LINEAR16
# The last pause of at least this share of the longest one ends a piece, so that there are few pieces.
LONG_PAUSE_SHARE = 0.8
# Google's limits for a request's phrases: how many, characters of one, characters of all.
MAX_PHRASES, MAX_PHRASE_CHARS, MAX_HINT_CHARS = 500, 100, 10_000
PHRASE_WORDS = 5  # enough to give each word its neighbours

# Google's tag for a language without a region, and for Chinese by region.
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


def language_code(language: str) -> str:
    """Convert a language tag to Google's form: ``en`` → ``en-US``, ``pt_br`` → ``pt-BR``."""
    tag = normalized_tag(language)
    first, *others = tag.split("-")
    own = REGIONS.get(first, first).partition("-")[0]
    return REGIONS.get(tag) or "-".join([own, *(part.title() if len(part) == 4 else part.upper() for part in others)])


def pieces(samples: Samples, rate: int) -> list[Span]:
    """Cut samples in long pauses into spans of at most MAX_PIECE_S; silent spans are left out."""
    longest, spans, at = int(MAX_PIECE_S * rate), [], 0
    while at < len(samples):
        window = samples[at : at + longest]
        sound = audio.sounding(window, rate)
        after = at + (len(window) if at + longest >= len(samples) else _cut(window, sound, rate))
        if sound[: after - at].any():
            spans.append(Span(at, after))
        at = after
    return spans


def _cut(window: Samples, sound: audio.Mask, rate: int) -> int:
    """Where to cut: the middle of a long pause in the second half, else of any pause, else the quietest block."""
    half = len(window) // 2
    for begin in (half, rate):
        edges = np.flatnonzero(np.diff(sound[begin:].astype(np.int8), prepend=1, append=1))
        if len(edges):
            pauses = edges.reshape(-1, 2)
            lengths = pauses[:, 1] - pauses[:, 0]
            start, end = pauses[np.flatnonzero(lengths >= LONG_PAUSE_SHARE * lengths.max())[-1]]
            return begin + int(start + end) // 2
    size = max(1, round(audio.BLOCK_S * rate))
    blocks = np.square(window[half : half + (len(window) - half) // size * size]).reshape(-1, size).sum(axis=1)
    return half + int(np.argmin(blocks)) * size + size // 2


def phrases(words: Sequence[str]) -> list[str]:
    """Cut a script into phrases of at most PHRASE_WORDS words and MAX_PHRASE_CHARS; longer words are left out."""
    phrases: list[list[str]] = []
    for word in words:
        if len(word) > MAX_PHRASE_CHARS:
            continue
        if phrases and len(phrases[-1]) < PHRASE_WORDS and len(" ".join([*phrases[-1], word])) <= MAX_PHRASE_CHARS:
            phrases[-1].append(word)
        else:
            phrases.append([word])
    return [" ".join(phrase) for phrase in phrases]


def nearest(phrases: Sequence[str], position: float) -> list[str]:
    """Choose different phrases around a position in the script (0 to 1), within Google's limits, in order."""
    chosen: dict[str, int] = {}
    left = MAX_HINT_CHARS
    for at in sorted(range(len(phrases)), key=lambda at: abs(at + 0.5 - position * len(phrases))):
        phrase = phrases[at]
        if phrase in chosen:
            continue
        if len(chosen) == MAX_PHRASES or len(phrase) > left:
            break
        chosen[phrase] = at
        left -= len(phrase)
    return sorted(chosen, key=chosen.__getitem__)
