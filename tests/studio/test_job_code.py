"""A job as code: what is copied from the page runs as it is, and has no key in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from handler.protocols import Services
from tests.studio.test_runs import card, start
from tests.support.http_server import running
from tests.support.studio import Studio, opened

ROOT = Path(__file__).resolve().parents[2]
KEY = "a-key-of-sixteen-or-more"
NASTY = """She said "it's $HOME, `id` and $(id)!" \\ 100% #1 \U0001f389 <b>é</b>
JOB
\u2028end\t\\n."""
TIMEOUT_S = 60


@pytest.fixture
def locked(chromium: Browser, services: Services) -> Iterator[Studio]:
    """The studio over a server that wants a key, which it has been given."""
    settings = services.settings.model_copy(update={"api_keys": SecretStr(f"me:{KEY}")})
    locked = running(replace(services, settings=settings))
    with locked as server, opened(chromium, server, provoked="401") as studio:
        studio.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = studio.open("runs")
        page.get_by_role("button", name="API key").click()
        page.get_by_label("Key of this server").fill(KEY)
        page.get_by_role("button", name="Use this key").click()
        yield studio


def copied(studio: Studio, language: str) -> str:
    """What the button of this language puts on the clipboard, for a job with a nasty text."""
    page = studio.page
    start(
        page, text=NASTY, seed=7, loudness=-20.5, ssml=False, lexicon={"id": "eye dee"}, timing_format=["srt", "json"]
    )
    expect(card(page, "She said").get_by_text("Done", exact=True)).to_be_visible()
    card(page, "She said").get_by_role("button", name="As code").click()
    dialog = page.get_by_role("dialog", name="This job as code")
    assert studio.barriers() == []
    dialog.get_by_role("button", name=f"Copy {language}").click()
    expect(dialog.get_by_role("status")).to_have_text(f"{language} is copied.")
    code: str = page.evaluate("navigator.clipboard.readText()")
    assert KEY not in code
    return code


def run(command: list[str], folder: Path) -> str:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "API_KEY": KEY, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_copied_json_is_the_job(locked: Studio) -> None:
    """The JSON has every field as it was sent."""
    job = json.loads(copied(locked, "JSON"))
    assert job["input"]["text"] == NASTY
    assert job["input"]["lexicon"] == {"id": "eye dee"}


def test_copied_curl_runs(locked: Studio, tmp_path: Path) -> None:
    """The command runs in bash with the key of the environment, and the worker gets every sign of the text."""
    code = copied(locked, "curl")
    assert "$API_KEY" in code
    answer = json.loads(run(["bash", "-c", code], tmp_path))
    assert answer["status"] == "COMPLETED", answer
    assert (answer["output"]["text"], answer["output"]["seed"]) == (NASTY, 7)


def test_copied_python_runs(locked: Studio, tmp_path: Path) -> None:
    """The program runs with the client of this project, and saves the job's files."""
    code = copied(locked, "Python")
    assert 'os.environ["API_KEY"]' in code
    output = run([sys.executable, "-c", code], tmp_path)
    assert repr(NASTY) in output
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".wav", ".srt", ".json"}


def test_code_without_a_key_asks_for_none(studio: Studio) -> None:
    """A server that wants no key gets a command without one."""
    page = studio.open("runs")
    start(page, text="No key.")
    card(page, "No key.").get_by_role("button", name="As code").click()
    shown = page.get_by_role("dialog").get_by_role("region", name="curl")
    expect(shown).to_contain_text(re.compile(r"^curl -sS"))
    expect(shown).not_to_contain_text("API_KEY")
