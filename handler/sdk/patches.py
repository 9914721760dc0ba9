"""What of RunPod's SDK this worker replaces, and what it uses that the SDK does not promise to keep.

The SDK is pinned. `tests/sdk/test_patches.py` holds each name here against the installed one, so that an upgrade that
moves something fails there, and not on a worker.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Patch:
    """A name of the SDK that is replaced by one of ours."""

    module: str
    name: str
    signature: str
    """Of what is replaced, as the SDK calls it."""
    replacement: tuple[str, str]
    """Module and name of ours."""
    faults: tuple[tuple[str, str], ...]
    """What the SDK does wrong there; and how one sees in a later version that it no longer does."""


PATCHES = (
    Patch(
        "runpod.serverless.modules.rp_scale",
        "JobScaler",
        "(config: Dict[str, Any])",
        ("handler.sdk.loop", "QueueLoop"),
        (
            (
                "A job whose id has a line break or is a number, and a batch with null, a number or {} in it, end"
                " `get_jobs` or `run_jobs`: the worker lives and takes nothing, or dies with its other jobs.",
                "`get_jobs` judges each element of a batch by itself",
            ),
            (
                "An answer that json refuses (5,000 digits, nesting of 100,000, a body cut short) is dropped without"
                " a word to the client, and is read whatever its size.",
                "`get_job` posts a failure for a job that it cannot read",
            ),
            (
                "After a refused connection or a 5xx it asks again at once: half a core for as long as the queue is"
                " away.",
                "`get_jobs` sleeps after `Failed to get job`",
            ),
            (
                "On SIGTERM it waits up to 90 s for its poll, and a job that this brings is never run. Cancellations"
                " are not heard while it drains.",
                "`run` cancels its tasks, or `get_jobs` waits for `_shutdown_event`",
            ),
            (
                "`rp_http._transmit` tries a result three times, after 500s only: a 429 or a cut connection loses it.",
                "`_transmit` gives its `retry_options` exceptions and statuses",
            ),
            (
                "A result that is being posted is lost by a stop signal, and holds a lane meanwhile.",
                "`handle_job` shields `send_result`",
            ),
            (
                "It sleeps a second where its lanes are full, and polls its own tasks ten times a second.",
                "`get_jobs` waits for a task in place of `asyncio.sleep(1)`",
            ),
            (
                "`refresh_worker` of a reply posts `stopPod` and goes on to take jobs on the broken device.",
                "`handle_job` calls `kill_worker` where a result has `stopPod`",
            ),
        ),
    ),
)

USED = {
    ("runpod.http_client", "AsyncClientSession"): "(*args, **kwargs)",
    ("runpod.serverless", "register_fitness_check"): "(func: 'Callable') -> 'Callable'",
    ("runpod.serverless", "start"): "(config: Dict[str, Any])",
    ("runpod.serverless.modules.rp_job", "_job_get_url"): "(batch_size: int = 1)",
    ("runpod.serverless.modules.rp_job", "_job_stop_url"): "() -> Optional[str]",
    ("runpod.serverless.modules.rp_job", "run_job"): ("(handler: Callable, job: Dict[str, Any]) -> Dict[str, Any]"),
    ("runpod.serverless.modules.rp_scale", "JobScaler.run"): "(self)",
    ("runpod.serverless.modules.rp_scale", "JobScaler.start"): "(self)",
    ("runpod.serverless.modules.rp_scale", "JobScaler.kill_worker"): "(self)",
    ("runpod.serverless.modules.rp_scale", "JobScaler.is_alive"): "(self)",
    ("runpod.serverless.modules.rp_scale", "JobScaler.handle_shutdown"): "(self, signum, frame)",
    ("runpod.serverless.modules.rp_scale", "JobScaler.stop_job"): "(self, job_id: str) -> bool",
    ("runpod.serverless.modules.worker_state", "JobsProgress.add"): "(self, element: Any)",
    ("runpod.serverless.modules.worker_state", "JobsProgress.remove"): "(self, element: Any)",
}
"""Functions that the replacements call or override, and their signatures."""


def apply() -> None:
    """Put our own in the place of everything in PATCHES. Applied twice, it changes nothing more."""
    for patch in PATCHES:
        module, name = patch.replacement
        setattr(importlib.import_module(patch.module), patch.name, getattr(importlib.import_module(module), name))
