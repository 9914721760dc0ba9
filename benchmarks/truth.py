"""Where aligners place words whose true times are known, clean and in the conditions of real recordings.

    python benchmarks/truth.py [--aligners sphinx,whisper,best] [--conditions clean,room] [--sentences 72]
                               [--seed 1] [--voices piper] [--forced] [--exactness] [--save FOLDER]

Every English voice of piper on this disk and two of espeak speak clips of three sentences, with silence before and
after; piper's own durations and espeak's own events tell where each word is. Then the sound is changed, and the truth
with it (`truth_set/conditions.py`): a telephone line; two rooms (reverberation times of 0.4 and 0.9 s, by the image
method; the direct sound stays where it was); babble of four other voices and music, so many decibels below the active
level of the speech; the engine's own speed; silences, or hesitations and breaths, put before a quarter of the words;
recordings that begin or end within a word; and texts that are not what is said (`truth_set/departures.py`). All
draws have fixed seeds: two runs have the same clips. Another `--seed` draws other sentences, and other hesitations.

By default the words go the road of the endpoint `align`, with its windows and its open search; `--forced` goes that of
`generate`, a plain alignment with its edges at pauses set by the sound. The table has the errors of word starts, the
share of words that are more than 200 ms off or have no time, of the words after a pause of 100 ms or more the share
that is within 40 ms, and the errors of the ends of words before such a pause. A lost word has no time or is said to be
unspoken; on the road of `align` captions show it all the same, between its neighbours, and it is measured there.
The last line has the worst figures and their conditions, without those beyond what is asked of aligners: sound 5 dB
below the speech, and the hall, whose speaker is three metres away. `best` asks the two aligners named before it, or
those that are there; its time has theirs in the same run to compare with.

The truth is not exact to the millisecond. Piper's durations are whole frames of 11.6 ms; espeak's events are exact to
the sample in its own sound, but where one word passes into the next there is no edge to be exact about. After a pause
a word begins where its sound rises over 1 % of the loud level, the engine's time is only looked near to; a plosive's
silent closure there belongs to no word. `--exactness` measures this against the sound itself (`truth_set/exactness.py`)
in place of any aligner. A median of some 5 ms is as good as none, and real speech stays the judge: synthetic voices
neither hesitate nor mumble.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.spoken_text import sentences
from benchmarks.truth_set.conditions import CONDITIONS, SEED, Crowd, Script, problem
from benchmarks.truth_set.departures import departing
from benchmarks.truth_set.exactness import rows
from benchmarks.truth_set.figures import Placed, Tally, head, line, worst
from benchmarks.truth_set.speech import LANGUAGE, Clip, Speaker, in_turn, settled, speakers
from benchmarks.two_aligners import TwoAligners, aligner_of, timed
from handler.aligners import ALIGNERS
from handler.alignment.match import Match, match
from handler.alignment.word_times import fill_gaps
from handler.backends import Registry
from handler.errors import AlignmentError
from handler.media.recording import Recording
from handler.protocols import Aligner
from handler.settings import BEST, Settings
from handler.whisper import models as whisper_models
from tests.support.whisper_base import whisper_base

SENTENCES = 72
A_CLIP = 3
"""Sentences."""


def spoken(
    voices: Sequence[Speaker], count: int, speed: float = 1.0, script: Script | None = None, seed: int = SEED
) -> list[Clip]:
    """So many sentences in clips, with the engines' own times; ``script`` makes a marked line of those of a clip."""
    lines = sentences(count, seed)
    clips = []
    for number, at in enumerate(range(0, count, A_CLIP)):
        own = lines[at : at + A_CLIP]
        marked = script(own, np.random.default_rng([seed, number])) if script else " ".join(own)
        clips.append(departing(in_turn(voices, number), f"{number:03}", marked, seed + number, speed))
    return clips


def forced(aligner: Aligner, clip: Clip) -> Placed:
    """The times that `generate` finds; none where the aligner refuses the clip."""
    try:
        return Placed(timed(aligner, clip.samples, clip.rate, clip.words, LANGUAGE))
    except AlignmentError:
        return Placed([None] * len(clip.words))


def matched(aligner: Aligner, clip: Clip) -> Placed:
    """The times that captions get from the endpoint `align`, and the words that it takes for unspoken."""
    try:
        recording = Recording.from_samples(clip.samples, clip.rate)
        if isinstance(aligner, TwoAligners):
            found = aligner.match(recording, clip.tokens, LANGUAGE)
        else:
            found = match(recording, clip.tokens, LANGUAGE, aligner)
    except AlignmentError:
        return Placed([None] * len(clip.words))
    return as_shown(found, clip)


def as_shown(found: Match, clip: Clip) -> Placed:
    """The times that captions get from what was matched, and the words that count as unspoken."""
    return Placed(fill_gaps(found.times, clip.words, 0.0, clip.seconds), found.unspoken_words)


def at_hand(folder: Path) -> tuple[Registry[Aligner], list[str]]:
    """The aligners, and the names of those that are there and need no network.

    Whisper gets the base model of the tests' wheels, put into the folder, where no other one is on this disk.
    """
    settings = Settings.read(os.environ)
    if whisper_models.best(settings) is None:
        try:
            whisper_base(folder / whisper_models.FOLDER)
        except RuntimeError as error:
            print(f"no whisper: {error}", file=sys.stderr)
        else:
            settings = Settings.read({**os.environ, "MODELS_DIR": str(folder)})
    registry = Registry("aligner", ALIGNERS, settings)
    usable = [
        name
        for name, row in ALIGNERS.items()
        if row.local and not (registry.problem(name) or row.missing_files(settings))
    ]
    return registry, [name for name in usable if LANGUAGE in (ALIGNERS[name].languages(settings) or (LANGUAGE,))]


def textgrid(clip: Clip) -> str:
    """The true times as a TextGrid in Praat's short format, with a tier "words"."""
    rows: list[tuple[float, float, str]] = []
    end = 0.0
    for word, time_ in zip(clip.words, clip.times, strict=True):
        if time_ and time_.end > (start := max(time_.start, end)):
            rows += [(end, start, "")] if start > end else []
            rows.append((start, time_.end, word.replace('"', '""')))
            end = time_.end
    rows += [(end, clip.seconds, "")] if clip.seconds > end else []
    span = f"0\n{clip.seconds!r}\n"
    intervals = "".join(f'{start!r}\n{end!r}\n"{word}"\n' for start, end, word in rows)
    kind = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    return f'{kind}{span}<exists>\n1\n"IntervalTier"\n"words"\n{span}{len(rows)}\n{intervals}'


def save(clip: Clip, folder: Path, condition: str) -> None:
    """Write a clip and its truth."""
    import soundfile

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{condition}-{clip.name}.wav"
    soundfile.write(path, clip.samples, clip.rate)
    path.with_suffix(".TextGrid").write_text(textgrid(clip), "utf-8")


def conditions(
    names: Sequence[str], voices: Sequence[Speaker], count: int, crowd: Crowd, seed: int = SEED
) -> Iterator[tuple[str, list[Clip]]]:
    """The clips in each condition."""
    plain: dict[tuple[float, Script | None], list[Clip]] = {}
    for name in names:
        condition = CONDITIONS[name]
        kind = (condition.speed, condition.script)
        if kind not in plain:
            plain[kind] = [settled(clip) for clip in spoken(voices, count, *kind, seed)]
        clips = plain[kind]
        yield name, [condition.apply(clip, name, number, crowd) for number, clip in enumerate(clips)]


def show_exactness(voices: Sequence[Speaker], count: int) -> None:
    """Print how the engines' times compare with the sound."""
    figures = {}
    print(f"{'truth less sound, ms':26}{'':24}{'words':>8}{'median':>9}{'p90':>9}{'bias':>9}")
    for speaker, what, errors in rows(spoken(voices, count)):
        distances = np.abs(errors) if errors else np.array([np.nan])
        each = (float(np.median(distances)), float(np.percentile(distances, 90)), float(np.median(errors or [np.nan])))
        print(f"{speaker:26}{what:24}{len(errors):8}" + "".join(f"{value:9.1f}" for value in each))
        figures[f"{speaker}, {what}"] = [round(value, 1) for value in each]
    print("\n" + json.dumps(figures))


def listed(given: str) -> list[str]:
    return [name for name in given.split(",") if name]


def main() -> None:
    """Speak, change, align, print a table for each aligner and one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--aligners", type=listed, default=[])
    parser.add_argument("--conditions", type=listed, default=list(CONDITIONS))
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--seed", type=int, default=SEED, help="of the sentences: another one tells luck from skill")
    parser.add_argument("--voices", type=listed, default=["piper", "espeak"])
    parser.add_argument("--forced", action="store_true")
    parser.add_argument("--exactness", action="store_true")
    parser.add_argument("--save", type=Path)
    given = parser.parse_args()
    if reason := problem(given.conditions):
        parser.error(reason)
    everyone = list(speakers(Settings.read(os.environ)))
    voices = [voice for voice in everyone if voice.engine.name in given.voices]
    if given.exactness:
        show_exactness(voices, given.sentences)
        return
    with tempfile.TemporaryDirectory() as folder:
        registry, usable = at_hand(Path(folder))
        clips = conditions(given.conditions, voices, given.sentences, Crowd(everyone), given.seed)
        measure(registry, given.aligners or usable, clips, given)


def measure(
    registry: Registry[Aligner],
    names: Sequence[str],
    made: Iterator[tuple[str, list[Clip]]],
    given: argparse.Namespace,
) -> None:
    """Align the clips of all conditions, and print."""
    ask = forced if given.forced else matched
    aligners = {name: aligner_of(name, registry, [other for other in names if other != BEST]) for name in names}
    figures: dict[str, dict[str, dict[str, float]]] = {name: {} for name in names}
    spent = dict.fromkeys(names, 0.0)
    seconds = 0.0
    for condition, clips in made:
        seconds += sum(clip.seconds for clip in clips)
        for clip in clips if given.save else ():
            save(clip, given.save, condition)
        for name in names:
            tally, began = Tally(), time.perf_counter()
            for clip in clips:
                tally.add(clip, *ask(aligners[name], clip))
            spent[name] += time.perf_counter() - began
            figures[name][condition] = tally.figures()
        print(f"{condition} done", file=sys.stderr, flush=True)
    last: dict[str, dict[str, float | str | None]] = {}
    for name in names:
        print(f"\n{name}: {seconds:.0f} s of sound aligned in {spent[name]:.0f} s\n\n{head()}")
        for condition, each in figures[name].items():
            print(line(condition, each))
        judged = {each: values for each, values in figures[name].items() if not CONDITIONS[each].beyond}
        last[name] = {"sound_s": round(seconds), **worst(judged or figures[name])}
    print("\n" + json.dumps(last))


if __name__ == "__main__":
    main()
