"""How exactly captions are dubbed, and at what cost: Piper speaks 200 made up cues inside their own times.

    python benchmarks/dub.py [--cues 200]

Each cue lasts 0.8 to 1.3 times as long as its sentence at Piper's own pace, with gaps between them; all is drawn with a
fixed seed. For each `fit`, `start` is when the first sound in each cue is heard after the cue's start, found in the
samples of the audio file: the moment when the sound rises over 1 % of its loud level. `off` counts starts that are not
within one frame at 30 a second, and those at which the cue before still sounds. `samples_off` is the difference between
the audio and the captions, in samples. `warned` counts the cues that do not fit. `cost` is in processor seconds, of
ffmpeg too, for those of plain speech of the same text.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

from benchmarks.piper import ENDINGS, OBJECTS, SUBJECTS, VERBS
from handler import text
from handler.app import make_services
from handler.captions.formats.base import clock, ticks
from handler.dispatch import dispatch
from handler.media import audio
from handler.protocols import Services
from handler.settings import Settings
from handler.types import Chunk, Samples, SpeechOptions, SpeechRequest, TimedText

SEED = 1
FITS = ("pad", "stretch", "natural")
FRAME_S = 1 / 30
SHORTEST, LONGEST = 0.8, 1.3  # of the time that a sentence takes
MIN_GAP_S, MAX_GAP_S = 0.1, 1.5
WINDOW_S = 0.004  # over which the level is measured
ONSET_SHARE = 0.01  # of the loud level


def sentences(count: int) -> list[str]:
    """So many sentences of 4 to 30 words, always the same."""
    rng = random.Random(SEED)

    def one() -> str:
        parts = [rng.choice(each) for each in (SUBJECTS, VERBS, OBJECTS, ENDINGS)]
        return " ".join(parts[: rng.choice((3, 4, 4))]) + "."

    return [" ".join(one() for _ in range(rng.choice((1, 1, 1, 2)))) for _ in range(count)]


def captions(texts: Sequence[str], services: Services) -> list[TimedText]:
    """A cue for each text, with a time that is drawn about its natural one."""
    rng = random.Random(SEED)
    with services.engines.lease("piper") as engine:
        voice, options, at, cues = engine.default_voice("en"), SpeechOptions(), 0.5, []
        for said in texts:
            (spoken,) = engine.speak([SpeechRequest(Chunk(0, text.tokenize(said, "en")), SEED)], voice, options)
            quiet = sum(audio.quiet_edges(spoken.samples, engine.sample_rate))
            natural = (len(spoken.samples) - quiet) / engine.sample_rate
            end = round(at + natural * rng.uniform(SHORTEST, LONGEST), 3)
            cues.append(TimedText(at, end, said))
            at = round(end + rng.uniform(MIN_GAP_S, MAX_GAP_S), 3)
    return cues


def srt(cues: Sequence[TimedText]) -> str:
    """The cues as SubRip."""
    times = [[clock(ticks(at, 1000), 1000, ",") for at in (cue.start, cue.end)] for cue in cues]
    pairs = enumerate(zip(cues, times, strict=True), 1)
    return "\n".join(f"{number}\n{' --> '.join(time)}\n{cue.text}\n" for number, (cue, time) in pairs)


def onsets(samples: Samples, rate: int, cues: Sequence[TimedText]) -> list[float]:
    """Seconds from the start of each cue to its first sound, which is searched from the end of the cue before."""
    window = round(WINDOW_S * rate)
    loud = float(np.percentile(np.convolve(samples**2, np.full(window, 1 / window), "valid"), 95))
    found, before = [], 0.0
    for cue in cues:
        begin, end = round(max(before, cue.start - MIN_GAP_S) * rate), round(cue.end * rate)
        power = np.convolve(samples[begin:end] ** 2, np.full(window, 1 / window), "full")
        found.append((begin + int(np.argmax(power > ONSET_SHARE**2 * loud))) / rate - cue.start)
        before = cue.end
    return found


def spoken(services: Services, fields: dict[str, Any]) -> tuple[dict[str, Any], Samples, float]:
    """The reply of a job, its audio, and the processor seconds that it took."""
    begun = sum(os.times()[:4])
    reply = dispatch({"input": {"seed": SEED, **fields}}, services)
    if "error" in reply:
        raise SystemExit(reply["error"])
    seconds = sum(os.times()[:4]) - begun
    audio_file = services.store.get(f"output/{reply['job_id']}.wav")
    samples, _ = soundfile.read(io.BytesIO(audio_file), dtype="float32")
    return reply, samples, seconds


def measured(services: Services, cues: Sequence[TimedText], fit: str, plain_s: float) -> dict[str, float]:
    """The figures of one fit."""
    reply, samples, seconds = spoken(services, {"captions": srt(cues), "fit": fit})
    rate = reply["sample_rate"]
    late = np.array(onsets(samples, rate, cues))
    return {
        "start_median_ms": 1000 * float(np.median(late)),
        "start_p95_ms": 1000 * float(np.percentile(late, 95)),
        "start_worst_ms": 1000 * float(late[np.abs(late).argmax()]),
        "off": int(np.sum(np.abs(late) > FRAME_S)),
        "samples_off": len(samples) - round(cues[-1].end * rate),
        "warned": sum(warning["code"] == "cue_too_long" for warning in reply["warnings"]),
        "cost": seconds / plain_s,
    }


def main() -> None:
    """Make the captions, speak them, and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cues", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environ = {"ENGINES": "piper", "ALIGNERS": "engine", "LOCAL_STORE": folder, "MAX_TEXT_CHARS": "1000000"}
        services = make_services(Settings.read(environ))
        cues = captions(sentences(given.cues), services)
        plain, _, plain_s = spoken(services, {"text": "\n\n".join(cue.text for cue in cues)})
        figures: dict[str, Any] = {"cues": len(cues), "captions_s": cues[-1].end, "plain_s": plain["duration"]}
        figures |= {fit: measured(services, cues, fit, plain_s) for fit in FITS}
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
