"""text: what will be spoken of a script, and about how long that takes. Speaks nothing and loads no model."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from handler.jobs import Job
from handler.pipeline import script_preview
from handler.protocols import Services
from handler.requests import GenerateInput, TextInput


def run(request: TextInput, job: Job, services: Services) -> dict[str, Any]:
    """The words of the script with what is said for each, and its marks; offsets count its characters."""
    # Its fields are those of `generate` with the same values: nothing is to be checked again.
    as_generate = GenerateInput.model_construct(request.model_fields_set, **dict(request))
    made = job.cancellation.run(script_preview.preview, as_generate, job, services)
    return {"status": "completed", **made, "warnings": [asdict(warning) for warning in job.warnings]}
