"""Jobs in this process. The engine is loaded in a thread while the rest of the worker is imported."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from handler import telemetry
from handler.app import make_services
from handler.cancellation import Cancellation, in_thread
from handler.cli import local_settings
from handler.cli.command import Context
from handler.cli.config import ENVIRONMENT
from handler.cli.exits import CommandFailed, UsageError, WrongSettings
from handler.cli.terminal import OnProgress
from handler.cli.workers import JobFailed, Reply, replace_when_complete
from handler.errors import ConfigError
from handler.protocols import Services, list_all

CANCEL_S = 3.0  # how long a cancelled job may take to close its record


def start(
    context: Context, engine: str | None = None, language: str | None = None, *, load: bool = True
) -> LocalWorker:
    """A worker of this process; with a ``language`` it speaks first, and begins to ``load`` the engine for that."""
    speaks = language is not None
    note = context.terminal.note if speaks else _silent
    configuration = local_settings.for_this_machine(context.configuration, engine, note, context.environ)
    settings = configuration.settings
    verbose = context.options.verbose
    telemetry.configure(settings.log_level if verbose else "CRITICAL")
    try:
        services = make_services(settings)
    except ConfigError as error:
        # It begins with the name of the setting.
        origin = configuration.origins.get(error.message.partition(" ")[0].lower(), ENVIRONMENT)
        if origin == ENVIRONMENT:
            raise
        if origin == local_settings.ENGINE_FLAG:
            raise UsageError(error.message.replace("ENGINES has", "there is no engine")) from None
        raise WrongSettings(error.message) from error.__cause__
    loading: Future[Any] | None = None
    if language is not None and load:
        # Its errors are those of the job itself, which tries again.
        loading = in_thread(partial(services.engines.get, engine or settings.default_engine))
        _prepare_rules(language)
    return LocalWorker(services, loading, verbose=verbose)


def _silent(_: str) -> None:
    """For commands that do not speak: it does not matter to them with what."""


def _prepare_rules(language: str) -> None:
    """Compile the rules by which a script of the language is read, which a job does once it has its engine."""
    from handler import dispatch, text  # noqa: F401 - the first job's other half of the waiting

    with suppress(Exception):
        text.tokenize("One.", language)


class LocalWorker:
    """Implements `workers.Worker` by `dispatch`."""

    takes_ids = True

    def __init__(self, services: Services, loading: Future[Any] | None, *, verbose: bool) -> None:
        self._services = services
        self._loading = loading
        self._verbose = verbose
        self._interrupted = False
        table = services.engines.backends
        self.default_engine: str | None = services.settings.default_engine
        self.cloning_engines: Sequence[str] | None = [
            name for name in services.settings.engines if table[name].supports_cloning
        ]

    def run(self, fields: Reply, on_progress: OnProgress | None = None, job_id: str | None = None) -> Reply:
        from handler.dispatch import dispatch
        from handler.jobs import Listener

        cancellation = Cancellation()
        listener = Listener(on_progress)
        event = {"input": dict(fields)} | ({"id": job_id} if job_id else {})
        # In a thread: this one hears Ctrl-C at once, whatever the job is at.
        job = in_thread(partial(dispatch, event, self._services, listener=listener, cancellation=cancellation))
        try:
            reply = job.result()
        except KeyboardInterrupt:
            self._interrupted = True
            cancellation.cancel()
            with suppress(TimeoutError):
                job.result(CANCEL_S)
            raise
        if "error" in reply:
            raise JobFailed(self._explained(reply))
        return reply

    def _explained(self, reply: dict[str, Any]) -> dict[str, Any]:
        """The reply of a failed job; where its error speaks of the log, with the flag that shows it."""
        if self._verbose or "log" not in reply["error"]:
            return reply
        return {**reply, "error": f"{reply['error']} (--verbose shows it)"}

    @contextmanager
    def linked(self, path: Path) -> Iterator[str]:
        ticket = self.run({"endpoint": "upload", "create_upload_url": True})
        try:
            _put(path, ticket["upload_url"])
            yield ticket["file_url"]
        finally:
            # Nobody else knows the link.
            with suppress(Exception):
                self._services.store.delete(f"uploads/{ticket['upload_token']}")

    def fetch(self, url: str, path: Path) -> None:
        part = replace_when_complete(path)
        try:
            with _opened(url) as source, part.open("wb") as file:
                shutil.copyfileobj(source, file)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        from handler import jobs

        store = self._services.store
        # Below the folder of a job are its chunks.
        everything = list_all(store, "jobs/")
        objects = [each for each in everything if each.key.count("/") == 1 and each.key.endswith(".json")]
        newest = sorted(objects, key=lambda each: each.modified, reverse=True)[:limit]
        found = [jobs.find(store, each.key.removeprefix("jobs/").removesuffix(".json")) for each in newest]
        settings = self._services.settings
        records = [jobs.as_shown(record, store, settings) for record in found if record is not None]
        return [
            {
                "id": record.job_id,
                "status": record.state,
                "endpoint": record.endpoint,
                "created_at": record.started_at,
                "duration": (record.result or {}).get("duration"),
                "error_code": (record.error or {}).get("error_code"),
            }
            for record in records
        ]

    def cancel(self, job_id: str) -> str:
        raise CommandFailed(
            f"{job_id} is not on a server: a job of this machine ends with its command, by Ctrl-C there"
        )

    def close(self) -> None:
        # A process that ends while a library starts in a thread is aborted by it.
        if self._loading is not None and not self._interrupted:
            self._loading.exception()


def _opened(url: str) -> IO[bytes]:
    """The file at a link that this process has signed itself."""
    if (path := _path(url)) is not None:
        return path.open("rb")
    from urllib.request import urlopen

    opened: IO[bytes] = urlopen(url)  # nosec B310 # signed by this process
    return opened


def _put(path: Path, url: str) -> None:
    """Send a file to such a link."""
    if (local := _path(url)) is not None:
        shutil.copyfile(path, local)
        return
    from urllib.request import Request, urlopen

    with path.open("rb") as file:
        # With the length: a bucket takes no body in chunks.
        headers = {"Content-Length": str(path.stat().st_size), "Content-Type": "application/octet-stream"}
        urlopen(Request(url, file, headers, method="PUT")).close()  # nosec B310 # signed by this process


def _path(url: str) -> Path | None:
    """The path of a ``file://`` link, None for another one."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
