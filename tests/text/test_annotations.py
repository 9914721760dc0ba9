"""Annotations: what a transcript has beside its words is told from speech by written rules."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.text.annotations import blank_annotations, find_annotations


def said(text: str) -> str:
    return " ".join(blank_annotations(text).split())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[Music] Hello [door slams] there.", "Hello there."),
        ("Hello (laughs) and (Anna chuckles) goodbye (upbeat music).", "Hello and goodbye ."),
        ("(The crowd cheers)\nHello.", "Hello."),
        ("Well *sighs* then.\n*music*", "Well then."),
        ("Hello (inaudible 00:12) you.", "Hello you."),
        ("<laughs> Well.", "Well."),
        ("こんにちは（笑）【拍手】元気です", "こんにちは 元気です"),
        ("안녕 (웃음) 하세요", "안녕 하세요"),
        ("Guten Tag (Gelächter) zusammen (lacht).", "Guten Tag zusammen ."),
        ("Bonjour (rires) à tous. (Applaudissements)", "Bonjour à tous."),
        ("Привет (смех) всем (аплодисменты)", "Привет всем"),
        ("♪ Row your boat ♪ he sang ♪ soft music playing ♪", "Row your boat he sang"),
    ],
)
def test_sound_descriptions_are_not_said(text: str, words: str) -> None:
    """Square brackets, and known sounds in parentheses, asterisks or between notes, are found in many languages."""
    assert said(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "We met (a year later) in Rome.",
        "I (the music was loud) left.",
        "He sells (films and music) daily.",
        "It is *really* good.",
        "I love *music* a lot.",
        "New York: a city of lights\nthat never sleeps",
        "[a]nd un[believ]able",
        "[Nguyen](win) [pause:1.5s] said",
        "We saw [haha](laughs).",
        "2 < 3 and 5 > 4",
    ],
)
def test_remarks_markup_and_letters_in_brackets_are_said(text: str) -> None:
    """Parentheses without known sounds, emphasis, markup and letters put into a word are left alone."""
    assert find_annotations(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("JOHN: Hi.", "Hi."),
        ("DR. SMITH (O.S.): Hi there.", "Hi there."),
        ("MAN #2: Hi.", "Hi."),
        ("Anna: Hi.\nBob: Hello.", "Hi. Hello."),
        ("Anna Smith: Hi.\nHow are\nyou?", "Hi. How are you?"),
        ("Anna: Hi.\nI am here.\nSo am I.\nAnna: Good.", "Hi. I am here. So am I. Good."),
        ("Speaker 1: Hi.", "Hi."),
        ("(MAN) Hello. (WOMAN): Bye.", "Hello. Bye."),
        ("SPEAKER_00: Hi.", "Hi."),
        ("[SPEAKER_00]: Hi.", "Hi."),
        ("Sprecherin: Ja.", "Ja."),
        (">> ANNA: Hi. >> BOB: Hello.", "Hi. Hello."),
        ("**Anna:** Hi.\n**Bob:** Ho.", "Hi. Ho."),
        ("UNA:\nFirst officer's log.", "First officer's log."),
        ("- ANNA: Hi.", "- Hi."),
        ("田中：こんにちは\n鈴木：はい", "こんにちは はい"),
        ("anna: hi\nbob: ho\nanna: so", "hi ho so"),
        ("Anna Smith  0:03\nHi.\nBob Jones  0:09\nHello.", "Hi. Hello."),
        ("Speaker 1 (00:03):\nHi.", "Hi."),
        ("0:03 Anna\nHi.\n0:09 Anna\nHello.", "Hi. Hello."),
        ("[0:03] Anna: Hi.\n[0:09] Bob: Ho.", "Hi. Ho."),
    ],
)
def test_speaker_labels_are_not_said(text: str, words: str) -> None:
    """Roles, capitals, names that come back or begin most lines, and names beside a time are labels."""
    assert said(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "Note: this is it.",
        "Note: one\nNote: two",
        "Step 1: mix.\nStep 2: bake.",
        "Monday: rain.\nTuesday: sun.",
        "NOTE: stay here.",
        "REMEMBER THIS: DO IT NOW.",
        "WE SAID: DO IT NOW.",
        "At 9:30 we left. At\n10:15 we came back and\n11:00 we slept.",
        "We went home.\nIt was late.\nPeople: many.\nFood: some.\nThen we slept.",
        "Remember one thing: be kind.",
        "Yes: it is.",
        "She said: go.\nHe said no.",
        "The Hobbit: a journey\nby night.",
        "See http://example.com and\nhttps://a.b",
        "I have one wish, Anna: stay.",
        "UPDATE: all is well.",
    ],
)
def test_announcements_before_a_colon_are_said(text: str) -> None:
    """Words that announce what follows, sentences and shouted text are no labels."""
    assert find_annotations(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0:03 hello", "hello"),
        ("[12:30] hello", "hello"),
        ("(0:03) hello", "hello"),
        ("00:01:15 hello", "hello"),
        ("<00:01> hello <00:02> you", "hello you"),
        ("1:02.5 - hello", "hello"),
        ("0:03\nhello\n0:05\nyou", "hello you"),
        ("3:15 hello\n3:18 you", "hello you"),
        ("0:00\n0 seconds\nhello\n1:05\n1 minute, 5 seconds\nyou", "hello you"),
        ("1\n00:00:01,000 --> 00:00:02,000\nhello\n\n2\n00:00:02,000 --> 00:00:03,000\nyou", "hello you"),
        ("[00:11.820 --> 00:12.980]   hello", "hello"),
        ("0:03 - 0:05 hello", "hello"),
    ],
)
def test_pasted_times_are_not_said(text: str, words: str) -> None:
    """Times in brackets, from 0 or with seconds at the start of a line, or of several lines, are no words."""
    assert said(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "We met at 3:15 and",
        "3:15 is when we met.",
        "00:30 Uhr beginnt es.",
        "0:30 am is late",
        "3:20 no\n3:10 so",
        "3-2 to us",
    ],
)
def test_times_of_day_are_said(text: str) -> None:
    """A time within a sentence, alone at the start of a text, or with "am" is speech."""
    assert find_annotations(text) == []


@given(st.text(alphabet="aA b:[](){}0123.\n♪>-*", max_size=200))
def test_every_other_character_keeps_its_place(text: str) -> None:
    """Annotations are in order and apart, and blanking them keeps the length and all other characters."""
    found = find_annotations(text)
    bare = blank_annotations(text)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert len(bare) == len(text)
    inside = {at for one in found for at in range(one.start, one.end)}
    assert all(
        new == old for at, (new, old) in enumerate(zip(bare, text, strict=True)) if at not in inside and old not in "\n"
    )


def test_a_line_of_annotations_ends_no_paragraph() -> None:
    """A line of annotations alone leaves no blank line behind; a blank line of the text stays."""
    assert "\n\n" not in blank_annotations("hello\n0:05\nyou").replace(" ", "")
    assert "\n\n" in blank_annotations("hello\n\n0:05\nyou").replace(" ", "")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "unit", ["[", "(", "*a", "♪a", "A: \n", "0:03 ", "0:03\n", "1:", "[0:03", "a b ", "Anna ", ">> ", " ", "(laughs"]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    """Text of a hundred thousand characters that is made to keep the rules busy is read at once."""
    blank_annotations(unit * (100_000 // len(unit)))
