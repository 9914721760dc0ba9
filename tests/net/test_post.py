"""JSON sent to a link of a client: what arrives, and where it never goes."""

from __future__ import annotations

import pytest

from handler.net.connection import LinkRefused, Network, TransientFailure
from handler.net.post import post_json
from tests.support.web_server import Web, answer, figures_only

BODY = b'{"status": "COMPLETED"}'


def test_body_arrives_whole(web: Web) -> None:
    """The server gets the body as JSON, and its status comes back."""
    web.routes["/hook?key=1"] = answer(202)
    body = b'"' + b"x" * 3_000_000 + b'"'
    assert post_json(web.url("/hook?key=1"), body, allow_private=True) == 202
    assert web.posted == [body]
    [(_, headers)] = web.asked
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(body))


def test_redirect_is_not_followed(web: Web) -> None:
    """A server that passes the client on gets no second request."""
    web.routes["/hook"] = answer(307, Location=web.url("/other"))
    assert post_json(web.url("/hook"), BODY, allow_private=True) == 307
    assert len(web.asked) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "metadata.google.internal", "both.example"])
def test_private_addresses_are_never_asked(web: Web, no_connections: None, host: str) -> None:
    """A link into the worker's own network is refused before any connection."""
    with pytest.raises(LinkRefused, match="points to an address that is not public"):
        post_json(web.url("/hook", host), BODY, network=Network(resolve=figures_only))
    assert web.posted == []


def test_server_that_is_away_may_come_back(web: Web) -> None:
    """A refused connection is a failure that another try may mend."""
    url = web.url("/hook")
    web.close()
    with pytest.raises(TransientFailure):
        post_json(url, BODY, allow_private=True)
