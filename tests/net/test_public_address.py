"""Which addresses count as public."""

from __future__ import annotations

import ipaddress

import pytest

from handler.net.public_address import is_public


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_public_addresses(address: str) -> None:
    """Ordinary addresses and those of a NAT64 gateway are public."""
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "127.0.0.1",
        "100.64.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "192.0.0.192",
        "224.0.0.1",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "3fff::1",
        "fd00::1",
    ],
)
def test_private_addresses(address: str) -> None:
    """Private, link-local, shared, multicast and cloud metadata addresses are not public, also inside IPv6 ones."""
    assert not is_public(ipaddress.ip_address(address))
