"""What is spoken of captions, and when; captions that cannot be spoken are refused with their numbers."""

from __future__ import annotations

import pytest

from handler import text
from handler.errors import BadRequest
from handler.pipeline.dub_script import DubScript, dub_script
from handler.types import Budget, TimedText

LABELLED = (
    ("ANNA: Well, hello.", ""),
    ("ANNA: Hello.", "Bob"),
    ("- ANNA: One.\n- BOB: Two.", ""),
    ("Speaker 1: Three.", ""),
    ("Four.", ""),
)


def made(*captions: tuple[float, float, str], max_seconds: float = 100.0, max_chars: int = 100) -> DubScript:
    return dub_script(
        [TimedText(*one, number=n) for n, one in enumerate(captions, 1)], "captions", max_seconds, max_chars
    )


def test_cues_are_paragraphs() -> None:
    """Each caption is a paragraph on one line, and every character of the script belongs to its cue."""
    script = made((1.0, 2.0, "One\nfine day."), (2.0, 3.5, "Two."))
    assert script.text == "One fine day.\n\nTwo."
    assert [(cue.number, cue.start, cue.end, cue.first_char) for cue in script.cues] == [(1, 1, 2, 0), (2, 2, 3.5, 15)]
    chunks = text.chunk(text.tokenize(script.text, "en"), "en", Budget(5))
    assert [(chunk.text, script.cue_of(chunk)) for chunk in chunks] == [
        ("One", 0),
        ("fine", 0),
        ("day.", 0),
        ("Two.", 1),
    ]
    assert str(script.cues[1]) == "cue 2 (00:00:02.000 to 00:00:03.500)"


@pytest.mark.parametrize("said", ["", "♪", "♪♪ ♪", "[Music]", "(applause)", "…", "-", "NARRATOR:"])
def test_cues_without_words_are_silent(said: str) -> None:
    """A caption without words is not spoken, keeps its number and its time, and ends the captions if it is the last."""
    script = made((0.0, 1.0, said), (1.0, 2.0, "Hello."), (5.0, 9.0, said))
    assert [cue.number for cue in script.cues] == [2]
    assert (script.text, script.duration) == ("Hello.", 9.0)


def test_annotations_are_not_spoken() -> None:
    """Sound descriptions, notes of music and speaker labels are left out of what is spoken."""
    script = made(
        (0.0, 1.0, "ANNA: [sighs] Well, no."), (1.0, 2.0, "♪ La la. ♪"), (2.0, 3.0, "BOB: Why?\n(door slams)")
    )
    assert script.text == "Well, no.\n\nLa la.\n\nWhy?"


@pytest.mark.parametrize(
    ("captions", "words"),
    [
        ([], ["no caption has words"]),
        ([(0, 1, "♪")], ["no caption has words"]),
        ([(0, 1, "A"), (1, 3, "B"), (2.5, 4, "C")], ["cue 3 begins at 2.500 s, before cue 2 ends", "overlap"]),
        ([(0, 1, "A"), (3600, 3601, "B")], ["01:00:01.000", "at most 100 seconds"]),
        ([(0, 1, "A" * 101)], ["has 101 characters, at most 100"]),
    ],
)
def test_captions_that_cannot_be_spoken_are_refused(captions: list[tuple[float, float, str]], words: list[str]) -> None:
    """Each fault has a sentence of its own, which names the field, the cue and its times."""
    with pytest.raises(BadRequest) as refused:
        made(*captions)
    assert refused.value.message.startswith("captions: ")
    for word in words:
        assert word in refused.value.message


def test_labels_name_the_speaker() -> None:
    """The one label of a caption says who speaks, unless the captions themselves do; two labels tell nothing."""
    cues = [TimedText(n, n + 1, said, speaker) for n, (said, speaker) in enumerate(LABELLED)]
    script = dub_script(cues, "captions", 100.0, 1000)
    assert [cue.speaker for cue in script.cues] == ["ANNA", "Bob", "", "Speaker 1", ""]
    assert [cue.text for cue in script.cues][:2] == ["Well, hello.", "Hello."]


def test_dashes_of_a_dialogue_are_not_spoken() -> None:
    """Two people who speak in one cue have a dash each; it is no word of theirs."""
    cues = (TimedText(0.0, 2.0, "- How are you?\n- Fine.", number=1), TimedText(2.0, 3.0, "well-known", number=2))
    script = dub_script(cues, "captions", 60.0, 1000)
    assert [cue.text for cue in script.cues] == ["How are you? Fine.", "well-known"]
