"""A job's speech crosses from its threads to the event loop: in order, whole, and with the job's end behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import numpy as np
import pytest

from handler.http_api.queued_job import COMPLETED, FAILED, QueuedJob
from handler.http_api.speech_stream import SpeechBroken, SpeechResponse, SpeechStream
from handler.types import Samples, Word

PIECES = [np.full(length, length, np.float32) for length in (5, 3, 2)]
WORD = Word("Hello", 0.0, 0.4, 1.0, interpolated=False, start_char=0, end_char=5)


def heard(spoken: int, *, is_whole: bool, state: str) -> list[Samples]:
    """What is heard of a job whose thread says so many pieces, and ends, before the loop can look."""

    async def listen() -> list[Samples]:
        stream, job, loop = SpeechStream(), QueuedJob("id"), asyncio.get_running_loop()
        job.reply = {"error": "the engine broke"} if state == FAILED else {}

        def speak() -> None:
            assert stream.listener.on_audio is not None
            for number, piece in enumerate(PIECES[:spoken], 1):
                stream.listener.on_audio(piece, 10, is_whole and number == spoken)
            loop.call_soon_threadsafe(end)

        def end() -> None:
            job.state = state
            job.ended.set()

        thread = threading.Thread(target=speak)
        thread.start()
        thread.join()
        found = [piece async for piece in stream.pieces(job)]
        assert stream.sample_rate == (10 if found else 0)
        assert stream.duration == sum(map(len, found)) / 10
        return found

    return asyncio.run(listen())


def test_pieces_before_the_end_are_not_lost() -> None:
    """All pieces come, in order, though the job has ended by the time that they are asked for."""
    assert np.array_equal(np.concatenate(heard(3, is_whole=True, state=COMPLETED)), np.concatenate(PIECES))


def test_job_that_fails_in_silence_gives_nothing() -> None:
    """Without a sound there is no speech that could be broken: the reply says what happened."""
    assert heard(0, is_whole=False, state=FAILED) == []


def test_job_that_fails_while_it_speaks_breaks_the_speech() -> None:
    """What comes after a part is an error, never an end."""
    with pytest.raises(SpeechBroken, match="the engine broke"):
        heard(2, is_whole=False, state=FAILED)


def test_words_are_taken_once() -> None:
    """Each word is handed out with the first look after it has become known."""

    async def listen() -> None:
        stream = SpeechStream()
        assert stream.listener.on_words is not None
        stream.listener.on_words([WORD])
        assert stream.take_words() == []
        await asyncio.sleep(0)
        assert (stream.take_words(), stream.take_words()) == ([WORD], [])

    asyncio.run(listen())


async def test_response_that_cannot_be_made_leaves_the_rest_to_its_caller() -> None:
    """What is open for a response is closed by the route where its headers cannot be written."""
    closed = asyncio.Event()
    async with AsyncExitStack() as opened:
        opened.callback(closed.set)
        with pytest.raises(UnicodeEncodeError):
            SpeechResponse(_nothing(), opened, headers={"X-Warnings": "…"})
    assert closed.is_set()


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
