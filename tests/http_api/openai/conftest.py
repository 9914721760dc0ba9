"""What the tests of OpenAI's dialect share: its official client, and a server that can write down what is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from handler.app import make_services
from handler.settings import Settings
from tests.support.http_server import RunningServer, running
from tests.support.whisper_base import whisper_models

__all__ = ["whisper_models"]

KEY = "no key is asked for"


@pytest.fixture
def client(server: RunningServer) -> Iterator[OpenAI]:
    with official(server) as client:
        yield client


def official(server: RunningServer) -> OpenAI:
    return OpenAI(base_url=f"{server.url}/v1", api_key=KEY, max_retries=0, timeout=60)


@pytest.fixture
def listening(environ: dict[str, str], whisper_models: Path) -> Iterator[RunningServer]:
    """A server with Whisper base, and the aligner of the tests."""
    settings = Settings.read(environ | {"MODELS_DIR": str(whisper_models), "ALIGNERS": "engine,sphinx"})
    with running(make_services(settings)) as server:
        yield server
