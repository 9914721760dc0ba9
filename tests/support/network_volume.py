"""A copy of the script beside a stand-in for the worker, and what runs it on a volume."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.wheels import Tiny, write_lock

ROOT = Path(__file__).resolve().parent.parent.parent
REAL_UV = str(Path(sys.executable).parent / "uv")

PACKAGES = (
    Tiny("alpha", needs=("beta", "omega")),
    Tiny("beta", files=60),
    Tiny("gamma", needs=("omega",), files=30),
    Tiny("omega"),
    Tiny("delta"),
)
GROUPS: tuple[Mapping[str, object], ...] = (
    {"name": "core", "needed": True, "packages": ["alpha"], "imports": ["alpha", "beta.part_59"]},
    {"name": "big", "needed": True, "packages": ["gamma"], "imports": ["gamma"]},
    {"name": "extra", "needed": False, "packages": ["delta"], "imports": ["delta"]},
)

WORKER = """
import json, os, sys
import alpha, beta.part_59, gamma, omega
print(json.dumps({"prefix": sys.prefix, "arguments": sys.argv[1:], "environ": dict(os.environ)}))
"""

UV = """#!{python}
import os, signal, subprocess, sys
with open({log!r}, "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
{before}
os.execv({uv!r}, [{uv!r}, *sys.argv[1:]])
"""


class Volume:
    """A volume in a folder, with the small lock of this package. ``log`` has one line for each call of uv."""

    patience = 120.0
    """Seconds that a run may take."""

    def __init__(self, folder: Path, root: Path | None = None) -> None:
        self.folder, self.app, self.root = folder, folder / "app", root or folder / "volume"
        self.root.mkdir(exist_ok=True)
        (self.app / "handler").mkdir(parents=True)
        for name in ("setup_network_venv.py", "volume_lock.py", "package_index.py"):
            shutil.copy(ROOT / name, self.app)
        (self.app / "handler" / "__main__.py").write_text(WORKER)
        # In the working directory, where nobody should look for it.
        (folder / "handler").mkdir()
        (folder / "handler" / "__init__.py").write_text("raise ImportError('not the worker')")
        (self.app / "requirements").mkdir()
        (self.app / "requirements" / "uv.txt").touch()
        self.log = folder / "uv.log"
        self.uv = folder / "uv"
        self.write_uv()
        self.write_lock()
        self.environ = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "VOLUME_DIR": str(self.root),
            "UV": str(self.uv),
            # Never the public index: an address where nothing answers, until a test serves its own.
            "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
            "UV_HTTP_RETRIES": "0",
            "SETUP_BEAT": "0.1",
            "SETUP_RETRIES": "0.01,0.01",
        }

    def write_lock(self, packages: Sequence[Tiny] = PACKAGES, groups: Sequence[Mapping[str, object]] = GROUPS) -> None:
        write_lock(packages, groups, self.folder / "wheels", self.app / "requirements")

    def write_uv(self, before: str = "") -> None:
        """Put a program before uv that logs its call; ``before`` is more that it does first."""
        values = {"python": sys.executable, "log": str(self.log), "uv": REAL_UV, "before": before}
        self.uv.write_text(UV.format(**values))
        self.uv.chmod(0o755)

    def spawn(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(self.app / "setup_network_venv.py"), *arguments]
        return subprocess.Popen(
            command,
            env=self.environ | environ,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **environ: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        process = self.spawn(*arguments, **environ)
        try:
            out, err = process.communicate(timeout=self.patience)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return process.returncode, out, err

    def start(self, *arguments: str, **environ: str) -> dict[str, Any]:
        """What the stand-in for the worker says of itself, once it is started."""
        code, out, err = self.run("--", *arguments, **environ)
        assert code == 0, err
        values: dict[str, Any] = json.loads(out)
        return values

    def calls(self) -> list[str]:
        """The calls of uv so far."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    @property
    def envs(self) -> list[Path]:
        return [path for path in sorted((self.root / "venvs").glob("*")) if len(path.name) == 16]

    @property
    def env(self) -> Path:
        """The only environment."""
        (only,) = self.envs
        return only

    def ready(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads((self.env / ".ready").read_text())
        return values

    def site(self) -> Path:
        return next(self.env.glob("lib/python3*/site-packages"))
