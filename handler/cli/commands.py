"""The table of commands. To add one: a module with a `Command`, and a row here; ``docs/adding.md`` shows it."""

from handler.cli import (
    bench,
    book,
    captions,
    completion,
    convert,
    doctor,
    jobs,
    models,
    run,
    say,
    serve,
    voices,
    worker,
)
from handler.cli.command import Command

COMMANDS: dict[str, Command] = {
    "say": say.COMMAND,
    "captions": captions.COMMAND,
    "book": book.COMMAND,
    "convert": convert.COMMAND,
    "voices": voices.COMMAND,
    "jobs": jobs.COMMAND,
    "bench": bench.COMMAND,
    "serve": serve.COMMAND,
    "worker": worker.COMMAND,
    "run": run.COMMAND,
    "doctor": doctor.COMMAND,
    "models": models.COMMAND,
    "completion": completion.COMMAND,
}
