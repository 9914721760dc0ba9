"""Piper: the voice joe, whose model is in a wheel. Its own package is under the GPL; the plain use is its model's."""

from __future__ import annotations

from pathlib import Path

from benchmarks.engine_sides import SEED, TEXT, Engine, Side, Speak

IDS_PER_S = 25  # about: half of them are pads


def _write(folder: Path) -> None:
    """Nothing: the voice is a package."""
    del folder


def _imports_ours() -> None:
    import handler.engines.piper.model  # noqa: F401


def _load_ours(folder: Path, device: str) -> Speak:
    del folder, device
    from handler.engines.piper import files
    from handler.engines.piper.model import PiperModel, Scales
    from handler.settings import Settings

    model = PiperModel(files.find(Settings.read({}), files.WHEEL_VOICE))
    scales = Scales(model.noise_scale, model.length_scale, model.noise_w)
    ids = _ids(model.symbols)

    def speak(seconds: float, rows: int) -> float:
        times = max(1, round(seconds * IDS_PER_S / len(ids))) * rows
        made = sum(len(model.speak(ids, (SEED, number), scales).samples) for number in range(times))
        return made / model.sample_rate

    return speak


def _imports_upstream() -> None:
    import onnxruntime  # noqa: F401


def _load_upstream(folder: Path, device: str) -> Speak:
    del folder, device
    import json

    import numpy as np
    import onnxruntime

    from handler.engines.piper import files
    from handler.settings import Settings

    voice = files.find(Settings.read({}), files.WHEEL_VOICE)
    config = json.loads(voice.config.read_text("utf-8"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(voice.model), options, providers=["CPUExecutionProvider"])
    ids = _ids({symbol: each[0] for symbol, each in config["phoneme_id_map"].items()})
    feed = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array([0.667, 1.0, 0.8], np.float32),
    }

    def speak(seconds: float, rows: int) -> float:
        times = max(1, round(seconds * IDS_PER_S / len(ids))) * rows
        made = sum(session.run(["output"], feed)[0].size for _ in range(times))
        return float(made) / int(config["audio"]["sample_rate"])

    return speak


def _ids(symbols: dict[str, int]) -> list[int]:
    """The letters of TEXT as if they were phonemes, a pad after each: both sides speak the same."""
    ids = [symbols["^"], symbols["_"]]
    for letter in TEXT.lower():
        if letter in symbols:
            ids += [symbols[letter], symbols["_"]]
    return [*ids, symbols["$"]]


ENGINE = Engine(_write, Side(_imports_ours, _load_ours), Side(_imports_upstream, _load_upstream))
