"""Execute four files of f5_tts and three of vocos with a patched ``__import__``, because importing f5_tts takes 16 s.

``import f5_tts.api`` takes 16 to 20 s on two cores and opens thousands of files, most of them for training, the web
demo and other models. The seven files hold all that inference needs. `_import` answers their ``import`` statements:

- it executes a sibling (``f5_tts.model.modules``) the same way, not its package, whose ``__init__`` loads the trainer;
- it gives stand-ins for ``x_transformers`` (two small functions of a library that loads einx and sympy), and for
  libraries that inference does not reach (`_Later`: imported on first use);
- it gives a ``torch.nn`` whose layers draw no random weights: a checkpoint replaces them all, and drawing 337 million
  takes seconds. (The ``meta`` device would do too, but importing what it needs takes 2.8 s.)

`sys.modules` only gains the copies' own names, which start with PREFIX: the real ``f5_tts``, ``x_transformers`` and the
rest can be imported at any time, and are not changed. A test holds that copies and real modules compute the same.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
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

_loading = threading.RLock()


def upstream(module: str) -> Any:
    """The copy of one of upstream's modules, such as ``f5_tts.model.backbones.dit``. Made once, then kept.

    Raises ConfigError when the package is not installed.
    """
    with _loading:
        name = PREFIX + module
        if name not in sys.modules:
            sys.modules[name] = _run(name, _source(module))
        return sys.modules[name]


def package_file(package: str, *parts: str) -> Path:
    """A file inside an installed package, found without importing it. ConfigError when it is not installed."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"the engine f5 needs {package.replace('_', '-')}, which is not installed here")
    return Path(next(iter(spec.submodule_search_locations)), *parts)


def _source(module: str) -> Path:
    package, *parts = module.split(".")
    return package_file(package, *parts).with_suffix(".py")


def _run(name: str, path: Path) -> ModuleType:
    loader = SourceFileLoader(name, str(path))
    spec = spec_from_loader(name, loader)
    code = loader.get_code(name)
    if spec is None or code is None:
        raise ConfigError(f"{path.name} of the engine f5 cannot be read; install f5-tts again")
    module = module_from_spec(spec)
    # An import statement calls the __import__ of its own module's builtins: this is how only these files see ours.
    module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import}
    exec(code, module.__dict__)
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
    stand_in = _STAND_INS.get(name)
    return stand_in() if stand_in else builtins.__import__(name, globals, locals, fromlist or (), level)


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
    """As x_transformers' class of that name with its defaults: one angle a position for each pair of channels.

    Su et al., RoFormer (arXiv 2104.09864), equation 15; base 10,000.
    """

    inv_freq: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("inv_freq", 1.0 / (10000 ** (torch.arange(0, dim, 2).float() / dim)))

    def forward_from_seq_len(self, frames: int) -> tuple[Tensor, float]:
        """Angles in radians, [1, frames, dim], each twice in a row; and the scale, which is always 1."""
        positions = torch.arange(frames, device=self.inv_freq.device).type_as(self.inv_freq)
        return torch.outer(positions, self.inv_freq).repeat_interleave(2, dim=-1)[None], 1.0


def _apply_rotary_pos_emb(x: Tensor, angles: Tensor, scale: float = 1.0) -> Tensor:
    """Turn the pairs of the first ``angles.shape[-1]`` channels of x, [batch, heads, frames, channels]."""
    turned, rest = x[..., : angles.shape[-1]], x[..., angles.shape[-1] :]
    angles = angles[:, -x.shape[-2] :, None, :].transpose(1, 2)
    across = torch.stack((-turned[..., 1::2], turned[..., ::2]), dim=-1).flatten(-2)
    turned = turned * angles.cos() * scale + across * angles.sin() * scale
    return torch.cat((turned, rest), dim=-1).type(x.dtype)


def _x_transformers() -> SimpleNamespace:
    return SimpleNamespace(RotaryEmbedding=_RotaryEmbedding, apply_rotary_pos_emb=_apply_rotary_pos_emb)


_STAND_INS: dict[str, Callable[[], Any]] = {
    "x_transformers.x_transformers": _x_transformers,
    "librosa.filters": lambda: _Later("librosa.filters"),  # BigVGAN's mel, not Vocos'
    "rjieba": lambda: _Later("rjieba"),  # only texts in Chinese
    "pypinyin": lambda: _Later("pypinyin"),
    "scipy": lambda: _Later("scipy"),  # MDCT heads, not the ISTFT head
}
