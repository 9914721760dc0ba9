"""From what a CTC model hears in each frame to the times of known words: the pure part of an alignment.

A CTC model (Graves et al., ICML 2006) says for every frame how likely each character is, or none of them, the
*blank*. Aligning is finding the likeliest sequence of frames that spells the known words: Viterbi's algorithm over
blanks and characters. "Emissions" are log probabilities, float32 [frames, characters of the model].
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from handler.errors import AlignmentError
from handler.media import audio
from handler.types import Samples, WordTime

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    Emissions = npt.NDArray[np.float32]
    Speech = npt.NDArray[np.bool_]

LEAST = -1e4
"""Nats: the least likely that anything is. An impossible character would make every path with it alike."""

LONGEST_ENDING = 0.25
"""Seconds for which a word's last sound may last after the model has named it."""

_BLANKS = ("[pad]", "<pad>")
"""What models in transformers' form call the blank; torchaudio's have it first, as ``-``."""

_APOSTROPHES = dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'")


class Alphabet:
    """The characters that a model knows, by number.

    ``separator`` is what stands between words, None where the model has none or the language writes without spaces.
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

    def spell(self, word: str) -> list[int]:
        """The word in the model's characters; what has none (digits, punctuation, another script) is left out.

        A letter with an accent loses it only where the model does not know the letter with it.
        """
        return [number for character in unicodedata.normalize("NFKC", word) for number in self._spelled(character)]

    def _spelled(self, character: str) -> list[int]:
        folded = character.casefold()
        for written in (character, character.lower(), character.upper(), folded, _APOSTROPHES.get(character)):
            if written and all(part in self._numbers for part in written):
                return [self._numbers[part] for part in written]
        return [self._numbers[part] for part in unicodedata.normalize("NFKD", folded) if part in self._numbers]


@dataclass(frozen=True)
class Target:
    """What is looked for: the tokens of all words, separators between them, and the tokens that each word has."""

    tokens: tuple[int, ...]
    spans: tuple[tuple[int, int] | None, ...]
    """For each word its first token and the one after its last; None for a word that has none."""

    @classmethod
    def of(cls, words: Sequence[str], alphabet: Alphabet) -> Target:
        """The words as the model would spell them."""
        tokens: list[int] = []
        spans: list[tuple[int, int] | None] = []
        for word in words:
            spelled = alphabet.spell(word)
            if spelled and tokens and alphabet.separator is not None:
                tokens.append(alphabet.separator)
            spans.append((len(tokens), len(tokens) + len(spelled)) if spelled else None)
            tokens += spelled
        return cls(tuple(tokens), tuple(spans))

    def first(self, words: int) -> Target:
        """The same for the first so many words."""
        spans = self.spans[:words]
        return Target(self.tokens[: max((span[1] for span in spans if span), default=0)], spans)

    @property
    def shortest(self) -> int:
        """Frames that it takes at least: one for each token, and a blank between two that are the same."""
        return len(self.tokens) + sum(one == other for one, other in zip(self.tokens, self.tokens[1:], strict=False))


class Run(NamedTuple):
    """A word on the path of frames: from ``start`` to before ``end``.

    ``last`` is the first frame of its last character; ``limit`` is where what follows it begins.
    """

    start: int
    last: int
    end: int
    limit: int
    confidence: float


def place(emissions: Emissions, target: Target, blank: int) -> list[Run | None]:
    """Where each word of the target stands on the likeliest path; None for a word without tokens.

    Raises AlignmentError when there are fewer frames than the tokens need.
    """
    if not target.tokens:
        return [None] * len(target.spans)
    if len(emissions) < target.shortest:
        raise AlignmentError(
            f"audio: it is too short for {len(target.spans)} words; check that text and audio belong together"
        )
    path = _path(emissions, target.tokens, blank)
    # Between equal neighbours the path has a blank, so that a change of label is a change of token.
    begins = np.flatnonzero(np.diff(path, prepend=blank) != 0)
    begins = begins[path[begins] != blank]
    breaks = np.append(np.flatnonzero(np.diff(path) != 0) + 1, len(path))
    ends = breaks[np.searchsorted(breaks, begins, side="right")]
    # How likely each frame's label is against the likeliest there: 1 where the model would say the same unasked.
    odds = np.exp(emissions[np.arange(len(path)), path] - emissions.max(axis=1))
    sums = np.concatenate([[0.0], np.cumsum(odds, dtype=np.float64)])
    runs: list[Run | None] = []
    for span in target.spans:
        if span is None:
            runs.append(None)
            continue
        first, after = span
        limit = int(begins[after]) if after < len(begins) else len(path)
        confidence = _confidence(sums, begins[first:after], ends[first:after])
        runs.append(Run(int(begins[first]), int(begins[after - 1]), int(ends[after - 1]), limit, confidence))
    return runs


@cache
def _forced_align() -> Callable[..., tuple[Tensor, Tensor]]:
    from torchaudio.functional import forced_align  # type: ignore[import-untyped]

    # It is gone in 2.9, and says so at every worker's first job; the lock holds 2.8.
    warnings.filterwarnings("ignore", ".*forced_align has been deprecated")
    return cast("Callable[..., tuple[Tensor, Tensor]]", forced_align)


def _path(emissions: Emissions, tokens: Sequence[int], blank: int) -> npt.NDArray[np.int64]:
    """The label of each frame on the likeliest path."""
    import torch

    labels, _ = _forced_align()(torch.from_numpy(emissions)[None], torch.tensor([tokens]), blank=blank)
    return cast("npt.NDArray[np.int64]", labels[0].numpy().astype(np.int64))


def _confidence(sums: npt.NDArray[np.float64], begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> float:
    """The mean odds of a word's characters, times the mean odds of the blanks between them.

    ``sums`` are cumulative: the entry at a frame is the sum of the odds before it. Blanks count by themselves: they
    are many, and likely in silence, where they would make any word likely.
    """
    inside = sums[ends] - sums[begins]
    blanks = int((ends[-1] - begins[0]) - (ends - begins).sum())
    between = (sums[ends[-1]] - sums[begins[0]] - inside.sum()) / blanks if blanks else 1.0
    return float(min(1.0, max(0.0, np.mean(inside / (ends - begins)) * between)))


def count(emissions: Emissions, target: Target, blank: int) -> int:
    """How many of the target's words the emissions hold: the first so many whose likeliest path is the likeliest.

    Every path takes all frames, so sound that the words leave over costs as much as words without sound. A word
    without tokens counts when one after it does.
    """
    if not target.tokens or len(emissions) == 0:
        return 0
    scores = _ending_scores(emissions, target.tokens, blank)
    ends = [0] + [span[1] if span else 0 for span in target.spans]
    following = [span[0] for span in target.spans if span]
    best, words = scores[0], 0
    for number, span in enumerate(target.spans, start=1):
        if span is None:
            continue
        # After the word's last character: that, a blank, and whatever comes before the next word's first.
        upto = next((first for first in following if first >= ends[number]), len(target.tokens))
        score = scores[2 * ends[number] - 1 : 2 * upto + 1].max()
        if score > best:
            best, words = score, number
    return words


def _ending_scores(emissions: Emissions, tokens: Sequence[int], blank: int) -> npt.NDArray[np.float64]:
    """The log probability of the likeliest path through all frames that ends in each state: blank, token, blank, …"""
    labels = np.full(2 * len(tokens) + 1, blank)
    labels[1::2] = tokens
    # From one token to the next the blank may be left out, unless they are the same.
    skips = np.full(len(labels), -np.inf)
    skips[3::2] = np.where(labels[3::2] != labels[1:-2:2], 0.0, -np.inf)
    scores = np.full(len(labels), -np.inf)
    scores[0] = 0.0
    for frame in emissions.astype(np.float64):
        before = scores.copy()
        np.maximum(scores[1:], before[:-1], out=scores[1:])
        np.maximum(scores[2:], before[:-2] + skips[2:], out=scores[2:])
        scores += frame[labels]
    return scores


@dataclass(frozen=True)
class Frames:
    """Where a model's frames lie in the samples it is given: ``hop`` from one to the next, each hears ``field``."""

    hop: int = 320
    field: int = 400

    @classmethod
    def of(cls, convolutions: Sequence[tuple[int, int]]) -> Frames:
        """The frames of a chain of convolutions, each of a kernel and a stride (Dumoulin, arXiv 1603.07285)."""
        hop, field = 1, 1
        for kernel, stride in convolutions:
            field += (kernel - 1) * hop
            hop *= stride
        return cls(hop, field) if convolutions else cls()

    def count(self, samples: int) -> int:
        """How many frames so many samples have."""
        return max(0, (samples - self.field) // self.hop + 1)

    def at(self, frame: int) -> int:
        """The sample at which a frame begins: each stands for one hop, in the middle of what it hears."""
        return frame * self.hop + (self.field - self.hop) // 2

    def pieces(self, samples: int, longest: int, context: int) -> Iterator[tuple[int, int, int, int]]:
        """Cut so many samples into overlapping pieces of at most ``longest``.

        Yields the first sample of a piece and the one after its last, then how many frames are dropped at its front
        and how many kept: all frames once, with ``context`` frames on either side where there are so many.
        """
        frames = self.count(samples)
        if samples <= longest:
            yield 0, samples, 0, frames
            return
        step = self.count(longest) - 2 * context
        for first in range(0, frames, step):
            kept = min(step, frames - first)
            begin, end = max(0, first - context), min(frames, first + kept + context)
            yield begin * self.hop, (end - 1) * self.hop + self.field, first - begin, kept


def word_times(
    runs: Sequence[Run | None], frames: Frames, samples: Samples, sample_rate: int, longest: float
) -> list[WordTime | None]:
    """The runs in seconds, none beyond ``longest``, each word's end put where its sound ends.

    A model names a character when it hears it, mostly in one frame, and says nothing of how long it lasts; so the end
    is looked for in the samples, up to what follows the word and at most LONGEST_ENDING.
    """
    speech = _speech(samples, sample_rate)
    reach = round(LONGEST_ENDING * sample_rate)
    times: list[WordTime | None] = []
    for run in runs:
        if run is None:
            times.append(None)
            continue
        limit = frames.at(run.limit) if run.limit < frames.count(len(samples)) else len(samples)
        end = _end(run, frames, speech, min(limit, frames.at(run.end) + reach))
        start = frames.at(run.start)
        first, after = (min(edge / sample_rate, longest) for edge in (start, max(start, end)))
        times.append(WordTime(first, after, run.confidence))
    return times


def _end(run: Run, frames: Frames, speech: Speech, limit: int) -> int:
    """The sample at which the word's sound ends."""
    last, end = frames.at(run.last), frames.at(run.end)
    sounding = np.flatnonzero(speech[last:end])
    if len(sounding) == 0:
        # A stop before it bursts is silent, too.
        return frames.at(run.last + 1)
    until = last + int(sounding[-1]) + 1
    if until < end:
        return until
    quiet = np.flatnonzero(~speech[end:limit])
    return end + int(quiet[0]) if len(quiet) else max(end, limit)


def _speech(samples: Samples, sample_rate: int) -> Speech:
    """For each sample, whether it is sound, gaps of less than twice the margin closed."""
    near = audio.sounding(samples, sample_rate)
    speech = near.copy()
    # The margin around sound is taken off again: here the edges themselves are looked for.
    margin = round(audio.MARGIN * sample_rate)
    for edge in np.flatnonzero(np.diff(near)) + 1:
        speech[max(0, edge - margin) : edge + margin] = False
    return speech
