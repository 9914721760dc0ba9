"""The memory that a transcript takes: ten minutes of piper's speech against an hour of it, with music between.

    python benchmarks/transcribe_long.py --model FOLDER [--minutes 10 60]

Each length is written down by a worker and a Whisper process of its own; the peak of both is their resident memory by
the kernel's account.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(ROOT)]

from handler import text
from handler.engines.piper.engine import PiperEngine
from handler.engines.piper.options import PiperOptions
from handler.media import audio
from handler.media.recording import open_recording
from handler.settings import Settings
from handler.transcribers.faster_whisper import FasterWhisper
from handler.types import Chunk, Samples, SpeechOptions, SpeechRequest
from handler.whisper import process

RATE = 16_000
SCRIPT = (
    "The ship left the harbour before sunrise, and nobody saw it go. Two hours later the wind turned to the north, and"
    " the captain ordered his men to take in the sails. They waited for the storm until evening, but it never came."
    " On the second day a boy found a letter below the mast. It was written in a language that only the cook could"
    " read. He laughed, folded the paper and hid it in his coat. Nobody asked him about it again, though everyone"
    " wondered what it said. Years afterwards, in a small town far from the sea, his daughter opened a wooden box and"
    " found the letter between two maps."
)
PAUSE_S = 1.0
MUSIC_S = 10.0


def minute_of_speech(settings: Settings) -> Samples:
    """Piper's speech of the script again and again, with pauses and a tune, for a minute."""
    engine = PiperEngine(settings)
    chunk = Chunk(0, text.tokenize(SCRIPT, "en"))
    (spoken,) = engine.speak([SpeechRequest(chunk, 7)], engine.default_voice(None), SpeechOptions(1.0, PiperOptions()))
    speech = audio.resample(spoken.samples, engine.sample_rate, RATE)
    at = np.arange(round(MUSIC_S * RATE)) / RATE
    tune = (0.2 * np.sin(2 * np.pi * 440 * 2 ** (np.floor(2 * at) % 8 / 12) * at)).astype(np.float32)
    pause = np.zeros(round(PAUSE_S * RATE), np.float32)
    repeated = np.concatenate([speech, pause, tune, pause] * 3)
    return repeated[: 60 * RATE]


def peak_mb(pid: int | str = "self") -> float:
    """The most memory that a process has had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1000


def measure(file: Path, model: Path) -> None:
    """Write down a file, and print what it took."""
    settings = Settings.read({"MODELS_DIR": str(model), "LOCAL_STORE": str(file.parent)})
    began = time.monotonic()
    with open_recording(file, max_seconds=7200, timeout=600) as recording:
        before = peak_mb()
        heard = FasterWhisper(settings).transcribe(recording, "en")
        duration = recording.duration
    seconds = time.monotonic() - began
    child = process.shared()._process._child
    assert child
    print(
        f"{duration / 60:5.1f} min | {len(heard.text.split()):6d} words | worker {before:5.0f} → {peak_mb():5.0f} MB |"
        f" whisper {peak_mb(child.pid):5.0f} MB | rtf {seconds / duration:.3f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="a MODELS_DIR with whisper/ in it")
    parser.add_argument("--minutes", type=int, nargs="+", default=[10, 60])
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.file:
        measure(options.file, options.model)
        return
    with tempfile.TemporaryDirectory() as folder:
        minute = minute_of_speech(Settings.read({"MODELS_DIR": str(options.model)}))
        for minutes in options.minutes:
            file = Path(folder) / f"{minutes}.wav"
            file.write_bytes(audio.encode(np.tile(minute, minutes), RATE, "wav").body)
            command = [sys.executable, __file__, "--model", str(options.model), "--file", str(file)]
            subprocess.run(command, check=True, env=os.environ)


if __name__ == "__main__":
    main()
