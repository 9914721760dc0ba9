"""How long an upload takes: a minute of speech as mp3 with its whole transcript, decoded, checked, aligned, cut at the
same word, and published to a local store.

    python benchmarks/upload.py [--runs N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

import numpy as np

from handler import telemetry
from handler.app import make_services
from handler.dispatch import dispatch
from handler.engines import espeak_library
from handler.media import audio
from handler.protocols import Services
from handler.settings import Settings

SENTENCES = (
    "The harbour was quiet that morning, and the boats lay still.",
    "Nobody had told her that the letter would never arrive.",
    "He counted the steps twice, because the first time he had lost his way.",
    "When the rain stopped, we opened every window of the house.",
    "There is a garden behind the church where the old trees still grow.",
    "She laughed, picked up her coat, and walked out into the street.",
)
SECONDS = 60.0


def speech() -> tuple[bytes, str]:
    """A minute of speech as an mp3, and what it says."""
    pieces, said, length = [], [], 0.0
    for number in range(1000):
        sentence = SENTENCES[number % len(SENTENCES)]
        words = sentence.split()
        marks = [word[-1] if word[-1] in ",." else "" for word in words]
        spoken = espeak_library.speak([word.rstrip(",.") for word in words], marks, "en")
        if length + len(spoken.samples) / spoken.sample_rate > SECONDS:
            break
        pieces.append(spoken.samples)
        said.append(sentence)
        length += len(spoken.samples) / spoken.sample_rate
    return audio.encode(np.concatenate(pieces), espeak_library.SAMPLE_RATE, "mp3").body, " ".join(said)


def upload(services: Services, clip: bytes, text: str) -> tuple[float, float]:
    """Seconds of one upload, and of the clip that came of it."""
    services.store.put(f"uploads/{'b' * 32}", clip, "audio/mpeg")
    fields = {"endpoint": "upload", "voice_name": "bench", "upload_token": "b" * 32, "ref_text": text}
    began = time.perf_counter()
    reply = dispatch({"input": fields}, services)
    seconds = time.perf_counter() - began
    assert reply.get("status") == "uploaded", reply
    return seconds, reply["voice"]["duration"]


def main() -> None:
    """Upload a few times and print the seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    telemetry.configure("ERROR")
    clip, text = speech()
    with tempfile.TemporaryDirectory() as folder:
        services = make_services(Settings.read({"ENGINES": "espeak", "LOCAL_STORE": folder, "MODELS_DIR": folder}))
        results = [upload(services, clip, text) for _ in range(runs)]
    seconds = [taken for taken, _ in results]
    print(f"{SECONDS:.0f} s of speech, {len(text.split())} words, {len(clip):,} bytes of mp3")
    print(f"cut to {results[0][1]:.1f} s; first upload {seconds[0]:.2f} s, median {statistics.median(seconds):.2f} s\n")
    print(json.dumps({"first_s": round(seconds[0], 2), "median_s": round(statistics.median(seconds), 2), "runs": runs}))


if __name__ == "__main__":
    main()
