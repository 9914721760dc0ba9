"""Google Cloud Speech on 127.0.0.1: a gRPC server of its own protobufs, for the real client to talk to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from google.cloud.speech_v1.types import (
    RecognizeRequest,
    RecognizeResponse,
    SpeechRecognitionAlternative,
    SpeechRecognitionResult,
    WordInfo,
)

WORKERS = 8
"""More than the aligner's limit, so that a test sees it exceeded."""

MAX_REQUEST_BYTES = 10 * 1024 * 1024
"""Google's limit; gRPC's own is 4 MB."""

TimedWord = tuple[str, float, float]
"""A word, its start and its end in seconds."""

Answer = Callable[[RecognizeRequest], RecognizeResponse]


class Refusal(Exception):
    """An error as the answer: the name of a gRPC status, and its details."""

    def __init__(self, status: str, details: str = "") -> None:
        self.status = grpc.StatusCode[status]
        self.details = details


class GoogleServer:
    """Answers `Recognize` with ``answer``, and keeps the requests and the largest number of parallel ones.

    ``ended`` is released at the end of each call, also of one that its client has left.
    """

    def __init__(self) -> None:
        self.answer: Answer = lambda _: response([])
        self.requests: list[RecognizeRequest] = []
        self.metadata: list[dict[str, str]] = []
        self.max_parallel = 0
        self.closing = threading.Event()
        self.ended = threading.Semaphore(0)
        self._open = 0
        self._lock = threading.Lock()
        self._server = grpc.server(
            ThreadPoolExecutor(WORKERS), options=[("grpc.max_receive_message_length", MAX_REQUEST_BYTES)]
        )
        method = grpc.unary_unary_rpc_method_handler(
            self._recognize,
            request_deserializer=RecognizeRequest.deserialize,
            response_serializer=RecognizeResponse.serialize,
        )
        service = "google.cloud.speech.v1.Speech"
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {"Recognize": method})])
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def stop(self) -> None:
        self.closing.set()
        self._server.stop(None).wait()

    def _recognize(self, request: RecognizeRequest, context: Any) -> RecognizeResponse:
        with self._lock:
            self.requests.append(request)
            self.metadata.append(dict(context.invocation_metadata()))
            self._open += 1
            self.max_parallel = max(self.max_parallel, self._open)
        context.add_callback(self.ended.release)
        try:
            return self.answer(request)
        except Refusal as refusal:
            context.abort(refusal.status, refusal.details)
            raise
        finally:
            with self._lock:
                self._open -= 1


def response(
    *results: Sequence[TimedWord], confidence: float = 0.9, transcript: str | None = None
) -> RecognizeResponse:
    """Google's reply: the words of each result, all of one confidence."""
    return RecognizeResponse(
        results=[
            SpeechRecognitionResult(
                alternatives=[
                    SpeechRecognitionAlternative(
                        transcript=" ".join(word for word, _, _ in words) if transcript is None else transcript,
                        confidence=confidence,
                        words=[
                            WordInfo(
                                word=word,
                                start_time=timedelta(seconds=start),
                                end_time=timedelta(seconds=end),
                                confidence=confidence,
                            )
                            for word, start, end in words
                        ],
                    )
                ]
            )
            for words in results
        ]
    )


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    """A server on a free port, stopped after the test."""
    server = GoogleServer()
    yield server
    server.stop()
