"""What of Whisper's segments is kept. All else is tested with the real model, in test_faster_whisper.py."""

from __future__ import annotations

import pytest
from faster_whisper.transcribe import Segment

from handler.whisper.transcription import _is_invented

REFRAIN = "Row, row, row your boat. " * 4


def segment(text: str, seconds: float, probability: float, no_speech: float, compression: float) -> Segment:
    return Segment(0, 0, 0.0, seconds, text, [], probability, compression, no_speech, None, None)


@pytest.mark.parametrize(
    ("found", "invented"),
    [
        (segment("Hello.", 1.0, -0.3, 0.1, 0.8), False),
        (segment("Hello.", 1.0, -0.3, 0.9, 0.8), False),
        (segment("Hello.", 1.0, -1.4, 0.1, 0.8), False),
        (segment("Thanks for watching!", 1.0, -1.4, 0.9, 0.8), True),
        (segment(REFRAIN, 10.0, -0.3, 0.1, 3.5), False),
        (segment(REFRAIN, 10.0, -1.4, 0.1, 3.5), True),
        (segment(REFRAIN, 2.0, -0.3, 0.1, 3.5), True),
    ],
    ids=["said", "said, and silent", "unlikely", "silence", "refrain", "unlikely refrain", "loop"],
)
def test_silence_and_loops_are_left_out(found: Segment, invented: bool) -> None:
    """A segment that is unlikely and silent, and a repetition that is unlikely or faster than anybody speaks."""
    assert _is_invented(found) == invented
