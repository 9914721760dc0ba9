"""The calls of the client: what each sends, and what it returns."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, assert_type

import pytest

from handler.app import make_services
from handler.client import AsyncJob, AsyncSaid, AsyncSpeech, Job, Progress, Said, Speech, SpeechError, Voice, Word
from handler.client.values import CONNECTION_LOST
from handler.protocols import Services
from handler.settings import Settings
from tests.client.conftest import Connect
from tests.support.cutting_proxy import CuttingProxy
from tests.support.gated_speaker import GatedSpeaker
from tests.support.http_server import RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.speech_clients import done
from tests.support.stub_backends import TEXT, Louder, happens, registry, with_backends
from tests.support.videos import film


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Recordings are aligned without a download."""
    return environ | {"ALIGNERS": "engine,sphinx"}


@pytest.fixture
def bucket_server(s3_environ: dict[str, str], environ: dict[str, str]) -> Iterator[RunningServer]:
    """A server that keeps its files in a bucket, and gives signed links."""
    del environ["LOCAL_STORE"]
    with running(make_services(Settings.read(environ | s3_environ))) as server:
        yield server


async def test_voice_is_added_listed_and_deleted(connect: Connect, server: RunningServer) -> None:
    """A voice is made of a file on this machine, is listed, and is gone once it is deleted."""
    speech = connect(server.url)
    added = await done(speech.add_voice, "anna", HUMAN_CLIP, text=HUMAN_TEXT, tags=["calm"], license="CC BY 4.0")
    assert (added.name, added.text, added.tags, added.license) == ("anna", HUMAN_TEXT, ["calm"], "CC BY 4.0")
    assert added.duration == pytest.approx(5, abs=0.4)
    (listed,) = await done(speech.voices, prefix="an")
    assert (listed.name, listed.builtin, listed.text) == ("anna", False, HUMAN_TEXT)
    await done(speech.delete_voice, "anna")
    assert await done(speech.voices) == []
    with pytest.raises(SpeechError, match="anna"):
        await done(speech.delete_voice, "anna")


async def test_taken_name_is_refused_before_the_upload(connect: Connect, server: RunningServer) -> None:
    """With ``overwrite=False`` a taken name is an error, and no file is sent for it."""
    server.api.services.store.put("voices/anna.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    with pytest.raises(SpeechError) as failed:
        await done(connect(server.url).add_voice, "anna", HUMAN_CLIP, text=HUMAN_TEXT, overwrite=False)
    assert failed.value.code == "already_exists"
    assert server.api.services.store.list("uploads/", 1).objects == ()


async def test_voice_of_a_job(connect: Connect, server: RunningServer) -> None:
    """A voice is made of the speech of an earlier job."""
    speech = connect(server.url)
    said = await done(speech.say, HUMAN_TEXT)
    assert (await done(speech.add_voice, "robot", said)).text == HUMAN_TEXT


async def test_all_pages_of_voices(connect: Connect, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Voices that do not fit on one page are all listed."""
    monkeypatch.setattr("handler.client.calls.VOICES_ON_A_PAGE", 2)
    for name in "abcde":
        server.api.services.store.put(f"voices/{name}.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    assert [voice.name for voice in await done(connect(server.url).voices)] == list("abcde")


async def test_recording_is_aligned(connect: Connect, server: RunningServer, tmp_path: Path) -> None:
    """Captions are made for a file on this machine, and saved without audio."""
    said = await done(connect(server.url).align, HUMAN_CLIP, HUMAN_TEXT, captions=["vtt", "json"])
    assert [word.word for word in await done(said.words)] == HUMAN_TEXT.split()
    assert (await done(said.save, tmp_path / "out")).keys() == {"vtt", "json"}


def test_speech_of_a_job_is_aligned(server: RunningServer) -> None:
    """Captions are made for the speech of a job, by the job or by what it made."""
    with Speech(server.url) as speech:
        said = speech.say("It works!")
        for source in (said, speech.job(said.job_id)):
            assert speech.align(source, captions="srt").timing_files.keys() == {"srt"}


def test_captions_are_drawn_on_a_video(server: RunningServer, tmp_path: Path) -> None:
    """A video on this machine gets the speech of a job and its captions in a style, and is saved."""
    video = tmp_path / "sea.mp4"
    video.write_bytes(film(tmp_path, seconds=1))
    with Speech(server.url) as speech:
        said = speech.say("It works!", captions="srt")
        shown = speech.overlay(said, video=video, style={"preset": "pop", "highlight": "#FFD400"})
        saved = shown.save(tmp_path / "out", "film")
    assert saved == {"video": tmp_path / "out" / "film.mp4"}
    assert saved["video"].read_bytes()[4:8] == b"ftyp"


def test_speech_is_converted(services: Services) -> None:
    """The speech of a job is spoken again in another voice."""
    services.store.put("voices/anna.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    services.store.put("voices/anna.txt", HUMAN_TEXT.encode(), "text/plain")
    louder = Louder()
    with running(replace(services, converters=registry(louder=louder))) as server, Speech(server.url) as speech:
        said = speech.say("It works!")
        converted = speech.convert(said, "anna", seed=7)
    assert louder.asked == [("anna", 7)]
    assert converted.audio_url != said.audio_url


async def test_marks_of_a_file_are_told(connect: Connect, server: RunningServer, tmp_path: Path) -> None:
    """What a job made, and a video on this machine, are inspected."""
    lacking = replace(server.api.services.marks.backends["watermark"], requires=("no_such_module",))
    server.api.services.marks.backends = {**server.api.services.marks.backends, "watermark": lacking}
    speech = connect(server.url)
    found = await done(speech.inspect, await done(speech.say, "It works!"))
    assert (found["made_by_ai"], found["marks"]["metadata"]["made_by_ai"]) == (True, True)
    video = tmp_path / "sea.mp4"
    video.write_bytes(film(tmp_path, seconds=1))
    assert (await done(speech.inspect, video=video))["made_by_ai"] is None


async def test_file_of_an_old_job_is_downloaded(connect: Connect, server: RunningServer, tmp_path: Path) -> None:
    """The files of a job are found by its id, each by its kind."""
    speech = connect(server.url)
    said = await done(speech.say, "It works!", captions="srt")
    audio = await done(speech.download, said.job_id, folder=tmp_path / "out")
    srt = await done(speech.download, said.job_id, "srt", tmp_path / "out")
    assert (audio.name, srt.name) == (f"{said.job_id}.wav", f"{said.job_id}.srt")
    assert audio.read_bytes() == await done(said.audio)
    assert "works" in srt.read_text("utf-8")


async def test_files_go_to_a_bucket_and_come_from_it(
    connect: Connect, bucket_server: RunningServer, tmp_path: Path
) -> None:
    """With a bucket, files are sent and fetched by signed links, and the server's key is not sent along."""
    speech = connect(bucket_server.url, api_key="of the server")
    assert (await done(speech.add_voice, "anna", HUMAN_CLIP, text=HUMAN_TEXT)).name == "anna"
    said = await done(speech.say, "It works!", captions=["json", "ass"])
    assert said.audio_url.startswith("http://")
    paths = await done(said.save, tmp_path / "out")
    assert paths["audio"].read_bytes() == await done(said.audio)
    assert [word.word for word in await done(said.words)] == ["It", "works!"]
    assert (tmp_path / "out" / "fonts" / "Inter-Bold.ttf").stat().st_size > 100_000


async def test_missing_file_is_an_os_error(connect: Connect, server: RunningServer) -> None:
    """A file that this machine does not have is the usual exception, before anything is sent."""
    with pytest.raises(FileNotFoundError):
        await done(connect(server.url).add_voice, "anna", "nowhere.wav")
    assert list(server.api.queue._jobs) == []


async def test_key_is_sent_with_every_request(connect: Connect, server: RunningServer) -> None:
    """The server gets the key as a bearer token."""
    with CuttingProxy(int(server.url.rpartition(":")[2])) as proxy:
        await done(connect(proxy.url, api_key="k1").say, "It works!")
        assert all(b"authorization: bearer k1" in head.lower() for head in proxy.requests)


async def test_endpoint_on_runpod(connect: Connect, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint is asked below its id, with the key of the environment; its failures have their detail."""
    monkeypatch.setenv("RUNPOD_API_KEY", "rpa_1")
    with CuttingProxy(int(server.url.rpartition(":")[2])) as proxy:
        monkeypatch.setattr("handler.client.calls.RUNPOD_API", f"{proxy.url}/v2")
        speech = connect(endpoint_id="e1")
        assert (await done(speech.say, "It works!")).duration > 0
        with pytest.raises(SpeechError) as failed:
            await done(speech.say, "")
        assert (failed.value.code, failed.value.issues[0]["field"]) == ("bad_request", "text")
        assert proxy.asked(b"POST /v2/e1/run ") == 2
        assert all(b"authorization: bearer rpa_1" in head.lower() for head in proxy.requests)


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:8000"])
def test_one_way_to_the_worker(url: str | None) -> None:
    """A client has a url or an endpoint, and the message says so."""
    with pytest.raises(ValueError, match="either the url of a server or an endpoint_id"):
        Speech(url, endpoint_id=url and "e1")


@pytest.mark.parametrize("where", [{"endpoint_id": "e1"}, {"url": "https://e1.api.runpod.ai"}])
def test_endpoint_on_runpod_needs_a_key(monkeypatch: pytest.MonkeyPatch, where: dict[str, Any]) -> None:
    """Without a key the client fails before any request, and names the variable; a server at home needs none."""
    monkeypatch.delenv("RUNPOD_API_KEY", raising=False)
    with pytest.raises(ValueError, match="set RUNPOD_API_KEY, or give api_key"):
        Speech(**where)
    Speech("http://127.0.0.1:8000").close()
    monkeypatch.setenv("RUNPOD_API_KEY", "k")
    Speech(**where).close()


async def test_missing_file_of_ones_own(connect: Connect, server: RunningServer) -> None:
    """A file of the program's that is not there is Python's own error."""
    with pytest.raises(FileNotFoundError):
        await done(connect(server.url).align, "nowhere.wav", "Hello.")


def test_calls_have_types(server: RunningServer, tmp_path: Path) -> None:
    """The type checker knows what each blocking call returns; those of asyncio are awaited for the same."""
    with Speech(server.url) as speech:
        said = assert_type(speech.say("It works!", captions="json"), Said)
        assert_type(said.save(tmp_path), dict[str, Path])
        assert_type(said.words(), list[Word])
        assert_type(speech.voices(), list[Voice])
        job = assert_type(speech.submit("It works!"), Job)
        assert_type(job.wait(), Said)
        assert_type(speech.job(said.job_id), Job)
        assert_type(speech.download(said.job_id, folder=tmp_path), Path)
    assert inspect.signature(Speech.say).parameters.keys() == inspect.signature(AsyncSpeech.say).parameters.keys()
    assert (Speech.say.__name__, inspect.iscoroutinefunction(Speech.say)) == ("say", False)


async def test_calls_of_asyncio_have_types(server: RunningServer) -> None:
    """The same for asyncio."""
    async with AsyncSpeech(server.url) as speech:
        said = assert_type(await speech.say("It works!"), AsyncSaid)
        assert_type(await said.audio(), bytes)
        job = assert_type(await speech.submit("It works!"), AsyncJob)
        assert_type(await job.wait(), AsyncSaid)


@pytest.fixture
def gated(services: Services) -> Iterator[tuple[RunningServer, GatedSpeaker]]:
    """A server whose engine speaks the first chunk of a script, and waits before the second."""
    engine = GatedSpeaker(services.settings, 1)
    with running(with_backends(services, engine)) as server:
        yield server, engine


def test_audio_is_streamed(gated: tuple[RunningServer, GatedSpeaker]) -> None:
    """Audio comes while it is spoken, and to leave the loop cancels the job."""
    server, engine = gated
    with Speech(server.url) as speech:
        for piece in speech.stream(TEXT, format="pcm", speed=1.5):
            assert piece
            happens(engine.reached)
            break
    happens(engine.go_on)


async def test_audio_is_streamed_asynchronously(gated: tuple[RunningServer, GatedSpeaker]) -> None:
    """The same for asyncio."""
    server, engine = gated
    async with AsyncSpeech(server.url) as speech:
        async for piece in speech.stream(TEXT):
            assert piece
            await asyncio.to_thread(happens, engine.reached)
            break
    await asyncio.to_thread(happens, engine.go_on)


def test_stream_is_the_whole_speech(server: RunningServer) -> None:
    """The pieces of a stream are the file that the job has."""
    with Speech(server.url) as speech:
        wav = b"".join(speech.stream("It works!", format="wav", seed=1))
        said = speech.say("It works!", seed=1)
        whole = said.audio()
        length = int.from_bytes(whole[40:44], "little")  # of the samples; tags follow
        assert wav.partition(b"data\xff\xff\xff\xff")[2] == whole[44 : 44 + length]


def test_stream_that_is_refused(server: RunningServer) -> None:
    """A refusal in OpenAI's form is the usual exception."""
    with Speech(server.url) as speech, pytest.raises(SpeechError, match="input: is empty") as failed:
        next(speech.stream(""))
    assert (failed.value.code, failed.value.status, failed.value.retryable) == ("bad_request", 400, False)


def test_stream_that_breaks(gated: tuple[RunningServer, GatedSpeaker]) -> None:
    """Audio without its end is an error, not an end."""
    with CuttingProxy(int(gated[0].url.rpartition(":")[2])) as proxy, Speech(proxy.url) as speech:
        pieces = speech.stream(TEXT)
        next(pieces)
        proxy.close()
        with pytest.raises(SpeechError, match="before the end") as failed:
            list(pieces)
    assert failed.value.code == CONNECTION_LOST


def test_queue_does_not_stream() -> None:
    """A queue has no streams, and the message says what has."""
    with Speech(endpoint_id="e1", api_key="k") as speech, pytest.raises(SpeechError, match="url of a server"):
        next(speech.stream("It works!"))


async def test_server_tells_what_it_offers_and_does(connect: Connect, server: RunningServer) -> None:
    """What will be spoken, what the server offers and its last jobs; a queue has only the first."""
    speech = connect(server.url)
    told = await done(speech.preview, "It cost $4.50.")
    assert [word["spoken"] for word in told["words"]] == ["It", "cost", "four dollars and fifty cents"]
    assert list((await done(speech.options))["engines"]) == ["espeak"]
    said = await done(speech.say, "Hello.")
    assert [job["id"] for job in await done(speech.jobs)] == [said.job_id]
    queue = connect(endpoint_id="abc", api_key="rpa_1")
    for call in (queue.options, queue.jobs):
        with pytest.raises(SpeechError, match="use the url of a server"):
            await done(call)


async def test_book_is_saved_with_all_its_files(connect: Connect, server: RunningServer, tmp_path: Path) -> None:
    """A book of a file on this machine: the whole under one name, and its chapters in a folder of it, in order."""
    source = tmp_path / "sea.md"
    source.write_text("# One\n\nIt rained.\n\n# The storm, at last!\n\nIt rained no more.", "utf-8")
    reports: list[Progress] = []
    said = await done(connect(server.url).book, source, captions="srt", progress=reports.append)
    paths = await done(said.save, tmp_path / "out", "sea")
    assert {str(path.relative_to(tmp_path / "out")) for path in paths.values()} == {
        "sea.m4b", "sea.txt", "sea.srt", "sea/01-one.mp3", "sea/01-one.srt", "sea/02-the-storm-at-last.mp3",
        "sea/02-the-storm-at-last.srt",
    }  # fmt: skip
    assert all(path.stat().st_size for path in paths.values())
    assert {report.chapters for report in reports if report.stage == "speak"} <= {2}
