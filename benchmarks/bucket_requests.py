"""What a job asks of its bucket: requests by kind of job, their price, and the fleet that reaches a service's limits.

    python benchmarks/bucket_requests.py [--seconds 20] [--put-limit 3500] [--get-limit 5500]

It starts a Swift on this machine and counts what a worker really sends to it, repeats included. The prices are
those of `PRICES`, in dollars for a thousand requests; ``--price NAME=PUT,GET,LIST`` sets others.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

import http.client

from handler import telemetry
from handler.app import make_services
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import Settings
from tests.support.s3_server import Swift

VERBS = ("PUT", "GET", "HEAD", "LIST", "DELETE")
PRICES = {"S3": (0.005, 0.0004, 0.005), "R2": (0.0045, 0.00036, 0.0045), "B2": (0.0, 0.0004, 0.004)}
"""Dollars for a thousand PUT, GET or HEAD, and LIST requests: docs/scale.md names the sources. DELETE is free."""
FLEETS = (10, 100, 1000)
TEXT = "The harbour was quiet that morning. Nobody had told her that the letter would never arrive."
BOOK = "# One\n\n" + TEXT + "\n\n# Two\n\n" + TEXT


class Requests:
    """Counts what this process sends to a port, by boto3 and by the worker's own fetches of signed links."""

    def __init__(self, port: int) -> None:
        self.sent: Counter[str] = Counter()
        self._port = port

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count until the end of the block."""
        send = http.client.HTTPConnection.putrequest

        def putrequest(connection: Any, method: str, url: str, *arguments: Any, **fields: Any) -> None:
            if connection.port == self._port:
                self.sent["LIST" if method == "GET" and "list-type" in url else method] += 1
            send(connection, method, url, *arguments, **fields)

        http.client.HTTPConnection.putrequest = putrequest  # type: ignore[assignment, method-assign]
        try:
            yield
        finally:
            http.client.HTTPConnection.putrequest = send  # type: ignore[method-assign]

    def of(self, act: Callable[[], object]) -> Counter[str]:
        """What is sent while ``act`` runs."""
        before = self.sent.copy()
        act()
        return self.sent - before


@contextmanager
def worker() -> Iterator[tuple[Services, Requests]]:
    """A worker's services with a fresh bucket, and what is sent to it."""
    with Swift() as swift, tempfile.TemporaryDirectory() as folder:
        environ = {"ENGINES": "espeak", "ALIGNERS": "engine,sphinx", "MODELS_DIR": folder, "ALLOW_PRIVATE_URLS": "1"}
        own = swift.environ(swift.new_bucket())
        requests = Requests(urlsplit(own["AWS_ENDPOINT_URL"]).port or 0)
        with requests.counted():
            yield make_services(Settings.read(environ | own)), requests


def measure(services: Services, requests: Requests) -> dict[str, Counter[str]]:
    """Requests by kind of job, each on a worker that has done one before."""

    def run(name: str, **fields: Any) -> dict[str, Any]:
        reply = dispatch({"id": name, "input": fields}, services)
        assert "error" not in reply, reply
        return reply

    run("warm", text=TEXT)
    made = run("made", text=TEXT, timing_format=["srt", "json"])
    audio = made["audio_url"]
    token = run("asked", endpoint="upload", create_upload_url=True)["upload_token"]
    services.store.put(f"uploads/{token}", services.store.get("output/made.wav"), "audio/wav")
    kinds: dict[str, dict[str, Any]] = {
        "generate, audio alone": {"text": TEXT},
        "generate, srt": {"text": TEXT, "timing_format": "srt"},
        "generate, every caption format": {"text": TEXT, "timing_format": "all"},
        "align, srt": {"endpoint": "align", "audio_url": audio, "text": TEXT, "timing_format": "srt"},
        "overlay, of a job": {"endpoint": "overlay", "job_id": "made"},
        "captions, srt": {"endpoint": "captions", "captions_url": made["timing_files"]["json"], "timing_format": "srt"},
        "book, two chapters": {"endpoint": "book", "text": BOOK},
        "upload, a voice": {"endpoint": "upload", "voice_name": "anna", "upload_token": token, "ref_text": TEXT},
        "list_voices": {"endpoint": "list_voices"},
        "inspect": {"endpoint": "inspect", "audio_url": audio},
        "text": {"endpoint": "text", "text": TEXT},
        "download": {"endpoint": "download", "job_id": "made"},
        "status, of a job": {"endpoint": "status", "job_id": "made"},
        "create_upload_url": {"endpoint": "upload", "create_upload_url": True},
    }
    counted = {}
    for number, (kind, fields) in enumerate(kinds.items()):
        counted[kind] = requests.of(lambda name=f"job-{number}", fields=fields: run(name, **fields))  # type: ignore[misc]
    counted["generate, delivered again"] = requests.of(lambda: run("made", text=TEXT, timing_format=["srt", "json"]))
    return counted


def price(sent: Counter[str], prices: tuple[float, float, float]) -> float:
    """Dollars for a thousand such jobs."""
    put, get, listed = prices
    return sent["PUT"] * put + (sent["GET"] + sent["HEAD"]) * get + sent["LIST"] * listed


def limits(sent: Counter[str], seconds: float, most: tuple[float, float]) -> dict[int, dict[str, float]]:
    """Requests per second of fleets whose workers each do a job in so many seconds, and the share of the limits.

    As if all keys had one prefix, which is the worst case: a job's keys have three or more.
    """
    put, get = most
    found = {}
    for workers in FLEETS:
        jobs = workers / seconds
        writes, reads = jobs * (sent["PUT"] + sent["DELETE"]), jobs * (sent["GET"] + sent["HEAD"])
        found[workers] = {"jobs": jobs, "put": writes, "get": reads, "share": max(writes / put, reads / get)}
    return found


def main() -> None:
    """Count, print the tables, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=9.0, help="seconds of a worker for a job of generate")
    parser.add_argument("--put-limit", type=float, default=3500.0)
    parser.add_argument("--get-limit", type=float, default=5500.0)
    parser.add_argument("--price", action="append", default=[], metavar="NAME=PUT,GET,LIST")
    given = parser.parse_args()
    prices = dict(PRICES)
    for entry in given.price:
        name, _, values = entry.partition("=")
        put, get, listed = map(float, values.split(","))
        prices[name] = (put, get, listed)
    telemetry.configure("ERROR")
    began = time.perf_counter()
    with worker() as (services, requests):
        counted = measure(services, requests)
    print(
        f"{'kind of job':32}" + "".join(f"{verb:>8}" for verb in VERBS) + "".join(f"{f'${n}/1000':>12}" for n in prices)
    )
    for kind, sent in counted.items():
        costs = "".join(f"{price(sent, one):12.4f}" for one in prices.values())
        print(f"{kind:32}" + "".join(f"{sent[verb]:8}" for verb in VERBS) + costs)
    usual = counted["generate, srt"]
    rates = limits(usual, given.seconds, (given.put_limit, given.get_limit))
    print(f"\n{'workers':>8}{'jobs/s':>10}{'PUT/s':>10}{'GET+HEAD/s':>12}{'of the limit':>14}")
    for workers, rate in rates.items():
        print(f"{workers:8}{rate['jobs']:10.1f}{rate['put']:10.1f}{rate['get']:12.1f}{rate['share']:13.1%}")
    at_limit = round(FLEETS[0] / rates[FLEETS[0]]["share"])
    took = time.perf_counter() - began
    print(f"\none prefix alone would reach its limit with {at_limit:,} workers; counted in {took:.0f} s")
    figures = {
        "requests": {kind: dict(sent) for kind, sent in counted.items()},
        "dollars_per_1000": {name: round(price(usual, one), 5) for name, one in prices.items()},
        "workers_at_limit": at_limit,
    }
    print("\n" + json.dumps(figures))


if __name__ == "__main__":
    main()
