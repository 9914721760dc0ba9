"""A worker writes on its volume, in its store and in one temporary folder, and nowhere else.

An audit hook sees every write of Python, in the worker and in each Python that it starts. strace, where installed,
sees the writes of native code (torch, ffmpeg, espeak-ng). Other processes are not watched, so tests in parallel do not
matter.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import setup_network_venv
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT

ROOT = Path(__file__).resolve().parents[3]

HOOK = """
import os, sys
_log = os.open(os.environ["WRITES_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_NAMES = {"os.mkdir": (0,), "os.rename": (1,), "os.link": (1,), "os.symlink": (1,)}

def _hook(event, arguments):
    paths = ()
    if event == "open" and arguments[2] & _WRITES:
        paths = arguments[:1]
    elif event in _NAMES:
        paths = [arguments[index] for index in _NAMES[event]]
    for path in paths:
        if not isinstance(path, int):
            os.write(_log, os.path.abspath(os.fsencode(path)) + b"\\n")

sys.addaudithook(_hook)
"""

DEVICES = re.compile(r"/dev/(null|tty|pts/.*|shm/.*)|/proc/.*|/memfd:.*|(pipe|socket|anon_inode):.*")

BOUND = 50_000_000
"""Bytes that may be left in the temporary folder: clips of voices are kept there, up to VOICE_CACHE_BYTES."""


@pytest.fixture
def served() -> Iterator[str]:
    """The folder of a human clip, as a client's web host."""
    handler = functools.partial(Quiet, directory=str(HUMAN_CLIP.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{HUMAN_CLIP.name}"
        server.shutdown()
        thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


class Watched:
    """A volume with a tiny model, and a worker on it of which every write is noted."""

    def __init__(self, folder: Path, model: Mapping[str, str]) -> None:
        self.volume, self.store, self.temporary = (folder / name for name in ("volume", "store", "tmp"))
        self._log, self._trace, hooks, home = (folder / name for name in ("writes", "trace", "hooks", "home"))
        for path in (self.volume, self.store, self.temporary, hooks, home):
            path.mkdir()
        (hooks / "sitecustomize.py").write_text(HOOK)
        home.chmod(0o500)
        here = str(Path(model["F5_CKPT_FILE"]).parent)
        shutil.copytree(here, self.volume / "tiny")
        given = {name: value.replace(here, str(self.volume / "tiny")) for name, value in model.items()}
        given |= {
            "PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(self.temporary), "OMP_NUM_THREADS": "1",
            "VOLUME_DIR": str(self.volume), "LOCAL_STORE": str(self.store), "ALIGNERS": "engine,sphinx",
            "ALLOW_PRIVATE_URLS": "true", "HF_HUB_OFFLINE": "1",
        }  # fmt: skip
        layout = setup_network_venv.Layout.from_environ(given, ROOT / "requirements")
        paths = os.pathsep.join((str(hooks), str(ROOT)))
        self._environ = setup_network_venv.worker_environ(given, layout)
        self._environ |= {"PYTHONPATH": paths, "WRITES_LOG": str(self._log)}

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """One job on the command line; its reply."""
        strace = shutil.which("strace")
        calls = "trace=open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"
        watch: list[str] = (
            [strace, "-f", "-qq", "-y", "--seccomp-bpf", "-A", "-e", calls, "-o", str(self._trace)] if strace else []
        )
        done = subprocess.run(
            [*watch, sys.executable, "-m", "handler", "run", json.dumps(job)],
            cwd="/", env=self._environ, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        reply: dict[str, Any] = json.loads(done.stdout)
        return reply

    def elsewhere(self) -> set[str]:
        """Every path that was written, and is neither on the volume, in the store nor in the temporary folder."""
        allowed = (self.volume, self.store, self.temporary, self._log)
        return {
            path
            for path in self._written()
            if not any(Path(path).is_relative_to(folder) for folder in allowed)
            and not DEVICES.fullmatch(path)
            # Bytecode of the worker and its packages, which in production are on the volume and in the image.
            and "__pycache__" not in path
        }

    def _written(self) -> Iterator[str]:
        yield from self._log.read_text().splitlines()
        if not self._trace.exists():
            return
        for line in self._trace.read_text(errors="replace").splitlines():
            if opened := re.search(r"O_(?:WRONLY|RDWR|CREAT).* = \d+<(.*)>$", line):
                yield opened[1].removesuffix(" (deleted)")
            elif made := re.search(r"(?:mkdir|rename|link|symlink)(?:at2?)?\(.*\"([^\"]*)\"[^\"]*\) = 0$", line):
                yield str(Path("/") / made[1])


def test_nothing_is_written_elsewhere(tiny_environ: dict[str, str], tmp_path: Path, served: str) -> None:
    """An upload, speech with captions, a list of voices and a video, from a home that is not to be written and in the
    root as working directory: what they leave is on the volume, in the store, or a bounded lot in one folder."""
    worker = Watched(tmp_path, tiny_environ)
    link = {"voice_name": "nature", "voice_file_url": served, "ref_text": HUMAN_TEXT}
    assert worker.run({"input": {"endpoint": "upload"} | link})["status"] == "uploaded"
    spoken = worker.run({"input": {"text": "Hello there.", "voice": "nature", "timing_format": "all"}})
    assert spoken["status"] == "completed"
    assert worker.run({"input": {"endpoint": "list_voices"}})["count"] == 1
    video = {"endpoint": "overlay", "audio_url": served, "text": HUMAN_TEXT, "canvas": "1080x1080"}
    assert worker.run({"input": video})["video_url"]
    assert worker.elsewhere() == set()
    assert {path.name for path in worker.store.iterdir()} >= {"voices", "output", "videos", "jobs"}
    left = sum(path.stat().st_size for path in worker.temporary.rglob("*") if path.is_file())
    assert left < BOUND


def test_audit_hook_sees_writes(tmp_path: Path, tiny_environ: dict[str, str]) -> None:
    """The hook reports a file, a folder and a new name, and a file by another program where there is strace."""
    worker = Watched(tmp_path, tiny_environ)
    hidden = tmp_path / "elsewhere"
    job = f"import os; os.mkdir({str(hidden)!r}); open({str(hidden / 'a')!r}, 'w'); os.rename({str(hidden / 'a')!r},"
    (worker.volume / "sitecustomize.py").touch()
    script = f"{job} {str(hidden / 'b')!r}); os.system('touch {hidden / 'c'}')"
    handler = tmp_path / "module" / "handler"
    handler.mkdir(parents=True)
    (handler / "__main__.py").write_text(f"{script}; print('{{}}')")
    worker._environ["PYTHONPATH"] = worker._environ["PYTHONPATH"].replace(str(ROOT), str(handler.parent))
    worker.run({})
    expected = {str(hidden), str(hidden / "a"), str(hidden / "b")}
    native = {str(hidden / "c")} if shutil.which("strace") else set()
    assert worker.elsewhere() == expected | native
