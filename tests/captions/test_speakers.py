import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pysubs2
import pytest

from handler.captions.formats import FORMATS, Captions
from handler.captions.layout import columns, cues, joined
from handler.captions.speakers import COLOURS, labelled, unlabelled, with_speakers
from handler.captions.styles import STYLES, Style
from handler.types import Word
from tests.support.caption_words import timed

Vector = npt.NDArray[np.float64]
# Linear RGB as readers without one kind of cones see it (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "usual": np.eye(3),
    "protanopia": np.array([[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]),
    "deuteranopia": np.array([[0.3673, 0.8606, -0.2280], [0.2803, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]),
    "tritanopia": np.array([[1.2555, -0.0767, -0.1788], [-0.0784, 0.9309, 0.1476], [0.0047, 0.6914, 0.3039]]),
}
TO_XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])


def linear(colour: str) -> Vector:
    """The linear RGB of a colour, 0 to 1."""
    share = np.array(list(bytes.fromhex(colour[1:]))) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(rgb: Vector) -> Vector:
    """CIELAB of a linear RGB."""
    x, y, z = np.cbrt(TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(one: Vector, other: Vector) -> float:
    """The difference of two colours of CIELAB (Sharma, Wu and Dalal 2005)."""
    chroma = (math.hypot(*one[1:]) + math.hypot(*other[1:])) / 2
    stretch = 1 + 0.5 * (1 - math.sqrt(chroma**7 / (chroma**7 + 25**7)))
    (l1, c1, h1), (l2, c2, h2) = (
        (c[0], math.hypot(c[1] * stretch, c[2]), math.degrees(math.atan2(c[2], c[1] * stretch)) % 360)
        for c in (one, other)
    )
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    level, mean = (l1 + l2) / 2, (c1 + c2) / 2
    middle = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    waves = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.2, 4, -63))
    weight = 1 + sum(size * math.cos(math.radians(times * middle + shift)) for size, times, shift in waves)
    sl = 1 + 0.015 * (level - 50) ** 2 / math.sqrt(20 + (level - 50) ** 2)
    sc, sh = 1 + 0.045 * mean, 1 + 0.015 * mean * weight
    bend = math.sin(math.radians(60 * math.exp(-(((middle - 275) / 25) ** 2))))
    rest = -2 * math.sqrt(mean**7 / (mean**7 + 25**7)) * bend
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, hue / sh
    return math.sqrt(dl**2 + dc**2 + dh**2 + rest * dc * dh)


def test_difference_is_the_published_one() -> None:
    """The measure agrees with pairs of the paper's test data."""
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ]
    for one, other, wanted in pairs:
        assert ciede2000(np.array(one), np.array(other)) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("eyes", EYES)
def test_colours_can_be_told_apart(eyes: str) -> None:
    """Any two of the speakers' colours, white and the presets' highlight differ plainly, for any eyes."""
    highlight = STYLES["highlight"].highlight
    for one, other in combinations(("#FFFFFF", highlight, *COLOURS), 2):
        assert ciede2000(*(lab(EYES[eyes] @ linear(colour)) for colour in (one, other))) >= 15, (one, other)


def test_colours_stand_out_from_the_outline() -> None:
    """Each colour has a contrast of 6 or more to the black outline (WCAG 2 asks text for 4.5)."""
    for colour in COLOURS:
        assert (float((TO_XYZ @ linear(colour))[1]) + 0.05) / 0.05 >= 6


def spoken(*speakers: str) -> tuple[Word, ...]:
    """A word of each speaker."""
    words = timed(" ".join(f"word{at}." for at in range(len(speakers))))
    return tuple(replace(word, speaker=speaker) for word, speaker in zip(words, speakers, strict=True))


def named(words: Sequence[Word]) -> list[str]:
    """Who says each word."""
    return [word.speaker for word in words]


def test_first_speaker_keeps_the_colour_of_the_style() -> None:
    """The first speaker has the style's own colour, each other one another; what is asked for goes first."""
    words = spoken("Anna", "Ben", "Anna", "Cleo")
    style, warnings = with_speakers(STYLES["word"], named(words), None)
    assert style.speaker_colours == {"Anna": "#FFFFFF", "Ben": COLOURS[0], "Cleo": COLOURS[1]}
    style, _ = with_speakers(STYLES["word"], named(words), {"Anna": "#112233", "Ben": COLOURS[1]})
    assert style.speaker_colours == {"Anna": "#112233", "Ben": COLOURS[1], "Cleo": COLOURS[0]}
    assert warnings == ()
    many, _ = with_speakers(STYLES["word"], named(spoken(*"abcdefgh")), None)
    assert len(many.speaker_colours) == 8


def test_one_voice_changes_nothing() -> None:
    """Without named speakers, and with one alone, the style keeps its colour."""
    for speaker in ("", "Anna"):
        assert with_speakers(STYLES["word"], named(spoken(speaker, speaker)), None)[0].speaker_colours == {}


def test_names_that_nobody_has_are_warnings() -> None:
    """A name that says nothing is named, with those who speak."""
    _, (warning,) = with_speakers(STYLES["word"], named(spoken("Anna", "Ben")), {"Bob": "#112233"})
    assert warning.code == "option_ignored"
    assert "'Bob'" in warning.message
    assert "'Anna', 'Ben'" in warning.message
    _, (warning,) = with_speakers(STYLES["word"], named(spoken("")), {"Bob": "#112233"})
    assert "no named speakers" in warning.message


@pytest.mark.parametrize("name", STYLES)
def test_ass_has_a_style_for_each_speaker(name: str) -> None:
    """Each line has the name of its speaker, and a style with that one's colour; a name cannot break a line."""
    words = spoken("Anna", "Ben, {x}\n", "Anna")
    style, _ = with_speakers(STYLES[name], named(words), {"Anna": "#112233", "Ben, {x}\n": "#445566"})
    read = pysubs2.SSAFile.from_string(FORMATS["ass"].write(_laid_out(words, style)).decode("utf-8-sig"))
    colours = {"Anna": pysubs2.Color(0x11, 0x22, 0x33), "Ben {x} ": pysubs2.Color(0x44, 0x55, 0x66)}
    seen = [event.name for event in read if not event.is_drawing]
    assert list(dict.fromkeys(seen)) == list(colours)
    for event in read:
        own = read.styles[event.style]
        assert (own.secondarycolor if style.effect == "karaoke" else own.primarycolor) == colours[event.name]


def _laid_out(words: tuple[Word, ...], style: Style) -> Captions:
    return Captions(
        words, tuple(cue for word in words for cue in cues((word,), style, 9.0)), style, 9.0, "en", "engine"
    )


def said_by(*turns: tuple[str, str]) -> tuple[Word, ...]:
    """The words of turns, each a speaker and what they say, without a pause between them."""
    words = timed(" ".join(text for _, text in turns))
    speakers = [speaker for speaker, text in turns for _ in text.split()]
    return tuple(replace(word, speaker=speaker) for word, speaker in zip(words, speakers, strict=True))


WORDS = said_by(("Anna", "I saw him"), ("Bob", "where was"), ("Bob", "that"), ("Anna", "at home"))


def test_label_stands_once_a_turn() -> None:
    """Before the first word of each; words of nobody have none."""
    shown = [word.shown for word in labelled(WORDS)]
    assert shown == ["Anna: I", "saw", "him", "Bob: where", "was", "that", "Anna: at", "home"]
    assert labelled(timed("I saw him")) == timed("I saw him")


def test_no_cue_has_two_speakers() -> None:
    """Whatever the style: a change of speaker ends a cue even within a sentence."""
    for style in STYLES.values():
        for words in (WORDS, labelled(WORDS)):
            for cue in cues(words, style, 60.0):
                assert {word.speaker for word in cue.words} == {cue.speaker}


def test_label_counts_in_the_width_of_its_line() -> None:
    """A line with a label is no longer than one without."""
    style = STYLES["classic"]
    words = said_by(("A very long name of a speaker", "and words that would fill a line of captions by themselves"))
    lines = [line for cue in cues(labelled(words), style, 60.0) for line in cue.lines]
    assert len(lines) > 1
    assert max(columns(joined(line)) for line in lines) <= style.max_chars


def test_labels_of_nobody_are_a_warning() -> None:
    """Labels for words of one unnamed voice are told to have no effect; those of named ones are not."""
    (warning,) = unlabelled(timed("I saw him"))
    assert warning.code == "option_ignored"
    assert unlabelled(WORDS) == ()
