"""What a script says about all of it, and what the request says."""

from __future__ import annotations

from typing import Any

import pytest

from handler.app import make_services
from handler.jobs import Job
from handler.pipeline.script_settings import with_script_settings
from handler.protocols import Services
from handler.requests import GenerateInput, Limits
from handler.settings import Settings
from handler.text import ScriptSettings
from handler.types import JobRecord

SCRIPT = ScriptSettings("fr-FR", "anna", 0.5)


@pytest.fixture
def services(tmp_path: Any) -> Services:
    return make_services(Settings.read({"ENGINES": "f5,espeak", "LOCAL_STORE": str(tmp_path)}))


def settled(services: Services, **fields: Any) -> tuple[GenerateInput, list[str]]:
    """The request with the script's settings, and the codes of the warnings."""
    request = GenerateInput.model_validate({"text": "x", **fields}, context=Limits(100, ("espeak", "f5"), ("word",)))
    job = Job(JobRecord("job", "generate", "IN_PROGRESS", 0.0), services.store, timeout=60)
    request = with_script_settings(request, SCRIPT, services, job)
    return request, [warning.code for warning in job.warnings]


def test_script_fills_what_the_request_leaves_out(services: Services) -> None:
    """Language, speed, and a voice that is in the bucket."""
    services.store.put("voices/anna.wav", b"RIFF", "audio/wav")
    request, codes = settled(services)
    assert (request.language, request.voice_name, request.speed, codes) == ("fr-FR", "anna", 0.5, [])


def test_request_goes_first(services: Services) -> None:
    """Each of its own fields, also a speed of 1."""
    request, codes = settled(services, language="de", local_voice="bob", speed=1.0)
    assert (request.language, request.voice_name, request.speed, codes) == ("de", "bob", 1.0, [])


def test_unknown_voice_is_a_warning(services: Services) -> None:
    """One that the bucket lacks, or an engine without cloned voices."""
    assert settled(services)[1] == ["ssml_ignored"]
    services.store.put("voices/anna.wav", b"RIFF", "audio/wav")
    request, codes = settled(services, engine="espeak")
    assert (request.voice_name, codes) == (None, ["ssml_ignored"])
