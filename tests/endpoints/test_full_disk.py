"""A full temporary disk is the worker's fault, and a retry may help: every job that writes files says so."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from handler.media import ffmpeg
from handler.protocols import Services
from tests.endpoints.conftest import Web, call
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.videos import talk

# A file system of its own needs root, which not every machine gives: the writes are made to fail instead.
FULL = "the worker's disk is full; send the job again later, or a smaller file"


def is_full(reply: dict[str, Any]) -> bool:
    return reply["error_code"] == "storage_error" and reply["retryable"] and "convert" not in reply["error"]


@pytest.mark.parametrize("endpoint", ["upload", "align", "overlay"])
def test_ffmpeg_without_room_is_a_storage_error(
    services: Services, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    """ffmpeg says that there is no space left: neither the client's file nor the worker's code is to blame."""
    program = tmp_path / "program"
    real = ffmpeg._program()
    full = "echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 228"
    program.write_text(f'#!/bin/sh\ncase "$*" in *" -t 0 "*) exec "{real}" "$@";; esac\n{full}\n')
    program.chmod(0o755)
    video = web.put("/video", talk(tmp_path, HUMAN_CLIP))
    monkeypatch.setattr(ffmpeg, "_program", lambda: str(program))
    fields = {
        "upload": {"voice_name": "anna", "voice_file_url": video, "ref_text": HUMAN_TEXT},
        "align": {"audio_url": video, "text": HUMAN_TEXT},
        "overlay": {"video_url": video, "text": HUMAN_TEXT},
    }
    reply = call(services, endpoint, **fields[endpoint])
    assert is_full(reply)
    assert reply["error"] == FULL


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_file_without_room_is_a_storage_error(
    services: Services, web: Web, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A temporary folder that cannot be made, or a file that cannot be written in it, is told in the same way."""

    def mkdir(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    url = web.put("/clip", HUMAN_CLIP.read_bytes())
    monkeypatch.setattr(os, "mkdir", mkdir)
    reply = call(services, "upload", voice_name="anna", voice_file_url=url, ref_text=HUMAN_TEXT)
    assert is_full(reply)
