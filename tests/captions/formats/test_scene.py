from dataclasses import replace

import pytest

from handler.captions.formats.animations import ANIMATIONS, MAX_MS
from handler.captions.formats.ass_text import text_of
from handler.captions.formats.scene import Scene, word_spans
from handler.captions.styles import STYLES
from handler.types import Cue, Word
from tests.support.caption_words import captions, timed


def test_word_span_ends_at_the_next_word_or_at_a_pause() -> None:
    """Over a short gap a word stays marked, so that nothing flickers; over a long one, and to the end, it does not."""
    shown = [("a", 0.0, 0.5), ("b", 0.7, 1.0), ("c", 2.0, 2.5)]
    words = tuple(Word(text, start, end, 1, False, i * 2, i * 2 + 1) for i, (text, start, end) in enumerate(shown))
    spans = word_spans(Cue(0.0, 4.0, (words,), 0), STYLES["highlight"])
    assert spans == [(0, 21), (21, 30), (60, 75)]


def test_more_words_than_frames() -> None:
    """With more words than frames, each is the spoken one for a frame; the last ones share a frame."""
    words = tuple(Word("a", 1.0, 1.0, 1, True, i * 2, i * 2 + 1) for i in range(4))
    spans = word_spans(Cue(1.0, 1.1, (words,), 0), STYLES["pop"])
    assert spans == [(30, 31), (31, 32), (32, 33), (32, 33)]


@pytest.mark.parametrize("name", ANIMATIONS)
def test_word_is_still_for_most_of_its_time(name: str) -> None:
    """No animation lasts longer than 0.2 s, or than two fifths of the time for which its word is spoken."""
    for length in (0.02, 0.15, 0.3, 2.0):
        word = Word("word", 1.0, 1.0 + length, 1, False, 0, 4)
        scene = Scene(Cue(1.0, 1.0 + length, ((word,),), 0), replace(STYLES["word"], animation=name))
        begin, end = scene.spans[0]
        assert scene.entrance().length <= min(MAX_MS, 400 * (end - begin) / 30)
        assert scene.typed_frames(0, 4)[-1] <= begin + 0.4 * (end - begin)


def test_events_of_a_cue_share_its_entrance() -> None:
    """What begins while a cue comes on screen goes on where the cue is; what begins later is still."""
    style = replace(STYLES["highlight"], animation="slide")
    scene = Scene(captions(timed("one two"), style).cues[0], style)
    x, y = scene.placed.middle
    begin = f"\\move({x:.1f},{y + 0.35 * style.size:.1f},{x:.1f},{y:.1f}"
    length = scene.entrance().length
    assert f"{begin},0,{length})" in text_of(scene.whole(scene.start))
    assert f"{begin},-20,{length - 20})" in text_of(scene.whole(scene.start + 2))
    assert "\\move" not in text_of(scene.whole(scene.start + 50))
