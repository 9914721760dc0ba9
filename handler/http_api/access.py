"""Around every request: its id, its line in the log, its metrics and its span."""

from __future__ import annotations

import logging
import re
import time
import uuid
from contextlib import nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handler import telemetry
from handler.http_api.exchange import Exchange, current
from handler.http_api.routes import RouteTable

if TYPE_CHECKING:
    from handler.telemetry.metrics import Metrics
    from handler.telemetry.tracing import Tracing

logger = logging.getLogger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}")
"""An id that a client may give: it stands in logs and headers as it is."""

CLIENT_GONE = 499  # the status of a request whose client hung up before the answer, in logs and metrics alone

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Access:
    """The outermost middleware. ``quiet`` has the templates of routes that machines ask every few seconds: their lines
    are at DEBUG."""

    def __init__(
        self, app: ASGIApp, *, routes: RouteTable, metrics: Metrics, tracing: Tracing | None, quiet: set[str]
    ) -> None:
        self.app, self.routes, self.metrics, self.tracing, self.quiet = app, routes, metrics, tracing, quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # Any word may be sent as a method; each would be a series of the metrics.
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        exchange = Exchange(_request_id(headers), method, self.routes.find(scope))
        tokens = current.set(exchange), telemetry.request_id.set(exchange.request_id)
        self.metrics.in_flight.inc()
        try:
            with self.tracing.request(method, headers) if self.tracing else nullcontext() as span:
                try:
                    await self.app(scope, _counting(receive, exchange), _noting(send, exchange))
                finally:
                    exchange.status = exchange.status or CLIENT_GONE
                    if self.tracing and span:
                        self.tracing.name_request(
                            span, method, exchange.route.template, exchange.status, exchange.request_id
                        )
        finally:
            self.metrics.in_flight.dec()
            self._report(exchange)
            current.reset(tokens[0])
            telemetry.request_id.reset(tokens[1])

    def _report(self, exchange: Exchange) -> None:
        seconds = time.perf_counter() - exchange.started
        self.metrics.request_ended(exchange.method, exchange.route.template, exchange.status, seconds)
        line = {
            "method": exchange.method,
            "route": exchange.route.template,
            "status": exchange.status,
            "seconds": round(seconds, 4),
            "bytes_in": exchange.bytes_in,
            "bytes_out": exchange.bytes_out,
        }
        line |= {"key": exchange.key_name} if exchange.key_name else {}
        line |= {"job_id": exchange.job_id} if exchange.job_id else {}
        line |= {} if exchange.complete else {"complete": False}
        quiet = exchange.route.template in self.quiet and exchange.status < HTTPStatus.BAD_REQUEST
        logger.log(logging.DEBUG if quiet else logging.INFO, "request", extra=line)


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _counting(receive: Receive, exchange: Exchange) -> Receive:
    async def counted() -> Message:
        message = await receive()
        exchange.bytes_in += len(message.get("body", b""))
        return message

    return counted


def _noting(send: Send, exchange: Exchange) -> Send:
    """The answer's status and size for the log, and the ids for the client."""

    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = exchange.request_id
            # A request may send several jobs, such as one that uploads; its dialect knows which the answer is of.
            exchange.job_id = headers.get("X-Job-Id", exchange.job_id)
            if exchange.job_id:
                headers["X-Job-Id"] = exchange.job_id
        await send(message)
        if message["type"] == "http.response.body":
            exchange.bytes_out += len(message.get("body", b""))
            exchange.complete = not message.get("more_body", False)

    return noted
