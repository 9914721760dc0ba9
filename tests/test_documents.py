"""Documents say what the code does: their tables are generated, their examples run."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from handler.dispatch import dispatch
from handler.ports import Tools

ROOT = Path(__file__).parent.parent


def generator() -> object:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("document", ["API.md", "CONFIG.md"])
def test_tables_are_up_to_date(document: str) -> None:
    """Each generated table is what the models and settings give today; `make docs` mends a difference."""
    text = (ROOT / document).read_text("utf-8")
    assert generator().generated(document) == text  # type: ignore[attr-defined]
    assert len(re.findall(r"<!-- generated: \w+ -->\n\| ", text)) == text.count("<!-- generated:")


def requests(document: str) -> list[str]:
    blocks = re.findall(r"```json\n(.*?)```", (ROOT / document).read_text("utf-8"), re.DOTALL)
    return [block for block in blocks if block.lstrip().startswith('{"input"')]


@pytest.mark.parametrize("request_", requests("API.md"))
def test_each_request_in_the_api_is_understood(tools: Tools, request_: str) -> None:
    """Every request shown in API.md is done, or names a job that its reader would have."""
    reply = dispatch(json.loads(request_), tools)
    assert reply.get("error_code") in {None, "not_found"}, reply


def test_the_readmes_request_is_done(tools: Tools) -> None:
    """The README's own example runs and gives the formats that it shows."""
    example = re.search(r"handler run \\\n\s+'(.*?)'\n", (ROOT / "README.md").read_text("utf-8"))
    assert example
    reply = dispatch(json.loads(example[1]), tools)
    assert set(reply["timing_files"]) == {"srt", "json"}
    assert reply["word_count"] == 5
