"""Text → tokens: which languages a variant knows, the marks around its tokens, the sounds that it makes."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from handler.engines.chatterbox.sampler import MAX_TEXT_TOKENS
from handler.errors import BadRequest, quoted
from handler.text.characters import is_unspaced
from handler.text.languages.tags import primary_language
from handler.types import Chunk, JobWarning

ENGLISH = ("en",)
MULTILINGUAL = tuple("ar da de el en es fi fr he hi it ja ko ms nl no pl pt ru sv sw tr zh".split())
LANGUAGES = {"original": ENGLISH, "multilingual": MULTILINGUAL, "turbo": ENGLISH}
NEEDS = {"ja": "pykakasi", "zh": "spacy_pkuseg"}
"""Packages without which upstream leaves out kanji, or the blanks between words that the model learnt from."""
ALIASES = {"nb": "no", "nn": "no"}

SOUNDS = {"original": frozenset[str](), "multilingual": frozenset[str](), "turbo": frozenset(
    "laugh,chuckle,clear throat,sigh,shush,cough,groan,sniff,gasp,"
    "angry,fear,surprised,whispering,advertisement,dramatic,narration,crying,happy,sarcastic".split(",")
)}  # fmt: skip
"""What a variant says for ``[laugh]`` and its like: sounds, and ways to speak."""

MAX_NAMED = 20  # characters in a warning

_UNKNOWN = "[UNK]"
_BLANK = re.compile(r"(?<=(\S)) (?=(\S))")


@dataclass(frozen=True)
class Encoded:
    """The tokens [1, n] of a chunk, and what the client should know of them."""

    tokens: Tensor
    warnings: tuple[JobWarning, ...] = ()


class Script:
    """Encodes chunks for a variant, whose upstream object is ``model``."""

    def __init__(self, variant: str, model: Any) -> None:
        self._variant = variant
        self._tokenizer = model.tokenizer
        self._hp = model.t3.hp
        self._normalize = sys.modules[type(model).__module__].punc_norm

    def language(self, language: str) -> str:
        """The language as upstream names it. Raises BadRequest for one that the weights do not know."""
        primary = ALIASES.get(primary_language(language), primary_language(language))
        known = [each for each in LANGUAGES[self._variant] if each not in NEEDS or find_spec(NEEDS[each])]
        if primary not in known:
            message = f"chatterbox-{self._variant} does not speak {quoted(language)}, only {', '.join(known)}"
            raise BadRequest.of("language", f"{message}; take one of these, or another engine")
        return primary

    def encode(self, chunk: Chunk, language: str) -> Encoded:
        """The tokens of a chunk. Raises BadRequest for words that are too long or in an unknown script."""
        text = _BLANK.sub(_joined, chunk.text_with_sounds if SOUNDS[self._variant] else chunk.text)
        tokens = self._tokens(text, language)
        if tokens.shape[1] > MAX_TEXT_TOKENS:
            raise BadRequest.of("text", f"{quoted(text)} is one word, too long to be spoken; divide it")
        if not (unknown := self._unknown(text, language)):
            return Encoded(tokens)
        if not any(each.isalnum() and each not in unknown for each in text):
            message = "is in a script that the weights do not know; write it as [shown](spoken)"
            raise BadRequest.of("text", f"{quoted(' '.join(chunk.words[:5]))} {message}")
        message = f"the model has no symbols for {' '.join(unknown[:MAX_NAMED])}; they were not spoken"
        return Encoded(tokens, (JobWarning("unknown_characters", message),))

    def _tokens(self, text: str, language: str) -> Tensor:
        """The tokens [1, n] of a text, with the marks of its start and end that the variant wants."""
        if self._variant == "turbo":
            ids: Tensor = self._tokenizer(self._normalize(text), return_tensors="pt").input_ids
            return ids
        tokens = self._tokenizer.text_to_tokens(self._normalize(text), **self._own(language))
        marks = (self._hp.start_text_token, self._hp.stop_text_token)
        start, stop = (torch.tensor([[mark]], dtype=tokens.dtype) for mark in marks)
        return torch.cat([start, tokens, stop], dim=1)

    def _unknown(self, text: str, language: str) -> tuple[str, ...]:
        """The characters of a text that the tokenizer does not know."""
        if self._variant == "turbo":  # it knows every byte
            return ()
        unknown = self._tokenizer.tokenizer.token_to_id(_UNKNOWN)
        encode = self._tokenizer.encode
        if unknown not in encode(self._normalize(text), **self._own(language)):
            return ()
        characters = dict.fromkeys(text.replace(" ", ""))
        return tuple(each for each in characters if unknown in encode(each, **self._own(language)))

    def _own(self, language: str) -> dict[str, str]:
        return {"language_id": language} if self._variant == "multilingual" else {}


def _joined(found: re.Match[str]) -> str:
    """Nothing between characters of scripts without blanks: upstream finds their words itself."""
    return "" if is_unspaced(found[1]) and is_unspaced(found[2]) else " "
