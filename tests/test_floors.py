"""The house stands: imports go down, nothing heavy is loaded by looking, each heavy library has one home."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FLOORS = {
    "handler.__main__": 7, "handler.worker": 7, "handler.sdk": 7, "handler.startup": 7, "handler.doctor": 7,
    "handler.http_api": 7, "handler.client": 7, "handler.cli": 7, "handler.studio": 1,
    "handler.dispatch": 6, "handler.app": 6,
    "handler.endpoints": 5, "handler.sweeping": 5, "handler.openai": 5,
    "handler.pipeline": 4, "handler.voices": 4, "handler.captions": 4, "handler.alignment": 4, "handler.jobs": 4,
    "handler.engines": 3, "handler.aligners": 3, "handler.transcribers": 3, "handler.speakers": 3,
    "handler.converters": 3, "handler.whisper": 3, "handler.marks": 3,
    "handler.storage": 3, "s3_utils": 3, "handler.storage.signed_links": 2,
    "handler.backends": 2, "handler.protocols": 2, "handler.text": 2, "handler.media": 2, "handler.net": 2,
    "handler.models": 2, "handler.telemetry": 2,
    "handler.requests": 1, "handler.temporary": 1, "handler.removal": 1,
    "handler.types": 1, "handler.settings": 1, "handler.errors": 1,
    "handler.cancellation": 1,  "handler.warnings": 1, "volume_lock": 1, "package_index": 1,
}  # fmt: skip

HOMES: dict[str, str | tuple[str, ...]] = {
    "runpod": "handler/sdk",
    "pocketsphinx": "handler/aligners/sphinx_decoding.py",
    "boto3": "s3_utils.py",
    "torch": (
        "handler/engines", "handler/speakers/wavlm.py", "handler/aligners/whisper_x.py",
        "handler/aligners/viterbi_torch.py", "handler/marks/watermark.py",
    ),
    "perth": "handler/marks/perth.py",
    "c2pa": "handler/marks/content_credentials.py",
    "cryptography": "handler/marks/signing.py",
    "f5_tts": "handler/engines/f5",
    "onnxruntime": "handler/engines/piper",
    "pocket_tts": "handler/engines/pocket",
    "chatterbox": "handler/engines/chatterbox",
    "qwen_tts": "handler/engines/qwen3",
    "whisperx": "handler/aligners/whisper_x.py",
    "uroman": "handler/aligners/romanisation.py",
    "faster_whisper": "handler/whisper",
    "ctranslate2": "handler/whisper",
    "google": "handler/aligners/google_speech.py",
    "fastapi": "handler/http_api",
    "starlette": "handler/http_api",
    "uvicorn": "handler/http_api",
    "prometheus_client": "handler/telemetry/metrics.py",
    "opentelemetry": "handler/telemetry/tracing.py",
}  # fmt: skip
"""Where alone each heavy library is imported, whether it is written yet or not."""

TABLES = {
    "handler.engines",
    "handler.aligners",
    "handler.transcribers",
    "handler.speakers",
    "handler.storage",
    "handler.converters",
    "handler.marks",
}
"""Packages whose ``__init__`` is a table of backends: `app` reads it, only its rows import what is behind."""


def modules() -> Iterator[tuple[str, Path]]:
    files = [*ROOT.glob("handler/**/*.py"), *ROOT.glob("*.py")]
    for path in files:
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path, known: set[str]) -> Iterator[str]:
    """Every module that a file imports, anywhere in it; ``from a import b`` is ``a.b`` where that is a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module


def floor(module: str) -> int:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if (name := ".".join(parts[:length])) in FLOORS:
            return FLOORS[name]
    raise AssertionError(f"{module} has no floor: give it one here and in README.md")


HOUSE = dict(modules())


@pytest.mark.parametrize("module", [name for name in HOUSE if name not in {"handler", "setup_network_venv", "install"}])
def test_imports_go_down(module: str) -> None:
    """A module imports from its own layer or a lower one, and backends only through their tables."""
    for imported in imports(HOUSE[module], set(HOUSE)):
        if imported not in HOUSE or imported == "handler":
            continue
        assert floor(imported) <= floor(module), f"{module} (floor {floor(module)}) imports {imported} from above"
        if floor(imported) == 3 and floor(module) > 3:
            assert imported in TABLES, f"{module} imports the backend {imported}; only the tables may name it"
            assert module == "handler.app", f"{module} reads the table {imported}; only handler.app may"


def test_imports_have_no_cycles() -> None:
    """No chain of imports returns to its module."""
    graph = {
        name: {other for other in imports(path, set(HOUSE)) if other in HOUSE and other != name}
        for name, path in HOUSE.items()
    }
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"imports in a circle: {' -> '.join(error.args[1])}")


def test_heavy_libraries_are_imported_by_their_backends() -> None:
    """Only the backends that need torch, boto3, runpod and similar libraries import them."""
    for module, path in HOUSE.items():
        for imported in imports(path, set(HOUSE)):
            home = HOMES.get(imported.split(".")[0], ())
            homes = (home,) if isinstance(home, str) else home
            if homes:
                assert any(path.is_relative_to(ROOT / home) for home in homes), (
                    f"{module} imports {imported}, at home in {' and '.join(homes)}"
                )


def test_importing_the_package_loads_no_heavy_library() -> None:
    """Importing dispatch and app in a fresh interpreter loads none of the heavy libraries."""
    heavy = ["torch", "boto3", "runpod", "google", "librosa", "pocketsphinx", "av", "soundfile", "num2words", "ass"]
    heavy += ["perth", "c2pa", "cryptography"]
    heavy += ["fastapi", "prometheus_client", "opentelemetry"]
    script = f"import sys, handler.dispatch, handler.app\nprint([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_setup_script_is_independent() -> None:
    """setup_network_venv.py and the package never import each other: it runs before the package's libraries exist.

    Both may import volume_lock.py and package_index.py, which import the standard library only.
    """
    for module, path in HOUSE.items():
        imported = {name.split(".")[0] for name in imports(path, set(HOUSE))}
        if module == "setup_network_venv":
            assert imported <= {*sys.stdlib_module_names, "volume_lock", "package_index"}
        elif module == "install":
            assert imported <= {*sys.stdlib_module_names, "package_index", "setup_network_venv"}
        elif module in {"volume_lock", "package_index"}:
            assert imported <= set(sys.stdlib_module_names)
        else:
            assert "setup_network_venv" not in imported


MAX_LINES = 400
LONG_FILES = {"setup_network_venv", "s3_utils", "handler.settings"}
"""Files that may be longer; each says at its top why."""

MAX_FLAT_MODULES = 16


def test_files_are_short() -> None:
    """No file is longer than MAX_LINES, except those that state a reason at their top."""
    long = {name for name, path in HOUSE.items() if len(path.read_text("utf-8").splitlines()) > MAX_LINES}
    assert long <= LONG_FILES
    for name in LONG_FILES:
        docstring = ast.get_docstring(ast.parse(HOUSE[name].read_text("utf-8"))) or ""
        assert "long" in docstring, f"{name} does not say at its top why it is long"


def test_most_modules_are_in_packages() -> None:
    """At most MAX_FLAT_MODULES modules are directly in handler/."""
    assert len(list((ROOT / "handler").glob("*.py"))) <= MAX_FLAT_MODULES
