"""How well jobs meet a loudness and a true peak, by another program's meter, and what that costs.

    python benchmarks/loudness.py [--texts N]

Each text is spoken by piper or espeak, in turn, once for each target. ffmpeg's ebur128 measures the file that the job
wrote. The share is the time for levelling beside that for speaking, of piper alone; "measured" is a job without a
loudness, whose speech is only measured. Encoders with losses move the peaks after that: the last table shows by how
much.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from handler import telemetry
from handler.app import make_services
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import Settings
from tests.support.ebur128 import Metered, metered
from tests.support.human_clip import HUMAN_TEXT
from tests.support.sentences import of

TARGETS_LUFS: tuple[int | None, ...] = (-14, -16, -23, None)
TRUE_PEAK_DBTP = -1.0
ENGINES = ("piper", "espeak")
LOSSY = ("mp3", "ogg", "m4a")


@dataclass
class Group:
    """What was found in the jobs of one target."""

    errors_lu: list[float] = field(default_factory=list)
    peaks_dbtp: list[float] = field(default_factory=list)
    told: list[tuple[float, float]] = field(default_factory=list)  # by how much the reply differs from the meter
    level_s: float = 0.0
    speak_s: float = 0.0
    warned: int = 0

    def add(self, reply: dict[str, Any], found: Metered, target: int | None) -> None:
        own = reply["loudness"]
        self.told.append((abs(own["integrated_lufs"] - found.integrated), abs(own["true_peak_dbtp"] - found.true_peak)))
        self.peaks_dbtp.append(found.true_peak)
        self.errors_lu.append(abs(found.integrated - target) if target is not None else 0.0)
        self.warned += any(warning["code"] == "loudness_not_reached" for warning in reply["warnings"])
        if reply["engine"] == "piper":
            self.level_s += reply["metrics"]["level"]
            self.speak_s += reply["metrics"]["speak"]


def texts(count: int) -> list[str]:
    """English scripts of one sentence and of several."""
    sentences = [HUMAN_TEXT, *of("en"), "He said no!", "Stop. Think of Susan's sixty-six silver swords, and whisper."]
    rolled = [sentences[place % len(sentences) :] + sentences[: place % len(sentences)] for place in range(count)]
    return [" ".join(each[: 1 + place % 7]) for place, each in enumerate(rolled)]


def main() -> None:
    """Run the jobs and print two tables, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=50)
    given = parser.parse_args()
    telemetry.configure("ERROR")
    with tempfile.TemporaryDirectory() as store, tempfile.TemporaryDirectory() as models:
        environ = {"ENGINES": ",".join(ENGINES), "LOCAL_STORE": store, "MODELS_DIR": models}
        services = make_services(Settings.read(environ))
        for engine in ENGINES:
            _job(services, engine=engine, text="Hello.")
        groups = {target: _group(services, texts(given.texts), target) for target in TARGETS_LUFS}
        overshoot = {format_: _overshoot(services, texts(given.texts), format_) for format_ in LOSSY}
    print(f"{given.texts} texts, true peak {TRUE_PEAK_DBTP:g} dBTP\n")
    print(f"{'target':>10}{'worst LU':>10}{'highest dBTP':>14}{'warnings':>10}{'reply off LU, dB':>20}{'share':>8}")
    for target, group in groups.items():
        name = "measured" if target is None else f"{target} LUFS"
        off = ", ".join(f"{max(values):.2f}" for values in zip(*group.told, strict=True))
        row = f"{name:>10}{max(group.errors_lu):10.2f}{max(group.peaks_dbtp):14.2f}{group.warned:10}{off:>20}"
        print(f"{row}{group.level_s / group.speak_s:8.3f}")
    print(f"\nhighest true peak after encoding at -14 LUFS: {overshoot}")
    levelled = [group for target, group in groups.items() if target is not None]
    figures = {
        "worst_lu": max(max(group.errors_lu) for group in levelled),
        "highest_dbtp": max(max(group.peaks_dbtp) for group in levelled),
        "share_of_speaking": max(group.level_s / group.speak_s for group in levelled),
        "share_measured": groups[None].level_s / groups[None].speak_s,
        **{f"highest_dbtp_{format_}": peak for format_, peak in overshoot.items()},
    }
    print("\n" + json.dumps({name: round(value, 3) for name, value in figures.items()}))


def _group(services: Services, said: Sequence[str], target: int | None) -> Group:
    group = Group()
    fields = {} if target is None else {"loudness": target, "true_peak": TRUE_PEAK_DBTP}
    for place, text in enumerate(said):
        reply = _job(services, engine=ENGINES[place % len(ENGINES)], text=text, seed=place, **fields)
        group.add(reply, _metered(services, reply), target)
    return group


def _overshoot(services: Services, said: Sequence[str], format_: str) -> float:
    """The highest true peak of files with losses whose samples had at most TRUE_PEAK_DBTP."""
    fields = {"loudness": -14, "true_peak": TRUE_PEAK_DBTP, "audio_format": format_}
    jobs = (_job(services, engine=ENGINES[at % len(ENGINES)], text=text, **fields) for at, text in enumerate(said))
    return round(max(_metered(services, reply).true_peak for reply in jobs), 2)


def _job(services: Services, **fields: Any) -> dict[str, Any]:
    reply = dispatch({"input": fields}, services)
    assert "error" not in reply, reply
    return reply


def _metered(services: Services, reply: dict[str, Any]) -> Metered:
    return metered(services.store.get(f"output/{reply['job_id']}.{reply['audio_format']}"))


if __name__ == "__main__":
    main()
