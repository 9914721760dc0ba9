"""How long a chunk is to be: from sounds, not bytes, and as the job wants it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from handler.engines.f5 import durations
from handler.engines.f5.durations import cost, pace, portions, shares, speech_seconds, units
from handler.errors import BadRequest
from handler.types import Chunk, Token

CLIP = ("Some call me nature, others call me mother nature.", 5.2)


def chunk_of(text: str, index: int = 0, before: float = 0.0, after: float = 0.0) -> Chunk:
    words = text.split()
    tokens = [Token(word, (word,), 0, 0) for word in words]
    tokens[0] = replace(tokens[0], pause_before=before)
    tokens[-1] = replace(tokens[-1], pause_after=after)
    return Chunk(index, tuple(tokens))


def test_transcript_takes_the_time_of_its_clip() -> None:
    """Said again, the clip's words take as long as in the clip, and a little to begin and to die away."""
    text, seconds = CLIP
    assert speech_seconds(text, pace(text, seconds)) == pytest.approx(seconds + durations.SETTLING_S)


RIGHTS = "All human beings are born free and equal in dignity and rights."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (RIGHTS, "人人生而自由，在尊严和权利上一律平等。"),
        (RIGHTS, "Все люди рождаются свободными и равными в своем достоинстве и правах."),
        (RIGHTS, "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق."),
        ("All people are born free.", "모든 사람은 자유롭다."),
        ("konnichiwa", "こんにちは"),
        ("konnichiwa", "コンニチハ"),
    ],
)
def test_scripts_are_counted_alike(one: str, other: str) -> None:
    """The same words in another script take about as long, where UTF-8 bytes are up to twice as many."""
    assert units(other) == pytest.approx(units(one), rel=0.4)


def test_accents_cost_nothing() -> None:
    """A letter with its accent takes as long as without, in either way of writing it."""
    assert units("naïve") == units("nai\u0308ve") == units("naive")


def test_pace_of_a_wrong_transcript_is_clamped() -> None:
    """A transcript that is far too short or long for its clip is not believed beyond what people speak like."""
    assert pace("Hi.", 10.0) == durations.MIN_PACE
    assert pace("many words " * 100, 2.0) == durations.MAX_PACE
    assert pace("", 0.0) == durations.MIN_PACE


def test_short_lines_have_a_minimum() -> None:
    """One letter has the shortest time that the model can use; more words take more, without a jump; speed shortens."""
    assert speech_seconds("A.", 14) == durations.MIN_CHUNK_S
    lengths = [speech_seconds("banana " * count, 14) for count in range(1, 12)]
    assert lengths == sorted(lengths)
    assert max(after - before for before, after in pairwise(lengths)) < 0.5
    assert speech_seconds("banana " * 30, 14, 2.0) < 0.6 * speech_seconds("banana " * 30, 14)


def test_cost_adds_up() -> None:
    """Texts together cost what they cost apart, or less."""
    one, other = "Some call me nature,", "others 你好 don't."
    assert cost(f"{one} {other}", 14) == pytest.approx(cost(one, 14) + cost(f" {other}", 14))
    assert cost("a b " * 20, 90) <= 20 * cost("a b ", 90) + 1e-9
    assert cost("a b " * 20, 90) >= 80 / durations.MAX_CHARS_PER_S


@pytest.mark.parametrize("words", [["banana,"] * 200, ["b" * 3000], ["one"], ["hello", "x" * 2000, "there."]])
def test_portions_keep_the_limit_and_every_letter(words: list[str]) -> None:
    """Whatever the words, no portion is over the limit and no letter is lost."""
    texts = portions(words, 20.0, 12.0, 1.0)
    assert "".join("".join(texts).split()) == "".join(words)
    assert all(speech_seconds(text, 12.0) <= 20.0 for text in texts)
    assert len(texts) <= 2 * sum(speech_seconds(word, 12.0) for word in words) / 20 + 3


@pytest.mark.parametrize("wanted", [4.0, 9.0, 11.111, 17.0])
def test_shares_add_up_to_the_sample(wanted: float) -> None:
    """Pauses included, the chunks' shares are the length asked for, each its part of what it takes by itself."""
    chunks = [
        chunk_of("banana bread", 0, after=0.5),
        chunk_of("is a cake", 1),
        chunk_of("of bananas", 2, before=0.33333),
    ]
    natural = [2.0, 1.5, 1.8]
    found = shares(wanted, chunks, natural)
    pauses = sum(round(each * durations.SAMPLE_RATE) for each in (0.5, 0.33333))
    assert sum(found) + pauses == round(wanted * durations.SAMPLE_RATE)
    for share, one in zip(found, natural, strict=True):
        assert share == pytest.approx(sum(found) * one / sum(natural), abs=1)


@pytest.mark.parametrize("wanted", [0.5, 2.0, 60.0])
def test_unreachable_target_is_refused(wanted: float) -> None:
    """A length that nobody could speak in, or that pauses alone fill, is refused with what would be possible."""
    chunks = [chunk_of("banana bread", 0, after=1.0), chunk_of("is a cake", 1)]
    with pytest.raises(BadRequest, match=r"between 2\.3 and 14\.3") as caught:
        shares(wanted, chunks, [2.5, 1.5])
    assert caught.value.issues[0].field == "target_duration"
