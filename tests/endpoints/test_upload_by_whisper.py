"""upload in a language that Whisper alone knows here: it writes the words down, and knows where to cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler.app import make_services
from handler.protocols import Services
from handler.settings import Settings
from handler.voices import transcript
from tests.endpoints.conftest import Web, call, refused
from tests.support.sentences import of
from tests.support.spoken_clips import SpokenClip, joined, speaker, spoken
from tests.support.voice_recordings import wav
from tests.support.whisper_base import whisper_models

__all__ = ["whisper_models"]

SCRIPT = of("es")[:5]


@pytest.fixture(scope="module")
def spanish() -> SpokenClip:
    """Five sentences of espeak, 17 seconds."""
    espeak = speaker("espeak")
    return joined([spoken(espeak, sentence, "es", pause_s=0.4) for sentence in SCRIPT])


@pytest.fixture
def services(environ: dict[str, str], whisper_models: Path) -> Services:
    given = {"MODELS_DIR": str(whisper_models), "ALIGNERS": "engine,sphinx,whisper"}
    return make_services(Settings.read({**environ, **given}))


def test_long_recording_without_a_transcript_is_cut(services: Services, web: Web, spanish: SpokenClip) -> None:
    """It becomes a voice of at most 12 s that ends after a whole sentence, and its transcript with it."""
    assert spanish.duration_s > 14
    url = web.put("/carlos", wav(spanish.samples, spanish.rate))
    reply = call(services, "upload", voice_name="carlos", voice_file_url=url)
    voice = reply["voice"]
    assert [warning["code"] for warning in reply["warnings"]] == ["clip_cut"]
    assert voice["language"] == "es"
    count = len(transcript.read(voice["text"], "es").words)
    ends = [time.end for time in spanish.times if time]
    assert min(abs(ends[at] - voice["duration"]) for at in range(count - 3, count + 2)) < 0.5
    assert 6 < voice["duration"] <= transcript.MAX_CLIP_S


def test_transcript_of_another_recording_is_refused(services: Services, web: Web, spanish: SpokenClip) -> None:
    """Words that are not said are named; the right ones are compared without a warning but that of the cut."""
    url = web.put("/carlos", wav(spanish.samples, spanish.rate))
    wrong = " ".join([SCRIPT[0], "Los pescadores del norte publicarán mañana un informe muy largo.", *SCRIPT[2:]])
    given = {"voice_name": "carlos", "voice_file_url": url, "language": "es"}
    refused(call(services, "upload", **given, ref_text=wrong), "bad_reference", "ref_text does not fit the clip from")
    reply = call(services, "upload", **given, ref_text=" ".join(SCRIPT))
    assert [warning["code"] for warning in reply["warnings"]] == ["clip_cut"]
    kept = transcript.read(reply["voice"]["text"], "es").words
    assert kept == transcript.read(" ".join(SCRIPT), "es").words[: len(kept)]
    ends = [time.end for time in spanish.times if time]
    assert reply["voice"]["duration"] == pytest.approx(ends[len(kept) - 1], abs=0.4)
