"""The engine `pocket` under the real SDK on a real queue: its voices, its options, and their refusal elsewhere."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from handler.app import make_services
from handler.settings import Settings
from tests.support import tiny_pocket
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.runpod_queue import Queue, WorkerProcess
from tests.support.s3_server import Swift


@pytest.fixture(scope="module")
def environ(swift: Swift, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A worker on RunPod with pocket, then espeak, and a bucket."""
    folder = tiny_pocket.make(tmp_path_factory.mktemp("pocket"), voice="alba")
    own = {"ENGINES": "pocket,espeak", "POCKET_DIR": str(folder), "MODELS_DIR": str(folder / "models")}
    # A temporary folder of its own, in which no earlier run has kept a voice.
    own |= {"ALIGNERS": "sphinx", "OMP_NUM_THREADS": "1", "TMPDIR": str(tmp_path_factory.mktemp("tmp"))}
    return swift.environ(swift.new_bucket()) | own


@pytest.fixture(scope="module")
def queue(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    """A queue with one worker."""
    log = tmp_path_factory.mktemp("log") / "worker.log"
    with Queue() as queue, WorkerProcess(queue, "w1", environ, log):
        yield queue


def ask(queue: Queue, name: str, /, **fields: Any) -> dict[str, Any]:
    queue.submit(name, **fields)
    return queue.result(name)


def read(url: str) -> bytes:
    with urllib.request.urlopen(url) as reply:
        body: bytes = reply.read()
    return body


def test_voice_of_its_own(queue: Queue) -> None:
    """A job without a voice is spoken in the default one; the reply names voice and licence; the seed decides."""
    one, other, third = (
        ask(queue, f"own-{number}", text="Hello there, my friend.", seed=seed)["output"]
        for number, seed in enumerate((1, 1, 2))
    )
    assert (one["status"], one["engine"], one["voice"]) == ("completed", "pocket", "pocket:alba")
    assert one["model_license"].startswith("unknown")  # of random weights
    assert one["sample_rate"] == 24_000
    assert read(one["audio_url"]) == read(other["audio_url"]) != read(third["audio_url"])


def test_cloned_voice_is_kept_prepared(queue: Queue, environ: dict[str, str]) -> None:
    """A job in the voice of an upload is spoken, and what the model reads of the clip is kept in the bucket."""
    ticket = ask(queue, "ticket", endpoint="upload", voice_name="nature", create_upload_url=True)["output"]
    put = urllib.request.Request(ticket["upload_url"], HUMAN_CLIP.read_bytes(), method="PUT")
    with urllib.request.urlopen(put) as reply:
        assert reply.status in {200, 201}
    token = ticket["upload_token"]
    uploaded = ask(queue, "upload", endpoint="upload", voice_name="nature", upload_token=token, ref_text=HUMAN_TEXT)
    assert uploaded["output"]["status"] == "uploaded", uploaded
    one, other = (
        ask(queue, f"cloned-{number}", text="Hello there, my friend.", voice="nature", seed=1)["output"]
        for number in range(2)
    )
    assert (one["voice"], one["engine"]) == ("nature", "pocket")
    assert read(one["audio_url"]) == read(other["audio_url"])
    store = make_services(Settings.read(environ)).store
    keys = [item.key for item in store.list("prepared/", 100).objects]
    assert sum("pocket-english-" in key for key in keys) == 1, keys


def test_options_are_those_of_the_engine(queue: Queue) -> None:
    """Each option is taken by pocket, checked by its limits, and refused by another engine with pocket's name."""
    options: dict[str, float] = {
        "temperature": 0.7, "noise_clamp": 2.0, "decode_steps": 2, "eos_threshold": 1.0, "frames_after_eos": 4,
    }  # fmt: skip
    done = ask(queue, "options", text="Hello there.", seed=1, speed=1.5, **options)
    assert done["output"]["status"] == "completed", done
    assert done["output"]["warnings"] == []
    bad = ask(queue, "limits", text="Hello there.", **dict.fromkeys(options, 99.0) | {"decode_steps": 99})
    assert {issue["field"] for issue in bad["output"]["issues"]} == set(options)
    for name, value in options.items():
        refused = ask(queue, f"refused-{name}", text="Hello there.", engine="espeak", **{name: value})
        assert f"{name}: is an option of the engine" in refused["error"]
        assert "pocket" in refused["error"]


def test_other_language_is_refused(queue: Queue) -> None:
    """A script in another language than the model's is refused by the field, with the setting that changes it."""
    refused = ask(queue, "german", text="Guten Morgen.", language="de")
    assert refused["error"].startswith("language: pocket-english does not speak 'de', only en")
    assert "POCKET_MODEL" in refused["error"]
