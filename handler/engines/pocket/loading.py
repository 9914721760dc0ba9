"""Load a model by upstream's own loader, and turn the voice of a clip into bytes and back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import torch
from torch import Tensor

from handler import temporary
from handler.engines.memory import within_memory
from handler.engines.pocket.files import ModelFiles
from handler.errors import ConfigError
from handler.types import Samples

GPU_WIDTH = 8  # rows of a batch on a GPU, see `sampler`; a CPU is kept busy by one
SAMPLE_RATE = 24_000
UNKNOWN = "<unk>"  # the token of all characters that have none
MORE_FRAMES = 2  # after the end than upstream's guess by the number of words, as upstream has it

VoiceState: TypeAlias = "tuple[Tensor, ...]"
"""What the model has read of a voice: keys and values [2, positions, heads, channels] of each layer."""

_loading = threading.Lock()


class Prepared(NamedTuple):
    """A text's tokens, how many frames are spoken after its end is heard, and the characters that have no token."""

    tokens: tuple[int, ...]
    frames_after_eos: int
    unknown: str = ""


@dataclass(frozen=True)
class Model:
    """A loaded model. ``network`` is upstream's, ``width`` the number of rows that every batch is computed with."""

    network: Any
    width: int

    @property
    def device(self) -> torch.device:
        device: torch.device = next(self.network.parameters()).device
        return device

    @property
    def layers(self) -> list[str]:
        """The names of the layers in upstream's states, in order."""
        return [
            f"transformer.layers.{number}.self_attn" for number in range(len(self.network.flow_lm.transformer.layers))
        ]

    def tokenize(self, text: str) -> tuple[int, ...]:
        """The numbers of a text's tokens. May be called from any thread."""
        return tuple(self.network.flow_lm.conditioner.tokenizer.encode(text))

    def prepare(self, text: str) -> Prepared:
        """A text as upstream writes it for the model: with a capital, a final mark, and characters replaced.

        Unknown characters are left out, as upstream leaves them out: the model would speak a filler for each.
        """
        from pocket_tts.models.text_chunking import prepare_text_prompt

        network = self.network
        prepared, frames = prepare_text_prompt(
            text,
            network.pad_with_spaces_for_short_inputs,
            network.remove_semicolons,
            network.append_terminal_punctuation,
            network.capitalize_first_letter,
            network.replace_characters,
        )
        recommended = network.model_recommended_frames_after_eos
        tokens = self.tokenize(prepared)
        known = tuple(token for token, piece in zip(tokens, self.pieces(tokens), strict=True) if piece != UNKNOWN)
        unknown = ""
        if len(known) < len(tokens):
            characters = dict.fromkeys(prepared)
            unknown = "".join(each for each in characters if UNKNOWN in self.pieces(self.tokenize(each)))
        return Prepared(known, frames + MORE_FRAMES if recommended is None else recommended, unknown)

    def pieces(self, tokens: tuple[int, ...]) -> list[str]:
        """The tokens as they are in the vocabulary."""
        tokenizer = self.network.flow_lm.conditioner.tokenizer
        if hasattr(tokenizer, "sp"):
            return [tokenizer.sp.id_to_piece(token) for token in tokens]
        return [tokenizer.tokenizer.id_to_token(token) for token in tokens]


def upstream() -> Any:
    """The package pocket_tts. Raises ConfigError if it is not installed."""
    if find_spec("pocket_tts") is None:
        raise ConfigError("the engine pocket needs pocket-tts, which is not installed here")
    with _loading:
        # Upstream sets one thread for the whole process.
        threads = torch.get_num_threads()
        try:
            import pocket_tts
        finally:
            torch.set_num_threads(threads)
    return pocket_tts


def load(files: ModelFiles, device: str) -> Model:
    """The model of these files. Raises ConfigError for files that do not fit together."""
    from safetensors import SafetensorError

    package = upstream()
    damaged = (OSError, RuntimeError, KeyError, ValueError, TypeError, AssertionError, SafetensorError)
    try:
        with torch.random.fork_rng(), _root_logger_left_alone(), temporary.folder("pocket") as folder:
            # Layers draw random weights when they are made.
            network = package.TTSModel.load_model(config=str(_local_config(files, folder)))
    except damaged as error:
        remedy = "run `python -m handler models pull pocket`, or mend POCKET_DIR"
        raise ConfigError(f"the files of POCKET_MODEL cannot be loaded; {remedy}") from error
    if network.sample_rate != SAMPLE_RATE:
        raise ConfigError("POCKET_DIR has a model that is not for 24,000 samples a second; take another one")
    return Model(network.to(device).eval(), 1 if device == "cpu" else GPU_WIDTH)


def _local_config(files: ModelFiles, folder: Path) -> Path:
    """Upstream's configuration with the paths of files on this disk: upstream fetches nothing."""
    import yaml

    config = deepcopy(files.config)
    config["weights_path"] = str(files.weights)
    config.pop("weights_path_without_voice_cloning", None)
    config["flow_lm"]["lookup_table"]["tokenizer_path"] = str(files.tokenizer)
    for part in ("flow_lm", "mimi"):
        config[part].pop("weights_path", None)
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    return path


@contextmanager
def _root_logger_left_alone() -> Iterator[None]:
    """Upstream logs by the functions of `logging`, which give a root logger without handlers one of their own."""
    root, handler = logging.getLogger(), logging.NullHandler()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


@torch.inference_mode()
def conditionals(model: Model, clip: Samples) -> bytes:
    """What the model reads of a clip, 24,000 samples a second, as upstream's exports of voices: a safetensors file.

    Raises OutOfMemory.
    """
    from safetensors.torch import save

    # Upstream draws noise here, and uses none of it.
    with within_memory(), torch.random.fork_rng(devices=[model.device] if model.device.type == "cuda" else []):
        state = model.network.get_state_for_audio_prompt(torch.from_numpy(clip)[None])
    tensors = {f"{layer}/{name}": tensor for layer, own in state.items() for name, tensor in own.items()}
    return save({name: tensor.cpu().contiguous() for name, tensor in tensors.items()})


def voice_state(model: Model, content: bytes) -> VoiceState:
    """The voice of an export, on the model's device. Raises ValueError for one of another model, OutOfMemory."""
    from safetensors import SafetensorError
    from safetensors.torch import load as load_tensors

    try:
        tensors = load_tensors(content)
        parts = []
        for layer, module in zip(model.layers, model.network.flow_lm.transformer.layers, strict=True):
            # Old exports have the length as that of an empty tensor.
            old = tensors.get(f"{layer}/current_end")
            length = int(tensors[f"{layer}/offset"][0]) if old is None else len(old)
            cache = tensors[f"{layer}/cache"][:, 0, :length]
            attention = module.self_attn
            if cache.shape != (2, length, attention.num_kv_heads, attention.dim_per_head) or not length:
                raise ValueError("the voice is of a model of another shape")
            with within_memory():
                parts.append(cache.to(model.device, attention.in_proj.weight.dtype))
    except (SafetensorError, KeyError, IndexError) as error:
        raise ValueError("the voice is no export of Pocket TTS") from error
    return tuple(parts)
