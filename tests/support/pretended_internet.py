"""A worker for which 127.0.0.2 is a public address, and whose resolver answers as HOSTS says.

Started by tests and benchmarks as ``python -m tests.support.pretended_internet worker``. HOSTS is JSON: for each name
the addresses of its first, second, … resolution; the last ones are kept. There are no other names.
"""

from __future__ import annotations

import json
import os
import socket
from collections import Counter
from typing import Any

from handler.net import public_address

PUBLIC = "127.0.0.2"

_is_public, _getaddrinfo = public_address.is_public, socket.getaddrinfo
_hosts: dict[str, list[list[str]]] = json.loads(os.environ.get("HOSTS", "{}"))
_asked: Counter[str] = Counter()


def is_public(address: public_address.Address) -> bool:
    """As ever, but for one address."""
    return str(address) == PUBLIC or _is_public(address)


def getaddrinfo(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
    """The addresses of HOSTS; other hosts must be addresses, in any spelling of the C library's."""
    if host not in _hosts:
        return _getaddrinfo(host, port, *arguments, **(options | {"flags": socket.AI_NUMERICHOST}))
    answers = _hosts[host]
    found = answers[min(_asked[host], len(answers) - 1)]
    _asked[host] += 1
    return [entry for address in found for entry in _getaddrinfo(address, port, *arguments, **options)]


if __name__ == "__main__":
    # Before the modules that take the function from it.
    public_address.is_public = is_public
    socket.getaddrinfo = getaddrinfo

    from handler.backends import Backend
    from handler.cli import program
    from handler.converters import CONVERTERS
    from handler.marks import MARKS
    from tests.support.stub_backends import Louder

    # The real converter loads torch and half a gigabyte of weights; what comes before it is the same.
    CONVERTERS.clear()
    CONVERTERS["espeak"] = Backend(lambda _: Louder())
    # Its detector loads torch, whose gigabyte has nothing to do with what is sent.
    MARKS.pop("watermark", None)
    program()
