import subprocess
from pathlib import Path

import imageio_ffmpeg
from PIL import Image

from examples.contact_sheet import contact_sheet


def test_frames_are_tiled(tmp_path: Path) -> None:
    """Frames are side by side in one picture, in rows of the asked number; one frame works too."""
    gray = ["-f", "lavfi", "-i", "color=gray:s=270x480:r=20:d=3", "-pix_fmt", "yuv420p", "-c:v", "libx264"]
    video = tmp_path / "v.mp4"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *gray, str(video)], check=True)
    for times, columns, size in (([0.75, 1.75, 2.25], 2, (2, 2)), ([0.75], 5, (1, 1))):
        contact_sheet(video, times, tmp_path / "sheet.png", height=240, columns=columns)
        with Image.open(tmp_path / "sheet.png") as sheet:
            assert sheet.size == (12 * (size[0] + 1) + size[0] * 136, 12 * (size[1] + 1) + size[1] * 240)
