"""A contact sheet: frames of a video side by side, to look at what has been drawn."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from handler.media import ffmpeg
from handler.media.ffmpeg import Input


def contact_sheet(video: Path, times: Sequence[float], out: Path, *, height: int = 640, columns: int = 5) -> None:
    """Save the frames of an MP4 at these times (seconds) side by side as one PNG, each ``height`` pixels high.

    Raises ffmpeg.Failed when the video cannot be read, OSError when it has no frame at any of the times.
    """
    rows = -(-len(times) // columns)
    inputs = [Input(video, "mov", "h264,aac", ("-ss", f"{time:.3f}")) for time in times]
    frames = "".join(f"[{i}:v]trim=end_frame=1,setpts=0,scale=-2:{height},setsar=1[f{i}];" for i in range(len(times)))
    names = "".join(f"[f{i}]" for i in range(len(times)))
    tile = f"tile={min(columns, len(times))}x{rows}:padding=12:margin=12:color=white"
    graph = f"{frames}{names}concat=n={len(times)}:v=1,{tile}[v]"
    command = ["-filter_complex", graph, "-map", "[v]", "-frames:v", "1", "-update", "1", "sheet.png"]
    with tempfile.TemporaryDirectory(prefix="sheet-") as name:
        ffmpeg.run(inputs, command, Path(name), timeout=600)
        shutil.move(Path(name) / "sheet.png", out)
