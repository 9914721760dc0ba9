"""A job in, a reply out: the whole road with real speech, and every way in which a job can be wrong."""

from __future__ import annotations

import csv
import io
import json
import urllib.request
from collections.abc import Mapping
from typing import Any

import pysubs2
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handler import jobs
from handler.app import make_services
from handler.cancellation import Cancellation
from handler.captions import FORMATS
from handler.dispatch import dispatch
from handler.errors import StorageError
from handler.jobs import Listener
from handler.protocols import Services
from handler.settings import Settings

TEXT = "It cost $1,234.56 in 1999. [pause:1.5s] Don't worry, be happy! 🎉"
SHOWN = ["It", "cost", "$1,234.56", "in", "1999.", "Don't", "worry,", "be", "happy! 🎉"]


def read(url: str) -> bytes:
    body: bytes = urllib.request.urlopen(url).read()
    return body


def run(services: Services, **fields: Any) -> dict[str, Any]:
    return dispatch({"input": fields}, services)


def refused(reply: Mapping[str, Any], code: str, *words: str) -> None:
    assert reply["error_code"] == code
    for word in words:
        assert word in reply["error"]
    assert "Traceback" not in json.dumps(reply)


def test_script_becomes_speech_and_captions(services: Services) -> None:
    """All formats have the script's words in order, within the audio, which is silent at the script's pause."""
    reply = run(services, text=TEXT, return_word_timings=True, timing_format="all", seed=7)
    samples, rate = soundfile.read(io.BytesIO(read(reply["audio_url"])))
    assert len(samples) / rate == pytest.approx(reply["duration"], abs=0.001)
    assert (reply["status"], reply["seed"], reply["text"], reply["sample_rate"]) == ("completed", 7, TEXT, rate)
    assert (reply["word_count"], reply["timing_method"], reply["engine"]) == (9, "engine", "espeak")
    files = {name: read(url).decode("utf-8-sig") for name, url in reply["timing_files"].items()}
    assert set(files) == set(FORMATS)
    assert [row["word"] for row in csv.DictReader(io.StringIO(files["csv"]))] == SHOWN
    words = json.loads(files["json"])["words"]
    assert [word["word"] for word in words] == SHOWN
    for name in ("srt", "vtt", "ass"):
        events = pysubs2.SSAFile.from_string(files[name])
        assert [event.plaintext.strip() for event in events] == SHOWN
    pause = words[5]["start"] - words[4]["end"]
    assert pause == pytest.approx(1.5, abs=0.06)
    silence = samples[int((words[4]["end"] + pause / 2) * rate)]
    assert abs(silence) < 1e-4
    assert words[-1]["end"] <= reply["duration"]


def test_only_requested_formats_are_made(services: Services) -> None:
    """A job makes the requested caption formats and no others."""
    plain = run(services, text="Hello.")
    assert not {"timing_files", "word_count", "fonts", "ffmpeg"} & set(plain)
    assert set(run(services, text="Hello.", timing_format="vtt")["timing_files"]) == {"vtt"}


@pytest.mark.parametrize("format_", ["mp3", "flac", "ogg", "opus"])
def test_other_audio_formats_decode_to_the_same_length(services: Services, format_: str) -> None:
    """mp3, flac, ogg and opus files are as long as the reply says."""
    reply = run(services, text="Hello, world.", audio_format=format_)
    assert reply["audio_url"].endswith(format_)
    samples, rate = soundfile.read(io.BytesIO(read(reply["audio_url"])))
    assert len(samples) / rate == pytest.approx(reply["duration"], abs=0.08)


@pytest.mark.parametrize(
    ("format_", "rate", "made"), [("wav", 8000, 8000), ("mp3", 40_000, 44_100), ("ogg", 8000, 8000)]
)
def test_audio_has_the_rate_that_is_asked_for(services: Services, format_: str, rate: int, made: int) -> None:
    """sample_rate is the rate of the file, or the next one that its format has; the words stay in time with it."""
    fields = {"audio_format": format_, "sample_rate": rate, "timing_format": "json"}
    reply = run(services, text="Hello, world.", **fields)
    samples, rate = soundfile.read(io.BytesIO(read(reply["audio_url"])))
    assert rate == reply["sample_rate"] == made
    assert len(samples) / rate == pytest.approx(reply["duration"], abs=0.08)
    words = json.loads(read(reply["timing_files"]["json"]))["words"]
    assert words[-1]["end"] <= reply["duration"]


def test_seed_is_derived_and_returned(services: Services) -> None:
    """Without a seed each job draws its own and returns it."""
    seeds = {run(services, text="Hi.")["seed"] for _ in range(3)}
    assert len(seeds) == 3
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_aligner_can_be_requested(services: Services) -> None:
    """timing_method sphinx times the words close to the engine's own times."""
    times = {}
    for method in ("engine", "sphinx"):
        reply = run(
            services, text="The quick brown fox jumps over the lazy dog.", timing_format="json", timing_method=method
        )
        assert reply["timing_method"] == method
        times[method] = [word["start"] for word in json.loads(read(reply["timing_files"]["json"]))["words"]]
    apart = [abs(aligned - known) for aligned, known in zip(times["sphinx"], times["engine"], strict=True)]
    assert sorted(apart)[len(apart) // 2] < 0.03


def test_skipped_method_is_a_warning(services: Services) -> None:
    """When the requested method lacks the language, the next is used with a warning."""
    reply = run(services, text="Guten Tag.", language="de", timing_format="srt", timing_method="sphinx")
    assert reply["timing_method"] == "engine"
    assert "sphinx" in reply["warnings"][0]["message"]


def test_text_in_another_script_is_a_warning(services: Services) -> None:
    """A warning for Chinese text without a language names the likely language."""
    warnings = run(services, text="你好世界")["warnings"]
    assert [warning["code"] for warning in warnings] == ["language_doubtful"]
    assert "zh" in warnings[0]["message"]
    assert not run(services, text="你好世界", language="zh")["warnings"]


def test_second_delivery_returns_the_first_result(services: Services) -> None:
    """The same id with the same input returns the first result; another input is a new job."""
    event = {"id": "twice-u1", "input": {"text": "Hello.", "timing_format": "srt"}}
    first, second = dispatch(event, services), dispatch(event, services)
    assert first["seed"] == second["seed"]
    assert first["timing_files"] == second["timing_files"]
    assert first == second
    other = dispatch({"id": "twice-u1", "input": {"text": "Good bye."}}, services)
    assert other["text"] == "Good bye."


def test_names_of_the_predecessor_are_accepted(services: Services) -> None:
    """Endpoint tts is generate, local_voice is voice, and null is ignored."""
    assert run(services, endpoint="tts", text="Hi.", voice=None)["status"] == "completed"
    assert run(services, endpoint=None, text="Hi.")["status"] == "completed"
    refused(run(services, text="Hi.", local_voice="anna.wav"), "not_found", "voice", "anna")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (None, ["object"]), ([], ["object"]), ("x", ["object"]), ({}, ["input"]), ({"input": "x"}, ["input"]),
        ({"input": {"endpoint": "genrate", "text": "x"}}, ["endpoint", "generate"]),
        ({"input": {"endpoint": 5}}, ["endpoint"]),
        ({"input": {}}, ["text"]),
        ({"input": {"text": "🎉🎉"}}, ["text"]), ({"input": {"text": "... — !"}}, ["text"]),
        ({"input": {"text": "[pause:1s]"}}, ["text"]),
        ({"input": {"text": "x", "engine": "f7"}}, ["engine"]),
        ({"input": {"text": "x", "language": "xx"}}, ["language"]),
        ({"id": "../../etc", "input": {"text": "x"}}, ["id"]),
    ],
)  # fmt: skip
def test_malformed_job_is_a_bad_request(services: Services, event: object, words: list[str]) -> None:
    """A job of a wrong type, with unknown names or without words is a bad_request that names the field."""
    refused(dispatch(event, services), "bad_request", *words)


def test_unknown_engine_is_a_bad_request(environ: dict[str, str]) -> None:
    """The error names the field and the known engines."""
    services = make_services(Settings.read(environ))
    refused(run(services, text="x", engine="nope"), "bad_request", "engine", "espeak")


def test_engine_that_the_worker_does_not_load_is_refused(services: Services) -> None:
    """A request for an engine outside ENGINES is a bad_request that names the field, the engines and the setting."""
    refused(run(services, text="x", engine="f5"), "bad_request", "engine", "send espeak", "add f5 to its ENGINES")


def test_cancelled_job_is_reported_and_recorded(services: Services) -> None:
    """A job that is cancelled before its first chunk has the state CANCELLED in reply and record."""
    cancellation = Cancellation()

    def cancel(_: object) -> None:
        cancellation.cancel()

    reply = dispatch(
        {"id": "c1", "input": {"text": TEXT}},
        services,
        listener=Listener(on_progress=cancel),
        cancellation=cancellation,
    )
    refused(reply, "cancelled")
    assert jobs.load(services.store, "c1").state == jobs.CANCELLED


def test_unexpected_error_is_internal_and_reveals_nothing(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client gets a sentence without path, type or traceback."""
    monkeypatch.setattr("handler.media.audio.encode", lambda *_, **__: 1 / 0)
    reply = dispatch({"id": "i1", "input": {"text": "Hi."}}, services)
    refused(reply, "internal")
    assert "division" not in reply["error"]
    assert reply["retryable"]
    assert jobs.load(services.store, "i1").state == jobs.FAILED


def test_progress_counts_chunks(services: Services) -> None:
    """Progress counts each chunk of a long script up to the last, then the upload."""
    reports: list[dict[str, Any]] = []
    dispatch(
        {"input": {"text": "This is a sentence of some length, as they go. " * 30}},
        services,
        listener=Listener(on_progress=reports.append),
    )
    spoken = [progress["done"] for progress in reports if progress["stage"] == "speak"]
    assert spoken == list(range(reports[0]["total"] + 1))
    assert reports[0]["total"] > 3
    assert reports[-1]["stage"] == "upload"


@given(st.text(max_size=60))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_spoken_and_captioned_or_refused(services: Services, text: str) -> None:
    """Any text gives captions with ordered words and times, or a bad_request."""
    reply = run(services, text=text, timing_format="json")
    if "error" in reply:
        assert reply["error_code"] == "bad_request"
        return
    data = json.loads(read(reply["timing_files"]["json"]))
    starts = [word["start_char"] for word in data["words"]]
    assert starts == sorted(set(starts))
    assert all(0 <= word["start"] <= word["end"] <= data["duration"] + 0.001 for word in data["words"])


def test_thousands_of_issues_give_a_short_reply(services: Services) -> None:
    """Thousands of unknown fields, a huge name and deep nesting get a short refusal."""
    many = run(services, **{f"field{number}": 1 for number in range(20_000)})
    refused(many, "bad_request", "and 19981 more")
    assert len(many["issues"]) == 50
    refused(run(services, endpoint="x" * 1_000_000), "bad_request", "endpoint")
    deep: Any = "word"
    for level in range(3000):
        deep = {"preset": deep} if level % 2 else [deep]
    refused(run(services, text="Hi.", caption_style=deep), "bad_request", "nested too deeply")
    for reply in (many, run(services, endpoint="x" * 1_000_000), run(services, text="Hi.", **{"y" * 100_000: 1})):
        assert len(json.dumps(reply)) < 20_000


def test_refused_job_has_a_record(services: Services) -> None:
    """The record of a refused job has its error."""
    dispatch({"id": "refused-1", "input": {"text": "Hi.", "speed": 9}}, services)
    record = run(services, endpoint="status", job_id="refused-1")
    assert (record["state"], record["job_error"]["error_code"]) == (jobs.FAILED, "bad_request")


def test_second_delivery_while_running_gives_the_same_speech(services: Services) -> None:
    """Two deliveries of one job draw the same seed."""
    event = {"id": "both-1", "input": {"text": "Hello."}}
    first = dispatch(event, services)
    services.store.delete("jobs/both-1.json")
    assert dispatch(event, services)["seed"] == first["seed"]
    assert dispatch({**event, "id": "both-2"}, services)["seed"] != first["seed"]


def test_out_of_memory_refreshes_the_worker(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """out_of_memory is retryable and asks RunPod to replace the worker."""

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("handler.media.audio.encode", full)
    reply = run(services, text="Hi.")
    refused(reply, "out_of_memory")
    assert reply["retryable"]
    assert reply["refresh_worker"]


def test_cause_of_an_error_is_logged(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets one sentence; the log has its cause once."""

    def broken(*_: object, **__: object) -> None:
        raise StorageError("the bucket is away") from OSError("host db-17 port 9000")

    monkeypatch.setattr(services.store, "put", broken)
    reply = run(services, text="Hi.")
    refused(reply, "storage_error", "the bucket is away")
    assert "db-17" not in json.dumps(reply)
    assert sum("host db-17" in (record.exc_text or "") for record in caplog.records if "refused" in record.message) == 1


def test_record_of_another_version_is_read(services: Services) -> None:
    """Unknown fields of a record are ignored; a malformed record counts as none."""
    dispatch({"id": "v2", "input": {"text": "Hi."}}, services)
    record = json.loads(services.store.get("jobs/v2.json")) | {"colour": "blue"}
    services.store.put("jobs/v2.json", json.dumps(record).encode(), "application/json")
    assert run(services, endpoint="download", job_id="v2")["status"] == "ready"
    services.store.put("jobs/v2.json", b"<html>", "application/json")
    refused(run(services, endpoint="status", job_id="v2"), "not_found", "v2")


def test_failures_are_remembered_without_the_words_of_the_client(services: Services) -> None:
    """The newest failures say which job failed at what, and quote nothing; those that succeed leave no trace."""
    dispatch({"id": "a", "input": {"text": "Hello.", "engine": "secret"}}, services)
    dispatch({"id": "b", "input": {"endpoint": "status", "job_id": "c"}}, services)
    dispatch({"id": "d", "input": {"endpoint": "status"}}, services)
    dispatch("nothing", services)
    failures = [(one.job_id, one.endpoint, one.code) for one in services.failures]
    assert failures[:2] == [("a", "generate", "bad_request"), ("b", "status", "not_found")]
    assert failures[2][1:] == ("unknown", "bad_request")
    assert len(failures) == 3
    assert services.failures[0].message.startswith("engine: … is not known; known are ")
    assert services.failures[0].time <= services.failures[-1].time


def test_failures_that_are_remembered_are_limited(services: Services) -> None:
    """A worker that fails for weeks keeps the last failures alone."""
    for number in range(services.failures.maxlen or 0):
        dispatch({"id": str(number), "input": {}}, services)
    dispatch({"id": "last", "input": {}}, services)
    assert [services.failures[0].job_id, services.failures[-1].job_id] == ["1", "last"]
