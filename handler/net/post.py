"""Send JSON to a URL that a client gave, with the checks of `connection`: never to an address that is not public."""

from __future__ import annotations

from handler.net.connection import INTERNET, Connector, Deadline, Network, Target


def post_json(
    url: str, body: bytes, *, allow_private: bool = False, timeout: float = 20.0, network: Network = INTERNET
) -> int:
    """POST a JSON text and return the HTTP status; redirects are not followed. ``timeout`` in seconds covers all.

    Raises LinkRefused and TransientFailure.
    """
    with Connector(allow_private, Deadline(timeout), network).response(Target.parse(url), body) as response:
        return response.status
