"""Chunks: few, of similar size, cut where a speaker would pause."""

from __future__ import annotations

from handler.text import chunk, tokenize
from handler.types import Budget, Chunk


def chunks(script: str, limit: float) -> tuple[Chunk, ...]:
    return chunk(tokenize(script, "en"), "en", Budget(limit))


def texts(script: str, limit: float) -> list[str]:
    return [one.text for one in chunks(script, limit)]


def test_a_script_within_the_budget_is_one_chunk() -> None:
    """Several sentences go together as long as they fit."""
    assert texts("One two. Three four. Five six.", 100) == ["One two. Three four. Five six."]


def test_a_chunk_may_cost_the_whole_budget() -> None:
    """A chunk may cost what the budget holds, not one more."""
    text = "aaaa bbbb cccc"
    assert len(texts(text, len(text))) == 1
    assert len(texts(text, len(text) - 1)) == 2


def test_paragraphs_and_pauses_always_cut() -> None:
    """A blank line or a pause ends a chunk whatever room is left."""
    made = chunks("One two\n\nthree [pause:1s] four", 1000)
    assert [one.text for one in made] == ["One two", "three", "four"]
    assert [one.pause_after for one in made] == [0.0, 1.0, 0.0]


def test_sentences_are_kept_whole_where_they_fit() -> None:
    """The end of a sentence is taken before a comma or a blank nearer to the middle."""
    assert texts("One two three. Four five, six seven eight nine ten.", 40) == [
        "One two three.", "Four five, six seven eight nine ten.",
    ]  # fmt: skip


def test_a_long_sentence_is_cut_at_its_clauses() -> None:
    """Without an end of sentence a comma is the place, without a comma a conjunction."""
    assert texts("The cat sat on the mat, the dog lay on the rug.", 30) == [
        "The cat sat on the mat,", "the dog lay on the rug.",
    ]  # fmt: skip
    assert texts("The cat sat on the mat and the dog lay down", 30) == [
        "The cat sat on the mat", "and the dog lay down",
    ]  # fmt: skip


def test_chunks_are_of_similar_size() -> None:
    """Words without any punctuation are shared out evenly: no last chunk of one word."""
    sizes = [len(one.text) for one in chunks(" ".join(["word"] * 41), 100)]
    assert len(sizes) == 3
    assert min(sizes) > 0.8 * max(sizes)
    sentences = [len(one.text) for one in chunks("This is a sentence of some length. " * 7, 110)]
    assert min(sentences) >= 0.5 * max(sentences)


def test_a_title_is_not_cut_from_its_name() -> None:
    """The point of an abbreviation is no place to cut."""
    assert texts("Yesterday morning Dr. Smith went home to rest.", 30)[0] != "Yesterday morning doctor"


def test_a_token_over_the_budget_is_its_own_chunk() -> None:
    """It cannot be divided, and its neighbours keep chunks of their own."""
    assert texts("Hi 123,456,789 you", 12)[0] == "Hi"
    assert texts("Hi 123,456,789 you", 12)[-1] == "you"
    assert len(texts("Hi 123,456,789 you", 12)) == 3


def test_a_roughly_additive_cost_stays_within_the_budget() -> None:
    """Where a whole costs more than its parts the chunk is divided again."""
    budget = Budget(10.0, lambda text: len(text.split()) * 1.0 + len(text.split()) ** 2 / 50)
    made = chunk(tokenize("word " * 100, "en"), "en", budget)
    assert all(budget.cost(one.text) <= budget.limit for one in made)
    assert sum(len(one.tokens) for one in made) == 100


def test_no_tokens_give_no_chunks() -> None:
    """An empty sequence is no error."""
    assert chunk((), "en", Budget(10)) == ()
