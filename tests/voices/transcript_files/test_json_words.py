"""The JSON of recognisers and tools gives its words, once and without sounds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from handler.errors import BadRequest
from handler.voices.transcript_files import read

WORDS = "Hello there, Ann."


def words(name: str, *values: str, **more: Any) -> list[dict[str, Any]]:
    return [{name: value, "start": 0.0, "end": 1.0, **more} for value in values]


SPLIT = ("Hello", "there,", "Ann.")
TOKENS = (" Hello", " the", "re", ",", " Ann", ".")
SHAPES: dict[str, Any] = {
    "whisper": {
        "text": f" {WORDS}",
        "segments": words("text", " Hello there,", " Ann.", tokens=[1, 2]),
        "language": "en",
    },
    "whisper without text": {"segments": words("text", " Hello there,", " Ann.", words=words("word", " Hello"))},
    "whisper.cpp": {
        "systeminfo": "x",
        "result": {"language": "en"},
        "transcription": words("text", " Hello there,", " Ann."),
    },
    "whisper.cpp tokens": {"transcription": words("text", *TOKENS)},
    "faster-whisper": words("text", "Hello there,", "Ann."),
    "WhisperX": {
        "segments": words("text", " Hello there,", "Ann.", speaker="SPEAKER_00"),
        "word_segments": words("word", *SPLIT),
    },
    "WhisperX words": [{"word": "Hello", "start": 0.1}, {"word": "there,"}, {"word": "Ann.", "score": 0.5}],
    "pipeline": {"text": WORDS, "chunks": words("text", " Hello", " there,", " Ann.")},
    "ElevenLabs": {
        "language_code": "en",
        "text": "Hello (laughs) there, Ann.",
        "words": [
            {"text": "Hello", "type": "word"},
            {"text": " ", "type": "spacing"},
            {"text": "(laughs)", "type": "audio_event"},
            {"text": " ", "type": "spacing"},
            {"text": "there,", "type": "word"},
            {"text": " ", "type": "spacing"},
            {"text": "Ann.", "type": "word"},
        ],
    },
    "ElevenLabs alignment": {
        "audio_base64": "aGk=",
        "alignment": {"characters": list(WORDS)},
        "normalized_alignment": {"characters": list(f" {WORDS}")},
    },
    "AssemblyAI": {"id": "x", "status": "completed", "text": WORDS, "words": words("text", *SPLIT), "utterances": None},
    "Deepgram": {
        "metadata": {"x": 1},
        "results": {
            "channels": [
                {"alternatives": [{"transcript": "", "words": []}]},
                {
                    "alternatives": [
                        {
                            "transcript": WORDS,
                            "words": words("word", "hello"),
                            "paragraphs": {"transcript": "\nSpeaker 0: x"},
                        },
                        {"transcript": "Yellow there"},
                    ]
                },
            ]
        },
    },
    "Google": {
        "results": [
            {"alternatives": [{"transcript": "Hello there,"}, {"transcript": "x"}]},
            {"alternatives": [{"transcript": " Ann."}]},
            {"alternatives": [{"words": words("word", *SPLIT)}]},
        ]
    },
    "Google operation": {"name": "1", "response": {"results": [{"alternatives": [{"transcript": WORDS}]}]}},
    "Amazon": {
        "jobName": "j",
        "results": {"transcripts": [{"transcript": WORDS}], "items": [{"alternatives": [{"content": "x"}]}]},
    },
    "Azure": {"combinedRecognizedPhrases": [{"lexical": "x", "display": WORDS}], "recognizedPhrases": []},
    "Rev": {
        "monologues": [
            {
                "speaker": 0,
                "elements": [
                    {"type": "text", "value": "Hello"},
                    {"type": "punct", "value": " "},
                    {"type": "text", "value": "there"},
                    {"type": "punct", "value": ", "},
                    {"type": "text", "value": "Ann"},
                    {"type": "punct", "value": "."},
                ],
            }
        ]
    },
    "Speechmatics": {
        "results": [
            {"type": kind, "alternatives": [{"content": content}]}
            for kind, content in (
                ("word", "Hello"),
                ("word", "there"),
                ("punctuation", ","),
                ("word", "Ann"),
                ("punctuation", "."),
            )
        ]
    },
    "YouTube": {
        "wireMagic": "pb3",
        "events": [
            {"tStartMs": 0},
            {"segs": [{"utf8": "Hello"}, {"utf8": " there,"}]},
            {"segs": [{"utf8": "\n"}], "aAppend": 1},
            {"segs": [{"utf8": "Ann."}]},
        ],
    },
    "podcast": {"version": "1.0.0", "segments": words("body", "Hello there,", "Ann.", speaker="Ann")},
    "Vosk": {"result": words("word", "x"), "text": WORDS},
    "ours": {
        "version": 1,
        "duration": 1.0,
        "words": words("word", *SPLIT),
        "cues": words("text", "HELLO THERE,", "ANN."),
    },
    "numbered": {"0": {"text": "Hello there,"}, "1": {"text": "Ann."}},
    "aeneas": {"fragments": [{"begin": "0.0", "lines": ["Hello there,"]}, {"lines": ["Ann."]}]},
    "strings": ["Hello there,", "Ann."],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_words(shape: str) -> None:
    """Each tool's JSON gives its words once, with blanks where they belong and without sounds."""
    assert read(json.dumps(SHAPES[shape]).encode()) == WORDS
    assert read(json.dumps(SHAPES[shape], indent=1).encode("utf-16"), "a.txt", "text/plain") == WORDS


def test_lines_of_json_are_read() -> None:
    """A file with a JSON value on each line gives the words of all."""
    assert read(b'{"text": "Hello there,"}\n{"text": "Ann."}\n') == WORDS


def test_characters_of_unspaced_scripts_are_joined() -> None:
    """Words of scripts without blanks get none."""
    assert read(json.dumps({"words": words("word", "你", "好", "Ann")}).encode()) == "你好 Ann"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ('{"text": "Hel', "broken JSON"),
        ('{"a": 1}', "without a known name"),
        ("[" * 100_000, "JSON"),
        ("[" * 100_000 + "]" * 100_000, "levels"),
        ('{"text":' * 400 + '"x"' + "}" * 400, "levels"),
        (f'{{"text": {"9" * 5000}}}', "JSON"),
        ('{"segments": []}', "JSON"),
    ],
)
def test_broken_deep_and_unknown_json_is_refused(body: str, word: str) -> None:
    """JSON that is broken, nested for the sake of it or of no known form is a bad request that says so."""
    with pytest.raises(BadRequest, match=word):
        read(body.encode(), "a.json")


def test_nested_alternatives_are_read_once() -> None:
    """Alternatives within alternatives do not multiply the work."""
    value: Any = "word " * 2000
    for _ in range(7):
        value = {"alternatives": [value, "x"]}
    assert read(json.dumps(value).encode()).count("word") == 2000
