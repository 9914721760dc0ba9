"""The audio tracks of a file: which ones it has, and which one is used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from handler import temporary
from handler.cancellation import NEVER, Cancellation
from handler.errors import BadRequest
from handler.media import ffmpeg
from handler.media.containers import SOUND_CODECS, opened
from handler.media.ffmpeg import Limits

_LIMITS = Limits()
MAX_TRIED = 4  # tracks that are decoded for one request at most

# A stream in ffmpeg's description of its input. Lines of metadata are indented further.
_STREAM = re.compile(r"  Stream #0:\d+(?:\[\w+\])?(?:\(([^)]*)\))?: (Audio|Video): (\w+)(.*)")
_RATE = re.compile(r", (\d+) Hz")

# ISO 639-1 code of a language and its codes of ISO 639-2, which containers have.
_CODES = (
    "ar ara,bg bul,bn ben,ca cat,cs ces cze,cy cym wel,da dan,de deu ger,el ell gre,en eng,es spa,et est,eu eus baq,"
    "fa fas per,fi fin,fr fra fre,ga gle,gl glg,he heb,hi hin,hr hrv,hu hun,hy hye arm,id ind,is isl ice,it ita,ja jpn,"
    "ka kat geo,kk kaz,ko kor,lt lit,lv lav,mk mkd mac,ml mal,mr mar,ms msa may,nl nld dut,no nor nob nno nb nn,"
    "pa pan,pl pol,pt por,ro ron rum,ru rus,sk slk slo,sl slv,sq sqi alb,sr srp,sv swe,sw swa,ta tam,te tel,th tha,"
    "tl tgl fil,tr tur,uk ukr,ur urd,uz uzb,vi vie,zh zho chi cmn"
)
_LANGUAGES = {code: codes.split()[0] for codes in _CODES.split(",") for code in codes.split()}


@dataclass(frozen=True)
class AudioTrack:
    """An audio track: its number among the audio tracks of the file, and what the container says of it.

    ``language`` is the container's tag, empty without one. ``timed`` says that the file has a moving picture, whose
    clock the track keeps.
    """

    number: int
    codec: str
    sample_rate: int
    language: str = ""
    default: bool = False
    timed: bool = False

    @property
    def decodable(self) -> bool:
        """Whether a decoder for its codec is allowed."""
        return self.codec in SOUND_CODECS

    def __str__(self) -> str:
        return f"{self.number} ({self.language})" if self.language else str(self.number)


def audio_tracks(
    path: Path,
    *,
    timeout: float,
    limits: Limits = _LIMITS,
    cancellation: Cancellation = NEVER,
) -> tuple[AudioTrack, ...]:
    """Describe the audio tracks of a recording or a video, in their order in the file.

    Raises ffmpeg.Failed for a file that is no such thing, JobTimeout.
    """
    streams: list[re.Match[str]] = []
    inputs = True

    def on_log(line: str) -> None:
        nonlocal inputs
        inputs &= not line.startswith("Output #0")
        if inputs and (stream := _STREAM.match(line)):
            streams.append(stream)

    # All streams, whatever they are: nothing of them is copied.
    arguments = ["-map", "0", "-ignore_unknown", "-c", "copy", "-t", "0", "-f", "null", "-"]
    with temporary.folder("probe") as folder:
        ffmpeg.run(
            [opened(path, ("-threads", "1"))],
            arguments,
            folder,
            cancellation=cancellation,
            timeout=timeout,
            limits=limits,
            on_log=on_log,
        )
    timed = any(stream[2] == "Video" and "(attached pic)" not in stream[4] for stream in streams)
    sounds = [stream for stream in streams if stream[2] == "Audio"]
    return tuple(
        AudioTrack(
            number,
            codec=stream[3],
            sample_rate=int(rate[1]) if (rate := _RATE.search(stream[4])) else 0,
            language="" if stream[1] in (None, "und") else stream[1],
            default="(default)" in stream[4],
            timed=timed,
        )
        for number, stream in enumerate(sounds)
    )


def chosen(tracks: Sequence[AudioTrack], wanted: int | str | None = None) -> tuple[AudioTrack, ...]:
    """Return the tracks to use, the best first: default tracks before others, without those that nothing decodes.

    ``wanted`` is the number of a track or the tag of a language, whose tracks alone are returned. Raises BadRequest on
    ``audio_track`` if there is no such track.
    """
    if wanted is None:
        return tuple(sorted((track for track in tracks if track.decodable), key=lambda track: not track.default))
    if isinstance(wanted, int):
        found = [track for track in tracks if track.number == wanted]
    else:
        found = [track for track in tracks if track.language and _language(track.language) == _language(wanted)]
    if not found:
        has = f"has the audio tracks {', '.join(map(str, tracks))}" if tracks else "has no audio track"
        raise BadRequest.of("audio_track", f"there is no track {wanted}; the file {has}")
    return tuple(sorted(found, key=lambda track: not track.default))


def _language(tag: str) -> str:
    primary = re.split("[-_]", tag.lower())[0]
    return _LANGUAGES.get(primary, primary)
