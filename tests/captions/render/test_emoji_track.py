import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from handler.captions.formats import Captions
from handler.captions.formats.animations import ANIMATIONS
from handler.captions.layout import cues
from handler.captions.render import audiogram, render_video
from handler.captions.render.emoji_track import MAX_AT_ONCE, Track, track
from handler.captions.styles import STYLES, Style, resolve
from handler.requests import CaptionStyle
from handler.types import JobWarning, Word
from tests.support.caption_words import timed

WIDTH, HEIGHT, FPS = 270, 480, 30
Frames = npt.NDArray[np.int16]


def small(name: str, **asked: object) -> Style:
    """A preset on a vertical video of a quarter of its size; black letters, so that all colour is an emoji's."""
    marked = "#FFFFFF" if name == "box" else "#000000"
    grey: dict[str, Any] = {"colour": "#202020", "highlight": marked, "outline": 0.0}
    style = resolve(CaptionStyle.model_construct(preset=name, canvas="1080x1920", **grey))
    return replace(style, canvas=(WIDTH, HEIGHT), size=style.size / 4, shadow=0.0, **asked)  # type: ignore[arg-type]


def spoken(shown: tuple[str, ...], each: float = 0.4) -> tuple[Word, ...]:
    """Words of ``each`` seconds, from 0.4 s on."""
    return tuple(
        Word(text, 0.4 + at * each, 0.4 + (at + 1) * each, 1, False, at * 20, at * 20 + len(text))
        for at, text in enumerate(shown)
    )


def laid_out(words: tuple[Word, ...], style: Style) -> Captions:
    return Captions(words, cues(words, style, words[-1].end + 0.2), style, words[-1].end + 0.2, "en", "engine")


def rendered(made: Captions, folder: Path) -> tuple[Frames, tuple[JobWarning, ...]]:
    """Each frame of the video: (frames, height, width, red green blue)."""
    folder.mkdir(exist_ok=True)
    soundfile.write(folder / "a.wav", np.zeros(int(made.duration * 24000), np.float32), 24000)
    plan = replace(
        audiogram(folder / "a.wav", made.duration, (WIDTH, HEIGHT), Fraction(FPS), "#808080"), waveform=False
    )
    warnings = render_video(plan, made, folder / "v.mp4")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(folder / "v.mp4"), "-f", "rawvideo"]
    raw = subprocess.run([*command, "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3).astype(np.int16), warnings


def colourful(picture: Frames) -> npt.NDArray[np.bool_]:
    """Where a picture is neither black nor white nor grey."""
    return np.asarray(picture.max(axis=-1) - picture.min(axis=-1) > 70)


@pytest.mark.parametrize("name", STYLES)
def test_emoji_is_in_its_place_on_its_frames(name: str, tmp_path: Path) -> None:
    """In each preset an emoji is on exactly the frames of its word, between the letters before and after it."""
    style = small(name)
    made = laid_out(spoken(("II🔴II",), 0.8), replace(style, min_duration=0.1, gap=0.0, animation="none"))
    pictures, warnings = rendered(made, tmp_path)
    assert warnings == ()
    shown = [bool(colourful(picture).sum() > 100) for picture in pictures]
    assert shown == [12 <= frame < 36 for frame in range(len(shown))]
    picture = pictures[30]
    emoji = np.flatnonzero(colourful(picture).any(axis=0))
    rows = np.flatnonzero(colourful(picture).any(axis=1))
    letters = np.flatnonzero((picture.max(axis=-1) < 70)[rows[0] : rows[-1]].any(axis=0))
    before, after = letters[letters < emoji[0]], letters[letters > emoji[-1]]
    assert len(before) >= 4
    assert len(after) >= 4
    assert len(letters) == len(before) + len(after)
    # As far from the letters on either side, and as high and wide as ever.
    assert (emoji[0] - before[-1]) - (after[0] - emoji[-1]) == pytest.approx(0, abs=4)
    assert len(emoji) == pytest.approx(0.74 * style.size, abs=4)


@pytest.mark.parametrize("animation", ANIMATIONS)
def test_emoji_comes_as_its_word_does(animation: str, tmp_path: Path) -> None:
    """With each animation an emoji is on the first frame of its cue or, typed, of its word; then it is still."""
    made = laid_out(spoken(("Hi", "🔴")), replace(small("classic"), animation=animation))
    pictures, _ = rendered(made, tmp_path)
    sizes = [int(colourful(picture).sum()) for picture in pictures]
    begin = 24 if animation == "typewriter" else 12
    assert sum(sizes[:begin]) == 0
    assert sizes[begin] > (30 if animation != "fade" else -1)
    assert sizes[begin + 6] == pytest.approx(sizes[begin + 9], rel=0.05)
    first, last = (np.argwhere(colourful(pictures[frame])) for frame in (begin + 1, begin + 9))
    if animation == "slide":
        assert first.mean(axis=0)[0] > last.mean(axis=0)[0] + 2
    if animation == "pop":
        assert len(first) < 0.8 * len(last)


def test_turned_captions_have_turned_emoji(tmp_path: Path) -> None:
    """On a line that is turned by 90 degrees an emoji stands below the letters before it."""
    made = laid_out(spoken(("II🔴",), 0.8), small("classic", rotation=90.0))
    pictures, _ = rendered(made, tmp_path)
    rows, columns = np.nonzero(colourful(pictures[30]))
    letters = np.argwhere(pictures[30].max(axis=-1) < 70)
    assert rows.mean() > letters[:, 0].max()
    assert columns.mean() == pytest.approx(letters[:, 1].mean(), abs=5)


def test_an_emoji_shows_in_a_slot_at_a_time() -> None:
    """Emoji of cues one after another share a slot; each different picture is on the sheet once."""
    style = small("word", draws_emoji=False)
    words = spoken(("🎉", "🔴", "🎉", "a🔴b🎉"))
    made = _track(laid_out(words, style))
    assert [len(slot) for slot in made.slots] == [4, 1]
    assert {look.emoji for look in made.cells} == {"🎉", "🔴"}
    assert len(made.cells) == 2
    assert (made.sheet().width, made.sheet().height) == (2 * made.cell, made.cell)
    for slot in made.slots:
        assert all(one.end <= other.begin for one, other in pairwise(slot))


def test_too_many_emoji_are_a_warning(tmp_path: Path) -> None:
    """A cue of more emoji than a video can show at a time shows the most that it can, and says so."""
    words = (Word("🔴" * (MAX_AT_ONCE + 5), 0.4, 1.2, 1, False, 0, MAX_AT_ONCE + 5),)
    _, (warning,) = rendered(laid_out(words, small("classic")), tmp_path)
    assert warning.code == "glyph_missing"
    assert warning.message.startswith("5 emoji are left out")


def test_an_hour_of_emoji_is_a_short_graph() -> None:
    """Many emoji are a few filters: their expressions are nested by halves."""
    style = small("classic", draws_emoji=False, animation="slide")
    words = timed(" ".join(["party🎉", "time🚀"] * 400))
    made = _track(laid_out(words, style))
    graph = made.filters("1:v:0", "t", Fraction(FPS))
    assert graph.count("overlay=") == len(made.slots) < 10
    deepest, depth = 0, 0
    for char in graph:
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)
    assert deepest < 40


def test_without_emoji_nothing_is_laid_over() -> None:
    """Captions without emoji, and those that a font draws, need no pictures."""
    assert track(laid_out(spoken(("Hi",)), small("word", draws_emoji=False)), (WIDTH, HEIGHT)) is None
    assert track(laid_out(spoken(("🎉",)), small("word")), (WIDTH, HEIGHT)) is None


def _track(made: Captions) -> Track:
    found = track(made, (WIDTH, HEIGHT))
    assert found is not None
    return found
