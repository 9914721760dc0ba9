"""convert: a recording in another voice has the same words at the same times, and its captions go with it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pysubs2
import pytest
import soundfile

from handler.app import make_services
from handler.backends import Registry
from handler.errors import ConfigError
from handler.media import audio
from handler.protocols import Services, VoiceConverter
from handler.settings import Settings
from tests.endpoints.conftest import Web, call, refused
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.stub_backends import Louder, read, registry, sound

TEXT = "The quick brown fox jumps over the lazy dog. [pause:600ms] Some call me nature, others call me mother nature."


@pytest.fixture
def converter() -> Louder:
    return Louder()


@pytest.fixture
def worker(services: Services, converter: Louder) -> Services:
    worker = replace(services, converters=registry(louder=converter))
    worker.store.put("voices/anna.wav", Path(HUMAN_CLIP).read_bytes(), "audio/wav")
    worker.store.put("voices/anna.txt", HUMAN_TEXT.encode(), "text/plain")
    return worker


def words(reply: dict[str, Any]) -> Any:
    return json.loads(read(reply["timing_files"]["json"]))["words"]


def cues(reply: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Text, start and end of each cue of its SRT, in hundredths of a second: JSON rounds times to a thousandth."""
    events = pysubs2.SSAFile.from_string(read(reply["timing_files"]["srt"]).decode(), format_="srt")
    return [(each.text, (each.start + 3) // 10, (each.end + 3) // 10) for each in events]


def test_job_keeps_its_time_line_and_its_captions(worker: Services, converter: Louder) -> None:
    """The converted speech lasts as long to 40 ms, is silent where it was, and has the very captions of its source."""
    source = call(worker, "generate", text=TEXT, timing_format=["srt", "json", "ass"], caption_style="karaoke")
    made = call(worker, "convert", job_id=source["job_id"], voice="anna", seed=7)
    assert converter.asked == [("anna", 7)]
    before, rate = sound(source["audio_url"])
    after, new_rate = sound(made["audio_url"])
    assert new_rate == made["sample_rate"] == 24_000
    assert len(after) / new_rate == pytest.approx(len(before) / rate, abs=0.001)
    assert words(made) == words(source)
    assert cues(made) == cues(source)
    assert made["timing_files"].keys() == source["timing_files"].keys()
    assert made["job_id"] in made["ffmpeg"]
    quiet = np.abs(audio.resample(before, rate, 24_000)[: len(after)]) == 0
    assert np.abs(after[: len(quiet)][quiet]).max() < 0.02
    assert {key: made[key] for key in ("voice", "engine", "model_license", "text", "language")} == {
        "voice": "anna", "engine": "louder", "model_license": "MIT", "text": TEXT, "language": "en"
    }  # fmt: skip


def test_other_formats_may_be_asked_for(worker: Services) -> None:
    """A request with formats or a style of its own lays the same words out anew."""
    source = call(worker, "generate", text=TEXT, timing_format="srt")
    made = call(worker, "convert", job_id=source["job_id"], voice="anna", timing_format="vtt", words_per_cue=1)
    assert list(made["timing_files"]) == ["vtt"]
    assert read(made["timing_files"]["vtt"]).count(b"-->") == made["word_count"]


def test_converted_job_is_one_like_any_other(worker: Services) -> None:
    """It can be shown, downloaded and converted again."""
    source = call(worker, "generate", text=TEXT, timing_format="srt")
    made = call(worker, "convert", job_id=source["job_id"], voice="anna")
    downloaded = call(worker, "download", job_id=made["job_id"], type="timing", format="srt")
    assert downloaded["status"] == "ready"
    again = call(worker, "convert", job_id=made["job_id"], voice="anna")
    assert again["duration"] == pytest.approx(made["duration"], abs=0.001)
    assert cues(again) == cues(source)


def test_recording_of_minutes_is_cut_at_its_pauses(worker: Services, converter: Louder, web: Web) -> None:
    """No piece is longer than 20 s, and together they are the recording."""
    samples, rate = soundfile.read(HUMAN_CLIP, dtype="float32")
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    long = np.concatenate([np.concatenate([mono, np.zeros(rate // 2, np.float32)]) for _ in range(10)])
    body = io.BytesIO()
    soundfile.write(body, long, rate, format="FLAC")
    url = web.put("/long.flac", body.getvalue(), "audio/flac")
    made = call(worker, "convert", audio_url=url, voice="anna", audio_format="flac", loudness=-20)
    assert made["loudness"]["integrated_lufs"] == pytest.approx(-20, abs=0.1)
    assert len(converter.pieces) > 1
    assert max(converter.pieces) <= 20.0
    assert made["duration"] == pytest.approx(len(long) / rate, abs=0.001)
    assert "timing_files" not in made


def test_recording_of_huge_samples_is_brought_down(worker: Services, converter: Louder, web: Web) -> None:
    """A file of floats far above full scale is converted as the same file at full scale."""
    made = []
    for gain in (1.0, 1e38):
        samples, rate = soundfile.read(HUMAN_CLIP, dtype="float32")
        body = io.BytesIO()
        soundfile.write(body, samples / np.abs(samples).max() * np.float32(gain), rate, format="WAV", subtype="FLOAT")
        url = web.put(f"/{gain}.wav", body.getvalue(), "audio/wav")
        made.append(sound(call(worker, "convert", audio_url=url, voice="anna", audio_format="flac")["audio_url"])[0])
    assert np.abs(made[0] - made[1]).max() < 0.01


def test_recording_without_captions_to_carry_over_is_told(worker: Services, web: Web) -> None:
    """Caption fields with a recording are refused, and the error names the way: align."""
    url = web.put("/a.wav", b"nothing", "audio/wav")
    reply = call(worker, "convert", audio_url=url, voice="anna", timing_format="srt")
    refused(reply, "bad_request", "timing_format", "align")


@pytest.mark.parametrize("fields", [{}, {"audio_url": "https://a.example/b.wav", "job_id": "c"}])
def test_one_recording_is_needed(worker: Services, fields: dict[str, Any]) -> None:
    """Neither a link nor a job, or both, is refused with what to send."""
    refused(call(worker, "convert", voice="anna", **fields), "bad_request", "send audio_url or job_id")


def test_job_without_speech_is_refused(worker: Services) -> None:
    """A job that made no speech cannot be converted."""
    refused(call(worker, "convert", voice="anna", job_id="none"), "not_found", "there is no job")


def test_worker_without_converter_says_so(services: Services) -> None:
    """Where nothing can convert, the job fails with the reason, before anything is fetched."""
    none: Registry[VoiceConverter] = Registry("voice converter", {}, services.settings)
    worker = replace(services, converters=none)
    reply = call(worker, "convert", voice="anna", audio_url="https://a.example/b.wav")
    refused(reply, ConfigError.code, "no voice can be converted here")


def test_chatterbox_converts_a_job(environ: dict[str, str], tmp_path: Path) -> None:
    """The real converter, with tiny weights, keeps the time line and the captions; the same request, the same bytes."""
    pytest.importorskip("torch")
    from tests.support import tiny_chatterbox

    folder = tiny_chatterbox.make(tmp_path / "model", "original")
    chosen = {"CHATTERBOX_MODEL": "original", "CHATTERBOX_DIR": str(folder)}
    worker = make_services(Settings.read(environ | chosen))
    worker.store.put("voices/anna.wav", Path(HUMAN_CLIP).read_bytes(), "audio/wav")
    worker.store.put("voices/anna.txt", HUMAN_TEXT.encode(), "text/plain")
    source = call(worker, "generate", text=TEXT, timing_format=["srt", "json"])
    made, again = (call(worker, "convert", job_id=source["job_id"], voice="anna", seed=7) for _ in range(2))
    assert (made["engine"], made["model_license"], made["sample_rate"]) == ("chatterbox", "MIT", 24_000)
    before, rate = sound(source["audio_url"])
    after, _ = sound(made["audio_url"])
    assert len(after) / 24_000 == pytest.approx(len(before) / rate, abs=0.04)
    assert words(made) == words(source)
    assert read(made["audio_url"]) == read(again["audio_url"])


def test_worker_without_the_packages_says_how_to_get_them(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ENGINES does not name chatterbox its packages are not installed, and the error says so."""
    monkeypatch.setattr("handler.backends.registry.find_spec", lambda _: None)
    reply = call(services, "convert", voice="anna", audio_url="https://a.example/b.wav")
    refused(reply, ConfigError.code, "add chatterbox to ENGINES", "chatterbox needs torch, chatterbox, perth")


def test_captions_of_a_job_without_any_are_refused(worker: Services) -> None:
    """A job without captions has none to carry over, and what would align them has no effect: both are told."""
    source = call(worker, "generate", text=TEXT)
    fields = {"job_id": source["job_id"], "voice": "anna"}
    refused(call(worker, "convert", **fields, timing_format="srt"), "bad_request", "timing_format", "send align")
    refused(call(worker, "convert", **fields, timing_strict=True), "bad_request", "timing_strict", "not aligned")
    assert "timing_files" not in call(worker, "convert", **fields)
