"""Transcriptions as the official client gets them, of a human recording, by the real Whisper base and Sphinx."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import httpx
import numpy as np
import openai
import pytest
import soundfile
from openai import AsyncOpenAI, OpenAI

from handler.cancellation import Cancellation
from handler.protocols import Services
from handler.storage.local_store import LocalStore
from tests.http_api.openai.conftest import KEY, official
from tests.support.fake_transcriber import FRENCH, Writer, with_writer
from tests.support.http_server import PATIENCE_S, RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.stub_backends import Even, with_backends


def bare(text: str) -> list[str]:
    return [word.strip(".,;!?").lower() for word in text.split()]


def written(server: RunningServer, **form: object) -> tuple[int, str]:
    """The answer to the recording and a form, without the official client."""
    response = server.client.post("/v1/audio/transcriptions", files={"file": HUMAN_CLIP.open("rb")}, data=form)
    return response.status_code, response.text


@pytest.fixture
def quick(services: Services) -> Iterator[RunningServer]:
    """A server that has heard the clip before, and shares its time evenly among the words."""
    services = with_backends(with_writer(services, Writer(HUMAN_TEXT, "en")), sphinx=Even("sphinx"))
    with running(services) as server:
        yield server


def test_words_and_segments_have_their_times(listening: RunningServer) -> None:
    """The client reads the text, its language, its segments and its words, as Whisper and Sphinx heard them."""
    with official(listening) as client:
        verbose = client.audio.transcriptions.create(
            file=HUMAN_CLIP,
            model="whisper-1",
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
            prompt="Nature.",
            temperature=0.2,
        )
    assert bare(verbose.text) == bare(HUMAN_TEXT)
    assert verbose.language == "en"
    assert verbose.duration == pytest.approx(5.3, abs=0.1)
    assert verbose.words is not None
    assert verbose.segments is not None
    assert bare(" ".join(word.word for word in verbose.words)) == bare(HUMAN_TEXT)
    assert verbose.words[3].start == pytest.approx(1.42, abs=0.1)
    assert "".join(segment.text for segment in verbose.segments).strip() == verbose.text
    assert verbose.segments[0].start < 1 < verbose.segments[-1].end <= verbose.duration
    assert -1 < verbose.segments[0].avg_logprob < 0


def test_every_format_is_read_by_the_client(quick: RunningServer) -> None:
    """The text and its seconds as JSON, and captions in both formats."""
    with official(quick) as client:
        simple = client.audio.transcriptions.create(file=HUMAN_CLIP, model="whisper-1", language="en")
        assert simple.text == HUMAN_TEXT
        assert simple.usage is not None
        assert simple.usage.to_dict() == {"type": "duration", "seconds": 6}
        srt = client.audio.transcriptions.create(file=HUMAN_CLIP, model="whisper-1", response_format="srt")
        # The clip begins with a third of a second of silence.
        assert srt.startswith("1\n00:00:00,3")
        assert "mother nature." in srt
        vtt = client.audio.transcriptions.create(file=HUMAN_CLIP, model="whisper-1", response_format="vtt")
        assert vtt.startswith("WEBVTT\n")
        assert "00:00:00.3" in vtt


@pytest.mark.parametrize("prompt", ["Nguyen, Kubernetes", "a" * 500 + "b" * 1000])
def test_the_prompt_reaches_the_transcriber(services: Services, prompt: str) -> None:
    """The end of a long one, which is what OpenAI's Whisper reads of it."""
    writer = Writer(HUMAN_TEXT, "en")
    with running(with_backends(with_writer(services, writer), sphinx=Even("sphinx"))) as server:
        assert written(server, prompt=prompt)[0] == 200
    assert writer.prompts == [prompt[-1000:]]


async def test_the_async_client_gets_a_text(quick: RunningServer) -> None:
    """The async client gets plain text, with the line's end that OpenAI's has."""
    async with AsyncOpenAI(base_url=f"{quick.url}/v1", api_key=KEY) as client:
        text = await client.audio.transcriptions.create(file=HUMAN_CLIP, model="any", response_format="text")
    assert text == HUMAN_TEXT + "\n"


def test_a_client_that_streams_gets_events(quick: RunningServer) -> None:
    """The text comes as a whole, and the end has it again, as OpenAI's models do."""
    with official(quick) as client:
        stream = client.audio.transcriptions.create(file=HUMAN_CLIP, model="gpt-4o-transcribe", stream=True)
        events = [event.to_dict() for event in stream]
    assert [event["type"] for event in events] == ["transcript.text.delta", "transcript.text.done"]
    assert events[0]["delta"] == events[1]["text"] == HUMAN_TEXT


@pytest.mark.parametrize(
    ("asked", "has"),
    [
        ({}, {"segments"}),
        ({"timestamp_granularities[]": ["word"]}, {"words"}),
        ({"timestamp_granularities": ["word", "segment"]}, {"words", "segments"}),
    ],
)
def test_granularities_are_as_asked(quick: RunningServer, asked: dict[str, list[str]], has: set[str]) -> None:
    """Segments are the default; words come where they are asked for, with or without brackets in the field's name."""
    status, text = written(quick, response_format="verbose_json", **asked)
    assert status == 200
    assert has == {"words", "segments"} & json.loads(text).keys()


def test_a_text_without_times_is_returned(services: Services) -> None:
    """No aligner here knows French: the text is returned, and a format with times says why it cannot be."""
    with running(with_writer(services, Writer(FRENCH, "fr"))) as server:
        assert written(server)[0] == 200
        status, text = written(server, response_format="srt")
    error = json.loads(text)["error"]
    assert (status, error["code"]) == (422, "alignment_error")
    assert "language fr" in error["message"]
    assert "response_format json or text" in error["message"]


def test_nothing_is_left_of_the_file(quick: RunningServer) -> None:
    """The recording is removed from the store once it is written down."""
    assert written(quick)[0] == 200
    assert quick.api.services.store.list("uploads/", 10).objects == ()


def test_a_client_that_hangs_up_cancels_its_job(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transcriber stops, and nothing is left of the file."""
    listens, removed = threading.Event(), threading.Event()
    delete = LocalStore.delete

    class Slow(Writer):
        def listen(self, cancellation: Cancellation) -> None:
            listens.set()
            cancellation.sleep(PATIENCE_S)

    def deleted(store: LocalStore, key: str) -> None:
        delete(store, key)
        removed.set()

    monkeypatch.setattr(LocalStore, "delete", deleted)
    with running(with_writer(services, Slow(HUMAN_TEXT, "en"))) as server:
        form = httpx.Request("POST", server.url, files={"file": HUMAN_CLIP.read_bytes()})
        connection = http.client.HTTPConnection("127.0.0.1", form.url.port, timeout=PATIENCE_S)
        headers = {"Content-Type": form.headers["Content-Type"]}
        connection.request("POST", "/v1/audio/transcriptions", form.read(), headers)
        assert listens.wait(PATIENCE_S)
        connection.close()
        assert removed.wait(PATIENCE_S)
    assert services.tally == {"cancelled": 1}
    assert services.store.list("uploads/", 10).objects == ()


def test_a_full_queue_is_said_so(services: Services) -> None:
    """The official client gets its RateLimitError, and when to come again."""
    limited = replace(services, settings=services.settings.model_copy(update={"queue_limit": 1}))
    with running(limited, ready=False) as server, official(server) as client:
        asyncio.run_coroutine_threadsafe(_queue_one(server), server.loop).result(PATIENCE_S)
        with pytest.raises(openai.RateLimitError) as caught:
            client.audio.transcriptions.create(file=HUMAN_CLIP, model="whisper-1")
        assert caught.value.response.headers["retry-after"] == str(server.api.retry_after_s())
    assert services.store.list("uploads/", 10).objects == ()


async def _queue_one(server: RunningServer) -> None:
    server.api.submit({"text": "Hello."})


def test_a_worker_that_cannot_write_says_so(client: OpenAI) -> None:
    """Without a model the error has a status that no client retries, and names the commands that help."""
    with pytest.raises(openai.BadRequestError, match=r"make worker.*models pull faster_whisper") as caught:
        client.audio.transcriptions.create(file=HUMAN_CLIP, model="whisper-1")
    assert (caught.value.code, caught.value.param) == ("bad_request", None)


def silent() -> bytes:
    body = io.BytesIO()
    soundfile.write(body, np.zeros(16_000, np.float32), 16_000, format="WAV")
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "file: "),
        (b"this is no sound at all" * 100, "file: the recording is no audio file"),
        (silent(), "file: no speech was heard"),
    ],
    ids=["empty", "text", "silent"],
)
def test_an_unusable_file_is_refused_by_its_name(listening: RunningServer, body: bytes, message: str) -> None:
    """The error names the field of the form, and no field of ours."""
    with official(listening) as client:
        with pytest.raises(openai.BadRequestError) as caught:
            client.audio.transcriptions.create(file=("a.wav", body), model="whisper-1")
        assert caught.value.param == "file"
        assert message in caught.value.message
        assert "audio_url" not in caught.value.message


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"response_format": "diarized_json"}, "response_format"),
        ({"language": "english language"}, "language"),
        ({"temperature": "warm"}, "temperature"),
    ],
)
def test_a_bad_field_is_refused_by_its_name(server: RunningServer, form: dict[str, str], param: str) -> None:
    """Each wrong field is named in OpenAI's form."""
    status, text = written(server, **form)
    assert (status, json.loads(text)["error"]["param"]) == (400, param)


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded", ""])
def test_json_is_told_to_be_a_form(server: RunningServer, media_type: str) -> None:
    """A body of JSON, whatever its header says, is refused with the header of the form and not with its fields."""
    headers = {"Content-Type": media_type}
    answer = server.client.post("/v1/audio/transcriptions", content='{"model": "whisper-1"}', headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("body: must be a form; send it with Content-Type: multipart/")


def test_a_form_without_file_is_refused(server: RunningServer) -> None:
    """The missing field is named."""
    for form in ({"model": "whisper-1"}, {"file": "a"}):
        response = server.client.post("/v1/audio/transcriptions", data=form)
        assert (response.status_code, response.json()["error"]["param"]) == (400, "file")
    broken = {"content-type": "multipart/form-data; boundary=x"}
    response = server.client.post("/v1/audio/transcriptions", content=b"no form", headers=broken)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad_request"


def test_a_large_file_is_refused(services: Services) -> None:
    """A file over MAX_AUDIO_BYTES is refused before any job."""
    limited = replace(services, settings=services.settings.model_copy(update={"max_audio_bytes": 1000}))
    with running(limited) as server:
        status, text = written(server)
    assert (status, json.loads(text)["error"]["code"]) == (413, "too_large")
    assert services.tally == {}


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_translations_are_refused(client: OpenAI) -> None:
    """The error says what there is instead."""
    with pytest.raises(openai.BadRequestError, match="does not translate; /v1/audio/transcriptions"):
        client.audio.translations.create(file=HUMAN_CLIP, model="whisper-1")
