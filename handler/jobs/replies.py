"""A finished job as its client sees it: its result, with URLs that are signed when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handler.protocols import Store
from handler.types import JobRecord, Output


def signed_url(store: Store, output: Output, expires_in: int) -> str:
    """A URL of an output that names the file as the bucket does."""
    return store.presign_get(
        output.key, expires_in, media_type=output.media_type, filename=output.key.rsplit("/", 1)[-1]
    )


def reply(record: JobRecord, store: Store, expires_in: int) -> dict[str, Any]:
    """A finished job as its client sees it, with freshly signed URLs.

    Outputs are named ``audio``, ``video``, ``transcript``, ``timing.{format}``, ``font.{family}`` and, of a voice,
    ``preview``; of a book, ``book``, and ``chapter.{number}.audio`` and ``chapter.{number}.timing.{format}``.
    """
    result = record.result | {"metrics": record.metrics, "warnings": record.warnings}
    urls = {name: signed_url(store, output, expires_in) for name, output in record.outputs.items()}
    for name in ("audio", "video", "transcript", "book"):
        if name in urls:
            result[f"{name}_url"] = urls[name]
    if "timing_files" in result:
        result["timing_files"] = _below("timing.", urls)
    if "chapters" in result:
        result["chapters"] = [chapter | _chapter_urls(chapter, urls) for chapter in result["chapters"]]
    if "preview" in urls:
        result["voice"] = result["voice"] | {"preview_url": urls["preview"]}
    if fonts := _below("font.", urls):
        result["fonts"] = [{"family": family, "url": url} for family, url in fonts.items()]
    return result


def _chapter_urls(chapter: Mapping[str, Any], urls: Mapping[str, str]) -> dict[str, Any]:
    prefix = f"chapter.{chapter['number']}."
    return {"audio_url": urls.get(f"{prefix}audio"), "timing_files": _below(f"{prefix}timing.", urls)}


def _below(prefix: str, urls: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(prefix): url for name, url in urls.items() if name.startswith(prefix)}
