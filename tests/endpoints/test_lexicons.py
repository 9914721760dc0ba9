"""Lexicons and IPA through whole jobs: what is spoken, what captions show, and what a later job knows of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from handler.app import make_services
from handler.errors import AlignmentError
from handler.protocols import Services
from handler.settings import Settings
from handler.types import Samples, WordTime
from tests.endpoints.conftest import call, refused
from tests.support.stub_backends import Even, Speaker, codes, read, run, sound, with_backends

SCRIPT = "Ask Nguyen’s team about SQL, now."
PLAIN = "Ask win's team about sequel, now."
WORDS = ["Ask", "Nguyen’s", "team", "about", "SQL,", "now."]


class Listener(Even):
    """An aligner that remembers the words that it is asked for."""

    def __init__(self) -> None:
        super().__init__("listener")
        self.words: list[str] = []

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        self.words += words
        return super().align(samples, rate, words, language)


def put(services: Services, name: str, entries: dict[str, Any]) -> None:
    services.store.put(f"lexicons/{name}.json", json.dumps(entries).encode(), "application/json")


def audio(services: Services, script: str, **fields: Any) -> bytes:
    samples, _ = sound(run(services, script, **fields)["audio_url"])
    return samples.tobytes()


@pytest.fixture(params=["folder", "s3"])
def store_services(request: pytest.FixtureRequest) -> Services:
    """A worker with a folder for a store, and one with a real bucket."""
    if request.param == "folder":
        return request.getfixturevalue("services")  # type: ignore[no-any-return]
    environ = request.getfixturevalue("s3_environ")
    return make_services(Settings.read({"TTS_ENGINE": "espeak", "ALIGNERS": "engine", **environ}))


def test_lexicons_of_request_file_and_default_sound_alike(store_services: Services) -> None:
    """A job speaks an entry wherever it comes from, captions show the script, and a new file holds for the next job."""
    services = store_services
    plain, unsaid = audio(services, PLAIN), audio(services, SCRIPT)
    entries = {"Nguyen": "win", "SQL": "sequel"}
    assert audio(services, SCRIPT, lexicon=entries) == plain != unsaid
    put(services, "names", {"Nguyen": "win"})
    put(services, "default", {"SQL": "sequel", "Nguyen": "noo"})
    assert audio(services, SCRIPT, lexicon="names") == audio(services, SCRIPT, lexicon="names.json") == plain
    put(services, "default", entries)
    reply = run(services, SCRIPT, timing_format="json")
    words = json.loads(read(reply["timing_files"]["json"]))["words"]
    assert [word["word"] for word in words] == WORDS
    assert [SCRIPT[word["start_char"] : word["end_char"]] for word in words] == WORDS
    assert reply["text"] == SCRIPT
    refused(call(services, "generate", text=SCRIPT, lexicon="nams"), "not_found", "lexicon", "did you mean names?")


def test_ipa_is_spoken_by_espeak(services: Services) -> None:
    """A word with IPA, in a mark or a lexicon, sounds as a word that is said so, and is one word in the captions."""
    reply = run(services, "The [Wurster](/ˈlɛstɚ/) ends.", timing_format="json")
    assert reply["warnings"] == []
    said = audio(services, "The Lester ends.")
    assert sound(reply["audio_url"])[0].tobytes() == said == audio(services, "The X ends.", lexicon={"X": "/lˈɛstɚ/"})
    words = json.loads(read(reply["timing_files"]["json"]))["words"]
    assert [(word["word"], word["interpolated"]) for word in words] == [
        ("The", False), ("Wurster", False), ("ends.", False),
    ]  # fmt: skip


def test_other_engines_speak_the_word_as_written(services: Services) -> None:
    """An engine that takes no phonemes speaks what is shown, with a warning that names the words, each once."""
    speaker = with_backends(services, Speaker(services.settings), even=Even("even"))
    reply = run(speaker, "See [Worcester](/ˈwʊstə/) and York, York.", lexicon={"York": "/jɔːk/"})
    assert codes(reply) == ["phonemes_ignored"]
    assert "'Worcester', 'York' as written" in reply["warnings"][0]["message"]
    assert sound(reply["audio_url"])[0].tobytes() == audio(speaker, "See Worcester and York, York.")


def test_unknown_ipa_is_named(services: Services) -> None:
    """A sign of IPA that the voice has no sound for costs a warning that names it."""
    reply = run(services, "See [York](/ʘɔːk/).")
    assert codes(reply) == ["phonemes_ignored"]
    assert "ʘ" in reply["warnings"][0]["message"]


def test_a_job_is_aligned_as_it_was_spoken(services: Services) -> None:
    """align by job_id looks for the words that the job spoke, whatever the default lexicon says by then."""
    job = run(services, SCRIPT, lexicon={"Nguyen": "win"})
    put(services, "default", {"Nguyen": "noo", "SQL": "sequel"})
    listener = Listener()
    reply = call(with_backends(services, listener=listener), "align", job_id=job["job_id"], timing_format="json")
    assert "error" not in reply, reply
    assert [word for word in listener.words if word.lower() in {"win's", "noo's", "sequel"}] == ["win's"]
    message = "a job's own script keeps its lexicon"
    refused(call(services, "align", job_id=job["job_id"], lexicon={"SQL": "x"}), "bad_request", message)
    refused(call(services, "overlay", job_id=job["job_id"], lexicon={"SQL": "x"}), "bad_request", message)


def test_align_looks_for_what_the_lexicon_says(services: Services) -> None:
    """A text that is sent to align is said as the lexicon of the request says; IPA leaves the word as it is."""
    job = run(services, PLAIN)
    listener = Listener()
    fields = {"job_id": job["job_id"], "text": SCRIPT, "lexicon": {"Nguyen": "win", "SQL": "/ˈsiːkwəl/"}}
    reply = call(with_backends(services, listener=listener), "align", **fields)
    assert "error" not in reply, reply
    assert listener.words == ["Ask", "win's", "team", "about", "S", "Q", "L", "now"]


def test_overlay_looks_for_what_the_lexicon_says(services: Services) -> None:
    """overlay looks for the words that a job without captions spoke, or that the lexicon says for a text."""

    class Deaf(Listener):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            super().align(samples, rate, words, language)
            raise AlignmentError("so that no video is made")

    job = run(services, SCRIPT, lexicon={"Nguyen": "win"})
    url = run(services, PLAIN)["audio_url"]
    put(services, "default", {"Nguyen": "noo"})
    heard = []
    for fields in ({"job_id": job["job_id"]}, {"text": SCRIPT, "audio_url": url, "lexicon": {"SQL": "sequel"}}):
        deaf = Deaf()
        assert "no video is made" in call(with_backends(services, deaf=deaf), "overlay", **fields)["error"]
        heard.append(" ".join(deaf.words))
    assert heard == ["Ask win's team about S Q L now", "Ask noo's team about sequel now"]


@pytest.mark.parametrize(
    ("lexicon", "words"),
    [
        (5, "must be an object"), (["a"], "must be an object"), ("../voices/a", "must be the name of a file"),
        ({"Nguyen": 5}, "the entry 'Nguyen'"), ({"Nguyen": ""}, "nothing to say"),
        ({f"a{number}": "b" for number in range(2001)}, "at most 2000"),
    ],
)  # fmt: skip
def test_wrong_lexicons_are_refused(services: Services, lexicon: Any, words: str) -> None:
    """A wrong lexicon is an error of the field that says what to do."""
    reply = call(services, "generate", text="Nguyen", lexicon=lexicon)
    refused(reply, "bad_request", "lexicon: ", words)
    assert [issue["field"] for issue in reply["issues"]] == ["lexicon"]
