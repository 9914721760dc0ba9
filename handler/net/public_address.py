"""Tell public addresses from those that a client's link must not lead to."""

from __future__ import annotations

import ipaddress
import socket

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# ipaddress of Python 3.11 takes these for global. They are in IANA's special-purpose registries, or clouds serve a
# machine's secrets there (192.0.0.192 Oracle, 168.63.129.16 Azure).
SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20")))
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")

EMBEDDINGS = (
    (ipaddress.ip_network("::ffff:0:0/96"), 0),  # IPv4-mapped, RFC 4291
    (ipaddress.ip_network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (ipaddress.ip_network("2002::/16"), 80),  # 6to4, RFC 3056
)
"""IPv6 networks whose addresses hold an IPv4 address, and the number of bits to the right of it."""


def is_public(address: Address) -> bool:
    """Whether the address is public; of an IPv6 address that holds an IPv4 one, the latter decides."""
    if isinstance(address, ipaddress.IPv6Address):
        for network, bits in EMBEDDINGS:
            if address in network:
                return is_public(ipaddress.IPv4Address(int(address) >> bits & 0xFFFF_FFFF))
        if address not in GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in SPECIAL)


def is_private_host(host: str) -> bool:
    """Whether a host (in ASCII, without brackets) is an address that is not public, or this machine's own name.

    Another name may still lead to such an address: only its resolution tells.
    """
    name = host.rstrip(".").lower()
    try:
        # The C library also reads octal, hexadecimal and shortened IPv4 addresses, as resolvers do.
        address = ipaddress.ip_address(host if ":" in host else socket.inet_aton(name))
    except (OSError, ValueError):
        return name == "localhost" or name.endswith(".localhost")
    return not is_public(address)
