"""Speaker labels, and the cues of several speakers."""

from __future__ import annotations

from dataclasses import replace

from handler.captions import STYLES, cues, labelled
from handler.captions.layout import columns, joined
from handler.types import Word
from tests.support.caption_words import timed


def said_by(*turns: tuple[str, str]) -> tuple[Word, ...]:
    """The words of turns, each a speaker and what they say, without a pause between them."""
    words = timed(" ".join(text for _, text in turns))
    speakers = [speaker for speaker, text in turns for _ in text.split()]
    return tuple(replace(word, speaker=speaker) for word, speaker in zip(words, speakers, strict=True))


WORDS = said_by(("Anna", "I saw him"), ("Bob", "where was"), ("Bob", "that"), ("Anna", "at home"))


def test_label_stands_once_a_turn() -> None:
    """Before the first word of each; words of nobody have none."""
    shown = [word.shown for word in labelled(WORDS)]
    assert shown == ["Anna: I", "saw", "him", "Bob: where", "was", "that", "Anna: at", "home"]
    assert labelled(timed("I saw him")) == timed("I saw him")


def test_no_cue_has_two_speakers() -> None:
    """Whatever the style: a change of speaker ends a cue even within a sentence."""
    for style in STYLES.values():
        for words in (WORDS, labelled(WORDS)):
            for cue in cues(words, style, 60.0):
                assert {word.speaker for word in cue.words} == {cue.speaker}


def test_label_counts_in_the_width_of_its_line() -> None:
    """A line with a label is no longer than one without."""
    style = STYLES["classic"]
    words = said_by(("A very long name of a speaker", "and words that would fill a line of captions by themselves"))
    lines = [line for cue in cues(labelled(words), style, 60.0) for line in cue.lines]
    assert len(lines) > 1
    assert max(columns(joined(line)) for line in lines) <= style.max_chars
