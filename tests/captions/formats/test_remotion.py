"""The array of words for Remotion's caption components."""

from __future__ import annotations

import json
from dataclasses import replace

from handler.captions.formats import FORMATS
from handler.captions.styles import STYLES
from handler.types import Word
from tests.support.caption_words import captions, timed


def test_words_have_remotions_fields() -> None:
    """Each word is a ``Caption`` of @remotion/captions: whole milliseconds, and a blank in front where one is."""
    words = (
        Word("Hello,", 0.04, 0.3296, 0.98765, False, 0, 6),
        Word("you", 0.33, 0.8, 0.5, True, 7, 10),
        Word("!", 0.8, 1.0, 0.5, True, 10, 11),
    )
    assert json.loads(FORMATS["remotion"].write(captions(words, STYLES["classic"]))) == [
        {"text": "Hello,", "startMs": 40, "endMs": 330, "timestampMs": 185, "confidence": 0.988},
        {"text": " you", "startMs": 330, "endMs": 800, "timestampMs": 565, "confidence": 0.5},
        {"text": "!", "startMs": 800, "endMs": 1000, "timestampMs": 900, "confidence": 0.5},
    ]


def test_texts_join_to_the_script() -> None:
    """Remotion puts texts side by side: together they are the words on screen, in the case of the style."""
    made = captions(timed("No, no: it was 42 — “really”."), replace(STYLES["karaoke"], case="upper"))
    texts = [caption["text"] for caption in json.loads(FORMATS["remotion"].write(made))]
    assert "".join(texts) == "NO, NO: IT WAS 42 — “REALLY”."


def test_no_words_are_an_empty_array() -> None:
    """A file without words is still a list."""
    assert json.loads(FORMATS["remotion"].write(captions((), STYLES["word"], 1.0))) == []
