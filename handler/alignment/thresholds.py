"""The tuned numbers that the steps of the matcher share, in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """When words count as spoken, and how far the matcher searches where they do not.

    "Coverage" is `Passage.coverage`, "confidence" a mean over words, both 0 to 1. "Level" is the running coverage of
    right words in this recording. Each field has its reason and, in brackets, the test that fails when it moves: one
    of tests/alignment/test_match.py, unless another file is named.

    Right words of people have a confidence of 0.6 and more in a run; wrong ones 0.2, seldom 0.3. Four to sixteen right
    words have 0.77 to 0.94 where they are spoken and up to 0.72 elsewhere.
    """

    window_s: float = 30.0  # the models' memory and drift [windows_are_short]
    whole_s: float = 60.0  # a recording tried at once after its windows lost words: memory, time [whole_recording]
    grid_s: float = 0.02  # windows start on frames of the models [windows_are_short]
    seam_s: float = 8.0  # a window ends in a pause this close to its end [every_word_of_a_long]
    max_words: int = 200  # of one call: memory [windows_are_short]
    max_words_per_s: float = 6.5  # words offered for a window: nobody is faster [every_word_of_a_long]
    keep_s: float = 6.0  # the next window gets the last words' context [every_word_of_a_long]
    run_words: int = 8  # single unlikely words are in every right text [come_together_again]
    unlikely: float = 0.45  # of level: a run below it does not match [come_together_again, bad_recording]
    max_gap_s: float = 1.2  # sound without words: no breath, no cough [test_evidence: sound_without_words]
    even_confidence: float = 0.5  # right and wrong words are equally frequent [test_align: part_of_what_is]
    missing: float = 0.3  # a run below it is reported as unspoken [test_align: greeting; another_text]
    edge_words: int = 2  # unlikely words at either end are reported from so many on ... [unlikely_words_at_either_end]
    edge_confidence: float = 0.15  # ... below this confidence [unlikely_words_at_either_end]
    max_chars_per_s: float = 30.0  # ... or one word shorter than anyone says it [test_reference: after_the_clips_end]
    initial_level: float = 0.7  # the level before any word was matched [come_together_again]
    match_level: float = 0.6  # of level: coverage where both come together [come_together_again, bad_recording]
    match_coverage: float = 0.4  # the absolute minimum of that [another_text]
    no_worse: float = 0.05  # no point is better: the recording is bad [bad_recording]
    probe_s: float = 6.0  # sound that is aligned at such a point [come_together_again]
    words_ahead: int = 600  # how far in the text such a point may lie [come_together_again]
    seconds_ahead: float = 120.0  # how far in the sound [come_together_again[3 min]]
    max_points: int = 40  # points tried in text and in sound [another_text]
    retry_after_s: tuple[float, ...] = (8.0, 16.0, 32.0, 64.0, 110.0)  # all of the text again [come_together_again]
    spot_s: float = 12.0  # sound that is asked about all phrases: two probes, as a match is [test_resync: elsewhere]
    spot_step_s: float = 8.0  # ... from the last one on: a probe is in one of them but for 2 s [test_resync: elsewhere]
    max_back_words: int = 30  # words mistaken before the mismatch was noticed [come_together_again]
    noisy_s: float = 15.0  # fewer pauses: noise, use energy minima [test_evidence: energy_minima]
    skip_s: float = 60.0  # skipped where no point matches [another_text, 3 min]
    full_searches: int = 8  # searches in vain before they become short [another_text]
    short_search: int = 4  # points of a short one [another_text]
    island_words: int = 3  # words at an edge that may have been taken from other sound [test_align: part_of_the_audio]
    island_better: float = 0.3  # ... unless they are so much surer there [test_islands]
    retake_sound_s: float = 0.15  # sound before a word in which a retake is looked for: a short word [test_retakes]
    retake_worse: float = 0.25  # words of a retake may be so much less sure than in the take before [test_retakes]
    retake_chars: int = 12  # ... if they have so many letters; fewer are found in any sound [test_retakes]
    retake_word_cost: float = 0.05  # a word of a retake must be so much surer than even: chance finds [test_retakes]
    retake_phrase_gain: float = 0.3  # people begin again with a phrase: it may be so much less sure [test_retakes]
    retake_pause_cost: float = 0.6  # a pause that the take before lacks outweighs few words before it [test_retakes]
    retake_sure: float = 0.7  # mean confidence of words that begin an earlier take [test_retakes]
    reading_better: float = 0.03  # than the usual reading must another one explain the sound [test_readings]
    words_per_s: float = 2.7  # usual pace [test_reference: ends_early]
    untranscribed_end_s: float = 4.0  # sound after the text that is reported [sound_after_the_text]
    # A voice's clip: words in a row, least confidence [test_reference: names_first_wrong_words]
    clip_runs: tuple[tuple[int, float], ...] = ((6, 0.42), (3, 0.25))


THRESHOLDS = Thresholds()
