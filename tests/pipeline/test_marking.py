"""The marks of a job: in its speech and its files, each once, and a warning where one cannot be made."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from handler.app import make_services
from handler.dispatch import dispatch
from handler.errors import ConfigError
from handler.jobs import Listener
from handler.marks.metadata import Metadata
from handler.protocols import Services
from handler.settings import Settings
from handler.telemetry import SOFTWARE
from handler.types import Chunk, ChunkAudio, Samples, SpeechOptions, Voice
from tests.support.certificates import pair
from tests.support.stub_backends import TEXT, Even, Speaker, codes, published, read, run, sound, with_backends

SETTINGS = Settings.read({})


class Scaler:
    """A mark in the samples that a test can see: each is multiplied."""

    name, min_s = "watermark", 0.5

    def __init__(self, factor: float) -> None:
        self._factor = np.float32(factor)

    def mark(self, samples: Samples, sample_rate: int) -> Samples:
        assert sample_rate
        return samples * self._factor

    def find(self, samples: Samples, sample_rate: int) -> float:
        raise NotImplementedError


@pytest.fixture
def halved(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """A worker whose watermark is a Scaler."""
    monkeypatch.setitem(services.marks._loaded, "watermark", Scaler(0.5))
    return replace(services, settings=services.settings.model_copy(update={"ai_mark": ("metadata", "watermark")}))


def said(url: str, folder: Path) -> dict[str, Any] | None:
    path = folder / "read"
    path.write_bytes(read(url))
    return Metadata(SETTINGS).read(path)


@pytest.mark.parametrize("format_", ["wav", "mp3", "flac", "ogg"])
def test_speech_and_its_chunks_say_what_made_them(format_: str, services: Services, tmp_path: Path) -> None:
    """By default each file of a job has the metadata, with the engine, and the metrics say what that took."""
    heard: list[dict[str, Any]] = []
    event = {"input": {"text": TEXT, "audio_format": format_, "chunk_urls": True}}
    reply = dispatch(event, services, listener=Listener(on_progress=heard.append))
    assert codes(reply) == []
    assert reply["metrics"]["mark_metadata"] >= 0
    for url in (reply["audio_url"], *(chunk["url"] for chunk in published(heard))):
        found = said(url, tmp_path)
        assert found
        assert (found["software"], found["made_by_ai"]) == (SOFTWARE, True)
        assert found["system"].startswith("espeak")


def test_none_leaves_files_as_they_were(services: Services, tmp_path: Path) -> None:
    """Without a mark the samples are the same, and the file has no tags."""
    plain = replace(services, settings=services.settings.model_copy(update={"ai_mark": ()}))
    marked, unmarked = run(services), run(plain)
    assert said(unmarked["audio_url"], tmp_path) is None
    assert not [name for name in unmarked["metrics"] if name.startswith("mark_")]
    assert np.array_equal(sound(marked["audio_url"])[0], sound(unmarked["audio_url"])[0])


def test_watermark_is_in_file_stream_and_chunks(halved: Services, services: Services) -> None:
    """Each chunk is marked before it is joined: what is streamed is the file, sample for sample, and words stay."""
    pieces: list[Samples] = []
    heard: list[dict[str, Any]] = []

    def job(services: Services, **listener: Any) -> dict[str, Any]:
        fields = {"text": TEXT, "timing_format": "json", "chunk_urls": True}
        services = with_backends(services, Speaker(SETTINGS), sphinx=Even("sphinx"))
        return dispatch({"input": fields}, services, **listener)

    listener = Listener(on_audio=lambda samples, *_: pieces.append(samples), on_progress=heard.append)
    marked, plain = job(halved, listener=listener), job(services)
    whole, rate = sound(marked["audio_url"])
    assert np.allclose(whole, 0.5 * sound(plain["audio_url"])[0], atol=1e-4)
    assert np.allclose(np.concatenate(pieces), whole, atol=1e-4)
    assert read(marked["timing_files"]["json"]) == read(plain["timing_files"]["json"])
    chunk = published(heard)[0]
    samples, _ = sound(chunk["url"])
    fade = round(0.01 * rate)
    assert np.allclose(samples[fade:-fade], whole[: len(samples)][fade:-fade], atol=1e-4)
    assert marked["metrics"]["mark_watermark"] >= 0


def test_speech_with_a_watermark_gets_no_second_one(halved: Services, services: Services) -> None:
    """Chatterbox marks what it says: its samples stay as they are, and there is no warning."""

    class Marked(Speaker):
        def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
            return replace(super().made(chunk, take, voice, options), watermarked=True)

    ours, plain = (run(with_backends(each, Marked(SETTINGS))) for each in (halved, services))
    assert codes(ours) == []
    assert np.array_equal(sound(ours["audio_url"])[0], sound(plain["audio_url"])[0])


def test_speech_too_short_for_a_watermark_stays_as_it_is(halved: Services, services: Services) -> None:
    """Under half a second nothing is changed, and a warning says how long the speech is."""

    class Short(Speaker):
        def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
            spoken = super().made(chunk, take, voice, options)
            return replace(spoken, samples=spoken.samples[: round(0.3 * self.sample_rate)], words=None)

    short, plain = (run(with_backends(each, Short(SETTINGS)), "Hi.") for each in (halved, services))
    (warning,) = short["warnings"]
    assert warning["code"] == "mark_not_made"
    assert "its longest is 0.30 s" in warning["message"]
    assert np.array_equal(sound(short["audio_url"])[0], sound(plain["audio_url"])[0])


def test_loud_speech_is_not_clipped_by_its_watermark(halved: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a mark brings above full scale is bent, not cut."""
    monkeypatch.setitem(halved.marks._loaded, "watermark", Scaler(1.5))

    class Loud(Speaker):
        def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
            spoken = super().made(chunk, take, voice, options)
            return replace(spoken, samples=spoken.samples / np.abs(spoken.samples).max())

    samples, _ = sound(run(with_backends(halved, Loud(SETTINGS)))["audio_url"])
    assert (np.abs(samples) > 0.9999).mean() < 0.02


def test_format_without_a_place_for_a_mark_is_warned_of(environ: dict[str, str]) -> None:
    """An Ogg file has the metadata and no manifest, and a warning names both and the formats that can."""
    signing = make_services(Settings.read(environ | {"AI_MARK": "c2pa,metadata", **pair().environ}))
    (warning,) = run(signing, audio_format="ogg")["warnings"]
    assert warning["code"] == "mark_not_made"
    assert warning["message"].startswith("a file of the type ogg cannot hold the mark c2pa; wav")
    reply = run(signing, audio_format="wav")
    assert codes(reply) == []
    assert reply["metrics"]["mark_c2pa"] > 0
    assert soundfile.info(io.BytesIO(read(reply["audio_url"]))).frames > 0


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("watermarks", "AI_MARK has 'watermarks'; did you mean watermark?"),
        ("none,c2pa", "AI_MARK: has none beside other marks"),
        ("c2pa", "AI_MARK has c2pa and C2PA_CERT is not set"),
    ],
)
def test_wrong_setting_has_its_sentence(value: str, sentence: str, environ: dict[str, str]) -> None:
    """An unknown mark, `none` beside others, and a signature without a certificate are config errors."""
    with pytest.raises(ConfigError, match=sentence.replace("?", r"\?")):
        make_services(Settings.read(environ | {"AI_MARK": value})).marks.get("c2pa")
