"""Whisper's process on a machine whose GPU seems fine, and that is killed as soon as the model gets there.

As CTranslate2 does it without its version of cuDNN. Started by tests as ``python -m tests.support.dying_whisper``.
"""

from __future__ import annotations

import os
import signal
from typing import Any

import ctranslate2
import faster_whisper

from handler.backends import child_process
from handler.whisper.server import Server

_WhisperModel = faster_whisper.WhisperModel


def _load(folder: str, *, device: str, **options: Any) -> Any:
    if device == "cuda":
        os.kill(os.getpid(), signal.SIGKILL)
    return _WhisperModel(folder, device=device, **options)


if __name__ == "__main__":
    ctranslate2.get_cuda_device_count = lambda: 1
    faster_whisper.WhisperModel = _load
    server = Server()
    child_process.main({"find_device": server.find_device, "answer": server.answer})
