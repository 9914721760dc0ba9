"""docs/adding.md is followed: every example on the page is added to the worker, and a job uses it."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import numpy as np
import pytest

from handler.app import make_services
from handler.cancellation import NEVER, Cancellation
from handler.cli import main
from handler.dispatch import dispatch
from handler.errors import BadRequest
from handler.protocols import Services
from handler.settings import Settings
from handler.text import books, languages
from handler.transcribers import TRANSCRIBERS
from handler.types import Budget, ChunkAudio, SpeechOptions, SpeechRequest, Voice
from tests.support.generated_documents import docs_generate
from tests.support.http_server import running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.stub_backends import Speaker, read, run, sound, with_backends

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "adding.md").read_text("utf-8")
STEP = re.compile(r"^\d\. [^\n]*?`(handler/\S+?\.py)`[^\n]*\n\n   ```python\n(.*?)\n   ```\n", re.DOTALL | re.MULTILINE)

Add = Callable[[str], list[str]]


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Add:
    """Follow a section of the page; returns the paths of the files that its steps write or change."""

    def follow(heading: str) -> list[str]:
        steps = STEP.findall(section(heading))
        assert len(steps) == section(heading).count("```python")
        for path, block in steps:
            write(path, dedent(block), monkeypatch)
        return [path for path, _ in steps]

    return follow


def write(path: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a module of the code; if the module exists, add what is new in it, and the rows of its tables."""
    name = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    compiled = compile(code, path, "exec", dont_inherit=True)
    if not (ROOT / path).exists():
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compiled, vars(module))
        return
    module = importlib.import_module(name)
    changed = dict(vars(module))
    exec(compiled, changed)
    for key, value in changed.items():
        known = vars(module).get(key)
        if value is known:
            continue
        if isinstance(known, dict):
            assert not value.keys() & known.keys(), f"{path}: {key} has this row already"
            for row in value.items():
                monkeypatch.setitem(known, *row)
        else:
            assert known is None or isinstance(known, tuple), f"{path}: {key} is replaced"
            monkeypatch.setattr(module, key, value, raising=False)


def issue(services: Services, **fields: object) -> str:
    """The single problem of a request."""
    (found,) = dispatch({"input": {"text": "Hi."} | fields}, services)["issues"]
    message: str = found["message"]
    return message


def test_page_has_these_sections_and_their_links_lead_there() -> None:
    """Each section is followed by a test below, and the table at the top lists all of them."""
    kinds = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert kinds == [
        "An engine", "An aligner", "A transcriber", "A language", "A caption format",
        "A kind of book", "A caption style", "An endpoint", "A command", "An HTTP dialect",
    ]  # fmt: skip
    assert re.findall(r"\(#([a-z-]+)\)", PAGE) == [kind.lower().replace(" ", "-") for kind in kinds]
    named = re.findall(r"`((?:handler|tests|requirements|docs)/[\w./]+)`", PAGE)
    written = {path for path, block in STEP.findall(PAGE) if dedent(block).startswith('"""')}
    assert [path for path in named if path not in written and not (ROOT / path).exists()] == []


def test_modules_of_the_page_pass_the_linter(tmp_path: Path) -> None:
    """The examples are clean by the repository's own rules, so that a copy of one passes `make test`."""
    for path, block in STEP.findall(PAGE):
        if (code := dedent(block)).startswith('"""'):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(f"{code}\n", "utf-8")
    config = str(ROOT / "pyproject.toml")
    call = [sys.executable, "-m", "ruff", "check", "--no-cache", "--ignore", "I001", "--config", config]
    ruff = subprocess.run([*call, str(tmp_path)], capture_output=True, text=True, check=False)
    assert ruff.returncode == 0, ruff.stdout


def test_engine_speaks_with_its_own_option(settings: Settings, add: Add) -> None:
    """The engine is a choice of `engine`, its option a field that is checked, and both are in API.md."""
    add("An engine")
    services = make_services(settings.model_copy(update={"engines": ("espeak", "hum")}))
    reply = run(services, text="Hello there.", engine="hum", pitch=440.0, speed=0.5)
    assert (reply["engine"], reply["warnings"]) == ("hum", [])
    samples, rate = sound(reply["audio_url"])
    assert len(samples) / rate == pytest.approx(1.2)
    assert np.argmax(np.abs(np.fft.rfft(samples[:rate]))) == 440
    (warning,) = run(services, text="Hi.", engine="hum", cfg_strength=1.0)["warnings"]
    assert warning["code"] == "option_ignored"
    assert issue(services, engine="hun") == "'hun' is not known; did you mean hum?"
    assert issue(services, engine="hum", pitsh=440.0).endswith("did you mean pitch?")
    assert issue(services, engine="hum", pitch=1.0) == "must be at least 50"
    assert issue(services, pitch=440.0).startswith("is an option of the engine hum")
    api = docs_generate().generated("API.md")
    assert re.search(r"^\| `engine` \| `f5` · .*`hum` \|", api, re.MULTILINE)
    assert "Options of the engine `hum`:" in api
    assert "| `pitch` | number, ≥ 50, ≤ 1000 | `220.0` | Frequency of the tone, in hertz. |" in api


def test_aligner_times_words(settings: Settings, add: Add) -> None:
    """The aligner is a choice of `timing_method` and of ALIGNERS, in requests and in the documents."""
    add("An aligner")
    services = make_services(settings.model_copy(update={"aligners": ("ruler",)}))
    reply = run(services, text="One two three four.", timing_method="ruler", timing_format="json")
    assert (reply["timing_method"], reply["timing_confidence"], reply["warnings"]) == ("ruler", 0.6, [])
    words = json.loads(read(reply["timing_files"]["json"]))["words"]
    # The last word ends where its sound does, whichever aligner placed it.
    lengths = [word["end"] - word["start"] for word in words][:3]
    assert lengths == pytest.approx([reply["duration"] / 4] * 3, abs=0.1)
    assert max(lengths) - min(lengths) < 0.02
    assert issue(services, timing_method="rule").endswith("did you mean ruler?")
    docs = docs_generate()
    names = "`whisperx` · `google` · `sphinx` · `whisper` · `ruler` · `best`"
    assert f"| `timing_method` | {names} |" in docs.generated("API.md")
    assert f"array of `engine` · {names} |" in docs.generated("CONFIG.md")


def test_transcriber_writes_down_a_voice(settings: Settings, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    """A voice without a transcript gets the one of the new transcriber, where it is the only one."""
    for name in list(TRANSCRIBERS):
        monkeypatch.delitem(TRANSCRIBERS, name)
    add("A transcriber")
    services = make_services(settings.model_copy(update={"aligners": ("sphinx",)}))
    services.store.put(f"uploads/{'A' * 32}", HUMAN_CLIP.read_bytes(), "audio/wav")
    event = {"input": {"endpoint": "upload", "voice_name": "anna", "upload_token": "A" * 32}}
    assert dispatch(event, services)["voice"]["text"] == HUMAN_TEXT


def test_language_says_numbers_and_cuts_chunks(services: Services, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    """Digits are spoken with the language's words, and a chunk begins with its conjunction."""
    spoken: list[str] = []

    class Listener(Speaker):
        """espeak with small chunks; their words are kept."""

        def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
            return Budget(limit=45)

        def speak(
            self,
            requests: Sequence[SpeechRequest],
            voice: Voice,
            options: SpeechOptions,
            cancellation: Cancellation = NEVER,
        ) -> Generator[ChunkAudio]:
            spoken.extend(" ".join(request.chunk.words) for request in requests)
            return super().speak(requests, voice, options, cancellation)

    services = with_backends(services, engine=Listener(services.settings))
    text = "Habeo 3 canes in villa mea magna et nullam felem in urbe nostra."
    run(services, text=text, language="la")
    without, spoken[:] = list(spoken), []
    add("A language")
    table = {language.numbers.tag: language for language in languages._ALL}
    assert table.keys() - languages.LANGUAGES.keys() == {"la"}
    monkeypatch.setattr(languages, "LANGUAGES", {**languages.LANGUAGES, **table})
    monkeypatch.setattr(languages, "_language", languages._language.__wrapped__)  # without what is cached of Latin
    run(services, text=text, language="la")
    assert spoken == ["Habeo tres canes in villa mea magna", "et nullam felem in urbe nostra"]
    assert spoken != without


def test_format_is_a_file(services: Services, add: Add) -> None:
    """The format can be asked for, alone and with `all`, is downloaded again, and API.md lists it."""
    add("A caption format")
    event = {
        "id": "lyrics",
        "input": {"text": "Hello there. [pause:1s] Bye!", "timing_format": "LRC", "words_per_cue": 2},
    }
    reply = dispatch(event, services)
    lines = read(reply["timing_files"]["lrc"]).decode().splitlines()
    assert [line.partition("]")[2] for line in lines] == ["Hello there.", "Bye!"]
    assert re.fullmatch(r"\[00:0[12]\.\d\d\]Bye!", lines[1])
    assert "lrc" in run(services, text="Hi.", timing_format="all")["timing_files"]
    again = dispatch(
        {"input": {"endpoint": "download", "job_id": "lyrics", "type": "timing", "format": "lrc"}}, services
    )
    assert (again["filename"], again["content_type"]) == ("lyrics.lrc", "text/plain")
    assert issue(services, timing_format="lrcs").startswith("'lrcs' is not known; did you mean lrc?")
    assert docs_generate().generated("API.md").count("`csv` · `json` · `ass` · `remotion` · `textgrid` · `lrc` |") == 6


def test_style_and_its_effect_are_drawn(services: Services, add: Add) -> None:
    """The style is a choice of `caption_style`; its effect underlines one word after the other, a video shows it."""
    add("A caption style")
    event = {"id": "loud", "input": {"text": "Hello there.", "timing_format": "ass", "caption_style": "shout"}}
    script = read(dispatch(event, services)["timing_files"]["ass"]).decode()
    texts = [line.split(",,")[-1] for line in script.splitlines() if line.startswith("Dialogue:")]
    assert texts[:2] == [r"{\u1}HELLO {\u0}THERE.", r"HELLO {\u1}THERE."]
    video = {"endpoint": "overlay", "job_id": "loud", "canvas": "1080x1080", "fps": 10}
    assert dispatch({"input": video}, services)["warnings"] == []
    assert issue(services, caption_style="shuot").endswith("did you mean shout?")
    assert (
        "| `preset` | `word` · `classic` · `karaoke` · `highlight` · `pop` · `box` · `bold` · `minimal` · `shout` |"
        in docs_generate().generated("API.md")
    )


def test_kind_of_book_is_read(add: Add) -> None:
    """A book of the kind is told by its content, and its sections become chapters; a damaged one is refused."""
    add("A kind of book")
    sections = "".join(f"<section><title><p>{name}</p></title><p>It [rained].</p></section>" for name in ("One", "Two"))
    info = "<description><title-info><book-title>The Sea</book-title></title-info></description>"
    book = f'<?xml version="1.0"?><FictionBook xmlns="f">{info}<body>{sections}</body></FictionBook>'
    found = books.read(book.encode(), field="text_url", max_chars=1000)
    assert (found.title, [heading.title for heading in found.headings]) == ("The Sea", ["One", "Two"])
    assert [chapter.title for chapter in books.divide(found)] == ["One", "Two"]
    with pytest.raises(BadRequest, match="text_url: is a damaged FictionBook"):
        books.read(book[:-30].encode(), field="text_url", max_chars=1000)


def test_endpoint_is_dispatched(services: Services, add: Add, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The endpoint does its job, refuses unknown fields, and its section of API.md gets a table."""
    add("An endpoint")
    reply = dispatch({"input": {"endpoint": "count", "text": "It cost $4.50."}}, services)
    assert reply == {"shown": 3, "spoken": 7}
    assert issue(services, endpoint="count", langage="en").endswith("did you mean language?")
    assert issue(services, endpoint="cuont").endswith("did you mean count?")
    (addition,) = re.findall(r"   ```markdown\n(.*?)   ```", section("An endpoint"), re.DOTALL)
    (tmp_path / "API.md").write_text((ROOT / "API.md").read_text("utf-8") + dedent(addition), "utf-8")
    docs = docs_generate()
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    table = docs.generated("API.md").partition("<!-- generated: count -->\n")[2]
    assert (
        "| `text` | string | **required** | The script. |\n| `language` | string, at most 35 characters | `en` |"
        in table
    )


def test_command_does_the_job_here_and_on_a_server(
    services: Services, environ: dict[str, str], add: Add, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command does its job in this process and on a server, and its help has its example."""
    add("An endpoint")
    add("A command")
    with running(services) as server:
        for place in ([], ["--server", server.url]):
            assert main(["count", "It cost $4.50.", *place], environ) == 0
            assert capsys.readouterr().out == "3 words, 7 spoken\n"
    with pytest.raises(SystemExit):
        main(["count", "--help"])
    assert "handler count 'It cost $4.50.'" in capsys.readouterr().out


def test_dialect_answers_with_the_speech(services: Services, add: Add) -> None:
    """The route speaks, its errors have its form and its names, and /docs lists it."""
    add("An HTTP dialect")
    with running(services) as server:
        answer = server.client.post("/say", json={"words": "Hello there.", "rate": 1.5})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
        reply = server.ended(answer.headers["x-job-id"]).reply
        assert answer.content == services.store.get(f"output/{reply['job_id']}.wav")
        refused = [server.client.post("/say", json={"words": "Hi.", "rate": rate}) for rate in (99, "fast")]
        assert [(each.status_code, list(each.json())) for each in refused] == [(400, ["detail"])] * 2
        assert all(each.json()["detail"].startswith("rate: must be ") for each in refused)
        assert "/say</code> Speak a text" in server.client.get("/docs").text
