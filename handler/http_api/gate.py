"""The gate that every request passes: who may send it, how large it is; and the answers to those that may not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handler.dispatch import UNEXPECTED_MESSAGE
from handler.endpoints.layout import EMOJI_PATH
from handler.http_api import origins
from handler.http_api.auth import Keys
from handler.http_api.body import LimitedBody
from handler.http_api.errors import MULTIPART, Refused
from handler.http_api.exchange import Exchange, current
from handler.http_api.fonts import SHIPPED_FONTS
from handler.http_api.speech_stream import SpeechBroken
from handler.http_api.studio import PAGE as STUDIO_PAGE
from handler.http_api.studio import PREFIX as STUDIO_FILES
from handler.settings import Settings
from handler.storage.signed_links import PREFIX as SIGNED_PATHS

logger = logging.getLogger(__name__)

OPEN_PATHS = {"/docs", "/openapi.json", STUDIO_PAGE} | SHIPPED_FONTS
"""Paths that need no key: they tell nothing that the project's pages do not. The health check is another."""

OPEN_PREFIXES = (SIGNED_PATHS, STUDIO_FILES, EMOJI_PATH)
"""How paths begin that need no key: links to files carry a signature of their own, the studio's files are public."""

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


FORM_BYTES = 1_000_000  # of a form beside its file

Check = Callable[[Headers], None]


def is_local_only(settings: Settings, host: str | None) -> bool:
    """Whether a server whose ``--host`` this is answers this machine alone; the log says who may send jobs."""
    if settings.keys:
        return False
    if settings.runpod_pod_id:
        if settings.runpod_endpoint_id is None:
            logger.warning("RunPod asks nobody for a key where this is a Pod: anybody can send jobs; set API_KEYS")
        return False
    if host is None:
        logger.info("without API_KEYS the server listens on 127.0.0.1 alone")
        return True
    if host in LOOPBACK:
        return True
    logger.warning("anybody who reaches %s can send jobs: set API_KEYS", host)
    return False


class Gate:
    """Refuses requests by the settings; ``local_only`` is the server without keys that listens on 127.0.0.1 alone."""

    def __init__(self, app: ASGIApp, *, settings: Settings, local_only: bool) -> None:
        self.app = app
        self._open = OPEN_PATHS | {settings.health_check_path}
        self._checks = _checks(settings, local_only)
        self._max_json = settings.max_body_bytes
        self._max_file = max(settings.max_file_bytes, settings.max_body_bytes) + FORM_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = current.get()
        body = LimitedBody(receive, self._max_file if _has_files(scope, exchange) else self._max_json)

        async def send_unless_refused(message: Message) -> None:
            if body.refused is None:
                await send(message)
            if message.get("more_body", False):
                # Sending to a client that has gone returns at once, without a turn for those who watch for that.
                await asyncio.sleep(0)

        refused = None
        try:
            self._check(scope, body)
            await self.app(scope, body.receive, send_unless_refused)
        except Refused as error:
            refused = error
        except Exception as error:  # noqa: BLE001 - the last place that can answer
            refused = _unexpected(error)
        refused = body.refused or refused
        # An answer that has begun is left without an end: the server then cuts the connection.
        if refused and not exchange.status:
            await exchange.route.render(refused)(scope, receive, send)

    def _check(self, scope: Scope, body: LimitedBody) -> None:
        headers = Headers(scope=scope)
        if not (scope["path"] in self._open or scope["path"].startswith(OPEN_PREFIXES)):
            for check in self._checks:
                check(headers)
        body.check_length(headers)


def _has_files(scope: Scope, exchange: Exchange) -> bool:
    """Whether the body may have a file: of routes that take one, it or a form with parts; others are kept in memory."""
    media_type = Headers(scope=scope).get("content-type", "").lower()
    is_form = exchange.route.takes_files and media_type.startswith(MULTIPART)
    return is_form or exchange.route.is_file


def _checks(settings: Settings, local_only: bool) -> list[Check]:
    checks: list[Check] = []
    if local_only:
        names = origins.own_names(settings.public_url)
        checks.append(lambda headers: origins.check_host(headers, names))
    if settings.keys:
        keys = Keys(settings.keys)
        checks.append(lambda headers: _note_key(current.get(), keys.name_of(headers)))
    elif settings.runpod_pod_id is None:
        checks.append(lambda headers: origins.check_origin(headers, settings.cors_origins))
    return checks


def _note_key(exchange: Exchange, name: str) -> None:
    exchange.key_name = name


def _unexpected(error: Exception) -> Refused:
    if isinstance(error, SpeechBroken):
        logger.warning("an answer ends before its speech does: %s", error)
    else:
        logger.error("unexpected error", exc_info=error)
    return Refused.of("internal", UNEXPECTED_MESSAGE, retryable=True)
