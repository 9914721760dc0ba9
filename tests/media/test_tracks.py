"""Of several audio tracks the right one is used: the requested, the default, or the first that can be heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from handler.errors import BadRequest
from handler.media.decode import decode
from handler.media.ffmpeg import Failed
from handler.media.probe import video
from handler.media.tracks import AudioTrack, audio_tracks, chosen
from tests.media.test_decode import converted
from tests.support.human_clip import HUMAN_CLIP
from tests.support.videos import H264, lavfi

GRAY = "color=gray:s=64x64:r=20:d=2"
TONES = ("-f", "lavfi", "-i", "sine=300:d=2:r=48000", "-f", "lavfi", "-i", "sine=1000:d=2:r=48000")
LANGUAGES = ("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger")
SECOND = ("-disposition:a:0", "0", "-disposition:a:1", "default")


def film(path: Path, *options: str, sounds: tuple[str, ...] = TONES) -> Path:
    """A video with a low tone as its first audio track and a high one as its second."""
    return lavfi(path, GRAY, *sounds, "-map", "0:v", "-map", "1:a", "-map", "2:a", *H264, "-c:a", "aac", *options)


def hertz(path: Path, track: int | str | None = None) -> int:
    sound = decode(path, track=track)
    spectrum = np.abs(np.fft.rfft(sound.samples))
    return 100 * round(float(spectrum.argmax()) * sound.sample_rate / len(sound.samples) / 100)


def undecodable(path: Path, source: Path) -> Path:
    """The file with its first track in a codec that nothing here decodes, as phones' spatial sound is."""
    body = source.read_bytes()
    entry, header = body.index(b"mp4a"), body.index(b"esds")
    body = body[:entry] + b"apac" + body[entry + 4 : header] + b"xxxx" + body[header + 4 :]
    path.write_bytes(body)
    return path


def test_tracks_are_described(tmp_path: Path) -> None:
    """Number, codec, rate, language and default of each track; a cover is no moving picture, nor is data."""
    title = ("-metadata:s:a:0", "title=Stream #0:7: Audio: aac, 8000 Hz (default)")
    path = film(tmp_path / "a.mkv", *LANGUAGES, *SECOND, *title)
    assert audio_tracks(path, timeout=30) == (
        AudioTrack(0, "aac", 48_000, "eng", default=False, timed=True),
        AudioTrack(1, "aac", 48_000, "ger", default=True, timed=True),
    )
    assert [track.timed for track in audio_tracks(HUMAN_CLIP, timeout=30)] == [False]
    cover = ("-i", str(HUMAN_CLIP), "-frames:v", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic")
    assert not audio_tracks(lavfi(tmp_path / "cover.m4a", GRAY, *cover), timeout=30)[0].timed
    assert audio_tracks(lavfi(tmp_path / "mute.mp4", GRAY, *H264, "-timecode", "01:00:00:00"), timeout=30) == ()
    (tmp_path / "text").write_text("neither")
    with pytest.raises(Failed):
        audio_tracks(tmp_path / "text", timeout=30)


def test_default_track_is_used(tmp_path: Path) -> None:
    """The container's default track is heard, the first one where none or several are."""
    assert hertz(film(tmp_path / "a.mkv", *SECOND)) == 1000
    assert hertz(film(tmp_path / "b.mp4", *SECOND)) == 1000
    assert hertz(film(tmp_path / "c.mkv")) == 300


def test_track_that_nothing_decodes_is_passed_over(tmp_path: Path) -> None:
    """A phone's spatial sound before its stereo sound is no reason to refuse the file."""
    path = undecodable(tmp_path / "b.mov", film(tmp_path / "a.mov"))
    assert hertz(path) == 1000
    assert video(path, field="video_url", max_seconds=60).track == 1
    alone = undecodable(tmp_path / "d.mov", converted(HUMAN_CLIP, tmp_path / "c.mov", "-c:a", "aac"))
    with pytest.raises(Exception, match="is no audio file that can be read"):
        decode(alone)


def test_silent_track_is_passed_over(tmp_path: Path) -> None:
    """A screen recording with the microphone second has a silent first track."""
    silent = ("-f", "lavfi", "-i", "anullsrc=r=48000:d=2", *TONES[4:])
    path = film(tmp_path / "a.mkv", sounds=silent)
    assert hertz(path) == 1000
    assert not decode(path, track=0).samples.any()


def test_requested_track_is_used(tmp_path: Path) -> None:
    """A number or a language chooses the track, in any of the language's codes."""
    path = film(tmp_path / "a.mkv", *LANGUAGES)
    assert [hertz(path, track) for track in (0, 1, "en")] == [300, 1000, 300]
    assert {hertz(path, track) for track in ("de", "deu", "ger", "de-AT", "DE")} == {1000}
    assert video(path, field="video_url", max_seconds=60, track="de").track == 1
    for track in (2, "fr"):
        with pytest.raises(
            BadRequest, match=rf"audio_track: there is no track {track}; .* tracks 0 \(eng\), 1 \(ger\)"
        ):
            decode(path, track=track)


def test_other_tracks_are_named(tmp_path: Path) -> None:
    """Who finds the wrong sound in the default track learns which others there are; not if one was requested."""
    path = film(tmp_path / "a.mkv", *SECOND)
    sound = decode(path)
    assert (sound.track, sound.others) == (1, (0,))
    assert decode(path, track=0).others == ()


def test_no_language_matches_a_track_without_one() -> None:
    """A track without a language is no track of the language that is asked for."""
    with pytest.raises(BadRequest, match="there is no track de"):
        chosen([AudioTrack(0, "aac", 48_000)], "de")
