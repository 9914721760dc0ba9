"""A Hugging Face hub on 127.0.0.1 that speaks the file protocol of the hub's real client, and can misbehave.

Files above a kilobyte are as those of Git LFS: listed with their SHA-256, and served from another address.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import huggingface_hub.constants
import huggingface_hub.file_download
import pytest
from huggingface_hub.utils._http import reset_sessions

LFS = 1024
PIECE, DRIP_S = 65_536, 0.005
COMMIT = "a" * 40


@dataclass
class Hub:
    """``repositories``: names of files to their content. What is asked of it and served is counted by name of file."""

    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    """The newest commit of a repository, if not `COMMIT`."""
    older: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    """The files of a repository at an older commit."""
    address: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    """How often each file's content was asked for, and lists of repositories as ``list``."""
    served: Counter[str] = field(default_factory=Counter)
    """Bytes of each file."""
    ranges: list[int] = field(default_factory=list)
    """Where the answers to requests for a part began."""
    tokens: dict[str, str | None] = field(default_factory=dict)
    """The Authorization that came with the last request for ``list``, ``resolve`` and ``content``."""
    plain: bool = False
    """Whether lists hold names only, as those of some mirrors do."""
    lies: set[str] = field(default_factory=set)
    """Files whose content is not what is listed."""
    cut: dict[str, int] = field(default_factory=dict)
    """Bytes after which the connection breaks off, once."""
    ignores_ranges: bool = False
    refuses: dict[str, int] = field(default_factory=dict)
    """Repositories that are answered with this HTTP status."""
    gated: set[str] = field(default_factory=set)
    """Repositories that are listed to everybody, but whose files are refused."""
    held: dict[str, int] = field(default_factory=dict)
    """Bytes after which no more comes until ``open`` is set."""
    drips: dict[str, int] = field(default_factory=dict)
    """Bytes after which a file comes byte by byte."""
    open: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    """Somebody waits for the rest of a held file."""

    def commit(self, repository: str) -> str:
        return self.commits.get(repository, COMMIT)

    def at(self, repository: str, revision: str | None) -> dict[str, bytes] | None:
        """The files at a revision, None when there is no such."""
        if revision in {None, "main", self.commit(repository)}:
            return self.repositories[repository]
        return self.older.get((repository, str(revision)))

    def listing(self, repository: str, revision: str | None) -> bytes:
        files = self.at(repository, revision) or {}
        commit = revision if (repository, str(revision)) in self.older else self.commit(repository)
        listed = [{"rfilename": name} | ({} if self.plain else facts(body)) for name, body in files.items()]
        return json.dumps({"id": repository, "sha": commit, "siblings": listed}).encode()


def facts(body: bytes) -> dict[str, object]:
    """What the hub lists of a file beyond its name."""
    found: dict[str, object] = {"size": len(body), "blobId": git_id(body)}
    if len(body) > LFS:
        sha256 = hashlib.sha256(body).hexdigest()
        found |= {"lfs": {"sha256": sha256, "size": len(body), "pointerSize": 134}, "blobId": "0" * 40}
    return found


def git_id(body: bytes) -> str:
    return hashlib.sha1(f"blob {len(body)}\0".encode() + body).hexdigest()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.route()

        def do_GET(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):
                self.route()

        def route(self) -> None:
            path = unquote(urlsplit(self.path).path)
            if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?", path):
                self.list(match[1], match[2])
            elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                self.resolve(match[1], match[2], match[3])
            elif match := re.fullmatch(r"/content/([^/]+/[^/]+)/(.+)", path):
                hub.tokens["content"] = self.headers.get("Authorization")
                files = hub.at(match[1], urlsplit(self.path).query or None) or {}
                self.content(match[2], files[match[2]])
            else:
                self.reply(404)

        def list(self, repository: str, revision: str | None) -> None:
            hub.asked["list"] += 1
            hub.tokens["list"] = self.headers.get("Authorization")
            if status := hub.refuses.get(repository):
                self.reply(status)
            elif repository not in hub.repositories:
                self.reply(404, {"X-Error-Code": "RepoNotFound"})
            elif hub.at(repository, revision) is None:
                self.reply(404, {"X-Error-Code": "RevisionNotFound"})
            else:
                self.reply(200, {"Content-Type": "application/json"}, hub.listing(repository, revision))

        def resolve(self, repository: str, revision: str, name: str) -> None:
            hub.tokens["resolve"] = self.headers.get("Authorization")
            if repository in hub.gated:
                self.reply(401, {"X-Error-Code": "GatedRepo"})
                return
            body = (hub.at(repository, revision) or {}).get(name)
            if body is None:
                self.reply(404, {"X-Error-Code": "EntryNotFound"})
                return
            headers = {"X-Repo-Commit": hub.commit(repository), "ETag": f'"{git_id(body)}"'}
            if len(body) <= LFS:
                self.content(name, body, headers)
                return
            headers |= {"X-Linked-Size": str(len(body)), "X-Linked-ETag": f'"{hashlib.sha256(body).hexdigest()}"'}
            # As the hub's own store of content: another host, for which the key is not meant.
            elsewhere = hub.address.replace("127.0.0.1", "localhost")
            self.reply(302, headers | {"Location": f"{elsewhere}/content/{repository}/{name}?{revision}"})

        def content(self, name: str, body: bytes, headers: dict[str, str] | None = None) -> None:
            begin = 0
            sent = bytes([body[0] ^ 1]) + body[1:] if name in hub.lies else body
            headers = {"ETag": f'"{git_id(body)}"'} | (headers or {})
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
            if asked and not hub.ignores_ranges:
                begin = int(asked[1])
                headers["Content-Range"] = f"bytes {begin}-{len(body) - 1}/{len(body)}"
                hub.ranges.append(begin)
            self.head(206 if begin else 200, headers | {"Content-Length": str(len(body) - begin)})
            if self.command == "GET":
                hub.asked[name] += 1
                self.pieces(name, sent, begin)

        def pieces(self, name: str, body: bytes, offset: int) -> None:
            while offset < len(body):
                end = offset + PIECE
                if name in hub.drips and offset >= hub.drips[name]:
                    time.sleep(DRIP_S)
                    end = offset + 1
                if name in hub.held and not hub.open.is_set():
                    if offset >= hub.held[name]:
                        self.wfile.flush()
                        hub.reached.set()
                        hub.open.wait(60)
                        continue
                    end = min(end, hub.held[name])
                if name in hub.cut and offset >= hub.cut[name]:
                    del hub.cut[name]
                    self.close_connection = True
                    return
                piece = body[offset:end]
                self.wfile.write(piece)
                offset += len(piece)
                hub.served[name] += len(piece)

        def reply(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
            self.head(status, {"Content-Length": str(len(body))} | (headers or {}))
            if self.command == "GET":
                self.wfile.write(body)

        def head(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for header in headers.items():
                self.send_header(*header)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: the tests' output is theirs."""

    return Handler


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that are killed: that is what some tests do."""


@contextmanager
def serve() -> Iterator[Hub]:
    """A hub for other processes: they find it by ``HF_ENDPOINT``."""
    hub = Hub()
    with _Server(("127.0.0.1", 0), _handler(hub)) as server:
        hub.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield hub
        finally:
            hub.open.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that the client of this process speaks to."""
    with serve() as hub:
        # Kept for each thread, whose numbers come again: one of a test without network would forbid it here.
        reset_sessions()
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.address)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        template = f"{hub.address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(huggingface_hub.file_download, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield hub
