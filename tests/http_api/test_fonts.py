"""Fonts and emoji over HTTP: what a page needs to draw captions."""

from __future__ import annotations

import io

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PIL import Image
from pydantic import SecretStr

from handler.captions.fonts import shipped
from handler.protocols import Services
from tests.captions.test_fonts import collection, packed
from tests.support.http_server import RunningServer, running
from tests.support.stub_backends import with_settings


def test_shipped_fonts_and_emoji_need_no_key(services: Services) -> None:
    """They are what comes with the worker, and browsers keep them; fonts of the bucket need a key."""
    services.store.put("fonts/own.woff", packed("DejaVuSerif-Bold.ttf", "woff"), "font/woff")
    with running(with_settings(services, api_keys=SecretStr("me:secret-key-1234567890"))) as server:
        font = server.client.get("/v1/fonts/Inter-Bold.ttf")
        assert font.content == shipped().body.read_bytes()  # type: ignore[union-attr]
        assert "immutable" in font.headers["cache-control"]
        picture = server.client.get("/v1/emoji/1f468-200d-1f469-200d-1f467.png")
        assert Image.open(io.BytesIO(picture.content)).size == (128, 128)
        assert server.client.get("/v1/fonts/own.woff").status_code == 401


def test_fonts_of_the_bucket(server: RunningServer) -> None:
    """A web font comes unpacked, a face of a collection as a file of its own; both are asked for again each time."""
    store = server.api.services.store
    store.put("fonts/own.woff", packed("DejaVuSerif-Bold.ttf", "woff"), "font/woff")
    store.put("fonts/all.ttc", collection("cmr10.ttf", "DejaVuSerif-Bold.ttf"), "font/collection")
    for path in ("own.woff", "own.woff.ttf", "all.ttc?face=1"):
        answer = server.client.get(f"/v1/fonts/{path}")
        with TTFont(io.BytesIO(answer.content)) as font:
            assert font.flavor is None
            assert font["name"].getDebugName(1) == "DejaVu Serif"
        again = server.client.get(f"/v1/fonts/{path}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    ["fonts/no.ttf", "fonts/..%2F..%2Fvoices%2Fa.wav", "fonts/a.txt", "fonts/all.ttc?face=9", "emoji/61.png",
     "emoji/zz.png", "emoji/1f389-1f389.png", "emoji/110000.png"],
)  # fmt: skip
def test_what_is_not_there(server: RunningServer, path: str) -> None:
    """Anything else is not found, whatever its name is."""
    server.api.services.store.put("fonts/a.txt", b"text", "text/plain")
    server.api.services.store.put("fonts/all.ttc", collection("cmr10.ttf", "DejaVuSerif-Bold.ttf"), "font/collection")
    assert server.client.get(f"/v1/{path}").status_code == 404
