"""The real Google client against a server of its own protobufs: what is sent, what comes of it, what failures say."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.cloud.speech_v1.types import RecognitionConfig, RecognizeRequest, RecognizeResponse

from handler.aligners import google_credentials, google_limits, google_speech
from handler.aligners.google_speech import GoogleSpeechAligner
from handler.errors import AlignmentError, ConfigError
from handler.settings import Settings
from handler.types import Samples, WordTime
from tests.support.google_server import GoogleServer, Refusal, google, response

__all__ = ["google"]

ROOT = Path(__file__).parent.parent.parent

RATE = 24_000
WORDS = ["some", "call", "me", "nature"]
HEARD = [("some", 0.0, 0.5), ("call", 0.5, 1.0), ("me", 1.0, 1.5), ("nature", 1.5, 2.0)]


@pytest.fixture(scope="module")
def key() -> str:
    """A private key like those that Google gives out."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return (
        rsa.generate_private_key(65537, 2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


@pytest.fixture
def account(key: str) -> dict[str, str]:
    """The fields of a service account's key file."""
    return {
        "type": "service_account",
        "project_id": "captions-1",
        "private_key_id": "0123",
        "private_key": key,
        "client_email": "captions@captions-1.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }


@pytest.fixture
def aligner(google: GoogleServer, account: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> GoogleSpeechAligner:
    """The aligner, talking to the server on this machine; it tries again at once."""
    monkeypatch.setattr(google_speech, "BACKOFF", 0.001)
    environ = {
        "GOOGLE_CREDENTIALS_JSON": json.dumps(account),
        "GOOGLE_SPEECH_ENDPOINT": f"http://{google.address}",
    }
    return GoogleSpeechAligner(Settings.read(environ))


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home folder without gcloud's files, on a machine that is not Google's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(google_credentials, "PRODUCT_NAME", tmp_path / "product_name")
    return tmp_path


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
    """A recording whose every word is heard comes back with each word's time and Google's confidence."""
    google.answer = lambda _: response(HEARD[:2], HEARD[2:], confidence=0.8)
    times = aligner.align(tone(2), RATE, WORDS, "en")
    assert placed(times) == [(0, 0.5), (0.5, 1), (1, 1.5), (1.5, 2)]
    assert [time.confidence for time in times if time] == pytest.approx([0.8] * 4)


def test_the_request_is_what_google_takes(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """One request has the samples as LINEAR16 at their own rate, asks for word times, and hints at the script."""
    google.answer = lambda _: response(HEARD)
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
    google.answer = lambda _: response(HEARD)
    aligner.align(tone(2), RATE, WORDS, "en")
    assert "authorization" not in google.metadata[0]


@pytest.mark.parametrize(("rate", "sent"), [(96_000, 48_000), (4_000, 8_000), (16_000, 16_000)])
def test_samples_come_at_a_rate_that_google_takes(
    google: GoogleServer, aligner: GoogleSpeechAligner, rate: int, sent: int
) -> None:
    """Rates out of Google's range are brought to its nearer end; times stay those of the recording."""
    google.answer = lambda _: response(HEARD)
    assert placed(aligner.align(tone(2, rate), rate, WORDS, "en"))[3] == (1.5, 2)
    assert google.requests[0].config.sample_rate_hertz == sent
    assert seconds(google.requests[0]) == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en", "en-US"), ("EN", "en-US"), ("en-gb", "en-GB"), ("pt_br", "pt-BR"), ("de", "de-DE"),
        ("zh", "cmn-Hans-CN"),
        ("zh-TW", "cmn-Hant-TW"), ("sr-latn-rs", "sr-Latn-RS"), ("xx", "xx"), ("es-419", "es-419"),
    ],
)  # fmt: skip
def test_languages_go_by_googles_names(language: str, code: str) -> None:
    """A bare language gets its usual region, a tag its usual case, and one that is not known goes as it is."""
    assert google_limits.language_code(language) == code


SPELLING = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey xray yankee zulu"
)
NATO = SPELLING.split()


def spoken(words: int, length: float, pause: float, rate: int) -> Samples:
    """The first words of NATO, each as loud as its number says, so that `heard` can tell which one it is."""
    sounds = [part for at in range(words) for part in ((at + 4) / 40 * tone(length, rate), silence(pause, rate))]
    return np.concatenate(sounds).astype(np.float32)


def heard(request: RecognizeRequest) -> RecognizeResponse:
    """What Google would hear in a piece of `spoken`; as it does, it gives each pause to the word after it."""
    rate = request.config.sample_rate_hertz
    content = np.frombuffer(request.audio.content, "<i2").astype(np.float32) / 32767
    sounding = np.flatnonzero(np.abs(content) > 0.01)
    breaks = np.flatnonzero(np.diff(sounding) > rate / 10)
    edges = zip(sounding[[0, *(breaks + 1)]], sounding[[*breaks, -1]], strict=True)
    said, end = [], 0.0
    for first, last in edges:
        word = NATO[round(float(np.abs(content[first:last]).max()) / 0.3 * 40) - 4]
        start, end = end, round(last / rate, 1)
        said.append((word, start, end))
    return response(said)


def test_long_audio_is_cut_in_its_pauses(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """Pieces are under a minute and 10 MB, none cuts a word, and every word has its place in the whole, cut to the
    sound of it."""
    rate = 48_000
    google.answer = heard
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
    said = [(word, max(0.0, at - 0.45), min(4.0, at + 1.05)) for at, word in enumerate(WORDS)]
    google.answer = lambda _: response(said)
    times = aligner.align(samples, RATE, WORDS, "en")
    assert [time.start for time in times if time] == pytest.approx([0, 1, 2, 3], abs=0.03)
    assert [time.end for time in times if time] == pytest.approx([0.6, 1.6, 2.6, 3.6], abs=0.04)


def test_sound_without_a_pause_is_cut_all_the_same() -> None:
    """Where nothing is quiet, the least loud place of the later half parts the pieces."""
    samples = tone(70)
    samples[40 * RATE : 40 * RATE + RATE // 10] *= 0.5
    first, second = google_limits.pieces(samples, RATE)
    assert 40 <= first.end / RATE <= 40.1
    assert (first.start, second.start, second.end) == (0, first.end, len(samples))


def test_the_longest_pause_within_reach_is_taken() -> None:
    """Of two pauses the longer one parts, in its middle, and silent stretches are not sent at all."""
    samples = tone(70)
    samples[35 * RATE : 36 * RATE] = 0
    samples[50 * RATE : 50 * RATE + RATE // 4] = 0
    first, second = google_limits.pieces(samples, RATE)
    assert first.end / RATE == pytest.approx(35.5, abs=0.02)
    assert (first.start, second.start, second.end) == (0, first.end, len(samples))
    assert google_limits.pieces(silence(130), RATE) == []


def test_pieces_are_sent_side_by_side_but_four_at_most(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """Of eight pieces four are on their way at a time: the server waits for so many, and never sees a fifth."""
    four = threading.Barrier(google_speech.SIDE_BY_SIDE)

    def answer(request: RecognizeRequest) -> RecognizeResponse:
        four.wait(30)
        return heard(request)

    google.answer = answer
    rate = 8_000
    aligner.align(spoken(8, 45, 5, rate), rate, NATO[:8], "en")
    assert len(google.requests) == 8
    assert google.at_a_time == 4


def test_hints_stay_within_googles_limits() -> None:
    """A long script's phrases near the piece are sent: 500 at most, 10,000 characters, 100 each, none twice."""
    words = [f"{word}{number}" for number in range(200) for word in NATO]
    phrases = google_limits.phrases([*words, "x" * 101])
    assert max(map(len, phrases)) <= 100
    near = google_limits.nearest([*phrases, *phrases], 0.25)
    assert len(set(near)) == len(near) <= 500
    assert 9_800 < sum(map(len, near)) <= 10_000
    middle = [phrases.index(phrase) / len(phrases) for phrase in near]
    assert min(middle) == pytest.approx(0.5, abs=0.15)
    assert max(middle) == pytest.approx(0.5, abs=0.15)
    assert len(google_limits.nearest([f"{number}" for number in range(2000)], 0.5)) == 500
    assert google_limits.nearest(google_limits.phrases(["yes"] * 50), 0.5) == ["yes yes yes yes yes"]
    assert "no" in google_limits.nearest([*["yes " * 20] * 600, "no"], 0)


def test_each_piece_is_given_hints_of_its_own_place(
    google: GoogleServer, aligner: GoogleSpeechAligner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where not all phrases fit, the first piece hints at the beginning of the script and the last at its end."""
    monkeypatch.setattr(google_limits, "MOST_PHRASES", 1)
    google.answer = heard
    rate = 8_000
    aligner.align(spoken(26, 4.5, 0.5, rate), rate, NATO, "en")
    hints = {request.config.speech_contexts[0].phrases[0] for request in google.requests}
    assert hints == {" ".join(NATO[5 * at : 5 * at + 5]) for at in (1, 3, 5)}


def test_a_quiet_piece_is_not_the_end(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """Where one piece gives no words the others' words keep their times, and what was not heard is None."""

    def answer(request: RecognizeRequest) -> RecognizeResponse:
        words = heard(request)
        first = words.results[0].alternatives[0].words[0].word
        return words if first == "alpha" else response([])

    google.answer = answer
    rate = 8_000
    times = aligner.align(spoken(12, 9, 1, rate), rate, NATO[:12], "en")
    known = [time is not None for time in times]
    assert known[0]
    assert known == sorted(known, reverse=True)
    assert not known[-1]


def test_a_wrong_script_is_less_sure(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """The right words score Google's confidence; the same words shuffled score far below."""
    google.answer = heard
    rate = 8_000
    samples = spoken(10, 1.5, 0.5, rate)
    right = aligner.align(samples, rate, NATO[:10], "en")
    shuffled = aligner.align(samples, rate, NATO[9:4:-1] + NATO[:5], "en")
    assert mean(right) == pytest.approx(0.9)
    assert mean(shuffled) < 0.5


def mean(times: Sequence[WordTime | None]) -> float:
    return sum(time.confidence for time in times if time) / len(times)


def test_a_confidence_that_is_not_told_is_that_of_the_sentence(
    google: GoogleServer, aligner: GoogleSpeechAligner
) -> None:
    """Zero means "not told": the alternative's confidence counts then, and 1 where that is not told either."""
    answer = response(HEARD, confidence=0.7)
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


def test_a_time_past_the_audio_is_brought_back(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """No word ends after the recording, whatever Google says."""
    google.answer = lambda _: response([*HEARD[:3], ("nature", 1.5, 9.0)])
    assert placed(aligner.align(tone(2), RATE, WORDS, "en"))[3] == (1.5, 2)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (response([]), "heard no words"),
        (response(), "heard no words"),
        (RecognizeResponse(results=[{"alternatives": []}]), "heard no words"),
        (response([], transcript="some call me nature"), "without word times"),
    ],
)
def test_nothing_heard_is_an_error(
    google: GoogleServer, aligner: GoogleSpeechAligner, answer: RecognizeResponse, sentence: str
) -> None:
    """A reply without words, or a transcript without times, is an alignment error that says so."""
    google.answer = lambda _: answer
    with pytest.raises(AlignmentError, match=sentence):
        aligner.align(tone(2), RATE, WORDS, "en")


@pytest.mark.parametrize("samples", [silence(3), silence(0), np.full(100, np.nan, np.float32)])
def test_what_is_no_sound_is_not_sent(google: GoogleServer, aligner: GoogleSpeechAligner, samples: Samples) -> None:
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
def test_each_refusal_says_what_to_do(
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


def test_a_language_that_google_does_not_know_is_its_own_word(
    google: GoogleServer, aligner: GoogleSpeechAligner
) -> None:
    """An invalid argument repeats what Google says of it, and names the language."""

    def refuse(_: RecognizeRequest) -> RecognizeResponse:
        raise Refusal("INVALID_ARGUMENT", "Invalid recognition 'config': bad language code.")

    google.answer = refuse
    with pytest.raises(AlignmentError, match=r"language tlh.*bad language code"):
        aligner.align(tone(2), RATE, WORDS, "tlh")
    assert google.requests[0].config.language_code == "tlh"


def test_what_passes_is_waited_for(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """Two failures that may pass, then an answer: the words are there."""
    left = iter(["UNAVAILABLE", "DEADLINE_EXCEEDED"])

    def answer(_: RecognizeRequest) -> RecognizeResponse:
        if status := next(left, None):
            raise Refusal(status)
        return response(HEARD)

    google.answer = answer
    assert None not in aligner.align(tone(2), RATE, WORDS, "en")
    assert len(google.requests) == 3


def test_one_who_never_answers_is_given_up(
    google: GoogleServer, aligner: GoogleSpeechAligner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt has its own time limit; after three of them the error says that no answer came in time."""
    monkeypatch.setattr(google_speech, "TIMEOUT", 0.2)

    def never(_: RecognizeRequest) -> RecognizeResponse:
        google.closing.wait(60)
        return response([])

    google.answer = never
    with pytest.raises(AlignmentError, match="did not answer in time"):
        aligner.align(tone(2), RATE, WORDS, "en")
    assert len(google.requests) == 3


def test_a_server_that_is_not_there_is_named(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
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


LEAST = {"type", "project_id", "private_key", "client_email"}


@pytest.mark.parametrize("name", sorted(LEAST))
def test_a_field_that_is_missing_is_named(account: dict[str, str], name: str) -> None:
    """A key without one of the four fields, or with an empty one, names that field and no other."""
    for fields in (account | {name: ""}, {field: value for field, value in account.items() if field != name}):
        told = missing({"GOOGLE_CREDENTIALS_JSON": json.dumps(fields)})
        assert told
        assert f"GOOGLE_CREDENTIALS_JSON lacks {name};" in told


def missing(environ: dict[str, str]) -> str | None:
    return google_credentials.missing(Settings.read(environ))


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("/runpod-volume/secret-key.json", "holds a path, not JSON; put the whole content"),
        ("secret-key.json", "holds a path, not JSON"),
        ("C:\\keys\\secret-key.json", "holds a path, not JSON"),
        ("~/secret-key", "holds a path, not JSON"),
        ('{"type": "service_account", "private_key": "secret-key', "not whole JSON"),
        ("c2VjcmV0LWtleQ==", "not whole JSON"),
        ('{"type": "external_account", "credential_source": "secret-key"}', "its type is none of service_account"),
        ('{"installed": {"client_secret": "secret-key"}}', "lacks type, project_id, private_key, client_email"),
        ('{"type": "authorized_user", "client_secret": "secret-key"}', "lacks client_id, refresh_token"),
        ("{}", "lacks type"),
    ],
)
def test_what_is_no_key_says_what_it_is(pasted: str, sentence: str) -> None:
    """A path, half a key and other kinds of JSON are each told apart, and nothing of them is repeated."""
    told = missing({"GOOGLE_CREDENTIALS_JSON": pasted})
    assert told
    assert sentence in told
    assert "secret-key" not in told
    with pytest.raises(ConfigError, match="GOOGLE_CREDENTIALS_JSON"):
        GoogleSpeechAligner(Settings.read({"GOOGLE_CREDENTIALS_JSON": pasted}))


@pytest.mark.parametrize(
    "key_text", ["not a key", "-----BEGIN PRIVATE KEY-----\nMIIE", "-----BEGIN CERTIFICATE-----\n"]
)
def test_a_private_key_that_is_none_is_known_at_start(account: dict[str, str], key_text: str) -> None:
    """What has not both ends of a private key is refused without Google's libraries, and without showing it."""
    told = missing({"GOOGLE_CREDENTIALS_JSON": json.dumps(account | {"private_key": key_text})})
    assert told == "GOOGLE_CREDENTIALS_JSON: its private_key is not a whole key (PEM); copy the key file again"


def test_a_private_key_with_a_wrong_middle_is_known_when_it_is_used(
    account: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """A key that looks whole but is none makes a config error that repeats nothing of it."""
    wrong = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    environ = {"GOOGLE_CREDENTIALS_JSON": json.dumps(account | {"private_key": wrong})}
    with pytest.raises(ConfigError, match="cannot be used") as caught:
        GoogleSpeechAligner(Settings.read(environ))
    assert caught.value.__suppress_context__
    assert "c2VjcmV0" not in caught.value.message + caplog.text


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("\\n", "\\\\n"),
        lambda text: text.replace("\\n", "\n"),
        lambda text: text.replace("\\n", "\\r\\n"),
        lambda text: f"'{text}'\n",
        lambda text: f"\ufeff{text}",
    ],
)
def test_damage_of_pasting_is_mended(account: dict[str, str], google: GoogleServer, damage: Any) -> None:
    """Line breaks doubled or made real, quotes around it and a byte order mark leave a key that signs."""
    pasted = damage(json.dumps(account))
    assert pasted != json.dumps(account)
    environ = {"GOOGLE_CREDENTIALS_JSON": pasted}
    fields = google_credentials.find(Settings.read(environ))
    assert fields == account
    GoogleSpeechAligner(Settings.read(environ | {"GOOGLE_SPEECH_ENDPOINT": f"http://{google.address}"}))


def test_a_key_file_is_read_by_its_path(account: dict[str, str], tmp_path: Path) -> None:
    """A path to a good file is enough; the JSON itself goes before it; a key without token_uri gets Google's."""
    path = tmp_path / "key.json"
    path.write_text(json.dumps({name: value for name, value in account.items() if name != "token_uri"}), "utf-8-sig")
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}
    assert google_credentials.find(Settings.read(environ)) == account
    both = environ | {"GOOGLE_CREDENTIALS_JSON": json.dumps(account | {"project_id": "other"})}
    fields = google_credentials.find(Settings.read(both))
    assert fields
    assert fields["project_id"] == "other"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no such file"),
        ("half of {", "not whole JSON"),
        ("[]", "not a JSON object"),
        ("{}", "lacks type"),
    ],
)
def test_a_wrong_path_names_the_setting_and_no_path(tmp_path: Path, content: str | None, sentence: str) -> None:
    """A file that is not there or is no key is told by the setting's name; the path is not repeated."""
    path = tmp_path / "secret-key.json"
    if content is not None:
        path.write_text(content)
    told = missing({"GOOGLE_APPLICATION_CREDENTIALS": str(path)})
    assert told
    assert "GOOGLE_APPLICATION_CREDENTIALS" in told
    assert sentence in told
    assert "secret-key" not in told
    assert str(tmp_path) not in told


def test_json_in_place_of_a_path_is_told(account: dict[str, str]) -> None:
    """The JSON itself where its path belongs is told, and the right setting named."""
    told = missing({"GOOGLE_APPLICATION_CREDENTIALS": json.dumps(account)})
    assert told == "GOOGLE_APPLICATION_CREDENTIALS holds JSON, not a path; put it into GOOGLE_CREDENTIALS_JSON"


def test_without_settings_the_machines_own_credentials_count(nowhere: Path) -> None:
    """gcloud's file in the home folder or a machine of Google's is enough; with neither the setting is named."""
    told = missing({})
    assert told
    assert "set GOOGLE_CREDENTIALS_JSON" in told
    (nowhere / "product_name").write_text("Google Compute Engine\n")
    assert missing({}) is None
    user = {"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
    path = nowhere / google_credentials.WELL_KNOWN
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(user))
    assert google_credentials.find(Settings.read({})) == user


def test_a_user_and_a_project_of_its_own_are_used(account: dict[str, str], nowhere: Path) -> None:
    """gcloud's user credentials make a client, and a project is named to Google only if it is another one."""
    user = {"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
    pasted = {"GOOGLE_CREDENTIALS_JSON": json.dumps(user), "GOOGLE_CLOUD_PROJECT": "billed"}
    assert google_speech._credentials(Settings.read(pasted)).quota_project_id == "billed"
    for project, named in (("captions-1", None), ("billed", "billed")):
        environ = {"GOOGLE_CREDENTIALS_JSON": json.dumps(account), "GOOGLE_CLOUD_PROJECT": project}
        assert google_speech._credentials(Settings.read(environ)).quota_project_id == named


def test_the_check_at_start_needs_no_library_of_googles(account: dict[str, str]) -> None:
    """A fresh interpreter tells what is missing by way of the table, and has neither google nor grpc loaded."""
    script = (
        "import json, sys\n"
        "from handler.backends import Registry\n"
        "from handler.aligners import ALIGNERS\n"
        "from handler.settings import Settings\n"
        "aligners = Registry('aligner', ALIGNERS, Settings.read({'GOOGLE_CREDENTIALS_JSON': '/a/key.json'}))\n"
        "print(aligners.problem('google'), '|', aligners.missing_files('google'))\n"
        "print([name for name in ('google', 'grpc', 'numpy') if name in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    told, loaded = run.stdout.splitlines()
    assert told.startswith("None | GOOGLE_CREDENTIALS_JSON holds a path")
    assert loaded == "[]"


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
def test_what_is_said_never_leaves_the_machine_in_the_clear(endpoint: str) -> None:
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


def test_credentials_that_give_no_token_are_named(google: GoogleServer, aligner: GoogleSpeechAligner) -> None:
    """gRPC tells of refused credentials as if the server were away: they are told apart."""

    def refuse(_: RecognizeRequest) -> RecognizeResponse:
        raise Refusal("UNAVAILABLE", "Getting metadata from plugin failed with error: invalid_grant")

    google.answer = refuse
    with pytest.raises(AlignmentError, match="credentials were refused"):
        aligner.align(tone(2), RATE, WORDS, "en")
