"""Speech whose word times the engine tells that speaks it: every English voice of piper on this disk, and of espeak.

How exact these times are is measured by `exactness.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.recordings import PAUSE_S, onset
from handler import text
from handler.engines import ENGINES
from handler.engines.piper import files
from handler.protocols import Engine
from handler.settings import Settings
from handler.text.languages.tags import primary_language
from handler.types import Chunk, Samples, SpeechOptions, SpeechRequest, Token, Voice, WordTime

LANGUAGE = "en"
LEAD_S = 0.3
"""Silence before and after the speech."""
NEAR_S = 0.1
"""A word after a pause begins where the sound rises, if that is so near to where the engine says it begins."""
_ESPEAK_LANGUAGES = ("en-US", "en-GB")


@dataclass(frozen=True)
class Clip:
    """A recording, the text that is said in it, and where each spoken word stands; None where nothing tells."""

    name: str
    speaker: str
    tokens: tuple[Token, ...]
    samples: Samples
    rate: int
    times: tuple[WordTime | None, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for token in self.tokens for word in token.spoken)

    def pause_before(self, number: int) -> float:
        """Seconds from the end of the word before, or from the start of the recording; 0 where either is not known."""
        own, last = self.times[number], self.times[number - 1] if number else WordTime(0.0, 0.0)
        return own.start - last.end if own and last else 0.0

    def pause_after(self, number: int) -> float:
        """Seconds to the start of the word after, or to the end of the recording; 0 where either is not known."""
        own = self.times[number]
        after = self.times[number + 1] if number + 1 < len(self.times) else WordTime(self.seconds, self.seconds)
        return after.start - own.end if own and after else 0.0


@dataclass(frozen=True)
class Speaker:
    """A voice of an engine."""

    name: str
    engine: Engine
    voice: Voice

    def say(self, name: str, script: str, seed: int, speed: float = 1.0) -> Clip:
        """A script at the engine's own speed, with the engine's own times."""
        chunk = Chunk(0, tuple(text.tokenize(script, LANGUAGE)))
        (spoken,) = self.engine.speak([SpeechRequest(chunk, seed)], self.voice, SpeechOptions(speed=speed))
        assert spoken.words is not None, f"{self.name} tells no word times"
        around = round(LEAD_S * self.engine.sample_rate)
        times = tuple(time and time.moved(around / self.engine.sample_rate) for time in spoken.words)
        samples = np.pad(spoken.samples, around)
        return Clip(name, self.name, chunk.tokens, samples, self.engine.sample_rate, times)


def speakers(settings: Settings, engines: Sequence[str] = ("piper", "espeak")) -> Iterator[Speaker]:
    """The English voices on this disk."""
    if "piper" in engines:
        piper = ENGINES["piper"].create(settings)
        for each in files.voices(settings):
            if each.on_disk and each.language and primary_language(each.language) == LANGUAGE:
                yield Speaker(f"piper {each.name}", piper, Voice(each.name, each.language, builtin=each.name))
    if "espeak" in engines:
        espeak = ENGINES["espeak"].create(settings)
        for language in _ESPEAK_LANGUAGES:
            yield Speaker(f"espeak {language}", espeak, espeak.default_voice(language))


def in_turn(voices: Sequence[Speaker], number: int) -> Speaker:
    """Engines speak in turn, and so do the voices of each: natural ones are not outnumbered by espeak's."""
    names = list(dict.fromkeys(voice.engine.name for voice in voices))
    own = [voice for voice in voices if voice.engine.name == names[number % len(names)]]
    return own[number // len(names) % len(own)]


def settled(clip: Clip) -> Clip:
    """The clip with each word after a pause beginning where its sound does.

    Engines place the silent closure of a plosive into the word, and piper the first frames of other sounds late.
    """
    times = list(clip.times)
    for number, time in enumerate(times):
        if time and clip.pause_before(number) >= PAUSE_S:
            rise = rise_near(clip, number)
            times[number] = time if rise is None else replace(time, start=min(rise, time.end))
    return replace(clip, times=tuple(times))


def rise_near(clip: Clip, number: int) -> float | None:
    """When the sound of a word after a pause rises, in seconds; None where that is not near the word's start."""
    time, before = clip.times[number], clip.times[number - 1] if number else None
    assert time, "a word that follows a pause has a time"
    rise = onset(clip.samples, clip.rate, max(time.start - NEAR_S, before.end if before else 0.0))
    return rise if abs(rise - time.start) < NEAR_S else None
