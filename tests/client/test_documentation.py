"""docs/client.md is followed: its examples run, in order, and the folder works alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from handler.protocols import Services
from tests.support.cutting_proxy import CuttingProxy
from tests.support.http_server import running
from tests.support.human_clip import HUMAN_CLIP
from tests.support.videos import film

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Recordings are aligned without a download."""
    return environ | {"ALIGNERS": "engine,sphinx"}


def test_examples_run(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All examples run one after the other, on a server and on an endpoint, and leave the files that they name."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(HUMAN_CLIP, "anna.wav")
    Path("sea.mp4").write_bytes(film(tmp_path, seconds=1))
    monkeypatch.setenv("RUNPOD_API_KEY", "rpa_1")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "client.md").read_text("utf-8"), re.DOTALL)
    with (
        running(services) as server,
        CuttingProxy(int(server.url.rpartition(":")[2])) as proxy,
    ):
        monkeypatch.setattr("handler.client.calls.RUNPOD_API", f"{proxy.url}/v2")
        names: dict[str, object] = {}
        for number, block in enumerate(blocks):
            code = block.replace("http://127.0.0.1:8000", server.url)
            exec(compile(code, f"docs/client.md, example {number}", "exec", dont_inherit=True), names)
        speech = names["speech"]
        speech.close()  # type: ignore[attr-defined]
        assert proxy.asked(b"POST /v2/ENDPOINT_ID/run ") == 2
    saved = {path.name for path in Path("out").iterdir()}
    assert {"anna.srt", "anna.ass", "sea.mp4", "stream.mp3", "one.wav", "two.wav"} <= saved
    assert "bad_request speed: must be at most 3 False" in capsys.readouterr().out


def test_folder_works_alone(tmp_path: Path) -> None:
    """The folder can be copied into another program, under another name; it imports nothing of the worker."""
    shutil.copytree(ROOT / "handler" / "client", tmp_path / "speech_client")
    script = (
        "import sys, speech_client; speech_client.Speech('http://127.0.0.1:1'); "
        "print([name for name in sys.modules if name.split('.')[0] in {'handler', 'pydantic', 'fastapi', 'numpy'}])"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
