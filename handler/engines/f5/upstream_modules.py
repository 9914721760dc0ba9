"""Execute four files of f5_tts and three of vocos with a patched ``__import__``, because importing f5_tts takes 16 s.

The seven files hold all that inference needs; the rest of the package is for training, the web demo and other models.
Their import statements get siblings executed the same way, stand-ins for libraries that load slowly or are not reached,
and a ``torch.nn`` whose layers draw no random weights: a checkpoint replaces them all, and drawing 337 million takes
seconds. The real modules can be imported at any time and are not changed; a test holds that both compute the same.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from handler.errors import ConfigError

PREFIX = f"{__name__}.upstream."  # of the copies' names in `sys.modules`, where pickle and torch.compile find them
COPIED = frozenset({"f5_tts", "vocos"})
# BigVGAN's mel (not Vocos'), texts in Chinese, and MDCT heads (not the ISTFT head).
UNREACHED = frozenset({"librosa.filters", "rjieba", "pypinyin", "scipy"})

_loading = threading.RLock()


def upstream(module: str) -> Any:
    """The copy of one of upstream's modules, such as ``f5_tts.model.backbones.dit``. Made once, then kept.

    Raises ConfigError when the package is not installed.
    """
    with _loading:
        name = PREFIX + module
        if name not in sys.modules:
            package, *parts = module.split(".")
            sys.modules[name] = _run(name, package_file(package, *parts).with_suffix(".py"))
        return sys.modules[name]


def package_file(package: str, *parts: str) -> Path:
    """A file inside an installed package, found without importing it. ConfigError when it is not installed."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"the engine f5 needs {package.replace('_', '-')}, which is not installed here")
    return Path(next(iter(spec.submodule_search_locations)), *parts)


def _run(name: str, path: Path) -> ModuleType:
    loader = SourceFileLoader(name, str(path))
    spec = spec_from_loader(name, loader)
    code = loader.get_code(name)
    if spec is None or code is None:
        raise ConfigError(f"{path.name} of the engine f5 cannot be read; install f5-tts again")
    module = module_from_spec(spec)
    # An import statement calls the __import__ of its own module's builtins: this is how only these files see ours.
    module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import}
    exec(code, module.__dict__)  # nosec B102 # a file of an installed package, locked by its hash
    return module


def _import(
    name: str,
    globals: Mapping[str, object] | None = None,
    locals: Mapping[str, object] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> Any:
    if name.partition(".")[0] in COPIED:
        return upstream(name)
    if name == "torch" and fromlist and "nn" in fromlist:
        return _Overlay(torch, nn=_quiet_nn())
    if name == "x_transformers.x_transformers":
        return SimpleNamespace(RotaryEmbedding=_RotaryEmbedding, apply_rotary_pos_emb=_apply_rotary_pos_emb)
    if name in UNREACHED:
        return _Later(name)
    return builtins.__import__(name, globals, locals, fromlist or (), level)


class _Overlay:
    """A module with a few of its names replaced."""

    def __init__(self, module: Any, **names: Any) -> None:
        self._module = module
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class _Later:
    """A name of a module that is imported when the name is first called or looked into."""

    def __init__(self, module: str, name: str = "") -> None:
        self._path = (module, name)

    def _real(self) -> Any:
        module, name = self._path
        return getattr(importlib.import_module(module), name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name) if self._path[1] else _Later(self._path[0], name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._real()(*arguments, **named)


@cache
def _quiet_nn() -> _Overlay:
    def keep(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        return tensor

    def quiet(layer: type[nn.Module]) -> type[nn.Module]:
        return type(layer.__name__, (layer,), {"reset_parameters": lambda _: None})

    layers = {layer.__name__: quiet(layer) for layer in (nn.Linear, nn.Conv1d, nn.Embedding)}
    return _Overlay(nn, init=_Overlay(nn.init, constant_=keep, trunc_normal_=keep), **layers)


class _RotaryEmbedding(nn.Module):
    """x_transformers' class with its defaults: an angle per position and channel pair (arXiv 2104.09864, eq. 15)."""

    inv_freq: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("inv_freq", 1.0 / (10000 ** (torch.arange(0, dim, 2).float() / dim)))

    def forward_from_seq_len(self, frames: int) -> tuple[Tensor, float]:
        """Angles in radians, [1, frames, dim], each twice in a row; and the scale, which is always 1."""
        positions = torch.arange(frames, device=self.inv_freq.device).type_as(self.inv_freq)
        return torch.outer(positions, self.inv_freq).repeat_interleave(2, dim=-1)[None], 1.0


def _apply_rotary_pos_emb(x: Tensor, angles: Tensor, scale: float = 1.0) -> Tensor:
    """Rotate the pairs of the first ``angles.shape[-1]`` channels of x, [batch, heads, frames, channels]."""
    rotated, rest = x[..., : angles.shape[-1]], x[..., angles.shape[-1] :]
    angles = angles[:, -x.shape[-2] :, None, :].transpose(1, 2)
    across = torch.stack((-rotated[..., 1::2], rotated[..., ::2]), dim=-1).flatten(-2)
    rotated = rotated * angles.cos() * scale + across * angles.sin() * scale
    return torch.cat((rotated, rest), dim=-1).type(x.dtype)
