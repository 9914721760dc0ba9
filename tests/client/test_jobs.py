"""Jobs of the client: waiting, lost connections, cancellation, and the files that a job made."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from handler.client import AsyncSpeech, Progress, Speech, SpeechError, Word
from handler.client.jobs import MAX_POLL_S
from handler.client.values import CONNECTION_LOST, TIMED_OUT
from handler.http_api.queued_job import CANCELLED, QueuedJob
from tests.client.conftest import Connect
from tests.support.cutting_proxy import CuttingProxy
from tests.support.http_server import PATIENCE_S, RunningServer
from tests.support.speech_clients import Gate, Pauses, done
from tests.support.stub_backends import TEXT


def port_of(server: RunningServer) -> int:
    return int(server.url.rpartition(":")[2])


def jobs_of(server: RunningServer) -> list[QueuedJob]:
    return list(server.api.queue._jobs.values())


def state_at_end(server: RunningServer, job_id: str) -> str:
    """The state of a job, once it has ended."""
    job = server.api.queue.get(job_id)
    assert job is not None
    asyncio.run_coroutine_threadsafe(job.ended.wait(), server.loop).result(PATIENCE_S)
    return job.state


async def test_speech_and_captions_are_saved(connect: Connect, server: RunningServer, tmp_path: Path) -> None:
    """A job's audio, captions and font are saved whole, under its id or a name, and nothing else is."""
    said = await done(connect(server.url).say, "It works!", captions=["srt", "ass", "remotion", "textgrid"])
    paths = await done(said.save, tmp_path / "out")
    assert {kind: path.name for kind, path in paths.items()} == {
        "audio": f"{said.job_id}.wav", "srt": f"{said.job_id}.srt", "ass": f"{said.job_id}.ass",
        "remotion": f"{said.job_id}.remotion.json", "textgrid": f"{said.job_id}.TextGrid",
    }  # fmt: skip
    assert paths["audio"].read_bytes() == (tmp_path / "store" / "output" / f"{said.job_id}.wav").read_bytes()
    assert "It" in paths["srt"].read_text("utf-8")
    named = await done(said.save, tmp_path / "out", name="../hello")
    assert named["audio"] == tmp_path / "out" / "-hello.wav"
    saved = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*")}
    stems = (said.job_id, "-hello")
    suffixes = ("wav", "srt", "ass", "remotion.json", "TextGrid")
    assert saved == {f"{stem}.{suffix}" for stem in stems for suffix in suffixes} | {
        "fonts", "fonts/Inter-Bold.ttf",
    }  # fmt: skip


async def test_words_and_audio_are_read(connect: Connect, server: RunningServer) -> None:
    """The words of a job have the script's spelling and places; the audio is the file's bytes."""
    said = await done(connect(server.url).say, "It works!", captions="json", audio_format="flac")
    words: list[Word] = await done(said.words)
    assert [(word.word, word.start_char, word.end_char) for word in words] == [("It", 0, 2), ("works!", 3, 9)]
    assert 0 <= words[0].start < words[0].end <= words[1].start < words[1].end <= said.duration
    assert (await done(said.audio)).startswith(b"fLaC")


async def test_words_that_were_not_asked_for(connect: Connect, server: RunningServer) -> None:
    """Without the captions that hold them, words are an error that says how to ask for them."""
    said = await done(connect(server.url).say, "It works!")
    with pytest.raises(SpeechError, match=r"captions=\['json'\]"):
        await done(said.words)


async def test_warnings_are_told(connect: Connect, server: RunningServer) -> None:
    """The warnings of a job are in what it made."""
    said = await done(connect(server.url).say, "It works!", takes=2)
    assert "option_ignored" in [warning.code for warning in said.warnings]


async def test_failed_job_raises_its_error(connect: Connect, server: RunningServer) -> None:
    """The exception has the worker's sentence, code and issues, and the job's id."""
    with pytest.raises(SpeechError, match="text: is empty") as failed:
        await done(connect(server.url).say, "", speed=9)
    error = failed.value
    assert (error.code, error.retryable) == ("bad_request", False)
    assert {issue["field"] for issue in error.issues} == {"text", "speed"}
    assert [job.id for job in jobs_of(server)] == [error.job_id]


async def test_progress_is_told(connect: Connect, gated: RunningServer, gate: Gate) -> None:
    """A job tells where it is; the same progress is told once."""
    told: list[Progress] = []

    def tell(progress: Progress) -> None:
        told.append(progress)
        if progress.stage == "speak" and progress.done == 1:
            gate.open()

    await done(connect(gated.url).say, TEXT, progress=tell)
    spoken = [progress for progress in told if progress.stage == "speak" and progress.done == 1]
    assert spoken == [Progress("IN_PROGRESS", "speak", 1, spoken[0].total)]
    assert spoken[0].total > 1
    assert all(one != another for one, another in pairwise(told))


async def test_lost_connection_is_resumed(connect: Connect, server: RunningServer) -> None:
    """A connection that breaks while the client waits is made anew, and the job is sent once."""
    with CuttingProxy(port_of(server)) as proxy:
        proxy.lose(b"GET /status", times=2)
        said = await done(connect(proxy.url).say, "It works!")
        assert proxy.lost == 2
        assert proxy.asked(b"POST /run") == 1
    assert [job.id for job in jobs_of(server)] == [said.job_id]


async def test_job_whose_answer_is_lost_is_not_sent_again(connect: Connect, server: RunningServer) -> None:
    """If the server got a job but its id is lost, the client cannot know; it says so and does not send it twice."""
    with CuttingProxy(port_of(server)) as proxy:
        proxy.lose(b"POST /run")
        with pytest.raises(SpeechError, match="the job may run") as failed:
            await done(connect(proxy.url).say, "It works!")
        assert (failed.value.code, failed.value.retryable) == (CONNECTION_LOST, False)
        assert proxy.asked(b"POST /run") == 1
    assert len(jobs_of(server)) == 1


async def test_question_whose_answer_is_lost_is_asked_again(connect: Connect, server: RunningServer) -> None:
    """A request that only reads is sent again: it leaves nothing behind."""
    with CuttingProxy(port_of(server)) as proxy:
        proxy.lose(b"POST /run")
        assert await done(connect(proxy.url).voices) == []
        assert proxy.asked(b"POST /run") == 2


async def test_server_that_stays_away(connect: Connect, gated: RunningServer, gate: Gate) -> None:
    """The error of a connection that does not come back has the id, by which the job is found again."""
    speech = None
    with CuttingProxy(port_of(gated)) as proxy:
        speech = connect(proxy.url, retry_for=0)
        job = await done(speech.submit, TEXT)
    with pytest.raises(SpeechError, match="cannot be reached") as failed:
        await done(job.wait)
    assert (failed.value.code, failed.value.retryable, failed.value.job_id) == (CONNECTION_LOST, True, job.id)
    gate.open()
    said = await done(connect(gated.url).job(job.id).wait)
    assert said.duration > 1


async def test_timeout_cancels_the_job(connect: Connect, gated: RunningServer, gate: Gate) -> None:
    """A job that takes longer than the caller waits is cancelled."""
    with pytest.raises(SpeechError, match="IN_") as failed:
        await done(connect(gated.url).say, TEXT, timeout=0)
    gate.open()
    assert failed.value.code == TIMED_OUT
    assert failed.value.job_id is not None
    assert state_at_end(gated, failed.value.job_id) == CANCELLED


async def test_timeout_of_waiting_leaves_the_job(connect: Connect, gated: RunningServer, gate: Gate) -> None:
    """A job that was submitted goes on when a wait for it ends, and can be waited for again."""
    job = await done(connect(gated.url).submit, TEXT, audio_format="ogg")
    with pytest.raises(SpeechError, match="wait for it again"):
        await done(job.wait, timeout=0)
    gate.open()
    assert (await done(job.wait)).audio_format == "ogg"
    assert await done(job.status) == Progress("COMPLETED")


def test_interruption_cancels_the_job(gated: RunningServer, gate: Gate) -> None:
    """Whatever ends a blocking call before its job, such as Ctrl-C, cancels the job."""

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with Speech(gated.url) as speech, pytest.raises(KeyboardInterrupt):
        speech.say(TEXT, progress=interrupt)
    gate.open()
    assert state_at_end(gated, jobs_of(gated)[0].id) == CANCELLED


async def test_cancelled_task_cancels_the_job(gated: RunningServer, gate: Gate) -> None:
    """A task of asyncio that is cancelled while it waits cancels its job."""
    async with AsyncSpeech(gated.url) as speech:
        saying = asyncio.create_task(speech.say(TEXT))
        assert await asyncio.to_thread(gate.reached.wait, PATIENCE_S)
        saying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saying
    gate.open()
    assert await asyncio.to_thread(state_at_end, gated, jobs_of(gated)[0].id) == CANCELLED


async def test_cancelled_task_cancels_the_job_that_it_just_sent(gated: RunningServer, gate: Gate) -> None:
    """A task that is cancelled before the id of its job comes waits for it, and cancels the job."""
    with CuttingProxy(port_of(gated)) as proxy:
        proxy.hold(b"POST /run")
        async with AsyncSpeech(proxy.url) as speech:
            saying = asyncio.create_task(speech.say(TEXT))
            assert await asyncio.to_thread(proxy.held.wait, PATIENCE_S)
            saying.cancel()
            await asyncio.sleep(0)
            proxy.released.set()
            with pytest.raises(asyncio.CancelledError):
                await saying
    gate.open()
    assert await asyncio.to_thread(state_at_end, gated, jobs_of(gated)[0].id) == CANCELLED


async def test_job_is_cancelled(connect: Connect, gated: RunningServer, gate: Gate) -> None:
    """A cancelled job raises the error of one, for whoever waits."""
    job = await done(connect(gated.url).submit, TEXT)
    assert await asyncio.to_thread(gate.reached.wait, PATIENCE_S)
    await done(job.cancel)
    gate.open()
    with pytest.raises(SpeechError) as failed:
        await done(job.wait)
    assert failed.value.code == "cancelled"


async def test_unknown_job(connect: Connect, server: RunningServer) -> None:
    """A job that the server does not know is an error with the server's sentence."""
    with pytest.raises(SpeechError, match="does not know a job nobody") as failed:
        await done(connect(server.url).job("nobody").wait)
    assert (failed.value.code, failed.value.job_id) == ("not_found", "nobody")


async def test_requests_about_a_job_go_to_its_worker(connect: Connect, server: RunningServer) -> None:
    """Behind a load balancer, only the worker that has a job is asked for it."""
    with CuttingProxy(port_of(server), header=b"X-Runpod-Worker-Id: w7") as proxy:
        await done(connect(proxy.url).say, "It works!")
        first, *rest = proxy.requests
    assert b"worker-id" not in first.lower()
    assert rest
    assert all(b"x-runpod-worker-id: strict w7" in head.lower() for head in rest)


def test_pauses_between_questions_grow(gated: RunningServer, gate: Gate, pauses: Pauses) -> None:
    """A long job is asked about less and less often, but not less than once a second."""
    pauses.then = lambda: gate.open() if len(pauses) == 20 else None
    with Speech(gated.url) as speech:
        speech.say(TEXT)
    assert pauses == sorted(pauses)
    assert pauses[19] == MAX_POLL_S
