import pysubs2
import pytest
from hypothesis import given, settings

from handler.captions.formats import FORMATS, Captions
from handler.captions.styles import STYLES, Style
from handler.types import Cue, Word
from tests.support.caption_words import HALF_MS, any_style, captions, scripts, texts, timed


@settings(max_examples=60)
@given(scripts(max_size=15), any_style)
def test_cues_read_back(script: tuple[tuple[Word, ...], float], style: Style) -> None:
    """pysubs2 reads from SRT what each cue shows, and its times within half a millisecond."""
    made = captions(script[0], style, script[1])
    events = pysubs2.SSAFile.from_string(FORMATS["srt"].write(made).decode(), format_="srt", keep_html_tags=True)
    # A number on a line of its own stands behind the line before.
    read = ["".join(event.text.replace("\\N", "").replace("\u2060", "").split()) for event in events]
    assert read == ["".join(text.split()) for text in texts(made)]
    for event, cue in zip(events, made.cues, strict=True):
        assert abs(event.start / 1000 - cue.start) <= HALF_MS
        assert abs(event.end / 1000 - cue.end) <= HALF_MS


def test_number_alone_on_the_last_line_joins_the_line_before() -> None:
    """A last line of digits only joins the one before: some programs take it for the number of a cue."""
    words = timed("It was in 2024")
    cue = Cue(words[0].start, words[3].end, (words[:3], words[3:]), 0)
    made = Captions(words, (cue,), STYLES["classic"], 9.0, "en", "engine")
    assert FORMATS["srt"].write(made).decode().splitlines()[2:] == ["It was in 2024"]


@pytest.mark.parametrize("text", ["<b>", "</i>", "a<font size=99>", "{\\an8}x", "< b>", "<ж>", "C:\\Nice"])
def test_tag_in_the_script_stays_text(text: str) -> None:
    """What players take for a tag is shown as it is written, by way of an invisible character."""
    made = captions((Word(text, 0.0, 1.0, 1, False, 0, len(text)),), STYLES["classic"])
    (event,) = pysubs2.SSAFile.from_string(FORMATS["srt"].write(made).decode(), format_="srt")
    assert event.text.replace("\u2060", "") == text
    assert "\u2060" in event.text


@pytest.mark.parametrize("text", ["<3", "a < b", "{a}", "1<2", "->"])
def test_other_signs_are_written_as_they_are(text: str) -> None:
    """Signs that begin no tag have nothing invisible beside them."""
    made = captions((Word(text, 0.0, 1.0, 1, False, 0, len(text)),), STYLES["classic"])
    assert FORMATS["srt"].write(made).decode().splitlines()[2] == text
