"""F5-TTS spoken by this worker and by upstream's own ``F5TTS.infer``, side by side.

    python benchmarks/f5.py [--steps 4] [--seconds 20] [--rounds 1] [--threads 2] [--files FOLDER]

Both speak with the same full-size architecture (F5TTS_v1_Base) with random weights, which cost what real ones do, on
the same reference, text and steps, each in a process of its own. What upstream makes of the text (chunks, tokens,
frames) and of the clip is recorded and given to our sampler, so that both do the same work; only the joining of
chunks, milliseconds on either side, is upstream's alone. Memory is the process's peak, imports and loading included.
Best of ``--rounds`` for times. On a machine that others use too, ``cpu_ratio_*`` with ``--threads 1`` is the figure to
trust: it compares seconds of work. ``--files`` keeps the 1.4 GB of random weights for the next run.

A processor that does not multiply bfloat16 speaks in float32 alone.

Where there is a GPU, both also speak 20 and 60 s at 32, 16 and 7 steps on it, after a first utterance to warm up.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

REFERENCE_TEXT = "Some call me nature, others call me mother nature."
SENTENCES = (
    "All human beings are born free and equal in dignity and rights.",
    "They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.",
    "No one shall be held in slavery.",
    "Everyone has the right to life, liberty and security of person.",
)
SECONDS_PER_BYTE = 5.3 / len(REFERENCE_TEXT)
"""Upstream's rule: the text takes as long as its bytes would in the reference."""
SEED = 7
VOCOS = {
    "feature_extractor": {
        "class_path": "vocos.feature_extractors.MelSpectrogramFeatures",
        "init_args": {"sample_rate": 24000, "n_fft": 1024, "hop_length": 256, "n_mels": 100, "padding": "center"},
    },
    "backbone": {
        "class_path": "vocos.models.VocosBackbone",
        "init_args": {"input_channels": 100, "dim": 512, "intermediate_dim": 1536, "num_layers": 8},
    },
    "head": {
        "class_path": "vocos.heads.ISTFTHead",
        "init_args": {"dim": 512, "n_fft": 1024, "hop_length": 256, "padding": "center"},
    },
}
"""The configuration of charactr/vocos-mel-24khz."""


def reference_clip() -> Path:
    """The wheel's own reference, 5.3 s."""
    spec = find_spec("f5_tts")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))) / "infer" / "examples" / "basic" / "basic_ref_en.wav"


def text_of(seconds: float) -> str:
    """Whole sentences that last about so long."""
    text = ""
    for sentence in cycle(SENTENCES):
        if len(text) * SECONDS_PER_BYTE >= seconds - 1:
            return text.strip()
        text += sentence + " "
    raise AssertionError


def without_trainer() -> None:
    """Let upstream's package import without its trainer: training needs more than a worker has installed."""
    sys.modules["f5_tts.model.trainer"] = SimpleNamespace(Trainer=None)  # type: ignore[assignment]


@contextmanager
def model_folder(given: Path | None) -> Iterator[Path]:
    """The folder with the model's files, written where they are not there: the one given, or one for this run."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = given or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        write_files(folder)
        yield folder


def write_files(folder: Path) -> None:
    """Write random weights of the full size, unless they are there."""
    if (folder / "pytorch_model.bin").is_file():
        return
    import torch
    import yaml
    from safetensors.torch import save_file

    without_trainer()
    from f5_tts.model import DiT
    from f5_tts.model.utils import get_tokenizer
    from vocos import Vocos

    examples = reference_clip().parents[1]
    arch = yaml.safe_load((examples.parents[1] / "configs" / "F5TTS_v1_Base.yaml").read_text("utf-8"))["model"]["arch"]
    torch.manual_seed(SEED)
    transformer = DiT(**arch, text_num_embeds=get_tokenizer(str(examples / "vocab.txt"), "custom")[1], mel_dim=100)
    with torch.no_grad():
        for parameter in transformer.parameters():
            if not parameter.any():  # what training starts from zero would make the flow zero
                parameter.normal_(0, 0.02)
    weights = {f"ema_model.transformer.{name}": each.contiguous() for name, each in transformer.state_dict().items()}
    save_file(weights, folder / "model.safetensors")
    (folder / "config.yaml").write_text(yaml.safe_dump(VOCOS), "utf-8")
    torch.save(Vocos.from_hparams(str(folder / "config.yaml")).state_dict(), folder / "pytorch_model.bin")


def speak_upstream(folder: Path, device: str, jobs: list[tuple[int, float]]) -> list[dict[str, Any]]:
    """Load and speak with upstream's API; what each utterance took, and what its sampler was asked for."""
    import numpy as np

    without_trainer()
    from f5_tts.api import F5TTS

    began = time.perf_counter()
    tts = F5TTS(ckpt_file=str(folder / "model.safetensors"), vocoder_local_path=str(folder), device=device)
    loaded = time.perf_counter() - began
    asked: list[dict[str, Any]] = []
    sample = tts.ema_model.sample

    def recorded(*, cond: Any, text: list[list[str]], duration: int, **options: Any) -> Any:
        asked.append({"text": text[0], "frames": duration})
        np.save(folder / "clip.npy", cond[0].cpu().numpy())
        return sample(cond=cond, text=text, duration=duration, **options)

    tts.ema_model.sample = recorded
    results = []
    for steps, seconds in jobs:
        asked.clear()
        began, spent = time.perf_counter(), time.process_time()
        quiet: dict[str, Any] = {"show_info": str, "progress": None}
        audio, rate, _ = tts.infer(
            str(reference_clip()), REFERENCE_TEXT, text_of(seconds), nfe_step=steps, seed=SEED, **quiet
        )
        results.append(
            {
                "wall_s": time.perf_counter() - began,
                "cpu_s": time.process_time() - spent,
                "audio_s": len(audio) / rate,
                "chunks": sorted(asked, key=lambda chunk: -chunk["frames"]),
                "load_s": loaded,
            }
        )
        results[-1]["first_chunk_s"] = results[-1]["wall_s"]  # nothing is heard before all is done
    return results


def speak_ours(folder: Path, device: str, jobs: list[dict[str, Any]], dtype: str) -> list[dict[str, Any]]:
    """Load and speak with the worker's model; what each utterance took."""
    import numpy as np

    from handler.engines.f5.loading import load
    from handler.engines.f5.sampler import mel_spectrogram, vocode
    from handler.settings import Settings
    from tests.support.sampling import sample

    began = time.perf_counter()
    model = load(
        Settings.read(
            {
                "F5_CKPT_FILE": str(folder / "model.safetensors"),
                "F5_VOCODER_DIR": str(folder),
                "F5_DTYPE": dtype,
            }
        ),
        device,
    )
    loaded = time.perf_counter() - began
    results = []
    for job in jobs:
        began, spent = time.perf_counter(), time.process_time()
        reference = mel_spectrogram(model, np.load(folder / "clip.npy"))
        first, mels, samples = 0.0, [], 0
        for number, chunk in enumerate(job["chunks"]):
            mel = sample(
                model, reference, chunk["text"], chunk["frames"], steps=job["steps"], seed=SEED + number, lead=1
            )
            samples += len(vocode(model, mel))
            first = first or time.perf_counter() - began
            mels.append(mel.cpu().numpy())
        results.append(
            {
                "wall_s": time.perf_counter() - began,
                "cpu_s": time.process_time() - spent,
                "audio_s": samples / model.sample_rate,
                "first_chunk_s": first,
                "load_s": loaded,
            }
        )
        np.save(folder / f"mel_{dtype}.npy", np.concatenate(mels))
    return results


def in_process(
    folder: Path, side: str, device: str, jobs: list[Any], dtype: str = "", threads: int = 0
) -> list[dict[str, Any]]:
    """Run one side in a fresh interpreter; its results, each with the process's peak memory in MB."""
    task = json.dumps({"folder": str(folder), "side": side, "device": device, "jobs": jobs, "dtype": dtype})
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")} if threads else {}
    child = subprocess.run(
        [sys.executable, __file__, "--task", "-"],
        input=task,
        env={**os.environ, **limits},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    results: list[dict[str, Any]] = json.loads(child.stdout.splitlines()[-1])
    return results


def run_task(task: dict[str, Any]) -> None:
    """The other end of `in_process`."""
    folder = Path(task["folder"])
    if task["side"] == "upstream":
        results = speak_upstream(folder, task["device"], task["jobs"])
    else:
        results = speak_ours(folder, task["device"], task["jobs"], task["dtype"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n" + json.dumps([{**result, "peak_mb": peak} for result in results]))


def best(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The round that took least."""
    return min(rounds, key=lambda result: result["wall_s"])


def on_cpu(folder: Path, steps: int, seconds: float, rounds: int, threads: int) -> dict[str, float]:
    """Print the table of the CPU; its figures."""
    dtypes = precisions()
    sides: dict[str, list[dict[str, Any]]] = {name: [] for name in ("upstream", *dtypes)}
    for _ in range(rounds):
        sides["upstream"] += in_process(folder, "upstream", "cpu", [[steps, seconds]], threads=threads)
        job = [{"steps": steps, "chunks": sides["upstream"][0]["chunks"]}]
        for dtype in dtypes:
            sides[dtype] += in_process(folder, "ours", "cpu", job, dtype, threads)
    rows = {name: best(results) for name, results in sides.items()}
    chunks = rows["upstream"]["chunks"]
    print(
        f"CPU, {threads} threads, {steps} steps, {len(chunks)} chunks of"
        f" {', '.join(str(chunk['frames']) for chunk in chunks)} frames with the reference\n"
    )
    print(f"{'':12}{'wall, s':>10}{'cpu, s':>10}{'audio, s':>10}{'RTF':>8}{'first, s':>10}{'peak, MB':>10}")
    for name, row in rows.items():
        print(
            f"{name:12}{row['wall_s']:10.1f}{row['cpu_s']:10.1f}{row['audio_s']:10.1f}"
            f"{row['wall_s'] / row['audio_s']:8.2f}{row['first_chunk_s']:10.1f}{row['peak_mb']:10.0f}"
        )
    upstream, exact, fastest = rows["upstream"], rows["float32"], rows[dtypes[-1]]
    return {
        "ratio_fp32": upstream["wall_s"] / exact["wall_s"],
        "ratio_best": upstream["wall_s"] / min(rows[dtype]["wall_s"] for dtype in dtypes),
        "cpu_ratio_fp32": upstream["cpu_s"] / exact["cpu_s"],
        "memory_ratio": exact["peak_mb"] / upstream["peak_mb"],
        **(half_figures(folder, rows) if "bfloat16" in rows else {}),
        **{f"rtf_{name}": row["wall_s"] / row["audio_s"] for name, row in rows.items()},
        **{f"first_chunk_s_{name}": row["first_chunk_s"] for name, row in rows.items()},
        "first_chunk_s": fastest["first_chunk_s"],
    }


def precisions() -> tuple[str, ...]:
    """The precisions that are worth a measurement on this processor, the fastest last; says which are not."""
    from handler.engines.f5.loading import has_native_bfloat16

    if has_native_bfloat16():
        return "float32", "bfloat16"
    print("bfloat16 is left out: this processor has no instructions for it\n")
    return ("float32",)


def half_figures(folder: Path, rows: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Print how far the mel in bfloat16 is from that in float32; the figures of bfloat16 alone."""
    import numpy as np

    exact, half = (np.load(folder / f"mel_{dtype}.npy") for dtype in ("float32", "bfloat16"))
    error = float(np.sqrt(np.mean((half - exact) ** 2)) / exact.std())
    print(
        f"\nmel in bfloat16 against float32: RMS {error:.4f} of its spread, at most {np.abs(half - exact).max():.3f}\n"
    )
    return {
        "cpu_ratio_bf16": rows["upstream"]["cpu_s"] / rows["bfloat16"]["cpu_s"],
        "memory_ratio_bf16": rows["bfloat16"]["peak_mb"] / rows["upstream"]["peak_mb"],
        "bf16_mel_error": error,
    }


def on_gpu(folder: Path) -> dict[str, float]:
    """Print the table of the GPU; its figures."""
    tasks = [(steps, seconds) for seconds in (20.0, 60.0) for steps in (32, 16, 7)]
    upstream = in_process(folder, "upstream", "cuda:0", [tasks[0], *tasks])
    jobs = [
        {"steps": steps, "chunks": result["chunks"]}
        for (steps, _), result in zip([tasks[0], *tasks], upstream, strict=True)
    ]
    ours = in_process(folder, "ours", "cuda:0", jobs, "float16")
    figures: dict[str, float] = {}
    print(f"{'GPU':>6}{'steps':>7}{'upstream RTF':>15}{'our RTF':>10}{'ratio':>8}")
    for (steps, seconds), theirs, own in zip(tasks, upstream[1:], ours[1:], strict=True):
        rtfs = [result["wall_s"] / result["audio_s"] for result in (theirs, own)]
        print(f"{seconds:5.0f}s{steps:7}{rtfs[0]:15.4f}{rtfs[1]:10.4f}{rtfs[0] / rtfs[1]:8.2f}")
        name = f"gpu_{seconds:.0f}s_{steps}"
        figures |= {f"{name}_rtf_upstream": rtfs[0], f"{name}_rtf": rtfs[1], f"{name}_ratio": rtfs[0] / rtfs[1]}
    print()
    return figures


def main() -> None:
    """Speak, print tables, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--files", type=Path)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.task:
        run_task(json.loads(sys.stdin.read()))
        return
    import torch

    with model_folder(arguments.files) as folder:
        figures = on_cpu(folder, arguments.steps, arguments.seconds, arguments.rounds, arguments.threads)
        if torch.cuda.is_available():
            figures |= on_gpu(folder)
    print(json.dumps({name: round(figure, 4) for name, figure in figures.items()}))


if __name__ == "__main__":
    main()
