"""Several voices in one script: who says what, in which engine, where it stands, and what captions show of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handler import jobs
from handler.backends import Backend, Pool
from handler.cancellation import NEVER, Cancellation
from handler.dispatch import dispatch
from handler.engines.f5.options import F5Options
from handler.jobs import Listener
from handler.marks.metadata import Metadata
from handler.pipeline import speech_source
from handler.protocols import Services
from handler.types import BuiltinVoice, Chunk, ChunkAudio, SpeechOptions, SpeechRequest, Voice, Word
from tests.endpoints.conftest import Web, call, refused
from tests.support.human_clip import HUMAN_TEXT
from tests.support.stub_backends import Even, Louder, Speaker, codes, published, read, registry, sound, with_settings
from tests.support.voice_recordings import human

VOICES = (BuiltinVoice("Ryan", "en", "Apache-2.0"), BuiltinVoice("Thorsten", "de", "CC0-1.0"))
TURNS: tuple[dict[str, Any], ...] = (
    {"voice": "many:Ryan", "text": "Good morning, Anna. How are you?"},
    {"voice": "slow:Ryan", "text": "Very well. [pause:0.3s] And you?", "pause_after": 0.5},
    {"voice": "many:Ryan", "text": "[Nguyen](win) is here, too."},
)


class Many(Speaker):
    """Speaks in voices of its own; ``heard`` are those of all chunks, with their seeds and speeds, in order."""

    name = "many"

    def __init__(self, settings: Any, rate: int = 22_050) -> None:
        super().__init__(settings)
        self.sample_rate = rate
        self.heard: list[tuple[str, str, int, float]] = []

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        for request in requests:
            cancellation.check()
            self.heard.append((voice.name, voice.language, request.seed, options.speed))
            yield self.made(request.chunk, 0, voice, options)

    def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
        tone = np.sin(np.arange(self.sample_rate * len(chunk.words) // 4) / self.sample_rate * 2764).astype(np.float32)
        return ChunkAudio(tone * np.float32(0.5))


class Cloning(Many):
    name = "cloning"
    supports_cloning = True
    model_license = "CC-BY-NC-4.0"


@pytest.fixture
def engines(services: Services) -> dict[str, Many]:
    settings = services.settings
    return {"many": Many(settings), "slow": Many(settings, 16_000), "cloning": Cloning(settings, 24_000)}


@pytest.fixture
def services(services: Services, engines: dict[str, Many]) -> Services:
    """A worker with three engines whose voices are tones, and with an aligner."""
    settings = services.settings.model_copy(
        update={"engines": ("many", "slow", "cloning"), "aligners": ("engine", "even")}
    )
    engines["slow"].name = "slow"
    rows: dict[str, Backend[Any]] = {
        name: Backend(
            lambda _, name=name: engines[name],  # type: ignore[misc]
            voices=lambda _: VOICES,
            options=F5Options if name == "cloning" else None,
            supports_cloning=name == "cloning",
        )
        for name in engines
    }
    rows["absent"] = Backend(lambda _: engines["many"], voices=lambda _: VOICES)
    return replace(
        services, settings=settings, engines=Pool("engine", rows, settings), aligners=registry(even=Even("even"))
    )


def spoken(services: Services, **fields: Any) -> dict[str, Any]:
    reply = call(services, "generate", **fields)
    assert "error" not in reply, reply
    return reply


def words(reply: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(read(reply["timing_files"]["json"]))["words"]
    return found


def test_each_turn_is_spoken_by_its_voice_and_engine(services: Services, engines: dict[str, Many]) -> None:
    """In order, at the rate of the first engine, with a seed for each chunk of the whole job; the reply names all."""
    reply = spoken(services, turns=TURNS, seed=7)
    assert [(name, seed) for name, _, seed, _ in engines["many"].heard] == [("many:Ryan", 7), ("many:Ryan", 10)]
    assert [(name, seed) for name, _, seed, _ in engines["slow"].heard] == [("slow:Ryan", 8), ("slow:Ryan", 9)]
    samples, rate = sound(reply["audio_url"])
    assert (rate, reply["sample_rate"]) == (22_050, 22_050)
    spoken_s = sum(len(turn["text"].replace("[pause:0.3s]", "").split()) for turn in TURNS) / 4
    assert len(samples) / rate == pytest.approx(spoken_s + 0.8, abs=0.01)
    assert reply["text"] == "\n\n".join(turn["text"] for turn in TURNS)
    assert (reply["voice"], reply["engine"]) == ("many:Ryan", "many")
    assert [(each["speaker"], each["engine"]) for each in reply["speakers"]] == [
        ("many:Ryan", "many"),
        ("slow:Ryan", "slow"),
    ]
    assert "speakers" not in spoken(services, text="Good morning.")


def test_marks_in_a_text_do_the_same(services: Services, engines: dict[str, Many]) -> None:
    """What stands before the first mark is said by the request's voice; a turn's text may have marks, too."""
    text = "Hello. [voice:slow:Ryan] Hi there. [voice:many:Thorsten]Ja."
    reply = spoken(services, voice="many:Ryan", text=text, timing_format="json")
    assert [name for name, *_ in engines["many"].heard] == ["many:Ryan", "many:Thorsten"]
    assert [(word["word"], word["speaker"]) for word in words(reply)] == [
        ("Hello.", "many:Ryan"), ("Hi", "slow:Ryan"), ("there.", "slow:Ryan"), ("Ja.", "many:Thorsten"),
    ]  # fmt: skip
    assert [language for _, language, *_ in engines["many"].heard] == ["en", "de"]
    inner = spoken(services, turns=[{"text": text}, {"text": "Bye."}], voice="many:Ryan", timing_format="json")
    assert [word["speaker"] for word in words(inner)][-2:] == ["many:Thorsten", "many:Ryan"]
    alone = spoken(services, text="[voice:slow:Ryan] Hi there.", timing_format="json")
    assert (alone["voice"], "speakers" in alone, "speaker" in words(alone)[0]) == ("slow:Ryan", False, False)


def test_voices_within_ssml_do_the_same(services: Services) -> None:
    """Those that the worker has; another service's are spoken by the voice around them, with a warning."""
    text = "<speak>Hello. <voice name='slow:Ryan'>Hi.</voice> <voice name='Brian'>Hey.</voice></speak>"
    reply = spoken(services, voice="many:Ryan", text=text, timing_format="json")
    assert [word["speaker"] for word in words(reply)] == ["many:Ryan", "slow:Ryan", "many:Ryan"]
    assert codes(reply) == ["ssml_ignored"]
    assert "Brian" in reply["warnings"][0]["message"]


def test_a_turn_has_its_own_language_and_speed(services: Services, engines: dict[str, Many]) -> None:
    """What it leaves out is that of the request, whose language goes before that of a voice."""
    turns = [
        {"text": "One.", "speed": 1.5},
        {"text": "Zwei.", "voice": "many:Thorsten"},
        {"text": "Trois.", "language": "fr"},
    ]
    spoken(services, turns=turns, voice="many:Ryan", speed=0.8)
    assert [(language, speed) for _, language, _, speed in engines["many"].heard] == [
        ("en", 1.5), ("de", 0.8), ("fr", 0.8),
    ]  # fmt: skip
    engines["many"].heard.clear()
    spoken(services, turns=turns, voice="many:Ryan", language="es")
    assert [language for _, language, *_ in engines["many"].heard] == ["es", "es", "fr"]


def test_words_stand_in_the_reply_s_text(services: Services) -> None:
    """Offsets count in the texts of the turns joined by a blank line, with all marks of their own."""
    reply = spoken(services, turns=TURNS, timing_format="json")
    assert [reply["text"][word["start_char"] : word["end_char"]] for word in words(reply)] == [
        "Good", "morning,", "Anna.", "How", "are", "you?", "Very", "well.", "And", "you?", "[Nguyen](win)", "is",
        "here,", "too.",
    ]  # fmt: skip


def test_captions_know_who_speaks(services: Services) -> None:
    """In every format; no cue has two speakers, and labels are written once a turn where they are asked for."""
    turns = [{**TURNS[0], "speaker": "Anna"}, {**TURNS[1], "speaker": "Bob <b>"}, {**TURNS[2], "speaker": "Anna"}]
    fields = {"turns": turns, "timing_format": "all", "caption_style": "classic", "speaker_labels": True}
    reply = spoken(services, **fields)
    files = {name: read(url).decode() for name, url in reply["timing_files"].items()}
    assert files["srt"].count("Anna: ") == 2
    assert "Bob <\u2060b>: Very well." in files["srt"]
    assert "<v Anna>Good " in files["vtt"]
    assert "<v Bob &lt;b&gt;>Very " in files["vtt"]
    assert "Anna:" not in files["vtt"] + files["csv"] + files["json"]
    rows = list(csv.DictReader(io.StringIO(files["csv"])))
    assert [row["speaker"] for row in rows] == ["Anna"] * 6 + ["Bob <b>"] * 4 + ["Anna"] * 4
    made = json.loads(files["json"])
    for cue in made["cues"]:
        said = {word["speaker"] for word in made["words"][cue["first_word"] : cue["last_word"] + 1]}
        assert said == {cue["speaker"]}
    assert "Anna: Good" in files["ass"]


def test_one_voice_has_no_speaker(services: Services) -> None:
    """Turns of one voice make the files that a text makes; a speaker who is named is shown."""
    turns = [{"text": "Good morning."}, {"text": "How are you?"}]
    reply = spoken(services, turns=turns, voice="many:Ryan", timing_format="all", seed=1)
    text = spoken(services, text="Good morning.\n\nHow are you?", voice="many:Ryan", timing_format="all", seed=1)
    for name, url in reply["timing_files"].items():
        assert read(url) == read(text["timing_files"][name])
    assert read(reply["audio_url"]) == read(text["audio_url"])
    named = spoken(services, turns=[{"text": "Hi.", "speaker": "Ann"}], timing_format="srt", speaker_labels=True)
    assert "Ann: Hi." in read(named["timing_files"]["srt"]).decode()


def test_overlay_has_the_speakers_of_a_job(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """With their labels if asked for, and no cue of two speakers."""
    from handler.captions import render

    drawn: list[Any] = []

    def record(plan: Any, captions: Any, *_: Any, **__: Any) -> tuple[()]:
        drawn.append(captions)
        raise RuntimeError

    monkeypatch.setattr(render, "render_video", record)
    reply = spoken(services, turns=TURNS, timing_format="srt")
    call(services, "overlay", job_id=reply["job_id"], speaker_labels=True, caption_style="classic")
    (captions,) = drawn
    assert [word.speaker for word in captions.words] == ["many:Ryan"] * 6 + ["slow:Ryan"] * 4 + ["many:Ryan"] * 4
    shown = [word.shown for word in captions.words if ": " in word.shown]
    assert shown == ["many:Ryan: Good", "slow:Ryan: Very", "many:Ryan: Nguyen"]
    assert all(len({word.speaker for word in cue.words}) == 1 for cue in captions.cues)


def test_video_names_every_engine_of_a_job(services: Services, tmp_path: Path) -> None:
    """The metadata of a video says what made the whole speech, not the first of its voices alone."""
    reply = spoken(services, turns=TURNS, timing_format="srt")
    made = call(services, "overlay", job_id=reply["job_id"], canvas="1080x1080", fps=10)
    path = tmp_path / "video.mp4"
    path.write_bytes(read(made["video_url"]))
    found = Metadata(services.settings).read(path)
    assert found
    assert found["system"] == "many, slow"


def test_align_has_the_speakers_of_a_job(services: Services) -> None:
    """A job's own script is read as it was spoken, turn by turn."""
    reply = call(services, "align", job_id=spoken(services, turns=TURNS)["job_id"], timing_format="json")
    assert [word["speaker"] for word in words(reply)] == ["many:Ryan"] * 6 + ["slow:Ryan"] * 4 + ["many:Ryan"] * 4
    marked = spoken(services, text="Good morning. [voice:many:Thorsten] 12. [voice:slow:Ryan] Hello.", engine="many")
    made = words(call(services, "align", job_id=marked["job_id"], timing_format="json"))
    assert [word["speaker"] for word in made] == ["espeak-en-US"] * 2 + ["many:Thorsten", "slow:Ryan"]


def test_overlay_times_a_job_without_captions(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its turns are read as they were spoken: each in its language, with who says it, and its SSML."""
    found: list[Any] = []

    def record(_: Any, script: Any, *__: Any, **___: Any) -> None:
        found.extend(script)
        raise RuntimeError

    monkeypatch.setattr(speech_source, "in_sound", record)
    turns = [
        {"voice": "many:Ryan", "text": "It is 12."},
        {"voice": "many:Thorsten", "text": "<speak>Es ist <sub alias='zwei'>12</sub>, [x] 12.</speak>"},
        {"voice": "many:Ryan", "text": "Yes. [voice:slow:Ryan] No."},
    ]
    reply = spoken(services, turns=turns)
    call(services, "overlay", job_id=reply["job_id"])
    assert [(token.spoken[0], token.speaker) for token in found] == [
        ("It", "many:Ryan"), ("is", "many:Ryan"), ("twelve", "many:Ryan"),
        ("Es", "many:Thorsten"), ("ist", "many:Thorsten"), ("zwei", "many:Thorsten"), ("x", "many:Thorsten"),
        ("zwölf", "many:Thorsten"), ("Yes", "many:Ryan"), ("No", "slow:Ryan"),
    ]  # fmt: skip
    assert reply["text"][found[-2].start_char : found[-2].end_char] == "Yes."


def test_chunks_and_words_are_heard_while_it_speaks(services: Services) -> None:
    """Audio, words with their speakers, and chunk files come as for one voice, all at one rate."""
    pieces: list[Any] = []
    heard: list[Word] = []
    reports: list[dict[str, Any]] = []
    listener = Listener(
        on_progress=reports.append,
        on_audio=lambda samples, rate, _: pieces.append((samples, rate)),
        on_words=heard.extend,
    )
    fields = {"turns": TURNS, "chunk_urls": True, "timing_format": "json"}
    reply = dispatch({"input": fields}, services, listener=listener)
    samples, rate = sound(reply["audio_url"])
    assert {each for _, each in pieces} == {rate}
    assert np.abs(np.concatenate([each for each, _ in pieces]) - samples).max() < 1e-3
    assert [word.speaker for word in heard] == [word["speaker"] for word in words(reply)]
    chunks = published(reports)
    assert [chunk["index"] for chunk in chunks] == [0, 1, 2, 3]
    assert all(sound(chunk["url"])[1] == rate for chunk in chunks)


def test_takes_are_chosen_for_every_voice(services: Services, engines: dict[str, Many]) -> None:
    """An engine without seeds gives one take of each of its chunks."""
    engines["slow"].supports_seeds = False
    reply = spoken(services, turns=TURNS, takes=2)
    assert (len(engines["many"].heard), len(engines["slow"].heard)) == (4, 2)
    assert [len(each["confidences"]) for each in reply["takes"]] == [2, 1, 1, 2]


@pytest.mark.parametrize(
    ("turns", "code", "sentence"),
    [
        ([], "bad_request", "turns: is empty"),
        ([{"text": "Hi."}, {"voice": "many:Ryan"}], "bad_request", "turns.1.text: is required"),
        ([{"text": "Hi."}, {"text": " "}], "bad_request", "turns.1.text: is empty"),
        ([{"text": "Hi."}, {"text": "Hi.", "voice": "many:Rian"}], "bad_request", "turns.1.voice: many has no voice"),
        ([{"text": "Hi."}, {"text": "Hi.", "voice": "mary:Ryan"}], "bad_request", "turns.1.voice: 'mary' is not an"),
        ([{"text": "Hi."}, {"text": "Hi.", "voice": "absent:Ryan"}], "bad_request", "turns.1.voice: this worker does"),
        ([{"text": "Hi."}, {"text": "Hi.", "voise": "x"}], "bad_request", "turns.1.voise: is not a known field; did"),
        ([{"text": "Hi."}, {"text": "...", "voice": "slow:Ryan"}], "bad_request", "turns.1.text: there is nothing to"),
        ([{"text": "Hi."}, {"text": "[voice:]Hi."}], "bad_request", "turns.1.text: the mark '[voice:]' names no voice"),
        ([{"text": "Hi."}, {"text": "[voice:a Hi."}], "bad_request", "turns.1.text: the mark '[voice:a Hi.' is not cl"),
        ([{"text": "Hi."}, {"text": "[voice:x:y] Hi."}], "bad_request", "turns.1.text: in the mark '[voice:x:y]': 'x'"),
        ([{"text": "[voice:many:Tho] Hi."}], "bad_request", "turns.0.text: many has no voice 'Tho'; did you mean"),
        ([{"text": "Hi.", "pause_after": 29}] * 30, "bad_request", "turns: all pauses add up to 870 s"),
        ([{"text": "Hi."}] * 501, "bad_request", "turns: has 501 turns, at most 500"),
        ([{"text": "Hi.", "voice": f"v{at}"} for at in range(101)], "bad_request", "turns.100.voice: at most 100 vo"),
        ([{"text": "Hi."}, {"text": "**"}], "bad_request", "turns.1.text: there is nothing to speak"),
        (["Hi."], "bad_request", "turns: must be a list of objects"),
        ([{"text": "Hi.", "speaker": "a\nb"}], "bad_request", "turns.0.speaker: must be a name on one line"),
    ],
)
def test_bad_turn_is_named_before_anything_is_spoken(
    services: Services, engines: dict[str, Many], turns: list[Any], code: str, sentence: str
) -> None:
    """Each fault has its own sentence, which names the turn."""
    refused(call(services, "generate", turns=turns), code, sentence)
    assert not any(engine.heard for engine in engines.values())


def test_text_and_turns_are_refused_together(services: Services) -> None:
    """So is a request with neither, and the option of F5 that sets the length of one voice's speech."""
    refused(call(services, "generate", turns=TURNS, text="Hi."), "bad_request", "text and turns are 2 scripts")
    refused(call(services, "generate"), "bad_request", "text: is required")
    refused(call(services, "generate", text="<!-- Hi. -->"), "bad_request", "text: there is nothing to speak")
    reply = call(services, "generate", turns=TURNS, target_duration=9.0)
    refused(reply, "bad_request", "target_duration: is for a script in one voice")


def test_cloned_voices_take_turns(services: Services, engines: dict[str, Many], web: Web) -> None:
    """The engine of the request holds for voices of the bucket; one that is not there is named with near names."""
    link = web.put("/c", human())
    for name in ("anna", "bob"):
        call(services, "upload", voice_name=name, voice_file_url=link, ref_text=HUMAN_TEXT)
    turns = [
        {"voice": "anna", "text": "Hi."},
        {"voice": "bob.wav", "text": "Hi."},
        {"voice": "slow:Ryan", "text": "Hi."},
    ]
    reply = spoken(services, turns=turns, engine="cloning", timing_format="json")
    assert [name for name, *_ in engines["cloning"].heard] == ["anna", "bob"]
    assert [word["speaker"] for word in words(reply)] == ["anna", "bob", "slow:Ryan"]
    assert reply["model_license"] == "CC-BY-NC-4.0 AND Apache-2.0"
    reply = call(services, "generate", turns=[*turns, {"voice": "ana", "text": "Hi."}], engine="cloning")
    refused(reply, "not_found", "turns.3.voice: ", "did you mean anna?")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"turns": [TURNS[0], {"voice": "anna", "text": "Hello."}]}, "turns.1.voice"),
        ({"turns": [TURNS[0], {"text": "Hello. [voice:anna] Hi."}]}, "turns.1.text"),
        ({"text": "Hello. [voice:anna] Hi."}, "text"),
        ({"captions": "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Anna>Hi.", "speakers": {"Anna": "anna"}}, "speakers.Anna"),
    ],
)
def test_voice_without_required_consent_is_named(
    services: Services, engines: dict[str, Many], web: Web, fields: dict[str, Any], field: str
) -> None:
    """However a script names it, and before anything is spoken."""
    link = web.put("/c", human())
    call(services, "upload", voice_name="anna", voice_file_url=link, ref_text=HUMAN_TEXT, engine="cloning")
    reply = call(with_settings(services, require_consent=True), "generate", engine="many", **fields)
    refused(reply, "bad_request", f"{field}: anna has no consent of its speaker")
    assert not any(engine.heard for engine in engines.values())


def test_job_of_several_voices_becomes_no_voice(services: Services) -> None:
    """A voice of two people would be neither's."""
    made = spoken(services, turns=TURNS)
    reply = call(services, "upload", voice_name="both", job_id=made["job_id"])
    refused(reply, "bad_request", "job_id: several voices speak in job", "a job in one voice")


def test_converted_turns_are_still_turns(services: Services, web: Web) -> None:
    """The script of a conversion is read in the languages of its turns, and has their speakers."""
    services = replace(services, converters=registry(louder=Louder()))
    call(services, "upload", voice_name="anna", voice_file_url=web.put("/c", human()), ref_text=HUMAN_TEXT)
    turns = [{"voice": "many:Ryan", "text": "It is 12."}, {"voice": "many:Thorsten", "text": "Es ist 12."}]
    made = call(services, "convert", job_id=spoken(services, turns=turns)["job_id"], voice="anna")
    record = jobs.load(services.store, made["job_id"])
    tokens = speech_source.script_of(record, "en")
    assert [(token.spoken[0], token.speaker) for token in (tokens[2], tokens[5])] == [
        ("twelve", "many:Ryan"),
        ("zwölf", "many:Thorsten"),
    ]


def test_job_can_be_cancelled_between_turns(services: Services, engines: dict[str, Many]) -> None:
    """What is left is not spoken."""
    client = Cancellation()

    def stop(report: dict[str, Any]) -> None:
        if report.get("stage") == "speak" and report["done"] == 1:
            client.cancel()

    reply = dispatch({"input": {"turns": TURNS}}, services, listener=Listener(on_progress=stop), cancellation=client)
    assert reply["error_code"] == "cancelled"
    assert sum(len(engine.heard) for engine in engines.values()) == 1
