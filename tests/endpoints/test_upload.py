"""upload: a recording becomes a voice, from a link or in two steps; what cannot be one is refused by name."""

from __future__ import annotations

import io
import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import soundfile

from handler.cancellation import Cancellation
from handler.dispatch import dispatch
from handler.errors import StorageError
from handler.protocols import Services
from handler.requests import Limits, UploadInput, parse
from handler.storage.local_store import LocalStore
from handler.voices import library, registry
from tests.endpoints.conftest import Web, call, refused
from tests.support.fake_transcriber import FRENCH, Writer, with_writer
from tests.support.human_clip import HUMAN_TEXT as TEXT
from tests.support.voice_recordings import Cloner, human

SRT = "1\n00:00:00,000 --> 00:00:02,000\n<i>Some call me nature,</i>\n\n2\n00:00:02,000 --> 00:00:05,000\n" + TEXT[21:]


BYTES = "application/octet-stream"


def no_leftovers(disk: Path) -> bool:
    return not [path for path in disk.iterdir() if not path.name.startswith("tts-voice-clips")]


def test_link_becomes_a_voice(services: Services, web: Web, disk: Path) -> None:
    """The reply follows the contract, the bucket has the recording as a wav, and an engine speaks in the voice."""
    reply = call(
        services, "upload", voice_name="anna.wav", voice_file_url=web.put("/clip", human()), ref_text=TEXT,
        description="calm", tags=["en", "calm", "en"], license="CC BY 4.0",
    )  # fmt: skip
    assert set(reply) == {"status", "voice", "metrics", "warnings"}
    assert reply["status"] == "uploaded"
    assert isinstance(reply["warnings"], list)
    voice = reply["voice"]
    url, created = voice.pop("preview_url"), voice.pop("created_at")
    stored = urllib.request.urlopen(url).read()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created)
    assert 3 < voice.pop("duration") <= 12
    assert voice == {
        "name": "anna", "builtin": False, "filename": "anna.wav", "language": "en", "text": TEXT,
        "license": "CC BY 4.0", "consent": None, "description": "calm", "tags": ["en", "calm"], "engine": None,
        "sha256": registry.digest(stored),
    }  # fmt: skip
    given, kept = soundfile.info(io.BytesIO(human())), soundfile.info(io.BytesIO(stored))
    assert (kept.samplerate, kept.channels, kept.subtype) == (given.samplerate, 1, "PCM_16")
    assert kept.duration == pytest.approx(given.duration)
    ready = library.resolve("anna", None, Cloner(), services, warn=lambda *_: None)
    assert (ready.text, ready.language) == (TEXT, "en")
    assert no_leftovers(disk)


def test_upload_by_url_and_token(services: Services, disk: Path) -> None:
    """A token makes a voice of the file at its URL, and the file is removed."""
    first = call(services, "upload", voice_name="anna", create_upload_url=True)
    token = first["upload_token"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,64}", token)
    assert first.pop("upload_url")
    assert first.pop("file_url")
    assert first == {
        "status": "upload_url", "upload_token": token, "max_bytes": 1_000_000, "expires_in": 900,
        "file_expires_in": 86_400,
    }  # fmt: skip
    early = call(services, "upload", voice_name="anna", upload_token=token, ref_text=TEXT)
    refused(early, "not_found", "nothing is under this upload_token", "PUT the file to upload_url")
    services.store.put(f"uploads/{token}", human(), BYTES)
    reply = call(services, "upload", voice_name="anna", upload_token=token, ref_text=TEXT)
    assert reply["voice"]["name"] == "anna"
    assert services.store.head(f"uploads/{token}") is None
    assert no_leftovers(disk)


def test_failed_upload_can_be_tried_again(services: Services, disk: Path) -> None:
    """A recording with a wrong transcript stays at its URL, and no voice is published."""
    token = call(services, "upload", create_upload_url=True)["upload_token"]
    services.store.put(f"uploads/{token}", human(), BYTES)
    wrong = "The committee will publish its report about fisheries on Wednesday."
    refused(call(services, "upload", voice_name="anna", upload_token=token, ref_text=wrong), "bad_reference")
    assert call(services, "list_voices")["count"] == 0
    assert call(services, "upload", voice_name="anna", upload_token=token, ref_text=TEXT)["status"] == "uploaded"
    assert no_leftovers(disk)


def test_too_large_file_is_not_read(services: Services, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over MAX_UPLOAD_BYTES is too_large, by link and by token; a token's file is not opened."""
    token = call(services, "upload", create_upload_url=True)["upload_token"]
    services.store.put(f"uploads/{token}", bytes(1_000_001), BYTES)
    with monkeypatch.context() as patched:
        whole = LocalStore.get

        def get(store: LocalStore, key: str, max_bytes: int | None = None) -> bytes:
            assert not key.startswith("uploads/"), "it was read"
            return whole(store, key, max_bytes)

        patched.setattr(LocalStore, "get", get)
        refused(call(services, "upload", voice_name="anna", upload_token=token, ref_text=TEXT), "too_large", "1 MB")
    assert services.store.head(f"uploads/{token}") is None
    link = web.put("/large", bytes(1_000_001))
    refused(call(services, "upload", voice_name="a", voice_file_url=link, ref_text=TEXT), "too_large", "voice_file_url")


CSV = "word,start_time\n" + "\n".join(f'"{word}",0' for word in TEXT.split())


ROLLING = "WEBVTT\n\n" + "".join(
    f"00:0{at}.000 --> 00:0{at + 1}.000\n{shown}\n\n"
    for at, shown in enumerate([TEXT[:21], f"{TEXT[:21]}\n{TEXT[21:].strip()}", f"{TEXT[21:].strip()}\n[Music]"])
)


@pytest.mark.parametrize(("path", "body"), [("/a.srt", SRT), ("/words", CSV), ("/rolls", ROLLING)])
def test_transcript_may_be_a_link(services: Services, web: Web, path: str, body: str) -> None:
    """transcript_url gives the words in any format."""
    link = web.put(path, body.encode(), "text/csv")
    reply = call(services, "upload", voice_name="a", voice_file_url=web.put("/clip", human()), transcript_url=link)
    assert reply["voice"]["text"] == TEXT


def test_bad_links_are_named_by_their_field(services: Services, web: Web, disk: Path) -> None:
    """A link that fails or leads to something else is a bad request that names its field."""
    clip, missing = web.put("/clip", human()), web.put("/missing", b"")
    refused(
        call(services, "upload", voice_name="a", voice_file_url=missing, ref_text=TEXT), "bad_request", "voice_file_url"
    )
    for link in (missing, web.put("/page", b"<html>log in</html>", "text/html"), web.put("/long", b"x " * 500_001)):
        reply = call(services, "upload", voice_name="a", voice_file_url=clip, transcript_url=link)
        assert "transcript_url" in reply["error"]
        assert reply["error_code"] in {"bad_request", "too_large"}
    text = web.put("/text", b"this is no sound")
    refused(call(services, "upload", voice_name="a", voice_file_url=text, ref_text=TEXT), "bad_reference", "audio file")
    assert no_leftovers(disk)


def test_private_links_are_refused(services: Services, environ: dict[str, str], web: Web) -> None:
    """A link to a private address is refused without ALLOW_PRIVATE_URLS."""
    from handler.app import make_services
    from handler.settings import Settings

    strict = make_services(Settings.read(environ | {"ALLOW_PRIVATE_URLS": "false"}))
    link = web.put("/clip", human())
    for fields in ({"voice_file_url": link, "ref_text": TEXT}, {"voice_file_url": link, "transcript_url": link}):
        assert "not public" in call(strict, "upload", voice_name="a", **fields)["error"]


def test_missing_transcript_is_requested(services: Services, web: Web) -> None:
    """Without transcript and transcriber, the reply is a bad request that asks for ref_text."""
    reply = call(services, "upload", voice_name="a", voice_file_url=web.put("/clip", human()))
    refused(reply, "bad_request", "ref_text")
    assert reply["issues"][0]["field"] == "ref_text"


def test_transcriber_finds_language_and_text(services: Services, web: Web) -> None:
    """A French clip gives a French voice in the reply, in the bucket and for the engine."""
    writer = Writer(FRENCH, "fr")
    able = with_writer(services, writer)
    reply = call(able, "upload", voice_name="anne", voice_file_url=web.put("/clip", human()))
    assert (reply["voice"]["language"], reply["voice"]["text"]) == ("fr", FRENCH)
    assert writer.asked == [None]
    assert [voice["language"] for voice in call(able, "list_voices")["voices"]] == ["fr"]
    assert library.resolve("anne", None, Cloner(), services, warn=lambda *_: None).language == "fr"


@pytest.mark.parametrize(
    ("fields", "asked", "language"),
    [
        ({"language": "fr-CA"}, ["fr-CA"], "fr-CA"), ({"language": "en"}, ["en"], "en"),
        ({"ref_text": TEXT}, [], "en"), ({"ref_text": FRENCH, "language": "fr"}, [], "fr"),
        ({"ref_text": TEXT, "language": None}, [], "en"),
        ({"ref_text": FRENCH, "language": "auto"}, [], "fr"), ({"ref_text": TEXT, "language": "auto"}, [], "en"),
        ({"language": "auto"}, [None], "de"),
    ],
)  # fmt: skip
def test_requested_language_is_the_voices(
    services: Services, web: Web, fields: dict[str, Any], asked: list[str], language: str
) -> None:
    """The requested language goes to the transcriber and into the voice; a transcript without one is English.

    With `auto` it is found in the transcript or, if there is none, by the transcriber.
    """
    writer = Writer(TEXT if language == "en" else FRENCH, "de")
    link = web.put("/clip", human())
    reply = call(with_writer(services, writer), "upload", voice_name="anne", voice_file_url=link, **fields)
    assert reply["voice"]["language"] == language
    assert writer.asked == asked


@pytest.mark.parametrize(
    ("language", "warnings"), [("fr", []), ("auto", []), ("de", ["language_doubtful"]), ("sv", ["language_doubtful"])]
)
def test_transcript_in_another_language_is_a_warning(
    services: Services, web: Web, language: str, warnings: list[str]
) -> None:
    """A transcript that is plainly in another language than the request says is a warning."""
    reply = call(
        services, "upload", voice_name="a", voice_file_url=web.put("/c", human()), ref_text=FRENCH, language=language
    )
    codes = [warning["code"] for warning in reply["warnings"]]
    assert [code for code in codes if code.startswith("language")] == warnings


def test_misfitting_own_transcript_is_explained(services: Services, web: Web) -> None:
    """The error does not blame the client for the worker's own transcript, and says what helps."""
    able = with_writer(services, Writer("The committee will publish its report about fisheries on Wednesday.", "en"))
    reply = call(able, "upload", voice_name="a", voice_file_url=web.put("/clip", human()))
    refused(reply, "bad_reference", "made from the clip did not fit", "several speakers", "; send ref_text")
    assert "does not fit" not in reply["error"]
    assert "committee" not in reply["error"]


def test_upload_is_cancelled_during_transcription(services: Services) -> None:
    """The transcriber checks the job's cancellation; the cancelled job keeps its recording."""
    token = call(services, "upload", create_upload_url=True)["upload_token"]
    services.store.put(f"uploads/{token}", human(), BYTES)
    cancellation = Cancellation()

    class Late(Writer):
        def listen(self, given: Cancellation) -> None:
            cancellation.cancel()
            given.check()
            raise AssertionError("the check let it pass")

    fields = {"endpoint": "upload", "voice_name": "anna", "upload_token": token}
    reply = dispatch({"input": fields}, with_writer(services, Late(TEXT, "en")), cancellation=cancellation)
    refused(reply, "cancelled")
    assert services.store.head(f"uploads/{token}")


def test_existing_voice_name(services: Services, web: Web) -> None:
    """With overwrite false the existing voice is kept and nothing is fetched; the default replaces it."""
    link = web.put("/clip", human())
    assert call(services, "upload", voice_name="a", voice_file_url=link, ref_text=TEXT, overwrite=False)["voice"]
    for fields in ({"voice_file_url": "http://127.0.0.1:1/none", "ref_text": TEXT}, {"create_upload_url": True}):
        refused(
            call(services, "upload", voice_name="a", overwrite=False, **fields), "already_exists", "voice_name", "a "
        )
    again = call(services, "upload", voice_name="a", voice_file_url=link, ref_text=TEXT, description="new")
    assert again["voice"]["description"] == "new"
    assert [voice["description"] for voice in call(services, "list_voices")["voices"]] == ["new"]


def test_leftover_upload_is_a_warning(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the uploaded file cannot be removed, the voice is published with a warning."""
    token = call(services, "upload", create_upload_url=True)["upload_token"]
    services.store.put(f"uploads/{token}", human(), BYTES)

    def fail(self: LocalStore, key: str) -> None:
        raise StorageError("no")

    monkeypatch.setattr(LocalStore, "delete", fail)
    reply = call(services, "upload", voice_name="a", upload_token=token, ref_text=TEXT)
    assert "upload_not_removed" in [warning["code"] for warning in reply["warnings"]]


LINK: dict[str, Any] = {"voice_name": "a", "voice_file_url": "https://example.com/a.wav"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["exactly one of", "voice_file_url", "create_upload_url", "upload_token"]),
        ({"voice_name": "a"}, ["exactly one of"]),
        (LINK | {"create_upload_url": True}, ["exactly one of"]),
        (LINK | {"upload_token": "x" * 20}, ["exactly one of"]),
        ({"voice_file_url": "https://example.com/a.wav"}, ["voice_name is required"]),
        (LINK | {"voice_name": ".."}, ["voice_name", "letter"]), (LINK | {"voice_name": "a/b"}, ["voice_name"]),
        (LINK | {"voice_name": "x" * 65}, ["voice_name", "64"]), (LINK | {"voice_name": ""}, ["voice_name"]),
        ({"voice_name": "a", "upload_token": "../../etc/passwd/aaaaaaa"}, ["upload_token"]),
        ({"voice_name": "a", "upload_token": "x" * 65}, ["upload_token"]),
        (LINK | {"ref_text": "x", "transcript_url": "https://example.com/a.txt"}, ["ref_text", "transcript_url"]),
        (LINK | {"ref_text": " … "}, ["ref_text", "no words"]), (LINK | {"ref_text": "x" * 20_001}, ["ref_text"]),
        (LINK | {"language": "klingon"}, ["language"]), (LINK | {"description": "x" * 1001}, ["description", "1000"]),
        (LINK | {"tags": "calm"}, ["tags", "list"]), (LINK | {"tags": ["x"] * 21}, ["tags", "20"]),
        (LINK | {"tags": ["x" * 41]}, ["tags.0", "40"]), (LINK | {"tags": [""]}, ["tags.0"]),
        (LINK | {"tags": [5]}, ["tags.0"]),
        (LINK | {"license": "x" * 201}, ["license", "200"]), (LINK | {"overwrite": "yes"}, ["overwrite"]),
        (LINK | {"voice_url": "x"}, ["voice_url", "voice_file_url"]),
        (LINK | {"voice_file_url": 5}, ["voice_file_url"]),
        (LINK | {"voice_file_url": "ftp://example.com/a.wav", "ref_text": "x"}, ["voice_file_url", "http"]),
    ],
)  # fmt: skip
def test_bad_field_is_named(services: Services, fields: dict[str, Any], words: list[str]) -> None:
    """Each field that is wrong, missing, unknown or at odds with another is named in one sentence."""
    refused(call(services, "upload", **fields), "bad_request", *words)


def test_values_at_the_limits_are_allowed() -> None:
    """The longest name, tag, description and licence and the most tags are accepted."""
    fields = LINK | {"voice_name": "x" * 64, "tags": [f"{number:040}" for number in range(20)]}
    fields |= {"description": "x" * 1000, "license": "x" * 200, "ref_text": "x" * 20_000, "language": "pt-BR"}
    assert len(parse(UploadInput, fields, Limits(1, (), ())).tags) == 20


def test_upload_examples_of_the_api_are_valid() -> None:
    """Every upload request in API.md can be parsed."""
    document = (Path(__file__).parents[2] / "API.md").read_text("utf-8")
    blocks = re.findall(r"```json\n(\s*\{\s*\"input\".*?)```", document, re.DOTALL)
    shown = [fields for block in blocks if (fields := json.loads(block)["input"]).pop("endpoint", "") == "upload"]
    assert len(shown) >= 3
    for fields in shown:
        parse(UploadInput, fields, Limits(1, (), ()))


def test_second_delivery_of_an_upload_gives_the_same_voice(services: Services) -> None:
    """The second delivery finds the job done and returns the same voice with a fresh URL."""
    token = call(services, "upload", create_upload_url=True)["upload_token"]
    services.store.put(f"uploads/{token}", human(), BYTES)
    fields = {"endpoint": "upload", "voice_name": "anna", "upload_token": token, "ref_text": TEXT}
    first, second = (dispatch({"id": "up-1", "input": fields}, services) for _ in range(2))
    assert first["voice"]["name"] == "anna"
    assert first == second


def test_cancelled_upload_publishes_nothing(services: Services) -> None:
    """A cancelled upload leaves no voice and keeps its recording."""
    token = call(services, "upload", create_upload_url=True)["upload_token"]
    services.store.put(f"uploads/{token}", human(), BYTES)
    cancellation = Cancellation()
    cancellation.cancel()
    fields = {"endpoint": "upload", "voice_name": "anna", "upload_token": token, "ref_text": TEXT}
    refused(dispatch({"input": fields}, services, cancellation=cancellation), "cancelled")
    assert call(services, "list_voices")["count"] == 0
    assert services.store.head(f"uploads/{token}")


def test_speech_of_a_job_becomes_a_voice(services: Services) -> None:
    """The voice has the job's words as they were said, its language and its model's licence, and an engine uses it."""
    script = "[Nguyen](win) has 3 good friends who live in the house by the river."
    made = call(services, "generate", text=script, language="en-GB")
    reply = call(services, "upload", voice_name="anna", job_id=made["job_id"])
    said = "win has three good friends who live in the house by the river."
    assert (reply["voice"]["text"], reply["voice"]["language"]) == (said, "en-GB")
    assert reply["voice"]["license"] == made["model_license"]
    assert reply["voice"]["duration"] == pytest.approx(made["duration"], abs=0.5)
    assert library.resolve("anna", None, Cloner(), services, warn=lambda *_: None).text == said
    own = call(services, "upload", voice_name="anna", job_id=made["job_id"], license="mine", language="en-US")
    assert (own["voice"]["license"], own["voice"]["language"]) == ("mine", "en-US")


def test_long_speech_of_a_job_is_cut(services: Services) -> None:
    """Of a minute of speech the voice has the beginning, with the words in it."""
    made = call(services, "generate", text="This is a sentence that says a little. " * 20)
    voice = call(services, "upload", voice_name="anna", job_id=made["job_id"])["voice"]
    assert voice["duration"] <= 12
    assert len(voice["text"]) < 400


def test_job_without_speech_is_no_voice(services: Services, web: Web) -> None:
    """Jobs that are not there or left no speech are not found, and a job takes no transcript from the client."""
    refused(call(services, "upload", voice_name="a", job_id="nobody"), "not_found", "job_id: there is no job nobody")
    aligned = call(services, "align", audio_url=web.put("/clip", human()), text=TEXT)["job_id"]
    refused(call(services, "upload", voice_name="a", job_id=aligned), "not_found", "has no speech", "generate")
    refused(call(services, "upload", voice_name="a", job_id="x", ref_text=TEXT), "bad_request", "leave out ref_text")
    refused(call(services, "upload", voice_name="a", job_id="x", upload_token="t" * 20), "bad_request", "exactly one")
