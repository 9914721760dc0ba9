"""The import of chatterbox-tts with stand-ins for `onnx` and `pkg_resources`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from handler.engines.chatterbox import imports
from handler.errors import ConfigError


def test_stand_ins_stay_with_upstream() -> None:
    """In a new process the package is imported with its watermark, and no stand-in is left for other packages."""
    code = (
        "import sys; from handler.engines.chatterbox import imports; from handler.marks import perth\n"
        "print(imports.upstream('turbo').__name__, type(perth.watermarker()).__name__)\n"
        "print({'onnx', 'pkg_resources'} & {*sys.modules})"
    )
    reply = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=200)
    assert reply.stdout.split() == ["ChatterboxTurboTTS", "PerthImplicitWatermarker", "set()"]


def test_lack_of_the_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package is not installed the error names it."""
    monkeypatch.setattr(imports, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="needs chatterbox-tts"):
        imports.upstream("original")
