"""The command line: ``python -m handler [worker | serve | run JOB | doctor | models list]``."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from handler import telemetry
from handler.errors import WorkerError
from handler.settings import Settings

DONE, FAILED, USAGE = 0, 1, 2  # exit codes: done; the job or the start failed; the command was used wrongly


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run one command and return its exit code."""
    _use_utf8()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    # RunPod's own flags (--rp_serve_api, --test_input, …) mean the worker, as does nothing at all.
    if not arguments or arguments[0].startswith(("--rp_", "--test_input")):
        arguments = ["worker", *arguments]
    options, rest = _parser().parse_known_args(arguments)
    if rest and options.command != "worker":
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        settings = Settings.read(environ)
        telemetry.configure(settings.log_level)
        return int(COMMANDS[options.command](options, rest, settings))
    except WorkerError as error:
        if error.__cause__ is not None:
            logging.getLogger(__name__).warning("the cause", exc_info=error.__cause__)
        print(f"{error.code}: {error.message}", file=sys.stderr)
        return FAILED


def _use_utf8() -> None:
    """Write UTF-8 in any locale: replies are JSON, and hold what people write."""
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m handler", description="Speech and captions, as a RunPod worker.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("worker", help="take jobs from RunPod (the default); the SDK's own flags pass through")
    serve = commands.add_parser("serve", help="the worker over HTTP: RunPod's API, OpenAI's and others")
    serve.add_argument("--host", help="the address to listen on (127.0.0.1; with API_KEYS or on RunPod 0.0.0.0)")
    serve.add_argument("--port", type=int, help="the port (PORT, else 8000, on RunPod 80)")
    run = commands.add_parser("run", help="do one job and print its reply")
    run.add_argument("job", help="a JSON file, - for standard input, or the JSON itself")
    doctor = commands.add_parser("doctor", help="check everything a worker needs, and say what to do about it")
    doctor.add_argument("--json", action="store_true", help="the checks as JSON")
    doctor.add_argument("--deep", action="store_true", help="also read every model file, and start the aligners")
    doctor.add_argument("--speak", action="store_true", help="also speak with each engine, and measure what it says")
    doctor.add_argument("--engine", action="append", metavar="NAME", help="with --speak: with this one of ENGINES only")
    doctor.add_argument("--keep", type=Path, metavar="FOLDER", help="with --speak: where to write the speech, as wav")
    model_files = commands.add_parser("models", help="the files of the models that the settings choose")
    actions = "; ".join(f"{name}: {does}" for name, does in MODELS.items())
    model_files.add_argument("action", choices=MODELS, help=actions)
    model_files.add_argument("parts", nargs="*", metavar="PART", help="only these backends, as list names them")
    model_files.add_argument("--json", action="store_true", help="the same as JSON")
    return parser


def _worker(_: argparse.Namespace, rest: list[str], settings: Settings) -> int:
    # A worker of RunPod's load balancer has a port, and no queue to ask for jobs.
    if settings.runpod_pod_id and settings.port and not (rest or settings.runpod_webhook_get_job):
        from handler.http_api import server

        return server.serve(settings)
    from handler import worker

    return worker.serve(settings, rest)


def _serve(options: argparse.Namespace, _: list[str], settings: Settings) -> int:
    from handler.http_api import server

    return server.serve(settings, options.host, options.port)


def _run(options: argparse.Namespace, _: list[str], settings: Settings) -> int:
    from handler.app import make_services
    from handler.dispatch import dispatch

    try:
        job = _read_job(options.job)
    except (OSError, ValueError) as error:
        print(f"run: {error}", file=sys.stderr)
        return USAGE
    reply = dispatch(job, make_services(settings))
    print(json.dumps(reply, ensure_ascii=False, indent=2))
    return FAILED if "error" in reply else DONE


def _read_job(argument: str) -> Any:
    """The job as parsed JSON; ValueError or OSError says what is wrong with the argument."""
    if argument == "-":
        data = sys.stdin.buffer.read()
    elif argument.lstrip().startswith(("{", "[")):
        # The bytes that were given, whatever the locale took them for.
        data = os.fsencode(argument)
    else:
        path = Path(argument)
        if not path.is_file():
            raise ValueError(f"neither JSON nor a file: {argument}")
        data = path.read_bytes()
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        raise ValueError("the job is not in UTF-8; save it as that") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"the job is not JSON: {error}") from None
    except RecursionError:
        raise ValueError("the job is nested too deeply; send the fields that API.md lists") from None


def _doctor(options: argparse.Namespace, _: list[str], settings: Settings) -> int:
    from handler import doctor
    from handler.doctor import speech

    if (options.keep or options.engine) and not options.speak:
        print(f"doctor: {'--keep' if options.keep else '--engine'} needs --speak", file=sys.stderr)
        return USAGE
    engines = options.engine or settings.engines
    if unknown := [name for name in engines if name not in settings.engines]:
        print(f"doctor: ENGINES has no {unknown[0]}; it has {', '.join(settings.engines)}", file=sys.stderr)
        return USAGE
    further = [partial(speech.prove, keep=options.keep, engines=engines)] if options.speak else []
    checks = []
    for check in doctor.examine(settings, *further, deep=options.deep):
        checks.append(check)
        if not options.json:
            # At once: speech on a CPU takes minutes.
            print(check, flush=True)
    if options.json:
        print(json.dumps([vars(check) for check in checks], ensure_ascii=False, indent=2))
    return FAILED if any(check.state == doctor.FAILURE for check in checks) else DONE


def _models(options: argparse.Namespace, _: list[str], settings: Settings) -> int:
    from handler.doctor import model_files

    if options.action == "pull":
        found = model_files.pull(settings, options.parts)
    else:
        found = model_files.survey(settings, options.parts, deep=options.action == "verify")
    lines = []
    for line in found:
        lines.append(line)
        if not options.json:
            print(line, flush=True)
    if options.json:
        print(json.dumps([line.data() for line in lines], ensure_ascii=False, indent=2))
    # A list does not fail because a model is missing.
    return DONE if options.action == "list" or all(line.ready for line in lines) else FAILED


MODELS = {
    "list": "what each part needs, where it is, its size and state",
    "verify": "read every file and compare it with its checksum; exit 1 if one is missing or damaged",
    "pull": "fetch what is missing and mend what is damaged",
}

COMMANDS = {"worker": _worker, "serve": _serve, "run": _run, "doctor": _doctor, "models": _models}

if __name__ == "__main__":
    sys.exit(main())
