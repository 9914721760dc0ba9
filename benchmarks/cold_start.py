"""From the start of a process to a model that is loaded and a voice that is prepared: this worker against a script that
does what a plain worker does (``import runpod, f5_tts.api``; ``F5TTS(…)``; the reference prepared), in pairs.

    python benchmarks/cold_start.py [--pairs 3] [--files FOLDER]

Both load the same full-size random weights and have sphinx as aligner. Ours also speaks a warm utterance before it
takes a job: its seconds are told apart and are not in the ratio. Files opened are those that Python itself opens
(its audit event ``open``): on a network volume each is a round trip. ``--files`` keeps the 1.4 GB of weights.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from benchmarks.f5 import REFERENCE_TEXT, model_folder, reference_clip

COUNT = """
import sys
opened = set()
sys.addaudithook(lambda event, arguments: event == "open" and opened.add(str(arguments[0])))
"""

PLAIN = """
import json, os
import runpod
import pocketsphinx
from f5_tts.api import F5TTS
from f5_tts.infer.utils_infer import preprocess_ref_audio_text
tts = F5TTS(ckpt_file=os.environ["CKPT"], vocoder_local_path=os.environ["VOCODER"], device="cpu")
preprocess_ref_audio_text(os.environ["CLIP"], os.environ["TEXT"], show_info=lambda *_: None)
pocketsphinx.Decoder(lm=None)
print(json.dumps({"opened": len(opened), "warm_utterance": 0.0}), flush=True)
"""

OURS = """
import json, os
from handler.app import make_services
from handler.settings import Settings
from handler.sdk import load
sdk = load()
services = make_services(Settings.read(os.environ))
engine = services.engines.get("f5")
services.aligners.get("sphinx")
sdk.join()
print(json.dumps({"opened": len(opened), **engine.start_seconds}), flush=True)
"""


def start(script: str, environ: dict[str, str]) -> dict[str, Any]:
    """Run a script to its line of JSON; ``seconds`` are those of the parent's clock, from spawn to that line."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", COUNT + script], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    told: dict[str, Any] = {}
    for line in process.stdout:
        if line.startswith("{"):
            told = json.loads(line) | {"seconds": time.perf_counter() - began}
    assert process.wait() == 0, "it did not start"
    return told


def main() -> None:
    """Start both in turn and print a table, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--files", type=Path)
    options = parser.parse_args()
    with model_folder(options.files) as folder:
        inherited = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG"}}
        weights = str(folder / "model.safetensors")
        plain = inherited | {"CKPT": weights, "VOCODER": str(folder), "CLIP": str(reference_clip())}
        plain |= {"TEXT": REFERENCE_TEXT, "HF_HUB_OFFLINE": "1"}
        ours = inherited | {"F5_CKPT_FILE": weights, "F5_VOCODER_DIR": str(folder), "LOCAL_STORE": str(folder / "s")}
        pairs = [(start(PLAIN, plain), start(OURS, ours)) for _ in range(options.pairs)]
    theirs = [first["seconds"] for first, _ in pairs]
    mine = [second["seconds"] - second["warm_utterance"] for _, second in pairs]
    ratios = [own / other for own, other in zip(mine, theirs, strict=True)]
    print(f"{'':12}{'start, s':>10}{'files opened':>14}{'warm utterance, s':>20}")
    for name, seconds, told in (("plain", theirs, pairs[-1][0]), ("ours", mine, pairs[-1][1])):
        print(f"{name:12}{statistics.median(seconds):10.2f}{told['opened']:14}{told['warm_utterance']:20.2f}")
    figures = {
        "ratio": round(statistics.median(ratios), 3),
        "ours_s": round(statistics.median(mine), 2),
        "plain_s": round(statistics.median(theirs), 2),
        "warm_utterance_s": round(pairs[-1][1]["warm_utterance"], 2),
        "ours_opened": pairs[-1][1]["opened"],
        "plain_opened": pairs[-1][0]["opened"],
    }
    print("\n" + json.dumps(figures))


if __name__ == "__main__":
    main()
