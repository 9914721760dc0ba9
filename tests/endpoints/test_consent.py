"""The consent of a voice's speaker: kept with the voice, and required where REQUIRE_CONSENT is set."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handler.protocols import Services
from handler.voices import consents, registry
from tests.endpoints.conftest import Web, call, refused
from tests.support.human_clip import HUMAN_CLIP
from tests.support.human_clip import HUMAN_TEXT as TEXT
from tests.support.stub_backends import Louder, with_settings
from tests.support.stub_backends import registry as stub_registry
from tests.support.voice_recordings import human

CONSENT = {"name": "Anna Berg", "date": "2026-11-28", "statement": "Everyone may speak in my voice."}
WHOLE = CONSENT | {"url": None, "recording": None}
PROBLEM = "has no consent of its speaker, which this worker requires; upload it again with consent"


def upload(services: Services, web: Web, **fields: object) -> dict[str, Any]:
    link = web.put("/c", human())
    return call(services, "upload", voice_name="anna", voice_file_url=link, ref_text=TEXT, **fields)


@pytest.fixture
def strict(services: Services) -> Services:
    """A worker that requires consents; the converter is a small one."""
    return replace(with_settings(services, require_consent=True), converters=stub_registry(louder=Louder()))


def test_consent_is_kept_and_listed(services: Services, web: Web) -> None:
    """upload repeats the consent, and list_voices has it; a voice without one has null."""
    assert upload(services, web, consent=CONSENT)["voice"]["consent"] == WHOLE
    assert call(services, "list_voices")["voices"][0]["consent"] == WHOLE
    assert upload(services, web)["voice"]["consent"] is None


def test_consent_may_be_a_recording(services: Services, web: Web) -> None:
    """The id of a recorded consent is kept; one that nobody has is refused, before anything is fetched."""
    recorded = consents.create(services.store, "Anna", "en", HUMAN_CLIP)
    spoken = {"name": "Anna", "date": "2026-11-28", "recording": recorded.id}
    assert upload(services, web, consent=spoken)["voice"]["consent"]["recording"] == recorded.id
    unknown = spoken | {"recording": f"cons_{'0' * 24}"}
    reply = call(services, "upload", voice_name="a", voice_file_url="https://nowhere.invalid/a", consent=unknown)
    refused(reply, "not_found", f"consent.recording: there is no consent '{unknown['recording']}'")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"name": None}, "consent.name: is required"),
        ({"date": "28.11.2026"}, "consent.date: is not a day; send it as 2026-11-28"),
        ({"date": "2026-02-30"}, "consent.date: is not a day; send it as 2026-11-28"),
        ({"date": f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"}, "consent.date: lies in the future"),
        ({"statement": None}, "consent: shows nothing that they agreed to; send statement, url or recording"),
        ({"url": "C:/consent.pdf"}, "consent.url: is not an http or https link"),
        ({"recording": "anna"}, "consent.recording: does not have the form of the id that /v1/audio/voice_consents"),
        ({"statment": "Yes."}, "consent.statment: is not a known field; did you mean statement?"),
    ],
)
def test_unusable_consents_are_refused(services: Services, changed: dict[str, object], problem: str) -> None:
    """Each fault has a sentence that names the field inside the consent."""
    reply = call(services, "upload", voice_name="a", voice_file_url="https://x.invalid/a", consent=CONSENT | changed)
    refused(reply, "bad_request", problem)


def test_upload_without_required_consent_is_refused(strict: Services) -> None:
    """Nothing is fetched or kept; the sentence shows what to send."""
    reply = call(strict, "upload", voice_name="anna", voice_file_url="https://nowhere.invalid/a.wav")
    refused(reply, "bad_request", "consent: is required by this worker; send who agreed, when, and to what")
    assert not strict.store.list("voices/", 10).objects


def test_voice_without_required_consent_is_silent(services: Services, strict: Services, web: Web) -> None:
    """A voice from before the setting speaks and converts no more; uploaded with a consent, it does."""
    upload(services, web)
    cloning = replace(strict, engines=services.engines)
    spoken = call(services, "generate", text="Hello there.")["job_id"]
    refused(call(cloning, "convert", job_id=spoken, voice="anna"), "bad_request", f"voice: anna {PROBLEM}")
    upload(strict, web, consent=CONSENT)
    assert "error" not in call(cloning, "convert", job_id=spoken, voice="anna")


def test_voice_put_by_hand_is_silent(strict: Services, services: Services) -> None:
    """A wav that somebody put into the bucket has no consent; its record keeps none of another wav."""
    strict.store.put(registry.wav_key("bob"), HUMAN_CLIP.read_bytes(), registry.WAV)
    strict.store.put(registry.text_key("bob"), TEXT.encode(), "text/plain")
    spoken = call(services, "generate", text="Hello there.")["job_id"]
    refused(call(strict, "convert", job_id=spoken, voice="bob"), "bad_request", f"voice: bob {PROBLEM}")


def test_consent_stays_when_the_clip_is_prepared_again(services: Services, strict: Services, web: Web) -> None:
    """A voice whose prepared clip is gone keeps its consent."""
    made = upload(strict, web, consent=CONSENT)
    assert made["status"] == "uploaded"
    record = registry.read_record(strict.store, "anna")
    assert record is not None
    strict.store.delete(registry.prepared_key(record.prepared))
    spoken = call(services, "generate", text="Hello there.")["job_id"]
    assert "error" not in call(strict, "convert", job_id=spoken, voice="anna")
    again = registry.read_record(strict.store, "anna")
    assert again is not None
    assert again.consent == registry.Consent(**CONSENT)
