"""Model files come whole, once for all, and what is damaged is named and mended: the real client on a hub here."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import huggingface_hub
import pytest

from handler import models
from handler.doctor.model_files import Line
from handler.errors import ConfigError
from handler.models import Facts, HubModel, Report, WebFile, download, fetching
from handler.models.hub import select
from handler.settings import Settings
from tests.support import hf_hub
from tests.support.hf_hub import COMMIT, Hub

ROOT = Path(__file__).parents[2]
hub = hf_hub.hub

BIG = os.urandom(4 << 20)
FILES = {"config.json": b"{}", "deep/weights.bin": BIG, "weights.bin": b"not this one", "README.md": b"# A model"}
MODEL = HubModel("a/model", needed=("config.json", "deep/weights.bin"))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(fetching, "SLICE", 0.01)


@pytest.fixture
def filled(hub: Hub) -> Hub:
    hub.repositories["a/model"] = dict(FILES)
    return hub


def snapshot(settings: Settings, commit: str = COMMIT) -> Path:
    return settings.hub_cache / "models--a--model" / "snapshots" / commit


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def deep(settings: Settings) -> Report:
    return models.inspect(settings, MODEL, deep=True)


WANTED = {name: FILES[name] for name in MODEL.needed}


def test_a_model_is_fetched_once(settings: Settings, filled: Hub) -> None:
    """Just the files that are needed, in the hub's own layout; then it is found, without a question to the hub."""
    assert models.inspect(settings, MODEL).state == "missing"
    folder = models.fetch(settings, MODEL)
    assert folder == snapshot(settings)
    assert content(folder) == WANTED
    filled.asked.clear()
    assert models.fetch(settings, MODEL) == folder
    assert not filled.asked
    report = deep(settings)
    assert (report.state, report.size, report.unverified) == ("ready", 2 + len(BIG), ())


def test_the_hubs_own_client_takes_it(settings: Settings, filled: Hub) -> None:
    """What is here is there for the hub's client, which fetches nothing anew; no link is needed anywhere."""
    folder = models.fetch(settings, MODEL)
    filled.asked.clear()
    found = huggingface_hub.snapshot_download(
        "a/model", cache_dir=settings.hub_cache, allow_patterns=list(MODEL.needed)
    )
    assert Path(found) == folder
    assert not {name for name in filled.asked if name != "list"}
    assert not any(path.is_symlink() for path in settings.models_dir.rglob("*"))


def test_what_the_hubs_own_client_fetched_is_taken(settings: Settings, filled: Hub) -> None:
    """Its links to blobs are found and, for a blob's name is its checksum, verified; half of its download is gone on
    with."""
    (blobs := settings.hub_cache / "models--a--model" / "blobs").mkdir(parents=True)
    sha256 = str(hf_hub.facts(BIG)["lfs"]["sha256"])  # type: ignore[index]
    (blobs / f"{sha256}.incomplete").write_bytes(BIG[: 1 << 20])
    models.fetch(settings, MODEL)
    assert filled.ranges == [1 << 20]
    shutil.rmtree(settings.hub_cache)
    huggingface_hub.snapshot_download("a/model", cache_dir=settings.hub_cache)
    filled.asked.clear()
    assert content(models.fetch(settings, MODEL)) == FILES
    assert not filled.asked
    assert deep(settings).state == "ready"
    (snapshot(settings) / "deep" / "weights.bin").resolve().write_bytes(bytes(len(BIG)))
    assert deep(settings).problems == ("deep/weights.bin has another content than it should (checksum)",)
    models.mend(settings, MODEL)
    assert deep(settings).state == "ready"


def test_a_broken_connection_is_gone_on_with(settings: Settings, filled: Hub) -> None:
    """What has come is not asked for again, unless the server cannot begin in the middle."""
    filled.cut["deep/weights.bin"] = 3 << 20
    models.fetch(settings, MODEL)
    assert filled.ranges == [3 << 20]
    shutil.rmtree(settings.hub_cache)
    filled.cut["deep/weights.bin"] = 3 << 20
    filled.ignores_ranges = True
    assert content(models.fetch(settings, MODEL)) == WANTED


def test_a_wrong_content_is_refused(settings: Settings, filled: Hub) -> None:
    """Another content than the hub lists, or than is known of the file, never gets its name; nothing of it stays."""
    for name in MODEL.needed:
        filled.lies = {name}
        with pytest.raises(ConfigError, match=r"is not on this disk .*what came is not what was listed \(checksum\)"):
            models.fetch(settings, MODEL)
        assert not (snapshot(settings) / name).exists()
        assert not list(settings.hub_cache.rglob("*.incomplete"))
    filled.lies.clear()
    known = HubModel("a/model", needed=("deep/weights.bin",), known=(("deep/weights.bin", Facts(len(BIG), "0" * 64)),))
    with pytest.raises(ConfigError, match=r"weights\.bin of a/model is not on this disk"):
        models.fetch(settings, known)
    assert content(models.fetch(settings, MODEL)) == WANTED


def test_a_beginning_that_is_wrong_is_thrown_away(settings: Settings, filled: Hub) -> None:
    """Zeros that a crash left in place of the beginning cost one more download, not a person's help; too much, too."""
    sha256 = str(hf_hub.facts(BIG)["lfs"]["sha256"])  # type: ignore[index]
    for beginning in (bytes(1 << 20), bytes(len(BIG) + 1)):
        partial = settings.hub_cache / "models--a--model" / "blobs" / f"{sha256}.incomplete"
        partial.parent.mkdir(parents=True)
        partial.write_bytes(beginning)
        assert content(models.fetch(settings, MODEL)) == WANTED
        shutil.rmtree(settings.hub_cache)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _spoil(path: Path) -> None:
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (_cut, "has {0} bytes in place of {1}"),
        (_spoil, "has another content than it should (checksum)"),
        (Path.unlink, "is missing"),
    ],
)
@pytest.mark.parametrize("name", MODEL.needed)
def test_damage_is_named_and_mended(settings: Settings, filled: Hub, damage: object, problem: str, name: str) -> None:
    """A file that is cut, changed or gone is named by a deep look, and fetched anew, it alone; a wrong size is seen by
    every look, so that a start mends it, too."""
    folder = models.fetch(settings, MODEL)
    damage(folder / name)  # type: ignore[operator]
    report = deep(settings)
    size = len(FILES[name])
    assert (report.state, report.problems) == ("damaged", (f"{name} {problem.format(size - 1, size)}",))
    filled.asked.clear()
    assert content(models.mend(settings, MODEL) if damage is _spoil else models.fetch(settings, MODEL)) == WANTED
    assert {asked for asked in filled.asked if asked != "list"} == {name}
    assert deep(settings).state == "ready"


@pytest.mark.parametrize("kept", [True, False])
def test_a_repository_that_moved_on_gives_no_mixture(settings: Settings, filled: Hub, kept: bool) -> None:
    """What was begun of one commit is finished of the same; where that is gone, the newest is fetched whole."""
    filled.lies = {"deep/weights.bin"}
    with pytest.raises(ConfigError):
        models.fetch(settings, MODEL)
    filled.lies.clear()
    if kept:
        filled.older["a/model", COMMIT] = dict(FILES)
    filled.commits["a/model"] = "b" * 40
    filled.repositories["a/model"] = FILES | {"config.json": b'{"new": 1}', "deep/weights.bin": BIG[::-1]}
    folder = models.fetch(settings, MODEL)
    assert folder == snapshot(settings, COMMIT if kept else "b" * 40)
    assert content(folder) == {name: (FILES if kept else filled.repositories["a/model"])[name] for name in MODEL.needed}
    assert models.fetch(settings, MODEL) == folder


def test_a_pinned_commit_is_the_one_fetched(settings: Settings, filled: Hub) -> None:
    """The commit that is wanted, or none: not the newest in its place."""
    pinned = HubModel("a/model", needed=MODEL.needed, revision=COMMIT)
    gone = HubModel("a/model", needed=MODEL.needed, revision="c" * 40)
    with pytest.raises(ConfigError, match="no such thing"):
        models.fetch(settings, gone)
    assert models.fetch(settings, pinned) == snapshot(settings)


def test_a_key_stays_with_the_hub(settings: Settings, filled: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """HF_TOKEN goes to the hub itself, and not to the host that it sends on to."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    models.fetch(settings, MODEL)
    assert filled.tokens == {"list": "Bearer hf_secret", "resolve": "Bearer hf_secret", "content": None}


REFUSALS = {401: "accept the model's terms on its page, and set HF_TOKEN", 404: "no such thing", 503: "HfHubHTTPError"}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_says_what_to_do(settings: Settings, filled: Hub, status: int) -> None:
    """A model behind terms, one that is not there, a hub out of order: one sentence each, without an address; a hub
    that is out of order is asked again first."""
    filled.refuses["a/model"] = status
    with pytest.raises(ConfigError, match=REFUSALS[status]) as caught:
        models.fetch(settings, MODEL)
    assert "127.0.0.1" not in caught.value.message
    assert filled.asked["list"] == (3 if status == 503 else 1)


def test_a_list_without_facts_will_do(settings: Settings, filled: Hub) -> None:
    """A mirror that lists names only: the size and checksum of what came first are what is verified from then on."""
    filled.plain = True
    folder = models.fetch(settings, MODEL)
    assert content(folder) == WANTED
    assert deep(settings).unverified == ()
    _spoil(folder / "deep" / "weights.bin")
    assert deep(settings).state == "damaged"


def test_a_repository_without_a_needed_file_is_refused(settings: Settings, filled: Hub) -> None:
    """Nothing is fetched of one that can never be whole."""
    with pytest.raises(ConfigError, match=r"the repository has no \*\.model"):
        models.fetch(settings, HubModel("a/model", needed=("config.json", "*.model")))
    assert filled.asked == {"list": 1}


def test_a_folder_by_hand_goes_first(settings: Settings, filled: Hub) -> None:
    """A whole model in its folder of MODELS_DIR is taken before the hub's; half of one is not, nor one of its parts."""
    model = HubModel("a/model", needed=("model*.safetensors*|weights.bin",), by_hand="mine")
    folder = settings.models_dir / "mine"
    folder.mkdir(parents=True)
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"x": "model-1.safetensors", "y": "two.bin"}}')
    (folder / "model-1.safetensors").touch()
    assert models.fetch(settings, model) == snapshot(settings)
    (folder / "two.bin").touch()
    assert models.fetch(settings, model) == folder
    assert models.inspect(settings, model).unverified


def test_of_alternatives_the_first_is_taken() -> None:
    """A repository with weights in two forms gives one of them; a star ends at a slash."""
    names = ["model.safetensors", "pytorch_model.bin", "old/model.safetensors", "vocab.json"]
    assert select(names, ["model*.safetensors|pytorch_model*.bin"]) == ["model.safetensors"]
    assert select(names[1:], ["model*.safetensors|pytorch_model*.bin"]) == ["pytorch_model.bin"]
    assert select(names, ["*"]) == ["model.safetensors", "pytorch_model.bin", "vocab.json"]


# Files of the web


def web(hub: Hub, facts: Facts | None = None) -> WebFile:
    return WebFile(f"{hub.address}/content/a/model/deep/weights.bin", "align", "example.org", facts or Facts())


def test_a_file_of_the_web_is_verified_by_what_came_first(settings: Settings, filled: Hub) -> None:
    """Nobody lists its checksum: the first download's is kept beside it, and damage is named and mended."""
    path = models.fetch(settings, web(filled))
    assert path == settings.models_dir / "align" / "weights.bin"
    assert path.read_bytes() == BIG
    assert models.fetch(settings, web(filled)) == path
    assert filled.asked["deep/weights.bin"] == 1
    _spoil(path)
    assert models.inspect(settings, web(filled), deep=True).problems
    models.mend(settings, web(filled))
    assert path.read_bytes() == BIG


def test_a_file_of_the_web_that_changed_is_begun_anew(settings: Settings, filled: Hub) -> None:
    """Half of one file is never ended with half of another."""
    filled.cut["deep/weights.bin"] = 1 << 20
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "PAUSES", ())
        patch.setattr(download._Transfer, "run", lambda self, file, alive: self._read(file, alive))
        with pytest.raises(ConfigError):
            models.fetch(settings, web(filled))
    newer = os.urandom(len(BIG))
    filled.repositories["a/model"]["deep/weights.bin"] = newer
    assert models.fetch(settings, web(filled)).read_bytes() == newer


def test_a_known_file_of_the_web_is_held_to_it(settings: Settings, filled: Hub) -> None:
    """One whose size or checksum is known is refused when another is served."""
    for facts in (Facts(len(BIG) + 1), Facts(len(BIG), "0" * 64)):
        with pytest.raises(ConfigError, match=r"could not be fetched from example\.org"):
            models.fetch(settings, web(filled, facts))
        assert not (settings.models_dir / "align" / "weights.bin").exists()


# The disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Three megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("way", ["too small", "filling up", "full"])
def test_a_full_disk_is_a_clear_sentence(
    small_disk: Path, filled: Hub, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk too small is told before anything is fetched; one that fills up meanwhile, or is full, too, and what was
    begun does not stay to fill it. Nothing half-made is found."""
    settings = Settings.read({"MODELS_DIR": str(small_disk)})
    if way != "too small":
        plenty = shutil.disk_usage("/")._replace(free=1 << 40)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: plenty)
    if way == "full":
        with (small_disk / "filler").open("wb") as file, pytest.raises(OSError, match="No space"):
            file.write(bytes(4 << 20))
    with pytest.raises(ConfigError, match=r"a/model cannot be kept in MODELS_DIR: .*; make the volume") as caught:
        models.fetch(settings, MODEL)
    assert ("0.00 GB, and 0.00 are free" if way == "too small" else "the disk is full") in caught.value.message
    assert bool(filled.served["deep/weights.bin"]) is (way == "filling up")
    assert not list(small_disk.rglob("*.incomplete"))
    assert MODEL.find(settings) is None


def test_a_folder_that_cannot_be_is_named(tmp_path: Path, filled: Hub) -> None:
    """MODELS_DIR below a file: the setting and the system's reason, no path."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"disk cannot be written \(Not a directory\); set MODELS_DIR") as caught:
        models.fetch(Settings.read({"MODELS_DIR": str(tmp_path / "file" / "models")}), MODEL)
    assert str(tmp_path) not in caught.value.message


# Processes: the command line

SLOW = "import handler.owner_file, sys; handler.owner_file.BEAT = 0.05; "
COMMAND = "from handler.__main__ import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def environ(hub: Hub, tmp_path: Path) -> dict[str, str]:
    hub.repositories["a/model"] = dict(FILES)
    vocoder = tmp_path / "vocoder"
    vocoder.mkdir()
    for name in ("config.yaml", "pytorch_model.bin"):
        (vocoder / name).write_text("x")
    return {
        "PATH": os.environ["PATH"],
        "HF_ENDPOINT": hub.address,
        "MODELS_DIR": str(tmp_path / "models"),
        "F5_CKPT_FILE": "hf://a/model/deep/weights.bin",
        "F5_VOCODER_DIR": str(vocoder),
    }


def start(environ: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SLOW + COMMAND, "models", *arguments],
        cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(environ: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    process = start(environ, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_four_that_pull_at_once_fetch_once(environ: dict[str, str], hub: Hub) -> None:
    """Each file is served once to all workers together: three say that they wait, and end with a model that is ready
    as the first one does."""
    hub.held["deep/weights.bin"] = 1 << 20
    pulls = [start(environ, "pull", "f5") for _ in range(4)]
    said = [next(line for line in pull.stderr or () if re.search("waiting for|fetching deep", line)) for pull in pulls]
    hub.open.set()
    told = [pull.communicate(timeout=60) for pull in pulls]
    assert [pull.returncode for pull in pulls] == [0] * 4, told
    assert all(out.startswith("ready     f5, weights: weights.bin of a/model, 4.2 MB") for out, _ in told)
    assert hub.asked["deep/weights.bin"] == 1
    assert sum("waiting for" in line for line in said) == 3


def test_a_pull_that_is_killed_is_gone_on_with(environ: dict[str, str], hub: Hub) -> None:
    """The next worker takes over from the dead one, and fetches the rest only; half a file is never found."""
    hub.held["deep/weights.bin"] = 3 << 20
    killed = start(environ, "pull", "f5")
    assert hub.reached.wait(60)
    assert json.loads(run(environ, "list", "f5", "--json")[1])[0]["state"] != "ready"
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    hub.open.set()
    code, out, err = run(environ, "pull", "f5")
    assert code == 0, err
    assert "given no sign" in err
    assert hub.served["deep/weights.bin"] < 1.5 * len(BIG)
    code, out, _ = run(environ, "verify", "f5")
    assert (code, out[:5]) == (0, "ready")


def test_verify_names_what_pull_mends(environ: dict[str, str], tmp_path: Path) -> None:
    """On the command line: exit 1 and the file's name, then a pull, then all is well; a list never fails."""
    assert run(environ, "verify", "f5")[0] == 1
    assert run(environ, "list", "f5")[0] == 0
    assert run(environ, "pull", "f5")[0] == 0
    (weights,) = (tmp_path / "models").rglob("weights.bin")
    _spoil(weights)
    assert run(environ, "list", "f5")[1].startswith("ready")
    code, out, _ = run(environ, "verify", "f5")
    assert code == 1
    assert "deep/weights.bin has another content than it should (checksum)" in out
    assert "→ run `python -m handler models pull f5`" in out
    assert run(environ, "pull", "f5")[0] == 0
    assert run(environ, "verify", "f5")[0] == 0


def test_without_network_a_sentence_is_told(environ: dict[str, str], hub: Hub) -> None:
    """A hub that cannot be reached: exit 1, which model and what to do on stdout, no traceback there and no host."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        environ["HF_ENDPOINT"] = f"http://127.0.0.1:{taken.getsockname()[1]}"
        code, out, _ = run(environ, "pull", "f5")
    assert code == 1
    assert "weights.bin of a/model is not on this disk and could not be fetched from the Hugging Face hub" in out
    assert "it cannot be reached" in out
    assert "127.0.0.1" not in out
    assert "Traceback" not in out
    code, _, err = run(environ, "pull", "f6")
    assert code == 1
    assert "known are f5, whisperx, faster_whisper" in err


def test_where_nothing_can_be_fetched_it_is_said_before_it_is_tried(
    settings: Settings, filled: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the hub's package, or on a machine without RunPod's volume and no folder named, the way out is told; no
    folder appears at the root."""
    monkeypatch.setattr(fetching, "VOLUME", tmp_path / "none")
    nowhere = Settings.read({}).model_copy(update={"models_dir": tmp_path / "none" / "models"})
    nowhere.model_fields_set.discard("models_dir")
    with pytest.raises(ConfigError, match=r"there is no volume at .*/none to keep .* on; set MODELS_DIR to a folder"):
        models.fetch(nowhere, MODEL)
    assert not (tmp_path / "none").exists()
    monkeypatch.setattr(fetching, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="takes huggingface_hub, not installed here; in a clone, `make worker`"):
        models.mend(settings, MODEL)
    assert not filled.asked


def test_a_missing_model_tells_what_it_will_take(settings: Settings) -> None:
    """The bytes of files that the code knows are told before they are fetched, and nothing where they are there."""
    pinned = replace(MODEL, known=(("weights.bin", Facts(1_500_000, "0" * 64)),))
    line = Line("f5", "weights", models.inspect(settings, pinned))
    assert "1.5 MB to fetch" in str(line)
    assert line.data()["to_fetch"] == 1_500_000
    assert models.inspect(settings, MODEL).to_fetch is None
