"""Links that must not be followed: made by a seed, none of them twice."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from tests.support.pretended_internet import PUBLIC

PRIVATE = (
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.9",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "192.0.0.192",
)
PRIVATE_V6 = ("::1", "fd00::1", "fe80::1", "::", "ff02::1")
SCHEMES = (
    "file",
    "ftp",
    "gopher",
    "dict",
    "ldap",
    "sftp",
    "tftp",
    "smb",
    "jar",
    "netdoc",
    "s3",
    "data",
    "javascript",
    "rtsp",
    "rtmp",
    "concat",
    "subfile",
    "crypto",
    "cache",
    "async",
    "pipe",
    "unix",
    "tcp",
    "udp",
    "view-source",
    "blob",
)
LOCAL = ("localhost", "localhost.localdomain", "a.localhost")
STATUSES = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Link:
    """A link of one kind. ``redirect``: the public server answers it with this status and place."""

    kind: str
    url: str
    redirect: tuple[int, str] | None = None


def _spellings(address: str) -> Iterator[str]:
    """An IPv4 address as resolvers and URL parsers read it too."""
    number = int(ipaddress.IPv4Address(address))
    parts = [int(part) for part in address.split(".")]
    yield address
    yield str(number)
    yield hex(number)
    yield f"0{number:o}"
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(hex(part) for part in parts)
    yield f"{parts[0]}.{number & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
    yield f"0x{parts[0]:x}.{parts[1]}.0{number & 0xFFFF:o}"
    yield ".".join(f"{part:03d}" for part in parts)
    yield f"{address}."
    yield quote(address, safe="").replace(".", "%2e")
    yield "".join(f"%{ord(letter):02x}" for letter in address)
    yield address.translate({ord("0") + digit: chr(0xFF10 + digit) for digit in range(10)})
    yield address.replace(".", "。")
    yield f"[::ffff:{address}]"
    yield f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]"
    yield f"[0:0:0:0:0:ffff:{address}]"
    yield f"[64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}]"
    yield f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]"
    yield f"[::{address}]"


def hosts(private: Sequence[str] = PRIVATE + PRIVATE_V6) -> dict[str, list[list[str]]]:
    """Our own resolver: what names lead to, at the first and the second question."""
    names: dict[str, list[list[str]]] = {"public.hostile.test": [[PUBLIC]]}
    names |= {name: [["127.0.0.1", "::1"]] for name in LOCAL}
    for address in private:
        label = address.translate({ord(mark): "-" for mark in ".:"})
        names[f"private-{label}.hostile.test"] = [[address]]
        names[f"both-{label}.hostile.test"] = [[PUBLIC, address]]
        names[f"rebinding-{label}.hostile.test"] = [[PUBLIC], [address]]
    return names


def _tricks(host: str, port: int) -> Iterator[str]:
    """A private host in a place of a link where a sloppy reader sees another one."""
    yield f"http://{PUBLIC}@{host}:{port}/a"
    yield f"http://user:pass@{host}:{port}/a"
    yield f"http://{host}:{port}#@{PUBLIC}/"
    yield f"http://{host}:{port}\\@{PUBLIC}/"
    yield f"http://{PUBLIC}\\@{host}:{port}/"
    yield f"http://{PUBLIC}#@{host}:{port}/"
    yield f"http://{PUBLIC}%00@{host}:{port}/"
    yield f"http:{host}:{port}/a"
    yield f"http:///{host}:{port}/a"
    yield f"//{host}:{port}/a"
    yield f"\thttp://{host}:{port}/a"
    yield f"ht\ntp://{host}:{port}/a"
    yield f"http://{host}\t:{port}/a"
    yield f"http://{host}:{port}/\r\nHost: {PUBLIC}"
    yield f"http://{PUBLIC} {host}:{port}/"
    yield f"http://{host}:{port}\x00.{PUBLIC}/"
    yield f"HTTP://{host.upper()}:{port}/a"
    yield f"http://{host}:0{port}/a"


def links(trap: int, public: int, seed: int, *, short: bool = False) -> list[Link]:
    """All links, in a random order; ``short``: those to 127.0.0.1 and ::1, where the trap would tell.

    ``trap`` is the port that must not be reached, ``public`` our web server's.
    """
    made: list[Link] = []
    v4, v6 = (PRIVATE[:1], PRIVATE_V6[:1]) if short else (PRIVATE, PRIVATE_V6)
    for address in v4:
        made += [Link("spelling", f"http://{host}:{trap}/a") for host in _spellings(address)]
    made += [Link("IPv6", f"http://[{address}]:{trap}/a") for address in v6]
    made += [Link("IPv6", f"http://[{address}%25eth0]:{trap}/a") for address in v6]
    for host in ("127.0.0.1", "[::1]", *LOCAL):
        made += [Link("trick", url) for url in _tricks(host, trap)]
    for scheme in SCHEMES:
        places = ("///etc/passwd", f"//127.0.0.1:{trap}/a", ":text/plain,secret", "//localhost/etc/passwd")
        made += [Link("scheme", f"{scheme}:{place}") for place in places]
    for name in hosts(v4 + v6):
        if name not in {"public.hostile.test", *LOCAL}:
            kind = name.partition("-")[0]
            made.append(Link("name" if kind == "private" else kind, f"http://{name}:{trap}/a"))
    targets = [link.url for link in made if link.kind in {"spelling", "IPv6", "name", "scheme", "rebinding"}]
    chance = random.Random(seed)
    for number in range(120):
        place = chance.choice(targets)
        url = f"http://public.hostile.test:{public}/redirect-{number}"
        made.append(Link("redirect", url, (chance.choice(STATUSES), place)))
    loop = f"http://public.hostile.test:{public}/loop"
    made.append(Link("redirect", loop, (302, loop)))
    chance.shuffle(made)
    return list({link.url: link for link in made}.values())
