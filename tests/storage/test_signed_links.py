"""Signed links: each is for one method and one key, expires, and says when something of it was changed."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from handler.errors import BadRequest, ConfigError, LinkInvalid, NotFound
from handler.settings import Settings
from handler.storage import signed_links
from handler.storage.local_store import LocalStore
from handler.storage.signed_links import READ, SECRET_NAME, WRITE, SignedLinks, secret_of
from handler.types import Grant

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def linked(settings: Settings) -> LocalStore:
    """A store whose links lead to a server."""
    return LocalStore(settings.model_copy(update={"public_url": BASE}))


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


@pytest.mark.parametrize("base", [BASE, "https://speech.example.com/tts/", "http://[::1]:8000"])
@pytest.mark.parametrize("key", ["output/a.wav", "fonts/Inter Bold ü.ttf", "videos/a b%2F?c#d&e=f.mp4"])
def test_link_opens_what_it_was_signed_for(base: str, key: str) -> None:
    """Whatever is in the base URL, the key or the name, the link leads to the key and carries type and name."""
    links = SignedLinks(base, b"secret")
    grant = Grant(key, "audio/wav", "Anna's “talk”.wav")
    url = links.sign(READ, grant, 60)
    assert url.startswith(base.rstrip("/") + "/files/")
    assert url.isascii()
    assert links.key_of(url) == key
    assert links.check(READ, key, query(url)) == grant


@pytest.mark.parametrize("change", ["expires", "type", "name", "signature"])
def test_changed_link_is_refused(change: str) -> None:
    """A link with a later end, another type, name or signature does not open, and neither does one without it."""
    links = SignedLinks(BASE, b"secret")
    given = query(links.sign(READ, Grant("output/a.wav", "audio/wav", "a.wav"), 60))
    for changed in ({**given, change: "9999999999"}, {**given, change: "ü\udc80"}, {**given, change: ""}):
        with pytest.raises(LinkInvalid, match="not one that this worker signed"):
            links.check(READ, "output/a.wav", changed)
    del given[change]
    with pytest.raises(LinkInvalid, match="not one that this worker signed"):
        links.check(READ, "output/a.wav", given)


def test_link_is_for_one_method_key_and_worker() -> None:
    """A link to read does not write, one to write does not read, and neither opens another key or another store."""
    links = SignedLinks(BASE, b"secret")
    for method, other in ((READ, WRITE), (WRITE, READ)):
        given = query(links.sign(method, Grant("uploads/a"), 60))
        assert links.check(method, "uploads/a", given) == Grant("uploads/a")
        for store, asked, key in ((links, other, "uploads/a"), (links, method, "uploads/b")):
            with pytest.raises(LinkInvalid):
                store.check(asked, key, given)
        with pytest.raises(LinkInvalid):
            SignedLinks(BASE, b"another").check(method, "uploads/a", given)


def test_expired_link_says_so() -> None:
    """A link past its end is refused with that reason."""
    links = SignedLinks(BASE, b"secret")
    url = links.sign(READ, Grant("output/a.wav"), -1)
    with pytest.raises(LinkInvalid, match="has expired"):
        links.key_of(url)


def test_secret_is_made_once_and_private(tmp_path: Path) -> None:
    """Processes that start at the same moment share one secret, which its owner alone can read."""
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(secret_of, [tmp_path] * 40))
    assert len(found) == 1
    path = tmp_path / SECRET_NAME
    assert len(path.read_bytes()) == signed_links.SECRET_BYTES
    assert [entry.name for entry in tmp_path.iterdir()] == [SECRET_NAME]
    path.chmod(0o644)
    assert secret_of(tmp_path) in found
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_damaged_secret_stops_the_start(tmp_path: Path) -> None:
    """An empty secret, a symbolic link in its place and a folder that takes none are errors of the setting."""
    path = tmp_path / SECRET_NAME
    path.write_bytes(b"")
    with pytest.raises(ConfigError, match=r"\.link-secret in LOCAL_STORE is damaged"):
        secret_of(tmp_path)
    path.unlink()
    (tmp_path / "elsewhere").write_bytes(os.urandom(32))
    path.symlink_to("elsewhere")
    with pytest.raises(ConfigError, match="cannot be kept in LOCAL_STORE"):
        secret_of(tmp_path)


def test_store_signs_links_to_its_server(linked: LocalStore, settings: Settings) -> None:
    """With PUBLIC_URL the store's URLs are signed, open in another process that has the folder, and list no secret."""
    linked.put("output/a.wav", b"sound", "audio/wav")
    url = linked.presign_get("output/a.wav", 60, media_type="audio/wav", filename="a.wav")
    assert url.startswith(f"{BASE}/files/output/a.wav?")
    again = LocalStore(settings.model_copy(update={"public_url": BASE}))
    assert again.is_own_link(url)
    file = again.open_link(url)
    assert file is not None
    with file:
        assert file.read() == b"sound"
    assert [info.key for info in linked.list("", 10).objects] == ["output/a.wav"]


def test_store_refuses_links_that_it_did_not_sign(linked: LocalStore, settings: Settings) -> None:
    """Neither an unsigned link, one to write, one elsewhere, nor a file:// URL opens; a missing file is NotFound."""
    linked.put("uploads/a", b"mine", "audio/wav")
    signed = linked.presign_get("uploads/a", 60, media_type="audio/wav", filename="a")
    for url in (f"{BASE}/files/uploads/a", linked.presign_put("uploads/a", 60), signed.replace("uploads/a", "jobs/a")):
        assert not linked.is_own_link(url)
        with pytest.raises(LinkInvalid):
            linked.open_link(url)
    elsewhere = signed.replace("8000", "8001")
    unsigned = LocalStore(settings).presign_get("uploads/a", 60, media_type="audio/wav", filename="a")
    for url in (elsewhere, unsigned, f"{BASE}/other", "http://["):
        assert not linked.is_own_link(url)
        assert linked.open_link(url) is None
    with pytest.raises(NotFound, match="leads to no file"):
        linked.open_link(linked.presign_get("uploads/none", 60, media_type="", filename=""))
    with pytest.raises(BadRequest):
        linked.presign_put("uploads/../../a", 60)


def test_store_without_a_server_signs_no_links(store: LocalStore, tmp_path: Path) -> None:
    """Without PUBLIC_URL there is no secret, and no link is valid."""
    assert not (tmp_path / "store" / SECRET_NAME).exists()
    with pytest.raises(LinkInvalid):
        store.check_link(READ, "output/a.wav", {})
