"""Requests of Chatterbox TTS Extended Plus as fields of a job."""

from __future__ import annotations

from typing import Any

import pytest

from handler.http_api.chatterbox_extended.models import TtsRequest, VcRequest

OWN = {"exaggeration": 0.7, "temperature": 0.9, "cfg_weight": 0.3}


@pytest.mark.parametrize(
    ("sent", "engine", "fields", "ignored"),
    [
        ({}, "chatterbox", {}, []),
        (OWN, "chatterbox", OWN, []),
        (OWN, "espeak", {}, sorted(OWN)),
        ({"seed": 0}, "chatterbox", {}, []),
        ({"seed": 5}, "chatterbox", {"seed": 5}, []),
        ({"num_candidates_per_chunk": 3}, "f5", {"takes": 3}, []),
        ({"num_candidates_per_chunk": 9}, "f5", {"takes": 5}, []),
        ({"num_candidates_per_chunk": 3, "bypass_whisper_checking": True}, "f5", {}, []),
        ({"speed_factor": 2}, "f5", {"speed": 2.0}, []),
        ({"to_lowercase": True, "trim": 1}, "chatterbox", {}, ["to_lowercase", "trim"]),
        ({"trim": 1} | OWN, "f5", {}, sorted({*OWN, "trim"})),
    ],
)
def test_fields_of_a_job(sent: dict[str, Any], engine: str, fields: dict[str, Any], ignored: list[str]) -> None:
    """What a job knows goes into it, by its names; what it has no use for is named."""
    job = {"text": "a", "engine": engine, "speed": 1.0}
    assert TtsRequest(text="a", **sent).job_fields(engine) == (job | fields, ignored)


@pytest.mark.parametrize("sent", ["wav,mp3", "wav, mp3", ["wav", "mp3"]])
def test_formats(sent: object) -> None:
    """Formats are a list in JSON, and words with commas between in a form."""
    assert VcRequest.model_validate({"export_formats": sent}).export_formats == ["wav", "mp3"]
