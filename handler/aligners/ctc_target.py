"""The words of a text in the characters of a CTC model.

Characters that the model lacks are said all the same, if they are digits, signs or letters of another script: what it
cannot spell stands as a *star*, which any sound may be (Pratap et al., arXiv 2305.13516).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise

import numpy as np

from handler.aligners.viterbi import Lattice

_BLANKS = ("[pad]", "<pad>")  # names of the blank in transformers' models; torchaudio's have it first, as ``-``
_APOSTROPHES = dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'")


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
