"""Models of the Hugging Face hub.

In the hub's own layout the files of a snapshot are links into a folder of blobs; what is fetched here are the files
themselves, which the hub's client takes as well, and which need no links of the file system.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from handler.models import manifest
from handler.models.download import CONNECT, FetchError, RemoteFile, asked, fetch_file
from handler.models.manifest import Facts
from handler.models.sources import REMEDY, ModelPart
from handler.settings import Settings

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

logger = logging.getLogger(__name__)

RUNPOD_CACHE = Path("/runpod-volume/huggingface-cache/hub")
"""Where RunPod puts an endpoint's cached model, in the hub's own layout."""


@dataclass(frozen=True)
class HubModel:
    """Files of a repository on the hub.

    ``needed`` and ``optional`` are patterns of names; of alternatives such as ``model.safetensors|pytorch_model.bin``
    the first that any file fits is taken. ``revision``: the commit to fetch; without one the newest. ``known``: what
    files must be, whatever the hub says. ``by_hand``: a folder of MODELS_DIR that is looked into first.
    """

    repository: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    revision: str = ""
    known: tuple[tuple[str, Facts], ...] = ()
    by_hand: str = ""
    remedy: str = REMEDY
    caches: tuple[Path, ...] | None = None
    """Folders in the hub's layout; None: RunPod's and the settings'."""

    place = "the Hugging Face hub"

    @property
    def name(self) -> str:
        single = len(self.needed) == 1 and not self.optional
        return f"{self.needed[0].rpartition('/')[2]} of {self.repository}" if single else self.repository

    @property
    def size(self) -> int:
        return sum(facts.size for _, facts in self.known)

    def find(self, settings: Settings) -> Path | None:
        return next(filter(self.whole, self._folders(settings)), None)

    def whole(self, folder: Path) -> bool:
        """Whether a folder has all that is needed, each in its size: a download that was cut off has some only."""
        parts = self._parts(folder)
        there = [part.name for part in parts if not manifest.problem(part.path, part.facts, deep=False)]
        return len(there) == len(parts) and all(select(there, [pattern]) for pattern in self.needed)

    def parts(self, settings: Settings) -> list[ModelPart]:
        folders = [folder for folder in self._folders(settings) if self._parts(folder)]
        best = next(filter(self.whole, folders), folders[0] if folders else None)
        return self._parts(best) if best else []

    def owners(self, settings: Settings) -> Path:
        return self._home(settings.hub_cache) / ".owners"

    def fetch(self, settings: Settings, alive: Callable[[], None]) -> None:
        home = self._home(settings.hub_cache)
        commit, files = self._listing(home)
        snapshot = home / "snapshots" / commit
        manifest.add(_manifest(snapshot), {name: remote.facts for name, remote in files.items()})
        if not self.revision:
            # At the beginning: should this end early, the next one goes on with the same commit.
            (home / "refs").mkdir(exist_ok=True)
            (home / "refs" / "main").write_text(commit, "ascii")
        # The smallest first: with the weights, all is there.
        for name, remote in sorted(files.items(), key=lambda file: file[1].facts.size):
            if manifest.problem(snapshot / name, remote.facts, deep=False):
                logger.info("fetching %s of %s, %.0f MB", name, self.repository, remote.facts.size / 1e6)
                # As the hub's client calls it: what that one has begun is gone on with.
                content = remote.facts.sha256 or remote.facts.git or hashlib.sha256(name.encode()).hexdigest()[:16]
                partial = home / "blobs" / f"{content}.incomplete"
                manifest.add(_manifest(snapshot), {name: fetch_file(remote, partial, snapshot / name, alive)})

    def _home(self, cache: Path) -> Path:
        return cache / f"models--{self.repository.replace('/', '--')}"

    def _folders(self, settings: Settings) -> Iterator[Path]:
        """Folders that may hold it: the one by hand, then snapshots, the wanted commit's or the main branch's first."""
        if self.by_hand:
            yield settings.models_dir / self.by_hand
        for cache in self.caches or (RUNPOD_CACHE, settings.hub_cache):
            home = self._home(cache)
            others = sorted(path.name for path in (home / "snapshots").glob("*"))
            yield from (home / "snapshots" / name for name in dict.fromkeys([*self._wanted(home), *others]))

    def _wanted(self, home: Path) -> list[str]:
        main = home / "refs" / "main"
        return [self.revision] if self.revision else [main.read_text("ascii").strip()] if main.is_file() else []

    def _parts(self, folder: Path) -> list[ModelPart]:
        """The files of a folder that are its own, there or listed, with what is known of each."""
        listed = manifest.read(_manifest(folder)) if folder.parent.name == "snapshots" else {}
        there = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
        names = [*select(dict.fromkeys([*there, *listed]), (*self.needed, *self.optional))]
        for index in [name for name in names if name.endswith(".index.json")]:
            names += [name for name in _shards(folder / index) if name not in names]
        known = dict(self.known) if folder.parent.name == "snapshots" else {}
        return [
            ModelPart(name, folder / name, known.get(name) or listed.get(name) or manifest.of_blob(folder / name))
            for name in names
        ]

    def _listing(self, home: Path) -> tuple[str, dict[str, RemoteFile]]:
        """The commit to fetch and its files that are wanted, with what the hub says of them."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

        seen = self._seen(home)
        headers = build_hf_headers()
        listed = {file.rfilename: file for file in seen.siblings or ()}
        if lacking := [pattern for pattern in self.needed if not select(listed, [pattern])]:
            raise FetchError(f"the repository has no {' and no '.join(lacking)}")
        files = {}
        for name in select(listed, (*self.needed, *self.optional)):
            file = listed[name]
            facts = dict(self.known).get(name) or Facts(
                file.size or 0, *((file.lfs.sha256, "") if file.lfs else ("", file.blob_id or ""))
            )
            address = hf_hub_url(self.repository, name, revision=seen.sha)
            files[name] = RemoteFile(address, facts, dict(headers))
        return str(seen.sha), files

    def _seen(self, home: Path) -> ModelInfo:
        """What the hub says of the commit: of one begun before, for if the repository moved on meanwhile, another one
        would make a snapshot of two halves."""
        from huggingface_hub import HfApi
        from huggingface_hub.errors import RevisionNotFoundError

        begun = next((commit for commit in self._wanted(home) if self.revision or _begun(home, commit)), None)

        def info(revision: str | None) -> ModelInfo:
            return HfApi().model_info(self.repository, revision=revision, files_metadata=True, timeout=CONNECT)

        try:
            return asked(lambda: info(begun))
        except FetchError as error:
            if self.revision or not isinstance(error.__cause__, RevisionNotFoundError):
                raise
            return asked(lambda: info(None))


def _manifest(snapshot: Path) -> Path:
    return snapshot.parent.parent / "manifests" / f"{snapshot.name}.json"


def _begun(home: Path, commit: str) -> bool:
    return _manifest(home / "snapshots" / commit).is_file()


def _shards(index: Path) -> list[str]:
    """The files that weights in several files are made of."""
    try:
        return sorted({str(name) for name in json.loads(index.read_text("utf-8"))["weight_map"].values()})
    except (OSError, ValueError, KeyError, AttributeError):
        # Not there yet, or not to be read; whoever loads the model says so.
        return []


def select(names: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """The names that fit: of each pattern's alternatives the first that any name fits. ``*`` ends at a slash."""
    names = list(names)
    chosen: dict[str, None] = {}
    for pattern in patterns:
        for alternative in pattern.split("|"):
            deep = alternative.count("/")
            if fits := [name for name in names if name.count("/") == deep and fnmatchcase(name, alternative)]:
                chosen.update(dict.fromkeys(fits))
                break
    return list(chosen)
