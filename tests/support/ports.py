"""Ports for servers that have to be told theirs before they listen."""

from __future__ import annotations

import random
import socket


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """So many ports of 127.0.0.1 that nobody listens at.

    They are below those that the system hands out itself: the connections and servers of tests that run meanwhile do
    not get them before the server has started.
    """
    held: list[socket.socket] = []
    try:
        while len(held) < count:
            candidate = socket.socket()
            try:
                candidate.bind(("127.0.0.1", random.SystemRandom().randrange(20_000, 32_000)))
            except OSError:
                candidate.close()
                continue
            held.append(candidate)
        return [candidate.getsockname()[1] for candidate in held]
    finally:
        for candidate in held:
            candidate.close()
