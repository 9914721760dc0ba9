"""The list of contents is valid CycloneDX, has all that a worker is made of, and is the same each time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from handler.aligners.whisperx_models import MMS_FA
from handler.app import needed_models
from handler.engines import ENGINES
from handler.settings import Qwen3Model, Settings
from tools import sbom

ROOT = Path(__file__).parent.parent
DPKG = "libc6:amd64\t2.36-9+deb12u10\ntini\t0.19.0-1\npython3.11\t3.11.2-6+deb12u6\n"


def components(kind: str, dpkg: str | None = None) -> dict[str, dict[str, Any]]:
    """Those of a type, by name."""
    return {each["name"]: each for each in sbom.bom(dpkg)["components"] if each["type"] == kind}


@pytest.mark.parametrize("dpkg", [None, DPKG])
def test_list_is_valid(dpkg: str | None) -> None:
    """CycloneDX's own validator takes the list, with and without an image's packages, and no name is there twice."""
    made = sbom.bom(dpkg)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None
    refs = [each["bom-ref"] for each in made["components"]]
    assert len(refs) == len(set(refs))


def test_every_locked_package_is_in_the_list() -> None:
    """Each pin of the worker's lock is a component with its version and all its hashes."""
    listed = components("library")
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements" / "worker.txt").read_text("utf-8")):
        if pin := re.match(r"([A-Za-z0-9._-]+)==(\S+)", block):
            found = listed[pin[1]]
            assert found["version"] == pin[2]
            assert {each["content"] for each in found["hashes"]} == set(re.findall(r"sha256:(\w+)", block))
    assert "uv" in listed


def test_licences_are_those_of_the_lock() -> None:
    """Each pin has its entry, nearly all say something; run requirements/measure.py after a new lock."""
    licences = json.loads((ROOT / "requirements" / "licences.json").read_text("utf-8"))
    lock = (ROOT / "requirements" / "worker.txt").read_text("utf-8")
    assert list(licences) == [f"{name}=={version}" for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.M)]
    assert [name for name, licence in licences.items() if not licence] == [
        name for name in licences if name.partition("==")[0] in {"espeakng-loader", "pocket-tts", "vocos"}
    ]


def test_every_model_is_in_the_list(tmp_path: Path) -> None:
    """Each model that an engine, whisperx in English, MMS-FA, the transcriber or the doctor asks for is there."""
    listed = components("machine-learning-model")
    environ = {"ENGINES": ",".join(ENGINES), "LANGUAGES": "en", "LOCAL_STORE": str(tmp_path)}
    choices = [{"QWEN3_MODEL": model} for model in get_args(Qwen3Model)]
    choices += [{"CHATTERBOX_MODEL": model} for model in ("original", "multilingual", "turbo")]
    choices += [{"WHISPERX_MODEL": MMS_FA, "LANGUAGES": "sw"}]
    needed = {model.name for chosen in choices for _, _, model in needed_models(Settings.read(environ | chosen))}
    # A file of a repository is called "FILE of REPOSITORY".
    assert {name.rpartition(" of ")[2] for name in needed} == listed.keys()
    for name in ("SWivid/F5-TTS", "MMS-FA"):
        assert listed[name]["licenses"] == [{"license": {"name": "CC-BY-NC-4.0"}}]


def test_system_packages_are_those_of_the_image() -> None:
    """What dpkg says in the image is in the list, with the architecture where it names one."""
    listed = components("library", DPKG)
    assert listed["libc6"]["purl"] == "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64"
    assert listed["tini"]["version"] == "0.19.0-1"
    assert "tini" not in components("library")


def test_program_writes_the_same_each_time() -> None:
    """No date and no serial number: what is published can be made again, byte by byte."""
    command = [sys.executable, "-I", str(ROOT / "tools" / "sbom.py"), "--dpkg", "-"]
    first, second = (subprocess.run(command, input=DPKG, capture_output=True, text=True, check=True) for _ in range(2))
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["metadata"].keys() == {"component"}


def test_unreadable_packages_end_the_program() -> None:
    """A line that dpkg did not write is an error in one sentence: a list without the system would look complete."""
    command = [sys.executable, str(ROOT / "tools" / "sbom.py"), "--dpkg", "-"]
    done = subprocess.run(command, input="Unable to find image\n", capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("sbom: a line is no name and version")
