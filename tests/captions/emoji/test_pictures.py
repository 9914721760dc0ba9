from pathlib import Path

import numpy as np
import pytest

from handler.captions.emoji import drawable, picture
from handler.captions.emoji.pictures import FONT
from tests.captions.emoji.test_sequences import ONE_EACH


@pytest.mark.parametrize("emoji", ONE_EACH.split())
def test_each_is_one_picture_in_colour(emoji: str) -> None:
    """Each sequence is drawn as one picture that fills its square, and is not what its first part alone is."""
    assert drawable(emoji)
    drawn = np.asarray(picture(emoji, 64))
    assert drawn.shape == (64, 64, 4)
    rows = np.flatnonzero((drawn[..., 3] > 128).any(axis=1))
    # Two emoji side by side would each be half as high.
    assert rows[-1] - rows[0] > 38
    if "\u200d" in emoji:
        assert (drawn != np.asarray(picture(emoji[0], 64))).mean() > 0.1


def test_turned_and_faded() -> None:
    """A turned picture is larger than its side, a faded one has a part of the opacity."""
    assert picture("🎉", 50, rotation=45).width == pytest.approx(71, abs=2)
    whole, faded = (np.asarray(picture("🎉", 50, opacity=opacity))[..., 3].max() for opacity in (1.0, 0.5))
    assert (whole, faded) == (255, 128)


def test_sequence_that_the_font_does_not_join_is_drawn_in_parts() -> None:
    """What Unicode has no picture for is drawn side by side, in the place of one."""
    columns = np.flatnonzero(np.asarray(picture("👩‍🎉", 64))[..., 3].any(axis=0))
    assert columns[-1] - columns[0] > 50
    rows = np.flatnonzero(np.asarray(picture("👩‍🎉", 64))[..., 3].any(axis=1))
    assert rows[-1] - rows[0] < 40


def test_unknown_character_is_not_drawable() -> None:
    """A character that the font lacks is none that can be drawn."""
    assert not drawable("漢")
    assert not drawable("\U0001faff")


def test_font_has_its_licence() -> None:
    """The font is beside its licence, and small enough for a repository."""
    assert "SIL OPEN FONT LICENSE" in (Path(FONT).parent / "OFL.txt").read_text()
    assert FONT.stat().st_size <= 11_000_000
