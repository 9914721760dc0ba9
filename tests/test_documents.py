"""Documents say what the code does: their tables are generated, their examples run."""

from __future__ import annotations

import itertools
import json
import re
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

import install
from handler.app import make_services
from handler.dispatch import ENDPOINTS, dispatch
from handler.removal import Removed, Sweep
from handler.settings import Settings
from tests.support.generated_documents import docs_generate
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.stub_backends import Louder, registry
from tests.support.videos import film, talk
from tests.support.whisper_base import whisper_models

__all__ = ["whisper_models"]

ROOT = Path(__file__).parent.parent
MAX_PARAGRAPH_CHARS = 600


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Where nothing is fetched, the aligner that has all it needs is the one to ask."""
    return environ | {"ALIGNERS": "engine,sphinx"}


def test_openapi_document_is_up_to_date() -> None:
    """The OpenAPI document is that of the code; `make docs` updates it."""
    assert docs_generate().generated("docs/openapi.json") == (ROOT / "docs/openapi.json").read_text("utf-8")


@pytest.mark.parametrize("document", ["API.md", "CONFIG.md", "docs/telemetry.md", "docs/text.md"])
def test_tables_are_up_to_date(document: str) -> None:
    """Each generated table matches the code; `make docs` updates them."""
    text = (ROOT / document).read_text("utf-8")
    assert docs_generate().generated(document) == text
    assert len(re.findall(r"<!-- generated: \w+ -->\n(?:[^|]+\n\n)?\| ", text)) == text.count("<!-- generated:")


def test_every_endpoint_is_in_the_table() -> None:
    """The table at the top of API.md links to the section of each endpoint."""
    top = (ROOT / "API.md").read_text().partition("\n## ")[0]
    listed = re.findall(r"^\| \[(\w+)\]\(#(\w+)\) \|", top, re.MULTILINE)
    assert sorted(listed) == sorted((name, name) for name in ENDPOINTS)


def examples() -> list[dict[str, Any]]:
    """Every JSON example of API.md, in the order of the document."""
    blocks = re.findall(r"```json\n(.*?)```", (ROOT / "API.md").read_text("utf-8"), re.DOTALL)
    return [json.loads(block) for block in blocks]


def test_api_examples_run(environ: dict[str, str], whisper_models: Path, tmp_path: Path) -> None:
    """Every request in API.md runs in order, and its reply has exactly the documented fields."""
    services = make_services(Settings.read(environ | {"MODELS_DIR": str(whisper_models)}))
    video = film(tmp_path, seconds=1)
    services.store.put("uploads/me", talk(tmp_path, HUMAN_CLIP, seconds=6, late=0), "video/mp4")
    services.store.put("uploads/talk", HUMAN_CLIP.read_bytes(), "audio/wav")
    links = {
        f"https://example.com/{file}": services.store.presign_get(
            f"uploads/{file.partition('.')[0]}", 600, media_type="audio/wav", filename=file
        )
        for file in ("me.mp4", "talk.mp3")
    }
    services = replace(services, converters=registry(louder=Louder()))  # the real one has half a gigabyte of weights
    services.store.put("voices/anna.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    services.store.put("voices/anna.txt", HUMAN_TEXT.encode(), "text/plain")
    # So that the worker's health has an error and a sweep to show.
    dispatch({"input": {"text": ""}}, services)
    kinds = ("temporary_files", "partial_files", "chunks")
    services.sweeps.append(Sweep(time.time(), dict.fromkeys(kinds, Removed(1, 2)), seconds=0.1))
    done = []
    for request, shown in itertools.pairwise(examples()):
        if "input" not in request:
            continue
        fields = {name: links.get(str(value), value) for name, value in request["input"].items()}
        if fields.pop("voice_file_url", None):
            # Nothing is fetched from the net here: the same recording, by its token.
            fields["upload_token"] = "A" * 32
        if "upload_token" in fields:
            services.store.put(f"uploads/{fields['upload_token']}", HUMAN_CLIP.read_bytes(), "audio/wav")
        event = {"input": fields} if "endpoint" in fields else {"id": "a1b2-u1", "input": fields}
        reply = dispatch(event, services)
        assert "error" not in reply, reply
        if "upload_url" in reply:
            # At home it is a file: this is what `curl -T` does.
            Path(url2pathname(reply["upload_url"].removeprefix("file://"))).write_bytes(video)
            links["FILE_URL"] = reply["file_url"]
        if "input" not in shown:
            assert shape(shown) == shape(reply)
        done.append(fields.get("endpoint") or fields.get("openai_route", "generate"))
    assert done == [
        *["generate"] * 5,
        "text",
        *["align"] * 2,
        *["overlay"] * 5,
        "upload",
        "overlay",
        "captions",
        "layout",
        "convert",
        "book",
        "inspect",
        *["upload"] * 3,
        "list_voices",
        "delete_voice",
        "download",
        "status",
        "status",
        "/v1/audio/speech",
    ]


def shape(value: Any) -> Any:
    """The names of all fields, inside objects and lists too; what an example leaves out (…) is not compared."""
    if isinstance(value, dict):
        if any(key in value for key in ("…", "total", "python", "sphinx", "temporary", "bad_request")):
            return "object"
        # The reply inside a record is that of another example.
        return {key: "object" if key == "reply" else shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]] if value and isinstance(value[0], dict) else "list"
    return "value"


def test_readme_tour_runs(tmp_path: Path) -> None:
    """The README's jobs run one after the other, with its settings, and give the shown replies."""
    text = (ROOT / "README.md").read_text("utf-8")
    environ = dict(pair.split("=") for pair in re.findall(r"^export (ENGINES=.*)$", text, re.MULTILINE)[0].split())
    services = make_services(Settings.read(environ | {"LOCAL_STORE": str(tmp_path / "store")}))
    speak, draw, ask, own = (json.loads(job) for job in re.findall(r"handler run '(.*?)'\n", text, re.DOTALL))
    shown = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    reply = dispatch(speak, services)
    assert shape(shown).items() <= shape(reply).items()
    # Another processor may round the sound of a neural voice otherwise.
    assert reply["duration"] == pytest.approx(shown.pop("duration"), abs=0.1)
    assert {name: reply[name] for name in shown if "file://" not in str(shown[name])} == {
        name: value for name, value in shown.items() if "file://" not in str(value)
    }
    assert dispatch(draw, services)["video_url"].endswith(".mp4")
    upload = dispatch(ask, services)
    Path(url2pathname(urlsplit(upload["upload_url"]).path)).write_bytes(talk(tmp_path, HUMAN_CLIP, seconds=6, late=0))
    assert own["input"]["video_url"] == "FILE_URL"
    own["input"] |= {"video_url": upload["file_url"], "text": "Some call me nature, others call me mother nature."}
    assert dispatch(own, services)["video_url"].endswith(".mp4")


def test_readme_badges_and_links_are_valid() -> None:
    """Python version and licence match pyproject.toml; workflow, pictures and linked files exist."""
    text = (ROOT / "README.md").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest, beyond = re.findall(r"3\.(\d+)", project["requires-python"])
    assert f"badge/Python-3.{oldest}--3.{int(beyond) - 1}-" in text
    assert ((3, int(oldest)), (3, int(beyond) - 1)) == (install.OLDEST, install.NEWEST)
    assert f"badge/licence-{project['license']}-" in text
    for workflow in re.findall(r"actions/workflows/([\w.]+)", text):
        assert (ROOT / ".github" / "workflows" / workflow).is_file()
    links = re.findall(r"(?:\]\(|src=\"|href=\")(?!https?:|\.\./|#)([^)\"#]+)", text)
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_readme_layout_matches_the_code() -> None:
    """Every path of the layout exists, and it has every module and package of the worker."""
    layout = (ROOT / "README.md").read_text("utf-8").partition("## Layout\n")[2].partition("\n## ")[0]
    paths = re.findall(r"^([\w/.]+) +\S", "".join(re.findall(r"```\n(.*?)```", layout, re.DOTALL)), re.MULTILINE)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    parts = [*(ROOT / "handler").iterdir(), *ROOT.glob("*.py")]
    code = {path.relative_to(ROOT) for path in parts if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert code - {Path(path) for path in paths} == {Path("handler/__init__.py")}


@pytest.mark.parametrize("document", ["API.md", "CONFIG.md", "README.md", "docs/text.md"])
def test_paragraphs_are_short(document: str) -> None:
    """A paragraph has at most 600 characters; longer text is a list or a table."""
    text = re.sub(r"^```.*?^```$", "", (ROOT / document).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    paragraphs = [line for line in text.splitlines() if not line.startswith("|")]
    assert [line[:60] for line in paragraphs if len(line) > MAX_PARAGRAPH_CHARS] == []
