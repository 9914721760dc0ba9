from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handler.captions.formats import Captions
from handler.captions.formats.animations import ANIMATIONS, Entrance
from handler.captions.formats.placement import place_cue
from handler.captions.formats.scene import Scene
from handler.captions.layout import cues
from handler.captions.styles import STYLES, Style
from tests.captions.test_frames import DARK, GREY, HEIGHT, WIDTH, drawn, middle, places, small
from tests.support.caption_words import captions, timed

MOVING = [name for name in ANIMATIONS if name != "none"]


def laid_out(style: Style, text: str = "Every word stands") -> Captions:
    """Slow words in a style."""
    words = tuple(replace(word, start=word.start * 2, end=word.end * 2) for word in timed(text))
    return Captions(words, cues(words, style, 9.0), style, 9.0, "en", "engine")


@pytest.mark.parametrize("animation", MOVING)
@pytest.mark.parametrize("name", STYLES)
def test_each_animation_works_with_each_preset(name: str, animation: str, tmp_path: Path) -> None:
    """From its first frame on something of a cue is seen, other than without the animation.

    In the middle of each word the picture is the same as without, and before the cue there is nothing.
    """
    style = replace(small(name), animation="none")
    made = laid_out(style)
    first = Scene(made.cues[0], style).first_frame
    # Past the middle of the last word: each has been typed.
    numbers = [first - 1, first, *map(middle, made.words)]
    still = drawn(made, numbers, tmp_path / "still")
    moving = drawn(replace(made, style=replace(style, animation=animation)), numbers, tmp_path / "moving")
    assert abs(moving[first - 1].astype(int) - GREY).max() <= 2
    assert abs(moving[first].astype(int) - GREY).max() > 20
    if (name, animation) != ("pop", "pop"):
        assert abs(moving[first].astype(int) - still[first]).max() > 40
    for cue in made.cues:
        for index, word in enumerate(cue.words):
            pictures = (places(shown[middle(word)], index, cue, style) for shown in (moving, still))
            for one, other in zip(*pictures, strict=True):
                assert abs(one.astype(int) - other).max() <= 40, word


def test_typewriter_types_a_word_after_another(tmp_path: Path) -> None:
    """Letters come one after another, and a word that is not spoken yet is not there yet."""
    style = replace(small("classic"), animation="typewriter")
    made = laid_out(style)
    begin, _ = Scene(made.cues[0], style).spans[0]
    pictures = drawn(made, [*range(begin, begin + 7), middle(made.words[-1])], tmp_path / "all")
    ink = [int((abs(picture.astype(int) - GREY) > 40).sum()) for picture in pictures.values()]
    assert ink == sorted(ink)
    assert len(set(ink)) >= 5
    assert ink[-1] > 2 * ink[-2]


@pytest.mark.parametrize("name", MOVING)
def test_state_is_what_the_commands_say(name: str) -> None:
    """An entrance begins and ends as its row says, and one that begins earlier is further on."""
    entrance = Entrance(ANIMATIONS[name], 200)
    row = entrance.animation
    first, last = entrance.state(0), entrance.state(200)
    assert (first.opacity, first.drop) == (1 - row.clear, row.drop)
    assert first.scale == (row.scales[0][1] / 100 if row.scales else 1)
    assert (last.scale, last.opacity, last.drop) == (1, 1, 0)
    assert entrance.later(60).state(40) == entrance.state(100)
    assert entrance.later(200).scale() == entrance.later(200).fade() == ""
    assert entrance.later(200).position(1, 2, 50) == "\\pos(1.0,2.0)"


PLACED: list[dict[str, Any]] = [
    {"x": 0.0, "y": 0.0},
    {"x": 1.0, "y": 1.0},
    {"x": 0.3, "y": 0.4, "rotation": 30.0},
    {"rotation": -12.0},
    {"rotation": 90.0},
    {"rotation": 180.0, "y": 1.0},
    {"letter_spacing": 6.0, "shadow": 3.0},
]


@pytest.mark.parametrize("asked", PLACED, ids=str)
@pytest.mark.parametrize("name", ["classic", "karaoke", "highlight", "pop", "box"])
def test_captions_are_where_they_were_asked_for(name: str, asked: dict[str, Any], tmp_path: Path) -> None:
    """Whatever is asked for, captions are whole on the canvas, and their middle is where they are measured to be."""
    style = replace(small(name), **asked)
    made = laid_out(style, "Every incomprehensible word")
    for cue in made.cues:
        (picture,) = drawn(replace(made, cues=(cue,)), [middle(cue.words[-1])], tmp_path / str(cue.first_word)).values()
        rows, columns = np.nonzero(abs(picture.astype(int) - GREY) > 40)
        assert len(rows) > 50
        assert 0 < columns.min() < columns.max() < WIDTH - 1
        assert 0 < rows.min() < rows.max() < HEIGHT - 1
        x, y = place_cue(cue, style).middle
        assert (columns.min() + columns.max()) / 2 == pytest.approx(
            x, abs=style.size * 0.4 if "rotation" in asked else 6
        )
        # Letters with a tail, or without a head, have their middle elsewhere than their line.
        assert (rows.min() + rows.max()) / 2 == pytest.approx(y, abs=style.size * 0.4)
        if "x" not in asked and "letter_spacing" not in asked:
            margins = style.margins
            assert columns.min() >= margins.side - 1
            assert columns.max() <= WIDTH - margins.side
            assert rows.min() >= margins.top or "y" in asked


@pytest.mark.parametrize("spacing", [-4.0, 12.0, 40.0])
def test_letter_spacing_is_measured(spacing: float, tmp_path: Path) -> None:
    """A word is as wide as libass draws it, with accents that have no space of their own."""
    wide = {}
    for asked in (0.0, spacing):
        look = {"colour": "#000000", "outline": 0.0, "position": "middle"}
        style = replace(STYLES["word"], canvas=(1900, 200), size=100, letter_spacing=asked, **look)  # type: ignore[arg-type]
        made = captions(timed("Hne\u0301naH"), style)
        picture = drawn(made, [middle(made.words[0])], tmp_path / str(asked))[middle(made.words[0])]
        columns = np.flatnonzero((picture < DARK).any(axis=0))
        ((part,),) = place_cue(made.cues[0], style).lines
        wide[asked] = columns[-1] - columns[0], part.width
    drawn_more, measured_more = (new - old for new, old in zip(wide[spacing], wide[0.0], strict=True))
    # The space after the last letter is not seen.
    assert drawn_more == pytest.approx(measured_more - spacing, abs=3)
