"""A lock for containers: the production lock's first groups, and espeak-ng in place of torch and F5-TTS.

It is cut out of the real one, so that the same wheels, which ``make test`` has fetched before, serve here.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from setup_network_venv import Layout, read_groups

REQUIREMENTS = Path(__file__).resolve().parent.parent.parent / "requirements"
GROUPS = ("base", "core", "sphinx")
VOICE = "espeakng-loader"


def write_small_lock(folder: Path) -> None:
    """Write ``worker.txt``, ``groups.toml``, ``sizes.json`` and ``uv.txt`` of the small lock into an empty folder."""
    groups = {group.name: group for group in read_groups(Layout(folder, REQUIREMENTS, "")) if group.name in GROUPS}
    assert set(groups) == set(GROUPS), "requirements/groups.toml has other groups now: name them in GROUPS"
    voice = re.search(rf"^{VOICE}==.*(?:\n +.*)*", (REQUIREMENTS / "local.txt").read_text("utf-8"), re.MULTILINE)
    assert voice
    packages = {name: dict(group.packages) for name, group in groups.items()}
    packages["core"][VOICE] = voice[0]
    source = sorted(name for group in groups.values() for name in group.source)
    table = [f"source = {json.dumps(source)}"]
    for name, group in groups.items():
        table += ["[[group]]", f'name = "{name}"', f"needed = {json.dumps(group.needed)}"]
        table += [f"packages = {json.dumps(list(packages[name]))}", f"imports = {json.dumps(list(group.imports))}"]
    (folder / "groups.toml").write_text("\n".join(table) + "\n")
    # Without the remarks on who asked for a package: some of those are not in this lock, and all of it is named above.
    lines = "\n".join(block for held in packages.values() for block in held.values()).splitlines()
    (folder / "worker.txt").write_text("\n".join(line for line in lines if not line.lstrip().startswith("#")) + "\n")
    for name in ("sizes.json", "uv.txt"):
        shutil.copy(REQUIREMENTS / name, folder)
