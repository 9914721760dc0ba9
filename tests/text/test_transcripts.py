"""The tokens of a transcript: annotations are never spoken, and shown if asked for."""

from __future__ import annotations

import pytest

from handler.errors import BadRequest
from handler.text.transcripts import DROP, SHOW, tokenize_transcript

TEXT = "[Music] ANNA: (laughs) Hello there. (applause)\n0:05\nGood [cough] morning.\n[Music]"


def test_annotations_are_dropped() -> None:
    """No token shows or speaks an annotation, and offsets are those of the text as it was sent."""
    tokens = tokenize_transcript(TEXT, "en", DROP)
    assert [token.shown for token in tokens] == ["Hello", "there.", "Good", "morning."]
    assert [TEXT[token.start_char : token.end_char] for token in tokens] == [token.shown for token in tokens]


def test_annotations_are_shown_beside_a_word() -> None:
    """Each annotation is shown with the next word, or with the one before if it ends the line; none is spoken."""
    tokens = tokenize_transcript(TEXT, "en", SHOW)
    shown = ["[Music] ANNA: (laughs) Hello", "there. (applause)", "0:05 Good", "[cough] morning. [Music]"]
    assert [token.shown for token in tokens] == shown
    assert [" ".join(TEXT[token.start_char : token.end_char].split()) for token in tokens] == shown
    assert [token.spoken for token in tokens] == [("Hello",), ("there",), ("Good",), ("morning",)]


def test_markup_stays_markup() -> None:
    """Replacements and pauses work in a transcript, also beside annotations."""
    (token,) = tokenize_transcript("ANNA: [Nguyen](win) [pause:1s]", "en", SHOW)
    assert (token.shown, token.spoken, token.pause_after) == ("ANNA: Nguyen", ("win",), 1.0)


def test_markdown_is_read_as_in_scripts() -> None:
    """Links, emphasis, lists and references lose their signs; sounds between asterisks and brackets stay sounds."""
    text = (
        "[Music]\n# Part\n**See** [our guide](https://x.org), [the list][1] *now*. *sighs*\n- one\n- [x] two\n"
        "A note[^1].\n\n[1]: https://x.org/a\n[^1]: Small."
    )
    shown = [token.shown for token in tokenize_transcript(text, "en", DROP)]
    assert shown == ["Part", "See", "our", "guide,", "the", "list", "now.", "one", "two", "A", "note.", "Small."]


def test_ssml_has_no_annotations() -> None:
    """Its tags are no sounds, and what stands in brackets is said."""
    tokens = tokenize_transcript("<speak>One <emphasis>two</emphasis> (laughs)</speak>", "en", DROP)
    assert [token.shown for token in tokens] == ["One", "two", "(laughs)"]


@pytest.mark.parametrize("annotations", [DROP, SHOW])
def test_a_text_of_annotations_is_refused(annotations: str) -> None:
    """A text without other words is a bad request on text that says what it has."""
    with pytest.raises(BadRequest, match="sound descriptions") as caught:
        tokenize_transcript("[Music]\n0:03\n(applause)", "en", annotations)
    assert caught.value.issues[0].field == "text"
