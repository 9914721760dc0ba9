from dataclasses import replace

import pytest

from handler.captions.layout import cues, joined
from handler.captions.line_breaking import Phrases
from handler.captions.styles import STYLES
from handler.types import Cue
from tests.support.caption_words import timed

CLASSIC = STYLES["classic"]


def text(made: tuple[Cue, ...]) -> list[str]:
    """The lines of each cue, joined with a stroke."""
    return [" / ".join(joined(line) for line in cue.lines) for cue in made]


PHRASES = [
    ("We met on the 3rd of May in the hall of the old town.", "3rd of May"),
    ("Then they all moved to New York in the very cold winter.", "New York"),
    ("My sister ran for 12 kilometres without any water at all.", "12 kilometres"),
    ("Nobody at the table had seen the elephant before that day.", "the elephant"),
    ("It was kept for years in a little box under the stairs.", "under the stairs"),
    ("In the end it was Dr. Watson who found the missing letter.", "Dr. Watson"),
    ("They said that it will rain on the whole way to the coast.", "will rain"),
]


@pytest.mark.parametrize(("script", "phrase"), PHRASES)
@pytest.mark.parametrize("width", [22, 26, 30, 34])
def test_phrases_stay_together(script: str, phrase: str, width: int) -> None:
    """No line ends inside a date, a name, a number with its unit, or after an article, preposition or auxiliary."""
    made = cues(timed(script), replace(CLASSIC, max_chars=width), 20.0)
    assert phrase in " / ".join(joined(line) for cue in made for line in cue.lines)


@pytest.mark.parametrize(
    "pair",
    ["12 kilometres", "5 %", "3rd of", "of May", "May 3", "New York", "the end", "in town", "we are", "Dr. Watson"],
)
def test_breaks_inside_a_phrase_cost_more(pair: str) -> None:
    """A break inside a quantity, a date or a name, or after a little word, is worse than any other."""
    first, second = timed(pair)
    usual = Phrases("en").cost(*timed("red house"))
    assert Phrases("en").cost(first, second) >= 1.5 * usual


@pytest.mark.parametrize("pair", ["end. Then", "town, where", "house and", "went to", "ran (fast)", "sold 3"])
def test_breaks_between_phrases_cost_no_more(pair: str) -> None:
    """A break after punctuation and before what opens a phrase is no worse than any other."""
    first, second = timed(pair)
    usual = Phrases("en").cost(*timed("red house"))
    assert Phrases("en").cost(first, second) <= usual


@pytest.mark.parametrize("name", ["karaoke", "highlight", "pop", "box"])
@pytest.mark.parametrize("script", ["I knew before I moved to Lisbon.", "When he came home she was already asleep."])
def test_subjects_stay_with_their_verb(script: str, name: str) -> None:
    """No group ends with a pronoun that can only be the subject of what follows."""
    ends = {cue.words[-1].shown.lower() for cue in cues(timed(script), STYLES[name], 20.0)}
    assert not ends & {"i", "he", "she", "we", "they"}


@pytest.mark.parametrize(
    ("language", "subject", "article"),
    [("en", "they came", "the house"), ("de", "wir kamen", "das haus"), ("fr", "je parle", "la maison"),
     ("es", "yo hablo", "la casa"), ("it", "io parlo", "la casa"), ("pt", "eu falo", "uma casa")],
)  # fmt: skip
def test_subject_pronouns_bind_more_than_articles(language: str, subject: str, article: str) -> None:
    """A break after a subject pronoun costs more than one after an article or preposition."""
    costs = [Phrases(language).cost(*timed(pair)) for pair in (subject, article)]
    assert costs[0] > costs[1]


def test_capital_pronoun_is_not_a_name() -> None:
    """The capital of "I", or of a polite "Sie", does not tie it to the word before it more than any other."""
    for language, pronoun, other in (("en", "before I", "before they"), ("de", "dass Sie", "dass sie")):
        costs = [Phrases(language).cost(*timed(pair)) for pair in (pronoun, other)]
        assert costs[0] == costs[1] < Phrases(language).cost(*timed("of Lisbon" if language == "en" else "in Lissabon"))


def test_conjunctions_begin_a_line() -> None:
    """Without punctuation, a sentence is broken before the conjunction."""
    made = cues(timed("The band played one more song while everybody else went home"), CLASSIC, 9.0)
    assert text(made) == ["The band played one more song / while everybody else went home"]


def test_phrases_follow_the_language() -> None:
    """German articles count in German; in a language without a table of little words only punctuation does."""
    words = timed("Der Mann geht langsam mit einem Hund durch die Stadt nach Hause")
    assert text(cues(words, CLASSIC, 9.0, "de-DE")) == [
        "Der Mann geht langsam mit einem Hund / durch die Stadt nach Hause"
    ]
    assert text(cues(words, CLASSIC, 9.0, "xx")) == [
        "Der Mann geht langsam mit einem / Hund durch die Stadt nach Hause"
    ]
