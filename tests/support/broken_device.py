"""A worker whose GPU breaks in one of its parts: python -m tests.support.broken_device PART ARGUMENTS.

No machine of the tests has a GPU to break; the error is the one that torch raises.
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from handler.backends import Backend
from handler.cli import program
from handler.converters import CONVERTERS


def broken(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("CUDA error: device-side assert triggered")


def break_engine() -> None:
    from handler.engines.espeak import EspeakEngine

    EspeakEngine.speak = broken  # type: ignore[method-assign]


def break_aligner() -> None:
    from benchmarks.alignment_oracle import aligner_of
    from handler.aligners import whisper_x

    whisper_x.WhisperXAligner = lambda _: aligner_of(broken)  # type: ignore[assignment, misc]


def break_converter() -> None:
    from tests.support.stub_backends import Louder

    Louder.prepare = lambda *_: broken  # type: ignore[method-assign]
    CONVERTERS.clear()
    CONVERTERS["louder"] = Backend(lambda _: Louder())


PARTS = {"engine": break_engine, "aligner": break_aligner, "converter": break_converter}

if __name__ == "__main__":
    PARTS[sys.argv.pop(1)]()
    program()
