"""Load weights from a file into a module: straight to the device, without a second copy in memory."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from handler.engines.f5.files import ModelFile

EMA_PREFIX = "ema_model."  # of the names of averaged weights, which are the ones for inference
TRAINING_STATE = ("initted", "step", "mel_spec.")

Tensors = Iterator[tuple[str, Tensor]]


def read_tensors(file: ModelFile, device: torch.device, *, mapped: bool = True) -> Tensors:
    """The averaged weights of a ``.safetensors`` or ``.pt`` file by name, one at a time.

    On a CPU the file is mapped into memory; with ``mapped`` false it is read, which takes less memory when tensors are
    converted. Raises ConfigError, also during the iteration, for a file that is missing, truncated or of another kind.
    """
    safe = file.path.suffix == ".safetensors"
    for name, tensor in _read_safetensors(file, device, mapped) if safe else _read_pickled(file, device):
        bare = name.removeprefix(EMA_PREFIX)
        if not bare.startswith(TRAINING_STATE):
            yield bare, tensor


def _read_safetensors(file: ModelFile, device: torch.device, mapped: bool) -> Tensors:
    from safetensors import SafetensorError, safe_open

    try:
        backend = "mmap" if mapped else "pread"
        with safe_open(file.path, framework="pt", device=str(device), backend=backend) as opened:
            for name in opened.keys():  # noqa: SIM118  (not a mapping)
                yield name, opened.get_tensor(name)
    except FileNotFoundError:
        raise file.error("is not there") from None
    except (SafetensorError, OSError) as error:
        raise file.error("is cut short or no safetensors file") from error


def _read_pickled(file: ModelFile, device: torch.device) -> Tensors:
    try:
        # weights_only runs no code of the file, mmap reads only the parts that are used.
        try:
            content = torch.load(file.path, map_location="cpu", weights_only=True, mmap=True)
        except RuntimeError:  # files of before PyTorch 1.6 cannot be mapped
            content = torch.load(file.path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise file.error("is not there") from None
    except (RuntimeError, pickle.UnpicklingError, EOFError, OSError, KeyError, ValueError) as error:
        raise file.error("is cut short, no PyTorch checkpoint, or holds more than weights") from error
    for key in ("ema_model_state_dict", "model_state_dict"):
        if isinstance(content, Mapping) and key in content:
            content = content[key]
            break
    if not isinstance(content, Mapping):
        raise file.error("holds no weights by name")
    for name, tensor in content.items():
        if isinstance(tensor, Tensor):
            yield name, tensor.to(device)


def fill(
    module: nn.Module,
    file: ModelFile,
    tensors: Iterable[tuple[str, Tensor]],
    *,
    remedy: str,
    remedies: Mapping[str, str] = MappingProxyType({}),
    dtype_of: Callable[[str], torch.dtype] = lambda _: torch.float32,
) -> None:
    """Make the tensors the module's own, each in the precision that ``dtype_of`` gives for its name.

    A tensor of this precision is not copied. Raises ConfigError when names or shapes are not the module's; it ends in
    ``remedy``, or in the one of ``remedies`` for the tensor that does not fit.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    filled: dict[str, Any] = {}
    for name, tensor in tensors:
        if name not in expected:
            raise file.error(f"holds {name}, which this model does not have", remedy)
        if tuple(tensor.shape) != expected[name]:
            shapes = f"{_shape(tensor.shape)} where {_shape(expected[name])} is needed"
            raise file.error(f"has {name} of {shapes}", remedies.get(name, remedy))
        filled[name] = tensor.to(dtype_of(name)) if tensor.is_floating_point() else tensor
    missing = [name for name in expected if name not in filled]
    if missing:
        raise file.error(f"lacks {len(missing)} of the model's {len(expected)} tensors, such as {missing[0]}", remedy)
    module.load_state_dict(filled, assign=True)
    module.requires_grad_(False).eval()


def _shape(shape: Iterable[int]) -> str:
    return "×".join(map(str, shape))
