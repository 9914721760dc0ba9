"""timing_method best with the real sphinx and the real Whisper base: speech, and a person's recording."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from handler.app import make_services
from handler.protocols import Services
from handler.settings import Settings
from tests.endpoints.conftest import Web, call
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.whisper_base import whisper_models

__all__ = ["whisper_models"]

TEXT = "The quick brown fox jumps over the lazy dog. She sells sea shells by the sea shore."
BOTH = "best (sphinx, whisper)"


@pytest.fixture
def whisper(environ: dict[str, str], whisper_models: Path) -> Services:
    """A worker with both, whose ALIGNERS name sphinx alone."""
    return make_services(Settings.read(environ | {"MODELS_DIR": str(whisper_models)}))


def words(reply: dict[str, Any]) -> list[dict[str, Any]]:
    assert "error" not in reply, reply
    found: list[dict[str, Any]] = json.loads(urllib.request.urlopen(reply["timing_files"]["json"]).read())["words"]
    return found


def test_best_times_speech_and_recordings(whisper: Services, web: Web) -> None:
    """generate and align take it, the reply says which aligners had a part, and the words are where they are said."""
    fields = {"text": TEXT, "timing_format": "json"}
    exact = words(call(whisper, "generate", **fields))
    reply = call(whisper, "generate", **fields, timing_method="best", timing_strict=True)
    assert (reply["timing_method"], reply["warnings"]) == (BOTH, [])
    assert max(abs(one["start"] - two["start"]) for one, two in zip(exact, words(reply), strict=True)) < 0.1
    url = web.put("/talk.wav", HUMAN_CLIP.read_bytes())
    reply = call(whisper, "align", audio_url=url, text=HUMAN_TEXT, timing_method="best", timing_format="json")
    assert (reply["timing_method"], reply["warnings"]) == (BOTH, [])
    assert words(reply)[3]["start"] == pytest.approx(1.42, abs=0.1)
    assert reply["timing_confidence"] > 0.8
    states = call(whisper, "status")["aligners"]
    assert states == {"sphinx": "ready", "best": "ready"}


def test_best_without_a_second_aligner(services: Services) -> None:
    """With sphinx alone the reply has its times and a warning; with timing_strict it has none, and says why."""
    fields = {"text": "Hello there.", "timing_method": "best", "timing_format": "json"}
    reply = call(services, "generate", **fields)
    assert reply["timing_method"] == "sphinx"
    assert [warning["code"] for warning in reply["warnings"]] == ["timing_method_passed_over"]
    strict = call(services, "generate", **fields, timing_strict=True)
    assert strict["timing_files"] == {}
    failed = next(warning for warning in strict["warnings"] if warning["code"] == "timings_failed")
    assert "two aligners are needed for en, and only sphinx is usable here" in failed["message"]
    assert "best" not in call(services, "status")["aligners"]
