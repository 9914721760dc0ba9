"""The scripts of API.md about RunPod's own options do what it says."""

from __future__ import annotations

import queue
import re
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from handler.protocols import Services
from tests.support.http_server import PATIENCE_S, running
from tests.support.runpod_batches import BATCH, batch_jobs

ROOT = Path(__file__).parent.parent.parent
PORT_AND_LOOP = 'HTTPServer(("", 8080), Receiver).serve_forever()'
ANY_PORT = 'server = HTTPServer(("127.0.0.1", 0), Receiver)'


def script(marker: str, runpod: str) -> str:
    """The Python block of API.md that has this in it, with another address for RunPod's."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "API.md").read_text("utf-8"), re.DOTALL)
    (code,) = (block for block in blocks if marker in block)
    return str(code.replace("https://api.runpod.ai", runpod))


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """The receiver listens on an address that is not public."""
    return environ | {"ALLOW_PRIVATE_URLS": "true"}


def test_webhook_receiver_believes_status_alone(services: Services, capsys: pytest.CaptureFixture[str]) -> None:
    """The receiver of a finished job prints its link; forged calls and nonsense are nothing to it."""
    told: queue.Queue[dict[str, Any]] = queue.Queue()
    with running(services) as server:
        code = script(PORT_AND_LOOP, server.url).replace(PORT_AND_LOOP, ANY_PORT)
        names: dict[str, Any] = {"ENDPOINT_ID": "abc", "RUNPOD_API_KEY": "rpa_1"}
        exec(compile(code, "API.md", "exec", dont_inherit=True), names)
        receiver, done = names["server"], names["done"]
        names["done"] = told.put
        thread = threading.Thread(target=receiver.serve_forever)
        thread.start()
        try:
            hook = f"http://127.0.0.1:{receiver.server_port}/"
            forged = {"id": "../health", "status": "COMPLETED", "output": {"audio_url": "https://evil.example/"}}
            nonsense: list[Any] = [{"id": "nobody-u1"}, {"id": 7}, [], "no job"]
            for body in [forged, *nonsense]:
                assert requests.post(hook, json=body, timeout=PATIENCE_S).status_code == 200
            job = server.client.post("/v2/abc/run", json={"input": {"text": "Hello."}, "webhook": hook}).json()
            true = told.get(timeout=PATIENCE_S)
        finally:
            receiver.shutdown()
            thread.join()
            receiver.server_close()
    assert (true["id"], true["status"]) == (job["id"], "COMPLETED")
    done(true)
    assert capsys.readouterr().out == f"{job['id']} {true['output']['audio_url']}\n"


def test_batch_script_speaks_every_line(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hundred lines become a hundred files over two pages of results; a line that fails is told with its reason."""
    monkeypatch.chdir(tmp_path)
    lines = [f"Number {number}." for number in range(99)] + ["?!"]
    Path("texts.txt").write_text("\n\n".join(lines), "utf-8")
    with batch_jobs(services) as (url, batch):
        names = {"ENDPOINT_ID": "abc", "RUNPOD_API_KEY": "rpa_1"}
        exec(compile(script("/finalize", url), "API.md", "exec", dont_inherit=True), names)
    told = capsys.readouterr().out.splitlines()
    spoken = [line.partition(" file:")[0].removeprefix("COMPLETED ") for line in told[1:]]
    assert sorted(spoken) == sorted(lines[:-1])
    assert told[0].startswith("FAILED None text: ")
    assert all(job["input"]["expires_in"] == 604_800 for job in batch.jobs)
    assert batch.calls.count(("GET", f"/v2/abc/batch/{BATCH}/requests")) == 2
