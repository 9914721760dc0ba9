"""Script words get the times of the words that a recogniser transcribed, however it spells them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handler.aligners.transcript_matching import RecognisedWord, match, normalised
from handler.types import WordTime

TEXT = (
    "yesterday the captain of the little ship counted nine hundred barrels of apples and wrote their number into the "
    "old book which nobody except him was allowed to read because its pages held the secret of the island"
)
SCRIPT = TEXT.split()


def evenly(words: Sequence[str], step: float = 0.5) -> list[RecognisedWord]:
    """Each word half a second long, one right after the other."""
    return [RecognisedWord(word, at * step, (at + 1) * step, 0.9) for at, word in enumerate(words)]


def times(words: Sequence[str], recognised: Sequence[RecognisedWord], language: str = "en") -> list[WordTime | None]:
    return match(words, recognised, max([word.end for word in recognised], default=1.0), language)


def spans(found: Sequence[WordTime | None]) -> list[tuple[float, float] | None]:
    return [(round(time.start, 3), round(time.end, 3)) if time else None for time in found]


def mean(found: Sequence[WordTime | None]) -> float:
    return sum(time.confidence for time in found if time) / len(found)


def test_equal_words_take_the_transcripts_times() -> None:
    """Every word gets the time and the confidence of its recognised word, whatever the case and punctuation."""
    found = times(["Hello", "it’s", "Ünal"], evenly(["hello,", "It’s", "ünal."]))
    assert spans(found) == [(0, 0.5), (0.5, 1), (1, 1.5)]
    assert [time.confidence for time in found if time] == pytest.approx([0.9] * 3)


def test_words_missing_in_the_transcript_have_no_time() -> None:
    """A word missing in the transcript is None, an extra one is skipped, and the others keep their times."""
    found = times(["we", "sail", "to", "the", "far", "island"], evenly(["um", "we", "sail", "the", "island"]))
    assert spans(found) == [(0.5, 1), (1, 1.5), None, (1.5, 2), None, (2, 2.5)]


def test_other_spellings_match_and_other_words_do_not() -> None:
    """ "colour" matches "color" at less confidence; "nguyen" does not match "when"."""
    found = times(["the", "colour", "of", "nguyen", "here"], evenly(["the", "color", "of", "when", "here"]))
    assert [time is not None for time in found] == [True, True, True, False, True]
    the, colour = found[:2]
    assert the
    assert colour
    assert 0.4 < colour.confidence < the.confidence


@pytest.mark.parametrize(
    ("script", "recognised", "expected"),
    [
        ("my mother-in-law laughs", "my mother in law laughs", [(0, 0.5), (0.5, 2), (2, 2.5)]),
        ("they go any where", "they go anywhere", [(0, 0.5), (0.5, 1), (1, 1.188), (1.188, 1.5)]),
        ("the U S B stick", "the USB stick", [(0, 0.5), (0.5, 0.667), (0.667, 0.833), (0.833, 1), (1, 1.5)]),
        ("the cat sat", "cat sat", [None, (0, 0.5), (0.5, 1)]),
        ("the internationally known", "internationally known", [None, (0, 0.5), (0.5, 1)]),
    ],
)
def test_words_written_apart_match_those_written_together(script: str, recognised: str, expected: object) -> None:
    """A run of words shares the time of the word it was transcribed as; one word has all the time of a run."""
    assert spans(times(script.split(), evenly(recognised.split()))) == expected


@pytest.mark.parametrize(
    ("script", "recognised", "language"),
    [
        ("exactly one hundred people", "exactly 100 people", "en"),
        ("it costs one hundred one dollars now", "it costs $101 now", "en"),
        ("it costs one hundred dollars now", "it costs $100 now", "en"),
        ("some fifty percent of it", "some 50% of it", "en"),
        ("back in nineteen eighty four then", "back in 1984 then", "en"),
        ("on the twenty first of may", "on the 21st of may", "en"),
        ("call five five five one two now", "call 55512 now", "en"),
        ("one thousand two hundred thirty four sheep", "1,234 sheep", "en"),
        ("meet at five thirty today", "meet at 5:30 today", "en"),
        ("genau ein hundert leute", "genau 100 leute", "de"),
        ("hay veinte personas", "hay 20 personas", "es-MX"),
    ],
)
def test_digits_match_spoken_numbers(script: str, recognised: str, language: str) -> None:
    """Digits and signs in the transcript match each of the words that the script has for them."""
    words = script.split()
    found = times(words, evenly(recognised.split()), language)
    assert None not in found
    assert [time.start for time in found if time] == sorted(time.start for time in found if time)
    assert mean(found) > 0.8


def test_digits_without_a_reading_are_skipped() -> None:
    """Numbers that num2words cannot say, or takes for ever to say, and other scripts' digits leave the rest alone."""
    recognised = evenly(["so", "1234567890123456789", "½", "٣", "5123457", "end"])
    for language in ("en", "am", "xx", "zh"):
        found = times(["so", "end"], recognised, language)
        assert spans(found) == [(0, 0.5), (2.5, 3)]


def test_chinese_words_match_characters_and_japanese_readings_are_ignored() -> None:
    """A recognised word of two characters matches two script words; the reading after a bar is ignored."""
    assert spans(times(list("今天好"), evenly(["今天", "好"]), "zh")) == [(0, 0.25), (0.25, 0.5), (0.5, 1)]
    assert spans(times(["今日", "は"], evenly(["今日|キョウ", "は|ワ"]), "ja")) == [(0, 0.5), (0.5, 1)]


def test_the_nearest_of_equal_words_matches() -> None:
    """If only the end of a repetitive text was transcribed, its words match at the end."""
    recognised = [RecognisedWord("to", 8.0, 8.5), RecognisedWord("be", 8.5, 9.0)]
    found = match(["to", "be", "or", "not", "to", "be"], recognised, 9.0, "en")
    assert [time is not None for time in found] == [False, False, False, False, True, True]


def test_wrong_scripts_have_low_confidence() -> None:
    """With every tenth word transcribed wrong the right script keeps most of its confidence; others have little."""
    recognised = evenly([word if at % 10 else "gnarl" for at, word in enumerate(SCRIPT)])
    right = mean(times(SCRIPT, recognised))
    draw = random.Random(5)
    wrong = [mean(times(draw.sample(SCRIPT, len(SCRIPT)), recognised)) for _ in range(5)]
    other = "please remember to bring the umbrella of your brother since they say that it was to rain in the night"
    wrong.append(mean(times(other.split(), recognised)))
    assert right > 0.65
    assert max(wrong) < 0.35
    assert sum(wrong) / len(wrong) < 0.2


def test_thousands_of_words_match() -> None:
    """In a transcript that lacks 150 of 3,000 words, the others match at their own times."""
    draw = random.Random(6)
    words = [draw.choice(SCRIPT) for _ in range(3000)]
    truth = evenly(words)
    dropped = set(draw.sample(range(3000), 150))
    found = times(words, [word for at, word in enumerate(truth) if at not in dropped])
    off = [at for at, time in enumerate(found) if at not in dropped and (not time or time.start != truth[at].start)]
    # A word next to its own double may match that.
    assert len(off) < 60
    assert mean(found) > 0.7


@settings(max_examples=60)
@given(
    st.lists(st.text("ab1$-, é中", max_size=5), max_size=8),
    st.lists(st.tuples(st.text("ab1$%-, é中|", max_size=5), st.floats(0, 2), st.floats(0, 1)), max_size=8),
)
@example(["a", "a"], [("", 0.0, 0.39613092529979654), ("", 1.0, 0.6775357480623493), ("a", 1.78, 0.9), ("a", 0.0, 0.0)])
def test_times_rise_for_any_script_and_transcript(words: list[str], gaps: list[tuple[str, float, float]]) -> None:
    """Any script and any transcript give one entry a word; times rise, and confidences are from 0 to 1."""
    recognised, at = [], 0.0
    for text, gap, length in gaps:
        start = at + gap
        at = start + length  # summed once: words that touch do not overlap by a rounding
        recognised.append(RecognisedWord(text, start, at, 0.9))
    found = match(words, recognised, at, "en")
    assert len(found) == len(words)
    edges = [edge for time in found if time for edge in (time.start, time.end)]
    assert edges == sorted(edges)
    assert all(0 <= time.confidence <= 1 for time in found if time)


def test_normalisation_keeps_letters_digits_and_marks() -> None:
    """Case, punctuation and width do not count; accents and the marks of other scripts do."""
    assert normalised("It’s") == "its"
    assert normalised("ＡＢ-ｃ!") == "abc"
    assert normalised("Straße") == "strasse"
    assert normalised("हिन्दी") == "हिन्दी"
    assert normalised("é") != normalised("e")
    assert normalised("🎉") == ""
