"""Joins are exact to the sample, files hold the sound they were given."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from handler.errors import AlignmentError, EngineError
from handler.media.audio import (
    FADE_S,
    FILE_FORMATS,
    StreamResampler,
    at_loudness,
    encode,
    is_silent,
    prepare_for_alignment,
    quiet_edges,
    resample,
    shorten_silences,
    sounding,
    trimmed,
    without_offset,
)
from handler.media.joining import Joiner, join, overlap
from handler.types import Samples

RATE = 22_050


def tone(seconds: float, hertz: float = 440.0, rate: int = RATE) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def test_span_locates_each_chunk() -> None:
    """Inside its fades, every chunk is in the whole to the sample at its span, with its pauses around it."""
    chunks = [tone(0.3), tone(0.2, 300), tone(0.4, 700)]
    samples, spans = join(chunks, RATE, [(0.5, 0.0), (0.0, 1.25), (0.0, 0.1)])
    fade = int(FADE_S * RATE)
    for chunk, span in zip(chunks, spans, strict=True):
        assert span.end - span.start == len(chunk)
        assert np.array_equal(samples[span.start + fade : span.end - fade], chunk[fade:-fade])
    assert spans[0].start == round(0.5 * RATE)
    assert spans[2].start - spans[1].end == round(1.25 * RATE)
    assert not samples[spans[1].end : spans[2].start].any()
    assert len(samples) == spans[2].end + round(0.1 * RATE)


def test_join_does_not_click() -> None:
    """Where two chunks meet at full swing the step from one sample to the next stays as small as inside them."""
    cosine = np.cos(2 * np.pi * 200 * np.arange(RATE // 4) / RATE).astype(np.float32)
    samples, spans = join([cosine, -cosine], RATE, [(0, 0), (0, 0)])
    inside = np.abs(np.diff(cosine)).max()
    seam = np.abs(np.diff(samples[spans[0].end - 200 : spans[0].end + 200])).max()
    assert seam <= 1.5 * inside


def test_joining_nothing_gives_no_samples() -> None:
    """No chunks give no samples, and a chunk of one sample survives."""
    assert len(join([], RATE, [])[0]) == 0
    samples, spans = join([np.ones(1, np.float32)], RATE, [(0, 0)])
    assert len(samples) == 1
    assert (spans[0].start, spans[0].end) == (0, 1)


def between_quiet(lead: float, seconds: float, tail: float, hertz: float = 440.0) -> Samples:
    """A tone with quiet noise, 70 dB below it, before and after."""
    noise = np.random.default_rng(5).standard_normal(round((lead + seconds + tail) * RATE)) * 0.0001
    samples = noise.astype(np.float32)
    start = round(lead * RATE)
    swell = np.minimum(1, np.minimum(np.arange(round(seconds * RATE)), np.arange(round(seconds * RATE))[::-1]) / 500)
    samples[start : start + round(seconds * RATE)] += tone(seconds, hertz) * swell.astype(np.float32)
    return samples


def hiss(samples: Samples) -> float:
    """The energy above 6 kHz, where a tone has none and a click most."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return float(power[round(6000 * len(samples) / RATE) :].sum() / len(samples))


def test_cross_fade_overlaps_only_quiet() -> None:
    """Chunks run into each other by the cross-fade where both are quiet, and every sound stands where its span says."""
    chunks = [between_quiet(0.1, 0.5, 0.3), between_quiet(0.25, 0.5, 0.2, 700), between_quiet(0.02, 0.5, 0.3, 300)]
    samples, spans = join(chunks, RATE, [(0, 0)] * 3, 0.15)
    assert spans[0].end - spans[1].start == round(0.15 * RATE)
    shared = spans[1].end - spans[2].start
    assert shared == overlap(chunks[1], chunks[2], RATE, 0.15) < round(0.02 * RATE)
    assert len(samples) == spans[2].end
    for chunk, span, (start, end) in zip(chunks, spans, [(0.1, 0.6), (0.25, 0.75), (0.02, 0.52)], strict=True):
        first, last = round(start * RATE), round(end * RATE)
        assert np.array_equal(samples[span.start + first : span.start + last], chunk[first:last])


def test_cross_fade_goes_from_one_to_the_other() -> None:
    """Where two chunks overlap, one goes out over the whole of it as the other comes in, and together they are one."""
    one, other = between_quiet(0.1, 0.5, 0.3), between_quiet(0.25, 0.5, 0.2, 700)
    samples, spans = join([one, other], RATE, [(0, 0)] * 2, 0.15)
    shared = spans[0].end - spans[1].start
    rise = np.sin(np.linspace(0, np.pi / 2, shared, endpoint=False)) ** 2
    expected = one[-shared:] * rise[::-1] + other[:shared] * rise
    assert np.allclose(samples[spans[1].start : spans[0].end], expected, atol=1e-7)


def test_later_chunks_do_not_move_a_span() -> None:
    """`add` returns the chunk's final span, and the result is that of a join in one go."""
    chunks = [between_quiet(0.1, 0.5, 0.3), between_quiet(0.25, 0.5, 0.2, 700), tone(0.2), tone(0.4, 300)]
    pauses = [(0.2, 0.0), (0.0, 0.0), (0.5, 0.1), (0.0, 0.3)]
    joiner = Joiner(RATE, 0.15)
    added = [joiner.add(samples, *pause) for samples, pause in zip(chunks, pauses, strict=True)]
    samples, spans = joiner.joined()
    whole, at_once = join(chunks, RATE, pauses, 0.15)
    assert tuple(added) == spans == at_once
    assert np.array_equal(samples, whole)
    assert added[1].start < added[0].end


def test_sound_up_to_the_edge_is_never_overlapped() -> None:
    """Chunks without quiet edges, or with a pause asked for between them, follow each other whole."""
    loud = [tone(0.5), tone(0.5, 300)]
    _, spans = join(loud, RATE, [(0, 0)] * 2, 0.5)
    assert spans[1].start == spans[0].end
    quiet = [between_quiet(0.3, 0.3, 0.3)] * 2
    for pauses in ([(0, 1.0), (0, 0)], [(0, 0), (1.0, 0)]):
        _, spans = join(quiet, RATE, pauses, 0.15)
        assert spans[1].start - spans[0].end == RATE


def test_quiet_chunks_stay_in_order() -> None:
    """Of a silent chunk at most half is overlapped from either side, so that spans never pass each other."""
    silent = np.zeros(RATE // 10, np.float32)
    samples, spans = join([silent] * 4, RATE, [(0, 0)] * 4, 1.0)
    assert [span.start for span in spans] == sorted(span.start for span in spans)
    assert all(one.end <= three.start for one, three in zip(spans, spans[2:], strict=False))
    assert len(samples) == spans[-1].end


@pytest.mark.parametrize("cross_fade", [0.0, 0.004, 0.15])
def test_no_join_clicks(cross_fade: float) -> None:
    """Around every join, and at both ends, there is no energy where a click would have it."""
    hum = (0.5 * np.cos(2 * np.pi * 50 * np.arange(RATE) / RATE)).astype(np.float32)
    width = round(0.05 * RATE)
    for one, other in (
        (between_quiet(0.1, 0.5, 0.3), between_quiet(0.2, 0.5, 0.2, 700)),
        (tone(0.5)[:-13], tone(0.5, 300)[19:]),
        (hum, -hum),
    ):
        samples, spans = join([one, other], RATE, [(0, 0)] * 2, cross_fade)
        seam = samples[spans[1].start - width : spans[0].end + width]
        cut = hiss(np.concatenate([one[-width:], other[:width]]))
        floor = max(hiss(chunk[: 2 * width]) + hiss(chunk[-2 * width :]) for chunk in (one, other))
        assert hiss(seam) < max(2 * floor, 0.01 * cut)
        assert np.abs(samples[[0, -1]]).max() < 0.01


def test_long_silences_are_shortened() -> None:
    """A silence inside is cut to a natural length, one that is short or at an end is kept, and all sound is kept."""
    parts = [between_quiet(0.9, 0.4, 0.45), between_quiet(0.05, 0.4, 0.7, 700), between_quiet(0.6, 0.4, 0.9, 300)]
    whole = np.concatenate(parts)
    samples = shorten_silences(whole, RATE, longest=0.6, left=0.35)
    removed = len(whole) - len(samples)
    assert removed / RATE == pytest.approx(1.3 - 0.35, abs=0.06)
    for start, earlier in ((0.9, 0), (1.8, 0), (3.55, removed)):
        at = round(start * RATE)
        to = at - earlier
        assert np.array_equal(samples[to : to + RATE // 4], whole[at : at + RATE // 4])
    seam = round(2.4 * RATE)
    assert hiss(samples[seam - RATE // 20 : seam + RATE // 20]) < 3 * hiss(whole[round(2.8 * RATE) :][: RATE // 10])


def test_short_silences_are_kept() -> None:
    """Speech without a long silence, silence alone and nothing at all come back as they are."""
    for samples in (between_quiet(1.0, 0.5, 1.0), np.zeros(RATE, np.float32), np.zeros(0, np.float32)):
        assert np.array_equal(shorten_silences(samples, RATE), samples)


def test_edges_are_bounded_and_sound_is_whole() -> None:
    """Quiet at the ends is cut to what is allowed, and never any of the sound."""
    samples = trimmed(between_quiet(0.8, 0.5, 1.2), RATE, 0.1, 0.3)
    before, after = quiet_edges(samples, RATE)
    assert before / RATE == pytest.approx(0.1, abs=0.001)
    assert after / RATE == pytest.approx(0.3, abs=0.001)
    assert len(samples) / RATE == pytest.approx(0.9, abs=0.08)
    assert np.array_equal(trimmed(tone(0.5), RATE, 0.0, 0.0), tone(0.5))
    assert len(trimmed(np.zeros(RATE, np.float32), RATE, 0.1, 0.1)) < RATE


def test_offset_is_removed_and_voice_is_kept() -> None:
    """A constant and a slow drift are gone, the ends do not ring, and a low voice is as loud as before."""
    drift = 0.2 + 0.1 * np.sin(2 * np.pi * 0.7 * np.arange(RATE) / RATE)
    kept = without_offset(tone(1.0, 90) + drift.astype(np.float32), RATE)
    assert len(kept) == RATE
    assert abs(float(kept.mean())) < 0.002
    middle = slice(RATE // 5, -RATE // 5)
    assert np.abs(kept - tone(1.0, 90))[middle].max() < 0.03
    assert not without_offset(np.zeros(100, np.float32), RATE).any()


@pytest.mark.parametrize("rms", [0.02, 0.1, 0.2])
def test_loudness_is_that_of_the_sound(rms: float) -> None:
    """The sound, and not the silence around it, comes to the level asked for; no sample reaches full scale."""
    samples = at_loudness(between_quiet(1.0, 0.5, 1.0), RATE, rms)
    sound = samples[round(1.05 * RATE) : round(1.45 * RATE)]
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(rms, rel=0.1)
    loud = at_loudness(between_quiet(1.0, 0.5, 1.0), RATE, 0.7)
    assert 0.9 < np.abs(loud).max() < 1.0
    assert not at_loudness(np.zeros(RATE, np.float32), RATE, rms).any()


@pytest.mark.parametrize("format_", sorted(FILE_FORMATS.keys() - {"m4a"}))  # that soundfile does not read: see test_m4a
@pytest.mark.parametrize("rate", [22_050, 24_000])
def test_file_holds_the_sound(format_: str, rate: int) -> None:
    """Each format reads back as mono at the rate said, as long and as loud as the samples, at the same pitch."""
    sound = encode(tone(1.0, 440, rate), rate, format_)
    samples, read_rate = soundfile.read(io.BytesIO(sound.body), dtype="float32")
    assert samples.ndim == 1
    assert read_rate == sound.sample_rate
    assert len(samples) / read_rate == pytest.approx(1.0, abs=0.07)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    peak = np.abs(np.fft.rfft(samples)).argmax() * read_rate / len(samples)
    assert peak == pytest.approx(440, abs=2)


def test_loud_samples_are_clipped_not_wrapped() -> None:
    """Samples beyond full scale come out at full scale with their own sign."""
    sound = encode(np.array([2.0, -2.0] * 100, np.float32), RATE, "wav")
    samples, _ = soundfile.read(io.BytesIO(sound.body))
    assert samples[0] > 0.99
    assert samples[1] < -0.99


@pytest.mark.parametrize("samples", [[], [0.0, float("nan")], [float("inf")]])
def test_unusable_samples_are_refused(samples: list[float]) -> None:
    """No samples, NaN and infinity are engine errors rather than files of silence."""
    with pytest.raises(EngineError):
        encode(np.array(samples, np.float32), RATE, "wav")


def test_resampling_keeps_pitch_without_aliasing() -> None:
    """A tone keeps its frequency at the new rate, and one above the new half rate is gone."""
    kept = resample(tone(1.0, 1000), RATE, 16_000)
    assert len(kept) == 16_000
    assert np.abs(np.fft.rfft(kept)).argmax() == 1000
    gone = resample(tone(1.0, 10_000), RATE, 16_000)
    assert np.sqrt(np.mean(gone[200:-200] ** 2)) < 0.005


@pytest.mark.parametrize("loudness", [0.003, 1.0, 3.0])
def test_recording_for_alignment_has_one_level_and_rate(loudness: float) -> None:
    """However loud a recording is, aligners get it at their rate and at one level, as long as it was."""
    prepared = prepare_for_alignment(tone(1) * np.float32(loudness), RATE, 16_000)
    assert len(prepared) == 16_000
    assert np.abs(prepared).max() == pytest.approx(0.9, abs=0.01)
    same = prepare_for_alignment(tone(1) * np.float32(loudness), RATE, RATE, level=False)
    assert np.array_equal(same, tone(1) * np.float32(loudness))


@pytest.mark.parametrize("samples", [np.zeros(100, np.float32), np.zeros(0, np.float32), tone(1) * np.float32(0.001)])
def test_silent_recording_is_not_aligned(samples: Samples) -> None:
    """Nothing, silence and a whisper of noise have no speech in them."""
    assert is_silent(samples)
    with pytest.raises(AlignmentError, match="no speech in it"):
        prepare_for_alignment(samples, RATE, 16_000)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_numbers_are_not_aligned(value: float) -> None:
    """One sample that is not a number is refused, whether silence is looked for or words are."""
    samples = tone(1)
    samples[7] = value
    with pytest.raises(AlignmentError, match="not numbers"):
        is_silent(samples)
    with pytest.raises(AlignmentError, match="not numbers"):
        prepare_for_alignment(samples, RATE, 16_000)


def test_offset_is_no_sound() -> None:
    """A constant voltage is silence, and takes no room from soft speech on it."""
    assert is_silent(np.full(8_000, 0.3, np.float32))
    tone = (0.05 * np.sin(np.arange(16_000) / 10)).astype(np.float32)
    prepared = prepare_for_alignment(tone + np.float32(0.3), 16_000, 16_000)
    assert np.abs(prepared).max() == pytest.approx(0.9, abs=0.02)
    assert abs(prepared.mean()) < 0.01


def test_noise_of_the_room_is_no_sound_over_noise() -> None:
    """Pauses with steady noise are found at any of its levels, and speech in it stays sound."""
    rate = 16_000
    rng = np.random.default_rng(1)
    voice = 0.2 * rng.standard_normal(rate).astype(np.float32)
    for level in (0.0005, 0.005, 0.02):
        noise = level * rng.standard_normal(4 * rate).astype(np.float32)
        noise[rate : 2 * rate] += voice
        found = sounding(noise, rate, over_noise=True)
        assert found[round(1.02 * rate) : round(1.98 * rate)].all()
        assert found.mean() < 0.3
    assert sounding(voice, rate, over_noise=True).all()


@pytest.mark.parametrize("cross_fade", [0.0, 0.15, 2.0])
def test_taken_pieces_are_the_joined_whole(cross_fade: float) -> None:
    """Pieces taken after each chunk are, one after the other, exactly the whole that is joined at the end."""
    rate, random = 1000, np.random.default_rng(7)
    joiner, pieces = Joiner(rate, cross_fade), []
    for seconds, before, after in (
        (0.7, 0.0, 0.0),
        (0.004, 0.0, 0.0),
        (1.5, 0.3, 0.0),
        (0.9, 0.0, 0.2),
        (1.1, 0.0, 0.0),
    ):
        chunk = random.standard_normal(round(seconds * rate)).astype(np.float32) * np.float32(0.3)
        # Quiet ends, which chunks may share.
        quiet = len(chunk) // 4
        chunk[:quiet] = 0
        chunk[len(chunk) - quiet :] = 0
        joiner.add(chunk, before, after)
        pieces.append(joiner.take())
    assert any(len(piece) for piece in pieces)
    pieces.append(joiner.take(last=True))
    np.testing.assert_array_equal(np.concatenate(pieces), joiner.joined()[0])
    assert len(joiner.take(last=True)) == 0


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100])
def test_pieces_are_resampled_as_the_whole(rate: int) -> None:
    """Speech that comes in pieces is resampled to the very samples that the whole gives."""
    whole = np.random.default_rng(rate).standard_normal(rate).astype(np.float32)
    resampler = StreamResampler(rate, 24_000)
    pieces = [resampler.add(piece) for piece in np.split(whole, [7, 7, 4000, 15_000])]
    pieces.append(resampler.add(np.zeros(0, np.float32), last=True))
    assert np.array_equal(np.concatenate(pieces), resample(whole, rate, 24_000))
