"""Whisper reads given words in a sound: to which moment it listens for each, and how likely each is.

CTranslate2 finds the likeliest way of the decoder's cross-attention through the frames. The decoder's probabilities
alone say little, as they depend on how common a word is: they are compared with those of the same words in silence.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from handler.types import Samples
from handler.whisper.languages import WITHOUT_SPACES

if TYPE_CHECKING:
    import numpy.typing as npt
    from faster_whisper import WhisperModel

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

SAMPLE_RATE = 16_000
WINDOW_S = 30.0
MAX_TOKENS = 440  # of one window: the decoder has 448 places, some of them for the language and the task
FRAME_S, SPECTRA_PER_S = 0.02, 100  # the decoder's frames, and those of the spectrum
# Silence after the sound. Whisper is trained with silence up to half a minute, which costs five times the time of a
# sentence; with this much, starts are 28.7 ms from the truth instead of 26.1, and confidences are the same.
TAIL_S = 6.0

# Measured on 87 right and 690 wrong texts (shuffled words, other words, other sentences) in twelve languages: with this
# share of silence the AUC is 1.0; without it 0.995, and 0.987 for probabilities in place of their logarithms.
SILENCE_SHARE = 0.5
MIN_LOG_PROB = -8.0


@dataclass(frozen=True)
class Text:
    """Words with their tokens, none for a word without a letter or a digit, and what the decoder is told first."""

    words: tuple[str, ...]
    tokens: tuple[tuple[int, ...], ...]
    task: tuple[int, ...]

    @classmethod
    def of(cls, model: WhisperModel, words: Sequence[str], code: str) -> Text:
        """Words in the language with this code of Whisper's."""
        from faster_whisper.tokenizer import Tokenizer

        tokenizer = Tokenizer(model.hf_tokenizer, model.model.is_multilingual, "transcribe", code)
        blank = "" if code in WITHOUT_SPACES else " "
        tokens = (tokenizer.encode(blank + word) if any(map(str.isalnum, word)) else () for word in words)
        return cls(tuple(words), tuple(map(tuple, tokens)), tuple(tokenizer.sot_sequence))

    def part(self, first: int, last: int) -> Text:
        """The words from one to before another."""
        return Text(self.words[first:last], self.tokens[first:last], self.task)

    def only(self, chosen: BoolArray) -> Text:
        """The chosen words."""
        places = np.flatnonzero(chosen)
        return Text(tuple(self.words[at] for at in places), tuple(self.tokens[at] for at in places), self.task)

    @cached_property
    def sayable(self) -> BoolArray:
        """Which words have tokens."""
        return np.array([bool(tokens) for tokens in self.tokens], np.bool_)

    @property
    def size(self) -> int:
        """How many tokens all words have."""
        return sum(map(len, self.tokens))

    def fitting(self) -> int:
        """How many of the first words the decoder can take at once."""
        return sum(size <= MAX_TOKENS for size in accumulate(map(len, self.tokens)))


@dataclass(frozen=True)
class Reading:
    """For each word when Whisper turns to it, in seconds, and at last when it turns to the end; and its score.

    A score is about 1 for a right word and -3 for a wrong one.
    """

    turns: FloatArray
    scores: FloatArray


class Sound:
    """At most WINDOW_S of sound, float32 mono at SAMPLE_RATE, as Whisper's encoder hears it."""

    def __init__(self, model: WhisperModel, samples: Samples) -> None:
        from faster_whisper.audio import pad_or_trim

        self._model = model
        self._frames = max(1, round(min(len(samples) / SAMPLE_RATE, WINDOW_S) * SPECTRA_PER_S))
        spectra = min(self._frames + round(TAIL_S * SPECTRA_PER_S), round(WINDOW_S * SPECTRA_PER_S)) // 2 * 2
        self._encoded: Any = model.encode(pad_or_trim(model.feature_extractor(samples), spectra))

    def read(self, text: Text) -> Reading:
        """Read words that all have tokens, MAX_TOKENS at most."""
        moments, heard = self._align(text)
        _, expected = _silence(self._model)._align(text)
        evidence = np.maximum(heard, MIN_LOG_PROB) - SILENCE_SHARE * np.maximum(expected, MIN_LOG_PROB)
        edges = [0, *accumulate(map(len, text.tokens))]
        return Reading(moments[edges], np.array([evidence[first:last].mean() for first, last in pairwise(edges)]))

    def _align(self, text: Text) -> tuple[FloatArray, FloatArray]:
        """The moment of each token and of the end, and the logarithm of each token's probability."""
        tokens = list(chain.from_iterable(text.tokens))
        found = self._model.model.align(self._encoded, list(text.task), [tokens], self._frames)[0]
        path = np.array(found.alignments)
        first = np.searchsorted(path[:, 0], np.arange(len(tokens) + 1))
        moments = path[np.minimum(first, len(path) - 1), 1] * FRAME_S
        return moments, np.log(np.maximum(found.text_token_probs, np.exp(MIN_LOG_PROB)))


_silences: weakref.WeakKeyDictionary[WhisperModel, Sound] = weakref.WeakKeyDictionary()


def _silence(model: WhisperModel) -> Sound:
    """What the model makes of silence, which is encoded once."""
    if model not in _silences:
        _silences[model] = Sound(model, np.zeros(round(WINDOW_S * SAMPLE_RATE), np.float32))
    return _silences[model]
