"""Every preset drawn by ffmpeg: which word is marked on which frame, and that no other one moves."""

import random
import shlex
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest

from handler.captions.burn_in import burn_in_command
from handler.captions.fonts import lay_out, shipped
from handler.captions.formats import FORMATS, Captions
from handler.captions.formats.placement import place_cue
from handler.captions.layout import cues
from handler.captions.styles import STYLES, Style, resolve, with_font
from handler.requests import CaptionStyle
from handler.types import Cue, Word
from tests.captions.test_fonts import FILES, collection, local_store, packed

SCALE, FPS = 4, 30
WIDTH, HEIGHT = 1080 // SCALE, 1920 // SCALE
GREY, DARK = 0x80, 60
"""The background, and below what a pixel is marked: marks are black here, other text white, and there is no outline."""
MARKED = {"karaoke": 0.1}
"""The share of the most marked pixels of a word that are so in its middle, where it is not nearly all."""
SYLLABLES = ("ka", "lo", "mi", "ter", "gon", "su", "ra", "vel", "dim", "po", "chan", "tri", "be")

Picture = npt.NDArray[np.uint8]


def speech(count: int = 100) -> tuple[Word, ...]:
    """Random words at random times, with pauses and sentences among them, from one seed."""
    rng = random.Random(7)
    words, now, position = [], 0.4, 0
    for index in range(count):
        shown = "".join(rng.choices(SYLLABLES, k=rng.choice((1, 1, 2, 2, 3)))) + rng.choice(("", "", "", "", ",", "."))
        start = now + rng.choice((0.0, 0.0, 0.013, 0.05, 0.3, 0.9))
        now = start + rng.uniform(0.14, 0.5)
        words.append(Word(shown, start, now, 1, False, position, position + len(shown), paragraph=index % 37 == 36))
        position += len(shown) + 1
    return tuple(words)


def small(name: str) -> Style:
    """A preset on a vertical video of a quarter of its size, in black, white and grey."""
    marked: dict[str, Any] = {"colour": "#000000"} if name == "word" else {"highlight": "#000000"}
    style = resolve(CaptionStyle.model_construct(preset=name, canvas="1080x1920", outline=0.0, **marked))
    return replace(style, canvas=(WIDTH, HEIGHT), size=style.size / SCALE, fps=FPS)


def drawn(made: Captions, numbers: list[int], folder: Path) -> dict[int, Picture]:
    """These frames of the captions on grey, each [height, width], by number; the machine's own fonts are not there."""
    width, height = made.style.canvas
    folder.mkdir(parents=True)
    lay_out(made.style.typeface, folder / "fonts")
    (folder / "c.ass").write_bytes(FORMATS["ass"].write(made))
    (folder / "fonts.conf").write_text("<fontconfig></fontconfig>")
    wanted = sorted(set(numbers))
    # A sum of more than a hundred terms is too deep for FFmpeg.
    tests = [f"eq(n\\,{number})" for number in wanted]
    chosen = "+".join(f"({'+'.join(tests[at : at + 50])})" for at in range(0, len(tests), 50))
    source = f"color=c=0x808080:s={width}x{height}:r={FPS}:d={(wanted[-1] + 2) / FPS}"
    (folder / "graph").write_text(f"{source},select='{chosen}',format=gbrp,ass=c.ass:fontsdir=fonts,format=gray[v]")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-/filter_complex", "graph", "-map", "[v]"]
    command += ["-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    return dict(zip(wanted, np.frombuffer(run(command, folder), np.uint8).reshape(-1, height, width), strict=True))


def marks(picture: Picture, word: int, cue: Cue, style: Style) -> int:
    """How many pixels where a word of a cue stands are marked."""
    return sum(int((part < DARK).sum()) for part in places(picture, word, cue, style))


def places(picture: Picture, word: int, cue: Cue, style: Style) -> list[Picture]:
    """The parts of a picture where a word of a cue stands, inside its letters' edges."""
    made = place_cue(cue, style)
    parts = []
    for piece in made.fragments:
        if piece.word == word:
            top, left = int(piece.y - made.size / 2), int(piece.x - piece.width / 2)
            parts.append(picture[top : int(top + made.size), left + 1 : int(left + piece.width) - 1])
    return parts


def middle(word: Word) -> int:
    return int((word.start + word.end) / 2 * FPS)


def before(word: Word) -> int:
    return int((word.start - 0.1) * FPS)


@pytest.mark.parametrize("name", STYLES)
def test_each_word_is_marked_while_it_is_spoken(name: str, tmp_path: Path) -> None:
    """Each of 100 random words is marked on the frame in its middle, and not 100 ms before its start.

    Every other cue is drawn by itself, so that no word stands where one of the cue before did.
    """
    style, words = small(name), speech()
    made = Captions(words, cues(words, style, words[-1].end + 1), style, words[-1].end + 1, "en", "engine")
    checked = 0
    for half in (0, 1):
        shown = replace(made, cues=made.cues[half::2])
        numbers = [number for cue in shown.cues for word in cue.words for number in (middle(word), before(word))]
        pictures = drawn(shown, numbers, tmp_path / str(half))
        for cue in shown.cues:
            moments = [pictures[middle(word)] for word in cue.words]
            most = [max(marks(picture, i, cue, style) for picture in moments) for i in range(len(cue.words))]
            for index, word in enumerate(cue.words):
                now = marks(pictures[middle(word)], index, cue, style)
                assert now >= max(15, MARKED.get(name, 0.8) * most[index]), word
                assert marks(pictures[before(word)], index, cue, style) <= 2, word
                checked += 1
    assert checked == 100


@pytest.mark.parametrize("name", ["classic", "karaoke", "highlight", "box", "pop"])
def test_no_word_moves_while_others_are_spoken(name: str, tmp_path: Path) -> None:
    """While the mark goes from one word to the next, the others stay where they are."""
    style, words = small(name), speech()
    made = Captions(words, cues(words, style, words[-1].end + 1), style, words[-1].end + 1, "en", "engine")
    pictures = drawn(made, [middle(word) for word in words], tmp_path / "all")
    compared = 0
    for cue in made.cues:
        for (first, one), (second, other) in pairwise(enumerate(cue.words)):
            # Where words come or fill one by one, those that were spoken must stay.
            others = range(first) if name in ("pop", "karaoke") else range(len(cue.words))
            for still in set(others) - {first, second}:
                parts = (places(pictures[middle(word)], still, cue, style) for word in (one, other))
                for part, again in zip(*parts, strict=True):
                    # libass sets letters to an eighth of a pixel: edges may differ by that much.
                    assert abs(part.astype(int) - again).max() <= 40, (cue.words[still], one, other)
                compared += 1
    assert compared > 10


@pytest.mark.parametrize("name", STYLES)
def test_text_stays_in_the_safe_area(name: str, tmp_path: Path) -> None:
    """On a vertical video nothing is drawn where the apps have their controls, however long the words are."""
    style = replace(small(name), outline=STYLES[name].outline / SCALE)
    shown = ("Donaudampfschifffahrts", "gesellschaft", "W" * 40, "and", "x" * 120)
    words = tuple(Word(text, i + 0.5, i + 1.3, 1, False, i * 200, i * 200 + len(text)) for i, text in enumerate(shown))
    made = Captions(words, cues(words, style, 7), style, 7, "en", "engine")
    pictures = drawn(made, [middle(word) for word in words], tmp_path / "all")
    for picture in pictures.values():
        rows, columns = np.nonzero(abs(picture.astype(int) - GREY) > 40)
        assert len(rows) > 100
        assert columns.min() >= 180 // SCALE - 1
        assert columns.max() <= WIDTH - 180 // SCALE
        assert rows.min() >= 250 // SCALE
        assert rows.max() <= HEIGHT - 460 // SCALE


def run(command: list[str], folder: Path) -> bytes:
    """Return what a program prints in a folder, without the machine's own fonts."""
    environment = {"FONTCONFIG_FILE": str(folder / "fonts.conf")}
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment).stdout


@pytest.mark.parametrize("file", ["DejaVuSerif-Bold.ttf", "all.ttc", "serif.woff"])
def test_burn_in_line_draws_the_font_of_the_bucket(file: str, tmp_path: Path) -> None:
    """The line of the reply, run in a folder with nothing but its files, draws the words in the family asked for.

    The family may be in any kind of font file.
    """
    store = local_store(tmp_path / "store")
    made_files = {
        "DejaVuSerif-Bold.ttf": lambda: (FILES / "DejaVuSerif-Bold.ttf").read_bytes(),
        "all.ttc": lambda: collection("cmr10.ttf", "DejaVuSans.ttf", "DejaVuSerif-Bold.ttf"),
        "serif.woff": lambda: packed("DejaVuSerif-Bold.ttf", "woff"),
    }
    (tmp_path / "store/fonts" / file).write_bytes(made_files[file]())
    style, _ = with_font(replace(small("word"), font="DejaVu Serif"), store)
    made = Captions(words := speech(3), cues(words, style, 3), style, 3, "en", "engine")
    ink = {}
    for name, font in (("asked", style.typeface), ("shipped", shipped())):
        folder = tmp_path / name
        (folder / "fonts").mkdir(parents=True)
        (folder / "c.ass").write_bytes(FORMATS["ass"].write(made))
        (folder / "fonts.conf").write_text("<fontconfig></fontconfig>")
        (folder / "fonts" / font.filename).write_bytes(
            font.body if isinstance(font.body, bytes) else font.body.read_bytes()
        )
        ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
        run([*ffmpeg, "-f", "lavfi", "-i", f"color=gray:s={WIDTH}x{HEIGHT}:r={FPS}:d=2", "video.mp4"], folder)
        run([*ffmpeg, "-f", "lavfi", "-i", "sine=d=2", "a.wav"], folder)
        line = shlex.split(burn_in_command("c.ass", "a.wav", 2.0))[1:]
        run([*ffmpeg, *line], folder)
        at = str((words[0].start + words[0].end) / 2)
        plan = [*ffmpeg, "-ss", at, "-i", "captioned.mp4", "-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-"]
        picture = np.frombuffer(run(plan, folder), np.uint8).reshape(HEIGHT, WIDTH)
        ink[name] = picture < DARK
    assert ink["asked"].sum() > 100
    columns = np.flatnonzero(ink["asked"].any(axis=0))
    # As wide as the family's own letters are: those of the shipped font, which stand in without it, are narrower.
    wanted = style.typeface.width(words[0].shown) * style.size
    assert columns[-1] - columns[0] == pytest.approx(wanted, abs=6)
    assert (ink["asked"] != ink["shipped"]).sum() > 100
