"""Models of the Hugging Face hub.

The cache of huggingface_hub has a folder for each snapshot, with links to a folder of blobs. This module writes the
files themselves into the snapshots: huggingface_hub reads them too, and the file system needs no links.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from handler.models import manifest
from handler.models.download import CONNECT_TIMEOUT_S, FetchError, RemoteFile, fetch_file, retry_if_busy
from handler.models.manifest import FileInfo
from handler.models.sources import REMEDY, LocalFile
from handler.settings import Settings

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

logger = logging.getLogger(__name__)

# RunPod stores an endpoint's cached model here, in the layout of huggingface_hub.
RUNPOD_CACHE = Path("/runpod-volume/huggingface-cache/hub")


@dataclass(frozen=True)
class HubModel:
    """Files of a repository on the hub.

    ``needed`` and ``optional`` are patterns of names. Of alternatives such as ``model.safetensors|pytorch_model.bin``
    the first one that matches any file is used. ``revision`` is the commit to fetch; the newest if empty. Complete
    files of another commit on this disk are used as well, unless ``pinned``. ``known`` files must match it, whatever
    the hub lists. ``by_hand`` is a folder of MODELS_DIR that is searched first, and ``caches`` are folders in the
    hub's layout; None: RunPod's and the one of the settings.
    """

    repository: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    revision: str = ""
    pinned: bool = False
    known: tuple[tuple[str, FileInfo], ...] = ()
    by_hand: str = ""
    remedy: str = REMEDY
    caches: tuple[Path, ...] | None = None

    site = "the Hugging Face hub"

    @property
    def name(self) -> str:
        single = len(self.needed) == 1 and not self.optional
        return f"{self.needed[0].rpartition('/')[2]} of {self.repository}" if single else self.repository

    @property
    def size(self) -> int:
        return sum(info.size for _, info in self.known)

    def find(self, settings: Settings) -> Path | None:
        return next(filter(self.is_complete, self._folders(settings)), None)

    def is_complete(self, folder: Path) -> bool:
        """Whether a folder has every needed file in its size; after an interrupted download it has some of them."""
        files = self._files(folder)
        good = [file.name for file in files if not file.problem()]
        return len(good) == len(files) and all(select(good, [pattern]) for pattern in self.needed)

    def files(self, settings: Settings) -> list[LocalFile]:
        candidates = [files for folder in self._folders(settings) if (files := self._files(folder))]
        complete = self.find(settings)
        return self._files(complete) if complete else candidates[0] if candidates else []

    def lock_folder(self, settings: Settings) -> Path:
        return self._home(settings.hub_cache) / ".owners"

    def fetch(self, settings: Settings, heartbeat: Callable[[], None]) -> None:
        home = self._home(settings.hub_cache)
        commit, files = self._list_remote(home)
        snapshot = home / "snapshots" / commit
        manifest.add(_manifest(snapshot), {name: remote.info for name, remote in files.items()})
        if not self.revision:
            # Before the download: if it is interrupted, the next one continues with the same commit.
            (home / "refs").mkdir(exist_ok=True)
            (home / "refs" / "main").write_text(commit, "ascii")
        # The smallest first: once the weights are there, everything is.
        for name, remote in sorted(files.items(), key=lambda file: file[1].info.size):
            if manifest.problem(snapshot / name, remote.info, deep=False):
                logger.info("fetching %s of %s, %.0f MB", name, self.repository, remote.info.size / 1e6)
                # Named as huggingface_hub names it, so that a download of that client is continued.
                blob = remote.info.sha256 or remote.info.git or hashlib.sha256(name.encode()).hexdigest()[:16]
                incomplete = home / "blobs" / f"{blob}.incomplete"
                manifest.add(_manifest(snapshot), {name: fetch_file(remote, incomplete, snapshot / name, heartbeat)})

    def _home(self, cache: Path) -> Path:
        return cache / f"models--{self.repository.replace('/', '--')}"

    def _folders(self, settings: Settings) -> Iterator[Path]:
        """Folders that may hold the model: ``by_hand``, then each cache's snapshots, the preferred commit first."""
        if self.by_hand:
            yield settings.models_dir / self.by_hand
        for cache in self.caches or (RUNPOD_CACHE, settings.hub_cache):
            home = self._home(cache)
            others = [] if self.pinned else sorted(path.name for path in (home / "snapshots").glob("*"))
            yield from (home / "snapshots" / name for name in dict.fromkeys([*self._preferred(home), *others]))

    def _preferred(self, home: Path) -> list[str]:
        """The pinned commit, else the known one of the main branch, else none."""
        main = home / "refs" / "main"
        return [self.revision] if self.revision else [main.read_text("ascii").strip()] if main.is_file() else []

    def _files(self, folder: Path) -> list[LocalFile]:
        """The model's files that exist in a folder or are listed in its manifest, with what is known of each."""
        is_snapshot = folder.parent.name == "snapshots"
        listed = manifest.read(_manifest(folder)) if is_snapshot else {}
        known = listed | dict(self.known) if is_snapshot else {}
        existing = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
        names = select(dict.fromkeys([*existing, *listed]), (*self.needed, *self.optional))
        for index in [name for name in names if name.endswith(".index.json")]:
            names += [name for name in _shards(folder / index) if name not in names]
        return [LocalFile(name, folder / name, known.get(name) or manifest.of_blob(folder / name)) for name in names]

    def _list_remote(self, home: Path) -> tuple[str, dict[str, RemoteFile]]:
        """The commit to fetch, and its matching files by name, with sizes and checksums by the hub."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

        repository = self._repository_info(home)
        listed = {file.rfilename: file for file in repository.siblings or ()}
        if lacking := [pattern for pattern in self.needed if not select(listed, [pattern])]:
            raise FetchError(f"the repository has no {' and no '.join(lacking)}")
        headers, files = build_hf_headers(), {}
        for name in select(listed, (*self.needed, *self.optional)):
            file = listed[name]
            checksums = (file.lfs.sha256, "") if file.lfs else ("", file.blob_id or "")
            info = dict(self.known).get(name) or FileInfo(file.size or 0, *checksums)
            files[name] = RemoteFile(hf_hub_url(self.repository, name, revision=repository.sha), info, dict(headers))
        return str(repository.sha), files

    def _repository_info(self, home: Path) -> ModelInfo:
        """The hub's list of the pinned commit, else of the commit of an interrupted download, else of the newest."""
        from huggingface_hub import HfApi
        from huggingface_hub.errors import RevisionNotFoundError

        def info(revision: str | None) -> ModelInfo:
            ask = partial(HfApi().model_info, revision=revision, files_metadata=True, timeout=CONNECT_TIMEOUT_S)
            return retry_if_busy(lambda: ask(self.repository))

        begun = (commit for commit in self._preferred(home) if _manifest(home / "snapshots" / commit).is_file())
        try:
            return info(self.revision or next(begun, None))
        except FetchError as error:
            if self.revision or not isinstance(error.__cause__, RevisionNotFoundError):
                raise
            return info(None)


def _manifest(snapshot: Path) -> Path:
    return snapshot.parent.parent / "manifests" / f"{snapshot.name}.json"


def _shards(index: Path) -> list[str]:
    """The files that an index of split weights names."""
    try:
        return sorted({str(name) for name in json.loads(index.read_text("utf-8"))["weight_map"].values()})
    except (OSError, ValueError, KeyError, AttributeError):
        # It is missing so far, or invalid, which the library that loads the model reports.
        return []


def select(names: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """The names that match: of each pattern's alternatives the first that matches any. ``*`` ends at a slash."""
    names = list(names)
    chosen: dict[str, None] = {}
    for pattern in patterns:
        for alternative in pattern.split("|"):
            depth = alternative.count("/")
            if matches := [name for name in names if name.count("/") == depth and fnmatchcase(name, alternative)]:
                chosen.update(dict.fromkeys(matches))
                break
    return list(chosen)
