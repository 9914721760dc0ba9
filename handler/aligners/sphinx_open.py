"""The open search of pocketsphinx: words among other sound, of which any may be left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice, pairwise
from typing import TYPE_CHECKING

from handler.aligners.pronunciation import Part
from handler.aligners.sphinx_decoding import FRAME_S, Segment, decode, load, named

if TYPE_CHECKING:
    from handler.aligners.sphinx_decoding import Decoder

_OPEN = "open"

# Sound that no word of the text covers (music, clapping, other people) goes to a loop of phones between two words:
# without it the neighbouring words are stretched over that sound. Sixteen phones cover music, ten do not. Entering the
# loop costs so much that right words never give way to it: at 1e-20 the "um" of real speech does.
_LOOP_PHONES = ("AA", "AH", "D", "EH", "ER", "EY", "F", "IY", "L", "M", "N", "NG", "OW", "S", "T", "UW")
_LOOP_WORDS = {f"+{phone}+": phone for phone in _LOOP_PHONES}
_ENTER_PROBABILITY, _PHONE_PROBABILITY = 1e-50, 1e-5
# Of leaving out one word. The beam is narrow, as the loop rescues the right path from pruning; it bounds how many words
# in a row may be left out.
_SKIP_PROBABILITY = 1e-50
_OPTIONS = {"beam": 1e-120, "wbeam": 1e-120, "pbeam": 1e-120, "lw": 1.0, "silprob": 0.1, "fillprob": 0.1}

# Other sound between two words from here on is no part of them; less is breath, a slurred word or an "uh". Words beside
# an "uh" are placed better with it than by the open search, to which it sounds like "of" and "the": from 0.3 s on, 1.8
# times as many of them are far; from 1.2 s on, words of false starts stay in them.
_BREAK_S = 0.8
_MARGIN_FRAMES = 20

Step = tuple[int, int, float] | tuple[int, int, float, str]
"""From a state to another one: with which probability and, if one is said, with which word of the dictionary."""


def load_open() -> Decoder:
    """Load the decoder of the open search."""
    decoder = load(**_OPTIONS)
    for word, phone in _LOOP_WORDS.items():
        decoder.add_word(word, phone, update=False)
    return decoder


def open_search(
    decoder: Decoder, parts: Sequence[Sequence[Part]], sound: bytes, *, prefix: bool
) -> tuple[list[list[Segment]], list[Segment]]:
    """The segments of each word's parts, and those of other sound.

    A word that is left out has none; with ``prefix`` all words may be left out from one on.
    """
    keys = [part.key for part in chain.from_iterable(parts)]
    between = sorted({0, *accumulate(map(len, parts))})
    steps: list[Step] = [(state, state + 1, 1.0, key) for state, key in enumerate(keys)]
    steps += [(state, after, _SKIP_PROBABILITY) for state, after in pairwise(between)]
    steps += _loops(between, len(keys) + 2)
    end = len(keys)
    if prefix:
        end += 1
        # Leaving costs nothing after every word, so the sound alone decides how many words there are.
        steps += [(state, end, 1.0) for state in between]
    words, others = _decoded(decoder, (0, end), steps, sound)
    return _assigned(parts, words), others


def spot_search(
    decoder: Decoder, parts: Sequence[Sequence[Part]], starts: Sequence[int], sound: bytes
) -> tuple[int, list[list[Segment]], list[Segment]]:
    """The words of one passage among other sound: the number of its first, their segments, and those of other sound.

    It begins with one of ``starts``, ends anywhere, and has no other sound inside: loops in so many places would take
    twenty times as long. All passages of a text in one graph are a factor automaton (Moreno and Alberti, ICASSP 2009).
    """
    keys = [part.key for part in chain.from_iterable(parts)]
    at = [0, *accumulate(map(len, parts))]
    end = len(keys)
    before, after = end + 1, end + 2
    steps: list[Step] = [(state, state + 1, 1.0, key) for state, key in enumerate(keys)]
    steps += [(before, at[start], 1.0) for start in starts]
    steps += [(state, after, 1.0) for state in at]
    steps += _loops((before, after), after + 1)
    words, others = _decoded(decoder, (before, after), steps, sound)
    names, ends = [name for name, _ in words], set(at)
    passages = (start for start in starts if keys[at[start] : at[start] + len(names)] == names)
    # A word may begin as another one sounds ("well" and "well-known"); a passage ends with a whole one.
    first = next((start for start in passages if at[start] + len(names) in ends), None)
    if first is None:
        return 0, [], others
    segments = iter([segment for _, segment in words])
    return first, [list(islice(segments, len(pieces))) for pieces in parts[first:]], others


def _loops(states: Sequence[int], first: int) -> Iterator[Step]:
    """The loop of phones at each of the states; the states of the loops have numbers from ``first`` on."""
    for loop, state in enumerate(states, start=first):
        # Back by a step without a phone: phones that lead back would double the states, and so the time.
        yield from ((state, loop, _ENTER_PROBABILITY), (loop, state, 1.0))
        yield from ((loop, loop, _PHONE_PROBABILITY, word) for word in _LOOP_WORDS)


def _decoded(
    decoder: Decoder, ends: tuple[int, int], steps: Sequence[Step], sound: bytes
) -> tuple[list[tuple[str, Segment]], list[Segment]]:
    """The words and the other sound of the likeliest path from the first state of a graph to its last one."""
    # One name for all graphs: the decoder keeps each that has one of its own, and a long text's takes 60 MB.
    decoder.add_fsg(_OPEN, decoder.create_fsg(_OPEN, *ends, steps))
    decoder.activate_search(_OPEN)
    decoded = decode(decoder, sound)
    return named(decoded), [found for word, found in decoded if word in _LOOP_WORDS]


def runs(
    said: Sequence[int], found: Sequence[Sequence[Segment]], others: Sequence[Segment], frames: int
) -> Iterator[tuple[list[int], int, int]]:
    """The words that are said in runs without much other sound between them, and the frames of each run."""
    starts = [*(found[at][0].start for at in said), frames]
    ends = [0, *(found[at][-1].end for at in said)]
    run: list[int] = []
    begin = 0
    for number, (end, start) in enumerate(zip(ends, starts, strict=True)):
        other = sum(one.end - one.start for one in others if end <= one.start and one.end <= start)
        apart = other * FRAME_S >= _BREAK_S
        if run and (apart or number == len(said)):
            yield run, begin, min(start, end + _MARGIN_FRAMES) if apart else start
            run = []
        if apart:
            begin = max(end, start - _MARGIN_FRAMES)
        run += said[number : number + 1]


def _assigned(parts: Sequence[Sequence[Part]], decoded: Sequence[tuple[str, Segment]]) -> list[list[Segment]]:
    """The decoded parts of each word, none for a word that is left out.

    ``rest[at]`` holds the positions from which the decoded parts are some of the words from ``at`` on: two words may
    begin alike.
    """
    keys = [tuple(part.key for part in pieces) for pieces in parts]
    names = [name for name, _ in decoded]
    rest = [{len(names)}]
    for key in reversed(keys):
        taken = {
            after - len(key) for after in rest[-1] if key and tuple(names[max(0, after - len(key)) : after]) == key
        }
        rest.append(rest[-1] | taken)
    rest.reverse()
    found: list[list[Segment]] = []
    position = 0
    for at, key in enumerate(keys, start=1):
        after = position + len(key)
        said = tuple(names[position:after]) == key and after in rest[at]
        found.append([segment for _, segment in decoded[position:after]] if said else [])
        position = after if said else position
    return found
