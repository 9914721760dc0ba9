"""The HTTP server against a bare FastAPI route, under 200 clients, and while it streams.

    python benchmarks/http.py [--requests N] [--clients N] [--seconds N]

It starts ``python -m handler serve`` with piper and a folder as a store, and is its client on 127.0.0.1:

- the door: how long a job of /runsync takes beyond `dispatch` itself, and a bare FastAPI route of the same answer;
- streaming: the first byte of a script of a minute, as a share of the time until its last one, in every format, and
  whether the stream has the samples of the job's own file;
- the health check, while every lane of the worker speaks;
- many clients: each sends a job and, where it is told 429, sends it again when it is told to; what became of all, and
  the server's memory before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

import httpx
import numpy as np
import soundfile

from tests.support.ports import free_port

SENTENCES = (
    "The harbour was quiet that morning, and nobody had told the captain about the letter.",
    "He read it twice, folded it, and put it back where he had found it.",
    "By noon the wind had turned, and the boats came in one after the other.",
    "She paid the man, thanked him, and walked up the hill without looking back.",
)
FORMATS = ("pcm", "wav", "mp3", "opus", "aac", "flac")
HEADER_BYTES = {"pcm": 0, "wav": 44}
STREAMS = 3
PING_INTERVAL_S, PINGS_BETWEEN = 0.02, 10
LANES = 2  # WORKER_CONCURRENCY
BARE_ROUTE = """
import json, sys, uvicorn
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse

app = FastAPI()
answer = json.loads(sys.argv[2])

@app.post("/runsync")
async def runsync(request: Request):
    await request.json()
    return JSONResponse(answer)

@app.get("/ping")
async def ping():
    return {}

uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)
"""


def main() -> None:
    """Run the three parts and print a table of each, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=60, help="jobs of the first part")
    parser.add_argument("--clients", type=int, default=200, help="clients at once in the last part")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the script that is streamed")
    given = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, worker(Path(folder), queue_limit=100) as server:
        figures |= door(server, given.requests)
        figures |= streaming(server, given.seconds, Path(folder))
        figures |= health(server, given.seconds)
        figures |= asyncio.run(crowd(server, given.clients))
    print("\n" + json.dumps(figures))


class Server:
    """A process that serves HTTP on 127.0.0.1."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self._process = process

    @property
    def memory_mb(self) -> float:
        """Resident memory of the process."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        return int(status.split("VmRSS:")[1].split()[0]) / 1000


@contextmanager
def worker(folder: Path, *, queue_limit: int) -> Iterator[Server]:
    """The worker's own server, ready, with piper alone."""
    own = {
        "ENGINES": "piper",
        "ALIGNERS": "engine",
        "LOCAL_STORE": str(folder / "store"),
        "MODELS_DIR": str(folder / "models"),
        "QUEUE_LIMIT": str(queue_limit),
        "WORKER_CONCURRENCY": str(LANES),
        "LOG_LEVEL": "ERROR",
    }
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "OMP_NUM_THREADS"}}
    port = free_port()
    command = [sys.executable, "-m", "handler", "serve", "--port", str(port)]
    with served(command, port, kept | own) as server:
        yield server


@contextmanager
def served(command: list[str], port: int, environ: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    url = f"http://127.0.0.1:{port}"
    try:
        ready = False
        while not ready:
            if process.poll() is not None:
                sys.exit("the server ended before it was ready")
            try:
                ready = httpx.get(f"{url}/ping").status_code == 200
            except httpx.TransportError:
                ready = False
            if not ready:
                time.sleep(0.1)
        yield Server(url, process)
    finally:
        process.terminate()
        process.wait(60)


def door(server: Server, requests: int) -> dict[str, float]:
    """The milliseconds of the door itself, and its ratio to a bare route, the three taken in turns."""
    from handler import telemetry
    from handler.app import make_services
    from handler.dispatch import dispatch
    from handler.settings import Settings

    telemetry.configure("ERROR")
    job = {"input": {"endpoint": "status"}}
    with tempfile.TemporaryDirectory() as folder:
        environ = {"ENGINES": "piper", "ALIGNERS": "engine", "LOCAL_STORE": folder, "MODELS_DIR": folder}
        services = make_services(Settings.read(environ))
        with httpx.Client(base_url=server.url, timeout=120) as ours:
            answer = ours.post("/runsync", json=job).json()
            port = free_port()
            command = [sys.executable, "-c", BARE_ROUTE, str(port), json.dumps(answer)]
            with served(command, port, dict(os.environ)) as bare, httpx.Client(base_url=bare.url) as theirs:
                sides: dict[str, Callable[[], object]] = {
                    "dispatch": lambda: dispatch(job, services),
                    "door": lambda: ours.post("/runsync", json=job),
                    "bare": lambda: theirs.post("/runsync", json=job),
                }
                spent: dict[str, list[float]] = {name: [] for name in sides}
                for _ in range(requests):
                    for name, send in sides.items():
                        began = time.perf_counter()
                        send()
                        spent[name].append(1000 * (time.perf_counter() - began))
    middle = {name: statistics.median(values) for name, values in spent.items()}
    cost = middle["door"] - middle["dispatch"]
    print(f"{requests} requests for the worker's health, median ms\n")
    for name, value in middle.items():
        print(f"{name:12}{value:8.2f}")
    print(f"{'cost':12}{cost:8.2f}  ({cost / middle['bare']:.2f} of a bare route)\n")
    return {"p50_ms": round(cost, 2), "ratio_to_bare": round(cost / middle["bare"], 2)}


def streaming(server: Server, seconds: float, folder: Path) -> dict[str, Any]:
    """The first byte of each format as a share of the whole time; whether the samples are those of the job's file."""
    script = script_of(seconds)
    shares: dict[str, float] = {}
    same = True
    print(f"a script of about {seconds:.0f} s, streamed {STREAMS} times\n")
    print(f"{'format':8}{'first s':>10}{'last s':>10}{'share':>8}")
    with httpx.Client(base_url=server.url, timeout=300) as client:
        for format_ in FORMATS:
            streams = [streamed(client, script, format_) for _ in range(STREAMS)]
            first, whole, share = sorted(
                ((stream.first_s, stream.last_s, stream.first_s / stream.last_s) for stream in streams),
                key=lambda figures: figures[2],
            )[STREAMS // 2]
            shares[format_] = round(share, 3)
            print(f"{format_:8}{first:10.3f}{whole:10.3f}{share:8.3f}")
            if format_ in HEADER_BYTES:
                own, _ = soundfile.read(folder / "store" / "output" / f"{streams[0].job_id}.wav", dtype="int16")
                same &= bool(np.array_equal(own, np.frombuffer(streams[0].body[HEADER_BYTES[format_] :], "<i2")))
    print(f"\nthe samples of pcm and wav are those of the job's file: {'yes' if same else 'no'}\n")
    return {"first_byte_share": max(shares.values()), "first_byte_shares": shares, "same_samples": same}


class Stream(NamedTuple):
    """A streamed speech: seconds to its first and last byte, all bytes, and the id of its job."""

    first_s: float
    last_s: float
    body: bytes
    job_id: str


def streamed(client: httpx.Client, script: str, format_: str) -> Stream:
    body = {"model": "tts-1", "voice": "alloy", "input": script, "response_format": format_}
    began = time.perf_counter()
    first, pieces = 0.0, []
    with client.stream("POST", "/v1/audio/speech", json=body) as answer:
        answer.raise_for_status()
        for piece in answer.iter_raw():
            first = first or time.perf_counter() - began
            pieces.append(piece)
    return Stream(first, time.perf_counter() - began, b"".join(pieces), answer.headers["X-Job-Id"])


def script_of(seconds: float) -> str:
    """A script of about so many seconds: piper speaks sixteen characters a second."""
    chars, script = 16 * seconds, ""
    for sentence in itertools.cycle(SENTENCES):
        if len(script) >= chars:
            break
        script += sentence + " "
    return script[:4096].strip()


def health(server: Server, seconds: float) -> dict[str, float]:
    """Milliseconds of the health check from when all lanes have begun to speak until one has ended."""
    job = {"input": {"text": script_of(seconds), "audio_format": "mp3"}}
    pings: list[float] = []
    with httpx.Client(base_url=server.url, timeout=60) as client:
        jobs = [client.post("/run", json=job).json()["id"] for _ in range(LANES)]

        def states() -> set[str]:
            return {client.get(f"/status/{job_id}").json()["status"] for job_id in jobs}

        while states() != {"IN_PROGRESS"}:
            time.sleep(0.01)
        for number in itertools.count(1):
            began = time.perf_counter()
            client.get("/ping").raise_for_status()
            pings.append(1000 * (time.perf_counter() - began))
            time.sleep(PING_INTERVAL_S)
            if number % PINGS_BETWEEN == 0 and states() != {"IN_PROGRESS"}:
                break
        while states() != {"COMPLETED"}:
            time.sleep(0.05)
    middle, most = statistics.median(pings), max(pings)
    print(f"/ping while {LANES} jobs speak: median {middle:.1f} ms, slowest of {len(pings)} {most:.1f} ms\n")
    return {"ping_p50_ms": round(middle, 1), "ping_max_ms": round(most, 1)}


async def crowd(server: Server, clients: int) -> dict[str, Any]:
    """Many clients at once: what became of their jobs, and the server's memory before and after."""
    limits = httpx.Limits(max_connections=clients)
    outcomes: Counter[str] = Counter()

    async def one(client: httpx.AsyncClient, number: int) -> None:
        job = {"input": {"text": f"Client {number} says: {SENTENCES[number % len(SENTENCES)]}"}}
        while True:
            answer = await client.post("/runsync", params={"wait": 300_000}, json=job)
            if answer.status_code != 429:
                outcomes[answer.json().get("status", str(answer.status_code))] += 1
                return
            outcomes["429"] += 1
            await asyncio.sleep(float(answer.headers["Retry-After"]))

    async def all_at_once() -> float:
        async with httpx.AsyncClient(base_url=server.url, timeout=600, limits=limits) as client:
            outcomes.clear()
            await asyncio.gather(*(one(client, number) for number in range(clients)))
        return server.memory_mb

    # What a server keeps for good (threads, arenas, imports) is there after a first crowd.
    before = await all_at_once()
    began = time.perf_counter()
    after = await all_at_once()
    spent = time.perf_counter() - began
    print(f"{clients} clients at once, {spent:.0f} s: {dict(outcomes)}")
    print(f"memory: {before:.0f} MB before, {after:.0f} MB after")
    return {
        "clients": clients,
        "completed": outcomes["COMPLETED"],
        "refused": outcomes["429"],
        "dropped": sum(count for name, count in outcomes.items() if name not in {"COMPLETED", "429"}),
        "memory_before_mb": round(before),
        "memory_after_mb": round(after),
    }


if __name__ == "__main__":
    main()
