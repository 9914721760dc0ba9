"""The voice converter `chatterbox` with a tiny random codec: upstream's ChatterboxVC, piece by piece."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from handler.engines.chatterbox.converter import ChatterboxConverter
from handler.errors import BadReference, BadRequest, Cancelled
from handler.media import audio
from handler.pipeline import conversion
from handler.types import Samples, Voice
from tests.engines.chatterbox.conftest import Checkpoint
from tests.support import tiny_chatterbox
from tests.support.cancellations import Checked
from tests.support.human_clip import HUMAN_CLIP

RATE = 24_000
SEED = 3


@pytest.fixture
def converter(checkpoint: Checkpoint) -> ChatterboxConverter:
    return ChatterboxConverter(checkpoint("original"))


@pytest.fixture
def voice(clip: Path) -> Voice:
    return Voice("mine", "en", clip)


def recording() -> Samples:
    """Words of a human voice with a second of silence between them: 10 s."""
    samples, rate = soundfile.read(HUMAN_CLIP, dtype="float32")
    words = audio.resample(samples if samples.ndim == 1 else samples.mean(axis=1), rate, RATE)[: 4 * RATE]
    return np.concatenate([np.zeros(RATE, np.float32), words, np.zeros(RATE, np.float32), words])


def test_speech_is_upstreams(converter: ChatterboxConverter, voice: Voice, tmp_path: Path) -> None:
    """A piece gives the samples that ChatterboxVC gives after the same seed, with its watermark."""
    from chatterbox.vc import ChatterboxVC

    samples = recording()[: 3 * RATE]
    found = converter.prepare(voice, SEED)(samples, RATE)
    path = tmp_path / "source.wav"
    soundfile.write(path, audio.resample(samples, RATE, 16_000), 16_000, subtype="FLOAT")
    with torch.random.fork_rng():
        upstream = ChatterboxVC(converter._codec.s3gen, "cpu")
        torch.manual_seed(SEED)
        expected = upstream.generate(str(path), target_voice_path=str(voice.clip))
    np.testing.assert_allclose(found, expected[0].numpy(), atol=1e-6)


def test_watermark_is_in_the_speech_alone(converter: ChatterboxConverter, voice: Voice) -> None:
    """Perth finds its watermark in converted speech, and not in the recording."""
    marks = [
        converter._watermarker.get_watermark(samples, sample_rate=RATE)
        for samples in (recording(), converter.prepare(voice, SEED)(recording(), RATE))
    ]
    assert np.mean(marks[0]) < 0.6
    assert np.mean(marks[1]) > 0.9


@pytest.mark.parametrize("seconds", [0.01, 0.04, 1.0, 2.013, 19.99])
def test_length_is_kept_to_40_ms(converter: ChatterboxConverter, voice: Voice, seconds: float) -> None:
    """A piece lasts as long as before, or up to 40 ms longer; also a very short one, and at another rate."""
    for rate in (RATE, 16_000, 44_100):
        samples = np.resize(recording(), round(seconds * rate))
        made = converter.prepare(voice, SEED)(samples, rate)
        assert 0 <= len(made) / RATE - seconds <= 0.041


def test_time_line_is_kept(converter: ChatterboxConverter, voice: Voice) -> None:
    """The whole recording has its length, silence where it was, and no step where pieces join."""
    source = recording()
    pieces = list(conversion.convert(source, RATE, RATE, converter.prepare(voice, SEED), max_s=6.0))
    whole = np.concatenate(pieces)
    assert len(pieces) > 1
    assert len(whole) == len(source)
    for join in np.cumsum([len(piece) for piece in pieces])[:-1]:
        assert np.abs(np.diff(whole[join - 5 : join + 5])).max() < 0.01
    for start in (0.0, 5.0):
        assert not whole[round((start + 0.1) * RATE) : round((start + 0.9) * RATE)].any()
    assert audio.sounding(whole, RATE)[round(1.5 * RATE) : round(4.5 * RATE)].mean() > 0.5


def test_same_request_gives_the_same_bytes(
    converter: ChatterboxConverter, voice: Voice, checkpoint: Checkpoint
) -> None:
    """Another seed gives other samples, and a new process the same ones."""
    samples = recording()[: 2 * RATE]
    found = converter.prepare(voice, SEED)(samples, RATE)
    assert np.array_equal(found, converter.prepare(voice, SEED)(samples, RATE))
    assert not np.array_equal(found, converter.prepare(voice, SEED + 1)(samples, RATE))
    code = (
        "import sys, torch; from pathlib import Path; torch.set_num_threads(int(sys.argv[3]))\n"
        "from tests.engines.chatterbox.test_converter import *\n"
        "tiny_chatterbox.shrink(); settings = tiny_chatterbox.settings(Path(sys.argv[1]), 'original')\n"
        "convert = ChatterboxConverter(settings).prepare(Voice('mine', 'en', Path(sys.argv[2])), SEED)\n"
        "print('sum', convert(recording()[: 2 * RATE], RATE).tobytes().hex()[:4000])"
    )
    arguments = [str(checkpoint("original").chatterbox_dir), str(voice.clip), str(torch.get_num_threads())]
    said = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True).stdout
    assert said.split()[-1] == found.tobytes().hex()[:4000]


def test_conditionals_are_kept_with_the_voice(
    converter: ChatterboxConverter, voice: Voice, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clip is computed once, under a name with the model and its version, and its bytes convert as it does."""
    kept: dict[str, bytes] = {}

    def keep(name: str, compute: Callable[[], bytes]) -> bytes:
        if name not in kept:
            kept[name] = compute()
        return kept[name]

    voice = replace(voice, conditionals=keep)
    first = converter.prepare(voice, SEED)(recording()[:RATE], RATE)
    (name,) = kept
    assert name.startswith("chatterbox-converter-original-")
    other = ChatterboxConverter(checkpoint("original"))
    monkeypatch.setattr(other._codec, "voice", pytest.fail)
    assert np.array_equal(first, other.prepare(voice, SEED)(recording()[:RATE], RATE))


def test_cancelled_job_ends_within_a_piece(converter: ChatterboxConverter, voice: Voice) -> None:
    """A job that is cancelled at the third step of a piece goes no further."""
    steps = 0

    def stop_at_third() -> None:
        nonlocal steps
        steps += 1
        if steps > 3:
            raise Cancelled("the job was cancelled")

    convert = converter.prepare(voice, SEED, Checked(stop_at_third))
    with pytest.raises(Cancelled):
        convert(recording(), RATE)
    assert steps == 4


def test_clip_that_cannot_be_used_is_refused(converter: ChatterboxConverter, tmp_path: Path) -> None:
    """A clip that is too short, no audio, or missing is the client's to mend; without a voice nothing is converted."""
    (tmp_path / "text.wav").write_text("no audio")
    short = tiny_chatterbox.clip(tmp_path / "short.wav", 0.5)
    for path, message in (
        (short, "upload a longer one"),
        (tmp_path / "text.wav", "upload it again"),
        (None, "no clip"),
    ):
        with pytest.raises(BadReference, match=message):
            converter.prepare(Voice("bad", "en", path), SEED)
    with pytest.raises(BadRequest, match="voice"):
        converter.default_voice("en")


@pytest.mark.parametrize("variant", ["multilingual", "turbo"])
def test_every_variants_codec_converts(checkpoint: Checkpoint, voice: Voice, variant: str) -> None:
    """The file that CHATTERBOX_MODEL has for speech is enough to convert."""
    made = ChatterboxConverter(checkpoint(variant)).prepare(voice, SEED)(recording()[: 2 * RATE], RATE)
    assert len(made) == 2 * RATE
    assert np.isfinite(made).all()
