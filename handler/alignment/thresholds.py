"""Every tuned number of the matcher, in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """When words count as spoken, and how far the matcher searches where they do not.

    "Coverage" is `Passage.coverage`, "confidence" a mean over words, both 0 to 1. "Level" is the running coverage of
    right words in this recording. The last column has a test of tests/alignment/test_match.py, or of the file named,
    that fails when the value changes much; "-" where none is known to: benchmarks/align_long.py shows what it does.

    ===================== ============== ================================================ =============================
    field                 value          guards                                           moves the test
    ===================== ============== ================================================ =============================
    window_s              30 s           the models' memory and drift                     every_word_of_a_long
    grid_s                20 ms          windows start on frames of the models            windows_are_short_and_on_the
    seam_s                8 s            a window ends in a pause this close to its end   -
    max_words             200            memory of one call                               every_word_of_a_long
    max_words_per_s       6.5 words/s    words offered for a window: nobody is faster     every_word_of_a_long
    keep_s                10 s           the next window gets the last words' context     -
    run_words             8 words        single unlikely words are in every right text    -
    unlikely              0.45 of level  a run below it does not match                    come_together_again[replaced]
    max_gap_s             1.2 s          sound without words: no breath, no cough         test_evidence: without_words
    even_confidence       0.5            right and wrong words are equally frequent       -
    missing               0.3            a run below it is reported as unspoken           come_together_again[begins]
    edge_words            2 words        unlikely words at either end are reported ...    unlikely_words_at_either_end
    edge_confidence       0.15           ... below this confidence                        unlikely_words_at_either_end
    max_chars_per_s       30 char/s      ... or one word shorter than anyone says it      test_reference: clips_end
    stretched_word_s      1.5 s          an aligner may stretch words over other sound    -
    initial_level         0.7            the level before any word was matched            -
    match_level           0.7 of level   coverage of a place where both come together     -
    match_coverage        0.4            ... and its absolute minimum                     -
    no_worse              0.05           no place is better: the recording is bad         bad_recording_is_not_taken
    probe_s               6 s            sound that is aligned at such a place            come_together_again[audio]
    words_ahead           600 words      how far in the text such a place may lie         come_together_again[text]
    seconds_ahead         120 s          how far in the sound                             come_together_again[audio]
    max_places            40             places tried in text and in sound                come_together_again[audio]
    retry_after_s         8 ... 110 s    all text places again: a replaced passage        come_together_again[replaced]
    max_back_words        30 words       words mistaken before the mismatch was noticed   -
    noisy_s               15 s           fewer pauses: noise, use energy minima           -
    skip_s                60 s           skipped where no place matches                   text_of_another_recording
    full_searches         8              searches in vain before they become short        -
    short_search          4 places       a short one                                      -
    words_per_s           2.7 words/s    usual pace                                       -
    tail_words            4 to 16 words  phrases that are searched for as a whole         test_align: part_of_what
    tail_confidence       0.75           ... and their confidence where they are spoken   -
    tail_sure             0.85           no other place needs to be tried                 -
    tail_better           0.1            another place must be so much better             -
    tail_gap_s            0.6 s          sound between words of one phrase                -
    tail_tries            3 places       cost of that search                              -
    tail_phrases          2 phrases      last phrases that may stand elsewhere            -
    tail_level            1.1            level for a text whose end was searched for      -
    same_confidence       0.02           no difference                                    -
    end_step_s            0.15 s         precision of the end of the text                 -
    untranscribed_end_s   4 s            sound after the text that is reported            sound_after_the_text
    clip_runs             (6, 0.42), ... a voice's clip: words in a row, least confidence test_reference: mismatch
    ===================== ============== ================================================ =============================

    Right words of people have a confidence of 0.6 and more in a run; wrong ones 0.2, seldom 0.3. Four to sixteen right
    words have 0.77 to 0.94 where they are spoken and up to 0.72 elsewhere.
    """

    window_s: float = 30.0
    grid_s: float = 0.02
    seam_s: float = 8.0
    max_words: int = 200
    max_words_per_s: float = 6.5
    keep_s: float = 10.0
    run_words: int = 8
    unlikely: float = 0.45
    max_gap_s: float = 1.2
    even_confidence: float = 0.5
    missing: float = 0.3
    edge_words: int = 2
    edge_confidence: float = 0.15
    max_chars_per_s: float = 30.0
    stretched_word_s: float = 1.5
    initial_level: float = 0.7
    match_level: float = 0.7
    match_coverage: float = 0.4
    no_worse: float = 0.05
    probe_s: float = 6.0
    words_ahead: int = 600
    seconds_ahead: float = 120.0
    max_places: int = 40
    retry_after_s: tuple[float, ...] = (8.0, 16.0, 32.0, 64.0, 110.0)
    max_back_words: int = 30
    noisy_s: float = 15.0
    skip_s: float = 60.0
    full_searches: int = 8
    short_search: int = 4
    words_per_s: float = 2.7
    tail_words: tuple[int, int] = (4, 16)
    tail_confidence: float = 0.75
    tail_sure: float = 0.85
    tail_better: float = 0.1
    tail_gap_s: float = 0.6
    tail_tries: int = 3
    tail_phrases: int = 2
    tail_level: float = 1.1
    same_confidence: float = 0.02
    end_step_s: float = 0.15
    untranscribed_end_s: float = 4.0
    clip_runs: tuple[tuple[int, float], ...] = ((6, 0.42), (3, 0.25))


THRESHOLDS = Thresholds()
