import re
from dataclasses import replace
from itertools import pairwise

import webvtt
from hypothesis import given, settings

from handler.captions.formats import FORMATS, Captions
from handler.captions.formats.base import clock, ticks
from handler.captions.styles import STYLES, Style
from handler.types import Cue, Word
from tests.support.caption_words import HALF_MS, any_style, captions, in_seconds, scripts, texts, timed


@settings(max_examples=60)
@given(scripts(max_size=15), any_style)
def test_cues_and_word_times_read_back(script: tuple[tuple[Word, ...], float], style: Style) -> None:
    """webvtt-py reads what each cue shows; word tags increase strictly inside the cue and name the word's start."""
    made = captions(script[0], style, script[1])
    read = webvtt.from_string(FORMATS["vtt"].write(made).decode()).captions
    assert [caption.text for caption in read] == [
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for text in texts(made)
    ]
    for caption, cue in zip(read, made.cues, strict=True):
        assert "-->" not in caption.raw_text
        assert abs(in_seconds(caption.start) - cue.start) <= HALF_MS
        assert abs(in_seconds(caption.end) - cue.end) <= HALF_MS
        tags = [caption.start, *re.findall(r"<([\d:.]+)>", caption.raw_text), caption.end]
        assert all(first < second for first, second in pairwise(tags))
        starts = {clock(ticks(word.start, 1000), 1000, ".") for word in cue.words}
        for line in caption.raw_text.split("\n"):
            found = re.findall(r"<([\d:.]+)>", line)
            assert len(found) != 2 or abs(in_seconds(found[1]) - cue.end) < 0.002 or len(set(tags)) < len(tags)
            # A line with just two times has a third, the end of its last word.
            assert set(found[:2] if line.endswith(">") and len(found) == 3 else found) <= starts


def test_line_with_two_times_gets_a_third() -> None:
    """A line with two times gets a third, which pysubs2 would take for the head of a cue: where its last word ends."""
    words = timed("one two three four five six")
    cue = Cue(words[0].start, words[5].end + 0.5, (words[:3], words[3:]), 0)
    text = FORMATS["vtt"].write(Captions(words, (cue,), STYLES["classic"], 9.0, "en", "engine")).decode()
    first, second = text.splitlines()[3:]
    assert re.findall(r"<[\d:.]+>|\w+", first)[-1] == f"<{clock(ticks(words[3].start, 1000) - 1, 1000, '.')}>"
    assert [len(re.findall("<", line)) for line in (first, second)] == [3, 3]


def test_speaker_is_a_voice_tag() -> None:
    """webvtt-py reads who speaks each cue; a name breaks out of its tag neither by signs nor by a line."""
    words = tuple(replace(word, speaker="A > B &\nC 00:01.000") for word in timed("one two three"))
    written = FORMATS["vtt"].write(captions(words, STYLES["classic"])).decode()
    (cue,) = webvtt.from_string(written).captions
    assert "<v A &gt; B &amp;\ufffdC 00:\u206001.000>one " in written
    assert cue.text == "one two three"
    assert cue.voice == "A &gt; B &amp;\ufffdC 00:\u206001.000"
