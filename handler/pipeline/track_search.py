"""Find the audio track that says a text: the default one, else another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from handler.errors import Cancelled, JobTimeout, WorkerError
from handler.jobs import Job
from handler.media.tracks import MAX_TRIED


class Decoded(Protocol):
    """A sound, the number of its track, and those of the tracks to try next."""

    @property
    def track(self) -> int: ...

    @property
    def others(self) -> tuple[int, ...]: ...


S = TypeVar("S", bound=Decoded)
R = TypeVar("R")


def search(
    track: int | str | None,
    decode: Callable[[int | str | None], AbstractContextManager[S]],
    use: Callable[[S], R],
    is_wrong_track: Callable[[WorkerError], bool],
    job: Job,
) -> R:
    """Return what ``use`` makes of the first track of a file with which it does not fail, of MAX_TRIED at most.

    ``decode`` gets the requested ``track``, then each of the others. Others are tried only after an error that
    ``is_wrong_track``; if all fail, that first error is raised. Another track costs a warning.
    """
    first: WorkerError | None = None
    left = [track]
    for _ in range(MAX_TRIED):
        if not left:
            break
        try:
            with decode(left.pop(0)) as sound:
                left += sound.others if first is None else ()
                result = use(sound)
        except (Cancelled, JobTimeout):
            raise
        except WorkerError as error:
            if first is None and not is_wrong_track(error):
                raise
            first = first or error
            continue
        if first is not None:
            found = f"the text is said in audio track {sound.track}, not in the default one, and was taken from there"
            job.warn("audio_track_chosen", f"{found}; send audio_track: {sound.track}")
        return result
    raise first or AssertionError("one track is always tried")
