"""``GET /v1/fonts/…`` and ``/v1/emoji/…``: what a page needs to draw captions as the worker's videos show them."""

from __future__ import annotations

import io
import re
from hashlib import sha256

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from handler.captions import emoji, fonts
from handler.endpoints.layout import EMOJI_PATH, FONTS_PATH
from handler.http_api.api import Api
from handler.http_api.errors import Refused, as_reply, in_thread, route_class

SHIPPED_FONTS = frozenset(FONTS_PATH + name for name in fonts.SHIPPED_NAMES)
"""The paths of the fonts that come with the worker, which need no key."""

LONG = "public, max-age=31536000, immutable"
OWN = "private, no-cache"
EMOJI_SIDE = 128  # pixels of a picture: those of the font

_SEQUENCE = re.compile(r"[0-9a-f]{2,6}(?:-[0-9a-f]{2,6}){0,15}")


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Captions"], route_class=route_class(as_reply))

    @routes.get(
        FONTS_PATH + "{name:path}",
        summary="A font that captions are drawn in",
        response_class=Response,
        responses={200: {"description": "The font", "content": {"font/ttf": {}}}},
    )
    async def font(
        name: str, request: Request, face: int = Query(0, ge=0, lt=64, description="The face of a collection.")
    ) -> Response:
        """A font that comes with the worker, which needs no key, or one of the bucket's ``fonts/``."""
        if ".." in name or not name.isprintable():
            raise Refused.of("not_found", "there is no such font")
        body = await in_thread(fonts.font_file, name, face, api.services.store)
        media_type = "font/otf" if body[:4] == b"OTTO" else "font/ttf"
        return _cached(body, media_type, LONG if request.url.path in SHIPPED_FONTS else OWN, request)

    @routes.get(
        EMOJI_PATH + "{sequence}.png",
        summary="An emoji as the worker's videos show it",
        response_class=Response,
        responses={200: {"description": "The picture", "content": {"image/png": {}}}},
    )
    async def picture(sequence: str, request: Request) -> Response:
        """A picture of the characters with these code points, in hexadecimal digits with hyphens between them."""
        text = _text(sequence)
        if not (text and emoji.find(text) == [text] and emoji.drawable(text)):
            raise Refused.of("not_found", "there is no picture of this emoji")
        return _cached(await in_thread(_png, text), "image/png", LONG, request)

    return routes


def _text(sequence: str) -> str:
    codes = [int(code, 16) for code in sequence.split("-")] if _SEQUENCE.fullmatch(sequence) else []
    return "".join(map(chr, codes)) if all(code < 0x110000 for code in codes) else ""


def _png(text: str) -> bytes:
    out = io.BytesIO()
    emoji.picture(text, EMOJI_SIDE).save(out, "png")
    return out.getvalue()


def _cached(body: bytes, media_type: str, cache: str, request: Request) -> Response:
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": cache, "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
