"""Videos leave out characters that no font has."""

from dataclasses import replace

import pytest

from handler.captions.formats import FORMATS
from handler.captions.render.missing_glyphs import drawable
from handler.captions.styles import STYLES
from tests.support.caption_words import captions, timed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("great 🎉︎ news", "great news"),
        ("party한!", "party!"),
        ("cafe\u0301 漢 naïve", "café naïve"),
        ("Привет, Ωμέγα", "Привет, Ωμέγα"),
        ("日本 fans", "fans"),
    ],
)
def test_missing_characters_are_removed(text: str, shown: str) -> None:
    """Characters without a glyph go with their marks and joiners, words of nothing else go whole, the rest stays."""
    drawn, _ = drawable(captions(timed(text), STYLES["classic"]))
    assert " ".join(word.shown for cue in drawn.cues for word in cue.words) == shown
    assert drawn.words == tuple(word for cue in drawn.cues for word in cue.words)


@pytest.mark.parametrize("text", ["great 🎉 news", "party🎉!", "👩‍👩‍👧 family 🇩🇪", "I ❤️ it", "1️⃣ first"])
def test_emoji_stay(text: str) -> None:
    """Emoji stay, as pictures, and the style says that no font draws them."""
    drawn, warnings = drawable(captions(timed(text), STYLES["classic"]))
    assert " ".join(word.shown for word in drawn.words) == text
    assert not drawn.style.draws_emoji
    assert warnings == ()


def test_emoji_are_removed_where_they_cannot_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the font for emoji they are like other characters that no font has."""
    monkeypatch.setattr("handler.captions.emoji.available", lambda: False)
    monkeypatch.setattr("handler.captions.emoji.drawable", lambda _: False)
    drawn, (warning,) = drawable(captions(timed("I ❤️ it 🎉 👩‍👩‍👧"), STYLES["classic"]))
    assert " ".join(word.shown for word in drawn.words) == "I ❤ it"
    assert "🎉 👩 👧," in warning.message


def test_warning_names_each_missing_character_once() -> None:
    """The warning names each missing character once, and no marks that a reader would not miss."""
    made = captions(timed("日本 ❤️ 🎉 한한 日"), STYLES["word"])
    _, (warning,) = drawable(made)
    assert warning.code == "glyph_missing"
    assert "no glyphs for 日 本 한," in warning.message


def test_complete_captions_are_unchanged() -> None:
    """Without a missing character the captions are unchanged and there is no warning."""
    made = captions(timed("Every word."), STYLES["box"])
    assert drawable(made) == (made, ())
    assert drawable(made)[0] is made


def test_captions_without_any_glyph_have_no_events() -> None:
    """A script without a single glyph gives a file without events."""
    drawn, _ = drawable(captions(timed("日本 한"), STYLES["karaoke"]))
    assert b"Dialogue" not in FORMATS["ass"].write(drawn)


def test_glyphs_are_looked_up_in_the_case_on_screen() -> None:
    """A letter is checked in the case in which it is drawn."""
    upper = replace(STYLES["word"], case="upper")
    drawn, warnings = drawable(captions(timed("ŉ straße"), upper))
    assert [word.shown for word in drawn.words] == ["ŉ", "straße"]
    assert warnings == ()
