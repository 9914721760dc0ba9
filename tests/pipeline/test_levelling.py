"""A job's audio has the loudness asked for, every reply says what was measured, and streams are the same samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handler.app import make_services
from handler.dispatch import dispatch
from handler.jobs import Listener
from handler.media import audio
from handler.protocols import Services
from handler.types import Chunk, ChunkAudio, Samples, SpeechOptions, Voice
from tests.support.ebur128 import metered
from tests.support.stub_backends import LINES, TEXT, Speaker, read, run, sound, with_backends


class Says(Speaker):
    """An engine that says the same samples for each chunk."""

    def __init__(self, services: Services, samples: Samples) -> None:
        super().__init__(services.settings)
        self.samples = samples

    def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
        del chunk, take, voice, options
        return ChunkAudio(self.samples)


def codes(reply: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in reply["warnings"]]


@pytest.mark.parametrize("fields", [{}, {"sample_rate": 48_000}, {"audio_format": "flac"}, {"audio_format": "m4a"}])
def test_file_has_the_loudness(services: Services, fields: dict[str, Any]) -> None:
    """ffmpeg measures the loudness asked for in the file, and the reply says the same."""
    reply = run(services, text=LINES[0], loudness=-16, true_peak=-1.5, **fields)
    found = metered(read(reply["audio_url"])) if fields.get("audio_format") != "m4a" else None
    assert reply["loudness"]["integrated_lufs"] == pytest.approx(-16, abs=0.1)
    assert reply["loudness"]["true_peak_dbtp"] <= -1.5
    assert not codes(reply)
    if found:
        assert found.integrated == pytest.approx(-16, abs=0.15)
        assert found.true_peak <= -1.5


def test_every_reply_has_what_was_measured(services: Services) -> None:
    """Without a loudness the speech is as it was spoken, and its measures are those of ffmpeg."""
    reply = run(services, text=LINES[0])
    found = metered(read(reply["audio_url"]))
    assert reply["loudness"] == {
        "integrated_lufs": pytest.approx(found.integrated, abs=0.1),
        "true_peak_dbtp": pytest.approx(found.true_peak, abs=0.2),
        "loudness_range_lu": None,
    }


def test_loudness_does_not_move_words(services: Services) -> None:
    """The file is as long as without, and the word times are the same."""
    plain, loud = (run(services, text=TEXT, seed=1, timing_format="csv", **more) for more in ({}, {"loudness": -14}))
    assert loud["duration"] == plain["duration"]
    assert read(loud["timing_files"]["csv"]) == read(plain["timing_files"]["csv"])


def test_setting_is_the_default(services: Services) -> None:
    """LOUDNESS is for requests without the field; one with it has its own."""
    quiet = make_services(services.settings.model_copy(update={"loudness": -30.0}))
    assert run(quiet, text=LINES[0])["loudness"]["integrated_lufs"] == pytest.approx(-30, abs=0.1)
    assert run(quiet, text=LINES[0], loudness=-20)["loudness"]["integrated_lufs"] == pytest.approx(-20, abs=0.1)


def test_true_peak_alone_only_limits(services: Services) -> None:
    """Peaks are lowered and the rest keeps its level."""
    before = run(services, text=LINES[0])["loudness"]
    after = run(services, text=LINES[0], true_peak=-9)["loudness"]
    assert after["true_peak_dbtp"] <= -9 < before["true_peak_dbtp"]
    assert 0 <= before["integrated_lufs"] - after["integrated_lufs"] < 4


def test_unreachable_loudness_is_a_warning(services: Services) -> None:
    """The warning says how loud it has become, and what to send instead; the reply has the same figure."""
    reply = run(services, text=LINES[0], loudness=-5, true_peak=-9)
    assert codes(reply) == ["loudness_not_reached"]
    message = reply["warnings"][0]["message"]
    assert f"-5 LUFS were asked for, and it is {reply['loudness']['integrated_lufs']:.1f}" in message
    assert "the true peak of -9 dBTP leaves no more room; send a lower loudness, or a higher true_peak" in message


@pytest.mark.parametrize(
    ("samples", "words"),
    [(np.zeros(22_050, np.float32), "is silent"), (np.full(4410, 0.1, np.float32), "0.20 s of audio are too short")],
)
def test_audio_without_a_loudness_is_a_warning(services: Services, samples: Samples, words: str) -> None:
    """Silence and a fifth of a second stay as they are, each with its own sentence, and have no measure."""
    reply = run(with_backends(services, Says(services, samples)), text="Hi.", loudness=-16)
    assert codes(reply) == ["loudness_not_reached"]
    assert words in reply["warnings"][0]["message"]
    assert reply["loudness"]["integrated_lufs"] is None
    heard, _ = sound(reply["audio_url"])
    assert len(heard) == len(samples)


@pytest.mark.parametrize("broken", [np.zeros(0, np.float32), np.full(22_050, np.nan, np.float32)])
def test_unusable_samples_are_the_engines_fault(services: Services, broken: Samples) -> None:
    """They are refused before anything is measured in them."""
    event = {"input": {"text": "Hi.", "loudness": -16}}
    reply = dispatch(event, with_backends(services, Says(services, broken)))
    assert "no usable sound" in reply["error"]


@pytest.mark.parametrize("fields", [{"loudness": -14}, {"true_peak": -3}, {"loudness": -20, "sample_rate": 16_000}])
def test_listener_hears_the_file_at_once(services: Services, fields: dict[str, Any]) -> None:
    """The gain is known at the end: a listener gets all samples then, and they are those of the file."""
    pieces: list[tuple[Samples, int, bool]] = []
    listener = Listener(on_audio=lambda samples, rate, last: pieces.append((samples, rate, last)))
    reply = dispatch({"input": {"text": TEXT, **fields}}, services, listener=listener)
    samples, rate = sound(reply["audio_url"])
    ((heard, heard_rate, last),) = pieces
    assert (heard_rate, last) == (rate, True)
    np.testing.assert_array_equal(np.frombuffer(audio.pcm16(heard), "<i2"), samples * 32768)
