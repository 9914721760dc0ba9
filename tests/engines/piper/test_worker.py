"""Piper in a worker: a job of the queue, the doctor with a real recogniser, and a process that reports to nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from handler.__main__ import main
from handler.app import make_services
from handler.doctor import machine
from handler.settings import Settings
from tests.support.piper_voices import put
from tests.support.runpod_queue import Queue, WorkerProcess
from tests.support.stub_backends import run
from tests.support.whisper_base import whisper_base

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"ENGINES": "piper", "LOCAL_STORE": str(tmp_path / "store"), "MODELS_DIR": str(tmp_path / "models")}


def test_a_job_of_the_queue_is_spoken(environ: dict[str, str], tmp_path: Path) -> None:
    """A worker under the real SDK speaks with piper, has its word times, and names the voice and its licence."""
    environ |= {"ALLOW_LOCAL_STORE": "true", "JOB_TIMEOUT": "60"}
    with Queue() as queue, WorkerProcess(queue, "w1", environ, tmp_path / "w1.log"):
        queue.submit("said", text="Hello there, my friend.", seed=1, timing_format="json")
        output = queue.result("said")["output"]
    assert (output["engine"], output["voice"]) == ("piper", "piper:en_US-joe-medium")
    assert output["model_license"].startswith("CC0; tuned from the voice lessac")
    assert (output["timing_method"], output["word_count"]) == ("engine", 4)


def test_the_reply_names_the_licence_of_the_voice_that_spoke(environ: dict[str, str]) -> None:
    """A voice of the owner has its own card's licence, whatever was spoken before."""
    settings = Settings.read(environ)
    put(settings, "mine", language={"code": "xx_XX"}, card="* License: CC BY 4.0\n")
    services = make_services(settings)
    assert run(services, text="Hello.")["model_license"].startswith("CC0")
    reply = run(services, text="Hallo.", language="xx")
    assert (reply["voice"], reply["model_license"]) == ("piper:mine", "CC BY 4.0")


def test_the_doctor_hears_the_words(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`doctor --speak` measures speech of piper that Whisper base understands, and asks for no GPU."""
    whisper_base(tmp_path / "models" / "whisper")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    main(["doctor", "--speak", "--json"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert checks["word error rate, piper"]["state"] == "ok"
    assert checks["RTF, piper"]["state"] == "ok"
    assert checks["model files, piper voice en_US-joe-medium"]["state"] == "ok"
    assert "GPU" not in checks


def test_a_gpu_is_asked_for_by_engines_of_torch_alone(environ: dict[str, str]) -> None:
    """An engine that computes on the CPU alone does not make the doctor look for a GPU."""
    assert list(machine.gpu(make_services(Settings.read(environ)))) == []


def test_nothing_is_reported_to_the_makers_of_a_library(tmp_path: Path) -> None:
    """onnxruntime leaves no id of this machine behind, which it makes for its reports."""
    given = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
    code = "from handler.settings import Settings; from handler.engines.piper.engine import PiperEngine as E"
    script = f"{code}; E(Settings.read({{}}))"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env={**given, "HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.rglob("*onnxruntime*")) == []
