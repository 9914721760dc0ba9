"""What ffmpeg is told to draw: the picture, the waveform of an audiogram, the captions, and the sound under them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Literal

from handler.captions.styles import Look
from handler.media.ffmpeg import Input
from handler.media.probe import Source

Sound = Literal["replace", "duck", "keep"]

AFTER_SPEECH = 0.5
"""Seconds that a video goes on after the speech that takes the place of its sound."""

BACKGROUND = "#12141C"

_SPEECH_FORMATS, _SPEECH_CODECS = "wav,mp3,flac,ogg", "pcm_s16le,mp3float,mp3,flac,opus,libopus,vorbis"

# Where the middle of the waveform stands, as a share of the height: clear of the captions.
_WAVE_MIDDLE = {"top": 0.5, "middle": 0.25, "bottom": 0.47}
_BARS = 48

_TO_SDR = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,"
    "format=yuv420p"
)
"""What phones record in HLG or PQ looks washed out where it is shown as if it were not."""

# HDTV's colours, which players take for granted in a video of this kind: converted to, and said.
_BT709 = "out_color_matrix=bt709:out_range=tv,format=yuv420p"
_TAGGED = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"

_HDR = frozenset({"smpte2084", "arib-std-b67"})


@dataclass(frozen=True)
class Shot:
    """What a video is made of besides captions.

    ``width`` and ``height`` in pixels, both even; ``duration`` in seconds. Without ``source`` the picture is all
    ``background``, ``#RRGGBB``. A moving source keeps its own sound by ``sound``; ``speech`` None leaves that alone.
    ``wave`` draws the speech.
    """

    width: int
    height: int
    fps: Fraction
    duration: float
    speech: Path | None
    source: Source | None = None
    background: str = BACKGROUND
    sound: Sound = "replace"
    wave: bool = False

    @property
    def frames(self) -> int:
        return max(1, ceil(self.duration * self.fps - Fraction(1, 1000)))

    @property
    def inputs(self) -> list[Input]:
        """The speech, if there is any, then the picture, if there is any."""
        speech = [Input(self.speech, _SPEECH_FORMATS, _SPEECH_CODECS)] if self.speech else []
        return speech + ([self.source.given] if self.source else [])

    @property
    def audible(self) -> bool:
        return self.speech is not None or bool(self.source and self.source.sound)


def audiogram(
    speech: Path, duration: float, size: tuple[int, int], fps: Fraction, picture: Source | str = BACKGROUND
) -> Shot:
    """The waveform on a still picture or a plain colour (``#RRGGBB``), as long as the speech (seconds)."""
    width, height = map(_even, size)
    if isinstance(picture, str):
        return Shot(width, height, fps, duration, speech, background=picture, wave=True)
    return Shot(width, height, fps, duration, speech, source=picture, wave=True)


def over(
    video: Source, speech: Path | None, duration: float, size: tuple[int, int], fps: Fraction, sound: Sound = "replace"
) -> Shot:
    """A video and a speech that lasts ``duration`` seconds.

    Where the speech takes the place of the video's sound it is heard to its end: a video that is shorter stands still
    at its last frame, one that is longer ends AFTER_SPEECH. Otherwise the video keeps its length.
    """
    length = video.duration
    if sound == "replace":
        length = min(max(length, duration), duration + AFTER_SPEECH)
    width, height = map(_even, size)
    return Shot(width, height, fps, length, speech if sound != "keep" else None, source=video, sound=sound)


def filters(shot: Shot, look: Look) -> str:
    """The graph whose outputs are ``[v]``, with the captions of ``c.ass`` and the fonts beside it, and ``[a]``.

    Inputs are those of ``shot.inputs``.
    """
    speech, picture = "0:a:0", f"{int(shot.speech is not None)}:V:0"
    parts = [_picture(shot, picture) + "[p]"]
    if shot.wave:
        bars, place = _wave(shot, look)
        parts += [f"[{speech}]{bars}[w]", f"[p][w]overlay={place}[q]"]
    parts.append(f"[{'q' if shot.wave else 'p'}]ass=c.ass:fontsdir=fonts,{_TAGGED}[v]")
    if shot.audible:
        parts.append(_sound(shot) + ",apad[a]")
    return ";".join(parts)


def _picture(shot: Shot, stream: str) -> str:
    """Frames at the shot's size and rate, without end."""
    source, rate = shot.source, str(shot.fps)
    if source is None:
        return f"color=c={_hex(shot.background)}:s={shot.width}x{shot.height}:r={rate},format=gbrp,scale={_BT709}"
    covered = max(Fraction(shot.width, source.width), Fraction(shot.height, source.height))
    width, height = (max(side, _even(full * covered + 1)) for side, full in
                     ((shot.width, source.width), (shot.height, source.height)))  # fmt: skip
    sized = f"scale={width}:{height}:in_color_matrix={source.matrix}:{_BT709},"
    if source.transfer in _HDR:
        sized = f"scale={width}:{height},{_TO_SDR},"
    sized += f"crop={shot.width}:{shot.height},setsar=1"
    if source.still:
        return f"[{stream}]{sized},trim=end_frame=1,loop=-1:1,setpts=N/({rate})/TB,fps={rate}"
    # From the very start, also where the sound begins before the picture.
    return f"[{stream}]fps={rate}:start_time=0,{sized},tpad=stop=-1:stop_mode=clone"


def _wave(shot: Shot, look: Look) -> tuple[str, str]:
    """The voice as a row of bars, and where it stands."""
    bar = max(2, _even(shot.width * 0.8 / _BARS))
    width, height = bar * _BARS, _even(min(shot.width, shot.height) * 0.24)
    # One column of the waveform a bar, made wide without smoothing, with a transparent gap cut between bars.
    bars = (
        f"showwaves=s={_BARS}x{height}:mode=cline:rate={shot.fps}:scale=sqrt:draw=full"
        f":colors={_hex(look.highlight)},format=rgba,scale={width}:{height}:flags=neighbor,"
        f"drawgrid=w={bar}:h=0:t={max(1, bar * 2 // 5)}:c=black@0:replace=1"
    )
    return bars, f"{(shot.width - width) // 2}:{round(shot.height * _WAVE_MIDDLE[look.position] - height / 2)}"


# One channel becomes two of the same loudness: ffmpeg by itself takes 3 dB off. A first sample that is late is
# waited for, so that sound and picture stay together.
_SPOKEN = "[0:a:0]aresample=48000:first_pts=0,pan=stereo|c0=c0|c1=c0"


def on_time(seconds: float, format_: str) -> str:
    """The first ``seconds`` of a video's sound on the clock of its picture, with silence where there is a gap in it.

    ``format_`` are the filters that bring it down to few samples a second. ffmpeg makes all silence of a gap at once:
    it is made of those samples, and a frame whose time is nowhere in the video would make days of it.
    """
    return f"aselect=not(lt(t\\,-1)+gt(t\\,{seconds + 1:g})),{format_},aresample=async=1:first_pts=0"


def _own(shot: Shot) -> str:
    mono = bool(shot.source and shot.source.sound == "mono")
    layout = "pan=stereo|c0=c0|c1=c0" if mono else "aformat=channel_layouts=stereo"
    return f"[{int(shot.speech is not None)}:a:0]" + on_time(shot.duration, f"aresample=48000,{layout}")


def _ducked(shot: Shot) -> str:
    """The video's own sound goes down by about 12 dB while there is speech and comes back in half a second."""
    # Both go on in silence: the mix would end with the first of them.
    return (
        f"{_SPOKEN},apad,asplit[s][k];{_own(shot)},apad[o];"
        "[o][k]sidechaincompress=threshold=0.01:ratio=8:attack=30:release=500:detection=rms[d];"
        "[d][s]amix=inputs=2:duration=first:normalize=0,alimiter=level=0:limit=0.97"
    )


_SOUNDS: dict[Sound, Callable[[Shot], str]] = {"replace": lambda _: _SPOKEN, "duck": _ducked, "keep": _own}


def _sound(shot: Shot) -> str:
    silent = shot.source is None or not shot.source.sound
    return _SOUNDS["replace" if silent else shot.sound](shot)


def _hex(colour: str) -> str:
    return "0x" + colour.removeprefix("#")


def _even(pixels: float | Fraction) -> int:
    return int(pixels) // 2 * 2
