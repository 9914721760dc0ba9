"""Write sizes.json, what each package of worker.txt takes when it is installed, and licences.json, what it says of its
licence.

    .venv/bin/python requirements/measure.py

Run it in an environment that holds the whole lock (``make test`` makes one) after ``make lock``. The figures are those
of the packages' own RECORD files: without bytecode. The environment on the volume checks its space against them. The
licences are what the packages' metadata say: an SPDX expression, or a name; the list of contents (tools/sbom.py) has
them.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution, metadata
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def measure(name: str, version: str) -> dict[str, int]:
    """``bytes`` and ``files`` of an installed package; SystemExit when it is not here in this version."""
    try:
        package = distribution(name)
    except PackageNotFoundError:
        sys.exit(f"{name} is not installed here; run this in an environment with the whole of worker.txt")
    if package.version != version:
        sys.exit(f"{name} is {package.version} here and {version} in worker.txt; install the lock first")
    own = [file for file in package.files or () if file.suffix != ".pyc"]
    return {"bytes": sum(file.size or 0 for file in own), "files": len(own)}


MAX_NAME_CHARS = 60  # of a licence: some packages have its whole text there


def licence(name: str) -> str:
    """What an installed package says of its licence, empty where it says nothing."""
    said = metadata(name)
    if expression := said.get("License-Expression"):
        return expression
    named = (said.get("License") or "").strip()
    if named and len(named) <= MAX_NAME_CHARS and "\n" not in named:
        return named
    kinds = [kind for kind in said.get_all("Classifier") or [] if kind.startswith("License ::")]
    return kinds[0].rpartition(" :: ")[2] if kinds else named.partition("\n")[0][:MAX_NAME_CHARS].strip()


def main() -> None:
    """Measure every pin of worker.txt."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (FOLDER / "worker.txt").read_text("utf-8"), re.MULTILINE)
    sizes = {f"{name}=={version}": measure(name, version) for name, version in pins}
    (FOLDER / "sizes.json").write_text(json.dumps(sizes, indent=1) + "\n", "utf-8")
    licences = {f"{name}=={version}": licence(name) for name, version in pins}
    (FOLDER / "licences.json").write_text(json.dumps(licences, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
