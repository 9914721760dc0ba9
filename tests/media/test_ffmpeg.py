"""ffmpeg runs with nothing in reach but its files, and ends with the job that asked for it."""

from __future__ import annotations

import asyncio
import os
import select
import threading
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from handler.cancellation import Cancellation
from handler.errors import Cancelled, JobTimeout
from handler.media import ffmpeg
from tests.support.cancellations import Checked


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_ffmpeg_gets_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the worker's environment but where programs lie reaches the decoder of a stranger's file."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(ffmpeg, "_program", lambda: script(tmp_path / "env", "/usr/bin/env"))
    lines: list[str] = []
    ffmpeg.run([], [], tmp_path, timeout=20, on_output=lines.append)
    assert {line.partition("=")[0] for line in lines} <= {"PATH", "LD_LIBRARY_PATH", "TMPDIR", "FONTCONFIG_FILE", "PWD"}
    assert len(lines) >= 2


def test_stopped_job_kills_ffmpeg_and_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that stops takes the whole process group with it, and one that says nothing is stopped as well."""
    program = script(tmp_path / "slow", "sleep 600 & echo $!; wait")
    monkeypatch.setattr(ffmpeg, "_program", lambda: program)
    started: list[int] = []

    def check() -> None:
        if started:
            raise Cancelled("the job was cancelled")

    with pytest.raises(Cancelled):
        ffmpeg.run(
            [],
            [],
            tmp_path,
            timeout=60,
            cancellation=Checked(check),
            on_output=lambda line: started.append(os.pidfd_open(int(line))),
        )
    assert select.select(started, [], [], 30)[0] == started
    os.close(started[0])
    with pytest.raises(JobTimeout):
        ffmpeg.run([], [], tmp_path, timeout=0.01)


def test_endless_line_is_cut_and_the_last_log_lines_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line without an end is cut, and the last lines before an error are in our log."""
    body = "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo first >&2; seq 100 >&2; exit 3"
    program = script(tmp_path / "loud", body)
    monkeypatch.setattr(ffmpeg, "_program", lambda: program)
    lines: list[str] = []
    with pytest.raises(ffmpeg.Failed):
        ffmpeg.run([], [], tmp_path, timeout=60, on_output=lines.append)
    assert len(lines) == 1
    assert len(lines[0]) <= 1 << 14


def test_cancellation_wakes_a_silent_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ffmpeg that says nothing is killed when its job is cancelled, and until then nobody asks."""
    monkeypatch.setattr(ffmpeg, "_program", lambda: script(tmp_path / "silent", "sleep 600"))
    checks: list[float] = []

    class Counted(Cancellation):
        def check(self, *, ignore_timeout: bool = False) -> None:
            checks.append(time.monotonic())
            super().check(ignore_timeout=ignore_timeout)

    cancellation = Counted()
    timer = threading.Timer(1.0, cancellation.cancel)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        ffmpeg.run([], [], tmp_path, timeout=60, cancellation=cancellation)
    timer.join()
    assert time.monotonic() - began < 20
    assert len(checks) < 5


async def pieces(*given: bytes) -> AsyncGenerator[bytes]:
    for piece in given:
        yield piece


def through_pipes(source: AsyncGenerator[bytes]) -> bytes:
    async def collect() -> bytes:
        return b"".join([part async for part in ffmpeg.piped(source, [])])

    return asyncio.run(asyncio.wait_for(collect(), 60))


def test_pipes_carry_more_than_they_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both pipes fill up and empty again without blocking each other."""
    monkeypatch.setattr(ffmpeg, "_program", lambda: script(tmp_path / "echo", "exec cat"))
    given = [bytes([number]) * 300_000 for number in range(9)]
    assert through_pipes(pieces(*given)) == b"".join(given)


def test_piped_ffmpeg_gets_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the worker's environment but where programs lie reaches an encoder."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(ffmpeg, "_program", lambda: script(tmp_path / "env", "/usr/bin/env"))
    lines = through_pipes(pieces()).decode().splitlines()
    assert {line.partition("=")[0] for line in lines} <= {"PATH", "LD_LIBRARY_PATH", "TMPDIR", "PWD"}


def test_piped_ffmpeg_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ends early is an error with its log, though more would have come."""

    async def endless() -> AsyncGenerator[bytes]:
        yield b"some"
        await asyncio.Event().wait()

    monkeypatch.setattr(ffmpeg, "_program", lambda: script(tmp_path / "bad", "echo no such encoder >&2; exit 3"))
    with pytest.raises(ffmpeg.Failed) as failed:
        through_pipes(endless())
    assert (failed.value.returncode, failed.value.log) == (3, ("no such encoder",))


def test_closed_pipe_kills_ffmpeg_and_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stops listening leaves no process behind."""
    monkeypatch.setattr(ffmpeg, "_program", lambda: script(tmp_path / "slow", "sleep 600 & echo $!; wait"))

    async def leave() -> int:
        parts = ffmpeg.piped(pieces(), [])
        child = os.pidfd_open(int(await anext(parts)))
        await parts.aclose()
        return child

    child = asyncio.run(asyncio.wait_for(leave(), 60))
    assert select.select([child], [], [], 10)[0] == [child]
    os.close(child)
