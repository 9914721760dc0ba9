"""Scripts with markup on the whole road: what is heard, what captions show, and what the client is told."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from handler.dispatch import dispatch
from handler.jobs import Listener
from handler.protocols import Services
from tests.endpoints.conftest import Web, call, refused
from tests.support.stub_backends import published

MARKDOWN = "# Fans\n- **Loud** ones\n- See [our guide](https://example.org/a)\n\nAT&amp;T said so."
SSML = (
    "<speak version='1.1' xml:lang='en-US'><voice name='en-US-AvaNeural'>One <prosody rate='50%'>two three</prosody> "
    "<say-as interpret-as='ordinal'>4</say-as><break time='1s'/> <mstts:express-as style='sad'>five</mstts:express-as>"
    "</voice></speak>"
)


def read(url: str) -> bytes:
    with urllib.request.urlopen(url) as file:
        return bytes(file.read())


def words_of(reply: dict[str, Any]) -> list[dict[str, Any]]:
    return list(json.loads(read(reply["timing_files"]["json"]))["words"])


def test_captions_show_markdown_without_signs(services: Services) -> None:
    """Each paragraph is a cue, and offsets are those of the script as it was sent."""
    reply = call(services, "generate", text=MARKDOWN, timing_format=["srt", "json"], caption_style="classic")
    lines = [line for line in read(reply["timing_files"]["srt"]).decode().splitlines() if "-->" not in line]
    shown = [line for line in lines if line and not line.isdigit()]
    assert shown == ["Fans", "Loud ones", "See our guide", "AT&T said so."]
    words = {word["word"]: word for word in words_of(reply)}
    assert MARKDOWN[words["Loud"]["start_char"] : words["Loud"]["end_char"]] == "Loud"
    assert reply["text"] == MARKDOWN


def test_ssml_is_spoken_and_shown_without_tags(services: Services) -> None:
    """Language of the document, pace of a part, pause, words of their own; one warning for each kind of neglect."""
    reply = call(services, "generate", text=SSML, timing_format="json")
    words = words_of(reply)
    assert [word["word"] for word in words] == ["One", "two", "three", "4", "five"]
    assert reply["voice"] == "espeak-en-US"
    assert SSML[words[3]["start_char"] : words[3]["end_char"]] == "<say-as interpret-as='ordinal'>4</say-as>"
    assert words[4]["start"] - words[3]["end"] >= 1.0
    told = {warning["message"] for warning in reply["warnings"] if warning["code"] == "ssml_ignored"}
    assert len(told) == 2
    assert any("mstts:express-as" in message for message in told)
    assert any("en-US-AvaNeural" in message for message in told)


def test_pace_of_a_part_is_heard(services: Services) -> None:
    """Half the pace takes about twice the time, and what follows is not slower."""

    def lengths(rate: str) -> list[float]:
        text = f"<speak>One <prosody rate='{rate}'>seventeen elephants are walking</prosody> home again now.</speak>"
        words = words_of(call(services, "generate", text=text, timing_format="json"))
        return [words[4]["end"] - words[1]["start"], words[-1]["end"] - words[5]["start"]]

    usual, slow = lengths("100%"), lengths("50%")
    assert slow[0] == pytest.approx(2 * usual[0], rel=0.2)
    assert slow[1] == pytest.approx(usual[1], rel=0.2)


def test_request_goes_before_the_document(services: Services) -> None:
    """Its own language and speed are used, and the document's only where it has none."""
    text = "<speak xml:lang='fr-FR'><prosody rate='200%'>Paris 2 Paris 2 Paris 2</prosody></speak>"
    own = call(services, "generate", text=text)
    given = call(services, "generate", text=text, language="de", speed=1.0)
    assert (own["voice"], given["voice"]) == ("espeak-fr-FR", "espeak-de") or given["voice"].startswith("espeak-de")
    assert own["duration"] < 0.7 * given["duration"]


def test_field_ssml_decides(services: Services) -> None:
    """True reads a part of a document and refuses what is none, false speaks tags; the job's script keeps it."""
    reply = call(services, "generate", text="One <break time='2s'/> two", ssml=True, timing_format="json")
    assert reply["duration"] > 2.0
    assert reply["ssml"] is True
    again = call(services, "align", job_id=reply["job_id"], timing_format="json")
    assert [word["word"] for word in words_of(again)] == ["One", "two"]
    refused(call(services, "generate", text="a & b", ssml=True), "bad_request", "line 1, column 3", "&amp;")
    refused(call(services, "generate", text="<!DOCTYPE s><speak>a</speak>"), "bad_request", "DOCTYPE")


def test_transcripts_may_be_markdown_or_ssml(services: Services, web: Web) -> None:
    """`align` reads the text as `generate` does, and its sound descriptions as ever."""
    spoken = call(services, "generate", text="See our guide on elephants and seventeen other animals of the forest.")
    url = web.put("/speech.wav", read(spoken["audio_url"]))
    text = (
        "[music]\n**See** [our guide](https://example.org/a) on *elephants* and [17](seventeen) other animals of the "
        "forest. *sighs*"
    )
    reply = call(services, "align", audio_url=url, text=text, timing_format="json")
    shown = [word["word"] for word in words_of(reply)]
    assert shown == ["See", "our", "guide", "on", "elephants", "and", "17", "other", "animals", "of", "the", "forest."]
    document = "<speak>See <emphasis>our guide</emphasis> on elephants and 17 other animals of the forest.</speak>"
    reply = call(services, "align", audio_url=url, text=document, timing_format="json")
    assert [word["word"] for word in words_of(reply)] == shown


def test_chunks_are_told_without_tags(services: Services) -> None:
    """The text of a chunk's progress has blanks where captions have them."""
    text = "<speak><p>One</p><p>Two <emphasis>th</emphasis>ree</p></speak>"
    heard: list[dict[str, Any]] = []
    dispatch({"input": {"text": text, "chunk_urls": True}}, services, listener=Listener(on_progress=heard.append))
    assert [chunk["text"] for chunk in published(heard)] == ["One", "Two three"]
