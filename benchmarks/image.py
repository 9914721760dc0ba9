"""The image: its size, and what a container's start costs before the worker's own; with --real F5-TTS in a container.

    python benchmarks/image.py [--starts 9] [--real] [--baked]

It needs root, podman, runc and debootstrap, builds Dockerfile.runpod on a stand-in base and fills a volume with a
small lock from uv's cache. ``image_mb``: all layers, unpacked. ``start_s``: from ``podman run`` on the filled volume
to the first line of a stand-in for the worker, so with the container's own making; ``setup_s``: the same less a
container that starts that stand-in without the image's entry point. Medians.

``--real`` installs the production lock instead (8 GB, from uv's cache alone), which imports every group in the image,
and has F5-TTS speak there, with a small random model: ``install_s``, ``f5_start_s`` (``podman run`` to the open API),
``f5_job_s``.

``--baked`` also builds Dockerfile.baked with the production lock, from uv's cache alone, and does a job in it
without a volume: ``baked_build_s``, ``baked_mb`` (all layers, unpacked), ``baked_job_s`` (``podman run`` to
the end of that one job).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from tests.support.containers import Workplace, uv_cache
from tests.support.podman import IMAGE, Podman, run, why_not
from tests.support.small_lock import write_small_lock


def filled(workplace: Workplace, volume: Path) -> float:
    """Seconds that the filling of an empty volume takes."""
    began = time.perf_counter()
    with workplace.start("--prepare", volume=volume, environ={"RUNPOD_INIT_TIMEOUT": "3600"}) as container:
        assert container.process.wait(3600) == 0, container.said
    return time.perf_counter() - began


def starts(workplace: Workplace, volume: Path, stand_in: Path, count: int) -> dict[str, float]:
    """Medians of starts through the entry point, and of what they take more than starts without it."""
    stand_in.write_text("print('here', flush=True)\n")
    [env] = [path.parent for path in (volume / "venvs").glob("*/.ready")]
    direct = ["--entrypoint", f"/runpod-volume/venvs/{env.name}/bin/python"]
    pairs = [
        (
            first_line(workplace, volume, stand_in),
            first_line(
                workplace, volume, stand_in, "-P", "-m", "handler", options=[*direct, "--env", "PYTHONPATH=/app"]
            ),
        )
        for _ in range(count)
    ]
    return {
        "start_s": round(statistics.median(whole for whole, _ in pairs), 2),
        "setup_s": round(statistics.median(whole - alone for whole, alone in pairs), 2),
    }


def first_line(
    workplace: Workplace, volume: Path, stand_in: Path, *arguments: str, options: Sequence[str] = ()
) -> float:
    mount = f"{stand_in}:/app/handler/__main__.py:ro"
    began = time.perf_counter()
    with workplace.start(*arguments, volume=volume, volumes=[mount], options=options) as container:
        container.until("here\n")
        seconds = time.perf_counter() - began
        assert container.end() == 0, container.said
    return seconds


def real(workplace: Workplace, volume: Path) -> dict[str, float]:
    """F5-TTS in the production environment, in a container."""
    from tests.engines.f5.conftest import write_model

    (volume / "tiny").mkdir()
    there = write_model(volume / "tiny")
    environ = {name: value.replace(str(volume), "/runpod-volume") for name, value in there.items()}
    # Random weights make sound without words, which an aligner would notice.
    environ |= {"ENGINES": "f5", "ALIGNERS": "engine", "LOCAL_STORE": "/runpod-volume/store"}
    began = time.perf_counter()
    with workplace.serve(volume, environ) as api:
        start_s = time.perf_counter() - began
        began = time.perf_counter()
        answer = api.runsync(text="The quick brown fox jumps over the lazy dog.", quality="fast")
        job_s = time.perf_counter() - began
        assert answer["status"] == "COMPLETED", answer
        assert answer["output"]["engine"] == "f5"
        api.container.stop()
    return {"f5_start_s": round(start_s, 1), "f5_job_s": round(job_s, 1)}


def baked(podman: Podman) -> dict[str, float]:
    """The image with the production environment inside: built, and one job of F5-TTS done by it without a volume."""
    from tests.engines.f5.conftest import write_model

    image = f"{IMAGE}-baked-real"
    cache = ["--volume", f"{uv_cache()}:/uv-cache:O", "--env", "UV_CACHE_DIR=/uv-cache", "--env", "UV_OFFLINE=1"]
    began = time.perf_counter()
    podman.build("Dockerfile.baked", image, cache, patience=3600)
    build_s = time.perf_counter() - began
    try:
        with tempfile.TemporaryDirectory() as name:
            there = write_model(Path(name))
            environ = {key: value.replace(name, "/tiny") for key, value in there.items()}
            environ |= {"ENGINES": "f5", "ALIGNERS": "engine", "LOCAL_STORE": "/tmp/store", "UV": "/nowhere/uv"}
            job = '{"input": {"text": "The quick brown fox jumps over the lazy dog.", "quality": "fast"}}'
            began = time.perf_counter()
            code, said = run(podman, "--", "run", job, volumes=[f"{name}:/tiny:ro"], environ=environ, image=image)
            job_s = time.perf_counter() - began
        assert code == 0, said
        assert '"engine": "f5"' in said
        megabytes = podman.size(image) / 1e6
    finally:
        podman("rmi", image)
    return {"baked_build_s": round(build_s, 1), "baked_mb": round(megabytes), "baked_job_s": round(job_s, 1)}


def main() -> None:
    """Measure, and print a table, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--baked", action="store_true")
    options = parser.parse_args()
    if reason := why_not():
        sys.exit(reason)
    podman = Podman()
    podman.build()
    figures: dict[str, float] = {"image_mb": round(podman.size() / 1e6)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "volume").mkdir()
        (folder / "lock").mkdir()
        if not options.real:
            write_small_lock(folder / "lock")
        workplace = Workplace(podman, ROOT / "requirements" if options.real else folder / "lock", uv_cache())
        figures["install_s"] = round(filled(workplace, folder / "volume"), 1)
        figures |= starts(workplace, folder / "volume", folder / "__main__.py", options.starts)
        if options.real:
            figures |= real(workplace, folder / "volume")
    if options.baked:
        figures |= baked(podman)
    for label, value in figures.items():
        print(f"{label:12}{value:10}")
    print()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
