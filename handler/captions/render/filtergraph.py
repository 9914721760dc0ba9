"""ffmpeg's filters for a captioned video: picture, waveform of an audiogram, captions, and sound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Literal

from handler.captions.render.emoji_track import Track
from handler.captions.styles import Style
from handler.media.decode import on_time
from handler.media.ffmpeg import Input
from handler.media.probe import Source

Sound = Literal["replace", "duck", "keep"]

AFTER_SPEECH_S = 0.5  # A video goes on for so long after a speech that replaces its sound
BACKGROUND = "#12141C"
_SPEECH_FORMATS, _SPEECH_CODECS = "wav,mp3,flac,ogg,mov", "pcm_s16le,mp3float,mp3,flac,opus,libopus,vorbis,aac"
# The middle of the waveform as a share of the height, by the captions' position: clear of them.
_WAVE_MIDDLE = {"top": 0.5, "middle": 0.25, "bottom": 0.47}
_BARS = 48
# HLG and PQ, which phones record, look washed out where a player takes them for SDR.
_HDR = frozenset({"smpte2084", "arib-std-b67"})
_TO_SDR = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,"
    "format=yuv420p"
)  # HDTV's colours, which players assume for a video of this kind: convert to them, and tag the video so.
_BT709 = "out_color_matrix=bt709:out_range=tv,format=yuv420p"
_TAGGED = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


@dataclass(frozen=True)
class RenderPlan:
    """A video without its captions.

    ``width`` and ``height`` are pixels, both even; ``duration`` is in seconds. Without ``source`` the picture is
    ``background``, ``#RRGGBB``. ``sound`` says what becomes of a video's own sound; without ``speech`` it stays as it
    is. ``waveform`` draws the speech.
    """

    width: int
    height: int
    fps: Fraction
    duration: float
    speech: Path | None
    source: Source | None = None
    background: str = BACKGROUND
    sound: Sound = "replace"
    waveform: bool = False

    @property
    def frames(self) -> int:
        return max(1, ceil(self.duration * self.fps - Fraction(1, 1000)))

    @property
    def inputs(self) -> list[Input]:
        """The speech if there is any, then the picture if there is any."""
        speech = [Input(self.speech, _SPEECH_FORMATS, _SPEECH_CODECS)] if self.speech else []
        return speech + ([self.source.given] if self.source else [])

    @property
    def has_sound(self) -> bool:
        return self.speech is not None or bool(self.source and self.source.sound)


def audiogram(
    speech: Path, duration: float, size: tuple[int, int], fps: Fraction, picture: Source | str = BACKGROUND
) -> RenderPlan:
    """The waveform on a still picture or a plain colour (``#RRGGBB``), as long as the speech (seconds)."""
    width, height = map(_even, size)
    source, background = (None, picture) if isinstance(picture, str) else (picture, BACKGROUND)
    return RenderPlan(width, height, fps, duration, speech, source, background, waveform=True)


def over_video(
    video: Source, speech: Path | None, duration: float, size: tuple[int, int], fps: Fraction, sound: Sound = "replace"
) -> RenderPlan:
    """A video with a speech of ``duration`` seconds.

    A speech that replaces the video's sound is never cut off: a shorter video stands still at its last frame, a
    longer one ends AFTER_SPEECH_S later. Otherwise the video keeps its length.
    """
    length = video.duration
    if sound == "replace":
        length = min(max(length, duration), duration + AFTER_SPEECH_S)
    width, height = map(_even, size)
    return RenderPlan(width, height, fps, length, speech if sound != "keep" else None, source=video, sound=sound)


def filters(plan: RenderPlan, style: Style, emoji: Track | None = None) -> str:
    """The filter graph from ``plan.inputs`` to ``[v]`` and ``[a]``; it draws ``c.ass`` with the folder ``fonts``.

    The sheet of ``emoji`` is the input after these.
    """
    speech, picture = "0:a:0", f"{int(plan.speech is not None)}:V:0"
    parts = [_picture(plan, picture) + "[p]"]
    if plan.waveform:
        bars, position = _waveform(plan, style)
        parts += [f"[{speech}]{bars}[w]", f"[p][w]overlay={position}[q]"]
    captioned = f"[{'q' if plan.waveform else 'p'}]ass=c.ass:fontsdir=fonts"
    if emoji is not None:
        parts += [f"{captioned}[t]", emoji.filters(f"{len(plan.inputs)}:v:0", "t", plan.fps)]
        captioned = "[e]null"
    parts.append(f"{captioned},{_TAGGED}[v]")
    if plan.has_sound:
        parts.append(_sound(plan) + ",apad[a]")
    return ";".join(parts)


def _picture(plan: RenderPlan, stream: str) -> str:
    """Endless frames at the plan's size and rate."""
    source, rate = plan.source, str(plan.fps)
    if source is None:
        return f"color=c={_hex_color(plan.background)}:s={plan.width}x{plan.height}:r={rate},format=gbrp,scale={_BT709}"
    scale = max(Fraction(plan.width, source.width), Fraction(plan.height, source.height))
    width = max(plan.width, _even(source.width * scale + 1))
    height = max(plan.height, _even(source.height * scale + 1))
    sized = f"scale={width}:{height}:in_color_matrix={source.matrix}:{_BT709},"
    if source.transfer in _HDR:
        sized = f"scale={width}:{height},{_TO_SDR},"
    sized += f"crop={plan.width}:{plan.height},setsar=1"
    if source.still:
        return f"[{stream}]{sized},trim=end_frame=1,loop=-1:1,setpts=N/({rate})/TB,fps={rate}"
    # From the very start, also where the sound begins before the picture.
    return f"[{stream}]fps={rate}:start_time=0,{sized},tpad=stop=-1:stop_mode=clone"


def _waveform(plan: RenderPlan, style: Style) -> tuple[str, str]:
    """The speech as a row of bars, and its position."""
    bar = max(2, _even(plan.width * 0.8 / _BARS))
    width, height = bar * _BARS, _even(min(plan.width, plan.height) * 0.24)
    # One column of the waveform a bar, made wide without smoothing, with a transparent gap cut between bars.
    bars = (
        f"showwaves=s={_BARS}x{height}:mode=cline:rate={plan.fps}:scale=sqrt:draw=full"
        f":colors={_hex_color(style.highlight)},format=rgba,scale={width}:{height}:flags=neighbor,"
        f"drawgrid=w={bar}:h=0:t={max(1, bar * 2 // 5)}:c=black@0:replace=1"
    )
    return bars, f"{(plan.width - width) // 2}:{round(plan.height * _WAVE_MIDDLE[style.position] - height / 2)}"


# One channel becomes two of the same loudness: ffmpeg by itself takes 3 dB off. Silence fills the time before a late
# first sample, so that sound and picture stay together.
_SPEECH = "[0:a:0]aresample=48000:first_pts=0,pan=stereo|c0=c0|c1=c0"


def _video_sound(plan: RenderPlan) -> str:
    mono = bool(plan.source and plan.source.sound == "mono")
    layout = "pan=stereo|c0=c0|c1=c0" if mono else "aformat=channel_layouts=stereo"
    track = plan.source.track if plan.source else 0
    return f"[{int(plan.speech is not None)}:a:{track}]" + on_time(plan.duration, f"aresample=48000,{layout}")


def _ducked(plan: RenderPlan) -> str:
    """The video's own sound, about 12 dB lower while there is speech; it comes back in half a second."""
    # Endless silence follows both: the mix would end with the shorter of them.
    return (
        f"{_SPEECH},apad,asplit[s][k];{_video_sound(plan)},apad[o];"
        "[o][k]sidechaincompress=threshold=0.01:ratio=8:attack=30:release=500:detection=rms[d];"
        "[d][s]amix=inputs=2:duration=first:normalize=0,alimiter=level=0:limit=0.97"
    )


def _sound(plan: RenderPlan) -> str:
    if plan.source is None or not plan.source.sound or plan.sound == "replace":
        return _SPEECH
    return _ducked(plan) if plan.sound == "duck" else _video_sound(plan)


def _hex_color(colour: str) -> str:
    return "0x" + colour.removeprefix("#")


def _even(pixels: float | Fraction) -> int:
    return int(pixels) // 2 * 2
