"""CUDA graphs of the flow: one launch in place of the thousand kernels of a step, which pays where they are small.

A graph is of one shape, on memory of its own: batches are brought to the next of few lengths, their padding masked.
**This has not run on a GPU yet** (`F5_CUDA_GRAPHS` is off): tests hold all of it but the capturing itself.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from handler.engines.f5.flow import Conditions, Flow, Step

logger = logging.getLogger(__name__)

GRAIN = 128
"""Frames: lengths are brought to a multiple of it."""

LARGEST = 8192
"""Frames of a batch above which its kernels are long, and launching them is nothing beside."""

KEPT = 32
"""Graphs at a time; the longest unused goes."""

WARM_SECONDS = 20.0
"""The start goes on to make graphs of single chunks for so long at most; others are made when they are first needed."""

Replay = Callable[[], Tensor]
Capture = Callable[[Callable[[], Tensor]], Replay]


class Shape(NamedTuple):
    """What a graph is made for: [rows, chunks, frames]; two rows are guided."""

    rows: int
    chunks: int
    frames: int


class Graphs:
    """`Flow.velocity` by graphs. Called from one thread. The first error switches them off, with a warning."""

    def __init__(self, flow: Flow, capture: Capture) -> None:
        self._flow = flow
        self._capture = capture
        self._graphs: OrderedDict[Shape, _Graph] = OrderedDict()
        self._on = True

    @classmethod
    def of(cls, flow: Flow, device: torch.device) -> Graphs | None:
        """Graphs on a GPU, None elsewhere."""
        return cls(flow, _on_cuda()) if device.type == "cuda" else None

    def velocity(self, x: Tensor, conditions: Conditions, step: Step) -> Tensor:
        """As `Flow.velocity`; what it returns is overwritten by the next call."""
        chunks, frames, _ = x.shape
        if self._on and chunks * frames <= LARGEST:
            try:
                shape = Shape(len(conditions.constant), chunks, -(-frames // GRAIN) * GRAIN)
                return self._graph(shape, step)(x, conditions, step)
            except Exception as error:
                logger.warning("CUDA graphs are switched off, the model goes on without", exc_info=error)
                self._on = False
                self._graphs.clear()
        return self._flow.velocity(x, conditions, step)

    @torch.inference_mode()
    def warm(self, longest: int) -> None:
        """Make the graphs of single guided chunks of up to ``longest`` frames, the shortest first, in WARM_SECONDS."""
        until = time.monotonic() + WARM_SECONDS
        (step,) = self._flow.schedule((0.0,))
        for frames in range(GRAIN, longest + GRAIN, GRAIN):
            if time.monotonic() > until or not self._on:
                break
            width = step.shift.shape[-1]
            conditions = self._flow.together([step.shift.new_zeros(2, frames, width)])
            self.velocity(step.shift.new_zeros(1, frames, self._flow.channels), conditions, step)

    def _graph(self, shape: Shape, step: Step) -> _Graph:
        if shape not in self._graphs:
            while len(self._graphs) >= KEPT:
                self._graphs.popitem(last=False)
            self._graphs[shape] = _Graph(self._flow, shape, step, self._capture)
        self._graphs.move_to_end(shape)
        return self._graphs[shape]


class _Graph:
    """One captured shape, and the memory that it reads."""

    def __init__(self, flow: Flow, shape: Shape, step: Step, capture: Capture) -> None:
        new = step.flat.new_zeros
        self._x = new(shape.chunks, shape.frames, flow.channels)
        self._constant = new(*shape, step.flat.shape[-1])
        self._mask = new(shape.rows * shape.chunks, shape.frames, dtype=torch.bool)
        self._mask[:] = True
        self._step = step.flat.clone()
        cos, sin = flow.rotary()
        lengths = (shape.frames,) * shape.chunks
        conditions = Conditions(self._constant, lengths, self._mask, cos[: shape.frames], sin[: shape.frames])
        own_step = Step.of(self._step)
        self._replay = capture(lambda: flow.velocity(self._x, conditions, own_step))
        self._loaded: Callable[[], Conditions | None] = lambda: None

    def __call__(self, x: Tensor, conditions: Conditions, step: Step) -> Tensor:
        frames = x.shape[1]
        # Another batch of the same shape may have been computed between two steps of this one.
        if self._loaded() is not conditions:
            self._constant.zero_()[:, :, :frames] = conditions.constant
            self._mask.fill_(False)[:, :frames] = True if conditions.mask is None else conditions.mask
            self._x.zero_()
            self._loaded = weakref.ref(conditions)
        self._x[:, :frames] = x
        self._step.copy_(step.flat)
        return self._replay()[:, :, :frames]


def _on_cuda() -> Capture:
    """Capture into a graph; all share one pool of memory, for only one is run at a time."""
    cuda: Any = torch.cuda  # of which half has no types
    pool = cuda.graph_pool_handle()

    def capture(function: Callable[[], Tensor]) -> Replay:
        current, aside = cuda.current_stream(), cuda.Stream()
        aside.wait_stream(current)
        with cuda.stream(aside):  # once before, for what libraries do only the first time
            function()
        current.wait_stream(aside)
        graph = cuda.CUDAGraph()
        # Other threads prepare clips meanwhile.
        with cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
            out = function()

        def replay() -> Tensor:
            graph.replay()
            return out

        return replay

    return capture
