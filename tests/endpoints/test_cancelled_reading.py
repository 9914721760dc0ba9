"""A script of many odd signs takes seconds to read: a job that is cancelled meanwhile leaves its lane at once."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest

from handler.cancellation import Cancellation, in_thread
from handler.dispatch import dispatch
from handler.pipeline import script_preview, turn_voices
from handler.protocols import Services
from tests.support.stub_backends import PATIENCE, happens


@pytest.mark.parametrize(
    ("endpoint", "module", "name"), [("text", script_preview, "preview"), ("generate", turn_voices, "lines")]
)
def test_cancel_is_heard_while_the_script_is_read(
    services: Services, monkeypatch: pytest.MonkeyPatch, endpoint: str, module: Any, name: str
) -> None:
    """The reading ends by itself, and nobody waits for it."""
    entered, gate = threading.Event(), threading.Event()

    def reads(*_: object) -> None:
        entered.set()
        gate.wait()

    monkeypatch.setattr(module, name, reads)
    cancellation = Cancellation()
    job = {"input": {"endpoint": endpoint, "text": "Hello."}}
    reply = in_thread(partial(dispatch, job, services, cancellation=cancellation))
    happens(entered)
    cancellation.cancel()
    assert reply.result(PATIENCE)["error_code"] == "cancelled"
    gate.set()
