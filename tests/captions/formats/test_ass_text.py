from dataclasses import replace

import pytest

from handler.captions.emoji import WIDTH
from handler.captions.formats.animations import ANIMATIONS, Entrance
from handler.captions.formats.ass_text import written
from handler.captions.formats.effects import readable_on
from handler.captions.formats.lettering import Lettering, letters
from handler.captions.styles import STYLES
from tests.support.caption_words import read_ass


def escaped(text: str, spacing: float = 0.0) -> str:
    lettering = Lettering(replace(STYLES["word"], letter_spacing=spacing), STYLES["word"].size)
    return written(lettering.stretches(text), lettering)


def test_text_on_a_box_is_readable() -> None:
    """Text on a light box is black, on a dark one white."""
    assert [readable_on(colour) for colour in ("#FFD60A", "#FFFFFF", "#7C3AED", "#000000")] == [
        "#000000", "#000000", "#FFFFFF", "#FFFFFF",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["-->", "x->y", "!=", "=>", "3x4", "(c)", "<3", "|->", "1/2"])
def test_signs_are_shaped_one_by_one(text: str) -> None:
    """Signs that fonts make one of are parted by a spacing that nobody sees; what is drawn is the same text."""
    assert "\\fsp0.0" in escaped(text)
    assert read_ass(escaped(text))[0] == text


@pytest.mark.parametrize(
    "text", ["office", "end.", 'say "no",', "شكرا", "नमस्ते", "你好！", "👩‍💻", "it's", "12:30", "50%", "e\u0301"]
)
def test_other_text_is_shaped_whole(text: str) -> None:
    """Letters keep their ligatures and joined forms, which whole scripts need; so do figures, words and punctuation."""
    assert escaped(text) == text


def test_signs_keep_the_spacing_of_the_style() -> None:
    """Signs that are shaped one by one have the style's spacing, too, and it goes on after them."""
    assert escaped("a!=b", 4.0) == r"a{\fsp4.01}!{\fsp4.02}={\fsp4}b"


def test_letters_are_typed_as_readers_see_them() -> None:
    """Accents and emoji come with their letters, signs that fonts join come at once, and nothing is lost."""
    assert letters("ne\u0301 👩‍💻-->1️⃣") == ["n", "e\u0301", " ", "👩‍💻", "-->", "1️⃣"]


def test_blank_is_as_wide_as_an_emoji() -> None:
    """A space of the font is stretched to an emoji's width, and the next letters are not."""
    style = replace(STYLES["word"], draws_emoji=False)
    lettering = Lettering(style, style.size)
    text = written(lettering.stretches("a🎉b"), lettering)
    percent = 100 * WIDTH / style.typeface.width(" ")
    assert text == f"a{{\\fsp0\\fscx{percent:.2f}}}\u00a0{{\\fsp0\\fscx100}}b"
    assert escaped("a🎉b") == "a🎉b"
    growing = written(lettering.stretches("🎉b"), lettering, Entrance(ANIMATIONS["pop"], 200))
    assert f"\\fscx{0.6 * percent:.2f}" in growing
    assert growing.endswith("\\t(106,200,\\fscx100.00\\fscy100)}b")


def test_typed_letters_appear_when_they_are_due() -> None:
    """Letters that are due at once share a command; those that were due before are there from the start."""
    lettering = Lettering(STYLES["word"], 100)
    text = written(lettering.typed(["a", "b", "c"], [-10, 0, 40]), lettering)
    assert read_ass(text)[0] == "abc"
    assert text.count("\\t(40,40,") == 1
    assert text.index("ab") < text.index("\\t(40,40,")
