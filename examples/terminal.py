"""What the demo prints: its steps, its files, and what to try next."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from examples.film import Loudness

NEXT = """
What next?
  your own voice   make demo ENGINE=f5 speaks with F5-TTS (10 GB to download); docs/deploy.md clones your voice
  your own video   README.md, "Quick start", with ALIGNERS=engine,sphinx: upload it, and `overlay` puts captions on it
  deploy           docs/deploy.md: from an account on RunPod to an endpoint that speaks

All styles of captions: docs/captions.md"""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print what is being done, and how long it took."""
    began = time.monotonic()
    print(f"  {name + ' ':.<44} ", end="", flush=True)
    try:
        yield
    except BaseException:
        print()
        raise
    print(f"{time.monotonic() - began:4.1f} s")


def print_summary(
    out: Path, speech: dict[str, Any], video: dict[str, Any], loudness: Loudness, files: Sequence[Path], seconds: float
) -> None:
    """Name each file in the folder ``out``, and what to try next. ``speech`` and ``video`` are replies of jobs."""
    size = f"{video['width']}x{video['height']}, {video['duration']:.1f} s"
    about = {
        "demo.mp4": f"the video: {size}, {loudness.lufs:.1f} LUFS, peak {loudness.peak_dbtp:.1f} dBTP",
        "frames.png": "some of its frames",
        "demo.wav": f"the speech, by {speech['engine']}",
        "demo.srt": f"captions: {speech['word_count']} words, timed by {speech['timing_method']}",
    }
    print(f"\nIn {os.path.relpath(out)}:")
    for file in (out / "demo.mp4", out / "frames.png", *files):
        print(f"  {file.name:10}{file.stat().st_size:>11,} bytes   {about.get(file.name, '')}".rstrip())
    for warning in speech["warnings"]:
        print(f"\n  warning: {warning['message']}")
    print(f"\nDone in {seconds:.1f} s.\n{NEXT}")
