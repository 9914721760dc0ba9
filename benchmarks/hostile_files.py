"""Files that are damaged, lie, or are made to do harm: by a seed, some of ffmpeg's own, then changed."""

from __future__ import annotations

import io
import math
import random
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from tests.support import epubs

RECORDINGS = ("wav", "mp3", "flac", "ogg", "opus", "m4a", "aiff", "au", "caf", "w64")
VIDEOS = ("mp4", "mov", "mkv", "webm", "avi", "ts", "flv")
SOUND, PICTURES, CAPTIONS, BOOKS = "sound", "pictures", "captions", "books"


@dataclass(frozen=True)
class File:
    """A file of one kind; ``reader`` is what the endpoints that get it read."""

    kind: str
    name: str
    body: bytes
    reader: str = SOUND


def _ffmpeg(folder: Path, name: str, *arguments: str) -> bytes:
    path = folder / name
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments, str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


def real(folder: Path) -> dict[str, bytes]:
    """Good files, of which others are made."""
    tone = ("-f", "lavfi", "-i", "sine=300:d=2:r=24000")
    picture = ("-f", "lavfi", "-i", "testsrc=s=160x90:r=10:d=2")
    made = {name: _ffmpeg(folder, f"a.{name}", *tone) for name in RECORDINGS}
    for name in VIDEOS:
        made[name] = _ffmpeg(folder, f"v.{name}", *picture, *tone, "-ar", "44100" if name == "flv" else "48000")
    return made


def truncated(good: dict[str, bytes], chance: random.Random) -> Iterator[File]:
    """Cut off anywhere."""
    for name, body in good.items():
        for share in (0.001, 0.02, chance.random(), 0.98):
            yield File("truncated", f"cut.{name}", body[: int(share * len(body))])


def changed(good: dict[str, bytes], chance: random.Random) -> Iterator[File]:
    """With other bytes in the header, or all over."""
    for name, body in good.items():
        for most in (64, 512, len(body)):
            new = bytearray(body)
            for _ in range(max(4, min(most, len(new)) // 40)):
                new[chance.randrange(min(most, len(new)))] = chance.randrange(256)
            yield File("changed", f"changed.{name}", bytes(new))


def wav(
    samples: bytes, *, channels: int = 1, rate: int = 24_000, bits: int = 16, tag: int = 1, size: int | None = None
) -> bytes:
    """A wav whose header says so."""
    block = channels * bits // 8 & 0xFFFF
    head = struct.pack("<HHIIHH", tag, channels & 0xFFFF, rate & 0xFFFFFFFF, rate * block & 0xFFFFFFFF, block, bits)
    length = len(samples) if size is None else size
    return (
        b"RIFF"
        + struct.pack("<I", 36 + length & 0xFFFFFFFF)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + head
        + (b"data" + struct.pack("<I", length & 0xFFFFFFFF) + samples)
    )


def absurd(chance: random.Random) -> Iterator[File]:
    """Headers of wav and others that no recorder writes, and samples that are no numbers."""
    noise = chance.randbytes(48_000)
    heads: dict[str, dict[str, int]] = {
        "channels": {"channels": 65_535},
        "channels0": {"channels": 0},
        "rate0": {"rate": 0},
        "rate1": {"rate": 1},
        "rate1e9": {"rate": 10**9},
        "rate4e9": {"rate": 2**32 - 1},
        "bits0": {"bits": 0},
        "bits1": {"bits": 1},
        "bits64": {"bits": 64},
        "bits65535": {"bits": 65_535},
        "tag": {"tag": 0xFFFE},
        "size0": {"size": 0},
        "sizemax": {"size": 2**32 - 1},
        "mp3inwav": {"tag": 0x55},
        "channels33": {"channels": 33},
    }
    for name, given in heads.items():
        yield File("absurd header", f"{name}.wav", wav(noise, **given))
    for value in (math.nan, math.inf, -math.inf, 1e38, 1e-42):
        yield File("not a number", f"{value}.wav", wav(struct.pack("<f", value) * 12_000, bits=32, tag=3))
    yield File("absurd header", "flac.flac", b"fLaC\x80\x00\x00\x22" + b"\xff" * 34 + noise)
    yield File("absurd header", "caf.caf", b"caff\0\1\0\0desc" + struct.pack(">Qd", 32, 1e9) + b"lpcm" + b"\xff" * 20)
    yield File("absurd header", "aiff.aiff", b"FORM\xff\xff\xff\xffAIFFCOMM\0\0\0\x12" + b"\x7f\xff" * 9 + noise)
    yield File("absurd header", "au.au", b".snd" + struct.pack(">5I", 24, 2**32 - 1, 3, 10**9, 10**9) + noise)


def lying(good: dict[str, bytes], chance: random.Random) -> Iterator[File]:
    """mp4 and mov that last for years, have boxes of no or of endless size, or a box in a box in a box …"""
    for name in ("mp4", "mov", "m4a"):
        body = good[name]
        for box in (b"mvhd", b"tkhd", b"mdhd", b"stsz", b"stsc", b"stts", b"stco", b"elst", b"hdlr", b"stsd"):
            at = body.find(box)
            if at >= 4:
                yield File(
                    "lying box", f"{box.decode()}.{name}", body[: at + 16] + b"\x7f\xff\xff\xff" * 2 + body[at + 24 :]
                )
        yield File("lying box", f"endless.{name}", body.replace(b"mdat", b"moov"))
    nested = b""
    for _ in range(3000):
        nested = struct.pack(">I", len(nested) + 8) + b"moov" + nested
    yield File("lying box", "nested.mp4", b"\0\0\0\x14ftypisom\0\0\0\0isom" + nested)
    yield File("lying box", "ebml.mkv", b"\x1aE\xdf\xa3" + b"\x01\xff\xff\xff\xff\xff\xff\xfe" + chance.randbytes(4000))


def many_channels(folder: Path, chance: random.Random) -> Iterator[File]:
    """Files of phones and editors: 7.1, 16, 24 and 64 channels."""
    for channels, name, *codec in (
        (8, "a.mov", "-c:a", "pcm_s16be"),
        (8, "b.m4a", "-c:a", "aac"),
        (16, "c.mkv", "-c:a", "pcm_s16le"),
        (16, "d.wav", "-c:a", "pcm_s24le"),
        (24, "e.mkv", "-c:a", "wavpack"),
        (64, "f.wav", "-c:a", "pcm_s16le"),
        (8, "g.flac", "-c:a", "flac"),
        (8, "h.mka", "-c:a", "pcm_f32le"),
    ):
        raw = folder / "raw"
        raw.write_bytes(chance.randbytes(24_000 * 2 * channels))
        given = ("-f", "s16le", "-ar", "24000", "-ac", str(channels), "-i", str(raw))
        layout = ("-channel_layout", "7.1") if channels == 8 else ()
        yield File("many channels", name, _ffmpeg(folder, name, *layout, *given, *codec))


def bombs(folder: Path) -> Iterator[File]:
    """Small files that become large: hours of silence, pictures of gigapixels, zips and XML."""
    for hours in (3, 9):
        silence = ("-f", "lavfi", "-i", f"anullsrc=r=8000:cl=mono:d={hours * 3600}")
        yield File("bomb", f"{hours}h.flac", _ffmpeg(folder, f"{hours}h.flac", *silence))
    for side in (20_000, 100_000):
        header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
        chunk = b"IHDR" + header
        png = b"\x89PNG\r\n\x1a\n\0\0\0\r" + chunk + struct.pack(">I", zlib.crc32(chunk))
        data = b"IDAT" + zlib.compress(bytes(1 << 24), 9)
        png += struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
        yield File("bomb", f"{side}.png", png, PICTURES)
        yield File(
            "bomb",
            f"{side}.gif",
            b"GIF89a" + struct.pack("<HH", side & 0xFFFF, side & 0xFFFF) + b"\xf7\0\0" + bytes(800),
            PICTURES,
        )
    laughs = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    lol = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">{laughs}]><x>&a12;</x>'
    entity = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    for name, text in (("lol", lol), ("entity", entity)):
        svg = text.replace("<x>", '<svg xmlns="http://www.w3.org/2000/svg"><text>').replace("</x>", "</text></svg>")
        yield File("XML", f"{name}.svg", svg.encode(), PICTURES)
        yield File("XML", f"{name}.ttml", text.encode(), CAPTIONS)
        yield File("XML", f"{name}.xml", text.encode())
        pages = {"META-INF/container.xml": epubs.CONTAINER.format(package="p.opf"), "p.opf": text, "1.xhtml": text}
        yield File("EPUB", f"{name}.epub", epubs.zipped(pages), BOOKS)


def playlists(trap: str) -> Iterator[File]:
    """Files that name other files: each must be read as nothing, and open nothing."""
    for place in ("file:///etc/passwd", "/etc/passwd", f"{trap}/list", "fd:3", "concat:/etc/passwd|/etc/hosts"):
        texts = {
            "hls.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{place}\n#EXT-X-ENDLIST\n",
            "key.m3u8": f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{place}"\n#EXTINF:1,\n{place}\n#EXT-X-ENDLIST\n',
            "list.ffconcat": f"ffconcat version 1.0\nfile '{place}'\n",
            "dash.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
            f"<Representation><BaseURL>{place}</BaseURL></Representation></AdaptationSet></Period></MPD>",
            "s.sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns={place}\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
            "list.asx": f'<asx version="3.0"><entry><ref href="{place}"/></entry></asx>',
        }
        for name, text in texts.items():
            yield File("playlist", name, text.encode())


def wrong(chance: random.Random) -> Iterator[File]:
    """Not a recording at all."""
    noise = chance.randbytes(200_000)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.wav", bytes(40_000_000))
    bodies = {
        "empty": b"",
        "one": b"\0",
        "zeros": bytes(300_000),
        "noise": noise,
        "zip": archive.getvalue(),
        "pdf": b"%PDF-1.7\n" + noise,
        "elf": b"\x7fELF" + noise,
        "html": b"<html><script>alert(1)</script></html>",
        "ttf": b"\0\1\0\0\xff\xff" + noise,
        "otf": b"OTTO\xff\xff" + noise,
        "woff2": b"wOF2OTTO" + noise,
        "gzip": b"\x1f\x8b\x08" + noise,
        "id3": b"ID3\4\0\0\x7f\x7f\x7f\x7f" + noise,
        "riff": b"RIFF\xff\xff\xff\xffWAVE" + noise,
        "ogg": b"OggS\0\2" + noise,
        "mp3": b"\xff\xfb\x90\x00" * 60_000,
        "lrc": b"[00:00.00]" * 20_000,
    }
    for name, body in bodies.items():
        yield File("no recording", name, body)
        yield File("no picture", name, body, PICTURES)


def captions(chance: random.Random) -> Iterator[File]:
    """Captions with times, tags, depths and lengths that no editor writes."""
    cue = "1\n00:00:01,000 --> 00:00:02,000\n"
    texts = {
        "far.srt": "1\n999999999:00:00,000 --> 999999999:00:01,000\nx\n",
        "back.srt": "1\n00:00:09,000 --> 00:00:01,000\nx\n",
        "nul.srt": cue + "a\0b\n",
        "deep.srt": cue + "<b>" * 100_000,
        "angle.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<" * 200_000,
        "open.ass": "[Script Info]\n[Events]\n" + "Dialogue: " * 50_000,
        "braces.ass": "[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,,,,,,," + "{" * 200_000,
        "fonts.ass": "[Fonts]\nfontname: ../../x.ttf\n" + "!" * 100_000,
        "many.srt": cue * 20_000,
        "long.srt": cue + "a" * 300_000,
        "bom.srt": "\ufeff" * 1000 + cue + "x",
        "arrow.srt": "-->" * 100_000,
        "bidi.srt": cue + "\u202e\u2066" * 40_000,
        "marks.srt": cue + "a" + "\u0301" * 100_000,
        "digits.srt": "1" * 200_000,
        "styles.vtt": "WEBVTT\n\nSTYLE\n" + "::cue(" * 40_000,
        "json.json": "[" * 100_000,
        "numbers.json": '{"words": [' + "1e999," * 9999,
    }
    for name, text in texts.items():
        yield File("captions", name, text.encode("utf-8"), CAPTIONS)
    yield File("captions", "utf16.srt", b"\xff\xfe" + chance.randbytes(20_000), CAPTIONS)
    yield File("captions", "noise.srt", chance.randbytes(100_000), CAPTIONS)


def books(chance: random.Random) -> Iterator[File]:
    """EPUBs that are bombs, lead out of themselves, or miss what they name."""
    container = epubs.CONTAINER.format(package="p.opf")

    def book(pages: dict[str, str | bytes], package: str | None = None, where: str = container) -> bytes:
        listed = epubs.package(list(pages)) if package is None else package
        return epubs.zipped({"META-INF/container.xml": where, "p.opf": listed} | pages)

    good = book({"1.xhtml": epubs.page("<p>One.</p>")})
    bodies = {
        "bomb": book({"1.xhtml": b" " * 200_000_000}),
        "out": book({"../../etc/passwd": "x"}),
        "lost": book({}, epubs.package(["no.xhtml"])),
        "deep": book({"1.xhtml": epubs.page("<div>" * 50_000)}),
        "package": book({}, "<package>" * 50_000),
        "cut": good[: len(good) // 2],
        "container": book({"1.xhtml": "x"}, where="<x/>"),
        "away": book({"1.xhtml": "x"}, where=epubs.CONTAINER.format(package="/etc/passwd")),
        "link": book(
            {"1.xhtml": epubs.page('<p>A</p><img src="file:///etc/passwd"/><object data="http://127.0.0.1/"/>')}
        ),
        "many": book({f"{number}.xhtml": "" for number in range(3000)}),
        "noise": b"PK\3\4" + chance.randbytes(50_000),
        "none": epubs.zipped({}),
    }
    for name, body in bodies.items():
        yield File("EPUB", f"{name}.epub", body, BOOKS)
    for number in range(6):
        new = bytearray(good)
        for _ in range(20):
            new[chance.randrange(len(new))] = chance.randrange(256)
        yield File("EPUB", f"changed-{number}.epub", bytes(new), BOOKS)


def files(folder: Path, trap: str, seed: int, *, short: bool = False) -> list[File]:
    """All files, in a random order; ``short``: those that are made at once.

    ``trap`` is the address that must not be reached.
    """
    chance = random.Random(seed)
    makers: list[Callable[[], Iterator[File]]] = [
        lambda: absurd(chance),
        lambda: playlists(trap),
        lambda: wrong(chance),
        lambda: captions(chance),
    ]
    if not short:
        good = real(folder)
        makers += [
            lambda: truncated(good, chance),
            lambda: changed(good, chance),
            lambda: lying(good, chance),
            lambda: many_channels(folder, chance),
            lambda: bombs(folder),
            lambda: books(chance),
        ]
    made = [file for make in makers for file in make()]
    chance.shuffle(made)
    return made
