"""What the worker is made of, as CycloneDX 1.6 in JSON: packages with their hashes, models, an image's system packages.

    python3 tools/sbom.py > sbom.json
    docker run --rm --entrypoint dpkg-query IMAGE --show | python3 tools/sbom.py --dpkg - > sbom.json

The same files give the same bytes: it has no date and no serial number, which CycloneDX leaves to the maker. A package
has the hashes of all its files in the lock, of which an installation takes one. Standard library only: the publishing
workflow runs it before anything is installed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
LOCKS = ("worker.txt", "uv.txt")
"""The locks of what is installed with a worker."""

Component = dict[str, Any]


def bom(dpkg: str | None = None) -> dict[str, Any]:
    """The whole list; ``dpkg`` are the lines of ``dpkg-query --show``: a name and a version, with a tab between."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    components = [*packages(), *models(), *(system_packages(dpkg) if dpkg is not None else ())]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": project["name"],
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": sorted(components, key=lambda component: str(component["bom-ref"])),
    }


def packages() -> Iterator[Component]:
    """Each pin of the locks, with its hashes and what it says of its licence."""
    licences = json.loads((REQUIREMENTS / "licences.json").read_text("utf-8"))
    for lock in LOCKS:
        for block in re.split(r"\n(?=\S)", (REQUIREMENTS / lock).read_text("utf-8")):
            if (pin := re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", block)) is None:
                continue
            name, version = pin.groups()
            purl = f"pkg:pypi/{name}@{quote(version, safe='')}"
            hashes = [
                {"alg": "SHA-256", "content": each} for each in re.findall(r"--hash=sha256:([0-9a-f]{64})", block)
            ]
            found = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
            yield found | {"hashes": hashes} | _licensed(licences.get(f"{name}=={version}", ""))


def models() -> Iterator[Component]:
    """The models that a worker fetches."""
    licences = tomllib.loads((REQUIREMENTS / "models.toml").read_text("utf-8"))["licences"]
    for name, licence in licences.items():
        ref = f"pkg:huggingface/{name}" if "/" in name else f"model:{name}"
        found = {"type": "machine-learning-model", "bom-ref": ref, "name": name}
        yield found | ({"purl": ref} if "/" in name else {}) | _licensed(licence)


def system_packages(dpkg: str) -> Iterator[Component]:
    """The packages of Debian that an image has. Raises ValueError for a line in another form."""
    for line in dpkg.splitlines():
        name, tab, version = line.partition("\t")
        if not (name and tab and version):
            raise ValueError(f"a line is no name and version with a tab between: {line!r}")
        bare, _, architecture = name.partition(":")
        purl = f"pkg:deb/debian/{quote(bare)}@{quote(version, safe='')}"
        purl += f"?arch={architecture}" if architecture else ""
        yield {"type": "library", "bom-ref": purl, "name": bare, "version": version, "purl": purl}


def _licensed(licence: str) -> dict[str, Any]:
    """A licence as the schema has it: a name in words, or an expression of SPDX's."""
    if not licence:
        return {}
    if re.search(r" (AND|OR|WITH) ", licence):
        return {"licenses": [{"expression": licence}]}
    return {"licenses": [{"license": {"name": licence}}]}


def main(arguments: list[str]) -> int:
    """Print the list; the exit code."""
    parser = argparse.ArgumentParser(prog="sbom", description=__doc__.partition("\n")[0])
    parser.add_argument("--dpkg", metavar="FILE", help="what dpkg-query --show says in the image; - is standard input")
    given = parser.parse_args(arguments).dpkg
    try:
        dpkg = sys.stdin.read() if given == "-" else Path(given).read_text("utf-8") if given else None
        text = json.dumps(bom(dpkg), indent=1, ensure_ascii=False)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"sbom: {error}\n")
        return 1
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
