"""Match a text with sound that says it, or nearly so: where each word is, what is not spoken, what is not in the text.

`match` is the one entry for the clip of a voice, an hour of audio and the sound of a video; `align` adds the fallback
from one method to the next and the warnings for a client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from handler.alignment import boundaries, fallback, word_times
from handler.alignment.best import BestOfTwo
from handler.alignment.evidence import Match, Passage, Times, any_found, confidences, spoken_length, unlikely_runs
from handler.alignment.joined_match import joined
from handler.alignment.prober import Prober
from handler.alignment.readings import Readings
from handler.alignment.retakes import Retakes
from handler.alignment.spans import without
from handler.alignment.thresholds import THRESHOLDS
from handler.alignment.windows import WindowedAligner
from handler.backends import Registry
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignmentError, Cancelled, JobTimeout, quoted
from handler.media import audio
from handler.media.recording import Recording
from handler.protocols import Aligner, PrefixAligner
from handler.settings import BEST
from handler.types import JobWarning, Token, WordTime

__all__ = ["Aligned", "Match", "align", "match"]

MAX_WHOLE_S = 1800.0  # longest recording for an aligner without prefixes, which gets it all at once
MAX_WHOLE_WORDS = 12_000  # its longest text: each word is compared with each word of the transcript
_WINDOWS, _RETAKES, _READINGS = (0.0, 0.8), (0.8, 0.95), (0.95, 1.0)
"""Of the time that a recording with some retakes takes, the share at which each step begins, and at which it ends."""

NONE_FOUND = "none of the text's words were found in the audio; check that text and audio belong together"


@dataclass(frozen=True)
class Aligned:
    """Every word's time in a recording, and the warnings for the client."""

    timing: word_times.Timing
    warnings: tuple[JobWarning, ...]


def match(
    sound: Recording,
    tokens: Sequence[Token],
    language: str,
    aligner: Aligner,
    *,
    last_takes: bool = True,
    progress: Callable[[float], None] = lambda _: None,
    cancellation: Cancellation = NEVER,
) -> Match:
    """Match a text with a recording. ``progress`` gets the seconds that are done.

    What the recording says more often than the text is where it is said last or, without ``last_takes``, anywhere.
    A recogniser, which has no prefixes, gets the recording at once. Raises what the aligner raises.
    """
    if isinstance(aligner, PrefixAligner):
        prober = Prober(aligner, sound, tokens, language, progress=progress, cancellation=cancellation)
        windows = WindowedAligner(prober)
        prober.begin(*_WINDOWS)
        windows.run()
        prober.begin(*_RETAKES)
        retakes = Retakes(prober, windows.times, windows.untranscribed)
        if last_takes:
            retakes.run()
        times, skipped, untranscribed = windows.times, windows.unspoken, windows.untranscribed
        earlier = retakes.earlier
        prober.begin(*_READINGS)
        Readings(prober, tokens, language, times, skipped, untranscribed, earlier).run()
    else:
        cancellation.check()
        progress(0.0)
        times, untranscribed = _at_once(sound, tokens, language, aligner, cancellation)
        skipped, earlier = [], []
    unspoken = tuple(_unspoken(times, tokens, skipped))
    settled = boundaries.settled_recording(sound, times, cancellation.check)
    return Match(tuple(settled), unspoken, tuple(untranscribed), tuple(earlier))


def align(
    recording: Recording,
    tokens: Sequence[Token],
    language: str,
    methods: tuple[str | None, Sequence[str]],
    aligners: Registry[Aligner],
    *,
    strict: bool = False,
    heard: bool = False,
    progress: Callable[[float], None] = lambda _: None,
    cancellation: Cancellation = NEVER,
) -> Aligned:
    """The time of every word of a text in a recording, by the first method that works.

    ``methods`` are the requested one (None: none) and the configured ones, ``strict`` allows the first alone; ``heard``
    says that the worker wrote the text: sound that it lacks is music, say, and costs no warning;
    ``progress`` gets the seconds that are done, and may raise. Words that were not found are placed
    between their neighbours, with a warning that names the first. Raises AlignmentError when no method worked, or none
    found any of the words.
    """
    order = fallback.FallbackOrder(*methods, strict=strict)
    best = BestOfTwo(aligners, methods[1], strict=strict)
    none_found: AlignmentError | None = None

    def by(method: str, progress: Callable[[float], None] = progress) -> Match:
        nonlocal none_found
        if method == fallback.ENGINE:
            raise AlignmentError("a recording has no engine's word times")
        if method == BEST:
            found = _by_two(by, best, recording, language, progress, cancellation)
        else:
            aligner = aligners.get(method, language)
            fallback.make_ready(aligner, language, cancellation)
            found = match(recording, tokens, language, aligner, progress=progress, cancellation=cancellation)
        if not any_found(found.times):
            raise (none_found := AlignmentError(NONE_FOUND))
        return found

    while order.method is not None:
        try:
            found = by(order.method)
        except (Cancelled, JobTimeout):
            raise
        except Exception as error:  # noqa: BLE001 - another method may work: `skip` logs it
            order.skip(error, best.vain)
            continue
        words = word_times.words(tokens, _cut_doubtful(found.times), 0.0, recording.duration)
        timing = word_times.Timing(words, best.name if order.method == BEST else order.method)
        found = replace(found, untranscribed=(), earlier_takes=()) if heard else found
        alone = best.warnings if order.method == BEST else ()
        return Aligned(timing, (*order.skipped, *alone, *_differences(found, tokens), *timing.warnings))
    # Missing words say more than why other methods failed.
    raise none_found or order.exhausted()


def _by_two(
    by: Callable[[str, Callable[[float], None]], Match],
    best: BestOfTwo,
    recording: Recording,
    language: str,
    progress: Callable[[float], None],
    cancellation: Cancellation,
) -> Match:
    """What two aligners find, one after the other, as one; ``by`` matches with the aligner of a name."""
    asked = count()

    def in_turn(name: str) -> Match:
        done = next(asked) * recording.duration
        return by(name, lambda seconds: progress(min(recording.duration, (done + seconds) / 2)))

    return joined(best.ask(language, in_turn, cancellation))


def _at_once(
    sound: Recording, tokens: Sequence[Token], language: str, aligner: Aligner, cancellation: Cancellation
) -> tuple[list[WordTime | None], list[tuple[float, float]]]:
    """The times of all words; what the text lacks only in sound of one window, where its level can be judged."""
    if sound.duration > MAX_WHOLE_S:
        raise AlignmentError(f"{aligner.name} takes recordings of at most {MAX_WHOLE_S / 60:g} minutes")
    words = [word for token in tokens for word in token.spoken]
    if len(words) > MAX_WHOLE_WORDS:
        raise AlignmentError(f"{aligner.name} takes texts of at most {MAX_WHOLE_WORDS} words")
    samples = sound.read(0, sound.length)
    times = list(cancellation.run(aligner.align, samples, sound.sample_rate, words, language))
    if len(times) != len(words):
        raise AlignmentError(f"it gave {len(times)} times for {len(words)} words")
    if sound.duration > THRESHOLDS.window_s:
        return times, []
    passage = Passage(samples, sound.sample_rate, times, exhausted=True)
    return times, [(start, end) for _, start, end in passage.gaps()]


def _cut_doubtful(times: Sequence[WordTime | None]) -> Times:
    """The times with doubtful words cut to what a guess may last: an aligner stretches words that are not there."""
    return [
        replace(time, end=min(time.end, time.start + word_times.MAX_GUESSED_WORD_S))
        if time and time.confidence < THRESHOLDS.missing
        else time
        for time in times
    ]


def _unspoken(
    times: Sequence[WordTime | None], tokens: Sequence[Token], skipped: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The ranges of words that were skipped, or are so unlikely that nobody should believe their times."""
    values = confidences(times)
    doubtful = values < THRESHOLDS.missing
    unspoken = np.zeros(len(values), np.bool_)
    for start, end in skipped:
        unspoken[start:end] = True
    for start, end in unlikely_runs(values, min(THRESHOLDS.run_words, len(values)), THRESHOLDS.missing):
        unspoken[start:end] |= doubtful[start:end]
    # Greetings and thanks that nobody says: single right words are as unlikely, unless they are too short as well.
    words = [word for token in tokens for word in token.spoken]
    for edge in (slice(None), slice(None, None, -1)):
        count = int(np.cumprod(doubtful[edge]).sum())
        enough = count >= THRESHOLDS.edge_words or (count == 1 and _too_short(times[edge][0], words[edge][0]))
        if enough and values[edge][:count].mean() < THRESHOLDS.edge_confidence:
            unspoken[edge][:count] = True
    yield from audio.runs(unspoken)


def _too_short(time: WordTime | None, word: str) -> bool:
    """Whether a word was squeezed into less time than anyone needs for it."""
    return time is not None and spoken_length(word) > THRESHOLDS.max_chars_per_s * (time.end - time.start)


def _differences(found: Match, tokens: Sequence[Token]) -> Iterator[JobWarning]:
    """Where text and audio do not belong together, for the client."""
    if missing := _missing(found, tokens):
        message = (
            f"{len(missing)} of the text's {len(tokens)} words were not found in the audio, the first is "
            f"{quoted(missing[0].shown)} (character {missing[0].start_char}); their times are estimates"
        )
        yield JobWarning("text_and_audio_differ", message)
    others = without(found.untranscribed, found.earlier_takes)
    unknown = [(start, end) for start, end in others if end - start > THRESHOLDS.max_gap_s]
    if unknown:
        message = f"the audio {_first_of(unknown)} is not in the text{_others_of(unknown, 'nor')}"
        yield JobWarning("text_and_audio_differ", message)
    if found.earlier_takes:
        message = (
            f"the audio {_first_of(found.earlier_takes)} is an earlier take of what follows it"
            f"{_others_of(found.earlier_takes, 'as')}; the words have the times of the last take"
        )
        yield JobWarning("text_and_audio_differ", message)


def _first_of(spans: Sequence[tuple[float, float]]) -> str:
    start, end = spans[0]
    return f"from {start:.1f} s to {end:.1f} s"


def _others_of(spans: Sequence[tuple[float, float]], joint: str) -> str:
    """The other spans after a joint; nothing if there are none."""
    count = len(spans) - 1
    return f", {joint} {'is one other passage' if count == 1 else f'are {count} other passages'}" if count else ""


def _missing(found: Match, tokens: Sequence[Token]) -> list[Token]:
    """The tokens of which no word is spoken."""
    unspoken = found.unspoken_words
    missing, at = [], 0
    for token in tokens:
        if unspoken.issuperset(range(at, at + len(token.spoken))):
            missing.append(token)
        at += len(token.spoken)
    return missing
