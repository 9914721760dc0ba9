"""Whatever people upload is decoded, and what would harm is stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from handler.cancellation import Cancellation
from handler.errors import BadReference, Cancelled, JobTimeout
from handler.media import audio, ffmpeg
from handler.media.decode import Sound, decode
from handler.media.ffmpeg import Input
from handler.media.ffmpeg import run as run_ffmpeg
from tests.support.human_clip import HUMAN_CLIP

RATE = 24_000


@pytest.fixture
def human() -> Path:
    """A person's voice, 5.3 s at 24 kHz."""
    return HUMAN_CLIP


def converted(source: Path, to: Path, *options: str) -> Path:
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(source), *options, str(to)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return to


def refused(source: Path, *, max_seconds: float = 600.0, timeout: float = 30.0) -> str:
    with pytest.raises(BadReference) as caught:
        decode(source, max_seconds=max_seconds, timeout=timeout)
    return caught.value.message


def likeness(sound: Sound, original: np.ndarray) -> float:
    """The greatest correlation of the two waves over a shift of a few milliseconds, 1 for the same wave."""
    samples = audio.resample(sound.samples, sound.sample_rate, RATE)
    length = min(len(samples), len(original)) - RATE // 10
    spectrum = np.fft.rfft(samples[:length], 2 * length) * np.conj(np.fft.rfft(original[:length], 2 * length))
    norm = np.sqrt(np.sum(samples[:length] ** 2) * np.sum(original[:length] ** 2))
    return float(np.fft.irfft(spectrum).max() / norm)


@pytest.mark.parametrize(
    ("name", "options", "rate"),
    [
        ("a.mp3", (), RATE),
        ("a.m4a", (), RATE),
        ("a.webm", ("-c:a", "libopus"), 48_000),
        ("a.ogg", (), RATE),
        ("a.aac", (), RATE),
        ("a.flac", (), RATE),
        ("8bit.wav", ("-c:a", "pcm_u8"), RATE),
        ("stereo.wav", ("-ac", "2", "-ar", "44100"), 44_100),
        ("float.wav", ("-c:a", "pcm_f32le", "-ar", "48000"), 48_000),
        ("telephone.wav", ("-c:a", "pcm_mulaw", "-ar", "8000"), 8_000),
        ("surround.mov", ("-ac", "6"), RATE),
    ],
)
def test_common_files_are_decoded(human: Path, tmp_path: Path, name: str, options: tuple[str, ...], rate: int) -> None:
    """The usual formats of phones, browsers and editors give the same sound, mono float32, whole, at their rate."""
    original, _ = soundfile.read(human, dtype="float32")
    sound = decode(converted(human, tmp_path / name, *options))
    assert sound.sample_rate == rate
    assert sound.samples.dtype == np.float32
    assert sound.samples.ndim == 1
    assert sound.duration == pytest.approx(len(original) / RATE, abs=0.1)
    assert likeness(sound, original) > 0.9


def test_wav_is_decoded_to_the_sample(human: Path) -> None:
    """A plain wav comes out as it is, as samples that may be written to."""
    original, rate = soundfile.read(human, dtype="float32")
    sound = decode(human)
    assert sound.sample_rate == rate
    assert np.array_equal(sound.samples, original)
    assert sound.samples.flags.writeable


@pytest.mark.parametrize("rate", [96_000, 192_000])
def test_high_rates_are_reduced(human: Path, tmp_path: Path, rate: int) -> None:
    """More than 48 kHz never leave the child: the same sound, of the same length, comes at that rate."""
    original, _ = soundfile.read(human, dtype="float32")
    soundfile.write(tmp_path / "a.flac", audio.resample(original, RATE, rate), rate)
    sound = decode(tmp_path / "a.flac")
    assert sound.sample_rate == 48_000
    assert len(sound.samples) == pytest.approx(2 * len(original), abs=1)
    assert likeness(sound, original) > 0.99


@pytest.mark.parametrize("channels", [2, 3, 6, 20])
def test_channels_are_averaged(human: Path, tmp_path: Path, channels: int) -> None:
    """Of any number of channels the mean is taken, none louder than another: an interview has one speaker on each."""
    original, rate = soundfile.read(human, dtype="float32")
    loudness = np.linspace(0.1, 1, channels, dtype=np.float32)
    soundfile.write(tmp_path / "a.wav", original[:, None] * loudness, rate, subtype="FLOAT")
    assert np.abs(decode(tmp_path / "a.wav").samples - original * loudness.mean()).max() < 1e-6


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts"])
def test_late_sound_keeps_its_delay(human: Path, tmp_path: Path, kind: str) -> None:
    """Of a video whose sound begins late, the time before it is silence: words found in it are those of the picture."""
    picture = ("-f", "lavfi", "-i", "color=c=blue:s=64x64:d=8", "-itsoffset", "1.5", "-i", str(human))
    late = converted(human, tmp_path / f"a.{kind}", *picture, "-map", "1:v", "-map", "2:a")
    sound = decode(late)
    begins = np.flatnonzero(np.abs(sound.samples) > 0.01)[0] / sound.sample_rate
    there = decode(human)
    usual = np.flatnonzero(np.abs(there.samples) > 0.01)[0] / there.sample_rate
    assert begins == pytest.approx(1.5 + usual, abs=0.06)


FRAGMENTED = ("-movflags", "frag_keyframe+empty_moov")


def loud(sound: Sound, start: float, end: float) -> float:
    """The root mean square between two times in seconds."""
    part = sound.samples[int(start * sound.sample_rate) : int(end * sound.sample_rate)]
    return float(np.sqrt(np.mean(part**2)))


@pytest.mark.parametrize("options", [FRAGMENTED, ("-use_editlist", "0")], ids=["fragments", "no edit list"])
def test_undeclared_delay_is_kept(human: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    """An mp4 without a start time of its sound has a gap after the first packet: the rest keeps its times."""
    picture = ("-f", "lavfi", "-i", "color=c=blue:s=64x64:d=8", "-itsoffset", "1.5", "-i", str(human))
    late = converted(human, tmp_path / "a.mp4", *picture, "-map", "1:v", "-map", "2:a", "-bf", "0", *options)
    sound = decode(late)
    begins = np.flatnonzero(np.abs(sound.samples) > 0.01)[0] / sound.sample_rate
    usual = np.flatnonzero(np.abs(decode(human).samples) > 0.01)[0] / RATE
    assert begins == pytest.approx(1.5 + usual, abs=0.03)
    assert sound.duration == pytest.approx(1.5 + 5.33, abs=0.1)


@pytest.mark.parametrize(
    ("name", "options"), [("a.mp4", ()), ("a.mp4", FRAGMENTED), ("a.mkv", ()), ("a.ts", ())], ids=str
)
def test_gap_in_a_videos_sound_is_silence(human: Path, tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    """Two missing seconds of a video's sound become silence, and the rest keeps its times."""
    original, _ = soundfile.read(human, dtype="float32")
    hole = ("-f", "lavfi", "-i", "color=c=blue:s=64x64:d=8", "-map", "1:v", "-map", "0:a")
    cut = ("-af", "aselect='not(between(t,2,4))'", "-bf", "0")
    sound = decode(converted(human, tmp_path / name, *hole, *cut, *options))
    assert sound.duration == pytest.approx(len(original) / RATE, abs=0.1)
    assert loud(sound, 2.15, 3.9) < 0.003
    begin = int(4.2 * RATE)
    tail = Sound(sound.samples[begin:], sound.sample_rate)
    assert sound.sample_rate == RATE
    assert likeness(tail, original[begin:]) > 0.9
    shift = np.correlate(tail.samples[RATE // 10 : RATE // 2], original[begin : begin + 3 * RATE // 5], "full").argmax()
    # Of the second wave against the first: both begin a tenth of a second apart, and AAC's padding is at most 46 ms.
    assert abs(shift - (3 * RATE // 5 - 1) + RATE // 10) < 0.06 * RATE


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_sound_without_a_gap_is_left_as_it_is(human: Path, tmp_path: Path, kind: str) -> None:
    """Sound that goes on from the start is the same with a picture as without one, to the sample."""
    picture = ("-f", "lavfi", "-i", "color=c=blue:s=64x64:d=8", "-map", "1:v", "-map", "0:a")
    video = converted(human, tmp_path / f"a.{kind}", *picture)
    alone = converted(video, tmp_path / f"alone.{kind}", "-vn", "-c", "copy")
    assert np.array_equal(decode(video).samples, decode(alone).samples)


def test_small_delay_at_the_start_is_kept(human: Path, tmp_path: Path) -> None:
    """Sound that begins a twentieth of a second after its picture stays there, though such a gap later is left out."""
    picture = ("-f", "lavfi", "-i", "color=c=blue:s=64x64:d=8", "-map", "1:v", "-map", "0:a")
    video = converted(human, tmp_path / "a.mkv", *picture)
    moved = ("-itsoffset", "0.05", "-i", str(video), "-map", "0:v", "-map", "1:a", "-c", "copy")
    late, there = decode(converted(video, tmp_path / "b.mkv", *moved)), decode(video)
    assert np.array_equal(late.samples[RATE // 20 :], there.samples)
    assert not late.samples[: RATE // 20].any()


def test_gap_in_a_recording_without_picture_adds_nothing(human: Path, tmp_path: Path) -> None:
    """A gap in a recording without a moving picture adds nothing: its times are those of its samples."""
    cut = ("-af", "aselect='not(between(t,2,4))'")
    assert decode(converted(human, tmp_path / "a.mka", *cut)).duration == pytest.approx(3.33, abs=0.1)


@pytest.mark.parametrize("starts", [("0", "50000"), ("50000", "0")], ids=["up", "down"])
def test_joined_broadcasts_follow_each_other(human: Path, tmp_path: Path, starts: tuple[str, str]) -> None:
    """The second of two MPEG-TS in one file has a clock of its own: it follows the first, gaps of its own kept."""
    picture = ("-f", "lavfi", "-i", "color=c=blue:s=64x64:d=5", "-map", "1:v", "-map", "0:a")
    whole = converted(human, tmp_path / "a.ts", *picture, "-output_ts_offset", starts[0])
    cut = ("-af", "aselect='not(between(t,2,4))'")
    holed = converted(human, tmp_path / "b.ts", *picture, *cut, "-output_ts_offset", starts[1])
    (tmp_path / "c.ts").write_bytes(whole.read_bytes() + holed.read_bytes())
    sound = decode(tmp_path / "c.ts")
    assert sound.duration == pytest.approx(2 * 5.33, abs=0.2)
    assert loud(sound, 5.4 + 2.2, 5.4 + 3.8) < 0.003


def test_clock_that_jumps_for_hours_is_too_long(human: Path, tmp_path: Path) -> None:
    """A gap of half a day in a small video is refused by its length, and no more than the limit is written."""
    picture = ("-f", "lavfi", "-i", "color=c=blue:s=64x64:d=5", "-map", "1:v", "-map", "0:a")
    jump = ("-bsf:a", "setts=ts='if(gt(N,20),PTS+40000/TB,PTS)'")
    video = converted(human, tmp_path / "a.mkv", *picture, *jump)
    assert video.stat().st_size < 100_000
    assert "longer than 60 seconds" in refused(video, max_seconds=60)


def test_first_audio_track_of_a_video_is_decoded(human: Path, tmp_path: Path) -> None:
    """The first audio track of a video is taken; a video without one says so."""
    picture = ("-f", "lavfi", "-i", "color=red:s=64x64:d=1")
    video = converted(human, tmp_path / "a.mp4", *picture, "-map", "0:a", "-map", "1:v")
    assert decode(video).duration == pytest.approx(5.33, abs=0.1)
    assert "no audio track" in refused(converted(video, tmp_path / "mute.mp4", "-an"))


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.webm"])
def test_truncated_file_is_decoded_to_its_end(human: Path, tmp_path: Path, name: str) -> None:
    """A file that was uploaded by half is decoded up to there."""
    body = converted(human, tmp_path / name).read_bytes()
    (tmp_path / f"half-{name}").write_bytes(body[: len(body) // 2])
    assert 1.5 < decode(tmp_path / f"half-{name}").duration < 4


@pytest.mark.parametrize(
    "body",
    [
        b"hello, this is a text and no sound\n" * 500,
        np.random.default_rng(0).bytes(50_000),
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00",
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
    ],
    ids=["text", "random", "torn wav", "picture"],
)
def test_file_without_sound_is_refused(tmp_path: Path, body: bytes) -> None:
    """A file without sound in it, whatever its name says, is refused with what to send instead."""
    (tmp_path / "a.wav").write_bytes(body)
    message = refused(tmp_path / "a.wav")
    assert message == "the clip is no audio file that can be read; send wav, mp3, flac, ogg, m4a or webm"
    assert str(tmp_path) not in message


def test_empty_file_has_its_own_message(tmp_path: Path) -> None:
    """A file of no bytes, as a broken upload leaves it, has a sentence of its own."""
    (tmp_path / "a.wav").write_bytes(b"")
    assert refused(tmp_path / "a.wav") == "the clip is an empty file; send it again"


@pytest.mark.parametrize("name", ["a.m4a", "a.mp4"])
def test_small_environment_decodes_everything(
    human: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Phones' formats are read where PyAV is not installed, as in the demo's environment."""
    monkeypatch.setitem(sys.modules, "av", None)
    assert decode(converted(human, tmp_path / name)).duration == pytest.approx(5.33, abs=0.1)


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp3"])
@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {}\n",
    ],
    ids=["hls", "concat"],
)
@pytest.mark.parametrize("target", ["voice.mp3", "/etc/passwd"])
def test_playlists_open_nothing(
    human: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, playlist: str, target: str, name: str
) -> None:
    """A playlist does not make the decoder open the files it names, not even a sound in the same folder."""
    converted(human, tmp_path / "voice.mp3")
    (tmp_path / name).write_text(playlist.format(target))
    monkeypatch.chdir(tmp_path)
    assert "no audio file" in refused(tmp_path / name)


def test_too_long_recording_is_refused(tmp_path: Path) -> None:
    """A clip of more than ten minutes is refused with the limit; the limit itself is not."""
    soundfile.write(tmp_path / "long.flac", np.zeros(11 * 60 * 8_000, np.float32), 8_000)
    assert refused(tmp_path / "long.flac") == "the clip is longer than 10 minutes; send 10 minutes at most"
    assert decode(tmp_path / "long.flac", max_seconds=660).duration == 660
    assert (
        refused(tmp_path / "long.flac", max_seconds=90) == "the clip is longer than 90 seconds; send 90 seconds at most"
    )


def test_hours_in_a_small_file_are_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of hours of sound in a small file, no more than the limit and a second or two are ever written."""
    soundfile.write(tmp_path / "bomb.flac", np.zeros(3 * 3600 * 8_000, np.int16), 8_000)
    sizes: list[int] = []

    def run(inputs: Sequence[Input], arguments: Sequence[str], folder: Path, **options: Any) -> None:
        run_ffmpeg(inputs, arguments, folder, **options)
        sizes.extend(path.stat().st_size for path in folder.iterdir())

    monkeypatch.setattr(ffmpeg, "run", run)
    assert "longer than 10 seconds" in refused(tmp_path / "bomb.flac", max_seconds=10)
    assert 0 < sizes[-1] <= 12 * 8_000 * 4


@pytest.mark.parametrize("rate", [1, 1_000_000])
def test_impossible_rates_are_refused(tmp_path: Path, rate: int) -> None:
    """A header that claims a sample a second, or a million, is not believed."""
    soundfile.write(tmp_path / "a.wav", np.zeros(5_000, np.float32), rate)
    assert "no audio file" in refused(tmp_path / "a.wav")


def fake_ffmpeg(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that stands in for ffmpeg, and a file to decode with it."""
    program = folder / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(ffmpeg, "_program", lambda: str(program))
    (folder / "clip").write_bytes(b"sound")
    return folder / "clip"


HEADERS = "echo '  Stream #0:0: Audio: pcm_s16le, 8000 Hz, mono' >&2"
NO_RATE = "echo '  Stream #0:0: Audio: pcm_s16le' >&2"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("kill -SEGV $$", "crashed the decoder; convert it to wav and send that"),
        (
            f'case "$*" in *copy*) {HEADERS};; *) kill -SEGV $$;; esac',
            "crashed the decoder; convert it to wav and send that",
        ),
        (HEADERS, "is no audio file that can be read; send wav, mp3, flac, ogg, m4a or webm"),
        ("kill -XCPU $$", "took more than 30 seconds to decode; send it as wav"),
        ("exit 255", "took more than 30 seconds to decode; send it as wav"),
        ("exit 3", "is no audio file that can be read; send wav, mp3, flac, ogg, m4a or webm"),
        ("echo nonsense", "has no audio track; send a file with sound in it"),
        (
            "echo '  Stream #0:0: Audio: pcm_s16le' >&2",
            "is no audio file that can be read; send wav, mp3, flac, ogg, m4a or webm",
        ),
    ],
)
def test_decoder_that_fails_costs_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    """A decoder that crashes, is stopped by its limits or talks nonsense is the clip's fault, not the worker's."""
    assert refused(fake_ffmpeg(tmp_path, script, monkeypatch)) == f"the clip {message}"


def test_decoder_that_hangs_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of its time the decoder is killed, and so is what it has started."""
    os.mkfifo(tmp_path / "alive")
    reader = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    clip = fake_ffmpeg(tmp_path, f"exec 9>{tmp_path}/alive\nsleep 250 >/dev/null & wait", monkeypatch)
    message = refused(clip, timeout=0.5)
    assert message == "the clip took more than 0.5 seconds to decode; send it as wav"
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""  # returns once nobody holds the other end
    os.close(reader)


def test_decoder_that_closes_its_output_and_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits longer for a decoder that has nothing more to say."""
    clip = fake_ffmpeg(tmp_path, "exec sleep 250 >/dev/null 2>&1", monkeypatch)
    assert "took more than 0.5 seconds" in refused(clip, timeout=0.5)


def test_cancelled_job_ends_the_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is cancelled, or whose time is over, says so: that is not the clip's fault."""
    clip = fake_ffmpeg(tmp_path, "sleep 250", monkeypatch)
    cancellation = Cancellation()
    timer = threading.Timer(0.2, cancellation.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        decode(clip, cancellation=cancellation)
    timer.join()
    with pytest.raises(JobTimeout, match="the job is late"):
        decode(clip, cancellation=Cancellation(timeout_s=0.2, timeout_message="the job is late"))


def test_decoder_gets_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder's environment holds nothing of the worker's secrets."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clip = fake_ffmpeg(tmp_path, '[ -z "$AWS_SECRET_ACCESS_KEY" ] && exit 0; exit 3', monkeypatch)
    assert "no audio track" in refused(clip)


def test_memory_time_and_output_of_the_decoder_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder gets two GiB, the seconds given, and room for the longest clip; it leaves no core file."""
    limit, limited = ffmpeg._limit, tmp_path / "limited"

    def noted(*given: Any) -> None:
        limit(*given)
        limited.touch()

    monkeypatch.setattr(ffmpeg, "_limit", noted)
    waiting = f"until [ -e {limited} ]; do sleep 0.01; done"
    clip = fake_ffmpeg(tmp_path, f"{waiting}; cat /proc/$$/limits >{tmp_path}/limits", monkeypatch)
    refused(clip, max_seconds=600.0, timeout=30.0)
    soft = {line[:26].strip(): line[26:].split()[0] for line in (tmp_path / "limits").read_text().splitlines()}
    assert (soft["Max cpu time"], soft["Max core file size"], soft["Max data size"]) == ("30", "0", str(2 << 30))
    assert 600 * 48_000 * 4 < int(soft["Max file size"]) < 130_000_000


def test_missing_file_raises_file_not_found(tmp_path: Path) -> None:
    """A path that does not exist is a mistake of the caller and says so."""
    with pytest.raises(FileNotFoundError):
        decode(tmp_path / "nothing.wav")
