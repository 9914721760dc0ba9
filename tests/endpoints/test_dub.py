"""generate with captions instead of a text: each is spoken inside its own time."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handler.app import make_services
from handler.cancellation import Cancellation
from handler.dispatch import dispatch
from handler.jobs import Listener
from handler.media import audio
from handler.pipeline import dubbing
from handler.protocols import Services
from handler.settings import Settings
from handler.types import Chunk, ChunkAudio, Samples, SpeechOptions, Voice
from tests.endpoints.conftest import Web, refused
from tests.support.stub_backends import Even, Speaker, codes, published, read, sound, with_backends

FRAME_S = 1 / 30
API = (Path(__file__).parents[2] / "API.md").read_text("utf-8")

CUES = (
    (1.0, 3.7, "The quick brown fox\njumps over the lazy dog."),
    (4.0, 6.0, "She sells sea shells by the sea shore, they say."),
    (6.0, 9.25, "An old man walked slowly."),
    (9.5, 10.0, "♪ ♪"),
    (10.5, 12.345, "Some call me nature."),
)


def clock(seconds: float, point: str) -> str:
    whole, ms = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{point}{ms:03d}"


def srt(cues: Sequence[tuple[float, float, str]] = CUES) -> str:
    times = [f"{clock(start, ',')} --> {clock(end, ',')}" for start, end, _ in cues]
    return "\n".join(f"{n}\n{time}\n{said}\n" for n, (time, (*_, said)) in enumerate(zip(times, cues, strict=True), 1))


def vtt(cues: Sequence[tuple[float, float, str]] = CUES) -> str:
    return "WEBVTT\n\n" + "\n".join(f"{clock(start, '.')} --> {clock(end, '.')}\n{said}\n" for start, end, said in cues)


def dub(services: Services, captions: str | None = None, **fields: Any) -> dict[str, Any]:
    sent = {} if "captions_url" in fields else {"captions": srt() if captions is None else captions}
    reply = dispatch({"input": {**sent, "seed": 3, **fields}}, services)
    assert "error" not in reply, reply
    return reply


def onset(samples: Samples, rate: int, start: float, end: float) -> float:
    """How long after ``start`` the first sound is heard before ``end``, in seconds."""
    piece = samples[round(start * rate) : round(end * rate)]
    return float(np.flatnonzero(np.abs(piece) > 0.01 * np.abs(samples).max())[0]) / rate


@pytest.mark.parametrize("fit", [None, "pad", "stretch", "natural"])
def test_captions_are_spoken_at_their_times(services: Services, fit: str | None) -> None:
    """Voices begin within a frame, gaps are silent, and the audio is as long as the captions to the sample."""
    reply = dub(services, fit=fit)
    samples, rate = sound(reply["audio_url"])
    assert len(samples) == round(12.345 * rate)
    assert reply["duration"] == 12.345
    spoken = [cue for cue in CUES if "♪" not in cue[2]]
    late = fit == "natural"
    for start, end, said in spoken:
        if not (late and said.startswith("An old")):
            assert 0 <= onset(samples, rate, start, end) <= FRAME_S
    assert not samples[: rate - 1].any()
    assert not samples[round(9.3 * rate) : round(10.5 * rate)].any()
    assert codes(reply) == (["cue_too_long"] if late else [])
    assert reply["text"].split("\n\n")[0] == "The quick brown fox jumps over the lazy dog."
    assert "♪" not in reply["text"]


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_length_is_exact_at_other_sample_rates(services: Services, form: str) -> None:
    """At every rate of a file the audio is as long as the captions to the sample."""
    for end, wanted in ((2.011, 44_100), (2.013, 48_000), (2.017, 48_000), (2.019, 11_025), (2.023, 47_999)):
        reply = dub(services, srt([(0.0, end, "Hello you.")]), sample_rate=wanted, audio_format=form)
        samples, rate = sound(reply["audio_url"])
        assert (len(samples), rate) == (round(end * wanted), wanted)


def test_default_changes_the_pace_only_where_it_must(services: Services) -> None:
    """A cue whose speech is short enough sounds as in plain speech, from the first sound on."""
    samples, rate = sound(dub(services)["audio_url"])
    plain, _ = sound(dispatch({"input": {"text": CUES[4][2]}}, services)["audio_url"])
    before, after = audio.quiet_edges(plain, rate)
    piece = plain[before + 500 : len(plain) - after - 500]
    where = round(10.5 * rate)
    assert any(np.abs(samples[where + at :][: len(piece)] - piece).max() < 1e-4 for at in range(700))


def test_captions_out_follow_the_new_audio(services: Services) -> None:
    """Words have the times at which they are said, and no written cue holds words of two cues."""
    reply = dub(services, timing_format=["json", "srt"], caption_style="classic")
    made = json.loads(read(reply["timing_files"]["json"]))
    spoken = [cue for cue in CUES if "♪" not in cue[2]]
    for start, end, said in spoken:
        inside = [word for word in made["words"] if start - 0.001 <= word["start"] < end]
        assert " ".join(word["word"] for word in inside) == " ".join(said.split())
        assert inside[0]["start"] == pytest.approx(start, abs=FRAME_S)
        assert inside[-1]["end"] <= end + 0.001
    for word in made["words"]:
        assert reply["text"][word["start_char"] : word["end_char"]] == word["word"]
    for cue in made["cues"]:
        assert any(cue["text"].replace("\n", " ") in " ".join(said.split()) for *_, said in spoken)


def test_aligner_times_each_caption(services: Services) -> None:
    """An aligner gets the sound of one caption at a time, after its pace was changed."""
    services = with_backends(services, Speaker(services.settings), sphinx=Even("sphinx"))
    reply = dub(services, timing_format="json")
    words = json.loads(read(reply["timing_files"]["json"]))["words"]
    assert reply["timing_method"] == "sphinx"
    second = [word for word in words if 4.0 <= word["start"] < 6.0]
    assert len(second) == len(CUES[1][2].split())
    assert (second[0]["start"], second[-1]["end"]) == (4.0, pytest.approx(6.0, abs=0.06))


def test_listener_and_chunks_have_the_same_samples(services: Services) -> None:
    """A listener hears the audio, in pieces; with chunk_urls each caption is a file that begins at its start."""
    pieces: list[Samples] = []
    reports: list[dict[str, Any]] = []
    event = {"input": {"captions": srt(), "chunk_urls": True}}
    listener = Listener(on_progress=reports.append, on_audio=lambda piece, *_: pieces.append(piece))
    reply = dispatch(event, services, listener=listener)
    samples, rate = sound(reply["audio_url"])
    np.testing.assert_array_equal(np.frombuffer(audio.pcm16(np.concatenate(pieces)), "<i2"), samples * 32768)
    assert len(pieces) == 5
    chunks = published(reports)
    assert [chunk["start"] for chunk in chunks] == pytest.approx([1.0, 4.0, 6.0, 10.5], abs=1e-4)
    assert chunks[0]["text"] == "The quick brown fox jumps over the lazy dog."
    for chunk in chunks:
        piece, _ = sound(chunk["url"])
        start = round(chunk["start"] * rate)
        np.testing.assert_allclose(samples[start : start + len(piece)], piece, atol=1e-4)


def test_same_seed_gives_the_same_audio(services: Services) -> None:
    """Two jobs of the same captions and seed are alike to the byte."""
    first, second = (read(dub(services, fit="stretch")["audio_url"]) for _ in range(2))
    assert first == second


def test_takes_are_chosen_before_the_fit(services: Services) -> None:
    """With takes, a caption is made of the best one and still fits its time."""
    services = with_backends(services, Speaker(services.settings), sphinx=Even("sphinx"))
    reply = dub(services, takes=2, timing_format="json")
    assert [take["chunk"] for take in reply["takes"]] == [0, 1, 2, 3]
    samples, rate = sound(reply["audio_url"])
    assert len(samples) == round(12.345 * rate)


def test_cancelled_between_captions(services: Services) -> None:
    """A job that is cancelled while it speaks ends with that caption, and keeps no audio."""
    cancellation = Cancellation()
    asked: list[int] = []

    def speaks(index: int) -> None:
        asked.append(index)
        if index == 2:
            cancellation.cancel()

    engine = Speaker(services.settings, speaks)
    services = with_backends(services, engine, sphinx=Even("sphinx"))
    reply = dispatch({"id": "dub-1", "input": {"captions": srt()}}, services, cancellation=cancellation)
    assert reply["error_code"] == "cancelled"
    assert (max(asked), engine.closed) == (2, True)
    assert services.store.head("output/dub-1.wav") is None


def test_captions_behind_a_link(services: Services, web: Web) -> None:
    """`captions_url` does the same as the text itself, whatever the format."""
    link = web.put("/subtitles.vtt", vtt().encode(), "text/vtt")
    assert read(dub(services, captions_url=link)["audio_url"]) == read(dub(services)["audio_url"])


def test_cue_without_length_is_spoken(services: Services) -> None:
    """A cue that nobody would see still has words: they take the gap after it, and a warning says so."""
    reply = dub(services, srt([(0.5, 2.5, "Hello there."), (3.0, 3.0, "Hi."), (5.0, 6.5, "Good bye.")]))
    assert reply["text"].split("\n\n") == ["Hello there.", "Hi.", "Good bye."]
    assert codes(reply) == ["cue_too_long"]
    assert reply["warnings"][0]["message"].startswith("cue 2 (00:00:03.000 to 00:00:03.000) is ")


def test_captions_are_no_ssml(services: Services) -> None:
    """What looks like SSML in a caption is no tag that must be closed."""
    assert dub(services, vtt([(0, 4, "&lt;speak> is a tag.")]))["duration"] == 4.0


def test_first_cue_after_a_minute(services: Services) -> None:
    """A minute of silence is a minute of silence."""
    reply = dub(services, srt([(60.0, 63.0, "Here we are.")]))
    samples, rate = sound(reply["audio_url"])
    assert len(samples) == 63 * rate
    assert not samples[: 60 * rate - 1].any()
    assert onset(samples, rate, 60.0, 63.0) <= FRAME_S


def test_many_cues(services: Services) -> None:
    """Two thousand cues are spoken; those that are too short are named, each in a warning of its own."""

    class Beeper(Speaker):
        def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
            beep = np.sin(np.arange(round(0.3 * self.sample_rate / chunk.rate)) / 10).astype(np.float32)
            return ChunkAudio(np.pad(beep, 1000))

    cues = [(at * 0.5, at * 0.5 + (0.02 if at % 500 == 0 else 0.5), "Go.") for at in range(2000)]
    reply = dub(with_backends(services, Beeper(services.settings)), srt(cues))
    samples, rate = sound(reply["audio_url"])
    assert len(samples) == 1000 * rate
    assert codes(reply) == ["cue_too_long"] * 4
    assert reply["warnings"][1]["message"].startswith("cue 501 (00:04:10.000 to 00:04:10.020) is 0.2")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"captions": srt(), "text": "Hello."}, ["text", "captions", "send one"]),
        ({"captions": srt(), "captions_url": "https://example.org/a.srt"}, ["captions_url", "send one"]),
        ({"text": "Hello.", "fit": "pad"}, ["fit", "captions"]),
        ({"captions": srt(), "fit": "squeeze"}, ["fit", "pad", "stretch", "natural"]),
        ({"captions": srt(), "ssml": True}, ["ssml"]),
        ({"captions": srt(), "target_duration": 9.0}, ["target_duration", "captions"]),
        ({"captions": srt([(0, 2, "One."), (1, 3, "Two.")])}, ["cue 2", "cue 1 ends"]),
        ({"captions": srt([(0, 2, "One."), (5, 4, "Two.")])}, ["cue 2"]),
        ({"captions": srt([(0, 2, "[Music]")])}, ["captions", "no caption has words"]),
        ({"captions": srt([(0, 2, "One."), (7300, 7301, "Two.")])}, ["02:01:41.000", "7200 seconds"]),
        ({"captions": srt([(0, 2, "word " * 5000)])}, ["characters, at most"]),
        ({"captions": srt([(0, 2, "One [pause:99s] two.")])}, ["captions: the mark '[pause:99s]'"]),
        ({"captions": vtt([(0, 2, "<v Anna>A [pause:99s] b."), (2, 4, "<v Bob>Hi.")])}, ["captions: the mark '[pause"]),
        ({"captions": ""}, ["captions", "empty"]),
        ({"captions": "Hello, this is no file of captions."}, ["captions"]),
        ({"captions": "12 " * 3_400_000}, ["captions", "at most 2000000 characters"]),
    ],
)
def test_what_cannot_be_dubbed_is_refused(services: Services, fields: dict[str, Any], words: list[str]) -> None:
    """Each fault has a sentence of its own, and nothing is spoken."""
    engine = Speaker(services.settings)
    reply = dispatch({"id": "dub-2", "input": fields}, with_backends(services, engine))
    assert reply["error_code"] in {"bad_request", "too_large"}, reply
    for word in words:
        assert word in reply["error"]
    assert engine.spoken == 0


def test_broken_captions_behind_a_link_name_the_field(services: Services, web: Web) -> None:
    """What is wrong with captions of a link is said of `captions_url`."""
    reply = dispatch({"input": {"captions_url": web.put("/a.srt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")}}, services)
    refused(reply, "bad_request", "captions_url")


def test_documented_example_runs(services: Services) -> None:
    """The example of API.md is spoken, and its warning is one of ours."""
    section = API.partition("### Dubbing\n")[2].partition("\n### ")[0]
    request, shown = re.findall(r"```json\n(.*?)\n```", section, re.DOTALL)
    [warning] = re.findall(r'"(cue 2 .*?)"', section)
    reply = dispatch(json.loads(request), services)
    assert {name: reply[name] for name in ("duration", "text", "word_count", "warnings")}.items() <= json.loads(
        shown
    ).items()
    captions = srt([(0.0, 4.0, "One."), (4.0, 5.0, "Two, and three, and four, and five."), (5.2, 8.0, "Six.")])
    (given,) = dub(services, captions)["warnings"]
    figures = r"\d+\.\d+ s"
    assert re.sub(figures, "", warning) == re.sub(figures, "", given["message"])
    assert f"up to {dubbing.FITS['pad'].fastest:g} times" in section
    assert f"down to {dubbing.FITS['stretch'].slowest:g} of" in section


SPEAKERS = """WEBVTT

00:01.000 --> 00:03.000
<v Anna>Good morning, Bob.

00:03.000 --> 00:06.000
<v Bob>Good morning, Anna. How are you?

00:07.000 --> 00:08.000
Nobody knows.
"""


@pytest.fixture
def two_engines(environ: dict[str, str]) -> Services:
    return make_services(Settings.read(environ | {"ENGINES": "espeak,piper", "TTS_ENGINE": ""}))


def test_speakers_of_captions_have_voices(two_engines: Services) -> None:
    """Each speaker has a voice, of another engine too, and the written captions name them again."""
    voices = {"ANNA": "piper:en_US-joe-medium"}
    reply = dub(two_engines, SPEAKERS, speakers=voices, timing_format="vtt", caption_style="classic")
    samples, rate = sound(reply["audio_url"])
    assert len(samples) == 8 * rate
    named = {each["speaker"]: each["engine"] for each in reply["speakers"]}
    assert (named["Anna"], named["Bob"], len(named)) == ("piper", "espeak", 3)
    for start, end in ((1.0, 3.0), (3.0, 6.0), (7.0, 8.0)):
        assert onset(samples, rate, start, end) <= FRAME_S
    assert reply["text"] == "Good morning, Bob.\n\nGood morning, Anna. How are you?\n\nNobody knows."
    assert "<v Anna>" in read(reply["timing_files"]["vtt"]).decode()


def test_labels_name_speakers(services: Services) -> None:
    """SRT has no speakers but labels, which are not spoken."""
    cues = [(0.0, 2.0, "ANNA: Good morning."), (2.0, 4.0, "BOB: Good evening."), (4.0, 6.0, "ANNA: Oh.")]
    reply = dub(services, srt(cues))
    assert reply["text"] == "Good morning.\n\nGood evening.\n\nOh."
    assert [each["speaker"] for each in reply["speakers"]] == ["ANNA", "BOB"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"captions": SPEAKERS, "speakers": {"Ana": "espeak-en"}}, ["speakers", "'Ana'", "known are Anna, Bob"]),
        ({"captions": srt(), "speakers": {"Anna": "anna"}}, ["speakers", "they name no speakers"]),
        ({"captions": SPEAKERS, "speakers": {"Anna": "nobody"}}, ["speakers.Anna: ", "nobody"]),
        ({"captions": SPEAKERS, "voice": "nobody"}, ["voice: there is no voice 'nobody'"]),
        ({"captions": SPEAKERS, "speakers": {"Anna": "a voice"}}, ["speakers.Anna"]),
        ({"text": "Hello.", "speakers": {"Anna": "anna"}}, ["speakers", "captions"]),
    ],
)
def test_wrong_speakers_are_refused(services: Services, fields: dict[str, Any], words: list[str]) -> None:
    """The error names the speaker, and nothing is spoken."""
    engine = Speaker(services.settings)
    reply = dispatch({"input": fields}, with_backends(services, engine))
    for word in words:
        assert word in reply["error"], reply
    assert engine.spoken == 0
