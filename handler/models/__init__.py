"""Model files: found on this disk, or fetched once for all workers of a volume, verified, and kept there.

A backend describes its files as a `HubModel`, a `WebFile` or a `GivenFile`. ``model.find`` looks for them; `fetch` also
fetches them. A manifest next to fetched files holds their sizes and checksums: every search for a model compares the
sizes, and ``python -m handler models verify`` the checksums.
"""

from handler.models.fetching import fetch, fetch_problem, repair
from handler.models.hub import RUNPOD_CACHE, HubModel
from handler.models.manifest import FileInfo
from handler.models.report import DAMAGED, MISSING, READY, Report, inspect
from handler.models.sources import GivenFile, Model, WebFile

__all__ = [
    "DAMAGED", "MISSING", "READY", "RUNPOD_CACHE", "FileInfo", "GivenFile", "HubModel", "Model", "Report", "WebFile",
    "fetch", "fetch_problem", "inspect", "repair",
]  # fmt: skip
