"""How long a text takes to say: letters and syllables counted alike in every script, at the pace of the voice's clip.

F5-TTS is told how long its speech shall be, and upstream reckons that from UTF-8 bytes: three for a Chinese syllable,
two for a Russian letter, one for an English one. Here the unit is an average English letter, 1/18 of a second of
speech at a common pace, and other scripts are worth what their sounds take.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from handler.errors import BadRequest
from handler.types import Chunk

HOP = 256
"""Samples of one mel frame."""

SAMPLE_RATE = 24_000

TRAINED = 22.0
"""Seconds of reference and speech together that a chunk is planned for, as upstream does."""

LONGEST = 30.0
"""Seconds of reference and speech together that the model has ever seen: no chunk is longer."""

SLOWEST, FASTEST = 6.0, 30.0
"""Units a second between which a clip is believed; most voices read 11 to 18."""

SETTLING = 0.2
"""Seconds that every chunk is given beyond its words, to begin and to die away; what is left over is trimmed."""

SHORTEST = 1.2
"""Seconds that a chunk has at least. Under that the model gives noise, or loses the word (upstream's issues 460 and
586). Upstream's own remedy, speed 0.3 for texts under ten bytes, draws nine letters out to three seconds."""

LEAST_SPEED, MOST_SPEED = 0.3, 3.0
"""How far from its own pace a voice may be taken: what ``speed`` allows as well."""

DENSEST = 80.0
"""Characters a second that speech can hold at most: the model needs a frame, 1/94 of a second, for each symbol."""

# Seconds a syllable or mora (Pellegrino, Coupé and Marsico 2011: Mandarin 5.18 a second, Japanese 7.84, English 6.19
# at 2.9 letters each), and where there is no such figure espeak-ng's own length of the same passage.
_SYLLABIC = (
    ("CJK UNIFIED", 3.5), ("CJK COMPATIBILITY", 3.5), ("HIRAGANA", 2.3), ("KATAKANA", 2.3), ("BOPOMOFO", 1.2),
    ("HANGUL SYLLABLE", 2.7), ("ARABIC", 1.6), ("HEBREW", 1.4), ("DEVANAGARI", 1.2), ("BENGALI", 1.2),
    ("TAMIL", 1.2), ("TELUGU", 1.2), ("THAI", 1.2), ("ETHIOPIC", 2.5),
)  # fmt: skip
_PAUSES = {
    **dict.fromkeys(",;:，、；：،؛", 3.0),
    **dict.fromkeys(".!?…。！？।؟", 6.0),
}
_DIGIT = 4.0


@lru_cache(maxsize=4096)
def _worth(character: str) -> float:
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
    return next((worth for script, worth in _SYLLABIC if name.startswith(script)), 1.0)


def units(text: str) -> float:
    """What a text takes to say, in average English letters; a pause at a mark counts 3 or 6 of them. Additive."""
    return sum(map(_worth, text))


def _sounding(text: str) -> float:
    """The units between the first and the last sound: the pause of the last mark comes after it."""
    whole = text.rstrip(" \"'”’»)]}」』）】")
    return units(whole.rstrip("".join(_PAUSES)))


def pace(text: str, seconds: float) -> float:
    """Units a second of a clip that says ``text`` in ``seconds`` from its first sound to its last."""
    return min(max(_sounding(text) / max(seconds, 0.1), SLOWEST), FASTEST)


def speech_seconds(text: str, pace: float, speed: float = 1.0) -> float:
    """Seconds that a chunk takes at ``pace`` units a second, ``speed`` times as fast; never under SHORTEST."""
    return max(_sounding(text) / (pace * speed), len(text) / DENSEST, SHORTEST - SETTLING) + SETTLING


def cost(text: str, rate: float) -> float:
    """Seconds that a text adds to a chunk at ``rate`` units a second; of two texts together, the sum or less."""
    return max(units(text) / rate, len(text) / DENSEST)


def frames(seconds: float) -> int:
    """Mel frames of so many seconds, rounded down."""
    return int(seconds * SAMPLE_RATE / HOP + 1e-6)


def portions(words: Sequence[str], longest: float, pace: float, speed: float) -> list[str]:
    """Words with their marks as texts of at most ``longest`` seconds each, halved as often as it takes.

    Chunks are cut to fit already; this is for what the budget could not know: a long number as a single token, a word
    of a thousand letters, or a ``target_duration`` that draws the speech out.
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
    """``target_duration``: the samples of each chunk, so that with the pauses the whole lasts so long to the sample.

    ``natural`` is what each chunk would take by itself, in seconds; all are drawn out or pressed alike. BadRequest for
    what no voice could keep to.
    """
    pauses = sum(_samples(chunk.pause_before) + _samples(chunk.pause_after) for chunk in chunks)
    least, most = (pauses / SAMPLE_RATE + sum(natural) / speed for speed in (MOST_SPEED, LEAST_SPEED))
    if not least <= seconds <= most:
        among = f", {pauses / SAMPLE_RATE:.1f} of them pauses" if pauses else ""
        raise BadRequest.of(
            "target_duration",
            f"the script takes this voice about {pauses / SAMPLE_RATE + sum(natural):.1f} seconds{among}; "
            f"send between {least:.1f} and {most:.1f}, or change the text",
        )
    left = _samples(seconds) - pauses
    ends = [round(left * upto / sum(natural)) for upto in accumulate(natural)]
    return [end - start for start, end in pairwise([0, *ends[:-1], left])]


def _samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
