"""Model files: found on this disk, or fetched once for all workers of a volume, verified, and kept there.

Leaves say what they need as a `HubModel`, a `WebFile` or a `GivenFile`, and call `find` (fetches nothing) or `fetch`.
Beside what was fetched lies a manifest of sizes and checksums: sizes are looked at whenever a model is looked for,
checksums by ``python -m handler models verify``.
"""

from handler.models.fetching import fetch, mend
from handler.models.hub import RUNPOD_CACHE, HubModel
from handler.models.manifest import Facts
from handler.models.report import DAMAGED, MISSING, READY, Report, inspect
from handler.models.sources import GivenFile, Model, WebFile

__all__ = [
    "DAMAGED",
    "MISSING",
    "READY",
    "RUNPOD_CACHE",
    "Facts",
    "GivenFile",
    "HubModel",
    "Model",
    "Report",
    "WebFile",
    "fetch",
    "inspect",
    "mend",
]
