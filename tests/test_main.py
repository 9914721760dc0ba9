"""The command line as its user types it: replies on stdout, everything else on stderr, honest exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def handler(*arguments: str, environ: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "-m", "handler", *arguments],
        cwd=ROOT, env=inherited | environ, input=stdin, capture_output=True, text=True, check=False,
    )  # fmt: skip


JOB = json.dumps({"id": "cli-1", "input": {"text": "Hello.", "timing_format": "srt"}})


@pytest.mark.parametrize("way", ["argument", "file", "stdin"])
def test_run_does_one_job(environ: dict[str, str], tmp_path: Path, way: str) -> None:
    """A job given as JSON, file or stdin runs, and stdout has only its reply."""
    (tmp_path / "job.json").write_text(JOB)
    argument = {"argument": JOB, "file": str(tmp_path / "job.json"), "stdin": "-"}[way]
    done = handler("run", argument, environ=environ, stdin=JOB if way == "stdin" else "")
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert reply["job_id"] == "cli-1"
    assert reply["timing_files"]["srt"].startswith("file://")
    logged = [json.loads(line) for line in done.stderr.splitlines()]
    assert any(line.get("job_id") == "cli-1" for line in logged)


UNICODE = "Hello 🙂 你好 wörld."
NO_UTF8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}


def run_bytes(argument: str, environ: dict[str, str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a job where Python takes everything for ASCII."""
    command = [sys.executable, "-m", "handler", *argument.split(" ", 1)]
    given = {"PATH": os.environ["PATH"]} | environ | NO_UTF8
    return subprocess.run(command, cwd=ROOT, env=given, input=stdin, capture_output=True, check=False)


@pytest.mark.parametrize("way", ["argument", "file", "stdin"])
def test_any_locale_speaks_unicode(environ: dict[str, str], tmp_path: Path, way: str) -> None:
    """Without UTF-8 in the locale a job's text is read, spoken, written and returned as it was given."""
    job = json.dumps({"input": {"text": UNICODE, "timing_format": "srt"}}, ensure_ascii=False)
    (tmp_path / "jöb.json").write_text(job, "utf-8")
    argument = {"argument": job, "file": str(tmp_path / "jöb.json"), "stdin": "-"}[way]
    environ |= {"LOCAL_STORE": str(tmp_path / "störe")}
    done = run_bytes(f"run {argument}", environ, job.encode() if way == "stdin" else b"")
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["text"] == UNICODE
    (captions,) = (tmp_path / "störe" / "timings").glob("*.srt")
    assert {"🙂", "你好", "wörld."} <= set(captions.read_text("utf-8").split())


@pytest.mark.parametrize("command", ["doctor", "models list", "run nö.json"])
def test_any_locale_reads_every_report(environ: dict[str, str], command: str) -> None:
    """Where the locale has no UTF-8, reports with other characters are printed all the same."""
    done = run_bytes(command, environ | {"MODELS_DIR": "/nowhere/mödels"})
    assert b"Traceback" not in done.stderr
    assert done.stdout.decode() or done.stderr.decode()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_job_file_of_another_editor(environ: dict[str, str], tmp_path: Path, encoding: str) -> None:
    """A job saved with a byte order mark or as UTF-16, as Windows does, is read."""
    (tmp_path / "job.json").write_text(JOB, encoding)
    assert handler("run", str(tmp_path / "job.json"), environ=environ).returncode == 0


@pytest.mark.parametrize(
    ("job", "sentence"), [(b'{"input": {"text": "w\xf6rld"}}', "UTF-8"), (b"[" * 100_000, "nested")]
)
def test_unreadable_job_is_one_sentence(environ: dict[str, str], job: bytes, sentence: str) -> None:
    """A job in Latin-1, or nested without end, ends in a sentence and exit code 2."""
    done = run_bytes("run -", environ, job)
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert sentence in line


def test_each_run_is_a_new_job(environ: dict[str, str]) -> None:
    """A job without an id is a new job in each run."""
    job = '{"input": {"text": "Hello."}}'
    first, second = (json.loads(handler("run", job, environ=environ).stdout)["job_id"] for _ in range(2))
    assert first != second


def test_failed_job_exits_with_one(environ: dict[str, str]) -> None:
    """A refused job prints its reply on stdout and exits with 1."""
    done = handler("run", '{"input": {"txt": "Hello."}}', environ=environ)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error_code"] == "bad_request"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "{nonsense"],
        ["run", "missing.json"],
        ["fly"],
        ["doctor", "-x"],
        ["doctor", "--keep", "x"],
        ["doctor", "--engine", "espeak"],
        ["doctor", "--speak", "--engine", "f5"],
        ["models"],
        ["models", "push"],
    ],
)
def test_wrong_usage_exits_with_two(environ: dict[str, str], arguments: list[str]) -> None:
    """A bad job, command or flag exits with 2, with a reason on stderr and nothing on stdout."""
    done = handler(*arguments, environ=environ)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_wrong_settings_exit_with_one_sentence(environ: dict[str, str]) -> None:
    """A worker, a job and a check under wrong settings each name the variable and exit with 1, without a traceback."""
    for arguments in (["worker"], ["run", JOB], ["doctor"]):
        done = handler(*arguments, environ=environ | {"PRESIGN_TTL": "soon"})
        assert done.returncode == 1
        assert "PRESIGN_TTL" in done.stderr
        assert "Traceback" not in done.stderr


def test_runpod_worker_needs_a_bucket(environ: dict[str, str]) -> None:
    """On RunPod a worker without S3_BUCKET exits with the reason."""
    done = handler("worker", environ=environ | {"RUNPOD_POD_ID": "pod"})
    assert done.returncode == 1
    assert "S3_BUCKET" in done.stderr
    assert "Traceback" not in done.stderr


def test_local_store_on_runpod_is_refused(environ: dict[str, str], tmp_path: Path) -> None:
    """On RunPod a worker with LOCAL_STORE alone does not start."""
    done = handler("worker", environ=environ | {"RUNPOD_POD_ID": "pod", "LOCAL_STORE": str(tmp_path)})
    assert done.returncode == 1
    assert "S3_BUCKET" in done.stderr


def test_worker_with_an_unknown_engine_exits(environ: dict[str, str]) -> None:
    """A worker with an unknown engine exits with the known names."""
    done = handler("worker", environ=environ | {"TTS_ENGINE": "espeek"})
    assert done.returncode == 1
    assert "espeak" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_passes_a_working_worker(environ: dict[str, str]) -> None:
    """A working worker has exit code 0, a line for each check, and the same checks as JSON."""
    done = handler("doctor", environ=environ | {"ALIGNERS": "engine,sphinx"})
    assert done.returncode == 0, done.stdout
    assert "ok" in done.stdout
    assert "failure" not in done.stdout
    checks = json.loads(handler("doctor", "--json", environ=environ).stdout)
    assert {"engine espeak", "store", "ffmpeg"} <= {check["name"] for check in checks}


def test_doctor_prints_remedies(environ: dict[str, str], tmp_path: Path) -> None:
    """A worker that cannot start fails with a remedy and exits with 1."""
    (tmp_path / "file").write_text("")
    done = handler("doctor", environ=environ | {"LOCAL_STORE": str(tmp_path / "file")})
    assert done.returncode == 1
    assert "failure" in done.stdout
    assert "→" in done.stdout


def test_doctor_measures_speech(environ: dict[str, str], tmp_path: Path) -> None:
    """With --speak the speech is measured last and kept in the folder of --keep; a missing model is a warning."""
    # No model of a transcriber can be had here, and nobody should be asked for one.
    environ |= {"ALIGNERS": "engine,sphinx", "HF_HUB_OFFLINE": "1"}
    done = handler("doctor", "--speak", "--keep", str(tmp_path / "kept"), environ=environ)
    assert done.returncode == 0, done.stdout
    findings = re.findall(r"^(ok|warning|failure) +(.+?): ", done.stdout, re.MULTILINE)
    assert [name for _, name in findings][-4:] == [
        f"{what}, espeak" for what in ("speech", "kept", "RTF", "word error rate")
    ]
    assert findings[-1][0] == "warning"
    assert sorted(file.suffix for file in (tmp_path / "kept").iterdir()) == [".wav"] * 5
    spoken = json.loads(handler("doctor", "--speak", "--engine", "espeak", "--json", environ=environ).stdout)
    assert [check["name"] for check in spoken][-3:] == ["speech, espeak", "RTF, espeak", "word error rate, espeak"]


def test_models_are_listed(environ: dict[str, str]) -> None:
    """list shows the models of every part with exit code 0, as text and JSON; verify of a missing one exits with 1."""
    listed = handler("models", "list", environ=environ)
    assert listed.returncode == 0, listed.stderr
    assert "→ run `python -m handler models pull faster_whisper`" in listed.stdout
    models = json.loads(handler("models", "list", "--json", environ=environ).stdout)
    assert {(model["part"], model["for"]) for model in models} >= {("whisperx", "en"), ("wavlm", "speakers")}
    assert {model["state"] for model in models} == {"missing"}
    assert handler("models", "verify", "wavlm", environ=environ).returncode == 1


def test_deep_doctor_starts_aligners(environ: dict[str, str]) -> None:
    """With --deep the aligners start and report their languages."""
    done = handler("doctor", "--deep", environ=environ | {"ALIGNERS": "sphinx"})
    assert "ok        aligner sphinx: ready, for en of LANGUAGES" in done.stdout
