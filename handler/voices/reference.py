"""Make the clip that engines hear from a recording and its transcript: trimmed, cut at a pause, levelled, 24 kHz."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from handler.alignment.evidence import Times, last_end, spoken_length
from handler.alignment.thresholds import THRESHOLDS
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignerFailed, AlignmentError, BadReference
from handler.media import audio
from handler.media.decode import Sound
from handler.media.edges import Edge, edges
from handler.media.levels import FRAME_S, MIN_SOUND_S, Levels, measure, remove_dc
from handler.media.recording import Recording
from handler.protocols import Aligner
from handler.text.punctuation import SENTENCE_ENDS, end_with_mark
from handler.types import JobWarning, Samples
from handler.voices import half_words, transcript
from handler.voices.half_words import Fitted
from handler.voices.transcript import MAX_CLIP_S, MAX_QUOTED_WORDS, Script, TranscriptMismatch

logger = logging.getLogger(__name__)

SAMPLE_RATE = 24_000
NOT_COMPARED = "clip_not_compared"  # warning code: no aligner was available to check clip and text

LEAD_S, TAIL_S = 0.15, 0.2  # quiet before and after the words: engines continue a clip that ends at once
_BEYOND_S, _MAX_ALIGNED_S = 3.0, 30.0  # aligned beyond MAX_CLIP_S, to know the words across it, and in all
_PREFERRED_S = 4.0  # a shorter clip is made only if it cannot be cut later

# Seconds of clip that a cut is worth: after a sentence, after a comma, per second of pause, without a pause.
_SENTENCE_WORTH, _CLAUSE_WORTH, _PAUSE_WORTH, _FLOWING_COST = 4.0, 2.0, 8.0, 6.0
_NO_PAUSE_S, _LONG_PAUSE_S = 0.06, 0.4  # words flow into each other below; a longer pause is worth no more
_MAX_CUTS = 6  # cuts that are tried before the clip is refused

# Loud sound between two words of a clip that was cut, and after its last one: engines speak what the text lacks.
_MAX_HOLE_S, _MAX_AFTER_S = 0.2, 0.1
# Speech after the last word: from the first on a short clip is refused, from the second on, or from _MAX_AFTER_S of
# loud sound on, it is cut there.
_MAX_UNTRANSCRIBED_S, _LEFT_OVER_S = 5.0, 0.4
# Last words before other speech that may be too late; a right one lasts so many times its usual duration, and seconds.
_UNSURE_WORDS, _STRETCHED, _SPARE_S = 2, 2.0, 0.15
# In noise soft words look quiet for up to 0.18 s; with a smaller range they cannot be told from pauses.
_CLEAR_PAUSE_S, _CLEAN_DB = 0.25, 20.0

_RMS, _PEAK = 0.1, 0.95  # of the sounding frames (F5-TTS's own target level), and the limit of the peak
_DITHER_DB = 30.0  # noise below the speech, for the aligner: it parts right words from wrong ones, most in pure zeros
_FADE_S = 0.01
_NO_PAUSE_SEARCHED_S = 2.0  # at the end of a clip without a transcript or a pause: it is cut where that is quietest


@dataclass(frozen=True)
class Prepared:
    """What engines hear: float32 mono samples at ``sample_rate``, exactly the words in them, their seconds.

    ``text`` is empty where nobody knows the words.
    """

    samples: Samples
    sample_rate: int
    text: str
    duration: float
    warnings: tuple[JobWarning, ...]


def prepare_untranscribed(sound: Sound) -> Prepared:
    """The clip without its words, MAX_CLIP_S at most: a longer one is cut at a pause, with a warning.

    The sound must have passed ``check_quality``.
    """
    sound = Sound(audio.resample(remove_dc(sound.samples), sound.sample_rate, SAMPLE_RATE), SAMPLE_RATE)
    levels = measure(sound.samples, SAMPLE_RATE)
    first, last = levels.extent()
    start, end = max(0.0, first - LEAD_S), min(sound.duration, last + TAIL_S)
    warnings: tuple[JobWarning, ...] = ()
    if last + TAIL_S - start > MAX_CLIP_S:
        latest = start + MAX_CLIP_S - TAIL_S
        pauses = [at for at in half_words.pauses(levels) if start + MIN_SOUND_S < at <= latest]
        frames = slice(round((latest - _NO_PAUSE_SEARCHED_S) / FRAME_S), round(latest / FRAME_S))
        end = pauses[-1] if pauses else (frames.start + int(levels.frames[frames].argmin())) * FRAME_S
        last = float(np.flatnonzero(levels.sounding[: round(end / FRAME_S)])[-1] + 1) * FRAME_S
        warnings = (JobWarning("clip_cut", f"the clip was cut after {end - start:.1f} seconds"),)
    samples = _cut_out(sound, _Cut(0, start, end, min(last, end)))
    return Prepared(samples, SAMPLE_RATE, "", len(samples) / SAMPLE_RATE, warnings)


@dataclass(frozen=True)
class _Clip:
    """The beginning of a recording at SAMPLE_RATE, its transcript, and the times of the leading words in it."""

    sound: Sound
    levels: Levels
    script: Script
    times: Times
    fits: bool
    """Whether this is the whole recording."""
    whole_words: int | None = None
    """How many tokens are whole words, where the recording breaks off inside one; None where it does not."""

    @cached_property
    def start(self) -> float:
        """Where the clip begins: before its first word, if more than a breath is before that."""
        first = next((time.start for time in self.times if time is not None), 0.0)
        return first - LEAD_S if first > 3 * LEAD_S else 0.0

    def all(self) -> _Cut:
        """The whole clip with the whole text."""
        end = self.levels.extent()[1]
        return _Cut(len(self.script.tokens), self.start, min(self.sound.duration, end + TAIL_S), end)


@dataclass(frozen=True)
class _Cut:
    """A stretch of the sound, in seconds, and the number of tokens that are spoken in it.

    ``last_word_end`` is where the last of them ends; ``worth`` is higher for a better place to end.
    """

    tokens: int
    start: float
    end: float
    last_word_end: float
    worth: float = 0.0


def prepare(
    sound: Sound, text: str, language: str, aligner: Aligner | None, cancellation: Cancellation = NEVER
) -> Prepared:
    """The clip and its words, MAX_CLIP_S at most. The sound must have passed ``check_quality``.

    A half word at the beginning or the end is cut off, with a warning. Raises TranscriptMismatch where text and clip do
    not belong together, and BadReference for a clip that has to be cut if no aligner knows the language (BCP 47): then
    it is unknown which words to cut with it.
    """
    sound = Sound(remove_dc(sound.samples), sound.sample_rate)
    levels = measure(sound.samples, sound.sample_rate)
    head, tail = edges(sound.samples, sound.sample_rate, levels)
    start, end = levels.extent()
    fits = end - start <= MAX_CLIP_S - LEAD_S - TAIL_S
    script = transcript.read(text, language)
    transcript.check_rate(script, levels, whole=fits)
    beginning = _beginning(sound, levels, max(0.0, start - LEAD_S), end + LEAD_S + TAIL_S)
    if aligner is not None and aligner.speaks(language):
        return _aligned(beginning, script, (head, tail if fits else Edge()), fits, language, aligner, cancellation)
    if fits and not head.torn and not tail.torn:
        message = f"no aligner here knows the language {language}, so nothing checked that the clip says its transcript"
        clip = _Clip(beginning, measure(beginning.samples, SAMPLE_RATE), script, (), fits)
        return _finished(clip, clip.all(), (JobWarning(NOT_COMPARED, message),))
    if fits:
        where, other = ("ends", "ends after") if tail.torn else ("begins", "begins before")
        raise BadReference(
            f"the clip {where} inside a word, and no aligner here knows the language {language} to cut its transcript "
            f"with it; send a clip that {other} a whole word"
        )
    raise BadReference(
        f"the clip is {end - start:.0f} seconds long, and no aligner here knows the language {language} to cut its "
        f"transcript with it; send a clip of at most {MAX_CLIP_S:.0f} seconds and the words in it"
    )


def _aligned(
    sound: Sound,
    script: Script,
    ends: tuple[Edge, Edge],
    fits: bool,
    language: str,
    aligner: Aligner,
    cancellation: Cancellation,
) -> Prepared:
    """The clip without half words, and cut where it is too long or says more than its transcript."""
    levels = measure(sound.samples, SAMPLE_RATE)
    recording = Recording.from_samples(_dithered(sound.samples), SAMPLE_RATE)

    def place(part: Script) -> Times:
        return transcript.leading_times(
            recording, part, levels, language, aligner, cancellation, half_start=ends[0].sounding
        )

    found = half_words.fit(script, language, sound.duration, levels, ends, place)
    if found.starts_inside:
        rest, words = _without_half_start(sound, found, language)
        made = _aligned(rest, words, (Edge(), ends[1]), fits, language, aligner, cancellation)
        message = f"the clip begins inside a word and was cut there; its transcript begins with {words.quote(0)} now"
        return replace(made, warnings=(JobWarning("clip_cut", message), *made.warnings))
    clip = _Clip(sound, levels, found.script, found.times, fits, found.tokens if found.ends_inside else None)
    return _cut(clip, language, aligner, cancellation)


def _without_half_start(sound: Sound, found: Fitted, language: str) -> tuple[Sound, Script]:
    """The sound and its script from the first whole word on. Raises BadReference if there is none."""
    script = found.script
    word = script.owners.index(found.first) if found.first in script.owners else len(found.times)
    following = next((time for time in found.times[word:] if time is not None), None)
    if following is None:
        raise BadReference("the clip begins inside a word, and nothing whole follows; send a longer clip")
    before = max((time.end for time in found.times[:word] if time is not None), default=following.start)
    at = _quietest_cut(sound, min(before, following.start), following.start)
    rest = script.text[script.tokens[found.first].start_char :]
    return Sound(sound.samples[round(at * SAMPLE_RATE) :], SAMPLE_RATE), transcript.read(rest, language)


def _beginning(sound: Sound, levels: Levels, start: float, end: float) -> Sound:
    """The part to align, at SAMPLE_RATE: all of a short clip; of a long one, MAX_CLIP_S and some sound beyond."""
    sounding = np.flatnonzero(levels.sounding[round((start + MAX_CLIP_S) / FRAME_S) :])
    beyond = sounding[: round(_BEYOND_S / FRAME_S)]
    seconds = min(MAX_CLIP_S + (float(beyond[-1]) * FRAME_S if len(beyond) else 0.0), _MAX_ALIGNED_S)
    end = min(end, start + max(seconds, MAX_CLIP_S))
    rate = sound.sample_rate
    return Sound(audio.resample(sound.samples[round(start * rate) : round(end * rate)], rate, SAMPLE_RATE), SAMPLE_RATE)


def _dithered(samples: Samples) -> Samples:
    noise = np.random.default_rng(0).standard_normal(len(samples), np.float32)
    return samples + noise * np.float32(np.sqrt(np.mean(np.square(samples))) * 10 ** (-_DITHER_DB / 20))


def _cut(clip: _Clip, language: str, aligner: Aligner, cancellation: Cancellation) -> Prepared:
    """The whole clip, or the best cut that holds. Raises BadReference if there is none."""
    warnings = _left_over(clip)
    if clip.fits and not warnings:
        return _finished(clip, clip.all(), ())
    script, tokens = clip.script, len(clip.script.tokens)
    if clip.whole_words is not None:
        tokens = clip.whole_words
    elif warnings and not _ends_surely(clip):
        tokens = script.owners[max(0, len(script.words) - _UNSURE_WORDS)]
    cuts = sorted((cut for cut in _cuts(clip) if cut.tokens <= tokens), key=lambda cut: -cut.worth)
    for cut in cuts[:_MAX_CUTS]:
        cancellation.check()
        made = _finished(clip, cut, warnings if cut.tokens == len(script.tokens) else (_cut_warning(clip, cut),))
        if _holds(made, script, cut, language, aligner, cancellation):
            return made
        logger.info("a cut after %d words of the transcript did not hold", cut.tokens)
    if clip.whole_words is not None:
        raise BadReference(
            "the clip ends inside a word, and there is no place before that where it can surely be cut; send a clip "
            "that ends after a whole word"
        )
    if warnings:
        raise TranscriptMismatch(
            "the clip goes on where ref_text ends, and there is no place before that where it can surely be cut; send "
            "all the words that the clip says"
        )
    raise BadReference(
        f"the clip has no place within its first {MAX_CLIP_S:.0f} seconds where it can be cut between two words of its "
        f"transcript; send a clip of at most {MAX_CLIP_S:.0f} seconds and the words in it"
    )


def _cut_warning(clip: _Clip, cut: _Cut) -> JobWarning:
    words = clip.script.quote_before(cut.tokens)
    why = "ends inside a word and was cut" if clip.whole_words is not None else "was cut"
    seconds = cut.end - cut.start
    message = f"the clip {why} after {seconds:.1f} seconds, and its transcript after {words}"
    return JobWarning("clip_cut", message)


def _left_over(clip: _Clip) -> tuple[JobWarning, ...]:
    """A warning where the clip goes on after its text; TranscriptMismatch where a short one does so for long."""
    if len(clip.times) < len(clip.script.words):
        return ()
    spoken, end = last_end(clip.times), clip.levels.extent()[1]
    seconds = clip.levels.clear_seconds(spoken + FRAME_S, end)
    if clip.fits and end - spoken >= _MAX_UNTRANSCRIBED_S and seconds >= _MAX_UNTRANSCRIBED_S / 2:
        tail = clip.script.quote(max(0, len(clip.script.words) - MAX_QUOTED_WORDS))
        raise TranscriptMismatch(
            f"the clip goes on for {end - spoken:.1f} seconds after {tail}, where ref_text ends; send all the words "
            "that the clip says"
        )
    if clip.whole_words is not None:
        return (JobWarning("clip_cut", "the clip ends inside a word, which was cut off"),)
    if seconds < _LEFT_OVER_S and clip.levels.strong_seconds(spoken + FRAME_S, end) <= _MAX_AFTER_S:
        return ()
    return (JobWarning("clip_cut", "the clip goes on where its transcript ends; what it says after that was cut off"),)


def _ends_surely(clip: _Clip) -> bool:
    """Whether the last words are likely and not stretched, and a pause follows them."""
    placed = [(spoken_length(word), time) for word, time in zip(clip.script.words, clip.times, strict=True) if time]
    last = placed[-_UNSURE_WORDS:]
    if any(time.confidence < THRESHOLDS.even_confidence for _, time in last):
        return False
    end = placed[-1][1].end
    pace = sum(length for length, _ in placed) / max(FRAME_S, end - placed[0][1].start)
    stretched = any(time.end - time.start > _STRETCHED * length / pace + _SPARE_S for length, time in last)
    return not stretched and clip.levels.snr_db >= _CLEAN_DB and clip.levels.pause(end)[1] >= _CLEAR_PAUSE_S


def _cuts(clip: _Clip) -> Iterator[_Cut]:
    """Every place between two tokens, or after the last one, where the clip may end."""
    spans = _spans(clip)
    for index, (token, span) in enumerate(zip(clip.script.tokens, spans, strict=False)):
        if span is None or span[1] - clip.start < MIN_SOUND_S:
            continue
        last = index + 1 == len(clip.script.tokens)
        following = spans[index + 1] if index + 1 < len(spans) else None
        if following is None and not last:
            continue
        # The next word may have been put too late: it begins where the quiet ends.
        quiet, seconds = clip.levels.pause(span[1])
        upto = following[0] if following else clip.sound.duration
        upto = min(upto, max(span[1], quiet + seconds) if seconds else span[1])
        end = _quietest_cut(clip.sound, span[1], upto)
        if max(end, span[1] + TAIL_S) - clip.start > MAX_CLIP_S:
            return
        worth = end - clip.start + _PAUSE_WORTH * min(upto - span[1], _LONG_PAUSE_S)
        if not token.mark and upto - span[1] < _NO_PAUSE_S:
            worth -= _FLOWING_COST
        sentence = last or token.mark in SENTENCE_ENDS
        worth += _SENTENCE_WORTH if sentence else _CLAUSE_WORTH if token.mark else 0.0
        # Those that are too short come after all others, the longest first.
        worth = end - clip.start - 100.0 if span[1] - clip.start < _PREFERRED_S else worth
        yield _Cut(index + 1, clip.start, end, span[1], worth)


def _spans(clip: _Clip) -> list[tuple[float, float] | None]:
    """Start and end of each token within the times; None for one of which no word was found."""
    spans: list[tuple[float, float] | None] = []
    upto = 0
    for token in clip.script.tokens:
        upto += len(token.spoken)
        if upto > len(clip.times):
            break
        placed = [time for time in clip.times[upto - len(token.spoken) : upto] if time is not None]
        spans.append((placed[0].start, placed[-1].end) if placed else None)
    return spans


def _quietest_cut(sound: Sound, word_end: float, upto: float) -> float:
    """Where to cut between the end of a word and the start of the next: TAIL_S after it, or where it is quietest."""
    slack = 0.03
    if upto - word_end > 2 * slack:
        return min(word_end + TAIL_S, upto - slack)
    first = max(0, round((word_end - slack) * SAMPLE_RATE))
    window = np.abs(sound.samples[first : round((upto + slack) * SAMPLE_RATE)])
    size = round(_FADE_S * SAMPLE_RATE)
    smooth = np.convolve(window, np.full(size, 1 / size), "valid")
    return (first + int(smooth.argmin()) + size / 2) / SAMPLE_RATE if len(smooth) else word_end


def _holds(
    made: Prepared, script: Script, cut: _Cut, language: str, aligner: Aligner, cancellation: Cancellation = NEVER
) -> bool:
    """Whether the words are found again in the finished clip, up to its end, and nothing else is spoken in it."""
    words = script.words[: sum(len(token.spoken) for token in script.tokens[: cut.tokens])]
    try:
        times = cancellation.run(aligner.align, _dithered(made.samples), made.sample_rate, words, language)
    except AlignerFailed:
        raise
    except AlignmentError:
        return False
    levels = measure(made.samples, made.sample_rate)
    placed = [time for time in times if time is not None]
    if transcript.first_doubtful(times, levels) is not None or any(
        levels.strong_seconds(one.end + FRAME_S, other.start - FRAME_S) > _MAX_HOLE_S for one, other in pairwise(placed)
    ):
        return False
    end = last_end(times)
    # To the start of the fade: a word that flows on is cut off there.
    after = levels.strong_seconds(end + FRAME_S, made.duration - _FADE_S)
    return after <= _MAX_AFTER_S and abs(end - (cut.last_word_end - cut.start)) < TAIL_S


def _finished(clip: _Clip, cut: _Cut, warnings: tuple[JobWarning, ...]) -> Prepared:
    samples = _cut_out(clip.sound, cut)
    script = clip.script
    whole = cut.tokens == len(script.tokens)
    text = script.text if whole else script.text[: script.tokens[cut.tokens - 1].end_char]
    return Prepared(samples, SAMPLE_RATE, end_with_mark(text), len(samples) / SAMPLE_RATE, warnings)


def _cut_out(sound: Sound, cut: _Cut) -> Samples:
    """The stretch of a sound at SAMPLE_RATE: faded in and out, levelled, with TAIL_S of quiet after the last word."""
    samples = sound.samples[round(cut.start * SAMPLE_RATE) : round(cut.end * SAMPLE_RATE)].copy()
    ramp = np.linspace(0.0, 1.0, min(round(_FADE_S * SAMPLE_RATE), len(samples) // 2), dtype=np.float32)
    samples[: len(ramp)] *= ramp
    samples[len(samples) - len(ramp) :] *= ramp[::-1]
    quiet = max(0.0, TAIL_S - (cut.end - cut.last_word_end))
    return np.concatenate([_at_level(samples), np.zeros(round(quiet * SAMPLE_RATE), np.float32)])


def _at_level(samples: Samples) -> Samples:
    sounding = np.repeat(measure(samples, SAMPLE_RATE).sounding, round(FRAME_S * SAMPLE_RATE))
    rms = float(np.sqrt(np.mean(np.square(samples[: len(sounding)][sounding]))))
    return samples * np.float32(min(_RMS / rms, _PEAK / float(np.abs(samples).max())))
