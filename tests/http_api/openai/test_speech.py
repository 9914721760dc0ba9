"""POST /v1/audio/speech with OpenAI's own client: streamed, equal to the job's own audio, and honest when it fails."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import openai
import pytest
import soundfile

from handler.app import make_services
from handler.http_api.queued_job import CANCELLED, FAILED
from handler.media import ffmpeg
from handler.media.loudness import integrated
from handler.media.stream_encoder import FORMATS
from handler.protocols import Services
from handler.settings import Settings
from handler.types import Samples
from tests.support.gated_speaker import GatedSpeaker
from tests.support.http_server import PATIENCE_S, RunningServer, running
from tests.support.listening import DECODED_RATE, decoded, lag, raw
from tests.support.stub_backends import TEXT, happens, with_backends

MAX_DELAY_S = 0.07  # that mp3 and aac put before the first sound
ANY: dict[str, Any] = {"model": "tts-1", "voice": "alloy", "input": TEXT}
CUT = "peer closed connection without sending complete message body"

Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]


def client(server: RunningServer) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0, timeout=PATIENCE_S)


@pytest.fixture
def openai_client(server: RunningServer) -> openai.OpenAI:
    return client(server)


@pytest.fixture
def gate(services: Services) -> GatedSpeaker:
    """An engine that waits before the second chunk."""
    return GatedSpeaker(services.settings, 1)


@pytest.fixture
def gated(services: Services, gate: GatedSpeaker) -> Iterator[RunningServer]:
    with running(with_backends(services, gate)) as server:
        yield server


def heard(body: bytes, format_: str, rate: int = DECODED_RATE) -> Samples:
    return decoded(body, rate, *(raw(24_000) if format_ == "pcm" else ()))


def own_file(server: RunningServer, folder: Path, job_id: str) -> tuple[Samples, int]:
    """The samples of the job's own wav, as 16-bit numbers."""
    server.ended(job_id)
    samples, rate = soundfile.read(folder / "store" / "output" / f"{job_id}.wav", dtype="int16")
    return samples, rate


@pytest.mark.parametrize("format_", FORMATS)
def test_speech_is_heard_while_it_is_spoken(
    gated: RunningServer, gate: GatedSpeaker, format_: Format, tmp_path: Path
) -> None:
    """The first chunk can be played before the second is spoken; the whole is as long as the job's own audio."""
    speaking = client(gated).audio.speech.with_streaming_response.create(**ANY, response_format=format_)
    with speaking as response:
        assert response.headers["content-type"] == FORMATS[format_].media_type
        body = b""
        for part in response.iter_bytes():
            body += part
            if not gate.go_on.is_set() and len(heard(body, format_)) > DECODED_RATE:
                assert gate.reached.wait(PATIENCE_S)
                gate.go_on.set()
        job = gated.ended(response.headers["x-job-id"])
    assert gate.go_on.is_set()
    length = len(heard(body, format_)) / DECODED_RATE
    assert job.reply["duration"] - 0.001 <= length < job.reply["duration"] + 2 * MAX_DELAY_S


@pytest.mark.parametrize("format_", ["pcm", "wav", "flac"])
def test_lossless_stream_equals_the_jobs_own_file(
    server: RunningServer, openai_client: openai.OpenAI, format_: Format, tmp_path: Path
) -> None:
    """Sample for sample the file of the same job in the store, joins of chunks included; pcm is at 24 kHz."""
    answer = openai_client.audio.speech.create(**ANY, response_format=format_)
    job_id = answer.response.headers["x-job-id"]
    body = answer.content
    if format_ == "flac":
        own, rate = soundfile.read(tmp_path / "store" / "output" / f"{job_id}.flac", dtype="int16")
    else:
        own, rate = own_file(server, tmp_path, job_id)
    assert rate == int(answer.response.headers["x-sample-rate"])
    assert format_ != "pcm" or rate == 24_000
    options = raw(rate) if format_ == "pcm" else ()
    assert np.array_equal(np.round(decoded(body, rate, *options) * 32768), own)


def test_stream_with_a_loudness_equals_the_jobs_own_file(services: Services, tmp_path: Path) -> None:
    """With LOUDNESS the stream comes when all is spoken, and has that loudness, sample for sample."""
    levelled = make_services(services.settings.model_copy(update={"loudness": -30.0}))
    with running(levelled) as server:
        answer = client(server).audio.speech.create(**ANY, response_format="wav")
        own, rate = own_file(server, tmp_path, answer.response.headers["x-job-id"])
    assert rate == int(answer.response.headers["x-sample-rate"])
    assert np.array_equal(np.round(decoded(answer.content, rate) * 32768), own)
    assert integrated((own / 32768).astype(np.float32), rate) == pytest.approx(-30, abs=0.1)


@pytest.mark.parametrize("format_", ["mp3", "opus", "aac"])
def test_lossy_stream_sounds_as_the_jobs_own_file(
    server: RunningServer, openai_client: openai.OpenAI, format_: Format, tmp_path: Path
) -> None:
    """The whole is the same sound as wav's, without a gap or a click where chunks join."""
    seed = {"seed": 1}
    wav = openai_client.audio.speech.create(**ANY, response_format="wav", extra_body=seed)
    body = openai_client.audio.speech.create(**ANY, response_format=format_, extra_body=seed).content
    wanted, sound = heard(wav.content, "wav"), heard(body, format_)
    late = lag(sound, wanted)
    assert 0 <= late < MAX_DELAY_S * DECODED_RATE
    aligned = sound[late : late + len(wanted)]
    assert len(aligned) > len(wanted) - 100
    wanted = wanted[: len(aligned)]
    # Blocks of 50 ms: none is louder or quieter than it should be, as at a click or a gap.
    blocks = len(wanted) // 2400
    power = [np.square(each[: blocks * 2400]).reshape(blocks, -1).mean(axis=1) ** 0.5 for each in (wanted, aligned)]
    assert np.abs(power[0] - power[1]).max() < 0.1 * power[0].max()


def test_download_has_a_name_and_no_proxy_holds_it_back(openai_client: openai.OpenAI) -> None:
    """Browsers save it under a name that players open; buffering proxies are told not to wait."""
    headers = openai_client.audio.speech.create(**ANY, response_format="opus").response.headers
    assert headers["content-disposition"] == 'attachment; filename="speech.ogg"'
    assert (headers["x-accel-buffering"], headers["cache-control"]) == ("no", "no-store")


def test_async_client_gets_the_same(server: RunningServer, tmp_path: Path) -> None:
    """The asynchronous client streams it to a file."""

    async def save() -> str:
        async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as speaker:
            speaking = speaker.audio.speech.with_streaming_response.create(**ANY, response_format="pcm")
            async with speaking as response:
                await response.stream_to_file(tmp_path / "speech.pcm")
                return str(response.headers["x-job-id"])

    own, _ = own_file(server, tmp_path, asyncio.run(save()))
    assert (tmp_path / "speech.pcm").read_bytes() == own.tobytes()


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line:
            name, _, data = line.partition(": ")
            assert name == "data"
            yield json.loads(data)


def test_events_carry_the_audio_and_end_with_usage(gated: RunningServer, gate: GatedSpeaker, tmp_path: Path) -> None:
    """stream_format sse sends deltas of base64 while it is spoken, and one event at the end that counts."""
    speaking = client(gated).audio.speech.with_streaming_response.create(
        **ANY, response_format="pcm", stream_format="sse"
    )
    with speaking as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        received = events(response.iter_lines())
        first = next(received)
        assert gate.reached.wait(PATIENCE_S)
        gate.go_on.set()
        *deltas, done = first, *received
        own, _ = own_file(gated, tmp_path, response.headers["x-job-id"])
    assert {delta["type"] for delta in deltas} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(delta["audio"]) for delta in deltas) == own.tobytes()
    tokens = {"input_tokens": len(TEXT), "output_tokens": int(np.ceil(len(own) / 1200))}
    assert done == {"type": "speech.audio.done", "usage": {**tokens, "total_tokens": sum(tokens.values())}}


@pytest.mark.parametrize(
    ("changes", "error", "param", "says"),
    [
        ({"model": "gpt-5"}, openai.NotFoundError, "model", "send espeak, or tts-1"),
        ({"input": " "}, openai.BadRequestError, "input", "is empty"),
        ({"input": "a" * 4097}, openai.BadRequestError, "input", "at most 4096"),
        ({"voice": 7}, openai.BadRequestError, "voice", "voice: must be a voice's name, or an object with its id"),
        ({"voice": {"name": "x"}}, openai.BadRequestError, "voice", "voice: must be a voice's name, or an object"),
        ({"voice": "nobody"}, openai.NotFoundError, "voice", "there is no voice 'nobody'"),
        ({"voice": {"id": "f5:anna"}}, openai.BadRequestError, "voice", "does not load f5"),
        ({"response_format": "m4a"}, openai.BadRequestError, "response_format", "'mp3', 'opus', 'aac', 'flac', 'wav'"),
        ({"speed": 4.5}, openai.BadRequestError, "speed", "at most 4"),
        ({"stream_format": "ndjson"}, openai.BadRequestError, "stream_format", "'audio' or 'sse'"),
        ({"extra_body": {"language": "!"}}, openai.BadRequestError, "language", "language tag"),
        ({"extra_body": {"input": None}}, openai.BadRequestError, "input", "is required"),
    ],
)  # fmt: skip
def test_bad_request_names_its_field(
    openai_client: openai.OpenAI, changes: dict[str, Any], error: type[openai.APIStatusError], param: str, says: str
) -> None:
    """Each fault is an error of OpenAI's form and kind, with OpenAI's name of the field."""
    with pytest.raises(error) as raised:
        openai_client.audio.speech.create(**{**ANY, **changes})
    body = raised.value.body
    assert isinstance(body, dict)
    assert (body["type"], body["param"]) == ("invalid_request_error", param)
    codes = {"model": "model_not_found", "nobody": "not_found"}
    assert body["code"] == codes.get(param, codes.get(str(changes.get("voice")), "bad_request"))
    assert says in body["message"]
    assert body["message"].startswith(f"{param}: ")


def test_failure_before_the_first_sound_is_an_error(services: Services) -> None:
    """An engine that fails at once gives a status and JSON, not half a file."""
    gate = GatedSpeaker(services.settings, 0, fails=True)
    gate.go_on.set()
    with running(with_backends(services, gate)) as server, pytest.raises(openai.InternalServerError) as raised:
        client(server).audio.speech.create(**ANY)
    assert raised.value.response.headers["content-type"] == "application/json"
    assert raised.value.body == {
        "message": "the engine broke; send the job again",
        "type": "server_error",
        "param": None,
        "code": "engine_error",
    }


def test_encoder_that_fails_at_once_is_an_error(
    openai_client: openai.OpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Speech that cannot be encoded gives a status, too, as long as nothing was sent."""
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(ffmpeg, "_program", lambda: str(broken))
    with pytest.raises(openai.InternalServerError, match="could not be encoded"):
        openai_client.audio.speech.create(**ANY)


@pytest.mark.parametrize("format_", FORMATS)
def test_failure_after_the_first_sound_cuts_the_connection(services: Services, format_: Format) -> None:
    """A client never takes a part for the whole: its connection ends in an error."""
    gate = GatedSpeaker(services.settings, 1, fails=True)
    with running(with_backends(services, gate)) as server:
        speaking = client(server).audio.speech.with_streaming_response.create(**ANY, response_format=format_)
        with speaking as response:
            parts = response.iter_bytes()
            assert next(parts)
            gate.go_on.set()
            with pytest.raises(Exception, match=CUT):
                list(parts)
        assert server.ended(response.headers["x-job-id"]).state == FAILED


def test_failure_among_events_is_told_and_cuts_the_connection(services: Services) -> None:
    """Those who read events learn why, too."""
    gate = GatedSpeaker(services.settings, 1, fails=True)
    with running(with_backends(services, gate)) as server:
        speaking = client(server).audio.speech.with_streaming_response.create(**ANY, stream_format="sse")
        with speaking as response:
            received = events(response.iter_lines())
            assert next(received)["type"] == "speech.audio.delta"
            gate.go_on.set()
            later: list[dict[str, Any]] = []
            with pytest.raises(Exception, match=CUT):
                later.extend(received)
    assert later[-1]["type"] == "speech.audio.error"
    assert later[-1]["error"]["message"] == "the engine broke; send the job again"


@pytest.mark.parametrize("format_", FORMATS)
def test_client_who_hangs_up_cancels_the_job(gated: RunningServer, gate: GatedSpeaker, format_: Format) -> None:
    """Nobody pays for speech that nobody hears: the engine stops before the next chunk."""
    speaking = client(gated).audio.speech.with_streaming_response.create(**ANY, response_format=format_)
    with speaking as response:
        assert next(response.iter_bytes())
        assert gate.reached.wait(PATIENCE_S)
    assert gated.ended(response.headers["x-job-id"]).state == CANCELLED
    assert gate.spoken == 1


def test_client_who_hangs_up_early_cancels_the_job(services: Services) -> None:
    """So it is before the first sound, too."""
    gate = GatedSpeaker(services.settings, 0)
    with running(with_backends(services, gate)) as server:
        body = json.dumps(ANY).encode()
        head = f"POST /v1/audio/speech HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n"
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as connection:
            connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            assert gate.reached.wait(PATIENCE_S)
        happens(gate.go_on)  # by the cancellation alone
        assert gate.spoken == 0


def test_speed_is_ours_at_both_ends_of_openais(server: RunningServer, openai_client: openai.OpenAI) -> None:
    """Faster is shorter; what no engine can do becomes the nearest that it can, and a header says so."""
    seconds = {}
    for speed in (0.25, 1.0, 2.0, 4.0):
        answer = openai_client.audio.speech.create(**ANY, response_format="wav", speed=speed)
        samples, rate = soundfile.read(io.BytesIO(answer.content))
        seconds[speed] = len(samples) / rate
        fields = [each["message"].partition(":")[0] for each in json.loads(answer.response.headers["x-warnings"])]
        assert fields == (["voice", "speed"] if speed in (0.25, 4.0) else ["voice"])
    assert seconds[0.25] > seconds[1.0] > seconds[2.0] > seconds[4.0]
    assert seconds[1.0] / seconds[2.0] == pytest.approx(2, rel=0.2)


def test_voice_of_another_engine_speaks_by_openais_name(environ: dict[str, str]) -> None:
    """OPENAI_VOICES gives a name of OpenAI's, sent as an object, a voice of a neural engine."""
    names = {"ENGINES": "espeak,piper", "OPENAI_VOICES": "echo=piper:en_US-joe-medium"}
    with running(make_services(Settings.read(environ | names))) as server:
        answer = client(server).audio.speech.create(**ANY | {"voice": {"id": "echo"}, "input": "Hello, world."})
        reply = server.ended(answer.response.headers["x-job-id"]).reply
    assert (reply["engine"], reply["voice"]) == ("piper", "piper:en_US-joe-medium")
    assert "x-warnings" not in answer.response.headers
    assert len(decoded(answer.content)) > 0.5 * DECODED_RATE


def test_fields_of_other_clients_do_no_harm(server: RunningServer) -> None:
    """What Open WebUI, SillyTavern, Home Assistant and Kokoro's clients add, or send as null, is passed over."""
    extras = {
        "provider_endpoint": "http://tts", "lang_code": "a", "volume_multiplier": 1.0, "stream": True, "user": "me",
        "normalization_options": {"normalize": True}, "return_download_link": False, "instructions": None, "speed": "1",
    }  # fmt: skip
    answer = server.client.post("/v1/audio/speech", json={**ANY, "voice": "", **extras})
    assert answer.status_code == 200
    assert len(decoded(answer.content)) > DECODED_RATE
