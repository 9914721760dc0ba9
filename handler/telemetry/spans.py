"""Whether spans of OpenTelemetry are wanted: by its own variables, which its SDK reads from the environment, too."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from handler.telemetry.version import version

if TYPE_CHECKING:
    from handler.telemetry.tracing import Tracing

logger = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
EXPORTERS = ("otlp", "console")


def start(environ: Mapping[str, str] = os.environ) -> Tracing | None:
    """Start to make spans, if an endpoint or OTEL_TRACES_EXPORTER is set; the SDK is loaded only then."""
    name = exporter_name(environ)
    if name is None:
        return None
    try:
        from handler.telemetry import tracing
    except ImportError:
        logger.warning("there are no spans: opentelemetry-sdk and its OTLP exporter for HTTP are not installed")
        return None
    return tracing.Tracing(tracing.exporter(name), version())


def exporter_name(environ: Mapping[str, str]) -> str | None:
    """``otlp`` or ``console``; None where no spans are wanted, or by an exporter that is not here."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    implied = "otlp" if any(environ.get(name) for name in ENDPOINTS) else "none"
    name = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() or implied
    if name not in (*EXPORTERS, "none"):
        logger.warning("OTEL_TRACES_EXPORTER is not one of %s, none: there are no spans", ", ".join(EXPORTERS))
    return name if name in EXPORTERS else None
