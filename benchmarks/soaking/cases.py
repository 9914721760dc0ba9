"""The jobs of a soak: what clients send, in a seeded mix, and how each of them must end."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MARKER = "Quibblewick"
"""A word that stands in every script, and so in no line of a log."""

SENTENCES = (
    f"{MARKER} paid $1,234.56 for 3 lazy dogs, and never looked back.",
    f"On the 21st of June, {MARKER} walked home along the river.",
    f"It was {MARKER} who asked for 2.5 kg of apples!",
    f"Why would {MARKER} do that? Nobody knows; it is an old story.",
    f"The train of {MARKER} leaves at 7:45, from platform 9.",
)
LENGTHS = (1, 1, 2, 3, 5, 10, 25)
"""Sentences of a script, one length as often as another."""

AUDIO = ("wav", "mp3", "flac", "ogg", "opus", "m4a")
TIMINGS = ("srt", "vtt", "csv", "json", "ass", "textgrid", "remotion")
STYLES = ("word", "box", "classic", "karaoke", "highlight")

COMPLETED, CANCELLED = "completed", "cancelled"


@dataclass(frozen=True)
class Case:
    """A job: its input, how it may end (COMPLETED, CANCELLED or codes of errors), and what happens to it."""

    name: str
    kind: str
    fields: Mapping[str, Any]
    ends: frozenset[str] = frozenset({COMPLETED})
    cancelled: bool = False
    """Whether its client cancels it while it runs."""
    delivered_twice: bool = False
    """Whether the queue gives it to a second worker while the first has it."""


@dataclass(frozen=True)
class Spoken:
    """A job that has ended with speech, for those about it."""

    job_id: str
    text: str
    duration: float
    audio_url: str


Make = Callable[[random.Random, Sequence[Spoken]], dict[str, Any]]


def _script(rng: random.Random, longest: int = max(LENGTHS)) -> str:
    count = min(rng.choice(LENGTHS), longest)
    return " ".join(rng.choice(SENTENCES) for _ in range(count))


def _generate(rng: random.Random, _: Sequence[Spoken]) -> dict[str, Any]:
    fields: dict[str, Any] = {"text": _script(rng), "audio_format": rng.choice(AUDIO)}
    if rng.random() < 0.9:
        fields["timing_format"] = rng.sample(TIMINGS, rng.randint(1, len(TIMINGS)))
        fields["caption_style"] = rng.choice(STYLES)
    for chance, more in (
        (0.3, {"seed": rng.randrange(1000)}),
        (0.2, {"loudness": -16.0}),
        (0.2, {"sample_rate": 48_000}),
        (0.1, {"speed": 1.3}),
        (0.1, {"chunk_urls": True}),
    ):
        if rng.random() < chance:
            fields |= more
    return fields


def _upload(rng: random.Random, spoken: Sequence[Spoken]) -> dict[str, Any]:
    long = [each for each in spoken if 4 <= each.duration <= 20]
    return {"endpoint": "upload", "voice_name": f"voice{rng.randrange(10**9)}", "job_id": rng.choice(long).job_id}


def _align(rng: random.Random, spoken: Sequence[Spoken]) -> dict[str, Any]:
    one = rng.choice([each for each in spoken if each.duration <= 20])
    return {"endpoint": "align", "job_id": one.job_id, "timing_format": rng.sample(TIMINGS, 2)}


def _align_a_link(rng: random.Random, spoken: Sequence[Spoken]) -> dict[str, Any]:
    one = rng.choice([each for each in spoken if each.duration <= 20])
    return {"endpoint": "align", "audio_url": one.audio_url, "text": one.text, "timing_format": ["json", "srt"]}


def _captions(rng: random.Random, spoken: Sequence[Spoken]) -> dict[str, Any]:
    style = rng.choice(STYLES)
    return {"endpoint": "captions", "job_id": rng.choice(spoken).job_id, "timing_format": "vtt", "caption_style": style}


def _about(endpoint: str) -> Make:
    return lambda rng, spoken: {"endpoint": endpoint, "job_id": rng.choice(spoken).job_id}


def _convert(rng: random.Random, spoken: Sequence[Spoken]) -> dict[str, Any]:
    # Refused before its model is loaded, which would be half of a worker's memory from then on.
    return {"endpoint": "convert", "job_id": rng.choice(spoken).job_id}


def _hostile(rng: random.Random, _: Sequence[Spoken]) -> dict[str, Any]:
    return dict(rng.choice(HOSTILE))


def _long(rng: random.Random, _: Sequence[Spoken]) -> dict[str, Any]:
    # Stretched, so that it surely runs when it is cancelled.
    return {"text": " ".join(rng.choice(SENTENCES) for _ in range(80)), "speed": 0.3, "timing_format": "srt"}


def _nested(levels: int) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for _ in range(levels):
        nested = {"a": nested}
    return nested


HOSTILE: tuple[dict[str, Any], ...] = (
    {"text": ""},
    {"text": f"{MARKER} \ud800"},
    {"text": _nested(900)},
    {"text": f"Hello {MARKER}.", "speed": 9},
    {"text": f"Hello {MARKER}.", "language": "x" * 60},
    {"text": f"Hello {MARKER}.", "voice": "nobody"},
    {"text": f"Hello {MARKER}.", "audio_format": "exe"},
    {"text": f"Hello {MARKER}.", "a\n\u2028b": 1},
    {"endpoint": "nonsense\x85"},
    {"endpoint": "align", "audio_url": "http://169.254.169.254/latest", "text": MARKER},
    {"endpoint": "align", "audio_url": "file:///etc/passwd", "text": MARKER},
    {"endpoint": "download", "job_id": "never-was"},
    {"endpoint": "upload", "voice_name": "../x", "job_id": "never-was"},
)


@dataclass(frozen=True)
class Kind:
    """A kind of job: how often it comes, what makes its input, and how it may end."""

    share: int
    make: Make
    ends: frozenset[str] = frozenset({COMPLETED})
    needs_speech: bool = True
    """Whether it is about an earlier job."""


KINDS = {
    "generate": Kind(50, _generate, needs_speech=False),
    "upload": Kind(2, _upload),
    "align": Kind(3, _align),
    "align_link": Kind(2, _align_a_link),
    "captions": Kind(6, _captions),
    "download": Kind(6, _about("download")),
    "status": Kind(6, _about("status")),
    "layout": Kind(3, _about("layout")),
    "convert": Kind(2, _convert, frozenset({"bad_request"})),
    "hostile": Kind(15, _hostile, frozenset({"bad_request", "not_found"}), needs_speech=False),
    "cancel": Kind(5, _long, frozenset({COMPLETED, CANCELLED}), needs_speech=False),
}

TWICE = 0.15
"""Share of the jobs that make speech which are delivered twice."""


def make(number: int, seed: int, spoken: Sequence[Spoken]) -> Case:
    """The case of this number; what it is about is one of the jobs that have ended with speech."""
    rng = random.Random(f"{seed} {number}")
    kind = rng.choices(tuple(KINDS), [each.share for each in KINDS.values()])[0]
    fits = any(4 <= each.duration <= 20 for each in spoken)
    if KINDS[kind].needs_speech and not fits:
        kind = "generate"
    fields, twice = KINDS[kind].make(rng, spoken), rng.random() < TWICE
    return Case(f"{kind}-{number}", kind, fields, KINDS[kind].ends, kind == "cancel", kind == "generate" and twice)
