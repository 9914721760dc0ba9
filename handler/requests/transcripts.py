"""The fields of every request whose recording may come without a text: then the worker writes down what it says."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handler.requests.fields import AUTO, JobInput

MAX_PROMPT_CHARS = 1000  # Whisper reads no more than the last 223 tokens

Prompt = Annotated[str, Field(max_length=MAX_PROMPT_CHARS)]


class TranscriptFields(JobInput):
    """What the worker is told about a transcript that it makes."""

    prompt: Prompt | None = Field(
        None,
        description="Without a text: names and spellings that the recording has, such as `Nguyen, Kubernetes`, which"
        " the transcript is to have.",
    )
    transcript: bool = Field(False, description="Without a text: also keep what was written down as a text file.")

    def check_transcript(self, known: str | None) -> None:
        """Raise ValueError where a field is about a transcript, and ``known`` brings the words."""
        asked = [name for name in ("prompt", "transcript") if getattr(self, name)]
        if asked and known:
            what = "are" if len(asked) > 1 else "is"
            message = f"{what} for a recording that the worker writes down, and {known} brings its words; leave one out"
            raise ValueError(f"{' and '.join(asked)} {message}")


def named_language(request: JobInput, language: str) -> str | None:
    """The ``language`` that the request names; None for none, or AUTO: then it is heard."""
    return language if "language" in request.model_fields_set and language != AUTO else None
