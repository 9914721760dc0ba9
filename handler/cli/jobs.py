"""``handler jobs``: what was sent to a server, or done on this machine."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from handler.cli import opening
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, UsageError
from handler.cli.outputs import KINDS, Target, fetch
from handler.cli.terminal import cell
from handler.cli.workers import Worker

DEFAULT_LIMIT = 20

_OUTPUT = re.compile(rf"(?:chapter\.(?P<chapter>\d+)\.)?(?:(?P<kind>{'|'.join(KINDS)})|timing\.(?P<format>\w+))")
"""Names of outputs in the record of a job that `download` has links of."""


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    parsers = {name: actions.add_parser(name, help=does, description=does) for name, (does, _) in ACTIONS.items()}
    parsers["list"].add_argument("--limit", type=int, default=DEFAULT_LIMIT, metavar="N", help="so many (%(default)s)")
    for name in ("show", "cancel", "download"):
        parsers[name].add_argument("job", metavar="JOB", help="the id of the job")
    files = parsers["download"]
    files.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)}, or a caption format (all)")
    files.add_argument("--chapter", type=int, metavar="N", help="those of this chapter of a book")
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
    context.terminal.table(("", ""), [[key, cell(value)] for key, value in shown.items()])
    return DONE


def _cancel(context: Context) -> int:
    with opening.opened(context) as worker:
        state = worker.cancel(context.options.job)
    context.terminal.out_json({"id": context.options.job, "status": state}) if context.terminal.json else (
        context.terminal.out(state)
    )
    return DONE


def _download(context: Context) -> int:
    job_id, folder = context.options.job, Path(context.options.output)
    with opening.opened(context) as worker:
        files = {
            kind: _saved(worker, fields, Target(folder, job_id)) for kind, fields in _wanted(worker, context.options)
        }
    if context.terminal.json:
        context.terminal.out_json({kind: str(path) for kind, path in files.items()})
        return DONE
    for path in files.values():
        context.terminal.out(str(path))
    return DONE


def _wanted(worker: Worker, options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each file by its kind, as ``srt`` or ``chapter.1.srt``, with the request to `download` that gives its link."""
    part = f"chapter.{options.chapter}." if options.chapter is not None else ""
    names = [f"{part}{kind}" if kind in KINDS else f"{part}timing.{kind}" for kind in options.kinds]
    outputs = names or worker.run({"endpoint": "status", "job_id": options.job})["outputs"]
    for name in outputs:
        found = _OUTPUT.fullmatch(name)
        if found is None:
            if names:
                raise UsageError(f"{name.rpartition('.')[2]} is no kind of file; give {', '.join(KINDS)}, srt, vtt, …")
            continue  # such as the words that a later job captions
        if name.startswith(part):
            fields = {"type": found["kind"] or "timing", "format": found["format"], "chapter": found["chapter"]}
            given = {key: int(value) if key == "chapter" else value for key, value in fields.items() if value}
            yield name.replace("timing.", ""), {"endpoint": "download", "job_id": options.job, **given}


def _saved(worker: Worker, fields: dict[str, Any], place: Target) -> Path:
    link = str(worker.run(fields)[f"{fields['type']}_url"])
    path = place.path(link, fields["job_id"])
    fetch(worker, link, path)
    return path


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
        ("handler jobs download JOB_ID audio --chapter 3", "a chapter of a book"),
    ),
)
