"""Retakes: a speaker breaks off and begins again, or says a passage twice, and the text has it once.

    text     The first time          I saw it
    audio    The first time I      | the first time I saw it
    found    The first time   ~~~~~~~~~~~~~~~~~~~~  I saw it
    here     ~~~~~~~~~~~~~~~~~~~~~   The first time I saw it

The search for words among other sound passes over either take at the same cost, or takes words of both. People keep the
last take that they have said to its end. So wherever sound without words stands before a word, the words before that
sound are looked for again right before the word, and move there if they fit about as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from handler.alignment.evidence import CHARS_PER_S, Passage, Times, confidences, last_end, spoken_length
from handler.alignment.hesitations import hesitates
from handler.alignment.prober import Prober
from handler.alignment.spans import Spans, merged, without
from handler.alignment.thresholds import THRESHOLDS
from handler.types import WordTime

_CONTEXT_WORDS = 8  # after the sound that are aligned with those before it: a confidence from few words says little
_ANCHOR_WORDS = 3  # those of them that must stay: the end of the stretch may cut off the others
_ANCHOR_S = 0.3  # as far as they may move: an aligner stretches them over a part of the sound
_HELD_S = 0.1  # so near a word is where it was, and is as sure as it was
_BEGIN_S = 12.0  # sound in which a passage is compared with the beginning of the one after it
_AROUND_S = 1.5  # speech around sound without words, by which that is told from silence
_FASTEST, _SLOWEST = 0.5, 2.0  # of the usual time, what a word may take
_SQUEEZED = 0.15  # of it, what the words of a take last at least: "the" may last 0.06 s, and 0.03 s are a chance find
_FITTING = 0.75  # of the time of the take before, what the next one takes at least
_ROOM, _ROOM_S = 1.6, 0.4  # sound in which words are looked for: of the time of the take before, and seconds
_MARGIN_S = 0.05
_FIRST_WORDS, _APART_S = 3, 0.2  # of a phrase, and a pause after them: they may belong to two takes
_LONGEST_S = 60.0  # of sound and silence in which words are looked for; a longer retake takes several steps
_STEP_S = 1.0
_ASIDE_S = 0.8  # sound of what people say between two takes: "sorry, once more"
_MAX_TAKES = 20
_PHRASES = 4  # phrases with each of which a passage may begin
_PAUSE_S = 0.1  # of silence that the take before does not have
_PROBE_WORDS = 4  # enough to tell that a passage begins as the one after it does


@dataclass
class Retakes:
    """Looks for retakes in one recording whose words have been found."""

    prober: Prober
    times: list[WordTime | None]
    """Those of all words, in seconds of the recording. `run` moves words to their last take."""
    untranscribed: Spans
    """Stretches of sound that the text does not have: `run` adds the earlier takes."""
    earlier: Spans = field(default_factory=list)
    """Those of them that are earlier takes of what follows."""
    _parted: Spans = field(default_factory=list, init=False)
    """From the old place of words that moved to the word that they moved to."""
    _left_at: dict[int, float] = field(default_factory=dict, init=False)
    """Where the earlier takes of words end, by the first of the words that moved from there."""

    def run(self) -> None:
        """Move words to their last take. Raises what the aligner raises."""
        for word in range(len(self.times), 0, -1):
            self.prober.reached(1 - word / len(self.times))
            # The sound may have several takes, and what moves to one of them may have another behind it.
            takes = 0
            while takes < _MAX_TAKES and self._moved_before(word):
                takes += 1
        self._tell()

    def _moved_before(self, word: int) -> bool:
        """Look for the words before a word in the sound between both; whether some moved there."""
        last = self.times[word - 1]
        following = self.times[word] if word < len(self.times) else WordTime(*[self.prober.recording.duration] * 2)
        if last is None or following is None:
            return False
        start = following.start
        # An aligner stretches a word over a part of what follows it.
        begin, usual = last.end, self._usual_s(word - 1)
        if last.confidence < THRESHOLDS.even_confidence or last.end - last.start > _SLOWEST * usual:
            begin = min(last.end, last.start + _FASTEST * usual)
        if start - begin < THRESHOLDS.retake_sound_s or self._sound(begin, start) < THRESHOLDS.retake_sound_s:
            return False
        after = self._after(word)
        for count in self._counts(word, min(start - begin, _LONGEST_S)):
            first = word - count
            room = min(_LONGEST_S, _ROOM * self._own_s(first, word) + _ROOM_S)
            if word == len(self.times):
                found = self._among(begin, self._after_sound(last.end, room), first, after)
            else:
                found = self._among(max(begin, start - room), start, first, after)
                found = self._close(found, first, word, after)
            again = self._again(first, word, found[:count])
            if again < word and self._move(again, word, found[again - first :]):
                return True
        return False

    def _close(self, found: list[WordTime | None], first: int, word: int, after: int) -> list[WordTime | None]:
        """The times with the first words of each phrase right before the next one, if they fit there.

        An open search may take a short word from what was said before the pause.
        """
        for at in [start for start in self.prober.breaks if first <= start < word and found]:
            beside = zip(found[at - first : at - first + _FIRST_WORDS], found[at - first + 1 :], strict=False)
            apart = (count for count, (a, b) in enumerate(beside, 1) if a and b and b.start - a.end > _APART_S)
            count = next(apart, 0)
            one, following = found[at - first], found[at - first + count]
            if not (count and one and following):
                continue
            begin = following.start - _FITTING * sum(map(self._usual_s, range(at, at + count))) - _MARGIN_S
            closer = self._among(begin, following.start, at, after) if begin > one.start else []
            if closer and confidences(closer[:count]).mean() >= THRESHOLDS.even_confidence:
                found = [*found[: at - first], *closer]
        return found

    def _again(self, first: int, word: int, found: Times) -> int:
        """The first of the words up to ``word`` that are said again, side by side; ``word`` if none are."""
        best, again, gain = 0.0, word, 0.0
        following: WordTime | None = None
        for at, time in reversed(list(enumerate(found, start=first))):
            if time is None or (following and self._sound(time.end, following.start) > THRESHOLDS.retake_sound_s):
                break
            gain += time.confidence - THRESHOLDS.even_confidence - THRESHOLDS.retake_word_cost
            gain -= THRESHOLDS.retake_pause_cost * self._pauses(at, time, following)
            # People begin again with a phrase, or within the one that they are in.
            value = gain + (at in self.prober.breaks) * THRESHOLDS.retake_phrase_gain
            if value > best:
                best, again = value, at
            following = time
        return again

    def _pauses(self, word: int, time: WordTime, following: WordTime | None) -> bool:
        """Whether there is a pause after a word that the take before does not have."""
        if following is None:
            return False
        old, after = self.times[word : word + 2]
        if not (old and after):
            return False
        return following.start - time.end > max(0.0, after.start - old.end) + _PAUSE_S

    def _needed(self, first: int, after: int) -> float:
        """The least mean confidence of words at another place."""
        own = float(confidences(self.times[first:after]).mean())
        return max(THRESHOLDS.even_confidence, own - THRESHOLDS.retake_worse)

    def _counts(self, word: int, seconds: float) -> list[int]:
        """How many of the words before one may be said again in so many seconds: the likeliest numbers first.

        As many as it takes to fill them, as from a phrase on, or few: an open search leaves out few words in a row.
        """
        first = word
        least = max(0, word - THRESHOLDS.max_words)
        while first > least and self.times[first - 1] and _FITTING * self._own_s(first - 1, word) <= seconds:
            first -= 1
        most = max(1, word - first)
        phrases = [word - at for at in self.prober.breaks if first <= at < word][:_PHRASES]
        counts = (most, *phrases, word - self.prober.phrase(word - 1), 4, 2)
        return list(dict.fromkeys(min(most, count) for count in counts))

    def _usual_s(self, word: int) -> float:
        """How long a word takes at the usual pace."""
        return spoken_length(self.prober.words[word]) / CHARS_PER_S

    def _own_s(self, first: int, after: int) -> float:
        """How long words take where they were found, without what they were stretched over."""
        return sum(
            min(time.end - time.start, _SLOWEST * self._usual_s(first + at))
            for at, time in enumerate(self.times[first:after])
            if time
        )

    def _after(self, word: int) -> int:
        """The word after those that are said with a word, without sound between them."""
        after = word
        for time in self.times[word : word + _CONTEXT_WORDS]:
            last = self.times[after - 1]
            if time is None or (after > word and last and time.start - last.end > THRESHOLDS.max_gap_s):
                break
            after += 1
        return after

    def _after_sound(self, begin: float, seconds: float) -> float:
        """The time after so many seconds of sound, of _LONGEST_S with its silences, or the recording's end."""
        end, limit = begin, min(self.prober.recording.duration, begin + _LONGEST_S)
        heard = 0.0
        while end < limit and heard < seconds:
            heard += self._sound(end, min(end + _STEP_S, limit))
            end += _STEP_S
        return min(end, limit)

    def _among(self, begin: float, start: float, first: int, after: int) -> list[WordTime | None]:
        last = self.times[after - 1]
        sample, until = self.prober.around(begin, max(start, last.end) if last else start)
        found = self.prober.among(sample, until, self.prober.words[first:after])
        return [time and time.moved(self.prober.seconds(sample)) for time in found or ()]

    def _move(self, first: int, word: int, found: Times) -> bool:
        """Move the words from ``first`` to before ``word`` to where they were found, if they fit there."""
        count = word - first
        new = [time if time and time.said else None for time in found]
        context = self._held(new[count:], word)
        if context is None or not self._is_take(first, word, new[:count], context):
            return False
        if not self._leads_on(first, word, new[:count], context):
            return False
        old = [time for time in self.times[first:word] if time]
        end = last_end(new[:count])
        self._left_at[first] = max(self._left_at.get(word, 0.0), last_end(old))
        self._parted.append((old[0].start, max(end, context[0].start if context and context[0] else 0.0)))
        self.times[first:word] = new[:count]
        self._make_room(word, end, context)
        return True

    def _held(self, context: Sequence[WordTime | None], word: int) -> list[WordTime | None] | None:
        """The times of the words from ``word`` on, aligned with the take: None if the next ones would move with it.

        A word that stays where it was is as sure as it was, or surer.
        """
        held = list(context)
        for at, (new, own) in enumerate(zip(context, self.times[word:], strict=False)):
            apart = abs(new.start - own.start) if new and own else 0.0
            if at < _ANCHOR_WORDS and apart > _ANCHOR_S:
                return None
            if new and own and apart < _HELD_S:
                held[at] = max(own, new, key=lambda time: time.confidence)
        return held

    def _is_take(self, first: int, word: int, new: Times, context: Times) -> bool:
        """Whether words that were found before ``word`` may be another take of those from ``first`` on."""
        begin, start = self.times[first], new[0]
        if not (begin and start):
            return False
        # A take comes after the one before it, as long as that is, and takes its time: short words fit into any noise.
        usual = sum(map(self._usual_s, range(first, word)))
        if start.start - begin.start < max(_FITTING * self._own_s(first, word), _FASTEST * usual):
            return False
        if sum(time.end - time.start for time in new if time) < _SQUEEZED * usual:
            return False
        # Where the next words had an earlier take, too, both are takes of whole phrases.
        if start.start < self._left_at.get(word, 0.0) and first not in self.prober.marked:
            return False
        sure = confidences(new).mean() >= self._needed(first, word)
        return bool(sure and (not context or confidences(context).mean() >= self._needed(word, word + len(context))))

    def _leads_on(self, first: int, word: int, new: Times, context: Times) -> bool:
        """Whether a take is followed by the next words: only between two takes is there sound that the text lacks."""
        start, last = new[0], new[-1]
        anchor = context[0] if context else last
        if not (start and last and anchor) or self._sound(last.end, anchor.start) > THRESHOLDS.max_gap_s:
            return False
        if not context and (own := self.times[word - 1]) and self._sound(own.end, start.start) > _ASIDE_S:
            # After the last word the recording may go on with other speech, in which something is said again by chance.
            return False
        if sum(map(spoken_length, self.prober.words[first:word])) >= THRESHOLDS.retake_chars:
            return True
        # Short words are found in any sound. They are no take where the next phrase follows: nobody says the last word
        # of a phrase again and goes on with the next one.
        breaks = self.prober.breaks
        if first not in breaks and (word in breaks or word == len(self.times)):
            return False
        if context and anchor.start - last.end > _PAUSE_S:
            return False
        return not hesitates(self.prober, self.times, first, word, context)

    def _make_room(self, word: int, end: float, context: Times) -> None:
        """Move the next words where the last take, which ends at ``end``, would overlap the first of them."""
        own = self.times[word] if context else None
        if not own or own.start >= end:
            return
        for at, new in enumerate(context[:_ANCHOR_WORDS], word):
            own = self.times[at]
            if new or (own and own.start < end):
                self.times[at] = new

    def _tell(self) -> None:
        """Add the earlier takes to what the text lacks, and tell which parts of that are some."""
        for start, end in merged(self._parted):
            self.earlier += [span for span in self._gaps(start, end) if self._sound(*span) > THRESHOLDS.max_gap_s]
        others = without(self.untranscribed, merged(self._parted))
        self.earlier = merged([*self.earlier, *filter(self._begins_alike, others)])
        self.untranscribed[:] = merged([*others, *self.earlier])

    def _begins_alike(self, span: tuple[float, float]) -> bool:
        """Whether sound that the text lacks begins with the words that are said after it."""
        start, end = span
        word = next((at for at, time in enumerate(self.times) if time and time.start >= end - _MARGIN_S), None)
        if word is None or self._sound(start, end) <= THRESHOLDS.max_gap_s:
            return False
        found = self.prober.prefix(*self.prober.around(start, min(end, start + _BEGIN_S)), word).times[:_PROBE_WORDS]
        letters = sum(map(spoken_length, self.prober.words[word : word + len(found)]))
        return letters >= THRESHOLDS.retake_chars and confidences(found).mean() >= THRESHOLDS.retake_sure

    def _gaps(self, start: float, end: float) -> Iterator[tuple[float, float]]:
        """The stretches between two times in which no word is."""
        edge = start
        for time in self.times:
            if time and time.end > start and time.start < end:
                if time.start > edge:
                    yield edge, time.start
                edge = max(edge, time.end)
        if edge < end:
            yield edge, end

    def _sound(self, start: float, end: float) -> float:
        """Seconds of sound between two times, in the last minute of it at most."""
        start = max(start, end - _LONGEST_S)
        first, after = self.prober.around(start - _AROUND_S, end + _AROUND_S)
        samples, rate = self.prober.recording.read(first, after), self.prober.recording.sample_rate
        begin = self.prober.seconds(first)
        return Passage(samples, rate, (), exhausted=False).sound(start - begin, end - begin)
