"""Every endpoint through the HTTP API of RunPod's own SDK, which its flags start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.ports import free_port
from tests.support.s3_server import Swift

ROOT = Path(__file__).parent.parent.parent
Runsync = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def runsync(swift: Swift, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runsync]:
    """`python -m handler --rp_serve_api` on a free port; posts an input to /runsync and returns the whole answer."""
    port = free_port()
    inherited = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG"}}
    environ = swift.environ(swift.new_bucket())
    environ |= {"TTS_ENGINE": "espeak", "MODELS_DIR": str(tmp_path_factory.mktemp("models"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "handler", "--rp_serve_api", "--rp_api_port", str(port)],
        cwd=ROOT, env={**inherited, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stderr
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "running on" in line:
                break
        else:
            pytest.fail(f"the API did not start: {lines}")

        def post(**fields: Any) -> dict[str, Any]:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/runsync",
                json.dumps({"input": fields}).encode(),
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=120) as response:
                answer: dict[str, Any] = json.load(response)
            return answer

        yield post
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
        if process.stderr:
            process.stderr.close()


def test_every_endpoint_answers(runsync: Runsync) -> None:
    """A voice is uploaded, listed and deleted; a script is spoken, downloaded and its status read."""
    made = runsync(text="Hello, world.", timing_format="all")
    assert made["status"] == "COMPLETED"
    job_id = made["output"]["job_id"]
    assert job_id == made["id"]
    for url in [made["output"]["audio_url"], *made["output"]["timing_files"].values()]:
        with urllib.request.urlopen(url) as response:
            assert response.read()
    again = runsync(endpoint="download", job_id=job_id)["output"]
    assert again["status"] == "ready"
    assert runsync(endpoint="status", job_id=job_id)["output"]["state"] == "COMPLETED"
    health = runsync(endpoint="status")["output"]
    assert (health["state"], health["jobs"]["done"]) == ("ready", 3)

    ticket = runsync(endpoint="upload", voice_name="nature", create_upload_url=True)["output"]
    put = urllib.request.Request(ticket["upload_url"], HUMAN_CLIP.read_bytes(), method="PUT")
    with urllib.request.urlopen(put) as response:
        assert response.status in {200, 201}
    token = ticket["upload_token"]
    uploaded = runsync(endpoint="upload", voice_name="nature", upload_token=token, ref_text=HUMAN_TEXT)
    assert uploaded["output"]["status"] == "uploaded", uploaded
    voice = uploaded["output"]["voice"]
    with urllib.request.urlopen(voice["preview_url"]) as response:
        assert response.read(4) == b"RIFF"
    listed = runsync(endpoint="list_voices")["output"]
    assert [item["name"] for item in listed["voices"]] == ["nature"]
    assert runsync(endpoint="delete_voice", voice_name="nature")["output"]["status"] == "deleted"
    assert runsync(endpoint="list_voices")["output"]["count"] == 0


def test_refused_job_is_failed_with_a_message(runsync: Runsync) -> None:
    """A refused job is FAILED with one sentence that names the field."""
    answer = runsync(text="Hi.", voice="nobody")
    assert answer["status"] == "FAILED"
    assert answer["error"].startswith("voice: ")
