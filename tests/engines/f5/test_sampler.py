"""The sampler against upstream's, and what upstream's cannot do: repeat itself, and forget a job that failed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from handler.engines.f5 import sampler
from handler.engines.f5.flow import MAX_FRAMES, MAX_SCHEDULES, Flow
from handler.engines.f5.loading import Model, load
from handler.engines.f5.sampler import mel_spectrogram, timesteps, vocode
from handler.engines.f5.upstream_modules import upstream as copied
from handler.errors import EngineError, OutOfMemory
from handler.settings import Settings
from handler.types import Samples
from tests.engines.f5.conftest import ARCH, write_model
from tests.support.cancellations import Checked
from tests.support.sampling import sample

SPOKEN = "some call me nature. others call me mother nature, and what do you call me?"
TEXT = list(SPOKEN)
OTHER = list("another text, just as long as the first. it must be heard and not the other.")


def upstream_sample(cfm: Any, reference: torch.Tensor, text: list[str], frames: int, **options: Any) -> torch.Tensor:
    """What upstream's CFM gives for one chunk, the reference cut off."""
    with torch.inference_mode():
        mel, _ = cfm.sample(
            cond=reference[None],
            text=[text],
            duration=frames,
            steps=options.get("steps", 32),
            cfg_strength=options.get("cfg_strength", 2.0),
            sway_sampling_coef=options.get("sway", -1.0),
            seed=options.get("seed", 0),
        )
    found: torch.Tensor = mel[0, len(reference) :]
    return found


@pytest.mark.parametrize("steps", [7, 16, 32])
@pytest.mark.parametrize("cfg_strength", [0.0, 2.0])
@pytest.mark.parametrize("frames", [190, 333, 700])
def test_one_chunk_matches_upstream(
    model: Model, cfm: Any, reference: torch.Tensor, steps: int, cfg_strength: float, frames: int
) -> None:
    """The mel of one chunk is CFM.sample's within 1e-5, at every quality, with and without guidance."""
    found = sample(model, reference, TEXT, frames, steps=steps, cfg_strength=cfg_strength, seed=11)
    expected = upstream_sample(cfm, reference, TEXT, frames, steps=steps, cfg_strength=cfg_strength, seed=11)
    assert found.shape == expected.shape == (frames - len(reference), 100)
    assert (found - expected).abs().max() < 1e-5
    assert expected.std() > 0.1, "a silent model would prove nothing"


@pytest.mark.parametrize(("steps", "sway"), [(4, -1.0), (5, -1.0), (6, 0.5), (10, 0.0), (12, -1.0), (33, -0.3)])
def test_schedules_match_upstream(model: Model, cfm: Any, reference: torch.Tensor, steps: int, sway: float) -> None:
    """Pruned and even numbers of steps with any sway end where upstream ends."""
    found = sample(model, reference, TEXT, 260, steps=steps, sway=sway, seed=3)
    assert (found - upstream_sample(cfm, reference, TEXT, 260, steps=steps, sway=sway, seed=3)).abs().max() < 1e-5


def test_text_longer_than_the_audio_matches_upstream(model: Model, cfm: Any, reference: torch.Tensor) -> None:
    """Too few frames are raised to one more than the text or the reference has, as upstream does."""
    for text in (TEXT * 3, TEXT):
        found = sample(model, reference, text, 10, steps=5)
        assert len(found) == max(len(text), len(reference)) + 1 - len(reference)
        assert (found - upstream_sample(cfm, reference, text, 10, steps=5)).abs().max() < 1e-5


@pytest.mark.parametrize(
    "arch",
    [
        {"pe_attn_head": 1, "text_mask_padding": False},
        {"qk_norm": "rms_norm"},
        {"text_embedding_average_upsampling": True},
    ],
    ids=["v0", "qk_norm", "upsampling"],
)
def test_every_architecture_matches_upstream(tmp_path: Path, reference: torch.Tensor, arch: dict[str, Any]) -> None:
    """What older and newer configurations switch on is computed too."""
    from f5_tts.infer.utils_infer import load_model
    from f5_tts.model import DiT

    environ = write_model(tmp_path, {**ARCH, **arch})
    cfm = load_model(DiT, {**ARCH, **arch}, environ["F5_CKPT_FILE"], device="cpu")
    found = sample(load(Settings.read(environ), "cpu"), reference, TEXT, 300, steps=7)
    assert (found - upstream_sample(cfm, reference, TEXT, 300, steps=7)).abs().max() < 1e-5


def test_waveform_matches_upstream_infer(
    model: Model, upstream: Any, clip: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After upstream's own preparation of clip and text our samples are those of F5TTS.infer."""
    from f5_tts.infer.utils_infer import preprocess_ref_audio_text

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path, transcript, spoken = tmp_path / "clip.wav", "some call me nature.", "others call me mother nature."
    soundfile.write(path, clip * 0.5, 24_000)
    expected, rate, _ = upstream.infer(str(path), transcript, spoken, show_info=str, progress=None, nfe_step=7, seed=5)

    prepared, text = preprocess_ref_audio_text(str(path), transcript, show_info=str)
    text += " "  # as upstream's infer_batch_process does once more
    samples, _ = soundfile.read(prepared, dtype="float32")
    rms = float(np.sqrt(np.mean(samples**2)))
    assert rms < 0.1, "the clip should be one that upstream makes louder"
    tokens = copied("f5_tts.model.utils").convert_char_to_pinyin([text + spoken])[0]
    reference = mel_spectrogram(model, samples * np.float32(0.1 / rms))
    whole = len(samples) // 256
    frames = whole + int(whole / len(text) * len(spoken))
    mel = sample(model, reference, tokens, frames, steps=7, seed=5, lead=len(reference) - whole)
    found = vocode(model, mel) * np.float32(rms / 0.1)
    assert rate == model.sample_rate
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-5 * max(1.0, np.abs(expected).max())


def speech_digest(model: Model, reference: torch.Tensor, seed: int = 7) -> str:
    """A digest of twelve chunks, as a job speaks them: chunk i from seed + i."""
    digest = hashlib.sha256()
    for number in range(12):
        mel = sample(model, reference[:60], TEXT[number:], 90 + 3 * number, steps=5, seed=seed + number)
        digest.update(vocode(model, mel).tobytes())
    return digest.hexdigest()


def test_same_seed_gives_the_same_bytes(model: Model, reference: torch.Tensor) -> None:
    """Twenty runs of twelve chunks are one and the same to the byte, whatever the global generator does."""
    digests = set()
    for run in range(20):
        torch.manual_seed(run)
        digests.add(speech_digest(model, reference))
    assert len(digests) == 1
    assert digests != {speech_digest(model, reference, seed=8)}


def test_threads_do_not_disturb_each_other(model: Model, reference: torch.Tensor) -> None:
    """Four threads on one model get, each for its seed, what a single one gets."""
    with ThreadPoolExecutor(4) as threads:
        side_by_side = list(threads.map(lambda seed: speech_digest(model, reference, seed), range(4)))
    assert side_by_side == [speech_digest(model, reference, seed) for seed in range(4)]


def test_another_process_gives_the_same_bytes(
    model: Model, reference: torch.Tensor, clip: Samples, tiny_environ: dict[str, str], tmp_path: Path
) -> None:
    """A fresh interpreter gives the same bytes for the same seed, and loads nothing that speaking does not need."""
    np.save(tmp_path / "clip.npy", clip)
    child = subprocess.run(
        [sys.executable, "-c", FRESH, str(tmp_path / "clip.npy")],
        env={**os.environ, **tiny_environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    digest, *loaded = child.stdout.split()
    assert digest == speech_digest(model, reference)
    assert loaded == []


FRESH = """
import os, sys
import numpy as np, torch
from handler.engines.f5.loading import load
from handler.engines.f5.sampler import mel_spectrogram
from handler.settings import Settings

torch.set_num_threads(1)
model = load(Settings.read(os.environ), "cpu")
reference = mel_spectrogram(model, np.load(sys.argv[1]))
before = set(sys.modules)
unwanted = ["wandb", "gradio", "datasets", "transformers", "matplotlib", "librosa", "x_transformers", "torchdiffeq",
            "einx", "sympy", "hydra", "omegaconf", "huggingface_hub", "encodec", "scipy", "rjieba", "pypinyin",
            "f5_tts", "f5_tts.model", "vocos", "torch._dynamo"]
loaded = [name for name in unwanted if name in sys.modules]
sys.modules["pytest"] = sys.modules["soundfile"] = None
import hashlib
from handler.engines.f5.sampler import vocode
from tests.support.sampling import sample
TEXT = list("some call me nature. others call me mother nature, and what do you call me?")
digest = hashlib.sha256()
for number in range(12):
    mel = sample(model, reference[:60], TEXT[number:], 90 + 3 * number, steps=5, seed=7 + number)
    digest.update(vocode(model, mel).tobytes())
print(digest.hexdigest(), *loaded)
"""


def test_upstream_does_not_repeat_itself(upstream: Any, clip: Samples) -> None:
    """Why the sampler is our own: with several chunks, the same seed gives upstream different speech."""
    from f5_tts.infer.utils_infer import infer_batch_process
    from f5_tts.model.utils import seed_everything

    texts = [f"chunk number {number} of a text." for number in range(8)]
    results = set()
    for _ in range(30):
        seed_everything(5)
        audio, _, _ = next(
            infer_batch_process(
                (torch.from_numpy(clip)[None], 24_000), SPOKEN, texts, upstream.ema_model, upstream.vocoder,
                progress=None, nfe_step=5, device="cpu",
            )
        )  # fmt: skip
        results.add(audio.tobytes())
        if len(results) > 1:
            return
    pytest.skip("upstream's threads happened to draw their noise in the same order thirty times")


def failing(at: int) -> Callable[[], None]:
    """A check that lets ``at`` steps through and fails then."""
    steps = iter(range(at))

    def check() -> None:
        if next(steps, None) is None:
            raise RuntimeError("injected")

    return check


def test_failed_job_leaves_no_state(model: Model, reference: torch.Tensor) -> None:
    """After an error in the middle of sampling, a job of equal length gets its own speech."""
    own = sample(model, reference, OTHER, 300, steps=7)
    with pytest.raises(RuntimeError, match="injected"):
        sample(model, reference, TEXT, 300, steps=7, cancellation=Checked(failing(3)))
    assert torch.equal(sample(model, reference, OTHER, 300, steps=7), own)
    assert not torch.equal(sample(model, reference, TEXT, 300, steps=7), own)


def test_failed_job_leaves_state_in_upstream(
    cfm: Any, reference: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the sampler guards against: in upstream the next job of that thread speaks the failed one's text."""
    own = upstream_sample(cfm, reference, OTHER, 300, steps=7)
    failed = upstream_sample(cfm, reference, TEXT, 300, steps=7)
    check = failing(3)
    with monkeypatch.context() as patch:
        patch.setattr(cfm.transformer.proj_out, "forward", lambda _: check())
        with pytest.raises((RuntimeError, TypeError)):
            upstream_sample(cfm, reference, TEXT, 300, steps=7)
    next_job = upstream_sample(cfm, reference, OTHER, 300, steps=7)
    cfm.transformer.clear_cache()
    assert torch.equal(next_job, failed)
    assert not torch.equal(next_job, own)


def test_cancellation_is_checked_before_every_step(model: Model, reference: torch.Tensor) -> None:
    """Cancellation is looked for as often as there are steps."""
    checks: list[None] = []
    sample(model, reference, TEXT, 260, steps=6, cancellation=Checked(lambda: checks.append(None)))
    assert len(checks) == 6


def test_lead_is_the_end_of_the_reference(model: Model, reference: torch.Tensor) -> None:
    """``lead`` frames of the reference stay in front of the speech, unchanged; without it there are none."""
    bare, led = (sample(model, reference, TEXT, 300, steps=5, lead=lead) for lead in (0, 4))
    assert torch.equal(led, torch.cat((reference[-4:], bare)))


def test_chunk_over_max_frames_is_refused(model: Model, reference: torch.Tensor) -> None:
    """More frames than the model's table of positions holds is an error that says so, not a crash inside."""
    with pytest.raises(EngineError, match=f"{MAX_FRAMES + 1} frames") as caught:
        sample(model, reference, TEXT, MAX_FRAMES + 1)
    assert not caught.value.retryable


def test_non_finite_result_is_an_error(model: Model, reference: torch.Tensor) -> None:
    """A reference of NaN, as upstream makes of a silent clip, never becomes audio."""
    with pytest.raises(EngineError, match="not numbers"):
        sample(model, reference * torch.nan, TEXT, 260, steps=5)


def test_out_of_memory_refreshes_the_worker(
    model: Model, reference: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch's error becomes the project's own, which has the worker replaced."""

    def exhausted(*_: object) -> None:
        raise torch.OutOfMemoryError("GPU 0")

    monkeypatch.setattr(Flow, "velocity", exhausted)
    with pytest.raises(OutOfMemory, match="out of memory") as caught:
        sample(model, reference, TEXT, 260, steps=5)
    assert caught.value.refresh_worker
    assert "GPU 0" not in caught.value.message


def test_bfloat16_stays_close(model: Model, tiny_environ: dict[str, str], reference: torch.Tensor) -> None:
    """In half the precision the speech is the same within a hundredth of its spread, and its bytes repeat."""
    half = load(Settings.read({**tiny_environ, "F5_DTYPE": "bfloat16"}), "cpu")
    found, again, exact = (sample(each, reference, TEXT, 300, steps=16) for each in (half, half, model))
    assert half.dtype is torch.bfloat16
    assert found.dtype is torch.float32
    assert torch.equal(found, again)
    assert 0 < (found - exact).pow(2).mean().sqrt() < 0.02 * exact.std()


def test_timesteps_rise_from_0_to_1_in_every_precision() -> None:
    """Times are float32 whatever the model's precision: in bfloat16 neighbours of 32 swayed steps coincide."""
    for steps in range(4, 65):
        times = timesteps(steps, -1.0)
        assert (times[0], len(times)) == (0.0, steps + 1)
        assert times[-1] == pytest.approx(1.0, abs=1e-6)
        assert all(early < late for early, late in pairwise(times))


def test_cached_schedules_are_bounded(model: Model, reference: torch.Tensor) -> None:
    """Whatever numbers of steps are asked for, only the last few schedules stay in memory; and they are reused."""
    bare = replace(model, flow=Flow(model.flow.transformer, model.dtype))
    for steps in range(4, 8 + MAX_SCHEDULES):
        sample(bare, reference, TEXT, 200, steps=steps)
    kept = bare.flow.schedule(timesteps(7 + MAX_SCHEDULES, -1.0)[:-1])
    assert bare.flow.schedule.cache_info().currsize == MAX_SCHEDULES
    assert bare.flow.schedule(timesteps(7 + MAX_SCHEDULES, -1.0)[:-1]) is kept


def test_reference_mel_matches_upstream(model: Model, cfm: Any, clip: Samples, reference: torch.Tensor) -> None:
    """The mel of a clip is what CFM makes of it itself: 1 + samples // hop frames."""
    expected = cfm.mel_spec(torch.from_numpy(clip)[None])[0].T
    assert reference.shape == (1 + len(clip) // 256, 100)
    assert torch.equal(reference, expected)


def test_unknown_characters_are_blanks(model: Model, reference: torch.Tensor) -> None:
    """A character that the vocabulary lacks has the number of the blank, as in training."""
    encoded = sampler.item(model, reference, ["a", " ", "\u2603"], 260).tokens
    assert encoded == (model.vocab["a"], 0, 0)
