"""The real Google client against a server of its own protobufs: what is sent, what comes of it, what failures say."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.cloud.speech_v1.types import RecognitionConfig, RecognizeRequest, RecognizeResponse

from handler.aligners import google_limits, google_speech
from handler.aligners.google_speech import GoogleSpeechAligner
from handler.errors import AlignmentError, ConfigError
from handler.settings import Settings
from handler.types import Samples, WordTime
from tests.support.cancellations import Stop
from tests.support.google_server import GoogleServer, Refusal, google, response

__all__ = ["google"]

ROOT = Path(__file__).parent.parent.parent

RATE = 24_000
WORDS = ["some", "call", "me", "nature"]
TIMED = [("some", 0.0, 0.5), ("call", 0.5, 1.0), ("me", 1.0, 1.5), ("nature", 1.5, 2.0)]


@pytest.fixture
def aligner(google: GoogleServer, account: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> GoogleSpeechAligner:
    """The aligner, talking to the server on this machine; it tries again at once."""
    monkeypatch.setattr(google_speech, "MAX_FIRST_DELAY_S", 0.001)
    environ = {
        "GOOGLE_CREDENTIALS_JSON": json.dumps(account),
        "GOOGLE_SPEECH_ENDPOINT": f"http://{google.address}",
    }
    return GoogleSpeechAligner(Settings.read(environ))


def tone(seconds: float, rate: int = RATE) -> Samples:
    """Sound without a pause."""
    return (0.3 * np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 440 / rate)).astype(np.float32)


def silence(seconds: float, rate: int = RATE) -> Samples:
    return np.zeros(round(seconds * rate), np.float32)


def seconds(request: RecognizeRequest) -> float:
    return len(request.audio.content) / 2 / request.config.sample_rate_hertz


def placed(times: Sequence[WordTime | None]) -> list[tuple[float, float] | None]:
    return [(round(time.start, 2), round(time.end, 2)) if time else None for time in times]


def test_words_have_googles_times(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """If every word is recognised, the result has each word's time and Google's confidence."""
    google.answer = lambda _: response(TIMED[:2], TIMED[2:], confidence=0.8)
    times = aligner.align(tone(2), RATE, WORDS, "en")
    assert placed(times) == [(0, 0.5), (0.5, 1), (1, 1.5), (1.5, 2)]
    assert [time.confidence for time in times if time] == pytest.approx([0.8] * 4)


def test_the_request_has_audio_settings_and_hints(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """One request has the samples as LINEAR16 at their own rate, asks for word times, and hints at the script."""
    google.answer = lambda _: response(TIMED)
    samples = tone(2)
    aligner.align(samples, RATE, WORDS, "en")
    (request,) = google.requests
    config = request.config
    assert config.encoding == RecognitionConfig.AudioEncoding.LINEAR16
    assert config.sample_rate_hertz == RATE
    assert config.language_code == "en-US"
    assert config.enable_word_time_offsets
    assert config.enable_word_confidence
    assert [list(context.phrases) for context in config.speech_contexts] == [["some call me nature"]]
    sent = np.frombuffer(request.audio.content, "<i2") / 32767
    assert np.abs(sent - samples).max() < 1e-4


def test_no_credentials_go_over_a_plain_connection(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """The server on this machine, which is talked to without encryption, is shown no token."""
    google.answer = lambda _: response(TIMED)
    aligner.align(tone(2), RATE, WORDS, "en")
    assert "authorization" not in google.metadata[0]


@pytest.mark.parametrize(("rate", "sent"), [(96_000, 48_000), (4_000, 8_000), (16_000, 16_000)])
def test_sample_rates_are_brought_into_googles_range(
    google: GoogleServer, aligner: GoogleSpeechAligner, rate: int, sent: int
) -> None:
    """Rates out of Google's range are brought to its nearer end; times stay those of the recording."""
    google.answer = lambda _: response(TIMED)
    assert placed(aligner.align(tone(2, rate), rate, WORDS, "en"))[3] == (1.5, 2)
    assert google.requests[0].config.sample_rate_hertz == sent
    assert seconds(google.requests[0]) == pytest.approx(2, abs=0.01)


SPELLING = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey xray yankee zulu"
)
NATO = SPELLING.split()


def spoken(words: int, length: float, pause: float, rate: int) -> Samples:
    """The first words of NATO, each with a loudness by which `recognised` identifies it."""
    sounds = [part for at in range(words) for part in ((at + 4) / 40 * tone(length, rate), silence(pause, rate))]
    return np.concatenate(sounds).astype(np.float32)


def recognised(request: RecognizeRequest) -> RecognizeResponse:
    """Google's response to a piece of `spoken`; like Google, it counts each pause to the word after it."""
    rate = request.config.sample_rate_hertz
    content = np.frombuffer(request.audio.content, "<i2").astype(np.float32) / 32767
    sounding = np.flatnonzero(np.abs(content) > 0.01)
    breaks = np.flatnonzero(np.diff(sounding) > rate / 10)
    edges = zip(sounding[[0, *(breaks + 1)]], sounding[[*breaks, -1]], strict=True)
    timed, end = [], 0.0
    for first, last in edges:
        word = NATO[round(float(np.abs(content[first:last]).max()) / 0.3 * 40) - 4]
        start, end = end, round(last / rate, 1)
        timed.append((word, start, end))
    return response(timed)


def test_long_audio_is_cut_in_its_pauses(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """Pieces are under a minute and 10 MB, none cuts a word, and every word has its place in the whole, cut to the
    sound of it."""
    rate = 48_000
    google.answer = recognised
    times = aligner.align(spoken(26, 4.5, 0.5, rate), rate, NATO, "en")
    assert len(google.requests) == 3
    assert all(seconds(request) < 60 and len(request.audio.content) < 10_000_000 for request in google.requests)
    assert sum(map(seconds, google.requests)) == pytest.approx(130, abs=0.01)
    for number, time in enumerate(times):
        assert time
        assert time.start == pytest.approx(5 * number, abs=0.05)
        assert time.end == pytest.approx(5 * number + 4.5, abs=0.06)


def test_pauses_belong_to_no_word(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """By rounding a word may reach into the one before and the one after it: it is cut to its own sound."""
    samples = np.concatenate([part for _ in WORDS for part in (tone(0.6), silence(0.4))])
    timed = [(word, max(0.0, at - 0.45), min(4.0, at + 1.05)) for at, word in enumerate(WORDS)]
    google.answer = lambda _: response(timed)
    times = aligner.align(samples, RATE, WORDS, "en")
    assert [time.start for time in times if time] == pytest.approx([0, 1, 2, 3], abs=0.03)
    assert [time.end for time in times if time] == pytest.approx([0.6, 1.6, 2.6, 3.6], abs=0.04)


def test_at_most_four_requests_run_in_parallel(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """Of eight pieces four are requested at a time: the server waits for four, and never gets a fifth."""
    four = threading.Barrier(google_speech.MAX_PARALLEL_REQUESTS)

    def answer(request: RecognizeRequest) -> RecognizeResponse:
        four.wait(30)
        return recognised(request)

    google.answer = answer
    rate = 8_000
    aligner.align(spoken(8, 45, 5, rate), rate, NATO[:8], "en")
    assert len(google.requests) == 8
    assert google.max_parallel == 4


def test_each_piece_has_hints_from_its_part_of_the_script(
    google: GoogleServer, aligner: GoogleSpeechAligner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If not all phrases fit, the first piece gets those of the script's beginning and the last those of its end."""
    monkeypatch.setattr(google_limits, "MAX_PHRASES", 1)
    google.answer = recognised
    rate = 8_000
    aligner.align(spoken(26, 4.5, 0.5, rate), rate, NATO, "en")
    hints = {request.config.speech_contexts[0].phrases[0] for request in google.requests}
    assert hints == {" ".join(NATO[5 * at : 5 * at + 5]) for at in (1, 3, 5)}


def test_a_piece_without_words_leaves_the_others(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """If one piece gives no words, the others' words keep their times; words not recognised are None."""

    def answer(request: RecognizeRequest) -> RecognizeResponse:
        words = recognised(request)
        first = words.results[0].alternatives[0].words[0].word
        return words if first == "alpha" else response([])

    google.answer = answer
    rate = 8_000
    times = aligner.align(spoken(12, 9, 1, rate), rate, NATO[:12], "en")
    known = [time is not None for time in times]
    assert known[0]
    assert known == sorted(known, reverse=True)
    assert not known[-1]


def test_a_wrong_script_has_low_confidence(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """The right words score Google's confidence; the same words shuffled score far below."""
    google.answer = recognised
    rate = 8_000
    samples = spoken(10, 1.5, 0.5, rate)
    right = aligner.align(samples, rate, NATO[:10], "en")
    shuffled = aligner.align(samples, rate, NATO[9:4:-1] + NATO[:5], "en")
    assert mean(right) == pytest.approx(0.9)
    assert mean(shuffled) < 0.5


def mean(times: Sequence[WordTime | None]) -> float:
    return sum(time.confidence for time in times if time) / len(times)


def test_a_missing_confidence_is_that_of_the_sentence(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """Zero means none: then the alternative's confidence counts, and 1 if that is zero, too."""
    answer = response(TIMED, confidence=0.7)
    for word in answer.results[0].alternatives[0].words:
        word.confidence = 0
    google.answer = lambda _: answer
    assert mean(aligner.align(tone(2), RATE, WORDS, "en")) == pytest.approx(0.7)
    answer.results[0].alternatives[0].confidence = 0
    assert mean(aligner.align(tone(2), RATE, WORDS, "en")) == pytest.approx(1)


def test_both_types_of_time_are_read() -> None:
    """A timedelta, and protobuf's own Duration, which older clients hand out, are the same number of seconds."""
    from google.protobuf.duration_pb2 import Duration  # type: ignore[import-untyped]

    assert google_speech._seconds(timedelta(seconds=1.7)) == pytest.approx(1.7)
    assert google_speech._seconds(Duration(seconds=1, nanos=700_000_000)) == pytest.approx(1.7)


def test_times_past_the_audio_are_cut(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """No word ends after the recording, whatever Google says."""
    google.answer = lambda _: response([*TIMED[:3], ("nature", 1.5, 9.0)])
    assert placed(aligner.align(tone(2), RATE, WORDS, "en"))[3] == (1.5, 2)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (response([]), "found no words"),
        (response(), "found no words"),
        (RecognizeResponse(results=[{"alternatives": []}]), "found no words"),
        (response([], transcript="some call me nature"), "without word times"),
    ],
)
def test_an_empty_transcript_raises(
    google: GoogleServer, aligner: GoogleSpeechAligner, answer: RecognizeResponse, sentence: str
) -> None:
    """A reply without words, or a transcript without times, is an alignment error that says so."""
    google.answer = lambda _: answer
    with pytest.raises(AlignmentError, match=sentence):
        aligner.align(tone(2), RATE, WORDS, "en")


@pytest.mark.parametrize("samples", [silence(3), silence(0), np.full(100, np.nan, np.float32)])
def test_silence_and_nan_are_not_sent(google: GoogleServer, aligner: GoogleSpeechAligner, samples: Samples) -> None:
    """Silence, nothing and numbers that are none are refused here: Google bills by the second."""
    with pytest.raises(AlignmentError, match="audio: "):
        aligner.align(samples, RATE, WORDS, "en")
    assert google.requests == []


@pytest.mark.parametrize(
    ("status", "sentence", "retryable", "attempts"),
    [
        ("PERMISSION_DENIED", "enable the Cloud Speech-to-Text API", False, 1),
        ("UNAUTHENTICATED", "make a new key", False, 1),
        ("RESOURCE_EXHAUSTED", "quota", True, 1),
        ("UNAVAILABLE", "could not be reached", True, 3),
        ("DEADLINE_EXCEEDED", "did not answer in time", True, 3),
        ("INTERNAL", "Google answered INTERNAL", False, 1),
    ],
)
def test_each_refusal_names_its_remedy(
    google: GoogleServer, aligner: GoogleSpeechAligner, status: str, sentence: str, retryable: bool, attempts: int
) -> None:
    """A refusal is one sentence without Google's own words; only what may pass is tried again, twice."""

    def refuse(_: RecognizeRequest) -> RecognizeResponse:
        raise Refusal(status, "project 1234 at https://example.com/secret")

    google.answer = refuse
    with pytest.raises(AlignmentError, match=sentence) as caught:
        aligner.align(tone(2), RATE, WORDS, "en")
    assert caught.value.retryable is retryable
    assert "1234" not in caught.value.message
    assert "example.com" not in caught.value.message
    assert len(google.requests) == attempts


def test_an_unknown_language_quotes_googles_message(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """An invalid argument repeats what Google says of it, and names the language."""

    def refuse(_: RecognizeRequest) -> RecognizeResponse:
        raise Refusal("INVALID_ARGUMENT", "Invalid recognition 'config': bad language code.")

    google.answer = refuse
    with pytest.raises(AlignmentError, match=r"language tlh.*bad language code"):
        aligner.align(tone(2), RATE, WORDS, "tlh")
    assert google.requests[0].config.language_code == "tlh"


def test_temporary_failures_are_retried(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """Two failures that may pass, then an answer: the words are there."""
    left = iter(["UNAVAILABLE", "DEADLINE_EXCEEDED"])

    def answer(_: RecognizeRequest) -> RecognizeResponse:
        if status := next(left, None):
            raise Refusal(status)
        return response(TIMED)

    google.answer = answer
    assert None not in aligner.align(tone(2), RATE, WORDS, "en")
    assert len(google.requests) == 3


def test_a_server_that_never_answers_times_out(
    google: GoogleServer, aligner: GoogleSpeechAligner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt has its own time limit; after three of them the error says that no answer came in time."""
    call, limits = aligner._call, list[float]()

    def attempt(*given: Any, timeout: float, **options: Any) -> RecognizeResponse:
        limits.append(timeout)
        return call(*given, timeout=0.2, **options)

    monkeypatch.setattr(aligner, "_call", attempt)

    def never(_: RecognizeRequest) -> RecognizeResponse:
        google.closing.wait(60)
        return response([])

    google.answer = never
    with pytest.raises(AlignmentError, match="did not answer in time"):
        aligner.align(tone(2), RATE, WORDS, "en")
    assert limits == [google_speech.REQUEST_TIMEOUT_S] * 3


@pytest.mark.parametrize("kind", Stop.KINDS)
def test_a_stopped_job_leaves_its_calls(google: GoogleServer, aligner: GoogleSpeechAligner, kind: str) -> None:
    """The calls of a job that has ended do not go on, however long the server is silent, and the next job is served."""
    stop = Stop(kind)

    def never(_: RecognizeRequest) -> RecognizeResponse:
        stop.now()
        google.closing.wait()
        return response([])

    google.answer = never
    with pytest.raises(stop.error):
        stop.cancellation.run(aligner.align, tone(2), RATE, WORDS, "en")
    for _ in google.requests:
        assert google.ended.acquire(timeout=30)
    google.answer = lambda _: response(TIMED)
    assert None not in aligner.align(tone(2), RATE, WORDS, "en")


def test_an_unreachable_server_raises(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """Without a connection the error says that Google could not be reached."""
    google.stop()
    with pytest.raises(AlignmentError, match="could not be reached"):
        aligner.align(tone(2), RATE, WORDS, "en")


def test_after_a_failure_the_other_pieces_are_not_sent(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """A quota that is used up at the first piece spares the ones that were still waiting."""

    def refuse(_: RecognizeRequest) -> RecognizeResponse:
        raise Refusal("RESOURCE_EXHAUSTED")

    google.answer = refuse
    with pytest.raises(AlignmentError, match="quota"):
        aligner.align(spoken(26, 45, 5, 8_000), 8_000, NATO, "en")
    assert len(google.requests) < 26


def test_a_wrong_private_key_raises_without_quoting_it(
    account: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """A key that looks whole but is none makes a config error that repeats nothing of it."""
    wrong = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    environ = {"GOOGLE_CREDENTIALS_JSON": json.dumps(account | {"private_key": wrong})}
    with pytest.raises(ConfigError, match="cannot be used") as caught:
        GoogleSpeechAligner(Settings.read(environ))
    assert caught.value.__suppress_context__
    assert "c2VjcmV0" not in caught.value.message + caplog.text


def test_a_user_and_a_project_of_its_own_are_used(account: dict[str, str], nowhere: Path) -> None:
    """gcloud's user credentials make a client, and a project is named to Google only if it is another one."""
    user = {"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
    pasted = {"GOOGLE_CREDENTIALS_JSON": json.dumps(user), "GOOGLE_CLOUD_PROJECT": "billed"}
    assert google_speech._credentials(Settings.read(pasted)).quota_project_id == "billed"
    for project, named in (("captions-1", None), ("billed", "billed")):
        environ = {"GOOGLE_CREDENTIALS_JSON": json.dumps(account), "GOOGLE_CLOUD_PROJECT": project}
        assert google_speech._credentials(Settings.read(environ)).quota_project_id == named


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://speech.googleapis.com",
        "http://127.0.0.1",
        "http://127.0.0.1.example.com:80",
        "ftp://x",
        "a b",
        "https://u:p@h",
    ],
)
def test_unencrypted_endpoints_are_refused(endpoint: str) -> None:
    """An address without encryption is refused unless it is this machine's own; the value is not repeated."""
    with pytest.raises(ConfigError, match="GOOGLE_SPEECH_ENDPOINT: must be a host") as caught:
        Settings.read({"GOOGLE_SPEECH_ENDPOINT": endpoint})
    assert endpoint not in caught.value.message


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("", "speech.googleapis.com:443"),
        ("eu-speech.googleapis.com", "eu-speech.googleapis.com:443"),
        ("https://EU-speech.googleapis.com/", "eu-speech.googleapis.com:443"),
        ("private.example.com:8443", "private.example.com:8443"),
    ],
)
def test_the_region_is_a_setting(account: dict[str, str], endpoint: str, host: str) -> None:
    """The client talks to the host of the setting, which is Google's own where none is given."""
    environ = {"GOOGLE_CREDENTIALS_JSON": json.dumps(account), "GOOGLE_SPEECH_ENDPOINT": endpoint}
    client = google_speech._client(Settings.read(environ))
    assert client.transport.host == host


def test_credentials_without_a_token_raise(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """gRPC reports refused credentials as UNAVAILABLE; the message names the credentials."""

    def refuse(_: RecognizeRequest) -> RecognizeResponse:
        raise Refusal("UNAVAILABLE", "Getting metadata from plugin failed with error: invalid_grant")

    google.answer = refuse
    with pytest.raises(AlignmentError, match="credentials were refused"):
        aligner.align(tone(2), RATE, WORDS, "en")
