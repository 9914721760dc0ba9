"""Marks of AI: whether the watermark is found again after what happens to speech, whether it is found where it is not,
and what each mark costs for a minute of speech.

    python benchmarks/mark.py [--marked N] [--unmarked N]

Speech is that of piper and espeak; unmarked are also human clips that f5-tts ships, noise and tones. One thread.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's
os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import io
import json
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import cycle, islice
from typing import Any

import numpy as np
import soundfile

from handler import telemetry
from handler.app import make_services
from handler.dispatch import dispatch
from handler.endpoints.inspect import FOUND
from handler.media import audio
from handler.media.decode import decode
from handler.protocols import FileMark, Origin, Services, SoundMark
from handler.settings import Settings
from handler.types import Samples
from tests.support.certificates import pair
from tests.support.human_clip import HUMAN_CLIP

CUT_S = 5.0
SENTENCES = (
    "The harbour was quiet that morning, and the boats lay still in the grey light before the sun rose.",
    "Nobody had seen the old man since Tuesday evening, when he walked along the pier with a lantern in his hand.",
    "It costs four dollars and fifty cents, which is less than it did last year, and more than most people will pay.",
    "Please turn the key twice, wait until the green light stops blinking, and then open the door very slowly.",
    "We are sorry to tell you that the train to the coast is delayed by twenty minutes, because of trees on the line.",
)
VOICES = ("en", "de", "fr", "es", "it", "pt", "pl", "nl", "sv", "fi")

Sound = tuple[Samples, int]


def speech(services: Services, number: int, **fields: Any) -> tuple[str, Sound]:
    """The id and the sound of a generate job that says a sentence."""
    text = f"Number {number}. {SENTENCES[number % len(SENTENCES)]}"
    reply = dispatch({"input": {"text": text, "timing_format": "json", "seed": number, **fields}}, services)
    if "error" in reply:
        raise SystemExit(reply["error"])
    return reply["job_id"], soundfile.read(io.BytesIO(fetched(reply["audio_url"])), dtype="float32")


def fetched(url: str) -> bytes:
    body: bytes = urllib.request.urlopen(url).read()
    return body


def decoded(body: bytes, folder: Path) -> Sound:
    path = folder / "file"
    path.write_bytes(body)
    sound = decode(path)
    return sound.samples, sound.sample_rate


def video(services: Services, job_id: str, folder: Path) -> Sound:
    """The sound of our own video of a job."""
    reply = dispatch({"input": {"endpoint": "overlay", "job_id": job_id, "canvas": "1080x1080", "fps": 10}}, services)
    return decoded(fetched(reply["video_url"]), folder)


def cut(sound: Sound) -> Sound:
    """Five seconds from the middle."""
    samples, rate = sound
    start = max(0, (len(samples) - round(CUT_S * rate)) // 2)
    return samples[start : start + round(CUT_S * rate)], rate


def unmarked(plain: list[Sound]) -> Iterator[Sound]:
    """Pieces of speech by engines and humans, at other levels, rates and with noise, and of noise and tones."""
    rng = np.random.default_rng(0)
    clips = [soundfile.read(path, dtype="float32") for path in sorted(HUMAN_CLIP.parent.parent.glob("*/*.[wf][al]*"))]
    sources = cycle([*((samples, rate) for samples, rate in clips if samples.ndim == 1), *plain])
    kinds: tuple[Callable[[Samples], Samples], ...] = (
        lambda samples: samples,
        lambda samples: samples * np.float32(0.1),
        lambda samples: samples + (0.01 * rng.standard_normal(len(samples))).astype(np.float32),
    )
    for number in range(10_000):
        if number % 10 == 9:
            times = np.arange(round(CUT_S * 24_000)) / 24_000
            saw = 0.2 * (times * rng.uniform(80, 400) % 1) - 0.1
            noise = 0.05 * rng.standard_normal(len(times))
            tone = 0.2 * np.sin(2 * np.pi * rng.uniform(100, 2000) * times)
            yield np.asarray((saw, noise, tone)[number // 10 % 3], np.float32), 24_000
            continue
        samples, rate = next(sources)
        size = round(CUT_S * rate)
        start = int(rng.integers(0, max(1, len(samples) - size)))
        yield kinds[number % len(kinds)](samples[start : start + size]), rate


def main() -> None:
    """Print what is found, and what it costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--marked", type=int, default=20)
    parser.add_argument("--unmarked", type=int, default=100)
    given = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    telemetry.configure("ERROR")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = {"ENGINES": "piper,espeak", "ALIGNERS": "engine", "LOCAL_STORE": f"{name}/store", **pair().environ}
        environ |= {"MODELS_DIR": f"{name}/models", "AI_MARK": "metadata,watermark,c2pa"}
        services = make_services(Settings.read(environ))
        plain = replace(services, settings=services.settings.model_copy(update={"ai_mark": ()}))
        mark = services.marks.get("watermark")
        assert isinstance(mark, SoundMark)

        found: dict[str, list[float]] = {"as made": [], "mp3 at 128 kb/s": [], "our video (aac)": [], "cut of 5 s": []}
        levels, plain_speech = [], []
        for number in range(given.marked):
            fields = {"engine": ("piper", "espeak")[number % 2]}
            job_id, marked = speech(services, number, **fields)
            _, without = speech(plain, number, **fields)
            plain_speech.append(without)
            levels.append(20 * np.log10(audio.rms(marked[0] - without[0]) / audio.rms(without[0])))
            mp3 = audio.encode(*marked, "mp3").body
            for how, sound in {
                "as made": marked,
                "mp3 at 128 kb/s": decoded(mp3, folder),
                "our video (aac)": video(services, job_id, folder),
                "cut of 5 s": cut(marked),
            }.items():
                found[how].append(mark.find(*sound))
        others = [speech(plain, number, engine="espeak", language=voice)[1] for number, voice in enumerate(VOICES)]
        wrong = [mark.find(*sound) for sound in islice(unmarked(plain_speech + others), given.unmarked)]
        costs = cost(services, mark, plain_speech)
        began = time.perf_counter()
        _, (said, rate) = speech(plain, 0, engine="piper")
        speaking = (time.perf_counter() - began) * 60 * rate / len(said)

    print("| watermark | files | found | least confidence |\n| --- | --- | --- | --- |")
    for how, confidences in found.items():
        hits = sum(confidence >= FOUND for confidence in confidences)
        print(f"| {how} | {len(confidences)} | {100 * hits / len(confidences):.0f} % | {min(confidences):.2f} |")
    hits = sum(confidence >= FOUND for confidence in wrong)
    print(f"| unmarked | {len(wrong)} | {hits} files | {max(wrong):.2f} (the highest) |")
    print(f"\nchange: {statistics.median(levels):.1f} dB of the speech (median), {max(levels):.1f} at most\n")
    print("| mark | seconds for a minute of speech | share of piper's job | bytes |\n| --- | --- | --- | --- |")
    for what, (seconds, size) in costs.items():
        print(f"| {what} | {seconds:.4f} | {seconds / speaking:.4f} | {size} |")
    result = {
        "found": {how: [round(each, 3) for each in confidences] for how, confidences in found.items()},
        "unmarked_found": hits,
        "unmarked_highest": round(max(wrong), 3),
        "change_db": round(statistics.median(levels), 1),
        "piper_s": round(speaking, 2),
        "cost_s": {what: round(seconds, 4) for what, (seconds, _) in costs.items()},
    }
    print(json.dumps(result))


def cost(services: Services, mark: SoundMark, sounds: list[Sound]) -> dict[str, tuple[float, int]]:
    """Seconds for a minute of speech, the median of three, and the bytes that the file gets longer by."""
    rate = sounds[0][1]
    minute = np.resize(np.concatenate([samples for samples, its in sounds if its == rate]), 60 * rate)
    costs = {
        "watermark": (timed(lambda: mark.mark(minute, rate)), 0),
        "search for it": (timed(lambda: mark.find(minute, rate)), 0),
    }
    for format_, media_type in (("wav", "audio/wav"), ("mp3", "audio/mpeg")):
        body = audio.encode(minute, rate, format_).body
        for name in ("metadata", "c2pa"):
            beside = services.marks.get(name)
            assert isinstance(beside, FileMark)
            make = partial(beside.mark, body, media_type, Origin("piper", "CC0"))
            costs[f"{name}, {format_}"] = (timed(make), len(make() or b"") - len(body))
    return costs


def timed(work: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
