"""What a model is, and two simple kinds: a file of the user's own, and one at an address on the web."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from handler.models import manifest
from handler.models.download import CONNECT, FetchError, RemoteFile, asked, fetch_file
from handler.models.manifest import Facts
from handler.settings import Settings

logger = logging.getLogger(__name__)

REMEDY = "let this machine reach it, or put the files into MODELS_DIR"


@dataclass(frozen=True)
class ModelPart:
    """One file of a model on this disk, and what it should be."""

    name: str
    path: Path
    facts: Facts


class Model(Protocol):
    """Files that belong together, and where they come from."""

    @property
    def name(self) -> str:
        """What to call it in messages."""
        ...

    @property
    def place(self) -> str:
        """Where it is fetched from, in words; empty for what cannot be fetched."""
        ...

    @property
    def remedy(self) -> str:
        """What to do where it cannot be had."""
        ...

    @property
    def size(self) -> int:
        """Bytes of all that is fetched, as far as they are written down in the code; 0 if they are not."""
        ...

    def find(self, settings: Settings) -> Path | None:
        """Its folder, or its file, if all of it is on this disk in the right size. Fetches nothing."""
        ...

    def parts(self, settings: Settings) -> list[ModelPart]:
        """Every file that is there or should be, of the best copy on this disk; none where there is nothing."""
        ...

    def owners(self, settings: Settings) -> Path:
        """The folder in which those who fetch it take turns."""
        ...

    def fetch(self, settings: Settings, alive: Callable[[], None]) -> None:
        """Fetch what is not there. FetchError says why that cannot be."""
        ...


@dataclass(frozen=True)
class GivenFile:
    """A file that a setting names: it is there, or it is not."""

    path: Path
    setting: str
    place = ""
    size = 0

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def remedy(self) -> str:
        return f"mend {self.setting}, or leave it out"

    def find(self, settings: Settings) -> Path | None:  # noqa: ARG002
        return self.path if self.path.is_file() else None

    def parts(self, settings: Settings) -> list[ModelPart]:
        return [ModelPart(self.name, self.path, Facts())] if self.find(settings) else []

    def owners(self, settings: Settings) -> Path:
        raise FetchError(f"it is a file of your own, and {settings.models_dir.name} holds none such")

    def fetch(self, settings: Settings, alive: Callable[[], None]) -> None:  # noqa: ARG002
        raise FetchError("it is a file of your own")


@dataclass(frozen=True)
class WebFile:
    """A file at an address of its own, kept in a folder of MODELS_DIR."""

    address: str
    folder: str
    site: str
    facts: Facts = field(default_factory=Facts)
    remedy: str = REMEDY

    @property
    def name(self) -> str:
        return self.address.rpartition("/")[2]

    @property
    def place(self) -> str:
        return self.site

    @property
    def size(self) -> int:
        return self.facts.size

    def find(self, settings: Settings) -> Path | None:
        return next(
            (part.path for part in self.parts(settings) if not manifest.problem(part.path, part.facts, deep=False)),
            None,
        )

    def parts(self, settings: Settings) -> list[ModelPart]:
        folder = settings.models_dir / self.folder
        path = folder / self.name
        known = manifest.read(folder / "manifest.json").get(self.name, self.facts)
        return [ModelPart(self.name, path, known)] if path.exists() else []

    def owners(self, settings: Settings) -> Path:
        return settings.models_dir / self.folder / ".owners" / self.name

    def fetch(self, settings: Settings, alive: Callable[[], None]) -> None:
        folder = settings.models_dir / self.folder
        remote, identity = self._look()
        partial = folder / ".owners" / f"{self.name}.{identity}.incomplete"
        facts = fetch_file(remote, partial, folder / self.name, alive)
        manifest.add(folder / "manifest.json", {self.name: facts})

    def _look(self) -> tuple[RemoteFile, str]:
        """What the server has; one that changed it meanwhile must not end what was begun of another."""
        from huggingface_hub import get_session

        def look() -> Mapping[str, str]:
            reply = get_session().head(
                self.address, allow_redirects=True, timeout=CONNECT, headers={"Accept-Encoding": "identity"}
            )
            reply.raise_for_status()
            return reply.headers

        headers = asked(look)
        size = int(headers.get("Content-Length") or 0)
        if self.facts.size and size != self.facts.size:
            raise FetchError(f"it has {size} bytes there in place of {self.facts.size}")
        identity = hashlib.sha256(f"{headers.get('ETag')} {size}".encode()).hexdigest()[:16]
        return RemoteFile(self.address, Facts(size, self.facts.sha256)), identity
