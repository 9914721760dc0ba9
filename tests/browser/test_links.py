"""What a browser makes of the links of an HTTP server without a bucket: it plays, it seeks, and runs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler.protocols import Services
from tests.support.chromium import page, play, program
from tests.support.http_server import running

pytestmark = pytest.mark.skipif(program() is None, reason="there is no Chromium here; apt-get install chromium")

PAGE = b"<p id=said>calm</p><script>document.getElementById('said').textContent = 'run'</script>"


def test_player_seeks_by_ranges(services: Services, tmp_path: Path) -> None:
    """A player of another origin seeks forwards and back in the speech of a reply."""
    with running(services) as server:
        reply = server.client.post("/runsync", json={"input": {"text": "One. [pause:20s] Two."}}).json()["output"]
        (tmp_path / "site").mkdir()
        plan = {"kind": "linked", "media": reply["audio_url"], "times": [15.0, 2.0, 20.0]}
        result = play(tmp_path / "site", plan)
    assert result["duration"] == pytest.approx(reply["duration"], abs=0.01)
    assert result["seen"] == [15.0, 2.0, 20.0]


def test_stored_page_does_not_run(services: Services, tmp_path: Path) -> None:
    """A page that somebody has stored is shown, and its script does not run."""
    (tmp_path / "page.html").write_bytes(PAGE)
    assert ">run<" in page((tmp_path / "page.html").as_uri(), tmp_path)
    with running(services) as server:
        store = server.api.services.store
        store.put("output/page.html", PAGE, "text/html")
        link = store.presign_get("output/page.html", 60, media_type="text/html", filename="page.html")
        assert ">calm<" in page(link, tmp_path)
