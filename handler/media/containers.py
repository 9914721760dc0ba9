"""Which containers and codecs are read, and how ffmpeg is told to read those whose headers are wrong."""

from __future__ import annotations

import struct
from pathlib import Path

from handler.media.ffmpeg import Failed, Input

# FFmpeg's demuxers for videos and recordings. Each reads one file and nothing else: playlists (hls, dash, concat) and
# devices are not among them, for they open the files that they name.
CONTAINERS = (
    "mov,matroska,avi,flv,mpegts,mpeg,ogg,asf,gif,aac,loas,amr,amrnb,amrwb,mp3,wav,w64,flac,aiff,caf,au,voc,ac3,eac3,"
    "dts,ape,wv,tta,dss"
)

_VIDEO_CODECS = (
    "h264,hevc,av1,vp8,vp9,mpeg4,mpeg2video,mpeg1video,mjpeg,prores,theora,msmpeg4v2,msmpeg4v3,wmv1,wmv2,wmv3,vc1,h263,"
    "flv1,dvvideo,dnxhd,gif,png,qtrle,vp6f"
)
_SOUND_CODECS = (
    "aac,aac_latm,mp3,mp2,mp1,opus,vorbis,speex,flac,alac,ac3,eac3,dts,ape,wavpack,tta,amr_nb,amr_wb,wmav1,wmav2,wmapro,"
    "wmalossless,wmavoice,gsm,gsm_ms,dss_sp,g723_1,adpcm_g722,adpcm_g726,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_swf,"
    "adpcm_yamaha,pcm_s8,pcm_s8_planar,pcm_u8,pcm_s16le,pcm_s16be,pcm_s16le_planar,pcm_s16be_planar,pcm_s24le,pcm_s24be,"
    "pcm_s24le_planar,pcm_s32le,pcm_s32be,pcm_s32le_planar,pcm_s64le,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_mulaw,"
    "pcm_alaw,pcm_bluray,pcm_dvd"
)
VIDEO_CODECS = frozenset(_VIDEO_CODECS.split(","))
SOUND_CODECS = frozenset(_SOUND_CODECS.split(","))

# FFmpeg's decoders for videos and recordings; several have other names than their codec.
DECODERS = (
    f"{_VIDEO_CODECS},{_SOUND_CODECS},libdav1d,msmpeg4,flv,mp3float,mp2float,mp1float,libopus,amrnb,amrwb,"
    "libopencore_amrnb,libopencore_amrwb,libvorbis,dca,g722,g726"
)

CUT_OFF = "it is cut off, its index (moov), which stands at the end, is missing; send the whole file"

_TAG_BYTES, _DS64_BYTES = 10, 36
_UNKNOWN_SIZES = (0, (1 << 64) - 1)


def opened(path: Path, options: tuple[str, ...] = ()) -> Input:
    """Return a client's recording or video as an input of ffmpeg."""
    return Input(path, CONTAINERS, DECODERS, (*options, *_corrections(path)))


def is_cut_off(error: Failed) -> bool:
    """Whether the file is an mp4 or mov without its index, which recorders write at the end."""
    return any("moov atom not found" in line for line in error.log)


def _corrections(path: Path) -> tuple[str, ...]:
    """Return the options for a wav behind an ID3 tag, or one of unknown size whose recorder was stopped."""
    with path.open("rb") as file:
        head = file.read(_DS64_BYTES)
        skipped = 0
        if head[:3] == b"ID3" and len(head) >= _TAG_BYTES:
            skipped = _TAG_BYTES + _tag_size(head[6:10])
            file.seek(skipped)
            head = file.read(_DS64_BYTES)
    if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
        return ()
    options: tuple[str, ...] = ("-skip_initial_bytes", str(skipped)) if skipped else ()
    if head[:4] == b"RF64" and len(head) == _DS64_BYTES and struct.unpack_from("<Q", head, 28)[0] in _UNKNOWN_SIZES:
        options += ("-ignore_length", "1")
    return options


def _tag_size(digits: bytes) -> int:
    """Return the size that an ID3 tag states, in digits of seven bits."""
    size = 0
    for digit in digits:
        size = size << 7 | digit & 0x7F
    return size
