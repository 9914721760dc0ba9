"""Wheels of a few files, made here, and a lock of them in the form that uv writes."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Tiny:
    """A package: ``needs`` are the names of those it needs, ``files`` how many modules it has of ``size`` bytes.

    ``program`` is the content of a program that has the package's name.
    """

    name: str
    version: str = "1.0"
    needs: tuple[str, ...] = ()
    files: int = 3
    size: int = 100
    code: str = ""
    program: str = ""


def write_wheel(package: Tiny, folder: Path) -> tuple[Path, str]:
    """The wheel's path and sha256. It has a script, so that a finished install differs from what is in the wheel."""
    stem = f"{package.name}-{package.version}"
    info = f"{stem}.dist-info"
    contents = {f"{package.name}/__init__.py": package.code or f"VERSION = {package.version!r}\n"}
    for number in range(package.files):
        contents[f"{package.name}/part_{number}.py"] = f"# {package.version}\n".ljust(package.size, "#")
    contents[f"{stem}.data/scripts/{package.name}-tool"] = "#!python\nprint('tool')\n"
    if package.program:
        contents[f"{stem}.data/scripts/{package.name}"] = package.program
    contents[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {package.version}\n"
    contents[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    rows = [f"{path},sha256={_hash(text)},{len(text)}" for path, text in contents.items()]
    contents[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as wheel:
        for name, text in contents.items():
            # Without the time of day: the same package is the same wheel.
            entry = zipfile.ZipInfo(name)
            if ".data/scripts/" in name:
                entry.external_attr = 0o100755 << 16
            wheel.writestr(entry, text)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def _hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def write_lock(packages: Sequence[Tiny], groups: Sequence[Mapping[str, object]], wheels: Path, folder: Path) -> None:
    """The wheels, and ``worker.txt``, ``groups.toml`` and ``sizes.json`` for them."""
    wheels.mkdir(exist_ok=True)
    folder.mkdir(exist_ok=True)
    blocks, sizes = [], {}
    for package in packages:
        _, sha256 = write_wheel(package, wheels)
        parents = [other.name for other in packages if package.name in other.needs] or ["-r worker.in"]
        via = f" {parents[0]}" if len(parents) == 1 else "".join(f"\n    #   {parent}" for parent in parents)
        pin = f"{package.name}=={package.version}"
        blocks.append(f"{pin} \\\n    --hash=sha256:{sha256}\n    # via{via}")
        sizes[pin] = {"bytes": package.files * package.size, "files": package.files}
    (folder / "worker.txt").write_text("\n".join(blocks) + "\n")
    (folder / "sizes.json").write_text(json.dumps(sizes))
    entries = []
    for group in groups:
        lines = [f"{key} = {json.dumps(value)}" for key, value in group.items()]
        entries.append("\n".join(["[[group]]", *lines]))
    (folder / "groups.toml").write_text("\n\n".join(entries) + "\n")
