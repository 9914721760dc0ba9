"""A job in, a reply out: the whole road with real speech, and every way in which a job can be wrong."""

from __future__ import annotations

import csv
import io
import json
import time
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
from handler.dispatch import dispatch
from handler.errors import JobTimeout, StorageError
from handler.protocols import Services
from handler.settings import Settings
from tests.support.stub_backends import full

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


def test_a_script_becomes_speech_and_captions_in_time(services: Services) -> None:
    """All five formats hold the script's own words in order, inside the audio, and silent where the script pauses."""
    reply = run(services, text=TEXT, return_word_timings=True, timing_format="all", seed=7)
    samples, rate = soundfile.read(io.BytesIO(read(reply["audio_url"])))
    assert len(samples) / rate == pytest.approx(reply["duration"], abs=0.001)
    assert (reply["status"], reply["seed"], reply["text"], reply["sample_rate"]) == ("completed", 7, TEXT, rate)
    assert (reply["word_count"], reply["timing_method"], reply["engine"]) == (9, "engine", "espeak")
    files = {name: read(url).decode("utf-8-sig") for name, url in reply["timing_files"].items()}
    assert set(files) == {"srt", "vtt", "csv", "json", "ass"}
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


def test_only_what_is_asked_for_is_made(services: Services) -> None:
    """Without captions asked for there are none; with one format there is one."""
    plain = run(services, text="Hello.")
    assert not {"timing_files", "word_count", "fonts", "ffmpeg"} & set(plain)
    assert set(run(services, text="Hello.", timing_format="vtt")["timing_files"]) == {"vtt"}


@pytest.mark.parametrize("format_", ["mp3", "flac", "ogg"])
def test_other_audio_formats_decode_to_the_same_length(services: Services, format_: str) -> None:
    """mp3, flac and ogg files are as long as the reply says."""
    reply = run(services, text="Hello, world.", audio_format=format_)
    assert reply["audio_url"].endswith(format_)
    samples, rate = soundfile.read(io.BytesIO(read(reply["audio_url"])))
    assert len(samples) / rate == pytest.approx(reply["duration"], abs=0.08)


def test_seed_is_derived_and_returned(services: Services) -> None:
    """Without a seed each job has one of its own, and says which."""
    seeds = {run(services, text="Hi.")["seed"] for _ in range(3)}
    assert len(seeds) == 3
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_an_aligner_can_be_asked_for(services: Services) -> None:
    """timing_method sphinx times the words by listening, close to what the engine itself says."""
    times = {}
    for method in ("engine", "sphinx"):
        reply = run(
            services, text="The quick brown fox jumps over the lazy dog.", timing_format="json", timing_method=method
        )
        assert reply["timing_method"] == method
        times[method] = [word["start"] for word in json.loads(read(reply["timing_files"]["json"]))["words"]]
    apart = [abs(heard - known) for heard, known in zip(times["sphinx"], times["engine"], strict=True)]
    assert sorted(apart)[len(apart) // 2] < 0.03


def test_timings_that_fail_do_not_cost_the_audio(services: Services) -> None:
    """In a language that no aligner allowed here knows, the audio is returned, with no timings and a warning why."""
    reply = run(
        services, text="Guten Tag.", language="de", timing_format="all", timing_method="sphinx", timing_strict=True
    )
    assert reply["timing_files"] == {}
    assert [warning["code"] for warning in reply["warnings"]] == ["timing_method_passed_over", "timings_failed"]
    assert read(reply["audio_url"])


def test_skipped_method_is_a_warning(services: Services) -> None:
    """Asked for a method that cannot do the language, the job falls to the next and says so."""
    reply = run(services, text="Guten Tag.", language="de", timing_format="srt", timing_method="sphinx")
    assert reply["timing_method"] == "engine"
    assert "sphinx" in reply["warnings"][0]["message"]


def test_ignored_options_are_a_warning(services: Services) -> None:
    """A knob of F5's that is turned for espeak is named in a warning, one left alone is not."""
    reply = run(services, text="Hello.", cfg_strength=3.0, speed=1.2)
    assert [warning["code"] for warning in reply["warnings"]] == ["option_ignored"]
    assert "cfg_strength" in reply["warnings"][0]["message"]
    assert "speed" not in reply["warnings"][0]["message"]


def test_text_in_another_script_is_a_warning(services: Services) -> None:
    """Chinese sent without a language is read as English: the reply says which language was probably meant."""
    warnings = run(services, text="你好世界")["warnings"]
    assert [warning["code"] for warning in warnings] == ["language_doubtful"]
    assert "zh" in warnings[0]["message"]
    assert not run(services, text="你好世界", language="zh")["warnings"]


def test_download_finds_files_by_job(services: Services) -> None:
    """download signs the audio and each caption format of a finished job, and says what else there is."""
    reply = run(services, text="Hello.", timing_format=["srt", "json"])
    job_id = reply["job_id"]
    audio = run(services, endpoint="download", job_id=job_id)
    assert (audio["status"], audio["content_type"]) == ("ready", "audio/wav")
    assert read(audio["audio_url"]) == read(reply["audio_url"])
    timing = run(services, endpoint="download", job_id=job_id, type="timing", format="json", expires_in=60)
    assert read(timing["timing_url"]) == read(reply["timing_files"]["json"])
    assert timing["expires_in"] == 60
    assert run(services, endpoint="download", job_id=job_id, type="timing")["filename"].endswith(".srt")
    refused(run(services, endpoint="download", job_id=job_id, type="timing", format="ass"), "not_found", "timing.srt")
    refused(run(services, endpoint="download", job_id=job_id, type="video"), "not_found", "audio")
    refused(run(services, endpoint="download", job_id=job_id, format="srt"), "bad_request", "format")
    refused(run(services, endpoint="download", job_id="no-such"), "not_found", "no-such")
    services.store.delete(f"output/{job_id}.wav")
    refused(run(services, endpoint="download", job_id=job_id), "not_found", "removed")


def test_status_reports_a_job_and_the_worker(services: Services) -> None:
    """A job's record has its state and outputs; the worker's health counts jobs and errors, and loads no engine."""
    health = run(services, endpoint="status")
    assert (health["state"], health["engine"], health["device"]) == ("cold", "espeak", None)
    assert services.engines.loaded("espeak") is None
    job_id = run(services, text="Hello.")["job_id"]
    run(services, text="")
    record = run(services, endpoint="status", job_id=job_id)
    assert (record["state"], record["endpoint"], record["job_error"]) == (jobs.COMPLETED, "generate", None)
    assert record["outputs"]["audio"]["media_type"] == "audio/wav"
    health = run(services, endpoint="status")
    assert (health["state"], health["recent_errors"]) == ("ready", {"bad_request": 1})
    assert health["jobs"]["failed"] == 1
    assert health["aligners"]["sphinx"] == "ready"
    assert health["versions"]["python"]
    assert health["model_license"]


def test_a_job_delivered_twice_is_done_once(services: Services) -> None:
    """The same id with the same input returns the first result; with another input it is a new job."""
    event = {"id": "twice-u1", "input": {"text": "Hello.", "timing_format": "srt"}}
    first, second = dispatch(event, services), dispatch(event, services)
    assert first["seed"] == second["seed"]
    assert first["timing_files"] == second["timing_files"]
    assert first == second
    other = dispatch({"id": "twice-u1", "input": {"text": "Good bye."}}, services)
    assert other["text"] == "Good bye."


def test_names_of_the_predecessor_are_accepted(services: Services) -> None:
    """endpoint tts is generate, null is left out, local_voice is voice."""
    assert run(services, endpoint="tts", text="Hi.", voice=None)["status"] == "completed"
    assert run(services, endpoint=None, text="Hi.")["status"] == "completed"
    refused(run(services, text="Hi.", local_voice="anna.wav"), "bad_request", "voice", "espeak")


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
def test_a_bad_job_gets_one_clear_sentence(services: Services, event: object, words: list[str]) -> None:
    """A job that is no object, names nothing known or holds nothing to speak is bad_request and names the culprit."""
    refused(dispatch(event, services), "bad_request", *words)


def test_missing_engine_is_a_config_error(environ: dict[str, str]) -> None:
    """A setting that cannot work is a config_error that lists what is known."""
    services = make_services(Settings.read(environ))
    refused(run(services, text="x", engine="nope"), "bad_request", "engine", "espeak")


def test_cancelled_job_is_reported_and_recorded(services: Services) -> None:
    """A job cancelled before its first chunk is done ends as cancelled, in its reply and in its record."""
    cancellation = Cancellation()

    def cancel(_: object) -> None:
        cancellation.cancel()

    reply = dispatch({"id": "c1", "input": {"text": TEXT}}, services, notify=cancel, cancellation=cancellation)
    refused(reply, "cancelled")
    assert jobs.load(services.store, "c1").state == jobs.CANCELLED


def test_unexpected_error_is_internal_and_reveals_nothing(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is logged whole; the client gets a sentence without path, type or traceback."""
    monkeypatch.setattr("handler.media.audio.encode", lambda *_: 1 / 0)
    reply = dispatch({"id": "i1", "input": {"text": "Hi."}}, services)
    refused(reply, "internal")
    assert "division" not in reply["error"]
    assert reply["retryable"]
    assert jobs.load(services.store, "i1").state == jobs.FAILED


def test_progress_counts_chunks(services: Services) -> None:
    """A long script reports each chunk as it is spoken, from none to all, then the upload."""
    heard: list[dict[str, Any]] = []
    dispatch({"input": {"text": "This is a sentence of some length, as they go. " * 30}}, services, notify=heard.append)
    spoken = [progress["done"] for progress in heard if progress["stage"] == "speak"]
    assert spoken == list(range(heard[0]["total"] + 1))
    assert heard[0]["total"] > 3
    assert heard[-1]["stage"] == "upload"


@given(st.text(max_size=60))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_spoken_and_captioned_or_refused(services: Services, text: str) -> None:
    """Whatever is sent, the reply is speech whose captions hold the script's words in order, or a clear refusal."""
    reply = run(services, text=text, timing_format="json")
    if "error" in reply:
        assert reply["error_code"] == "bad_request"
        return
    data = json.loads(read(reply["timing_files"]["json"]))
    starts = [word["start_char"] for word in data["words"]]
    assert starts == sorted(set(starts))
    assert all(0 <= word["start"] <= word["end"] <= data["duration"] + 0.001 for word in data["words"])


def test_thousands_of_issues_give_a_short_reply(services: Services) -> None:
    """Twenty thousand unknown fields, a name of a megabyte and a style without a bottom each get a small refusal."""
    many = run(services, **{f"field{number}": 1 for number in range(20_000)})
    refused(many, "bad_request", "and 19951 more")
    assert len(many["issues"]) == 50
    refused(run(services, endpoint="x" * 1_000_000), "bad_request", "endpoint")
    deep: Any = "word"
    for _ in range(3000):
        deep = {"preset": deep}
    refused(run(services, text="Hi.", caption_style=deep), "bad_request")
    for reply in (many, run(services, endpoint="x" * 1_000_000), run(services, text="Hi.", **{"y" * 100_000: 1})):
        assert len(json.dumps(reply)) < 20_000


def test_refused_job_has_a_record(services: Services) -> None:
    """A job whose request was refused has a record that says so."""
    dispatch({"id": "refused-1", "input": {"text": "Hi.", "speed": 9}}, services)
    record = run(services, endpoint="status", job_id="refused-1")
    assert (record["state"], record["job_error"]["error_code"]) == (jobs.FAILED, "bad_request")


def test_second_delivery_while_running_gives_the_same_speech(services: Services) -> None:
    """Two deliveries of one job at the same time draw the same seed, so that their files are of one speech."""
    event = {"id": "both-1", "input": {"text": "Hello."}}
    first = dispatch(event, services)
    services.store.delete("jobs/both-1.json")
    assert dispatch(event, services)["seed"] == first["seed"]
    assert dispatch({**event, "id": "both-2"}, services)["seed"] != first["seed"]


def test_out_of_memory_refreshes_the_worker(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of memory is its own code, can be tried again, and tells RunPod to replace the worker."""

    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("handler.media.audio.encode", full)
    reply = run(services, text="Hi.")
    refused(reply, "out_of_memory")
    assert reply["retryable"]
    assert reply["refresh_worker"]


def test_cause_of_an_error_is_logged(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The client reads one sentence; its cause, with the details, is logged once."""

    def broken(*_: object, **__: object) -> None:
        raise StorageError("the bucket is away") from OSError("host db-17 port 9000")

    monkeypatch.setattr(services.store, "put", broken)
    reply = run(services, text="Hi.")
    refused(reply, "storage_error", "the bucket is away")
    assert "db-17" not in json.dumps(reply)
    assert sum("host db-17" in (record.exc_text or "") for record in caplog.records if "refused" in record.message) == 1


def test_captions_that_break_do_not_cost_the_audio(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in the layout, a file of captions that is not stored, time that runs out: the speech is returned."""
    timed_out = make_services(services.settings.model_copy(update={"job_timeout": 60.0}))

    def broken(*_: object) -> None:
        raise IndexError("layout")

    with monkeypatch.context() as patch:
        patch.setattr("handler.pipeline.captioning.cues", broken)
        reply = run(services, text="Hello.", timing_format="srt")
    assert reply["timing_files"] == {}
    assert [warning["code"] for warning in reply["warnings"]] == ["timings_failed"]
    assert read(reply["audio_url"])

    with monkeypatch.context() as patch:
        full(services, patch, lambda key: key.startswith("timings/"))
        reply = run(services, text="Hello.", timing_format=["srt", "ass"])
    assert reply["timing_files"] == {}
    assert {warning["code"] for warning in reply["warnings"]} == {"file_not_kept"}
    assert read(reply["audio_url"])

    clock = time.monotonic
    with monkeypatch.context() as patch:

        def late(*_: object) -> None:
            patch.setattr("handler.jobs.time.monotonic", lambda: clock() + 1000)
            raise JobTimeout("too late")

        patch.setattr("handler.pipeline.captioning.cues", late)
        reply = run(timed_out, text="Hello.", timing_format="srt")
    assert [warning["code"] for warning in reply["warnings"]] == ["timings_failed"]
    assert read(reply["audio_url"])


def test_record_of_another_version_is_read(services: Services) -> None:
    """A field that this version does not know is passed over; a record that is no record is as none."""
    dispatch({"id": "v2", "input": {"text": "Hi."}}, services)
    record = json.loads(services.store.get("jobs/v2.json")) | {"colour": "blue"}
    services.store.put("jobs/v2.json", json.dumps(record).encode(), "application/json")
    assert run(services, endpoint="download", job_id="v2")["status"] == "ready"
    services.store.put("jobs/v2.json", b"<html>", "application/json")
    refused(run(services, endpoint="status", job_id="v2"), "not_found", "v2")
