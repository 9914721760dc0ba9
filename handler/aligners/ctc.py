"""Align known words to the output of a CTC model.

A CTC model (Graves et al., ICML 2006) gives each frame a log probability for every character and for the *blank*, no
character. The Viterbi algorithm finds the likeliest path of frames that spells the words. "Emissions" are the log
probabilities, float32 [frames, characters of the model].
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from handler.aligners import viterbi
from handler.aligners.viterbi import Lattice, Search
from handler.errors import AlignmentError
from handler.media import audio
from handler.types import Samples, WordTime

if TYPE_CHECKING:
    from handler.aligners.viterbi import Emissions, FloatArray, IntArray

logger = logging.getLogger(__name__)

MIN_LOG_PROB = -1e4  # floor of emissions: with -inf, all paths through an impossible character would be equal
MAX_ENDING_S = 0.25  # how long a word's last sound may go on after the model's last frame for it
MAX_UNSPELLED_FRAMES = 25  # for each character without a letter and one more, where other sound may follow: 0.5 s
_BLANKS = ("[pad]", "<pad>")  # names of the blank in transformers' models; torchaudio's have it first, as ``-``
_APOSTROPHES = dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'")


LONG_CELLS = 50_000_000
"""Frames times states from which a device other than the CPU searches.

A frame is a dozen small operations. On a CPU they take 0.01 ms for each thousand states (measured); on a device, whose
every operation has to be started, about 0.1 ms whatever their number (an estimate: no GPU has measured it yet). So a
device pays from some ten thousand states on, the text of five minutes, with the frames of two minutes or more.
"""


class Alphabet:
    """The characters of a model, by number.

    ``separator`` is the character between words: None if the model has none or the language writes without spaces.
    """

    def __init__(self, dictionary: Mapping[str, int], *, spaces: bool = True) -> None:
        self.blank = next((dictionary[name] for name in _BLANKS if name in dictionary), 0)
        self.separator = dictionary.get("|") if spaces else None
        reserved = {self.blank, dictionary.get("|")}
        self._numbers = {
            character: number
            for character, number in dictionary.items()
            if len(character) == 1 and not character.isspace() and number not in reserved
        }

    def pieces(self, word: str) -> list[list[int] | int]:
        """Spell a word in the model's characters.

        Of what the model has no characters for there is the count, where it stands, if it is said: digits, other
        scripts and signs are, punctuation is not. An accent is dropped only if the model lacks the letter with it.
        """
        spelled = [self._spelled(character) or character for character in unicodedata.normalize("NFKC", word)]
        said = [part for part in spelled if isinstance(part, list) or _is_said(part)]
        return [
            list(chain.from_iterable(part for part in parts if isinstance(part, list))) if known else len(list(parts))
            for known, parts in groupby(said, key=lambda part: isinstance(part, list))
        ]

    def _spelled(self, character: str) -> list[int]:
        folded = character.casefold()
        for written in (character, character.lower(), character.upper(), folded, _APOSTROPHES.get(character)):
            if written and all(part in self._numbers for part in written):
                return [self._numbers[part] for part in written]
        return [self._numbers[part] for part in unicodedata.normalize("NFKD", folded) if part in self._numbers]


def _is_said(character: str) -> bool:
    """Whether readers say a character by itself: letters, digits, signs, but no accents and no punctuation."""
    category = unicodedata.category(character)
    return category[0] in "LN" or category in {"Sc", "Sm", "So"}


@dataclass(frozen=True)
class Unspelled:
    """A part of a word that is said, but that the model has no character for: digits, other scripts, emoji.

    It stands before the token ``at``, in ``word``, and has so many characters.
    """

    word: int
    at: int
    characters: int


@dataclass(frozen=True)
class Target:
    """The tokens of all words, with separators between them, and for each word its range of tokens (None: empty).

    ``stars`` are the tokens before which there may be any sound: that of what is ``unspelled``.
    """

    tokens: tuple[int, ...]
    spans: tuple[tuple[int, int] | None, ...]
    unspelled: tuple[Unspelled, ...] = ()
    stars: frozenset[int] = frozenset()

    @classmethod
    def from_words(cls, words: Sequence[str], alphabet: Alphabet) -> Target:
        """Spell the words in the model's characters."""
        tokens: list[int] = []
        spans: list[tuple[int, int] | None] = []
        unspelled: list[Unspelled] = []
        stars: set[int] = set()
        for word in words:
            pieces = alphabet.pieces(word)
            spelled = any(isinstance(piece, list) for piece in pieces)
            if spelled and tokens and alphabet.separator is not None:
                # A word before it without characters is said on either side of the only separator.
                if len(tokens) in stars:
                    stars.add(len(tokens) + 1)
                tokens.append(alphabet.separator)
            start = len(tokens)
            for piece in pieces:
                if isinstance(piece, list):
                    tokens += piece
                else:
                    unspelled.append(Unspelled(len(spans), len(tokens), piece))
                    stars.add(len(tokens))
            spans.append((start, len(tokens)) if spelled else None)
        return cls(tuple(tokens), tuple(spans), tuple(unspelled), frozenset(stars))

    def first(self, words: int) -> Target:
        """Return the target of the first so many words."""
        spans = self.spans[:words]
        count = max((span[1] for span in spans if span), default=0)
        unspelled = tuple(part for part in self.unspelled if part.word < words)
        return Target(self.tokens[:count], spans, unspelled, frozenset(at for at in self.stars if at <= count))

    @property
    def min_frames(self) -> int:
        """One frame for each token, and one for the blank between two equal ones."""
        return len(self.tokens) + sum(one == other for one, other in pairwise(self.tokens))

    def lattice(self, blank: int, *, open_: bool = False) -> Lattice:
        """The states of a search. With ``open_`` there may be any sound around words, and words may be left out."""
        stars = np.zeros(len(self.tokens) + 1, np.bool_)
        stars[list(self.stars)] = True
        spans = [span for span in self.spans if span]
        # From the blank before a word to the one before the next word, or after the last.
        edges = np.array([*(start for start, _ in spans), len(self.tokens)] if open_ else [], np.intp)
        if open_:
            stars[[end for _, end in spans]] = stars[edges] = True
        return Lattice(np.array(self.tokens, np.intp), blank, stars, edges)


class WordFrames(NamedTuple):
    """The frames of a word, from ``start`` to before ``end``.

    Its last character starts at ``last``; whatever follows the word starts at ``limit``. A word that was left out has
    no frames.
    """

    start: int
    last: int
    end: int
    limit: int
    confidence: float


def align(
    emissions: Emissions, target: Target, alphabet: Alphabet, *, open_: bool = False, device: str = "cpu"
) -> list[WordFrames | None]:
    """Find the frames of each word on the likeliest path.

    A word without tokens has the frames in which the model hears something between its neighbours; None if there are
    none, or if it has no sound. With ``open_`` the path may pass over sound around the words, and leave words out:
    these have no frames, and confidence 0. ``device`` is torch's, for much to search. Raises AlignmentError if there
    are fewer frames than the tokens need.
    """
    if not target.tokens:
        return [None] * len(target.spans)
    if len(emissions) < target.min_frames and not open_:
        reason = f"it is too short for {len(target.spans)} words"
        raise AlignmentError(f"audio: {reason}; check that text and audio belong together")
    lattice = target.lattice(alphabet.blank, open_=open_)
    states = _search(lattice, emissions, device).path()
    path = np.where(states % 2, np.array([*target.tokens, alphabet.blank])[states // 2], alphabet.blank)
    said, first, counts = np.unique(states[states % 2 == 1] // 2, return_index=True, return_counts=True)
    frames_of_tokens = np.flatnonzero(states % 2)
    # Tokens that were left out begin and end where the next one begins.
    begins = np.full(len(target.tokens) + 1, len(path))
    begins[said] = frames_of_tokens[first]
    begins = np.minimum.accumulate(begins[::-1])[::-1]
    ends = begins[:-1].copy()
    ends[said] += counts
    # Each frame's label against the likeliest there: 1 where the model would write the same without a text.
    odds = np.exp(emissions[np.arange(len(path)), path] - emissions.max(axis=1))
    # Any sound is as good where a part of a word has no characters: the others tell whether the word is said.
    odds[(states % 2 == 0) & lattice.stars[states // 2]] = 1.0
    sums = np.concatenate([[0.0], np.cumsum(odds, dtype=np.float64)])

    def frames(first: int, after: int) -> WordFrames:
        start, end, limit = int(begins[first]), int(ends[after - 1]), int(begins[after])
        if (begins[first:after] == ends[first:after]).any():
            return WordFrames(start, start, start, limit, 0.0)
        confidence = _confidence(sums, begins[first:after], ends[first:after])
        return WordFrames(start, int(begins[after - 1]), end, limit, confidence)

    found = [frames(*span) if span else None for span in target.spans]
    if not target.unspelled:
        return found
    silent = [number for number in (alphabet.blank, alphabet.separator) if number is not None]
    heard = np.flatnonzero(~np.isin(emissions.argmax(axis=1), silent))
    return _place(found, target, heard, len(emissions))


def _search(lattice: Lattice, emissions: Emissions, device: str) -> Search:
    """Search on the device if there is much to search."""
    if device != "cpu" and len(emissions) * lattice.states >= LONG_CELLS:
        from handler.aligners import viterbi_torch

        try:
            return viterbi_torch.search(lattice, emissions, device)
        except RuntimeError:  # torch's own, out of memory included
            logger.warning("the device cannot search here, the processor does", exc_info=True)
    return viterbi.search(lattice, emissions)


def _place(found: Sequence[WordFrames | None], target: Target, heard: IntArray, frames: int) -> list[WordFrames | None]:
    """Give what is unspelled the frames that are ``heard`` between the words around it, shared by characters.

    Nothing tells whether these frames say it. So a word of such frames alone is half as sure as the less sure of the
    words around it, or as a word of 0.5 where there is none.
    """
    placed = list(found)
    said = [number for number, word in enumerate(found) if word and word.end > word.start]

    def around(part: Unspelled) -> tuple[int | None, int | None]:
        """The words that are said before and after a part; one of them may be its own."""
        span = target.spans[part.word]
        last, first = part.word - (not span or part.at == span[0]), part.word + (not span or part.at > span[0])
        return next((n for n in reversed(said) if n <= last), None), next((n for n in said if n >= first), None)

    outer = [part for part in target.unspelled if _at_edge(part, target.spans[part.word])]
    for (before, after), grouped in groupby(outer, key=around):
        parts = [part for part in grouped if target.spans[part.word] is None or part.word in (before, after)]
        left, right = before is not None and found[before], after is not None and found[after]
        begin, limit = left.end if left else 0, right.start if right else frames
        inside = heard[(heard >= begin) & (heard < limit)]
        if not parts or not len(inside):
            continue
        characters = np.cumsum([0, *(part.characters for part in parts)])
        first, end = int(inside[0]), int(inside[-1]) + 1
        longest = MAX_UNSPELLED_FRAMES * (int(characters[-1]) + 1)
        if not left:
            first = max(first, end - longest)
        elif not right:
            end = min(end, first + longest)
        edges = first + (end - first) * characters // characters[-1]
        if left and before is not None:
            placed[before] = left._replace(limit=min(left.limit, first))
        confidence = min(word.confidence if word else 0.5 for word in (left, right)) / 2
        for part, start, after_it in zip(parts, edges.tolist(), edges[1:].tolist(), strict=False):
            word = placed[part.word]
            if word is None:
                if after_it > start:
                    following = after_it if after_it < end else limit
                    placed[part.word] = WordFrames(start, after_it - 1, after_it, following, confidence)
            elif part.word == after:
                placed[part.word] = word._replace(start=start)
            else:
                placed[part.word] = word._replace(last=max(word.last, after_it - 1), end=after_it, limit=limit)
    return placed


def _at_edge(part: Unspelled, span: tuple[int, int] | None) -> bool:
    return span is None or part.at in span


def _confidence(sums: FloatArray, begins: IntArray, ends: IntArray) -> float:
    """The mean odds of a word's characters, times the mean odds of the blanks between them.

    ``sums[t]`` is the sum of the odds before frame ``t``. Blanks are averaged apart: there are many, and they are
    likely in silence, so they would make any word likely.
    """
    inside = sums[ends] - sums[begins]
    blanks = int((ends[-1] - begins[0]) - (ends - begins).sum())
    between = (sums[ends[-1]] - sums[begins[0]] - inside.sum()) / blanks if blanks else 1.0
    return float(min(1.0, max(0.0, np.mean(inside / (ends - begins)) * between)))


def prefix_length(emissions: Emissions, target: Target, blank: int, device: str = "cpu") -> int:
    """Return how many of the target's first words the audio contains: those with the likeliest path.

    The search is open, as in `align`. A word without tokens counts if a word with tokens follows it.
    """
    if not target.tokens or len(emissions) == 0:
        return 0
    scores = _search(target.lattice(blank, open_=True), emissions, device).scores
    following = [span[0] for span in target.spans if span] + [len(target.tokens)]
    best = {0: scores[0]}
    for number, span in enumerate(target.spans, start=1):
        if span:
            # The path may end in the word's last character, in a blank, or before the next word's first character.
            upto = next(first for first in following if first >= span[1])
            best[number] = scores[2 * span[1] - 1 : 2 * upto + 1].max()
    return max(best, key=best.__getitem__)


@dataclass(frozen=True)
class Frames:
    """The frames of a model in samples: ``hop`` from one to the next, each computed from ``field`` samples."""

    hop: int = 320
    field: int = 400

    @classmethod
    def from_convolutions(cls, convolutions: Sequence[tuple[int, int]]) -> Frames:
        """The frames of a chain of convolutions, given as (kernel, stride) (Dumoulin, arXiv 1603.07285)."""
        hop, field = 1, 1
        for kernel, stride in convolutions:
            field += (kernel - 1) * hop
            hop *= stride
        return cls(hop, field) if convolutions else cls()

    def count(self, samples: int) -> int:
        """Return how many frames so many samples have."""
        return max(0, (samples - self.field) // self.hop + 1)

    def at(self, frame: int) -> int:
        """Return the first sample that a frame stands for: one hop in the middle of its field."""
        return frame * self.hop + (self.field - self.hop) // 2

    def pieces(self, samples: int, max_samples: int, context: int) -> Iterator[tuple[int, int, int, int]]:
        """Cut so many samples into overlapping pieces of at most ``max_samples``.

        Yields a piece's first sample, the one after its last, how many frames to drop at its front, and how many to
        keep. Every frame is kept once, with up to ``context`` frames on either side.
        """
        frames = self.count(samples)
        if samples <= max_samples:
            yield 0, samples, 0, frames
            return
        step = self.count(max_samples) - 2 * context
        for first in range(0, frames, step):
            kept = min(step, frames - first)
            begin, end = max(0, first - context), min(frames, first + kept + context)
            yield begin * self.hop, (end - 1) * self.hop + self.field, first - begin, kept


def word_times(
    words: Sequence[WordFrames | None], frames: Frames, samples: Samples, sample_rate: int, duration_s: float
) -> list[WordTime | None]:
    """Convert frames to seconds, none beyond ``duration_s``, and move each word's end to the end of its sound.

    A model writes a character mostly in one frame, whatever its length. So the end is searched in the samples, up to
    whatever follows the word and for at most MAX_ENDING_S.
    """
    speech = audio.sounding_exactly(samples, sample_rate)
    reach = round(MAX_ENDING_S * sample_rate)

    def time(word: WordFrames) -> WordTime:
        if word.start == word.end:  # it was left out
            at = min(frames.at(word.start) / sample_rate, duration_s)
            return WordTime(at, at, 0.0)
        limit = frames.at(word.limit) if word.limit < frames.count(len(samples)) else len(samples)
        end = _end(word, frames, speech, min(limit, frames.at(word.end) + reach))
        start = frames.at(word.start)
        first, after = (min(edge / sample_rate, duration_s) for edge in (start, max(start, end)))
        return WordTime(first, after, word.confidence)

    return [time(word) if word else None for word in words]


def _end(word: WordFrames, frames: Frames, speech: audio.Mask, limit: int) -> int:
    """Return the sample at which the word's sound ends."""
    last, end = frames.at(word.last), frames.at(word.end)
    sounding = np.flatnonzero(speech[last:end])
    if len(sounding) == 0:
        # A stop is silent before its burst.
        return frames.at(word.last + 1)
    until = last + int(sounding[-1]) + 1
    if until < end:
        return until
    quiet = np.flatnonzero(~speech[end:limit])
    return end + int(quiet[0]) if len(quiet) else max(end, limit)
