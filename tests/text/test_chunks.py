"""Chunks: few, of similar size, cut where a speaker would pause."""

from __future__ import annotations

from dataclasses import replace

from handler.text import chunk, tokenize
from handler.types import Budget, Chunk


def chunks(script: str, limit: float) -> tuple[Chunk, ...]:
    return chunk(tokenize(script, "en"), "en", Budget(limit))


def texts(script: str, limit: float) -> list[str]:
    return [one.text for one in chunks(script, limit)]


def test_script_within_the_budget_is_one_chunk() -> None:
    """Sentences are joined as long as they fit."""
    assert texts("One two. Three four. Five six.", 100) == ["One two. Three four. Five six."]


def test_chunk_may_cost_the_whole_budget() -> None:
    """A chunk may cost exactly the budget and not more."""
    text = "aaaa bbbb cccc"
    assert len(texts(text, len(text))) == 1
    assert len(texts(text, len(text) - 1)) == 2


def test_paragraphs_and_pauses_end_a_chunk() -> None:
    """A blank line or a pause ends a chunk, whatever budget is left."""
    made = chunks("One two\n\nthree [pause:1s] four", 1000)
    assert [one.text for one in made] == ["One two", "three", "four"]
    assert [one.pause_after for one in made] == [0.0, 1.0, 0.0]


def test_change_of_pace_ends_a_chunk() -> None:
    """All tokens of a chunk have one pace, and slow speech fills the budget sooner."""
    rates = (1, 1, 0.5, 0.5, 0.5, 2)
    tokens = [replace(token, rate=rate) for token, rate in zip(tokenize("a b c d e f", "en"), rates, strict=True)]
    assert [(part.text, part.rate) for part in chunk(tokens, "en", Budget(100))] == [
        ("a b", 1),
        ("c d e", 0.5),
        ("f", 2),
    ]
    assert len(chunk(tokens[2:5], "en", Budget(5))) > len(chunk(tokenize("c d e", "en"), "en", Budget(5)))


def test_sentence_end_is_preferred_to_an_even_cut() -> None:
    """A sentence's end is preferred to a comma or a blank nearer to the middle."""
    assert texts("One two three. Four five, six seven eight nine ten.", 40) == [
        "One two three.", "Four five, six seven eight nine ten.",
    ]  # fmt: skip


def test_long_sentence_is_cut_between_clauses() -> None:
    """Inside a sentence chunks end at a comma, or before a conjunction if there is no comma."""
    assert texts("The cat sat on the mat, the dog lay on the rug.", 30) == [
        "The cat sat on the mat,", "the dog lay on the rug.",
    ]  # fmt: skip
    assert texts("The cat sat on the mat and the dog lay down", 30) == [
        "The cat sat on the mat", "and the dog lay down",
    ]  # fmt: skip


def test_chunks_are_of_similar_size() -> None:
    """Words without punctuation are divided evenly, without a last chunk of one word."""
    sizes = [len(one.text) for one in chunks(" ".join(["word"] * 41), 100)]
    assert len(sizes) == 3
    assert min(sizes) > 0.8 * max(sizes)
    sentences = [len(one.text) for one in chunks("This is a sentence of some length. " * 7, 110)]
    assert min(sentences) >= 0.5 * max(sentences)


def test_title_stays_with_its_name() -> None:
    """No chunk ends after the full stop of a title."""
    assert texts("Yesterday morning Dr. Smith went home to rest.", 30)[0] != "Yesterday morning doctor"


def test_token_over_the_budget_is_a_chunk() -> None:
    """A token that is over the budget is a chunk by itself."""
    assert texts("Hi 123,456,789 you", 12)[0] == "Hi"
    assert texts("Hi 123,456,789 you", 12)[-1] == "you"
    assert len(texts("Hi 123,456,789 you", 12)) == 3


def test_chunk_that_costs_more_than_its_tokens_is_divided_again() -> None:
    """If a chunk costs more than the sum of its tokens, it is divided again."""
    budget = Budget(10.0, lambda text: len(text.split()) * 1.0 + len(text.split()) ** 2 / 50)
    made = chunk(tokenize("word " * 100, "en"), "en", budget)
    assert all(budget.cost(one.text) <= budget.limit for one in made)
    assert sum(len(one.tokens) for one in made) == 100


def test_no_tokens_give_no_chunks() -> None:
    """An empty sequence has no chunks."""
    assert chunk((), "en", Budget(10)) == ()


def test_sentences_are_chunks_of_their_own_if_the_budget_says_so() -> None:
    """An engine that speaks sentence by sentence gets them so; only one over the budget is divided."""
    script = "Hi! It is late, and we go. A sentence that is too long for the budget, by far. Mr. Smith stays"
    chunks = chunk(tokenize(script, "en"), "en", Budget(45, by_sentence=True))
    assert [part.text for part in chunks] == [
        "Hi!",
        "It is late, and we go.",
        "A sentence that is too long for the budget,",
        "by far.",
        "mister Smith stays",
    ]
