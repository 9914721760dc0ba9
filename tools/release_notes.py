"""The notes of one version, cut out of CHANGELOG.md, if its tag is true.

    python3 tools/release_notes.py v1.2.3 > notes.md

Exit 1 with one sentence where the tag, pyproject.toml and CHANGELOG.md do not name the same version. Standard library
only: the publishing workflow runs it before anything is installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\](?P<date>.*)$", re.MULTILINE)


class NotReady(Exception):
    """This tag cannot be published. One sentence: the culprit and the way out."""


def version_of(tag: str) -> str:
    """``1.2.3`` of the tag ``v1.2.3``; NotReady for any other form, since X.Y and X.Y.Z become the image's tags."""
    match = re.fullmatch(r"v((0|[1-9]\d*)(\.(0|[1-9]\d*)){2})", tag)
    if not match:
        raise NotReady(f"the tag is {tag!r}; publish a version by a tag such as v1.2.3")
    return match[1]


def notes(tag: str, pyproject: str, changelog: str) -> str:
    """What CHANGELOG.md says of the tag's version, as Markdown without its heading, ending in a line break."""
    version = version_of(tag)
    packaged = tomllib.loads(pyproject)["project"]["version"]
    if packaged != version:
        raise NotReady(f"the tag is {tag} and pyproject.toml has version {packaged}; make them the same")
    headings = list(HEADING.finditer(changelog))
    index = next((index for index, heading in enumerate(headings) if heading["version"] == version), None)
    if index is None:
        raise NotReady(f"CHANGELOG.md has no section [{version}]; give [Unreleased] that heading and a date")
    heading = headings[index]
    if not re.fullmatch(r" - \d{4}-\d\d-\d\d *", heading["date"]):
        raise NotReady(f"the section [{version}] of CHANGELOG.md has no date; write ## [{version}] - YYYY-MM-DD")
    end = headings[index + 1].start() if index + 1 < len(headings) else len(changelog)
    # Keep a Changelog ends in definitions of its headings' links, which belong to no section.
    text = re.sub(r"^\[[^\]]+\]: \S+$", "", changelog[heading.end() : end], flags=re.MULTILINE).strip()
    if not text:
        raise NotReady(f"the section [{version}] of CHANGELOG.md is empty; say what is new")
    return text + "\n"


def main(arguments: list[str]) -> int:
    """Print the notes of the tag given; the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("release_notes: send one tag, such as v1.2.3\n")
        return 2
    files = [(ROOT / name).read_text("utf-8") for name in ("pyproject.toml", "CHANGELOG.md")]
    try:
        sys.stdout.write(notes(arguments[0], *files))
    except NotReady as error:
        sys.stderr.write(f"release_notes: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
