"""Every check of what a worker needs: ok, a warning or a failure, each with what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from handler.app import make_services
from handler.doctor import bucket, lifecycle, machine, parts
from handler.doctor.bucket import probe_store
from handler.doctor.finding import FAILURE, OK, WARNING, Check
from handler.errors import WorkerError
from handler.protocols import Services
from handler.settings import Settings

__all__ = ["FAILURE", "OK", "WARNING", "Check", "examine", "probe_store"]


def examine(settings: Settings, *further: Callable[[Services], Iterable[Check]], deep: bool = False) -> Iterator[Check]:
    """Run all checks in the order in which a start needs them, then ``further`` ones.

    They load no model; ``deep`` also reads every model file and starts the aligners.
    """
    try:
        services = make_services(settings)
    except WorkerError as error:
        yield Check("settings", FAILURE, error.message, "see CONFIG.md for the setting named")
        return
    yield Check("settings", OK, "well-formed")
    checks: tuple[Callable[[Services], Iterable[Check]], ...] = (
        machine.environment,
        machine.volume,
        machine.space,
        machine.gpu,
        parts.engines,
        partial(parts.model_files, deep=deep),
        partial(parts.aligners, deep=deep),
        parts.marks,
        bucket.credentials,
        bucket.store,
        bucket.signed_urls,
        lifecycle.deletion,
        machine.sdk,
        machine.ffmpeg,
        parts.fonts,
    )
    for check in (*checks, *further):
        yield from check(services)
