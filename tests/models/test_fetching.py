"""Fetches: one for all processes, resumed after a kill, and repaired."""

from __future__ import annotations

import json
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handler import models
from handler.errors import ConfigError
from handler.models import download, fetching
from handler.settings import Settings
from tests.support.hf_hub import Hub
from tests.support.hub_model import (
    BIG,
    FILES,
    MODEL,
    WANTED,
    content,
    deep_report,
    run_models,
    spoil,
    start_models,
)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (cut, "has {0} bytes instead of {1}"),
        (spoil, "has the wrong checksum"),
        (Path.unlink, "is missing"),
    ],
)
@pytest.mark.parametrize("name", MODEL.needed)
def test_damage_is_repaired(settings: Settings, filled: Hub, damage: object, problem: str, name: str) -> None:
    """A file that is cut, changed or missing is reported by a deep check and fetched again, it alone.

    Every check sees a wrong size, so a start repairs that too.
    """
    folder = models.fetch(settings, MODEL)
    damage(folder / name)  # type: ignore[operator]
    report = deep_report(settings)
    size = len(FILES[name])
    assert (report.state, report.problems) == ("damaged", (f"{name} {problem.format(size - 1, size)}",))
    filled.asked.clear()
    assert content(models.repair(settings, MODEL) if damage is spoil else models.fetch(settings, MODEL)) == WANTED
    assert {asked for asked in filled.asked if asked != "list"} == {name}
    assert deep_report(settings).state == "ready"


def test_four_processes_fetch_once(environ: dict[str, str], hub: Hub) -> None:
    """Each file is served once to four processes: three log that they wait, and all end with a model that is ready."""
    hub.held["deep/weights.bin"] = 1 << 20
    # The one that fetches, and is held, gives signs of life in time where four processes start on few cores.
    pulls = [start_models(environ, "pull", "f5", heartbeat_s=0.5) for _ in range(4)]
    lines = [next(line for line in pull.stderr or () if re.search("waiting for|fetching deep", line)) for pull in pulls]
    hub.open.set()
    outputs = [pull.communicate(timeout=60) for pull in pulls]
    assert [pull.returncode for pull in pulls] == [0] * 4, outputs
    assert all(out.startswith("ready     f5, weights: weights.bin of a/model, 4.2 MB") for out, _ in outputs)
    assert hub.asked["deep/weights.bin"] == 1
    assert sum("waiting for" in line for line in lines) == 3


def test_killed_fetch_is_resumed_by_the_next_process(environ: dict[str, str], hub: Hub) -> None:
    """The next process takes over from a killed one and fetches the rest only; half a file is never found."""
    hub.held["deep/weights.bin"] = 3 << 20
    killed = start_models(environ, "pull", "f5")
    assert hub.reached.wait(60)
    assert json.loads(run_models(environ, "list", "f5", "--json")[1])[0]["state"] != "ready"
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    hub.open.set()
    code, out, err = run_models(environ, "pull", "f5")
    assert code == 0, err
    assert "given no sign" in err
    assert hub.served["deep/weights.bin"] < 1.5 * len(BIG)
    code, out, _ = run_models(environ, "verify", "f5")
    assert (code, out[:5]) == (0, "ready")


def test_lost_lock_stops_the_fetch(
    settings: Settings, filled: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A process that another one took over from stops within the file, and waits for the lock again."""
    monkeypatch.setattr(download, "HEARTBEAT_S", 0.0)
    filled.held["deep/weights.bin"] = 1 << 20
    with ThreadPoolExecutor(1) as pool:
        fetched = pool.submit(models.fetch, settings, MODEL)
        assert filled.reached.wait(60)
        (MODEL.lock_folder(settings) / "00000002").write_text('{"released": true}')
        filled.open.set()
        assert content(fetched.result(60)) == WANTED
    assert "another worker went on with a/model" in caplog.text
    assert filled.asked["deep/weights.bin"] == 2


def test_unreachable_hub(environ: dict[str, str], hub: Hub) -> None:
    """Without a reachable hub: exit 1, and the model and the remedy on stdout, without traceback and host."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        environ["HF_ENDPOINT"] = f"http://127.0.0.1:{taken.getsockname()[1]}"
        code, out, _ = run_models(environ, "pull", "f5")
    assert code == 1
    assert "weights.bin of a/model is not on this disk and could not be fetched from the Hugging Face hub" in out
    assert "it cannot be reached" in out
    assert "127.0.0.1" not in out
    assert "Traceback" not in out
    code, _, err = run_models(environ, "pull", "f6")
    assert code == 1
    assert "known are f5, whisperx, faster_whisper" in err


def test_machine_that_cannot_fetch(
    settings: Settings, filled: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without huggingface_hub, or without RunPod's volume and MODELS_DIR, the error names the remedy, and no folder is
    made at the root."""
    monkeypatch.setattr(fetching, "VOLUME", tmp_path / "none")
    nowhere = Settings.read({}).model_copy(update={"models_dir": tmp_path / "none" / "models"})
    nowhere.model_fields_set.discard("models_dir")
    with pytest.raises(ConfigError, match=r"there is no volume at .*/none to keep .* on; set MODELS_DIR to a folder"):
        models.fetch(nowhere, MODEL)
    assert not (tmp_path / "none").exists()
    monkeypatch.setattr(fetching, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="takes huggingface_hub, which is not installed; in a clone, `make worker`"):
        models.repair(settings, MODEL)
    assert not filled.asked
