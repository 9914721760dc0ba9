"""The environment on the volume: made once by the first start, also after crashes, with clear errors."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import setup_network_venv as setup
from handler import startup
from handler.settings import Settings
from tests.support.network_volume import GROUPS, PACKAGES, ROOT, Volume
from tests.support.package_index import Index
from tests.support.ports import free_port
from tests.support.wheels import Tiny, write_wheel
from volume_lock import Lock

STEPS = Path(__file__).parent / "support" / "killed_at_a_step.py"
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small volume takes root")


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return Volume(tmp_path)


@pytest.fixture
def index(volume: Volume) -> Iterator[Index]:
    with Index(volume.folder / "wheels") as served:
        volume.environ["UV_DEFAULT_INDEX"] = served.url
        yield served


@pytest.fixture
def ready(volume: Volume, index: Index) -> Volume:
    """A volume with its environment made."""
    code, _, err = volume.run("--prepare")
    assert code == 0, err
    return volume


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Volume]:
    """A ready volume for tests that change nothing on it."""
    volume = Volume(tmp_path_factory.mktemp("shared"))
    with Index(volume.folder / "wheels") as served:
        volume.environ["UV_DEFAULT_INDEX"] = served.url
        code, _, err = volume.run("--prepare")
        assert code == 0, err
        yield volume


def installs(volume: Volume) -> int:
    return sum("pip install" in call for call in volume.calls())


def is_complete(volume: Volume) -> bool:
    """Whether every package of the lock is installed, byte by byte as recorded."""
    there = setup.dist_infos(volume.site())
    return set(there) == {package.name for package in PACKAGES} and all(
        setup.is_intact(info, hashes=True) for info in there.values()
    )


@contextmanager
def small_volume(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own, of ``size``, as a volume."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, left: int) -> None:
    """Leave about ``left`` bytes free."""
    with (folder / "filler").open("wb") as file:
        file.write(bytes(max(0, setup.free_bytes(folder) - left)))


def wait_for(what: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


# --- A start ----------------------------------------------------------------------------------------------------------


def test_first_start_makes_the_environment_and_becomes_the_worker(volume: Volume, index: Index) -> None:
    """On an empty volume the worker runs in the new environment, with its arguments and all caches on the volume."""
    worker = volume.start("worker", "--rp_serve_api", TORCH_HOME="/mine")
    assert worker["prefix"] == str(volume.env)
    assert worker["arguments"] == ["worker", "--rp_serve_api"]
    for name, folder in setup.CACHES.items():
        assert worker["environ"][name] == str(volume.root / folder)
    assert worker["environ"]["TORCH_HOME"] == "/mine"
    assert worker["environ"]["HF_HUB_CACHE"] == str(volume.root / "models" / "huggingface")


def test_ready_marker_lists_the_environment(shared: Volume) -> None:
    """Its groups with sizes, versions and when: what the worker's status shows."""
    marker = shared.ready()
    assert marker["key"] == shared.env.name
    assert marker["groups"]["core"] == {"packages": 3, "bytes": 6600}
    assert marker["versions"] == {package.name: package.version for package in PACKAGES}
    assert marker["left_out"] == {}
    assert marker["made"].endswith("Z")
    assert is_complete(shared)


def test_second_start_needs_no_network_or_process(shared: Volume) -> None:
    """Once ready, a start runs neither uv nor any other process, asks no network and opens a handful of files."""
    counted = shared.folder / "counted"
    code = (
        "import os, runpy, sys\n"
        "seen = []\n"
        "def hook(event, arguments):\n"
        "    if event == 'subprocess.Popen' or event.startswith('socket.'): seen.append(event)\n"
        f"    if event == 'open' and str(arguments[0]).startswith({str(shared.root)!r}): seen.append(arguments[0])\n"
        f"    if event == 'os.exec': open({str(counted)!r}, 'w').write('\\n'.join(map(str, seen)))\n"
        "sys.addaudithook(hook)\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    environ = shared.environ | {"UV": "/nowhere", "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}
    environ["PYTHONPATH"] = str(shared.app)
    script = str(shared.app / "setup_network_venv.py")
    done = subprocess.run([sys.executable, "-c", code, script, "--", "x"], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["arguments"] == ["x"]
    seen = counted.read_text().splitlines()
    assert seen
    assert all(Path(path).name == ".ready" for path in seen)


def test_hub_cache_is_where_the_worker_looks(volume: Volume) -> None:
    """HF_HUB_CACHE is set only where the user set neither of the hub's variables."""
    layout = setup.Layout(volume.root, volume.app, "0" * 16)
    assert "HF_HUB_CACHE" not in setup.worker_environ({"HF_HOME": "/mine"}, layout)
    assert setup.worker_environ({"HF_HUB_CACHE": "/mine"}, layout)["HF_HUB_CACHE"] == "/mine"
    assert setup.worker_environ({"MODELS_DIR": "/m"}, layout)["HF_HUB_CACHE"] == "/m/huggingface"


def test_eight_starts_make_one_environment(volume: Volume, index: Index) -> None:
    """Eight starts on an empty volume: one installs, all run."""
    volume.environ["SETUP_BEAT"] = "1"
    processes = [volume.spawn("--", str(number)) for number in range(8)]
    ends = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, [err for _, err in ends]
    assert {json.loads(out)["prefix"] for out, _ in ends} == {str(volume.env)}
    assert installs(volume) == len(GROUPS)
    assert sum("waiting for" in err for _, err in ends) >= 1


def test_check_changes_nothing(volume: Volume, index: Index) -> None:
    """--check tells how things are, exits 1 before and 0 after, and leaves every file and its times alone."""

    def state() -> set[tuple[str, int]]:
        return {(str(path), path.lstat().st_mtime_ns) for path in volume.root.rglob("*")}

    code, out, _ = volume.run("--check")
    assert (code, state()) == (1, set())
    assert "not ready" in out
    assert volume.run("--prepare")[0] == 0
    before = state()
    code, out, _ = volume.run("--check")
    assert (code, state()) == (0, before)
    assert "core, extra" in out


# --- Killed -----------------------------------------------------------------------------------------------------------


def test_kill_at_any_step_is_recovered(volume: Volume, index: Index) -> None:
    """SIGKILL at a file written, renamed or removed on the volume or a process begun: the next start makes it right.

    At every fifth such step; with EVERY_STEP set, at each. On one volume, emptied but for the downloads in between.
    """
    volume.environ["SETUP_BEAT"] = "0.01"
    script = str(volume.app / "setup_network_venv.py")
    killed = 0
    for step in itertools.count(1, 1 if os.environ.get("EVERY_STEP") else 5):
        command = [sys.executable, str(STEPS), str(step), script, "--prepare"]
        done = subprocess.run(command, env=volume.environ, capture_output=True, text=True, timeout=60)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        killed += 1
        code, _, err = volume.run("--prepare")
        assert code == 0, err
        assert is_complete(volume)
        subprocess.run(["rm", "-rf", str(volume.root / "venvs")], check=True)
    assert killed >= 5


def test_repeated_kills_do_not_prevent_completion(volume: Volume, index: Index) -> None:
    """Killed with all its children at any moment, again and again, it needs no longer each time, and is right."""
    volume.environ["SETUP_BEAT"] = "0.01"
    volume.write_lock([*PACKAGES[:1], Tiny("beta", files=600), *PACKAGES[2:]])
    moments = random.Random(8)
    for _ in range(30):
        process = volume.spawn("--prepare")
        try:
            process.communicate(timeout=moments.uniform(0.15, 0.6))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
    volume.start()
    assert is_complete(volume)


def test_kill_ends_uv_too(volume: Volume, index: Index) -> None:
    """A killed installer leaves no uv behind that would write beside the next installer's."""
    pid = volume.folder / "pid"
    volume.write_uv(f"open({str(pid)!r}, 'w').write(str(os.getpid())); signal.pause()")
    process = volume.spawn("--prepare")
    wait_for(lambda: pid.exists() and pid.read_text())
    process.kill()
    process.communicate()
    wait_for(lambda: not Path("/proc", pid.read_text()).exists())


def test_sigterm_releases_the_lock(volume: Volume, index: Index) -> None:
    """SIGTERM ends an installer with a sentence, and the next start need not wait for silence to be sure."""
    volume.write_uv("signal.pause()")
    process = volume.spawn("--prepare", SETUP_BEAT="60")
    wait_for(volume.calls)
    process.terminate()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 143
    assert "stopped; what is done is kept" in err
    volume.write_uv()
    assert volume.run("--prepare", SETUP_BEAT="60")[0] == 0


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a file is missing": lambda site: (site / "beta" / "part_7.py").unlink(),
    "a file is cut": lambda site: rewrite(site / "beta" / "part_7.py", b""),
    "RECORD is cut": lambda site: rewrite(record(site), record(site).read_bytes()[:200]),
    "RECORD is missing": lambda site: record(site).unlink(),
    "METADATA is missing": lambda site: (record(site).parent / "METADATA").unlink(),
    "RECORD is the wheel's own": lambda site: rewrite(record(site), without_installer(record(site).read_bytes())),
    "a script is missing": lambda site: (site.parents[2] / "bin" / "beta-tool").unlink(),
}


def record(site: Path) -> Path:
    return site / "beta-1.0.dist-info" / "RECORD"


def rewrite(path: Path, data: bytes) -> None:
    """Replace the content of this link alone: uv's cache links to the same file."""
    path.unlink()
    path.write_bytes(data)


def without_installer(data: bytes) -> bytes:
    return b"".join(line for line in data.splitlines(keepends=True) if b"INSTALLER" not in line)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_package_alone_is_installed_again(shared: Volume, damage: str) -> None:
    """Only the package that a killed installer damaged is installed again."""
    (shared.env / ".ready").unlink()
    (shared.env / ".groups" / "core").unlink()
    DAMAGES[damage](shared.site())
    code, _, err = shared.run("--prepare")
    assert code == 0, err
    assert "beta is not whole" in err
    assert "installing core: 1 packages" in err
    assert is_complete(shared)


def test_interrupted_removal_leaves_no_markers(ready: Volume, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it removes an environment, gc leaves none of its marks, and a start makes it whole."""
    cut: list[Path] = []
    monkeypatch.setattr(setup, "remove", cut.append)
    setup.remove_env(ready.env)
    assert cut
    assert not (ready.env / ".ready").exists()
    assert not (ready.env / ".groups").exists()
    assert (ready.env / "bin").exists()
    (ready.site() / "beta" / "part_7.py").unlink()
    ready.start()
    assert is_complete(ready)


def test_markers_of_a_half_removed_environment_are_ignored(ready: Volume) -> None:
    """A start checks every group of a partly removed environment and ignores its markers."""
    env = ready.env
    (env / ".ready").replace(env / ".removing")
    (ready.site() / "beta" / "part_7.py").unlink()
    code, _, err = ready.run("--prepare")
    assert code == 0, err
    assert "beta is not whole" in err
    assert is_complete(ready)
    assert not (env / ".removing").exists()


# --- The lock of the volume -------------------------------------------------------------------------------------------


def test_dead_installer_is_replaced(volume: Volume, index: Index) -> None:
    """An installer whose file no longer changes counts as dead, whatever its clock says; the log names it."""
    folder = volume.root / "venvs" / ".installers"
    folder.mkdir(parents=True)
    (folder / "00000007").write_text(json.dumps({"host": "gone", "pid": 1, "started": "2099", "doing": "x"}))
    code, _, err = volume.run("--prepare", SETUP_BEAT="0.05")
    assert code == 0, err
    assert "waiting for process 1 on gone, at work since 2099: x" in err
    assert "process 1 on gone has given no sign" in err
    assert [path.name for path in folder.iterdir()] == ["00000008"]


@pytest.mark.parametrize("content", [b"", b"{", b"\0" * 512])
def test_installer_without_readable_file_is_replaced(volume: Volume, index: Index, content: bytes) -> None:
    """A file that cannot be parsed counts as an installer: it is waited for, then replaced."""
    folder = volume.root / "venvs" / ".installers"
    folder.mkdir(parents=True)
    (folder / "00000001").write_bytes(content)
    code, _, err = volume.run("--prepare", SETUP_BEAT="0.02")
    assert code == 0, err


def test_slow_installer_is_waited_for_until_the_deadline(volume: Volume, index: Index) -> None:
    """A live installer is waited for until the deadline, whose message names the remedy; it keeps the lock."""
    folder = volume.root / "venvs" / ".installers"
    folder.mkdir(parents=True)
    lock = Lock.claim(folder, 1, 0.3)
    assert lock
    lock.report("being slow")
    try:
        code, _, err = volume.run("--prepare", SETUP_BEAT="0.2", RUNPOD_INIT_TIMEOUT="3")
    finally:
        lock.release()
    assert code == 7
    assert "being slow" in err
    assert "set RUNPOD_INIT_TIMEOUT to more seconds" in err
    assert [path.name for path in folder.iterdir()] == ["00000001"]
    assert volume.calls() == []


def test_health_check_is_answered_during_the_set_up(volume: Volume, index: Index) -> None:
    """On a load-balancing endpoint the port answers 204 until the worker has it; on a queue nothing listens."""
    port = free_port()
    endpoint = {"RUNPOD_POD_ID": "pod", "PORT": "http", "PORT_HEALTH": str(port)}
    folder = volume.root / "venvs" / ".installers"
    folder.mkdir(parents=True)
    lock = Lock.claim(folder, 1, 0.3)
    assert lock
    process = volume.spawn("--", "worker", SETUP_BEAT="0.2", **endpoint)
    try:
        wait_for(lambda: listens(port))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping") as answer:
            assert (answer.status, answer.read()) == (204, b"")
    finally:
        lock.release()
    out, err = process.communicate(timeout=volume.patience)
    assert json.loads(out)["arguments"] == ["worker"], err
    assert not listens(port)
    setup.answer_health_checks(endpoint | {"RUNPOD_WEBHOOK_GET_JOB": "https://example.com/"})
    assert not listens(port)
    setup.answer_health_checks({"RUNPOD_POD_ID": "pod", "PORT": "http"})


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_stalled_installer_detects_takeover(volume: Volume, index: Index) -> None:
    """An installer without heartbeats finds its successor, stops its uv, waits, and continues after it."""
    volume.write_uv("import time; time.sleep(600)")
    process = volume.spawn("--prepare", SETUP_BEAT="0.2")
    folder = volume.root / "venvs" / ".installers"
    wait_for(volume.calls)
    successor = Lock.claim(folder, 2, 0.02)
    assert successor
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "waiting for" in line:
            break
    assert any("another installer took over, since this one was silent for too long" in line for line in lines)
    volume.write_uv()
    successor.release()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert is_complete(volume)


def test_hanging_uv_ends_at_the_deadline(volume: Volume, index: Index) -> None:
    """A uv that hangs ends with the limit, with a sentence, before RunPod ends the worker without one."""
    volume.write_uv("import time; time.sleep(600)")
    code, _, err = volume.run("--prepare", RUNPOD_INIT_TIMEOUT="1")
    assert code == 7
    assert "not ready within RUNPOD_INIT_TIMEOUT (1 s)" in err


# --- What can go wrong ------------------------------------------------------------------------------------------------


def test_missing_volume(volume: Volume) -> None:
    """Without a volume: its sentence and exit code."""
    volume.root.rmdir()
    code, _, err = volume.run()
    assert code == 3
    assert "attach one to the endpoint" in err


@root_only
def test_read_only_volume(tmp_path: Path) -> None:
    """A volume that cannot be written is an error; an environment that is ready there still starts."""
    with small_volume(tmp_path / "small", "50m") as root:
        volume = Volume(tmp_path, root)
        remount = ["mount", "-o", "remount,{}", str(root)]
        subprocess.run([part.format("ro") for part in remount], check=True)
        code, _, err = volume.run()
        assert code == 3
        assert "cannot be written" in err
        subprocess.run([part.format("rw") for part in remount], check=True)
        with Index(tmp_path / "wheels") as served:
            assert volume.run("--prepare", UV_DEFAULT_INDEX=served.url)[0] == 0
        subprocess.run([part.format("ro") for part in remount], check=True)
        assert volume.start()["prefix"] == str(volume.env)


def test_unreachable_index(volume: Volume) -> None:
    """An index that does not answer is asked again, then named, with the way out."""
    code, _, err = volume.run()
    assert code == 5
    assert installs(volume) == 3
    assert "the package index does not answer; check the network" in err


def test_transient_network_error_is_retried(volume: Volume, index: Index) -> None:
    """An index that answers 503 twice costs two more tries, no start."""
    index.failures = 2
    code, _, err = volume.run("--prepare")
    assert code == 0, err
    assert "trying again" in err


def test_wheel_with_wrong_hash_is_refused(volume: Volume, index: Index) -> None:
    """A wheel that is not the lock's ends the start at once: nothing is tried again."""
    write_wheel(Tiny("beta", files=61), volume.folder / "wheels")
    code, _, err = volume.run()
    assert code == 6
    assert installs(volume) == 1
    assert "core could not be installed: a download is not what the lock names" in err


def test_package_without_group_is_refused(volume: Volume) -> None:
    """A lock that holds more than its groups is refused before any work: nothing is left out by oversight."""
    volume.write_lock([*PACKAGES, Tiny("newcomer")])
    code, _, err = volume.run()
    assert code == 8
    assert "no group holds newcomer" in err
    assert volume.calls() == []


def test_missing_wheel(volume: Volume, index: Index) -> None:
    """An index without the locked version: its sentence and exit code."""
    (volume.folder / "wheels" / "gamma-1.0-py3-none-any.whl").unlink()
    code, _, err = volume.run()
    assert code == 6
    assert "the index has no wheel of it that fits" in err


def test_import_error_of_a_needed_group_ends_the_start(volume: Volume, index: Index) -> None:
    """What is installed but does not import in the new interpreter is never used."""
    volume.write_lock([*PACKAGES[:2], Tiny("gamma", code="raise OSError('no libcuda')"), *PACKAGES[3:]])
    code, _, err = volume.run()
    assert code == 8
    assert "OSError: no libcuda" in err
    assert not (volume.env / ".ready").exists()


def test_failing_optional_group_is_left_out(volume: Volume, index: Index) -> None:
    """The worker runs without it, each start and the marker say so, and --repair brings it when it can."""
    wheel = volume.folder / "wheels" / "delta-1.0-py3-none-any.whl"
    wheel.rename(wheel.with_suffix(".away"))
    for _ in range(2):
        code, _, err = volume.run()
        assert code == 0, err
        assert "without extra, which --repair may mend: the index has no wheel of it that fits" in err
    assert list(volume.ready()["left_out"]) == ["extra"]
    assert "delta" not in volume.ready()["versions"]
    wheel.with_suffix(".away").rename(wheel)
    assert volume.run("--repair")[0] == 0
    assert volume.ready()["left_out"] == {}
    assert is_complete(volume)


def test_all_fails_if_a_group_is_left_out(volume: Volume, index: Index) -> None:
    """With --all, a part that cannot be had fails the build, and a later one with everything there succeeds."""
    [wheel] = (volume.folder / "wheels").glob("delta-*.whl")
    wheel.rename(wheel.with_suffix(".away"))
    for _ in range(2):
        code, _, err = volume.run("--prepare", "--all")
        assert code == 8
        assert "extra left out, and --all asks for everything; build again, or use --repair" in err
    wheel.with_suffix(".away").rename(wheel)
    assert volume.run("--repair")[0] == 0
    assert volume.run("--prepare", "--all")[0] == 0


def test_left_out_group_is_retried_later(shared: Volume) -> None:
    """What was left out for a passing reason comes by itself with a start after the time in the marker."""
    marker = shared.env / ".ready"
    left_out = {"left_out": {"extra": "the package index does not answer"}, "retry_after": time.time() + 600}
    marker.write_text(json.dumps(shared.ready() | left_out))
    (shared.env / ".groups" / "extra").unlink()
    before = len(shared.calls())
    shared.start()
    assert len(shared.calls()) == before
    marker.write_text(json.dumps(shared.ready() | {"retry_after": time.time() - 1}))
    shared.start()
    assert shared.ready()["left_out"] == {}
    assert shared.ready()["retry_after"] is None


@pytest.fixture
def without_extra(ready: Volume) -> Volume:
    """A ready volume whose optional group was left out long ago: a start tries it again."""
    facts = {"left_out": {"extra": "the package index does not answer"}, "retry_after": time.time() - 1}
    (ready.env / ".ready").write_text(json.dumps(ready.ready() | facts))
    (ready.env / ".groups" / "extra").unlink()
    for path in ready.site().glob("delta*"):
        subprocess.run(["rm", "-r", str(path)], check=True)
    return ready


def test_slow_retry_is_cut_short(without_extra: Volume) -> None:
    """An index that hangs holds the one start up that tries again, for its short patience; the next not at all."""
    script = without_extra.app / "setup_network_venv.py"
    text = script.read_text()
    assert "RETRY_TIMEOUT_S = 60.0" in text
    script.write_text(text.replace("RETRY_TIMEOUT_S = 60.0", "RETRY_TIMEOUT_S = 0.5"))
    without_extra.write_uv("import time; time.sleep(600)")
    code, out, err = without_extra.run()
    assert code == 0, err
    assert json.loads(out)["prefix"] == str(without_extra.env)
    assert "what was left out is not added now: it takes more than 0.5 s" in err
    assert "without extra" in err
    before = without_extra.calls()
    without_extra.start()
    assert without_extra.calls() == before


def test_failed_retry_leaves_the_environment_unchanged(without_extra: Volume) -> None:
    """A uv that always fails changes nothing in a working environment and does not end the start."""
    without_extra.write_uv("print('os error 28'); sys.exit(2)")
    code, out, err = without_extra.run()
    assert code == 0, err
    assert json.loads(out)["prefix"] == str(without_extra.env)
    assert not any(call.split()[2] == "venv" for call in without_extra.calls()[3:])
    assert without_extra.ready()["retry_after"] > time.time()


def test_retry_does_not_wait_for_another_installer(without_extra: Volume) -> None:
    """While another installer works, a start uses the environment as it is; it replaces one that is long dead.

    Only --prepare waits.
    """
    folder = without_extra.env.parent / ".installers"
    lock = Lock.claim(folder, 99, 60)
    assert lock
    try:
        before = without_extra.calls()
        code, _, err = without_extra.run(SETUP_BEAT="60", RUNPOD_INIT_TIMEOUT="5")
        assert code == 0, err
        assert "waiting for" not in err
        assert without_extra.calls() == before
        assert without_extra.run("--prepare", SETUP_BEAT="60", RUNPOD_INIT_TIMEOUT="1")[0] == 7
        os.utime(lock.path, (0, 0))
        without_extra.start(SETUP_BEAT="60")
    finally:
        lock.release()
    assert without_extra.ready()["left_out"] == {}


@root_only
def test_retry_on_a_full_or_read_only_volume(tmp_path: Path) -> None:
    """Read-only or full to the last byte, a volume whose environment works starts, with a try due or not."""
    with small_volume(tmp_path / "small", "50m") as root, Index(tmp_path / "wheels") as served:
        volume = Volume(tmp_path, root)
        volume.environ["UV_DEFAULT_INDEX"] = served.url
        assert volume.run("--prepare")[0] == 0
        facts = {"left_out": {"extra": "no network"}, "retry_after": time.time() - 1}
        (volume.env / ".ready").write_text(json.dumps(volume.ready() | facts))
        (volume.env / ".groups" / "extra").unlink()
        subprocess.run(["mount", "-o", "remount,ro", str(root)], check=True)
        code, _, err = volume.run()
        assert code == 0, err
        assert "what was left out is not added now: the volume cannot be written to" in err
        subprocess.run(["mount", "-o", "remount,rw", str(root)], check=True)
        fill(root, 0)
        code, _, err = volume.run()
        assert code == 0, err
        assert "what was left out is not added now: the volume is full" in err


def test_repair_finds_wrong_content(shared: Volume) -> None:
    """A file of the right length and wrong content is found, its package fetched anew, and nothing else touched."""
    path = shared.site() / "beta" / "part_3.py"
    good = path.read_bytes()
    path.write_bytes(good.replace(b"#", b"-"))  # in layout: the cache's copy is the same file
    assert shared.start()["prefix"]
    code, _, err = shared.run("--repair")
    assert code == 0, err
    assert "packages to install again: beta\n" in err
    assert path.read_bytes() == good
    assert is_complete(shared)
    assert shared.run("--repair")[2].count("every file is as recorded") == 1


@root_only
@pytest.mark.parametrize("left", [0, 8, 40, 200, 800])
def test_full_disk_keeps_the_old_environment(tmp_path: Path, left: int) -> None:
    """With so many KiB free, wherever it ends: its sentence, the old environment works; with room again, it goes on."""
    with small_volume(tmp_path / "small", "30m") as root, Index(tmp_path / "wheels") as served:
        volume = Volume(tmp_path, root)
        volume.environ["UV_DEFAULT_INDEX"] = served.url
        assert volume.run("--prepare")[0] == 0
        old = volume.env
        volume.write_lock([*PACKAGES[:2], Tiny("gamma", "2.0", ("omega",), 60, 10_000), *PACKAGES[3:]])
        sizes = volume.app / "requirements" / "sizes.json"
        sizes.write_text("{}")  # so that nothing is known beforehand, and the disk itself says it
        fill(root, left * 1024)
        code, _, err = volume.run("--prepare")
        assert code == 4, err
        assert "the volume is full" in err
        volume.write_lock()
        assert volume.start(UV="/nowhere")["prefix"] == str(old)
        volume.write_lock([*PACKAGES[:2], Tiny("gamma", "2.0", ("omega",), 60, 10_000), *PACKAGES[3:]])
        (root / "filler").unlink()
        assert volume.start()["prefix"] != str(old)


def test_space_is_checked_before_download(volume: Volume, index: Index) -> None:
    """A group that cannot fit ends the start with its need and the free space; nothing of it is downloaded."""
    sizes = {f"{package.name}=={package.version}": {"bytes": 0} for package in PACKAGES}
    sizes["gamma==1.0"] = {"bytes": 10**15}
    (volume.app / "requirements" / "sizes.json").write_text(json.dumps(sizes))
    garbage = volume.root / ".cache" / "uv" / "archive-v0" / "garbage"
    garbage.parent.mkdir(parents=True)
    garbage.write_text("left by an older lock")
    code, _, err = volume.run()
    assert code == 4
    assert "big needs 1100000.00" in err
    assert not any("gamma" in path for path in index.asked)
    assert not garbage.exists()


# --- Old and new ------------------------------------------------------------------------------------------------------


def test_new_lock_makes_a_second_environment(ready: Volume) -> None:
    """A new lock makes a second environment; going back downloads nothing."""
    old = ready.env
    ready.write_lock([*PACKAGES[:-1], Tiny("delta", "2.0")])
    new = Path(ready.start()["prefix"])
    assert new != old
    assert (new / ".ready").exists()
    ready.write_lock()
    assert ready.start(UV="/nowhere", UV_DEFAULT_INDEX="http://127.0.0.1:9/simple")["prefix"] == str(old)


def age(env: Path, days: float) -> None:
    """As if the environment had last been used so long ago."""
    then = time.time() - 86400 * days
    for path in (env / ".used", env / ".groups", env):
        if path.exists():
            os.utime(path, (then, then))


def test_gc_removes_unused_environments(ready: Volume) -> None:
    """Unused ones go, half-made ones too; the current one, one in use and what is not ours stay."""
    venvs = ready.env.parent
    current = ready.env
    old, used, half = (venvs / (digit * 16) for digit in "abc")
    for env in (old, used, half):
        (env / ".groups").mkdir(parents=True)
    for env in (old, used):
        (env / ".used").touch()
        (env / ".ready").write_text("{}")
    (venvs / "somebody's").mkdir()
    for env, days in ((current, 99), (old, 15), (used, 13), (half, 15), (venvs / "somebody's", 99)):
        age(env, days)
    code, _, err = ready.run("--gc")
    assert code == 0, err
    assert sorted(path.name for path in venvs.iterdir() if path.name[0] != ".") == sorted(
        [current.name, used.name, "somebody's"]
    )
    age(used, 5)
    assert ready.run("--gc", "4")[0] == 0
    assert not used.exists()


def test_gc_keeps_environments_in_use(ready: Volume) -> None:
    """An environment used within two hours stays whatever DAYS is, and the log says so; one hour more and it goes."""
    old = ready.env
    ready.write_lock([*PACKAGES[:-1], Tiny("delta", "2.0")])
    age(old, 1.9 / 24)
    code, _, err = ready.run("--gc", "0")
    assert code == 0, err
    assert f"{old.name} is kept: it was used within the last 2 hours" in err
    assert (old / ".ready").exists()
    age(old, 2.1 / 24)
    assert ready.run("--gc", "0")[0] == 0
    assert not old.exists()


@pytest.mark.parametrize("made", [True, False])
def test_worker_marks_its_environment_as_used(environ: dict[str, str], tmp_path: Path, made: bool) -> None:
    """A worker touches what gc goes by, as soon as it starts, in an environment of the set-up and in no other."""
    env = tmp_path / "env"
    env.mkdir()
    (env / ".used").touch()
    if made:
        (env / ".ready").touch()
    os.utime(env / ".used", (0, 0))
    job = json.dumps({"id": "used", "input": {"endpoint": "status"}})
    code = f"import runpy, sys; sys.prefix = {str(env)!r}; runpy.run_module('handler', run_name='__main__')"
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    command = [sys.executable, "-c", code, "--test_input", job]
    done = subprocess.run(command, cwd=ROOT, env=inherited | environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ((env / ".used").stat().st_mtime > 0) == made


def test_worker_repeats_the_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes at every interval, more often than gc's patience, also after one that could not be given."""
    asked: list[float | None] = []

    def wait(_: threading.Event, seconds: float | None = None) -> bool:
        asked.append(seconds)
        if len(asked) == 1:
            (tmp_path / ".used").touch()
            os.utime(tmp_path / ".used", (0, 0))
            return False
        raise SystemExit

    (tmp_path / ".ready").touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(threading.Event, "wait", wait)
    with pytest.raises(SystemExit):
        startup._mark_in_use()
    assert (tmp_path / ".used").stat().st_mtime > 0
    assert asked == [startup.IN_USE_INTERVAL_S] * 2
    assert 2 * startup.IN_USE_INTERVAL_S <= 3600 * setup.IN_USE_HOURS


def test_gc_completes_an_interrupted_removal(ready: Volume) -> None:
    """What is left of an environment whose removal began goes with the next gc, of however many days."""
    half = ready.env.parent / ("a" * 16)
    (half / "lib").mkdir(parents=True)
    (half / ".removing").touch()
    assert ready.run("--gc", "14")[0] == 0
    assert not half.exists()


def test_gc_keeps_cached_packages_of_other_environments(ready: Volume, index: Index) -> None:
    """Packages of a removed environment alone leave the cache too; those that another has stay, and are not fetched."""
    old = ready.env
    ready.write_lock([*PACKAGES[:-1], Tiny("delta", "2.0")])
    assert ready.run("--prepare")[0] == 0
    age(old, 1)
    cache = ready.root / ".cache" / "uv"
    (cache / "archive-v0" / "half" / "loaded").mkdir(parents=True)
    assert ready.run("--gc", "0")[0] == 0
    assert not old.exists()
    kept = {path.name for path in cache.glob("archive-v0/*/*.dist-info")}
    assert kept == {"alpha-1.0.dist-info", "beta-1.0.dist-info", "gamma-1.0.dist-info", "omega-1.0.dist-info"} | {
        "delta-2.0.dist-info"
    }
    assert not (cache / "archive-v0" / "half").exists()
    ready.write_lock()
    index.asked.clear()
    code, _, err = ready.run("--prepare")
    assert code == 0, err
    assert [path for path in index.asked if path.startswith("/wheels/")] == ["/wheels/delta-1.0-py3-none-any.whl"]
    assert setup.is_intact(setup.dist_infos(next(old.glob("lib/python3*/site-packages")))["delta"], hashes=True)


@root_only
def test_gc_frees_space_on_a_full_volume(tmp_path: Path) -> None:
    """With not a byte left, --gc 0 runs and frees what the removed environment had, its part of uv's cache included."""
    with small_volume(tmp_path / "small", "50m") as root, Index(tmp_path / "wheels") as served:
        volume = Volume(tmp_path, root)
        volume.environ["UV_DEFAULT_INDEX"] = served.url
        volume.write_lock([*PACKAGES[:-1], Tiny("delta", "2.0", files=100, size=20_000)])
        assert volume.run("--prepare")[0] == 0
        age(volume.env, 1)
        volume.write_lock()
        fill(root, 0)
        assert setup.free_bytes(root) == 0
        code, _, err = volume.run("--gc", "0")
        assert code == 0, err
        assert setup.free_bytes(root) >= 2_000_000


def test_uv_without_space_is_retried_without_cache(ready: Volume, index: Index) -> None:
    """Where uv finds no space, it is tried once more without its cache on the volume; a cache elsewhere stays.

    Uv here finds none while a file of an older lock is in the cache.
    """
    garbage = ready.root / ".cache" / "uv" / "garbage"
    garbage.write_text("left by an older lock")
    ready.write_uv(f"if os.path.exists({str(garbage)!r}) and 'pip' in sys.argv: print('os error 28'); sys.exit(2)")
    ready.write_lock([*PACKAGES[:-1], Tiny("delta", "2.0")])
    code, _, err = ready.run("--prepare")
    assert code == 0, err
    assert err.count("trying again without uv's cache") == 1
    elsewhere = ready.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "garbage").touch()
    ready.write_uv("if 'pip' in sys.argv: print('os error 28'); sys.exit(2)")
    ready.write_lock([*PACKAGES[:-1], Tiny("delta", "3.0")])
    assert ready.run("--prepare", UV_CACHE_DIR=str(elsewhere))[0] == 4
    assert (elsewhere / "garbage").exists()


def test_start_protects_its_environment_from_gc(ready: Volume) -> None:
    """Each start leaves its trace, which is what gc goes by."""
    age(ready.env, 99)
    ready.start()
    old = ready.env
    ready.write_lock([*PACKAGES[:-1], Tiny("delta", "2.0")])
    assert ready.run("--gc", "1")[0] == 0
    assert (old / ".ready").exists()


# --- flash-attn and uv ------------------------------------------------------------------------------------------------


def test_flash_attn_is_installed_from_a_wheel(volume: Volume, index: Index) -> None:
    """A wheel named with its sha256 is one more optional group, in an environment of its own."""
    wheel, sha256 = write_wheel(Tiny("flash_attn"), volume.folder)
    volume.environ["FLASH_ATTN_WHEEL"] = f"{wheel}#sha256={sha256}"
    code, _, err = volume.run("--prepare")
    assert code == 0, err
    assert volume.ready()["groups"]["flash-attn"]["packages"] == 1
    assert (volume.site() / "flash_attn" / "__init__.py").exists()
    assert volume.run("--check", FLASH_ATTN_WHEEL="")[0] == 1


def test_flash_attn_with_wrong_hash_is_left_out(volume: Volume, index: Index) -> None:
    """The worker runs without a flash-attn that is not what its checksum says."""
    wheel, _ = write_wheel(Tiny("flash_attn"), volume.folder)
    code, _, err = volume.run("--prepare", FLASH_ATTN_WHEEL=f"{wheel}#sha256={'0' * 64}")
    assert code == 0, err
    assert "left out: flash-attn: a download is not what" in err


@pytest.mark.parametrize("given", ["flash-attn==2.8", "/x/flash_attn-2.8.tar.gz#sha256=" + "0" * 64, "/x/f.whl"])
def test_flash_attn_is_never_built(volume: Volume, given: str) -> None:
    """Anything but a wheel with its sha256 is refused by name before any work."""
    code, _, err = volume.run(FLASH_ATTN_WHEEL=given)
    assert code == 8
    assert "FLASH_ATTN_WHEEL must be the path or URL of a wheel" in err
    assert volume.calls() == []


def test_uv_search_order(volume: Volume, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """UV first, then the PATH, then beside this Python; without any and without pip, a sentence."""
    layout = setup.Layout(volume.root, volume.app / "requirements", "0" * 16)
    lock = Lock.claim(tmp_path, 1, 60)
    assert lock

    def found(**environ: str) -> str:
        return setup.Installer(layout, (), lock, setup.Deadline.from_environ({}), environ).uv

    assert found(UV=str(volume.uv), PATH="") == str(volume.uv)
    with pytest.raises(setup.SetupError, match="UV names a program that is not there"):
        found(UV="/nowhere/uv", PATH=str(tmp_path))
    assert found(PATH=str(tmp_path)) == str(tmp_path / "uv")
    assert found(PATH="").endswith("/bin/uv")
    monkeypatch.setattr("sysconfig.get_path", lambda _: "")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    with pytest.raises(setup.SetupError, match="put uv on the PATH, or name it in UV"):
        found(PATH="")
    lock.release()


@pytest.mark.parametrize("name", ["RUNPOD_INIT_TIMEOUT", "SETUP_BEAT", "SETUP_RETRIES"])
def test_invalid_seconds_name_the_variables(name: str) -> None:
    """A variable that should hold seconds and holds a word ends the start with a sentence that names it."""
    with pytest.raises(setup.SetupError, match="RUNPOD_INIT_TIMEOUT and SETUP_BEAT must be seconds, SETUP_RETRIES"):
        setup.Deadline.from_environ({name: "soon"})


def test_pip_of_ensurepip_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel that ensurepip carries runs pip where the module is missing."""
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pip" else real(name))
    pip = setup.find_pip()
    done = subprocess.run([sys.executable, *pip, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pip ")


# --- Engines and aligners that are asked for --------------------------------------------------------------------------

ENGINE_GROUP: dict[str, object] = {"name": "piper", "engine": "piper", "packages": ["delta"], "imports": ["delta"]}
WITH_ENGINE = (*GROUPS[:2], ENGINE_GROUP)


def test_defaults_are_those_of_the_worker() -> None:
    """Where ENGINES, ALIGNERS or AI_MARK is not set, what the worker then uses is installed."""
    settings = Settings.read({})
    assert (settings.engines, settings.aligners) == (setup.DEFAULT_ENGINES, setup.DEFAULT_ALIGNERS)
    assert settings.ai_mark == setup.DEFAULT_MARKS


@pytest.mark.parametrize(("engines", "held"), [({}, False), ({"ENGINES": "f5, piper"}, True)])
def test_optional_engine_is_installed_where_asked_for(
    volume: Volume, index: Index, engines: dict[str, str], held: bool
) -> None:
    """The group of an engine is installed if ENGINES names it, and else left out without a word."""
    volume.write_lock(groups=WITH_ENGINE)
    code, _, err = volume.run("--prepare", **engines)
    assert code == 0, err
    assert ("delta" in setup.dist_infos(volume.site())) is held
    assert volume.ready()["left_out"] == {}
    assert held or "piper" not in err


def test_optional_engines_are_part_of_the_key(volume: Volume) -> None:
    """Another choice of optional engines is another environment, another order of them is not."""
    volume.write_lock(groups=WITH_ENGINE)

    def key(engines: str) -> str:
        return setup.Layout.from_environ({"ENGINES": engines}, volume.app / "requirements").key

    assert key("f5") == key("f5,none") == key("")
    assert key("f5,piper") == key("piper,f5") != key("f5")


@pytest.mark.parametrize(("aligners", "held"), [({}, True), ({"ALIGNERS": "engine, google"}, False)])
def test_aligner_is_installed_where_asked_for(
    volume: Volume, index: Index, aligners: dict[str, str], held: bool
) -> None:
    """ALIGNERS decides; `--check` names what was not asked for."""
    volume.write_lock(groups=(*GROUPS[:2], {**ENGINE_GROUP, "name": "sphinx", "aligner": "sphinx", "engine": "f5"}))
    code, _, err = volume.run("--prepare", **aligners)
    assert code == 0, err
    assert ("delta" in setup.dist_infos(volume.site())) is held
    assert volume.ready()["left_out"] == {}
    code, out, _ = volume.run("--check", **aligners)
    assert code == 0
    assert ("not asked    sphinx (by ENGINES, ALIGNERS and AI_MARK)" in out.splitlines()) is not held


@pytest.mark.parametrize(("marks", "held"), [({}, False), ({"AI_MARK": "metadata, watermark"}, True)])
def test_mark_is_installed_where_asked_for(volume: Volume, index: Index, marks: dict[str, str], held: bool) -> None:
    """AI_MARK decides; the start needs a mark that is asked for."""
    mark = {"name": "watermark", "mark": "watermark", "packages": ["delta"], "imports": ["delta"]}
    volume.write_lock(groups=(*GROUPS[:2], mark))
    code, _, err = volume.run("--prepare", **marks)
    assert code == 0, err
    assert ("delta" in setup.dist_infos(volume.site())) is held
    layout = setup.Layout.from_environ(marks, volume.app / "requirements")
    assert [group.needed for group in setup.read_groups(layout) if group.name == "watermark"] == [True] * held


def test_environment_with_more_engines_serves_fewer(volume: Volume, index: Index) -> None:
    """A start that asks for fewer engines makes no new environment; one that asks for others does."""
    engines = [
        {**ENGINE_GROUP, "name": name, "engine": name, "packages": [package], "imports": [package]}
        for name, package in (("f5", "gamma"), ("piper", "delta"))
    ]
    volume.write_lock(groups=(GROUPS[0], *engines))
    code, _, err = volume.run("--prepare", ENGINES="f5,piper")
    assert code == 0, err
    made = volume.env
    assert volume.start(ENGINES="f5")["prefix"] == str(made)
    assert volume.run("--check", ENGINES="f5")[0] == 0
    assert volume.envs == [made]
    code, _, err = volume.run("--prepare", ENGINES="piper")
    assert code == 0, err
    assert len(volume.envs) == 2


def test_shared_group_is_installed_with_what_requires_it(volume: Volume, index: Index) -> None:
    """Its packages belong to nobody who is asked for, or come before those who are."""
    shared = {"name": "torch", "shared": True, "packages": ["omega"], "imports": ["omega"]}
    user = {"name": "f5", "engine": "f5", "packages": ["gamma"], "imports": ["gamma"]}
    light = {"name": "core", "needed": True, "packages": ["beta"], "imports": ["beta"]}
    other = {"name": "piper", "engine": "piper", "packages": ["delta"], "imports": ["delta"]}
    volume.write_lock([Tiny("beta"), *PACKAGES[2:]], groups=(light, shared, user, other))

    def groups(engines: str) -> list[str]:
        environ = {"ENGINES": engines, "VOLUME_DIR": str(volume.root)}
        layout = setup.Layout.from_environ(environ, volume.app / "requirements")
        return [f"{group.name}{'!' * group.needed}" for group in setup.read_groups(layout)]

    assert groups("piper") == ["core!", "piper!"]
    assert groups("piper,f5") == ["core!", "piper!", "torch", "f5"]
    assert groups("f5") == ["core!", "torch!", "f5!"]


def test_default_engine_is_needed_and_another_is_left_out(volume: Volume, index: Index) -> None:
    """A default engine that cannot be installed stops the start, also after it was left out as another engine."""
    broken = {**ENGINE_GROUP, "imports": ["nothing_of_that_name"]}
    volume.write_lock(groups=(*GROUPS[:2], broken))
    code, _, err = volume.run("--prepare", ENGINES="f5,piper")
    assert code == 0, err
    assert set(volume.ready()["left_out"]) == {"piper"}
    code, _, err = volume.run("--prepare", ENGINES="piper,f5")
    assert code == setup.ExitCode.BROKEN
    assert "piper could not be installed" in err
