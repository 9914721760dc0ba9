"""No request that the OpenAPI document allows, and none near it, makes the server fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from typing import Any, TypeAlias

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import BaseSchema, GenerationMode
from schemathesis.core.result import Ok

from tests.support.http_server import PATIENCE_S, RunningServer

REQUESTS = 2500  # at most: shared by the operations, so that new ones do not make the test longer
SHARE_OF_BOUNDARIES = 0.6  # the rest is drawn at random, with the same seed each time
Operation: TypeAlias = "schemathesis.APIOperation[Any, Any, Any, Any]"
Case: TypeAlias = "schemathesis.Case[Any]"

BOTH = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Of a worker whose jobs are short."""
    return environ | {"ALIGNERS": "engine", "MAX_TEXT_CHARS": "40", "JOB_TIMEOUT": "20"}


def boundaries(schema: BaseSchema, operation: Operation) -> Iterator[Case]:
    """Requests at the boundaries of each field, and just outside of them."""
    generation = schema.config.generation_for(operation=operation)
    return schema.iter_coverage_cases(operation, generation_modes=BOTH, generation_config=generation)


def drawn(operation: Operation, mode: GenerationMode, count: int) -> list[Case]:
    """Requests drawn at random, the same each time."""
    found: list[Case] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode))
    def draw(case: Case) -> None:
        found.append(case)

    # An operation without parameters has no requests that are not valid.
    with suppress(Unsatisfiable):
        draw()
    return found


def of_a_real_job(cases: list[Case], job_id: str) -> list[Case]:
    """Every other request is about a job that there is."""
    for case in cases[::2]:
        if "job_id" in case.path_parameters:
            case.path_parameters["job_id"] = job_id
    return cases


@pytest.mark.timeout(280)
def test_no_request_makes_the_server_fail(server: RunningServer) -> None:
    """Every operation of the document answers whatever it is sent, and with less than 500."""
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    count = REQUESTS // len(operations)
    at_boundaries, at_random = int(count * SHARE_OF_BOUNDARIES), max(1, int(count * (1 - SHARE_OF_BOUNDARIES) / 2))
    job_id = server.client.post("/runsync", json={"input": {"text": "Hello."}}).json()["id"]
    failures = []
    with requests.Session() as session:
        for operation in operations:
            random = [case for mode in BOTH for case in drawn(operation, mode, at_random)]
            for case in chain(islice(boundaries(schema, operation), at_boundaries), of_a_real_job(random, job_id)):
                answer = case.call(session=session, timeout=PATIENCE_S)
                if answer.status_code >= 500:
                    failures.append(f"{answer.status_code} {answer.text[:300]} to {case.as_curl_command()[:2000]}")
    assert not failures, f"{len(failures)} failures:\n" + "\n".join(failures[:5])
