"""docs/cli.md is followed: its commands run in order, and write what it shows."""

from __future__ import annotations

import io
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.support.human_clip import HUMAN_CLIP

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def sessions() -> list[tuple[str, list[str]]]:
    """Every command of the page, and the lines that it shows below it."""
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    shown = [part.splitlines() for block in BLOCK.findall(page) for part in re.split(r"^\$ ", block, flags=re.M)[1:]]
    return [(lines[0], lines[1:]) for lines in shown]


def pattern(line: str) -> str:
    """What a line of the page stands for: figures vary, ``…`` is the rest of an id, and blanks are those of a table."""
    written = re.escape(line).replace("…", r"\S*")
    written = re.sub(r"(?:\\ )+", r"\\s+", written)
    return re.sub(r"\d+(?:(?:\\\.|:|\\-)\d+)*", r"[\\d.:-]+", re.sub(r"(?<=local\\-)\w+", r"\\w*", written))


def test_page_is_followed(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of the page ends with 0, and writes what the page shows, in a home where nothing is set."""
    monkeypatch.setenv("HOME", str(here))
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    handler = Shell({"ALIGNERS": "engine,sphinx"}, capsys)
    shutil.copy(HUMAN_CLIP, "anna.wav")
    Path("script.txt").write_text("A script, of one line.")
    Path("sea.md").write_text(
        "---\ntitle: The Sea\n---\n# The storm\n\nIt rained.\n\n# The shore\n\nIt rained no more."
    )
    (settings,) = YAML.findall((ROOT / "docs" / "cli.md").read_text("utf-8"))
    Path("speech.yaml").write_text(settings)
    followed = 0
    for line, expected in sessions():
        if "> " in line:
            continue  # Another test has standard output.
        given, _, command = line.rpartition("handler ")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        done = handler(command.partition(" | ")[0])
        assert done.code == 0 or "doctor" in line, f"{line}: {done.err}"
        written = "\n".join([*done.err.splitlines(), *done.lines])
        for shown in expected:
            assert re.search(rf"^{pattern(shown)}$", written, re.MULTILINE), f"{line}: no {shown} in\n{written}"
        followed += 1
    assert followed >= 10
