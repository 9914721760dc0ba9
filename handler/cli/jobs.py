"""``handler jobs``: what was sent to a server, or done on this machine."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from handler.cli import opening
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, UsageError
from handler.cli.outputs import Target, save

KINDS = ("audio", "video", "transcript")
DEFAULT_LIMIT = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    parsers = {name: actions.add_parser(name, help=does, description=does) for name, (does, _) in ACTIONS.items()}
    parsers["list"].add_argument("--limit", type=int, default=DEFAULT_LIMIT, metavar="N", help="so many (%(default)s)")
    for name in ("show", "cancel", "download"):
        parsers[name].add_argument("job", metavar="JOB", help="the id of the job")
    files = parsers["download"]
    files.add_argument("kinds", nargs="*", metavar="KIND", help="audio, video, transcript, or a caption format (all)")
    files.add_argument("-o", "--output", default=".", metavar="FOLDER", help="where to (this folder)")
    for each in parsers.values():
        opening.add_arguments(each)


def run(context: Context) -> int:
    return ACTIONS[context.options.action][1](context)


def _list(context: Context) -> int:
    if context.options.limit < 1:
        raise UsageError("--limit must be at least 1")
    with opening.opened(context) as worker:
        jobs = worker.jobs(context.options.limit)
    if context.terminal.json:
        context.terminal.out_json(jobs)
    elif jobs:
        context.terminal.table(("job", "state", "endpoint", "sent", "audio"), [_row(job) for job in jobs])
    else:
        context.terminal.note("there are no jobs yet")
    return DONE


def _row(job: dict[str, Any]) -> list[str]:
    sent, seconds = job.get("created_at"), job.get("duration")
    return [
        str(job["id"]),
        str(job.get("error_code") or job["status"]),
        str(job.get("endpoint") or ""),
        datetime.fromtimestamp(sent).strftime("%Y-%m-%d %H:%M:%S") if sent else "",
        f"{seconds:.1f} s" if seconds else "",
    ]


def _show(context: Context) -> int:
    with opening.opened(context) as worker:
        record = worker.run({"endpoint": "status", "job_id": context.options.job})
    if context.terminal.json:
        context.terminal.out_json(dict(record))
        return DONE
    shown = {key: value for key, value in record.items() if value not in (None, {}, [])}
    rows = [
        [key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
        for key, value in shown.items()
    ]
    context.terminal.table(("", ""), rows)
    return DONE


def _cancel(context: Context) -> int:
    with opening.opened(context) as worker:
        state = worker.cancel(context.options.job)
    context.terminal.out_json({"id": context.options.job, "status": state}) if context.terminal.json else (
        context.terminal.out(state)
    )
    return DONE


def _download(context: Context) -> int:
    job_id = context.options.job
    with opening.opened(context) as worker:
        kinds = context.options.kinds or _kinds(worker.run({"endpoint": "status", "job_id": job_id})["outputs"])
        files: dict[str, Path] = {}
        for kind in kinds:
            wanted = {"type": kind} if kind in KINDS else {"type": "timing", "format": kind}
            link = worker.run({"endpoint": "download", "job_id": job_id, **wanted})
            url = link[f"{wanted['type']}_url"]
            found = {f"{kind}_url": url} if kind in KINDS else {"timing_files": {kind: url}}
            files |= save(worker, {"job_id": job_id, **found}, Target(Path(context.options.output), job_id))
    if context.terminal.json:
        context.terminal.out_json({kind: str(path) for kind, path in files.items()})
        return DONE
    for path in files.values():
        context.terminal.out(str(path))
    return DONE


def _kinds(outputs: dict[str, Any]) -> list[str]:
    """What `download` gives of the outputs of a record."""
    timings = [name.removeprefix("timing.") for name in outputs if name.startswith("timing.")]
    return [name for name in KINDS if name in outputs] + timings


ACTIONS = {
    "list": ("the last jobs, the newest first", _list),
    "show": ("the record of a job: its state, its times and its files", _show),
    "cancel": ("stop a job of a server", _cancel),
    "download": ("fetch the files of a finished job, however old", _download),
}

COMMAND = Command(
    "the jobs of a server, or those that were done here: list, show, cancel and download them",
    run,
    arguments,
    examples=(
        ("handler jobs list", "what was done on this machine"),
        ("handler jobs list --server http://127.0.0.1:8000 --json", "the jobs of a server, as JSON"),
        ("handler jobs show JOB_ID", "the record of a job"),
        ("handler jobs cancel JOB_ID --endpoint ENDPOINT_ID", "stop a job on RunPod"),
        ("handler jobs download JOB_ID audio srt -o out/", "its files, with new links"),
    ),
)
