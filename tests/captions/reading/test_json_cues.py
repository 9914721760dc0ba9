"""Captions in our own JSON come back with their words, times and speakers, also when somebody has edited them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from handler.captions.formats import FORMATS
from handler.captions.reading import Read, read
from handler.captions.reading.edited import known_times, own_lines
from handler.captions.styles import STYLES
from handler.errors import BadRequest
from handler.text import tokenize
from handler.types import Word
from tests.support.caption_words import captions, timed

WORDS = tuple(
    replace(word, speaker="Anna" if at < 4 else "Ben")
    for at, word in enumerate(timed("It cost $4.50, she said. That was worth it!", pauses={4: 1.0}))
)


def document(edit: Callable[[dict[str, Any]], object] = lambda _: None) -> dict[str, Any]:
    """The file of these words, as somebody edited it."""
    made: dict[str, Any] = json.loads(FORMATS["json"].write(captions(WORDS, STYLES["karaoke"])))
    edit(made)
    return made


def seen(made: dict[str, Any]) -> Read:
    return read(json.dumps(made), field="captions")


def words(read: Read) -> list[Word]:
    return [word for cue in read.cues for line in own_lines(cue) or () for word in line]


def test_every_word_comes_back() -> None:
    """Words have the times, offsets, confidences and speakers of the file, cues its times and lines."""
    made = document()
    found = seen(made)
    assert found.kind == "json"
    assert (found.language, found.method, found.duration) == ("en", "engine", made["duration"])
    rounded = [replace(word, start=round(word.start, 3), end=round(word.end, 3)) for word in WORDS]
    assert words(found) == rounded
    assert [(cue.start, cue.end, cue.text) for cue in found.cues] == [
        (cue["start"], cue["end"], cue["text"]) for cue in made["cues"]
    ]


def test_a_cue_may_have_words_of_its_own() -> None:
    """A cue with ``words`` needs no list of all words; words without offsets are a blank apart."""
    own = [{"word": "Oh", "start": 1, "end": 1.5}, {"word": "no!", "start": 1.5, "end": 2}]
    (cue,) = seen({"cues": [{"start": 1, "end": 2, "words": own, "speaker": "Eva"}]}).cues
    assert (cue.text, cue.speaker) == ("Oh no!", "Eva")
    assert [(word.shown, word.start, word.start_char, word.speaker) for word in own_lines(cue)[0]] == [  # type: ignore[index]
        ("Oh", 1.0, 0, "Eva"),
        ("no!", 1.5, 3, "Eva"),
    ]


def test_an_edited_text_keeps_the_times_of_its_words() -> None:
    """A word that is still there has its time, one in the place of another has that one's, a new one none."""
    made = document(lambda made: made["cues"][0].update(text="It costs $4.50, she\nalso"))
    cue = seen(made).cues[0]
    assert own_lines(cue) is None
    times = known_times(tokenize(cue.text, "en"), cue.words)
    assert [time and time.start for time in times] == [*(round(word.start, 3) for word in WORDS[:4]), None]


def test_cues_may_be_cut_anew() -> None:
    """Cues that were merged or divided have the words that they name; those without text are gone."""

    def edit(made: dict[str, Any]) -> None:
        made["cues"] = [
            {"start": 0.2, "end": 2.5, "first_word": 0, "last_word": 4},
            {"start": 2.5, "end": 2.6, "text": ""},
            {"start": 2.6, "end": 5, "text": "That was\nworth it!", "first_word": 5, "last_word": 8},
        ]

    first, second = seen(document(edit)).cues
    assert first.text == "It cost $4.50, she said."
    assert [len(line) for line in own_lines(second) or ()] == [2, 2]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda made: made["words"][2].update(start="1.5"), "words[2].start must be a number, without quotes"),
        (lambda made: made["cues"][0].update(last_word=99), "cue 1 has the words 0 to 99 of 9"),
        (lambda made: made["cues"][1].update(end=0.1), "and ends before, at 0.100 s"),
        (lambda made: made["cues"][0].pop("start"), "cues[0].start is required"),
        (lambda made: made.pop("cues"), "has words and no cues"),
        (lambda made: made.update(cues=[]), "has words and no cues"),
        (lambda made: made.update(cues=[{"start": 1, "end": 2}]), "has no cue with text, read as json"),
    ],
)
def test_what_cannot_be_is_refused(edit: Callable[[dict[str, Any]], object], message: str) -> None:
    """The message names the word or the cue."""
    with pytest.raises(BadRequest, match=r"^captions: ") as caught:
        seen(document(edit))
    assert message in caught.value.message


def test_words_shown_over_and_over_are_refused() -> None:
    """Thousands of cues that each show all words of a file would take the memory of a worker."""
    made = {
        "words": [{"word": "word", "start": 0, "end": 1}] * 10_000,
        "cues": [{"start": 0, "end": 1, "first_word": 0, "last_word": 9_999}] * 10_000,
    }
    with pytest.raises(BadRequest, match="captions: up to cue 67 words are shown over and over"):
        seen(made)
