"""Images and containers for real, without an engine's daemon and without a registry.

podman builds and runc runs, both from Debian's packages, as root; the base image is a stand-in for
``debian:bookworm-slim`` that debootstrap makes once. All is kept in a storage of its own in the cache folder, so that
only the first run needs the network: a later one finds base and layers, and builds anew only what was changed.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "speech-worker-containers"
TOOLS = ("debootstrap", "podman", "runc")
BASE = "localhost/bookworm-base"
IMAGE = "localhost/speech-worker"
PATIENCE = 240.0
PREFIX = f"test-{os.getpid()}-"
"""Names of this process's containers begin so: others may use the same storage."""

CONTAINERS_CONF = """\
[containers]
# podman's own ask for more than may be given here.
default_ulimits = ["nofile={files}:{files}", "nproc=16384:16384"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""

APT_CONF = """\
Acquire::Check-Valid-Until "false";
Acquire::Check-Date "false";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"""
"""As Debian's own images have it; and a mirror may be a snapshot of an earlier day."""


def why_not() -> str | None:
    """Why containers cannot be run here, or None where they can."""
    if os.geteuid() != 0:
        return "containers are tried as root, with podman, runc and debootstrap"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    return f"not installed: {', '.join(missing)}" if missing else None


class NoBase(Exception):
    """The stand-in for Debian's image could not be made: there is no Debian here to make it from."""


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process of a test run at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(path: Path, text: str) -> None:
    """Write a program or a setting whole or not at all: another process may be reading it."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(text)
    new.chmod(0o755)
    new.replace(path)


class Podman:
    """podman with a storage of its own. ``program`` is a command that behaves as podman does, with that storage."""

    def __init__(self, folder: Path = CACHE) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 16384)
        write(folder / "containers.conf", CONTAINERS_CONF.format(files=files))
        (folder / "tmp").mkdir(exist_ok=True)
        self.program = folder / "podman"
        flags = [
            *("--root", f"{folder}/storage", "--runroot", f"{folder}/run", "--tmpdir", f"{folder}/run/tmp"),
            # Without it the storage stays mounted on itself, and cannot be removed.
            *("--storage-driver", "overlay", "--storage-opt", "overlay.skip_mount_home=true"),
        ]
        write(
            self.program,
            f"#!/bin/sh\nexport CONTAINERS_CONF={shlex.quote(str(folder / 'containers.conf'))}\n"
            f"export TMPDIR={shlex.quote(str(folder / 'tmp'))}\n"
            f'exec {shutil.which("podman")} {shlex.join(flags)} "$@"\n',
        )

    def __call__(self, *arguments: str, patience: float = 1200) -> str:
        """Run podman; its standard output. AssertionError with the end of what it said, where it fails."""
        done = subprocess.run([str(self.program), *arguments], capture_output=True, text=True, timeout=patience)
        assert done.returncode == 0, f"podman {arguments[0]}: {(done.stdout + done.stderr)[-3000:]}"
        return done.stdout.strip()

    def has(self, image: str) -> bool:
        return subprocess.run([str(self.program), "image", "exists", image]).returncode == 0

    def base(self) -> None:
        """The stand-in for Debian's image, unless it is there."""
        if self.has(BASE):
            return
        with tempfile.TemporaryDirectory(dir=self.folder / "tmp") as name:
            rootfs = Path(name) / "rootfs"
            command = [
                "debootstrap",
                "--variant=minbase",
                "--include=ca-certificates",
                "bookworm",
                str(rootfs),
                *filter(None, [mirror()]),  # debootstrap has one of its own
            ]
            done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
            if done.returncode:
                raise NoBase(f"debootstrap: {(done.stdout + done.stderr).strip()[-300:]}")
            # Its own list of sources stays: this machine's may be those of another release or system.
            (rootfs / "etc/apt/apt.conf.d/99-stand-in").write_text(APT_CONF)
            for path in ("var/lib/apt/lists", "var/cache/apt/archives"):
                shutil.rmtree(rootfs / path)
            for path in ("etc/resolv.conf", "etc/hostname"):
                (rootfs / path).unlink(missing_ok=True)
            archive = Path(name) / "base.tar"
            subprocess.run(["tar", "-C", str(rootfs), "--numeric-owner", "-cf", str(archive), "."], check=True)
            self("import", "--change", "CMD /bin/bash", str(archive), BASE)

    def why_not_run(self) -> str | None:
        """Why the base, which is none of our work, does not run here: a sandbox may forbid containers."""
        try:
            with alone(self.folder / ".build"):
                self.base()
        except NoBase as error:
            return f"there is no base for images here: {error}"
        command = [str(self.program), "run", "--rm", "--network", "host", BASE, "true"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        return f"containers do not run here: {done.stderr.strip()[-300:]}" if done.returncode else None

    def build(
        self,
        dockerfile: str = "Dockerfile.runpod",
        image: str = IMAGE,
        flags: Sequence[str] = (),
        patience: float = 1200,
    ) -> None:
        """Build from the repository, with this machine's certificates mounted while that lasts."""
        with alone(self.folder / ".build"):
            self.base()
            self(
                *("build", "--layers", "--format", "docker", "--network", "host", "--pull-never"),
                *("--build-arg", f"BASE_IMAGE={BASE}", *self._certificates(), *flags),
                *("--file", str(ROOT / dockerfile), "--tag", image, str(ROOT)),
                patience=patience,
            )

    def _certificates(self) -> list[str]:
        if not (bundle := os.environ.get("SSL_CERT_FILE")):
            return []
        pip = self.folder / "pip.conf"
        write(pip, "[global]\ncert = /run/certificates.crt\n")
        return ["--volume", f"{bundle}:/run/certificates.crt:ro", "--volume", f"{pip}:/etc/pip.conf:ro"]

    def size(self, image: str = IMAGE) -> int:
        """Bytes of all layers of an image, unpacked."""
        return int(json.loads(self("image", "inspect", image))[0]["Size"])


def mirror() -> str | None:
    """This machine's own mirror of Debian, None where its apt names none."""
    texts = [path.read_text() for path in Path("/etc/apt/sources.list.d").glob("*.sources")]
    found = re.search(r"^URIs: *(\S+/debian/?)$", "\n".join(texts), re.MULTILINE)
    return found[1] if found else None


class Container:
    """A container in the foreground, removed at the end, whatever happens. ``said`` is what it wrote so far.

    ``volumes`` are podman's own ``SOURCE:PLACE`` or ``SOURCE:PLACE:HOW``.
    """

    def __init__(
        self,
        podman: Podman,
        *arguments: str,
        volumes: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
        image: str = IMAGE,
    ) -> None:
        self._podman, self.name = podman, f"{PREFIX}{os.urandom(6).hex()}"
        mounts = [part for volume in volumes for part in ("--volume", volume)]
        given = [part for key, value in (environ or {}).items() for part in ("--env", f"{key}={value}")]
        flags = ["--rm", "--name", self.name, "--network", "host", *mounts, *given, *options]
        self.process = subprocess.Popen(
            [str(podman.program), "run", *flags, image, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._changed:
                self.said += line
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def until(self, word: str) -> None:
        """Wait until it has said something; AssertionError where it ends, or takes too long."""
        with self._changed:
            self._changed.wait_for(lambda: word in self.said or not self._reader.is_alive(), PATIENCE)
            assert word in self.said, f"never printed {word!r}: {self.said[-3000:]}"

    def end(self) -> int:
        """Wait for its end; the exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def stop(self, seconds: int = 60) -> int:
        """Ask it to stop as RunPod does, with so many seconds to do it in; the exit code."""
        self._podman("stop", "--time", str(seconds), self.name)
        return self.end()

    def __enter__(self) -> Container:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            with suppress(AssertionError):
                self._podman("rm", "--force", "--time", "0", self.name)
            self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)


def run(podman: Podman, *arguments: str, **options: Any) -> tuple[int, str]:
    """Run a container to its end; its exit code and what it said. ``options`` are those of `Container`."""
    with Container(podman, *arguments, **options) as container:
        code = container.end()
        return code, container.said
