"""Sentences that differ, and espeak-ng's speech of them with the time of every word: for benchmarks of captions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from handler import text
from handler.engines import espeak_library
from handler.types import Samples, Token, WordTime


def _phrases(listed: str) -> list[str]:
    return listed.split("|")


_WHO = _phrases(
    "the old captain|my younger sister|a group of students|the head of the school|nobody in our village|"
    "every engineer on the team|the woman at the market|our new neighbour|the driver of the last train|"
    "a careful gardener|the mother-in-law of the mayor|two hundred visitors|the doctor from the island|"
    "a very patient teacher|the owner of the bakery|most of the musicians|the twins next door|an honest lawyer|"
    "the editor of the paper|a retired pilot"
)
_DID = _phrases(
    "watched|carried|forgot|painted|repaired|described|collected|borrowed|measured|followed|discovered|photographed|"
    "returned|counted|ignored|admired|replaced|bought|cleaned|remembered"
)
_WHAT = _phrases(
    "the heavy wooden boxes|7 broken windows|a map of the northern coast|the letters from Boston|a $250 watch|"
    "the plans for the bridge|2.5 bags of flour|the names of all guests|a small blue radio|the entire garden|"
    "an unusually quiet street|the first 12 chapters|his grandfather's violin|some cheap umbrellas|the ship's engine|"
    "a basket full of apples|her state-of-the-art camera|the keys to the museum|their favourite chairs|a cup of tea"
)
_WHEN = _phrases(
    "before the storm arrived|because the road was closed|while the children slept|after a long discussion|"
    "without telling anybody|on the other side of the river|in less than an hour|although it was raining|"
    "near the railway station|for the second time this year|in the middle of the night|as the choir began to sing|"
    "since the 1990s|under a grey and windy sky|with a great deal of help|unless it cost too much|"
    "at 5:30 in the morning|behind the red curtain|when the music stopped|just as they had promised"
)


def sentences(count: int, seed: int = 0) -> list[str]:
    """Sentences of 8 to 22 words with their marks: numbers, hyphens and apostrophes among them."""
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        core = f"{draw.choice(_WHO)} {draw.choice(_DID)} {draw.choice(_WHAT)}"
        late = f"{core} {draw.choice(_WHEN)}"
        made.append(f"{draw.choice(_WHEN)}, {late}" if draw.random() < 0.3 else late)
    return [sentence[0].upper() + sentence[1:] + draw.choice("...!?") for sentence in made]


@dataclass(frozen=True)
class Said:
    """A sentence, what is spoken for it, its sound and the times of its spoken words in that."""

    sentence: str
    tokens: Sequence[Token]
    samples: Samples
    sample_rate: int
    times: Sequence[WordTime | None]


def said(sentence: str, rate: int = 175) -> Said:
    """A sentence as espeak-ng says it at ``rate`` words a minute."""
    tokens = text.tokenize(sentence, "en")
    words = [word for token in tokens for word in token.spoken]
    marks = [mark for token in tokens for mark in [""] * (len(token.spoken) - 1) + [token.mark]]
    utterance = espeak_library.speak(words, marks, "en-us", rate)
    return Said(sentence, tokens, utterance.samples, utterance.sample_rate, utterance.words)


def starts(spoken: Said) -> Iterator[float | None]:
    """The start of each word as captions show it, None where espeak did not tell."""
    at = 0
    for token in spoken.tokens:
        first = spoken.times[at]
        yield first.start if first else None
        at += len(token.spoken)


def spread(errors: Sequence[float]) -> dict[str, float]:
    """Median, mean and 90th percentile."""
    return {
        "median": round(float(np.median(errors)), 1),
        "mean": round(float(np.mean(errors)), 1),
        "p90": round(float(np.percentile(errors, 90)), 1),
    }
