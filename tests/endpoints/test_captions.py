"""captions: captions that are there already become files in other formats and styles, without any sound."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from handler.protocols import Services
from tests.endpoints.conftest import Web, call, refused
from tests.support.stub_backends import codes, read, run

SRT = "1\n00:00:00,400 --> 00:00:01,600\nSecond line\nand third\n\n2\n00:00:01,000 --> 00:00:02,000\nOver it\n"


def made(services: Services, **fields: Any) -> dict[str, str]:
    """The files of a job, as text, by format."""
    reply = call(services, endpoint="captions", **fields)
    return {name: read(url).decode("utf-8-sig") for name, url in reply["timing_files"].items()}


def test_srt_becomes_ass_in_a_style(services: Services) -> None:
    """Cues keep their times and lines in a preset's look; the reply has the fonts and the line for ffmpeg."""
    reply = call(services, endpoint="captions", captions=SRT, caption_style="pop", timing_format="ass")
    file = read(reply["timing_files"]["ass"]).decode("utf-8-sig")
    assert file.count("\\fscx110") == 4 + 6 + 2  # the first cue, both, and the second
    assert reply["fonts"][0]["family"] == "Inter"
    assert reply["ffmpeg"].startswith("ffmpeg -i video.mp4 -vf ass=")
    assert (reply["word_count"], reply["cue_count"], reply["timing_method"]) == (6, 2, "given")


def test_captions_behind_a_link_have_the_charset_of_their_server(services: Services, web: Web) -> None:
    """Letters that fit two code pages about the same are those of the one that the server names."""
    text = "Dnes je krásne počasie, ideme sa prejsť."
    body = SRT.replace("Over it", text).encode("iso8859_2")
    link = web.put("/captions.srt", body, "application/x-subrip; charset=ISO-8859-2")
    assert text in made(services, captions_url=link, timing_format="srt")["srt"]


def test_json_comes_back_as_it_is(services: Services) -> None:
    """What one job makes, another reads and writes again: every word, time, speaker and cue."""
    turns = [{"speaker": "Anna", "text": "One two three four five."}, {"speaker": "Ben", "text": "Six, seven!"}]
    reply = call(services, "generate", turns=turns, timing_format="json", caption_style="karaoke")
    before = read(reply["timing_files"]["json"]).decode()
    again = made(services, captions=before, timing_format=["json", "srt"])
    assert json.loads(again["json"]) == json.loads(before)
    divided = made(services, captions=before, timing_format="json", words_per_cue=1)["json"]
    assert json.loads(divided)["words"] == json.loads(before)["words"]
    assert len(json.loads(divided)["cues"]) == 7


def test_an_edited_cue_is_shown_as_edited(services: Services) -> None:
    """A text that somebody corrected has the times of the words before; the other files have the same words."""
    reply = run(services, timing_format="json", words_per_cue=2)
    document = json.loads(read(reply["timing_files"]["json"]))
    document["cues"][0]["text"] = "Guten Tag"
    files = made(services, captions=json.dumps(document), timing_format=["json", "csv", "vtt"])
    words = json.loads(files["json"])["words"]
    assert [word["word"] for word in words[:2]] == ["Guten", "Tag"]
    assert [word["start"] for word in words] == [word["start"] for word in document["words"]]
    assert [row["word"] for row in csv.DictReader(io.StringIO(files["csv"]))] == [word["word"] for word in words]


def test_captions_of_a_job_are_laid_out_anew(services: Services) -> None:
    """The words of a job in another style; their cues are those of the style."""
    job = run(services, timing_format="srt")
    made_of_job = made(services, job_id=job["job_id"], caption_style="classic", timing_format=["srt", "json"])
    assert len(json.loads(made_of_job["json"])["words"]) == job["word_count"]
    assert made_of_job["srt"].count("-->") < job["word_count"]
    without = run(services)
    refused(call(services, endpoint="captions", job_id=without["job_id"]), "not_found", "has no captions")


def test_labels_and_colours(services: Services) -> None:
    """Speakers have labels in SRT and colours in ASS; a name that nobody has is a warning."""
    vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Hello\n\n00:02.000 --> 00:03.000\n<v Ben>Hi there\n"
    fields = {"captions": vtt, "speaker_labels": True, "speaker_colours": {"Ben": "#112233", "Eva": "#000000"}}
    reply = call(services, endpoint="captions", timing_format=["srt", "ass", "json"], **fields)
    files = {name: read(url).decode() for name, url in reply["timing_files"].items()}
    assert "Ben: Hi there" in files["srt"]
    assert "&H332211" in files["ass"] or "&H00332211" in files["ass"]
    assert [word["word"] for word in json.loads(files["json"])["words"]] == ["Hello", "Hi", "there"]
    assert codes(reply) == ["option_ignored"]


def test_one_source(services: Services) -> None:
    """A request has one of captions, captions_url and job_id."""
    for fields in ({}, {"captions": SRT, "job_id": "a"}):
        refused(call(services, endpoint="captions", **fields), "bad_request", "send one of captions")
