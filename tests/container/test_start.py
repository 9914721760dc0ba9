"""What a container says when its start cannot succeed: each message of docs/deploy.md that the set-up can be made to
say from outside, with its exit code. Those of two installers at once are provoked in tests/test_setup_network_venv.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from setup_network_venv import ExitCode
from tests.support.package_index import Index
from tests.support.podman import ROOT, Podman, run
from tests.support.wheels import Tiny, write_lock

# The first test of a run may have to make the base, the image and the volume.
pytestmark = pytest.mark.timeout(900)

GROUPS: tuple[dict[str, object], ...] = ({"name": "core", "needed": True, "packages": ["alpha"], "imports": ["alpha"]},)
NOBODY = "http://127.0.0.1:9/simple"
"""An address where nothing answers."""


@dataclass
class Start:
    """A start with a lock of one package, from an index of this test."""

    podman: Podman
    folder: Path
    index: Index
    volume: str = ""

    def lock(self, *packages: Tiny) -> None:
        write_lock(packages, GROUPS, self.folder / "wheels", self.folder / "requirements")
        (self.folder / "requirements" / "uv.txt").touch()

    def __call__(
        self,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        requirements: str = "",
        options: Sequence[str] = (),
    ) -> tuple[int, str]:
        """Exit code, and what it said."""
        given = {"UV_DEFAULT_INDEX": self.index.url, "UV_HTTP_RETRIES": "0", "SETUP_RETRIES": "0.01,0.01"}
        volumes = [f"{requirements or self.folder / 'requirements'}:/app/requirements:ro"]
        volumes += [self.volume] if self.volume else []
        # --prepare: where a test is wrong and nothing fails, no worker is started.
        return run(
            self.podman,
            *(arguments or ["--prepare"]),
            volumes=volumes,
            environ=given | dict(environ or {}),
            options=options,
        )


@pytest.fixture
def start(podman: Podman, tmp_path: Path) -> Iterator[Start]:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "volume").mkdir()
    with Index(tmp_path / "wheels") as index:
        start = Start(podman, tmp_path, index, f"{tmp_path / 'volume'}:/runpod-volume")
        start.lock(Tiny("alpha"))
        yield start


def test_start_without_a_fault_succeeds(start: Start) -> None:
    """Without the faults of the other tests, the environment is installed."""
    code, output = start()
    assert (code, output.splitlines()[-1]) == (0, "setup: the environment is ready")


def no_volume(start: Start) -> tuple[int, str]:
    start.volume = ""
    return start()


def read_only(start: Start) -> tuple[int, str]:
    start.volume += ":ro"
    return start()


def no_folder(start: Start) -> tuple[int, str]:
    (start.folder / "volume" / "venvs").write_text("a file where a folder belongs")
    return start()


def full(start: Start) -> tuple[int, str]:
    start.volume = ""
    return start(options=["--mount", "type=tmpfs,destination=/runpod-volume,tmpfs-size=16k"])


def too_small(start: Start) -> tuple[int, str]:
    start.volume = ""
    start.lock(Tiny("alpha", files=40, size=200_000))
    return start(options=["--mount", "type=tmpfs,destination=/runpod-volume,tmpfs-size=4m"])


def no_network(start: Start) -> tuple[int, str]:
    return start(environ={"UV_DEFAULT_INDEX": NOBODY})


def another_hash(start: Start) -> tuple[int, str]:
    wheel = next((start.folder / "wheels").glob("alpha-*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    return start()


def no_wheel(start: Start) -> tuple[int, str]:
    next((start.folder / "wheels").glob("alpha-*.whl")).unlink()
    return start()


def uv_fails(start: Start) -> tuple[int, str]:
    return start(environ={"UV": "/bin/false"})


def uv_is_not_there(start: Start) -> tuple[int, str]:
    return start(environ={"UV": "/nowhere/uv"})


def no_import(start: Start) -> tuple[int, str]:
    start.lock(Tiny("alpha", code="raise ImportError('libmissing.so.1 cannot be opened')"))
    return start()


def too_slow(start: Start) -> tuple[int, str]:
    return start(environ={"RUNPOD_INIT_TIMEOUT": "0.001"})


def no_lock(start: Start) -> tuple[int, str]:
    return start(requirements=str(start.folder / "volume"))


def not_a_wheel(start: Start) -> tuple[int, str]:
    return start(environ={"FLASH_ATTN_WHEEL": "flash_attn-2.8.tar.gz"})


FAULTS: dict[Callable[[Start], tuple[int, str]], tuple[ExitCode, str]] = {
    no_volume: (ExitCode.NO_VOLUME, "there is no network volume at /runpod-volume; attach one to the endpoint"),
    read_only: (ExitCode.NO_VOLUME, "the volume cannot be written to; mount it writable for one start at least"),
    no_folder: (ExitCode.NO_VOLUME, "the volume does not work as a folder ("),
    full: (ExitCode.NO_SPACE, "the volume is full; make it larger, or use --gc 0"),
    too_small: (ExitCode.NO_SPACE, "; make the volume larger, or remove unused environments with --gc 0"),
    no_network: (ExitCode.NO_NETWORK, "the package index does not answer; check the network, or UV_DEFAULT_INDEX"),
    another_hash: (ExitCode.BAD_WHEEL, "a download is not what the lock names; check the package index or mirror"),
    no_wheel: (ExitCode.BAD_WHEEL, "the index has no wheel of it that fits; check the mirror"),
    uv_fails: (ExitCode.BROKEN, "uv failed, with the words above; start again, or use --repair"),
    uv_is_not_there: (ExitCode.BROKEN, "UV names a program that is not there; correct it, or unset it"),
    no_import: (ExitCode.BROKEN, "it cannot be imported (ImportError: libmissing.so.1 cannot be opened); use --repair"),
    too_slow: (ExitCode.TIMED_OUT, "not ready within RUNPOD_INIT_TIMEOUT (0.001 s), while "),
    no_lock: (ExitCode.BROKEN, "the lock is not beside this script; copy the folder requirements too"),
    not_a_wheel: (
        ExitCode.BROKEN,
        "FLASH_ATTN_WHEEL must be the path or URL of a wheel, then #sha256= and its checksum",
    ),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.__name__))
def test_fault_has_a_message_and_an_exit_code(start: Start, fault: Callable[[Start], tuple[int, str]]) -> None:
    """The last log line names cause and remedy, and the exit code is that of the fault."""
    why, sentence = FAULTS[fault]
    code, output = fault(start)
    assert code == why, output
    last = output.strip().splitlines()[-1]
    assert last.startswith("setup: ")
    assert sentence in last
    assert "Traceback" not in output


def test_optional_group_is_left_out(start: Start) -> None:
    """When an optional group fails, the start goes on, and each start reports it."""
    packages = (Tiny("alpha"), Tiny("delta", code="raise ImportError('no')"))
    extra = {"name": "extra", "needed": False, "packages": ["delta"], "imports": ["delta"]}
    write_lock(packages, [*GROUPS, extra], start.folder / "wheels", start.folder / "requirements")
    code, output = start()
    assert code == 0
    assert "setup: left out: extra: it cannot be imported (ImportError: no)" in output
    # The lock is tiny: this worker finds none of its packages.
    code, output = start("--", "doctor", environ={"TTS_ENGINE": "espeak"})
    assert code == 1
    assert "setup: without extra, which --repair may mend: it cannot be imported" in output


def test_damaged_package_is_reinstalled(start: Start) -> None:
    """A package that a killed installer left incomplete is reported and installed again."""
    assert start()[0] == 0
    [env] = [path for path in (start.folder / "volume" / "venvs").iterdir() if (path / ".ready").exists()]
    for marker in (".ready", ".groups/core"):
        (env / marker).unlink()
    next(env.glob("lib/python3.11/site-packages/alpha/part_0.py")).unlink()
    code, output = start()
    assert code == 0
    assert "setup: alpha is not whole: it is installed again" in output


def test_every_documented_message_is_tested() -> None:
    """A test of this folder or of ELSEWHERE waits for each message in the table of docs/deploy.md."""
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    table = page.partition("<!-- start-up messages -->")[2].partition("<!-- end -->")[0]
    rows = re.findall(r"^\| `([^`]+)` ", table, re.MULTILINE)
    assert len(rows) > 20
    assert len({beginning(row) for row in rows}) == len(rows)
    texts = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    here = "".join(text.partition("ELSEWHERE = {")[0] for text in texts)
    assert {row for row in rows if beginning(row) not in here} == {*ELSEWHERE, UNPROVOKED}
    assert [words for path, words in ELSEWHERE.values() if words not in (ROOT / path).read_text("utf-8")] == []


def beginning(row: str) -> str:
    """The first words of a message that are the same each time, and not those of any other."""
    pieces = (piece.strip(" :;,") for piece in re.split(r"[…(]", row))
    return next(piece for piece in pieces if len(piece) >= 8)[:28]


SETUP, ENGINE = "tests/test_setup_network_venv.py", "tests/engines/f5/test_engine.py"
INDEX, STARTUP = "tests/test_package_index.py", "tests/test_startup.py"
ELSEWHERE = {
    "uv is not here and neither is pip; put uv on the PATH, or name it in UV": (SETUP, "or name it in UV"),
    "RUNPOD_INIT_TIMEOUT and SETUP_BEAT must be seconds, SETUP_RETRIES seconds with commas between": (
        SETUP,
        "SETUP_BEAT must be seconds",
    ),
    "the package index refuses this user; check the name and password in UV_DEFAULT_INDEX or PIP_INDEX_URL": (
        INDEX,
        "the package index refuses this user",
    ),
    "the certificate of the package index is not trusted; name a file of trusted ones in SSL_CERT_FILE": (
        INDEX,
        "the certificate of the package index is not trusted",
    ),
    "uv could not be fetched; check the network, or put uv on the PATH": (SETUP, "put uv on the PATH"),
    "what was left out is not added now: …": (SETUP, "what was left out is not added now"),
    "… left out, and --all asks for everything; build again, or use --repair": (SETUP, "left out, and --all asks"),
    "waiting for …": (SETUP, "waiting for"),
    "… has given no sign for … s: taking over": (SETUP, "has given no sign"),
    "another installer took over, since this one was silent for too long": (SETUP, "was silent for too long"),
    "requests for the engine … will be refused: …": (STARTUP, "requests for the engine absent will be refused"),
    "TMPDIR: the folder for temporary files has … MB free, and jobs need … MB; make room, give the worker a larger "
    "disk, or set TMPDIR to another folder": (STARTUP, "TMPDIR: the folder for temporary files has"),
    "the queue gives no jobs (…): asked again in … s": ("tests/queue/test_hostile_queue.py", "asked again in"),
    "the first job of the engine … has to fetch its files, or fails: …": (STARTUP, "has to fetch its files, or fails"),
    "… waits for memory until a job of … ends": ("tests/backends/test_pool.py", "waits for memory until a job of"),
    "AI_MARK has …": ("tests/pipeline/test_marking.py", "AI_MARK has 'watermarks'"),
    "the model does not speak on … in …": (ENGINE, 'match="F5_CKPT_FILE"'),
    "… makes sound, but … cannot find the words that it was given": (STARTUP, "cannot find the words"),
}
"""Messages that take two installers, an image without uv, an index of one's own, or a model: the test of each."""

UNPROVOKED = "the device has too little memory for the model; take a larger one"
"""It takes a GPU that is too small."""
