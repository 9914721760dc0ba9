"""handler jobs and bench: here and on a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from handler.cli.bench import percentile
from tests.cli.conftest import Shell


def test_jobs_are_listed_shown_and_downloaded(handler: Shell, place: str) -> None:
    """The newest job is first, its record is shown, and its files come under its id."""
    first, second = (handler(f"say {text} --captions srt --json{place}").json["job_id"] for text in ("One.", "Two."))
    listed = handler(f"jobs list --json{place}").json
    assert [job["id"] for job in listed if job["endpoint"] == "generate"] == [second, first]
    assert {job["status"] for job in listed} == {"COMPLETED"}
    rows = handler(f"jobs list --limit 1{place}").lines
    assert [row.split()[:3] for row in rows] == [[second, "COMPLETED", "generate"]]
    assert handler(f"jobs show {first} --json{place}").json["state"] == "COMPLETED"
    assert "COMPLETED" in handler(f"jobs show {first}{place}").out
    assert handler(f"jobs download {first} -o files{place}").lines == [f"files/{first}.wav", f"files/{first}.srt"]
    assert handler(f"jobs download {first} srt -o files{place}").lines == [f"files/{first}.srt"]
    assert "One." in Path("files", f"{first}.srt").read_text("utf-8")


def test_unknown_job(handler: Shell, place: str) -> None:
    """A job that there is not is named."""
    done = handler(f"jobs download nothing-1 audio{place}")
    assert done.code == 1
    assert "nothing-1" in done.err


def test_cancel_is_for_servers(handler: Shell) -> None:
    """A job of this machine is stopped where it runs."""
    done = handler("jobs cancel local-1")
    assert done.code == 1
    assert "Ctrl-C" in done.err


def test_finished_job_stays_finished(handler: Shell, server: object) -> None:
    """On a server, cancelling a finished job tells its state."""
    url = server.url  # type: ignore[attr-defined]
    job = handler(f"say Hi. --json --server {url}").json["job_id"]
    assert handler(f"jobs cancel {job} --server {url}").lines == ["COMPLETED"]


def test_bench_has_figures(handler: Shell, place: str) -> None:
    """The figures are those of the runs; a threshold below the RTF ends with 1."""
    figures = handler(f"bench --text Hello. --runs 3 --json{place}").json
    assert set(figures) == {"cold_s", "warm_p50_s", "warm_p95_s", "rtf_p50", "rtf_p95", "audio_s", "runs"}
    assert 0 < figures["warm_p50_s"] <= figures["warm_p95_s"]
    assert figures["runs"] == 3
    done = handler(f"bench --text Hello. --runs 1 --rtf-threshold 0.00001{place}")
    assert done.code == 1
    assert "more than 1e-05" in done.err
    assert "RTF, p95" in done.out
    assert handler(f"bench --text Hello. --runs 1 --rtf-threshold 1000{place}").code == 0


@pytest.mark.parametrize(("percent", "value"), [(50, 2), (95, 4), (25, 1), (1, 1)])
def test_percentiles_are_of_the_nearest_rank(percent: float, value: float) -> None:
    """A percentile is one of the values."""
    assert percentile([4, 1, 3, 2], percent) == value
    assert json.dumps(percentile([5.0], percent)) == "5.0"
