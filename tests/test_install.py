"""install.py makes .venv for a new user, or says in one sentence what is in the way."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import install
from tests.support.network_volume import REAL_UV, ROOT
from tests.support.package_index import Index
from tests.support.wheels import Tiny, write_lock, write_wheel

GROUPS = ({"name": "all", "needed": True, "packages": ["alpha"], "imports": ["alpha"]},)


class Checkout:
    """A clone with a small lock as its group ``local``, in a folder whose name has blanks and more."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wheels = folder / "my clöne's $HOME 100% #1", folder / "wheels"
        self.folder.mkdir()
        for name in ("install.py", "package_index.py", "setup_network_venv.py", "volume_lock.py", "Makefile"):
            shutil.copy(ROOT / name, self.folder)
        self.requirements = self.folder / "requirements"
        self.venv = self.folder / ".venv"
        self.write_lock(Tiny("alpha"), Tiny("beta", files=20))
        uv = Tiny("uv", program=f'#!/bin/sh\nexec {REAL_UV} "$@"\n')
        _, sha256 = write_wheel(uv, self.wheels)
        (self.requirements / "uv.txt").write_text(f"uv==1.0 --hash=sha256:{sha256}\n")
        self.environ = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "UV_CACHE_DIR": str(folder / "cache"),
            "UV_HTTP_RETRIES": "0",
            "XDG_CONFIG_DIRS": str(folder),
            # Never the public index: an address where nothing answers, until a test serves its own.
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_RETRIES": "1",
        }

    def write_lock(self, *packages: Tiny) -> None:
        write_lock(packages, GROUPS, self.wheels, self.requirements)
        (self.requirements / "worker.txt").replace(self.requirements / "local.txt")

    def install(self, *groups: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(self.folder / "install.py"), *groups]
        return subprocess.run(command, env=self.environ | environ, cwd="/", capture_output=True, text=True, timeout=120)

    def versions(self) -> dict[str, str]:
        """What is installed, as .venv's own Python finds it."""
        script = "import json, alpha, beta.part_19; print(json.dumps([alpha.VERSION, beta.VERSION]))"
        done = subprocess.run([self.venv / "bin/python", "-c", script], capture_output=True, text=True, check=True)
        alpha, beta = json.loads(done.stdout)
        return {"alpha": alpha, "beta": beta}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Checkout, Index]]:
    """A checkout whose index answers, and which is installed."""
    checkout = Checkout(tmp_path_factory.mktemp("served"))
    with Index(checkout.wheels) as index:
        checkout.environ["PIP_INDEX_URL"] = index.url
        done = checkout.install()
        assert done.returncode == 0, done.stderr
        told = (done.stdout + done.stderr).splitlines()
        assert [line for line in told if not line.startswith("install: setting up the local environment: 0.6 GB")] == []
        yield checkout, index


def refused(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    """The run ended with this sentence as its last line, and without a traceback."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("install: ")
    assert sentence in last


def test_installs_the_lock(served: tuple[Checkout, Index]) -> None:
    """The packages of the lock are in .venv, and nothing else is left in the folder."""
    checkout, _ = served
    assert checkout.versions() == {"alpha": "1.0", "beta": "1.0"}
    assert not (checkout.venv / "unfinished").exists()
    assert not (checkout.venv / "tmp").exists()


def test_launcher_is_the_command_line_of_the_clone(served: tuple[Checkout, Index], tmp_path: Path) -> None:
    """.venv/bin/handler runs the clone's handler with its arguments from anywhere, by a link; it comes back if lost."""
    checkout, _ = served
    launcher = checkout.venv / "bin" / "handler"
    launcher.unlink()
    assert checkout.install().returncode == 0
    (checkout.folder / "handler").mkdir(exist_ok=True)
    (checkout.folder / "handler" / "__main__.py").write_text("import alpha, sys\nprint(__file__, sys.argv[1:])\n")
    link = tmp_path / "speech"
    link.symlink_to(launcher)
    (tmp_path / "handler").mkdir()  # of somebody else, where the command is typed
    done = subprocess.run([link, "say", "a b"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"{checkout.folder}/handler/__main__.py ['say', 'a b']\n"


def test_second_run_asks_nobody(served: tuple[Checkout, Index]) -> None:
    """Where all is there, a run asks no index."""
    checkout, index = served
    index.asked.clear()
    assert checkout.install().returncode == 0
    assert index.asked == []


def test_new_lock_is_installed(served: tuple[Checkout, Index]) -> None:
    """When the lock changes, the next run brings its versions."""
    checkout, _ = served
    checkout.write_lock(Tiny("alpha", version="2.0"), Tiny("beta", files=20))
    assert checkout.install().returncode == 0
    assert checkout.versions() == {"alpha": "2.0", "beta": "1.0"}


def test_lock_of_this_python_wins(served: tuple[Checkout, Index]) -> None:
    """A package in the lock of .venv's own Python has its version from there."""
    checkout, _ = served
    _, sha256 = write_wheel(Tiny("beta", version="3.0", files=20), checkout.wheels)
    python = "python{}.{}".format(*sys.version_info)
    own = checkout.requirements / f"{python}.txt"
    own.write_text(f"beta==3.0 \\\n    --hash=sha256:{sha256}\n")
    assert checkout.install().returncode == 0
    assert checkout.versions()["beta"] == "3.0"
    own.unlink()
    assert checkout.install().returncode == 0
    assert checkout.versions()["beta"] == "1.0"


def test_killed_run_is_repaired(served: tuple[Checkout, Index]) -> None:
    """A package of which a killed run left a part is installed again."""
    checkout, _ = served
    (checkout.venv / "unfinished").touch()
    (checkout.venv / "local.done").unlink()
    (site,) = checkout.venv.glob("lib/python3*/site-packages")
    (site / "beta" / "part_19.py").unlink()
    assert checkout.install().returncode == 0
    assert checkout.versions()["beta"] == "1.0"


@pytest.mark.parametrize("lost", ["bin/python", "lib/python3*/site-packages/pip"])
def test_broken_venv_is_made_anew(served: tuple[Checkout, Index], lost: str) -> None:
    """When .venv's Python is gone, as after an upgrade, or a killed run left half of .venv, it is made anew."""
    checkout, _ = served
    (path,) = checkout.venv.glob(lost)
    path.rename(checkout.folder / path.name)
    for marker in checkout.venv.glob("*.done") if path.name == "pip" else ():
        marker.unlink()
    assert checkout.install().returncode == 0
    assert set(checkout.versions()) == {"alpha", "beta"}


def test_settings_of_pip_are_those_of_the_index_alone(tmp_path: Path) -> None:
    """The mirror of pip.conf serves pip and uv; a target or user=true there changes no place, and no password shows."""
    checkout = Checkout(tmp_path)
    del checkout.environ["PIP_INDEX_URL"]
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    with Index(checkout.wheels, "me:secret") as index:
        url = index.url.replace("://", "://me:secret@")
        lines = [
            "[global]",
            f"index-url = {url}",
            "user = true",
            f"target = {tmp_path}/elsewhere",
            "require-hashes = 0",
        ]
        (tmp_path / ".config" / "pip" / "pip.conf").write_text("\n".join(lines))
        done = checkout.install(PIP_REQUIRE_VIRTUALENV="1")
        assert done.returncode == 0, done.stderr
        assert set(checkout.versions()) == {"alpha", "beta"}
        assert not (tmp_path / "elsewhere").exists()
        write_wheel(Tiny("alpha", code="VERSION = 'another'"), checkout.wheels)
        (checkout.venv / "local.done").unlink()
        shutil.rmtree(checkout.environ["UV_CACHE_DIR"])
        shutil.rmtree(next(checkout.venv.glob("lib/python3*/site-packages/alpha-1.0.dist-info")))
        done = checkout.install()
    refused(done, "a download is not what the lock names")
    assert "secret" not in done.stderr


def test_no_home_folder(served: tuple[Checkout, Index]) -> None:
    """Without a folder for uv's cache the packages are installed all the same, and no cache is left."""
    checkout, _ = served
    (checkout.venv / "local.done").unlink()
    done = checkout.install(UV_CACHE_DIR="", HOME="/proc/nowhere")
    assert done.returncode == 0, done.stderr
    assert not (checkout.venv / "tmp").exists()


def test_unreachable_index(tmp_path: Path) -> None:
    """Without a network the sentence says so, and nothing else of .venv counts as done."""
    checkout = Checkout(tmp_path)
    refused(checkout.install(), "the package index does not answer; check the network, or set PIP_INDEX_URL")
    assert not (checkout.venv / "local.done").exists()


def test_missing_wheel(served: tuple[Checkout, Index]) -> None:
    """A package that the index does not have is told from a network that fails."""
    checkout, _ = served
    local = checkout.requirements / "local.txt"
    text = local.read_text()
    local.write_text(text + f"gamma==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    refused(checkout.install(), "a package has no wheel for this machine, or the mirror lacks it")
    local.write_text(text)
    assert checkout.install().returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
def test_space_is_checked_beforehand(tmp_path: Path) -> None:
    """On a disk that is too small the sentence says what is needed and free, before packages are fetched."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "none", disk], check=True)
    try:
        checkout = Checkout(disk)
        with Index(checkout.wheels) as index:
            done = checkout.install(PIP_INDEX_URL=index.url)
            assert not [path for path in index.asked if "alpha" in path]
        refused(done, "the group local needs 0.6 GB, and 0.1 GB are free at ")
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_colon_in_the_path(tmp_path: Path) -> None:
    """Python makes no environment in a folder whose path has a colon, so the sentence names that."""
    (tmp_path / "a:b").mkdir()
    refused(Checkout(tmp_path / "a:b").install(), "whose path has a colon; move ")


def test_unknown_group(tmp_path: Path) -> None:
    """A misspelled group is answered with those there are."""
    refused(Checkout(tmp_path).install("lokal"), "there is no group lokal; choose from local, worker, test")


@pytest.mark.parametrize(
    ("replaced", "group", "sentence"),
    [
        ({"platform.system": "Darwin"}, "local", "Linux is needed and this is Darwin"),
        ({"platform.libc_ver": ("", "")}, "local", "the packages need glibc"),
        ({"platform.machine": "aarch64"}, "worker", "has packages for x86_64 only, and this machine is aarch64"),
        ({"platform.machine": "riscv64"}, "local", "for x86_64 and aarch64 only, and this machine is riscv64"),
    ],
)
def test_machine_without_wheels(
    monkeypatch: pytest.MonkeyPatch, replaced: dict[str, object], group: str, sentence: str
) -> None:
    """Another system, C library or processor is named before anything is fetched."""
    monkeypatch.setattr("platform.system", lambda: "Linux")
    for name, value in replaced.items():
        monkeypatch.setattr(name, lambda value=value: value)
    with pytest.raises(SystemExit, match=re.escape(sentence)):
        install.check_machine(group)


def test_arm_has_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The group of the demo has wheels for ARM."""
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    install.check_machine("local")


def test_python_without_venv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Debian's Python comes without its module venv: the sentence names the package."""
    monkeypatch.setattr(install, "FOLDER", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        install.check_folder()


def test_folder_of_somebody_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a checkout that cannot be written to the sentence names the folder."""
    monkeypatch.setattr(install, "FOLDER", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(SystemExit, match=re.escape(f"{tmp_path} cannot be written to")):
        install.check_folder()


@pytest.mark.parametrize("version", [(3, 6, 9), (3, 10, 13), (3, 14, 0)])
def test_unsupported_python(monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]) -> None:
    """A Python without wheels is named, with those that have them, where no other is found."""
    monkeypatch.setattr("sys.version_info", version)
    monkeypatch.setattr("platform.python_version", lambda: ".".join(map(str, version)))
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(SystemExit, match=r"Python 3\.11, 3\.12 or 3\.13 is needed and this is 3\."):
        install.use_supported_python()


def test_supported_python_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Beside an unsupported Python the first on the PATH that works goes on; a mere signpost is passed over."""
    for name, code in (("python3.11", 127), ("python3.13", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.version_info", (3, 14, 0))
    monkeypatch.setattr("os.execv", lambda program, _: sys.exit(program))
    with pytest.raises(SystemExit, match=r"/python3\.13$"):
        install.use_supported_python()


def test_old_python_understands_the_file() -> None:
    """Python 3.6 can read install.py, so that its user gets the sentence and no syntax error."""
    ast.parse((ROOT / "install.py").read_text("utf-8"), feature_version=(3, 6))


def test_sizes_hold_the_locks() -> None:
    """The space asked for is at least what the lock's packages take, and the larger groups hold the smaller."""
    sizes = json.loads((ROOT / "requirements" / "sizes.json").read_text("utf-8"))
    assert install.GROUP_BYTES["worker"] >= sum(size["bytes"] for size in sizes.values())
    assert install.GROUP_BYTES["local"] < install.GROUP_BYTES["worker"] < install.GROUP_BYTES["test"]


@pytest.mark.parametrize("target", ["demo", "worker"])
def test_readme_has_the_commands_without_make(target: str) -> None:
    """What `make` would run is in the README, for those who have no make."""
    # The `make` that runs these tests tells others of itself.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command_line = ["make", "--dry-run", target]
    dry = subprocess.run(command_line, cwd=ROOT, env=environ, capture_output=True, text=True, check=True).stdout
    readme = (ROOT / "README.md").read_text("utf-8").splitlines()
    for line in dry.splitlines():
        command = line.rpartition("; }; ")[2].removesuffix(" --engine piper").strip()
        assert any(line.removeprefix("make worker    # without make: ") == command for line in readme)


def test_make_without_python(tmp_path: Path) -> None:
    """Where there is no Python at all, `make demo` says which to install."""
    command = ["make", "-C", str(ROOT), "demo", "PYTHON=python-that-is-not-there"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode
    assert "install: there is no python-that-is-not-there; install Python 3.11, 3.12 or 3.13" in done.stderr
