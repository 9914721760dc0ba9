"""Describe the contents of a file that a client sent: ffmpeg reads all its packets once, and decodes the first frame.

The claims of its headers are not trusted: its length is that of its packets, its size that of a frame.
"""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from handler import temporary
from handler.cancellation import NEVER, Cancellation
from handler.errors import BadRequest, Issue, TooLarge
from handler.media import ffmpeg, tracks
from handler.media.containers import CUT_OFF, VIDEO_CODECS, is_cut_off, opened
from handler.media.ffmpeg import MAX_SIDE_PX, Input

MIN_SIDE_PX = 16  # a smaller video is a tracker's or a test's

# Frame rates of a result: with fewer a short word falls between two frames, more are not played everywhere.
MIN_FPS, MAX_FPS = 20, 60

# The exact rates of cameras and programs: those of a file are near them, for timestamps are rounded.
RATES = (*map(Fraction, (24, 25, 30, 50, 60)), *(Fraction(rate * 1000, 1001) for rate in (24, 30, 60)))

_PICTURES = "jpeg_pipe,png_pipe,webp_pipe,gif,bmp_pipe"
_PICTURE_CODECS = "mjpeg,png,webp,gif,bmp"

_UNREADABLE = "is no video that can be read; send an mp4, mov, webm or mkv"

# Frames that change their size on the way are scaled to the first one's: a graph made anew would lose its sound.
_ONE_GRAPH = ("-reinit_filter:v", "0")

_DEFAULT_FPS = Fraction(30)
# Relative errors: of a frame rate against a usual one, of a step between frames against the median step.
_NEAR, _ROUNDED = 0.005, 0.15

_MAX_PACKET_S = 10.0  # no packet of sound of any codec lasts longer: after it there is a gap
_MAX_PACKETS = 1_000_000
_TIMEOUT_S = 60.0
_NO_TIMESTAMP = -(1 << 63)


@dataclass(frozen=True)
class Source:
    """A picture, moving or still. ``width`` and ``height`` are as shown: turned upright, of square pixels.

    ``fps`` and ``duration`` (seconds) are 0 for a still. ``sound`` is the channel layout of the audio track number
    ``track``, such as ``stereo``, empty without one. ``matrix`` (colour matrix) and ``transfer`` (curve) have FFmpeg's
    names.
    """

    given: Input
    width: int
    height: int
    fps: Fraction = Fraction(0)
    duration: float = 0.0
    sound: str = ""
    matrix: str = "auto"
    transfer: str = ""
    track: int = 0

    @property
    def still(self) -> bool:
        return self.duration == 0


@dataclass
class _Report:
    """The output of FFmpeg's ``framecrc``: the headers of each stream (0: picture, 1: sound) and its packets' times.

    ``after_gap`` is the time in seconds at which the sound goes on after the last gap so far, or begins late.
    """

    headers: dict[int, dict[str, str]] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    end: int = 0
    last_sound: int = 0
    after_gap: float = 0.0
    packets: int = 0
    colours: dict[str, str] = field(default_factory=dict)
    too_many_pixels: bool = False

    def read_line(self, line: str) -> None:
        if header := re.match(r"#(\w+) (\d+): (.*)", line):
            self.headers.setdefault(int(header[2]), {})[header[1]] = header[3]
            return
        self.packets += 1
        parts = line.split(",")
        if len(parts) < 5 or parts[0] not in ("0", "1"):
            return
        dts, pts, length = (int(part) for part in parts[1:4])
        start = dts if pts == _NO_TIMESTAMP else pts
        if parts[0] == "1":
            self._note_gap(start)
            return
        self.starts.append(start)
        self.end = max(self.end, start + max(0, length))

    def _note_gap(self, start: int) -> None:
        # From start to start: in an mp4 the packet before a gap is given the gap's length.
        tick = float(Fraction(self.header(1, "tb")))
        if (start - self.last_sound) * tick > _MAX_PACKET_S:
            self.after_gap = start * tick
        self.last_sound = start

    def read_log(self, line: str) -> None:
        self.too_many_pixels |= "exceeds specified max pixel count" in line
        if re.match(r"\[Parsed_showinfo_\d+ @ \w+\] color_range:", line):
            self.colours = dict(re.findall(r"(color_\w+):(\S+)", line))

    def header(self, stream: int, name: str) -> str:
        return self.headers.get(stream, {}).get(name, "")

    @property
    def tick(self) -> Fraction:
        """Seconds for one unit of ``starts`` and ``end``."""
        return Fraction(self.header(0, "tb"))


def video(
    path: Path,
    *,
    field: str,
    max_seconds: float,
    track: int | str | None = None,
    cancellation: Cancellation = NEVER,
) -> Source:
    """Describe a video. ``field`` is the request's field that errors name; ``track`` is as in `tracks.chosen`.

    Raises BadRequest for a file that is no video of a known kind, TooLarge for one that is too long or too large.
    """
    given = opened(path, _ONE_GRAPH)
    report = _Report()

    def within_limits(line: str) -> None:
        report.read_line(line)
        if report.packets > _MAX_PACKETS or report.end * (report.tick if report.starts else 0) > max_seconds:
            raise _too_large(field, f"the video is longer than {max_seconds:g} s; send a shorter one")
        if report.after_gap > max_seconds:
            gap = f"the video's sound has a gap and goes on only at {report.after_gap:.0f} s"
            remedy = "send it with a sound track that keeps to its picture"
            raise _too_large(field, f"{gap}, videos last at most {max_seconds:g} s; {remedy}")

    heard = _track(path, track, field, cancellation)
    number = heard.number if heard else 0
    arguments = ["-map", "0:V:0", "-map", f"0:a:{number}?", "-c", "copy", "-f", "framecrc", "-"]
    _read(report, given, arguments, within_limits, field, _UNREADABLE, cancellation)
    codec = report.header(0, "codec_id")
    if codec not in VIDEO_CODECS:
        raise BadRequest.of(field, f"the video's codec {codec} is not taken; send H.264, H.265, VP9 or AV1")
    if heard and not heard.decodable:
        raise BadRequest.of(field, f"the codec {heard.codec} of the video's sound is not taken; send AAC, MP3 or Opus")
    if not report.starts:
        raise BadRequest.of(field, "the video has no frames in it; send one that plays")
    frame = _first_frame(given, field, "the video's first frame cannot be decoded; send it as H.264", cancellation)
    return replace(
        frame,
        fps=_fps(report.starts, report.tick),
        duration=float(report.end * report.tick),
        sound=(report.header(1, "channel_layout_name") or "unknown") if heard else "",
        track=number,
    )


def _track(path: Path, wanted: int | str | None, field: str, cancellation: Cancellation) -> tracks.AudioTrack | None:
    """Return the audio track to use, if need be one that nothing decodes; None where there is no track at all."""
    try:
        found = tracks.audio_tracks(path, timeout=_TIMEOUT_S, cancellation=cancellation)
    except ffmpeg.Failed as error:
        raise BadRequest.of(field, _reason(error, _UNREADABLE)) from None
    return next(iter((*tracks.chosen(found, wanted), *found)), None)


def _reason(error: ffmpeg.Failed, message: str) -> str:
    return f"is no video that can be read: {CUT_OFF}" if is_cut_off(error) else message


def picture(path: Path, *, field: str, cancellation: Cancellation = NEVER) -> Source:
    """Describe a still picture, or the first frame of a moving one. Raises as `video` does."""
    given = Input(path, _PICTURES, _PICTURE_CODECS)
    return _first_frame(given, field, "is no picture that can be read; send a png, jpeg or webp", cancellation)


def constant_rate(fps: float) -> Fraction:
    """Return the exact frame rate that ``fps`` means, at most MAX_FPS: 29.97 means 30000/1001."""
    nearest = min(RATES, key=lambda known: abs(known - fps))
    rate = nearest if abs(float(nearest) / fps - 1) < 0.0005 else Fraction(fps).limit_denominator(1001)
    return min(rate, Fraction(MAX_FPS))


def _first_frame(given: Input, field: str, message: str, cancellation: Cancellation) -> Source:
    """Describe the first frame, which ffmpeg turns upright, as a still."""
    report = _Report()
    one = ["-map", "0:V:0", "-frames:v", "1", "-vf", "showinfo=checksum=0", "-f", "framecrc", "-"]
    _read(report, given, one, report.read_line, field, message, cancellation)
    if not re.fullmatch(r"\d+x\d+", size := report.header(0, "dimensions")):
        raise BadRequest.of(field, message)
    width, height = (int(side) for side in size.split("x"))
    shape = report.header(0, "sar").split("/")
    if len(shape) == 2 and all(part.isdecimal() and int(part) for part in shape):
        width = round(width * Fraction(int(shape[0]), int(shape[1])))
    if max(width, height) > MAX_SIDE_PX:
        raise _too_large(field, f"is {width}x{height} pixels large, at most {MAX_SIDE_PX} a side are taken")
    if min(width, height) < MIN_SIDE_PX:
        raise BadRequest.of(field, f"is {width}x{height} pixels large, at least {MIN_SIDE_PX} a side are needed")
    # Players take large pictures that do not name their matrix for HDTV's, and small ones for the older standard's.
    default_matrix = "bt709" if min(width, height) >= 720 else "bt601"
    matrix = default_matrix if report.colours.get("color_space", "unknown") == "unknown" else "auto"
    return Source(given, width, height, matrix=matrix, transfer=report.colours.get("color_trc", ""))


def _read(
    report: _Report,
    given: Input,
    arguments: list[str],
    on_output: ffmpeg.LineCallback,
    field: str,
    message: str,
    cancellation: Cancellation,
) -> None:
    with temporary.folder("probe") as folder:
        try:
            ffmpeg.run(
                [given],
                arguments,
                folder,
                cancellation=cancellation,
                timeout=_TIMEOUT_S,
                on_output=on_output,
                on_log=report.read_log,
            )
        except ffmpeg.Failed as error:
            if report.too_many_pixels:
                too_large = f"has more than {MAX_SIDE_PX} x {MAX_SIDE_PX} pixels; send it smaller"
                raise _too_large(field, too_large) from None
            raise BadRequest.of(field, _reason(error, message)) from None


def _too_large(field: str, message: str) -> TooLarge:
    return TooLarge(f"{field}: {message}", issues=[Issue(field, message)])


def _fps(starts: list[int], tick: Fraction) -> Fraction:
    """Return the constant frame rate that is nearest to these times.

    It is the mean of all steps between frames that are near the median step: clocks of phones skip now and then, and
    timestamps in milliseconds are rounded.
    """
    times = sorted(set(starts))
    steps = [after - before for before, after in pairwise(times)]
    if not steps:
        return _DEFAULT_FPS
    usual = statistics.median(steps)
    near = [step for step in steps if abs(step / usual - 1) < _ROUNDED] or [round(usual)]
    rate = Fraction(len(near), sum(near)) / tick
    nearest = min(RATES, key=lambda known: abs(known - rate))
    rate = nearest if abs(nearest / rate - 1) < _NEAR else rate.limit_denominator(1001)
    if rate <= 0:  # frames more than half an hour apart
        return _DEFAULT_FPS
    while rate < MIN_FPS:  # every frame is shown twice, and for as long as it was
        rate *= 2
    return min(rate, Fraction(MAX_FPS))
