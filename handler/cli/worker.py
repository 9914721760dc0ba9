"""``handler worker``: take jobs from RunPod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handler import telemetry
from handler.cli.command import Command, Context
from handler.cli.exits import WrongSettings
from handler.errors import ConfigError

if TYPE_CHECKING:
    from handler.settings import Settings


def run(context: Context) -> int:
    settings = _settings(context)
    telemetry.configure(settings.log_level)
    # A worker of RunPod's load balancer has a port, and no queue to ask for jobs.
    if settings.runpod_pod_id and settings.port and not (context.rest or settings.runpod_webhook_get_job):
        from handler.http_api import server

        return server.serve(settings)
    from handler import worker

    return worker.serve(settings, list(context.rest))


def _settings(context: Context) -> Settings:
    try:
        return context.configuration.settings
    except WrongSettings:  # of the command: somebody is at a terminal
        raise
    except ConfigError as error:
        if context.environ.get("RUNPOD_WEBHOOK_GET_JOB"):
            from handler import sdk, worker

            sdk.load().join()
            worker.refuse(error)
        raise


COMMAND = Command(
    "take jobs from RunPod (the default); the SDK's own flags pass through",
    run,
    examples=(
        ("handler worker", "take jobs from the queue of the endpoint"),
        ("handler worker --rp_serve_api --rp_api_port 8001", "RunPod's own local server"),
        ("""handler --test_input '{"input": {"text": "Hello."}}'""", "one job, as RunPod's SDK does it"),
    ),
    passes_flags=True,
)
