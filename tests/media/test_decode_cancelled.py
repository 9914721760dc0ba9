"""Nothing that opens a client's file goes on after its job was cancelled."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from handler.errors import Cancelled
from handler.media.decode import decode
from handler.media.recording import open_recording
from tests.media.test_decode import HEADERS, fake_ffmpeg
from tests.support.cancellations import Checked


@pytest.mark.parametrize("step", ["headers", "sound", "sound, its output closed"])
@pytest.mark.parametrize("whole", [True, False], ids=["decode", "recording"])
def test_every_step_of_a_decode_hears_a_cancellation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, whole: bool
) -> None:
    """A job that is cancelled while ffmpeg reads the headers, decodes or hangs ends there, and so does ffmpeg."""
    hang = f"touch {tmp_path}/begun; exec sleep 250" + " >/dev/null 2>&1" * step.endswith("closed")
    first, then = (hang, "exit 3") if step == "headers" else (HEADERS, hang)
    clip = fake_ffmpeg(tmp_path, f'case "$*" in *" -t 0 "*) {first};; *) {then};; esac', monkeypatch)

    def check() -> None:
        if (tmp_path / "begun").exists():
            raise Cancelled("the job was cancelled")

    options: Any = {"max_seconds": 60, "timeout": 60, "cancellation": Checked(check)}
    run = partial(decode, clip, **options) if whole else open_recording(clip, **options).__enter__
    with pytest.raises(Cancelled):
        run()
