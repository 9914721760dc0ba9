"""How well the endpoint `text` estimates how long speech will be, against piper's own.

    python benchmarks/reading_pace.py [--texts N]

The texts are made up sentences, which the estimate's figures were not fitted on, one to four in a row, at three speeds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from benchmarks.spoken_text import sentences
from handler import telemetry
from handler.app import make_services
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import Settings

SPEEDS = (0.8, 1.0, 1.5)


def error(text: str, speed: float, services: Services) -> float:
    """By which share of the speech the estimate differs from it; over 0 where it is too long."""
    fields = {"text": text, "speed": speed}
    estimated = dispatch({"input": {"endpoint": "text", **fields}}, services)["seconds"]
    spoken = dispatch({"input": fields}, services)["duration"]
    return float(estimated / spoken - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=30)
    options = parser.parse_args()
    telemetry.configure("ERROR")
    lines = sentences(4 * options.texts)
    with tempfile.TemporaryDirectory() as folder:
        environ = {"ENGINES": "piper", "LOCAL_STORE": folder, "MODELS_DIR": f"{folder}/models"}
        services = make_services(Settings.read(environ))
        errors = []
        for number in range(options.texts):
            text = " ".join(lines[4 * number : 4 * number + 1 + number % 4])
            errors.append(error(text, SPEEDS[number % len(SPEEDS)], services))
    sizes = sorted(map(abs, errors))
    found = {
        "texts": len(errors),
        "median_error": round(statistics.median(sizes), 3),
        "p90_error": round(sizes[int(0.9 * (len(sizes) - 1))], 3),
        "worst_error": round(sizes[-1], 3),
        "mean_bias": round(statistics.mean(errors), 3),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
