"""Workers in containers, with a lock of their own and this machine's cache of uv in place of an index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import package_index
from tests.support.podman import Container, Podman
from tests.support.ports import free_port


def uv_cache() -> Path:
    """Where uv keeps what it fetched."""
    uv = Path(sys.executable).parent / "uv"
    return Path(subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip())


FURTHER_INDEXES = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX_STRATEGY")


def fill_cache(requirements: Path, folder: Path) -> str:
    """Have uv's cache hold the small lock's packages as a container looks for them; returns what uv says if it fails.

    ``make test`` has fetched them, but from a further index of this machine where pip's settings name one, such as a
    folder of wheels. A container has no such index, and for it the cache would look empty.
    """
    environ = {
        name: value for name, value in package_index.uv_environ(os.environ).items() if name not in FURTHER_INDEXES
    }
    command: list[str | Path] = [
        Path(sys.executable).parent / "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
    ]
    command += ["--target", folder, "--no-deps", "--require-hashes", "-r", requirements / "worker.txt"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


@dataclass(frozen=True)
class Workplace:
    """Starts containers of the image with the small lock. Packages come from this machine's cache of uv alone."""

    podman: Podman
    requirements: Path
    uv_cache: Path

    def start(
        self,
        *arguments: str,
        volume: Path | None = None,
        environ: Mapping[str, str] | None = None,
        read_only: bool = False,
        volumes: Sequence[str] = (),
        options: Sequence[str] = (),
    ) -> Container:
        """A container with this volume; ``arguments`` are those of setup_network_venv.py."""
        # :O, an overlay: what is written there is not written here.
        mounts = [f"{self.requirements}:/app/requirements:ro", f"{self.uv_cache}:/uv-cache:O", *volumes]
        if volume:
            mounts.append(f"{volume}:/runpod-volume{':ro' if read_only else ''}")
        given = {"UV_CACHE_DIR": "/uv-cache", "UV_OFFLINE": "1", "TTS_ENGINE": "espeak"}
        # Under another index's name the cache would look empty.
        given |= {name: value for name, value in os.environ.items() if name == "UV_DEFAULT_INDEX"}
        given |= dict(environ or {})
        return Container(self.podman, *arguments, volumes=mounts, environ=given, options=options)

    def serve(self, volume: Path, environ: Mapping[str, str]) -> Api:
        """The same with the SDK's own API, once it answers."""
        port = free_port()
        flags = ["--", "--rp_serve_api", "--rp_api_host", "127.0.0.1", "--rp_api_port", str(port)]
        container = self.start(*flags, volume=volume, environ=environ)
        try:
            container.until("running on")
        except AssertionError:
            container.__exit__(None, None, None)
            raise
        return Api(container, port)


@dataclass(frozen=True)
class Api:
    """A worker that serves RunPod's API on this machine."""

    container: Container
    port: int

    def runsync(self, **fields: Any) -> dict[str, Any]:
        """What the API answers to a job."""
        address = f"http://127.0.0.1:{self.port}/runsync"
        body = json.dumps({"input": fields}).encode()
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            reply: dict[str, Any] = json.load(answer)
        return reply

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self.container.__exit__(None, None, None)
