"""The import of qwen-tts with a stand-in for `sox`."""

from __future__ import annotations

import subprocess
import sys


def test_stand_in_stays_with_upstream() -> None:
    """In a new process the package is imported; nothing is on stdout, and no `sox` is left for other packages."""
    code = (
        "import sys; from handler.engines.qwen3.imports import upstream\n"
        "print('has', upstream().Qwen3TTSModel.__name__, 'sox' in sys.modules)"
    )
    reply = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=200)
    assert reply.stdout == "has Qwen3TTSModel False\n"
