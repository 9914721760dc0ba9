"""A full temporary disk is the worker's fault, and a retry may help: every job that writes files says so."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handler.cancellation import NEVER
from handler.errors import StorageError, is_disk_full
from handler.media import ffmpeg, long_audio, m4a, tempo
from handler.media.audio import FILE_FORMATS
from handler.protocols import Services
from handler.storage.local_store import LocalStore
from tests.endpoints.conftest import Web, call
from tests.support.http_server import running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.videos import talk

FULL = "the worker's disk for temporary files (TMPDIR) is full; send the job again later, or a smaller file"

# A file system of its own needs root, which not every machine gives: elsewhere the writes are made to fail instead.


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system of 64 kB for temporary files."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False)
    if mounted.returncode:
        pytest.skip("this user cannot mount a file system")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    subprocess.run(["umount", folder], check=True)


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


@pytest.mark.parametrize("format_", FILE_FORMATS)
def test_no_encoder_cuts_a_file_off(format_: str) -> None:
    """A disk that becomes full while a long file is written ends the job: libsndfile alone would go on in silence."""
    pieces = (np.full(48_000, 0.1, np.float32) for _ in range(20))
    with pytest.raises((OSError, StorageError)) as raised:
        long_audio.encode(Path("/dev/full"), pieces, 24_000, format_, 40, NEVER)
    assert is_disk_full(raised.value) or raised.value.args == (FULL,)


def test_part_of_an_array_is_a_full_disk(small_disk: Path) -> None:
    """numpy, whose errors have no number, is understood where sound is handed to ffmpeg."""
    samples = np.zeros(48_000, np.float32)
    for write in (lambda: tempo.at_tempo(samples, 24_000, 1.5), lambda: m4a.encode_m4a(samples, 24_000, NEVER)):
        with pytest.raises(OSError, match="requested") as raised:
            write()
        assert is_disk_full(raised.value)
    assert not list(small_disk.iterdir())


@pytest.mark.parametrize("job", ["upload", "align", "overlay", "inspect", "captions", "book"])
def test_every_endpoint_tells_of_a_full_disk(services: Services, web: Web, small_disk: Path, job: str) -> None:
    """Each job that writes files says that the worker's disk is full, and leaves nothing there."""
    recording = web.put("/clip", HUMAN_CLIP.read_bytes())
    long = web.put("/long", b"1\n00:00:00,000 --> 00:00:01,000\n" + b"Hello. " * 15_000)
    fields: dict[str, dict[str, Any]] = {
        "upload": {"voice_name": "anna", "voice_file_url": recording, "ref_text": HUMAN_TEXT},
        "align": {"audio_url": recording, "text": HUMAN_TEXT},
        "overlay": {"video_url": recording, "text": HUMAN_TEXT},
        "inspect": {"audio_url": recording},
        "captions": {"captions_url": long, "timing_format": "srt"},
        "book": {"text": HUMAN_TEXT * 3},
    }
    reply = call(services, job, **fields[job])
    assert (reply["error_code"], reply["retryable"], reply["error"]) == ("storage_error", True, FULL), reply
    assert not list(small_disk.iterdir())


def test_server_tells_of_a_full_disk(services: Services, small_disk: Path) -> None:
    """A form whose file has no room on the server's disk is answered so, and not as a bad request."""
    with running(services) as server:
        answer = server.client.post("/v1/audio/transcriptions", files={"file": bytes(4_000_000)}, data={"model": "x"})
    assert answer.status_code == 503, answer.text
    assert FULL in answer.text
    assert small_disk.is_dir()


def test_full_folder_store_names_its_setting(services: Services, tmp_path: Path, small_disk: Path) -> None:
    """A store that is a folder on a full disk says what to do, without a key or a path."""
    full = LocalStore(services.settings.model_copy(update={"local_store": small_disk}))
    with pytest.raises(StorageError, match=r"LOCAL_STORE is full.*RETENTION_DAYS") as raised:
        full.put("output/j1.wav", bytes(1_000_000), "audio/wav")
    assert raised.value.retryable
    assert str(tmp_path) not in raised.value.message
    assert full.list("", 10).objects == ()
