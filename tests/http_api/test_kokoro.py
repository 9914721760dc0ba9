"""POST /dev/captioned_speech in the shape of Kokoro-FastAPI, as its clients read it."""

from __future__ import annotations

import base64
import json
import threading
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from handler.http_api.queued_job import CANCELLED
from handler.media.stream_encoder import FORMATS
from handler.protocols import Services
from tests.support.gated_speaker import GatedSpeaker
from tests.support.http_server import PATIENCE_S, RunningServer, running
from tests.support.listening import DECODED_RATE, decoded, raw
from tests.support.stub_backends import LINES, TEXT, Even, Speaker, Watched, happens, with_backends

PATH = "/dev/captioned_speech"
ANY: dict[str, Any] = {"model": "kokoro", "input": TEXT, "voice": "af_heart"}


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in response.iter_lines()]


def audio_of(found: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(line["audio"]) for line in found)


def words_of(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [word for line in found for word in line["timestamps"]]


def captions(server: RunningServer, folder: Path, job_id: str) -> list[dict[str, Any]]:
    """The words of the job's own captions, in Kokoro's shape."""
    server.ended(job_id)
    found = json.loads((folder / "store" / "jobs" / job_id / "words.json").read_text("utf-8"))["words"]
    return [{"word": word["word"], "start_time": word["start"], "end_time": word["end"]} for word in found]


def test_words_come_while_it_speaks(services: Services, tmp_path: Path) -> None:
    """The first lines have sound and words before the second chunk is spoken; all are those of the job."""
    gate = GatedSpeaker(services.settings, 1)
    with (
        running(with_backends(services, gate, sphinx=Even("sphinx"))) as server,
        server.client.stream("POST", PATH, json=ANY | {"response_format": "pcm"}) as response,
    ):
        assert response.status_code == 200
        received = (json.loads(line) for line in response.iter_lines())
        found = [next(received)]
        assert gate.reached.wait(PATIENCE_S)
        assert found[0]["audio_format"] == "audio/pcm"
        assert len(base64.b64decode(found[0]["audio"])) > 24_000
        gate.go_on.set()
        found += received
        job_id = response.headers["x-job-id"]
        own = captions(server, tmp_path, job_id)
        samples, _ = soundfile.read(tmp_path / "store" / "output" / f"{job_id}.wav", dtype="int16")
    assert len(found) >= len(LINES)
    assert words_of(found) == own
    assert audio_of(found) == samples.tobytes()


@pytest.mark.parametrize("format_", FORMATS)
def test_lines_are_one_file(server: RunningServer, format_: str) -> None:
    """The audio of all lines, joined, is one file, and the times of the words are in it."""
    with server.client.stream("POST", PATH, json=ANY | {"response_format": format_}) as response:
        found = lines(response)
    sound = decoded(audio_of(found), DECODED_RATE, *(raw(24_000) if format_ == "pcm" else ()))
    assert {line["audio_format"] for line in found} == {FORMATS[format_].media_type}
    words = words_of(found)
    assert " ".join(word["word"] for word in words) == " ".join(TEXT.split())
    for word in words:
        assert 0 <= word["start_time"] < word["end_time"] <= len(sound) / DECODED_RATE
        spoken = sound[int(word["start_time"] * DECODED_RATE) : int(word["end_time"] * DECODED_RATE)]
        assert np.abs(spoken).max() > 0.02


def test_whole_is_one_answer(server: RunningServer, tmp_path: Path) -> None:
    """Without stream all comes at the end, as one object."""
    answer = server.client.post(PATH, json=ANY | {"stream": False, "response_format": "wav"})
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert set(found) == {"audio", "audio_format", "timestamps"}
    assert found["timestamps"] == captions(server, tmp_path, answer.headers["x-job-id"])
    assert len(decoded(base64.b64decode(found["audio"]))) > 5 * DECODED_RATE


@pytest.mark.parametrize(("stream", "timestamps"), [(True, []), (False, None)])
def test_words_can_be_left_out(server: RunningServer, *, stream: bool, timestamps: list[Any] | None) -> None:
    """return_timestamps false spares the search for words."""
    fields = {"stream": stream, "return_timestamps": False}
    found = [json.loads(line) for line in server.client.post(PATH, json=ANY | fields).text.splitlines()]
    assert all(line["timestamps"] == timestamps for line in found)


def test_late_words_have_a_line_of_their_own(services: Services) -> None:
    """Words whose times become known after the last sound are not lost."""
    sound_is_over = threading.Event()

    def before(call: int) -> None:
        if call == len(LINES) - 1:
            happens(sound_is_over)

    services = with_backends(services, Speaker(services.settings), even=Watched(Even("even"), before))
    with (
        running(services) as server,
        server.client.stream("POST", PATH, json=ANY | {"response_format": "pcm"}) as response,
    ):
        received = (json.loads(line) for line in response.iter_lines())
        # Of raw samples each chunk is a line, and the end of the last one.
        found = list(islice(received, len(LINES) + 1))
        sound_is_over.set()
        late = list(received)
    assert all(line["audio"] for line in found)
    assert [line["audio"] for line in late] == [""]
    assert words_of(late)[-len(LINES[-1].split()) :] == words_of([*found, *late])[-len(LINES[-1].split()) :]
    assert len(words_of([*found, *late])) == len(TEXT.split())


@pytest.mark.parametrize(
    ("fields", "language"),
    [
        ({}, "en-US"), ({"voice": "bm_george"}, "en-GB"), ({"voice": "bf_emma(2)+af_sky(1)"}, "en-GB"),
        ({"lang_code": "e"}, "es"), ({"lang_code": "de"}, "de"), ({"voice": "alloy"}, "en"), ({"voice": None}, "en"),
    ],
)  # fmt: skip
def test_kokoros_names_mean_languages(server: RunningServer, fields: dict[str, Any], language: str) -> None:
    """Kokoro's voices are not here: the default one speaks, in the language that the name or lang_code says."""
    answer = server.client.post(PATH, json=ANY | fields | {"stream": False})
    assert answer.status_code == 200, answer.text
    assert server.ended(answer.headers["x-job-id"]).reply["language"] == language


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"input": ""}, 400, "input: is empty"),
        ({"model": "other"}, 404, "model: 'other' is not here"),
        ({"voice": "nobody"}, 404, "voice: "),
        ({"voice": "af_bella(٣)"}, 400, "voice: "),
        ({"speed": 9}, 400, "speed: must be at most 4"),
        ({"stream": False, "lang_code": "xx"}, 400, "language: "),
    ],
)
def test_bad_request_has_kokoros_form(server: RunningServer, fields: dict[str, Any], status: int, says: str) -> None:
    """Errors are a detail with a message, as Kokoro-FastAPI's are."""
    answer = server.client.post(PATH, json=ANY | fields)
    assert answer.status_code == status
    detail = answer.json()["detail"]
    assert (detail["error"], detail["type"]) == ("validation_error", "invalid_request_error")
    assert detail["message"].startswith(says)


@pytest.mark.parametrize("stream", [True, False])
def test_failure_is_never_half_an_answer(services: Services, *, stream: bool) -> None:
    """An engine that breaks cuts the lines; one answer is an error."""
    gate = GatedSpeaker(services.settings, 1, fails=True)
    with running(with_backends(services, gate)) as server:
        if stream:
            with server.client.stream("POST", PATH, json=ANY) as response:
                received = response.iter_lines()
                assert next(received)
                gate.go_on.set()
                with pytest.raises(httpx.RemoteProtocolError):
                    list(received)
        else:
            gate.go_on.set()
            answer = server.client.post(PATH, json=ANY | {"stream": False})
            assert answer.status_code == 500
            assert answer.json()["detail"]["message"] == "the engine broke; send the job again"


def test_client_who_hangs_up_cancels_the_job(services: Services) -> None:
    """The engine stops before the next chunk."""
    gate = GatedSpeaker(services.settings, 1)
    with running(with_backends(services, gate)) as server:
        with server.client.stream("POST", PATH, json=ANY) as response:
            assert next(response.iter_lines())
            assert gate.reached.wait(PATIENCE_S)
        assert server.ended(response.headers["x-job-id"]).state == CANCELLED
