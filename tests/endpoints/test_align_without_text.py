"""align without a text: the recording is written down by Whisper base, or by a stand-in, and aligned as any text."""

from __future__ import annotations

import io
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import soundfile

from handler import jobs
from handler.app import make_services
from handler.cancellation import Cancellation
from handler.errors import NoSpeech
from handler.jobs import records
from handler.protocols import Services
from handler.settings import Settings
from tests.endpoints.conftest import Web, call, refused
from tests.support.fake_transcriber import FRENCH, Writer, with_writer
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.no_speech import NO_SPEECH
from tests.support.stub_backends import Even, with_backends
from tests.support.videos import H264, lavfi
from tests.support.whisper_base import whisper_models

__all__ = ["whisper_models"]

BELLS = ("-f", "lavfi", "-i", "aevalsrc=0.3*sin(880*2*PI*t)*exp(-3*mod(t\\,0.7)):s=48000:d=5.3")
TWO = (*BELLS, "-i", str(HUMAN_CLIP), "-map", "0:v", "-map", "1:a", "-map", "2:a", *H264, "-c:a", "aac")


@pytest.fixture
def recording(web: Web) -> str:
    return web.put("/talk.wav", HUMAN_CLIP.read_bytes())


@pytest.fixture
def whisper(environ: dict[str, str], whisper_models: Path) -> Services:
    return make_services(Settings.read(environ | {"MODELS_DIR": str(whisper_models)}))


def bare(text: str) -> list[str]:
    return [word.strip(".,;!?").lower() for word in text.split()]


def read(url: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(urllib.request.urlopen(url).read())
    return found


def test_a_recording_is_written_down_and_aligned(whisper: Services, recording: str) -> None:
    """The reply has the words and the language that were heard, and the captions have their times."""
    reply = call(whisper, "align", audio_url=recording, timing_format="json")
    assert bare(reply["text"]) == bare(HUMAN_TEXT)
    assert (reply["language"], reply["warnings"], reply["timing_method"]) == ("en", [], "sphinx")
    words = read(reply["timing_files"]["json"])["words"]
    assert bare(" ".join(word["word"] for word in words)) == bare(HUMAN_TEXT)
    assert words[3]["start"] == pytest.approx(1.42, abs=0.1)
    assert reply["metrics"]["transcribe"] > 0


@pytest.mark.parametrize("name", NO_SPEECH)
def test_a_recording_in_which_nobody_speaks_is_refused(whisper: Services, web: Web, name: str) -> None:
    """By its field, in a sentence; Whisper alone would write words for some of these."""
    body = io.BytesIO()
    soundfile.write(body, NO_SPEECH[name], 16_000, format="WAV")
    reply = call(whisper, "align", audio_url=web.put("/s.wav", body.getvalue()))
    refused(reply, "bad_request", "audio_url", "no speech was heard")


def test_a_worker_without_transcriber_asks_for_the_text(services: Services, recording: str) -> None:
    """Where nothing can write, the error says what to send."""
    reply = call(services, "align", audio_url=recording)
    refused(reply, "bad_request", "text: is missing and nothing here can write it", "send the words")


@pytest.mark.parametrize(
    ("asked", "told"), [({}, None), ({"language": "auto"}, None), ({"language": "en-GB"}, "en-GB")]
)
def test_the_transcriber_gets_the_language_that_was_asked_for(
    services: Services, recording: str, asked: dict[str, str], told: str | None
) -> None:
    """Without a language, or with auto, it is detected."""
    writer = Writer(HUMAN_TEXT, "en")
    reply = call(with_writer(services, writer), "align", audio_url=recording, **asked)
    assert (writer.asked, reply["language"]) == ([told], told or "en")


def test_a_text_that_cannot_be_aligned_is_returned_all_the_same(services: Services, recording: str) -> None:
    """No aligner here knows French: the text is in the reply, and a warning says why it has no times."""
    reply = call(with_writer(services, Writer(FRENCH, "fr")), "align", audio_url=recording)
    assert (reply["status"], reply["text"], reply["language"]) == ("completed", FRENCH, "fr")
    assert (reply["timing_files"], reply["duration"]) == ({}, pytest.approx(5.3, abs=0.1))
    assert [warning["code"] for warning in reply["warnings"]] == ["timings_failed"]
    assert "language fr" in reply["warnings"][0]["message"]


def test_the_text_of_a_job_that_does_not_know_it_is_written_down(services: Services, recording: str) -> None:
    """The speech of a job without a script, such as a converted recording, is heard as any recording."""
    made = call(services, "generate", text="Hello there.")
    record = jobs.load(services.store, made["job_id"])
    record.result.pop("text")
    records.put(services.store, record)
    services = with_backends(with_writer(services, Writer("Hello there.", "en")), sphinx=Even("sphinx"))
    reply = call(services, "align", job_id=made["job_id"])
    assert (reply["text"], reply["word_count"]) == ("Hello there.", 2)


def test_the_transcript_is_a_file_too(whisper: Services, recording: str) -> None:
    """With `transcript: true`; its link can be signed again."""
    reply = call(whisper, "align", audio_url=recording, transcript=True, prompt="Mother Nature")
    said = urllib.request.urlopen(reply["transcript_url"]).read().decode()
    assert said == reply["text"] + "\n"
    again = call(whisper, "download", job_id=reply["job_id"], type="transcript")
    assert urllib.request.urlopen(again["transcript_url"]).read().decode() == said
    assert again["filename"].endswith(".txt")
    assert "transcript_url" not in call(whisper, "align", audio_url=recording)


@pytest.mark.parametrize("name", ["prompt", "transcript"])
def test_fields_about_a_transcript_need_a_recording_without_text(services: Services, recording: str, name: str) -> None:
    """They are refused with a text; for a job whose script is known they have no effect, and a warning says so."""
    field = {"prompt": "Nguyen", "transcript": True}[name]
    reply = call(services, "align", audio_url=recording, text=HUMAN_TEXT, **{name: field})
    refused(reply, "bad_request", "input", f"{name} is for a recording that the worker writes down")
    made = call(services, "generate", text="Hello there.")
    services = with_backends(services, sphinx=Even("sphinx"))
    reply = call(services, "align", job_id=made["job_id"], timing_method="sphinx", **{name: field})
    assert [warning["message"].split()[0] for warning in reply["warnings"]] == [name]
    assert reply["warnings"][0]["code"] == "option_ignored"


def test_a_long_prompt_is_refused(services: Services, recording: str) -> None:
    """Whisper would read its end alone."""
    refused(call(services, "align", audio_url=recording, prompt="a" * 1001), "bad_request", "prompt", "1000 characters")


def test_a_language_that_whisper_does_not_know_is_refused(whisper: Services, recording: str) -> None:
    """By its field, with the way out."""
    reply = call(whisper, "align", audio_url=recording, language="tlh")
    refused(reply, "bad_request", "language", "does not know tlh", "leave it out")


def test_words_that_no_aligner_finds_have_whispers_times(
    environ: dict[str, str], whisper_models: Path, web: Web
) -> None:
    """No aligner here knows German: the captions are those of Whisper, with a warning, and strict refuses them."""
    services = make_services(Settings.read(environ | {"MODELS_DIR": str(whisper_models), "ALIGNERS": "sphinx"}))
    text = "Guten Morgen, meine Damen und Herren. Heute ist ein schöner Tag."
    spoken = call(services, "generate", text=text, language="de")
    sound = urllib.request.urlopen(spoken["audio_url"]).read()
    url = web.put("/de.wav", sound)
    reply = call(services, "align", audio_url=url, timing_format="json")
    assert (reply["language"], reply["timing_method"]) == ("de", "transcriber")
    assert [warning["code"] for warning in reply["warnings"]] == ["timings_estimated"]
    words = read(reply["timing_files"]["json"])["words"]
    assert bare(" ".join(word["word"] for word in words[:6])) == bare(text)[:6]
    assert words[6]["start"] == pytest.approx(2.4, abs=0.6)
    strict = call(services, "align", audio_url=url, timing_method="sphinx", timing_strict=True)
    assert [warning["code"] for warning in strict["warnings"]] == ["timings_failed"]


def test_the_track_that_somebody_speaks_in_is_found(services: Services, web: Web, tmp_path: Path) -> None:
    """Where the first track has no speech, the next is heard, and aligned; a warning names it."""

    class Attentive(Writer):
        def listen(self, cancellation: Cancellation) -> None:
            if len(self.asked) == 1:
                raise NoSpeech("nobody speaks")

    path = lavfi(tmp_path / "screen.mkv", "color=gray:s=64x64:r=20:d=5.3", *TWO)
    services = with_writer(services, Attentive(HUMAN_TEXT, "en"))
    reply = call(services, "align", audio_url=web.put("/screen", path.read_bytes()), timing_format="json")
    assert [warning["code"] for warning in reply["warnings"]] == ["audio_track_chosen"]
    assert read(reply["timing_files"]["json"])["words"][3]["start"] == pytest.approx(1.42, abs=0.1)


def test_fields_about_a_text_need_one(services: Services, recording: str) -> None:
    """A lexicon and annotations are refused without the text that they are about."""
    refused(call(services, "align", audio_url=recording, lexicon={"a": "b"}), "bad_request", "lexicon")
    refused(call(services, "align", audio_url=recording, annotations="show"), "bad_request", "annotations")
