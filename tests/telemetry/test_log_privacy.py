"""A log has nothing that a client said, no signature and no secret, whatever job is done or refused, at any level."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handler import telemetry
from handler.backends import Backend, Registry
from handler.dispatch import ENDPOINTS
from handler.errors import ConfigError
from handler.marks import MARKS as MARKS_OF_AI
from handler.protocols import Services, VoiceConverter
from handler.settings import Settings
from tests.support import log_leaks
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.http_server import RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.videos import film

MARKS = ("quixotry", "zyzzyva", "flibberty", "kumquatty", "brouhaha", "xylophony", "wigwamming", "gazpachoed")
SCRIPT = f"The {MARKS[0]} of a {MARKS[1]} is $4.50. Nobody hears it!"
HEARD = f"What was heard is {MARKS[2]} and no more"
TITLE, FILENAME, FIELD, PROMPT, WRONG = MARKS[3:]
SECRETS = {
    "API_KEYS": "web:a-key-that-nobody-may-read",
    "AWS_ACCESS_KEY_ID": "AKIDOFSOMEBODY",
    "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-bucket",
}
SRT = f"1\n00:00:00,000 --> 00:00:01,500\nThe {MARKS[0]} of\n\n2\n00:00:01,500 --> 00:00:03,000\na {MARKS[1]}\n"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | SECRETS | {"ALIGNERS": "engine,sphinx"}


@pytest.fixture
def log() -> io.StringIO:
    stream = io.StringIO()
    telemetry.configure("DEBUG", stream)
    # This test's own client, and the libraries that a worker at DEBUG lets speak for themselves.
    for name in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return stream


def _no_model(_: Settings) -> VoiceConverter:
    raise ConfigError("there is no model")


@pytest.fixture
def server(services: Services, log: io.StringIO) -> Iterator[RunningServer]:
    # Those of the watermark load torch.
    marks = Registry("mark", {"metadata": MARKS_OF_AI["metadata"]}, services.settings)
    # Its model would be looked for in the net.
    converters = Registry("voice converter", {"mute": Backend[VoiceConverter](_no_model)}, services.settings)
    services = replace(with_writer(services, Writer(HEARD, "en")), marks=marks, converters=converters)
    with running(services) as server:
        server.client.headers["X-API-Key"] = "a-key-that-nobody-may-read"
        yield server


def run(server: RunningServer, **fields: Any) -> dict[str, Any]:
    """The reply of a job."""
    answer = server.client.post("/runsync", json={"input": fields}, timeout=60)
    reply: dict[str, Any] = answer.json()["output"]
    return reply


def put(server: RunningServer, body: bytes, name: str) -> dict[str, Any]:
    """What the server says of an uploaded file."""
    answer: dict[str, Any] = server.client.put(f"/v1/uploads?filename={name}", content=body).json()
    return answer


def done(server: RunningServer, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A job of each endpoint that succeeds, and has words of a client in all that can have them."""
    spoken = run(
        server, text=SCRIPT, timing_format="all", lexicon={MARKS[0]: MARKS[1]}, caption_style={"preset": "box"}
    )
    yield spoken
    job, sound = spoken["job_id"], spoken["audio_url"]
    video = put(server, film(tmp_path, seconds=4.0), f"{FILENAME}.mp4")["file_url"]
    yield run(server, endpoint="align", audio_url=sound, prompt=PROMPT, transcript=True)
    yield run(server, endpoint="overlay", job_id=job, video_url=video)
    yield run(server, endpoint="inspect", audio_url=sound)
    yield run(server, endpoint="captions", captions=SRT, timing_format=["vtt", "ass"])
    yield run(server, endpoint="layout", captions=SRT)
    yield run(server, endpoint="text", text=SCRIPT)
    yield run(server, endpoint="book", text=f"# {TITLE}\n\n{SCRIPT}\n", title=TITLE, author=TITLE)
    clip = put(server, HUMAN_CLIP.read_bytes(), f"{FILENAME}.flac")
    voice = {"voice_name": "anna", "ref_text": HUMAN_TEXT, "description": TITLE}
    yield run(server, endpoint="upload", upload_token=clip["upload_token"], **voice)
    yield run(server, endpoint="list_voices")
    yield run(server, endpoint="delete_voice", voice_name="anna")
    yield run(server, endpoint="download", job_id=job)
    yield run(server, endpoint="status", job_id=job)


def refused(server: RunningServer) -> Iterator[dict[str, Any]]:
    """Jobs whose words are what is wrong with them."""
    file = put(server, f"no sound, but {WRONG}".encode(), f"{FILENAME}.wav")
    yield run(server, text=SCRIPT, **{FIELD: SCRIPT})
    yield run(server, text=SCRIPT, voice=WRONG)
    yield run(server, text=SCRIPT, language=WRONG)
    yield run(server, text=SCRIPT, engine=WRONG)
    yield run(server, text=SCRIPT, audio_format=WRONG, speed=WRONG, lexicon={WRONG: {WRONG: WRONG}})
    yield run(server, text=f"[pause:{WRONG}]")
    yield run(server, text=f"<speak>{SCRIPT}<{WRONG}", ssml=True)
    yield run(server, turns=[{"voice": WRONG, "text": SCRIPT}])
    yield run(server, endpoint=WRONG, text=SCRIPT)
    yield run(server, endpoint="align", audio_url=file["file_url"], text=SCRIPT)
    yield run(server, endpoint="align", audio_url=f"http://127.0.0.1:9/{WRONG}?signature={WRONG}", text=SCRIPT)
    yield run(server, endpoint="convert", audio_url=file["file_url"], voice=WRONG)
    yield run(server, endpoint="captions", captions=WRONG, timing_format="srt")
    yield run(server, endpoint="upload", upload_token=file["upload_token"], voice_name=WRONG, ref_text=SCRIPT)
    yield run(server, endpoint="download", job_id="none-such")
    yield run(server, endpoint="status", job_id="none-such")
    yield run(server, endpoint="inspect", job_id="none-such")
    yield run(server, endpoint="book", text_url=f"{file['file_url']}&{WRONG}={WRONG}", chapters=WRONG)
    yield run(server, openai_route=f"/v1/{WRONG}", openai_input={"input": SCRIPT})
    yield run(server, openai_route="/v1/audio/speech", openai_input={"input": SCRIPT, "voice": {WRONG: WRONG}})
    body = {"input": SCRIPT, "voice": WRONG, "model": WRONG, FIELD: WRONG}
    yield {"error_code": server.client.post("/v1/audio/speech", json=body).json()["error"]["code"]}


def test_no_endpoint_tells_the_log_what_a_client_said(
    server: RunningServer, services: Services, log: io.StringIO, tmp_path: Path
) -> None:
    """Neither words, titles and file names, nor links' queries, keys and secrets, in lines down to DEBUG."""
    assert [reply for reply in done(server, tmp_path) if "error_code" in reply] == []
    assert [reply for reply in refused(server) if "error_code" not in reply] == []
    server.finish()
    ended = [line for line in map(json.loads, log.getvalue().splitlines()) if line["message"] == "job"]
    assert {line["endpoint"] for line in ended} == {*ENDPOINTS, "openai", "unknown"}
    secrets = log_leaks.secrets_of(services.settings)
    assert set(secrets) >= {"a-key-that-nobody-may-read", "AKIDOFSOMEBODY", "a-secret-of-the-bucket"}
    leaks = log_leaks.found(log.getvalue(), texts=[SCRIPT, HEARD, HUMAN_TEXT, SRT], marks=MARKS, secrets=secrets)
    assert leaks == []


@pytest.mark.parametrize(
    "line",
    [
        {"message": "spoken: Nobody hears it, the zyzzyva"},
        {"message": "refused", "issues": [{"field": "ZYZZYVA"}]},
        {"cause": "GET https://bucket.example.com/a.wav?X-Amz-Signature=0a"},
        {"url": "http://127.0.0.1/files/a.wav?expires=1&signature=0a"},
        {"traceback": "a\nkey=AKIDOFSOMEBODY"},
        {"message": "… of a Zyzz-y is 4 50, nobody HEARS it"},
    ],
)
def test_each_kind_of_leak_is_found(line: dict[str, Any]) -> None:
    """A mark, a signed link, a secret, and four words of a text in a row are found in whatever field they stand."""
    log = "{}\n" + json.dumps(line)
    assert log_leaks.found(log, texts=[SCRIPT], marks=["zyzzyva"], secrets=["AKIDOFSOMEBODY"])
    assert log_leaks.found("{}\nplain text", texts=[SCRIPT], marks=["zyzzyva"], secrets=["AKIDOFSOMEBODY"]) == []
