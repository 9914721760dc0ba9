"""align: any recording and what it says become captions; what does not belong together is said."""

from __future__ import annotations

import io
import json
import sys
import urllib.request
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from handler import text
from handler.dispatch import dispatch
from handler.engines import espeak_library
from handler.protocols import Services
from handler.types import Samples
from tests.endpoints.conftest import Web, call, refused
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.sentences import of
from tests.support.stub_backends import Even, with_backends
from tests.support.videos import H264, lavfi

RATE = espeak_library.SAMPLE_RATE

TEXT = "It cost $4.50 at the mother-in-law's shop. Nobody complained about the price!"
OTHER = "Yellow umbrellas rarely hurry upstairs in December. Purple elephants never borrow bicycles from strangers."


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"MAX_AUDIO_SECONDS": "100", "MAX_AUDIO_BYTES": "5000000"}


def spoken(*sentences: str, gap: float = 0.3) -> tuple[Samples, list[list[float]]]:
    """Sentences one after another, and for each the starts of its words as captions show them."""
    pieces: list[Samples] = []
    starts: list[list[float]] = []
    at = 0.0
    for sentence in sentences:
        tokens = text.tokenize(sentence, "en")
        words = [word for token in tokens for word in token.spoken]
        marks = [mark for token in tokens for mark in [""] * (len(token.spoken) - 1) + [token.mark]]
        speech = espeak_library.speak(words, marks, "en-us")
        firsts = np.cumsum([0, *(len(token.spoken) for token in tokens)])[:-1]
        starts.append([at + word.start for word in (speech.words[first] for first in firsts) if word])
        pieces += [speech.samples, np.zeros(round(gap * RATE), np.float32)]
        at += sum(map(len, pieces[-2:])) / RATE
    return np.concatenate(pieces), starts


def file(samples: Samples, format_: str = "FLAC") -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format=format_)
    return buffer.getvalue()


def words(reply: dict[str, Any]) -> list[dict[str, Any]]:
    """The words in the JSON of a reply."""
    assert "error" not in reply, reply
    found: list[dict[str, Any]] = json.loads(urllib.request.urlopen(reply["timing_files"]["json"]).read())["words"]
    return found


def flat(starts: Sequence[Sequence[float]]) -> list[float]:
    return [start for of_one in starts for start in of_one]


def errors(found: Sequence[dict[str, Any]], starts: Sequence[float]) -> list[float]:
    assert len(found) == len(starts)
    return [abs(word["start"] - start) for word, start in zip(found, starts, strict=True)]


def test_recording_and_text_become_captions(services: Services, web: Web, disk: Path) -> None:
    """Every word of the text keeps its spelling and gets its time; the reply is generate's without the speech."""
    samples, starts = spoken(*TEXT.split(". "))
    url = web.put("/talk.flac", file(samples))
    reply = call(services, "align", audio_url=url, text=TEXT, timing_format=["json", "ass"])
    found = words(reply)
    assert [TEXT[word["start_char"] : word["end_char"]] for word in found] == [word["word"] for word in found]
    assert [word["word"] for word in found] == TEXT.split()
    assert np.median(errors(found, flat(starts))) < 0.015
    assert reply["status"] == "completed"
    assert reply["timing_method"] == "sphinx"
    assert reply["word_count"] == len(found)
    assert reply["timing_confidence"] > 0.7
    assert reply["duration"] == pytest.approx(len(samples) / RATE, abs=0.001)
    # The recording may be the video itself: it keeps its sound and its length.
    assert reply["ffmpeg"].startswith("ffmpeg -i video.mp4 -vf ass=")
    assert "-i talk" not in reply["ffmpeg"]
    assert "Inter" in str(reply["fonts"])
    assert reply["warnings"] == []
    assert "audio_url" not in reply
    assert list(disk.iterdir()) == []


def test_annotations_are_never_aligned(services: Services, web: Web) -> None:
    """Sound descriptions, labels and times of a text are dropped, or shown beside the next word, never aligned."""
    samples, starts = spoken("Good morning everyone.", "Please sit down.")
    url = web.put("/talk.flac", file(samples))
    transcript = "[Music]\nANNA: Good morning everyone. (laughs)\n0:03 Please sit down."
    for choice, shown in (
        (None, ["Good", "morning", "everyone.", "Please", "sit", "down."]),
        ("show", ["[Music] ANNA: Good", "morning", "everyone. (laughs)", "0:03 Please", "sit", "down."]),
    ):
        asked = {"annotations": choice, "timing_format": "json"}
        reply = call(services, "align", audio_url=url, text=transcript, **asked)
        found = words(reply)
        assert [word["word"] for word in found] == shown
        assert [" ".join(transcript[word["start_char"] : word["end_char"]].split()) for word in found] == shown
        assert max(errors(found, flat(starts))) < 0.1
        assert reply["warnings"] == []
    refused(call(services, "align", audio_url=url, text="[Music]\n(applause)"), "bad_request", "text: has sound")


def test_script_of_a_job_is_aligned_as_it_was_spoken(services: Services) -> None:
    """What looks like an annotation in the script of a job was spoken, and is aligned."""
    script = "Narrator: good morning (laughs) everyone."
    dispatch({"id": "tts-1", "input": {"text": script}}, services)
    found = words(call(services, "align", job_id="tts-1", timing_format="json"))
    assert [word["word"] for word in found] == script.split()


def test_human_recording_in_another_format(services: Services, web: Web) -> None:
    """Human speech in a format that browsers record is decoded and aligned."""
    samples, rate = soundfile.read(HUMAN_CLIP, dtype="float32")
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="OGG", subtype="OPUS")
    reply = call(services, "align", audio_url=web.put("/v", buffer.getvalue()), text=HUMAN_TEXT, timing_format="json")
    found = words(reply)
    assert [word["word"] for word in found] == HUMAN_TEXT.split()
    assert min(word["confidence"] for word in found) > 0.5
    assert found[4]["start"] - found[3]["end"] > 0.2


@pytest.mark.parametrize("name", ["talk.mp4", "talk.m4a"])
def test_mp4_and_m4a_without_pyav(
    services: Services, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """mp4 and m4a files are decoded where PyAV is not installed."""
    monkeypatch.setitem(sys.modules, "av", None)
    samples, starts = spoken(*TEXT.split(". "))
    (tmp_path / "talk.wav").write_bytes(file(samples))
    picture = ("-i", str(tmp_path / "talk.wav"), *(("-map", "1:a") if name.endswith("m4a") else H264), "-shortest")
    talk = lavfi(tmp_path / name, "color=gray:s=64x64:r=20:d=60", *picture)
    reply = call(services, "align", audio_url=web.put("/a", talk.read_bytes()), text=TEXT, timing_format="json")
    assert np.median(errors(words(reply), flat(starts))) < 0.05


def test_speech_of_a_job_is_aligned_with_its_text(services: Services) -> None:
    """A job_id needs no text and gives the engine's own times; another text may be sent."""
    made = dispatch({"id": "tts-1", "input": {"text": TEXT, "timing_format": "json"}}, services)
    reply = call(services, "align", job_id="tts-1", timing_format="json")
    known = words(made)
    assert [word["word"] for word in words(reply)] == [word["word"] for word in known]
    assert np.median(errors(words(reply), [word["start"] for word in known])) < 0.015
    again = call(services, "align", job_id="tts-1", text=TEXT.upper(), timing_format="json")
    assert [word["word"] for word in words(again)] == TEXT.upper().split()


LONG = [
    "The captain of the little ship watched the storm from the window of his cabin.",
    "My younger sister collected stamps and letters until she moved to the city.",
    "Several engineers measured the old bridge before the river rose again.",
    "Nobody in the village remembered who had painted the door of the church.",
    "After a long discussion the students borrowed the radio without telling anybody.",
    "Every careful gardener knows that roses need water in the morning.",
    "The last train to the coast leaves in less than an hour from platform seven.",
    "A new neighbour carried two bags of flour across the frozen field.",
    "The woman at the market described the silver watch that she had lost.",
    "Although it was raining, the children built a house of branches and leaves.",
]
EXTRA = [
    "This message is brought to you by the makers of excellent umbrellas.",
    "Visit our shop today and ask for the yellow catalogue of special offers.",
]


def cases() -> dict[str, tuple[list[str], list[str]]]:
    """What is said, and what the text says, in recordings of more than a window."""
    return {
        "the same": (LONG, LONG),
        "not in the text": ([*LONG[:4], *EXTRA, *LONG[4:]], LONG),
        "not in the audio": (LONG, [*LONG[:4], *EXTRA, *LONG[4:]]),
    }


@pytest.mark.parametrize("case", cases())
def test_differing_text_and_audio_are_resynchronized(services: Services, web: Web, case: str) -> None:
    """Whatever either side lacks, all spoken words get their times, and the reply names what is missing."""
    sentences, script = cases()[case]
    samples, starts = spoken(*sentences)
    truth = dict(zip(sentences, starts, strict=True))
    whole = " ".join(script)
    reply = call(services, "align", audio_url=web.put("/a", file(samples)), text=whole, timing_format="json")
    found = words(reply)
    assert [word["word"] for word in found] == whole.split()
    assert all(one["end"] <= other["start"] + 1e-9 for one, other in pairwise(found))
    at, off = 0, []
    for sentence in script:
        upto = at + len(sentence.split())
        if sentence in truth:
            off += errors(found[at:upto], truth[sentence])
        else:
            assert np.mean([word["confidence"] for word in found[at:upto]]) < 0.2
        at = upto
    assert np.median(off) < 0.015
    assert np.percentile(off, 95) < 0.2
    warnings = [warning["message"] for warning in reply["warnings"]]
    unsaid = EXTRA[0].split()[0]
    expected = {"not in the audio": [f"'{unsaid}'"], "the same": []}.get(case, ["is not in the text"])
    assert len(warnings) == len(expected)
    assert all(part in message for part, message in zip(expected, warnings, strict=True))


THANKS = "That should be all, thanks!"
PARTS = {
    "the beginning": [LONG[0]],
    "a few words of it": ["The captain of the little ship watched the storm."],
    "the middle": [LONG[2]],
    "all but the beginning": [*LONG[2:4], THANKS],
    "the end": [THANKS],
    "a gap before a few words": [LONG[0], THANKS],
}


@pytest.mark.parametrize("case", PARTS)
def test_text_is_a_part_of_the_audio(services: Services, web: Web, case: str) -> None:
    """The words get their times, none is stretched over the rest, and a warning reports the other sound."""
    whole = [*LONG[:4], THANKS]
    samples, starts = spoken(*whole, gap=0.1)
    noise = 0.01 * np.random.default_rng(1).standard_normal(len(samples)).astype(np.float32)
    spoken_words = [word.strip(".,").lower() for word in " ".join(whole).split()]
    url, script = web.put("/a", file(samples + noise)), " ".join(PARTS[case])
    reply = call(services, "align", audio_url=url, text=script, timing_format="json")
    found = words(reply)
    truth: list[float] = []
    for sentence in PARTS[case]:
        wanted = [word.strip(".,").lower() for word in sentence.split()]
        at = next(at for at in range(len(spoken_words)) if spoken_words[at : at + len(wanted)] == wanted)
        truth += flat(starts)[at : at + len(wanted)]
    assert max(errors(found, truth)) < 0.2
    assert max(word["end"] - word["start"] for word in found) < 1.0
    assert [warning["code"] for warning in reply["warnings"]] == ["text_and_audio_differ"]
    assert "is not in the text" in reply["warnings"][0]["message"]


def test_human_speech_continues_after_the_text(services: Services, web: Web) -> None:
    """The captions end where the text ends, in the middle of a spoken sentence."""
    samples, rate = soundfile.read(HUMAN_CLIP, dtype="float32")
    buffer = io.BytesIO()
    soundfile.write(buffer, np.concatenate([samples, samples]), rate, format="FLAC")
    script = "Some call me nature, others call."
    reply = call(services, "align", audio_url=web.put("/v", buffer.getvalue()), text=script, timing_format="json")
    ends = [word["end"] for word in words(reply)]
    assert np.abs(np.subtract(ends[3:], [2.04, 3.47, 3.8])).max() < 0.1
    assert min(word["confidence"] for word in words(reply)) > 0.5
    assert "the audio from 3.8 s to 10.7 s is not in the text" in reply["warnings"][0]["message"]


def test_unspoken_greeting_is_named(services: Services, web: Web) -> None:
    """A warning names unspoken words at either end; the words between them get their times."""
    samples, starts = spoken(*LONG[:2])
    for front, behind, lost in (
        ("Hello everybody, welcome.", "", "'Hello'"),
        ("", "Goodbye Philadelphia!", "'Goodbye'"),
    ):
        script = " ".join([*front.split(), *LONG[:2], *behind.split()])
        reply = call(services, "align", audio_url=web.put("/a", file(samples)), text=script, timing_format="json")
        inner = words(reply)[len(front.split()) :][: len(flat(starts))]
        assert np.median(errors(inner, flat(starts))) < 0.015
        assert [warning["code"] for warning in reply["warnings"]] == ["text_and_audio_differ"]
        assert lost in reply["warnings"][0]["message"]


def test_partly_wrong_text_is_a_warning(services: Services, web: Web) -> None:
    """A text that partly differs from the audio gets captions and a warning."""
    samples, _ = spoken(*TEXT.split(". "))
    script = f"{OTHER} {TEXT.partition('. ')[0]}."
    reply = call(services, "align", audio_url=web.put("/a", file(samples)), text=script, timing_format="json")
    assert len(words(reply)) == len(script.split())
    assert reply["timing_confidence"] < 0.5
    codes = [warning["code"] for warning in reply["warnings"]]
    assert (codes[0], codes[-1]) == ("text_and_audio_differ", "confidence_low")
    assert f"({reply['timing_confidence']:.2f} of 1)" in reply["warnings"][-1]["message"]


def test_unrelated_text_is_refused(services: Services, web: Web) -> None:
    """Another text, a tone or silence gives an alignment_error that says why."""
    samples, _ = spoken(*LONG)
    message = "none of the text's words were found in the audio; check that text and audio belong together"
    recipe = "Two eggs, 200 g flour, milk. Whisk, rest an hour, fry thin pancakes in butter, dust with sugar. " * 3
    url = web.put("/a", file(samples))
    refused(call(services, "align", audio_url=url, text=recipe), "alignment_error", message)
    time = np.arange(5 * RATE) / RATE
    for sound in (np.sin(2 * np.pi * 440 * time), np.zeros(5 * RATE)):
        url = web.put("/s", file(sound.astype(np.float32)))
        refused(call(services, "align", audio_url=url, text=TEXT), "alignment_error", message)
        refused(call(services, "align", audio_url=url, text="hello there"), "alignment_error", message)


def test_next_aligner_starts_over_after_a_failure(services: Services, web: Web) -> None:
    """An aligner that fails in a later window is skipped with a warning, and the next one starts over; strict fails."""

    class Breaks(Even):
        calls = 0

        def prefix(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[Any]:
            return self.align(samples, rate, words[:60], language)

        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[Any]:
            self.calls += 1
            if self.calls > 1:
                raise RuntimeError("CUDA error")
            return super().align(samples, rate, words, language)

        find = align

    breaks = Breaks("whisperx", lambda _: 0.9)
    services = with_backends(services, whisperx=breaks, sphinx=services.aligners.get("sphinx"))
    samples, starts = spoken(*LONG)
    url = web.put("/a", file(samples))
    reply = call(services, "align", audio_url=url, text=" ".join(LONG), timing_format="json")
    assert breaks.calls == 2
    assert reply["timing_method"] == "sphinx"
    assert [warning["code"] for warning in reply["warnings"]] == ["timing_method_passed_over"]
    assert "CUDA" not in str(reply)
    assert np.median(errors(words(reply), flat(starts))) < 0.015
    strict = {"timing_method": "whisperx", "timing_strict": True}
    refused(call(services, "align", audio_url=url, text=" ".join(LONG), **strict), "alignment_error", "whisperx")


def test_aligner_without_prefixes_gets_the_whole_recording(services: Services, web: Web) -> None:
    """It gets all samples and all words in one call, at the aligners' sample rate."""
    calls: list[tuple[int, int]] = []

    class Whole(Even):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[Any]:
            calls.append((len(samples) // rate, len(words)))
            return super().align(samples, rate, words, language)

    samples, _ = spoken(*LONG)
    services = with_backends(services, google=Whole("google"))
    reply = call(services, "align", audio_url=web.put("/a", file(samples)), text=" ".join(LONG))
    assert reply["timing_method"] == "google"
    assert calls == [
        (int(len(samples) / RATE), sum(len(token.spoken) for token in text.tokenize(" ".join(LONG), "en")))
    ]


def test_language_of_the_text_is_found(services: Services, web: Web) -> None:
    """`auto` aligns in the language of the text, and fails as if it had been asked for where no aligner knows it."""
    german = " ".join(of("de")[:2])
    url = web.put("/a", file(spoken(TEXT)[0]))
    reply = call(services, "align", audio_url=url, text=TEXT, language="auto", timing_format="json")
    assert (reply["language"], reply["warnings"]) == ("en", [])
    refused(call(services, "align", audio_url=url, text=german, language="auto"), "alignment_error", "language de")
    unclear = call(services, "align", audio_url=url, text="[Music] Shop.", language="auto")
    assert [warning["code"] for warning in unclear["warnings"]][:1] == ["language_assumed"]


def test_text_in_another_language_is_a_warning(services: Services, web: Web) -> None:
    """A text that is plainly in another language than asked is aligned all the same."""
    services = with_backends(services, sphinx=Even("sphinx"))
    url = web.put("/a", file(spoken(*of("en")[:2])[0]))
    reply = call(services, "align", audio_url=url, text=" ".join(of("de")[:2]))
    assert [warning["code"] for warning in reply["warnings"]][:1] == ["language_doubtful"]
    assert "German (de)" in reply["warnings"][0]["message"]


def test_bad_align_requests_are_refused(services: Services, web: Web, disk: Path) -> None:
    """Contradicting fields, unreadable or too long recordings and jobs without speech are refused."""
    url = web.put("/a", file(spoken(TEXT)[0]))
    refused(call(services, "align", text=TEXT), "bad_request", "audio_url", "job_id")
    refused(call(services, "align", audio_url=url), "bad_request", "nothing here can write it")
    refused(call(services, "align", audio_url=url, job_id="x", text=TEXT), "bad_request", "send audio_url or job_id")
    refused(call(services, "align", audio_url=url, text=" "), "bad_request", "text", "is empty")
    refused(call(services, "align", audio_url=url, text="..."), "bad_request", "nothing to speak")
    refused(call(services, "align", audio_url=url, text=TEXT, timing_method="engine"), "bad_request", "timing_method")
    refused(
        call(services, "align", audio_url=url, text=TEXT, language="de"), "alignment_error", "sphinx", "language de"
    )
    refused(call(services, "align", job_id="nobody", text=TEXT), "not_found", "nobody")
    refused(call(services, "align", audio_url=web.put("/t", b"no sound"), text=TEXT), "bad_request", "no audio file")
    silence = web.put("/s", file(np.zeros(110 * RATE, np.float32)))
    refused(call(services, "align", audio_url=silence, text=TEXT), "bad_request", "longer than 100 seconds")
    large = web.put("/l", b"x" * 5_000_001)
    refused(call(services, "align", audio_url=large, text=TEXT), "too_large", "5 MB")
    assert list(disk.iterdir()) == []


@pytest.mark.parametrize("seconds", [1.5, 6.0])
def test_pauses_with_room_tone_lose_no_word(services: Services, web: Web, seconds: float) -> None:
    """Every word between long pauses with the noise of the room is found, and no warning takes the noise for speech."""
    pieces, truth, at = [], [], 0.0
    for sentence in LONG[:5]:
        samples, starts = spoken(sentence)
        truth += [start + at for start in flat(starts)]
        pieces += [samples, np.zeros(round(seconds * RATE), np.float32)]
        at += len(samples) / RATE + round(seconds * RATE) / RATE
    whole = np.concatenate(pieces)
    whole = whole + 0.002 * np.random.default_rng(1).standard_normal(len(whole)).astype(np.float32)
    url = web.put("/a", file(whole))
    reply = call(services, "align", audio_url=url, text=" ".join(LONG[:5]), timing_format="json")
    found = words(reply)
    assert reply["warnings"] == []
    assert not any(word["interpolated"] for word in found)
    assert np.median(errors(found, truth)) < 0.02
    assert np.max(errors(found, truth)) < 0.3
