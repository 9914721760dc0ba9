import json

from handler.captions.formats import FORMATS
from handler.captions.styles import STYLES
from handler.types import Word
from tests.support.caption_words import captions


def test_keys_and_values() -> None:
    """Keys and values of JSON are as documented."""
    words = (Word("Hi", 0.1234, 0.5, 0.98765, True, 0, 2), Word("you.", 0.5, 1.0, 1.0, False, 3, 7))
    assert json.loads(FORMATS["json"].write(captions(words, STYLES["classic"], 1.50049))) == {
        "version": 1,
        "duration": 1.5,
        "language": "en",
        "method": "engine",
        "words": [
            {
                "word": "Hi", "start": 0.123, "end": 0.5, "confidence": 0.988,
                "interpolated": True, "start_char": 0, "end_char": 2,
            },
            {
                "word": "you.", "start": 0.5, "end": 1.0, "confidence": 1.0,
                "interpolated": False, "start_char": 3, "end_char": 7,
            },
        ],
        "cues": [{"start": 0.123, "end": 1.0, "text": "Hi you.", "first_word": 0, "last_word": 1}],
    }  # fmt: skip


def test_speakers_are_those_of_words_and_cues() -> None:
    """Each has its speaker where there are several."""
    words = (Word("Hi", 0.0, 0.5, 1.0, False, 0, 2, speaker="A"), Word("you.", 0.5, 1.0, 1.0, False, 3, 7, speaker="B"))
    made = json.loads(FORMATS["json"].write(captions(words, STYLES["classic"])))
    assert [word["speaker"] for word in made["words"]] == [cue["speaker"] for cue in made["cues"]] == ["A", "B"]
