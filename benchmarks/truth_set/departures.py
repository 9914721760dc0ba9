"""Speech that departs from its text: a marked line has both, ``{what is said|what the text has}``; either may be empty.

    {We can do this. |}We can do this. It was in the {nineties|1990s}.

Between the braces whole words stand, with the blank after them where one side is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.truth_set.speech import LANGUAGE, Clip, Speaker
from handler import text
from handler.types import Token, WordTime

READINGS = tuple(
    """The ship has been in our harbour since the {nineties|1990s}, when the music stopped.
The house was built in the {nineteen twenties|1920s} by a retired pilot.
My younger sister ate {half|1/2} of the cake before the storm arrived.
It takes {three fourths|3/4} of an hour to walk to the island.
You can read all about it on {example dot com|www.example.com} before you leave.
The bridge was repaired in {two thousand twenty four|2024} by the engineers.
He was born in {nineteen oh five|1905} near the railway station.
The owner of {Miller Johnson|Miller & Johnson} has bought the garden.
He paid {five bucks|$5} for the umbrella at the market.
She asked for {twelve fifty|$12.50} and a cup of tea.
The train will leave at {half past five|5:30} in the morning.
Our meeting begins at {quarter past nine|9:15} behind the red curtain.
Call our office at {five five five, twelve thirty four|555-1234} before noon.
She has written the {sequel|SQL} for the report of today.
The team counted {a hundred and twenty|120} cheap umbrellas.
There were {fifteen hundred|1,500} visitors in the middle of the village.
That was so funny {|(laughs)} that nobody could believe it.
We need paper, pens, {and so on|etc.} before the road is closed.
The musicians played {number four|No. 4} until the choir began to sing.
The lawyer met them on May {the fifth|5} without telling anybody.
His grandfather bought {two and a half|2.5} bags of flour.
The driver scored {three one|3-1} although it was raining.
Every visitor in room {three oh two|302} admired the view.
The doctor {A S A P|ASAP} returned to the island.""".splitlines()
)
"""What people say otherwise than it is read here, or not at all."""
REDUCED = tuple(
    """The driver is {gonna|going to} repair the bridge before the storm arrives.
I {wanna|want to} see the garden on the other side of the river.
We've {gotta|got to} carry the heavy boxes to the station.
It was {kinda|kind of} strange that nobody in our village remembered.
She is {sorta|sort of} famous because of her violin.
They ran {outta|out of} paper in the middle of the night.
There is a {lotta|lot of} noise behind the red curtain.
{Lemme|Let me} describe the plans for the bridge.
Please {gimme|give me} the keys to the museum.
I {dunno|don't know} where the captain has gone.
You {hafta|have to} follow the doctor to the island.
She {hasta|has to} paint all the broken windows.
My neighbour {usta|used to} borrow our umbrella.
{Didja|Did you} forget the letters from Boston?
{Whatcha|What are you} looking for at the market?
You {shoulda|should have} cleaned the kitchen before lunch.
The pilot {woulda|would have} noticed it much earlier.
{Couldja|Could you} open the door for the children?
I am {tryna|trying to} count the names of all guests.
We {oughta|ought to} leave in less than an hour.
{Whaddaya|What do you} think about the music?
It {musta|must have} been raining since the morning.
Nobody wants {any of 'em|any of them} in the basket.
He said it {couldn'a|couldn't have} happened without some help.""".splitlines()
)
"""Words that run into one another."""
_SKIPPED_SHARE = 0.1
"""Of the words of a sentence."""
_LONGEST_FALSE_START = 6
"""Words."""

_DEPARTURE = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")


@dataclass(frozen=True)
class _Piece:
    said: str
    written: str


def said_in(marked: str) -> str:
    """What a marked line says."""
    return "".join(piece.said for piece in _pieces(marked))


def written_in(marked: str) -> str:
    """The text of a marked line."""
    return "".join(piece.written for piece in _pieces(marked))


def departing(speaker: Speaker, name: str, marked: str, seed: int, speed: float = 1.0) -> Clip:
    """What a marked line says, with the text that it has.

    A token that is said otherwise than written has its start at its first word, and its end at its last one; the words
    of one that is not said have no times.
    """
    spoken = speaker.say(name, said_in(marked), seed, speed)
    written = tuple(text.tokenize(written_in(marked), LANGUAGE))
    said_times = _grouped(spoken.tokens, spoken.times)
    times: list[WordTime | None] = []
    said_at = written_at = 0
    said_token = written_token = 0
    for piece in _pieces(marked):
        said_at, written_at = said_at + len(piece.said), written_at + len(piece.written)
        said_first, written_first = said_token, written_token
        said_token = _tokens_before(spoken.tokens, said_at)
        written_token = _tokens_before(written, written_at)
        sounds, tokens = said_times[said_first:said_token], written[written_first:written_token]
        if piece.said == piece.written:
            assert len(sounds) == len(tokens), f"{piece.said!r} has other words beside other neighbours"
            for own, token in zip(sounds, tokens, strict=True):
                times += own if len(own) == len(token.spoken) else _edges([own], [token])
        else:
            times += _edges(sounds, tokens)
    return replace(spoken, tokens=written, times=tuple(times))


def _pieces(marked: str) -> Iterator[_Piece]:
    done = 0
    for found in _DEPARTURE.finditer(marked):
        yield _Piece(same := marked[done : found.start()], same)
        yield _Piece(found[1], found[2])
        done = found.end()
    yield _Piece(rest := marked[done:], rest)


def _grouped(tokens: Sequence[Token], times: Sequence[WordTime | None]) -> list[list[WordTime | None]]:
    """The times of the words of each token."""
    each = iter(times)
    return [[next(each) for _ in token.spoken] for token in tokens]


def _tokens_before(tokens: Sequence[Token], character: int) -> int:
    return sum(token.start_char < character for token in tokens)


def _edges(sounds: Sequence[Sequence[WordTime | None]], tokens: Sequence[Token]) -> list[WordTime | None]:
    """The times of tokens that are said in so much sound: the first start and the last end alone are known."""
    times: list[WordTime | None] = [None] * sum(len(token.spoken) for token in tokens)
    said = [time for own in sounds for time in own if time]
    if times and said:
        times[-1] = said[-1]
        times[0] = replace(said[0], end=said[-1].end) if len(times) == 1 else said[0]
        if len(times) > 1:
            times[-1] = None
    return times


def retaken(script: Sequence[str], rng: np.random.Generator) -> str:
    """Sentences of which one is said twice, or begun twice, from its beginning or in its midst."""
    lines = list(script)
    at = int(rng.integers(len(lines)))
    words = lines[at].split()
    if rng.random() < 0.4:
        lines[at] = f"{{{lines[at]} |}}{lines[at]}"
    else:
        first = int(rng.integers(len(words) - 3)) if rng.random() < 0.5 else 0
        after = min(len(words) - 1, first + int(rng.integers(2, _LONGEST_FALSE_START)))
        broken = " ".join(words[first:after]).rstrip(",.!?")
        lines[at] = " ".join([*words[:first], f"{{{broken}, |}}{words[first]}", *words[first + 1 :]])
    return " ".join(lines)


def read_otherwise(script: Sequence[str], rng: np.random.Generator) -> str:
    """As many sentences, each with a number or a sign that is said otherwise than it is read."""
    return " ".join(READINGS[at] for at in rng.permutation(len(READINGS))[: len(script)])


def reduced(script: Sequence[str], rng: np.random.Generator) -> str:
    """As many sentences, each with words that run into one another."""
    return " ".join(REDUCED[at] for at in rng.permutation(len(REDUCED))[: len(script)])


def skipped(script: Sequence[str], rng: np.random.Generator) -> str:
    """Sentences of which some words are not said: neither the first nor the last, and no two in a row."""
    lines = []
    for line in script:
        words = line.split()
        drawn = {at for at in range(1, len(words) - 1) if rng.random() < _SKIPPED_SHARE and words[at].isalpha()}
        gone = {at for at in drawn if at - 1 not in drawn}
        lines.append("".join(f"{{|{word} }}" if at in gone else f"{word} " for at, word in enumerate(words)).rstrip())
    return " ".join(lines)
