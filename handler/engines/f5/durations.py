"""How long a text takes to say: letters and syllables counted alike in every script, at the pace of the voice's clip.

F5-TTS needs the length of its speech beforehand. Upstream estimates it from UTF-8 bytes: three for a Chinese syllable,
two for a Russian letter, one for an English one. Here the unit is an average English letter, 1/18 of a second of
speech at a common pace, and letters of other scripts count by the length of their sounds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from handler.errors import BadRequest
from handler.types import Chunk

SAMPLE_RATE = 24_000
HOP = 256  # samples of one mel frame

PLANNED_S = 22.0  # reference and speech of a chunk together, as upstream plans them
MAX_TOTAL_S = 30.0  # reference and speech together: the model was trained on nothing longer

MIN_PACE, MAX_PACE = 6.0, 30.0  # units a second; a clip beyond has a wrong transcript, most voices read 11 to 18
SETTLING_S = 0.2  # every chunk gets this beyond its words, to begin and to die away; the rest is trimmed
MIN_CHUNK_S = 1.2  # below this the model gives noise, or loses the word (upstream's issues 460 and 586)
MIN_SPEED, MAX_SPEED = 0.3, 3.0  # as for the request's ``speed``
MAX_CHARS_PER_S = 80.0  # the model needs a frame, 1/94 s, for each symbol

# Seconds a syllable or mora (Pellegrino, Coupé and Marsico 2011: Mandarin 5.18 a second, Japanese 7.84, English 6.19
# at 2.9 letters each), and where there is no such figure espeak-ng's own length of the same passage.
_SYLLABIC = (
    ("CJK UNIFIED", 3.5), ("CJK COMPATIBILITY", 3.5), ("HIRAGANA", 2.3), ("KATAKANA", 2.3), ("BOPOMOFO", 1.2),
    ("HANGUL SYLLABLE", 2.7), ("ARABIC", 1.6), ("HEBREW", 1.4), ("DEVANAGARI", 1.2), ("BENGALI", 1.2),
    ("TAMIL", 1.2), ("TELUGU", 1.2), ("THAI", 1.2), ("ETHIOPIC", 2.5),
)  # fmt: skip
_PAUSES = {**dict.fromkeys(",;:，、；：،؛", 3.0), **dict.fromkeys(".!?…。！？।؟", 6.0)}
_DIGIT = 4.0


@lru_cache(maxsize=4096)
def _weight(character: str) -> float:
    if character in _PAUSES:
        return _PAUSES[character]
    if character.isdigit():
        return _DIGIT
    category = unicodedata.category(character)
    if category[0] not in "LM":
        return 0.0
    name = unicodedata.name(character, "")
    # Accents belong to their letters; the signs of Indic and Thai vowels are sounds of their own.
    if category == "Mn" and name.startswith("COMBINING"):
        return 0.0
    return next((weight for script, weight in _SYLLABIC if name.startswith(script)), 1.0)


def units(text: str) -> float:
    """The length of a spoken text in average English letters; a pause at a mark counts 3 or 6 of them. Additive."""
    return sum(map(_weight, text))


def _sounding(text: str) -> float:
    """The units between the first and the last sound: the pause of the last mark comes after it."""
    whole = text.rstrip(" \"'”’»)]}」』）】")
    return units(whole.rstrip("".join(_PAUSES)))


def pace(text: str, seconds: float) -> float:
    """Units a second of a clip with this transcript and ``seconds`` from its first sound to its last."""
    return min(max(_sounding(text) / max(seconds, 0.1), MIN_PACE), MAX_PACE)


def speech_seconds(text: str, pace: float, speed: float = 1.0) -> float:
    """Seconds that a chunk takes at ``pace`` units a second, ``speed`` times as fast; at least MIN_CHUNK_S."""
    return max(_sounding(text) / (pace * speed), len(text) / MAX_CHARS_PER_S, MIN_CHUNK_S - SETTLING_S) + SETTLING_S


def cost(text: str, rate: float) -> float:
    """Seconds that a text adds to a chunk at ``rate`` units a second; two texts joined never cost more than apart."""
    return max(units(text) / rate, len(text) / MAX_CHARS_PER_S)


def frames(seconds: float) -> int:
    """Mel frames in so many seconds, rounded down."""
    return int(seconds * SAMPLE_RATE / HOP + 1e-6)


def portions(words: Sequence[str], longest: float, pace: float, speed: float) -> list[str]:
    """Join words with their marks into texts of at most ``longest`` seconds each, by halving.

    Chunks fit already. This is for what the budget could not know: a long number as a single token, a word of a
    thousand letters, or a ``target_duration`` that draws the speech out.
    """
    text = " ".join(words)
    if len(text) < 2 or speech_seconds(text, pace, speed) <= longest:
        return [text]
    if len(words) == 1:
        words = [text[: len(text) // 2], text[len(text) // 2 :]]
    middle, half, at = units(text) / 2, units(words[0]), 1
    while at < len(words) - 1 and half + units(words[at]) <= middle:
        half += units(words[at])
        at += 1
    return [part for side in (words[:at], words[at:]) for part in portions(side, longest, pace, speed)]


def shares(seconds: float, chunks: Sequence[Chunk], natural: Sequence[float]) -> list[int]:
    """The samples of each chunk for a ``target_duration`` of ``seconds``, pauses included, exact to the sample.

    ``natural`` are the seconds that each chunk would take by itself; all are stretched alike. Raises BadRequest for a
    duration that the voice cannot keep.
    """
    pauses = sum(_samples(chunk.pause_before) + _samples(chunk.pause_after) for chunk in chunks)
    least, most = (pauses / SAMPLE_RATE + sum(natural) / speed for speed in (MAX_SPEED, MIN_SPEED))
    if not least <= seconds <= most:
        among = f", {pauses / SAMPLE_RATE:.1f} of them pauses" if pauses else ""
        taken = f"the script takes this voice about {pauses / SAMPLE_RATE + sum(natural):.1f} seconds{among}"
        remedy = f"send between {least:.1f} and {most:.1f}, or change the text"
        raise BadRequest.of("target_duration", f"{taken}; {remedy}")
    left = _samples(seconds) - pauses
    total = sum(natural)
    ends = [round(left * upto / total) for upto in accumulate(natural)]
    return [end - start for start, end in pairwise([0, *ends[:-1], left])]


def _samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
