"""What a video leaves out of captions because there is no font for it."""

from dataclasses import replace

import pytest

from handler.captions.formats import FORMATS
from handler.captions.render.missing_glyphs import drawable
from handler.captions.styles import LOOKS
from tests.support.caption_words import captions, timed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("great 🎉 news", "great news"),
        ("party🎉!", "party!"),
        ("👩‍👩‍👧 family 🇩🇪", "family"),
        ("I ❤️ it", "I ❤ it"),
        ("1️⃣ first", "1 first"),
        ("cafe\u0301 🎉 naïve", "café naïve"),
        ("Привет, Ωμέγα", "Привет, Ωμέγα"),
        ("日本 fans", "fans"),
    ],
)
def test_what_would_be_a_box_is_left_out(text: str, shown: str) -> None:
    """Characters without a glyph go with their marks and joiners, words of nothing else go whole, the rest stays."""
    drawn, _ = drawable(captions(timed(text), LOOKS["classic"]))
    assert " ".join(word.shown for cue in drawn.cues for word in cue.words) == shown
    assert drawn.words == tuple(word for cue in drawn.cues for word in cue.words)


def test_what_is_left_out_is_named() -> None:
    """The warning names each missing character once, and no marks that a reader would not miss."""
    made = captions(timed("日本 ❤️ 🎉🎉 日"), LOOKS["word"])
    _, (warning,) = drawable(made)
    assert warning.code == "glyph_missing"
    assert "no glyphs for 日 本 🎉," in warning.message


def test_captions_of_known_letters_stay_as_they_are() -> None:
    """Without a missing character nothing is touched and nothing said."""
    made = captions(timed("Every word."), LOOKS["box"])
    assert drawable(made) == (made, ())
    assert drawable(made)[0] is made


def test_captions_of_nothing_else_can_be_drawn() -> None:
    """A script without a single glyph gives a file without events."""
    drawn, _ = drawable(captions(timed("日本 🎉"), LOOKS["karaoke"]))
    assert b"Dialogue" not in FORMATS["ass"].write(drawn)


def test_case_on_screen_is_what_counts() -> None:
    """A letter is judged in the case that it is drawn in."""
    upper = replace(LOOKS["word"], case="upper")
    drawn, said = drawable(captions(timed("ŉ straße"), upper))
    assert [word.shown for word in drawn.words] == ["ŉ", "straße"]
    assert said == ()
