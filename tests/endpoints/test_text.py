"""text: what will be spoken of a script, found without speaking it."""

from __future__ import annotations

from typing import Any

import pytest

from handler import jobs
from handler.app import make_services
from handler.protocols import Services
from handler.settings import Settings
from tests.endpoints.conftest import call, refused
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT


def asked(services: Services, text: str, **fields: Any) -> dict[str, Any]:
    reply = call(services, "text", text=text, **fields)
    assert reply.get("status") == "completed", reply
    return reply


def marks(reply: dict[str, Any], text: str) -> list[tuple[str, str, Any]]:
    """The kind, the characters and what each mark says."""
    places = ("kind", "start_char", "end_char")
    return [
        (mark["kind"], text[mark["start_char"] : mark["end_char"]], *(v for k, v in mark.items() if k not in places))
        for mark in reply["marks"]
    ]


def words(reply: dict[str, Any], text: str) -> list[tuple[str, str]]:
    """What stands in the script for each word, and what is spoken for it."""
    return [(text[word["start_char"] : word["end_char"]], word["spoken"]) for word in reply["words"]]


def test_words_are_as_an_engine_gets_them(services: Services) -> None:
    """Amounts are words, a sign without a sound is silent, and every place is that in the script."""
    text = "🎉 It cost $4.50 – wow!"
    reply = asked(services, text)
    assert words(reply, text) == [
        ("🎉", ""), ("It", "It"), ("cost", "cost"),
        ("$4.50", "four dollars and fifty cents"), ("–", ""), ("wow!", "wow"),
    ]  # fmt: skip
    assert (reply["language"], reply["characters"], reply["warnings"]) == ("en", len(text), [])


def test_words_are_those_of_the_captions(services: Services) -> None:
    """Each word of a job's captions begins and ends with words that were told before."""
    text = "Dr. **Who** paid $1,234.56 [Nguyen](win) &amp; left [pause:1s].\n\n- At 5 p.m. 🎉"
    told = [word for word in asked(services, text)["words"] if word["spoken"]]
    spoken = call(services, "generate", text=text, return_word_timings=True, timing_format="json")
    document = services.store.get(f"timings/{spoken['job_id']}.json")
    assert b"$1,234.56" in document
    assert spoken["word_count"] == len(told)


def test_marks_of_a_script(services: Services) -> None:
    """Pauses, pronunciations, voices, sounds and the signs of Markdown are marks with what they say."""
    text = "**Hi** [pause:500ms] [Nguyen](win) [Worcester](/ˈwʊstə/) [laugh] [here](https://x.org) &amp; I"
    assert marks(asked(services, text), text) == [
        ("sign", "**"), ("sign", "**"), ("pause", "[pause:500ms]", 0.5), ("pronunciation", "[Nguyen](win)", "win"),
        ("pronunciation", "[Worcester](/ˈwʊstə/)", "ˈwʊstə"), ("sound", "[laugh]", "laugh"),
        ("sign", "["), ("sign", "](https://x.org)"),
    ]  # fmt: skip


def test_marks_of_ssml(services: Services) -> None:
    """Tags are marks: a break a pause, a voice a voice, and a replacement with the word in it."""
    text = '<speak>Hi<break time="1s"/> <sub alias="world wide web">W3C</sub> <voice name="x">a &amp; b</voice></speak>'
    reply = asked(services, text)
    assert marks(reply, text) == [
        ("tag", "<speak>"), ("pause", '<break time="1s"/>', 1.0),
        ("pronunciation", '<sub alias="world wide web">W3C</sub>', "world wide web"),
        ("voice", '<voice name="x">', "x"), ("tag", "</voice>"), ("tag", "</speak>"),
    ]  # fmt: skip
    assert words(reply, text)[1:3] == [('<sub alias="world wide web">W3C</sub>', "world wide web"), ("a", "a")]
    assert [warning["code"] for warning in reply["warnings"]] == ["ssml_ignored"]


def test_turns_have_places_in_the_whole_script(services: Services) -> None:
    """Offsets of turns count in their texts joined by blank lines; each has its own language and speed."""
    turns: list[dict[str, Any]] = [
        {"text": "Hello [pause:1s] you."},
        {"text": "Guten Tag, 3 Freunde.", "language": "de", "speed": 2},
    ]
    whole = "\n\n".join(turn["text"] for turn in turns)
    reply = call(services, "text", turns=turns)
    assert words(reply, whole)[-2:] == [("3", "drei"), ("Freunde.", "Freunde")]
    assert marks(reply, whole) == [("pause", "[pause:1s]", 1.0)]
    slower = call(services, "text", turns=[turns[0], turns[1] | {"speed": 1}])
    assert slower["seconds"] > reply["seconds"]


def test_lexicon_is_used(services: Services) -> None:
    """Words are told as the request's lexicon and that of the bucket say them."""
    services.store.put("lexicons/default.json", b'{"SQL": "sequel"}', "application/json")
    reply = asked(services, "SQL by Nguyen", lexicon={"Nguyen": "/wɪn/"})
    assert [(word["spoken"], word.get("phonemes")) for word in reply["words"]] == [
        ("sequel", None), ("by", None), ("Nguyen", "wɪn"),
    ]  # fmt: skip


def test_voice_gives_the_language(services: Services) -> None:
    """Without a language it is that of the voice; a voice that is not there is refused as by generate."""
    services.store.put("uploads/token-of-20-characters", HUMAN_CLIP.read_bytes(), "audio/wav")
    upload = {"upload_token": "token-of-20-characters", "voice_name": "anna", "ref_text": HUMAN_TEXT}
    assert call(services, "upload", **upload, language="en-GB")["status"] == "uploaded"
    assert asked(services, "3 cats", voice="anna")["language"] == "en-GB"
    assert asked(services, "3 Katzen", voice="anna", language="de")["words"][0]["spoken"] == "drei"
    refused(call(services, "text", text="Hi.", voice="ana"), "not_found", "did you mean anna?")


def test_nothing_is_loaded_and_nothing_kept(environ: dict[str, str]) -> None:
    """No engine is loaded for it, and the store has no record of it."""
    services = make_services(Settings.read(environ | {"ENGINES": "piper,espeak"}))
    asked(services, "Hello there. How are you?")
    assert not any(services.engines.loaded(name) for name in ("piper", "espeak"))
    assert services.store.list("jobs/", 10).objects == ()
    assert services.tally[jobs.COMPLETED] == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "text: is required"),
        ({"text": "  "}, "text: is empty"),
        ({"text": "…"}, "text: there is nothing to speak"),
        ({"text": "Hi [pause:99s]"}, "out of range"),
        ({"text": "Hi.", "turns": [{"text": "Hi."}]}, "send one of them"),
        ({"text": "Hi.", "seed": 3}, "seed: is not a known field"),
        ({"turns": [{"text": "Hi."}, {"text": "<speak>"}]}, "turns.1.text: is not well-formed SSML"),
    ],
)
def test_wrong_script_is_refused(services: Services, fields: dict[str, Any], said: str) -> None:
    """The error is a sentence that names the field, for an editor to show."""
    refused(call(services, "text", **fields), "bad_request", said)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It works!", "en"),
        (HUMAN_TEXT, "en"),
        ("Stop scrolling! Three habits changed my life: sleep, water, walking. [pause:2s] Ready?", "en"),
        ("On May 3, 2024 it cost $1,234.56; that is 12.5% more than in 1999.", "en"),
    ],
)
def test_seconds_are_about_those_of_the_speech(services: Services, text: str, language: str) -> None:
    """The estimate is within a third of what an engine speaks, at any speed, its pauses included."""
    for speed in (1.0, 2.0):
        fields = {"text": text, "language": language, "speed": speed}
        told = call(services, "text", **fields)["seconds"]
        assert told == pytest.approx(call(services, "generate", **fields)["duration"], rel=0.33, abs=0.3)


@pytest.mark.parametrize("endpoint", ["text", "generate"])
def test_hours_of_speech_are_refused_unspoken(endpoint: str, services: Services) -> None:
    """Signs that are said in many words are counted as those, at the speed that is asked for, in turns as in a text."""
    script = "½ " * 9000
    too_long = "seconds of speech, at most 5400 are allowed; send it in several jobs"
    slow = script[:6000]
    refused(call(services, endpoint, text=script, speed=0.5), "bad_request", "text: would be about", too_long)
    turns = [{"text": slow, "speed": 0.3}, {"text": slow, "speed": 0.3}]
    refused(call(services, endpoint, turns=turns), "bad_request", "turns: would be about", too_long)
    if endpoint == "text":
        assert asked(services, slow)["seconds"] < 5400
