"""Text → tokens of each variant: languages, marks, sounds, and what the weights do not know."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest
import torch

from handler import text
from handler.engines.chatterbox import loading, script
from handler.engines.chatterbox.script import MULTILINGUAL, NEEDS, SOUNDS, Script
from handler.errors import BadRequest
from handler.text.markup import marks
from handler.types import Chunk
from tests.engines.chatterbox.conftest import Checkpoint


@pytest.fixture
def make(checkpoint: Checkpoint) -> Any:
    def script_of(variant: str) -> tuple[Script, Any]:
        model, _ = loading.load(checkpoint(variant), "cpu")
        return Script(variant, model), model

    return script_of


def chunk_of(words: str, language: str = "en") -> Chunk:
    return Chunk(0, tuple(text.tokenize(words, language)))


def test_tokens_are_upstreams(make: Any) -> None:
    """The tokens are those of upstream's tokenizer for the text, with its marks around them where it has any."""
    for variant, own in (("original", {}), ("multilingual", {"language_id": "en"})):
        made, model = make(variant)
        tokens = model.tokenizer.text_to_tokens("Well, hello there.", **own)
        expected = torch.nn.functional.pad(tokens, (1, 1), value=255)
        expected[0, -1] = 0
        assert torch.equal(made.encode(chunk_of("well, hello there"), "en").tokens, expected)
    made, model = make("turbo")
    expected = model.tokenizer("Well, hello there.", return_tensors="pt").input_ids
    assert torch.equal(made.encode(chunk_of("well, hello there"), "en").tokens, expected)


def test_sounds_are_turbos(make: Any) -> None:
    """Turbo says every sound of a script as one token; the others are not given any."""
    words = "Well [laugh] hello. [clear throat]"
    made, model = make("turbo")
    ids = made.encode(chunk_of(words), "en").tokens[0].tolist()
    sounds = model.tokenizer.get_added_vocab()
    assert [each for each in ids if each > 256] == [sounds["[laugh]"], sounds["[clear throat]"]]
    made, _ = make("original")
    assert torch.equal(made.encode(chunk_of(words), "en").tokens, made.encode(chunk_of("Well hello."), "en").tokens)
    assert SOUNDS["turbo"] == set(marks.SOUNDS)


def test_languages_are_those_of_the_weights(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variant names its languages; Japanese and Chinese need packages that are left out here."""
    multilingual, original = make("multilingual")[0], make("original")[0]
    usable = [each for each in MULTILINGUAL if each not in NEEDS]
    assert [multilingual.language(each) for each in usable] == usable
    assert (multilingual.language("nb-NO"), multilingual.language("pt-BR")) == ("no", "pt")
    assert original.language("en-GB") == "en"
    assert not any(find_spec(package) for package in NEEDS.values())
    for made, language in ((multilingual, "ja"), (multilingual, "zh"), (multilingual, "cy"), (original, "de")):
        with pytest.raises(BadRequest, match=f"does not speak '{language}', only .*en.*take one of these"):
            made.language(language)
    monkeypatch.setattr(script, "find_spec", lambda _: True)
    assert multilingual.language("ja") == "ja"


def test_characters_without_symbols_are_named(make: Any) -> None:
    """Characters that the tokenizer lacks cost a warning; words of them alone are refused."""
    for variant in ("original", "multilingual"):
        made, _ = make(variant)
        assert made.encode(chunk_of("hello there"), "en").warnings == ()
        (warning,) = made.encode(chunk_of("hello мир there"), "en").warnings
        assert warning.code == "unknown_characters"
        assert "м и р" in warning.message
        with pytest.raises(BadRequest, match=r"'привет мир' is in a script"):
            made.encode(chunk_of("привет мир"), "en")
    made, _ = make("turbo")
    assert made.encode(chunk_of("hello мир"), "en").warnings == ()


def test_word_beyond_the_models_positions_is_refused(make: Any) -> None:
    """A single word may be over the budget: one that the model has no positions for is refused, not crashed on."""
    for variant in ("original", "turbo"):
        made, _ = make(variant)
        with pytest.raises(BadRequest, match="too long to be spoken"):
            made.encode(chunk_of("a" * 2100), "en")


def test_scripts_without_blanks_are_joined(make: Any) -> None:
    """Upstream finds the words of Chinese itself, in text without blanks; other words keep theirs."""
    made, _ = make("multilingual")
    seen: list[str] = []
    made._tokenizer = replace_encode(made._tokenizer, seen)
    made.encode(chunk_of("你好 world 世界", "zh"), "zh")
    assert seen[0] == "你好 world 世界."


def replace_encode(tokenizer: Any, seen: list[str]) -> Any:
    class Seen:
        tokenizer: Any
        encode: Any

        def text_to_tokens(self, given: str, **_: str) -> torch.Tensor:
            seen.append(given)
            return torch.ones(1, 3, dtype=torch.int)

    one = Seen()
    one.tokenizer = tokenizer.tokenizer
    one.encode = lambda *_, **__: [5]
    return one
