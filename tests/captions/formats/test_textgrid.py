"""A TextGrid is read by praatio, a library of phoneticians, and covers the audio without gaps."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from praatio import textgrid  # type: ignore[import-untyped]
from praatio.data_classes.textgrid import Textgrid  # type: ignore[import-untyped]

from handler.captions.formats import FORMATS, Captions
from handler.captions.formats.base import printable
from handler.captions.formats.textgrid import covering
from handler.captions.styles import STYLES, Style
from handler.types import Word
from handler.voices.transcript_files import read
from tests.support.caption_words import any_style, captions, scripts, timed


def opened(made: Captions, folder: Path) -> Textgrid:
    """The file as praatio reads it, silences and all."""
    path = folder / "a.TextGrid"
    path.write_bytes(FORMATS["textgrid"].write(made))
    return textgrid.openTextgrid(str(path), includeEmptyIntervals=True)


def test_tiers_hold_words_and_cues(tmp_path: Path) -> None:
    """Two tiers, in the script's own spelling, with quotes and other letters as they are."""
    script = timed('He said: "Grüße, 漢字!" — and left.', pauses={2: 1.0})
    made = captions(script, replace(STYLES["classic"], case="upper"))
    grid = opened(made, tmp_path)
    assert grid.tierNames == ("words", "cues")
    words = [entry for entry in grid.getTier("words").entries if entry.label]
    assert [entry.label for entry in words] == ["He", "said:", '"Grüße,', '漢字!"', "—", "and", "left."]
    assert [entry.start for entry in words] == pytest.approx([word.start for word in made.words], abs=1e-6)
    assert [entry.end for entry in words] == pytest.approx([word.end for word in made.words], abs=1e-6)
    said = " ".join(entry.label for entry in grid.getTier("cues").entries if entry.label)
    assert said == 'He said: "Grüße, 漢字!" — and left.'


def test_each_speaker_has_a_tier(tmp_path: Path) -> None:
    """What a speaker says is in a tier of that name, the words of all in one; a name that is taken is another."""
    script = timed("Hello there. How are you?")
    said = [replace(word, speaker="anna" if place < 2 else "words") for place, word in enumerate(script)]
    whole = captions(tuple(said), STYLES["word"])
    grid = opened(whole, tmp_path)
    assert grid.tierNames == ("words", "cues", "anna", "speaker words")
    labels = {name: [entry.label for entry in grid.getTier(name).entries if entry.label] for name in grid.tierNames}
    assert labels["anna"] == ["Hello", "there."]
    assert labels["speaker words"] == ["How", "are", "you?"]
    assert labels["words"] == labels["cues"] == [word.shown for word in script]


@given(scripts(), any_style)
def test_intervals_cover_the_audio(
    tmp_path_factory: pytest.TempPathFactory, script: tuple[tuple[Word, ...], float], style: Style
) -> None:
    """Whatever the words and their times: from 0 to the end of the audio, none empty, each where the last one ends."""
    words, duration = script
    made = captions(words, style, duration)
    grid = opened(made, tmp_path_factory.getbasetemp())
    assert (grid.minTimestamp, grid.maxTimestamp) == (0, duration)
    for tier in grid.tiers:
        assert tier.entries[0].start == 0
        assert tier.entries[-1].end == duration
        assert all(entry.start < entry.end for entry in tier.entries)
        assert all(one.end == other.start for one, other in pairwise(tier.entries))
    # praatio strips labels.
    assert [each.label for each in grid.getTier("words").entries if each.label] == [
        printable(word.shown).strip() for word in words
    ]


def test_words_at_the_end_keep_inside() -> None:
    """Words without a length, on one another or behind the end, get a place in their order."""
    wrong = [(0.5, 0.5, "a"), (0.5, 0.5, "b"), (0.9, 1.2, "c"), (1.5, 1.5, "d")]
    placed = list(covering(wrong, len(wrong), 1.0))
    assert [text for *_, text in placed if text] == ["a", "b", "c", "d"]
    assert placed[-1][1] == 1.0
    assert all(start < end for start, end, _ in placed)


def test_our_own_reader_takes_it_for_a_transcript() -> None:
    """A voice's transcript may be such a file."""
    made = captions(timed('No, "no": it was 42.'), STYLES["word"])
    assert read(FORMATS["textgrid"].write(made), "a.TextGrid").split() == 'No, "no": it was 42.'.split()
