"""F5-TTS in batches: one job alone, a second one that comes in the middle, eight at once.

    python benchmarks/f5_batch.py [--steps 4] [--seconds 2] [--rounds 3] [--threads 2] [--dtype auto]
                                  [--clock wall] [--files FOLDER]

The full-size architecture with random weights, which cost what real ones do. What is compared is measured in pairs, one
right after the other, and the median of the pairs' ratios is told. On a machine that others use too, ``--clock cpu
--threads 1`` is the figure to trust: it counts the seconds of work of this process, and nothing else works in it.

CPU: four chunks one after another without a scheduler against the same with it, as a worker is configured there
(``ratio_cpu``) and in one batch of four (``ratio_cpu_batch_of_4``: why a worker is not configured so); and the time
from a second job's arrival in the middle of a first one's chunk to its first sound, in times that a chunk takes alone
(``second_job_chunks``).

GPU, where there is one: 60 s of speech against upstream's ``F5TTS.infer`` at 32 steps, the real-time factor and the
first chunk at 7 steps, eight jobs at once against one after another, and a table of real-time factor and peak memory by
batch, steps and length. ``--files`` keeps the 1.4 GB of random weights for the next run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from benchmarks.f5 import REFERENCE_TEXT, SEED, in_process, model_folder, reference_clip, text_of
from handler.cancellation import NEVER

FRAMES_A_SECOND = 24_000 / 256
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
clock: Callable[[], float] = time.perf_counter
GREATEST_BATCH = 1_000_000


class Machine:
    """A loaded model, its reference, and what is done with them."""

    def __init__(self, folder: Path, device: str, dtype: str) -> None:
        import soundfile
        import torch

        from handler.engines.f5.loading import load
        from handler.engines.f5.sampler import mel_spectrogram
        from handler.settings import Settings

        weights = {"F5_CKPT_FILE": str(folder / "model.safetensors"), "F5_VOCODER_DIR": str(folder)}
        self.model = load(Settings.read({**weights, "F5_DTYPE": dtype}), device)
        samples, _ = soundfile.read(reference_clip(), dtype="float32")
        self.reference = mel_spectrogram(self.model, samples)
        self.torch = torch
        # As a worker's jobs are: glibc gives memory back more often to threads other than the main one, and torch is
        # 5 % slower there (MALLOC_ARENA_MAX=1 takes that away).
        self.thread = ThreadPoolExecutor(1)

    def items(self, chunks: int, seconds: float, steps: int, seed: int = SEED) -> list[Any]:
        """Chunks of so much speech each."""
        from handler.engines.f5.sampler import item

        text = list(f"{REFERENCE_TEXT} {text_of(max(seconds, 3.0))}")
        frames = len(self.reference) + int(seconds * FRAMES_A_SECOND)
        return [
            item(self.model, self.reference, text[: frames - 1], frames, steps=steps, seed=seed + number, lead=1)
            for number in range(chunks)
        ]

    def scheduler(self, budget: int) -> Any:
        """A scheduler in front of the model."""
        from handler.engines.f5.sampler import Sampling
        from handler.engines.scheduler import Scheduler

        return Scheduler(partial(Sampling, self.model), budget)

    def budget(self) -> int:
        """The frames of a batch that a worker finds at its start."""
        from handler.engines.memory import frame_budget, measured

        (item,) = self.items(1, 1.5, 7)
        with measured(self.model.device) as measure:
            self.plainly([item])
        return frame_budget(measure, item.frames)

    def plainly(self, items: Sequence[Any]) -> float:
        """Seconds for items one after another, in a thread and without a scheduler."""
        return self.thread.submit(self._one_by_one, items).result()

    def _one_by_one(self, items: Sequence[Any]) -> float:
        from handler.engines.f5.sampler import Sampling

        began = clock()
        for item in items:
            sampling = Sampling(self.model, [item])
            while not sampling.finished:
                sampling.step()
            sampling.result(0)
        return clock() - began


def spoken(scheduler: Any, items: Sequence[Any], heard: threading.Event | None = None) -> tuple[float, float]:
    """Seconds from submitting a job to its first result, and to its last; ``heard`` is set at the first."""
    began, first = clock(), 0.0
    job = scheduler.submit(items)
    try:
        for _ in items:
            job.next(NEVER)
            first = first or clock() - began
            if heard:
                heard.set()
    finally:
        scheduler.cancel(job)
    return first, clock() - began


def at_once(scheduler: Any, jobs: Sequence[Sequence[Any]]) -> float:
    """Seconds until all of some jobs that come together are done."""
    began = clock()
    threads = [threading.Thread(target=spoken, args=(scheduler, items)) for items in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return clock() - began


def second_job(scheduler: Any, items: Sequence[Any], alone: float) -> float:
    """Seconds to the first sound of a job that comes in the middle of another one's second chunk."""
    heard = threading.Event()
    first = threading.Thread(target=spoken, args=(scheduler, items[:3], heard))
    first.start()
    heard.wait()
    began = clock()
    while clock() - began < alone / 2:
        time.sleep(0.02)
    found, _ = spoken(scheduler, items[3:4])
    first.join()
    return found


def on_cpu(folder: Path, steps: int, seconds: float, rounds: int, dtype: str) -> dict[str, float]:
    """Print the table of the CPU; its figures."""
    from handler.engines.memory import ONE_AT_A_TIME

    machine = Machine(folder, "cpu", dtype)
    configured, batching = machine.scheduler(ONE_AT_A_TIME), machine.scheduler(GREATEST_BATCH)
    five = machine.items(5, seconds, steps)
    four = five[:4]
    machine.plainly(four[:1])
    rows: list[tuple[float, ...]] = []
    print(f"CPU, {machine.model.dtype}, {machine.torch.get_num_threads()} threads, {steps} steps, 4 chunks of")
    print(f"{four[0].frames} frames each with the reference\n")
    print(f"{'plain, s':>10}{'scheduler':>11}{'ratio':>7}{'plain, s':>10}{'batch of 4':>11}{'ratio':>7}", end="")
    print(f"{'alone, s':>10}{'second job':>12}{'ratio':>7}")
    for _ in range(rounds):
        plain, ours = machine.plainly(four), spoken(configured, four)[1]
        again = machine.plainly(four)
        # The first chunk of a job goes alone; the batch is the four after it.
        first, whole = spoken(batching, five)
        alone = spoken(configured, four[:1])[1]
        second = second_job(configured, four, alone)
        rows.append(
            (plain, ours, plain / ours, again, whole - first, again / (whole - first), alone, second, second / alone)
        )
        widths = (10, 11, 7, 10, 11, 7, 10, 12, 7)
        print("".join(f"{value:{width}.2f}" for value, width in zip(rows[-1], widths, strict=True)))
    print()
    for scheduler in (configured, batching):
        scheduler.close()
    ratio, batch, second = (statistics.median(row[column] for row in rows) for column in (2, 5, 8))
    return {"ratio_cpu": ratio, "ratio_cpu_batch_of_4": batch, "second_job_chunks": second}


def on_gpu(folder: Path, rounds: int) -> dict[str, float]:
    """Print the tables of the GPU; its figures."""
    upstream = in_process(folder, "upstream", "cuda:0", [[32, 60.0]] * 2)[1]
    machine = Machine(folder, "cuda:0", "auto")
    budget = machine.budget()
    scheduler = machine.scheduler(budget)
    figures = {"budget_frames": float(budget), "upstream_rtf_60s_32": upstream["wall_s"] / upstream["audio_s"]}
    for steps in (32, 7):
        # 60 s in the chunks that a job would have.
        items = machine.items(4, 15.0, steps)
        spoken(scheduler, items)
        runs = [spoken(scheduler, items) for _ in range(rounds)]
        figures[f"rtf_60s_{steps}"] = statistics.median(whole for _, whole in runs) / 60.0
        figures[f"first_chunk_ms_{steps}"] = 1000 * statistics.median(first for first, _ in runs)
    figures["speedup_gpu"] = figures["upstream_rtf_60s_32"] / figures["rtf_60s_32"]
    jobs = [machine.items(3, 8.0, 7, seed=SEED + 100 * number) for number in range(8)]
    at_once(scheduler, jobs)
    pairs = [(sum(spoken(scheduler, job)[1] for job in jobs), at_once(scheduler, jobs)) for _ in range(rounds)]
    figures["eight_jobs_ratio"] = statistics.median(one / together for one, together in pairs)
    scheduler.close()
    print(json.dumps(figures, indent=1))
    return figures | gpu_table(machine)


def gpu_table(machine: Machine) -> dict[str, float]:
    """Print real-time factor and peak memory of single batches; the figures."""
    from handler.engines.f5.sampler import Sampling

    cuda = machine.torch.cuda
    figures: dict[str, float] = {}
    print(f"\n{'batch':>6}{'steps':>7}{'seconds':>9}{'RTF':>9}{'peak, MB':>10}")
    for batch in (1, 4, 16):
        for steps in (7, 16, 32):
            for seconds in (4.0, 15.0):
                items = machine.items(batch, seconds, steps)
                rtf = 0.0
                for _ in range(2):  # the first warms up
                    cuda.reset_peak_memory_stats()
                    began = clock()
                    sampling = Sampling(machine.model, items)
                    while not sampling.finished:
                        sampling.step()
                    for index in range(batch):
                        sampling.result(index)
                    rtf = (clock() - began) / (batch * seconds)
                peak = cuda.max_memory_allocated() / 2**20
                print(f"{batch:6}{steps:7}{seconds:9.0f}{rtf:9.4f}{peak:10.0f}")
                name = f"gpu_{batch}x{seconds:.0f}s_{steps}"
                figures |= {f"{name}_rtf": rtf, f"{name}_peak_mb": peak}
    print()
    return figures


def main() -> None:
    """Speak, print tables, then one JSON object of figures."""
    global clock
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--files", type=Path)
    arguments = parser.parse_args()
    with model_folder(arguments.files) as folder:
        import torch

        torch.set_num_threads(arguments.threads)
        clock = CLOCKS[arguments.clock]
        figures = on_cpu(folder, arguments.steps, arguments.seconds, arguments.rounds, arguments.dtype)
        if torch.cuda.is_available():
            clock = time.perf_counter
            figures |= on_gpu(folder, arguments.rounds)
    print(json.dumps({name: round(figure, 4) for name, figure in figures.items()}))


if __name__ == "__main__":
    main()
