from typing import Any

import pytest

from handler.captions.burn_in import shipped_font
from handler.captions.files.substation import EFFECTS
from handler.captions.looks import FONT, FONTS, LANDSCAPE, LOOKS, VERTICAL, resolve
from handler.errors import BadRequest
from handler.job_input import CaptionStyle


def styled(**asked: Any) -> CaptionStyle:
    """A style as a request gives it."""
    return CaptionStyle.model_construct(**asked)


def test_default_is_one_word_a_cue() -> None:
    """Without a style, every format has one word a cue."""
    assert resolve(None) == LOOKS["word"]
    assert resolve(None).words_per_cue == 1
    assert resolve(styled()) == LOOKS["word"]


def test_words_per_cue_of_the_request_goes_before_the_style() -> None:
    """The request's own words_per_cue overrides the style's, and that the preset's."""
    assert resolve("classic", 3).words_per_cue == 3
    assert resolve(styled(preset="karaoke", words_per_cue=2)).words_per_cue == 2
    assert resolve(styled(preset="karaoke", words_per_cue=2), 5).words_per_cue == 5


def test_every_key_of_a_style_changes_the_look() -> None:
    """Each key that a request may give reaches the look."""
    given = styled(
        preset="classic", font="Lato", size=50.0, colour="#112233", highlight="#445566", outline=3.0, position="top",
        case="upper", words_per_cue=7, max_chars=30, max_lines=3, canvas="1080x1080", fps=25.0,
    )  # fmt: skip
    look = resolve(given)
    for key in given.model_dump(exclude={"preset", "canvas"}):
        assert getattr(look, key) == getattr(given, key)
    assert look.canvas == (1080, 1080)


def test_unknown_preset_names_the_nearest() -> None:
    """A preset that is not known is refused with the nearest name."""
    with pytest.raises(BadRequest, match=r"did you mean karaoke\?") as caught:
        resolve("karoke")
    assert caught.value.issues[0].field == "caption_style.preset"


def test_font_name_cannot_break_the_style_line() -> None:
    """A comma in a font's name would shift every field of an ASS style: it is refused."""
    with pytest.raises(BadRequest):
        resolve(styled(font="Inter,99"))


def test_full_lines_fit_the_canvas() -> None:
    """Presets are as large on every canvas as lets a usual full line fit; a size that was asked for is kept."""
    assert resolve(styled(preset="classic", canvas="1080x1920")).max_chars == 24
    assert resolve(styled(preset="classic", canvas="1080x1080")).size < LOOKS["classic"].size
    assert resolve(styled(words_per_cue=4)).size < LOOKS["word"].size
    assert resolve(styled(words_per_cue=4, size=200.0)).size == 200
    assert resolve("classic") == LOOKS["classic"]


def test_safe_areas() -> None:
    """On a vertical video text stays clear of the apps' controls: 250 px above, 460 below, 180 at the right."""
    vertical = resolve(None)
    assert vertical.canvas == VERTICAL
    assert vertical.margins.top >= 250
    assert vertical.margins.bottom >= 460
    assert vertical.margins.side >= 180
    assert LOOKS["classic"].canvas == LANDSCAPE
    assert LOOKS["classic"].margins.bottom < 200


def test_every_preset_has_an_effect_that_can_be_drawn() -> None:
    """A preset's effect is a row of the effects' table, and its name is its key."""
    assert all(look.effect in EFFECTS and look.name == name for name, look in LOOKS.items())


def test_shipped_font_covers_latin_greek_and_cyrillic() -> None:
    """The font that ships has the family libass is asked for, every letter of three scripts, and its licence."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    font = TTFont(shipped_font().path)
    letters = [
        *range(0x21, 0x7F),
        *range(0xC0, 0x149),
        *range(0x386, 0x38B),
        *range(0x391, 0x3A2),
        *range(0x3B1, 0x3CF),
    ]
    letters += [*range(0x400, 0x460), *map(ord, "€£¥—…“”’¿¡")]
    assert not set(letters) - set(font.getBestCmap())
    assert font["name"].getDebugName(1) == shipped_font().family == FONT
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text()
    assert sum(file.stat().st_size for file in FONTS.iterdir()) < 1_000_000
