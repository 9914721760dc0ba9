"""The machine: the environment that this runs in, the volume, the space on it, the GPU, and programs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from handler.doctor.finding import FAILURE, OK, WARNING, Check
from handler.protocols import Services

MIN_FREE_BYTES = 1 << 30  # it holds the longest speech and its files many times over
GPU_TIMEOUT_S = 90.0  # torch may be imported from a slow volume; a broken driver hangs for ever

MIN_CAPABILITY = (7, 0)  # on older GPUs of NVIDIA float16 is slower than float32
PROGRAM_TIMEOUT_S = 20.0


def environment(_: Services) -> Iterable[Check]:
    """The environment that setup_network_venv.py made, by the marker that it writes."""
    name, remedy = "environment", "run setup_network_venv.py --repair"
    try:
        marker = json.loads((Path(sys.prefix) / ".ready").read_bytes())
        groups, left_out = list(marker["groups"]), dict(marker["left_out"])
    except FileNotFoundError:
        return [Check(name, OK, f"Python {sys.version.split()[0]}, not one made by setup_network_venv.py")]
    except (OSError, ValueError, KeyError, TypeError):
        return [Check(name, WARNING, "its marker cannot be read", remedy)]
    whole = Check(name, OK, f"{marker.get('key')} of {marker.get('made')}, with {', '.join(groups)}")
    missing = left_out.items()
    return [whole, *(Check(f"{name}, {group}", WARNING, f"left out: {reason}", remedy) for group, reason in missing)]


def volume(services: Services) -> Iterable[Check]:
    """MODELS_DIR: there, writable, and on a volume that outlives the worker."""
    folder = services.settings.models_dir
    if not folder.is_dir():
        parent = next(path for path in folder.absolute().parents if path.is_dir())
        finding, remedy = "MODELS_DIR is not there yet", "make that folder, or attach a network volume"
        return [Check("volume", WARNING, finding, remedy) if _own_disk(parent) else Check("volume", OK, finding)]
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"ok")
            file.flush()
    except OSError as error:
        remedy = "mount it writable for at least one start, in which models are fetched"
        return [Check("volume", WARNING, f"MODELS_DIR cannot be written ({error.strerror})", remedy)]
    if services.settings.runpod_pod_id and _own_disk(folder):
        remedy = "attach a network volume to the endpoint, which appears at /runpod-volume"
        finding = "MODELS_DIR is on the worker's own disk: each fetches its models anew"
        return [Check("volume", WARNING, finding, remedy)]
    return [Check("volume", OK, "MODELS_DIR can be written")]


def _own_disk(folder: Path) -> bool:
    return not any(path.is_mount() for path in (folder, *folder.parents) if path != path.parent)


def space(services: Services) -> Iterator[Check]:
    """Free space of the folders that are written to."""
    folders = {"temporary folder": Path(tempfile.gettempdir()), "models": services.settings.models_dir}
    for name, path in folders.items():
        if not path.is_dir():
            continue
        free = shutil.disk_usage(path).free
        low = free < MIN_FREE_BYTES
        remedy = "remove old files, or give it more space" if low else ""
        yield Check(f"space, {name}", WARNING if low else OK, f"{free / 1e9:.1f} GB free", remedy)


ASK_GPU = """
import json, torch
report = {"torch": torch.__version__, "built": torch.version.cuda, "there": torch.cuda.is_available()}
if report["there"]:
    report |= {"name": torch.cuda.get_device_name(0), "capability": torch.cuda.get_device_capability(0)}
    report |= {"free": torch.cuda.mem_get_info(0)[0], "whole": torch.cuda.mem_get_info(0)[1]}
    report["sum"] = float((torch.ones(64, 64, device="cuda") @ torch.ones(64, 64, device="cuda")).sum())
print(json.dumps(report))
"""


def gpu(services: Services) -> Iterable[Check]:
    """The GPU as torch sees and uses it, asked in another process: a broken driver can hang it, or end it."""
    if find_spec("torch") is None or not _may_use_gpu(services):
        return []
    try:
        command = [sys.executable, "-I", "-c", ASK_GPU]
        asked = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=GPU_TIMEOUT_S)
        report = json.loads(asked.stdout)
    except subprocess.TimeoutExpired:
        remedy = "the driver hangs: take another machine; on RunPod, stop this worker"
        return [Check("GPU", FAILURE, f"torch did not answer within {GPU_TIMEOUT_S:g} s", remedy)]
    except ValueError:
        last = asked.stderr.strip().rpartition("\n")[2] or f"exit code {asked.returncode}"
        remedy = "check that the driver is new enough for this torch, and the GPU for it"
        return [Check("GPU", FAILURE, f"torch cannot use it: {last}", remedy)]
    return [judge_gpu(report)]


def _may_use_gpu(services: Services) -> bool:
    """Whether an engine computes with torch, which a GPU makes fast."""
    backends = services.engines.backends
    return any("torch" in backends[name].requires for name in services.settings.engines)


def judge_gpu(report: Mapping[str, Any]) -> Check:
    """What ``ASK_GPU`` printed, as a finding."""
    version = f"torch {report['torch']}"
    if not report["there"]:
        remedy = "choose a GPU for the endpoint" if report["built"] else "install a torch that is built for CUDA"
        return Check("GPU", WARNING, f"none is seen by {version}: speech is computed on the CPU, slowly", remedy)
    major, minor = report["capability"]
    finding = (
        f"{report['name']}, capability {major}.{minor},"
        f" {report['free'] / 1e9:.0f} of {report['whole'] / 1e9:.0f} GB free, {version}"
    )
    if report["sum"] != 64.0**3:
        return Check("GPU", FAILURE, f"{finding}: it computes wrongly", "take another machine")
    if (major, minor) < MIN_CAPABILITY:
        return Check("GPU", WARNING, f"{finding}: too old for fast half precision", "choose a newer GPU, or float32")
    return Check("GPU", OK, finding)


def sdk(_: Services) -> Iterable[Check]:
    """RunPod's SDK."""
    if find_spec("runpod") is None:
        remedy = "in a clone, run `make worker` to take jobs from RunPod"
        return [Check("runpod", WARNING, "the SDK is not installed", remedy)]
    return [Check("runpod", OK, f"version {metadata.version('runpod')}")]


def ffmpeg(_: Services) -> Iterable[Check]:
    """ffmpeg, and whether it can draw captions."""
    remedy = "install imageio-ffmpeg; only videos need it"
    try:
        import imageio_ffmpeg

        program = imageio_ffmpeg.get_ffmpeg_exe()
        command = [program, "-hide_banner", "-filters"]
        asked = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=PROGRAM_TIMEOUT_S
        )
    except (ImportError, RuntimeError, OSError, subprocess.TimeoutExpired):
        return [Check("ffmpeg", WARNING, "not found", remedy)]
    if not any(line.split()[1:2] == ["ass"] for line in asked.stdout.splitlines()):
        return [Check("ffmpeg", WARNING, "it has no libass, which draws captions", remedy)]
    return [Check("ffmpeg", OK, f"version {imageio_ffmpeg.get_ffmpeg_version()}, with libass")]
