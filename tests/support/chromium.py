"""A headless Chromium that does what a page says, and the page's result."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("player.html")
PATIENCE = 120.0
"""Seconds until a browser that says nothing has failed: cores may be busy with other things."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless=new",
    # It runs as root where tests run in containers, and shows nothing but our own page.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
)


def program() -> str | None:
    """The browser of this machine, None if there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class _Site(SimpleHTTPRequestHandler):
    """A folder, and a place where the page posts its result."""

    def __init__(self, *args: Any, results: queue.Queue[bytes], **kwargs: Any) -> None:
        self._results = results
        super().__init__(*args, **kwargs)

    def do_POST(self) -> None:
        self._results.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def play(folder: Path, plan: dict[str, Any]) -> dict[str, Any]:
    """Serve the folder to a browser that follows the plan, see player.html; what it saw.

    Raises AssertionError when the page fails or the browser says nothing.
    """
    browser = program()
    assert browser
    shutil.copy(PAGE, folder / "index.html")
    (folder / "plan.json").write_text(json.dumps(plan))
    results: queue.Queue[bytes] = queue.Queue()
    site = partial(_Site, directory=str(folder), results=results)
    with ThreadingHTTPServer(("127.0.0.1", 0), site) as server, (folder / "log").open("wb") as log:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/index.html"
        command = [browser, *_FLAGS, f"--user-data-dir={folder / 'profile'}", url]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        try:
            result = json.loads(results.get(timeout=PATIENCE))
        except queue.Empty:
            raise AssertionError(f"the browser said nothing: {(folder / 'log').read_text()[-2000:]}") from None
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            server.shutdown()
    assert "error" not in result, result
    return dict(result)


def page(url: str, folder: Path) -> str:
    """The document that a browser has made of a URL, once its scripts have run."""
    browser = program()
    assert browser
    command = [browser, *_FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", url]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    return done.stdout
