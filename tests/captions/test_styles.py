from pathlib import Path
from typing import Any

import pytest

from handler.captions.fonts import shipped
from handler.captions.formats import FORMATS
from handler.captions.formats.ass_effects import EFFECTS
from handler.captions.styles import FONT, LANDSCAPE, LOOKS, VERTICAL, dressed, resolve
from handler.errors import BadRequest, Cancelled
from handler.requests import CaptionStyle
from tests.captions.test_fonts import local_store
from tests.support.cancellations import Checked
from tests.support.caption_words import captions, timed


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


@pytest.mark.parametrize("canvas", ["1080x1920", "1920x1080", "1080x1080"])
@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("size", 60.0), ("colour", "#112233"), ("highlight", "#445566"), ("outline", 3.0), ("position", "top"),
        ("position", "middle"), ("case", "upper"), ("words_per_cue", 2), ("max_chars", 10), ("fps", 24.0),
    ],
)  # fmt: skip
def test_every_key_shows_in_every_preset(key: str, value: Any, name: str, canvas: str) -> None:
    """Whatever a style asks for changes what is drawn, in each preset and on each canvas."""
    words = timed("the typography jumps quickly over one lazy dog and runs")
    files = []
    for asked in ({}, {key: value}):
        look = resolve(styled(preset=name, canvas=canvas, **asked))
        files.append(FORMATS["ass"].write(captions(words, look)))
    # One word a cue has no lines to make shorter.
    assert (files[0] == files[1]) is (key == "max_chars" and name == "word")


def test_presets_fit_every_canvas() -> None:
    """Text is as large on every canvas as is usual there and as a full line allows; what is asked for is kept."""
    assert resolve("classic") == LOOKS["classic"]
    assert resolve(styled(preset="classic", canvas="1080x1920")).max_chars == 20
    assert resolve(styled(preset="classic", canvas="1080x1920")).size > LOOKS["classic"].size
    assert resolve(styled(preset="karaoke", canvas="1920x1080")).size < LOOKS["karaoke"].size
    assert resolve(styled(words_per_cue=4)).size < LOOKS["word"].size
    assert resolve(styled(words_per_cue=4, size=200.0)).size == 200
    for look in LOOKS.values():
        assert resolve(look.name) == look
        # Vertical video is watched on phones: letters of 90 pixels of Fontsize and more.
        assert resolve(styled(preset=look.name, canvas="1080x1920")).size >= 90


def test_colour_for_the_spoken_word_is_seen_where_it_is_asked_for() -> None:
    """A highlight colour turns on the marking of the spoken word in presets that have none."""
    assert resolve(styled(preset="classic", highlight="#FF0000")).effect == "highlight"
    assert resolve(styled(preset="box", highlight="#FF0000")).effect == "box"
    assert resolve("classic").effect == "none"


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


def test_boxes_and_outlines_stay_clear_of_the_margins_too() -> None:
    """A line is narrower than the safe area by what is drawn around its text."""
    for look in LOOKS.values():
        assert look.line_width <= look.safe_width - 2 * look.outline
    assert LOOKS["box"].line_width < LOOKS["box"].safe_width - 0.2 * LOOKS["box"].size


def stop() -> None:
    raise Cancelled("the job was cancelled")


def test_dressed_look_has_the_font_of_the_bucket(tmp_path: Path) -> None:
    """A look gets the file of its family from the store, and says so where the shipped font stands in."""
    store = local_store(tmp_path, "DejaVuSerif.ttf")
    look, said = dressed(resolve(styled(font="dejavu serif")), store)
    assert (look.font, look.typeface.key, look.bold, said) == ("DejaVu Serif", "fonts/DejaVuSerif.ttf", False, ())
    with pytest.raises(Cancelled):
        dressed(look, store, Checked(stop))
    look, said = dressed(resolve(styled(font="Lato")), store)
    assert (look.font, look.typeface, look.bold) == (FONT, shipped(), True)
    assert [warning.code for warning in said] == ["font_replaced"]
    assert "Lato" in said[0].message
