"""Audiobooks (.m4b): AAC in an MP4 file with marks of chapters, title, author and cover, by ffmpeg."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from handler.cancellation import Cancellation
from handler.errors import EngineError
from handler.media import ffmpeg
from handler.media.feeding import fed
from handler.media.ffmpeg import Input
from handler.media.m4a import BITS_PER_S, ENCODED_PER_S, MIN_TIMEOUT_S
from handler.types import Samples

_TAGS = "tags.txt"
_MAX_BYTES = 8 << 30  # of the file: two hundred hours


@dataclass(frozen=True)
class ChapterMark:
    """A chapter from sample ``start`` up to ``end``."""

    title: str
    start: int
    end: int


@dataclass(frozen=True)
class M4bTags:
    """What the file says of itself; ``cover`` is a JPEG."""

    title: str = ""
    author: str = ""
    cover: Path | None = None
    chapters: Sequence[ChapterMark] = ()


def write_m4b(
    path: Path,
    pieces: Iterable[Samples],
    sample_rate: int,
    tags: M4bTags,
    seconds: float,
    cancellation: Cancellation,
) -> None:
    """Write pieces of speech that last ``seconds`` as one stream of AAC: there is no gap where chapters meet.

    Its header comes first, so that players can begin before they have all of it. Raises what making the pieces raises,
    and EngineError where ffmpeg fails.
    """
    folder = path.parent
    (folder / _TAGS).write_text(_metadata(tags, sample_rate), "utf-8")
    described = Input(folder / _TAGS, "ffmetadata", "none", ("-f", "ffmetadata"))
    inputs, arguments = [described], ["-map", "1:a", "-map_metadata", "0", "-map_chapters", "0"]
    try:
        with fed(folder, pieces, sample_rate) as speech:
            inputs.append(speech)
            if tags.cover is not None:
                inputs.append(Input(tags.cover, "jpeg_pipe,image2", "mjpeg", ("-f", "jpeg_pipe")))
                arguments += ["-map", "2:v", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
            arguments += ["-c:a", "aac", "-b:a", str(BITS_PER_S), "-movflags", "+faststart", "-fflags", "+bitexact"]
            ffmpeg.run(
                inputs,
                [*arguments, "-f", "ipod", path.name],
                folder,
                cancellation=cancellation,
                timeout=max(MIN_TIMEOUT_S, seconds / ENCODED_PER_S),
                what="the audio",
                limits=ffmpeg.Limits(file_bytes=_MAX_BYTES),
            )
    except ffmpeg.Failed as error:
        raise EngineError("the audio could not be encoded as AAC; send the job again") from error
    finally:
        (folder / _TAGS).unlink()


def _metadata(tags: M4bTags, sample_rate: int) -> str:
    """The tags as ffmpeg reads them (ffmetadata)."""
    named = {"title": tags.title, "album": tags.title, "artist": tags.author, "album_artist": tags.author}
    named |= {"genre": "Audiobook", "media_type": "2"} if tags.chapters else {}
    lines = [";FFMETADATA1", *(f"{name}={_escaped(value)}" for name, value in named.items() if value)]
    for chapter in tags.chapters:
        lines += ["[CHAPTER]", f"TIMEBASE=1/{sample_rate}", f"START={chapter.start}", f"END={chapter.end}"]
        lines.append(f"title={_escaped(chapter.title)}")
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return re.sub(r"([=;#\\])", r"\\\1", " ".join(text.split()))
