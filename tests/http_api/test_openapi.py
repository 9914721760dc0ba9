"""The OpenAPI document is complete: ids, tags, summaries, errors in each dialect's form."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from handler.http_api.api import Api
from handler.http_api.app import create_app
from handler.http_api.job_queue import JobQueue
from handler.http_api.openapi import OPERATION_ERRORS, _free_id
from handler.protocols import Services
from tests.support.http_server import RunningServer


@pytest.fixture
def document(services: Services) -> dict[str, Any]:
    return create_app(Api(services, JobQueue(services))).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_operations_have_an_id_a_tag_and_a_summary(document: dict[str, Any]) -> None:
    """Every operation has an id of its own that makes a name in any language, one tag, and a summary."""
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert all(each.isidentifier() for each in ids)
    for path, method, operation in operations(document):
        assert len(operation["tags"]) == 1, f"{method} {path}"
        assert operation["summary"], f"{method} {path}"
    assert {tag["name"] for tag in document["tags"]} == {
        operation["tags"][0] for _, _, operation in operations(document)
    }


def test_ids_of_the_same_function_differ() -> None:
    """A function that answers two methods, or two paths, has an id for each."""
    taken: set[str] = set()
    tags = {"tags": ["RunPod"]}
    routes = [("get", "/status/{id}"), ("post", "/status/{id}"), ("post", "/v2/{e}/status/{id}")]
    ids = [_free_id(tags, "status", method, path, taken) for method, path in routes]
    assert ids == ["runpod_status", "runpod_status_post", "runpod_status_post_v2_e_status_id"]


def test_errors_are_documented_in_the_form_of_their_dialect(document: dict[str, Any]) -> None:
    """The shared errors have an example each; routes that take jobs name the full queue."""
    shared = document["components"]["responses"]
    assert shared["unauthorized"]["content"]["application/json"]["example"]["error_code"] == "unauthorized"
    assert document["paths"]["/runsync"]["post"]["responses"]["429"] == {
        "$ref": "#/components/responses/too_many_requests"
    }
    unusable = document["paths"]["/v1/audio/voices"]["post"]["responses"]["422"]
    assert unusable == {"$ref": "#/components/responses/openai_bad_reference"}
    # FastAPI's own 422, which we answer with 400, is nowhere.
    assert "HTTPValidationError" not in json.dumps(document)


def test_document_is_the_same_at_any_time(monkeypatch: pytest.MonkeyPatch, services: Services) -> None:
    """Errors that tell their time have a fixed one in the document, which is compared with the repository's."""
    monkeypatch.setattr("handler.http_api.errors.time", SimpleNamespace(time=itertools.count().__next__))
    first, second = (create_app(Api(services, JobQueue(services))).openapi() for _ in range(2))
    assert first == second
    example = first["components"]["responses"]["chatterbox_extended_unauthorized"]["content"]["application/json"]
    assert example["example"]["timestamp"].startswith("2027-01-15T08:00:00")


def test_keys_are_documented(document: dict[str, Any]) -> None:
    """Both headers of keys are there, and the health check needs none."""
    assert set(document["components"]["securitySchemes"]) == {"bearer", "key"}
    assert document["paths"]["/ping"]["get"]["security"] == []


def test_document_is_the_same_at_each_start(services: Services) -> None:
    """No example holds the time, or anything else that differs between two applications."""
    times = iter(range(1_000_000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: float(next(times)))
        first, second = (create_app(Api(services, JobQueue(services))).openapi() for _ in range(2))
    assert first == second


def test_errors_of_a_dialect_are_shared(document: dict[str, Any]) -> None:
    """Each dialect's errors stand in the document once: every operation refers to them."""
    for path, method, operation in operations(document):
        own = [status for status, answer in operation["responses"].items() if "example" in json.dumps(answer)]
        assert own == [], f"{method} {path}"


def test_forms_with_files_are_multipart(document: dict[str, Any]) -> None:
    """No body with a file is called urlencoded, which cannot have one."""
    for path, method, operation in operations(document):
        for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
            name = body["schema"].get("$ref", "").rpartition("/")[2]
            schema = document["components"]["schemas"].get(name, body["schema"])
            has_file = any("contentMediaType" in each for each in schema.get("properties", {}).values())
            assert not has_file or media_type == "multipart/form-data", f"{method} {path}"


def test_errors_of_jobs_belong_to_operations(document: dict[str, Any]) -> None:
    """Every row of the table is an operation that takes a POST."""
    assert [path for path in OPERATION_ERRORS if "post" not in document["paths"].get(path, {})] == []


def test_errors_that_come_are_documented(held: RunningServer) -> None:
    """A model that is not there, an id that is taken, a recording that cannot be used: their statuses are listed."""
    document = held.client.get("/openapi.json").json()
    post = held.client.post
    post("/v1/jobs", json={"id": "a", "input": {"text": "One."}})
    taken = post("/v1/jobs", json={"id": "a", "input": {"text": "Two."}})
    held.start()
    speech = {"model": "none", "voice": "alloy", "input": "Hello."}
    answers = {
        404: post("/v1/audio/speech", json=speech),
        409: taken,
        422: post("/v1/audio/voices", data={"name": "a"}, files={"audio_sample": ("a.wav", b"RIFF")}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status, answer.text
        assert str(status) in document["paths"][answer.request.url.path]["post"]["responses"]
