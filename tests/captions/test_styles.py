import urllib.request
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from docs.generate import request_table
from handler.captions.fonts import SHIPPED_FAMILY, shipped
from handler.captions.formats import FORMATS
from handler.captions.formats.base import before_frame, ticks
from handler.captions.formats.effects import EFFECTS
from handler.captions.styles import LANDSCAPE, STYLES, VERTICAL, resolve, with_font
from handler.dispatch import dispatch
from handler.errors import Cancelled
from handler.media.probe import constant_rate
from handler.protocols import Services
from handler.requests import CaptionStyle
from tests.captions.test_fonts import local_store
from tests.support.cancellations import Checked
from tests.support.caption_words import captions, timed


def styled(**asked: Any) -> CaptionStyle:
    """A style as a request gives it."""
    return CaptionStyle.model_construct(**asked)


def test_default_is_one_word_a_cue() -> None:
    """Without a style, every format has one word a cue."""
    assert resolve(None) == STYLES["word"]
    assert resolve(None).words_per_cue == 1
    assert resolve(styled()) == STYLES["word"]


def test_words_per_cue_of_the_request_overrides_the_style() -> None:
    """The request's own words_per_cue overrides the style's, and that the preset's."""
    assert resolve(styled(preset="classic"), 3).words_per_cue == 3
    assert resolve(styled(preset="karaoke", words_per_cue=2)).words_per_cue == 2
    assert resolve(styled(preset="karaoke", words_per_cue=2), 5).words_per_cue == 5


def test_every_key_of_a_request_reaches_the_style() -> None:
    """Each key that a request may give reaches the style."""
    given = styled(
        preset="classic", font="Lato", size=50.0, colour="#112233", highlight="#445566", outline=3.0, position="top",
        case="upper", words_per_cue=7, max_chars=30, max_lines=3, canvas="1080x1080", fps=25.0, shadow=4.0,
        underline=True, letter_spacing=2.0, x=0.3, y=0.0, rotation=-5.0, animation="pop",
    )  # fmt: skip
    style = resolve(given)
    for key in given.model_dump(exclude={"preset", "canvas"}):
        assert getattr(style, key) == getattr(given, key)
    assert style.canvas == (1080, 1080)


def test_new_style_is_a_row(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new row is accepted in requests and listed in the documents."""
    monkeypatch.setitem(STYLES, "whisper", replace(STYLES["word"], name="whisper", case="lower"))
    reply = dispatch({"input": {"text": "Hello.", "timing_format": "vtt", "caption_style": "whisper"}}, services)
    assert b"hello." in urllib.request.urlopen(reply["timing_files"]["vtt"]).read()
    assert "`whisper`" in request_table(CaptionStyle)


@pytest.mark.parametrize("canvas", ["1080x1920", "1920x1080", "1080x1080"])
@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("size", 60.0), ("colour", "#112233"), ("highlight", "#445566"), ("outline", 2.5), ("position", "top"),
        ("position", "middle"), ("case", "lower"), ("words_per_cue", 2), ("max_chars", 5), ("fps", 24.0),
        ("shadow", 5.0), ("underline", True), ("letter_spacing", 4.0), ("x", 0.3), ("y", 0.3), ("rotation", 8.0),
        ("animation", "pop"), ("animation", "slide"), ("animation", "typewriter"),
    ],
)  # fmt: skip
def test_every_key_shows_in_every_preset(key: str, value: Any, name: str, canvas: str) -> None:
    """Each key of a style changes the picture, in each preset and on each canvas."""
    words = timed("The typography jumps quickly over one lazy dog and runs")
    files = []
    for asked in ({}, {key: value}):
        style = resolve(styled(preset=name, canvas=canvas, **asked))
        files.append(FORMATS["ass"].write(captions(words, style)))
    # One word a cue has no lines to make shorter.
    without_lines = key == "max_chars" and name == "word"
    same = without_lines or getattr(STYLES[name], key) == value or (name, value) == ("pop", "pop")
    assert (files[0] == files[1]) is same


def test_presets_fit_every_canvas() -> None:
    """Text is as large on every canvas as is usual there and as a full line allows; what is asked for is kept."""
    assert resolve(styled(preset="classic")) == STYLES["classic"]
    assert resolve(styled(preset="classic", canvas="1080x1920")).max_chars == 14
    assert resolve(styled(preset="classic", canvas="1080x1920")).size > STYLES["classic"].size
    assert resolve(styled(preset="karaoke", canvas="1920x1080")).size < STYLES["karaoke"].size
    assert resolve(styled(words_per_cue=4)).size < STYLES["word"].size
    assert resolve(styled(words_per_cue=4, size=200.0)).size == 200
    for style in STYLES.values():
        assert resolve(styled(preset=style.name)) == style
        # Vertical video is watched on phones: an em of 5 to 7 % of its height.
        vertical = resolve(styled(preset=style.name, canvas="1080x1920"))
        assert 0.05 <= vertical.size * vertical.typeface.metrics.em / 1920 <= 0.07


def test_highlight_colour_turns_marking_on() -> None:
    """A highlight colour turns on the marking of the spoken word in presets that have none."""
    assert resolve(styled(preset="classic", highlight="#FF0000")).effect == "highlight"
    assert resolve(styled(preset="box", highlight="#FF0000")).effect == "box"
    assert resolve(styled(preset="classic")).effect == "none"


def test_safe_areas() -> None:
    """On a vertical video text stays clear of the apps' controls: 250 px above, 460 below, 180 at the right."""
    vertical = resolve(None)
    assert vertical.canvas == VERTICAL
    assert vertical.margins.top >= 250
    assert vertical.margins.bottom >= 460
    assert vertical.margins.side >= 180
    assert STYLES["classic"].canvas == LANDSCAPE
    assert STYLES["classic"].margins.bottom < 200


def test_every_preset_has_a_known_effect() -> None:
    """A preset's effect is a row of the effects' table, and its name is its key."""
    assert all(style.effect in EFFECTS and style.name == name for name, style in STYLES.items())


def test_line_width_leaves_room_for_boxes_and_outlines() -> None:
    """A line is narrower than the safe area by what is drawn around its text."""
    for style in STYLES.values():
        assert style.line_width <= style.safe_width - 2 * style.outline
    assert STYLES["box"].line_width < STYLES["box"].safe_width - 0.2 * STYLES["box"].size


def stop() -> None:
    raise Cancelled("the job was cancelled")


def test_with_font_loads_the_font_of_the_bucket(tmp_path: Path) -> None:
    """A style gets the file of its family from the store, or the shipped font and a warning."""
    store = local_store(tmp_path, "DejaVuSerif.ttf")
    style, warnings = with_font(resolve(styled(font="dejavu serif")), store)
    assert (style.font, style.typeface.key, style.bold, warnings) == (
        "DejaVu Serif",
        "fonts/DejaVuSerif.ttf",
        False,
        (),
    )
    with pytest.raises(Cancelled):
        with_font(style, store, Checked(stop))
    style, warnings = with_font(resolve(styled(font="Lato")), store)
    assert (style.font, style.typeface, style.bold) == (SHIPPED_FAMILY, shipped(), True)
    assert [warning.code for warning in warnings] == ["font_replaced"]
    assert "Lato" in warnings[0].message


@pytest.mark.parametrize(
    ("asked", "exact"),
    [
        (59.94, Fraction(60000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (47.952, Fraction(48000, 1001)),
        (24, Fraction(24)),
        (25.0, Fraction(25)),
        (12.5, Fraction(25, 2)),
        (60, Fraction(60)),
        (120, Fraction(120)),
    ],
)
def test_rate_is_the_exact_one_that_is_meant(asked: float, exact: Fraction) -> None:
    """A rounded rate of television means the exact one; other rates are what they say."""
    assert resolve(CaptionStyle.model_construct(fps=asked)).fps == exact


@pytest.mark.parametrize("asked", [23.976, 29.97, 59.94])
def test_style_keeps_to_the_frames_of_a_video_for_an_hour(asked: float) -> None:
    """For an hour, what begins on a frame of the video is drawn on that frame and on none before."""
    rate, style = constant_rate(asked), resolve(CaptionStyle.model_construct(fps=asked))
    frames, seconds = rate.numerator, rate.denominator  # so many frames in so many seconds
    for number in range(3600 * frames // seconds):
        assert ticks(number * seconds / frames, style.fps) == number
        stamp = before_frame(number, style.fps, 100) * frames
        assert (number - 1) * seconds * 100 < stamp <= number * seconds * 100


def test_whole_cues_take_only_the_look_of_a_preset() -> None:
    """Colours and effect stay, words are not counted, and a line has the usual length of the canvas."""
    wanted = CaptionStyle.model_construct(preset="karaoke", canvas="1080x1920")
    whole = resolve(wanted, whole_cues=True)
    assert (whole.effect, whole.highlight) == (STYLES["karaoke"].effect, STYLES["karaoke"].highlight)
    assert (whole.words_per_cue, whole.max_chars) == (None, 14)
    assert whole.size < resolve(wanted).size
    assert resolve(wanted.model_copy(update={"words_per_cue": 2}), whole_cues=True).words_per_cue == 2
