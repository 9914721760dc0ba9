"""What is done to each clip: a table of conditions, each of which knows where the words are afterwards."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from benchmarks.recordings import PAUSE_S, Studio
from benchmarks.spoken_text import sentences
from benchmarks.truth_set import acoustics, departures, voices
from benchmarks.truth_set.speech import Clip, Speaker, settled
from handler.media import audio
from handler.types import Samples, WordTime

SEED = 1
TALKERS = 4
"""In babble."""
TALK_SENTENCES = 6
FLOOR_DB = 50.0
"""So far below the speech is the tone of the room in which there are silences."""
SHORT_S, LONG_S = (0.1, 0.32), (1.2, 1.2)
PARTED_SHARE = 0.25
"""Of all words: those with a silence or a filler put before them."""
HESITATIONS = ("Uh.", "Um.", "Um.")
HESITATION_DB, BREATH_DB = 3.0, 24.0
"""So far below the speech."""
BREATH_S = (0.2, 0.5)
FILLER_MARGIN_S = (0.03, 0.15)
"""The silence before and after."""
ZERO_S = 0.003
"""How far a cut goes for a sample at which the wave crosses zero."""
CUT_SHARE = (0.3, 0.6)
"""Of a word: how much is missing."""
SMALL, LARGE = 0.8, 1.15
"""The vocal tracts of a child of ten and of a large man, beside that of the voice."""
_CROWD = ("en-US", "en-GB", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbcwmd", "en-029")
"""Languages of espeak's voices."""


@dataclass
class Crowd:
    """Other people who talk at once: the voices of the set, and more of espeak's."""

    voices: Sequence[Speaker]
    _talks: dict[str, tuple[Samples, int]] = field(default_factory=dict)

    def babble(self, clip: Clip, rng: np.random.Generator) -> Samples:
        """As much as the clip is long, of talkers who are equally loud and none of whom is the clip's speaker."""
        others = [voice for voice in self._everyone() if voice.name != clip.speaker]
        made = np.zeros(len(clip.samples), np.float32)
        for number in rng.permutation(len(others))[:TALKERS]:
            talk = self._talk(others[number], clip.rate)
            made += np.resize(np.roll(talk, -int(rng.integers(len(talk)))), len(made))
        return made

    def word(self, speaker: str, script: str, rate: int) -> Samples:
        """What a voice says, without the silence at either end."""
        voice = next(each for each in self._everyone() if each.name == speaker)
        clip = voice.say(voice.name, script, SEED)
        return audio.resample(audio.trimmed(clip.samples, clip.rate, 0.0, 0.0), clip.rate, rate)

    def _everyone(self) -> list[Speaker]:
        espeak = next((voice.engine for voice in self.voices if voice.engine.name == "espeak"), None)
        more = [Speaker(f"espeak {tag}", espeak, espeak.default_voice(tag)) for tag in _CROWD] if espeak else []
        return list({voice.name: voice for voice in [*self.voices, *more]}.values())

    def _talk(self, voice: Speaker, rate: int) -> Samples:
        """Sentences that no clip has, without the silence at either end, equally loud in each voice."""
        if voice.name not in self._talks:
            seed = zlib.crc32(voice.name.encode())
            clip = voice.say(voice.name, " ".join(sentences(TALK_SENTENCES, seed)), SEED)
            sound = audio.trimmed(clip.samples, clip.rate, 0.0, 0.0)
            self._talks[voice.name] = sound / np.float32(acoustics.active_level(sound, clip.rate)), clip.rate
        sound, own = self._talks[voice.name]
        return audio.resample(sound, own, rate)


Change = Callable[[Clip, np.random.Generator, Crowd], Clip]
Script = Callable[[Sequence[str], np.random.Generator], str]


@dataclass(frozen=True)
class Condition:
    """What is done to a clip that was spoken at ``speed``; one that is ``beyond`` the measures is shown alone.

    The ``script`` of a clip is what its sentences are, or a marked line (`departures`) that is made of them. With
    ``own_voice`` the clip's speaker says more, which is put in.
    """

    change: Change
    speed: float = 1.0
    beyond: bool = False
    script: Script | None = None
    own_voice: bool = False

    @property
    def needs_engine(self) -> bool:
        """Whether an engine has to speak the clip for it: what a person has said cannot be had in it."""
        return self.speed != 1.0 or self.script is not None or self.own_voice

    def apply(self, clip: Clip, name: str, number: int, crowd: Crowd) -> Clip:
        """The changed clip: always the same for the same name and number."""
        return self.change(clip, np.random.default_rng([SEED, zlib.crc32(name.encode()), number]), crowd)


def _clean(clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    return clip


def _telephone(clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    samples, rate = acoustics.telephone(clip.samples, clip.rate)
    return replace(clip, samples=samples, rate=rate)


def _room(room: acoustics.Room, clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    return replace(clip, samples=acoustics.in_room(clip.samples, clip.rate, room))


def _babble(snr_db: float, clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:
    return replace(clip, samples=acoustics.with_noise(clip.samples, clip.rate, crowd.babble(clip, rng), snr_db))


def _music(snr_db: float, clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    tune = Studio(clip.samples, clip.rate, ()).sound("music", clip.seconds + 1)
    begin = int(rng.integers(clip.rate))
    noise = tune[begin : begin + len(clip.samples)]
    return replace(clip, samples=acoustics.with_noise(clip.samples, clip.rate, noise, snr_db))


def _creaky(clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    return replace(clip, samples=voices.creaky(clip.samples, clip.rate, rng))


def _cold(clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    return replace(clip, samples=voices.cold(clip.samples, clip.rate))


def _hurried(clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    return replace(clip, samples=voices.hurried(clip.samples, clip.rate))


def _sized(size: float, clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    """A speaker whose vocal tract is so many times as long: formants and pitch move together, and the times with them.

    The engine speaks as much faster before, or slower, as the clip is made slower or faster here.
    """
    rate = round(clip.rate / size)
    times = tuple(
        time and replace(time, start=time.start * clip.rate / rate, end=time.end * clip.rate / rate)
        for time in clip.times
    )
    return replace(clip, rate=rate, times=times)


def with_silences(seconds: tuple[float, float], clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    """Silences put before some words, and the tone of a room under all.

    Where two words meet, one ends and the other begins at the cut. The middle of a pause is cut otherwise.
    """

    def silence() -> Samples:
        return np.zeros(round(rng.uniform(*seconds) * clip.rate), np.float32)

    return _in_quiet_room(_parted(clip, rng, silence), rng)


def with_fillers(clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:
    """What people do while they think, put before some words: the speaker's own "uh" and "um", and breaths.

    A little silence is on either side of each, and the tone of a room under all.
    """
    hesitations = [crowd.word(clip.speaker, each, clip.rate) for each in HESITATIONS]
    level = acoustics.active_level(clip.samples, clip.rate)

    def filler() -> Samples:
        around = rng.uniform(*FILLER_MARGIN_S, 2)
        kind = int(rng.integers(len(hesitations) + 1))
        if kind < len(hesitations):
            sound, below_db = hesitations[kind], HESITATION_DB
        else:
            sound, below_db = acoustics.breath(rng.uniform(*BREATH_S), clip.rate, rng), BREATH_DB
        loud = level / 10 ** (below_db / 20)
        edges = np.round(around * clip.rate).astype(int)
        return np.pad(sound * np.float32(loud / audio.rms(sound)), (int(edges[0]), int(edges[1])))

    return _in_quiet_room(_parted(clip, rng, filler), rng)


def _parted(clip: Clip, rng: np.random.Generator, between: Callable[[], Samples]) -> Clip:
    """Sound put before some words, each word after it beginning where its own sound does."""
    pieces: list[Samples] = []
    silent: list[Samples] = []
    times = list(clip.times)
    done, shift = 0, 0.0
    for number, time in enumerate(clip.times):
        before = clip.times[number - 1] if number else None
        other = between()
        if time and before and rng.random() < PARTED_SHARE:
            paused = clip.pause_before(number) >= PAUSE_S
            cut = _zero(clip, (before.end + time.start) / 2 if paused else time.start)
            pieces += [clip.samples[done:cut], other]
            silent += [clip.samples[done:cut], np.zeros_like(other)]
            if not paused:
                last = times[number - 1]
                assert last, "it is the word before, moved"
                times[number - 1] = replace(last, end=cut / clip.rate + shift)
                time = replace(time, start=cut / clip.rate)
            done, shift = cut, shift + len(other) / clip.rate
        times[number] = time and time.moved(shift)
    rest = clip.samples[done:]
    truth = settled(replace(clip, samples=np.concatenate([*silent, rest]), times=tuple(times))).times
    return replace(clip, samples=np.concatenate([*pieces, rest]), times=truth)


def _in_quiet_room(clip: Clip, rng: np.random.Generator) -> Clip:
    tone = acoustics.room_tone(len(clip.samples), clip.rate, rng)
    return replace(clip, samples=acoustics.with_noise(clip.samples, clip.rate, tone, FLOOR_DB))


def _zero(clip: Clip, at: float) -> int:
    """The sample nearest to a time at which the wave crosses zero; that of the time itself where none is near."""
    middle, reach = round(at * clip.rate), round(ZERO_S * clip.rate)
    first = max(1, middle - reach)
    here = clip.samples[first - 1 : middle + reach]
    crossings = first + np.flatnonzero(here[:-1] * here[1:] <= 0)
    return int(min(crossings, key=lambda place: abs(place - middle), default=middle))


def cut_start(clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    """The recording begins within its first word, which begins with it."""
    first = next(time for time in clip.times if time)
    cut = round((first.start + rng.uniform(*CUT_SHARE) * (first.end - first.start)) * clip.rate)
    times = [time and _between(time.moved(-cut / clip.rate), 0.0, np.inf) for time in clip.times]
    return replace(clip, samples=audio.fade(clip.samples[cut:], clip.rate // 1000, 0), times=tuple(times))


def cut_end(clip: Clip, rng: np.random.Generator, crowd: Crowd) -> Clip:  # noqa: ARG001
    """The recording ends within its last word, which ends with it."""
    last = next(time for time in reversed(clip.times) if time)
    cut = round((last.end - rng.uniform(*CUT_SHARE) * (last.end - last.start)) * clip.rate)
    times = [time and _between(time, 0.0, cut / clip.rate) for time in clip.times]
    return replace(clip, samples=audio.fade(clip.samples[:cut], 0, clip.rate // 1000), times=tuple(times))


def _between(time: WordTime, first: float, last: float) -> WordTime:
    return replace(time, start=max(first, time.start), end=min(last, time.end))


CONDITIONS: dict[str, Condition] = {
    "clean": Condition(_clean),
    "telephone": Condition(_telephone),
    "room": Condition(partial(_room, acoustics.LIVING_ROOM)),
    "hall": Condition(partial(_room, acoustics.HALL), beyond=True),
    "babble-20": Condition(partial(_babble, 20.0)),
    "babble-10": Condition(partial(_babble, 10.0)),
    "babble-5": Condition(partial(_babble, 5.0), beyond=True),
    "music-20": Condition(partial(_music, 20.0)),
    "music-10": Condition(partial(_music, 10.0)),
    "music-5": Condition(partial(_music, 5.0), beyond=True),
    "speed-0.7": Condition(_clean, speed=0.7),
    "speed-1.25": Condition(_clean, speed=1.25),
    "speed-1.5": Condition(_clean, speed=1.5),
    "creaky": Condition(_creaky),
    "cold": Condition(_cold),
    "hurried": Condition(_hurried, speed=1.3),
    "small": Condition(partial(_sized, SMALL), speed=SMALL),
    "large": Condition(partial(_sized, LARGE), speed=LARGE),
    "silences-short": Condition(partial(with_silences, SHORT_S)),
    "silences-long": Condition(partial(with_silences, LONG_S)),
    "fillers": Condition(with_fillers, own_voice=True),
    "cut-start": Condition(cut_start),
    "cut-end": Condition(cut_end),
    "retakes": Condition(_clean, script=departures.retaken),
    "readings": Condition(_clean, script=departures.read_otherwise),
    "reduced": Condition(_clean, script=departures.reduced),
    "skipped": Condition(_clean, script=departures.skipped),
}


def problem(names: Sequence[str], *, recorded: bool = False) -> str | None:
    """Why there are no clips in these conditions, or no ``recorded`` ones of people; None if there are."""
    usable = [name for name, each in CONDITIONS.items() if not (recorded and each.needs_engine)]
    if not names:
        return f"name some conditions: {', '.join(usable)}"
    if unknown := set(names) - set(CONDITIONS):
        return f"there is no condition {', '.join(sorted(unknown))}; take some of {', '.join(usable)}"
    if spoken := [name for name in names if name not in usable]:
        return f"an engine has to speak for {', '.join(spoken)}: with --recording, take some of {', '.join(usable)}"
    return None
